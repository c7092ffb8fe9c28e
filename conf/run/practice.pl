#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# usage: conf/run/practice.pl [SEED] >practice.csv
#
# The sample practice of `make run`: some 200 invented binders with one to three cases each, in the
# format that `portalctl import` reads. The same seed makes the same practice. Nobody in it is real:
# names are put together at random, addresses lie in the domains reserved for examples, and telephone
# numbers in the ranges reserved for fiction.
use v5.36;
use utf8;

my $SEED    = shift // 2026;
my $BINDERS = 200;
my @COLUMNS = qw(mrn family given birth_date email phone language case_number case_title case_start);
my @DOMAINS = qw(example.org example.com example.net mail.example.org);

my @GIVEN = qw(
    Ada Amélie Anaïs Andrés Ángela Anneliese Ben Björn Brónagh Camille Chidi Chloë Dafydd Daniel
    Daria Doris Edith Elif Emeka Émile Esperanza Fatima Félix Fiona François George Gül Hanna
    Håkon Hélène Henry Hye-jin Ibrahim Inés Irena Ivy Jean-Luc Jesús Joan Jörg José Jun Kai Karim
    Katarzyna Kofi Lars Leila Łukasz Mairéad Malik Mary-Ann Mehmet Miguel Mina Moana Nadia Ngozi
    Niamh Noor Olena Oscar Paloma Pedro Percy Priya Quentin Renée Rosa Ruth Said Sanjay Siân Søren
    Sophie Stanisław Tariq Thanh Tomás Ursula Víctor Walter Xóchitl Yara Yusuf Zoë Zsófia);
my @FAMILY = (qw(
    Abernathy Achterberg Adeyemi Álvarez Andersson Baptiste Bąk Bélanger Bianchi Blackwood Castro
    Cernat Çelik Dąbrowski D’Angelo Delacroix Diallo Dubois Dvořák Eriksen Fernández-Ruiz Fitzgerald
    Fröhlich Garner Gómez González Grønholm Guðmundsdóttir Haddad Hernández Holloway Hussain
    Ibáñez Ikeda Iversen Jansen Joliet Kaplan Kelly Khoury Kowalczyk Krüger Lambert L’Estrange
    Lindqvist Lopes Łuczak MacAllister Mbeki McTavish Meyer-Landrut Miller Mișcoi Müller Murphy
    Núñez Nakamura Nguyễn Novák Nowak O’Brien O'Connor Ødegård Okafor Oliveira Osei Özdemir Papadakis
    Patel Peña Petrović Quispe Ramírez Rasmussen Richter Rosenthal Saint-Pierre Sánchez Schäfer Šimić
    Singh Smith Smythe-Harrow Sørensen Suárez Tanaka Thompson Tremblay Ueda Ünal Vásquez Villeneuve
    Weiß Whitcombe Williams Wójcik Yamada Yılmaz Zając Zimmermann), 'de la Cruz', 'van den Berg',
    'von der Heide', 'Ap Rhys', 'Mac Giolla Bhríde');

# People whose names a form, a search or a list gets wrong most easily: family, given, birth date.
my @SPECIAL = (
    [ 'الحسيني',   'فاطمة',         '1987-03-21' ],
    [ 'بن سعيد',    'محمد عبد الله', '1959-11-02' ],
    [ 'حداد',       'ليلى',          '2001-07-14' ],
    [ '王',         '小明',          '1990-02-28' ],
    [ '欧阳',       '静',            '1975-12-31' ],
    [ '陳',         '大文',          '1948-05-06' ],
    [ '佐藤',       'さくら',        '1996-04-01' ],
    [ '김',         '민준',          '1983-09-09' ],
    [ 'Иванова',    'Ольга',         '1968-08-19' ],
    [ 'Παπαδόπουλος', 'Γιώργος',     '1955-01-07' ],
    [ 'Suharto',    '',              '1962-06-30' ],
    [ '',           'Teller',        '1971-10-10' ],
    [ 'Windradyne',  '',              '1958-08-12' ],
    [ 'Li',         'O',             '2000-02-29' ],
    [ 'Nunez',      'Nun' . "\x{303}" . 'o', '1980-01-01' ],
    [ 'O’Neill',    'Seán',          '1992-03-17' ],
    [ "O'Neill",    'Sean',          '1992-03-18' ],
    [ 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh de Montmorency Albuquerque',
      'Maximiliane Theodora Konstanze Alexandrina Wilhelmine Eleonore Philippa Henriette', '1934-02-03' ],
    [ 'Null',       'Christopher',   '1979-04-05' ],
    [ 'Ng',         'Émilie-Rose d’Arc', '2012-12-12' ],
    [ 'Smith',      'John',          '1966-06-06' ],
    [ 'Smith',      'John',          '1999-09-09' ],
);

my @CASES = (
    'Knee replacement, left', 'Knee replacement, right', 'Hip replacement', 'Cataract surgery',
    'Back pain', 'Shoulder pain', 'Physiotherapy after a fall', 'Antenatal care', 'Diabetes review',
    'Blood pressure review', 'Asthma clinic', 'Allergy tests', 'Skin check', 'Hearing test',
    'Sleep clinic', 'Wound care', 'Heart rehabilitation', 'Migraine', 'Vaccinations for travel',
    'Annual check-up', 'Broken wrist', 'Sprained ankle', 'Dietary advice', 'Speech therapy',
    'Counselling', 'Check-up before an operation');

sub one_of (@list) { return $list[ rand @list ] }

sub date_between ($first, $last) {
    return sprintf '%04d-%02d-%02d', $first + int rand($last - $first + 1), 1 + int rand 12,
        1 + int rand 28;
}

# What can stand before the @: letters of the name without their marks, and a number.
sub mailbox ($given, $family, $n) {
    my %plain = qw(ł l ø o đ d ß ss æ ae ð d þ th ı i);
    require Unicode::Normalize;
    my $name = lc Unicode::Normalize::NFD("$given.$family");
    $name =~ s/\p{M}//g;
    $name =~ s/([^\x00-\x7f])/$plain{$1} \/\/ ''/ge;
    $name =~ s/[^a-z.]//g;
    $name =~ s/^\.+|\.+$//g;
    $name = substr $name, 0, 40;
    return ($name =~ /^[a-z]/ ? $name : 'patient') . ".$n";
}

sub person ($n) {
    my ($family, $given, $born) = @{ $SPECIAL[ $n - 1 ] // [] };
    if (!defined $family) {
        ($family, $given) = (one_of(@FAMILY), one_of(@GIVEN));
        $given .= ' ' . one_of(@GIVEN) if rand() < 0.12;
        $born = date_between(1931, 2019);
    }
    return {
        mrn        => sprintf('RP-%05d', 10_000 + 7 * $n),
        family     => $family,
        given      => $given,
        birth_date => $born,
        email      => rand() < 0.12 ? '' : mailbox($given, $family, $n) . '@' . one_of(@DOMAINS),
        phone      => rand() < 0.08 ? '' : sprintf('+1 202 555 01%02d', int rand 100),
        language   => rand() < 0.25 ? 'es' : 'en',
    };
}

sub csv_line (@values) {
    return join(',', map { /[",\n]/ ? '"' . s/"/""/gr . '"' : $_ } @values) . "\n";
}

srand $SEED;
binmode STDOUT, ':encoding(UTF-8)';
print csv_line(@COLUMNS);
my $case = 0;
for my $n (1 .. $BINDERS) {
    my $person = person($n);
    for (1 .. one_of(1, 1, 1, 2, 2, 3)) {
        my %row = (
            %$person,
            case_number => sprintf('%s-%04d', one_of(qw(A B K M)), 1000 + 3 * ++$case),
            case_title  => one_of(@CASES),
            case_start  => date_between(2024, 2025),
        );
        print csv_line(@row{@COLUMNS});
    }
}

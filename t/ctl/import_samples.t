#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl import with the samples (PORTAL_SAMPLES): all patients in one go and again, the odd ones
# among them, and the bad file.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;
use File::Find ();

my $samples = $ENV{PORTAL_SAMPLES} // '';
plan skip_all => 'no samples: set PORTAL_SAMPLES' if !length $samples;
my $dir = "$samples/patients";
my @files;
File::Find::find({ no_chdir => 1, wanted => sub {
    push @files, $_ if /\.json$/ || /patients-cases(?!-bad)[^\/]*\.csv$/;
} }, $dir);
@files = sort @files;
cmp_ok scalar @files, '>', 100, 'there are samples';

my $c = PortalCtl->new->init;
my $r = $c->json('import', @files);
my $patients = 0;
for my $file (@files) {
    my $text = PortalCtl::slurp($file);
    $patients++ while $text =~ /"resourceType"\s*:\s*"Patient"/g;
}
cmp_ok $r->{imported}{binders}{new}, '>', 150, 'binders';
cmp_ok $r->{imported}{cases}{new},   '>', 200, 'cases';
is_deeply [ grep { $_->{where} =~ /: Patient\b|\.csv:/ } @{ $r->{refused} } ], [],
    "none of the $patients Patients and no row of a good CSV is refused";
is_deeply [ map { $_->{reason} } @{ $r->{refused} } ],
    [ 'its patient is not in this import',
      'has neither identifier nor id, so there is no case number' ],
    'of the episodes two have no patient or no number';
my $first = $r->{imported};
my $dump  = sub {
    return $c->sql(join '; ', map { "SELECT * FROM $_ ORDER BY 1, 2" } qw(binder patient_case search_word));
};
my $before = $dump->();
$r = $c->json('import', @files);
is_deeply $r->{imported}{binders}, { new => 0, changed => 0, same => $first->{binders}{new} },
    'again: no binder changes';
is_deeply $r->{imported}{cases}, { new => 0, changed => 0, same => $first->{cases}{new} }, 'and no case';
is $dump->(), $before, 'nothing was changed';

# the odd ones
my %odd = (
    'hand-0001' => '山田|太郎|1970-01-01|taro@example.org',
    'hand-0002' => 'الحسيني|فاطمة زهراء|1988-02-29|',
    'hand-0003' => 'Suharto||1955|',
    'hand-0004' => 'Nguyễn|Thị Ánh|2001-07|anh@example.org',
    'hand-0005' => 'O’Brien-D\'Souza <b>&"x"|Jean-Luc|1990-12-31|',
    'hand-0006' => 'Østergård|Ann Sofie|1979-03-01|',
    'hand-0008' => "étoile (NFD)|Amélie|1992-05-05|",
    'hand-0009' => 'étoile (NFC)|Amélie|1992-05-05|',
    'hand-0012' => 'Baby Boy Smith||2024-11-02|',
    'hand-0013' => 'Παπαδόπουλος|Γιώργος|1983-04-23|',
    'hand-0014' => 'Иванова|Мария Сергеевна|1975-11-30|почта@пример.рф',
    'hand-0015' => '👩🏽‍⚕️|Emoji|2000-01-01|',
    'no-name-patient' => '||1960-01-01|',
    'IT1111111' => 'Italia|Sofia|1989-05-07|',
    '7746677'   => 'BANKS|Baby of Mia|2022-09-14|',
);
is $c->sql("SELECT family, given, birth_date, email FROM binder WHERE mrn = '$_'"), $odd{$_}, "mrn $_"
    for sort keys %odd;
like $c->sql("SELECT family FROM binder WHERE mrn = 'hand-0010'"), qr/^von der Lühe, geb\. Gräfin/,
    'a very long name';
is $c->sql('SELECT COUNT(*) FROM search_word WHERE word = \'obrien\''), 1, 'found by a folded name';

# the bad file: rows 2, 5, 6, 7 and 8 are bad, 4 is good
$r = $c->json('import', "$dir/patients-cases-bad.csv");
is $r->{exit}, 1, 'the bad file ends with 1';
is join(' ', map { $_->{where} =~ s/.*://r } @{ $r->{refused} }), '2 5 6 7 8', 'its bad rows by line';
is $r->{imported}{binders}{new}, 1, 'the good one is imported';
is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
done_testing;

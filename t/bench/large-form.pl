#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# What a page of a form with 808 items costs the server, beside the home page: the time of httpd itself
# (%D of its access log), rounds that take turns, medians, and their ratio, three times; the middle one of
# the three is judged. More than 3 is a failure. Of some twenty such ratios each, on two cores with between
# none and ten other programs at work, all were 1.5 to 2.1 before anything is answered and 2.1 to 2.7 with all
# 808 answered; the middle of three was never above 2.6. To pass 3 a page must cost a sixth more than that. (When
# the draft was JSON the second was 10 to 45.)
#
# Beside it, to be seen only: saving such a page (Save and continue, which is on the disk when it answers)
# and the pages and saves of forms that work out scores.
use v5.36;
use lib 't/lib';
use File::Copy ();
use File::Temp ();
use JSON::PP   ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $ROUNDS = 60;
my $MOST   = 3;

# 40 sections of 20 items: all kinds of questions, every fifth of them on a condition.
sub item ($s, $n) {
    my %item = (linkId => "$s.$n", text => "Question $n of section $s, in the words that forms have");
    my @types = qw(string choice boolean integer date);
    $item{type} = $types[ $n % 5 ];
    $item{answerOption} = [ map { { valueCoding => { code => "c$_", display => "Choice $_" } } } 1 .. 5 ]
        if $item{type} eq 'choice';
    $item{enableWhen} = [ { question => "$s.2", operator => 'exists', answerBoolean => JSON::PP::true } ],
        if $item{type} eq 'date';
    return \%item;
}

sub median (@values) { return (sort { $a <=> $b } @values)[ @values / 2 ] }

my $folder = File::Temp->newdir('portal-bench-XXXXXXXX', TMPDIR => 1);
chmod 0755, "$folder";
my @sections = map { my $s = $_; { linkId => "$s", type => 'group', text => "Section $s", item => [ map { item($s, $_) } 1 .. 20 ] } } 1 .. 38;
push @sections, { linkId => '39', type => 'group', text => 'The rest', item => [ map { item(39, $_) } 1 .. 9 ] };
PortalTest::spew("$folder/large.json", JSON::PP->new->utf8->encode(
    { resourceType => 'Questionnaire', status => 'active', title => 'A large form', item => \@sections }));

File::Copy::copy("conf/forms/$_.json", "$folder/$_.json") or die "$_: $!\n" for qw(lefs phq-9);

my $t = PortalTest->start(forms => "$folder", default_forms => 'large lefs phq-9', csv => <<'CSV',
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
    level => 'warn', server_extra => qq{LogFormat "%D %m %U%q" times\nCustomLog "logs/times.log" times});
my $c = PortalTest::Tab->new($t, 1)->open('C-1')->signed_in('C-1', 'quite a long password 17');
my %paper = map { $_->[1] => PortalTest::Paper->new($c, $_->[0], seed => 7) } PortalTest::Paper->todo($c);
my $large = delete $paper{'A large form'};

sub lines () { return split /\n/, PortalTest::slurp($t->file('logs/times.log')) }

# Home, a page of the paper and a save of it, in turns; the medians in milliseconds.
sub measure ($paper, $pages) {
    my $from = lines();
    for my $round (1 .. $ROUNDS) {
        $c->get('/');
        my $page = $paper->page(1 + $round % $pages);
        $paper->save($page, {}) if $round % 3 == 0;
    }
    my %time = (home => [], page => [], save => []);
    my @lines = lines();
    for my $line (@lines[ $from .. $#lines ]) {
        my ($micro, $method, $path) = $line =~ /^(\d+) (\S+) (\S+)/ or next;
        my $what = $path eq '/portal/' ? 'home'
            : $path !~ m{/paperwork/[^/?]+(?:\?page=\d+)?$} ? next
            : $method eq 'POST' ? 'save' : $path =~ /page=/ ? 'page' : next;
        push @{ $time{$what} }, $micro / 1000;
    }
    return map { median(@{ $time{$_} }) } qw(home page save);
}

sub report ($what, $home, $page, $save) {
    printf "# a page of %s: %.2f ms, home %.2f ms: %.1f times; to save it %.2f ms: %.1f times\n",
        $what, $page, $home, $page / $home, $save, $save / $home;
    return $page / $home;
}

for my $when ('nothing is answered', 'all is answered') {
    $large->fill if $when =~ /^all/;
    my @ratios = map { report("808 items when $when", measure($large, 38)) } 1 .. 3;
    cmp_ok median(@ratios), '<=', $MOST, "a page costs at most $MOST times home when $when";
}
for my $title (sort keys %paper) {
    $paper{$title}->fill;
    report("\"$title\"", measure($paper{$title}, 3));
}
$t->stop;
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# What a page of a form with 808 items costs the server, beside the home page: the time of httpd itself
# (%D of its access log), rounds that take turns, medians, and their ratio. The aim is 3. Before anything is
# answered, and with all 808 answered, when most of the time is the draft's, which is read as a whole.
use v5.36;
use lib 't/lib';
use File::Temp ();
use JSON::PP   ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $ROUNDS = 60;

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

my $t = PortalTest->start(forms => "$folder", default_forms => 'large', csv => <<'CSV',
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
    level => 'warn', server_extra => qq{LogFormat "%D %m %U%q" times\nCustomLog "logs/times.log" times});
my $c = PortalTest::Tab->new($t, 1)->open('C-1')->signed_in('C-1', 'quite a long password 17');
my ($todo) = PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $todo->[0], seed => 7);

sub lines () { return split /\n/, PortalTest::slurp($t->file('logs/times.log')) }

# The medians of home and of a page, in milliseconds, from now on.
sub measure () {
    my $from = lines();
    for my $round (1 .. $ROUNDS) {
        $c->get('/');
        $paper->page(1 + $round % 38);
    }
    my %time = (home => [], page => []);
    my @lines = lines();
    for my $line (@lines[ $from .. $#lines ]) {
        my ($micro, $path) = $line =~ /^(\d+) GET (\S+)/ or next;
        push @{ $time{home} }, $micro / 1000 if $path eq '/portal/';
        push @{ $time{page} }, $micro / 1000 if $path =~ m{/paperwork/[^/]+\?page=\d+$};
    }
    return map { median(@{ $time{$_} }) } qw(home page);
}

for my $when ('nothing is answered', 'all is answered') {
    $paper->fill if $when =~ /^all/;
    my ($home, $page) = measure();
    printf "# a page of 808 items when %s: %.2f ms, home %.2f ms: %.1f times\n", $when, $page, $home, $page / $home;
    ok $page > 0 && $home > 0, "measured when $when";
}
$t->stop;
done_testing;

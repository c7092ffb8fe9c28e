#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# A server for a browser test: PortalTest behind one line of JSON per call on standard input and one
# per answer on standard output. Calls are [name, arguments...]; answers {"value": ...} or
# {"error": "..."}; see t/browser/lib.mjs, the other end. It ends with its input.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use PortalTest;
use PortalTest::Fhir qw(complaints);
use PortalTest::Filler;

my $json = JSON::PP->new->canonical->allow_nonref;
my $t;
my @fillers;

# Gives the one binder a form to fill in: the assignment's id, and the number of a filler for it.
sub assign ($file, $name, $seed) {
    open my $in, '<:raw', $file or die "$file: $!";
    push @fillers, PortalTest::Filler->new(JSON::PP->new->utf8->decode(do { local $/ = undef; <$in> }), seed => $seed);
    my $binder = $t->sql('SELECT id FROM binder')->[0]{id};
    my $case   = $t->sql('SELECT id FROM patient_case')->[0]{id};
    $t->desk->post("/binders/$binder/paperwork", { form => $name, case => $case })->code == 303 or die "$name: not assigned\n";
    return [ $t->sql("SELECT id FROM assignment WHERE form = '$name' AND state = 'open'")->[0]{id}, $#fillers ];
}

# The answers to a page, in the order of the form's fields.
sub fields ($filler, $view) {
    my %fields = $fillers[$filler]->fields($view);
    my %place  = map { $_ => PortalTest::Written::place($_) } keys %fields;
    return [ map { [ $_, $fields{$_} ] } sort { $place{$a} cmp $place{$b} || $a cmp $b } keys %fields ];
}

# The response, in a file for the judges, and what it has otherwise.
sub sent ($filler, $id) {
    my $out  = $t->desk->get("/paperwork/$id/export");
    my $file = $t->file("export-$filler.json");
    open my $to, '>:raw', $file or die "$file: $!";
    print {$to} $out->content;
    close $to or die "$file: $!";
    return { file => $file, otherwise => $fillers[$filler]->otherwise($out->data) };
}

my %call = (
    start => sub ($options = {}) {
        $t = PortalTest->start(%$options);
        return { url => $t->url, dir => $t->dir, desk => \%PortalTest::DESK };
    },
    mails     => sub ($at_least = 0) { return [ map { +{%$_} } $t->mails($at_least) ] },
    sql       => sub ($query) { return $t->sql($query) },
    portalctl => sub (@args) { return $t->portalctl(@args) },
    clock     => sub ($seconds) { $t->clock($seconds); return 1 },
    restart   => sub () { $t->restart; return 1 },
    expect    => sub (@tags) { $t->expect_log(@tags); return 1 },
    assign    => \&assign,
    fields    => \&fields,
    more      => sub ($filler, $view) { return $fillers[$filler]->more($view) },
    sent      => \&sent,
    complaints => sub ($files) { return [ complaints(@$files) ] },
    finish    => sub () {
        my ($left, @lines) = $t->finish;
        return { left => $left, lines => \@lines, crashes => [ grep { PortalTest::is_crash($_) } @lines ] };
    },
);

open my $answers, '>&:encoding(UTF-8)', \*STDOUT or die "stdout: $!";
open STDOUT, '>&', \*STDERR or die "stdout: $!";
$answers->autoflush(1);
binmode STDIN, ':encoding(UTF-8)';
Test::More->builder->no_ending(1);
while (my $line = <STDIN>) {
    my ($name, @args) = @{ $json->decode($line) };
    my $value = eval { $call{$name}->(@args) };
    say {$answers} $json->encode($@ ? { error => "$@" } : { value => $value });
}

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

my $json = JSON::PP->new->canonical->allow_nonref;
my $t;
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

#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# usage: t/soak/timing.pl [SAMPLES [DOOR...]]        (make soak-timing; 10,000 of each kind, all doors)
#
# Can the time that an answer takes tell a case number that exists from one that does not? For sign-in,
# the lobby, registering by e-mail and a forgotten password, known and unknown numbers are asked for in
# turn, on one connection each, and the two heaps of times are held side by side: the chance that a known
# one takes longer than an unknown one (the area under the ROC curve, AUC) is 0.5 where nothing can be
# told. 0.48 to 0.52 passes. (security.md EN3)
#
# Before each round the clock of the portal moves on by an hour, so that no wait is in the way. In the lobby
# each known number is given a new lobby password then.
use v5.36;
use lib 't/lib';
use IO::Socket::SSL ();
use JSON::PP        ();
use List::Util      qw(shuffle);
use PortalTest;
use PortalTest::Tab;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $want  = shift @ARGV // 10_000;
my @doors = @ARGV ? @ARGV : qw(login lobby register forgot);
my $N     = 120;                        # numbers of each kind in a round
my @from  = map {"127.0.$_.1"} 10 .. 39;
my $good  = 'heron lagoon tundra';
my $t     = PortalTest->start(
    portal => {
        PortalPasswordHash => '2 19M', PortalLobbyFrom => '127.0.0.0/8', PortalLobbyPasswordExpires => '24h',
    },
    default_forms => '',
    csv => join "\n", 'mrn,family,given,birth_date,email,case_number',
    map { sprintf '%d,Doe,Ann,1980-01-02,,K-%04d', $_, $_ } 1 .. $N);
my $desk = $t->desk;
for my $n (1 .. $N) {
    my $tab = PortalTest::Tab->new($t, $n, $desk)->open(sprintf('K-%04d', $n), "p$n\@example.org");
    my $c   = $t->patient;
    $c->form('/login', { case_number => sprintf('K-%04d', $n), password => $tab->register });
    $c->form('/password', { new_password => $good, new_password_again => $good })->code == 303 or die;
}

my %connection;

sub connection ($from) {
    return $connection{$from} //= IO::Socket::SSL->new(
        PeerHost => '127.0.0.1', PeerPort => $t->port, LocalAddr => $from, SSL_ca_file => $t->{ca},
        SSL_hostname => 'localhost', SSL_verifycn_name => 'localhost',
    ) // die "no connection from $from: $!, " . IO::Socket::SSL::errstr();
}

# Seconds that the answer takes, its status and its length.
sub ask ($from, $path, $fields) {
    my $body = JSON::PP->new->canonical->encode($fields);
    my $text = join "\r\n", "POST /portal$path HTTP/1.1", 'Host: localhost:' . $t->port, 'Accept: application/json',
        'Content-Type: application/json', 'Content-Length: ' . length $body, '', $body;
    for (1, 2) {
        my $c     = connection($from);
        my $begin = clock_gettime(CLOCK_MONOTONIC);
        my $got   = '';
        if ($c->print($text)) {
            while ($got !~ /\r\n\r\n/ && $c->sysread($got, 16384, length $got)) { }
            my $took = clock_gettime(CLOCK_MONOTONIC) - $begin;
            if (my ($status) = $got =~ m{^HTTP/1\.1 (\d+)}) {
                my ($length) = $got =~ /^Content-Length: (\d+)/mi;
                while (defined $length && length($got) - index($got, "\r\n\r\n") - 4 < $length
                    && $c->sysread($got, 16384, length $got)) { }
                delete $connection{$from} if $got =~ /^Connection: close/mi || !defined $length;
                return ($took, $status, $length);
            }
        }
        delete $connection{$from};
    }
    die "no answer from $path\n";
}

# The chance that one of @$these is above one of @$those, ties counted half (Mann and Whitney's U).
sub auc ($these, $those) {
    my @all = sort { $a->[0] <=> $b->[0] } map({ [ $_, 1 ] } @$these), map({ [ $_, 0 ] } @$those);
    my ($rank, $i) = (0, 0);
    while ($i < @all) {
        my $j = $i;
        $j++ while $j < @all && $all[$j][0] == $all[$i][0];
        my $mine = grep { $_->[1] } @all[ $i .. $j - 1 ];
        $rank += ($i + $j + 1) / 2 * $mine;
        $i = $j;
    }
    return ($rank - @$these * (@$these + 1) / 2) / (@$these * @$those);
}

sub median (@x) { return (sort { $a <=> $b } @x)[ @x / 2 ] }

my %what = (
    login    => sub ($n) { return ('/login',    { case_number => $n, password => 'not this one at all' }) },
    lobby    => sub ($n) { return ('/lobby',    { case_number => $n, lobby_password => '4827 1930' }) },
    register => sub ($n) { return ('/register', { case_number => $n, email => 'somebody@example.org' }) },
    forgot   => sub ($n) { return ('/forgot',   { case_number => $n, email => 'somebody@example.org' }) },
);
for my $kind (@doors) {
    my (%times, %seen);
    my $n = 0;
    while ($n < $want) {
        $t->clock('+3601');
        if ($kind eq 'lobby') {    # a live lobby password behind each known number
            PortalTest::Tab->new($t, $_, $desk)->lobby_password for 1 .. $N;
        }
        for my $i (shuffle 1 .. $N) {
            my $from = $from[ $i % @from ];
            for my $known (shuffle 1, 0) {
                my ($took, $status, $length) =
                    ask($from, $what{$kind}->(sprintf '%s-%04d', $known ? 'K' : 'U', $i));
                push @{ $times{$known} }, $took;
                $seen{$known}{"$status, $length bytes"}++;
            }
            last if ++$n >= $want;
        }
        printf STDERR "\r%-9s %6d", $kind, $n if -t STDERR;
    }
    print STDERR "\r" if -t STDERR;
    my $auc = auc($times{1}, $times{0});
    is_deeply [ sort keys %{ $seen{1} } ], [ sort keys %{ $seen{0} } ], "EN3: $kind: the same answers"
        or diag explain \%seen;
    ok $auc >= 0.48 && $auc <= 0.52, sprintf 'EN3: %s: AUC %.4f of %d, medians %.3f and %.3f ms', $kind, $auc, $n,
        map { 1000 * median(@{ $times{$_} }) } 1, 0;
}
$t->stop;
done_testing;

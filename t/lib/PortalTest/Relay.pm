# SPDX-License-Identifier: Apache-2.0
#
# A real SMTP relay (t/lib/smtp_peer.py) beside a test's server.
#
#   my $relay = PortalTest::Relay->start('--starttls', $crt, $key);
#   $relay->port, $relay->url                  smtp://127.0.0.1:PORT
#   $relay->mails(2)                           all it took, oldest first; waits for at least two;
#                                              PortalTest::Mail with ->{envelope} (from, to, tls …)
#   $relay->stop; PortalTest::Relay->start('--port', $relay->port)     down, and up again
package PortalTest::Relay;
use v5.36;

use File::Basename   qw(dirname);
use File::Path       qw(remove_tree);
use File::Temp       ();
use IO::Socket::INET ();
use IPC::Open2       qw(open2);
use JSON::PP         ();
use PortalTest::Mail ();
use Time::HiRes      qw(sleep time);

my %running;

sub start ($class, @options) {
    my $folder = File::Temp::tempdir('portal-relay-XXXXXXXX', TMPDIR => 1);
    my $pid    = open2(my $out, my $in, '/usr/bin/python3', dirname(__FILE__) . '/../smtp_peer.py',
        '--folder', $folder, @options);
    my $port = readline $out;
    defined $port or die "smtp_peer.py did not start\n";
    my $self = bless { folder => $folder, pid => $pid, in => $in, out => $out, port => $port + 0,
        owner => $$ }, $class;
    return $running{$pid} = $self;
}

# A port that nobody listens on: for a relay that is down, and comes up there later.
sub free_port ($class) {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)
        or die "no free port: $!";
    return $socket->sockport;
}

sub port ($self) { return $self->{port} }
sub url  ($self) { return "smtp://127.0.0.1:$self->{port}" }

sub mails ($self, $at_least = 0) {
    my $deadline = time + 15;
    while (1) {
        my @mails = $self->_read;
        return @mails if @mails >= $at_least;
        die "waited in vain for $at_least mails at the relay\n" if time > $deadline;
        sleep 0.02;
    }
}

sub _read ($self) {
    my @mails;
    for (my $n = 1; -e "$self->{folder}/$n.json"; $n++) {
        my $mail = PortalTest::Mail->read_file("$self->{folder}/$n.eml");
        open my $in, '<:raw', "$self->{folder}/$n.json" or die "$n.json: $!";
        local $/ = undef;
        $mail->{envelope} = JSON::PP->new->utf8->decode(<$in>);
        push @mails, $mail;
    }
    return @mails;
}

sub stop ($self) {
    my $pid = delete $self->{pid} // return;
    delete $running{$pid};
    close $self->{in};
    waitpid $pid, 0;
    remove_tree($self->{folder});
    return;
}

END {
    my $status = $?;
    $_->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;

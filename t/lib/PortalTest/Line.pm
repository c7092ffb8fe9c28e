# SPDX-License-Identifier: Apache-2.0
#
# The network between programs and a server on a Unix socket: another socket, and behind it a process for
# each connection, which carries bytes both ways until one side has no more. Ends with the test, whatever
# becomes of that.
#
#   my $line = PortalTest::Line->start($listen, $to);   # two paths; both sockets as others may use them
#   $line->forget    # what stands now carries nothing any more, and says so to nobody; how many those are
#   $line->end;
package PortalTest::Line;
use v5.36;

use File::Basename qw(dirname);
use IO::Select       ();
use IO::Socket::UNIX ();
use POSIX            ();

use lib dirname(__FILE__) . '/../../../conf/run/lib';
use PortalServer qw(slurp);

sub start ($class, $listen, $to) {
    my $door = IO::Socket::UNIX->new(Local => $listen, Listen => 128) or die "$listen: $!\n";
    chmod 0777, $listen or die "$listen: $!\n";
    pipe my $life, my $end or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        close $end;
        _serve($door, $life, $to);
        POSIX::_exit(0);
    }
    return bless { pid => $pid, life => $end }, $class;
}

sub _carriers ($self) { return split ' ', slurp("/proc/$self->{pid}/task/$self->{pid}/children") }

sub forget ($self) {
    my @all = $self->_carriers;
    kill 'STOP', @all;
    return scalar @all;
}

sub end ($self) {
    close delete $self->{life};
    waitpid $self->{pid}, 0;
    return;
}

# Until the pipe from the test is closed.
sub _serve ($door, $life, $to) {
    local $SIG{CHLD} = 'IGNORE';
    my %carrier;
    my $select = IO::Select->new($door, $life);
    while (!grep { $_ == $life } my @ready = $select->can_read) {
        my $client = $door->accept or next;
        my $pid    = fork // die "fork: $!\n";
        if (!$pid) {
            close $life;
            _carry($client, IO::Socket::UNIX->new(Peer => $to));
            POSIX::_exit(0);
        }
        $carrier{$pid} = 1;
    }
    kill 'KILL', grep { -e "/proc/$_" } keys %carrier;
    return;
}

sub _carry ($client, $server) {
    $server or return;
    my %other  = (fileno $client, $server, fileno $server, $client);
    my $select = IO::Select->new($client, $server);
    while (my @ready = $select->can_read) {
        for my $from (@ready) {
            sysread $from, my $bytes, 65536 or return;
            my $to = $other{ fileno $from };
            while (length $bytes) {
                my $n = syswrite $to, $bytes or return;
                substr $bytes, 0, $n, '';
            }
        }
    }
    return;
}

1;

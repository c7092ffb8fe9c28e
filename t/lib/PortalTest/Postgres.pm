# SPDX-License-Identifier: Apache-2.0
#
# A private PostgreSQL server: in a folder given for it, on a Unix socket there and nowhere else, as
# nobody when root starts it. Durability is off: what is in it lives as long as it.
#
#   my $reason = PortalTest::Postgres->missing;             # undef: it can be started here
#   my $server = PortalTest::Postgres->start("$dir/own");   # makes that folder below one that is there
#   $server->params, $server->pid
#   $server->hang;   $server->go_on;       # stops all its processes where they are
#   $server->vanish; $server->come_back;   # ends them all at once, as a power cut does
#   $server->end;
package PortalTest::Postgres;
use v5.36;

use File::Basename qw(dirname);
use POSIX          ();
use Time::HiRes    qw(sleep time);

use lib dirname(__FILE__) . '/../../../conf/run/lib';
use PortalServer qw(slurp spew must);

# Where the newest that Debian has here lies.
sub _bin () {
    my ($bin) = sort { ($b =~ /(\d+)\/bin/)[0] <=> ($a =~ /(\d+)\/bin/)[0] }
        grep { -x "$_/initdb" } glob '/usr/lib/postgresql/*/bin';
    return $bin;
}

sub missing ($) {
    return 'no PostgreSQL server here: apt-get install postgresql-15' if !_bin();
    return 'no libaprutil1-dbd-pgsql here' if !glob '/usr/lib/*/apr-util-1/apr_dbd_pgsql*.so';
    return undef;
}

# Whom it runs as: nobody under root.
sub user ($) { return $> == 0 ? (getpwnam 'nobody')[ 2, 3 ] : ($>, $) + 0) }

sub _as_user ($self) {
    my ($uid, $gid) = $self->user;
    return $> == 0 ? ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups') : ();
}

sub start ($class, $own) {
    my $bin  = _bin() // die "there is no PostgreSQL server here\n";
    my $self = bless { own => $own, bin => $bin, owner => $$ }, $class;
    mkdir $own or die "$own: $!\n";
    chown $self->user, $own;
    must($self->_as_user, "$bin/initdb", '-D', "$own/data", '-U', 'portal', '-A', 'trust', '-E', 'UTF8',
        '--locale=C.UTF-8', '-N');
    spew("$own/data/postgresql.auto.conf", <<~"END");
        listen_addresses = ''
        unix_socket_directories = '$own'
        max_connections = 300
        fsync = off
        full_page_writes = off
        log_min_messages = fatal
        END
    $self->come_back;
    must('psql', '-X', '-q', '-h', $own, '-U', 'portal', '-d', 'postgres', '-c', 'CREATE DATABASE portal');
    return $self;
}

sub params ($self) { return "host=$self->{own} user=portal dbname=portal connect_timeout=2" }

sub pid ($self) { return $self->{pid} }

# Starts it on the data that are there, and waits until it takes connections.
sub come_back ($self) {
    my ($own, $bin, $deadline) = (@$self{qw(own bin)}, time + 30);
    $self->{pid} = PortalServer::spawn("$own/log", $self->_as_user, "$bin/postgres", '-D', "$own/data");
    while (system("$bin/pg_isready -q -h '$own' -U portal") != 0) {
        my $gone = waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid};
        undef $self->{pid} if $gone;
        die "the database server does not start:\n", slurp("$own/log") if $gone || time > $deadline;
        sleep 0.05;
    }
    return;
}

# The server first, so that it makes no other.
sub _processes ($self) {
    my $pid = $self->{pid};
    return $pid, grep {/^\d+$/} split ' ', slurp("/proc/$pid/task/$pid/children");
}

sub hang ($self) {
    kill 'STOP', $self->{pid};
    kill 'STOP', $self->_processes;
    return;
}

sub go_on ($self) {
    kill 'CONT', reverse $self->_processes;
    return;
}

sub vanish ($self) {
    my @all = $self->_processes;
    kill 'KILL', @all;
    waitpid delete $self->{pid}, 0;
    my $deadline = time + 10;
    sleep 0.01 while time < $deadline && grep { -e "/proc/$_" } @all;
    return;
}

sub end ($self) {
    my $pid = $self->{pid} // return;
    return if $self->{owner} != $$;
    $self->go_on;
    kill 'INT', $pid;    # a fast shutdown
    PortalServer::end_server($pid, "$self->{own}/data");
    delete $self->{pid};
    return;
}

1;

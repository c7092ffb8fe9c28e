# SPDX-License-Identifier: Apache-2.0
#
# A private database server: in a folder given for it, on a Unix socket there and nowhere else, as nobody
# when root starts it. Durability is off, but for what a killed process leaves: what is in it lives as long
# as it. There is no password.
#
#   my $class  = PortalTest::DatabaseServer->of('mysql');   # or pgsql: the driver's name
#   my $reason = $class->missing;                           # undef: it can be started here
#   my $server = $class->start("$dir/own");                 # makes that folder below one that is there;
#                                                           # lines for the engine's options may follow
#   $server->params, $server->pid, $server->driver
#   $server->hang;   $server->go_on;       # stops all its processes where they are
#   $server->vanish; $server->come_back;   # ends them all at once, as a power cut does
#   my ($line, $params) = $server->line($folder);          # through a network of its own
#   $server->run($sql)                     # as its administrator
#   $server->with_password('secret17')     # params of a portal that has one
#   $server->end;
#
# A class of an engine has missing, driver, make (the data, $own/data), command, answers, prepare, and
# socket_in and params_in: the name of a socket in a folder, and what DBDParams says to reach it there.
package PortalTest::DatabaseServer;
use v5.36;

use File::Basename qw(dirname);
use POSIX          ();
use Time::HiRes    qw(sleep time);

use lib dirname(__FILE__) . '/../../../conf/run/lib';
use PortalServer qw(slurp);
use PortalTest::Line ();

my %class = (mysql => 'MariaDB', pgsql => 'Postgres');

sub engines ($) { return sort keys %class }

sub of ($, $engine) {
    my $name = "PortalTest::DatabaseServer::$class{$engine}";
    eval "require $name; 1" or die $@;
    return $name;
}

# A driver of apr_dbd's, as a reason for missing.
sub driver_missing ($class) {
    my $name = $class->driver;
    my @driver = glob "/usr/lib/*/apr-util-1/apr_dbd_$name*.so";
    return @driver ? undef : "no libaprutil1-dbd-$name here";
}

# Whom it runs as: nobody under root.
sub user ($) { return $> == 0 ? (getpwnam 'nobody')[ 2, 3 ] : ($>, $) + 0) }

sub as_user ($self) {
    my ($uid, $gid) = $self->user;
    return $> == 0 ? ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups') : ();
}

sub start ($class, $own, @options) {
    my $reason = $class->missing;
    die "$reason\n" if defined $reason;
    my $self = bless { own => $own, owner => $$ }, $class;
    mkdir $own or die "$own: $!\n";
    chown $self->user, $own;
    $self->make(@options);
    $self->come_back;
    $self->prepare;
    return $self;
}

sub pid    ($self) { return $self->{pid} }
sub folder ($self) { return $self->{own} }

sub params ($self) { return $self->params_in($self->{own}) }

# The same by way of a PortalTest::Line, whose socket is in a folder that is made for it.
sub line ($self, $folder) {
    mkdir $folder or die "$folder: $!\n";
    my $line = PortalTest::Line->start($self->socket_in($folder), $self->socket_in($self->{own}));
    return ($line, $self->params_in($folder));
}

# Starts it on the data that are there, and waits until it takes connections.
sub come_back ($self) {
    my ($own, $deadline) = ($self->{own}, time + 30);
    $self->{pid} = PortalServer::spawn("$own/log", $self->as_user, $self->command);
    while (!$self->answers) {
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

# The signal that ends it at once and in order.
sub ending ($) { return 'TERM' }

sub end ($self) {
    my $pid = $self->{pid} // return;
    return if $self->{owner} != $$;
    $self->go_on;
    kill $self->ending, $pid;
    PortalServer::end_server($pid, "$self->{own}/data");
    delete $self->{pid};
    return;
}

1;

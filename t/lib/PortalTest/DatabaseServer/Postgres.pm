# SPDX-License-Identifier: Apache-2.0
#
# PortalTest::DatabaseServer: PostgreSQL, of the newest version that Debian has installed here, or that make
# has unpacked in build/postgresql. That one works wherever it lies, and is copied to where its user gets.
package PortalTest::DatabaseServer::Postgres;
use v5.36;
use parent 'PortalTest::DatabaseServer';

use PortalServer qw(spew must);

sub driver ($) { return 'pgsql' }

my $unpacked = "$PortalServer::ROOT/build/postgresql";

# The folder of the server's programs, below another.
sub _bin_in ($folder) {
    my ($bin) = sort { ($b =~ /(\d+)\/bin/)[0] <=> ($a =~ /(\d+)\/bin/)[0] }
        grep { -x "$_/initdb" } glob "\Q$folder\E/usr/lib/postgresql/*/bin";
    return $bin;
}

sub missing ($class) {
    return 'no PostgreSQL server here: make build/postgresql/.done' if !_bin_in('') && !_bin_in($unpacked);
    return $class->driver_missing;
}

sub _bin ($self) {
    my $bin = _bin_in('');
    return $bin if $bin;
    my $own = "$self->{own}/server";
    if (!-e $own) {
        must('cp', '-r', $unpacked, $own);
        must('chmod', '-R', 'a+rX', $own);
    }
    return _bin_in($own);
}

sub make ($self, @options) {
    my ($own, $bin) = ($self->{own}, $self->_bin);
    must($self->as_user, "$bin/initdb", '-D', "$own/data", '-U', 'postgres', '-A', 'trust', '-E', 'UTF8',
        '--locale=C.UTF-8', '-N');
    spew("$own/data/postgresql.auto.conf", <<~"END");
        listen_addresses = ''
        unix_socket_directories = '$own'
        max_connections = 300
        fsync = off
        full_page_writes = off
        log_min_messages = fatal
        @{[ join "\n", @options ]}
        END
    return;
}

sub command ($self) { return $self->_bin . '/postgres', '-D', "$self->{own}/data" }

sub answers ($self) {
    return system("pg_isready -q -h '$self->{own}' -U portal") == 0;
}

# As its administrator, in one of its databases.
sub run ($self, $sql, $database = 'portal') {
    return must('psql', '-X', '-q', '-A', '-t', '-h', $self->{own}, '-U', 'postgres', '-d', $database, '-c', $sql);
}

sub prepare ($self) {
    $self->run($_, 'postgres') for 'CREATE ROLE portal LOGIN', 'CREATE DATABASE portal OWNER portal';
    return;
}

sub socket_in ($, $folder) { return "$folder/.s.PGSQL.5432" }

sub params_in ($, $folder) { return "host=$folder user=portal dbname=portal connect_timeout=2" }

# Whoever gets at its socket is taken for who they say.
sub with_password ($self, $password) { return $self->params . " password=$password" }

sub ending ($) { return 'INT' }    # a fast shutdown

1;

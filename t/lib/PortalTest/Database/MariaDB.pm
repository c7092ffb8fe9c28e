# SPDX-License-Identifier: Apache-2.0
#
# PortalTest::Database on MariaDB: a database of its own for each test file, in the server of
# t/tools/with-database. Its default character set is the server's, as an administrator may have left it.
package PortalTest::Database::MariaDB;
use v5.36;
use parent 'PortalTest::Database';

use DBI         ();
use Time::HiRes qw(sleep time);

use PortalServer qw(must);

# As portalctl and httpd speak to it (src/store/dialect.c), so that one SQL does for all engines.
use constant MODE => 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES';

sub create ($self) {
    _connect()->do("CREATE DATABASE $self->{name}");
    return;
}

sub params ($self) { return "$ENV{PORTAL_DB_PARAMS},dbname=$self->{name}" }

sub bytes ($self) { return must($self->_dump) }

sub hold ($self) {
    my $db = _connect($self->{name});
    $db->begin_work;
    $db->selectrow_array('SELECT id FROM audit_head WHERE id = 1 FOR UPDATE') or die "no turn to write\n";
    return bless { db => $db }, 'PortalTest::Database::MariaDB::Held';
}

sub PortalTest::Database::MariaDB::Held::release ($held) {
    $held->{db}->rollback;
    $held->{db}->disconnect;
    return;
}

sub open_trail ($self) {
    $self->text(join '; ', map {"DROP TRIGGER IF EXISTS audit_no_$_"} qw(update delete));
    return $self;
}

sub refuse_rows ($self, $table) {
    $self->text("CREATE TRIGGER no_rows BEFORE INSERT ON $table FOR EACH ROW SIGNAL SQLSTATE '45000'");
    return;
}

sub take_rows ($self, $) {
    $self->text('DROP TRIGGER no_rows');
    return;
}

sub cut_off ($self) {
    my $db   = $self->_db;
    my $ids  = sub {
        return @{ $db->selectcol_arrayref('SELECT id FROM information_schema.processlist WHERE db = ?'
                    . ' AND id <> CONNECTION_ID()', undef, $self->{name}) };
    };
    my @there = $ids->();
    for my $id (@there) {
        eval { $db->do("KILL $id"); 1 } or $@ =~ /Unknown thread/ or die $@;
    }
    my $deadline = time + 10;
    while (grep { my $id = $_; grep { $_ == $id } @there } $ids->()) {
        die "connections stay\n" if time > $deadline;
        sleep 0.01;
    }
    return scalar @there;
}

sub save ($self, $to) {
    must($self->_dump, "--result-file=$to");
    return;
}

sub restore ($self, $from) {
    $self->drop;
    $self->create;
    must(_client('mariadb'), $self->{name}, '-e', "source $from");
    return;
}

# A dump has no name of its database in it.
sub copy ($self, $file) {
    my $other = PortalTest::Database->make($file);
    $self->save("$file.sql");
    $other->restore("$file.sql");
    return $other;
}

sub drop ($self) {
    _connect()->do("DROP DATABASE IF EXISTS $self->{name}");
    delete $self->{db};
    return;
}

sub rows ($self, $query) {
    my $rows = [];
    $self->_run($query, sub ($s) { $rows = $s->fetchall_arrayref({}) });
    return $rows;
}

sub text ($self, $query) {
    my @lines;
    $self->_run($query, sub ($s) {
        push @lines, map { join '|', map { $_ // '' } @$_ } @{ $s->fetchall_arrayref };
    });
    return join "\n", @lines;
}

sub tables ($self) {
    return @{ $self->_db->selectcol_arrayref('SELECT table_name FROM information_schema.tables'
                . ' WHERE table_schema = ? ORDER BY table_name', undef, $self->{name}) };
}

sub schema ($self, $text) {
    return $text =~ s/ \KTEXT\b/MEDIUMTEXT/gr =~ s/^\);/) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;/gmr;
}

# --- small things --------------------------------------------------------------------------------

# Several statements may stand in one query; what brings rows is given to the reader.
sub _run ($self, $query, $read) {
    my $statement = $self->_db->prepare($query);
    $statement->execute;
    while (1) {
        $read->($statement) if $statement->{NUM_OF_FIELDS};
        last if !$statement->more_results;
    }
    return;
}

# One connection for a process, as long as its server is there; a child of a test makes its own.
sub _db ($self) {
    my $db = $self->{db}{$$};
    return $db && $db->ping ? $db : ($self->{db}{$$} = _connect($self->{name}));
}

sub _user () { return $ENV{PORTAL_DB_PARAMS} =~ /user=([^,]+)/ ? $1 : die "no user\n" }

sub _password () { return $ENV{PORTAL_DB_PARAMS} =~ /pass=([^,]+)/ ? $1 : undef }

sub _socket () { return $ENV{PORTAL_DB_PARAMS} =~ /sock=([^,]+)/ ? $1 : die "no socket\n" }

sub _connect ($name = '') {
    return DBI->connect("DBI:MariaDB:database=$name;mariadb_socket=" . _socket(), _user(), _password(), {
        RaiseError => 1, PrintError => 0, AutoInactiveDestroy => 1, mariadb_multi_statements => 1,
        mariadb_init_command => "SET NAMES utf8mb4, sql_mode = '" . MODE . "', lock_wait_timeout = 20",
    });
}

sub _client ($program) {
    my $password = _password() // '';
    return ($program, '--no-defaults', '--default-character-set=utf8mb4', '-S', _socket(), '-u', _user(),
        "--password=$password");
}

sub _dump ($self) {
    return (_client('mariadb-dump'), '--single-transaction', '--skip-dump-date', $self->{name});
}

1;

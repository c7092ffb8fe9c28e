# SPDX-License-Identifier: Apache-2.0
#
# The database of one test file: a file of SQLite's, or, under t/tools/with-database, a schema of its
# own in the one database of that server (MariaDB: PortalTest::Database::MariaDB). Tables are made by
# portalctl init, not here.
#
#   my $d = PortalTest::Database->make("$dir/portal.db");
#   $d->driver, $d->params            # for DBDriver and DBDParams, --driver and --params
#   $d->directives                    # the same as lines of httpd's
#   $d->rows("SELECT mrn FROM binder")            # [ { mrn => '1' }, ... ]; never binds
#   $d->text("SELECT a, b FROM t")                # "a|b" a line, without the last line break
#   $d->tables                                    # their names
#   $d->schema($text)                 # what makes tables, as portalctl makes them there
#   $d->save($file), $d->restore($file)           # all of it
#   my $other = $d->copy("$dir/other/portal.db");
#   PortalTest::Database->only_sqlite('the file itself is looked at');
#   my $held = $d->hold; ... $held->release;      # nobody else can write
#   $d->open_trail                    # takes away what keeps rows of the audit trail as they are
#   $d->refuse_rows('audit'), $d->take_rows('audit')   # no row can be added; again they can
#   $d->cut_off                                   # the server ends all connections
#   $d->bytes                                     # to look for what must not be there
#   $d->drop;
package PortalTest::Database;
use v5.36;

use Fcntl          qw(O_RDWR);
use File::Basename qw(dirname);
use IO::Handle     ();
use IPC::Open2     qw(open2);
use JSON::PP       ();

use lib dirname(__FILE__) . '/../../../conf/run/lib';
use PortalServer qw(command must slurp spew database_uri);

use constant F_OFD_SETLKW => 38;

# The engine of this run, by its driver's name.
sub engine ($) { return $ENV{PORTAL_DB} // 'sqlite3' }

sub is_sqlite ($class) { return $class->engine eq 'sqlite3' }

my $made = 0;

sub make ($class, $file) {
    if ($class->engine eq 'mysql') {
        $class = 'PortalTest::Database::MariaDB';
        require PortalTest::Database::MariaDB;
    }
    my $self = bless { file => $file, name => sprintf('t_%d_%d', $$, ++$made) }, $class;
    $self->create;
    return $self;
}

sub create ($self) {
    $self->_shell("CREATE SCHEMA $self->{name}") if !$self->is_sqlite;
    return;
}

sub driver ($self) { return $self->engine }

sub params ($self) {
    return database_uri(dirname($self->{file})) if $self->is_sqlite;
    return "$ENV{PORTAL_DB_PARAMS} options='-c search_path=$self->{name} -c client_min_messages=error -c application_name=$self->{name}'";
}

# The two for a virtual host.
sub directives ($self) {
    return 'DBDriver ' . $self->driver . qq(\nDBDParams ") . $self->params . qq("\n);
}

# For a test about SQLite alone: ends it, skipped, on other engines. Before the first test.
sub only_sqlite ($class, $why) {
    return if $class->is_sqlite;
    require Test::More;
    Test::More::plan(skip_all => "only SQLite: $why");
}

# All that is kept, as bytes: to look for what must not be in it.
sub bytes ($self) {
    return must('pg_dump', '-d', $ENV{PORTAL_DB_PARAMS}, '-n', $self->{name}) if !$self->is_sqlite;
    return join '', map { slurp($_) } grep {-f} glob "\Q$self->{file}\E*";
}

# Waits for the turn to write, as an act does, and keeps it until ->release is called on the result.
sub hold ($self) {
    my $held = bless {}, 'PortalTest::Database::Held';
    if ($self->is_sqlite) {
        sysopen $held->{lock}, "$self->{file}.lock", O_RDWR or die "$self->{file}.lock: $!";
        my $whole = pack 's s x4 q q l x4', 1, 0, 0, 0, 0;    # F_WRLCK, SEEK_SET
        fcntl $held->{lock}, F_OFD_SETLKW, $whole or die "lock: $!";
        return $held;
    }
    $held->{pid} = open2(my $from, my $to, 'psql', '-X', '-q', '-A', '-t', '-d', $self->params);
    print {$to} "BEGIN;\nSELECT 'held' FROM audit_head WHERE id = 1 FOR UPDATE;\n";
    $to->flush;
    (readline $from) =~ /held/ or die "no turn to write\n";
    $held->{to} = $to;
    return $held;
}

sub PortalTest::Database::Held::release ($held) {
    close $held->{lock} if $held->{lock};
    close $held->{to}   if $held->{to};
    waitpid $held->{pid}, 0 if $held->{pid};
    return;
}

sub open_trail ($self) {
    $self->text($self->is_sqlite ? join '; ', map {"DROP TRIGGER IF EXISTS audit_no_$_"} qw(update delete replace)
        : 'DROP TRIGGER IF EXISTS audit_only_grows ON audit');
    return $self;
}

sub refuse_rows ($self, $table) {
    $self->text($self->is_sqlite ? "CREATE TRIGGER no_rows BEFORE INSERT ON $table BEGIN SELECT RAISE(ABORT, 'no'); END"
        : "ALTER TABLE $table ADD CONSTRAINT no_rows CHECK (FALSE) NOT VALID");
    return;
}

sub take_rows ($self, $table) {
    $self->text($self->is_sqlite ? 'DROP TRIGGER no_rows' : "ALTER TABLE $table DROP CONSTRAINT no_rows");
    return;
}

# The server ends every connection to it at once; how many there were. Not for SQLite.
sub cut_off ($self) {
    return $self->text("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
        . " WHERE application_name = '$self->{name}' AND pid <> pg_backend_pid()");
}

# Keeps all of it in a file, and brings it back as it was.
sub save ($self, $to) {
    $self->_shell('PRAGMA wal_checkpoint(TRUNCATE)'), must('cp', $self->{file}, $to) if $self->is_sqlite;
    must('pg_dump', '-d', $ENV{PORTAL_DB_PARAMS}, '-n', $self->{name}, '-f', $to) if !$self->is_sqlite;
    return;
}

sub restore ($self, $from) {
    if ($self->is_sqlite) {
        must('cp', $from, $self->{file});
        unlink map {"$self->{file}$_"} qw(-wal -shm);
        return;
    }
    $self->drop;
    must('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $self->params, '-f', $from);
    return;
}

# The same records once more, in a database of their own, whose file would be $file.
sub copy ($self, $file) {
    my $other = PortalTest::Database->make($file);
    if ($self->is_sqlite) {
        $self->save($file);
        return $other;
    }
    my $text = must('pg_dump', '-d', $ENV{PORTAL_DB_PARAMS}, '-n', $self->{name});
    spew("$file.sql", $text =~ s/\b\Q$self->{name}\E\b/$other->{name}/gr);
    $other->restore("$file.sql");
    return $other;
}

sub drop ($self) {
    $self->_shell("DROP SCHEMA IF EXISTS $self->{name} CASCADE") if !$self->is_sqlite;
    return;
}

sub text ($self, $query) {
    return $self->_shell($query) =~ s/\n\z//r;
}

sub rows ($self, $query) {
    my $reads = $query =~ /^\s*(?:SELECT|WITH)\b/i;
    my $out
        = $self->is_sqlite ? $self->_shell($query, '-json')
        : $reads ? $self->_shell("SELECT json_agg(rows_) FROM (" . $query =~ s/;\s*\z//r . ") rows_")
        :          $self->_shell($query);
    return $out =~ /\S/ && ($reads || $self->is_sqlite) ? JSON::PP->new->decode($out) : [];
}

sub schema ($self, $text) { return $text }

sub tables ($self) {
    my $query
        = $self->is_sqlite
        ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        : "SELECT tablename FROM pg_tables WHERE schemaname = '$self->{name}' ORDER BY tablename";
    return split /\n/, $self->text($query);
}

sub _shell ($self, $query, @options) {
    my @shell
        = $self->is_sqlite
        ? ('sqlite3', '-cmd', '.timeout 5000', @options, $self->{file})
        : ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $self->params, '-c');
    $query = "\n$query" if $query =~ /^-/;    # no option
    my $done = command(@shell, $query);
    $done->{exit} == 0 && $done->{err} eq '' or die "$shell[0]: $query: $done->{err}";
    return $done->{out};
}

1;

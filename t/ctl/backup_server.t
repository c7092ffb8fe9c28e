# SPDX-License-Identifier: Apache-2.0
#
# Where the records are PostgreSQL's or MariaDB's, portalctl says with which of its tools they are backed up
# and restored: the lines are run here as they are said, on servers of their own. MariaDB's tools ask for the
# password on a terminal.
use v5.36;
use lib 't/lib';
use PortalTest::DatabaseServer;
my $server;
END { my $status = $?; $server->end if $server; $? = $status }    # after all others
use PortalCtl;
use File::Temp ();
use IPC::Open2 qw(open2);
use Test::More;

my %asked = (pgsql => 0, mysql => 1);
my $password = 'secret17';

# Runs a line in a shell on a terminal, and types the password where it is asked for; how often, and how it
# ended.
sub on_terminal ($line) {
    my $pid = open2(my $from, my $to, 'script', '-qec', $line, '/dev/null');
    my ($said, $times) = ('', 0);
    while (sysread $from, $said, 4096, length $said) {
        next if $said !~ s/.*password: *\z//is;
        syswrite $to, "$password\n";
        $times++;
    }
    waitpid $pid, 0;
    note $said;
    return "$times asked, exit " . ($? >> 8);
}

sub back_and_forth ($class) {
    my $folder = File::Temp::tempdir('portal-db-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $folder;
    $server = $class->start("$folder/own");
    local @ENV{qw(PORTAL_DB PORTAL_DB_PARAMS)} = ($class->driver, $server->with_password($password));
    my $c = PortalCtl->new->init;
    $c->ctl('import', $c->file('a.csv', "mrn,family,case_number\n1,O'Brien,C-1\n2,Doe,C-2\n"));
    my $file = $c->path("kept one's");

    # Runs what `portalctl WORD` says.
    my $said = sub ($word) {
        my $r = $c->json($word, $file);
        is $r->{exit}, 1, "$word is a tool's of its own";
        unlike $r->{use}, qr/$password|search_path/, 'the line has no password, and no settings';
        is on_terminal($r->{use}), "$asked{ $class->driver } asked, exit 0", "and does it: $word";
    };
    $said->('backup');
    my $rows = $c->sql('SELECT COUNT(*) FROM audit');
    $c->ctl('import', $c->file('b.csv', "mrn,family\n3,Late\n"));
    is $c->sql('SELECT COUNT(*) FROM binder'), 3, 'somebody comes later';
    $said->('restore');
    is $c->sql('SELECT COUNT(*) FROM binder'), 2, 'and is gone with the restore';
    is $c->sql('SELECT COUNT(*) FROM audit'), $rows, 'as is what was written of it';
    is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
    is $c->ctl('import', $c->path('b.csv'))->{exit}, 0, 'it goes on';
    ok !eval { $c->sql('DELETE FROM audit'); 1 }, 'and its rows are kept as before';
    undef $c;
    $server->end;
    undef $server;
    return;
}

for my $engine (PortalTest::DatabaseServer->engines) {
    my $class = PortalTest::DatabaseServer->of($engine);
    subtest $engine => sub {
        my $reason = $class->missing;
        plan skip_all => $reason if defined $reason;
        back_and_forth($class);
    };
}
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Where the records are PostgreSQL's, portalctl says with which of its tools they are backed up and
# restored: the lines are run here as they are said, on a server of its own.
use v5.36;
use lib 't/lib';
use PortalTest::Postgres;
my $server;
END { my $status = $?; $server->end if $server; $? = $status }    # after all others
use PortalCtl;
use File::Temp ();
use Test::More;

if (my $reason = PortalTest::Postgres->missing) {
    plan skip_all => $reason;
}
my $folder = File::Temp::tempdir('portal-db-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $folder;
$server = PortalTest::Postgres->start("$folder/own");
@ENV{qw(PORTAL_DB PORTAL_DB_PARAMS)} = ('pgsql', $server->params . ' password=secret17');

my $c = PortalCtl->new->init;
$c->ctl('import', $c->file('a.csv', "mrn,family,case_number\n1,O'Brien,C-1\n2,Doe,C-2\n"));
my $file = $c->path("kept one's");

# Runs what `portalctl WORD` says; its line.
sub said ($word) {
    my $r = $c->json($word, $file);
    is $r->{exit}, 1, "$word is a tool's of its own";
    unlike $r->{use}, qr/secret17|search_path/, 'the line has no password, and no settings';
    is system('sh', '-c', $r->{use}), 0, "and does it: $word";
    return;
}
said('backup');
my $rows = $c->sql('SELECT COUNT(*) FROM audit');
$c->ctl('import', $c->file('b.csv', "mrn,family\n3,Late\n"));
is $c->sql('SELECT COUNT(*) FROM binder'), 3, 'somebody comes later';
said('restore');
is $c->sql('SELECT COUNT(*) FROM binder'), 2, 'and is gone with the restore';
is $c->sql('SELECT COUNT(*) FROM audit'), $rows, 'as is what was written of it';
is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
is $c->ctl('import', $c->path('b.csv'))->{exit}, 0, 'it goes on';
undef $c;
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl init, migrate and check: what is made, with which rights, and what is refused.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

sub mode ($path) { return sprintf '%04o', (stat $path)[2] & 07777 }

# Those of the schema, in the order in which they are made.
sub tables () {
    return map { PortalCtl::slurp($_) =~ /^CREATE TABLE (\w+)/mg } sort glob 'conf/schema/*.sql';
}

umask 022;
my $c = PortalCtl->new;
my $r = $c->ctl('init');
is $r->{exit}, 0, 'init' or diag $r->{err};
is mode($c->path('secret.key')),     '0600', 'the secret is for its owner alone';
my $sqlite = PortalTest::Database->is_sqlite;
SKIP: {
    skip 'only SQLite: its file', 3 if !$sqlite;
    is mode($c->path('portal.db')),      '0660', 'the database for owner and group, whatever the umask';
    is mode($c->path('portal.db.lock')), '0660', 'and its lock too';
    is $c->sql('PRAGMA journal_mode'), 'wal', 'write-ahead log, stored in the file';
}
my $schema = () = glob 'conf/schema/*.sql';
is $c->sql("SELECT value FROM meta WHERE name = 'schema'"), $schema, 'the schema is noted';
is length $c->sql("SELECT value FROM meta WHERE name = 'practice'"),      22, 'an id of the practice';
is length $c->sql("SELECT value FROM meta WHERE name = 'session_epoch'"), 22, 'a session epoch';
is $c->sql('SELECT action, actor_kind FROM audit'), 'database.init|command', 'the first row of the trail';

# again
my $secret = PortalCtl::slurp($c->path('secret.key'));
$r = $c->ctl('init');
is $r->{exit}, 1, 'a second init is refused';
like $r->{err}, qr/is there already; nothing was changed|in use already \(schema \d+\); nothing was changed/, 'and says so';
is PortalCtl::slurp($c->path('secret.key')), $secret, 'the secret is as it was';
is $c->sql('SELECT COUNT(*) FROM audit'), '1', 'and the database';
$r = $c->bare('--driver', $c->database->driver, '--params', $c->params, '--secret',
    'file:' . $c->path('other.key'), 'init');
is $r->{exit}, 1, 'also with another secret';
ok !-e $c->path('other.key'), 'which is not made' if $sqlite;

# with a secret that is there, and into a file that is empty
my $d = PortalCtl->new;
$d->file('portal.db', '');
$d->file('secret.key', $secret);
chmod 0600, $d->path('secret.key');
is $d->ctl('init')->{exit}, 0, 'an empty file may be there, and a secret';
is PortalCtl::slurp($d->path('secret.key')), $secret, 'which is used';

# a path that needs escapes
SKIP: {
    skip 'only SQLite: its path', 2 if !$sqlite;
    my $e = PortalCtl->new;
    mkdir $e->path('a b?#%');
    my $odd = 'file:' . $e->dir . '/a%20b%3f%23%25/portal.db?mode=rw';
    is $e->bare('--params', $odd, '--secret', 'file:' . $e->path('s'), 'init')->{exit}, 0, 'an escaped path';
    ok -s $e->path('a b?#%/portal.db'), 'is made where it says';
}

# failures leave nothing
my $f = PortalCtl->new;
$f->file('secret.key', "key 1 rubbish\n");
chmod 0600, $f->path('secret.key');
is $f->ctl('init')->{exit}, 1, 'a secret that is none';
ok !-e $f->path('portal.db'), 'and no database is left behind';
is $f->bare('--driver', $f->database->driver, '--params', $f->params, 'init')->{exit}, 2, 'no secret at all';

# migrate
is $c->ctl('migrate')->{out}, "nothing to do: the database has schema $schema\n", 'nothing to migrate';
$c->sql("UPDATE meta SET value = '999' WHERE name = 'schema'");
for my $words (['migrate'], [ 'audit', 'verify' ]) {
    $r = $c->ctl(@$words);
    is $r->{exit}, 1, "@$words: a newer schema is refused";
    like $r->{err}, qr/schema 999 and was made by a newer version/, 'and says so';
}
is $c->json('check')->{ok}, JSON::PP::false, 'check says so too';

# a database of the first schema, with records in it
my @kept = qw(meta audit audit_head);
$c->sql("CREATE TABLE kept_$_ AS SELECT * FROM $_") for @kept;
$c->sql("DROP TABLE $_")                            for reverse tables();
$c->sql($c->database->schema(PortalCtl::slurp('conf/schema/0001.sql')));
$c->sql("INSERT INTO $_ SELECT * FROM kept_$_; DROP TABLE kept_$_") for @kept;
$c->sql("UPDATE meta SET value = '1' WHERE name = 'schema'; INSERT INTO once (id, created) VALUES ('kept', 1)");
like [ grep { !$_->{ok} } @{ $c->json('check')->{findings} } ]->[0]{mend}, qr/^too old; run portalctl migrate/,
    'check names what to do';
is $c->ctl('migrate')->{exit}, 0, 'it is brought up to date';
is $c->sql("SELECT value FROM meta WHERE name = 'schema'"), $schema, 'and says so';
is $c->sql('SELECT COUNT(*) FROM device') . $c->sql("SELECT COUNT(*) FROM once WHERE id = 'kept'"), '01',
    'with the new table and the old records';

# check
my $check = $c->json('check');
is $check->{exit}, 0, 'check' or diag explain $check;
is $check->{ok}, JSON::PP::true, 'all is well';
is $check->{counts}{binders}, 0, 'it counts';
sub wrong ($name, $text) {
    my $found = $c->json('check');
    is $found->{exit}, 2, "check: $name";
    my @bad = grep { !$_->{ok} } @{ $found->{findings} };
    is @bad, 1, 'one thing is wrong' or diag explain \@bad;
    like "$bad[0]{text}: " . ($bad[0]{mend} // ''), $text, 'and is named';
    return;
}
chmod 0644, $c->path('secret.key');
wrong('a secret that others can read', qr/secret\.key.*chmod 0600/);
chmod 0600, $c->path('secret.key');
if ($sqlite) {
    chmod 0664, $c->path('portal.db');
    wrong('a database that others can read', qr/portal\.db, .*others may use it/);
    chmod 0660, $c->path('portal.db');
}
my $head = $c->sql('SELECT seq FROM audit_head');
$c->sql('UPDATE audit_head SET seq = 7');
wrong('a head that is not the last row', qr/it should be 7: run portalctl audit verify/);
$c->sql("UPDATE audit_head SET seq = $head");
is $c->json('check')->{exit}, 0, 'mended';

# as root: everything belongs to the owner of the folder
SKIP: {
    skip 'not root: files have one owner anyway', 5 if $> != 0;
    skip 'only SQLite: its file', 5 if !$sqlite;
    my ($uid, $gid) = (getpwnam 'nobody')[ 2, 3 ];
    my $g = PortalCtl->new;
    mkdir $g->path('data') or die;
    chmod 0755, $g->dir;
    chown $uid, $gid, $g->path('data');
    my @base = ('--params', 'file:' . $g->path('data/portal.db') . '?mode=rw',
        '--secret', 'file:' . $g->path('secret.key'));
    is $g->bare(@base, 'init')->{exit}, 0, 'init as root in a folder of somebody else';
    is join(' ', map { (stat $g->path("data/portal.db$_"))[4] } '', '.lock'), "$uid $uid",
        'makes files of its owner';
    is((stat $g->path('secret.key'))[4], 0, 'but the secret is of root');
    my $csv = $g->file('a.csv', "mrn\n" . join '', map { "M$_\n" } 1 .. 50);
    chmod 0600, $csv;
    is $g->bare(@base, 'import', $csv)->{exit}, 0, 'import of a file that root alone can read';
    open my $held, '-|', 'sqlite3', $g->path('data/portal.db'), 'SELECT 1; ' x 2 or die;
    my @foreign = grep { (stat $_)[4] != $uid } glob $g->path('data/*');
    is "@foreign", '', 'and nothing of root stays beside the database';
    close $held;
}

done_testing;

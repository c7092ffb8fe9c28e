#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl backup and restore without httpd: what they make, what they refuse, and that a refusal changes
# nothing.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;
use File::Copy qw(copy);

PortalTest::Database->only_sqlite("backup copies its file");
my $c = PortalCtl->new->init;
$c->ctl('import', $c->file('a.csv', "mrn,family,case_number\n" . join '', map {"M$_,Doe,C$_\n"} 1 .. 20));

# --- backup ---
my $file = $c->path('portal.backup');
my $r    = $c->json('backup', $file);
is $r->{exit}, 0, 'a backup' or diag $r->{error};
is $r->{audit_row}, $c->sql('SELECT MAX(seq) FROM audit'), 'up to the last row, which is its own';
is sprintf('%04o', (stat $file)[2] & 07777), '0600', 'nobody else reads it';
is join(' ', glob "$file*"), $file, 'one file, nothing beside it';
is qx(sqlite3 '$file' 'SELECT COUNT(*) FROM binder; PRAGMA journal_mode'), "20\ndelete\n", 'with all people';
like $c->ctl('backup', $file)->{out}, qr/^\Q$file\E: [\d.]+ MB, whole, up to row \d+ .*\nIt is worth nothing/,
    'again, in words';
for my $bad ([ [], 2 ], [ [ 'a', 'b' ], 2 ], [ ['/no/such/folder/b'], 1 ], [ [ $c->dir ], 2 ]) {
    is $c->ctl('backup', @{ $bad->[0] })->{exit}, $bad->[1], "backup @{$bad->[0]}";
}
for my $engine ([ 'pgsql', 'host=db dbname=portal password=secret17', qr/pg_dump --format=custom --dbname='host=db dbname=portal' --file='b'/ ],
    [ 'mysql', 'host=db,port=3307,user=portal,pass=secret17,dbname=portal',
        qr/mariadb-dump --single-transaction --host='db' --port='3307' --user='portal' --password 'portal' >'b'/ ]) {
    $r = $c->bare('--driver', $engine->[0], '--params', $engine->[1], 'backup', 'b');
    is $r->{exit}, 1, "$engine->[0] has a tool of its own";
    like $r->{err}, $engine->[2], 'which is named';
    unlike $r->{err}, qr/secret17/, 'without the password';
    like $c->bare('--driver', $engine->[0], '--params', $engine->[1], 'restore', 'b')->{err}, qr/restored by its own tool/,
        'and for the way back';
}

# --- restore ---
$c->ctl('import', $c->file('b.csv', "mrn\nLATE\n"));
my $before = $c->sql('SELECT COUNT(*) FROM audit');

sub refused ($what, $pattern, $exit, @words) {
    my $got = $c->ctl('restore', @words);
    is $got->{exit}, $exit, "$what: refused";
    like $got->{err}, $pattern, 'with the reason';
    is $c->sql('SELECT COUNT(*) FROM audit'), $before, 'nothing was changed';
    is join(' ', glob $c->path('portal.db.restore*')), '', 'and nothing is left';
    return;
}
refused('no --yes', qr/everything written since the backup would be lost\. Add --yes/, 2, $file);
refused('no file', qr/No such file/, 1, '--yes', $c->path('none'));
refused('no database', qr/file is not a database/, 1, '--yes', $c->path('secret.key'));
refused('no words', qr/needs one backup file/, 2, '--yes');

sub variant ($name, $sql) {
    copy($file, $c->path($name)) or die $!;
    system('sqlite3', $c->path($name), $sql) == 0 or die;
    return $c->path($name);
}
refused('a newer schema', qr/was made by a newer version/, 1, '--yes',
    variant('newer', "UPDATE meta SET value = '999' WHERE name = 'schema'"));
refused('no portal', qr/is no backup of a portal/, 1, '--yes', variant('other', "DELETE FROM meta"));
refused('a changed trail', qr/audit trail is not whole \(row 7\)/, 1, '--yes',
    variant('changed', "DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'eve' WHERE seq = 7"));
refused('a key that is not there', qr/the secret does not fit/, 1, '--yes',
    variant('sealed', "INSERT INTO ask VALUES ('x', 'forgot', 'v1.9.AAAA', 1)"));
my $damaged = variant('damaged', 'PRAGMA user_version = 1');
open my $out, '+<:raw', $damaged or die $!;
seek $out, 40960, 0;
print {$out} "\xFF" x 20000;
close $out;
refused('a damaged file', qr/damaged|malformed/, 1, '--yes', $damaged);
my $other = PortalCtl->new->init;
$other->ctl('backup', $other->path('b'));
refused('of another portal', qr/the secret does not fit/, 1, '--yes', $other->path('b'));

my $epoch = $c->sql("SELECT value FROM meta WHERE name = 'session_epoch'");
$r = $c->json('restore', '--yes', $file);
is $r->{exit}, 0, 'restored' or diag $r->{error};
is $c->sql("SELECT COUNT(*) FROM binder WHERE mrn = 'LATE'"), 0, 'what came later is gone';
is $c->sql('SELECT COUNT(*) FROM binder'), 20, 'the rest is there';
isnt $c->sql("SELECT value FROM meta WHERE name = 'session_epoch'"), $epoch, 'sessions end';
is $c->sql('PRAGMA journal_mode'), 'wal', 'with a write-ahead log';
is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
my $row = $c->json('audit', 'list')->{rows}[-2];
is "$row->{action} $row->{detail}{replaced}{row}", "database.restore $before", 'and tells what was replaced';
is join(' ', glob $c->path('portal.db.restore*')), '', 'nothing is left beside it';
is $c->ctl('import', $c->path('b.csv'))->{exit}, 0, 'it goes on';

# --- into nothing ---
unlink glob $c->path('portal.db*');
is $c->ctl('restore', $file)->{exit}, 0, 'a database that is lost comes back without asking';
is $c->sql('SELECT COUNT(*) FROM binder'), 20, 'with all people';
is $c->ctl('audit', 'verify')->{exit}, 0, 'and its trail';
is sprintf('%04o', (stat $c->path('portal.db'))[2] & 07777), '0660', 'for the owner and the group of its folder';
unlink glob $c->path('portal.db*');
is $c->ctl('restore', $c->path('changed'))->{exit}, 1, 'but not a bad one';
ok !-e $c->path('portal.db'), 'nothing is left then';

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl audit: the report, and that every kind of tampering with the table is named by its row.
# (security.md LG2, LG3, LG9)
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $c = PortalCtl->new->init;
$c->ctl('import', $c->file('a.csv', "mrn,family,case_number\n" . join '', map { "M$_,Doe,C$_\n" } 1 .. 20));

# --- verify ---
my $r = $c->json('audit', 'verify');
is $r->{exit}, 0, 'a whole trail';
is $r->{verdict}, 'ok', 'is ok';
is $r->{rows}, 42, 'init, twenty binders and cases, the import';
like $c->ctl('audit', 'verify')->{out}, qr/^the audit trail is whole: 42 rows, head [0-9a-f]{64}$/, 'in words';

# --- nobody changes a row, by the words of the module's own user ---
sub refused ($what, $sql) {
    ok !eval { $c->sql($sql); 1 }, "LG2: $what is refused";
    like $@, qr/rows of the audit trail are only added/, 'and the engine says why';
    return;
}
refused('UPDATE', "UPDATE audit SET actor = 'eve' WHERE seq = 9");
refused('UPDATE of all', 'UPDATE audit SET at = at + 1');
refused('DELETE',        'DELETE FROM audit WHERE seq = 9');
refused('DELETE of all', 'DELETE FROM audit');
my %replace = (
    sqlite3 => 'INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 9',
    mysql   => 'REPLACE INTO audit SELECT * FROM audit WHERE seq = 9',
    pgsql   => 'INSERT INTO audit SELECT * FROM audit WHERE seq = 9 ON CONFLICT (seq) DO UPDATE SET at = 1',
);
refused('a row in place of another', $replace{ PortalTest::Database->engine });
refused('a row in the place that SQLite has for another', 'INSERT OR REPLACE INTO audit (rowid, seq, at, request, actor_kind, actor,'
        . ' source, action, binder_id, case_id, result, detail, key_id, mac) SELECT 9, 99, at, request, actor_kind, actor, source,'
        . ' action, binder_id, case_id, result, detail, key_id, mac FROM audit WHERE seq = 8') if PortalTest::Database->is_sqlite;
refused('TRUNCATE', 'TRUNCATE audit') if PortalTest::Database->engine eq 'pgsql';
is $c->json('audit', 'verify')->{rows}, 42, 'all rows are there';

# Works on a copy that is thrown away; expects a verdict about a row.
sub tampered ($what, $sql, $verdict, $row, $words) {
    $c->database->save($c->path('good.db'));
    $c->database->open_trail->text($sql);
    my $found = $c->json('audit', 'verify');
    is $found->{exit}, 1, "$what: ends with 1";
    is "$found->{verdict} " . ($found->{row} // 'none'), "$verdict $row", "$what: row $row is $verdict";
    like $c->ctl('audit', 'verify')->{err}, qr/\brow $row \Q$words\E/, 'in words';
    $c->database->restore($c->path('good.db'));
    return;
}

my $columns = 'at, request, actor_kind, actor, source, action, binder_id, case_id, result, detail,'
    . ' key_id, mac';
my $changed = 'is not as it was written';
for my $column (qw(request actor_kind actor source action binder_id case_id result detail)) {
    tampered("changed $column", "UPDATE audit SET $column = CASE substr($column, 1, 1) WHEN 'x' THEN 'y' ELSE 'x' END"
        . " || substr($column, 2) WHERE seq = 9", 'changed', 9, $changed);
}
tampered('changed time', 'UPDATE audit SET at = at + 1 WHERE seq = 1', 'changed', 1, $changed);
tampered('changed hash', "UPDATE audit SET mac = CASE substr(mac, 1, 1) WHEN '0' THEN '1' ELSE '0' END"
        . " || substr(mac, 2) WHERE seq = 12", 'changed', 12, $changed);
tampered('changed last row', "UPDATE audit SET actor = 'eve' WHERE seq = 42", 'changed', 42, $changed);
tampered('deleted first row', 'DELETE FROM audit WHERE seq = 1', 'missing', 1, 'is missing');
tampered('deleted in the middle', 'DELETE FROM audit WHERE seq = 20', 'missing', 20, 'is missing');
tampered('deleted several', 'DELETE FROM audit WHERE seq BETWEEN 20 AND 25', 'missing', 20, 'is missing');
tampered('deleted tail', 'DELETE FROM audit WHERE seq > 30', 'missing', 31, 'is missing');
tampered('deleted all', 'DELETE FROM audit', 'missing', 1, 'is missing');
tampered('deleted and closed up', 'DELETE FROM audit WHERE seq = 20; UPDATE audit SET seq = -seq WHERE'
        . ' seq > 20; UPDATE audit SET seq = -seq - 1 WHERE seq < 0; UPDATE audit_head SET seq = 41',
    'missing', 20, 'is missing');
tampered('swapped neighbours', 'UPDATE audit SET seq = -1 WHERE seq = 10; UPDATE audit SET seq = 10 WHERE'
        . ' seq = 11; UPDATE audit SET seq = 11 WHERE seq = -1', 'moved', 10, 'stood elsewhere');
tampered('swapped far apart', 'UPDATE audit SET seq = -1 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE'
        . ' seq = 30; UPDATE audit SET seq = 30 WHERE seq = -1', 'moved', 5, 'stood elsewhere');
tampered('inserted in the middle', 'UPDATE audit SET seq = -seq WHERE seq >= 15; UPDATE audit SET seq ='
        . " -seq + 1 WHERE seq < 0; INSERT INTO audit (seq, $columns) SELECT 15, $columns FROM audit WHERE"
        . ' seq = 3; UPDATE audit_head SET seq = 43', 'added', 15, 'was added');
tampered('inserted at the end', "INSERT INTO audit (seq, $columns) SELECT 43, $columns FROM audit WHERE"
        . ' seq = 3', 'added', 43, 'was added');
tampered('inserted before the first', "INSERT INTO audit (seq, $columns) SELECT 0, $columns FROM audit"
        . ' WHERE seq = 3', 'added', 0, 'was added');
# Others have whole numbers only.
tampered('inserted between two numbers', "INSERT INTO audit (seq, $columns) SELECT 7.5, $columns FROM"
        . ' audit WHERE seq = 3', 'added', 7, 'was added') if PortalTest::Database->is_sqlite;
tampered('cut, with the head set back', 'DELETE FROM audit WHERE seq > 30; UPDATE audit_head SET seq = 30,'
        . ' mac = (SELECT mac FROM audit WHERE seq = 30)', 'changed', 30, $changed);
tampered('a head that is gone', 'DELETE FROM audit_head', 'changed', 42, $changed);
tampered('a key that is not held', 'UPDATE audit SET key_id = 77 WHERE seq = 8', 'no_key', 8,
    'cannot be checked');
is $c->json('audit', 'verify')->{verdict}, 'ok', 'the good copy is whole';

# A cut tail still shows when the portal went on writing behind it.
$c->database->open_trail->text('DELETE FROM audit WHERE seq > 30; UPDATE audit_head SET seq = 30, mac = (SELECT mac FROM audit'
        . ' WHERE seq = 30)');
$c->ctl('import', $c->file('b.csv', "mrn\nM99\n"));
$r = $c->json('audit', 'verify');
is "$r->{verdict} " . ($r->{row} // 'none'), 'changed 31', 'a cut tail shows after more acts, too';

# another secret
my $d = PortalCtl->new->init;
$r = $d->bare('--params', $d->params, '--secret', 'file:' . $c->path('secret.key'), 'audit', 'verify');
is $r->{exit}, 1, 'a trail under another secret does not hold';
is $d->bare('--params', $d->params, 'audit', 'verify')->{exit}, 2, 'verify needs the secret';

# --- list ---
$d->ctl('import', $d->file('a.csv', "mrn,family,case_number\nM1,Doe,C-1\nM2,Roe,\n"));
my $list = $d->json('audit', 'list', '--binder', 'M1');
is_deeply [ map { "$_->{action} $_->{mrn} $_->{case_number} $_->{result}" } @{ $list->{rows} } ],
    [ 'binder.create M1  ok', 'case.create M1 C-1 ok', 'audit.view M1  ok' ], 'rows of one binder, and this look at them';
is $list->{rows}[0]{detail}{by}, 'import', 'details in clear';
like $list->{rows}[0]{at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'times in UTC';
my ($day) = $list->{rows}[0]{at} =~ /^(.{10})/;
$list = $d->json('audit', 'list', '--from', $day, '--to', '2199-12-31');
is $list->{rows}[-1]{action}, 'audit.view', 'that somebody looked is a row itself';
is_deeply $d->json('audit', 'list', '--to', '2020-01-01')->{rows}, [], 'nothing before there was a portal';
is scalar @{ $d->json('audit', 'list', '--limit', 2)->{rows} }, 2, '--limit';
for my $sort (qw(oldest newest what whom who outcome)) {
    my $rows = $d->json('audit', 'list', '--sort', $sort)->{rows};
    my %key  = (what => 'action', whom => 'mrn', who => 'actor', outcome => 'result');
    my @keys = map { $key{$sort} ? $_->{ $key{$sort} } : sprintf '%09d', $sort eq 'newest' ? 1e8 - $_->{seq} : $_->{seq} } @$rows;
    cmp_ok scalar @keys, '>', 8, "LG9: --sort $sort";
    is_deeply \@keys, [ sort @keys ], 'in that order';
    is_deeply [ map { $_->{seq} } @{ $d->json('audit', 'list', '--sort', $sort, '--limit', 3)->{rows} } ],
        [ map { $_->{seq} } @$rows[ 0 .. 2 ] ], 'with --limit its first rows' if $sort eq 'oldest';
}
$r = $d->ctl('audit', 'list', '--sort', 'sideways');
is $r->{exit}, 2, '--sort sideways';
like $r->{err}, qr/--sort must be oldest, newest/, 'says what it can be';
$r = $d->ctl('audit', 'list', '--binder', 'M7');
is $r->{exit}, 1, 'no such binder';
my $rows = $d->sql('SELECT COUNT(*) FROM audit');
$r = $d->bare('--driver', $d->database->driver, '--params', $d->params, 'audit', 'list');
like $r->{out}, qr/^2  \S+Z  command \S+  binder\.create  ok  mrn M1  \(sealed\)$/m,
    'without the secret details stay sealed';
is $d->sql('SELECT COUNT(*) FROM audit'), $rows, 'and nothing is written';
$d->database->open_trail->text("UPDATE audit SET actor = 'e\e[2Jve' WHERE seq = 2");
like $d->ctl('audit', 'list')->{out}, qr/ command e\?\[2Jve /, 'no escape sequence reaches the terminal';

done_testing;

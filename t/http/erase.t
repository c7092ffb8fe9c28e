# SPDX-License-Identifier: Apache-2.0
#
# Erasing paperwork at the desk: one form, or all that a binder has, with a reason and a confirmation;
# what stays is a record without health data, and no sealed byte is left in the database's files.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(csv => <<'CSV', portal => { PortalLobbyFrom => '127.0.0.0/24' });
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
CSV
my $desk  = $t->desk;
my $nurse = $t->desk('nurse');
my $own   = 'quite a long password 17';
my @TABLES = qw(draft response response_past response_return signature);

sub n ($from) { return $t->sql("SELECT COUNT(*) AS n FROM $from")->[0]{n} }

sub send_form ($c, $title, %o) {
    my ($todo) = grep { $_->[1] =~ /^\Q$title\E/ } PortalTest::Paper->todo($c);
    my $paper = PortalTest::Paper->new($c, $todo->[0], %o);
    $paper->fill;
    is $paper->submit->code, 303, "$title is sent";
    return $paper;
}

# Pieces of what is sealed, as they stand in the database's files.
sub sealed_pieces () {
    my @all = map { $_->{sealed} } map { @{ $t->sql("SELECT sealed FROM $_") } } @TABLES;
    return map { my $s = $_; map { substr $s, $_ * 60, 40 } 1 .. int(length($s) / 60) - 1 } @all;
}

sub found ($pieces) {
    my $bytes = join '', map { -e $t->file("portal.db$_") ? PortalTest::slurp($t->file("portal.db$_")) : '' } '', '-wal';
    return scalar grep { index($bytes, $_) >= 0 } @$pieces;
}

# Nothing to scrub is left.
sub scrubbed () {
    $t->wait_for('the log to begin anew', sub { !n("meta WHERE name = 'scrub' AND value <> ''") });
    return;
}

my ($ann, $eva) = map { PortalTest::Tab->new($t, $_, $desk) } 1, 2;
my $c = $ann->open('C-1')->signed_in('C-1', $own);
my $d = $eva->open('E-1')->signed_in('E-1', $own);

# ---- one form: sent, given back, begun again --------------------------------------------------------

my $paper = send_form($c, 'Registration', words => 'canaryone');
my $id    = $paper->id;
my $other = send_form($d, 'Registration', words => 'canarytwo');
my $row   = $desk->json('GET', "/paperwork/$id")->data->{sent}{parts}[0]{rows}[0];
is $desk->post("/paperwork/$id/return", { question => $row->{name}, note => 'notecanary', number => 1 })->code, 303, 'given back';
$paper->fill;
is $paper->submit->code, 303, 'sent again';
is $desk->post("/paperwork/$id/return", { question => $row->{name}, note => 'second note', number => 2 })->code, 303, 'given back';
my $page = $paper->page;
is $paper->save($page, { $paper->answers($page) })->code, 303, 'begun once more';
my @others = sealed_pieces();
my %before = map { $_ => n($_) } @TABLES;

my $r = $nurse->get("/paperwork/$id");
like $r->text, qr/Erase this form/, 'the page of a form leads to it';
$r = $nurse->get("/paperwork/$id/erase");
like $r->text, qr/Registration and contact details.*C-1.*Returned.*Why is it erased\?.*The patient asked for it/, 'what is erased, and why';
my $r2 = $nurse->form($r, {}, button => 'Erase');
is $r2->code, 422, 'not without a reason';
like $r2->text, qr/Choose a reason/, 'which is said';
is $nurse->form($r, { reason => 'nosuch' }, button => 'Erase')->code, 422, 'nor for another one';
is $nurse->post("/paperwork/$id/erase", { reason => 'retention', number => 2 })->code, 422, 'nor for one that no person gives';
my $confirm = $nurse->form($r, { reason => 'asked' }, button => 'Erase');
is $confirm->code, 200, 'it asks first';
like $confirm->text, qr/Ann Doe, record number 1.*Registration.*case C-1.*cannot be undone.*Backups/, 'saying what goes';
is n('assignment WHERE id = \'' . $id . '\''), 1, 'nothing went yet';
is $nurse->json('POST', "/paperwork/$id/erase", { reason => 'asked', number => 2 })->code, 422, 'a program has to confirm';
is $nurse->json('POST', "/paperwork/$id/erase", { reason => 'asked', number => 1, confirm => 1 })->code, 409,
    'and to have looked at what is there';
is $nurse->post('/paperwork/' . 'A' x 22 . '/erase', { reason => 'asked', number => 1, confirm => 1 })->code, 404, 'no such form';
my $open = $nurse->get("/paperwork/$id");
is $nurse->form($confirm, {}, button => 'Confirm')->location, '/desk/binders/' . $ann->id . '/paperwork?done=erased', 'erased';

is $c->get($paper->path)->code, 404, 'the patient has it no more';
is $c->post($paper->path, { number => 1, version => 1, $paper->answers($page) })->code, 404, 'a page that was open saves nothing';
is $nurse->form($open, {}, button => 'Take back into the queue')->code, 404, 'nor does one at the desk';
is $nurse->form($confirm, {}, button => 'Confirm')->code, 404, 'twice is once';
is $desk->get("/paperwork/$id/export")->code, 404, 'nothing to export';
is n("$_ WHERE " . ($_ eq 'draft' ? 'assignment_id' : 'response_id') . " NOT IN (SELECT "
    . ($_ eq 'draft' ? 'id FROM assignment)' : 'id FROM response)')), 0, "$_: none without its form"
    for grep { $_ ne 'response' } @TABLES;
is n('response'), 1, 'the other patient has hers';
is n('response_past') + n('response_return') + n('draft'), 0, 'all that belonged to it went along';
cmp_ok $before{$_}, '>', 0, "$_: there was something" for grep { $_ ne 'signature' } @TABLES;

my $list = $desk->get('/binders/' . $ann->id . '/paperwork?done=erased');
like $list->text, qr/The paperwork is erased.*Erased.*Registration.*Ann Doe.*C-1.*nurse.*The patient asked for it/, 'a record stays with the binder';
my ($record) = @{ $desk->json('GET', '/paperwork/erasures')->data->{erased} };
is_deeply [ @$record{qw(by reason number case_number name)} ], [ 'nurse', 'asked', 2, 'C-1', 'Ann Doe' ], 'and on a page of its own';
like $record->{form_hash}, qr/^[0-9a-f]{64}$/, 'with the version of the form';
unlike JSON::PP->new->encode($record), qr/canary/, 'and nothing that was answered';
my $trail = $t->portalctl(qw(--json audit list));
like $trail->{out}, qr/"paperwork\.erase".*/, 'in the audit trail';
unlike $trail->{out}, qr/canary/, 'which has none of it either';
is $t->portalctl(qw(audit verify))->{exit}, 0, 'the trail is whole';
like $desk->get('/paperwork')->text, qr/To do \(1\).*What was erased/, 'the queue leads there';

# ---- no byte is left ------------------------------------------------------------------------------

SKIP: {
    skip 'the files of SQLite', 4 if !PortalTest::Database->is_sqlite;
    scrubbed();
    my %left = map { $_ => 1 } sealed_pieces();
    my @gone = grep { !$left{$_} } @others;
    cmp_ok scalar(@gone), '>', 20, 'pieces of what was sealed';
    is found(\@gone), 0, 'are in none of the files';
    my @there = keys %left;
    cmp_ok found(\@there), '>', 0.8 * @there, 'those of the other patient are (pages cut some in two)';
    my $copy = $t->file('copy.db');
    is $t->portalctl('backup', $copy)->{exit}, 0, 'a backup made now';
    my $bytes = PortalTest::slurp($copy);
    is scalar(grep { index($bytes, $_) >= 0 } @gone), 0, 'has none of it';
}

# ---- all of a binder ------------------------------------------------------------------------------

my $path = '/binders/' . $eva->id . '/paperwork';
my $lobby = $t->patient;
is $lobby->form('/lobby', { case_number => 'E-1', lobby_password => $eva->lobby_password })->code, 303, 'in the lobby';
my ($todo) = PortalTest::Paper->todo($lobby);
my $draft = PortalTest::Paper->new($lobby, $todo->[0]);
$page = $draft->page;
is $draft->save($page, { $draft->answers($page) })->code, 303, 'a draft in the lobby';
my @pieces = sealed_pieces();
$r = $desk->get("$path/erase");
my $count = n("assignment WHERE binder_id = '" . $eva->id . "'");
like $r->text, qr/Erase all paperwork of this binder.*Registration/, 'all of it';
$confirm = $desk->form($r, { reason => 'person' }, button => 'Erase');
is scalar(() = $confirm->text =~ /, case E-1/g), $count, 'each is named';
is $desk->json('POST', $path, { form => 'registration', case => $eva->case('E-1') })->code, 303, 'one is given out meanwhile';
is $desk->form($confirm, {}, button => 'Confirm')->code, 409, 'which is not erased unseen';
$r = $desk->get("$path/erase");
$confirm = $desk->form($r, { reason => 'person' }, button => 'Erase');
is $desk->form($confirm, {}, button => 'Confirm')->code, 303, 'erased';
is n($_), 0, "$_: nothing is left" for @TABLES;
is n('erasure'), $count + 2, 'a record of each';
is n("audit WHERE action = 'paperwork.erase' AND result = 'ok'"), $count + 2, 'and in the audit trail';
like $desk->get("$path/erase")->text, qr/has no paperwork/, 'there is nothing more to erase';
is scalar(PortalTest::Paper->todo($lobby)), 0, 'nor to fill in';
is $desk->post('/binders/' . 'A' x 22 . '/paperwork/erase', { reason => 'asked', number => 0, confirm => 1 })->code, 404, 'no such binder';
SKIP: {
    skip 'the files of SQLite', 1 if !PortalTest::Database->is_sqlite;
    scrubbed();
    is found(\@pieces), 0, 'and no byte of it';
}

# ---- a backup of before is restored -------------------------------------------------------------------

SKIP: {
    skip 'the files of SQLite', 10 if !PortalTest::Database->is_sqlite;
    my $other_desk = $t->desk;
    my $copy  = $t->file('before.db');
    my $given = { form => 'registration', case => $ann->case('C-1') };
    is $other_desk->json('POST', '/binders/' . $ann->id . '/paperwork', $given)->code, 303, 'one more form';
    my $c2 = $t->patient;
    is $c2->form('/login', { case_number => 'C-1', password => $own })->code, 303, 'signed in';
    my $last = send_form($c2, 'Registration', words => 'canarythree');
    is $t->portalctl('backup', $copy)->{exit}, 0, 'a backup';
    is $other_desk->json('POST', '/paperwork/' . $last->id . '/erase', { reason => 'asked', number => 1, confirm => 1 })->code, 303, 'erased since';
    my $said = $t->portalctl(qw(restore --yes), $copy);
    is $said->{exit}, 0, 'the backup takes its place';
    like $said->{out}, qr/now erased again: 1/, 'and says so';
    is $t->desk->get('/paperwork/' . $last->id)->code, 404, 'it is not back';
    like $t->desk->get('/paperwork/erasures')->text, qr/Registration.*Ann Doe.*frontdesk.*The patient asked for it/, 'its record is';
    is $t->portalctl(qw(audit verify))->{exit}, 0, 'the trail is whole';
}

# ---- in the reader's language -----------------------------------------------------------------------

my $spanish = $t->desk('nurse', language => 'es');
$spanish->post('/language', { language => 'es' });
like $spanish->get("$path")->text, qr/Borrados.*Eva Ruiz.*Es de otra persona/, 'in Spanish';

$t->stop;
done_testing;

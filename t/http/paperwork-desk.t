# SPDX-License-Identifier: Apache-2.0
#
# What becomes of paperwork at the desk: the queue and the acts that empty it, a question that is
# given back and answered alone, at home and in the lobby, history kept, two languages side by side,
# and changes since last time.
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

sub signed_in ($mrn, $number, %o) {
    my $tab = PortalTest::Tab->new($t, $mrn, $desk)->open($number);
    return ($tab->signed_in($number, $own, %o), $tab);
}

sub state_of ($id) { return $t->sql("SELECT state FROM response WHERE assignment_id = '$id'")->[0]{state} }

sub acts ($where) {
    my $rows = $t->sql("SELECT action, result FROM audit WHERE action LIKE '$where' ORDER BY seq");
    return join ' ', map {"$_->{action}=$_->{result}"} @$rows;
}

# A paper filled in and sent, with this answer as the family name.
sub send_form ($c, $title, %o) {
    my ($todo) = grep { $_->[1] =~ /^\Q$title\E/ } PortalTest::Paper->todo($c);
    my $paper = PortalTest::Paper->new($c, $todo->[0], %o);
    $paper->fill;
    is $paper->submit->code, 303, "$title is sent";
    return $paper;
}

sub row ($id, $label, %o) {
    my $sent = $desk->json('GET', "/paperwork/$id" . ($o{number} ? "?number=$o{number}" : ''))->data->{sent};
    my ($row) = grep { $_->{label} =~ /^\Q$label\E/ } map { @{ $_->{rows} } } @{ $sent->{parts} };
    return $row // die "no row $label\n";
}

my ($c, $tab) = signed_in(1, 'C-1');
my $paper = send_form($c, 'Registration', words => 'canaryone');
my $id    = $paper->id;

# ---- the queue ------------------------------------------------------------------------------------

my $r = $nurse->get('/paperwork');
like $r->text, qr/To do \(1\) Returned to patients \(0\) Filed \(0\).*Not read yet: 1.*Ann Doe.*New/, 'it came in';
is state_of($id), 'new', 'looking at the queue reads nothing';
$r = $nurse->get("/paperwork/$id");
is state_of($id), 'reading', 'who opens it reads it';
like $r->text, qr/Being read nurse/, 'and is named';
like $desk->get('/paperwork')->text, qr/To do \(1\).*Being read First read by nurse/, 'for all at the desk';
like $r->text, qr/ Give back .* Accept File/, 'what can be done';
is $desk->form("/paperwork/$id", {}, button => 'Accept')->code, 303, 'another one accepts it';
like $desk->get("/paperwork/$id?done=accepted")->text, qr/The form is accepted\..*Accepted frontdesk/, 'and is named';
$r = $nurse->get("/paperwork/$id");
is $nurse->form($r, {}, button => 'File')->location, '/desk/paperwork?done=filed', 'filing it';
is $desk->post("/paperwork/$id/state", { state => 'filed', number => 1 })->code, 303, 'twice does no harm';
is $desk->post("/paperwork/$id/state", { state => 'accepted', number => 1 })->code, 409, 'but it is not accepted any more';
like $desk->get('/paperwork')->text, qr/To do \(0\).*Filed \(1\) .*No patient has sent paperwork yet/, 'the queue is empty';
like $desk->get('/paperwork/filed')->text, qr/Ann Doe.*Filed nurse/, 'what is filed can be found';
is $desk->json('GET', '/paperwork/filed')->data->{rows}[0]{state}, 'filed', 'also as data';
$r = $desk->get("/paperwork/$id");
is $desk->form($r, {}, button => 'Take back into the queue')->code, 303, 'filed by mistake';
is state_of($id), 'reading', 'it is to be done again';
is acts('paperwork.%'), join(' ', 'paperwork.assign=ok paperwork.assign=ok paperwork.start=ok paperwork.submit=ok',
        'paperwork.queue=ok paperwork.read=ok paperwork.queue=ok paperwork.read=ok paperwork.accept=ok paperwork.read=ok',
        'paperwork.read=ok',
        'paperwork.file=ok paperwork.accept=refused paperwork.read=ok paperwork.queue=ok paperwork.queue=ok',
        'paperwork.queue=ok paperwork.read=ok paperwork.reopen=ok'), 'all of it in the audit';
is $desk->post("/paperwork/$id/state", { state => 'nosuch', number => 1 })->code, 422, 'no such state';
is $desk->post("/paperwork/$id/state", { state => 'returned', number => 1 })->code, 422, 'nor by this way';
is $desk->post("/paperwork/$id/state", { state => 'filed', number => 7 })->code, 409, 'other answers than these';
is $desk->post('/paperwork/' . 'A' x 22 . '/state', { state => 'filed', number => 1 })->code, 404, 'no paperwork';

# ---- one question is given back -------------------------------------------------------------------

my $phone = row($id, 'Phone number');
my $city  = row($id, 'City or town');
$r = $desk->get("/paperwork/$id/return?question=$phone->{name}");
is $r->code, 200, 'the page to give a question back';
like $r->text, qr/Phone number 555 0100.*Note for the patient/, 'shows question and answer';
is $desk->form($r, {}, button => 'Give back')->code, 422, 'not without a note';
is $desk->get("/paperwork/$id/return?question=a.99")->code, 404, 'not a question that is not there';
is $desk->post("/paperwork/$id/return", { question => 'a.99', note => 'x', number => 1 })->code, 422, 'nor by a post';
is $desk->post("/paperwork/$id/return", { question => $phone->{name}, note => 'x', number => 2 })->code, 409,
    'nor of answers that were not read';
is $desk->form($r, { note => "notecanary: which\nnumber?" }, button => 'Give back')->code, 303, 'given back';
is state_of($id), 'returned', 'it is returned';
like $desk->get("/paperwork/$id")->text, qr/Questions given back Phone number – notecanary.*Waiting for the patient/, 'with the note';
like $desk->get('/paperwork/returned')->text, qr/Ann Doe.*Returned frontdesk/, 'in its list';
is $desk->form("/paperwork/$id", {}, button => 'Take back into the queue')->code, 303, 'taken back';
is scalar(grep { $_->[0] eq $id } PortalTest::Paper->todo($c)), 0, 'the patient has nothing to do';
is $desk->post("/paperwork/$id/return", { question => $phone->{name}, note => 'notecanary', number => 1 })->code, 303, 'given back once more';

like $c->get('/')->text, qr/Registration and contact details Case C-1 Please check/, 'at home it is to do';
my $all = $paper->page;
like $all->text, qr/Please look at this again Phone number notecanary/, 'the note stands on the page';
my @asked = map { $_->{label} } PortalTest::Paper->questions($paper->view($all)->{nodes});
is_deeply \@asked, ['Phone number'], 'just that question is asked';
ok $all->decoded_content =~ /name="\Q$phone->{name}\E" value="555 0100/, 'with the answer that was sent';
is $c->get($paper->path('?page=2'))->location, '/portal' . $paper->path('?page=1'), 'there is no other page';
$r = $c->post($paper->path, { number => 1, version => $paper->view($all)->{version}, $city->{name} => 'Sneaky', $phone->{name} => '555 0199 777' });
is $r->code, 303, 'another answer is sent along';
unlike $paper->review->text, qr/Sneaky|City or town/, 'and not taken';
is $desk->post("/paperwork/$id/return", { question => $city->{name}, note => 'x', number => 1 })->code, 409, 'now nothing can be added';
is $desk->post("/paperwork/$id/state", { state => 'reading', number => 1 })->code, 409, 'nor taken back';
is $paper->submit->code, 303, 'sent again';

is state_of($id), 'new', 'it is new at the desk';
like $desk->get('/paperwork')->text, qr/Not read yet: 1.*Ann Doe.*New Sent again/, 'and told apart';
my $now = row($id, 'Phone number');
is $now->{answers}[0]{text}, '555 0199 777', 'the new answer';
ok $now->{changed}, 'is marked';
like $now->{before}{answers}[0]{text}, qr/^555 0100/, 'beside that of before';
ok !row($id, 'City or town')->{changed}, 'the others are not';
is row($id, 'City or town')->{answers}[0]{text}, $city->{answers}[0]{text}, 'and are as they were';
like row($id, 'Phone number', number => 1)->{answers}[0]{text}, qr/^555 0100/, 'what was sent before is kept';
is $desk->get("/paperwork/$id?number=9")->code, 404, 'there is no ninth';
my $fhir = $desk->get("/paperwork/$id/export")->data;
is $fhir->{status}, 'amended', 'exported as amended';
my $first = $desk->get("/paperwork/$id/export?number=1")->data;
is $first->{status}, 'completed', 'what was before as it was';
is $fhir->{id}, $first->{id}, 'the same resource';
is $desk->post("/paperwork/$id/state", { state => 'filed', number => 1 })->code, 409, 'the first cannot be filed any more';
is $desk->post("/paperwork/$id/state", { state => 'filed', number => 2 })->code, 303, 'the second can';
is acts('paperwork.amend'), 'paperwork.amend=ok', 'in the audit';
is $c->post($paper->path, { number => 1, version => 1, $phone->{name} => '1' })->code, 409, 'the patient is done';

# ---- in the lobby: just that, and nothing of before -------------------------------------------------

is $desk->post("/paperwork/$id/state", { state => 'reading', number => 2 })->code, 303, 'into the queue';
is $desk->post("/paperwork/$id/return", { question => $phone->{name}, note => 'lobbynote', number => 2 })->code, 303, 'given back';
my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'C-1', lobby_password => $tab->lobby_password });
my $there = PortalTest::Paper->new($lobby, $id);
$r = $there->page;
like $r->text, qr/Phone number lobbynote/, 'the note in the lobby';
unlike $r->decoded_content, qr/555 0199|canaryone/, 'but nothing of earlier answers';
is $there->save($r, { $phone->{name} => '555 0155 000' })->code, 303, 'answered';
unlike $there->review->decoded_content, qr/555 0199|canaryone/, 'nor in the review';
is $there->submit->code, 303, 'sent from the lobby';
is row($id, 'Phone number')->{answers}[0]{text}, '555 0155 000', 'the desk has it';
is row($id, 'City or town')->{answers}[0]{text}, $city->{answers}[0]{text}, 'with all the rest';
is $t->sql('SELECT COUNT(*) n FROM response_past')->[0]{n}, 2, 'both earlier ones are kept';

# ---- what an answer opens is asked too --------------------------------------------------------------

my $consent = send_form($c, 'Consent to treatment', choose => sub ($node, $values) { $values->[0] });
my $who = row($consent->id, 'Who is filling in');
is $desk->post('/paperwork/' . $consent->id . '/return', { question => $who->{name}, note => 'n', number => 1 })->code, 303, 'who';
$r = $c->follow($consent->save($consent->page, { $who->{name} => 2 }));
like $r->text, qr/You and the patient/, 'the questions that it opens';
unlike $r->text, qr/examined and treated/, 'and no others';
is $consent->submit->code, 422, 'have to be answered';
$consent->save($r, { $consent->answers($r) });
is $consent->submit->code, 303, 'then it goes';

# ---- one of several ----------------------------------------------------------------------------------

my ($history) = grep { $_->[1] =~ /^Medical history/ } PortalTest::Paper->todo($c);
$history = PortalTest::Paper->new($c, $history->[0], choose => sub ($node, $values) { $values->[0] });
my $added = 0;
for ($r = $history->page; $r->request->uri !~ /review$/; ) {
    my $view = $history->view($r);
    my ($add) = $r->decoded_content =~ /name="add" value="([^"]*)"/;
    $r = $c->follow($add && $view->{heading} =~ /^Medicines/ && !$added++
        ? $c->post($history->path, { $history->answers($r), number => $view->{number}, version => $view->{version}, add => $add })
        : $history->save($r, { $history->answers($r) }));
}
is $history->submit->code, 303, 'with two medicines';
my @second = grep { $_->{name} =~ /-2\./ }
    map { @{ $_->{rows} } } @{ $desk->json('GET', '/paperwork/' . $history->id)->data->{sent}{parts} };
my ($dose) = grep { $_->{label} eq 'How much?' } @second;
my ($pill) = map { $_->{answers}[0]{text} } grep { $_->{label} eq 'Name of the medicine' } @second;
is $desk->post('/paperwork/' . $history->id . '/return', { question => $dose->{name}, note => 'which pill?', number => 1 })->code, 303,
    'the second is asked about';
like $history->page->text, qr/look at this again Medicine 2: How much\? which pill\?/, 'the patient is told which';
like $desk->get('/paperwork/' . $history->id)->text, qr/given back Medicine 2: How much\? – which pill\?/, 'so is the desk';

my $list = $history->page;
my ($remove) = $list->decoded_content =~ /name="remove" value="([^"]*-2)"/;
my $asked = $history->view($list);
is $c->post($history->path, { $history->answers($list), number => $asked->{number}, version => $asked->{version}, remove => $remove })->code, 303,
    'the second is taken out';
is $history->submit->code, 303, 'sent again';
like $desk->get('/paperwork/' . $history->id)->text, qr/Answered before, but not any more Name of the medicine Medicine 2 \Q$pill\E.*How much\? Medicine 2/,
    'which the desk is told';

# ---- in the reader's language beside the patient's own -------------------------------------------------

my ($eva) = signed_in(2, 'E-1', language => 'es');
my $es = send_form($eva, 'Registro', words => 'canarytwo', save => 'Guardar y seguir', submit => 'Enviar');
my $said = row($es->id, 'City or town');
is $said->{own}{label}, 'Ciudad o pueblo', 'the question as it was asked';
ok !$said->{own_answers}, 'typed words once';
like $desk->get('/paperwork/' . $es->id)->text, qr/City or town Ciudad o pueblo canarytwo/, 'on the page';
my ($choice) = grep { $_->{own_answers} }
    map { @{ $_->{rows} } } @{ $desk->json('GET', '/paperwork/' . $es->id)->data->{sent}{parts} };
ok $choice && $choice->{answers}[0]{text} ne $choice->{own}{answers}[0]{text}, 'a chosen answer in both';
ok !row($id, 'City or town')->{own}, 'one language is enough for the same';

# ---- beside the same form of last time ------------------------------------------------------------------

my $binder = '/binders/' . $tab->id . '/paperwork';
is $desk->post($binder, { form => 'registration', case => $tab->case('C-1') })->code, 303, 'the form once more';
my $again = send_form($c, 'Registration', words => 'canarythree');
ok row($again->id, 'City or town')->{changed}, 'another answer than last time';
is row($again->id, 'City or town')->{before}{answers}[0]{text}, $city->{answers}[0]{text}, 'which stands beside it';
like $desk->get('/paperwork/' . $again->id)->text, qr/compared with what was sent/, 'says the page';

# ---- kept secret -----------------------------------------------------------------------------------------

for my $table ($t->database->tables) {
    my $rows = JSON::PP->new->encode($t->sql("SELECT * FROM $table"));
    unlike $rows, qr/canary(?:one|two|three)|notecanary|lobbynote/, "$table tells nothing";
}
unlike $t->error_log . $t->access_log, qr/canary/, 'nor does a log';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the audit is whole';
$t->new_key;
is $t->sql("SELECT COUNT(*) n FROM response_past WHERE sealed LIKE 'v1.1.%'")->[0]{n}, 0, 'what was before is sealed again';
is $t->sql("SELECT COUNT(*) n FROM response_return WHERE sealed LIKE 'v1.1.%'")->[0]{n}, 0, 'and so are notes';
$t->stop;
done_testing;

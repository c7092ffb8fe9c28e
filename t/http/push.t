# SPDX-License-Identifier: Apache-2.0
#
# PortalExport: what the desk accepts goes to a real FHIR server over HTTPS as a transaction Bundle, once
# for each version, whatever the server does, and whoever is killed in between.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Fhir     qw(complaints dangling);
use PortalTest::FhirPeer ();
use PortalTest::Paper;
use PortalTest::Tab;

my $peer = PortalTest::FhirPeer->start;
my $t    = PortalTest->start(csv => <<'CSV', start => 0, extra => "<Location /metrics>\n  SetHandler portal-metrics\n  Require all granted\n</Location>\n");
mrn,family,given,birth_date,email,case_number,case_title
1|x,Doe,Ann,1970-01-02,ann@example.org,C 1/ä,Knee
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
CSV
PortalTest::spew($t->file('export.token'), "canary.token~of+the/export=\n");
chmod 0600, $t->file('export.token');
my %export = (PortalExport => $peer->url, PortalExportCA => $peer->ca, PortalExportToken => 'file:' . $t->file('export.token'),
    PortalExportSystem => 'urn:oid:1.2.3', PortalSessionIdle => '8h', PortalSessionLifetime => '2d');
$t->set(portal => \%export);
$t->launch;
my $desk = $t->desk;
my $own  = 'quite a long password 17';

sub n ($from) { return $t->sql("SELECT COUNT(*) AS n FROM $from")->[0]{n} }
sub row ($id, $number = 1) {
    return $t->sql("SELECT e.* FROM export_out e JOIN response r ON r.id = e.response_id"
            . " WHERE r.assignment_id = '$id' AND e.number = $number")->[0];
}

sub send_form ($c, $title, %o) {
    my ($todo) = grep { $_->[1] =~ /^\Q$title\E/ } PortalTest::Paper->todo($c);
    my $paper = PortalTest::Paper->new($c, $todo->[0], words => 'canaryword', %o);
    $paper->fill;
    is $paper->submit->code, 303, "$title is sent";
    return $paper;
}

sub put_in ($id, $state, $number = 1) {
    $desk->get("/paperwork/$id");
    is $desk->post("/paperwork/$id/state", { state => $state, number => $number })->code, 303, "$state";
    return;
}

sub is_sent ($id, $number = 1) {
    $t->wait_for("number $number of $id", sub { (row($id, $number) // {})->{state} eq 'sent' });
    return;
}

sub responses () { return grep {/^QuestionnaireResponse/} sort keys %{ $peer->store } }

my $ann = PortalTest::Tab->new($t, '1|x', $desk)->open('C 1/ä');
my $c   = $ann->signed_in('C 1/ä', $own);

# ---- it goes out ------------------------------------------------------------------------------------

my $paper = send_form($c, 'Registration');
my $id    = $paper->id;
is n('export_out'), 0, 'what was sent waits for the desk';
put_in($id, 'accepted');
is_sent($id);
my ($post) = $peer->requests(1);
is "$post->{method} $post->{path}", 'POST /fhir', 'a transaction is posted';
is $post->{headers}{authorization}, 'Bearer canary.token~of+the/export=', 'with the token';
is $post->{headers}{'content-type'}, 'application/fhir+json', 'as FHIR';
is_deeply [ complaints($post->{file}) ], [], 'judged as FHIR R4';
my @entries = @{ $post->{bundle}{entry} };
is_deeply [ dangling(map { $_->{resource} } @entries) ], [], 'each reference leads to an entry';
is_deeply [ map {"$_->{request}{method} $_->{resource}{resourceType}"} @entries ],
    [ 'POST Patient', 'POST EpisodeOfCare', 'PUT Questionnaire', 'PUT QuestionnaireResponse' ], 'what is in it';
is $entries[0]{request}{ifNoneExist}, 'identifier=urn%3Aoid%3A1.2.3%7C1%5C%7Cx', 'the patient is found by the number';
is $entries[0]{resource}{identifier}[0]{system}, 'urn:oid:1.2.3', 'as the hospital calls it';
is $entries[1]{request}{ifNoneExist}, 'identifier=C%201%2F%C3%A4', 'the case by its own';
my ($response) = map { $_->{resource} } $entries[3];
is $response->{status}, 'completed', 'the answers';
is_deeply $response->{item}, $desk->get("/paperwork/$id/export")->data->{item}, 'of this form';
is scalar(responses()), 1, 'the server has one response';
like $desk->get("/paperwork/$id")->text, qr/Passed on to the hospital’s own system on/, 'the desk sees it on the form';
put_in($id, 'filed');
my $r = $desk->get('/outbox/exports');
like $r->text, qr/passed on to https:\/\/127\.0\.0\.1.*Registration.*Ann Doe.*Sent/, 'and in the list';
is scalar($peer->requests), 1, 'filing it sends nothing again';

# ---- sent again: amended, in its own order --------------------------------------------------------------

put_in($id, 'reading');
my $question = $desk->json('GET', "/paperwork/$id")->data->{sent}{parts}[0]{rows}[0];
is $desk->post("/paperwork/$id/return", { question => $question->{name}, note => 'Please', number => 1 })->code, 303, 'given back';
$paper->fill;
is $paper->submit->code, 303, 'sent again';
is scalar($peer->requests), 1, 'it waits for the desk again';
put_in($id, 'accepted', 2);
is_sent($id, 2);
my ($amended) = map { $_->{bundle}{entry}[3] } ($peer->requests(2))[1];
is $amended->{resource}{status}, 'amended', 'as amended';
is $amended->{request}{url}, $entries[3]{request}{url}, 'in its own place';
my $store = $peer->store;
is $store->{ $amended->{request}{url} }{versions}, 2, 'whose history the server keeps';
is scalar(grep {/^Patient/} keys %$store), 1, 'one patient';
is scalar(grep {/^EpisodeOfCare/} keys %$store), 1, 'one case';

# ---- a server with troubles ------------------------------------------------------------------------------

$t->expect_log(qw(PTL0714 PTL0715 PTL0716));
my $second = send_form($c, 'Medical history');
my $count  = 2;

sub fails ($how, %is) {
    $peer->behave($how);
    my $tries = row($second->id) ? row($second->id)->{tries} : 0;
    row($second->id) ? $t->clock($is{after} // 3700) : put_in($second->id, 'accepted');
    $desk = $t->desk;
    $t->wait_for("$how to be noted", sub { my $now = row($second->id); $now && $now->{tries} > $tries });
    my $now = row($second->id);
    is $now->{state}, 'queued', "$how: it waits";
    is "$now->{reason} $now->{reply_code}", "$is{reason} " . ($is{code} // 0), 'with the reason';
    cmp_ok abs(($now->{next_try} / 1e6) - $t->now - $is{wait}), '<', 30, "for $is{wait} s" if $is{wait};
    return;
}

fails('500',      reason => 'said',        code => 500, wait => 60);
fails('429 3600', reason => 'said',        code => 429, wait => 3600);
fails('503',      reason => 'said',        code => 503, wait => 300);
fails('401',      reason => 'login',       code => 401);
fails('html',     reason => 'answer',      code => 200);
fails('cut',      reason => 'unreachable');
is scalar(responses()), 2, 'the server has it, and we do not know';
$r = $desk->get('/outbox/exports');
like $r->text, qr/Medical history.*Queued.*could not be reached.*Next try:/, 'the desk sees that it waits';
like $desk->get('/paperwork/' . $second->id)->text, qr/Waits to be passed on/, 'on the form, too';
$peer->behave('ok');
$t->clock(3700);
is_sent($second->id);
$store = $peer->store;
is scalar(responses()), 2, 'sent once more, it is there once';
my @same = map { $_->{text} } grep { $_->{text} =~ /medical-history/ } $peer->requests;
cmp_ok scalar(@same), '>=', 7, 'asked so often';
is scalar(keys %{ { map { $_ => 1 } @same } }), 1, 'with the very same Bundle';
$t->wait_for('the good news', sub { $t->error_log =~ /PTL0716/ });

# ---- what will never be taken, and sending again by hand -------------------------------------------------

my $third = send_form($c, 'Consent to treatment');
$peer->behave('422');
$desk = $t->desk;
put_in($third->id, 'filed');
$t->wait_for('it to fail', sub { (row($third->id) // {})->{state} eq 'failed' });
is row($third->id)->{issue}, 'business-rule', "the server's code is kept";
$r = $desk->get('/outbox/exports');
like $r->text, qr/Consent to treatment.*Failed.*did not take it\. HTTP 422 business-rule/, 'and shown';
unlike $r->text, qr/canary of the server/, 'but none of its words';
my $out = JSON::PP->new->decode($t->portalctl(qw(--json outbox))->{out});
is_deeply [ map {"$_->{form} $_->{state} $_->{reply_code}"} @{ $out->{exports} } ], ['consent-to-treatment failed 422'], 'portalctl outbox';
my ($finding) = grep { $_->{what} eq 'exports' } @{ JSON::PP->new->decode($t->portalctl(qw(--json check))->{out})->{findings} };
like $finding->{text}, qr/^0 wait.*1 failed/, 'portalctl check';
like $desk->get('https://127.0.0.1:' . $t->port . '/metrics')->content, qr/^portal_exports\{state="failed"\} 1$/m, 'the metrics';
$peer->behave('ok');
is $desk->form($r, {}, button => 'Send again')->location, '/desk/outbox/exports?done=retry', 'sent again by hand';
is_sent($third->id);
is $desk->post('/outbox/exports', { id => 'A' x 22 })->code, 404, 'no such row';

# ---- killed between sending and writing -----------------------------------------------------------------

my $eva = PortalTest::Tab->new($t, 2, $desk)->open('E-1', 'eva@example.org');
my $d   = $eva->signed_in('E-1', $own);
my $fourth = send_form($d, 'Registration');
$peer->behave('hold');
$count = $peer->requests;
put_in($fourth->id, 'accepted');
$t->wait_for('the server to have it', sub { responses() == 4 });
my @children = grep { PortalServer::slurp("/proc/$_/cmdline") !~ /portal-hasher/ } split ' ', `pgrep -P @{[ $t->pid ]}`;
kill 'KILL', @children;
$peer->behave('ok');
$peer->go;
$t->wait_for('new children', sub { eval { $t->desk->get('/')->code == 200 } });
is row($fourth->id)->{state}, 'queued', 'nothing was written down';
$t->clock(300);
is_sent($fourth->id);
is scalar(responses()), 4, 'it is there once';
my @again = grep { index($_->{text}, row($fourth->id)->{response_id} =~ tr/_/./r) >= 0 } $peer->requests;
is scalar(@again), 2, 'it was sent twice';
is $again[0]{text}, $again[1]{text}, 'the very same';

# ---- a server that hangs holds nobody: not the mail, not the end --------------------------------------------

my $fifth = send_form($d, 'Medical history');
$peer->behave('hang');
$count = $peer->requests;
put_in($fifth->id, 'accepted');
$peer->requests($count + 1);
my $mails = $t->mails;
is $t->patient->post('/forgot', { case_number => 'E-1', email => 'eva@example.org' })->code, 303, 'a mail is asked for';
is scalar($t->mails($mails + 1)), $mails + 1, 'and goes out meanwhile';
my $begin = Time::HiRes::time();
$t->restart;
cmp_ok Time::HiRes::time() - $begin, '<', 9, 'httpd ends without waiting for it';
is row($fifth->id)->{state}, 'queued', 'and it waits';

# ---- erased while it waits -------------------------------------------------------------------------------

$peer->behave('500');
$t->clock(3700);
$desk = $t->desk;
$t->wait_for('a failure', sub { row($fifth->id)->{reason} eq 'said' });
my $confirm = $desk->form($desk->get('/paperwork/' . $fifth->id . '/erase'), { reason => 'person' }, button => 'Erase');
like $confirm->text, qr/What was passed on to the hospital’s own system stays there/, 'what cannot be erased is said';
is $desk->form($confirm, {}, button => 'Confirm')->code, 303, 'erased';
is n("export_out WHERE state = 'queued'"), 0, 'and out of the queue';
$peer->behave('ok');

# ---- a certificate that does not hold; switched off ------------------------------------------------------

my $sixth = send_form($d, 'Consent to treatment');
$t->set(portal => { %export, PortalExportCA => undef });
$t->graceful;
$count = $peer->requests;
$desk  = $t->desk;
put_in($sixth->id, 'accepted');
$t->wait_for('a failure', sub { (row($sixth->id) // {})->{tries} });
is row($sixth->id)->{reason}, 'tls', 'a certificate of an authority that nobody knows';
is scalar($peer->requests), $count, 'gets nothing';
is n("audit WHERE action = 'paperwork.push' AND result = 'ok'"), 5, 'each that went out is in the audit trail';
is n("audit WHERE action = 'paperwork.push' AND result = 'failed'"), 1, 'and the one that was given up';
is $t->portalctl(qw(audit verify))->{exit}, 0, 'which is whole';
$t->stop;
unlike $t->error_log, qr/canary/, 'no answer and no token in the error log';

done_testing;

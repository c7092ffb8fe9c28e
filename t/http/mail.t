# SPDX-License-Identifier: Apache-2.0
#
# Mails on their way: a real relay with and without TLS, one that is down, slow, or says no; what
# the desk sees of it. (security.md TK17, FI3)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Relay;
use PortalTest::Tab;

my $relay = PortalTest::Relay->start;
my $name  = 'Klinik "Grüne Au" <b>; =?x?q?y?= 病院';
my $t     = PortalTest->start(default_forms => '', csv => <<'CSV',
mrn,family,given,language,case_number
1,Doe,Ann,,C-1
2,Núñez,Iñigo,es,C-2
3,Roe,Tim,,C-3
CSV
    portal => { PortalMailRelay => $relay->url, PortalMailTLS => 'off',
        PortalName => q{'} . $name . q{'} });
$t->expect_log(qw(PTL0008));
my $desk  = $t->desk;
my $links = PortalTest::Links->new($t);
my %tab   = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 3;
$tab{1}->open('C-1', 'ann@example.org');
$tab{2}->open('C-2', 'iñigo@bücher.example');
$tab{3}->open('C-3', 'tim@example.org');

sub newest () { return $desk->json('GET', '/outbox')->data->{rows}[0] }

# Waits until the newest mail is in that state after so many tries.
sub wait_until ($state, $tries) {
    $t->wait_for("a mail that is $state after $tries tries", sub {
        my $row = $t->sql('SELECT state, tries, claim FROM mail ORDER BY created DESC LIMIT 1')->[0];
        $row && $row->{state} eq $state && $row->{tries} == $tries && $row->{claim} eq '';
    });
    return newest();
}

# The server again, with another relay.
sub with_relay (%portal) {
    $t->set(portal => { PortalName => q{'} . $name . q{'}, %portal })->restart;
    $t->clock(3601);
    return;
}

# ---- in the clear, where that is allowed -------------------------------------------------------

is $tab{1}->act('/invitation')->code, 303, 'an invitation';
my ($mail) = $relay->mails(1);
is $mail->{envelope}{to}[0], 'ann@example.org', 'the relay has it for the right address';
is $mail->{envelope}{from}, 'portal@practice.example.org', 'from ours';
ok !$mail->{envelope}{tls}, 'without TLS, as configured';
my $parsed = parsed($mail);
is $parsed->{from_name}, $name, "the hospital's name arrives as it is";
like $parsed->{subject}, qr/^\Q$name\E: your invitation/, 'in the subject too';
is $parsed->{defects}, 0, 'a strict reader finds no defect';
is join(' ', @{ $parsed->{types} }), 'text/plain text/html', 'text and HTML';
my $row = wait_until('sent', 1);
is $row->{kind}, 'invitation', 'the outbox knows what it was';
is $t->sql('SELECT sealed FROM mail')->[0]{sealed}, '', 'its content is gone from the database';
ok((grep {/^mail\.sent ok$/} $tab{1}->audit), 'and the trail has it');
like $desk->get('/outbox')->text, qr/Ann Doe.*Invitation.*Sent/, 'the page shows it';

$links->ask('/register', 'C-2', 'iñigo@bücher.example');
($mail) = ($relay->mails(2))[-1];
is $mail->{envelope}{to}[0], 'iñigo@xn--bcher-kva.example', 'a Unicode address';
ok $mail->{envelope}{smtputf8}, 'goes out with SMTPUTF8';
like parsed($mail)->{subject}, qr/: cree su cuenta$/, 'in Spanish';

sub parsed ($mail) {
    my $script = <<'PY';
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTPUTF8)
a = m["from"].addresses[0]
parts = [p for p in m.walk() if not p.is_multipart()]
print(json.dumps({"from_name": a.display_name, "subject": m["subject"], "headers": sorted(m.keys()),
    "types": [p.get_content_type() for p in parts],
    "defects": len(m.defects) + sum(len(p.defects) for p in parts) + len(m["from"].defects)}))
PY
    my $file = $t->file('parse.eml');
    PortalServer::spew($file, $mail->{raw});
    open my $out, '-|', 'sh', '-c', 'exec /usr/bin/python3 -c "$1" <"$2"', 'sh', $script, $file
        or die "python3: $!";
    local $/ = undef;
    return JSON::PP->new->utf8->decode(readline $out);
}

# ---- no header of anybody else's ---------------------------------------------------------------

my $count = $relay->mails;
for my $evil ("ann\@example.org\r\nBcc: evil\@example.net", "ann\@example.org\nX: y", "a\@b.example, c\@d.example",
    "\"x\" <ann\@example.org>", "ann\@example.org\0", "ann\@[127.0.0.1]")
{
    my $r = $t->program->json('POST', '/register', { case_number => 'C-1', email => $evil });
    like $r->code, qr/^4(?:00|22)$/, 'refused: ' . $evil =~ s/[\r\n\0]/./gr;
    is $tab{1}->save({ email => $evil })->code =~ /^4(?:00|22)$/ ? 1 : 0, 1, 'at the desk too';
}
$links->settle;
is scalar(my @all = $relay->mails), $count, 'and nothing was mailed';

# ---- STARTTLS, and a login ---------------------------------------------------------------------

$relay->stop;
my @pair = ($t->file('tls.crt'), $t->file('tls.key'));
PortalServer::spew($t->file('relay.login'), "portal:s3cret:word\n");
chmod 0600, $t->file('relay.login');
my $safe = PortalTest::Relay->start('--starttls', @pair, '--require-login', 'portal', 's3cret:word');
my %safe = (PortalMailRelay => $safe->url, PortalMailTLS => 'required', PortalMailCA => $t->{ca},
    PortalMailLogin => 'file:' . $t->file('relay.login'));
with_relay(%safe);
$links->ask('/register', 'C-1', 'ann@example.org');
($mail) = $safe->mails(1);
ok $mail->{envelope}{tls}, 'with STARTTLS';
is $mail->{envelope}{login}, 'portal', 'and the login of PortalMailLogin';
unlike $t->error_log, qr/s3cret/, 'which stands in no log';
$safe->stop;

my $naked = PortalTest::Relay->start;
$t->expect_log('PTL0711');
with_relay(PortalMailRelay => $naked->url);
$links->ask('/register', 'C-1', 'ann@example.org');
$row = wait_until('queued', 1);
is $row->{reason}, 't:outbox.reason.tls', 'TLS is required, and the relay has none: kept';
is scalar(my @none = $naked->mails), 0, 'nothing went out in the clear';
$naked->stop;

# ---- down, then up -----------------------------------------------------------------------------

my $port = PortalTest::Relay->free_port;
with_relay(PortalMailRelay => "smtp://127.0.0.1:$port", PortalMailTLS => 'off');
$links->ask('/register', 'C-1', 'ann@example.org');
$row = wait_until('queued', 1);
is $row->{reason}, 't:outbox.reason.unreachable', 'the relay is down: kept, with the reason';
like $desk->get('/outbox')->text, qr/could not be reached.*Next try:/, 'and the time of the next try';
$t->clock(50);
is $t->sql('SELECT MAX(tries) AS n FROM mail')->[0]{n}, 1, 'not before a minute is over';
$t->clock(11);
$row = wait_until('queued', 2);
$t->expect_log('PTL0712');
$relay = PortalTest::Relay->start('--port', $port);
$t->clock(121);
($mail) = $relay->mails(1);
wait_until('sent', 3);
is $t->patient->visit($mail->path)->code, 200, 'up again: delivered, and the link works';

# ---- a link that died on the way ---------------------------------------------------------------

$relay->stop;
$t->expect_log('PTL0710');
$t->clock(3601);
$links->ask('/register', 'C-3', 'tim@example.org');
wait_until('queued', 1);
$tab{3}->save({ access_enabled => undef });
$relay = PortalTest::Relay->start('--port', $port);
$t->clock(61);
$row = wait_until('failed', 1);
is $row->{reason}, 't:outbox.reason.link', 'disabled meanwhile: nobody gets the dead link';
is $row->{retry}, JSON::PP::false(), 'and it cannot be sent again';
is scalar(@none = $relay->mails), 0, 'nothing was sent';
is $desk->post('/outbox', { id => $row->{id} })->code, 422, 'not even by hand';
$tab{3}->save({ access_enabled => 1 });
$relay->stop;

# ---- not now -----------------------------------------------------------------------------------

$relay = PortalTest::Relay->start('--port', $port, '--times', 2, '--reply', 'RCPT',
    '450 4.2.0 Greylisted, come back in <5> minutes');
$t->clock(3601);
$links->ask('/register', 'C-1', 'ann@example.org');
$row = wait_until('queued', 1);
is $row->{reply}, '450 4.2.0 Greylisted, come back in <5> minutes', "the relay's own words";
is $row->{code}, 450, 'and its code';
like $desk->get('/outbox')->decoded_content, qr/come back in &lt;5&gt; minutes/, 'shown as text';
$t->clock(61);
wait_until('queued', 2);
$t->clock(121);
($mail) = $relay->mails(1);
wait_until('sent', 3);
is scalar(@all = $relay->mails), 1, 'the third time it is taken, once';
$relay->stop;

# ---- never -------------------------------------------------------------------------------------

$relay = PortalTest::Relay->start('--port', $port, '--times', 1, '--reply', 'RCPT',
    '550 5.1.1 <ann@example.org>: no such user');
is $tab{1}->act('/invitation')->code, 303, 'an invitation to nobody';
$row = wait_until('failed', 1);
is $row->{reply}, '550 5.1.1 <ann@example.org>: no such user', 'fails at once, with the words';
like $tab{1}->get->text, qr/no such user/, 'the tab shows them';
unlike $t->error_log, qr/ann\@example/, 'the log does not';
ok((grep {/^mail\.sent failed$/} $tab{1}->audit), 'the trail knows');
like $desk->get('/outbox')->text, qr/Failed.*no such user.*Send again/, 'so does the outbox, with a button';
is $t->patient->get('/outbox')->code, 404, 'which patients do not have';
my $r = $desk->form('/outbox', { id => $row->{id} }, button => 'Send again');
is $r->header('Location'), '/desk/outbox?done=retry', 'pressed';
($mail) = $relay->mails(1);
wait_until('sent', 1);
is $t->patient->visit($mail->path)->code, 200, 'it arrives after all';
ok((grep {/^mail\.retry ok$/} $tab{1}->audit), 'and the trail knows who did it');
is $desk->post('/outbox', { id => $row->{id} })->code, 303, 'once more: nothing to do';
is $desk->post('/outbox', { id => 'A' x 22 })->code, 404, 'no such mail';
is $desk->post('/outbox', {})->code, 422, 'no mail at all';
$relay->stop;

# ---- a stop in the middle ----------------------------------------------------------------------

$relay = PortalTest::Relay->start('--port', $port, '--times', 1, '--hang', 'BODY');
$t->clock(3601);
my $browser = $t->patient;
$browser->submit('/register', { case_number => 'C-1', email => 'ann@example.org' }, button => 'Send link');
my ($half) = $relay->mails(1);
my $began = time;
$t->restart;
cmp_ok time - $began, '<', 20, 'a relay that does not answer does not hold up a restart';
$t->clock(241);
my @both = $relay->mails(2);
is $both[1]->header('Message-ID'), $both[0]->header('Message-ID'), 'it goes out again, as the same mail';
is $both[1]->path, $half->path, 'with the same link';
wait_until('sent', 1);
$relay->stop;

# ---- too late ----------------------------------------------------------------------------------

$t->clock(3601);
$links->ask('/register', 'C-1', 'ann@example.org');
my $tries = 0;
for my $wait (61, 121, 301, 601) {
    wait_until('queued', ++$tries);
    $t->clock($wait);
}
$row = wait_until('failed', 5);
is $row->{reason}, 't:outbox.reason.unreachable', 'given up when the next try would be too late for the link';
is $row->{retry}, JSON::PP::true(), 'by hand it may still be tried';
$t->clock(1801);
is $desk->post('/outbox', { id => $row->{id} })->code, 422, 'until the link has run out';

# ---- many --------------------------------------------------------------------------------------

my $id = $tab{1}->id;
$t->sql("INSERT INTO mail WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)"
        . " SELECT 'x' || i, '$id', 'reset', 'outside', '', 'sent', 1, 0, '', 0, 250, 'ok', '', '', i, i FROM n");
like $desk->get('/outbox')->text,        qr/Page 1 of 3/, 'a long list has pages';
like $desk->get('/outbox?page=3')->text, qr/Page 3 of 3/, 'to its end';
is $desk->get("/outbox?page=$_")->code, 200, "page=$_ is a page" for qw(0 -1 x 99 9999999);
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

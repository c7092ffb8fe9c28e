# SPDX-License-Identifier: Apache-2.0
#
# PortalPaperworkRetention: what the desk has ended and drafts are erased when they have been kept for long
# enough, what nobody has ended stays, and the desk sees beforehand what goes.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

use constant DAY => 86400;

my $t = PortalTest->start(
    csv    => "mrn,family,given,case_number\n1,Doe,Ann,C-1\n2,Roe,Tim,C-2\n",
    portal => { PortalPaperworkRetention => '90d' },
    default_forms => 'registration medical-history consent-to-treatment insurance',
);
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1)->open('C-1');
my $c    = $tab->signed_in('C-1', $own);
my %todo = map { $_->[1] => $_->[0] } PortalTest::Paper->todo($c);

sub n ($from) { return $t->sql("SELECT COUNT(*) AS n FROM $from")->[0]{n} }
sub desk () { return $t->desk('nurse') }
sub erased () { return join ' ', map {"$_->{form}:$_->{number}:$_->{drafts}"} @{ $t->sql('SELECT form, number, drafts FROM erasure ORDER BY erased, form') } }

sub paper ($title) {
    my ($id) = map { $todo{$_} } grep {/^\Q$title\E/} keys %todo;
    return PortalTest::Paper->new($c, $id, words => 'canary');
}

sub send_form ($title) {
    my $paper = paper($title);
    $paper->fill;
    is $paper->submit->code, 303, "$title is sent";
    return $paper->id;
}

my $filed    = send_form('Registration');
my $accepted = send_form('Medical history');
my $waits    = send_form('Insurance');
my $draft    = paper('Consent');
my $page     = $draft->page;
is $draft->save($page, { $draft->answers($page) })->code, 303, 'a draft';
my $desk = desk();
is $desk->post("/paperwork/$filed/state", { state => 'filed', number => 1 })->code, 303, 'one is filed';
like $desk->get('/paperwork/erasures')->text, qr/No form is erased by itself in the next 30 days.*Nothing was erased/, 'nothing goes yet';

$t->clock(20 * DAY);
$desk = desk();
is $desk->post("/paperwork/$accepted/state", { state => 'accepted', number => 1 })->code, 303, 'one is accepted 20 days later';
like $desk->get("/paperwork/$filed")->text, qr/Is erased by itself on \d+ \w+ \d{4}/, 'a form that was ended says when it goes';
unlike $desk->get("/paperwork/$waits")->text, qr/Is erased by itself/, 'one that was not says nothing';
like $desk->get('/paperwork/filed')->text, qr/Filed nurse Is erased by itself on/, 'and so does the list';

$t->clock(50 * DAY);    # 70 since the first ones
$desk = desk();
my $next = $desk->json('GET', '/paperwork/erasures')->data;
is_deeply [ map {"$_->{title}:$_->{is_draft}"} @{ $next->{leaving} } ],
    [ 'Registration and contact details:0', 'Consent to treatment:1' ], 'what goes in the next 30 days';
is erased(), '', 'it is there until then';

$t->clock(21 * DAY);    # 91
$t->wait_for('the first to be erased', sub { erased() });
is erased(), 'consent-to-treatment:0:1 registration:1:0', 'what was filed, and the draft';
$desk = desk();
is $desk->get("/paperwork/$filed")->code, 404, 'is gone';
is n('draft'), 0, 'the draft too';
is n("assignment WHERE id = '" . $draft->id . "' AND state = 'open'"), 1, 'its form waits';
is n('response'), 2, 'what was accepted later stays';
like $desk->get('/paperwork/erasures')->text, qr/Medical history.*Erased.*The time to keep it was up/, 'it is the next one';
my ($record) = @{ $desk->json('GET', '/paperwork/erasures')->data->{erased} };
is $record->{reason}, 'retention', 'with the reason';
is n("audit WHERE action = 'paperwork.erase' AND actor_kind = 'system' AND result = 'ok'"), 2, 'in the audit trail';

$t->clock(300 * DAY);
$t->wait_for('the second', sub { n('erasure') == 3 });
is n('response'), 1, 'what nobody has ended stays';
is n("response WHERE assignment_id = '$waits' AND state = 'reading'"), 1, 'however long';
$t->wait_for('the log to begin anew', sub { !n("meta WHERE name = 'scrub' AND value <> ''") });
is $t->portalctl(qw(audit verify))->{exit}, 0, 'the trail is whole';

# ---- off --------------------------------------------------------------------------------------------

$t->set(portal => { PortalPaperworkRetention => 'off' });
$t->graceful;
$desk = desk();
is $desk->post("/paperwork/$waits/state", { state => 'filed', number => 1 })->code, 303, 'filed';
unlike $desk->get("/paperwork/$waits")->text, qr/Is erased by itself/, 'off: nothing is said';
like $desk->get('/paperwork/erasures')->text, qr/PortalPaperworkRetention is off/, 'but that it is off';
$t->sql("INSERT INTO once (id, created) VALUES ('old', 1)");
$t->clock(4000 * DAY);
$t->wait_for('the clearing away', sub { !n("once WHERE id = 'old'") });
$desk = desk();
is $desk->get("/paperwork/$waits")->code, 200, 'and it is kept for ever';
is n('erasure'), 3, 'nothing was erased';

$t->stop;
done_testing;

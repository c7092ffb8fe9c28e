# SPDX-License-Identifier: Apache-2.0
#
# A forgotten password: who gets the link, and what using it changes. (security.md TK5, TK6, TK10,
# TK12, TK13, EN2, BF2)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my $t = PortalTest->start(default_forms => '', csv => <<'CSV',
mrn,family,given,birth_date,case_number
1,Doe,Ann,1980-01-02,C-1
2,Roe,Tim,1990-07-08,C-2
3,Poe,Eve,1991-07-08,C-3
CSV
    portal => { PortalThrottle => '3 1s 1h 6' });
$t->expect_log('PTL0008');
my $desk  = $t->desk;
my $links = PortalTest::Links->new($t);
my %tab   = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 3;
$tab{$_}->open("C-$_", "p$_\@example.org") for 1 .. 3;
my $good = 'heron lagoon tundra';

# ---- the same page for everybody ---------------------------------------------------------------

$links->ask('/register', 'C-1', 'p1@example.org');
is $links->finish($t->patient, $links->link, 'C-1', $good)->code, 303, 'one of them registers';
my $known = $links->ask('/forgot', 'C-1', 'P1@example.org');
my ($mail) = $links->new_mails;
like $mail->subject, qr/choose a new password/, 'gets a link to a new password';
like $mail->path, qr{^/portal/reset/[\w-]{43}$}, 'at its own address';
for my $part ($mail->text, $mail->html) {
    unlike $part, qr/Doe|Ann\b|C-1|1980/, 'the mail names nobody';
}
for my $who ([ 'not registered', 'C-2', 'p2@example.org' ], [ 'another address', 'C-1', 'p2@example.org' ],
    [ 'an unknown number', 'X-1', 'p1@example.org' ])
{
    my ($what, @typed) = @$who;
    is $links->ask('/forgot', @typed)->text, $known->text, "$what: the same page";
    is scalar(() = $links->new_mails), 0, "$what: no mail";
}
$links->dead($mail->path =~ s/reset/register/r, 'a token at the other address');

# ---- the link ----------------------------------------------------------------------------------

my %there = map { $_ => $t->patient } qw(phone laptop);
for my $browser (values %there) {
    is $browser->form('/login', { case_number => 'C-1', password => $good })->code, 303, 'signed in';
}
my $browser = $t->patient;
for (1 .. 20) { $t->patient->visit($mail->path) }
my $page = $browser->visit($mail->path);
is $page->code, 200, 'opened 20 times, it still works';
ok !(grep { !$_ } map { index($page->text, $_) + 1 } 'Case number', 'New password', 'Repeat new password', 'Save password'),
    'the labels';
is $links->finish($browser, $mail->path, 'C-2', "$good 2")->code, 422, 'the number belongs to it';
is $links->finish($browser, $mail->path, 'C-1', 'short')->code,    422, 'so does a good password';
is $_->get('/password')->code, 200, 'nothing has ended yet' for values %there;
my $done = $links->finish($browser, $mail->path, 'C-1', "$good 2");
is $done->header('Location'), '/portal/login?done=reset', 'then it is saved';
like $browser->follow($done)->text, qr/Your new password is saved/, 'with a notice, not signed in';
is $_->get('/password')->code, 303, 'every session has ended' for values %there;
$links->dead($mail->path, 'used');
is $t->patient->form('/login', { case_number => 'C-1', password => $good })->code, 422, 'the old password is dead';
is $browser->form('/login', { case_number => 'C-1', password => "$good 2" })->code, 303, 'the new one works';
($mail) = $links->new_mails;
like $mail->subject, qr/password was changed/, 'and a notice is mailed';
is $tab{1}->status, 'Enabled · Normal Registration · No Invite', 'the status stays';

# ---- stopped, and set free by mail -------------------------------------------------------------

for my $n (1 .. 6) {
    $t->patient->form('/login', { case_number => 'C-1', password => "wrong $n" });
    $t->clock(3601);
}
is $t->patient->form('/login', { case_number => 'C-1', password => "$good 2" })->code, 429,
    'too many wrong tries: the right password no longer helps';
$links->ask('/forgot', 'C-1', 'p1@example.org');
is $links->finish($t->patient, $links->link, 'C-1', "$good 3")->code, 303, 'the mailbox does';
is $t->patient->form('/login', { case_number => 'C-1', password => "$good 3" })->code, 303, 'and all is forgiven';

# ---- registered by force -----------------------------------------------------------------------

my $temporary = $tab{2}->register;
my $must      = $t->patient;
is $must->form('/login', { case_number => 'C-2', password => $temporary })->header('Location'),
    '/portal/password', 'signed in with a temporary password';
$links->new_mails;
$links->ask('/forgot', 'C-2', 'p2@example.org');
is $links->finish($t->patient, $links->link, 'C-2', $good)->code, 303, 'who proves the mailbox';
is $tab{2}->status, 'Enabled · Normal Registration · No Invite', 'is registered as others are';
is $must->get('/password')->header('Location'), '/portal/login?to=/password', 'the must-change session has ended';
is $t->patient->form('/login', { case_number => 'C-2', password => $temporary })->code, 422,
    'the temporary password is dead';
is $tab{2}->act('/registration/undo')->code =~ /^(?:409|422)$/ ? 1 : 0, 1, 'and nothing is left to undo';

$tab{3}->register;
$links->new_mails;
$links->ask('/forgot', 'C-3', 'p3@example.org');
my $undone = $links->link;
is $t->patient->visit($undone)->code, 200, 'a link of who is registered by force';
is $tab{3}->act('/registration/undo')->code, 303, 'that registration undone';
$links->dead($undone, 'who is not registered has no password to forget');

# ---- what ends a link --------------------------------------------------------------------------

my %act = (
    'disabled'         => sub { $tab{1}->save({ access_enabled => undef }); $tab{1}->save({ access_enabled => 1 }) },
    'another address'  => sub { $tab{1}->save({ email => 'other@example.org' }); $tab{1}->save({ email => 'p1@example.org' }) },
    'a newer one'      => sub { $links->ask('/forgot', 'C-1', 'p1@example.org') },
    'an invitation'    => sub { $tab{1}->act('/invitation') },
    'a changed password' => sub {
        my $b = $t->patient;
        $b->submit('/login', { case_number => 'C-1', password => "$good 3" });
        $b->form('/password', { password => "$good 3", new_password => "$good 4", new_password_again => "$good 4" });
    },
    'half an hour'     => sub { $t->clock(1801) },
);
for my $what (sort keys %act) {
    $t->clock(3601);
    $links->new_mails;
    $links->ask('/forgot', 'C-1', 'p1@example.org');
    my $link = $links->link;
    my $open = $t->patient;
    is $open->visit($link)->code, 200, "before: $what";
    $act{$what}->();
    $links->dead($link, $what);
}

# ---- many at once ------------------------------------------------------------------------------

$t->clock(3601);
$links->new_mails;
$links->ask('/forgot', 'C-1', 'p1@example.org', browser => $t->patient(from => "127.0.$_.1")) for 1 .. 8;
is scalar(() = $links->new_mails), 3, 'however often it is asked: three mails an hour';
my @codes = map { $t->patient(from => '127.0.99.1')->form('/forgot',
        { case_number => "N-$_", email => 'n@example.org' })->code } 1 .. 34;
is $codes[29], 303, 'a network may ask thirty times';
is $codes[33], 429, 'and then has to wait';

# ---- JSON --------------------------------------------------------------------------------------

my $program = $t->program;
is $program->json('POST', '/forgot', { case_number => 'C-1', email => 'p1@example.org' })->code, 303, 'a program may ask';
my $r = $program->json('POST', '/forgot', { case_number => 'C-1' });
is $r->code, 422, 'without an address';
is $r->data->{errors}[0]{field}, 'email', 'the field is named';
is $program->json('GET', '/reset/finish')->data->{type}, 'urn:mod_portal:gone', 'a dead link is a problem';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

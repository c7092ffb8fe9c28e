# SPDX-License-Identifier: Apache-2.0
#
# Changing the password: with the current one, after a temporary one, and what it ends. (security.md
# BF11, PW5, PW9, SE7, SE13)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my $t = PortalTest->start(default_forms => '', csv => <<'CSV');
mrn,family,given,birth_date,case_number
1,Doe,Ann,1980-01-02,C-1
2,Roe,Tim,1990-07-08,C-2
CSV
$t->expect_log('PTL0008');
my $desk  = $t->desk;
my $links = PortalTest::Links->new($t);
my %tab   = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1, 2;
$tab{1}->open('C-1', 'ann@example.org');
$tab{2}->open('C-2');
my $own = 'heron lagoon tundra';

sub change ($browser, $current, $new, $again = $new) {
    return $browser->form('/password', { defined $current ? (password => $current) : (),
        new_password => $new, new_password_again => $again }, button => 'Save password');
}

is $t->patient->get('/password')->header('Location'), '/portal/login?to=/password', 'signed in first';
is $t->patient->json('GET', '/password')->code, 401, 'a program is told';

# ---- after a temporary password ----------------------------------------------------------------

my $temporary = $tab{1}->register;
my $browser   = $t->patient;
my $page      = $browser->submit('/login', { case_number => 'C-1', password => $temporary });
like $page->text, qr/temporary password.*New password.*Repeat new password.*Save password/, 'leads here';
unlike $page->text, qr/Current password/, 'without asking for the current one';
is $browser->get($_)->header('Location'), '/portal/password', "and from $_ too" for '/', '/paperwork';
is $browser->json('GET', '/')->code, 403, 'JSON: 403';
is change($browser, undef, 'short')->code, 422, 'too short';
is change($browser, undef, uc $temporary)->code, 422, 'the temporary password itself is no new one';
is change($browser, undef, $own, "$own.")->code, 422, 'two different ones';
my $before = $browser->cookie('__Host-portal');
my $second = $t->patient;
$second->submit('/login', { case_number => 'C-1', password => $temporary });
is $browser->get('/password')->code, 303, 'a second temporary sign-in ends the first';
my $r = change($second, undef, $own);
is $r->code . ' ' . $r->header('Location'), '303 /portal/?done=password', 'saved';
isnt $second->cookie('__Host-portal'), $before, 'with a new session';
like $second->get('/password')->text, qr/Current password/, 'now the current one is asked for';
my ($mail) = $links->new_mails;
like $mail->subject, qr/password was changed/, 'and a notice was mailed';
is $t->patient->form('/login', { case_number => 'C-1', password => $temporary })->code, 422, 'the temporary one is spent';
is $tab{1}->status, 'Enabled · Forced Registration · No Invite', 'still registered by the desk';

my $none = $t->patient;
$none->submit('/login', { case_number => 'C-2', password => $tab{2}->register });
is change($none, undef, $own)->code, 303, 'who has no address can change it too';
is scalar(() = $links->new_mails), 0, 'without a notice';

# ---- with one's own ----------------------------------------------------------------------------

$browser = $t->patient;
$browser->submit('/login', { case_number => 'C-1', password => $own });
my $missing = $browser->form('/password', { new_password => "$own 2", new_password_again => "$own 2" });
is $missing->code, 422, 'the current one is missing';
like $missing->text, qr/Type your password/, 'which is said';
for my $bad ([ 'short', qr/too short/ ], [ 'doe ann c-1 1980', qr/your name/ ], [ $own, qr/have now/ ]) {
    my $answer = change($browser, $own, $bad->[0]);
    is $answer->code, 422, "refused: $bad->[0]";
    like $answer->text, $bad->[1], 'with the reason';
    unlike $answer->decoded_content, qr/value="(?:\Q$own\E|short)"/, 'no password comes back';
}
is change($browser, uc $own, "$own 2")->code, 422, 'own passwords are compared exactly';
my @codes = map { change($browser, "wrong $_", "$own 2")->code } 1 .. 3;
is "@codes", '422 422 429', 'wrong ones are counted as at sign-in';
is $t->patient(from => '127.0.9.1')->form('/login', { case_number => 'C-1', password => $own })->code, 429,
    'by the same counter';
$t->clock(5);

my $elsewhere = $t->patient;
$elsewhere->submit('/login', { case_number => 'C-1', password => $own });
$links->ask('/forgot', 'C-1', 'ann@example.org');
my $open = $links->link;
my $old  = $browser->copy;
$r = change($browser, $own, "$own 2 ñandú");
is $r->header('Location'), '/portal/?done=password', 'the right one';
is $elsewhere->get('/password')->code, 303, 'other sessions end';
is $old->get('/password')->code, 303, 'so does the one that changed it, in its old name';
is $browser->get('/password')->code, 200, 'it goes on under a new one';
$links->dead($open, 'a reset link that was open');
is $t->patient->form('/login', { case_number => 'C-1', password => "$own 2 n\x{303}andu\x{301}" })->code, 303,
    'accents may be typed in two ways';

# ---- languages, JSON, no token -----------------------------------------------------------------

my $es = $t->patient(language => 'es');
$es->submit('/login', { case_number => 'C-1', password => "$own 2 ñandú" });
like $es->get('/password')->text, qr/Contraseña actual/, 'in Spanish';
$r = $es->json('POST', '/password', { password => "$own 2 ñandú", new_password => 'x', new_password_again => 'x' });
is $r->code, 422, 'JSON';
like $r->data->{errors}[0]{detail}, qr/15 caracteres/, 'with the reason in words';
is $es->post('/password', { password => 'x' }, csrf => 0)->code, 403, 'without a token';
is scalar @{ $t->sql("SELECT seq FROM audit WHERE action = 'password.change' AND result = 'refused'") }, 3,
    'wrong passwords are in the trail';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'which is whole';
$t->stop;
done_testing;

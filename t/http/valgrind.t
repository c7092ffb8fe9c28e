# SPDX-License-Identifier: Apache-2.0
#
# One day of the portal with httpd under valgrind: the desk registers a patient, who signs in, chooses a password,
# fills in a form and sends it; another form is filled in in the lobby; guesses, malformed requests and a graceful
# restart are among it. No error, and nothing lost. `make soak-valgrind` does the same with whole files.
# (security.md MS1)
use v5.36;
use lib 't/lib';

# Before PortalServer looks at it.
BEGIN { @ENV{qw(PORTAL_HTTPD PORTAL_SEEN_BY)} = ('t/tools/httpd-valgrind.sh', 'valgrind') }
use Test::More;
use PortalTest;
use PortalTest::Links;
use PortalTest::Paper;
use PortalTest::Relay;
use PortalTest::Tab;

BEGIN { grep { -x "$_/valgrind" } split /:/, $ENV{PATH} or plan skip_all => 'no valgrind' }
plan skip_all => 'seen by another one' if ($ENV{PORTAL_BUILD} // '') =~ /-(?:gcc|clang)/;

my $relay = PortalTest::Relay->start;
my $t     = PortalTest->start(relay => $relay, csv => <<'CSV', portal => { PortalLobbyFrom => '127.0.0.0/24' });
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1', 'ann@example.org');
my $own  = 'quite a long password 17';

sub send_first ($c, $what) {
    my ($todo) = PortalTest::Paper->todo($c);
    my $paper = PortalTest::Paper->new($c, $todo->[0]);
    $paper->fill;
    is $paper->submit->code, 303, "$what: a form is sent";
    return $paper;
}

# ---- at home --------------------------------------------------------------------------------------

my $c = $t->patient;
is $c->form('/login', { case_number => 'C-1', password => 'nothing of the kind' })->code, 422, 'a wrong password';
$c = $tab->signed_in('C-1', $own);
is $c->get('/')->code, 200, 'home';
my $paper = send_first($c, 'at home');
is $c->get('/nosuch')->code, 404, 'no such page';
is $c->get('/paperwork/' . 'A' x 22)->code, 404, 'no such form';
is $c->json('GET', '/paperwork')->code, 200, 'as JSON';
is $c->json('POST', '/password', '{"new_password": [1, {"a": ')->code, 400, 'JSON that ends early';
is $c->send('POST', '/password', body => 'new_password=%c0%80&csrf_token=' . $c->csrf_token,
    headers => { 'Content-Type' => 'application/x-www-form-urlencoded' })->code, 400, 'bytes that are no text';

# ---- in the lobby ---------------------------------------------------------------------------------

my $code  = $tab->lobby_password;
my $lobby = $t->patient;
is $lobby->form('/lobby', { case_number => 'C-1', lobby_password => '0000 0000' })->code, 422, 'a wrong lobby password';
is $lobby->form('/lobby', { case_number => 'C-1', lobby_password => $code })->code, 303, 'the right one';
my $sent = send_first($lobby, 'in the lobby');
is $lobby->post($sent->path, { number => 1, version => 1 })->code, 409, 'and no more to be changed';
is $lobby->form('/paperwork', {}, button => 'Finish')->code, 303, 'Finish';

# ---- at the desk ----------------------------------------------------------------------------------

is $desk->get('/?q=doe')->code, 200, 'found';
is $desk->get('/paperwork/' . $paper->id)->code, 200, 'read';
is $desk->get('/paperwork/' . $paper->id . '/export')->code, 200, 'exported';
is $desk->get('/audit')->code, 200, 'the trail';
is $tab->act('/invitation')->code, 303, 'an invitation is mailed';
$t->graceful;
is $c->get('/')->code, 200, 'a graceful restart';
is $c->post('/logout')->code, 303, 'signed out';

$t->stop;
done_testing;

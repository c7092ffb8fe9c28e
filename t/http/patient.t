# SPDX-License-Identifier: Apache-2.0
#
# Where people land: sent to sign in and brought back, a session that ended, another language in the
# same place, wrong roles; and which representation a request gets. (security.md SE5)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(portal => { PortalLobbyFrom => '127.0.0.0/8' }, csv => <<'CSV');
mrn,family,given,birth_date,case_number,case_title
1,Doe,Ann,1980-01-02,C-1,Knee
CSV
my $tab  = PortalTest::Tab->new($t, 1)->open('C-1');
my $case = $tab->case('C-1');
my $own  = 'heron lagoon tundra';

my $patient = $t->patient;
$patient->submit('/login', { case_number => 'C-1', password => $tab->register });

# ---- must change -------------------------------------------------------------------------------

is $patient->get('/login')->header('Location'), '/portal/password', 'a temporary password leads on from /login too';
is $patient->json('GET', '/login')->code, 403, 'and a program is told';
$patient->form('/password', { new_password => $own, new_password_again => $own });
my ($paper) = map { $_->{id} } @{ $patient->json('GET', '/paperwork')->data->{todo} };

# ---- brought back ------------------------------------------------------------------------------

sub signs_in ($browser, $page) {
    return $browser->form($page, { case_number => 'C-1', password => $own });
}

for my $place ("/cases/$case", "/paperwork/$paper?page=2", "/paperwork/$paper?page=1&from=review", '/password') {
    my $browser = $t->patient;
    my $page    = $browser->visit($place);
    like $page->request->uri, qr{/login\?to=/}, "$place: sign in first";
    my $wrong = $browser->form($page, { case_number => 'C-1', password => 'wrong' });
    is $wrong->code, 422, "$place: after a wrong password";
    is signs_in($browser, $wrong)->location, "/portal$place", "$place: and then there";
    is $browser->get("/login?to=/cases/$case")->location, "/portal/cases/$case", "$place: nobody signs in twice";
}
for my $place ('//evil.example', '/\\evil.example', 'https://evil.example/', '/x?y=//evil:1', "/x?y=\r\nA: b", '/x?y=<b>') {
    my $browser = $t->patient;
    my $page    = $browser->get('/login?to=' . URI::Escape::uri_escape($place));
    is signs_in($browser, $page)->location, '/portal/', "not to $place" =~ s/\s+/ /gr;
}

my $late = $t->patient->post('/password', { new_password => 'x' });
is $late->location, '/portal/login?to=/password', 'after a post, to its page';
like $patient->get('/nosuch')->text, qr/Sign out.*Page not found/, 'where nothing is, one can sign out too';

# ---- the end of a session ----------------------------------------------------------------------

my $browser = $t->patient;
signs_in($browser, $browser->get('/login'));
unlike $browser->copy->forget->visit('/')->text, qr/has ended/, 'who was never here is told nothing';
$t->clock(890);
like $browser->json('GET', '/session')->data->{idle_left}, qr/^\d$/, 'seconds are left';
my $extended = $browser->copy;
my $answer   = $extended->json('POST', '/session');
is $answer->code . ' ' . $answer->location, '303 /portal/session', 'posting makes it longer';
like $extended->json('GET', '/session')->data->{idle_left}, qr/^(?:900|899)$/, 'by all of it';
$t->clock(900);
is $browser->json('GET', '/session')->data->{signed_in_as}, 'visitor', 'asking did not make it longer';
my $page = $browser->visit("/cases/$case");
like $page->text, qr/session has ended.*answers that you saved are kept/i, 'it is said';
unlike $browser->get('/login')->text, qr/has ended/, 'once';
is signs_in($browser, $page)->location, "/portal/cases/$case", 'and leads back';

sub left ($browser) { return join ' ', $browser->get('/password')->decoded_content =~ /data-session-(?:idle|lifetime)="(\d+)"/g }
like left($browser), qr/^(?:900|899) 43(?:200|199)$/, 'a page knows how long is left, and how long at most';
for (1 .. 49) {
    $t->clock(880);
    $browser->json('POST', '/session');
}
my ($idle, $most) = split / /, left($browser);
ok $idle < 100 && $idle == $most, 'which ends a session in use, too' or diag "$idle $most";

my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'C-1', lobby_password => $tab->lobby_password });
like $lobby->get('/login')->decoded_content, qr{<a [^>]*href="/portal/paperwork"}, 'a lost way leads back to the paperwork';
for my $place ('/login', '/', '/password', "/cases/$case", '/register', '/forgot') {
    is $lobby->get($place)->code, 404, "nothing at $place for the lobby";
}
is $lobby->post('/logout')->code, 404, 'nor at /logout';
is $lobby->post('/login', { case_number => 'C-1', password => $own })->code, 404, 'nor by signing in';
$t->clock(301);
like $lobby->visit('/paperwork')->text, qr/visit has ended.*Case number/i, 'the end of a visit is said at /lobby';
unlike $lobby->get('/lobby')->text, qr/has ended/, 'to the one whose it was';

# ---- the language ------------------------------------------------------------------------------

sub switched ($browser, $page) {
    return $browser->form($page, { language => 'es' }, action => '/language')->location;
}
signs_in($browser, $browser->get('/login'));
is switched($browser, $_), "/portal$_", "another language for $_"
    for '/', "/paperwork/$paper?page=1&from=review", '/session';
my $visitor = $t->patient;
is switched($visitor, $_), "/portal$_", "another language for $_"
    for '/register?done=asked', '/login?to=/paperwork', '/lobby?done=finished';
is switched($visitor, '/nosuch'), '/portal/', 'another language where nothing is';
my $again = $visitor->form('/login', { case_number => '', password => '' });
is switched($visitor, $again), '/portal/login', 'of a form that was sent: the form';
is switched($tab->desk, $tab->act('/lobby-password')), '/desk' . $tab->path, 'of what is only posted: the page above';
like $visitor->json('POST', '/login', {})->data->{errors}[0]{detail}, qr/^Escriba/, 'problems come in it as well';

# ---- HTML or JSON ------------------------------------------------------------------------------

for my $row (
    [ 'application/json', 'json' ], [ 'application/json, text/plain, */*', 'json' ],
    [ 'application/json, text/html;q=0.5', 'json' ], [ 'text/html, application/json;q=0.9', 'html' ],
    [ '*/*', 'html' ], [ undef, 'html' ],
) {
    my ($accept, $kind) = @$row;
    my $r = $visitor->get('/login', Accept => $accept);
    like $r->content_type, qr/\Q$kind\E$/, ($accept // 'no Accept') . ": $kind";
}

# ---- problems say what they are ----------------------------------------------------------------

my $program = $t->program;
sub errors_of ($r) { return join ' ', map {"$_->{field} $_->{code}"} @{ $r->data->{errors} // [] } }
my $twice = $program->json('POST', '/login', '{"case_number":"C-1","case_number":"C-2","password":"x"}');
is $twice->code . ' ' . errors_of($twice), '400 case_number error.doubled', 'a JSON name that comes twice is named';
my $bytes = $program->json('POST', '/login', "{\"case_number\":\"C-1\",\"password\":\"\xff\"}");
is $bytes->code . ' ' . errors_of($bytes), '400 password error.malformed', 'so is a value that is not UTF-8';
my @codes = map { $program->json('POST', '/login', { case_number => 'X-9', password => 'x' }) } 1 .. 5;
is join(' ', map { $_->code } @codes), '422 422 422 422 429', 'too many tries';
is $codes[4]->data->{type}, 'urn:mod_portal:wait', 'are a problem of their own';
cmp_ok $codes[4]->header('Retry-After'), '>=', 1, 'with the time to wait';

for (1 .. 7) {
    $t->clock(70);
    $program->json('POST', '/login', { case_number => 'X-9', password => 'x' });
}
my $long = $program->json('POST', '/login', { case_number => 'X-9', password => 'x' });
like $long->data->{errors}[0]{detail}, qr/again in (?:2|3) minutes/, 'a long wait is said in minutes';
is $t->patient->form('/login', { case_number => 'X-9', password => 'x' })->header('Retry-After') > 60, 1, 'in both ways';

# ---- parts that are switched off ---------------------------------------------------------------

$t->set(portal => { PortalLobbyFrom => '127.0.0.0/8', PortalFeature => 'paperwork off' })->graceful;
is $t->patient->get($_)->code, 404, "without paperwork nothing at $_" for '/paperwork', '/lobby';
unlike $tab->get->text, qr/Generate Lobby Password/, 'and no lobby password is offered';

$t->stop;
done_testing;

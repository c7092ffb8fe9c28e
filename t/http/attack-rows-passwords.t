# SPDX-License-Identifier: Apache-2.0
#
# Passwords at their edges: which sign in, which are accepted as new ones, and that nothing of a long one is
# cut off. (security.md AU1, AU3, PW1, PW2, PW3, PW4, PW6, PW9)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(
    default_forms => '',
    portal        => { PortalPasswordHash => '2 19M', PortalThrottle => '50 1s 1s 100' },
    csv           => "mrn,family,given,birth_date,case_number\n4711,Bellwether,Annelise,1980-01-02,KNEE-4711\n",
);
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 4711, $desk)->open('KNEE-4711');

sub sign_in ($password) {
    my $c = $t->patient;
    my $r = $c->form('/login', { case_number => 'KNEE-4711', password => $password });
    return ($r, $c);
}

# A browser that has to choose a password, after a slip from the desk.
sub with_slip () {
    my $slip = $tab->register;
    my (undef, $c) = sign_in($slip);
    return ($c, $slip);
}

sub choose ($c, $new) {
    return $c->form('/password', { new_password => $new, new_password_again => $new });
}

# --- AU1 -------------------------------------------------------------------------------------------

my $own = 'q' . 'heron lagoon tundra ' x 3 . 'abc!';    # 65 characters
{
    my ($c) = with_slip();
    is choose($c, $own)->code, 303, 'a password of 65 characters';
    my $old  = $c->cookie('__Host-portal');
    my $rows = sub { $t->sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'signin' AND result = 'ok'")->[0]{n} };
    my $before = $rows->();
    my ($r, $new) = sign_in($own);
    is $r->code . ' ' . $r->location, '303 /portal/', 'AU1: case number and password: 303';
    isnt $new->cookie('__Host-portal'), $old, 'AU1: with a session of its own';
    is $new->get('/')->code, 200, 'AU1: which works';
    is $rows->(), $before + 1, 'AU1: one row in the trail';
}

# --- AU3: almost right --------------------------------------------------------------------------------

my %almost = (
    'a prefix'              => substr($own, 0, 64),
    'half of it'            => substr($own, 0, 32),
    'one character more'    => "${own}x",
    'a blank more'          => "$own ",
    'a blank before'        => " $own",
    'another last one'      => substr($own, 0, 64) . '?',
    'another case'          => uc $own,
    'doubled'               => $own . $own,
    'nothing of it'         => 'x' x 65,
    'a full-width letter'   => "\x{ff51}" . substr($own, 1),
);
for my $what (sort keys %almost) {
    my ($r, $c) = sign_in($almost{$what});
    is $r->code, 422, "AU3: $what: refused";
    is $c->get('/')->code, 303, 'AU3: no session';
}
{
    my $c = $t->patient;
    $c->get('/login');
    for my $inside ("%00", '%00x') {
        my $r = $c->send('POST', '/login', headers => { 'Content-Type' => 'application/x-www-form-urlencoded' },
            body => 'csrf_token=' . $c->csrf_token . '&case_number=KNEE-4711&password='
                . URI::Escape::uri_escape_utf8($own) . $inside);
        is $r->code, 400, 'AU3: NUL behind the right password';
        is $c->get('/')->code, 303, 'AU3: opens nothing';
    }
}

# --- PW1, PW3, PW4, PW9: what is accepted ----------------------------------------------------------------

my ($c, $slip) = with_slip();
my %refused = (
    'PW1: 14 characters'          => [ 'qz7 heron-tund',             qr/too short/ ],
    'PW1: 14 emoji'               => [ "\x{1F98A}\x{1F33B}" x 7,     qr/too short/ ],
    'PW4: of a list'              => [ '123456789012345678',         qr/many people|repeats/i ],
    'PW4: a common one doubled'   => [ 'passwordpassword1',          qr/many people|repeats/i ],
    'PW4: the hospital, the name' => [ 'Riverside Practice Annelise', qr/your name/ ],
    'PW4: the numbers'            => [ 'knee4711 02.01.1980 knee4711',  qr/your name/ ],
    'PW4: as they are written'    => [ 'KNEE-4711 4711 1980-01-02',  qr/your name/ ],
    'PW4: one character'          => [ 'a' x 30,                     qr/repeats itself/ ],
);
for my $what (sort keys %refused) {
    my $r = choose($c, $refused{$what}[0]);
    is $r->code, 422, "$what: refused";
    like $r->text, $refused{$what}[1], 'with the reason';
}
for my $same ($slip, uc $slip, $slip =~ tr/-//dr) {
    is choose($c, $same)->code, 422, 'PW9: the printed password is no new one';
}

my %accepted = (
    'PW1: 15 characters'  => 'qz7 heron-tundr',
    'PW2: 64 characters'  => substr('heron lagoon tundra violet meadow ' x 4, 0, 63) . '!',
    'PW2: 128 characters' => substr('heron lagoon tundra violet meadow ' x 4, 0, 127) . '!',
    'PW2: 256 characters' => substr('heron lagoon tundra violet meadow ' x 8, 0, 255) . '!',
    'PW3: lower case only' => 'heronlagoontundraviolet',
    'PW3: emoji'           => "\x{1F98A}\x{1F33B}\x{1F680}\x{1F9C0}\x{1F40C}" . "\x{1F3BB}\x{1F334}\x{1F525}\x{1F6B2}\x{1F5FF}"
        . "\x{1F40D}\x{1F3A9}\x{1F9ED}\x{1F9C2}\x{1F38F}",
    'PW3: Greek'  => 'ερωδιός λιμνοθάλασσα τούνδρα',
    'PW3: Arabic' => 'مالك الحزين بحيرة تندرا',
    'PW3: Han'    => '苍鹭潟湖苔原紫罗兰草甸在清晨的雨中',
    'PW3: blanks' => 'heron  lagoon   tundra    q',
);
for my $what (sort keys %accepted) {
    my ($fresh) = with_slip();
    is choose($fresh, $accepted{$what})->code, 303, "$what: accepted";
    my ($r) = sign_in($accepted{$what});
    is $r->code, 303, 'it signs in';
    ($r) = sign_in(substr $accepted{$what}, 0, -1);
    is $r->code, 422, 'not without its last character';
}
{
    my (undef, $mine) = sign_in($own = $accepted{ (sort keys %accepted)[-1] });
    my $r = $mine->form('/password', { password => $own, new_password => $own, new_password_again => $own });
    is $r->code, 422, 'PW9: the old password is no new one';
}

# --- PW2: beyond the limit ----------------------------------------------------------------------------

($c) = with_slip();
my $long = choose($c, 'heron lagoon ' x 100);
is $long->code, 422, 'PW2: too long for a password: refused';
like $long->text, qr/long/, 'PW2: in words';
is choose($c, 'x' x 1_048_576)->code, 413, 'PW2: a megabyte is not read';
is $c->get('/')->location, '/portal/password', 'PW2: and nothing was set';

# --- PW6 ----------------------------------------------------------------------------------------------

is choose($c, 'violets in the morning rain')->code, 303, 'a password';
$t->clock('+' . 2 * 366 * 86400);
my ($r, $later) = sign_in('violets in the morning rain');
is $r->location, '/portal/', 'PW6: two years later it signs in, without being sent to choose another';
is $later->get('/')->code, 200, 'PW6: all is open';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

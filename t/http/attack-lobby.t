# SPDX-License-Identifier: Apache-2.0
#
# The lobby seen by somebody who guesses there for days: a number that was given new lobby passwords
# meanwhile is answered as one that nobody has. What stops guessing counts at each password, so that a new
# one always gets the patient in. (security.md EN3, EN4, BF2, BF4, BF11)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;
use POSIX ();
use Time::HiRes qw(time);

my $STOP = 12;
my $t = PortalTest->start(
    default_forms => '',
    portal => {
        PortalLobbyFrom => '127.0.0.0/8', PortalLobbyPasswordExpires => '24h', PortalThrottle => "3 60s 1h $STOP",
    },
    csv => "mrn,family,given,birth_date,case_number\n1,Doe,Ann,1980-01-02,C-1\n",
);
my $tab     = PortalTest::Tab->new($t, 1, $t->desk)->open('C-1');
my $address = 0;

sub stranger () { return $t->patient(from => '127.0.9.' . (++$address % 250 + 1)) }

sub start ($number, $code, $c = stranger()) {
    return $c->form('/lobby', { case_number => $number, lobby_password => $code });
}

# All that can be seen of an answer, but what differs from one to the next.
sub bare ($r) {
    my $page = $r->decoded_content =~ s/"[\w-]{86}"/"TOKEN"/gr =~ s/value="[CU]-1"/value="NUMBER"/gr;
    my @headers = grep { !/^(?:Date|Client-.*|Keep-Alive|Connection|Set-Cookie)$/ } $r->header_field_names;
    return join "\n", $r->code, (map { "$_: " . join '|', $r->header($_) } sort @headers), $page;
}

sub stranger_is_told_the_same ($what) {
    my @seen = map { bare(start($_, '0000 0000')) } 'C-1', 'U-1';
    is $seen[0], $seen[1], "EN4: $what";
    return (split /\n/, $seen[0])[0];
}

sub tried ($result) {
    return $t->sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'lobby.start' AND result = '$result'")->[0]{n};
}

# ---- for days ------------------------------------------------------------------------------------------

my $code = $tab->lobby_password;
is join(' ', map { stranger_is_told_the_same("try $_") } 1 .. 5), '422 422 422 422 429', 'EN4: a wait begins';
$code = $tab->lobby_password;
is stranger_is_told_the_same('in the wait, with a new password'), 429, 'EN4: the wait goes on';
is start('C-1', $code)->code, 303, 'LB10: which does not keep the patient out';
for my $n (5 .. $STOP) {
    $t->clock(3601);
    $code = $tab->lobby_password if $n % 3 == 0;
    is stranger_is_told_the_same("an hour later, $n"), 422, 'EN4: looked at';
}
for my $n (1 .. 4) {
    $t->clock(3601);
    $code = $tab->lobby_password;
    is stranger_is_told_the_same("after the last one, with new password $n"), 429, 'EN4: stopped';
}
like start('U-1', '0000 0000')->text, qr/too many wrong tries/, 'EN4: whoever has it';
is start('C-1', $code)->code, 303, 'BF2: the patient with a new password gets in';

# ---- how often one password can be guessed at ----------------------------------------------------------

$code = $tab->lobby_password;
my $before = tried('refused');
start('C-1', '0000 0000') for 1 .. 10;
is tried('refused') - $before, 4, 'BF11: in a row: four are looked at';
is start('C-1', $code)->code, 429, 'BF11: then not even the right one';
$t->clock(61);
is start('C-1', $code)->code, 303, 'BF11: until the wait is over';

$code   = $tab->lobby_password;
$before = tried('refused');
my @browsers = map { my $c = stranger(); $c->get('/lobby'); $c } 1 .. 20;
my @pids;
for my $c (@browsers) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $c->copy->post('/lobby', { case_number => 'C-1', lobby_password => '0000 0000' }, csrf => $c->csrf_token);
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
waitpid $_, 0 for @pids;
is tried('refused') - $before, 4, 'BF4: at once: no more than in a row';

$code = $tab->lobby_password;
for my $n (1 .. $STOP) {
    $t->clock(3601);
    start('C-1', '0000 0000');
}
$t->clock(3601);
$before = tried('stopped');
start('C-1', $code);
is tried('stopped') - $before, 1, "BF2: after $STOP the password is dead for good";
like $tab->get->text, qr/too many/i, 'BF2: which the desk sees';
$code = $tab->lobby_password;
unlike $tab->get->text, qr/too many/i, 'BF2: and mends';
is start('C-1', $code)->code, 303, 'BF2: with a new one';

# ---- days forgive; so does the desk --------------------------------------------------------------------

$t->clock(2 * 86400);
$t->wait_for('what failed in the lobby to be forgotten', sub {
    return !$t->sql("SELECT COUNT(*) AS n FROM throttle WHERE scope IN ('lobby', 'visit')")->[0]{n};
});
is join(' ', map { stranger_is_told_the_same("after two days, $_") } 1 .. 5), '422 422 422 422 429', 'EN4: both are tried anew';
is $tab->act('/throttle')->code, 303, 'the desk lets the number be tried again';
is start('C-1', '0000 0000')->code, 422, 'which it is';
is start('U-1', '0000 0000')->code, 429, 'that of nobody is not';

# ---- sign-in is another matter ---------------------------------------------------------------------------

start_sign_in() for 1 .. 4;
is start_sign_in(), 429, 'EN4: a wait at sign-in';
$tab->lobby_password;
is start_sign_in(), 429, 'EN4: is not ended by a lobby password';

sub start_sign_in () {
    return stranger()->form('/login', { case_number => 'C-1', password => 'not this one at all' })->code;
}

# ---- time ------------------------------------------------------------------------------------------------

$t->clock(3601);
$tab->lobby_password;
for my $number (qw(C-1 U-1)) {
    my $c = stranger();
    $c->get('/lobby');
    my $begin = time;
    is $c->post('/lobby', { case_number => $number, lobby_password => '0000 0000' })->code, 422, "EN3: $number";
    cmp_ok time - $begin, '>=', 0.025, 'EN3: on the beat';
}

is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

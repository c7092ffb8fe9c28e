# SPDX-License-Identifier: Apache-2.0
#
# Wrong guesses of others are no weapon against a patient: on a browser that was signed in from before
# the patient goes on signing in, while an attacker at 200 addresses is held up. And the way that this
# opens is no wider than the one at the door. (security.md BF2, BF3, BF11)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Parallel;
use PortalTest::Tab;
use Time::HiRes qw(time);

my $t = PortalTest->start(
    portal => { PortalThrottle => '3 1s 1h 100', PortalLobbyFrom => '127.0.5.0/24', PortalPasswordHash => '2 19M' },
    csv    => join "\n", 'mrn,family,given,birth_date,email,case_number',
    map {"$_,Doe,Ann$_,1980-01-02,,C-1$_"} 10 .. 16);
my $desk = $t->desk;
my $good = 'heron lagoon tundra';
my $name = '__Host-portal-device';

sub own_password ($n, $from) {
    my $tab = PortalTest::Tab->new($t, $n, $desk)->open("C-1$n", "p$n\@example.org");
    my $c   = $t->patient(from => $from);
    $c->form('/login', { case_number => "C-1$n", password => $tab->register });
    ok !$c->cookie($name), 'a temporary password makes no device known';
    is $c->form('/password', { new_password => $good, new_password_again => $good })->code, 303, 'own password';
    return $c;
}

sub enter ($c, $n, $password = $good) {
    return $c->post('/login', { case_number => "C-1$n", password => $password });
}

# A browser that has nothing but this one's device.
sub same_device ($c, $from) {
    my $new = $t->patient(from => $from);
    $new->set_cookie($name, $c->cookie($name));
    return $new;
}

# --- an hour of an attacker with 200 addresses, and sixty sign-ins of the patient -------------------

{
    my $c = own_password(10, '127.0.1.1');
    like $c->cookie($name), qr/^[A-Za-z0-9_-]{43}$/, 'the browser has a device of 256 bits';
    my (%codes, $wrong);
    my $stranger = sub ($i) { $t->patient(from => sprintf '127.%d.%d.7', 20 + int($i / 100), $i % 100) };
    for my $minute (1 .. 60) {
        $codes{ enter($stranger->(($minute * 7 + $_ * 31) % 200), 10, "wrong $minute $_")->code }++ for 1 .. 4;
        my $r = enter(same_device($c, '127.0.1.1'), 10);
        $wrong++ if $r->code != 303;
        $t->clock('+60');
    }
    is $wrong // 0, 0, 'on the known device 60 sign-ins of 60 succeed';
    ok $codes{429} > 200, 'while the attacker waits' or diag explain \%codes;
    ok $codes{422} <= 16, 'and is heard a handful of times' or diag explain \%codes;
    my $else = enter($t->patient(from => '127.0.9.9'), 10);
    is $else->code, 429, 'the right password from an unknown browser waits like any other';
    like $desk->get('/binders/' . $t->sql("SELECT id FROM binder WHERE mrn = '10'")->[0]{id} . '/portal')->text,
        qr/wrong|failed|wait/i, 'and the desk sees it';
}

# --- what a known device may do wrong --------------------------------------------------------------

{
    my $c = own_password(11, '127.0.1.2');
    my @codes = map { enter(same_device($c, '127.0.1.2'), 11, "wrong $_")->code } 1 .. 5;
    is "@codes", '422 422 422 422 429', 'its own failures cost what they cost at the door';
    is enter($t->patient(from => '127.0.9.8'), 11)->code, 429, 'and count there too';
    is enter(same_device($c, '127.0.7.7'), 11)->code, 429, 'another network does not help it';
    $t->clock('+3600');
    is enter(same_device($c, '127.0.1.2'), 11)->code, 303, 'after the wait it gets in';
    my @again = map { enter(same_device($c, '127.0.1.2'), 11, "wrong $_")->code } 1 .. 4;
    is "@again", '422 422 422 422', 'and its failures are forgiven';
}

{
    my $c = own_password(12, '127.0.1.3');
    my $begun = time;
    my @codes = at_once(10, sub ($i) {
        return join ' ', map { enter(same_device($c, '127.0.1.3'), 12, "wrong $i $_")->code } 1 .. 5;
    });
    my $took  = time - $begun;
    my $heard = grep { $_ eq '422' } split / /, "@codes";
    # waits of 1, 2, 4 ... seconds: one more for each that was over before the last of them
    my $over = grep { 2**$_ - 1 <= $took } 1 .. 6;
    ok $heard >= 4 && $heard <= 4 + $over, "fifty guesses at once with a stolen device are four ($heard in $took s)";
}

# --- it is one patient's, and no more than a source --------------------------------------------------

{
    my $c = own_password(13, '127.0.1.4');
    own_password(14, '127.0.1.5');
    is enter($t->patient(from => '127.0.9.7'), 14, "wrong $_")->code, 422, 'another account fails' for 1 .. 4;
    is enter(same_device($c, '127.0.1.4'), 14)->code, 429, 'a device of one patient does nothing for another';
    my $stranger = $t->patient(from => '127.0.9.6');
    for my $value ('', 'x', 'A' x 43, 'A' x 5000, "\xc3\x28" x 20, 'AAAA,BBBB') {
        $stranger->set_cookie($name, $value);
        is enter($stranger, 14)->code, 429, 'an invented device is none';
    }
    is same_device($c, '127.0.1.4')->get('/')->code, 303, 'the device alone opens nothing';
    my $hash = $t->sql('SELECT token_hash FROM device LIMIT 1')->[0]{token_hash};
    unlike $hash, qr/\Q@{[ $c->cookie($name) ]}\E/, 'the database holds no device cookie';
}

# --- forgotten with the password ----------------------------------------------------------------------

{
    my $c   = own_password(15, '127.0.1.6');
    my $old = same_device($c, '127.0.1.6');
    my $id  = $t->sql("SELECT id FROM binder WHERE mrn = '15'")->[0]{id};
    my $devices = sub { $t->sql("SELECT COUNT(*) AS n FROM device WHERE binder_id = '$id'")->[0]{n} };
    my $other = $t->patient(from => '127.0.2.6');
    is enter($other, 15)->code, 303, 'a second browser';
    is $devices->(), 2, 'two are known';
    my $r = $c->form('/password',
        { password => $good, new_password => "$good two", new_password_again => "$good two" });
    is $r->code, 303, 'a new password';
    is $devices->(), 1, 'makes the others unknown';
    PortalTest::Tab->new($t, 15, $desk)->register;
    is $devices->(), 0, 'Register Patient makes all unknown';
}

# --- never on the clinic's tablets ----------------------------------------------------------------------

{
    my $c = own_password(16, '127.0.5.9');
    ok !$c->cookie($name), 'a tablet of the lobby is no device of anybody';
    my $set = $t->patient(from => '127.0.1.9');
    my $r = enter($set, 16);
    my ($line) = grep {/^\Q$name\E=/} $r->header('Set-Cookie');
    like $line, qr/; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000$/, 'its cookie';
}

$t->stop;
done_testing;

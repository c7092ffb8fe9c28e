# SPDX-License-Identifier: Apache-2.0
#
# Counters of wrong guesses: they outlive restarts and are one for all children, a source that tries one
# password at many numbers is held up, and people who share an address are not.
# (security.md BF5, BF6, BF7, BF9)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(
    default_forms => '',
    portal        => { PortalThrottle => '3 60s 1h 100', PortalPasswordHash => '2 19M', PortalLobbyFrom => undef },
    extra         => "RemoteIPHeader X-Test-Address\nRemoteIPInternalProxy 127.0.8.1\n",
    csv           => "mrn,family,given,birth_date,case_number\n1,Doe,Ann,1980-01-02,C-1\n2,Roe,Tim,1980-01-02,C-2\n",
);
my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk)->open("C-$_") } 1, 2;
my $good = 'heron lagoon tundra';

sub own_password ($n) {
    my $c = $t->patient;
    $c->form('/login', { case_number => "C-$n", password => $tab{$n}->register });
    is $c->form('/password', { new_password => $good, new_password_again => $good })->code, 303, "C-$n has a password";
    return;
}

# The answer to one guess from an address; each on a connection of its own, so that any child may have it.
sub guess ($number, $password, %o) {
    my $r = $t->program(undef, from => $o{from} // '127.0.9.1')->json('POST', '/login',
        { case_number => $number, password => $password }, $o{source} ? ('X-Test-Address' => $o{source}) : ());
    return $r->code;
}
own_password($_) for 1, 2;

# --- BF5 ----------------------------------------------------------------------------------------------

is guess('C-1', 'wrong'), 422, 'BF5: a first wrong one';
$t->graceful;
is guess('C-1', 'wrong'), 422, 'BF5: a second, after a graceful restart';
$t->restart;
is guess('C-1', 'wrong'), 422, 'BF5: a third, after a full one';
is guess('C-1', 'wrong', from => '127.0.10.1'), 422, 'BF5: the fourth begins the wait';
is guess('C-1', $good), 429, 'BF5: counted all together';
$t->graceful;
is guess('C-1', $good), 429, 'BF5: a graceful restart does not end the wait';
$t->restart;
is guess('C-1', $good), 429, 'BF5: nor does a full one';
is join(' ', map { guess('C-1', $good) } 1 .. 8), join(' ', (429) x 8), 'BF5: whichever child answers';
$t->clock(61);
is guess('C-1', $good), 303, 'BF5: time does';

# --- BF6: one password at many numbers ------------------------------------------------------------------

my @one = map { guess("N-$_", 'Summer2026Summer', from => '127.0.11.1') } 1 .. 45;
is scalar(grep { $_ == 422 } @one), 31, 'BF6: one address tries 31 numbers';
is $one[-1], 429, 'BF6: then it waits, at whatever number';
is guess('C-2', $good, from => '127.0.11.77'), 429, 'BF6: its network with it';
is guess('C-2', $good, from => '127.0.12.1'), 303, 'BF6: another does not';
my @many = map { guess('M-' . $_, 'Summer2026Summer', from => sprintf '127.%d.%d.1', 30 + int($_ / 200), $_ % 200) } 1 .. 60;
is scalar(grep { $_ == 422 } @many), 60, 'BF6: sixty networks once each are not told apart from sixty patients';
cmp_ok $t->sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'signin' AND result = 'unknown'")->[0]{n}, '>=', 91,
    'BF6: but each try is in the trail';
$t->clock(61);
$t->wait_for('the alarm', sub { $t->error_log =~ /PTL0771: \d+ case numbers were tried in vain within ten minutes, from \d+ networks/ });
my $alarms = sub { return $t->sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'signin.guessing'")->[0]{n} };
is $alarms->(), 1, 'BF6: and somebody is told';
my ($numbers, $networks) = $t->error_log =~ /PTL0771: (\d+) .* from (\d+) networks/;
cmp_ok $numbers, '>=', 50, 'BF6: of so many numbers';
cmp_ok $networks, '>=', 5, 'BF6: and networks';

# --- BF7: inside an IPv6 network --------------------------------------------------------------------------

my @v6 = map { guess("V-$_", 'wrong', from => '127.0.8.1', source => sprintf '2001:db8:0:1%02x::%x', $_ % 256, $_) } 1 .. 34;
is scalar(grep { $_ == 422 } @v6), 31, 'BF7: addresses of one /56 are one source';
is guess('V-99', 'wrong', from => '127.0.8.1', source => '2001:db8:0:1ff::abcd'), 429, 'BF7: so is its last /64';
is guess('V-99', 'wrong', from => '127.0.8.1', source => '2001:db8:0:200::1'), 422, 'BF7: the next /56 is another';
is guess('V-99', 'wrong', from => '127.0.13.1', source => '2001:db8:0:1ff::abcd'), 422,
    'BF7: and who is no proxy cannot claim to be in it';

# --- BF9: many patients behind one address ------------------------------------------------------------------

my %codes;
for my $n (1 .. 300) {
    $codes{ guess('C-2', 'a typo', from => '127.0.14.1') }++ if $n % 50 == 0;
    $codes{ guess('C-2', $good, from => '127.0.14.1') }++;
}
is_deeply \%codes, { 303 => 300, 422 => 6 }, 'BF9: 300 sign-ins with typos from one address: none has to wait';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

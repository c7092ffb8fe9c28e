# SPDX-License-Identifier: Apache-2.0
#
# Another PortalPasswordHash, as an administrator sets it one day: whoever has not signed in since has a hash of
# the old cost, and numbers that nobody has, or that are closed, must not be told from those by the time of an
# answer. (security.md EN3; ASVS 6.3.8)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;
use List::Util  qw(max min);
use Time::HiRes qw(time);

# So far apart that no busy machine takes one for the other.
my ($cheap, $dear) = ('2 19M', '8 64M');
my %policy = (PortalThrottle => '50 1s 1h 100');
my $t = PortalTest->start(default_forms => '', portal => { %policy, PortalPasswordHash => $cheap }, csv => join "\n",
    'mrn,family,given,birth_date,email,case_number', map {"$_,Doe,Ann,1980-01-02,,C-$_"} 1 .. 3);
my $good = 'heron lagoon tundra';
my %tab  = map { $_ => PortalTest::Tab->new($t, $_)->open("C-$_") } 1 .. 3;
is $tab{$_}->signed_in("C-$_", $good)->get('/')->code, 200, "C-$_ has a password" for 1, 2;
is $tab{2}->save({ access_enabled => undef })->code, 303, 'C-2 is closed';

# Least seconds that a refused sign-in took so far, by number; one after the other in turn. What else the machine does only
# ever adds to it.
sub ask ($c, $least, @numbers) {
    for my $number (@numbers) {
        my $begin = time;
        my $r     = $c->post('/login', { case_number => $number, password => 'not this one' });
        my $took  = time - $begin;
        die $r->code . "\n" if $r->code != 422;
        $least->{$number} = min($took, $least->{$number} // $took);
    }
    return;
}

# Costs that differ stay apart by a factor of ten, however often they are asked.
sub alike ($what, @numbers) {
    my ($c, %least) = $t->patient;
    my $spread = sub { max(values %least) / min(values %least) };
    for (1 .. 8) {
        ask($c, \%least, @numbers);
        last if $_ > 2 && $spread->() < 3;
    }
    cmp_ok $spread->(), '<', 3, "EN3: $what" or diag join ', ', map { sprintf '%s %.1f ms', $_, 1000 * $least{$_} } @numbers;
    return;
}

my @numbers = qw(C-1 C-2 C-3 X-1 X-2 X-3);    # a patient's, a closed one, one without a password, and nobody's
alike('with one cost', @numbers);
$t->set(portal => { %policy, PortalPasswordHash => $dear })->graceful;
alike('with a higher cost than the hashes that there are', @numbers);
is $t->patient->form('/login', { case_number => 'C-1', password => $good })->code, 303, 'signing in brings the new cost';
like $t->sql("SELECT password_hash FROM account WHERE binder_id = '" . $tab{1}->id . "'")->[0]{password_hash}, qr/m=65536,t=8,/,
    'indeed';
$t->sql("UPDATE account SET password_hash = '' WHERE binder_id = '" . $tab{2}->id . "'");
alike('when all have it', @numbers);
$t->set(portal => { %policy, PortalPasswordHash => $cheap })->graceful;
alike('with a lower one', @numbers);
$t->stop;
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl import beside others: two imports at once lose nothing, a writer who waits for the lock
# gets it soon, and an import that was killed is finished by the same import again.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;
use POSIX        qw(:sys_wait_h);
use Time::HiRes  qw(time sleep);

# Seconds that a serving httpd may be kept from writing. Elsewhere than with SQLite turns come in order,
# behind both imports, and `hold` starts a program first.
my $LONGEST = PortalTest::Database->is_sqlite ? 1.0 : 3.0;

my $c = PortalCtl->new->init;

sub people ($name, $n, $letter) {
    return $c->file($name, "mrn,family,given,birth_date,email,case_number\n" . join '', map {
        "$letter$_,Family$_,Given$_,1970-01-01,p$_\@example.org,$letter-C$_\n" } 1 .. $n);
}

# Takes the write lock as httpd does, and gives it back; how long that took.
sub take_lock () {
    my $begin = time;
    $c->database->hold->release;
    return time - $begin;
}

# --- two imports and a writer at once ---
my @pids = map { $c->spawn($c->base, 'import', $_) } people('a.csv', 1500, 'A'), people('b.csv', 1500, 'B');
my ($taken, $worst) = (0, 0);
while (@pids) {
    my $took = take_lock();
    $worst = $took if $took > $worst;
    $taken++;
    sleep 0.005;
    @pids = grep { waitpid($_, WNOHANG) != $_ or do { is $?, 0, 'an import ends well'; 0 } } @pids;
}
is $c->sql('SELECT COUNT(*) FROM binder'), 3000, 'all people of both imports';
is $c->sql('SELECT COUNT(*) FROM patient_case'), 3000, 'and all cases';
cmp_ok $taken, '>', 5, "a writer got the lock meanwhile ($taken times)";
cmp_ok $worst, '<', $LONGEST, sprintf 'and waited %.3f s at most', $worst;
is $c->ctl('audit', 'verify')->{exit}, 0, 'one whole trail';

# --- killed half-way ---
my $csv = people('c.csv', 3000, 'C');
my $pid = $c->spawn($c->base, 'import', $csv);
sleep 0.005 while waitpid($pid, WNOHANG) == 0 && $c->sql("SELECT COUNT(*) FROM binder WHERE mrn LIKE 'C%'") < 100;
kill 'KILL', $pid;
waitpid $pid, 0;
my $done = $c->sql("SELECT COUNT(*) FROM binder WHERE mrn LIKE 'C%'");
cmp_ok $done, '<', 3000, "killed after $done of 3000";
is $c->ctl('audit', 'verify')->{exit}, 0, 'what was done is in the trail, and nothing else';
is $c->sql("SELECT COUNT(*) FROM binder b WHERE mrn LIKE 'C%' AND NOT EXISTS (SELECT 1 FROM patient_case"
        . ' c WHERE c.binder_id = b.id)'), 0, 'nobody is half there';
my $r = $c->json('import', $csv);
is $r->{exit}, 0, 'imported again';
is_deeply $r->{imported}{binders}, { new => 3000 - $done, changed => 0, same => $done }, 'it does the rest';

# --- somebody keeps the lock ---
my $held = $c->database->hold;
$r = $c->ctl('import', $c->file('d.csv', "mrn\nD1\n"));
is $r->{exit}, 1, 'a lock that is never given back';
like $r->{err}, qr/somebody else holds the write lock; import again to go on/, 'is said';
is $c->sql("SELECT COUNT(*) FROM binder WHERE mrn = 'D1'"), 0, 'nothing was written';
is $c->json('check')->{ok}, JSON::PP::false, 'check says it too' if PortalTest::Database->is_sqlite;
$held->release;
is $c->ctl('import', $c->path('d.csv'))->{exit}, 0, 'then it goes on';
done_testing;

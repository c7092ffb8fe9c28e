# SPDX-License-Identifier: Apache-2.0
#
# portalctl backup and restore beside a serving httpd under writes: each backup is whole, no writer waits
# for a second, a restore is seen as a whole and ends all sessions, and a kill at any moment leaves the old
# or the new.
use v5.36;
use utf8;
use lib 't/lib';
use POSIX       qw(WNOHANG _exit);
use Time::HiRes qw(sleep time);
use PortalTest;
use PortalTest::Tab;

my $people = join '', map {"$_,Doe,Ann$_,1970-01-02,,C-$_\n"} 1 .. 2000;
PortalTest::Database->only_sqlite("backup copies its file");
my $t      = PortalTest->start(
    csv           => "mrn,family,given,birth_date,email,case_number\n$people",
    default_forms => 'consent-to-treatment',
);
my ($dir, $desk, $own) = ($t->dir, $t->desk, 'quite a long password 17');
my $backup = "$dir/portal.backup";

sub ctl (@words) { return $t->portalctl(@words) }
sub n ($sql) { return $t->sql("SELECT COUNT(*) n FROM $sql")->[0]{n} }

my $tab = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $c   = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });
is $c->get('/')->code, 200, 'a patient is signed in';

# ---- writers ----------------------------------------------------------------------------------------

# Two members of staff who edit a binder each, again and again, until told to stop.
my $parent = $$;
my @writers;
for my $name (qw(frontdesk nurse)) {
    my $pid = fork // die;
    push @writers, $pid;
    next if $pid;
    my $mine  = $t->desk($name);
    my $path  = '/binders/' . $t->sql('SELECT id FROM binder WHERE mrn = ' . ($name eq 'nurse' ? "'2'" : "'3'"))->[0]{id}
        . '/edit';
    my ($n, $worst, @bad) = (0, 0);
    while (!-e "$dir/enough" && getppid == $parent) {
        my $began = time;
        my $page  = eval { $mine->get($path) };
        my $r     = eval { $mine->form($page, { family => 'Name' . ++$n }) };
        my $took  = time - $began;
        $worst = $took if $took > $worst;
        my $code = $r ? $r->code : 'none';
        push @bad, $code if $code != 303 && $code != 409;
    }
    PortalTest::spew("$dir/writer-$name", "$n $worst @bad\n");
    _exit(0);
}

# ---- backup -----------------------------------------------------------------------------------------

for my $round (1 .. 3) {
    my $r = ctl('backup', $backup);
    is $r->{exit}, 0, "backup $round under writes" or diag $r->{err};
    is qx(sqlite3 '$backup' 'PRAGMA integrity_check; SELECT COUNT(*) FROM binder'), "ok\n2000\n", 'is whole';
}
for my $after (0.01, 0.03, 0.06) {
    my $pid = PortalTest::spawn("$dir/logs/backup.log", "$dir/app/portalctl", '--config', "$dir/portalctl.conf",
        'backup', $backup);
    sleep $after;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    is qx(sqlite3 '$backup' 'PRAGMA integrity_check'), "ok\n", "killed after $after s: the backup of before";
}
is ctl('backup', $backup)->{exit}, 0, 'and then again';
ok !-e "$backup.new", 'nothing is left beside it';

# ---- restore ----------------------------------------------------------------------------------------

is ctl('import', do { PortalTest::spew("$dir/late.csv", "mrn\nLATE\n"); "$dir/late.csv" })->{exit}, 0, 'somebody comes later';
my $again = PortalTest::Tab->new($t, 7, $desk)->open('C-7');
# Killed early, and while the pages of the backup go into the write-ahead log.
my $middle = 0;
for my $grown (-1, 0, 50_000, 300_000, 600_000) {
    my $log = -s "$dir/portal.db-wal";
    my $pid = PortalTest::spawn("$dir/logs/restore.log", "$dir/app/portalctl", '--config', "$dir/portalctl.conf",
        'restore', '--yes', $backup);
    my $alive;
    while ($alive = waitpid($pid, WNOHANG) != $pid) {
        kill 'STOP', $pid;
        last if $grown < 0 ? -s "$dir/portal.db.restore" : (-s "$dir/portal.db-wal") > $log + $grown + 200_000;
        kill 'CONT', $pid;
        sleep 0.001;
    }
    $middle++ if $alive && $grown >= 0;
    kill 'KILL', $pid if $alive;
    waitpid $pid, 0 if $alive;
    my $late     = n("binder WHERE mrn = 'LATE'");
    my $restored = n("audit WHERE action = 'database.restore'");
    my $one      = n('binder') == 2000 + $late && ($late xor $restored);
    ok $one, "killed at $grown: " . ($late ? 'the old' : 'the new');
    is $t->sql('PRAGMA integrity_check')->[0]{integrity_check}, 'ok', 'whole';
    is ctl('audit', 'verify')->{exit}, 0, 'with its trail';
    last if !$late;
}
note "$middle times in the middle of it";
my $r = ctl('restore', '--yes', $backup);
is $r->{exit}, 0, 'restored under traffic' or diag $r->{err};
is n("binder WHERE mrn = 'LATE'"), 0, 'who came later is gone';
is join(' ', glob "$dir/portal.db.restore*"), '', 'nothing is left beside the database';
$t->wait_for('the session to end', sub { $c->get('/')->code == 303 });
pass 'sessions end on every child';
is $c->form('/login', { case_number => 'C-1', password => $own })->code, 303, 'and begin again';
my $rows = n('audit');
$t->wait_for('more writes', sub { n('audit') > $rows + 10 });

PortalTest::spew("$dir/enough", '');
waitpid $_, 0 for @writers;
for my $name (qw(frontdesk nurse)) {
    my ($n, $worst, @bad) = split ' ', PortalTest::slurp("$dir/writer-$name");
    cmp_ok $n, '>', 10, "$name wrote $n times";
    cmp_ok $worst, '<', 3, sprintf 'and waited %.2f s at most', $worst;
    is "@bad", '', 'and was never refused';
}
my ($owner) = map { (stat)[4] } "$dir/portal.db";
is join(' ', grep { (stat $_)[4] != $owner && !((stat $_)[2] & 0020) } glob "$dir/portal.db*"), '',
    'every file beside the database can be used by httpd';
is ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
is $t->sql('PRAGMA integrity_check')->[0]{integrity_check}, 'ok', 'and the database';
$t->stop;
done_testing;

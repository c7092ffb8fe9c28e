# SPDX-License-Identifier: Apache-2.0
#
# Work in the background: what is over is cleared away, sessions ended by a program beside httpd,
# another child takes over when one dies, and a request is answered once only.
use v5.36;
use lib 't/lib';
use IPC::Open2 qw(open2);
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my $t = PortalTest->start(default_forms => '', csv => <<'CSV');
mrn,family,given,case_number
1,Doe,Ann,C-1
2,Roe,Tim,C-2
CSV
$t->expect_log('PTL0008');
my $links = PortalTest::Links->new($t);
my $tab   = PortalTest::Tab->new($t, 1);
$tab->open('C-1', 'ann@example.org');
my $good = 'heron lagoon tundra';
$links->ask('/register', 'C-1', 'ann@example.org');
$links->finish($t->patient, $links->link, 'C-1', $good);

sub count ($table, $where = '1 = 1') {
    return $t->sql("SELECT COUNT(*) AS n FROM $table WHERE $where")->[0]{n};
}

sub signed_in () {
    my $browser = $t->patient;
    is $browser->form('/login', { case_number => 'C-1', password => $good })->code, 303, 'signed in';
    return $browser;
}

# ---- a program beside httpd --------------------------------------------------------------------

my $browser = signed_in();
is $browser->get('/password')->code, 200, 'its session is in memory';
$t->sql('DELETE FROM session');
is $browser->get('/password')->code, 200, 'and there it stays when only the row goes';
$t->sql("DELETE FROM meta WHERE name = 'session_epoch';"
        . " INSERT INTO meta (name, value) VALUES ('session_epoch', 'another')");
my $began = Time::HiRes::time();
$t->wait_for('the session to end', sub { $browser->get('/password')->code == 303 });
cmp_ok Time::HiRes::time() - $began, '<', 1.5, 'a changed epoch ends it within about a second';

# ---- what is over ------------------------------------------------------------------------------

$browser = signed_in();
$links->new_mails;
$links->ask('/forgot', 'C-1', 'ann@example.org');
$t->patient(from => '127.0.7.1')->form('/login', { case_number => 'C-9', password => 'x' });
$tab->lobby_password;
$tab->act('/invitation');
my %before = map { $_ => count($_) } qw(session link throttle lobby once);
ok $before{$_}, "$_: there are some" for sort keys %before;
my $mails = count('mail');
my $trail = count('audit');
$t->clock(31 * 86400);
$t->wait_for('the clearing away', sub { !count('session') && !count('throttle') });
is count($_), 0, "$_: gone when they are over" for sort keys %before;
is count('mail'), $mails, 'what became of mails stays';
cmp_ok count('audit'), '>=', $trail, 'and so does the trail';

$browser = signed_in();
$links->ask('/forgot', 'C-1', 'ann@example.org');
my $open = $links->link;
$t->clock(1799);
$t->clock(-1799);
is $browser->get('/password')->code, 200, 'what is not over is not cleared away';
is $t->patient->visit($open)->code, 200, 'nor an open link';

# ---- a child that dies -------------------------------------------------------------------------

my @children = split ' ', `pgrep -P @{[ $t->pid ]}`;
my %before_death = map { $_ => 1 } @children;
$t->expect_log(qr/child pid \d+ exit signal Killed/);
for my $child (grep { PortalServer::slurp("/proc/$_/cmdline") !~ /portal-hasher/ } @children) {
    kill 'KILL', $child;
}
$t->wait_for('new children', sub { grep { !$before_death{$_} } split ' ', `pgrep -P @{[ $t->pid ]}` });
$t->clock(3601);
$links->ask('/forgot', 'C-1', 'ann@example.org');
ok $links->link, 'others take over, and mails go out';

# ---- graceful restarts -------------------------------------------------------------------------

for my $n (1 .. 3) {
    $t->clock(3601);
    my $asks = $t->patient;
    my $page = $asks->get('/forgot');
    my $had  = count('mail');
    $asks->form($page, { case_number => 'C-1', email => 'ann@example.org' }) for 1 .. 2;
    $t->graceful;
    $links->settle;
    is count('mail') - $had, 2, "graceful restart $n: each request is answered once";
}

# ---- the end of a child in the middle of a job -------------------------------------------------

# A crash there is a line in the log, which ->stop finds.
SKIP: {
    skip 'only SQLite: its lock is looked at', 2 if !PortalTest::Database->is_sqlite;
    my $pid = open2(my $from, my $to, 'sqlite3', $t->file('portal.db'));
    print {$to} "BEGIN IMMEDIATE;\nSELECT 'held';\n";
    $to->flush;
    like scalar <$from>, qr/held/, 'another program writes';
    my $inode = (stat $t->file('portal.db.lock'))[1];
    $t->clock(3601);    # prunes again
    $t->wait_for('the job to begin to write', sub {
        PortalServer::slurp('/proc/locks') =~ /OFDLCK.*:$inode /;
    });
    kill 'TERM', $t->pid;
    $t->wait_for('the end of the children', sub { $t->error_log =~ /caught SIGTERM/ }, 30);
    print {$to} "ROLLBACK;\n.quit\n";
    close $to;
    waitpid $pid, 0;
    $t->restart;
    is $t->patient->get('/login')->code, 200, 'a server that ends while a job writes starts again';
}

# ---- what cannot be answered -------------------------------------------------------------------

$t->expect_log('PTL0720');
$t->sql("INSERT INTO ask VALUES ('AAAAAAAAAAAAAAAAAAAAAA', 'forgot', 'v1.1.nonsense', 1)");
$t->wait_for('a broken request to be dropped', sub { !count('ask') });
$t->clock(3601);
$links->ask('/forgot', 'C-1', 'ann@example.org');
ok $links->link, 'others are answered after it';
my $id = $tab->id;
$t->sql("INSERT INTO mail VALUES ('BBBBBBBBBBBBBBBBBBBBBA', '$id', 'reset', 'outside', 'v1.1.nonsense',"
        . " 'queued', 0, 0, '', 0, 0, '', '', '', 1, 0)");
$t->wait_for('a mail that cannot be read to be given up', sub { count('mail', "id LIKE 'BBB%' AND state = 'failed'") });
is $t->sql("SELECT reason FROM mail WHERE id LIKE 'BBB%'")->[0]{reason}, 'ours', 'with the reason';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

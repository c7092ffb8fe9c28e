# SPDX-License-Identifier: Apache-2.0
#
# A database that cannot be used answers 503 with Retry-After, soon and never with an open door; it
# heals by itself. (security.md FI7, FI8, AU4)
use lib 't/lib';
use PortalTest;
use v5.36;
use IPC::Open2 qw(open2);
use Time::HiRes qw(time);

PortalTest::Database->only_sqlite('its file is moved away');
my $t = PortalTest->start(csv => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n");

sub sign_in ($c) {
    my $start = time;
    my $r = $c->post('/login', { case_number => 'A-1', password => 'wrong but long enough' });
    return ($r, time - $start);
}

# Somebody else writes for longer than anybody waits.
{
    my $c = $t->patient;
    $c->get('/login');
    my $pid = open2(my $from, my $to, 'sqlite3', $t->file('portal.db'));
    print {$to} ".timeout 20000\nBEGIN EXCLUSIVE;\nSELECT 'held';\n";
    $to->flush;
    like scalar <$from>, qr/held/, 'the database is held by another program';
    $t->expect_log('PTL0500');
    my ($r, $took) = sign_in($c);
    is $r->code, 503, 'a sign-in is refused for now';
    ok $r->header('Retry-After'), 'with Retry-After';
    cmp_ok $took, '<', 4, "soon ($took s)";
    is $c->get('/login')->code, 200, 'pages that write nothing go on';
    my $desk = $t->desk;
    $t->expect_log('PTL0112');
    is $desk->get($_)->code, 503, "but the desk is closed at once: $_" for '/', '/binders/new';
    print {$to} "ROLLBACK;\n.quit\n";
    close $to;
    waitpid $pid, 0;
    ($r) = sign_in($c);
    is $r->code, 422, 'it goes on as soon as the database is free';
}

# The counters' table is gone: no attempt without its count.
$t->expect_log(qw(PTL0120 PTL0121 PTL0122));
{
    my $c = $t->patient;
    $c->get('/login');
    $t->sql('ALTER TABLE throttle RENAME TO throttle_away');
    my ($r) = sign_in($c);
    is $r->code, 503, 'without its table a sign-in is refused';
    $t->sql('ALTER TABLE throttle_away RENAME TO throttle');
    ok $t->wait_for('sign-in to heal', sub { (sign_in($c))[0]->code == 422 }, 5),
        'and works again afterwards, by itself';
}

# What cannot be recorded does not happen.
{
    my $desk = $t->desk;
    my ($binder) = map { $_->{id} } @{ $t->sql('SELECT id FROM binder') };
    is $desk->get("/binders/$binder")->code, 200, 'the desk reads a binder';
    $t->sql('ALTER TABLE audit RENAME TO audit_away');
    $t->expect_log(qr/PTL03\d\d/);
    is $desk->get("/binders/$binder")->code, 503, 'not while nothing can be recorded';
    $t->sql('ALTER TABLE audit_away RENAME TO audit');
    my $again = sub { $desk->get("/binders/$binder")->code == 200 };
    ok $t->wait_for('the desk to heal', $again, 5), 'and again afterwards, by itself';
}

# Its file is moved away, and back: nothing is written into one that nobody will find again.
{
    my $c = $t->patient;
    $c->get('/login');
    my ($desk, $rows) = ($t->desk, sub { $t->sql('SELECT COUNT(*) AS n FROM audit')->[0]{n} });
    my $before = $rows->();
    my @move   = ($t->file('portal.db'), $t->file('elsewhere.db'));
    $t->expect_log(qw(PTL0123), qr/AH00629|AH00632|AH00633|AH02654/);
    rename $move[0], $move[1] or die "rename: $!";
    for my $r ((sign_in($c))[0], $desk->get('/'), $desk->post('/find', { q => 'doe' })) {
        is $r->code, 503, 'the file is moved away: 503';
        ok $r->header('Retry-After'), 'with Retry-After';
    }
    is $c->get('/login')->code, 200, 'pages without records go on';
    ok !-e $move[0], 'and no empty database is made';
    rename $move[1], $move[0] or die "rename: $!";
    is $rows->(), $before, 'nothing was written';
    ok $t->wait_for('the file', sub { (sign_in($c))[0]->code == 422 }, 5), 'it heals by itself';
    ok $t->wait_for('the desk', sub { $desk->post('/find', { q => 'doe' })->code == 200 }, 5),
        'at the desk, too';
}
$t->stop;

# No database at all.
{
    my $away = PortalTest->start(start => 0,
        csv => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n");
    rename $away->file('portal.db'), $away->file('elsewhere.db') or die "rename: $!";
    $away->expect_log(qr/AH00629|AH00632|AH00633|AH00636|AH00637|AH02654|PTL0120|PTL0111|PTL0500/);
    $away->launch;
    my $c = $away->patient;
    my $r = $c->post('/login', { case_number => 'A-1', password => 'wrong but long enough' });
    is $r->code, 503, 'no database: 503';
    ok $r->header('Retry-After'), 'with Retry-After';
    ok !-e $away->file('portal.db'), 'and no empty database is made';
    # When the children try it once one of them knows it (PTL0120), by the log, in seconds since midnight.
    # Two threads may still be at it from before; that of a child's pid is mod_dbd, when the child begins.
    my $tries = sub {
        my ($log, @at) = $away->error_log =~ s/\A.*?(?=PTL0120)//sr;
        while ($log =~ /^\[\w+ \w+ \d+ (\d+):(\d+):([\d.]+) \d+\] .*?\[pid (\d+):tid (?!\4\])\d+\].*AH00629/mg) {
            push @at, $1 * 3600 + $2 * 60 + $3;
        }
        return @at > 6 ? \@at : undef;
    };
    my $at = $away->wait_for('seven tries', $tries);
    cmp_ok $at->[6] - $at->[2], '>', 3, 'all children together try it again once a second, not all the time';
    rename $away->file('elsewhere.db'), $away->file('portal.db') or die "rename: $!";
    $away->expect_log('PTL0121');
    ok $away->wait_for('the database', sub { (sign_in($c))[0]->code == 422 }, 5), 'it heals by itself';
    $away->stop;
}
done_testing;

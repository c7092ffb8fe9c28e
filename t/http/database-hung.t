# SPDX-License-Identifier: Apache-2.0
#
# A database server that hangs, or is gone: 503 with Retry-After, at once for all but the one who goes
# on trying, and healed within five seconds of its return. No child dies, nothing is written twice,
# no text of the database is shown or logged. On servers of its own, one of each engine that is here,
# whatever the others run on. (security.md AU4, FI7, FI8)
use v5.36;
use lib 't/lib';
use PortalTest::DatabaseServer;
use PortalTest::Parallel;
my ($server, $line);
END {    # after the one of PortalTest
    my $status = $?;
    for my $one (grep {defined} $line, $server) { $one->end }
    $? = $status;
}
use PortalTest;
use File::Temp  ();
use Time::HiRes qw(sleep time);

my ($t, $desk, @guest);
my $text = qr/FATAL|terminating|administrator|server closed|libpq|PGSQL|connection (?:to|lost)|could ?n[o']t connect
    |gone away|mysql|maria/xi;

# A sign-in that fails, which has to be written down: its status, and how long it took.
sub sign_in ($c, $number = 'A-1') {
    my $begun = time;
    my $r = $c->post('/login', { case_number => $number, password => 'wrong but long enough' });
    my $said = $r->header('Retry-After') ? 'later' : '';
    $said .= ' TEXT' if $r->decoded_content =~ $text;
    return (join(' ', $r->code, $said || ()), time - $begun);
}

# So many at the same moment, each a line "status seconds".
sub burst ($count) {
    my @all = at_once($count, sub ($n) { join "\t", sign_in($guest[ $n - 1 ]->copy) });
    return map { [ split /\t/ ] } @all;
}

sub statuses (@answers) { return join ',', sort keys %{ { map { $_->[0] => 1 } @answers } } }

# Until it answers again; seconds.
sub healed ($since) {
    my $c = $t->patient(from => '127.0.9.77');
    $t->wait_for('the database', sub { $c->get('/login'); (sign_in($c))[0] =~ /^4/ }, 10);
    $t->wait_for('the desk', sub { $desk->get('/binders/new')->code == 200 }, 10);
    return time - $since;
}

sub children () { return join ' ', sort split ' ', PortalServer::slurp("/proc/@{[ $t->pid ]}/task/@{[ $t->pid ]}/children") }
sub count ($table) { return $t->sql("SELECT COUNT(*) AS n FROM $table")->[0]{n} }

my %out = (
    hung     => [ sub { $server->hang },   sub { $server->go_on } ],
    vanished => [ sub { $server->vanish }, sub { $server->come_back } ],
);

# Out for a while, in the midst of its work.
sub out_and_back ($what) {
    my ($leave, $return) = @{ $out{$what} };
    my $processes = children();
    my $new = sub { $desk->form('/binders/new', { mrn => "N-$what-" . time, family => 'Hung', given => 'Tim' })->code == 303 };
    ok $t->wait_for('an act', sub { $desk->get('/binders/new')->code == 200 && $new->() }, 20), 'before: an act is done';
    burst(16);    # as many connections as there can be
    my $rows = count('binder');
    $leave->();

    my @first = burst(12);
    is statuses(@first), '503 later', "$what: all are told to come again";
    cmp_ok((sort { $b <=> $a } map { $_->[1] } @first)[0], '<', 6, 'in a few seconds, before it is known');

    my $begun = time;
    my @next  = map { burst(8) } 1 .. 6;
    is statuses(@next), '503 later', "$what: and so are those who come later";
    note join ' ', map { sprintf '%.2f', $_->[1] } @next;
    my $slow = grep { $_->[1] > 1 } @next;
    cmp_ok $slow, '<=', 1 + (time - $begun), "at once ($slow of 48 tried it)";
    is $desk->get($_)->code, 503, "the desk too: $_" for '/', '/binders/new';
    is $desk->post('/binders/new', { mrn => 'X', family => 'Not', given => 'Now' })->code, 503, 'no act';

    my $since = time;
    $return->();
    $since = time if $what eq 'vanished';    # it takes a moment until it takes connections
    my $took = healed($since);
    cmp_ok $took, '<=', 5, sprintf 'healed in %.1f s', $took;
    is count('binder'), $rows, 'nothing was written meanwhile';
    is children(), $processes, 'by the same children';
    return;
}

# httpd begins anew while the server is out: it serves what needs no records, and heals the same way.
sub out_at_the_start ($what) {
    my ($leave, $return) = @{ $out{$what} };
    $leave->();
    $what eq 'hung' ? $t->graceful : $t->restart;
    my $c = $t->patient(from => '127.0.9.78');
    is $c->get('/login')->code, 200, "$what while httpd starts: the page to sign in is there";
    is statuses(map { [ (sign_in($c))[0] ] } 1 .. 3), '503 later', 'and who signs in is told to come again';
    my $since = time;
    $return->();
    $since = time if $what eq 'vanished';
    cmp_ok healed($since), '<=', 5, 'healed by itself';
    return;
}

# Connections that a network has forgotten: whoever has one is told to come again, the others go on, and
# each is made anew in its turn.
sub forgotten () {
    ($line, $ENV{PORTAL_DB_PARAMS}) = $server->line($server->folder . '/line');
    $t->restart;
    burst(8);
    cmp_ok $line->forget, '>', 1, 'there are connections';
    my @first = burst(8);
    unlike statuses(@first), qr/TEXT|500/, 'they do not answer';
    cmp_ok healed(time), '<=', 10, 'others take their place';
    return;
}

# A program has the turn to write, and is not heard of any more: it loses the turn.
sub stopped_with_the_turn () {
    my $big = $t->file('big.csv');
    PortalServer::spew($big, join '', "mrn,family,case_number\n", map {"B-$_,Doe,B-$_\n"} 1 .. 20_000);
    my $pid = PortalServer::spawn($t->file('logs/import.log'), $t->file('app/portalctl'), '--config',
        $t->file('portalctl.conf'), 'import', $big);
    my $has_turn = sub { !eval { $t->sql('SELECT id FROM audit_head WHERE id = 1 FOR UPDATE NOWAIT'); 1 } };
    $t->wait_for('an import that is stopped in its turn', sub {
        kill 'CONT', $pid;
        return 0 if !$has_turn->();
        kill 'STOP', $pid;
        return $has_turn->();
    });
    # somebody from elsewhere: those who have tried too often are refused before anything is written
    my $new = $t->patient(from => '127.0.77.1');
    $new->get('/login');
    is((sign_in($new, 'B-0'))[0], '503 later', 'who wants to write waits in vain');
    cmp_ok healed(time), '<=', 10, 'but not for long';
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

sub all_of_it ($class) {
    my $folder = File::Temp::tempdir('portal-db-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $folder;
    $server = $class->start("$folder/own");
    local @ENV{qw(PORTAL_DB PORTAL_DB_PARAMS)} = ($class->driver, $server->params);
    $t = PortalTest->start(csv => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n", default_forms => '',
        extra => 'DBDMin 0');
    $t->expect_log(qw(PTL0120 PTL0121 PTL0124 PTL0500 PTL0501 PTL0111 PTL0112 PTL0311));
    $desk  = $t->desk;
    @guest = map { $t->patient(from => "127.0.9.$_") } 1 .. 16;
    $_->get('/login') for @guest;
    out_and_back($_) for 'hung', 'vanished', 'hung';
    is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
    out_at_the_start($_) for 'hung', 'vanished';
    stopped_with_the_turn();
    forgotten();
    my $log = $t->error_log =~ s/\Q$folder\E|apr_dbd_mysql//gr;
    unlike $log, $text, 'no text of the database is in the log';
    $t->stop;
    $_->end for $line, $server;
    undef $_ for $line, $server;
    return;
}

for my $engine (PortalTest::DatabaseServer->engines) {
    my $class = PortalTest::DatabaseServer->of($engine);
    subtest $engine => sub {
        my $reason = $class->missing;
        plan skip_all => $reason if defined $reason;
        all_of_it($class);
    };
}
done_testing;

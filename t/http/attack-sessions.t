# SPDX-License-Identifier: Apache-2.0
#
# Sessions under attack and in races (security.md SE1 to SE12, AZ5): what is in flight when a session
# ends, requests on all children in that moment, planted and malformed cookies.
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;
use Time::HiRes ();

my $t = PortalTest->start(default_forms => '', portal => { PortalPasswordHash => '2 19M' }, csv => <<'CSV');
mrn,family,given,birth_date,email,case_number
1,Doe,Ann,1980-01-02,,C-1
2,Roe,Tim,1990-07-08,,C-2
3,Poe,Eve,1991-07-08,,C-3
CSV
my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 3;
$tab{1}->open('C-1', 'ann@example.org');
$tab{2}->open('C-2', 'tim@example.org');
$tab{3}->open('C-3', 'eve@example.org');
my $good = 'heron lagoon tundra';

sub sign_in ($number, $password, %o) {
    my $c = $t->patient(%o);
    my $r = $c->form('/login', { case_number => $number, password => $password });
    is $r->code, 303, "$number signs in";
    return $c;
}

sub sign_out ($c) {
    my $copy = $c->copy;
    $copy->get('/password');
    return $copy->post('/logout');
}

sub own_password ($mrn, $number) {
    my $c = sign_in($number, $tab{$mrn}->register);
    is $c->form('/password', { new_password => $good, new_password_again => $good })->code, 303,
        "$number has a password of her own";
    return $c;
}

# --- in flight --------------------------------------------------------------------------------

sub hasher () {
    for my $stat (map { PortalServer::slurp($_) } glob '/proc/[0-9]*/stat') {
        my ($pid, $name, $ppid) = $stat =~ /^(\d+) \((.*)\) \S (\d+)/s or next;
        return $pid if $ppid == $t->pid && $name eq 'portal-hasher';
    }
    die "no hasher\n";
}

# How many connections to the hasher there are, but for its listening socket.
sub waiting () {
    my $dir = $t->dir;
    return scalar grep { m{ 0001 0[23] +\d+ \Q$dir\E/.*/socket$} }
        split /\n/, PortalServer::slurp('/proc/net/unix');
}

# Runs a request in a process of its own whose password is being hashed while $meanwhile happens.
sub in_flight ($request, $meanwhile) {
    my $hasher = hasher();
    my $before = waiting();
    kill 'STOP', $hasher;
    my $pid = open my $pipe, '-|';
    die "fork: $!" if !defined $pid;
    if (!$pid) {
        my ($r, $c) = $request->();
        print join "\t", $r->code, $r->location, $c->cookie('__Host-portal') // '';
        close STDOUT;
        POSIX::_exit(0);
    }
    $t->wait_for('the question to the hasher', sub { waiting() > $before });
    $meanwhile->();
    kill 'CONT', $hasher;
    my ($code, $location, $cookie) = split /\t/, readline $pipe;
    close $pipe;
    my $thief = $t->patient;
    $thief->set_cookie('__Host-portal', $cookie) if length($cookie // '');
    return ($code, $location, $thief);
}

sub is_out ($c, $what) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $c->json('GET', '/session')->data->{signed_in_as}, 'visitor', "$what: no session";
    is $c->get('/')->code, 303, "$what: no way in";
    return;
}

sub change_of ($browser) {
    return sub {
        my $c   = $browser->copy;
        my $new = "$good again";
        return ($c->form('/password', { password => $good, new_password => $new,
            new_password_again => $new }), $c);
    };
}

{
    my $c = own_password(1, 'C-1');
    my ($code, $to, $thief) = in_flight(change_of($c), sub { $tab{1}->save({ access_enabled => undef }) });
    is "$code $to", '303 /portal/login', 'SE8: disabled while the new password is hashed';
    is_out($thief, 'SE8: disabled meanwhile');
    is scalar @{ $t->sql('SELECT * FROM session') }, 0, 'SE8: and no row of one';
    $tab{1}->save({ access_enabled => 1 });
    $c = sign_in('C-1', $good);
    ($code, $to, $thief) = in_flight(change_of($c), sub { sign_out($c) });
    is "$code $to", '303 /portal/login', 'SE6: signed out while the new password is hashed';
    is_out($thief, 'SE6: signed out meanwhile');
    is_out($c, 'SE6: the browser itself');

    my $temporary = $tab{2}->register;
    my $first = sign_in('C-2', $temporary);
    my $first_change = sub {
        my $copy = $first->copy;
        return ($copy->form('/password', { new_password => $good, new_password_again => $good }), $copy);
    };
    ($code, $to, $thief) = in_flight($first_change, sub { $tab{2}->save({ email => 'tim2@example.org' }) });
    is "$code $to", '303 /portal/?done=password', 'SE7: what ends no session lets the password be saved';
    $temporary = $tab{2}->register;
    $first = sign_in('C-2', $temporary);
    ($code, $to, $thief) = in_flight($first_change, sub { sign_out($first) });
    is "$code $to", '303 /portal/login', 'SE7: signed out with a temporary password meanwhile';
    is_out($thief, 'SE7: signed out meanwhile');
    sign_in('C-2', $temporary);

    $c = $t->patient;
    ($code, $to, $thief) = in_flight(sub {
        return ($c->form('/login', { case_number => 'C-1', password => $good }), $c);
    }, sub { $tab{1}->save({ access_enabled => undef }) });
    is "$code $to", '422 ', 'SE8: disabled while the password is compared';
    is_out($thief, 'SE8: disabled while signing in');
    $tab{1}->save({ access_enabled => 1 });

    my $links = PortalTest::Links->new($t);
    $links->new_mails;
    is $tab{3}->act('/invitation')->code, 303, 'an invitation';
    my $link = $links->link;
    $c = $t->patient;
    ($code, $to, $thief) = in_flight(sub { return ($links->finish($c, $link, 'C-3', $good), $c) },
        sub { $tab{3}->save({ email => 'eve2@example.org' }) });
    is $code, 410, 'TK5: the address changed while the new password is hashed';
    is $tab{3}->status, 'Enabled · Not Registered · No Invite', 'TK5: nothing is registered';
}

# --- a storm of requests ------------------------------------------------------------------------

# Processes with a connection each, asking for home as fast as they can until it is calm.
sub storm ($browser, $n) {
    my @storm;
    for my $i (1 .. $n) {
        my $file = $t->file("storm-$i");
        PortalServer::spew($file, '');
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my $c = $browser->copy;
            open my $out, '>', $file or POSIX::_exit(1);
            $out->autoflush(1);
            my ($end, $more) = (time + 20, 3);
            while (time < $end && $more) {
                $more-- if -e $t->file('calm');
                my $start = Time::HiRes::time();
                printf {$out} "%.6f %d\n", $start, $c->get('/')->code;
            }
            POSIX::_exit(0);
        }
        push @storm, { pid => $pid, file => $file };
    }
    $t->wait_for('the storm', sub { !grep { -s $_->{file} < 100 } @storm });
    return @storm;
}

sub after_the_storm ($what, $moment, @storm) {
    PortalServer::spew($t->file('calm'), '');
    waitpid $_->{pid}, 0 for @storm;
    unlink $t->file('calm');
    my (@late, %turned);
    for my $one (@storm) {
        for my $line (split /\n/, PortalServer::slurp($one->{file})) {
            my ($start, $code) = split / /, $line;
            push @late, $line if $start > $moment && $code == 200;
            $turned{ $one->{pid} }++ if $start > $moment;
        }
    }
    is scalar @late, 0, "SE8: $what: from its answer on, no request is let in";
    is scalar keys %turned, scalar @storm, "SE8: $what: each connection has asked after it";
    return;
}

my %act = (
    'access disabled' => sub { $tab{1}->save({ access_enabled => undef }) },
    'registered at the desk' => sub { $tab{1}->act('/registration', { confirm => 1 }) },
    'signed out' => undef,
);
for my $what (sort keys %act) {
    $tab{1}->save({ access_enabled => 1 });
    my $c     = own_password(1, 'C-1');
    my @storm = storm($c, 6);
    my $r     = $act{$what} ? $act{$what}->() : sign_out($c);
    my $now   = Time::HiRes::time();
    like $r->code, qr/^(?:303|200)$/, "SE8: $what";
    after_the_storm($what, $now, @storm);
}

# --- cookies ------------------------------------------------------------------------------------

$tab{1}->save({ access_enabled => 1 });
my $c = own_password(1, 'C-1');
my $token = $c->cookie('__Host-portal');
like $token, qr/^[\w-]{43}$/, 'SE1: 256 bit';

sub raw_cookie ($cookie, %headers) {
    return $t->patient->get('/', Cookie => $cookie, %headers)->code;
}
is raw_cookie("__Host-portal=$token"), 200, 'SE10: the cookie alone';
is raw_cookie("a=b; __Host-portal=$token; c=\"d;e\""), 200, 'SE10: among others';

# Whatever characters a token begins with, it is one: the session gets other tokens in its row.
sub hash_of ($value) { return PortalServer::must('sh', '-c', 'printf %s "$1" | b2sum -l 256', 'sh', $value) =~ s/ .*//sr }
my $kept = hash_of($token);
for my $begin ('l-', 'l_', '--', '__') {
    my $other = hash_of($begin . 'A' x 41);
    $t->sql("UPDATE session SET token_hash = '$other' WHERE token_hash = '$kept'");
    is raw_cookie("__Host-portal=$begin" . 'A' x 41), 200, "SE1: a token that begins with $begin";
    $t->sql("UPDATE session SET token_hash = '$kept' WHERE token_hash = '$other'");
}
my %malformed = (
    '=;;=,'            => '=;;=,',
    'nothing'          => '',
    'blanks'           => ' ; ; ;',
    'no value'         => '__Host-portal',
    'empty'            => '__Host-portal=',
    'another case'     => "__host-portal=$token",
    'quoted'           => qq{__Host-portal="$token"},
    'twice, different' => "__Host-portal=$token; __Host-portal=" . 'A' x 43,
    'one character less' => '__Host-portal=' . substr($token, 1),
    'one character more' => "__Host-portal=${token}A",
    'by a comma'       => "__Host-portal=x, __Host-portal=$token",
    'the last character changed' => '__Host-portal=' . substr($token, 0, 42) . (substr($token, 42) eq 'A' ? 'E' : 'A'),
    'a path in it'     => '__Host-portal=../../etc/passwd',
    'counts'           => join('; ', map {"__Host-portal_chunk_$_=99999999"} 0 .. 9) . '; __Host-portal_chunks=99999999',
    'NUL escaped'      => "__Host-portal=$token%00",
    '100 cookies'      => join('; ', map {"c$_=" . 'x' x 40} 1 .. 100),
    'not ASCII'        => "__Host-portal=\xff\xfe\xc0\xaf",
);
is raw_cookie($malformed{$_}), 303, "SE10: $_: no session" for sort keys %malformed;
is raw_cookie("__Host-portal=$token; __Host-portal=$token"), 200, 'SE10: twice the same is the same';
is raw_cookie(join('; ', map {"c$_=x"} 1 .. 100) . "; __Host-portal=$token"), 200,
    'SE10: behind 100 others';
is raw_cookie('x=' . 'y' x 8300), 400, 'SE10: more than 8 KB is refused';
for my $name (qw(__Host-portal-visit __Host-portal-link __Host-portal-lang)) {
    for my $value ('', 'x', '=;;=,', "\xff", 'A' x 4000, '../../../etc/passwd', '%00', 'en\' OR 1=1--') {
        my $r = $t->patient->get('/login', Cookie => "$name=$value");
        is $r->code, 200, "SE10: $name=" . substr($value, 0, 20) =~ s/[^ -~]/?/gr . ': the page all the same';
        $r = $t->patient->get('/register/finish', Cookie => "$name=$value");
        is $r->code, 410, 'SE10: and no link';
    }
}
my $planted = $t->patient;
$planted->set_cookie('__Host-portal', 'B' x 43);
my $r = $planted->form('/login', { case_number => 'C-1', password => $good });
is $r->code, 303, 'SE2: signing in with a planted cookie';
isnt $planted->cookie('__Host-portal'), 'B' x 43, 'SE3: it is not adopted';
is scalar(grep { $_->{token_hash} =~ /^B/ } @{ $t->sql('SELECT token_hash FROM session') }), 0, 'SE3: nor kept';
my $database = $t->database->bytes;
unlike $database, qr/\Q$token\E/, 'SE4: the database has no token';
is scalar @{ $t->sql("SELECT 1 FROM session WHERE length(token_hash) <> 64") }, 0, 'SE4: only hashes';

# --- over restarts --------------------------------------------------------------------------------

sign_out($c);
is $c->get('/')->code, 303, 'SE12: signed out';
my $live = sign_in('C-1', $good);
$t->graceful;
is $live->get('/')->code, 200, 'SE12: graceful: who was signed in goes on';
is $c->get('/')->code, 303, 'SE12: graceful: who was not does not';
$t->restart;
is $live->get('/')->code, 200, 'SE12: restart: the same';
is $c->get('/')->code, 303, 'SE12: restart: the same for who was signed out';
# A child dies between the commit that ends a session and telling the others.
sub children () {
    my ($all) = PortalServer::slurp('/proc/' . $t->pid . '/task/' . $t->pid . '/children') =~ /(.*)/;
    return grep { PortalServer::slurp("/proc/$_/comm") =~ /apache2/ } split ' ', $all;
}
my $untold = sign_in('C-1', $good);
is $untold->get('/')->code, 200, 'SE8: a session in memory';
my %old = map { $_ => 1 } children();
$t->sql('DELETE FROM session WHERE created = (SELECT MAX(created) FROM session)');
kill 'KILL', (sort keys %old)[0];
$t->wait_for('a new child', sub { grep { !$old{$_} } children() });
$t->wait_for('the end of the session', sub { $untold->get('/')->code == 303 }, 5);
is $live->get('/')->code, 200, 'SE8: ended by a child that died meanwhile; others go on';

my ($children) = PortalServer::slurp('/proc/' . $t->pid . '/task/' . $t->pid . '/children') =~ /(.*)/;
kill 'KILL', grep { PortalServer::slurp("/proc/$_/comm") =~ /apache2/ } split ' ', $children;
$t->wait_for('new children', sub { $t->patient->get('/login')->code == 200 });
is $live->get('/')->code, 200, 'SE12: all children killed: goes on';
is $c->get('/')->code, 303, 'SE12: and who was signed out does not';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->expect_log(qr/exit signal Killed/, qr/AH03490/);
$t->stop;
done_testing;

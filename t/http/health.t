# SPDX-License-Identifier: Apache-2.0
#
# portal-health: what a load balancer asks. 200 and ok while this httpd can serve, else 503 and which
# part cannot; nothing is written, one looks for all, and whoever hangs holds up nobody.
use lib 't/lib';
use PortalTest;
use v5.36;
use IO::Socket::SSL ();
use Time::HiRes     qw(time);

my $t = PortalTest->start(
    csv   => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n",
    extra => "RemoteIPHeader X-Test-Address\nRemoteIPInternalProxy 127.0.0.1\n"
        . PortalServer::slurp('conf/portal.conf') =~ s{.*(<Location /portal-health>.*?</Location>\n).*}{$1}sr,
    server_extra => "GracefulShutdownTimeout 20\n",
);
my $balancer = $t->patient;

sub health (%headers) {
    my $r = $balancer->get($t->url('/portal-health'), Accept => '*/*', %headers);
    return $r->code . ' ' . $r->content =~ s/\n$//r;
}

# ---- it serves ---------------------------------------------------------------------------------

ok $t->wait_for('portal-hasher', sub { health() eq '200 ok' }), 'it can serve, as soon as portal-hasher is there';
my $r = $balancer->get($t->url('/portal-health'), Accept => '*/*');
is $r->header('Content-Type'), 'text/plain; charset=utf-8', 'plain text';
is $r->header('Cache-Control'), 'no-store', 'that nobody keeps';
is $r->header('X-Content-Type-Options'), 'nosniff', 'with the standing headers';
ok !$r->header('Set-Cookie'), 'and no cookie';
is health(Accept => 'application/json'), '200 {"status":"ok","parts":[]}', 'as JSON';
my $head = $balancer->send('HEAD', $t->url('/portal-health'));
is $head->code . $head->content, '200', 'HEAD: no body';
for my $method (qw(POST PUT DELETE OPTIONS)) {
    $r = $balancer->send($method, $t->url('/portal-health'), body => 'x');
    is $r->code, 405, "$method is refused";
    like $r->header('Allow'), qr/^(?:GET,HEAD|HEAD,GET)$/, 'with what is allowed';
}
is health(Cookie => '__Host-portal=' . 'A' x 43), '200 ok', 'no session is looked for';
$t->expect_log(qr/AH01630/);
is health('X-Test-Address' => '192.0.2.9') =~ s/ .*//sr, 403, 'as conf/portal.conf has it, only this machine may ask';
my $trail = $t->sql('SELECT COUNT(*) AS n FROM audit')->[0]{n};
health() for 1 .. 20;
is $t->sql('SELECT COUNT(*) AS n FROM audit')->[0]{n}, $trail, 'no row in the trail';
is $t->sql('SELECT COUNT(*) AS n FROM session')->[0]{n}, 0, 'no session';

# ---- the database ------------------------------------------------------------------------------

$t->expect_log(qw(PTL0120 PTL0121 PTL0122));
$t->sql('ALTER TABLE meta RENAME TO meta_away');
$t->graceful;
ok $t->wait_for('the fault', sub { health() eq '503 database' }), 'no tables: 503, and which part';
is health(Accept => 'application/json'), '503 {"status":"unavailable","parts":["database"]}', 'as JSON';
is $balancer->get('/login')->code, 200, 'pages that need no database go on';
$t->sql('ALTER TABLE meta_away RENAME TO meta');
ok $t->wait_for('it', sub { health() eq '200 ok' }, 5), 'and again afterwards, within seconds';

# ---- portal-hasher -----------------------------------------------------------------------------

sub hasher () {
    my ($pid) = grep { PortalServer::slurp("/proc/$_/cmdline") =~ /^portal-hasher\0/ } split ' ', `pgrep -P @{[ $t->pid ]}`;
    return $pid;
}
my $hasher = hasher();
kill 'STOP', $hasher;
ok $t->wait_for('the fault', sub { health() eq '503 hasher' }), 'portal-hasher does not answer: 503';
my $began = time;
is health(), '503 hasher', 'the next one' for 1 .. 20;
cmp_ok time - $began, '<', 5, 'and nobody waits for long';
kill 'CONT', $hasher;
ok $t->wait_for('it', sub { health() eq '200 ok' }, 5), 'and again afterwards';
$t->expect_log('PTL0011');
kill 'KILL', $hasher;
ok $t->wait_for('another', sub { my $new = hasher(); $new && $new != $hasher }), 'one that dies is replaced';
ok $t->wait_for('it', sub { health() eq '200 ok' }, 10), 'and all is well';

# ---- ending ------------------------------------------------------------------------------------

# A request that has begun when httpd is asked to end or restart: a worker has it since the handshake.
sub begun () {
    my $socket = IO::Socket::SSL->new(PeerHost => '127.0.0.1', PeerPort => $t->port,
        SSL_ca_file => $t->{ca}, SSL_verifycn_scheme => 'none') or die "no connection: $IO::Socket::SSL::SSL_ERROR";
    print {$socket} "GET /portal-health HTTP/1.1\r\nHost: localhost\r\n";
    return $socket;
}

sub finish ($socket) {
    print {$socket} "Connection: close\r\n\r\n";
    my $answer = do { local $/ = undef; <$socket> } // '';
    my ($code) = $answer =~ m{^HTTP/1\.1 (\d+)};
    my ($body) = $answer =~ m{\r\n\r\n(.*?)\n?\z}s;
    return ($code // 'nothing') . ' ' . ($body // '');
}

my $old = begun();
$t->graceful;
is finish($old), '200 ok', 'a graceful restart is no end: the new generation serves';
$old = begun();
kill 'WINCH', $t->pid;
$t->wait_for('the listener to close', sub { !IO::Socket::INET->new(PeerHost => '127.0.0.1', PeerPort => $t->port) });
is finish($old), '503 ending', 'graceful stop: 503 for who is still there';
$t->stop;
done_testing;

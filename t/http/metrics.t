# SPDX-License-Identifier: Apache-2.0
#
# portal-metrics and the block in /server-status: what was done is counted once, over all children and
# graceful restarts, in a format that Prometheus' own parser takes, and nothing of it is about anybody.
use lib 't/lib';
use PortalTest;
use v5.36;
use IPC::Open3 qw(open3);
use JSON::PP   ();
use PortalTest::Relay;
use PortalTest::Tab;

my $port = PortalTest::Relay->free_port;
my $t = PortalTest->start(
    default_forms => '',
    csv    => "mrn,family,given,case_number\n1,Doecanary,Anncanary,CANARY-1\n2,Roe,Tim,C-2\n",
    portal => { PortalMailRelay => "smtp://127.0.0.1:$port", PortalMailTLS => 'off',
        PortalThrottle => '2 1s 1h 5', PortalSessionSlots => 512, PortalLobbyFrom => '127.0.0.0/8' },
    server_extra => 'LoadModule status_module ' . $PortalServer::MODULES . '/mod_status.so',
    extra        => "RemoteIPHeader X-Test-Address\nRemoteIPInternalProxy 127.0.0.1\n"
        . PortalServer::slurp('conf/portal.conf') =~ s{.*(<Location /portal-metrics>.*?</Location>\n).*}{$1}sr
        . "<Location /status>\n    SetHandler server-status\n    Require local\n</Location>\n",
);
$t->expect_log('PTL0711', qr/AH01630|AH01618/);
my $watcher = $t->patient;

# What Prometheus' parser reads: { name{labels} => number }, and { name => [type, help] }.
sub scrape () {
    my $r = $watcher->get($t->url('/portal-metrics'));
    is $r->code, 200, 'metrics';
    my $pid = open3(my $to, my $from, undef, '/usr/bin/python3', 't/lib/parse_metrics.py');
    print {$to} $r->content;
    close $to;
    my $read = do { local $/ = undef; <$from> };
    waitpid $pid, 0;
    is $?, 0, 'that Prometheus can read' or diag $read;
    my $all = JSON::PP->new->decode($read);
    return ($all->{samples}, $all->{families}, $r);
}

# By how much each number is more than before, where it is.
sub more_than ($before) {
    my ($now) = scrape();
    return { map { $_ => $now->{$_} - ($before->{$_} // 0) }
            grep { $now->{$_} != ($before->{$_} // 0) } keys %$now };
}

# ---- the format --------------------------------------------------------------------------------

my ($first, $families, $r) = scrape();
is $r->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8', 'its type and version';
is $r->header('Cache-Control'), 'no-store', 'not to be kept';
ok !$r->header('Set-Cookie'), 'no cookie';
is $watcher->send('HEAD', $t->url('/portal-metrics'))->content, '', 'HEAD has no body';
my $refused = $watcher->send('POST', $t->url('/portal-metrics'), body => '');
is $refused->code, 405, 'POST is refused';
like $refused->header('Allow'), qr/^(?:GET,HEAD|HEAD,GET)$/, 'and the answer says what is not';
for my $name (sort keys %$families) {
    my ($type) = @{ $families->{$name} };
    like $name, qr/^portal_[a-z_]+$/, "$name: its name";
    like $type, qr/^(?:counter|gauge)$/, "$name: its type";
}
is scalar(grep {/^portal_requests_total\{side=(?:portal|desk),route=[a-z]+,status=[2345]xx\}$/} keys %$first),
    scalar(grep {/^portal_requests_total/} keys %$first), 'requests have three labels of few values';
cmp_ok scalar(keys %$first), '<', 400, 'there are not many numbers';
is $watcher->get($t->url('/portal-metrics'), 'X-Test-Address' => '192.0.2.9')->code, 403,
    'as conf/portal.conf has it, only this machine may see them';

# ---- what is counted ---------------------------------------------------------------------------

my $tab = PortalTest::Tab->new($t, 1);
$tab->open('CANARY-1', 'anncanary@example.org');
my $password = $tab->register;
my $browser  = $t->patient;
my ($before) = scrape();
is $browser->form('/login', { case_number => 'CANARY-1', password => $password })->code, 303, 'signed in';
my $more = more_than($before);
is $more->{'portal_sign_ins_total{verdict=temporary}'}, 1, 'one sign-in with a temporary password';
is $more->{'portal_requests_total{side=portal,route=login,status=2xx}'}, 1, 'one page to sign in';
is $more->{'portal_requests_total{side=portal,route=login,status=3xx}'}, 1, 'one answer that leads on';
is $more->{'portal_hasher_answers_total{result=served}'}, 1, 'one hash';
cmp_ok $more->{portal_hasher_wait_seconds_total}, '>', 0.001, 'that was waited for, in seconds';
cmp_ok $more->{portal_hasher_wait_seconds_total}, '<', 20,    'and not in microseconds';
is $more->{portal_audit_rows_total}, 1, 'one row in the trail';
cmp_ok $more->{portal_acts_total}, '>=', 2, 'the attempt and the sign-in are acts';
is $more->{'portal_sessions{kind=must_change}'}, 1, 'one session more';

# Unknown numbers and wrong passwords until both are told to wait.
$before = (scrape())[0];
my $stranger = $t->patient(from => '127.0.8.1');
my @codes = map { $stranger->form('/login', { case_number => 'C-2', password => 'wrong' })->code } 1 .. 4;
is "@codes", '422 422 422 429', 'wrong until it is to wait';
is $t->patient(from => '127.0.8.2')->get('/nothing')->code, 404, 'no such address';
is $t->patient->get('/static/none/x.css')->code, 404, 'nor such a file';
is $t->desk('nobody', password => 'x')->get('/')->code, 401, 'httpd refuses who is not of the staff';
$more = more_than($before);
is $more->{'portal_sign_ins_total{verdict=refused}'}, 3, 'three were refused';
is $more->{'portal_sign_ins_total{verdict=wait}'}, 1, 'one is to wait';
is $more->{'portal_throttle_refusals_total{kind=wait}'}, 1, 'by the throttle';
is $more->{'portal_requests_total{side=portal,route=login,status=4xx}'}, 4, 'four answers of 4xx';
is $more->{'portal_requests_total{side=portal,route=other,status=4xx}'}, 2, 'two addresses that do not exist';
is $more->{'portal_requests_total{side=desk,route=httpd,status=4xx}'}, 1, 'what httpd refused';
my ($asset) = $browser->get('/password')->content =~ m{href="(/portal/static/[^"]+\.css)"};
$before = (scrape())[0];
is $browser->get($asset)->code, 200, 'the style';
is $browser->get($asset, 'If-None-Match' => '*')->code, 304, 'that is known already';
$more = more_than($before);
is $more->{'portal_requests_total{side=portal,route=static,status=2xx}'}, 1, 'one file';
is $more->{'portal_requests_total{side=portal,route=static,status=3xx}'}, 1, 'one not sent again';

# The lobby.
$before = (scrape())[0];
my $code = $tab->lobby_password;
my $tablet = $t->patient(from => '127.0.0.3');
is $tablet->form('/lobby', { case_number => 'CANARY-1', lobby_password => '1111 1111' })->code, 422, 'a wrong one';
is $tablet->form('/lobby', { case_number => 'CANARY-1', lobby_password => $code })->code, 303, 'the right one';
is((scrape())[0]{'portal_sessions{kind=lobby}'}, 1, 'one session in the lobby');
$tablet->get('/paperwork');
is $tablet->post('/lobby/finish')->code, 303, 'Finish';
$more = more_than($before);
is $more->{"portal_lobby_sessions_total{event=$_}"}, 1, "the lobby: one $_" for qw(begun refused finished);

# Mail that waits for a relay that is not there.
$before = (scrape())[0];
is $before->{portal_mail_oldest_age_seconds}, 0, 'no mail waits';
is $tab->act('/invitation')->code, 303, 'an invitation';
$t->wait_for('a try to send it', sub { $t->sql('SELECT tries FROM mail')->[0]{tries} });
$t->clock(20);
my ($now) = scrape();
is $now->{'portal_mails{state=waiting}'}, 1, 'it waits';
cmp_ok $now->{portal_mail_oldest_age_seconds}, '>=', 20, 'for some time';
cmp_ok $now->{portal_mail_oldest_age_seconds}, '<', 200, 'not for long';
$t->sql("UPDATE mail SET state = 'failed'");
is((scrape())[0]{'portal_mails{state=failed}'}, 1, 'or has failed');

# ---- over all children and restarts ------------------------------------------------------------

$before = (scrape())[0];
my @many;
for my $n (1 .. 8) {
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        my $one = $t->patient;
        my $ok  = 1;
        $ok &&= $one->get('/login')->code == 200 for 1 .. 10;
        POSIX::_exit($ok ? 0 : 1);
    }
    push @many, $pid;
}
is scalar(grep { waitpid($_, 0) == $_ && $? } @many), 0, 'eighty pages by eight browsers';
is more_than($before)->{'portal_requests_total{side=portal,route=login,status=2xx}'}, 80, 'are eighty';
$t->graceful;
my ($after) = scrape();
my @less = grep { /_total/ && $after->{$_} < $before->{$_} } sort keys %$before;
is "@less", '', 'no counter goes back at a graceful restart';
is $after->{portal_session_slots}, 512, 'slots as configured';
is $after->{'portal_sessions{kind=must_change}'}, 1, 'the session is alive';
is $after->{portal_session_slots_used}, 0, 'though memory has not seen it again';
is $browser->get('/password')->code, 200, 'until it comes back';
ok $t->wait_for('a child of now, for a connection may be one of before', sub {
    $browser->get('/password');
    return (scrape())[0]{portal_session_slots_used} == 1;
}), 'then it has one slot';

# ---- nothing about anybody ---------------------------------------------------------------------

my $page  = $watcher->get($t->url('/status'))->content;
my $short = $watcher->get($t->url('/status?auto'))->content;
for my $where ([ metrics => (scrape())[2]->content ], [ auto => $short ]) {
    my ($name, $text) = @$where;
    unlike $text, qr/canary|\Q$password\E|@/i, "$name: no name, number, address or password";
    my @ids = grep { length } map { values %$_ } @{ $t->sql('SELECT id FROM binder UNION SELECT id FROM patient_case') };
    is scalar(grep { index($text, $_) >= 0 } @ids), 0, "$name: no id";
}

# ---- server-status -----------------------------------------------------------------------------

like $short, qr{^PortalURL: \Qhttps://\E\S+/portal$}m, 'auto: which portal' or diag $short;
like $short, qr/^PortalSignInsRefused: 3$/m, 'auto: refused sign-ins';
like $short, qr/^PortalHasherWaitSeconds: \d+\.\d{6}$/m, 'auto: a time in seconds';
my @lines = grep {/Portal/} split /\n/, $short =~ s/.*?(?=^PortalURL)//msr;
cmp_ok scalar @lines, '>', 100, 'auto: all of it';
is scalar(grep { !/^Portal\w+: \S+$/ } @lines), 0, 'auto: all lines are of its form';
like $page, qr{<h2>mod_portal https://[^<]+</h2>}, 'page: the block';
like $page, qr{Sign-ins of patients.*?<td>refused</td><td align="right">3</td>}s, 'page: refused sign-ins';
unlike $page, qr{\Q<td>desk outbox 5xx</td>\E}, 'page: requests that never were are left out';
my ($ours) = $page =~ m{(<h2>mod_portal.*?</table>)}s;
unlike $ours, qr/canary/i, 'page: no name in the block';

# ---- while the database is away ----------------------------------------------------------------

$t->expect_log(qw(PTL0120 PTL0121 PTL0122), qr/PTL05\d\d/);
$before = (scrape())[0];
is $before->{portal_database_up}, 1, 'the database answers';
$t->sql('ALTER TABLE meta RENAME TO meta_away');
$t->graceful;
$t->wait_for('a failed try', sub { (scrape())[0]{portal_database_up} == 0 });
($now) = scrape();
ok !exists $now->{'portal_mails{state=waiting}'}, 'what only the database knows is left out';
cmp_ok $now->{'portal_database_opens_total{result=failed}'}, '>',
    $before->{'portal_database_opens_total{result=failed}'}, 'failed tries are counted';
$t->sql('ALTER TABLE meta_away RENAME TO meta');
$t->wait_for('the database', sub { exists((scrape())[0]{'portal_mails{state=waiting}'}) });
is((scrape())[0]{portal_database_up}, 1, 'it answers again');
$t->stop;
done_testing;

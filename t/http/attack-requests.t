# SPDX-License-Identifier: Apache-2.0
#
# Requests that no browser of ours sends: forged, doubled and foreign form tokens, bodies without end or
# measure, two lengths, odd methods and ways to write an address, headers that claim to be somebody.
# (security.md CS1, CS2, CS3, CS5, AU5, AU6, AU7, SE10, IN1, IN2, IN3, IN6, IN9, IN10, AZ2)
use v5.36;
use lib 't/lib';
use Digest::SHA     qw(sha256_hex);
use IO::Socket::SSL ();
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my $t = PortalTest->start(level => 'info portal:trace8', default_forms => 'consent-to-treatment', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number
1,Doe,Ann,1980-01-02,,C-1
2,Roe,Tim,1990-07-08,,C-2
CSV
my $desk = $t->desk;
my %tab = map { $_ => PortalTest::Tab->new($t, $_, $desk)->open("C-$_", "p$_\@example.org") } 1, 2;
my $good = 'heron lagoon tundra';

sub own_password ($n) {
    my $c = $t->patient;
    $c->form('/login', { case_number => "C-$n", password => $tab{$n}->register });
    $c->form('/password', { new_password => $good, new_password_again => $good });
    is $c->visit('/')->code, 200, "C-$n is signed in";
    return $c;
}
my ($ann, $tim) = map { own_password($_) } 1, 2;
my $visitor = $t->patient;
my $before_sign_in = $visitor->csrf_token;
my $late = $t->patient;
my $old_token = $late->csrf_token;
$late->post('/login', { case_number => 'C-1', password => $good });

# All that is kept, but for the trail and signs of life: a digest for each table.
sub kept () {
    return join ' ', map { "$_ " . sha256_hex(JSON::PP->new->utf8->canonical->encode($t->sql("SELECT * FROM $_ ORDER BY 1, 2"))) }
        qw(binder patient_case access access_case account assignment draft response link lobby mail ask once),
        '(SELECT token_hash, kind FROM session) s';
}

# --- CS1: the token ---------------------------------------------------------------------------------

my $edit = '/binders/' . $tab{1}->id . '/edit';
my %fields = (
    '/password' => { password => $good, new_password => "$good 2", new_password_again => "$good 2" },
    '/logout'   => {},
    '/session'  => {},
    $edit       => { mrn => 1, family => 'Changed', version => 1 },
    '/binders/new' => { mrn => 77 },
    $tab{1}->path('/registration') => { confirm => 1 },
    $tab{1}->path('/edit') => { version => 1, access_enabled => 1, master_case => $tab{1}->case('C-1') },
);
my $nurse = $t->desk('nurse');
my $masked = $ann->csrf_token;
my %token = (
    'none'               => sub ($right) { return {} },
    'an empty one'       => sub ($right) { return { csrf_token => '' } },
    "another's"          => sub ($right) { return { csrf_token => $tim->csrf_token } },
    'of a visitor'       => sub ($right) { return { csrf_token => $before_sign_in } },
    'of before sign-in'  => sub ($right) { return { csrf_token => $old_token } },
    "a colleague's"      => sub ($right) { return { csrf_token => $nurse->csrf_token } },
    'twice'              => sub ($right) { return { csrf_token => [ 'x' x 86, $right ] } },
    'cut'                => sub ($right) { return { csrf_token => substr $right, 0, 85 } },
    'longer'             => sub ($right) { return { csrf_token => "${right}A" } },
    'with a blank'       => sub ($right) { return { csrf_token => " $right" } },
    'all zero'           => sub ($right) { return { csrf_token => 'A' x 86 } },
    'with NUL'           => sub ($right) { return { csrf_token => "$right\0" } },
    'under another name' => sub ($right) { return { CSRF_TOKEN => $right, 'csrf_token[]' => $right } },
);
PortalTest::Links->new($t)->settle;
my $before = kept();
for my $path (sort keys %fields) {
    my $c     = $path =~ /^\/binders/ ? $desk : $ann;
    my $right = $c->csrf_token;
    for my $what (sort keys %token) {
        my $r = $c->post($path, { %{ $fields{$path} }, %{ $token{$what}->($right) } }, csrf => 0);
        like $r->code, $what eq 'with NUL' ? qr/^40[03]$/ : qr/^403$/, "CS1: $path, token: $what";
    }
    my $r = $c->post("$path?csrf_token=$right", $fields{$path}, csrf => 0);
    is $r->code, 403, "CS1: $path, token in the address";
    $r = $c->post($path, $fields{$path}, csrf => 0, headers => { 'X-CSRF-Token' => $right });
    is $r->code, 403, "CS1: $path, token in the header of a form";
    $r = $c->send('POST', $path, headers => { 'Content-Type' => 'application/json' }, body => '{}');
    is $r->code, 403, "CS1: $path, JSON with cookies and no token";
    for my $cookie ('__Host-portal=x', '__Host-portal-visit=', '__Host-portal-desk=' . 'A' x 43, 'a=b; __Host-portal-lang=en') {
        $r = $c->send('POST', $path, headers => { 'Content-Type' => 'application/json', Cookie => $cookie,
            Accept => 'application/json', Origin => undef, 'Sec-Fetch-Site' => undef }, body => '{}');
        like $r->code, qr/^(?:401|403)$/, "CS1: $path, JSON without Origin, with the cookie $cookie";
    }
    for my $type ('text/plain', 'multipart/form-data; boundary=x', 'application/jsonx', 'application/csp-report', '', undef, 'text/json',
        'application/x-www-form-urlencodedx')
    {
        $r = $c->send('POST', $path, headers => { 'Content-Type' => $type // '' }, body => '{}');
        is $r->code, 415, "IN2: $path, type " . ($type // 'none');
    }
}
is $late->get('/')->code, 200, 'CS1: signed in meanwhile';
is $late->post('/logout', { csrf_token => $old_token }, csrf => 0)->code, 403, 'CS1: the token of before signing in is not of the session';

# --- CS2: where it comes from -------------------------------------------------------------------------

my $url = $t->url;
my @foreign = (
    { 'Sec-Fetch-Site' => 'cross-site' }, { 'Sec-Fetch-Site' => 'same-site' }, { 'Sec-Fetch-Site' => 'Same-Origin' },
    { 'Sec-Fetch-Site' => '' }, { 'Sec-Fetch-Site' => 'same-origin, cross-site' }, { 'Sec-Fetch-Site' => 'cross-site', Origin => $url },
    map({ { 'Sec-Fetch-Site' => undef, Origin => $_ } } 'null', 'https://evil.example', "$url.evil.example", "$url/", "$url:1",
        $url =~ s/https/http/r, $url =~ s/:\d+$//r, "$url, https://evil.example", '', uc $url, "https://evil.example#$url"),
);
for my $headers (@foreign) {
    my $what = join ', ', map { "$_: " . ($headers->{$_} // 'none') } sort keys %$headers;
    for my $path ('/password', $edit) {
        my $c = $path eq $edit ? $desk : $ann;
        my $r = $c->post($path, $fields{$path}, headers => $headers);
        is $r->code, 403, "CS2: $path with the right token, $what";
        $r = $c->json('POST', $path, $fields{$path}, %$headers);
        is $r->code, 403, "CS2: $path as JSON, $what";
        is $r->header("Access-Control-Allow-$_"), undef, "CS5: no Access-Control-Allow-$_" for 'Origin', 'Credentials';
    }
}
for my $page ($t->patient->get('/login'), $t->patient->get('/register'), $desk->get('/'), $ann->get('/password')) {
    my $what = $page->request->uri->path;
    is $page->header('Referrer-Policy'), 'no-referrer', "TK11: $what: the header";
    like $page->decoded_content, qr/<meta name="referrer" content="same-origin">/,
        "CS2: $what: forms carry an Origin that is not null";
}
my %old = ('Sec-Fetch-Site' => undef, 'Sec-Fetch-Mode' => undef);
is $t->patient->form('/login', { case_number => 'Z-1', password => 'x' })->code, 422, 'CS2: a browser of today';
is $t->patient->post('/login', { case_number => 'Z-1', password => 'x' }, headers => { %old })->code, 422,
    'CS2: one that knows no Sec-Fetch-Site, with Origin';
is $t->patient->post('/login', { case_number => 'Z-1', password => 'x' }, headers => { %old, Origin => undef })->code, 422,
    'CS2: one that sends neither, with the token';
my $preflight = $ann->send('OPTIONS', '/password', headers => { Origin => 'https://evil.example',
    'Access-Control-Request-Method' => 'POST', 'Access-Control-Request-Headers' => 'content-type' });
is $preflight->code, 405, 'CS5: a question of another site is not answered';
is kept(), $before, 'CS1, CS2: nothing has changed';

# --- CS3: looking changes nothing --------------------------------------------------------------------------

for my $path ('/', '/password', '/paperwork', '/session', '/login', '/register', '/forgot', '/lobby') {
    $ann->send($_, "$path?confirm=1&csrf_token=$masked&access_enabled=&case_number=C-1") for qw(GET HEAD);
}
$desk->send($_, $_[0] // $edit) for qw(GET HEAD);
$desk->get($_) for '/', '/audit', '/outbox', $tab{1}->path, $tab{1}->path('/edit'), "$edit?family=Changed";
for my $path ($tab{1}->path('/registration'), $tab{1}->path('/lobby-password'), $tab{1}->path('/invitation'), '/find') {
    is $desk->get("$path?confirm=1")->code, 405, "CS3: GET $path";
}
is kept(), $before, 'CS3: nothing has changed';

# --- AU5: who says who he is -----------------------------------------------------------------------------------

my %claims = (
    'X-Remote-User' => 'frontdesk', 'Remote-User' => 'frontdesk', REMOTE_USER => 'frontdesk', 'X-Forwarded-User' => 'frontdesk',
    'X-User' => '1', Authorization => 'Basic ' . 'ZnJvbnRkZXNrOg==', 'X-Original-URL' => '/desk/', 'X-Rewrite-URL' => '/desk/',
    'X-HTTP-Method-Override' => 'POST', 'OIDC_CLAIM_sub' => 'frontdesk', 'X-SSL-Client-S-DN' => 'CN=frontdesk',
    'X-Forwarded-For' => '127.0.0.1', Forwarded => 'for=127.0.0.1;proto=https', Upgrade => 'h2c',
);
for my $name (sort keys %claims) {
    my $c = $t->patient;
    is $c->get($t->url('/desk/'), $name => $claims{$name})->code, 401, "AU5: the desk with $name";
    is $c->get('/', $name => $claims{$name})->code, 303, "AU5: home with $name";
}
my $wrong = $t->desk;
$wrong->{password} = 'wrong';
is $wrong->get('/')->code, 401, 'AU5: a wrong password at the desk';
my $case = $ann->json('GET', '/')->data->{cases}[0]{id};
my @ways = ("//cases/$case", "/./cases/$case", "/x/../cases/$case", "/%2e/cases/$case", "/cases/%2e%2e/cases/$case", "/cases/$case;x",
    "/cases/$case/", "/Cases/$case", "/cases/$case%00", "/cases/$case%0a", "/c%61ses/$case", "/cases%2f$case", "/cases/$case%20",
    "/cases/$case.json", "/cases/$case.html", "/cases/$case~", "/cases/$case\\", "/cases\\$case", "/cases/$case?/../..", '/cases/-1',
    '/cases/2147483648', '/cases/9223372036854775808', "/cases/300x", '/cases/%20', "/cases/' OR 1=1--", '/cases/' . 'A' x 200,
    '/cases/' . 'A' x 22, '/cases/../../desk/', '/..%2fdesk/', '/%2e%2e/desk/', '/../desk/', '/..;/desk/');
for my $way (@ways) {
    my $is = $way =~ /\?/ ? 200 : qr/^(?:400|401|403|404|414)$/;
    my $r = $ann->get($way);
    ref $is ? like($r->code, $is, 'AU5, IN9: ' . substr $way, 0, 60) : is($r->code, $is, "AU5: $way");
    unlike $r->decoded_content // '', qr/Find a patient|\bDoe\b/, 'AU5: nothing of it' if ref $is;
    is $t->patient->get($way)->code =~ /^200$/, '', 'AU5: nor without a session';
}

# --- AU6, AU7: half way in ------------------------------------------------------------------------------------------

my $links = PortalTest::Links->new($t);
$links->new_mails;
is $tab{2}->act('/invitation')->code, 303, 'an invitation';
my $invited = $t->patient;
is $invited->visit($links->link)->code, 200, 'AU6: is opened';
my $must = $t->patient;
$must->form('/login', { case_number => 'C-1', password => $tab{1}->register });
my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'C-2', lobby_password => $tab{2}->lobby_password });
my $paper = $t->sql("SELECT id FROM assignment WHERE binder_id = '" . $tab{1}->id . "'")->[0]{id};
for my $path ('/', "/cases/$case", '/paperwork', "/paperwork/$paper", "/paperwork/$paper/review") {
    is $invited->get($path)->code, 303, "AU6: an open invitation does not lead to $path";
    is $must->get($path)->location, '/portal/password', "AU7: a temporary password leads from $path to a new one";
    next if $path eq '/paperwork';
    is $lobby->get($path)->code, 404, "LB3: the lobby does not lead to $path";
}
unlike $lobby->get('/paperwork')->decoded_content, qr/\bRoe\b|\bTim\b|C-2|1990/, 'LB3: and shows nothing of the record';
is $invited->get($t->url($_))->code, 401, "AU6: nor to $_" for '/desk/', '/desk' . $tab{1}->path;

# --- bodies, as bytes ------------------------------------------------------------------------------------------------

sub children () {
    my ($all) = PortalServer::slurp('/proc/' . $t->pid . '/task/' . $t->pid . '/children') =~ /(.*)/;
    return join ' ', sort grep { PortalServer::slurp("/proc/$_/comm") =~ /apache2/ } split ' ', $all;
}

sub memory () {
    my $sum = 0;
    $sum += $_ for map { PortalServer::slurp("/proc/$_/status") =~ /VmRSS:\s*(\d+)/ } split / /, children();
    return $sum;
}

# Sends bytes and gives all that comes back before the other side closes.
sub raw (@pieces) {
    my $socket = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $t->port, SSL_ca_file => $t->{ca},
        SSL_verifycn_scheme => 'none', Timeout => 20) or die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
    local $SIG{PIPE} = 'IGNORE';
    for my $piece (@pieces) {
        print {$socket} $piece or last;
        $socket->flush;
    }
    local $SIG{ALRM} = sub { die "no end\n" };
    alarm 15;
    my $all = '';
    eval { while (sysread $socket, my $part, 65536) { $all .= $part } };
    alarm 0;
    close $socket;
    return $all;
}

sub codes ($answer) { return join ' ', $answer =~ m{^HTTP/1\.1 (\d+)}mg }

my $cookie = join '; ', map {"$_->{name}=$_->{value}"} $visitor->cookies;
my $form   = 'csrf_token=' . $visitor->csrf_token . '&case_number=Z-9&password=x';
my $length = length $form;

sub post (@headers) {
    return join "\r\n", 'POST /portal/login HTTP/1.1', 'Host: 127.0.0.1', "Cookie: $cookie",
        (grep {/^Content-Type:/} @headers) ? () : 'Content-Type: application/x-www-form-urlencoded',
        @headers, '', '';
}
my $end   = 'Connection: close';
my $whole = sprintf "%x\r\n%s\r\n0\r\n\r\n", $length, $form;
my $pids  = children();
is codes(raw(post($end, "Content-Length: $length"), $form)), 422, 'IN1: as it should be';
my %bodies = (
    'two lengths'          => [ 400, post($end, "Content-Length: $length", 'Content-Length: 1'), $form ],
    'a list of lengths'    => [ 400, post($end, "Content-Length: $length, $length"), $form ],
    'a negative length'    => [ 400, post($end, 'Content-Length: -1'), $form ],
    'a length with a sign' => [ 400, post($end, "Content-Length: +$length"), $form ],
    'a length in hex'      => [ 400, post($end, 'Content-Length: 0x10'), $form ],
    'a length too long'    => [ 400, post($end, 'Content-Length: 99999999999999999999'), $form ],
    'a terabyte announced' => [ 413, post($end, 'Content-Length: 1000000000000'), $form ],
    '70,000 announced'     => [ 413, post($end, 'Content-Length: 70000'), $form ],
    'two encodings'        => [ 400, post($end, 'Transfer-Encoding: gzip, chunked'), $whole ],
    'an odd encoding'      => [ 400, post($end, 'Transfer-Encoding: xchunked'), $whole ],
    'chunks'               => [ 422, post($end, 'Transfer-Encoding: chunked'), $whole ],
    'chunks of a byte'     => [ 422, post($end, 'Transfer-Encoding: chunked'), (map {"1\r\n$_\r\n"} split //, $form), "0\r\n\r\n" ],
    'no hex'               => [ 400, post($end, 'Transfer-Encoding: chunked'), "zz\r\n$form\r\n0\r\n\r\n" ],
    'a chunk too long'     => [ 413, post($end, 'Transfer-Encoding: chunked'), "ffffffffffffffff\r\n$form" ],
    'chunks without end'   => [ 413, post($end, 'Transfer-Encoding: chunked'), ("2000\r\n" . 'x' x 8192 . "\r\n") x 40 ],
    '4,001 fields'         => [ 400, post($end, 'Content-Length: 8002'), 'a&' x 4001 ],
    'ampersands'           => [ 403, post($end, 'Content-Length: 60000'), '&' x 60000 ],
    'no body'              => [ 403, post($end) ],
    'JSON in depth'        => [ 400, post($end, 'Content-Type: application/json', 'Content-Length: 60000'), '[' x 60000 ],
    'JSON, one long list'  => [ 400, post($end, 'Content-Type: application/json', 'Content-Length: 60010'),
        '{"to":[' . '1,' x 30000 . '1]}' . ' ' ],
    'trailers'             => [ 403, post($end, 'Transfer-Encoding: chunked'),
        "5\r\na=b&c\r\n0\r\nX-CSRF-Token: x\r\nCookie: __Host-portal=x\r\n\r\n" ],
);
for my $what (sort keys %bodies) {
    my ($code, @bytes) = @{ $bodies{$what} };
    my $answer = raw(@bytes);
    is codes($answer), $code, "IN1, IN3, IN10: $what";
    like $answer, qr/^Content-Security-Policy:/m, "HD1: $what: with the standing headers" if $code != 400 || $what !~ /length|encoding/;
}
my $both = raw(post($end, "Content-Length: 5", 'Transfer-Encoding: chunked'), $whole . "GET /portal/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
like codes($both), qr/^(?:400|422)$/, 'IN10: length and chunks: one answer, and the connection ends';
my $second = "GET /portal/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n$end\r\n\r\n";
for my $refused ([ 415, post('Content-Type: text/xml', 'Content-Length: 5'), 'aaaaa' ],
    [ 403, post('Origin: https://evil.example', 'Content-Length: 5'), 'aaaaa' ], [ 403, post('Content-Length: 3'), 'a=b' ])
{
    my ($code, @bytes) = @$refused;
    is codes(raw(@bytes, $second)), "$code 404", "IN10: what follows a body that was refused ($code) is a request of its own";
}
my $at_start = memory();
for (1 .. 6) {
    raw(post($end, 'Transfer-Encoding: chunked'), ("10000\r\n" . 'x' x 65536 . "\r\n") x 64);
    raw(post($end, 'Content-Type: application/json', 'Content-Length: 60005'), '{"a":' . '[' x 60000);
}
cmp_ok memory() - $at_start, '<', 30_000, 'IN1: memory stays flat (kB)';
is children(), $pids, 'IN1 to IN10: no child has died';

# --- IN6: nothing raw in a log ---------------------------------------------------------------------------------------------

my $odd = "\e[31mred\r\n[fake] [portal:error] line\0 %s%n%x \x{9b}31m \xff";
for my $name ('User-Agent', 'Referer', 'Accept-Language', 'Accept', 'X-Odd', 'Origin', 'Authorization') {
    raw("GET /portal/nowhere?x=%1b%0d%0a HTTP/1.1\r\nHost: 127.0.0.1\r\n$end\r\n$name: " . ($odd =~ s/[\r\n\0]//gr) . "\r\n\r\n");
}
$t->patient->post('/login', { case_number => "\e[31mred %s%n%n", password => '%n%n%s' });
$t->patient->post('/register', { case_number => '%n%s', email => "%n%s\@example.org" });
my $logs = $t->error_log . $t->access_log;
unlike $logs, qr/[\x00-\x08\x0b-\x1f\x7f\x9b]/, 'IN6: no control character in a log';
unlike $logs, qr/^\[fake\]/m, 'IN6: no line of its own';
is children(), $pids, 'IN6: no child has died';
$t->expect_log(qr/AH01617: user frontdesk: authentication failure/);
$t->stop;
done_testing;

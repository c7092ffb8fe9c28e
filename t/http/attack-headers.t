# SPDX-License-Identifier: Apache-2.0
#
# What goes out in headers and into logs: the standing headers on every status, open redirects, header
# splitting, tokens of links in whatever writing they are asked for, and what server-status shows.
# (security.md HD1 to HD6, TK7, TK11, EN7, IN13, LG7)
use v5.36;
use lib 't/lib';
use IO::Socket::SSL ();
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my $modules = $PortalServer::MODULES;
my $t = PortalTest->start(default_forms => '', csv => <<'CSV', server_extra => <<"SERVER", extra => <<'HOST');
mrn,family,given,birth_date,email,case_number
1,Doe,Ann,1980-01-02,,C-1
CSV
LoadModule status_module "$modules/mod_status.so"
LoadModule info_module "$modules/mod_info.so"
ExtendedStatus On
LogFormat "%h %U%q [%r] %{Referer}i %{User-Agent}i" long
SERVER
CustomLog "${PORTAL_RUN}/logs/long.log" long
CustomLog "${PORTAL_RUN}/logs/access.log" common
<Location "/server-status">
    SetHandler server-status
    Require all granted
</Location>
<Location "/server-info">
    SetHandler server-info
    Require all granted
</Location>
<Location "/portal/closed">
    Require all denied
</Location>
HOST
my $desk  = $t->desk;
my $tab   = PortalTest::Tab->new($t, 1, $desk)->open('C-1', 'ann@example.org');
my $links = PortalTest::Links->new($t);
my $good  = 'heron lagoon tundra';

# --- HD1, HD2: on every answer --------------------------------------------------------------------

my %standing = (
    'Content-Security-Policy'   => qr/default-src 'none'.*form-action 'self'.*base-uri 'none'.*frame-ancestors 'none'.*object-src 'none'/,
    'Strict-Transport-Security' => qr/max-age=(\d+)/,
    'X-Content-Type-Options'    => qr/^nosniff$/,
    'Referrer-Policy'           => qr/^no-referrer$/,
    'Cross-Origin-Opener-Policy'   => qr/^same-origin$/,
    'Cross-Origin-Resource-Policy' => qr/^same-origin$/,
    'Cache-Control'             => qr/^no-store$/,
);

sub has_them ($r, $what) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @wrong = grep { my @v = $r->header($_); @v != 1 || $v[0] !~ $standing{$_} } sort keys %standing;
    push @wrong, 'something unsafe in the policy'
        if ($r->header('Content-Security-Policy') // '') =~ /unsafe|\*|https?:|data:/;
    is join(', ', @wrong), '', 'HD1: ' . $r->code . " $what";
    unlike $r->header('Server') // '', qr/\d/, 'HD3: no version' if $what =~ /first/;
    return;
}

my $p = $t->patient;
has_them($p->get('/login'), 'the first page');
has_them($p->get('/'), 'a redirect');
has_them($p->get('/nowhere'), 'nowhere');
has_them($p->get('/static/x/portal.css'), 'an asset that is not there');
has_them($p->send('PUT', '/login'), 'a wrong method');
has_them($p->post('/login', {}, csrf => 0), 'no token');
has_them($p->post('/login', {}), 'nothing typed');
has_them($p->post('/login', { case_number => 'x' x 70000, password => 'x' }), 'too large');
has_them($p->send('POST', '/login', headers => { 'Content-Type' => 'text/xml' }, body => '<a/>'), 'another kind of body');
has_them($p->get('/register/finish'), 'a dead link');
has_them($p->json('GET', '/'), 'JSON');
has_them($p->json('GET', '/nowhere'), 'JSON nowhere');
has_them($p->get('/closed/x'), "httpd's own refusal");
has_them($t->patient->get($t->url('/desk/')), "httpd's own 401 at the desk");
has_them($t->patient->get($t->url('/desk/'), Authorization => 'Basic Zm9vOmJhcg=='), 'and with a wrong password');
has_them($desk->get($_), "desk $_") for '/', '/audit', '/outbox', '/nowhere', $tab->path;
has_them($p->get('/login', Range => 'bytes=0-10'), 'a range');
has_them($p->get('/login', 'If-None-Match' => '*', 'If-Modified-Since' => 'Mon, 23 Nov 2026 00:00:00 GMT'), 'a condition');
my ($style) = $p->get('/login')->decoded_content =~ m{href="([^"]*portal\.css)"};
my $asset = $t->patient->get($style);
is $asset->code, 200, 'HD1: the style';
like $asset->header('Cache-Control'), qr/^public, max-age=\d+, immutable$/, 'HD1: may be kept';
is $asset->header($_), undef, "HD1: without $_" for 'Set-Cookie';
like $asset->header('Content-Security-Policy'), qr/default-src 'none'/, 'HD1: and with a policy';
for my $name ('../pages/head.html', '..%2fpages%2fhead.html', '%2e%2e/pages/head.html', 'portal.css/', 'portal.css%00',
    'portal.css;x', '.', '', '..', '/etc/passwd', 'PORTAL.CSS', '..\\pages\\head.html', 'portal.css?x=../..')
{
    my $r = $p->get($style =~ s/portal\.css$//r . $name);
    like $r->code, $name =~ /\?/ ? qr/^200$/ : qr/^40[04]$/, "IN13: the file $name";
    unlike $r->content, qr/\{\{>|root:/, 'IN13: and nothing of it';
}

# --- HD5: where signing in leads to ---------------------------------------------------------------

my $secret = $tab->register;
$p = $t->patient;
$p->form('/login', { case_number => 'C-1', password => $secret });
$p->form('/password', { new_password => $good, new_password_again => $good });

my @evil = ('//evil.example', '///evil.example', '////evil.example', '/\\evil.example', '\\\\evil.example', '\\/evil.example',
    '/\\/evil.example', 'https://evil.example', 'https:evil.example', 'https:/evil.example', 'HTTPS://evil.example',
    'http:\\\\evil.example', '/https://evil.example', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java%0ascript:alert(1)',
    'data:text/html,<script>alert(1)</script>', 'vbscript:x', 'mailto:a@evil.example', 'evil.example', '.evil.example',
    '@evil.example', '/@evil.example', '/portal/../../evil', '/../evil', '/..//evil.example', '/./evil', '/.//evil.example',
    '/%2f%2fevil.example', '/%2e%2e/evil', '/%5cevil.example', '/%09/evil.example', "/\t/evil.example", "\t//evil.example",
    ' //evil.example', '/ /evil.example', "//evil.example\t", '/%0d%0aLocation:%20https://evil.example',
    '/%0aSet-Cookie:a=b', '/login?to=//evil.example', '/?to=https://evil.example', '/#//evil.example', '#', '?', '',
    '/;//evil.example', '/.evil.example', ':80', '//google.com/%2f..', '//www.evil.example@127.0.0.1', 'https://127.0.0.1@evil.example',
    'https://127.0.0.1.evil.example', 'https://127.0.0.1:443:x@evil.example', '//127.0.0.1:x@evil.example', '/portal//evil.example',
    "/\x{2215}\x{2215}evil.example", "/\x{FF0F}evil.example", "\x{3002}evil", "//evil\x{3002}example", "/\x{2028}/evil", '//%E3%80%82evil',
    '/*/evil', '/%252f%252fevil.example', '//0x7f000001', '//2130706433', '//[::1]', 'http://[::ffff:7f00:1]', '//localhost:22',
    '/evil.example/%2f%2e%2e', '/\\\\\\evil.example', "/\\\t/evil.example", '/%5c%5cevil.example', '..//evil.example', './/evil.example',
    'portal:evil', '/portal:80/evil', 'file:///etc/passwd', 'ftp://evil.example', 'ws://evil.example', '//evil.example:80#@127.0.0.1',
    'https://evil.example/portal/', 'https://evil.example\\@127.0.0.1', '/<script>', '/"onmouseover="x', "/'onmouseover='x", '/login/../..//evil',
    '/&to=//evil.example', '/%00//evil.example', '/%', '/%zz', '/$1', '/{{base}}', '/%s%n%x', '/' . 'a' x 299, '/' . '/' x 200,
    '/a//evil.example', '/a/\\evil.example', '/a/https://evil.example', '/logout', '/desk/', "/cases/'--", '/-', '/_', '/-//x', '/a:b', '/a@b', '/a.b', '/a,b', '/a;b', '/a!b', '/~a', '/a=b', '/a|b', '/a^b', '/a`b', '/a b');
cmp_ok scalar @evil, '>', 100, 'HD5: enough to try';
my $login = $t->patient;
my $ours = qr{^/portal/(?:[\w-][\w/-]*)?(?:\?[\w/=&.%-]*)?$}a;
my @led;
for my $to (@evil) {
    my $r = $login->post('/login', { case_number => 'C-1', password => $good, to => $to });
    my $is = $r->header('Location') // '';
    push @led, "$to: " . $r->code . " $is"
        if $r->code !~ /^(?:303|400)$/ || $r->code == 303 && $is !~ $ours;
    $login->forget;
    $r = $login->post('/language', { language => 'es', to => $to });
    $is = $r->header('Location') // '';
    push @led, "language, $to: " . $r->code . " $is"
        if $r->code !~ /^(?:303|400)$/ || $r->code == 303 && $is !~ $ours;
    $login->forget;
}
is join("\n", @led), '', 'HD5: none leads away, at sign-in and at the language';
is $p->get('/login?to=' . URI::Escape::uri_escape_utf8($_))->header('Location'), '/portal/',
    "HD5: who is signed in already is led home from $_" for '//evil.example', '/\\evil.example', 'https://evil.example';
for my $to ('//evil.example', 'javascript:alert(1)', '"><script>alert(1)</script>', "/x' onfocus='a") {
    my $r = $t->patient->get('/login?to=' . URI::Escape::uri_escape_utf8($to));
    unlike $r->decoded_content, qr/<script>alert|' onfocus='a|href="(?:javascript|\/\/evil)/, "HD5: $to on the page is text";
}

# --- HD6, IN6: nothing typed splits a header ---------------------------------------------------------

for my $path ("/x%0d%0aSet-Cookie:%20a=b", "/login%0aX:y", "/cases/%0d%0a%0d%0a<html>", '/register/%0d%0aX-Evil:1', "/login?to=%0d%0aX-Evil:1") {
    my $r = $p->get($path);
    like $r->code, qr/^(?:200|303|400|404)$/, "HD6: $path";
    is $r->header('X-Evil') // $r->header('X') // '', '', 'HD6: no header of its own';
    unlike join(' ', $r->header('Set-Cookie')), qr/\ba=b/, 'HD6: no cookie of its own';
}

# --- TK7: no host but ours in a mail or a redirect -----------------------------------------------------

for my $h ({ Host => 'evil.example' }, { Host => 'evil.example', 'X-Forwarded-Host' => 'evil.example',
        'X-Forwarded-Proto' => 'http', Forwarded => 'host=evil.example;proto=http', 'X-Original-URL' => '/desk/', 'X-Rewrite-URL' => '/desk/' })
{
    my $r = $t->patient->get('/', %$h);
    is $r->header('Location'), '/portal/login', 'TK7: a redirect is relative';
    $r = $t->patient->get('/login', %$h);
    unlike $r->decoded_content, qr/evil/, 'TK7: a page has nothing of it';
}

# --- TK11: the token of a link, in any writing ---------------------------------------------------------

is $tab->act('/invitation')->code, 303, 'TK11: an invitation';
my $link  = $links->link;
my $token = $link =~ s{.*/}{}r;
my %at_work;
my @ways  = ($link, "$link?utm_source=mail", $link =~ s{register}{%72egister}r, $link =~ s{/register/}{//register//}r,
    $link =~ s{/register}{/./register}r, $link =~ s{register}{REGISTER}r, "$link/", "$link/x", "$link%20", "$link;x=1",
    $link =~ s{/register/}{/x/../register/}r, $link =~ s{register}{reset}r, $link =~ s{/portal}{/%70ortal}r);
for my $way (@ways) {
    my $r = $t->patient->send($_, $t->url($way)) for qw(GET HEAD POST PUT);
}

# What httpd itself refuses, before it knows whose address it is or because of how it is written.
sub raw ($bytes) {
    my $socket = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $t->port, SSL_verify_mode => 0) or die "no connection\n";
    print {$socket} $bytes;
    my $answer = join '', <$socket>;
    close $socket;
    return $answer =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none';
}

my $host    = "Host: 127.0.0.1\r\n";
my %refused = (
    'without a host'       => [ 400, "GET $link HTTP/1.1\r\n" ],
    'another host'         => [ 400, "GET $link HTTP/1.1\r\nHost: a b\r\n" ],
    'too many cookies'     => [ 400, "GET $link HTTP/1.1\r\n${host}Cookie: " . 'a' x 9000 . "\r\n" ],
    'too many lines'       => [ 400, "GET $link HTTP/1.1\r\n$host" . "X-A: 1\r\n" x 120 ],
    'a broken line'        => [ 400, "GET $link HTTP/1.1\r\n${host}Broken\r\n" ],
    'another end of lines' => [ 400, "GET $link HTTP/1.1\n" ],
    'a word more'          => [ 400, "GET $link more HTTP/1.1\r\n$host" ],
    'another protocol'     => [ 400, "GET $link ABC/1.1\r\n$host" ],
    'a whole address'      => [ 400, "GET https://127.0.0.1$link?a=b HTTP/1.1\r\n" ],
    'a length'             => [ 400, "POST $link HTTP/1.1\r\n${host}Content-Length: x\r\n" ],
    'an expectation'       => [ 417, "GET $link HTTP/1.1\r\n${host}Expect: x\r\n" ],
    'too long'             => [ 414, "GET $link" . 'x' x 9000 . " HTTP/1.1\r\n$host" ],
    'a broken letter'      => [ 404, "GET $link%zz HTTP/1.1\r\n$host" ],
    'half a letter'        => [ 404, "GET $link% HTTP/1.1\r\n$host" ],
    'an encoded slash'     => [ 404, "GET $link%2f HTTP/1.1\r\n$host" ],
    'an encoded end'       => [ 404, "GET $link%00 HTTP/1.1\r\n$host" ],
    'a trace'              => [ 405, "TRACE $link HTTP/1.1\r\n$host" ],
);
for my $why (sort keys %refused) {
    my ($code, $head) = @{ $refused{$why} };
    is raw("${head}Connection: close\r\n\r\n"), $code, "TK11: $why";
    $at_work{$why} = $t->patient->get($t->url('/server-status'))->decoded_content;
}
is $t->patient->visit($link)->code, 200, 'TK11: which nothing has spent';
my $status = $t->patient->get($t->url('/server-status'))->decoded_content;
like $status, qr{/portal/register/-}, 'TK11: server-status shows that a link was opened';
my $info = $t->patient->get($t->url('/server-info'))->decoded_content;
my %shown = ('server-status' => $status, 'server-info' => $info, 'error log' => $t->error_log,
    'access log' => $t->access_log, 'access log with %U' => PortalServer::slurp($t->file('logs/long.log')));
unlike $shown{$_}, qr/\Q$token\E/, "TK11: no token in $_" for sort keys %shown;
unlike $at_work{$_}, qr/\Q$token\E/, "TK11: $_: none in server-status just then" for sort keys %at_work;
like $shown{'access log'}, qr{"GET /portal/register/- HTTP/1.1" 400 }, 'TK11: what was refused is told';
like $shown{'access log with %U'}, qr{/portal/register/-\?utm_source=mail \[GET /portal/register/- HTTP}, 'TK11: but what was done';
unlike $shown{$_}, qr/C-1\b|ann\@example|\bDoe\b/, "EN7: nobody in $_" for sort keys %shown;
like $info, qr/mod_portal/, 'LG7: server-info knows the module';
my $key = PortalServer::slurp($t->file('secret.key'));
my ($bytes) = $key =~ /^key \d+ (\S+)/m;
ok $bytes, 'LG7: there is a key';
unlike $info, qr/\Q$bytes\E/, 'LG7: and it is not shown';
my $r = $p->get('/', Host => 'localhost');
unlike $r->decoded_content, qr/\Q$bytes\E/, 'LG7: nor there';
$t->expect_log(qr/AH01630: client denied by server configuration/, qr/AH01618: user foo not found/);
$t->stop;
done_testing;

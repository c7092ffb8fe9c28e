# SPDX-License-Identifier: Apache-2.0
#
# Programs behind the guard, as conf/portal.conf shows them: an application behind a proxy, its
# WebSocket, and a CGI program. They learn who it is, never get the portal's cookies, and no client can
# tell them lies.
use lib 't/lib';
use PortalTest;
use v5.36;
use IO::Socket::SSL;
use PortalTest::Backend ();
use PortalTest::Guard   qw(examples modules fill signed_in);
use PortalTest::Tab     ();

my $app = PortalTest::Backend->start(answer => "Set-Cookie: app=1\r\nCache-Control: public, max-age=600, s-maxage=900\r\nX-App: yes\r\n");
my $t   = PortalTest->start(start => 0, csv => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n1,Doe,Ann,A-2\n2,Roe,Bob,B-1\n");
my $examples = examples($t->dir, $app->port);
my $port = $app->port;
my $extra = <<"END";
<Location /open>
    ProxyPass http://127.0.0.1:$port/open
</Location>
ScriptAlias /env "@{[ $t->dir ]}/srv/cgi-bin/print"
<Location /env>
    Require all granted
</Location>
<Location /either>
    AuthType Portal
    <RequireAny>
        Require expr %{QUERY_STRING} == 'staff'
        Require portal patient
    </RequireAny>
    RequestHeader set Portal-Binder expr=%{reqenv:PORTAL_BINDER}
    ProxyPass http://127.0.0.1:$port/either
</Location>
END
$t->set(server_extra => modules(qw(proxy proxy_http proxy_wstunnel cgid http2)) . "ScriptSock cgisock\nProtocols h2 http/1.1\nTraceEnable On\n",
    extra => join '', @$examples{qw(/app /print)}, $extra, $examples->{'/app/live'} // ());
fill($t->file('srv'), 'cgi-bin/print' => qq(#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv | sort\n));
$t->launch;
$t->expect_log(qr/AH0163[01]/);

my %tab = map { $_ => PortalTest::Tab->new($t, $_) } 1, 2;
$tab{1}->save({ master_case => $tab{1}->case('A-1'), selected_cases => [ map { $tab{1}->case($_) } 'A-1', 'A-2' ], access_enabled => 1 });
my $ann = signed_in($t, 'A-1', $tab{1}->register);
my $session = $ann->cookie('__Host-portal');
my $binder  = $tab{1}->id;
my ($row)   = @{ $t->sql("SELECT handle, token_hash FROM session WHERE binder_id = '$binder'") };
$ann->set_cookie('other', 'kept');
sub at ($path) { return $t->url($path) }

# What a program is told must be true, whoever asks how.
my @forged = ('Portal-Binder' => 'x' x 22, 'PORTAL_BINDER' => 'forged', 'portal_binder' => 'forged', 'Portal_Binder' => 'forged', 'Portal.Binder' => 'forged',
    'PORTAL-CASES' => 'forged', 'portal_cases' => 'forged', 'Portal-Session' => 'forged', 'PORTAL_SESSION' => 'forged', 'pORTAL-bINDER' => 'forged');

# --- an application behind a proxy -------------------------------------------------------------------
{
    my $r = $ann->send('GET', at('/app/x?y=1'), headers => {@forged});
    is $r->code, 200, 'the application answers';
    like $r->content, qr{^GET /app/x\?y=1 HTTP/1\.1}, 'to this very address';
    my %told;
    push @{ $told{ lc($_->[0]) =~ tr/_./-/r } }, $_->[1] for map { [ split /: */, $_, 2 ] } split /\r\n/, $r->content;
    is_deeply $told{'portal-binder'}, [$binder], 'it is told whose binder it is, once';
    is join(',', sort split /,/, "@{ $told{'portal-cases'} }"), join(',', sort map { $tab{1}->case($_) } 'A-1', 'A-2'), 'and which cases';
    is_deeply $told{'portal-session'}, [ $row->{handle} ], 'and which session';
    unlike $r->content, qr/forged|x{22}/, 'nothing that a client says of itself';
    is_deeply $told{cookie}, ['other=kept'], 'and other cookies than ours';
    is $r->header('Cache-Control'), 'private, max-age=600', 'the answer is private';
    is $r->header('X-App') . $r->header('Set-Cookie'), 'yesapp=1; Path=/app' =~ s/; Path.*//r, 'and else as the application gave it';
    is join(' ', grep { $r->header($_) } qw(Content-Security-Policy Strict-Transport-Security Referrer-Policy Vary X-Content-Type-Options Permissions-Policy)), '',
        'without a header of ours';
    for my $secret ($session, $row->{token_hash}) {
        is index($r->content, $secret), -1, 'nothing in it opens the session';
    }
}
{
    my $r = $t->patient->send('GET', at('/app/x'), headers => {@forged});
    is $r->code, 303, 'nobody gets there by headers';
    my $c = $t->patient;
    $c->set_cookie('__Host-portal', $row->{handle});
    is $c->get(at('/app/x'))->code, 303, 'nor by what the application knows';
    $c->set_cookie('__Host-portal', substr $row->{token_hash}, 0, 43);
    is $c->get(at('/app/x'))->code, 303, 'nor by the hash';
}
{
    my $r = $ann->send('POST', at('/app/x'), headers => { 'Content-Type' => 'text/plain' }, body => 'hello');
    like $r->content, qr{^POST /app/x }, 'a post arrives';
    is $t->patient->send('POST', at('/app/x'), headers => { 'Content-Type' => 'text/plain' }, body => 'hello')->code, 401, 'but not from nobody';
    is $ann->send('HEAD', at('/app/x'))->code, 200, 'HEAD';
    like $ann->send('OPTIONS', at('/app/x'))->content, qr{^OPTIONS /app/x }, 'OPTIONS goes to the application';
    $r = $ann->send('TRACE', at('/app/x'), headers => { 'Max-Forwards' => 0 });
    unlike $r->content, qr/\Q$session\E/, 'TRACE shows no session';
    unlike $ann->send('TRACE', at($_))->content, qr/\Q$session\E/, "nor here: TRACE $_" for '/', '/env', '/portal/';
}

# --- where nothing is guarded ------------------------------------------------------------------------
for my $path ('/open/x', '/env') {
    my $r = $ann->send('GET', at($path), headers => {@forged});
    is $r->code, 200, "$path is open";
    unlike $r->content, qr/__Host-portal|\Q$session\E/, 'our cookies do not get there';
    like $r->content, qr/other=kept/, 'others do';
    unlike $r->content, qr/forged|PORTAL_(?:BINDER|CASES|SESSION)=/, 'and nobody is named';
}
{
    my $r = $t->patient->send('GET', at('/either/x?staff'), headers => {@forged});
    is $r->code, 200, 'let in by another Require';
    unlike $r->content, qr/forged/, 'what the client says of itself is dropped there, too';
    is $r->header('Cache-Control'), 'private, max-age=600', 'and it is private';
    like $ann->get(at('/either/x'))->content, qr/^Portal-Binder: $binder/m, 'a patient is named';
    is $t->patient->get(at('/either/x'))->code, 303, 'nobody is sent to sign in';
}

# --- cookies in every writing ------------------------------------------------------------------------
for my $cookie ("__Host-portal=$session", "a=b; __Host-portal=$session", "__Host-portal=$session; a=b", "a=b, __Host-portal=$session", "a=b;__Host-portal=$session;c=d",
    "a=b; __host-portal=$session", " ; __Host-portal=$session", "__Host-portal=$session; __Host-portal=$session", "a=\"x; __Host-portal=$session\"",
    "__Host-portal-visit=$session; __Host-portal-device=$session; __Host-portal-lang=en; z=1")
{
    my $r = $t->patient->send('GET', at('/open/x'), headers => { Cookie => $cookie });
    unlike $r->content, qr/host-portal|\Q$session\E/i, 'taken out of: ' . $cookie =~ s/\Q$session\E/.../gr;
}
like $t->patient->send('GET', at('/open/x'), headers => { Cookie => qq(a="1, 2"; b={"c": [3,4]};  d=; __Host-portalx=5; x__Host-portal=6) })->content,
    qr/^Cookie: a="1, 2"; b=\{"c": \[3,4\]\};  d=; __Host-portalx=5; x__Host-portal=6\r?$/m, 'others stay to the letter';
{
    my $two = PortalServer::command('curl', '--silent', '--cacert', $t->{ca}, '-H', 'Cookie: a=b', '-H', "Cookie: __Host-portal=$session", at('/open/x'))->{out};
    like $two, qr/a=b/, 'two headers';
    unlike $two, qr/\Q$session\E/, 'of which ours goes';
}

# --- a CGI program -----------------------------------------------------------------------------------
{
    my $r = $ann->send('GET', at('/print/more?q=1'), headers => {@forged});
    is $r->code, 200, 'the program answers';
    like $r->content, qr/^\Q$_\E$/m, $_ for "PORTAL_BINDER=$binder", "PORTAL_SESSION=$row->{handle}", "REMOTE_USER=$binder", 'AUTH_TYPE=Portal', 'HTTP_COOKIE=app=1; other=kept';
    like $r->content, qr/^PORTAL_CASES=[\w-]{22},[\w-]{22}$/m, 'PORTAL_CASES';
    unlike $r->content, qr/forged|\Q$session\E/, 'no lie and no secret';
    is $r->header('Cache-Control'), 'private', 'the answer is private';
    is $t->patient->send('GET', at('/print'), headers => {@forged})->code, 303, 'nobody starts it';
    is $t->patient->send('POST', at('/print'), body => 'x')->code, 401, 'by no method';
}

# --- HTTP/2 ------------------------------------------------------------------------------------------
sub h2 (@arguments) {
    my $r = PortalServer::command('curl', '--silent', '--http2', '--cacert', $t->{ca}, '--include', @arguments);
    return $r->{out} . $r->{err};
}
{
    my $said = h2(at('/print'), '-H', "Cookie: __Host-portal=$session", '-H', 'Cookie: other=kept', '-H', 'portal-binder: forged', '-H', 'portal_binder: forged');
    like $said, qr{^HTTP/2 200 .*cache-control: private\r.*PORTAL_BINDER=$binder$}sm, 'over HTTP/2, too';
    unlike $said, qr/\Q$session\E|forged/, 'without secret and lie';
    like h2(at('/print'), '-H', 'portal_binder: forged'), qr{^HTTP/2 303 }, 'and not for nobody';
    unlike h2(at('/app/x'), '-H', "Cookie: __Host-portal=$session"), qr/\Q$session\E/, 'nor to the application';
}

# --- WebSocket ---------------------------------------------------------------------------------------
sub shake ($cookie, @headers) {
    my $socket = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $t->port, SSL_ca_file => $t->{ca}, SSL_alpn_protocols => ['http/1.1'])
        or die "no TLS: $!";
    print {$socket} "GET /app/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", $cookie ? "Cookie: $cookie\r\n" : '', map({"$_\r\n"} @headers), "\r\n";
    my $answer = '';
    while ($answer !~ /\r\n\r\n/ && sysread $socket, my $piece, 1) { $answer .= $piece }
    return ($socket, $answer);
}
{
    my ($socket, $answer) = shake("__Host-portal=$session; other=kept", 'Portal_Binder: forged');
    like $answer, qr{^HTTP/1\.1 101 .*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=}s, 'a WebSocket is opened';
    syswrite $socket, PortalTest::Backend::frame("hello from $_", 'mask') and like PortalTest::Backend::read_frame($socket), qr/hello from $_$/, "$_ and back"
        for 'here', 'there';
    syswrite $socket, PortalTest::Backend::frame('who am I', 'mask');
    my $said = PortalTest::Backend::read_frame($socket);
    like $said, qr/^Portal-Binder: $binder/m, 'which knows who it is';
    like $said, qr/^Cookie: (?:app=1; )?other=kept\r?$/m, 'without our cookie';
    unlike $said, qr/forged|\Q$session\E/, 'or a lie';
    (undef, $answer) = shake(undef, 'Portal-Binder: ' . $binder);
    like $answer, qr{^HTTP/1\.1 401 }, 'nobody opens one';
    (undef, $answer) = shake('__Host-portal=' . 'A' x 43);
    like $answer, qr{^HTTP/1\.1 401 }, 'nor a cookie that is none';
}

# --- the end of the session --------------------------------------------------------------------------
$ann->post('/logout');
is $ann->get(at("/$_"))->code, 303, "signed out of /$_" for qw(app/x print);
unlike $t->access_log . $t->error_log, qr/\Q$session\E/, 'no log has the session';
$app->stop;
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Beside the one virtual host with TLS: the same portal in clear text, a second portal on the same httpd, one
# mounted at the root of its host, and all of it over HTTP/2. (security.md AU9, SE11, HD5, LD5, TK11)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my ($clear, $second, $root) = map { PortalTest::_free_port() } 1 .. 3;
my $csv = "mrn,family,given,birth_date,email,case_number\n1,Doe,Ann,1980-01-02,,C-1\n";

# A virtual host of its own, over TLS, with a database of its own.
sub host ($port, $base, $desk, $database) {
    return <<"HOST";
Listen 127.0.0.1:$port
<VirtualHost *:$port>
    ServerName localhost
    SSLEngine on
    SSLCertificateFile "\${PORTAL_RUN}/tls.crt"
    SSLCertificateKeyFile "\${PORTAL_RUN}/tls.key"
    @{[ $database->directives ]}
    DBDMin 1
    DBDKeep 2
    DBDMax 4
    PortalName "Another Practice"
    PortalURL https://127.0.0.1:$port$base
    PortalDeskURL https://@{[ $base ? '127.0.0.1' : 'localhost' ]}:$port$desk
    PortalSecret "file:\${PORTAL_RUN}/secret.key"
    PortalMailRelay "file:\${PORTAL_RUN}/mail"
    PortalMailFrom portal\@practice.example.org
    <Location "@{[ $base || '/' ]}">
        SetHandler portal
        Require all granted
    </Location>
    <Location "$desk">
        SetHandler portal-desk
        AuthType Basic
        AuthName "Front desk"
        AuthUserFile "\${PORTAL_RUN}/desk.htpasswd"
        Require valid-user
    </Location>
</VirtualHost>
HOST
}

my $t = PortalTest->start(start => 0, default_forms => '', csv => $csv, extra => 'Protocols h2 http/1.1');

# The same records as the first has.
sub practice ($name) {
    for my $folder ($name, "$name/mail") {
        mkdir $t->file($folder) or die "$folder: $!";
    }
    PortalServer::open_folder($t->file($name));
    my $database = $t->database->copy($t->file("$name/portal.db"));
    PortalServer::give_records($t->file($name));
    return $database;
}
my @other = map { practice($_) } 'second', 'root';
$t->set(server_extra => <<"CLEAR" . host($second, '/portal', '/desk', $other[0]) . host($root, '', '/desk', $other[1]));
LoadModule http2_module $PortalServer::MODULES/mod_http2.so
Listen 127.0.0.1:$clear
<VirtualHost *:$clear>
    Include "\${PORTAL_RUN}/portal.conf"
    @{[ $t->database->directives ]}
    <Location "/portal">
        SetHandler portal
        Require all granted
    </Location>
    <Location "/desk">
        SetHandler portal-desk
        AuthType Basic
        AuthName "Front desk"
        AuthUserFile "\${PORTAL_RUN}/desk.htpasswd"
        Require valid-user
    </Location>
</VirtualHost>
CLEAR
$t->launch;
my $good = 'heron lagoon tundra';

# --- SE11: two portals ------------------------------------------------------------------------------------

sub at_host ($client, $port) {
    $client->{test} = bless { %{ $client->{test} }, port => $port, owner => -1 }, ref $client->{test};
    return $client;
}

sub account ($desk, $patient) {
    my $id = $t->sql('SELECT id FROM binder')->[0]{id};
    my $case = $t->sql('SELECT id FROM patient_case')->[0]{id};
    my $r = $desk->form("/binders/$id/portal/edit", { master_case => $case, access_enabled => 1, email => 'ann@example.org' });
    is $r->code, 303, 'access';
    $r = $desk->json('POST', "/binders/$id/portal/registration", { confirm => 1 });
    my $secret = $r->data->{slip}{secret};
    is $patient->form('/login', { case_number => 'C-1', password => $secret })->code, 303, 'signs in';
    is $patient->form('/password', { new_password => $good, new_password_again => $good })->code, 303, 'a password';
    return $patient;
}
my $first = account($t->desk, $t->patient);
is $first->get('/')->code, 200, 'SE11: signed in at the first portal';
my $other = at_host($first->copy, $second);
is $other->get('/')->code, 303, 'SE11: not at the second, whose records are a copy';
is $other->form('/login', { case_number => 'C-1', password => $good })->code, 422, 'SE11: nor with that password';
my $own = account(at_host($t->desk, $second), at_host($t->patient, $second));
is $own->get('/')->code, 200, 'SE11: the second has sessions of its own';
is at_host($own->copy, $t->port)->get('/')->code, 303, 'SE11: which the first does not know';
my $token = $own->csrf_token;
is $first->post('/logout', { csrf_token => $token }, csrf => 0)->code, 403, 'CS1: nor do form tokens of one fit the other';
is $first->post('/logout', {}, headers => { Origin => "https://127.0.0.1:$second", 'Sec-Fetch-Site' => undef })->code, 403,
    'CS2: the other portal is another site';

# --- a portal at the root of its host ------------------------------------------------------------------------

my $at_root = at_host($t->patient, $root);
$at_root->{base} = '';
my $r = $at_root->get('/');
is $r->header('Location'), '/login', 'at the root: home leads to sign in';
is $at_root->get('/login')->code, 200, 'which is there';
for my $path ('//evil.example', '//evil.example/login', '/\\evil.example', '///', '//', '/./login', '/x/../login', '/login/', '/%2f%2fevil.example',
    '/desk', '/deskx', '/.', '/..', '/register//x')
{
    $r = $at_root->get($t->url('') =~ s/:\d+$/:$root/r . $path);
    like $r->code, qr/^(?:303|400|401|404)$/, "HD5: at the root, $path: " . $r->code;
    unlike $r->header('Location') // '', qr{^(?://|/\\|https?:)}, 'HD5: leads nowhere else';
}
for my $to ('//evil.example', '/\\evil.example', '/%2fevil.example', 'https://evil.example', '/login//evil.example') {
    $r = $at_root->post('/language', { language => 'es', to => $to });
    like $r->header('Location') // '', qr{^/(?:[\w-][\w/-]*)?$}a, "HD5: at the root, $to leads home";
}
is $at_root->get('/desk/')->code, 401, 'at the root: the desk is the desk';
is $at_root->get('/register/' . 'A' x 43)->header('Location'), '/register/finish', 'at the root: a link';

# --- AU9: in clear text ------------------------------------------------------------------------------------------

sub plain (@request) {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $clear) or die "clear text: $!\n";
    print {$socket} join("\r\n", @request[ 0 .. $#request - 1 ], 'Host: localhost', 'Connection: close',
        'Content-Length: ' . length $request[-1], '', $request[-1]);
    local $/ = undef;
    return readline $socket;
}
my $counted = sub { return $t->sql('SELECT (SELECT COUNT(*) FROM throttle) + (SELECT COUNT(*) FROM audit) AS n')->[0]{n} };
my $before = $counted->();
my $type   = 'Content-Type: application/x-www-form-urlencoded';
my $cookie = 'Cookie: ' . join '; ', map {"$_->{name}=$_->{value}"} $first->cookies;
for my $request (['GET /portal/login HTTP/1.1', ''], ['GET /portal/ HTTP/1.1', $cookie, ''], ['GET /portal/register/' . 'A' x 43 . ' HTTP/1.1', ''],
    ['POST /portal/login HTTP/1.1', $type, "case_number=C-1&password=heron+lagoon+tundra"],
    ['POST /portal/login HTTP/1.1', 'Content-Type: application/json', qq({"case_number":"C-1","password":"$good"})],
    ['POST /portal/logout HTTP/1.1', $type, $cookie, 'csrf_token=' . $first->csrf_token],
    ['GET /desk/ HTTP/1.1', 'Authorization: Basic ' . MIME::Base64::encode_base64("frontdesk:$PortalTest::DESK{frontdesk}", ''), ''])
{
    my $answer = plain(@$request);
    like $answer, qr{^HTTP/1\.1 403 }, "AU9: $request->[0] in clear text";
    unlike $answer, qr/^Set-Cookie:/mi, 'AU9: no cookie';
    unlike $answer, qr/Doe|C-1/, 'AU9: nothing of the record';
}
is $counted->(), $before, 'AU9: nothing of it was looked at';
is $first->get('/')->code, 200, 'AU9: the session goes on where it belongs';

# --- HTTP/2 --------------------------------------------------------------------------------------------------------

sub h2 (@arguments) {
    my $r = PortalServer::command('curl', '--silent', '--http2', '--cacert', $t->{ca}, '--include', @arguments);
    return $r->{out} . $r->{err};
}
like h2($t->url('/portal/login')), qr{^HTTP/2 200 .*content-security-policy: default-src 'none'}s, 'LD5: a page over HTTP/2';
my $session = $first->cookie('__Host-portal');
like h2($t->url('/portal/'), '-H', 'Cookie: a=b', '-H', "Cookie: __Host-portal=$session"), qr{^HTTP/2 200 .*C-1}s, 'SE10: cookies in crumbs';
like h2($t->url('/portal/'), '-H', "Cookie: __Host-portal=$session", '-H', 'Cookie: __Host-portal=' . 'A' x 43), qr{^HTTP/2 303 }, 'SE10: two of a name';
like h2($t->url('/portal/register/' . 'B' x 43)), qr{^HTTP/2 303 }, 'TK11: a link over HTTP/2';
like h2($t->url('/portal/login'), '-X', 'POST', '-H', 'Content-Type: application/json', '-d', '[' x 20000), qr{^HTTP/2 400 }, 'IN1: bad JSON';
unlike $t->access_log, qr/A{43}|B{43}/, 'TK11: no token in the log';
like $t->access_log, qr{"GET /portal/register/- HTTP/2\.0"}, 'TK11: but the visit';
$t->expect_log(qr/AH10244: invalid URI path/);
$t->stop;
$_->drop for @other;
done_testing;

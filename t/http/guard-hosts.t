# SPDX-License-Identifier: Apache-2.0
#
# The guard in unusual surroundings: in clear text, at another port of the same name, where the portal
# has the root of its host, in .htaccess, with Satisfy, at the desk, and where it is set up wrongly.
use lib 't/lib';
use PortalTest;
use v5.36;
use PortalTest::Backend ();
use PortalTest::Guard   qw(modules fill signed_in);
use PortalTest::Tab     ();

my $app = PortalTest::Backend->start;
my ($clear, $beside, $root) = map { PortalTest::_free_port() } 1 .. 3;
my $csv = "mrn,family,given,case_number\n1,Doe,Ann,A-1\n";
my $t   = PortalTest->start(start => 0, csv => $csv);
my $tls = qq(SSLEngine on\nSSLCertificateFile "\${PORTAL_RUN}/tls.crt"\nSSLCertificateKeyFile "\${PORTAL_RUN}/tls.key"\n);
my $dbd = $t->database->directives;
my $house = <<'END';
Alias /house "${PORTAL_RUN}/srv/house"
<Location /house>
    AuthType Portal
    Require portal patient
    SetHandler default-handler
</Location>
END
my $desk = <<'END';
<Location /desk>
    SetHandler portal-desk
    AuthType Basic
    AuthName "Front desk"
    AuthUserFile "${PORTAL_RUN}/desk.htpasswd"
    Require valid-user
</Location>
END
$t->set(server_extra => modules(qw(access_compat proxy proxy_http dir)) . <<"END", extra => $house . <<"EXTRA");
# what stands outside of all hosts is in each of them
<Location /everywhere>
    AuthType Portal
    Require portal patient
</Location>
Alias /everywhere "\${PORTAL_RUN}/srv/house"
Listen 127.0.0.1:$clear
<VirtualHost *:$clear>
    Include "\${PORTAL_RUN}/portal.conf"
    $dbd
    <Location /portal>
        SetHandler portal
        Require all granted
    </Location>
    $desk
    $house
</VirtualHost>
Listen 127.0.0.1:$beside
<VirtualHost *:$beside>
    $tls
    <Location /app>
        Require all granted
        ProxyPass http://127.0.0.1:@{[ $app->port ]}/app
    </Location>
</VirtualHost>
Listen 127.0.0.1:$root
<VirtualHost *:$root>
    $tls
    $dbd
    PortalURL https://127.0.0.1:$root/
    PortalDeskURL https://localhost:$root/desk
    PortalSecret "file:\${PORTAL_RUN}/secret.key"
    <Location />
        SetHandler portal
        Require all granted
    </Location>
    $desk
    $house
</VirtualHost>
END
Alias /access "\${PORTAL_RUN}/srv/access"
<Directory "\${PORTAL_RUN}/srv/access">
    AllowOverride AuthConfig
</Directory>
Alias /satisfy "\${PORTAL_RUN}/srv/house"
<Location /satisfy>
    AuthType Portal
    Require portal patient
    Order deny,allow
    Deny from all
    Allow from 127.0.0.9
    Satisfy Any
</Location>
Alias /basic "\${PORTAL_RUN}/srv/house"
<Location /basic>
    AuthType Basic
    AuthName x
    AuthUserFile "\${PORTAL_RUN}/desk.htpasswd"
</Location>
<LocationMatch "^/basic">
    Require portal patient
</LocationMatch>
Alias /valid "\${PORTAL_RUN}/srv/house"
<Location /valid>
    AuthType Portal
    Require valid-user
</Location>
Alias /failing "\${PORTAL_RUN}/srv/house"
<Location /failing>
    AuthType Portal
    Require portal case "%{file:\${PORTAL_RUN}/none}"
</Location>
Alias /empty "\${PORTAL_RUN}/srv/house"
<Location /empty>
    AuthType Portal
    Require portal case %{env:NOTHING}
</Location>
<LocationMatch "^/desk/audit">
    AuthType Portal
    Require portal patient
</LocationMatch>
<LocationMatch "^/portal/(?:login|paperwork)">
    AuthType Portal
    Require portal patient
</LocationMatch>
EXTRA
fill($t->file('srv'), 'house/page.txt' => "of the house\n", 'access/page.txt' => "with access\n",
    'access/.htaccess' => "AuthType Portal\nRequire portal patient\n", 'access/wrong/page.txt' => "of the house\n",
    'access/wrong/.htaccess' => "AuthType Portal\nRequire portal patiant\n");
$t->launch;
$t->expect_log(qr/AH0163[01]/);
my $tab = PortalTest::Tab->new($t, 1)->open('A-1');
my $password = $tab->register;

# Signing in has to be possible: the guard over /login is taken away for it.
my $whole = $t->{o}{extra};
$t->expect_log('PTL0164');
is $t->patient->get('/login')->code, 403, 'a guarded sign-in page is refused, and sends nobody in circles';
$t->set(extra => $whole =~ s{login\|}{}r)->graceful;
my $ann = signed_in($t, 'A-1', $password);
my $cookie = '__Host-portal=' . $ann->cookie('__Host-portal');
sub at ($path, $port = $t->port) { return "https://127.0.0.1:$port$path" }
is $ann->get('/paperwork')->code, 200, 'a guard over a page of the portal lets in whom the portal would';
is $t->patient->get('/paperwork')->code, 303, 'and nobody else';

# --- in clear text -----------------------------------------------------------------------------------
{
    my $answer = PortalServer::command('curl', '--silent', '--include', '-H', "Cookie: $cookie", "http://127.0.0.1:$clear/house/page.txt")->{out};
    like $answer, qr{^HTTP/1\.1 403 }, 'nobody is let in in clear text';
    unlike $answer, qr/of the house|Location/, 'nor sent anywhere';
}

# --- the same name, another port ---------------------------------------------------------------------
{
    my $r = $ann->send('GET', at('/app/x', $beside), headers => { Cookie => "$cookie; other=kept", 'Portal-Binder' => 'forged' });
    like $r->content, qr{^GET /app/x}, 'an application at another port';
    unlike $r->content, qr/__Host-portal|forged/, 'gets no cookie of ours though browsers send it there';
    like $r->content, qr/^Cookie: other=kept\r?$/m, 'but others';
    $t->expect_log('PTL0162');
    is $ann->get(at('/everywhere/page.txt', $beside))->code, 403, 'AuthType Portal where there is no portal lets in nobody';
    is $ann->get(at('/everywhere/page.txt'))->code, 200, 'while it does where there is one';
}

# --- at the root of the host -------------------------------------------------------------------------
{
    my $r = $t->patient->get(at('/house/page.txt', $root));
    is $r->code . ' ' . $r->header('Location'), '303 ' . at('/login?back=/house/page.txt', $root), 'where the portal is at the root';
    my $c = $t->patient;
    $c->get($r->header('Location'));
    $r = $c->post(at('/login', $root), { case_number => 'A-1', password => 'heron lagoon tundra', back => '/house/page.txt' }, headers => { Origin => "https://127.0.0.1:$root" });
    is $r->code . ' ' . $r->header('Location'), '303 ' . at('/house/page.txt', $root), 'and back';
    is $ann->get(at('/house/page.txt', $root))->code, 200, 'the same records, the same session';
}

# --- .htaccess ---------------------------------------------------------------------------------------
is $ann->get(at('/access/page.txt'))->code, 200, '.htaccess lets a patient in';
is $t->patient->get(at('/access/page.txt'))->code, 303, 'and nobody else';
$t->expect_log(qr/Require portal patiant is not known/);
is $_->get(at('/access/wrong/page.txt'))->code, 500, 'one with an unknown word lets in nobody' for $ann, $t->patient;

# --- Satisfy, other AuthTypes, expressions that come to nothing --------------------------------------
$t->expect_log(qr/AH01797/);
is $ann->get(at('/satisfy/page.txt'))->code, 200, 'Satisfy Any: a patient';
is $t->patient->get(at('/satisfy/page.txt'))->code, 303, 'nobody';
is $t->patient(from => '127.0.0.9')->get(at('/satisfy/page.txt'))->code, 200, 'an address';
$t->expect_log('PTL0161');
is $ann->get(at('/basic/page.txt'))->code, 403, 'Require portal beside another AuthType: a patient';
is $ann->send('GET', at('/basic/page.txt'), headers => { Authorization => 'Basic ' . MIME::Base64::encode_base64("frontdesk:$PortalTest::DESK{frontdesk}", '') })->code, 403, 'staff';
is $ann->get(at('/valid/page.txt'))->code, 200, 'Require valid-user is a patient';
is $t->patient->get(at('/valid/page.txt'))->code, 303, 'not nobody';
is $ann->get(at('/empty/page.txt'))->code, 403, 'an empty case';
$t->expect_log('PTL0160', qr/Evaluation of expression/);
is $ann->get(at('/failing/page.txt'))->code, 403, 'an expression that fails';

# --- the desk ----------------------------------------------------------------------------------------
is $ann->get(at('/desk/audit'))->code, 403, 'a patient gets into no part of the desk, whatever is written';
unlike $ann->get(at('/desk/audit'))->content, qr/access\.edit|frontdesk/, 'and reads nothing there';

# --- a tablet ----------------------------------------------------------------------------------------
{
    my $tablet = $t->patient;
    $tablet->submit('/lobby', { case_number => 'A-1', lobby_password => $tab->lobby_password }, button => 'Start');
    is $tablet->get(at($_))->code, 403, "a tablet gets no $_" for '/valid/page.txt', '/house/page.txt', '/satisfy/page.txt';
}
$app->stop;
$t->stop;
done_testing;

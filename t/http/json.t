# SPDX-License-Identifier: Apache-2.0
#
# Both representations of every address: each page of each role as JSON with the same status and
# the same facts, problems by RFC 9457, and the hospital's own programs at the desk, with Basic
# credentials and no token of a form.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Routes;
use PortalTest::Tab;
use JSON::PP ();

my $t = PortalTest->start(portal => { PortalLobbyFrom => '127.0.0.0/8' }, csv => <<'CSV');
mrn,family,given,birth_date,email,phone,language,case_number,case_title,case_start
1,"Álvarez ""<b>""",Ana,1970-01-02,ana@example.org,555 1,es,A-1,Knee & hip,2026-10-01
2,Brown,Bob,1971-02-03,bob@example.org,,,B-1,Eyes,
CSV
$t->expect_log(qr/AH01617/);    # wrong Basic credentials
my $own  = 'violets in the morning rain';
my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1, 2;
$tab{1}->open('A-1', 'ana@example.org');
$tab{2}->open('B-1', 'bob@example.org');

sub sign_in ($number, $password) {
    my $c = $t->patient;
    $c->form('/login', { case_number => $number, password => $password })->code == 303 or die "no sign-in\n";
    return $c;
}
my $must    = sign_in('B-1', $tab{2}->register);
my $patient = sign_in('A-1', $tab{1}->register);
$patient->form('/password', { new_password => $own, new_password_again => $own })->code == 303 or die "no password\n";
my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'A-1', lobby_password => $tab{1}->lobby_password })->code == 303 or die "no lobby\n";
$tab{1}->act('/invitation');
my $link   = $t->wait_for('the link', sub { (grep {defined} map { $_->path } $t->mails)[0] });
my $linked = $t->patient;
$linked->get($link);
my %id = (
    binders   => $tab{1}->id,
    cases     => $tab{1}->case('A-1'),
    paperwork => $t->sql("SELECT id FROM assignment WHERE binder_id = '" . $tab{1}->id . "'")->[0]{id},
);

# --- the same facts --------------------------------------------------------------------------------------

# Every text of a view that somebody typed: no text keys, ids, tokens, code words, times, pictures.
sub facts ($view, $name = '') {
    return if ref $view eq 'HASH' && exists $view->{iso};
    return map { facts($view->{$_}, $_) } sort keys %$view if ref $view eq 'HASH';
    return map { facts($_, $name) } @$view if ref $view eq 'ARRAY';
    return if !defined $view || ref $view || $view !~ /\D/ || $name eq 'path';
    return if $view =~ /^t:|^[\w-]{22,}$|^\/|^[a-z][a-z0-9_.-]*$|\.eml$/;
    return $view;
}

my %of = (V => $t->patient, P => $patient, M => $must, L => $lobby, D => $desk);
my ($pages, $facts) = (0, 0);
for my $route (grep { $_->{method} eq 'GET' && $_->{path} !~ /\{token\}/ } PortalTest::Routes->all) {
    my @names = $route->{path} =~ m{/(\w+)/\{id\}}g;
    my $path  = $route->{path} =~ s/\{id\}/$id{shift @names}/gr;
    for my $role (grep { $route->{roles}{$_} } sort keys %of) {
        my $c = $path eq '/register/finish' && $role eq 'V' ? $linked : $of{$role};
        my ($html, $json) = ($c->get($path), $c->json('GET', $path));
        is $json->code, $html->code, "$role $path: " . $html->code . ' in both';
        next if $html->code =~ /^3/;
        my $view = eval { $json->data };
        is ref $view, 'HASH', "$role $path: JSON";
        is $json->content_type, $html->code == 200 ? 'application/json' : 'application/problem+json',
            "$role $path: its type";
        next if $html->code != 200;
        $pages++;
        my $page = $html->decoded_content =~ s/&quot;/"/gr =~ s/&#39;/'/gr =~ s/&lt;/</gr =~ s/&gt;/>/gr =~ s/&amp;/&/gr;
        my @facts = facts($view);
        $facts += @facts;
        is join(' | ', grep { index($page, $_) < 0 } @facts), '', "$role $path: the page has all of its facts";
    }
}
cmp_ok $pages, '>', 30, "$pages pages";
cmp_ok $facts, '>', 100, "$facts facts";

# --- problems ----------------------------------------------------------------------------------------------

sub problem ($r, $status, $what) {
    my $p = eval { $r->data } // {};
    my @wrong = grep { !length($p->{$_} // '') } qw(type title status detail);
    push @wrong, 'status ' . $r->code if $r->code != $status || ($p->{status} // 0) != $status;
    push @wrong, $r->content_type if $r->content_type ne 'application/problem+json';
    push @wrong, 'type' if ($p->{type} // '') !~ /^urn:mod_portal:\w+$/;
    return is join(', ', @wrong), '', "problem $status: $what";
}
my $program = $t->program('frontdesk');
my $nobody  = $t->program;
problem($nobody->json('GET', '/'), 401, 'not signed in');
ok $nobody->json('GET', '/')->header('WWW-Authenticate'), 'which says how (RFC 9110, section 11.6.1)';
problem($must->json('GET', '/'), 403, 'a temporary password only');
problem($patient->json('POST', '/password', {}, 'X-CSRF-Token' => 'x' x 86), 403, 'a wrong token');
problem($nobody->json('GET', '/nowhere'), 404, 'no such address');
problem($patient->json('GET', '/cases/' . $tab{2}->case('B-1')), 404, "another patient's case");
problem($nobody->json('DELETE', '/login'), 405, 'a wrong method');
problem($program->json('POST', $tab{1}->path('/edit'), { version => 0 }), 409, 'an old version');
problem($nobody->json('GET', '/reset/finish'), 410, 'a dead link');
problem($nobody->json('POST', '/login', '{"x":"' . 'x' x 70_000 . '"}'), 413, 'too large');
problem($nobody->json('POST', '/login', '<x/>', 'Content-Type' => 'text/xml'), 415, 'XML');
problem($nobody->json('POST', '/login', {}), 422, 'nothing typed');
my $spanish = $nobody->json('POST', '/login', {}, 'Accept-Language' => 'es-MX,es;q=0.9,en;q=0.5');
problem($spanish, 422, 'in Spanish');
like $spanish->data->{errors}[0]{detail}, qr/Escriba/, 'it speaks Spanish';
my $source = $t->program(undef, from => '127.0.4.4');
my @codes  = map { $source->json('POST', '/login', { case_number => 'Z-9', password => "wrong $_" })->code } 1 .. 5;
is $codes[0], 422, 'a wrong password';
my $wait = $source->json('POST', '/login', { case_number => 'Z-9', password => 'wrong' });
problem($wait, 429, 'too many tries');
like $wait->header('Retry-After'), qr/^\d+$/, 'with Retry-After';

# --- which of the two ----------------------------------------------------------------------------------------

for my $one ([ undef, 'text/html' ], [ '*/*', 'text/html' ], [ 'application/json', 'application/json' ],
    [ 'application/problem+json, application/json', 'application/json' ],
    [ 'text/html,application/xhtml+xml,application/json;q=0.9', 'text/html' ], [ 'image/png', 'text/html' ])
{
    my $r = $t->patient->get('/login', Accept => $one->[0]);
    is $r->content_type, $one->[1], 'Accept: ' . ($one->[0] // 'none');
    like $r->header('Vary') // '', qr/Accept/, 'which a cache is told' if defined $one->[0] && $one->[0] eq '*/*';
}

# --- a program at the desk: the whole main job, without a cookie ---------------------------------------------

sub goes ($r, $code, $what) { return is $r->code, $code, $what }

my $r = $program->json('POST', '/binders/new', { mrn => '77', family => 'Nuñez', given => 'Iñaki', birth_date => '1950-05-06' });
goes($r, 303, 'a new binder');
my ($binder) = $r->location =~ m{/binders/([\w-]{22})};
$r = $program->json('POST', "/binders/$binder/cases/new", { case_number => 'P-77', case_title => 'Ear' });
goes($r, 303, 'a case for it');
my $case = $t->sql("SELECT id FROM patient_case WHERE binder_id = '$binder'")->[0]{id};
$r = $program->json('POST', '/find', { q => 'nunez inaki' });
goes($r, 200, 'found');
is $r->data->{hits}[0]{id}, $binder, 'the same one';
my $view = $program->json('GET', "/binders/$binder/portal/edit")->data;
$r = $program->json('POST', "/binders/$binder/portal/edit", { version => $view->{version}, master_case => $case,
    selected_cases => [$case], access_enabled => JSON::PP::true(), email => 'inaki@example.org' });
goes($r, 303, 'access given');
problem($program->json('POST', "/binders/$binder/portal/registration", {}), 422, 'Register Patient asks first');
$r = $program->json('POST', "/binders/$binder/portal/registration", { confirm => JSON::PP::true() });
goes($r, 200, 'registered');
my $first = $r->data->{slip}{secret};
$r = $program->json('POST', "/binders/$binder/portal/registration", { confirm => 1 });
isnt $r->data->{slip}{secret}, $first, 'JSON without once is always a new act';
goes($program->json('POST', "/binders/$binder/portal/registration/undo", ''), 303, 'undone, with an empty body');
like $program->json('POST', "/binders/$binder/portal/lobby-password", '')->data->{slip}{secret}, qr/^\d{4} \d{4}$/,
    'a lobby password, with an empty body';
goes($program->json('POST', "/binders/$binder/portal/invitation", {}), 303, 'invited');
is $program->json('GET', "/binders/$binder/portal")->data->{invitation}{expired}, JSON::PP::false(), 'as the tab says';
is scalar $program->cookies, 0, 'no cookie was needed';

my @marks = ([ Origin => $t->url ], [ Origin => 'https://evil.example' ], [ 'Sec-Fetch-Site' => 'same-origin' ],
    [ 'Sec-Fetch-Site' => 'none' ], [ Cookie => '__Host-portal-desk=x' ], [ Cookie => 'a=b; __Host-portal=x' ]);
my $before = $t->sql('SELECT code_mac FROM lobby ORDER BY id');
for my $mark (@marks) {
    problem($program->json('POST', "/binders/$binder/portal/lobby-password", {}, @$mark), 403, "@$mark: a browser needs a token");
}
problem($program->json('POST', "/binders/$binder/portal/lobby-password", 'a=b',
    'Content-Type' => 'application/x-www-form-urlencoded'), 403, 'so does a form');
is_deeply $t->sql('SELECT code_mac FROM lobby ORDER BY id'), $before, 'nothing was made';
goes($t->program('frontdesk', password => 'wrong')->json('GET', "/binders/$binder"), 401, 'wrong credentials');

# --- a patient's program -------------------------------------------------------------------------------------

$r = $nobody->json('POST', '/login', { case_number => 'a1', password => $own });
goes($r, 303, 'a program signs in');
my ($cookie) = ($r->header('Set-Cookie') // '') =~ /^(__Host-portal=[^;]+)/;
$r = $nobody->json('GET', '/', undef, Cookie => $cookie);
is $r->data->{cases}[0]{number}, 'A-1', 'and sees its cases';
problem($nobody->json('POST', '/logout', {}, Cookie => $cookie), 403, 'with the cookie it needs a token');
my $token = $nobody->json('GET', '/session', undef, Cookie => $cookie)->data;
is $token->{signed_in_as}, 'patient', '/session says who';
goes($nobody->json('POST', '/logout', {}, Cookie => $cookie, 'X-CSRF-Token' => $token->{csrf_token}), 303,
    'which /session gives');
goes($nobody->json('GET', '/', undef, Cookie => $cookie), 401, 'signed out');

# --- odd ways to ask -------------------------------------------------------------------------------------------

for my $path ('/login', '/', '/nowhere', '/lobby') {
    my ($get, $head) = map { $t->patient->send($_, $path) } qw(GET HEAD);
    is $head->code, $get->code, "HEAD $path: the same status";
    is length $head->content, 0, "HEAD $path: no body";
    is $head->header($_), $get->header($_), "HEAD $path: $_" for 'Content-Type', 'Cache-Control', 'Location';
}
is $desk->send('HEAD', $tab{1}->path)->code, 200, 'HEAD at the desk';

# Whole requests as bytes, over TLS.
sub raw ($head) {
    require IO::Socket::SSL;
    my $socket = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $t->port,
        SSL_verify_mode => 0, Timeout => 10) or die "no connection\n";
    print {$socket} "$head\r\nConnection: close\r\n\r\n";
    local $/ = undef;
    my $answer = <$socket> // '';
    return ($answer =~ m{^HTTP/1\.1 (\d+)}, $answer);
}
my $port = $t->port;
for my $host ("127.0.0.1:$port", 'evil.example', "evil.example:$port") {
    my ($code, $answer) = raw("GET https://$host/portal/login HTTP/1.1\r\nHost: $host");
    is $code, 200, "a whole address of $host: the same page";
    unlike $answer, qr/evil/, 'with nothing of it';
    ($code, $answer) = raw("GET https://$host/portal/ HTTP/1.1\r\nHost: $host");
    like $answer, qr{^Location: /portal/login\r}m, 'a redirect stays here';
}
is((raw('GET /portal/login HTTP/1.1'))[0], 400, 'without a Host');
is((raw("GET /portal/login HTTP/1.1\r\nHost: a\r\nHost: b"))[0], 400, 'with two');
my $audit = sub { $t->sql('SELECT source FROM audit ORDER BY seq DESC LIMIT 1')->[0]{source} };
$desk->get($tab{1}->path, 'X-Forwarded-For' => '203.0.113.9', Forwarded => 'for=203.0.113.9', 'X-Real-IP' => '203.0.113.9',
    'X-Forwarded-User' => 'root', 'Remote-User' => 'root');
is $audit->(), '127.0.0.1', 'who asks is not what a header says';
is $t->sql('SELECT actor FROM audit ORDER BY seq DESC LIMIT 1')->[0]{actor}, 'frontdesk', 'nor what the name is';
is $t->patient->get('/login', 'X-HTTP-Method-Override' => 'DELETE', 'X-Original-URL' => '/portal/nowhere')->code, 200,
    'nor method and address';
is $t->program('frontdesk')->get('/binders/' . $tab{1}->id, 'X-Forwarded-Proto' => 'http')->code, 200, 'nor the scheme';

# --- JSON switched off ------------------------------------------------------------------------------------------

$t->set(portal => { PortalFeature => 'json off' })->restart;
is $t->patient->json('GET', '/login')->content_type, 'text/html', 'PortalFeature json off: pages only';
is $t->program('frontdesk')->json('POST', '/find', { q => 'x' })->code, 415, 'and no JSON is read';
is $t->desk->form('/', { q => 'nunez' })->code, 200, 'forms go on';

is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

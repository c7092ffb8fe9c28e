# SPDX-License-Identifier: Apache-2.0
#
# AuthType Portal: a folder for each case, served by httpd itself as conf/portal.conf shows. Who may,
# who may not, where they are sent, and how they come back.
use lib 't/lib';
use PortalTest;
use v5.36;
use PortalTest::Guard qw(examples modules fill signed_in);
use PortalTest::Tab ();

my $t = PortalTest->start(start => 0,
    csv => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n1,Doe,Ann,A-2\n2,Roe,Bob,B-1\n");
my $examples = examples($t->dir);
$t->set(server_extra => modules('dir'), extra => join '', @$examples{qw(/files /records /house)});
$t->launch;
$t->expect_log(qr/AH0163[01]/);

my %tab = map { $_ => PortalTest::Tab->new($t, $_) } 1, 2;
my %id  = ('A-1' => $tab{1}->case('A-1'), 'A-2' => $tab{1}->case('A-2'), 'B-1' => $tab{2}->case('B-1'));
fill($t->file('srv'), 'house/index.txt' => "of the house\n",
    map {; "files/$id{$_}/letter.txt" => "letter of $_\n", "records/$_/letter.txt" => "record of $_\n" } keys %id);
$tab{1}->open('A-1');
$tab{2}->open('B-1');
my $password = $tab{1}->register;
sub at ($path) { return $t->url($path) }
my $own = "/files/$id{'A-1'}/letter.txt";

# --- nobody is signed in -----------------------------------------------------------------------------
{
    my $c = $t->patient;
    my $r = $c->get(at("$own?page=1&x=%2Fy"));
    is $r->code, 303, 'a browser is sent to sign in';
    like $r->location, qr{^/portal/login\?back=/files/}, 'to the portal';
    is $r->header('Cache-Control'), 'private', 'privately';
    unlike $r->content, qr/letter of/, 'without a byte of the letter';
    $r = $c->follow($r);
    is $r->code, 200, 'there is the sign-in page';
    $r = $c->form($r, { case_number => 'A-1', password => $password }, button => 'Sign in');
    is $r->location, '/portal/password', 'a temporary password leads to a new one first';
    my $must = $c->get(at($own));
    is join(' ', $must->code, $must->location), '303 /portal/password', 'and to nowhere else';
    is $c->get(at($own), Accept => 'application/json')->code, 403, 'programs are told so';
    $c->submit('/password', { new_password => 'heron lagoon tundra', new_password_again => 'heron lagoon tundra' });
    is $c->get(at($own))->content, "letter of A-1\n", 'then the letter can be read';
}
for my $request (['GET', Accept => 'application/json'], ['POST'], ['OPTIONS'], ['PUT'], ['DELETE'], ['PROPFIND'],
    ['GET', 'Sec-Fetch-Mode' => 'cors'], ['GET', Accept => 'image/png'], ['GET', 'X-Requested-With' => 'XMLHttpRequest'])
{
    my ($method, %headers) = @$request;
    my $r = $t->patient->send($method, at($own), headers => \%headers);
    is $r->code, 401, "@$request: 401";
    is $r->header('WWW-Authenticate'), 'Portal', 'with a challenge';
    unlike $r->content, qr/letter of/, 'and nothing else';
}
is $t->patient->send('HEAD', at($own))->code, 303, 'HEAD is answered as GET';

# --- signing in brings back, to this host only -------------------------------------------------------
{
    my $c = $t->patient;
    my $r = $c->follow($c->get(at("$own?page=1&x=%2Fy")));
    $r = $c->form($r, { case_number => 'A-1', password => 'wrong and long enough' }, button => 'Sign in');
    is $r->code, 422, 'one wrong try';
    $r = $c->form($r, { case_number => 'A-1', password => 'heron lagoon tundra' }, button => 'Sign in');
    is $r->header('Location'), at("$own?page=1&x=%2Fy"), 'and back to the very address';
    is $c->follow($r)->content, "letter of A-1\n", 'where the letter is';
    is $c->get("/login?back=$own")->header('Location'), at($own), 'who is signed in already goes straight there';
    my $spanish = $t->patient;
    $r = $spanish->follow($spanish->get(at("$own?page=1")));
    $r = $spanish->submit($r, { language => 'es' });
    like $r->decoded_content, qr/name="back" value="\Q$own\E\?page=1"/, 'another language forgets nothing';
}
my $ann = signed_in($t, 'A-1', 'heron lagoon tundra');
for my $evil ('//evil.example/', '/%5Cevil.example/', 'https://evil.example/', 'evil.example', '%2F%2Fevil.example', '%09//evil.example',
    '/a%0D%0ASet-Cookie:%20x=1', '/a%22', '/a%3Cb', '/a%00b', '/a%C3%A9', '/' . 'a' x 1000, '@evil.example/', "$own&back=$own")
{
    is $ann->get("/login?back=$evil")->header('Location'), '/portal/', 'back=' . substr($evil, 0, 30) . ' leads home';
}
is $ann->get('/login?back=/%2e%2e//evil.example/x')->header('Location'), at('/..//evil.example/x'), 'dots stay on this host';
{
    my $c = $t->patient;
    my $r = $c->form('/login', { case_number => 'A-1', password => 'heron lagoon tundra', back => '//evil.example/' }, button => 'Sign in');
    is $r->header('Location'), '/portal/', 'nor does a form that somebody filled in';
}

# --- whose case it is --------------------------------------------------------------------------------
my $bob = signed_in($t, 'B-1', $tab{2}->register);
sub look ($c, $path) { my $r = $c->get(at($path)); return $r->code . ($r->content =~ /(?:letter|record) of/ ? ' open' : '') }

is look($bob, $own), '403', "somebody else's case is refused, not a loop";
is look($bob, "/files/$id{'B-1'}/letter.txt"), '200 open', 'their own is open';
is look($ann, "/files/$id{'A-2'}/letter.txt"), '403', 'a case that is not selected is refused';
is look($ann, "/files/$_/letter.txt"), '403', "no such case: $_" for 'A-1', 'x' x 22, lc $id{'A-1'}, "$id{'A-1'},", 'number:B-1', 'number:';
is look($ann, $_), '403', "not outside of a folder: $_" for '/files', '/files/';
is look($ann, '/records/A-1/letter.txt'), '200 open', 'by number';
is look($ann, "/records/$_/letter.txt"), $_ eq 'a1' ? '404' : '403', "number $_" for 'a1', 'A-2', 'B-1', '-', ' ';
is look($t->patient, '/records/A-1/letter.txt'), '303', 'nobody';
$tab{1}->save({ master_case => $id{'A-1'}, selected_cases => [ @id{qw(A-1 A-2)} ], access_enabled => 1 });
is look($ann, "/files/$id{'A-2'}/letter.txt"), '200 open', 'a case that is selected is open from the next request on';
$tab{1}->save({ master_case => $id{'A-1'}, selected_cases => [ $id{'A-1'} ], access_enabled => 1 });
is look($ann, "/files/$id{'A-2'}/letter.txt"), '403', 'and closed when it is deselected';
is look($ann, $own), '200 open', 'the other stays open';
{
    my $path = "/binders/$tab{1}{id}/cases/$id{'A-1'}";
    $t->desk->submit($path, { case_number => 'A-9' });
    is look($ann, '/records/A-1/letter.txt'), '403', 'a number that the case no longer has';
    $t->desk->submit($path, { case_number => 'a 1' });
    is look($ann, '/records/A-1/letter.txt'), '200 open', 'numbers are compared as everywhere';
}

# --- the same letter in other spellings --------------------------------------------------------------
my $their = "/files/$id{'B-1'}/letter.txt";
my ($b)   = $id{'B-1'};
my $hex   = sprintf '%%%02X', ord $b;
for my $path ("//files/$b/letter.txt", "/files//$b/letter.txt", "/./files/$b/letter.txt", "/files/./$b/letter.txt", "/files/%2e/$b/letter.txt",
    "/files/$id{'A-1'}/../$b/letter.txt", "/files/$id{'A-1'}/%2e%2e/$b/letter.txt", "/files/$id{'A-1'}/..%2f$b/letter.txt", "/%66iles/$b/letter.txt",
    "/files/$hex" . substr($b, 1) . '/letter.txt', "/files/$b;x/letter.txt", "/files;x/$b/letter.txt", "/FILES/$b/letter.txt", "/files/$b%00/letter.txt",
    "/files/$b/letter.txt%00", "/files/$b/letter.txt/", "/files/$b\\letter.txt", "/files/$b%2fletter.txt", "/files/$b/letter.txt?$id{'A-1'}",
    "/files/$id{'A-1'}%00/../$b/letter.txt", "/x/../files/$b/letter.txt", "/portal/../files/$b/letter.txt", "/files/%252e%252e/files/$b/letter.txt",
    "/files/$id{'A-1'}\n/../$b/letter.txt")
{
    for my $who (['nobody', undef], ['another', $ann]) {
        my ($status, $body) = raw($path, $who->[1]);
        unlike $body, qr/letter of/, "$who->[0] at " . $path =~ s/\n/\\n/r . ": $status";
    }
}
$t->expect_log(qr/AH10244|AH00026|AH00127|AH00126/);

# The very bytes as the request's path.
sub raw ($path, $c, @headers) {
    require IO::Socket::SSL;
    my $socket = IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $t->port, SSL_ca_file => $t->{ca}) or die "no TLS: $!";
    my $cookie = $c ? "Cookie: __Host-portal=" . $c->cookie('__Host-portal') . "\r\n" : '';
    print {$socket} "GET $path HTTP/1.1\r\nHost: localhost\r\n$cookie", map({"$_\r\n"} @headers), "Connection: close\r\n\r\n";
    local $/ = undef;
    my $answer = readline($socket) // '';
    return (($answer =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none'), $answer);
}
like +(raw($own, $ann))[1], qr/letter of A-1/, 'while the usual spelling works';
like +(raw(at($own), $ann))[1], qr/letter of A-1/, 'as a whole address, too';
is +(raw(at($own), undef))[0], 303, 'where nobody gets anything';
like +(raw($own, $ann, 'Range: bytes=0-5'))[1], qr/206.*\r\n\r\nletter$/s, 'a part for whom it is';
unlike +(raw($their, $ann, 'Range: bytes=0-5'))[1], qr/\r\n\r\nletter|206/, 'no part for another';
unlike +(raw($own, undef, 'Range: bytes=0-5', 'If-None-Match: *', 'If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT'))[1], qr/206|304|ETag|Last-Modified|letter of/,
    'nor anything about it';

# --- the answer --------------------------------------------------------------------------------------
{
    my $r = $ann->get(at($own));
    is $r->header('Cache-Control'), 'private', 'the answer is private';
    is join(' ', sort grep { !/^(?:Accept-Ranges|Cache-Control|Client-.*|Connection|Content-.*|Date|ETag|Keep-Alive|Last-Modified|Server)$/i } $r->header_field_names), '',
        'and has no other header of ours';
    my ($etag) = $r->header('ETag');
    $r = $ann->get(at($own), 'If-None-Match' => $etag);
    is $r->code . ' ' . $r->header('Cache-Control'), '304 private', 'also when nothing changed';
    is $ann->get(at("/files/$id{'A-1'}/none.txt"))->header('Cache-Control'), 'private', 'also when there is nothing';
    is $bob->get(at($own))->header('Cache-Control'), 'private', 'also when it is refused';
    is $ann->send('HEAD', at($own))->code, 200, 'HEAD';
    is $ann->send('OPTIONS', at($own))->code, 200, 'OPTIONS';
    like $ann->get(at("/files/$id{'A-1'}"))->header('Location'), qr{/files/\Q$id{'A-1'}\E/$}, 'a folder gets its slash';
    is look($t->patient, "/files/$id{'A-1'}"), '303', 'but tells nobody that it is there';
    is $t->patient->get(at("/files/$id{'A-1'}"))->location, "/portal/login?back=/files/$id{'A-1'}", 'only where to sign in';
}

# --- the lobby ---------------------------------------------------------------------------------------
{
    my $tablet = $t->patient;
    $tablet->submit('/lobby', { case_number => 'B-1', lobby_password => $tab{2}->lobby_password }, button => 'Start');
    is $tablet->get(at('/house/index.txt'))->code, 200, 'Require portal lobby lets the tablet in';
    is look($tablet, $their), '403', 'but to no case';
    is $ann->get(at('/house/index.txt'))->code, 200, 'RequireAny: or a patient';
    is look($t->patient, '/house/index.txt'), '303', 'but not nobody';
    $t->set(portal => { PortalLobbyFrom => '192.0.2.0/24' })->graceful;
    is $tablet->get(at('/house/index.txt'))->code, 403, 'nor a tablet from elsewhere';
    $t->set(portal => {})->graceful;
    $tablet->post('/lobby/finish');
    is look($tablet, '/house/index.txt'), '303', 'after Finish nobody is there';
    like $tablet->get(at('/house/index.txt'))->location, qr{^/portal/lobby$}, 'and the tablet shows its first page';
}

# --- limits ------------------------------------------------------------------------------------------
{
    my $c = signed_in($t, 'A-1', 'heron lagoon tundra');
    for (1 .. 3) {
        $t->clock(600);
        is look($c, $own), '200 open', 'a guarded location is a sign of life';
    }
    $t->clock(901);
    is look($c, $own), '303', 'after the idle limit it is closed';
    $c = signed_in($t, 'A-1', 'heron lagoon tundra');
    $c->copy->post('/logout');
    is look($c, $own), '303', 'and after signing out';
    $c = signed_in($t, 'B-1', 'heron lagoon tundra');
    is look($c, $their), '200 open', 'open';
    $tab{2}->save({ access_enabled => undef });
    is look($c, $their), '303', 'until access is disabled';
}
$t->stop;
done_testing;

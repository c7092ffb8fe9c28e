# SPDX-License-Identifier: Apache-2.0
#
# What httpd itself makes of a request on its way to a guarded location: rewriting, indexes, includes,
# error documents, caches. By none of them does a protected byte reach anyone who may not have it.
use lib 't/lib';
use PortalTest;
use v5.36;
use PortalTest::Guard qw(examples modules fill signed_in);
use PortalTest::Tab   ();

my @many = map {"C-$_"} 1 .. 12;
my $t = PortalTest->start(start => 0, csv => join '', "mrn,family,given,case_number\n1,Doe,Ann,A-1\n2,Roe,Bob,B-1\n", map {"3,Poe,Cal,$_\n"} @many);
my %tab = map { $_ => PortalTest::Tab->new($t, $_, 1) } 1 .. 3;
my %id  = map { $_ => $tab{1}->case($_) } 'A-1', 'B-1', @many;
my ($a, $b) = @id{qw(A-1 B-1)};
my $srv = $t->dir . '/srv';

fill($srv,
    (map { ("files/$_->[1]/index.html" => "index of $_->[0]\n", "files/$_->[1]/letter.txt" => "letter of $_->[0]\n",
        "files/$_->[1]/page.shtml" => "page of $_->[0] <!--#include virtual=\"/files/$b/letter.txt\" -->\n", "listed/$_->[1]/hidden-$_->[0].txt" => "hidden of $_->[0]\n") }
        ['A-1', $a], ['B-1', $b]),
    (map { ("public/page$_.shtml" => "public <!--#include virtual=\"/files/$a/letter.txt\" --> <!--#include file=\"guarded.txt\" --> <!--#echo var=\"HTTP_COOKIE\" -->\n") } 1 .. 3),
    'public/guarded.txt'  => "guarded file of the house\n",
    'public/plain.txt'    => "plain file\n",
    'listed/open.txt'     => "open\n",
    'cgi-bin/error'       => qq(#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv | sort\n),
    'cgi-bin/inside'      => qq(#!/bin/sh\nprintf 'Location: /files/$b/letter.txt\\r\\n\\r\\n'\n),
    'indexed/guarded.txt' => "guarded index\n",
);
$t->set(server_extra => modules(qw(dir mime include autoindex rewrite cgid cache cache_disk speling negotiation actions))
        . "ScriptSock cgisock\nTypesConfig /dev/null\nAddType text/plain .txt\nAddType text/html .shtml\nAddOutputFilter INCLUDES .shtml\nTraceEnable On\n",
    extra => examples($t->dir)->{'/files'} . <<"END");
DirectoryIndex index.html
<Directory "$srv">
    Options +Includes +Indexes +ExecCGI
    IndexOptions FancyIndexing
</Directory>
<LocationMatch "^/files/">
    Header set Cache-Control "public, max-age=60"
</LocationMatch>
Alias /public "$srv/public"
<Directory "$srv/public">
    Require all granted
    RewriteEngine On
    RewriteRule ^rewritten\$ /files/$a/letter.txt
    RewriteRule ^moved\$ /files/$a/letter.txt [R]
    RewriteRule ^through\$ /files/$a/letter.txt [PT]
</Directory>
<Files guarded.txt>
    AuthType Portal
    Require portal patient
</Files>
Alias /indexed "$srv/indexed"
<Directory "$srv/indexed">
    Require all granted
    DirectoryIndex guarded.txt
</Directory>
Alias /listed "$srv/listed"
<Location /listed>
    Require all granted
</Location>
<LocationMatch "^/listed/(?<CASE>[^/]+)/">
    AuthType Portal
    Require portal case %{env:MATCH_CASE}
</LocationMatch>
RewriteEngine On
RewriteRule ^/mine\$ /files/$a/letter.txt [PT]
RewriteRule ^/theirs\$ $srv/files/$b/letter.txt
ScriptAlias /error "$srv/cgi-bin/error"
ScriptAlias /inside "$srv/cgi-bin/inside"
<LocationMatch "^/(?:error|inside)\$">
    Require all granted
</LocationMatch>
<LocationMatch "^/files/[^/]+/">
    ErrorDocument 403 /error
    ErrorDocument 404 /files/$b/letter.txt
    ErrorDocument 401 /error
</LocationMatch>
ErrorDocument 400 /error
ErrorDocument 417 /error
CacheRoot "${\$t->dir}/cache"
CacheEnable disk /
CacheDefaultExpire 600
CacheIgnoreNoLastMod On
CacheQuickHandler On
<Location /away>
    AuthType Portal
    <RequireAll>
        Require all granted
        Require not portal lobby
    </RequireAll>
</Location>
Alias /away "$srv/public"
<Location /anyone>
    AuthType Portal
    <RequireAny>
        Require valid-user
        Require portal lobby
    </RequireAny>
</Location>
Alias /anyone "$srv/public"
END
mkdir $t->file('cache');
PortalServer::must('chown', PortalServer::user_of_children() // $>, $t->file('cache'));
$t->launch;
$tab{$_}{desk} = $t->desk for keys %tab;
$t->expect_log(qr/AH0163[01]/, qr/AH01270|AH01374|unable to include|AH02669/, qr/AH00132|AH00127|AH00128|AH00035|AH01276/, qr/AH10244|AH00026|AH00129|AH00571|AH01964/);
$tab{1}->open('A-1');
$tab{2}->open('B-1');
my $ann = signed_in($t, 'A-1', $tab{1}->register);
my $bob = signed_in($t, 'B-1', $tab{2}->register);
my $session = $ann->cookie('__Host-portal');
sub at ($path) { return $t->url($path) }
sub seen ($c, $path, %headers) {
    my $r = $c->get(at($path), %headers);
    return join ' ', $r->code, $r->decoded_content =~ /((?:letter|index|page|hidden|guarded) (?:of|file|index)[^<\n]*)/g;
}
my $none = $t->patient;

# --- mod_cache keeps nothing of it -------------------------------------------------------------------
is seen($ann, "/files/$a/letter.txt"), '200 letter of A-1', 'a letter is read';
is $ann->get(at("/files/$a/letter.txt"))->header('Cache-Control'), 'private, max-age=60', 'mod_headers cannot make it public';
is seen($none, "/files/$a/letter.txt"), '303', 'and not out of the cache by nobody';
is seen($bob,  "/files/$a/letter.txt"), '403', 'or by another';
seen($none, '/public/plain.txt') for 1, 2;
ok scalar(PortalServer::must('find', $t->file('cache'), '-name', '*.data') =~ /\S/), 'while the cache works';
is PortalServer::command('grep', '-rlE', 'letter of|index of|guarded', $t->file('cache'))->{out}, '', 'and holds nothing that is guarded';

# --- rewriting ---------------------------------------------------------------------------------------
is seen($ann, "/$_"), '200 letter of A-1', "rewritten to one's own: $_" for 'mine', 'public/rewritten', 'public/through';
for my $path ('/mine', '/public/rewritten', '/public/through') {
    is seen($bob,  $path), '403', "$path is somebody else's";
    is seen($none, $path), '303', "$path and nobody's";
}
like $none->get(at('/mine'))->location, qr{^/portal/login\?back=/mine$}, 'who is brought back to what was asked for';
isnt seen($_, '/theirs'), '200 letter of B-1', 'a file that only <Directory /> speaks of is not open' for $ann, $none;

# --- a folder and its index --------------------------------------------------------------------------
is seen($ann, "/files/$a/"), '200 index of A-1', 'the index of the folder';
is seen($bob, "/files/$a/"), '403', 'not for another';
is seen($none, "/files/$a/"), '303', 'not for nobody';
is seen($ann, "/files/$a"), '301', 'a slash is added';
is seen($_, "/files/$b"), ref $_->cookie('__Host-portal') || $_ == $none ? '303' : '403', 'not where one may not look' for $ann, $none;
is seen($ann, '/indexed/'), '200 guarded index', 'a guarded index of an open folder';
is seen($none, '/indexed/'), '401', 'shows nothing to nobody';
{
    my $names = sub ($c) { join ' ', sort $c->get(at('/listed/'))->content =~ /href="([^"?]+)"/g };
    unlike $names->($_), qr/hidden/, 'no names out of folders' for $ann, $bob, $none;
    like seen($none, "/listed/$a/"), qr/^303$/, 'a listing of a guarded folder';
    like $ann->get(at("/listed/$a/"))->content, qr/hidden-A-1/, 'is for whom it is';
    unlike $bob->get(at("/listed/$a/"))->content, qr/hidden/, 'and nobody else';
}

# --- includes ----------------------------------------------------------------------------------------
{
    my $r = $none->get(at('/public/page1.shtml'));
    like $r->content, qr/^public/, 'a public page';
    unlike $r->content, qr/letter of|guarded file/, 'shows nobody what it includes';
    $r = $bob->get(at('/public/page2.shtml'));
    unlike $r->content, qr/letter of/, 'nor another';
    like $r->content, qr/guarded file/, 'but what is for every patient';
    unlike $r->content, qr/__Host-portal/, 'and no page sees the cookie';
    $r = $ann->get(at('/public/page3.shtml'));
    like $r->content, qr/public letter of A-1\n guarded file/, 'whose it is sees it';
    is $r->header('Cache-Control'), 'private', 'and then the whole page is private';
    unlike seen($none, "/public/page$_.shtml"), qr/letter|guarded/, 'also afterwards, to nobody' for 1 .. 3;
    unlike seen($bob, '/public/page3.shtml'), qr/letter/, 'and to another';
    unlike seen($ann, "/files/$a/page.shtml"), qr/letter of B-1/, "a page of one's own does not include another's";
    like seen($bob, "/files/$b/page.shtml"), qr/200 page of B-1 letter of B-1/, 'while they can';
}

# --- redirects inside, error documents ---------------------------------------------------------------
is seen($bob,  '/inside'), '200 letter of B-1', 'a program may point into a guarded location';
is seen($ann,  '/inside'), '403', 'which is asked again';
is seen($none, '/inside'), '303', 'each time';
unlike seen($_, "/files/$a/none.txt"), qr/letter of B-1/, "an error document in another's folder" for $ann, $none;
{
    my $r = $bob->get(at("/files/$a/letter.txt"));
    like $r->content, qr/REDIRECT_STATUS=403/, 'an error document of a program';
    unlike $r->content, qr/__Host-portal|letter of/, 'sees neither cookie nor letter';
    is $r->header('Cache-Control'), 'private', 'and is private';
    $r = $none->get(at("/files/$a/letter.txt"), Accept => 'application/json');
    is $r->code, 401, 'one for 401';
    is $r->header('WWW-Authenticate'), 'Portal', 'keeps the challenge';
    for my $headers ([ Expect => 'nonsense' ], [ 'Transfer-Encoding' => 'nonsense' ]) {
        $r = PortalServer::command('curl', '--silent', '--http1.1', '--include', '--cacert', $t->{ca}, '-H', join(': ', @$headers), '-H', "Cookie: __Host-portal=$session; x=1",
            '-H', 'Portal_Binder: forged', at('/public/plain.txt'))->{out};
        unlike $r, qr/\Q$session\E|forged/, "a request refused early ($headers->[0]) tells no program the cookie: " . ($r =~ m{^HTTP\S+ (\d+)})[0];
    }
}

# --- combinations ------------------------------------------------------------------------------------
{
    my $tablet = $t->patient;
    $tablet->submit('/lobby', { case_number => 'B-1', lobby_password => $tab{2}->lobby_password }, button => 'Start');
    is seen($tablet, '/away/plain.txt'), '403', 'Require not portal lobby';
    is $none->get(at('/away/plain.txt'))->code, 200, 'is open to others';
    is $none->get(at('/away/plain.txt'))->header('Cache-Control'), 'private', 'privately';
    is $tablet->get(at('/anyone/plain.txt'))->code, 200, 'one of two';
    is $ann->get(at('/anyone/plain.txt'))->code, 200, 'the other of two';
    is $none->get(at('/anyone/plain.txt'))->code, 303, 'neither';
    is seen($tablet, "/files/$b/letter.txt"), '403', 'a tablet opens no folder';
    is $tablet->get(at('/public/guarded.txt'))->code, 403, 'nor what is for patients';
}
is $t->patient->get(at('/desk/'))->code, 401, 'the desk';
is $ann->get(at('/desk/'))->code, 401, 'knows no patient';

# --- more cases than a copy of the session holds; and without the database ----------------------------
$tab{3}->save({ master_case => $id{'C-1'}, selected_cases => [ @id{ @many[ 0 .. 10 ] } ], access_enabled => 1 });
my $cal = signed_in($t, 'C-1', $tab{3}->register);
fill($srv, map { ("files/$id{$_}/letter.txt" => "letter of $_\n") } @many);
is seen($cal, "/files/$id{$_}/letter.txt"), "200 letter of $_", "the case $_ of eleven" for 'C-1', 'C-11';
is seen($cal, "/files/$id{'C-12'}/letter.txt"), '403', 'the twelfth is not selected';

seen($ann, "/files/$a/letter.txt");
$t->expect_log(qw(PTL0110 PTL0111 PTL0120 PTL0121 PTL0122 PTL0163), qr/AH00629|AH00632|AH00633|AH00636|AH00637|AH02654|PTL07\d\d/);
$t->sql('ALTER TABLE session RENAME TO session_away');
is seen($ann, "/files/$a/letter.txt"), '200 letter of A-1', 'while the database is away, who is in memory goes on';
is seen($ann, "/files/$b/letter.txt"), '403', 'with their own cases';
$t->clock(600);
is seen($ann, "/files/$a/letter.txt"), '200 letter of A-1', 'and as long as they are there';
$t->clock(901);
my $late = $ann->get(at("/files/$a/letter.txt"));
is $late->code, 303, 'until the idle limit';
my $unknown = $t->patient;
$unknown->set_cookie('__Host-portal', 'A' x 43);
my $r = $unknown->get(at("/files/$a/letter.txt"));
is $r->code, 503, 'who would have to be looked up gets 503';
ok $r->header('Retry-After'), 'with Retry-After';
is $none->get(at("/files/$a/letter.txt"))->code, 303, 'who has no cookie is sent to sign in';
$t->sql('ALTER TABLE session_away RENAME TO session');
ok $t->wait_for('it to heal', sub { $unknown->get(at("/files/$a/letter.txt"))->code == 303 }), 'and it heals by itself';
unlike $t->access_log . $t->error_log, qr/\Q$session\E/, 'no log has the session';
$t->stop;
done_testing;

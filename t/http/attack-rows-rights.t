# SPDX-License-Identifier: Apache-2.0
#
# Rights, steps and bodies from outside: patients at the desk's addresses, papers of others, lists with odd
# numbers, steps out of order, links that machines look at, bodies in parts; and what the trail says of it.
# (security.md AZ3, AZ6, AZ7, AZ9, IN4, TK10, TK16, LG1, LG10)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Routes;
use PortalTest::Tab;

my $t = PortalTest->start(
    portal => { PortalLobbyFrom => '127.0.0.0/8', PortalPasswordHash => '2 19M' },
    csv    => "mrn,family,given,birth_date,email,case_number\n"
        . "1,Canarydoe,Ann,1980-01-02,,C-1\n2,Canaryroe,Tim,1990-07-08,,C-2\n3,Poe,Eve,1991-07-08,,C-3\n",
);
my $desk  = $t->desk;
my $links = PortalTest::Links->new($t);
my %tab   = map { $_ => PortalTest::Tab->new($t, $_, $desk)->open("C-$_", "p$_\@example.org") } 1 .. 3;
my $good  = 'heron lagoon tundra';

sub own_password ($n) {
    my $c = $t->patient;
    $c->form('/login', { case_number => "C-$n", password => $tab{$n}->register });
    is $c->form('/password', { new_password => $good, new_password_again => $good })->code, 303, "C-$n has a password";
    return $c;
}
my %c = map { $_ => own_password($_) } 1, 2;

sub paper_of ($n) {
    return $t->sql("SELECT id FROM assignment WHERE binder_id = '" . $tab{$n}->id . "' ORDER BY id")->[0]{id};
}

# --- AZ3: a patient at the desk ------------------------------------------------------------------------

for my $route (grep { $_->{mount} eq 'DESK' } PortalTest::Routes->all) {
    my $path = $route->{path} =~ s{/binders/\{id\}}{'/binders/' . $tab{2}->id}er =~ s{/cases/\{id\}}{'/cases/' . $tab{2}->case('C-2')}er
        =~ s{\{id\}}{paper_of(2)}ger;
    my $r = $c{1}->send($route->{method}, $t->url("/desk$path"),
        $route->{method} eq 'POST' ? (body => 'csrf_token=' . $c{1}->csrf_token,
            headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }) : ());
    ok $r->code == 401 && ($r->decoded_content // '') !~ /Canary/, "AZ3: $route->{method} $route->{path}: 401, and nothing of it"
        or diag $r->code;
}

# --- AZ6: what is another's ----------------------------------------------------------------------------

for my $path ('/cases/' . $tab{2}->case('C-2'), '/paperwork/' . paper_of(2), '/paperwork/' . paper_of(2) . '/review',
    '/paperwork/' . paper_of(2) . '?page=2', '/binders/' . $tab{2}->id)
{
    my $r = $c{1}->get($path);
    is $r->code, 404, "AZ6: $path of another: 404" =~ s/\/[\w-]{22}/\/ID/r;
    unlike $r->decoded_content, qr/Canaryroe|\bTim\b|1990/, 'AZ6: and nothing of it';
    $r = $c{1}->json('GET', $path);
    is $r->code, 404, 'AZ6: as JSON';
    unlike $r->content, qr/Canaryroe|\bTim\b|1990/, 'AZ6: neither';
}

# --- AZ7: lists ------------------------------------------------------------------------------------------

for my $page ('-1', '0', '1e9', '1000000000', '99999999999999999999', "1'", '1 OR 1=1', 'x', '') {
    for my $r ($c{1}->get('/security/looks?page=' . URI::Escape::uri_escape($page)),
        $desk->post('/find', { q => 'Canary', page => $page }))
    {
        like $r->code, qr/^(?:200|303|400|422)$/, "AZ7: page=$page: an answer";
        unlike $r->decoded_content // '', qr/\bSQL|sqlite|syntax error/i, 'AZ7: that tells nothing of a database';
    }
}
for my $name (qw(sort order limit offset per_page filter)) {
    my $r = $desk->post('/find', { q => 'Canary', $name => 'family; DROP TABLE binder--' });
    like $r->code, qr/^(?:200|303)$/, "AZ7: $name is no field, and changes nothing";
}
is $t->sql('SELECT COUNT(*) AS n FROM binder')->[0]{n}, 3, 'AZ7: all are there';

# --- AZ9: steps out of order -------------------------------------------------------------------------------

{
    my $paper = paper_of(1);
    my $sent  = sub { $t->sql('SELECT COUNT(*) AS n FROM response')->[0]{n} };
    like $c{1}->post("/paperwork/$paper/review", { version => 0 })->code, qr/^(?:409|422|303)$/, 'AZ9: sent before it is filled in';
    is $sent->(), 0, 'AZ9: nothing was sent';
    my $visitor = $t->patient;
    is $visitor->post("/$_/finish", { case_number => 'C-1', new_password => $good, new_password_again => $good })->code, 410,
        "AZ9: $_ finished without its link" for qw(register reset);
    is $visitor->post('/lobby/finish')->code =~ /^(?:303|404)$/, 1, 'AZ9: a lobby finished that was not begun';
    is $tab{3}->act('/registration/undo')->code, 409, 'AZ9: undone before it was done';
    my $slip = $t->patient;
    $slip->form('/login', { case_number => 'C-3', password => $tab{3}->register });
    $slip->get('/password');
    is $slip->post("/paperwork/" . paper_of(3), { version => 0 })->code, 303, 'AZ9: paperwork before the own password';
    is $slip->get('/')->location, '/portal/password', 'AZ9: leads to it';
    is $slip->post('/security/others')->code, 303, 'AZ9: neither are other sessions ended';
    my @changes = map {
        $slip->get('/password');
        $slip->post('/password', { new_password => $good, new_password_again => $good })->code;
    } 1, 2;
    is "@changes", '303 422', 'AZ9: the first password once; then the current one is asked for';
}

# --- TK10, TK16: links that machines look at, and that the desk takes back ----------------------------------

{
    is $tab{1}->act('/invitation')->code, 303, 'an invitation for who is registered already';
    my $link  = $links->link;
    my $rows  = sub { JSON::PP->new->canonical->encode($t->sql('SELECT * FROM link')) };
    my $before = $rows->();
    for my $agent ('Slackbot-LinkExpanding 1.0', 'facebookexternalhit/1.1', 'BingPreview/1.0b', 'GoogleImageProxy', '') {
        $t->patient->get($link, 'User-Agent' => $agent, Purpose => 'prefetch', 'Sec-Purpose' => 'prefetch;prerender');
        $t->patient->send('HEAD', $link, headers => { 'User-Agent' => $agent });
        $t->patient->send($_, $link) for qw(OPTIONS POST);
        $t->patient->visit($link);
    }
    is $rows->(), $before, 'TK10: looked at by machines in 25 ways, nothing of it has changed';
    is $c{1}->get('/')->code, 200, 'TK16: the account of who is registered goes on';
    my $thief = $t->patient;
    is $links->finish($thief, $link, 'C-2', "$good 2")->code, 422, "TK16: it opens no other's account";
    is $tab{1}->save({ email => 'new@example.org' })->code, 303, 'the desk changes the address';
    $links->dead($link, 'TK16: taken back by the desk');
    is $t->patient->form('/login', { case_number => 'C-1', password => $good })->code, 303, 'TK16: the password is the old one';
}

# --- IN4: bodies in parts ------------------------------------------------------------------------------------

{
    my $token = $c{2}->csrf_token;
    my $part  = sub ($name, $value, $eol) { join $eol, '--x', qq(Content-Disposition: form-data; name="$name"), '', $value, '' };
    my %body  = (
        'as it should be'  => [ 'boundary=x', $part->('csrf_token', $token, "\r\n") . "--x--\r\n" ],
        'no boundary'      => [ '', $part->('a', 'b', "\r\n") . "--x--\r\n" ],
        'a long boundary'  => [ 'boundary=' . 'x' x 4000, '--' . 'x' x 4000 . "\r\n\r\n" ],
        'no end'           => [ 'boundary=x', $part->('a', 'b', "\r\n") ],
        'LF alone'         => [ 'boundary=x', $part->('a', 'b', "\n") . "--x--\n" ],
        'a long header'    => [ 'boundary=x', "--x\r\nContent-Disposition: " . 'y' x 50_000 . "\r\n\r\n--x--\r\n" ],
        'a thousand parts' => [ 'boundary=x', $part->('a', '', "\r\n") x 1000 . "--x--\r\n" ],
        'an empty one'     => [ 'boundary=x', '' ],
    );
    for my $what (sort keys %body) {
        my ($boundary, $bytes) = @{ $body{$what} };
        for my $step (1, 0) {
            my @pieces = $step && length $bytes < 1000 ? split //, $bytes : $bytes;
            my $r = $c{2}->{ua}->request(HTTP::Request->new(POST => $t->url('/portal/password'), [
                'Content-Type' => "multipart/form-data; $boundary", 'X-CSRF-Token' => $token,
                Cookie => join('; ', map {"$_->{name}=$_->{value}"} $c{2}->cookies), Origin => $t->url,
                'Sec-Fetch-Site' => 'same-origin', Connection => 'close',
            ], sub { return shift(@pieces) // '' }));
            is $r->code, 415, "IN4: $what, " . ($step ? 'byte by byte' : 'at once') . ': 415';
        }
    }
    is $c{2}->get('/')->code, 200, 'IN4: the session goes on';
}

# --- LG1, LG10: the trail --------------------------------------------------------------------------------------

{
    my $last = sub { $t->sql('SELECT MAX(seq) AS n FROM audit')->[0]{n} };
    my $from = $last->();
    my $d    = $t->patient(from => '127.0.44.1');
    is $d->form('/login', { case_number => 'C-2', password => $good })->code, 303, 'an act';
    my @new = @{ $t->sql("SELECT * FROM audit WHERE seq > $from") };
    is scalar @new, 1, 'LG1: one row';
    my %row = %{ $new[0] };
    is "$row{action} $row{result} $row{binder_id} $row{source}", 'signin ok ' . $tab{2}->id . ' 127.0.44.1',
        'LG1: what, how it ended, whose, from where';
    ok length $row{request} && $row{actor_kind} eq 'visitor' && abs($row{at} / 1_000_000 - $t->now) < 60,
        'LG1: the request, by whom, when' or diag explain \%row;
    $from = $last->();
    $t->clock(-3600);
    is $t->patient->form('/login', { case_number => 'C-2', password => 'wrong' })->code, 422, 'an hour back';
    my ($back) = @{ $t->sql("SELECT * FROM audit WHERE seq > $from ORDER BY seq") };
    cmp_ok $back->{seq}, '==', $from + 1, 'LG10: with the clock back the numbers go on';
    cmp_ok $back->{at}, '<', $row{at}, 'LG10: and the time is told as it was';
    is $t->portalctl('audit', 'verify')->{exit}, 0, 'LG10: the trail is whole';
}
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Guessing and telling apart: passwords guessed at once and one by one, lobby passwords from other
# networks and on two tablets, forms replayed at once, and answers that must not differ between what exists
# and what does not. (security.md BF1 to BF12, EN1 to EN6, LB2, LB8 to LB11, TK3)
use v5.36;
use lib 't/lib';
use IO::Socket::UNIX ();
use PortalTest;
use PortalTest::Links;
use PortalTest::Parallel;
use PortalTest::Tab;
use Socket      qw(SOCK_STREAM);
use Time::HiRes ();

my $t = PortalTest->start(
    portal => {
        PortalThrottle => '3 60s 1h 100', PortalLobbyFrom => '127.0.5.0/24 127.0.6.0/24',
        PortalPasswordHash => '2 19M',
    },
    csv => join "\n", 'mrn,family,given,birth_date,email,case_number',
    map {"$_,Doe,Ann$_,1980-01-02,,C-1$_"} 10 .. 40);
my $desk = $t->desk;
my $good = 'heron lagoon tundra';
my (%tab, %temporary);

sub tab ($n) {
    return $tab{$n} //= PortalTest::Tab->new($t, $n, $desk)->open("C-1$n", "p$n\@example.org");
}

my $address = 0;

# Another browser at another address, far from every other one.
sub stranger () {
    $address++;
    return $t->patient(from => sprintf '127.%d.%d.7', 20 + int($address / 200), $address % 200);
}

sub own_password ($n) {
    my $c = stranger();
    $c->form('/login', { case_number => "C-1$n", password => tab($n)->register });
    my $r = $c->form('/password', { new_password => $good, new_password_again => $good });
    is $r->code, 303, "C-1$n has a password";
    return $c;
}

sub guess ($c, $n, $password) {
    return $c->post('/login', { case_number => "C-1$n", password => $password });
}

sub attempts ($action, $n) {
    return map { $_->{result} } @{ $t->sql("SELECT result FROM audit WHERE action = '$action' AND binder_id = '"
            . tab($n)->id . "' ORDER BY seq") };
}

# --- BF4: 200 guesses at once, the right one among them --------------------------------------------

for my $where ('one address', 'as many addresses') {
    my $n = $where eq 'one address' ? 10 : 11;
    own_password($n);
    my @before = attempts('signin', $n);
    my @codes  = map { split / / } at_once(20, sub ($i) {
        my @mine;
        for my $k (1 .. 10) {
            my $a = $where eq 'one address' ? 0 : $i * 10 + $k;
            my $c = $t->patient(from => sprintf '127.%d.%d.9', 60 + int($a / 200) + ($n == 11), $a % 200);
            push @mine, guess($c, $n, $i == 13 && $k == 5 ? $good : "wrong guess $i $k")->code;
        }
        return "@mine";
    });
    my @after = attempts('signin', $n);
    splice @after, 0, scalar @before;
    my %count;
    $count{$_}++ for @after;
    my $evaluated = ($count{refused} // 0) + ($count{ok} // 0);
    my $answered = grep { $_ != 503 } @codes;
    is scalar @codes, 200, "BF4: 200 guesses from $where";
    is $evaluated, 4, 'BF4: the three free ones and the one that begins the wait are compared, no more'
        or diag explain \%count;
    is $evaluated + ($count{wait} // 0), $answered, 'BF4: each answer is in the trail';
    is scalar(grep { $_ == 429 } @codes), $answered - 4, 'BF4: all others are told to wait';
    is guess(stranger(), $n, $good)->code, 429, 'BF4: the right one too, from anywhere';
}

# --- BF1, BF2, EN4: one by one, for numbers that exist and that do not -------------------------------

sub pattern ($number) {
    my @seen;
    for (1 .. 7) {
        my $c = stranger();
        my $r = $c->post('/login', { case_number => $number, password => 'wrong' });
        push @seen, $r->code . ' ' . ($r->header('Retry-After') // '-');
        if ($r->code == 429) {
            like $r->header('Retry-After'), qr/^\d+$/, 'BF12: says how long';
            $t->clock($r->header('Retry-After') + 1);
        }
    }
    return join ', ', @seen;
}
own_password(12);
my $known = pattern('C-112');
is $known, '422 -, 422 -, 422 -, 422 -, 429 60, 422 -, 429 120', 'BF1: three without a wait, then 60 s, 120 s';
is pattern('X-999'), $known, 'EN4: a number that nobody has: the same';
is pattern('c 1 12'), '422 -, 429 240, 422 -, 429 480, 422 -, 429 960, 422 -', 'BF1: in another writing it is the same number';

$t->set(portal => { PortalThrottle => '3 1s 2s 8', PortalLobbyFrom => '127.0.5.0/24 127.0.6.0/24',
    PortalPasswordHash => '2 19M' })->restart;
own_password(13);
for (1 .. 8) {
    guess(stranger(), 13, 'wrong');
    $t->clock(5);
}
for my $wait (0, 3600, 86400) {
    $t->clock($wait);
    is guess(stranger(), 13, $good)->code, 429, "BF2: stopped; the right one is not compared, $wait s later";
}
my $counted = sub { return $t->sql("SELECT COUNT(*) AS n FROM throttle WHERE account <> ''")->[0]{n} };
my $old     = $counted->();
$t->clock(40 * 86400);
$t->wait_for('old failures to be forgotten', sub { $counted->() < $old });
is guess(stranger(), 13, $good)->code, 429, 'BF2: nor when failures of others are forgotten';
is tab(13)->act('/throttle')->code, 303, 'BF2: the desk lifts it';
is guess(stranger(), 13, $good)->code, 303, 'BF2: and it opens again';

# --- BF8, BF11, BF12 ---------------------------------------------------------------------------------

own_password(14);
my @codes;
for my $i (1 .. 5) {
    my $r = $t->patient(from => '127.0.77.1')->send('POST', '/login', headers => {
        'Content-Type' => 'application/json', Accept => 'application/json', Origin => undef, 'Sec-Fetch-Site' => undef,
        'X-Forwarded-For' => "10.0.$i.1", Forwarded => "for=10.1.$i.1", 'X-Real-IP' => "10.2.$i.1", 'Client-IP' => "10.3.$i.1",
    }, body => qq({"case_number":"C-114","password":"wrong"}));
    push @codes, $r->code;
}
is "@codes", '422 422 422 422 429', 'BF8: addresses that a client claims change nothing';
is_deeply [ map { $_->{source} } @{ $t->sql("SELECT DISTINCT source FROM audit WHERE source LIKE '10.%'") } ], [],
    'BF8: nor do they stand in the trail';
my $c = own_password(15);
@codes = map { $c->form('/password', { password => 'wrong', new_password => "$good x", new_password_again => "$good x" })->code } 1 .. 5;
is "@codes", '422 422 422 422 429', 'BF11: the current password is counted';
is guess(stranger(), 15, $good)->code, 429, 'BF11: with signing in';
$t->clock(10);
is guess(stranger(), 15, $good)->code, 303, 'BF11: and waited out with it';

my ($folder) = glob $t->file('logs') . '/portal-hasher.*';

# How many hashes were made so far (core/hasher_wire.h: operation 4).
sub hashes () {
    my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => "$folder/socket") // die "hasher: $!\n";
    syswrite $socket, pack('a2CCNnn', 'PH', 1, 4, 20_000, 0, 0);
    read($socket, my $head, 8);
    my (undef, undef, undef, $len) = unpack 'a2CCn', $head;
    read($socket, my $body, $len);
    return (unpack 'Q>*', $body)[2];
}

# --- EN1: whatever is wrong, the same ------------------------------------------------------------------

own_password(20);
own_password(21);
tab(21)->save({ access_enabled => undef });
my $slip = tab(22)->register;
tab(23);
own_password(24);
my %wrong = (
    'a wrong password'       => [ 'C-120', 'wrong' ],
    'an unknown number'      => [ 'C-999', $good ],
    'access disabled'        => [ 'C-121', $good ],
    'an expired slip'        => [ 'C-122', $slip ],
    'a slip, in part'        => [ 'C-122', substr $slip, 0, 10 ],
    'not registered'         => [ 'C-123', $good ],
    'a tab never edited'     => [ 'C-140', $good ],
    'the password and more'  => [ 'C-120', "$good " ],
    'a part of the password' => [ 'C-120', substr $good, 0, -1 ],
);
$t->clock(4 * 86400);

sub bare ($r) {
    my $page = $r->decoded_content =~ s/"[\w-]{86}"/"TOKEN"/gr =~ s/value="C-\d+"/value="NUMBER"/gr;
    my %headers = map { $_ => join '|', $r->header($_) } grep { !/^(?:Date|Client-.*|Keep-Alive|Connection)$/ } $r->header_field_names;
    $headers{'Set-Cookie'} =~ s/=[\w-]{43};/=X;/g if defined $headers{'Set-Cookie'};
    return join "\n", $r->code, (map {"$_: $headers{$_}"} sort keys %headers), $page;
}

# Shows the first line in which two answers differ.
sub alike ($got, $wanted, $what) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @got    = split /\n/, $got;
    my @wanted = split /\n/, $wanted;
    my ($n) = grep { ($got[$_] // '') ne ($wanted[$_] // '') } 0 .. ($#got > $#wanted ? $#got : $#wanted);
    return is defined $n ? $got[$n] : '', defined $n ? $wanted[$n] : '', $what;
}
my ($same, $json);
for my $what (sort keys %wrong) {
    my ($number, $password) = @{ $wrong{$what} };
    my $before = hashes();
    my $r = stranger()->form('/login', { case_number => $number, password => $password });
    is $r->code, 422, "EN1: $what";
    is hashes() - $before, 1, 'EN3: costs one hash';
    $same //= bare($r);
    alike bare($r), $same, 'EN1: the same page, headers and length';
    $r = $t->program->json('POST', '/login', { case_number => $number, password => $password });
    $json //= bare($r);
    alike bare($r), $json, 'EN1: as JSON too';
    tab(22)->act('/throttle') if $number eq 'C-122';
    tab(20)->act('/throttle') if $number eq 'C-120';
    $t->clock(7300);
}

{
    guess(stranger(), 16, 'wrong') for 1 .. 4;
    my $before = hashes();
    is guess(stranger(), 16, 'wrong')->code, 429, 'BF12: told to wait';
    is hashes(), $before, 'BF12: which costs no hash';
}

# --- EN2: asking for a link -------------------------------------------------------------------------------

my $links = PortalTest::Links->new($t);
for my $where ('/register', '/forgot') {
    my %asked = (
        'known'    => [ 'C-120', 'p20@example.org' ], 'unknown' => [ 'C-999', 'p20@example.org' ],
        'disabled' => [ 'C-121', 'p21@example.org' ], 'another address' => [ 'C-120', 'p21@example.org' ],
        'not registered' => [ 'C-123', 'p23@example.org' ], 'without a tab' => [ 'C-140', 'p40@example.org' ],
        'expired slip' => [ 'C-122', 'p22@example.org' ],
    );
    my ($first, $page);
    for my $what (sort keys %asked) {
        my $c = stranger();
        my $r = $c->form($where, { case_number => $asked{$what}[0], email => $asked{$what}[1] }, button => 'Send link');
        $first //= bare($r);
        alike bare($r), $first, "EN2: $where, $what: the same answer";
        $r = $c->follow($r);
        $page //= bare($r);
        alike bare($r), $page, 'EN2: and the same page';
    }
}
$links->settle;

# --- EN5: links ---------------------------------------------------------------------------------------------

is tab(24)->act('/invitation')->code, 303, 'an invitation';
my ($mail) = grep { $_->to eq 'p24@example.org' } reverse $links->new_mails;
my $used = $mail->path;
is $links->finish(stranger(), $used, 'C-124', "$good 2")->code, 303, 'is answered';
my %dead = (used => $used, random => '/portal/register/' . 'A' x 43, malformed => '/portal/register/x',
    'of the other kind' => $used =~ s/register/reset/r, 'one character changed' => substr($used, 0, -1) . (substr($used, -1) eq 'A' ? 'E' : 'A'));
my %gone;
for my $what (sort keys %dead) {
    my $browser = stranger();
    my $r = $browser->get($dead{$what});
    is $r->code, 303, "EN5: $what";
    my $page = $browser->follow($r);
    my $kind = $dead{$what} =~ /reset/ ? 'reset' : 'register';
    $gone{$kind} //= bare($page);
    alike bare($page), $gone{$kind}, 'EN5: ends at the same page';
}

# --- TK3: a reset link used 50 times at once, and two different links ------------------------------------------

$t->clock(7300);
$links->ask('/forgot', 'C-120', 'p20@example.org', browser => stranger());
($mail) = grep { $_->path } reverse $links->new_mails;
my $race = stranger();
my $form = $race->visit($mail->path);
is $form->code, 200, 'a reset link';
my %result;
$result{$_}++ for at_once(50, sub ($n) {
    my $copy = $race->copy;
    my $r = $copy->post('/reset/finish', { case_number => 'C-120', new_password => "$good $n", new_password_again => "$good $n" },
        csrf => $race->csrf_token);
    return $r->code . ' ' . $r->location;
});
is $result{'303 /portal/login?done=reset'}, 1, 'TK3: 50 at once, one success' or diag explain \%result;
is $result{'410 '}, 49, 'TK3: and 49 are told that it is dead';
is scalar(grep { $_ eq 'ok' } attempts('reset.finish', 20)), 1, 'TK3: one row in the trail';

# --- LB2: from elsewhere --------------------------------------------------------------------------------------

tab(30);
my $code  = tab(30)->lobby_password;
my $count = sub { return $t->sql('SELECT COUNT(*) AS n FROM throttle')->[0]{n} . ' ' . $t->sql('SELECT COUNT(*) AS n FROM audit')->[0]{n} };
my $before = $count->();
my %claim = ('X-Forwarded-For' => '127.0.5.1', Forwarded => 'for=127.0.5.1', 'X-Real-IP' => '127.0.5.1',
    'Client-IP' => '127.0.5.1', 'True-Client-IP' => '127.0.5.1', 'X-Client-IP' => '::ffff:127.0.5.1');
my $outside = $t->patient(from => '127.0.7.1');
for my $name ('', sort keys %claim) {
    my %h = $name ? ($name => $claim{$name}) : ();
    my $with = $name ? " with $name" : '';
    is $outside->get('/lobby', %h)->code, 403, "LB2: the page from another network$with";
    my $r = $outside->post('/lobby', { case_number => 'C-130', lobby_password => $code },
        headers => \%h);
    is $r->code, 403, 'LB2: and a right password';
    is $r->header('Set-Cookie'), undef, 'LB2: no cookie';
    $r = $outside->json('POST', '/lobby', { case_number => 'C-130', lobby_password => $code }, %h);
    is $r->code, 403, 'LB2: as JSON';
}
is $count->(), $before, 'LB2: nothing of it was looked at';

# --- LB9, LB11, LB8: two tablets, another network, again --------------------------------------------------------

my @tablets = map { my $c = $t->patient(from => "127.0.5.$_"); $c->get('/lobby'); $c } 1 .. 30;
my %started;
my @cookies;
for my $answer (at_once(30, sub ($n) {
    my $c = $tablets[ $n - 1 ]->copy;
    my $r = $c->post('/lobby', { case_number => 'C-130', lobby_password => $code }, csrf => $tablets[ $n - 1 ]->csrf_token);
    return join ' ', $r->code, $n, $c->cookie('__Host-portal') // '-';
})) {
    my ($status, $n, $cookie) = split / /, $answer;
    $started{$status}++;
    push @cookies, [ $n, $cookie ] if $status == 303;
}
is $started{303}, 1, 'LB9: 30 tablets at once, one begins' or diag explain \%started;
is $t->sql("SELECT COUNT(*) AS n FROM session WHERE kind = 'lobby'")->[0]{n}, 1, 'LB9: one session';
my ($n, $cookie) = @{ $cookies[0] };
my $tablet = $t->patient(from => "127.0.5.$n")->set_cookie('__Host-portal', $cookie);
is $tablet->get('/paperwork')->code, 200, 'LB9: which works';
my $elsewhere = $t->patient(from => '127.0.7.1')->set_cookie('__Host-portal', $cookie);
is $elsewhere->get('/paperwork')->code, 403, 'LB11: not on another network';
is $elsewhere->get($_)->code, 404, "LB11: nor $_" for '/', '/password';
tab(30)->act('/throttle');
my $second = $t->patient(from => '127.0.6.2');
is $second->form('/lobby', { case_number => 'C-130', lobby_password => $code })->code, 422, 'LB9: a second tablet is refused';
is $tablet->get('/paperwork')->code, 200, 'LB9: and the first goes on';
$tablet->get('/paperwork');
is $tablet->post('/lobby/finish')->code, 303, 'LB8: Finish';
is $second->form('/lobby', { case_number => 'C-130', lobby_password => $code })->code, 422, 'LB8: the password is dead';
is $tablet->set_cookie('__Host-portal', $cookie)->get('/paperwork')->code, 303, 'LB8: and so is the cookie';

# --- LB10, EN1 for the lobby -----------------------------------------------------------------------------------

tab($_) for 31 .. 34;
tab(33)->save({ access_enabled => undef });
my $expired = tab(34)->lobby_password;
$t->clock(1801);
tab(31)->lobby_password;
my %in_lobby = ('wrong' => 'C-131', 'none was made' => 'C-132', 'disabled' => 'C-133', 'expired' => 'C-134', 'used' => 'C-130', 'unknown' => 'C-999');
my $alike;
my $ip = 100;
for my $what (sort keys %in_lobby) {
    my $r = $t->patient(from => '127.0.6.' . $ip++)->form('/lobby', { case_number => $in_lobby{$what},
        lobby_password => $what eq 'expired' ? $expired : $what eq 'used' ? $code : '1234 5678' });
    is $r->code, 422, "EN1: in the lobby, $what";
    $alike //= bare($r);
    alike bare($r), $alike, 'EN1: the same page, headers and length';
}
my @tries = map { $t->patient(from => '127.0.6.50')->form('/lobby', { case_number => "Y-$_", lobby_password => '0000 0000' })->code } 1 .. 40;
is scalar(grep { $_ == 429 } @tries), 9, 'LB10: a tablet that guesses is slowed down after 31';
is $t->patient(from => '127.0.6.51')->form('/lobby', { case_number => 'C-131', lobby_password => tab(31)->lobby_password })->code, 303,
    'LB10: it alone';

# --- once, at the same moment -----------------------------------------------------------------------------------

for my $act (['/registration', { confirm => 1 }], ['/lobby-password', {}], ['/invitation', {}]) {
    my ($path, $fields) = @$act;
    $t->clock(60);
    my $tab  = tab(31);
    my $once = $tab->once;
    my %mails = map { $_->{file} => 1 } $t->mails;
    my @secrets = at_once(20, sub ($i) {
        my $r = $desk->copy->post($tab->path($path), { once => $once, %$fields }, csrf => $desk->csrf_token);
        return join '|', $r->code, $r->code == 200 ? $r->secret // '' : '';
    });
    $links->settle;
    my %all;
    $all{$_}++ for map { (split /\|/, $_, -1)[1] // '?' } @secrets;
    my $made = grep {length} keys %all;
    is $made, $path eq '/invitation' ? 0 : 1, "$path 20 times at once with one form: one secret" or diag explain \@secrets;
    is scalar(grep { !$mails{ $_->{file} } } $t->mails), 1, 'one mail' if $path eq '/invitation';
    is scalar(grep {/^[2345]\d\d/} @secrets), 20, 'each has an answer';
    is scalar(grep {/^5/} @secrets), 0, 'and none is an error';
}
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

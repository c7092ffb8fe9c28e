# SPDX-License-Identifier: Apache-2.0
#
# Attacks at the second step: codes replayed, of somebody else, guessed, fifty at once; sign-ins that are
# half done; requests of other sites; a patient whose mail is read by another. (security.md AU8, BF11, SE3, SE7, CS1;
# 63B-4 3.1.4.2, 3.2.2; ASVS 6.5.1)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Parallel;
use PortalTest::Routes;
use PortalTest::Tab;
use PortalTest::Totp;

my $t = PortalTest->start(
    default_forms => '',
    portal        => { PortalThrottle => '3 1s 1h 20', PortalLobbyFrom => '127.0.0.0/8', PortalPasswordHash => '2 19M' },
    extra         => <<'CONF', csv => join "\n", 'mrn,family,given,birth_date,email,case_number',
<Location /private>
  AuthType Portal
  AuthName x
  Require portal patient
</Location>
CONF
    map {"$_,Doe,Ann$_,1980-01-02,,C-1$_"} 10 .. 15);
$t->expect_log('PTL0008');
my $desk = $t->desk;
my $own  = 'heron lagoon tundra';
my (%tab, %app);

for my $n (10 .. 15) {
    $tab{$n} = PortalTest::Tab->new($t, $n, $desk)->open("C-1$n", "p$n\@example.org");
    $app{$n} = PortalTest::Totp->set_up($t, $tab{$n}->signed_in("C-1$n", $own), $own);
}
$t->clock('+90');

# A browser whose password was right; with the token of the page of the code.
sub half ($n, %o) {
    my $c = $t->patient(%o);
    my $r = $c->form('/login', { case_number => "C-1$n", password => $own });
    is $r->location, '/portal/login/code', "half way: $n";
    $c->follow($r);
    return $c;
}

# One whose code was right, too.
sub whole ($n, %o) {
    my $c = half($n, %o);
    is $c->post('/login/code', { code => $app{$n}->fresh })->code, 303, "signed in: $n";
    $c->get('/');
    return $c;
}

sub failures ($n) {
    return scalar grep { /^signin\.code/ } $tab{$n}->audit;
}

# --- fifty at once ---------------------------------------------------------------------------------------

{
    my $c    = half(10);
    my $code = $app{10}->fresh;
    my @all  = at_once(50, sub ($n) { my $b = $c->copy; my $r = $b->post('/login/code', { code => $code }); $r->code . ($r->location // '') });
    is scalar(grep { $_ eq '303/portal/' } @all), 1, 'one code, one sign-in, fifty tries: one gets in' or diag "@all";
    is @{ $t->sql("SELECT handle FROM session WHERE kind = 'half' AND binder_id = '" . $tab{10}->id . "'") }, 0,
        'and the half sign-in is gone';
}
{
    my @c = map { half(11, from => "127.0.1.$_") } 1 .. 8;
    my $code = $app{11}->fresh;
    my @all = at_once(8, sub ($n) { $c[ $n - 1 ]->post('/login/code', { code => $code })->location // '' });
    is scalar(grep { $_ eq '/portal/' } @all), 1, 'one code in eight sign-ins: one gets in' or diag "@all";
    is $t->sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'signin' AND result = 'ok' AND binder_id = '"
            . $tab{11}->id . "'")->[0]{n}, 1, 'the trail says so, too';
    $t->clock('+3700');
}
{
    my @c = map { half(11, from => "127.0.2.$_") } 1 .. 8;
    my ($code) = $app{11}->recovery;
    my @all = at_once(8, sub ($n) { $c[ $n - 1 ]->post('/login/recovery', { recovery_code => $code })->location // '' });
    is scalar(grep {m{^/portal/security/factor}} @all), 1, 'one recovery code in eight sign-ins: one gets in' or diag "@all";
    is $t->sql("SELECT COUNT(*) AS n FROM recovery_code WHERE binder_id = '" . $tab{11}->id . "'")->[0]{n}, 9, 'nine are left';
    $t->clock('+3700');
}

# --- of somebody else ------------------------------------------------------------------------------------------

{
    my $c = half(12);
    is $c->post('/login/code', { code => $app{13}->fresh })->code, 422, 'the code of another patient';
    is $c->post('/login/recovery', { recovery_code => ($app{13}->recovery)[0] })->code, 422, 'nor a recovery code';
    my $other = half(13);
    is $other->post('/login/recovery', { recovery_code => ($app{13}->recovery)[0] })->code, 303, 'which still works for its owner';
    is whole(12)->post('/security/factor/confirm', { code => $app{12}->code })->location, '/portal/security/factor',
        'and nothing is confirmed that was not begun';
}
{
    # two sessions of one patient: what one sets up, the other cannot confirm
    my $first = whole(14);
    is $first->form('/security/factor', { password => $own })->code, 303, 'one begins';
    my $key = $first->json('GET', '/security/factor/app')->data->{secret};
    my $new = PortalTest::Totp->new($t, $key);
    my $second = whole(14);
    is $second->form('/security/factor', {}, button => 'Set up another app')->code, 422, 'which has no password';
    is $second->post('/security/factor/confirm', { code => $new->code })->location, '/portal/security/factor', 'it cannot confirm';
    $t->clock('+901');
    is $first->get('/security/factor/app')->code, 303, 'and after a quarter of an hour nobody can';
}

# --- half a session opens nothing -----------------------------------------------------------------------------------

{
    my $c = half(15);
    my %open = map { $_ => 1 } qw(/login /login/code /login/recovery /login/passkey /logout /language /session /register /register/finish
        /register/{token} /forgot /reset/finish /reset/{token} /lobby);
    for my $route (grep { $_->{mount} eq 'PORTAL' && !$open{ $_->{path} } } PortalTest::Routes->all) {
        my $path = $route->{path} =~ s/\{\w+\}/'A' x 22/er;
        my $r = $route->{method} eq 'GET' ? $c->get($path) : $c->post($path);
        is $r->location, '/portal/login/code', "$route->{method} $path leads to the code";
        my $json = $route->{method} eq 'GET' ? $c->json('GET', $path) : $c->json('POST', $path, {});
        is $json->code, 403, "$route->{method} $path: a program is told";
    }
    my $r = $c->get($t->url('/private'), Accept => 'text/html');
    is $r->location, '/portal/login/code?back=/private', 'AuthType Portal sends to the code';
    is $c->send('GET', $t->url('/private'), headers => { Accept => 'application/json' })->code, 403, 'or lets nobody in';
    is $c->post('/login/code', { code => $app{15}->fresh, back => '/private' })->location, '/private', 'then back';
    is $c->get($t->url('/private'))->code, 404, 'and in, where there is nothing';
    my $evil = half(15);
    is $evil->post('/login/code', { code => $app{15}->fresh, back => '//evil.example/', to => 'https://evil.example/' })
        ->location, '/portal/', 'but to no other host';
}
{
    my $c = half(15);
    $desk->form($tab{15}->path('/edit'), { access_enabled => undef });
    is $c->get('/login/code')->location, '/portal/login?to=/login/code', 'access disabled ends it';
    $desk->form($tab{15}->path('/edit'), { access_enabled => 1 });
    $c = half(15);
    $tab{15}->register;
    is $c->get('/login/code')->location, '/portal/login?to=/login/code', 'so does Register Patient';
}

# --- other sites -------------------------------------------------------------------------------------------------------

{
    my $in   = whole(12);
    my $c    = half(12);
    my $code = $app{12}->fresh;
    my %try = (
        'without a token'      => [ { code => $code }, csrf => 0 ],
        'with a wrong one'     => [ { code => $code }, csrf => 'x' x 86 ],
        'from another site'    => [ { code => $code }, headers => { 'Sec-Fetch-Site' => 'cross-site' } ],
        'from a sister site'   => [ { code => $code }, headers => { 'Sec-Fetch-Site' => 'same-site' } ],
        'from another origin'  => [ { code => $code }, headers => { 'Sec-Fetch-Site' => undef, Origin => 'https://evil.example' } ],
    );
    for my $how (sort keys %try) {
        is $c->post('/login/code', @{ $try{$how} })->code, 403, $how;
        (my $field, my @rest) = @{ $try{$how} };
        is $in->post("/security/factor/$_", { password => $own, code => $code }, @rest)->code, 403, "$_ $how"
            for qw(app confirm codes remove);
    }
    is $c->post('/login/code', { code => $code })->code, 303, 'and its own is taken: nothing was used up';
}

# --- odd codes ------------------------------------------------------------------------------------------------------------

{
    my $c = half(13);
    my $before = failures(13);
    is $c->send('POST', '/login/code', body => $_->[0],
        headers => { 'Content-Type' => 'application/x-www-form-urlencoded' })->code, 403, "$_->[1]: no token, no look"
        for [ 'code=123456', 'plain' ], [ 'code=%00%ff', 'broken' ];
    is failures(13), $before, 'nothing was counted';
    for ([ '', 'empty' ], [ "\0", 'NUL' ], [ 'x' x 101, 'long' ], [ "\x{0661}\x{0662}\x{0663}\x{0664}\x{0665}\x{0666}", 'Arabic digits' ]) {
        my $r = $c->post('/login/code', { code => $_->[0] });
        like $r->code, qr/^(?:400|422)$/, "$_->[1]: " . $r->code;
    }
    $t->clock('+3700');
    $c = half(13);
    is $c->post('/login/code', { code => [ $app{13}->code, $app{13}->code ] })->code, 400, 'sent twice';
    is $c->json('POST', '/login/code', { code => $_ })->code, 400, 'JSON of another kind' for 123456, [1], { a => 1 };
}

# --- guessing --------------------------------------------------------------------------------------------------------------

{
    my $guess = sub ($c, $i) { $c->post('/login/code', { code => sprintf '%06d', ($app{13}->code + 7 * $i) % 1_000_000 }) };
    my $c = half(13, from => '127.0.3.1');
    my @codes = map { $guess->($c, $_)->code } 1 .. 8;
    like "@codes", qr/^(?:422 ){1,4}(?:429 ?){4,}$/, 'after the free tries one waits' or diag "@codes";
    for (1 .. 6) {
        $t->clock('+300');
        $guess->(half(13, from => "127.0.3.$_"), $_);
    }
    my $r = half(13, from => '127.0.4.1')->post('/login/code', { code => $app{13}->fresh });
    is $r->code, 429, 'at another address and with the right code, too';
    ok $r->header('Retry-After'), 'and is told for how long';
    # whoever reads the patient's mail wins nothing
    my $links = PortalTest::Links->new($t);
    $links->settle;
    $links->new_mails;
    $links->ask('/forgot', 'C-113', 'p13@example.org');
    is $links->finish($t->patient, $links->link, 'C-113', $own)->code, 303, 'a new password by mail';
    is half(13, from => '127.0.5.1')->post('/login/code', { code => $app{13}->fresh })->code, 429, 'still waits';
    # to the end
    my $n = 0;
    while ($n++ < 60) {
        $t->clock('+3601');
        my $b = half(13, from => "127.0.6.$n");
        last if $guess->($b, 1)->text =~ /ask at the front desk/;
    }
    cmp_ok $n, '<', 20, 'after twenty wrong codes there is no more guessing';
    $t->clock('+100000');
    is half(13, from => '127.0.7.1')->post('/login/code', { code => $app{13}->fresh })->code, 429, 'nor with the right one, ever';
    is half(13, from => '127.0.7.1')->post('/login/recovery', { recovery_code => ($app{13}->recovery)[1] })->code, 429,
        'nor with a recovery code';
    like $tab{13}->get->text, qr/until you allow it: there were too many wrong codes/, 'the desk sees it';
    is $tab{13}->act('/throttle')->code, 303, 'the desk lifts it';
    is half(13, from => '127.0.7.1')->post('/login/code', { code => $app{13}->fresh })->code, 303, 'then it works';
}

# --- what can be found -------------------------------------------------------------------------------------------------------

{
    my $everything = $t->error_log . $t->access_log;
    unlike $everything, qr/\Q$_\E/, 'no recovery code in a log' for map { $app{$_}->recovery } 10 .. 15;
    unlike $everything, qr/otpauth|secret=/, 'no key in a log';
}

$t->stop;
done_testing;

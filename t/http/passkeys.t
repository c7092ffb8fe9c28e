# SPDX-License-Identifier: Apache-2.0
#
# Passkeys as the server sees them: made, used alone and as the second step, taken away; and everything that an
# answer can be wrong in: another site, another key, used before, too late, of another patient, copied.
# (Web Authentication Level 2 sections 7.1 and 7.2; 63B-4 3.1.7, 2.2.2; security.md BF11, SE3, CS1)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Parallel;
use PortalTest::Passkey;
use PortalTest::Tab;
use PortalTest::Totp;

my $t = PortalTest->start(
    default_forms => '',
    host          => 'localhost',
    portal        => { PortalThrottle => '3 1s 1h 100', PortalPasswordHash => '2 19M' },
    csv           => join "\n", 'mrn,family,given,birth_date,email,case_number',
    map {"$_,Doe,Ann$_,1980-01-02,,C-1$_"} 10 .. 15);
$t->expect_log('PTL0008');
my $desk = $t->desk;
my $own  = 'heron lagoon tundra';
my (%tab, %in);

sub patient ($n) {
    $tab{$n} = PortalTest::Tab->new($t, $n, $desk)->open("C-1$n", "p$n\@example.org");
    return $in{$n} = $tab{$n}->signed_in("C-1$n", $own);
}

# A browser at the sign-in page, and its challenge.
sub visitor (%o) {
    my $c = $t->patient(%o);
    $c->get('/login');
    return ($c, $c->json('GET', '/login')->data->{passkey}{challenge});
}

sub half ($n, %o) {
    my $c = $t->patient(%o);
    my $r = $c->form('/login', { case_number => "C-1$n", password => $own });
    is $r->location, '/portal/login/code', "half way: $n";
    $c->follow($r);
    return ($c, $c->json('GET', '/login/code')->data->{passkey});
}

sub subjects ($n) {
    my $number = @{ $t->sql('SELECT id FROM mail') };
    return join '; ', map { $_->subject } grep { $_->to =~ /p$n@/ } $t->mails($number);
}

# How many such mails were queued. A mail that a child was just handing over when it was replaced comes later.
sub told ($n, $kind) {
    return $t->sql("SELECT COUNT(*) AS n FROM mail WHERE kind = '$kind' AND binder_id = '" . $tab{$n}->id . "'")->[0]{n};
}

# --- made ------------------------------------------------------------------------------------------------

my $c   = patient(10);
my $old = $c->cookie('__Host-portal');
is $c->form('/security/factor', { password => 'wrong' }, button => 'Add a passkey')->code, 422, 'not without the password';
my $key = PortalTest::Passkey->add($t, $c, $own);
is $key->{answer}->code, 200, 'the first factor';
like $key->{answer}->text, qr/Your recovery codes/, 'brings recovery codes';
isnt $c->cookie('__Host-portal'), $old, 'and another session';
like $c->get('/security/factor')->text, qr/Passkey On since .*Recovery codes left 10/, 'the page shows it';
like subjects(10), qr/a passkey was added/, 'a notice is mailed';
my $row = $t->sql("SELECT sealed, credential FROM factor WHERE kind = 'passkey'")->[0];
like $row->{sealed}, qr/^v1\.1\./, 'sealed in the database';
{
    my $second = PortalTest::Passkey->add($t, $c, $own);
    is $second->{answer}->location, '/portal/security/factor?done=passkey', 'a second one brings none';
    is $c->json('GET', '/security/factor')->data->{codes}, 10, 'the first ones stay good';
}

# --- used ----------------------------------------------------------------------------------------------------

{
    my ($new, $challenge) = visitor();
    my $r = $new->post('/login/passkey', $key->get($challenge));
    is $r->location, '/portal/', 'alone: signed in';
    is $new->get('/')->code, 200, 'indeed';
    is $new->json('GET', '/session')->data->{signed_in_as}, 'patient', 'as a patient';
    my ($half, $offer) = half(10);
    is $half->json('GET', '/login/code')->data->{app}, JSON::PP::false, 'there is no app to ask for';
    $r = $half->post('/login/passkey', $key->get($offer->{challenge}));
    is $r->location, '/portal/', 'as the second step: signed in';
    is $half->get('/')->code, 200, 'indeed';
    my ($to, $where) = visitor();
    is $to->post('/login/passkey', { %{ $key->get($where) }, to => '/security' })->location, '/portal/security', 'and to a place';
    my @trail = $tab{10}->audit;
    ok scalar(grep { $_ eq 'signin.passkey ok' } @trail), 'in the trail';
}

# --- wrong -----------------------------------------------------------------------------------------------------

{
    my $other = PortalTest::Passkey->new($t);
    my %wrong = (
        'another origin'        => { origin    => 'https://evil.example' },
        'another port'          => { origin    => 'https://localhost:1' },
        'another RP'            => { rp        => 'evil.example' },
        'made, not used'        => { type      => 'webauthn.create' },
        'user not verified'     => { flags     => 0x01 },
        'user not there'        => { flags     => 0x04 },
        'inside another page'   => { cross     => 1 },
        'a counter gone back'   => { counter   => 1 },
        'no signature'          => { signature => 'x' },
        'another credential'    => { credential => $other->id },
    );
    for my $what (sort keys %wrong) {
        my ($new, $challenge) = visitor();
        my $r = $new->post('/login/passkey', $key->get($challenge, %{ $wrong{$what} }));
        is $r->code, 422, "refused: $what";
        is $new->get('/')->code, 303, "nobody is in: $what";
        $t->clock('+20');
    }
    my ($new, $challenge) = visitor();
    my $forged = { %{ $other->get($challenge) }, credential => $key->id };
    is $new->post('/login/passkey', $forged)->code, 422, 'refused: the key of another';
    is $new->post('/login/passkey', $other->get($challenge))->code, 422, 'refused: an unknown one';
    my $page = $new->post('/login/passkey', $other->get($challenge));
    like $page->text, qr/not known here, or cannot be used now/, 'in the same words';
    $t->clock('+3600');
    ($new, $challenge) = visitor();
    for my $bad ('', 'x', '0' x 104, substr($challenge, 1) . 'A') {
        is $new->post('/login/passkey', $key->get($bad))->code, 422, "refused: the challenge '" . substr($bad, 0, 9) . q{'};
        $t->clock('+30');
    }
    my %all = %{ $key->get($challenge) };
    for my $field (sort keys %all) {
        is $new->post('/login/passkey', { %all, $field => $_->[1] })->code, 422, "refused: $field $_->[0]"
            for [ 'missing', undef ], [ 'rubbish', '!!' ], [ 'cut', substr $all{$field}, 0, 20 ];
        $t->clock('+600') if $field eq 'credential';
    }
    $t->clock('+3600');
}

# --- again, too late, at once --------------------------------------------------------------------------------------

{
    my ($new, $challenge) = visitor();
    my $answer = $key->get($challenge);
    is $new->post('/login/passkey', $answer)->code, 303, 'an answer is taken';
    my ($thief) = visitor();
    is $thief->post('/login/passkey', $answer)->code, 422, 'not twice';
    is $thief->post('/login/passkey', $key->get($challenge))->code, 422, 'nor another one to the same challenge';
    my ($late, $old) = visitor();
    $t->clock('+601');
    is $late->post('/login/passkey', $key->get($old))->code, 422, 'nor after ten minutes';
    $t->clock('+3600');
}
{
    my @c = map { (visitor(from => "127.0.1.$_"))[0] } 1 .. 20;
    my (undef, $challenge) = visitor();
    my $answer = $key->get($challenge);
    my @all = at_once(20, sub ($n) { $c[ $n - 1 ]->post('/login/passkey', $answer)->location // '' });
    is scalar(grep { $_ eq '/portal/' } @all), 1, 'one answer twenty times at once: one gets in' or diag "@all";
    $t->clock('+3600');
}

# --- other sites, and other patients --------------------------------------------------------------------------------

{
    my ($new, $challenge) = visitor();
    my $answer = $key->get($challenge);
    is $new->post('/login/passkey', $answer, csrf => 0)->code, 403, 'not without a token';
    is $new->post('/login/passkey', $answer, headers => { 'Sec-Fetch-Site' => 'cross-site' })->code, 403, 'not from elsewhere';
    is $new->post('/login/passkey', $answer)->code, 303, 'and nothing was used up';
    patient(11);
    my $theirs = PortalTest::Passkey->add($t, $in{11}, $own);
    my ($half, $offer) = half(11);
    is $half->post('/login/passkey', $key->get($offer->{challenge}))->code, 422, 'the passkey of another patient is no second step';
    is $half->get('/')->location, '/portal/login/code', 'nobody is in';
    my ($page) = $half->json('GET', '/login/code')->data->{passkey}{challenge};
    is $half->post('/login/passkey', $theirs->get($page))->code, 303, 'their own is';
    is $in{11}->form('/security/factor', { password => $own }, button => 'Add a passkey')->code, 303, 'one more';
    my $making = $in{11}->json('GET', '/security/factor/passkey')->data;
    like $making->{exclude}, qr/\Q@{[ $theirs->id ]}/, 'the browser is told of the one there is';
    is $in{11}->post('/security/factor/passkey/confirm', $key->create($making->{challenge}))->code, 422,
        'but not the one of another patient';
    my $new_one = PortalTest::Passkey->new($t);
    my %wrong = (
        'another origin'    => { origin => 'https://evil.example' },
        'another RP'        => { rp     => 'evil.example' },
        'used, not made'    => { type   => 'webauthn.get' },
        'user not verified' => { flags  => 0x41 },
        'no credential'     => { flags  => 0x05 },
    );
    for my $what (sort keys %wrong) {
        $making = $in{11}->json('GET', '/security/factor/passkey')->data;
        is $in{11}->post('/security/factor/passkey/confirm', $new_one->create($making->{challenge}, %{ $wrong{$what} }))->code,
            422, "not made: $what";
    }
    $making = $in{11}->json('GET', '/security/factor/passkey')->data;
    is $in{11}->post('/security/factor/passkey/confirm', $new_one->create($making->{challenge}), csrf => 0)->code, 403,
        'not made: without a token';
    is $in{11}->post('/security/factor/passkey/confirm', $new_one->create($making->{challenge}))->code, 303, 'made';
    is $in{11}->post('/security/factor/passkey/confirm', $new_one->create($making->{challenge}))->location // '', '', 'once';
}

# --- what keeps one out ----------------------------------------------------------------------------------------------------

{
    patient(12);
    my $key = PortalTest::Passkey->add($t, $in{12}, $own);
    $tab{12}->register;
    my ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 422, 'a temporary password has to be used first';
    $tab{12}->act('/registration/undo');
    ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 303, 'undone: it works';
    $desk->form($tab{12}->path('/edit'), { access_enabled => undef });
    ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 422, 'not while access is disabled';
    $desk->form($tab{12}->path('/edit'), { access_enabled => 1 });
    ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 303, 'enabled: it works';
    $t->new_key;
    ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 303, 'and after the master key was changed';
    is $desk->post($tab{12}->path('/second-factor'), { confirm => 1 })->code, 303, 'reset at the desk';
    ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 422, 'it works no more';
}

# A temporary password that ran out between the first step and the second.
{
    my $in  = patient(15);
    my $key = PortalTest::Passkey->add($t, $in, $own);
    my $app = PortalTest::Totp->set_up($t, $in, $own);
    my $temporary = $tab{15}->register;
    my $waiting = sub {
        my $c = $t->patient;
        $c->follow($c->form('/login', { case_number => 'C-115', password => $temporary }));
        return ($c, $c->json('GET', '/login/code')->data->{passkey}{challenge});
    };
    $t->clock('+' . (3 * 86400 - 120));
    my ($by_code) = $waiting->();
    my ($by_key)  = $waiting->();
    my ($in_time, $challenge) = $waiting->();
    is $in_time->post('/login/passkey', $key->get($challenge))->location, '/portal/password', 'in time it is the second step';
    $t->clock('+180');
    $challenge = $by_key->json('GET', '/login/code')->data->{passkey}{challenge};
    is $by_code->post('/login/code', { code => $app->fresh })->location, '/portal/login', 'a minute too late: not with a code';
    is $by_key->post('/login/passkey', $key->get($challenge))->location, '/portal/login', 'nor with a passkey';
    is $by_key->get('/password')->location, '/portal/login/code', 'nobody is in';
}

# --- guessing ------------------------------------------------------------------------------------------------------------------

{
    my $other = PortalTest::Passkey->new($t);
    my ($new, $challenge) = visitor(from => '127.0.9.1');
    my %codes;
    $codes{ $new->post('/login/passkey', { %{ $other->get($challenge) } })->code }++ for 1 .. 40;
    ok $codes{429}, 'a network that only fails waits' or diag explain \%codes;
    my ($elsewhere, $fresh) = visitor(from => '127.0.10.1');
    is $elsewhere->post('/login/passkey', $key->get($fresh))->code, 303, 'and nobody else does';
    $t->clock('+100000');
}

# --- taken away, and the policy --------------------------------------------------------------------------------------------------

{
    my $c   = patient(13);
    my $key = PortalTest::Passkey->add($t, $c, $own);
    my ($one) = @{ $c->json('GET', '/security/factor')->data->{passkeys} };
    is $c->post("/security/factor/passkeys/$one->{id}", { password => 'wrong' })->code, 422, 'not without the password';
    my $foreign = patient(14);
    $foreign->get('/');
    is $foreign->post("/security/factor/passkeys/$one->{id}", { password => $own })->code, 404, 'nor by another patient';
    my $set = $t->{o}{portal};
    $t->set(portal => { %$set, PortalSecondFactor => 'required' })->graceful;
    is $c->post("/security/factor/passkeys/$one->{id}", { password => $own })->code, 422, 'nor the last one, where one is required';
    my $app = PortalTest::Totp->set_up($t, $c, $own);
    is $c->post("/security/factor/passkeys/$one->{id}", { password => $own })->code, 303, 'but beside an app';
    my ($new, $challenge) = visitor();
    is $new->post('/login/passkey', $key->get($challenge))->code, 422, 'it works no more';
    is told(13, 'passkey_removed'), 1, 'a notice is mailed';
    my ($half) = half(13);
    is $half->form('/login/code', { code => $app->fresh })->code, 303, 'the app still does';
    $t->set(portal => { %$set, PortalSecondFactor => 'off' })->graceful;
    is $t->patient->get('/login')->content =~ /data-passkey/ ? 1 : 0, 0, 'off: nothing is offered';
    is $t->patient->post('/login/passkey', {})->code, 404, 'and there is no such address';
}

$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Two-step sign-in as a patient goes it: setting an app up, signing in with it, recovery codes, turning
# it off, and what the policy makes of it. (security.md PW1, SE13 and section 1: 63B-4 3.1.2, 3.1.4;
# ASVS 6.3.3, 6.5, 7.5.1)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;
use PortalTest::Totp;

my $t = PortalTest->start(
    default_forms => '',
    portal        => { PortalName => '"St. Mary"', PortalLobbyFrom => '127.0.0.0/8' },
    csv           => join "\n", 'mrn,family,given,birth_date,email,case_number',
    map {"$_,Doe,Ann$_,1980-01-02,,C-1$_"} 10 .. 15);
$t->expect_log('PTL0008');
my $desk = $t->desk;
my $own  = 'heron lagoon tundra';
my %tab;

# A patient of a number who has a password of their own, and is signed in.
sub patient ($n) {
    $tab{$n} = PortalTest::Tab->new($t, $n, $desk)->open("C-1$n", "p$n\@example.org");
    return $tab{$n}->signed_in("C-1$n", $own);
}

sub enter ($n, %o) {
    my $c = $t->patient(%o);
    my $r = $c->form($o{at} // '/login', { case_number => "C-1$n", password => $o{password} // $own });
    return ($c, $r);
}

sub audit ($n) { return grep {/factor|signin/} $tab{$n}->audit }

sub subjects ($n) {
    my $number = @{ $t->sql('SELECT id FROM mail') };
    return map { $_->subject } grep { $_->to =~ /p$n@/ } $t->mails($number);
}

# How many such mails were queued. A mail that a child was just handing over when it was replaced comes later.
sub told ($n, $kind) {
    return $t->sql("SELECT COUNT(*) AS n FROM mail WHERE kind = '$kind' AND binder_id = '" . $tab{$n}->id . "'")->[0]{n};
}

# --- setting it up ------------------------------------------------------------------------------------

my $c    = patient(10);
my $page = $c->get('/security/factor');
like $page->text, qr/Two-step sign-in.*Current password.*Set up an app/, 'the page';
unlike $page->text, qr/Turn two-step sign-in off/, 'with nothing to turn off';
is $c->get('/security/factor/app')->location, '/portal/security/factor', 'nothing is being set up';
my $r = $c->form('/security/factor', { password => 'not this one' });
is $r->code, 422, 'not without the password';
like $r->text, qr/not your current password/, 'and it says so';
is $c->form('/security/factor', { password => '' })->code, 422, 'nor with none';
$r = $c->form('/security/factor', { password => $own });
is $r->location, '/portal/security/factor/app', 'with it';
$page = $c->follow($r);
my $key = $page->tree->look_down(class => 'portal-code')->as_text;
like $key, qr/^(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}$/, 'the key in groups of four';
my ($uri) = map { $_->attr('href') } $page->tree->look_down(_tag => 'a', href => qr/^otpauth:/);
is $uri, 'otpauth://totp/St.%20Mary:C-110?secret=' . ($key =~ s/ //gr) . '&issuer=St.%20Mary', 'as a link';
ok $page->tree->look_down(_tag => 'svg', class => 'portal-slip__qr'), 'as a QR code';
like $page->header('Cache-Control'), qr/no-store/, 'which no cache keeps';
is $c->json('GET', '/security/factor/app')->data->{secret}, $key, 'and for programs';
my $stolen = $t->sql("SELECT sealed FROM factor")->[0]{sealed};
like $stolen, qr/^v1\.1\.[\w-]+$/, 'sealed in the database';
{
    my ($second) = enter(10);
    is $second->get('/')->code, 200, 'it is not asked for yet';
    is $second->get('/security/factor/app')->code, 303, 'and another session does not see it';
}
my $app = PortalTest::Totp->new($t, $key);
$r = $c->form('/security/factor/app', { code => '000000' eq $app->code ? '000001' : '000000' });
is $r->code, 422, 'a wrong code turns nothing on';
like $r->text, qr/This code is not right/, 'and it says so';
is $r->tree->look_down(class => 'portal-code')->as_text, $key, 'with the same key';
my ($elsewhere) = enter(10);
my $before = $c->cookie('__Host-portal');
$r = $c->form('/security/factor/app', { code => $app->code });
is $r->code, 200, 'the right one does';
my @codes = map { $_->as_text } $r->tree->look_down(_tag => 'li', class => 'portal-code');
is @codes, 10, 'ten recovery codes';
like $_, qr/^(?:[b-df-hj-np-tv-z2-9]{5}-){4}[b-df-hj-np-tv-z2-9]{5}$/, 'each in groups' for @codes;
isnt $c->cookie('__Host-portal'), $before, 'the session has a new id';
is $elsewhere->get('/')->code, 303, 'and all others have ended';
is $c->get('/')->code, 200, 'this one goes on';
is @{ $t->sql("SELECT code_hash FROM recovery_code WHERE LENGTH(code_hash) = 64") }, 10, 'of which hashes are kept';
like join('; ', subjects(10)), qr/two-step sign-in was set up/, 'a notice is mailed';
$page = $c->get('/security/factor');
like $page->text, qr/On since .*Recovery codes left 10/, 'the page says so';
is $c->get('/security/factor/app')->code, 303, 'the key is shown no more';

# --- signing in ------------------------------------------------------------------------------------------

{
    my ($new, $r) = enter(10, at => '/login?to=/security');
    is $r->location, '/portal/login/code?to=/security', 'the password leads to the code';
    my $half = $new->cookie('__Host-portal');
    my $page = $new->follow($r);
    like $page->text, qr/Type the code from your app/, 'its page';
    is $new->get('/')->location, '/portal/login/code', 'nothing else is open';
    is $new->json('GET', '/')->code, 403, 'for programs neither';
    is $new->json('GET', '/session')->data->{signed_in_as}, 'second_factor', 'who are told';
    ok !$new->cookie('__Host-portal-device'), 'nor is the browser known';
    $r = $new->form($page, { code => $app->fresh });
    is $r->location, '/portal/security', 'the code leads where the patient wanted to go';
    isnt $new->cookie('__Host-portal'), $half, 'with another session';
    is $new->get('/security')->code, 200, 'signed in';
    my $thief = $t->patient;
    $thief->set_cookie('__Host-portal', $half);
    is $thief->get('/')->location, '/portal/login', 'the first one has ended';
    is $new->get('/login/code')->location, '/portal/', 'and the page of the code leads home';
}
{
    my ($new) = enter(10);
    my $code = $app->code;
    my $r = $new->form('/login/code', { code => $code });
    is $r->code, 422, 'the same code does not work twice';
    like $r->text, qr/was used before/, 'and it says why';
    is $new->form('/login/code', { code => $app->code(-1) })->code, 422, 'nor does the one before it';
    my ($typed) = $app->fresh =~ s/^(...)/$1 /r;
    is $new->form('/login/code', { code => " $typed " })->code, 303, 'spaces do not matter';
    is $new->get('/')->code, 200, 'signed in';
}
{
    my ($new) = enter(10);
    $t->clock('+601');
    is $new->get('/login/code')->location, '/portal/login?to=/login/code', 'after ten minutes it begins anew';
}
{
    my ($new) = enter(10);
    $new->get('/login/code');
    my $r = $new->json('POST', '/login/code', { code => $app->fresh });
    is $r->code, 303, 'as JSON';
    is $new->json('GET', '/')->code, 200, 'signed in';
}
{
    my ($new) = enter(10);
    $new->get('/login/code');
    is $new->post('/logout')->code, 303, 'half signed in one can go';
    is $new->get('/login/code')->location, '/portal/login?to=/login/code', 'and is gone';
}

# --- recovery codes -----------------------------------------------------------------------------------------

{
    my ($new, $r) = enter(10);
    my $page = $new->follow($r);
    ok $page->tree->look_down(_tag => 'a', href => '/portal/login/recovery'), 'the page leads there';
    $r = $new->form('/login/recovery', { recovery_code => uc $codes[0] =~ s/-/ /gr });
    is $r->location, '/portal/security/factor?done=recovery', 'one signs in';
    like $new->follow($r)->text, qr/no longer works.*Recovery codes left 9/, 'and is used up';
    $t->mails(1);
    like join('; ', subjects(10)), qr/a recovery code was used/, 'which is told by mail';
    my ($again) = enter(10);
    is $again->form('/login/recovery', { recovery_code => $codes[0] })->code, 422, 'it does not work twice';
    is $again->form('/login/recovery', { recovery_code => $_ })->code, 422, "nor does '$_'"
        for 'bcdfg', 'x' x 100, substr $codes[1], 0, -1;
}
{
    $t->clock('+60');
    my $c = $c;
    my $r = $c->form('/security/factor', { password => 'wrong' }, button => 'Make new recovery codes');
    is $r->code, 422, 'new codes take the password';
    $t->clock('+60');
    my $page = $c->get('/security/factor');
    $r = $c->form($page, { password => $own }, button => 'Make new recovery codes');
    my @new = map { $_->as_text } $r->tree->look_down(_tag => 'li', class => 'portal-code');
    is @new, 10, 'ten new ones';
    my $back = $c->form($page, { password => $own }, button => 'Make new recovery codes');
    is $back->code, 200, 'pressed again';
    like $back->text, qr/already shown/, 'no new ones are made';
    ok !$back->tree->look_down(_tag => 'li', class => 'portal-code'), 'nor shown';
    my ($other) = enter(10);
    is $other->form('/login/recovery', { recovery_code => $codes[1] })->code, 422, 'the earlier ones are dead';
    $t->clock('+60');
    is $other->form('/login/recovery', { recovery_code => $new[9] })->code, 303, 'the new ones live';
    like join('; ', subjects(10)), qr/new recovery codes/, 'a notice is mailed';
    is $c->json('POST', '/security/factor/codes', { password => $own })->data->{codes}[0]{code} =~ tr/-//, 4,
        'as JSON';
}

# --- another app, and none ------------------------------------------------------------------------------------

{
    $t->clock('+60');
    my $new = PortalTest::Totp->set_up($t, $c, $own);
    my ($other) = enter(10);
    is $other->form('/login/code', { code => $app->fresh })->code, 422, 'the earlier app works no more';
    is $other->form('/login/code', { code => $new->fresh })->code, 303, 'the new one does';
    my $mine = $other;
    my $r    = $mine->form('/security/factor', { password => 'wrong' }, button => 'Turn two-step sign-in off');
    is $r->code, 422, 'off takes the password';
    $t->clock('+60');
    my $before = $mine->cookie('__Host-portal');
    $r = $mine->form('/security/factor', { password => $own }, button => 'Turn two-step sign-in off');
    is $r->location, '/portal/security/factor?done=removed', 'off';
    like $mine->follow($r)->text, qr/Two-step sign-in is off\./, 'and told so';
    isnt $mine->cookie('__Host-portal'), $before, 'with another session';
    my ($last, $in) = enter(10);
    is $in->location, '/portal/', 'the password is enough again';
    is @{ $t->sql('SELECT id FROM factor') } + @{ $t->sql('SELECT code_hash FROM recovery_code') }, 0, 'nothing is left';
    like join('; ', subjects(10)), qr/two-step sign-in was turned off/, 'a notice is mailed';
}
{
    my %seen = map { $_ => 1 } audit(10);
    ok $seen{$_}, "in the trail: $_"
        for 'factor.set_up ok', 'factor.set_up refused', 'factor.codes ok', 'factor.codes refused', 'factor.remove ok',
        'factor.remove refused', 'signin.password ok', 'signin.code used', 'signin.code refused', 'signin.recovery ok',
        'signin ok';
}

# --- what leaves it as it is, and what it leaves as it is ----------------------------------------------------------

{
    my $c   = patient(11);
    my $app = PortalTest::Totp->set_up($t, $c, $own);
    $c = undef;
    my $links = PortalTest::Links->new($t);
    $links->settle;
    $links->ask('/forgot', 'C-111', 'p11@example.org');
    my $fresh = 'harbour compass meadow';
    is $links->finish($t->patient, $links->link, 'C-111', $fresh)->code, 303, 'a new password by mail';
    my ($new, $r) = enter(11, password => $fresh);
    is $r->location, '/portal/login/code', 'asks for the code all the same';
    my $temporary = $tab{11}->register;
    ($new, $r) = enter(11, password => $temporary);
    is $r->location, '/portal/login/code', 'and so does a temporary one';
    $r = $new->form('/login/code', { code => $app->fresh });
    is $r->location, '/portal/password', 'which then has to be changed';
    is $new->form('/password', { new_password => $own, new_password_again => $own })->location, '/portal/?done=password',
        'and is';
    is $new->get('/')->code, 200, 'signed in';
    my $tablet = $t->patient;
    is $tablet->form('/lobby', { case_number => 'C-111', lobby_password => $tab{11}->lobby_password })->location,
        '/portal/paperwork', 'the lobby asks for no code';
}

# --- the key is changed -----------------------------------------------------------------------------------------------

{
    my $c   = patient(12);
    my $app = PortalTest::Totp->set_up($t, $c, $own);
    $t->new_key;
    like $t->sql("SELECT f.sealed FROM factor f WHERE f.binder_id = '@{[ $tab{12}->id ]}'")->[0]{sealed}, qr/^v1\.2\./,
        'sealed again with the new key';
    my ($new) = enter(12);
    is $new->form('/login/code', { code => $app->fresh })->code, 303, 'and it works';
    my ($other) = enter(12);
    is $other->form('/login/recovery', { recovery_code => ($app->recovery)[3] })->code, 303, 'recovery codes too';
}

# --- the policy ---------------------------------------------------------------------------------------------------------

{
    my $c   = patient(13);
    my $app = PortalTest::Totp->set_up($t, $c, $own);
    my $set = $t->{o}{portal};
    $t->set(portal => { %$set, PortalSecondFactor => 'required' })->graceful;
    PortalTest::Tab->new($t, 14, $desk)->open('C-114', 'p14@example.org');
    my $temporary = ($tab{14} = PortalTest::Tab->new($t, 14, $desk))->register;
    my ($first, $to) = enter(14, password => $temporary);
    is $to->location, '/portal/password', 'required: a temporary password is changed first';
    is $first->form('/password', { new_password => $own, new_password_again => $own })->location,
        '/portal/security/factor', 'then a factor is set up';
    my ($new, $r) = enter(14);
    is $r->location, '/portal/security/factor', 'required: who has none sets one up first';
    like $new->follow($r)->text, qr/Everybody who uses this portal needs/, 'and is told why';
    is $new->get($_)->location, '/portal/security/factor', "$_ is not open" for '/', '/password', '/security';
    is $new->json('GET', '/')->code, 403, 'for programs neither';
    is $new->post('/security/factor/remove', { password => $own })->code, 303, 'nor is anything else';
    my $mine = PortalTest::Totp->set_up($t, $new, $own);
    is $new->get('/')->code, 200, 'then all is';
    unlike $new->get('/security/factor')->text, qr/Turn two-step sign-in off/, 'it cannot be turned off';
    $r = $new->post('/security/factor/remove', { password => $own });
    is $r->code, 422, 'indeed';
    ok !!@{ $t->sql("SELECT id FROM factor WHERE binder_id = '@{[ $tab{14}->id ]}'") }, 'it is still there';
    # a password of eight characters, only here
    is $new->form('/password', { password => $own, new_password => 'Vq7#xK2m', new_password_again => 'Vq7#xK2m' })->code, 422,
        'eight characters are too few';
    $t->set(portal => { %$set, PortalSecondFactor => 'required', PortalPasswordMinLength => 8 })->graceful;
    is $new->form('/password', { password => $own, new_password => 'Vq7#xK2', new_password_again => 'Vq7#xK2' })->code, 422,
        'seven are too few, where eight are allowed';
    my $short = $new->form('/password', { password => $own, new_password => 'Vq7#xK2m', new_password_again => 'Vq7#xK2m' });
    is $short->location, '/portal/?done=password', 'eight are not' or diag $short->text;
    cmp_ok length $tab{14}->register =~ tr/-//dr, '>=', 15, 'a temporary password is as long as ever';
    $t->set(portal => { %$set, PortalSecondFactor => 'off' })->graceful;
    my ($off, $in) = enter(13);
    is $in->location, '/portal/', 'off: nobody is asked';
    is $off->get($_)->code, 404, "$_ does not exist" for '/security/factor', '/login/code', '/login/recovery';
    unlike $off->get('/security')->text, qr/Two-step/, 'and nothing leads there';
}

# --- reset at the desk ---------------------------------------------------------------------------------------------------

{
    my $set = { %{ $t->{o}{portal} }, PortalSecondFactor => 'offered' };
    $t->set(portal => $set)->graceful;
    my $c   = patient(15);
    my $path = '/second-factor';
    unlike $tab{15}->get->text, qr/Reset two-step sign-in/, 'nothing to reset';
    is $desk->post($tab{15}->path($path), { confirm => 1 })->code, 409, 'indeed';
    is $desk->post($tab{15}->path($path))->code, 409, 'nor is it asked';
    my $app = PortalTest::Totp->set_up($t, $c, $own);
    my ($half) = enter(15);
    my $page = $tab{15}->get;
    like $page->text, qr/Two-step sign-in On since .*Recovery codes left: 10/, 'the tab shows it';
    is $tab{15}->view->{second_factor}{codes}, 10, 'as JSON, too';
    unlike $page->content, qr/\Q@{[ ($app->recovery)[0] ]}/, 'but no code';
    my $r = $desk->form($page, {}, button => 'Reset two-step sign-in');
    is $r->code, 200, 'it asks first';
    like $r->text, qr/Ann15.*stop working.*password alone is enough.*told by email/, 'saying what it does';
    is $c->get('/')->code, 200, 'nothing has happened yet';
    is $desk->json('POST', $tab{15}->path($path), {})->code, 422, 'a program has to confirm';
    $r = $desk->form($r, {}, button => 'Confirm');
    like $desk->follow($r)->text, qr/Two-step sign-in was reset\./, 'done';
    is $c->get('/')->code, 303, 'the patient is signed out';
    is $half->get('/login/code')->location, '/portal/login?to=/login/code', 'half signed in, too';
    my ($new, $in) = enter(15);
    is $in->location, '/portal/', 'the password is enough';
    is @{ $t->sql("SELECT code_hash FROM recovery_code WHERE binder_id = '@{[ $tab{15}->id ]}'") }, 0, 'no recovery code is left';
    is told(15, 'factor_reset'), 1, 'a notice is mailed';
    my $row = $t->sql("SELECT actor, result FROM audit WHERE action = 'factor.reset' AND result = 'ok'")->[0];
    is "$row->{actor} $row->{result}", 'frontdesk ok', 'in the trail, with a name';
    like $new->get('/security/looks')->text, qr/frontdesk Reset two-step sign-in/, 'which the patient sees';
    is $desk->post($tab{15}->path($path), { confirm => 1 })->code, 409, 'again: there is nothing to do';
    is $desk->post('/binders/' . 'A' x 22 . "/portal$path", { confirm => 1 })->code, 404, 'no such binder';
}

$t->stop;
done_testing;

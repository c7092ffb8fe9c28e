# SPDX-License-Identifier: Apache-2.0
#
# Registering by e-mail and by invitation: who gets a link, what it opens, and what ends it.
# (security.md TK1, TK4, TK5, TK6, TK10, TK13, EN2, EN5)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my $t = PortalTest->start(default_forms => '', level => 'info portal:trace8', csv => <<'CSV');
mrn,family,given,birth_date,email,language,case_number
1,Doe,Ann,1980-01-02,details@example.org,,C-1
2,Núñez,Iñigo,1970-05-06,,es,C-2
3,Roe,Tim,1990-07-08,,,C-3
4,Poe,Eve,1991-07-08,,,C-4
5,Lee,Kim,1992-07-08,,,C-5
CSV
$t->expect_log('PTL0008');
my $desk  = $t->desk;
my $links = PortalTest::Links->new($t);
my %tab   = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 5;
$tab{1}->open('C-1', 'Ann@Example.org');
$tab{2}->open('C-2', 'iñigo@correo.example');
$tab{3}->open('C-3', 'tim@example.org');
$tab{5}->open('C-5', 'kim@example.org');
my $good = 'heron lagoon tundra';

sub text_of ($page) { return $page->text =~ s/\s+/ /gr }

# ---- the same page for everybody ---------------------------------------------------------------

my $known = $links->ask('/register', 'c 1', 'ann@example.ORG');
my ($mail, @more) = $links->new_mails;
is scalar @more, 0, 'one mail';
my $token_path = $mail->path(qr{/register/});
ok $token_path, 'with a link to register';
my %unknown = (
    'another address'       => [ 'C-1', 'bob@example.org' ],
    'the address of Details' => [ 'C-1', 'details@example.org' ],
    'another number'        => [ 'C-2', 'ann@example.org' ],
    'an unknown number'     => [ 'C-99', 'ann@example.org' ],
    'nothing of a number'   => [ '- -', 'ann@example.org' ],
    'a tab never edited'    => [ 'C-4', 'eve@example.org' ],
);
for my $what (sort keys %unknown) {
    my $page = $links->ask('/register', @{ $unknown{$what} });
    is text_of($page), text_of($known), "$what: the same page";
    is scalar(() = $links->new_mails), 0, "$what: no mail";
}
my $no_form = $t->patient->form('/register', { case_number => 'C-1', email => 'not an address' });
is $no_form->code, 422, 'what is no address is said so';
like $no_form->decoded_content, qr/value="not an address"/, 'and stays in the form';
like $no_form->decoded_content, qr/value="C-1"/,            'with the number';

# ---- the mail ----------------------------------------------------------------------------------

is $mail->to, 'Ann@example.org', 'to the address in the tab, as it is written there';
like $mail->header('From'), qr/Riverside Practice/, 'from the hospital';
is $mail->header('Auto-Submitted'), 'auto-generated', 'it says that a machine wrote it';
like(($mail->links)[0], qr{^\Q@{[ $t->url ]}\E/portal/register/[\w-]{43}$}, 'the address is that of PortalURL');
for my $part ($mail->text, $mail->html) {
    unlike $part, qr/Doe|Ann\b|C-1|1980/, 'it names nobody';
    like $part, qr{\Q$token_path\E}, 'and has the link';
}
unlike $mail->html, qr/<(?:img|link|script|iframe)|url\(/i, 'nothing in it is fetched';
my $foreign = $t->patient;
my $page    = $foreign->get('/register');
$foreign->send('POST', '/register', headers => { Host => 'evil.example',
        'Content-Type' => 'application/x-www-form-urlencoded', 'X-Forwarded-Host' => 'evil.example' },
    body => 'case_number=C-3&email=tim%40example.org&csrf_token=' . $foreign->csrf_token);
$links->settle;
unlike $_->{raw}, qr/evil/, 'no link to another host' for $links->new_mails;

# ---- the link ----------------------------------------------------------------------------------

my $browser = $t->patient;
for (1 .. 20) {
    my $r = $t->patient->get($token_path);
    is $r->code, 303, 'the link goes on' if $_ == 1;
    is $r->header('Location'), '/portal/register/finish', 'to a page without the token' if $_ == 1;
    $t->patient->visit($token_path);
}
my $form = $browser->visit($token_path);
is $form->code, 200, 'opened 40 times, it still works';
unlike $form->decoded_content, qr/Doe|Ann\b|C-1|example\.org/, 'the page names nobody';
is $form->header('Referrer-Policy'), 'no-referrer', 'and tells no other page where it was';
my ($cookie) = grep { $_->{name} eq '__Host-portal-link' } $browser->cookies;
is $cookie->{attributes}{'max-age'}, 1800, 'the token is in a cookie for 30 minutes';
my $token = $token_path =~ s{.*/}{}r;
unlike $cookie->{value}, qr/\Q$token\E/, 'where nobody can read it';

is $t->patient->get('/register/finish')->code, 410, 'without the cookie: 410';
is $t->patient->json('GET', '/register/finish')->code, 410, 'as JSON too';
$links->dead('/register/' . 'A' x 43, 'a random token');
$links->dead('/register/x', 'not even a token');
$links->dead($token_path =~ s/register/reset/r, 'a token at the other address');
is $t->patient->post($token_path, { case_number => 'C-1' })->code, 405, 'nothing can be posted to it';

# ---- finishing ---------------------------------------------------------------------------------

my $wrong = $browser->form($form, { case_number => 'C-2', new_password => $good, new_password_again => $good });
is $wrong->code, 422, 'a wrong case number';
like $wrong->text, qr/not the case number that this link/, 'which is said';
like $wrong->decoded_content, qr/value="C-2"/, 'and stays in the form';
unlike $wrong->decoded_content, qr/\Q$good\E/, 'but not the password';
my %refused = (
    'short'                    => qr/too short. Use 15/,
    'passwordpassword1'        => qr/many people|repeats itself/i,
    'Doe C-1 Riverside Practice' => qr/your name, your numbers/,
    'aaaaaaaaaaaaaaaaaaaaaaa'  => qr/repeats itself/,
);
for my $password (sort keys %refused) {
    my $r = $browser->form($form, { case_number => 'C-1', new_password => $password,
        new_password_again => $password });
    is $r->code, 422, "refused: $password";
    like $r->text, $refused{$password}, 'with the reason';
}
my $differ = $links->finish($browser, $token_path, 'C-1', $good, "$good ");
is $differ->code, 422, 'two different passwords';
like $differ->text, qr/not the same/, 'which is said';
my $missing = $browser->form($form, { case_number => '', new_password => $good, new_password_again => $good });
is $missing->code, 422, 'no case number';
is $tab{1}->status, 'Enabled · Not Registered · No Invite', 'nothing has happened yet';

my $done = $links->finish($browser, $token_path, ' c1 ', $good);
is $done->code, 303, 'case number and password together';
is $done->header('Location'), '/portal/login?done=registered', 'lead to sign in';
like $browser->follow($done)->text, qr/Your account is ready/, 'with a notice';
is $browser->cookie('__Host-portal-link'), undef, 'the cookie is gone';
is $tab{1}->status, 'Enabled · Normal Registration · No Invite', 'the tab shows it';
$links->dead($token_path, 'used');
is $browser->form('/login', { case_number => 'C-1', password => $good })->header('Location'),
    '/portal/', 'the password opens the portal';
is scalar(() = $links->new_mails), 0, 'a first registration needs no notice';

# ---- already registered ------------------------------------------------------------------------

is text_of($links->ask('/register', 'C-1', 'ann@example.org')), text_of($known), 'registered: the same page';
($mail) = $links->new_mails;
like $mail->subject, qr/already have an account/, 'the mail says so';
like $mail->path, qr{/reset/}, 'and offers the way to a new password';
is $browser->get('/password')->code, 200, 'the session goes on';
my $other = $t->patient;
is $links->finish($other, $mail->path, 'C-1', "$good 2")->header('Location'),
    '/portal/login?done=reset', 'which works';
is $browser->get('/password')->code, 303, 'and ends the session';
($mail) = $links->new_mails;
like $mail->subject, qr/password was changed/, 'a notice is mailed';
unlike $mail->text, qr/Doe|Ann\b|C-1/, 'it names nobody either';

# ---- languages, addresses ----------------------------------------------------------------------

$links->ask('/register', 'C-2', 'iñigo@CORREO.example');
($mail) = $links->new_mails;
like $mail->subject, qr/cree su cuenta/, "the mail is in the binder's language";
is $mail->to, 'iñigo@correo.example', 'an address with letters of its own';
my $es = $t->patient(language => 'es');
like $es->visit($mail->path)->text, qr/Elija una contraseña|elija una contraseña/, "the page in the browser's";

# ---- what ends a link --------------------------------------------------------------------------

sub fresh ($mrn, $number, $email) {
    $t->clock(3601);
    $links->ask('/register', $number, $email);
    return $links->link;
}
my $first  = fresh(3, 'C-3', 'tim@example.org');
my $second = fresh(3, 'C-3', 'tim@example.org');
$links->dead($first, 'a newer link');
is $t->patient->visit($second)->code, 200, 'the newer one works';
$t->clock(1795);
is $t->patient->visit($second)->code, 200, 'shortly before its time is over';
$t->clock(6);
$links->dead($second, 'expired');
for my $act (
    [ 'disabled',            sub { $tab{3}->save({ access_enabled => undef }); $tab{3}->save({ access_enabled => 1 }) } ],
    [ 'another e-mail',      sub { $tab{3}->save({ email => 'tim2@example.org' }); $tab{3}->save({ email => 'tim@example.org' }) } ],
    [ 'registered by force', sub { $tab{3}->register } ],
    )
{
    my $link = fresh(3, 'C-3', 'tim@example.org');
    my $open = $t->patient;
    is $open->visit($link)->code, 200, "before: $act->[0]";
    $act->[1]->();
    $links->dead($link, $act->[0]);
    is $links->finish($open, '/register/finish', 'C-3', $good)->code, 410, 'and for who had it open';
}
$tab{3}->save({ access_enabled => undef });
$t->clock(3601);
$links->ask('/register', 'C-3', 'tim@example.org');
is scalar(() = $links->new_mails), 0, 'no mail while disabled';

# ---- at most three mails an hour ---------------------------------------------------------------

$t->clock(3601);
$links->ask('/register', 'C-5', 'kim@example.org') for 1 .. 5;
is scalar(() = $links->new_mails), 3, 'five times asked, three mails';
$t->clock(3601);
$links->ask('/register', 'C-5', 'kim@example.org');
is scalar(() = $links->new_mails), 1, 'an hour later another';

# ---- 50 at once --------------------------------------------------------------------------------

$t->clock(3601);
$links->ask('/register', 'C-5', 'kim@example.org');
my $race = $t->patient;
my $at   = $race->visit($links->link);
my %codes;
{
    my @children;
    for my $n (1 .. 50) {
        my $pid = open my $pipe, '-|';
        die "fork: $!" if !defined $pid;
        if (!$pid) {
            my $copy = $race->copy;
            my $r = $copy->post('/register/finish', { case_number => 'C-5',
                new_password => "$good $n", new_password_again => "$good $n" },
                csrf => $race->csrf_token);
            print $r->code, ' ', $r->header('Location') // '';
            close STDOUT;
            POSIX::_exit(0);
        }
        push @children, $pipe;
    }
    $codes{ readline $_ }++ for @children;
}
is $codes{'303 /portal/login?done=registered'}, 1, '50 posts at once: one success';
is $codes{'410 '}, 49, 'and 49 are told that the link is dead' or diag explain \%codes;
is scalar @{ $t->sql("SELECT seq FROM audit WHERE action = 'register.finish' AND result = 'ok'"
        . " AND binder_id = '" . $tab{5}->id . "'") }, 1, 'one row in the trail';

# ---- wrong numbers are counted -----------------------------------------------------------------

$tab{4}->open('C-4', 'eve@example.org');
$t->clock(3601);
$links->ask('/register', 'C-4', 'eve@example.org');
my $guesser = $t->patient(from => '127.0.9.9');
my $guess   = $guesser->visit(my $eve = $links->link);
my @answers = map { $guesser->form($guess, { case_number => "C-9$_", new_password => $good,
        new_password_again => $good }) } 1 .. 5;
is join(' ', map { $_->code } @answers), '422 422 422 422 429', 'guessing is slowed down';
like $answers[-1]->header('Retry-After'), qr/^\d+$/, 'with the time to wait';
is $links->finish($guesser, $eve, 'C-4', $good)->code, 429, 'also for the right number';
$t->clock(5);
is $links->finish($guesser, $eve, 'C-4', $good)->code, 303, 'afterwards it works';

# ---- invitations -------------------------------------------------------------------------------

my $invite = PortalTest::Tab->new($t, 1, $desk);
is $invite->act('/invitation')->code, 303, 'someone registered is invited';
my $invited = $links->link;
like $invited, qr{/register/}, 'and gets a link to register';
$t->clock(3601);
$links->ask('/register', 'C-1', 'ann@example.org');
ok $links->link, 'a link asked for from outside';
is $t->patient->visit($invited)->code, 200, "does not end the desk's";
is $invite->act('/invitation')->code, 303, 'another invitation';
my $again = $links->link;
$links->dead($invited, 'the earlier invitation');
is $links->finish($t->patient, $again, 'C-1', "$good 3")->code, 303, 'answering it';
($mail) = $links->new_mails;
like $mail->subject, qr/password was changed/, 'mails a notice to who was registered';
is $t->patient->form('/login', { case_number => 'C-1', password => "$good 3" })->code, 303,
    'and replaces the password';

# ---- the cookie's own time ---------------------------------------------------------------------

$invite->act('/invitation');
my $slow = $t->patient;
my $link = $links->link;
is $slow->visit($link)->code, 200, 'opened';
$t->clock(1801);
is $slow->visit('/register/finish')->code, 410, 'half an hour later the cookie is too old';
is $slow->visit($link)->code, 200, 'but the link can be opened again';
$t->clock(7 * 86400);
$links->dead($link, 'a week later');
is $invite->status, 'Enabled · Normal Registration · Invite', 'expired: stays Invite';

# ---- other policies ----------------------------------------------------------------------------

$t->set(portal => { PortalRegistration => 'invited' })->restart;
$page = $t->patient->get('/register');
like $page->text, qr/if our front desk has invited you/, 'invited: the page says so';
$links->ask('/register', 'C-1', 'ann@example.org');
is scalar(() = $links->new_mails), 0, 'without a live invitation no mail';
$invite->act('/invitation');
my ($one) = $links->new_mails;
$t->clock(86400);
$links->ask('/register', 'C-1', 'ann@example.org');
my ($two) = $links->new_mails;
isnt $two->path, $one->path, 'a live invitation is repeated with a new link';
is $t->sql('SELECT COUNT(DISTINCT expires) AS n FROM link')->[0]{n}, 1, 'for as long as the first one';
is $t->patient->visit($_->path)->code, 200, 'both are open' for $one, $two;
$links->ask('/register', 'C-1', 'ann@example.org');
$links->dead($two->path, 'the repeated one, repeated again');
is $t->patient->visit($one->path)->code, 200, "the desk's is open still";
is scalar(() = $links->new_mails), 1, 'it was repeated once more';

$t->set(portal => { PortalRegistration => 'off' })->restart;
$page = $t->patient->get('/register');
is $page->code, 200, 'off: a page';
like $page->text, qr/ask at our front desk/, 'that sends to the desk';
unlike $page->decoded_content, qr/name="email"/, 'without a form';
is $t->patient->post('/register', { case_number => 'C-1', email => 'ann@example.org' })->code, 200,
    'posting does nothing';
is scalar(() = $links->new_mails), 0, 'no mail';
$links->dead($one->path, 'an open invitation');

$t->set(portal => { PortalFeature => 'registration off' })->restart;
is $t->patient->get($_)->code, 404, "feature off: no $_" for '/register', '/register/finish', $one->path;
is $t->patient->get('/forgot')->code, 200, 'but a forgotten password can be replaced';

$t->set(portal => { PortalMailRelay => undef, PortalMailFrom => undef, PortalMailReplyTo => undef })->restart;
like $t->patient->get('/register')->text, qr/ask at our front desk/, 'without a relay: ask at the desk';
like $t->patient->get('/forgot')->text, qr/cannot send emails/, 'the same for a forgotten password';

# ---- nothing of a token anywhere ---------------------------------------------------------------

my @tokens = map { $_->path =~ s{.*/}{}r } grep { $_->path } $t->mails;
cmp_ok scalar @tokens, '>', 15, 'there were many links';
my $all = join '|', map {quotemeta} @tokens;
unlike $t->access_log, qr/$all/, 'no token in the access log';
like $t->access_log, qr{"GET /portal/register/- HTTP}, 'but that a link was opened';
unlike $t->error_log, qr/$all/, 'nor in the error log';
my $database = $t->database->bytes;
unlike $database, qr/$all/, 'nor in the database';
unlike $t->access_log . $t->error_log, qr/C-1|ann\@example/i, 'and nobody in the logs';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

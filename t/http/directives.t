# SPDX-License-Identifier: Apache-2.0
#
# Directives have the effect that the contract gives them: names and texts, a theme, times, passwords,
# parts that are off, sessions beyond the table. (What `httpd -t` says of mistakes: t/conf.)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $csv = "mrn,family,given,birth_date,email,case_number\n" . join '',
    map {"$_,Doe,Ann,1970-01-02,ann\@a.example,C-$_\n"} 1 .. 20;
my $OWN = 'a green horse of cheese';

my $theme = File::Temp::tempdir(CLEANUP => 1);
chmod 0755, $theme;
sub theme ($name, $text) { return PortalServer::spew("$theme/$name", $text) }
theme('theme.css',  ":root { --portal-brand: #123456 }\n");
theme('logo.svg',   qq(<svg xmlns="http://www.w3.org/2000/svg"/>\n));
theme('forgot.html', "{{>head}}<h1>Ours: {{>t:forgot.title}}</h1>{{>foot}}\n");
theme('es.json',    qq({"login.title": "Entrada de nuestra casa"}\n));
theme('list.txt',   "zucchini in the morning\n");

my $t = PortalTest->start(csv => $csv, default_forms => '', portal => {
    PortalName                     => '"Saint Änne & <Sons>"',
    PortalContact                  => '"Ring 555 0199, all day"',
    PortalTheme                    => $theme,
    PortalMailReplyTo              => 'answers@practice.example.org',
    PortalInvitationExpires        => '2h',
    PortalVerificationExpires      => '10min',
    PortalTemporaryPasswordExpires => '1h',
    PortalPasswordMinLength        => 20,
    PortalPasswordBlocklist        => "$theme/list.txt",
    PortalSessionIdle              => '10min',
    PortalSessionLifetime          => '25min',
    PortalSessionSlots             => 16,
    PortalLobbyPasswordExpires     => '3min',
    PortalLobbyIdle                => '2min',
    PortalLobbyLifetime            => '5min',
});
my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk)->open("C-$_", 'ann@a.example') } 1 .. 20;

sub sign_in ($n, $password) {
    my $browser = $t->patient;
    return ($browser, $browser->form('/login', { case_number => "C-$n", password => $password })->code);
}
sub is_in ($browser) { return $browser->json('GET', '/')->code == 200 ? 1 : 0 }
sub until_of ($tab, $what) {    # minutes until that time of the tab
    my $view = $tab->view;
    return POSIX::floor((HTTP::Date::str2time($what->($view)->{iso}) - $t->now) / 60 + 0.5);
}

# ---- who it is ---------------------------------------------------------------------------------

my $visitor = $t->patient;
for my $path (qw(/login /forgot /register /lobby /register/finish /reset/finish /nowhere)) {
    my $r = $visitor->visit($path);
    like $r->decoded_content, qr/Saint Änne &amp; &lt;Sons&gt;/, "PortalName at $path";
    like $r->text, qr/Ring 555 0199, all day/, 'and PortalContact';
}
like $desk->get('/')->decoded_content, qr/Saint Änne &amp; &lt;Sons&gt;/, 'PortalName at the desk';

# ---- theme, file by file -----------------------------------------------------------------------

my ($css) = $visitor->get('/login')->decoded_content =~ m{href="([^"]*/theme\.css)"};
like $visitor->get($css)->decoded_content, qr/#123456/, 'theme.css is linked and served';
is $visitor->get($css =~ s/theme\.css/logo.svg/r)->content_type, 'image/svg+xml', 'with what lies beside it';
is $visitor->get($css =~ s/theme\.css/portal.css/r)->code, 200, 'and the shipped style';
is $visitor->get($css =~ s/theme\.css/list.txt/r)->code, 404, 'but nothing else of the folder';
like $visitor->get('/forgot')->text, qr/Ours: Forgot/, 'a template of its own';
like $visitor->get('/login')->text, qr/Case number .*Password .*I forgot/, 'the others are the shipped ones';
my $spanish = $t->patient(language => 'es')->get('/login')->text;
like $spanish, qr/Entrada de nuestra casa.*Número de caso/, 'a text of its own, the others are the shipped ones';

# ---- times of links and passwords --------------------------------------------------------------

my $tab = $tab{1};
is $tab->act('/invitation')->code, 303, 'invited';
my $mail = ($t->mails(1))[-1];
is until_of($tab, sub ($v) { $v->{invitation}{expires} }), 120, 'PortalInvitationExpires';
like $mail->header('From'), qr/Saint.*<portal\@practice\.example\.org>/, 'PortalMailFrom, with the name';
is $mail->header('Reply-To'), '<answers@practice.example.org>', 'PortalMailReplyTo';
like $mail->text, qr/Ring 555 0199, all day/, 'PortalContact is in the mail';

my $temporary = $tab->register;
is until_of($tab, sub ($v) { $v->{temporary} }), 60, 'PortalTemporaryPasswordExpires';
my ($ann, $code) = sign_in(1, $temporary);
is $code, 303, 'a temporary password';
cmp_ok length($temporary =~ tr/-//dr), '>=', 20, 'is as long as PortalPasswordMinLength asks';
sub change ($password) {
    return $ann->form('/password', { new_password => $password, new_password_again => $password });
}
is change('n' x 4 . ' but too short')->code, 422, 'an own password has to be as long';
like change('too short')->text, qr/20/, 'and the page says how long';
is change('Zucchini in the Morning')->code, 422, 'PortalPasswordBlocklist';
is change($OWN)->code, 303, 'a good one';

# ---- sessions ----------------------------------------------------------------------------------

is_in($ann) or fail 'signed in';
$t->clock(9 * 60);
is is_in($ann), 1, 'PortalSessionIdle: before its end';
$t->clock(11 * 60);
is is_in($ann), 0, 'and after';
($ann) = sign_in(1, $OWN);
for my $minute (1 .. 3) { $t->clock(8 * 60); is is_in($ann), 1, "8 minutes later, $minute"; }
$t->clock(2 * 60);
is is_in($ann), 0, 'PortalSessionLifetime ends the one that is used';

my @people;
for my $n (2 .. 20) {
    my $word = $tab{$n}->register =~ tr/-//dr;
    $t->sql("UPDATE account SET registration = 'normal', temporary_expires = 0, \"undo\" = ''");
    push @people, (sign_in($n, $word))[0];
}
is scalar(grep { is_in($_) } @people), 19, 'PortalSessionSlots: beyond it the database is asked';
is scalar(grep { is_in($_) } reverse @people), 19, 'again';
is $tab{20}->save({ access_enabled => undef })->code, 303, 'one is disabled';
is $tab{2}->save({ access_enabled => undef })->code, 303, 'and another';
is join('', map { is_in($_) } @people), '0' . '1' x 17 . '0', 'whoever was ended is out, the others are in';

# ---- the lobby's times -------------------------------------------------------------------------

sub at_lobby ($browser) { return $browser->json('GET', '/paperwork')->code == 200 ? 1 : 0 }
sub start ($code) {
    my $tablet = $t->patient;
    return ($tablet, $tablet->form('/lobby', { case_number => 'C-3', lobby_password => $code })->code);
}
my $late = $tab{3}->lobby_password;
is until_of($tab{3}, sub ($v) { $v->{lobby_password}{expires} }), 3, 'PortalLobbyPasswordExpires';
$t->clock(4 * 60);
is +(start($late))[1], 422, 'a lobby password expires';
my ($tablet, $status) = start($tab{3}->lobby_password);
is $status, 303, 'one in time';
$t->clock(100);
is at_lobby($tablet), 1, 'PortalLobbyIdle: before its end';
$t->clock(130);
is at_lobby($tablet), 0, 'and after';
($tablet) = start($tab{3}->lobby_password);
for my $n (1 .. 3) { $t->clock(90); is at_lobby($tablet), 1, "90 seconds later, $n"; }
$t->clock(40);
is at_lobby($tablet), 0, 'PortalLobbyLifetime ends the one that is used';

# ---- forms of each new case --------------------------------------------------------------------

sub forms ($number) {
    return join ' ', map { $_->{form} } @{ $t->sql('SELECT form FROM assignment a JOIN patient_case c'
        . " ON c.id = a.case_id WHERE c.number = '$number' ORDER BY form") };
}
$t->set(portal => { PortalPaperworkDefault => 'registration medical-history' });
$t->restart;
my $id = $tab->id;
is $desk->form("/binders/$id/cases/new", { case_number => 'N-1' })->code, 303, 'a case made at the desk';
is forms('N-1'), 'medical-history registration', 'gets PortalPaperworkDefault';
PortalServer::spew($t->file('more.csv'), "mrn,case_number\n1,N-2\n");
is $t->portalctl('import', $t->file('more.csv'))->{exit}, 0, 'a case that is imported';
$t->wait_for('its forms', sub { forms('N-2') });
is forms('N-2'), 'medical-history registration', 'gets the same, soon';
PortalServer::spew($t->file('more.csv'), "mrn,case_number\n1,N-3\n");
is $t->portalctl('import', '--paperwork', 'none', $t->file('more.csv'))->{exit}, 0, 'without any';
is $t->portalctl('import', $t->file('more.csv'))->{exit}, 0, 'imported again';
is $t->sql('SELECT COUNT(*) AS n FROM case_due')->[0]{n} . forms('N-3'), '0', 'that case has none';
is forms('C-1'), '', 'and cases that were there before got none';
like $desk->get("/binders/$id/paperwork")->text, qr/Medical history N-2/, 'the desk sees them';

# ---- parts that are off ------------------------------------------------------------------------

sub codes ($browser, @paths) { return join ' ', map { $browser->get($_)->code } @paths }
$t->set(portal => { PortalFeature => [ 'paperwork off', 'json off' ], PortalTheme => $theme,
    PortalPaperworkDefault => undef, PortalForms => undef });
$t->restart;
($ann) = sign_in(1, $OWN);
is codes($ann, '/', '/paperwork', "/paperwork/$id", "/paperwork/$id/review"), '200 404 404 404',
    'without paperwork its addresses are gone';
is codes($desk, '/paperwork', "/paperwork/$id", "/binders/$id/paperwork", "/binders/$id"), '404 404 404 200',
    'at the desk too';
unlike $ann->get('/')->text, qr/Paperwork/i, 'home does not name it';
unlike $desk->get("/binders/$id")->text, qr/Paperwork/, 'nor does the desk';
is $ann->json('GET', '/')->content_type, 'text/html', 'without json there are pages only';
is $t->program('frontdesk')->json('POST', '/find', { q => 'Ann' })->code, 415, 'and none is taken';

$t->stop;
done_testing;

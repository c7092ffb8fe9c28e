# SPDX-License-Identifier: Apache-2.0
#
# The lobby: from the code to Finish, from allowed networks only, once, apart from home, and nothing
# left for the next person. (security.md LB1, LB2, LB6, LB8, LB9, LB13, as far as no browser is needed.)
use v5.36;
use lib 't/lib';
use POSIX ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(
    csv => <<'CSV',
mrn,family,given,birth_date,email,case_number,case_title
1,Doecanary,Anncanary,1970-01-02,ann@example.org,C-1,Kneecanary
1,Doecanary,Anncanary,1970-01-02,ann@example.org,C-2,Hipcanary
2,Brown,Bob,1971-02-03,bob@example.org,B-1,Arm
3,Green,Gil,1972-03-04,,G-1,Ear
CSV
    portal => { PortalLobbyFrom => '127.0.0.0/24 192.0.2.0/24',
        PortalThrottle => '3 60s 1h 100' },
    extra  => "RemoteIPHeader X-Test-Address\nRemoteIPInternalProxy 127.0.0.1\n",
);
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk);
$tab->open('C-1', 'ann@example.org');
my $bob = PortalTest::Tab->new($t, 2, $desk);
$bob->open('B-1', 'bob@example.org');

sub audit ($action) {
    my $rows = $t->sql("SELECT result FROM audit WHERE action = '$action' ORDER BY seq");
    return join ' ', map { $_->{result} } @$rows;
}

sub start ($c, $number, $code) {
    return $c->form('/lobby', { case_number => $number, lobby_password => $code });
}

# ---- where it may be used ----------------------------------------------------------------------

{
    my $out = $t->patient(from => '127.1.0.1');
    my $r = $out->get('/lobby');
    is $r->code, 403, 'from a foreign network: 403';
    unlike $r->text, qr/Start/, 'without the form';
    my $before = $t->sql('SELECT COUNT(*) n FROM throttle')->[0]{n};
    my $code = $tab->lobby_password;
    $out->get('/login');
    is $out->post('/lobby', { case_number => 'C-1', lobby_password => $code })->code, 403,
        'and the right code is not looked at';
    is $t->sql('SELECT COUNT(*) n FROM throttle')->[0]{n}, $before, 'nor counted';
    is audit('lobby.start'), '', 'nor taken as a try';
    is $t->patient->get('/lobby', 'X-Test-Address' => '198.51.100.7')->code, 403,
        'nor behind a proxy';
    is $t->patient->get('/lobby', 'X-Test-Address' => '::ffff:198.51.100.7')->code, 403,
        'nor as a mapped address';
    is $t->patient->get('/lobby', 'X-Forwarded-For' => '127.0.0.9')->code, 200,
        'other headers change nothing';
    is $t->patient->get('/lobby', 'X-Test-Address' => '::ffff:192.0.2.9')->code, 200,
        'a mapped address of an allowed network';
}

# ---- start ------------------------------------------------------------------------------------

my $c    = $t->patient;
my $page = $c->get('/lobby');
like $page->text, qr/Case number.*Lobby password.*Start/, 'labels and button';
like $page->content, qr/<form[^>]*action="[^"]*\/lobby"[^>]*autocomplete="off"/, 'no form fill';
is start($c, 'C-1', '')->code, 422, 'no password: 422';
my $r = start($c, 'C-1', 'abc');
is $r->code, 422, 'not digits: 422';
like $r->text, qr/C-1|front desk/, 'with words';
my ($wrong) = map { $_->text } $r;
$r = start($t->patient, 'NOBODY-9', '12345678');
is $r->code, 422, 'unknown number: 422';
is $r->text =~ s/NOBODY-9//r, $wrong =~ s/C-1//r, 'and the same page';
like audit('lobby.start'), qr/^refused unknown$/, 'the audit knows the difference';

my $code = $tab->lobby_password;
my ($one, $two) = $code =~ /^(\d{4}) (\d{4})$/ or fail "the code is $code";
$r = start($c, ' c 1 ', "$one$two");
is $r->code, 303, 'spaces and letter case do not matter';
is $r->location, '/portal/paperwork', 'Start lands on paperwork';
like $c->cookie('__Host-portal'), qr/^l\./, 'the cookie says what it is';
my $session = $t->sql("SELECT kind, lobby_id, expires - created AS life FROM session")->[0];
is $session->{kind}, 'lobby', 'a session of kind lobby';
is $session->{life}, 3600 * 1_000_000, 'of one hour';
is $session->{lobby_id}, $t->sql('SELECT id FROM lobby')->[0]{id}, 'of this password';

$r = start($t->patient, 'C-1', $code);
is $r->code, 422, 'a second tablet with the same one is refused';
is $r->text =~ s/C-1//r, $wrong =~ s/C-1//r, 'like a wrong one';
like audit('lobby.start'), qr/ok used$/, 'the audit says used';

# ---- what it reaches ----------------------------------------------------------------------------

$r = $c->get('/paperwork');
is $r->code, 200, 'the list';
my @todo = PortalTest::Paper->todo($c);
is scalar @todo, 3, 'the forms of the selected case only';
unlike $r->content, qr/canary|C-1|C-2|example\.org|1970/, 'nothing of the record';
for my $path ('/', '/password', "/cases/" . $tab->case('C-1')) {
    is $c->get($path)->code, 404, "no $path in the lobby";
}
my $others = $t->sql("SELECT id FROM assignment WHERE case_id = '" . $tab->case('C-2') . "'")->[0]{id};
is $c->get("/paperwork/$others")->code, 404, 'nor a form of a case that is not selected';
my $bobs = $t->sql("SELECT id FROM assignment WHERE case_id = '" . $bob->case('B-1') . "'")->[0]{id};
is $c->get("/paperwork/$bobs")->code, 404, 'nor of another person';

# ---- apart from home ----------------------------------------------------------------------------

my $home = $t->patient;
my $temporary = $tab->register;
is $c->get('/paperwork')->code, 200, 'registering leaves the visit alone';
is $home->form('/login', { case_number => 'C-1', password => $temporary })->code, 303, 'home: in';
my $own = 'quite a long password 17';
is $home->form('/password', { new_password => $own, new_password_again => $own })->code, 303,
    'home: own password';

my $at_home = PortalTest::Paper->new($home, $todo[2][0], words => 'homecanary');
my $here    = PortalTest::Paper->new($c, $todo[2][0], words => 'lobbycanary');
my $p = $at_home->page;
is $at_home->save($p, { $at_home->answers($p) })->code, 303, 'a draft at home';
unlike $c->get('/paperwork')->text, qr/\bStarted\b/, 'the lobby does not see that it was begun';
$p = $here->page;
unlike $p->content, qr/homecanary/, 'nor what was typed';
is $here->save($p, { $here->answers($p) })->code, 303, 'a draft in the lobby';
like $here->page->content, qr/lobbycanary/, 'which goes on there';
unlike $at_home->page->content, qr/lobbycanary/, 'and is not seen at home';
like $at_home->page->content, qr/homecanary/, 'where the other one is kept';

# ---- the first submit closes it -------------------------------------------------------------------

$at_home->fill;
is $at_home->submit->location, '/portal/paperwork?done=submitted', 'submitted at home';
is $here->page->code, 404, 'then it is gone in the lobby';
$r = $c->post($here->path, { number => 1, version => 1 });
is $r->code, 409, 'and a post to it is a conflict';
is $c->post($here->path('/review'), { version => 1 })->code, 409, 'so is a submit';
is scalar(PortalTest::Paper->todo($c)), 2, 'two forms are left';
unlike $c->get('/paperwork')->text, qr/you have sent/, 'and none is shown as done';

my $first = PortalTest::Paper->new($c, (PortalTest::Paper->todo($c))[0][0]);
$first->fill;
$r = $first->submit;
is $r->location, '/portal/paperwork?done=submitted', 'submitted in the lobby';
is $first->page->code, 404, 'not to be read there again';
is $home->get($first->path)->code, 200, 'but at home';

# ---- Finish ---------------------------------------------------------------------------------------

my $left = PortalTest::Paper->new($c, (PortalTest::Paper->todo($c))[0][0], words => 'leftcanary');
$p = $left->page;
$left->save($p, { $left->answers($p) });
my $stolen = $c->copy;
is $t->patient->post('/lobby/finish', {}, csrf => 'x' x 86)->code, 303, 'a stranger finishes nothing';
$r = $c->form('/paperwork', {}, button => 'Finish');
is $r->code, 303, 'Finish with a form left open';
is $r->location, '/portal/lobby?done=finished', 'lands on the lobby';
is $r->header('Clear-Site-Data'), '"cache", "storage"', 'the browser is told to forget';
is $c->cookie('__Host-portal'), undef, 'the cookie is gone';
like $c->follow($r)->text, qr/Thank you/, 'with thanks';
like $c->get('/lobby')->header('Cache-Control'), qr/no-store/, 'no page is kept';
is $stolen->get($left->path)->location, '/portal/lobby', 'an old cookie leads to the lobby';
is $stolen->post($left->path, { number => 1, version => 1 })->code, 303, 'and saves nothing';
is $t->sql('SELECT COUNT(*) n FROM lobby')->[0]{n}, 0, 'the password is dead';
is start($t->patient, 'C-1', $code)->code, 422, 'and refused';
like audit('lobby.finish'), qr/^ok$/, 'Finish is in the audit';

# ---- a new visit starts blank, the desk sees what was left ------------------------------------------

$code = $tab->lobby_password;
is start($c, 'C-1', $code)->code, 303, 'a new visit';
unlike $c->get($left->path)->content, qr/leftcanary/, 'starts blank';
$r = $desk->get('/paperwork');
like $r->text, qr/Left unfinished in the lobby.*Anncanary Doecanary/, 'the desk sees what was left';
$r = $desk->get($left->path);
like $r->text, qr/Unfinished.*leftcanary/, 'with its answers, marked';

# ---- ends ---------------------------------------------------------------------------------------

my $again = $tab->lobby_password;
is $c->get('/paperwork')->location, '/portal/lobby', 'a new lobby password ends the visit';
is start($c, 'C-1', $code)->code, 422, 'the older one is dead';
is start($c, 'C-1', $again)->code, 303, 'the new one works';
is $tab->save({ access_enabled => undef })->code, 303, 'access disabled';
is $c->get('/paperwork')->location, '/portal/lobby', 'ends the visit';
$tab->open('C-1', 'ann@example.org');

$code = $tab->lobby_password;
$t->clock(29 * 60);
$code = $tab->lobby_password;
$t->clock(30 * 60 + 1);
is start($c, 'C-1', $code)->code, 422, 'expired after 30 minutes';
like audit('lobby.start'), qr/expired$/, 'says the audit';

$code = $tab->lobby_password;
is start($c, 'C-1', $code)->code, 303, 'a visit';
$t->clock(290);
is $c->get('/session')->code, 200, 'asking how long is left';
is $c->get('/paperwork')->code, 200, 'goes on before the idle limit';
$t->clock(301);
is $c->get('/paperwork')->location, '/portal/lobby', 'and ends at it';

$code = $tab->lobby_password;
is start($c, 'C-1', $code)->code, 303, 'a visit';
for (1 .. 14) { $t->clock(250); $c->get('/paperwork') }
is $c->get('/paperwork')->code, 200, 'alive by its requests';
$t->clock(250);
is $c->get('/paperwork')->location, '/portal/lobby', 'but no longer than the lifetime';

$code = $bob->lobby_password;
my $both = $t->patient;
is $both->form('/login', { case_number => 'C-1', password => $own })->code, 303, 'signed in';
is $both->get('/lobby')->code, 200, 'and looking at the lobby';
is $both->get('/')->code, 200, 'goes on';
my $before = $both->copy;
is start($both, 'B-1', $code)->code, 303, 'until Start';
is $before->get('/')->code, 303, 'which ends it';
is $both->get('/')->code, 404, 'and begins the lobby';
is $both->get('/paperwork', 'X-Test-Address' => '198.51.100.7')->code, 403, 'a moved tablet is refused';

# ---- several tablets at the very same time ---------------------------------------------------------

{
    my $shared = $bob->lobby_password;
    my @tablets = map { my $one = $t->patient; $one->get('/lobby'); $one } 1 .. 6;
    pipe my $in, my $out or die "pipe: $!";
    my @children = map {
        my $one = $_;
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my $answer = $one->post('/lobby', { case_number => 'B-1', lobby_password => $shared });
            syswrite $out, $answer->code . "\n";
            POSIX::_exit(0);
        }
        $pid;
    } @tablets;
    close $out;
    waitpid $_, 0 for @children;
    my @codes = sort split ' ', do { local $/; <$in> };
    is scalar(grep { $_ == 303 } @codes), 1, "of six tablets at once one begins: @codes";
    is $t->sql("SELECT COUNT(*) n FROM session WHERE kind = 'lobby' AND binder_id = '" . $bob->id . "'"
            . ' AND lobby_id = (SELECT id FROM lobby WHERE binder_id = session.binder_id)')->[0]{n},
        1, 'and there is one session';
}

# ---- guessing -------------------------------------------------------------------------------------

my $gil = PortalTest::Tab->new($t, 3, $desk);
$gil->open('G-1');
my $right = $gil->lobby_password;
$c = $t->patient;
is start($c, 'G-1', '0000 0000')->code, 422, 'a wrong guess' for 1 .. 4;
$r = start($c, 'G-1', $right);
is $r->code, 429, 'then a wait, also for the right one';
cmp_ok $r->header('Retry-After'), '>', 0, 'which is told';
unlike $r->content, qr/\Q$right\E/, 'the code is not shown again';
$r = start($c, 'NOT-THERE', '0000 0000') for 1 .. 5;
is $r->code, 429, 'the same for a number that does not exist';
is $home->form('/login', { case_number => 'G-1', password => 'x' })->code, 422,
    'signing in is counted apart';
$t->clock(61);
is start($c, 'G-1', $right)->code, 303, 'after the wait it works, registered or not';

is $t->portalctl('audit', 'verify')->{exit}, 0, 'the audit is whole';
unlike $t->error_log . $t->access_log, qr/\Q$one\E ?\Q$two\E/, 'no code in a log';
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The acts behind the menu of the Patient Portal tab that make a password: asked first, shown once,
# made for printing, undone while nobody used it; what is disabled, and why. (security.md TK15)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(portal => { PortalLobbyFrom => '127.0.0.0/8' }, csv => <<'CSV');
mrn,family,given,birth_date,case_number,case_title
1,Doe,Ann,1970-01-02,C-1,Knee
1,Doe,Ann,1970-01-02,C-2,Hip
2,,,,B-1,Arm
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk);
my @MENU = ('Edit', 'Generate Lobby Password', 'Register Patient', 'Send Portal Invitation',
    'Refresh', 'Close');

# The menu as [name, reason or ''].
sub menu ($r) {
    my ($list) = $r->tree->look_down(id => 'menu-list');
    return map {
        my $item   = $_;
        my ($name) = $item->look_down(class => qr/portal-menu__item/);
        my ($why)  = $item->look_down(class => qr/portal-menu__reason/);
        [ $name->as_text, $why ? $why->as_text : '' ];
    } $list->look_down(_tag => 'li');
}
sub reasons ($r) { return { map {@$_} menu($r) } }
sub sign_in ($number, $password) {
    my $browser = $t->patient;
    my $r       = $browser->form('/login', { case_number => $number, password => $password });
    return wantarray ? ($browser, $r) : $r;
}

# ---- what cannot work is shown, disabled, with its reason -------------------------------------

my $why = reasons($tab->get);
is_deeply [ map { $_->[0] } menu($tab->get) ], \@MENU, 'the menu, in its order';
like $why->{$_}, qr/Access is not enabled/, "$_: access is not enabled" for @MENU[ 1 .. 3 ];
is $why->{$_}, '', "$_ always works" for @MENU[ 0, 4, 5 ];
for my $path (qw(/lobby-password /registration /invitation)) {
    for my $fields ({}, { confirm => 1 }) {
        my $r = $tab->act($path, $fields);
        is $r->code, 422, "$path is refused";
        like $r->text, qr/Access is not enabled/, 'with the reason';
        is $r->status_line_text, 'Disabled · Not Registered · No Invite', 'on the tab';
    }
}
$tab->save({ access_enabled => 1 });
$why = reasons($tab->get);
like $why->{$_}, qr/no master case/, "$_: no master case" for @MENU[ 1 .. 3 ];
is $tab->act('/lobby-password')->code, 422, 'and refused';
$tab->open('C-1');
$why = reasons($tab->get);
is $why->{$_}, '', "$_ works now" for @MENU[ 1, 2 ];
like $why->{'Send Portal Invitation'}, qr/no email/, 'an invitation needs an e-mail';
is $tab->act('/invitation')->code, 422, 'and is refused without';
my $r = $desk->json('POST', $tab->path('/invitation'), {});
is $r->code, 422, 'to programs too';
is $r->data->{errors}[0]{code}, 'portal_tab.reason.no_email', 'with the reason';
is scalar @{ $t->sql('SELECT * FROM account') }, 0, 'nothing was done so far';
ok + (grep { $_ eq 'lobby.password refused' } $tab->audit), 'refusals are in the audit trail';

# ---- Register Patient -------------------------------------------------------------------------

my $once = $tab->once;
$r = $desk->post($tab->path('/registration'), { once => $once });
is $r->code, 200, 'it asks first';
like $r->text, qr/Not Registered/, 'saying what is there';
my ($confirm) = grep { $_->action =~ m{/registration$} } $r->forms;
is_deeply [ $confirm->buttons ], ['Confirm'], 'Confirm';
is $tab->status, 'Enabled · Not Registered · No Invite', 'nothing has happened yet';
my $slip = $desk->form($r, {}, button => 'Confirm');
is $slip->code, 200, 'confirmed';
my $password = $slip->secret;
like $password, qr/^[a-z0-9]{5}(?:-[a-z0-9]{5}){2,}$/, 'a temporary password in groups';
for my $part ('Riverside Practice', 'Ann Doe', 'C-1', $t->url('/portal/'), 'What to do') {
    like $slip->text, qr/\Q$part\E/, "the slip says $part";
}
my ($expires) = $slip->tree->look_down(_tag => 'time');
my $iso = $expires->attr('datetime');
is $iso, POSIX::strftime('%Y-%m-%d', gmtime($t->now + 3 * 86400)) . substr($iso, 10),
    'it expires in three days';
is $slip->header('Cache-Control'), 'no-store', 'nobody keeps the page';
is $tab->status, 'Enabled · Forced Registration · No Invite', 'Forced Registration';
like $tab->get->text, qr/Undo Registration/, 'Undo Registration is there';

for my $again (1, 2) {
    my $same = $desk->form($r, {}, button => 'Confirm');
    is $same->code, 200, 'the same form again';
    like $same->text, qr/already shown/, 'says that it was already shown';
    is $same->secret, undef, 'and shows none';
}
my ($browser, $in) = sign_in('C-1', uc($password) =~ tr/-/ /r);
is $in->location, '/portal/password', 'the first password still works: no new one was made';

# Somebody signed in with it: what was before is gone.
unlike $tab->get->text, qr/Undo Registration/, 'no undoing any more';
$r = $tab->act('/registration/undo');
is $r->code, 409, 'undoing is refused';
like $r->text, qr/nothing to undo/, 'with the reason';
is $tab->status, 'Enabled · Forced Registration · No Invite', 'and nothing changed';

$r = $tab->act('/registration');
like $r->text, qr/replaces a Forced Registration/, 'Confirm says which registration it replaces';
like $r->text, qr/Last sign-in: \d+ \w+ \d{4}/,   'and when it was last used';

# ---- undo, from none, from own, and after two in a row ----------------------------------------

my $second = $tab->register;
is sign_in('C-1', $password)->code, 422, 'the earlier temporary password is dead';
my $third = $tab->register;
is sign_in('C-1', $second)->code, 422, 'and so is the second';
is $tab->act('/registration/undo')->code, 303, 'undone';
is sign_in('C-1', $third)->code,  422, 'the third is dead';
is sign_in('C-1', $second)->code, 422, 'the second stays dead';
is sign_in('C-1', $password)->code, 303, 'what was there before both is back';
is $tab->act('/registration/undo')->code, 409, 'undone only once';

my $two = PortalTest::Tab->new($t, 2, $desk)->open('B-1');
$r = $two->act('/registration', { confirm => 1 });
like $r->text, qr/\b2\b/, 'a slip for somebody without a name has the record number';
my $unused = $r->secret;
is $two->act('/registration/undo')->code, 303, 'undone when nobody had registered before';
is $two->status, 'Enabled · Not Registered · No Invite', 'not registered again';
is sign_in('B-1', $unused)->code, 422, 'and the password opens nothing';
$two->register;
$t->sql("UPDATE account SET \"undo\" = '' WHERE binder_id = '" . $two->id . "'");
is $two->act('/registration/undo')->code, 409, 'not when the password changed in another way';

# What is sealed there opens nowhere else.
$tab->register;
$two->register;
$t->sql("UPDATE account SET \"undo\" = (SELECT \"undo\" FROM account WHERE binder_id = '" . $tab->id
        . "') WHERE binder_id = '" . $two->id . "'");
$t->expect_log('PTL0402');
is $two->act('/registration/undo')->code, 503, "another patient's registration is not brought back";
is $tab->act('/registration/undo')->code, 303, 'only the own one';

# An expired temporary password.
my $late = $tab->register;
$t->clock(3 * 86400 + 60);
is sign_in('C-1', $late)->code, 422, 'a temporary password expires';
like $tab->get->text, qr/Temporary password Expired/, 'and the tab says so';
is $tab->act('/registration/undo')->code, 303, 'it can still be undone';

# ---- Generate Lobby Password ------------------------------------------------------------------

$once = $tab->once;
$slip = $desk->post($tab->path('/lobby-password'), { once => $once });
is $slip->code, 200, 'made without asking';
like $slip->secret, qr/^\d{4} \d{4}$/, '8 digits in two groups';
like $slip->text, qr/\Q${\ $t->url('\/portal\/lobby')}\E/, 'with the address of the lobby';
my ($svg) = $slip->tree->look_down(_tag => 'svg');
ok $svg && $svg->look_down(_tag => 'path', d => qr/^(?:M\d+ \d+h\d+v1h-\d+z){200,}$/), 'and its QR code';
($expires) = $slip->tree->look_down(_tag => 'time');
my $seconds = HTTP::Date::str2time($expires->attr('datetime')) - $t->now;
ok abs($seconds - 1800) < 60, 'it expires in half an hour' or diag $seconds;
$r = $desk->post($tab->path('/lobby-password'), { once => $once });
is $r->code, 200, 'posted again';
like $r->text, qr/already shown/, 'it was already shown';
is $r->secret, undef, 'no new one';
is scalar(grep { $_ eq 'lobby.password ok' } $tab->audit), 1, 'and none was made';
$r = $desk->post($tab->path('/registration'), { once => $once, confirm => 1 });
ok $r->secret, 'another act of the same page is another act';

# Refused first, then mended: the form was not used up.
$once = $tab->once;
$tab->save({ access_enabled => undef });
is $desk->post($tab->path('/lobby-password'), { once => $once })->code, 422, 'refused';
$tab->save({ access_enabled => 1 });
ok $desk->post($tab->path('/lobby-password'), { once => $once })->secret, 'works when mended';
$tab->save({ access_enabled => undef });
like $desk->post($tab->path('/lobby-password'), { once => $once })->text, qr/already shown/,
    'what was shown was shown, whatever holds now';
$tab->save({ access_enabled => 1 });

# ---- programs ---------------------------------------------------------------------------------

my $program = $t->program('frontdesk');
$r = $program->json('POST', $tab->path('/registration'), {});
is $r->code, 422, 'JSON needs confirm';
is $r->data->{errors}[0]{field}, 'confirm', 'and says so';
my @made = map { $program->json('POST', $tab->path('/registration'), { confirm => 1 }) } 1, 2;
is_deeply [ map { $_->code } @made ], [ 200, 200 ], 'without once each is a new act';
isnt $made[0]->data->{slip}{secret}, $made[1]->data->{slip}{secret}, 'with a new password';
is sign_in('C-1', $made[1]->data->{slip}{secret})->code, 303, 'the last one works';
@made = map { $program->json('POST', $tab->path('/lobby-password'), { once => 'x' }) } 1, 2;
like $made[0]->data->{slip}{secret}, qr/^\d{4} \d{4}$/, 'a lobby password for a program';
ok !$made[1]->data->{slip} && $made[1]->data->{again}, 'with once it is the same act';
is $program->json('POST', $tab->path('/lobby-password'), { once => [ 'a', 'b' ] })->code, 400,
    'once is sent once';

# ---- too many tries ---------------------------------------------------------------------------

sign_in('C-1', 'wrong') for 1 .. 4;
is sign_in('C-1', 'wrong')->code, 429, 'after too many tries the patient waits';
$r = $tab->get;
like $r->text, qr/Too many wrong tries.*try again after/, 'the tab says so';
is $desk->form($r, {}, button => 'Let the patient try again')->code, 303, 'and lifts it';
unlike $tab->get->text, qr/Too many wrong tries/, 'it is gone';
is sign_in('C-1', 'wrong')->code, 422, 'the patient may try again';
ok + (grep { $_ eq 'throttle.lift ok' } $tab->audit), 'recorded';
sign_in('C-1', 'wrong') for 1 .. 5;
my $fresh = $tab->register;
is sign_in('C-1', $fresh)->code, 303, 'Register Patient forgives what failed, too';

# ---- secrets stay where they belong -----------------------------------------------------------

my $log = $t->error_log . $t->access_log;
my $dump = join "\n", map { join '|', map { $_ // '' } values %$_ }
    map { @{ $t->sql("SELECT * FROM $_") } } qw(account lobby audit once link mail);
for my $secret ($password, $second, $fresh, $made[0]->data->{slip}{secret}) {
    my $bare = $secret =~ tr/- //dr;
    ok index($log,  $_) < 0, 'no log has it'      for $secret, $bare;
    ok index($dump, $_) < 0, 'no table has it'    for $secret, $bare;
}

# ---- the configuration ------------------------------------------------------------------------

$t->set(portal => { PortalLobbyFrom => undef, PortalMailRelay => undef });
$t->graceful;
$tab->save({ email => 'ann@a.example' });
$why = reasons($tab->get);
like $why->{'Generate Lobby Password'}, qr/lobby is closed/, 'no lobby network: disabled with the reason';
like $why->{'Send Portal Invitation'}, qr/no mail relay/, 'no relay: likewise';
is $tab->act($_)->code, 422, "$_ is refused" for qw(/lobby-password /invitation);
$t->set(portal => { PortalRegistration => 'off' });
$t->graceful;
like reasons($tab->get)->{'Send Portal Invitation'}, qr/do not register by themselves/,
    'the policy is off: the reason';
is $tab->act('/invitation')->code, 422, 'and it is refused';
$t->set(portal => { PortalFeature => [ 'lobby off', 'registration off' ] });
$t->graceful;
is_deeply [ map { $_->[0] } menu($tab->get) ], [qw(Edit), 'Register Patient', qw(Refresh Close)],
    'what is switched off is not there';
is $tab->act($_)->code, 404, "and has no address: $_" for qw(/lobby-password /invitation);
ok $tab->register, 'Register Patient stays';

$t->stop;
done_testing;

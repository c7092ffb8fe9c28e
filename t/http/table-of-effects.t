# SPDX-License-Identifier: Apache-2.0
#
# The contract's table "What each act does beyond its own field", from outside and with nothing
# made up: real sign-ins on two devices, real mailed links, a tablet in the lobby. Each look is
# made over eight new connections, so that both children answer. (security.md SE1 to SE4, AZ5)
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;

my @rows = 1 .. 14;
my $t    = PortalTest->start(
    default_forms => 'consent-to-treatment',
    portal        => { PortalLobbyFrom => '127.0.0.0/8' },
    csv           => "mrn,family,given,birth_date,case_number,case_title\n" . join '',
    map {"$_,Family$_,Given$_,1970-01-02,M-$_,Knee\n$_,Family$_,Given$_,1970-01-02,S-$_,Hip\n"} @rows
);
my $desk  = $t->desk;
my $links = PortalTest::Links->new($t);
my $own   = 'violets in the morning rain';
my $next  = 0;

# --- one patient with everything open ----------------------------------------------------------------

sub sign_in ($number, $password) {
    my $browser = $t->patient;
    return $browser->form('/login', { case_number => $number, password => $password })->code == 303
        ? $browser : undef;
}

# { tab, master, second, phone, laptop, invitation, reset, tablet }: registered by invitation, signed
# in twice, invited again, with a link for a new password, and sitting in the lobby.
sub everything_open ($sessions = 2) {
    my $n   = ++$next;
    my $tab = PortalTest::Tab->new($t, $n, $desk);
    my %w   = (tab => $tab, number => "M-$n", master => $tab->case("M-$n"), second => $tab->case("S-$n"));
    $tab->save({ master_case => $w{master}, selected_cases => [ @w{qw(master second)} ],
        access_enabled => 1, email => "p$n\@example.org" })->code == 303 or die "not saved\n";
    $tab->act('/invitation');
    $links->finish($t->patient, $links->link, "M-$n", $own)->code == 303 or die "not registered\n";
    $tab->act('/invitation');
    $w{invitation} = $links->link;
    $links->ask('/forgot', "M-$n", "p$n\@example.org");
    $w{reset} = $links->link // die "no link\n";
    @w{qw(phone laptop)} = map { sign_in("M-$n", $own) } 1 .. $sessions;
    $w{tablet} = $t->patient;
    $w{tablet}->form('/lobby', { case_number => "M-$n", lobby_password => $tab->lobby_password })->code == 303
        or die "no lobby\n";
    return \%w;
}

# What eight new connections say, when they say the same.
sub everywhere ($ask) {
    my %codes = map { $ask->() => 1 } 1 .. 8;
    return join '/', sort keys %codes;
}

sub lives ($browser) { return everywhere(sub { $browser->copy->json('GET', '/paperwork')->code }) }
sub opens ($link)    { return $t->patient->visit($link)->code }

# "phone laptop invitation reset tablet | status": codes of each.
sub state_of ($w) {
    return join ' ', lives($w->{phone}), lives($w->{laptop}), opens($w->{invitation}),
        opens($w->{reset}), lives($w->{tablet}), '|', $w->{tab}->status;
}

sub becomes ($w, $codes, $status, $what) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is state_of($w), "$codes | $status", $what;
    return;
}

my $ALL = 'Enabled · Normal Registration · Invite';

# --- acts of the desk ----------------------------------------------------------------------------------

my $w = everything_open();
becomes($w, '200 200 200 200 200', $ALL, 'everything is open');
is $w->{tab}->save({ access_enabled => undef })->code, 303, 'access disabled';
becomes($w, '401 401 410 410 401', 'Disabled · Normal Registration · Invite',
    'sessions ended, links void, lobby ended');
is $w->{tab}->act('/lobby-password')->code, 422, 'no lobby password while disabled';
is sign_in($w->{number}, $own), undef, 'no sign-in either';
is $w->{tab}->save({ access_enabled => 1 })->code, 303, 'access enabled';
becomes($w, '401 401 410 410 401', $ALL, 'nothing comes back by itself');
ok sign_in($w->{number}, $own), 'the password was kept';

$w = everything_open();
is $w->{tab}->save({ email => 'other@example.org' })->code, 303, 'e-mail changed';
becomes($w, '200 200 410 410 200', 'Enabled · Normal Registration · No Invite', 'links void, No Invite, all else goes on');
ok sign_in($w->{number}, $own), 'the password was kept';

$w = everything_open();
is $w->{tab}->save({ master_case => '', selected_cases => [ $w->{second} ] })->code, 422,
    'master case deselected: refused';
is $w->{tab}->save({ selected_cases => [ $w->{second} ] })->code, 422, 'in this way too';
PortalTest::spew($t->file('move.csv'), "mrn,case_number\n99,$w->{number}\n");
is $t->portalctl('import', $t->file('move.csv'))->{exit}, 1, 'moved out by an import: the row is refused';
becomes($w, '200 200 200 200 200', $ALL, 'and nothing has happened');
is $w->{tab}->save({ master_case => $w->{second} })->code, 303, 'master case changed';
becomes($w, '401 401 410 410 401', $ALL, 'sessions ended, links void, lobby ended');
is sign_in($w->{number}, $own), undef, 'the old number no longer signs in';
ok sign_in($w->{number} =~ s/M/S/r, $own), 'the new one does, the password was kept';

$w = everything_open();
my ($todo) = grep { $_->{case_id} eq $w->{second} } @{ $t->sql('SELECT id, case_id FROM assignment') };
my $form = sub ($browser) { return everywhere(sub { $browser->copy->get("/paperwork/$todo->{id}")->code }) };
is $form->($w->{$_}), 200, "the $_ opens the second case's form" for qw(phone tablet);
is $w->{tab}->save({ selected_cases => [ $w->{master} ] })->code, 303, 'case deselected';
becomes($w, '200 200 200 200 200', $ALL, 'sessions go on');
is $form->($w->{$_}), 404, "the $_ without its form" for qw(phone tablet);
is everywhere(sub { $w->{phone}->copy->get("/cases/$w->{second}")->code }), 404, 'and without the case';

$w = everything_open();
is $w->{tab}->act('/invitation')->code, 303, 'invitation sent again';
becomes($w, '200 200 410 410 200', $ALL, 'earlier links are void, all else goes on');
is opens($links->link), 200, 'the new one works';

$w = everything_open();
my $temporary = $w->{tab}->register;
becomes($w, '401 401 410 410 200', 'Enabled · Forced Registration · Invite',
    'Register Patient: sessions ended, links void; the lobby goes on');
is sign_in($w->{number}, $own), undef, 'the password was replaced';
is $w->{tab}->act('/registration/undo')->code, 303, 'undone before anybody signed in with it';
becomes($w, '401 401 410 410 200', $ALL, 'registration as before');
is sign_in($w->{number}, $temporary), undef, 'the temporary password is dead';
ok sign_in($w->{number}, $own), "the patient's own is back";
$temporary = $w->{tab}->register;
my $must = sign_in($w->{number}, $temporary);
ok $must, 'registered once more, and signed in';
is $w->{tab}->act('/registration/undo')->code, 409, 'now nothing can be undone';
is everywhere(sub { $must->copy->json('GET', '/')->code }), 403, 'the must-change session goes nowhere else';

$w = everything_open();
my $code = $w->{tab}->lobby_password;
becomes($w, '200 200 200 200 401', $ALL, "lobby password made: the earlier one's session ended, all else goes on");
my $unused = $w->{tab}->lobby_password;
is $t->patient->form('/lobby', { case_number => $w->{number}, lobby_password => $code })->code, 422, 'the earlier one is void';
is $t->patient->form('/lobby', { case_number => $w->{number}, lobby_password => $unused })->code, 303, 'the last one works';

# --- acts of the patient -------------------------------------------------------------------------------

$w = everything_open();
is $links->finish($t->patient, $w->{invitation}, $w->{number}, "$own 2")->code, 303, 'registration finished';
becomes($w, '401 401 410 410 200', $ALL, 'sessions ended, links void');
is sign_in($w->{number}, $own), undef, 'the password is another';
ok sign_in($w->{number}, "$own 2"), 'the new one';
like join(' ', map { $_->subject } $links->new_mails), qr/password was changed/, 'and a notice is mailed';

$w = everything_open();
is $links->finish($t->patient, $w->{reset}, $w->{number}, "$own 3")->code, 303, 'forgotten password used';
becomes($w, '401 401 410 410 200', $ALL, 'all sessions ended, links void');
ok sign_in($w->{number}, "$own 3"), 'the new password';

$w = everything_open();
my $old = $w->{phone}->copy;
is $w->{phone}->form('/password', { password => $own, new_password => "$own 4", new_password_again => "$own 4" })->code,
    303, 'password changed on the phone';
becomes($w, '200 401 410 410 200', $ALL, 'the other device is signed out, links void; the phone goes on');
is lives($old), 401, 'under a new session id';

# --- time, and the command line ------------------------------------------------------------------------

$w = everything_open();
$t->clock('+' . 7 * 86400);
is opens($w->{invitation}), 410, 'expiry of an invitation: the link is dead';
is $w->{tab}->status, $ALL, 'it stays Invite';
like $w->{tab}->get->text, qr/Expired/i, 'shown as expired';
ok sign_in($w->{number}, $own), 'the password was kept';

# What portalctl does when it ends a session: it takes the row away and changes the epoch, in one transaction.
$w = everything_open(1);
my $other = sign_in($w->{number}, $own);
is lives($_), 200, 'two sessions, known to both children' for $w->{phone}, $other;
my $from = Time::HiRes::time();
$t->sql("BEGIN; DELETE FROM session WHERE binder_id = '" . $w->{tab}->id
        . "' AND kind = 'patient'; UPDATE meta SET value = 'changed' WHERE name = 'session_epoch'; COMMIT");
$t->wait_for('the sessions to end everywhere', sub { lives($w->{phone}) eq '401' && lives($other) eq '401' });
cmp_ok Time::HiRes::time() - $from, '<', 2, 'an act of the command line reaches live sessions within a second';

is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail of all that is whole';
$t->stop;
done_testing;

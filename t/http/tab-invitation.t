# SPDX-License-Identifier: Apache-2.0
#
# Send Portal Invitation at the desk: the mail that goes out and what the tab shows of it, the link
# and everything that ends it, and a relay that refuses.
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

use IPC::Open2 ();

my $csv = <<'CSV';
mrn,family,given,birth_date,case_number,case_title
1,Doe,Ann,1970-01-02,C-1,Knee
CSV
my $OWN = 'seven boats on a green lake';

sub answers ($t, $path) {
    my $browser = $t->patient;
    my $r       = $browser->get($path);
    is $r->code, 303, 'a link answers 303, dead or alive';
    return ($browser, $browser->follow($r));
}
sub dead ($t, $path, $why) {
    my ($browser, $r) = answers($t, $path);
    $r = $browser->form($r, { case_number => 'C-1', new_password => $OWN,
        new_password_again => $OWN }) if $r->code == 200;
    is $r->code, 410, "dead: $why";
    return;
}

# ---- a relay that takes it --------------------------------------------------------------------

my $t   = PortalTest->start(csv => $csv);
my $tab = PortalTest::Tab->new($t, 1)->open('C-1', 'ann@a.example');
my $once = $tab->once;
my $r    = $tab->desk->post($tab->path('/invitation'), { once => $once });
is $r->code, 303, 'sent';
like $tab->desk->follow($r)->text, qr/invitation is on its way/, 'back to the tab with a notice';
is $tab->desk->post($tab->path('/invitation'), { once => $once })->code, 303, 'the same form again';
my @mails = $t->mails(1);
$t->wait_for('the mail to be sent', sub { $tab->view->{invitation}{sent} });
@mails = $t->mails;
is scalar @mails, 1, 'is one mail';
is $mails[0]->to, 'ann@a.example', 'to the address of the tab';
my $first = $mails[0]->path;
like $first, qr{^/portal/register/[\w-]{43}$}, 'with a link';

is $tab->status, 'Enabled · Not Registered · Invite', 'Invite';
$r = $tab->get;
like $r->text, qr/Invitation Sent/, 'the tab says: sent';
my $v = $tab->view->{invitation};
my $days = (HTTP::Date::str2time($v->{expires}{iso}) - $t->now) / 86400;
ok abs($days - 7) < 0.01, 'it expires in seven days' or diag $days;
like $r->text, qr/Works until \Q$v->{expires}{text}\E/, 'and the tab says when';
my $log = $t->error_log . $t->access_log . join '', map { values %$_ } @{ $t->sql('SELECT * FROM link') };
my ($token) = $first =~ m{([\w-]{43})$};
ok index($log, $token) < 0, 'the token is in no log and no table';

is $tab->act('/invitation')->code, 303, 'sent again';
@mails = $t->mails(2);
my $second = $mails[1]->path;
dead($t, $first, 'a newer one was sent');
is $tab->status, 'Enabled · Not Registered · Invite', 'still Invite';

# ---- what ends a link -------------------------------------------------------------------------

sub fresh_link {
    my $before = $t->mails;
    is $tab->act('/invitation')->code, 303, 'a new invitation';
    return ($t->mails($before + 1))[-1]->path;
}
$tab->lobby_password;
my ($browser, $page) = answers($t, $second);
is $page->code, 200, 'the second link goes on to the form, whatever the lobby does';

$tab->register;
dead($t, $second, 'Register Patient');
like $tab->get->text, qr/link no longer works/, 'the tab says so';
is $tab->status, 'Enabled · Forced Registration · Invite', 'Invite stays';

my $link = fresh_link();
is $tab->act('/registration/undo')->code, 303, 'undone';
($browser, $page) = answers($t, $link);
is $page->code, 200, 'undoing leaves links alone';

is $tab->save({ email => 'new@a.example' })->code, 303, 'e-mail changed';
dead($t, $link, 'the e-mail changed');
is $tab->status, 'Enabled · Not Registered · No Invite', 'No Invite';
unlike $tab->get->text, qr/Invitation Sent/, 'and the tab shows none';

$link = fresh_link();
is $tab->save({ access_enabled => undef })->code, 303, 'access disabled';
is $tab->save({ access_enabled => 1 })->code, 303, 'and enabled again';
dead($t, $link, 'access was disabled');

$link = fresh_link();
$t->clock(7 * 86400 + 60);
dead($t, $link, 'it expired');
is $tab->status, 'Enabled · Not Registered · Invite', 'it stays Invite';
like $tab->get->text, qr/Expired/, 'shown as expired';

# ---- answered ---------------------------------------------------------------------------------

$link = fresh_link();
($browser, $page) = answers($t, $link);
$r = $browser->form($page, { case_number => 'C-1', new_password => $OWN,
    new_password_again => $OWN });
is $r->code, 303, 'the patient registers';
is $tab->status, 'Enabled · Normal Registration · Invite', 'Normal Registration';
unlike $tab->get->text, qr/link no longer works/, 'a used link is no matter';
my $signed = $t->patient;
is $signed->form('/login', { case_number => 'C-1', password => $OWN })->code, 303, 'and signs in';

$r = $tab->act('/registration');
like $r->text, qr/replaces a Normal Registration/, 'Register Patient says what it would destroy';
like $r->text, qr/Last sign-in: /, 'and when it was last used';
my $temporary = $tab->register;
is $signed->json('GET', '/')->code, 401, 'the patient is signed out';
my $must = $t->patient;
$r = $must->form('/login', { case_number => 'C-1', password => $temporary });
is $r->location, '/portal/password', 'the temporary password leads to Change password';
$r = $must->form('/password', { new_password => "$OWN two", new_password_again => "$OWN two" });
is $r->code, 303, 'which sets an own one';
is $tab->act('/registration/undo')->code, 409, 'after which nothing can be undone';
is $tab->status, 'Enabled · Forced Registration · Invite', 'Forced Registration';
is $tab->view->{temporary}, JSON::PP::false(), 'without a temporary password';

is scalar(grep { $_ eq 'invitation.send ok' } $tab->audit), 6, 'each invitation is in the audit trail, once';
$t->stop;

# ---- a relay that does not take it ------------------------------------------------------------

sub relay (@options) {
    my $folder = File::Temp::tempdir(CLEANUP => 1);
    my $pid    = IPC::Open2::open2(my $out, my $in, '/usr/bin/python3', 't/lib/smtp_peer.py',
        '--folder', $folder, @options);
    my ($port) = <$out> =~ /(\d+)/;
    return { pid => $pid, in => $in, port => $port };
}
sub ended ($relay) { close $relay->{in}; waitpid $relay->{pid}, 0; return }

my $peer = relay('--reply', 'RCPT', '550 5.1.1 Nobody <b>here</b>');
$t = PortalTest->start(csv => $csv, portal => { PortalMailRelay => "smtp://127.0.0.1:$peer->{port}",
    PortalMailTLS => 'off' });
$tab = PortalTest::Tab->new($t, 1)->open('C-1', 'ann@a.example');
is $tab->act('/invitation')->code, 303, 'handed to the outbox';
$t->wait_for('the relay to refuse', sub { $tab->view->{invitation}{failed} });
$r = $tab->get;
like $r->text, qr/Invitation Failed/, 'the tab says: failed';
like $r->decoded_content, qr/5\.1\.1 Nobody &lt;b&gt;here/, "in the relay's own words, as text";
is $tab->status, 'Enabled · Not Registered · Invite', 'the status line is what the desk did';
ended($peer);

$peer = relay('--reply', 'RCPT', '451 4.3.0 Come back later');
$t->set(portal => { PortalMailRelay => "smtp://127.0.0.1:$peer->{port}", PortalMailTLS => 'off' });
$t->graceful;
is $tab->act('/invitation')->code, 303, 'a relay that is busy';
$t->wait_for('the first try', sub { $tab->view->{invitation}{tries} });
$r = $tab->get;
like $r->text, qr/Invitation Queued/, 'the tab says: queued';
like $r->text, qr/Come back later.*Next try/, 'why, and when it is tried again';
ended($peer);
$t->expect_log(qr/PTL07\d\d/);
$t->stop;
done_testing;

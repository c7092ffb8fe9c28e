# SPDX-License-Identifier: Apache-2.0
#
# portalctl rotate-secret beside a serving httpd under traffic: nobody is signed out, no page fails, open
# links, forms, lobby passwords and drafts go on; a kill in the middle is made good by the next run; the
# trail stays whole; of the old key only what is needed stays, and it is told for what. (security.md
# LG8)
use v5.36;
use utf8;
use lib 't/lib';
use POSIX       qw(WNOHANG _exit);
use Time::HiRes qw(sleep);
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

use constant MAILS => 150;

my $people = join '', map {"$_,Doe,Ann$_,1970-01-02,ann$_\@example.org,C-$_\n"} 1 .. MAILS;
my $t      = PortalTest->start(
    csv    => "mrn,family,given,birth_date,email,case_number\n$people",
    portal => { PortalLobbyFrom => '127.0.0.0/24', PortalMailRelay => 'smtp://127.0.0.1:1',
        PortalMailTLS => 'off', PortalThrottle => '3 10min 1h 100' },
    default_forms => 'consent-to-treatment medical-history',
);
# no relay; and a mail's fate that could not be written while portalctl was stopped with the write lock
$t->expect_log(qw(PTL0711 PTL0712 PTL0713));
my ($dir, $desk, $own) = ($t->dir, $t->desk, 'quite a long password 17');

sub n ($sql) { return $t->sql("SELECT COUNT(*) n FROM $sql")->[0]{n} }

# How many rows are sealed under a key.
sub sealed ($key) {
    return $t->sql('SELECT ' . join(' + ', map {"(SELECT COUNT(*) FROM $_ LIKE 'v1.$key.%')"}
        'draft WHERE sealed', 'response WHERE sealed', 'mail WHERE sealed', 'account WHERE "undo"') . ' n')->[0]{n};
}

sub rotate (@words) {
    my $r = $t->portalctl('--json', 'rotate-secret', @words);
    return { %{ JSON::PP->new->decode($r->{out}) }, exit => $r->{exit}, err => $r->{err} };
}

# The secret without its keys.
sub secret () { return PortalTest::slurp("$dir/secret.key") =~ s/ \S{44}$//mgr }

# ---- what is there before ---------------------------------------------------------------------------

# 1 has a session and a draft; 2 a password of her own and never signs in again; 3 a registration that
# can be undone; 4 a lobby password; all are invited.
$t->sql("INSERT INTO access SELECT b.id, c.id, b.email, b.email, 1, '', 1, 1 FROM binder b JOIN patient_case c"
        . " ON c.binder_id = b.id; INSERT INTO access_case SELECT binder_id, master_case_id FROM access");
my %tab = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 4;

sub signed_in ($mrn) { return $tab{$mrn}->signed_in("C-$mrn", $own) }
my $c = signed_in(1);
signed_in(2);
signed_in(3);
$tab{3}->register;
my ($id)  = map { $_->[0] } grep { $_->[1] eq 'Medical history' } PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $id, words => 'canary');
my $page  = $paper->page;
is $paper->save($page, { $paper->answers($page) })->code, 303, 'a draft';
my $lobby = $tab{4}->lobby_password;
my $program = $t->program('frontdesk');
my @binders = map { $_->{id} } @{ $t->sql('SELECT id FROM binder') };
is scalar(grep { $program->json("POST", "/binders/$_/portal/invitation", {})->code < 400 } @binders),
    scalar @binders, "all are invited";
cmp_ok n("mail WHERE sealed LIKE 'v1.1.%'"), '>=', MAILS, 'mails wait';
my $open_form = $c->get('/password');
my $wrong = $t->patient(from => '127.0.8.1');
$wrong->form('/login', { case_number => 'C-2', password => 'wrong' }) for 1 .. 4;
my $failures = n("throttle WHERE account <> ''");

# ---- traffic ----------------------------------------------------------------------------------------

# One more browser in a process of its own, on new connections each time: home, the draft saved and read.
my $parent = $$;
my $busy   = fork // die;
if (!$busy) {
    my ($turns, @bad) = (0);
    my ($mine, $staff) = ($c->copy, $t->desk('nurse'));
    # A connection that is cut while a child ends is tried once more, as browsers do; what the server
    # answers counts as it is.
    my $good_at = sub ($what, $do) {
        my $r = eval { $do->() };
        my $error = $@;
        ($r, $error) = (eval { $do->() }, $@) if !$r || $r->header('Client-Warning');
        push @bad, "$what " . ($r ? $r->status_line : $error) if !$r || $r->code != 200;
    };
    while (!-e "$dir/enough" && getppid == $parent) {
        $good_at->(page => sub { PortalTest::Paper->new($mine, $id)->page });
        $good_at->(home => sub { $mine->get('/') });
        $good_at->(find => sub { $staff->form('/', { q => 'Ann7' }) });
        $turns++;
    }
    PortalTest::spew("$dir/traffic", "$turns\n" . join '', map {"$_\n"} @bad);
    _exit(0);
}

# ---- step 1 -----------------------------------------------------------------------------------------

my $r = rotate('--finish');
is "$r->{exit} $r->{step}", '0 finished', 'without an old key there is nothing to finish';
$r = rotate();
is "$r->{exit} $r->{step} $r->{next} $r->{key}", '0 added reload 2', 'a key is added' or diag $r->{err};
is secret(), "key 1\nkey 2\n", 'behind the current one';
is sprintf('%04o', (stat "$dir/secret.key")[2] & 07777), '0600', 'mode 0600';
ok !-e "$dir/secret.key.new", 'nothing is left beside it';
$r = rotate();
is "$r->{exit} $r->{next}", '1 reload', 'httpd has to be reloaded first';
like $r->{err}, qr/httpd at \S+:\d+ does not have key 2\. Reload it/, 'it says so';
is secret(), "key 1\nkey 2\n", 'nothing was done';

# ---- step 2 -----------------------------------------------------------------------------------------

sub reload ($keys) {
    $t->graceful;
    $t->wait_for("an httpd with the keys $keys",
        sub { ($t->sql("SELECT value FROM meta WHERE name LIKE 'keys:%'")->[0]{value} // '') =~ / $keys$/ });
    return;
}
reload('1,2');
$r = rotate();
is "$r->{exit} $r->{step} $r->{key}", '0 promoted 2', 'then it is made the current one' or diag $r->{err};
is secret(), "key 2\nkey 1\n", 'the old one stays';
$r = rotate();
is $r->{exit}, 1, 'nothing is sealed again before httpd has it';
is sealed(2), 0, 'not a row';
is rotate('--finish')->{exit}, 1, 'nor finished';
reload('2,1');

# ---- step 3, killed in the middle ---------------------------------------------------------------------

my $all = sealed(1);
my $pid = PortalTest::spawn("$dir/logs/rotate.log", "$dir/app/portalctl", '--config', "$dir/portalctl.conf",
    'rotate-secret');
my $alive;
while ($alive = waitpid($pid, WNOHANG) != $pid) {
    kill 'STOP', $pid;    # so that it goes no further while this looks
    last if sealed(2) > 10;
    kill 'CONT', $pid;
    sleep 0.005;
}
ok $alive, 'sealing again is killed';
kill 'KILL', $pid if $alive;
waitpid $pid, 0 if $alive;
my $done = sealed(2);
cmp_ok $done, '>', 0, "killed after $done of $all rows";
cmp_ok sealed(1), '>', 0, 'others are still sealed under the old key';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$r = $paper->page;
is $r->code, 200, 'the draft opens';
$r = rotate();
is "$r->{exit} $r->{step}", '0 resealed', 'the next run does the rest' or diag $r->{err};
is sealed(1), 0, 'all of it';
cmp_ok sealed(2), '>=', $all, 'nothing is lost';
like join(' ', map { $_->{detail}{step} // '' } grep { $_->{action} eq 'secret.rotate' }
        @{ JSON::PP->new->decode($t->portalctl('--json', 'audit', 'list')->{out})->{rows} }),
    qr/^add promote reseal reseal resealed$/, 'each step is in the trail';

PortalTest::spew("$dir/enough", '');
waitpid $busy, 0;
my ($turns, @bad) = split /\n/, PortalTest::slurp("$dir/traffic");
cmp_ok $turns, '>', 5, "traffic went on all the time ($turns rounds)";
is "@bad", '', 'and nothing of it failed';

# ---- life goes on -----------------------------------------------------------------------------------

$r = $c->form($open_form, { password => $own, new_password => "$own!", new_password_again => "$own!" });
is $r->code, 303, 'a form from before the rotation is taken';
like $paper->page->decoded_content, qr/canary/, 'the draft holds what was typed';
is n("throttle WHERE account <> ''"), $failures, 'wrong passwords are counted on';
is $wrong->form('/login', { case_number => 'C-2', password => 'wrong' })->code, 429,
    'and whoever had to wait still has to';
is $t->patient->form('/lobby', { case_number => 'C-4', lobby_password => $lobby })->code, 303,
    'a lobby password from before opens the lobby';
is $tab{3}->act('/registration/undo', { confirm => 1 })->code, 303, 'an undo brings back what it kept';
is $t->patient->form('/login', { case_number => 'C-3', password => $own })->code, 303,
    'and that password works';
is $t->sql("SELECT pepper_key FROM account WHERE binder_id = '$tab{3}{id}'")->[0]{pepper_key}, 2,
    'signing in made its hash anew';
is $t->sql("SELECT pepper_key FROM account WHERE binder_id = '$tab{2}{id}'")->[0]{pepper_key}, 1,
    'who has not signed in keeps the old one';

# ---- step 4 -----------------------------------------------------------------------------------------

$r = rotate('--finish');
is $r->{exit}, 1, 'not while pages of before may be open';
like $r->{err}, qr/after \d{4}-/, 'it says until when';
$t->clock(+86400 + 3600);
$t->wait_for('httpd to have noted its keys', sub { rotate()->{exit} == 0 });
$r = rotate('--finish');
is "$r->{exit} $r->{step}", '0 finished', 'a day later' or diag $r->{err};
like $r->{old}[0]{kept_for}, qr/^the passwords of 1 patients who have not signed in since, \d+ rows of the audit trail/,
    'what the old key is still needed for is said';
like secret(), qr/^key 2\nold 1 audit-detail\nold 1 audit-chain\nold 1 password\n(?:old 1 throttle\n)?$/, 'and just that is kept';
unlike secret(), qr/^key 1$/m, 'the old key itself is gone';
is sprintf('%04o', (stat "$dir/secret.key")[2] & 07777), '0600', 'mode 0600';
reload('2');
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
is $t->patient->form('/login', { case_number => 'C-2', password => $own })->code, 303,
    'a password under the old pepper still signs in';
is $t->sql("SELECT pepper_key FROM account WHERE binder_id = '$tab{2}{id}'")->[0]{pepper_key}, 2,
    'and is made anew';
$r = rotate('--finish');
is $r->{exit}, 0, 'finished again';
unlike secret(), qr/password/, 'then the old pepper goes, too';

# mails that waited are sent
$t->set(portal => { %{ $t->{o}{portal} }, PortalMailRelay => "file:$dir/mail" });
$t->graceful->clock(+7200);
$t->wait_for('the mails', sub { (() = glob "$dir/mail/*.eml") >= 100 }, 60);
is n("mail WHERE state = 'failed' AND reason = 'ours'"), 0, 'no mail was sealed under a key that is not there';

$t->stop;
done_testing;

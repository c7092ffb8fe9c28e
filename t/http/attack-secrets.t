# SPDX-License-Identifier: Apache-2.0
#
# Canaries of every kind of secret through a day of a portal: keys, passwords of patients, of the lobby, of the
# desk and of the mail relay, links, cookies, form tokens, second factors, answers, bodies that cannot be read.
# None is in a log at portal:trace8, in the database or beside it, in what server-status and server-info show, in
# the command line or the environment of any of its processes, or in a core file, which a child does not even leave
# when it is told to. And what the children and the hasher may still do. (security.md LG6, LG7)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Paper;
use PortalTest::Relay;
use PortalTest::Tab;
use PortalTest::Totp;
use MIME::Base64 qw(encode_base64);

my $modules = $PortalServer::MODULES;
my $as_root = $> == 0;
system('prlimit', "--pid=$$", '--core=unlimited') == 0 or diag 'no core files here' if $as_root;
my $t = PortalTest->start(
    start  => 0,
    level  => 'info portal:trace8',
    portal => { PortalLobbyFrom => '127.0.0.0/8' },
    csv    => "mrn,family,given,birth_date,email,case_number\n1,Doe,Ann,1980-01-02,,C-1\n2,Roe,Ben,1970-01-02,,C-2\n",
    server_extra => <<"SERVER", extra => <<'HOST');
LoadModule status_module "$modules/mod_status.so"
LoadModule info_module "$modules/mod_info.so"
ExtendedStatus On
CoreDumpDirectory "\${PORTAL_RUN}/cores"
SERVER
<Location "/server-status">
    SetHandler server-status
    Require all granted
</Location>
<Location "/server-info">
    SetHandler server-info
    Require all granted
</Location>
HOST
mkdir $t->file('cores') or die "cores: $!";
chmod 0777, $t->file('cores') or die "cores: $!";
PortalServer::spew($t->file('relay.login'), "portal:relay-canary-word\n");
chmod 0600, $t->file('relay.login');
my $relay = PortalTest::Relay->start('--starttls', $t->file('tls.crt'), $t->file('tls.key'), '--require-login', 'portal',
    'relay-canary-word', '--reply', 'BODY', '554 5.7.1 blocked for {link}', '--times', '1');
$t->set(portal => {
    PortalLobbyFrom => '127.0.0.0/8', PortalMailRelay => $relay->url, PortalMailTLS => 'required', PortalMailCA => $t->{ca},
    PortalMailLogin => 'file:' . $t->file('relay.login'),
});
$t->launch;

my $links = PortalTest::Links->new($t);
my $tab   = PortalTest::Tab->new($t, 1);
my %secret = ('the word for the relay' => 'relay-canary-word');
my $key = PortalServer::slurp($t->file('secret.key'));
($secret{'the master key'}) = $key =~ /^key \d+ (\S+)/m;

# --- a day ----------------------------------------------------------------------------------------------------

$secret{"a patient's password"} = 'canary heron lagoon tundra';
$secret{"a new password"}       = 'canary lantern meadow violin';
$secret{'a wrong password'}     = 'canary never to be right';
$secret{'an answer'}            = 'canaryanswer';
$secret{"the desk's password"}  = $PortalTest::DESK{frontdesk};
$secret{'the desk in a header'} = encode_base64("frontdesk:$PortalTest::DESK{frontdesk}", '');

$tab->open('C-1', 'ann@example.org');
$secret{'a password of a slip'} = $tab->register;
$links->ask('/forgot', 'C-1', 'ann@example.org');
like $t->sql('SELECT reply FROM mail')->[0]{reply}, qr{^554 5.7.1 blocked for https://\S+/portal/reset/-$},
    'LG6: of a link that the relay repeats, no token is kept';
$t->expect_log('PTL0710');
$links->ask('/forgot', 'C-1', 'ann@example.org');
my ($mail) = $relay->mails(1);
is $mail->{envelope}{login}, 'portal', 'mailed, with the login';
my $path = $mail->path // die "no link\n";
($secret{'a link'}) = $path =~ m{([\w-]{43})};
my $p = $t->patient;
is $links->finish($p, $path, 'C-1', $secret{"a patient's password"})->code, 303, 'a password by mail';
$p = $t->patient;
$p->form('/login', { case_number => 'C-1', password => $secret{'a wrong password'} });
is $p->form('/login', { case_number => 'C-1', password => $secret{"a patient's password"} })->code, 303, 'signed in';
$secret{'a cookie'} = $p->cookie('__Host-portal');
is $p->form('/password', { password => $secret{"a patient's password"}, new_password => $secret{'a new password'},
    new_password_again => $secret{'a new password'} })->code, 303, 'another password';
$secret{'a newer cookie'} = $p->cookie('__Host-portal');
my ($todo) = PortalTest::Paper->todo($p);
PortalTest::Paper->new($p, $todo->[0], words => 'canaryanswer')->fill;
$secret{'a form token'} = $p->csrf_token;

my $app = PortalTest::Totp->set_up($t, $p, $secret{'a new password'});
$secret{'the key of an app'} = $app->text;
($secret{'a recovery code'}, $secret{'a used recovery code'}) = $app->recovery;
my $half = $t->patient;
$half->form('/login', { case_number => 'C-1', password => $secret{'a new password'} });
is $half->form('/login/code', { code => 'canary of a code' })->code, 422, 'a wrong code';
is $half->form('/login/recovery', { recovery_code => $secret{'a used recovery code'} })->code, 303, 'a recovery code';
@secret{'a wrong code', 'a broken body'} = ('canary of a code', 'canaryinabrokenbody');

# What cannot be read is no reason to repeat it.
for my $body ('{"case_number":"C-1","password":"#"', '{"password":"#"}{', '["#"]', '{"#":{"#":1}}', "\x01#", '"#') {
    my $json = $body =~ s/#/$secret{'a broken body'}/gr;
    like $t->patient->json('POST', '/login', $json)->code, qr/^4(?:00|22)$/, 'JSON that cannot be taken';
    like $t->program('frontdesk')->json('POST', '/find', $json)->code, qr/^4(?:00|22)$/, 'at the desk, too';
}
for my $body ('password=#%zz', 'password=#%ff', 'password=#&password=#', 'password=' . '#' x 5000, '#') {
    my $form = $body =~ s/#/$secret{'a broken body'}/gr;
    my $r    = $t->patient->send('POST', '/login', headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }, body => $form);
    like $r->code, qr/^(?:400|403|413)$/, 'a form that cannot be taken';
}

my $second = PortalTest::Tab->new($t, 2);
$second->open('C-2', 'ben@example.org');
$secret{'a lobby password'} = $second->lobby_password;
my $tablet = $t->patient;
is $tablet->form('/lobby', { case_number => 'C-2', lobby_password => $secret{'a lobby password'} })->code, 303, 'in the lobby';
$secret{'a cookie of the lobby'} = $tablet->cookie('__Host-portal');
my ($there) = PortalTest::Paper->todo($tablet);
PortalTest::Paper->new($tablet, $there->[0], words => 'canaryanswer')->fill;
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
ok length($secret{$_} // '') > 7, "LG6: there is $_" for sort keys %secret;

# --- where it must not be ----------------------------------------------------------------------------------------

# Each as it is, without its blanks, and as it goes over the wire.
sub ways ($text) {
    return ($text, grep { length > 7 } $text =~ s/[ -]//gr, $text =~ s/ /+/gr, $text =~ s/ /%20/gr);
}

sub clean ($where, $text) {
    my @found = grep { my $name = $_; grep { index($text, $_) >= 0 } ways($secret{$name}) } sort keys %secret;
    return is "@found", '', "LG6: nothing in $where";
}

sub files ($folder) {
    return grep { -f } map { -d $_ && !-l $_ ? files($_) : $_ } glob "\Q$folder\E/*";
}

cmp_ok index($mail->{raw}, $secret{'a link'}), '>=', 0, 'LG6: what is looked for is found where it has to be: in the mail';

# All that lies in the server's folder, but for the files of the two secrets, the mails that left, the program and the
# templates.
my $dir   = $t->dir;
my @files = grep { !m{/(?:secret\.key|relay\.login)\z|^\Q$dir\E/(?:mail|app|forms)/|\.csv\z} } files($dir);
ok((grep { /\Q$_\E/ } @files), "LG6: $_ is looked at") for 'error.log', 'access.log', $t->database->is_sqlite ? 'portal.db' : ();
clean($_ =~ s/^\Q$dir\E.//r, PortalServer::slurp($_)) for @files;
clean('the database', $t->database->bytes);
clean($_, $t->patient->send('GET', "https://localhost:" . $t->port . $_)->decoded_content // '') for '/server-status', '/server-info';
clean('what DUMP_PORTAL shows', PortalServer::command($PortalServer::HTTPD, '-t', '-D', 'DUMP_PORTAL', '-f', $t->file('httpd.conf'))->{out});

# The processes: httpd, its children, the hasher.
my $parent    = $t->pid;
my @processes = ($parent, split ' ', PortalServer::slurp("/proc/$parent/task/$parent/children"));
my ($hasher)  = grep { PortalServer::slurp("/proc/$_/comm") =~ /^portal-hasher/ } @processes;
my @children  = grep { $_ != $parent && $_ != $hasher } @processes;
ok $hasher && @children, 'LG6: httpd, its children and the hasher';
clean("the command line of $_", PortalServer::slurp("/proc/$_/cmdline")) for @processes;
SKIP: {
    skip 'only root sees the environment of programs that cannot be looked into', 1 if !$as_root;
    clean("the environment of $_", PortalServer::slurp("/proc/$_/environ")) for @processes;
}

# --- what they may still do ----------------------------------------------------------------------------------------

sub is_closed ($pid, $who) {
    my $limits = PortalServer::slurp("/proc/$pid/limits");
    like $limits, qr/^Max core file size\s+0\s+0/m, "LG6: $who leaves no core file";
    is +(stat "/proc/$pid/mem")[4], 0, "LG6: $who cannot be looked into by others of its user" if $as_root;
    return;
}

is_closed($_, "child $_") for @children;
is_closed($hasher, 'the hasher');
SKIP: {
    skip 'a hasher that is watched by a sanitizer needs more', 1 if $ENV{PORTAL_SEEN_BY};
    my @threads = map { PortalServer::slurp($_) } glob "/proc/$hasher/task/*/status";
    cmp_ok scalar @threads, '>=', 2, 'LG6: the hasher has threads';
    for my $status (@threads) {
        like $status, qr/^NoNewPrivs:\s+1$/m, 'LG6: it can gain no privileges';
        like $status, qr/^Seccomp:\s+2$/m,    'LG6: its system calls are filtered';
        like $status, qr/^CapEff:\s+0+$/m,    'LG6: it has no capability';
    }
    like PortalServer::slurp("/proc/$hasher/limits"), qr/^Max processes\s+0\s+0/m, 'LG6: it can make no process';
}

SKIP: {
    skip 'as no root', 2 if !$as_root;
    kill 'SEGV', $children[0];
    $t->expect_log(qr/child pid $children[0] exit signal Segmentation fault/);
    $t->wait_for('the end of a child', sub { $t->error_log =~ /pid $children[0] exit signal Segmentation/ });
    unlike $t->error_log, qr/possible coredump/, 'LG6: a child that is killed leaves no core, though it was to';
    is_deeply [ glob $t->file('cores') . '/*' ], [], 'LG6: none is there';
}
$relay->stop;
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# `make run`: what it makes and says, that it keeps data, that one folder and one port serve once, and
# that it ends with all that belongs to it, however it is told to.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use PortalTest;
use PortalServer     ();
use File::Temp       ();
use IO::Socket::INET ();
use IO::Select       ();
use Time::HiRes      qw(sleep time);

chdir $PortalServer::ROOT or die "no folder of sources: $!";
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES PORT RUN)};

my $parent = File::Temp::tempdir('portal-run-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $parent;
my $dir  = "$parent/a folder of its own";
my $port = free_port();

my @started;
END { kill '-TERM', $_ for grep { kill 0, $_ } @started }

# Starts `make run` as the leader of a process group, as a terminal has it.
sub make_run (%o) {
    my ($run, $at) = ($o{run} // $dir, $o{port} // $port);
    pipe my $read, my $write or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        setpgrp;
        open STDIN,  '<',  '/dev/null' or die $!;
        open STDOUT, '>&', $write      or die $!;
        open STDERR, '>&', $write      or die $!;
        exec 'make', '-s', 'run', "PORT=$at", "RUN=$run";
    }
    close $write;
    push @started, $pid;
    return { pid => $pid, out => $read, text => '' };
}

# Reads until the line is there; without one, until all is said.
sub read_until ($run, $line = undef) {
    my $deadline = time + 60;
    while (time < $deadline) {
        last if defined $line && $run->{text} =~ /^\Q$line\E$/m;
        IO::Select->new($run->{out})->can_read(1) or next;
        sysread($run->{out}, my $piece, 4096) or last;
        $run->{text} .= $piece;
    }
    return $run->{text};
}

sub ended ($run) {
    my $deadline = time + 30;
    while (time < $deadline) {
        return 1 if waitpid($run->{pid}, POSIX::WNOHANG()) != 0;
        sleep 0.02;
    }
    kill 'KILL', $run->{pid};
    return 0;
}

# Processes that run from the folder or serve it.
sub processes ($run = $dir) {
    my @found;
    for my $proc (glob '/proc/[0-9]*') {
        my $words = PortalServer::slurp("$proc/cmdline") =~ tr/\0/ /r;
        push @found, $words if $words =~ m{\Q$run\E/(?:httpd\.conf|app/)};
    }
    return @found;
}

sub free_port {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)->sockport;
}

sub answers ($at) {
    return defined IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $at, Timeout => 2);
}

sub count_of ($table) {
    my $done = PortalServer::command('sqlite3', "$dir/portal.db", "SELECT count(*) FROM $table");
    return $done->{out} =~ /^(\d+)$/ ? $1 : $done->{err};
}

# --- the first start -----------------------------------------------------------------------------

my $begin = time;
my $first = make_run();
my $said  = read_until($first, 'ready');
my ($password) = $said =~ /password (\S+)$/m;
is($said =~ s/^importing .*\n//r, <<"END", 'it says exactly where everything is');
patients  https://localhost:$port/portal/
desk      https://localhost:$port/desk/   user frontdesk   password $password
lobby     https://localhost:$port/portal/lobby
mail      $dir/mail
ready
END
cmp_ok(time - $begin, '<', 60, 'the first start takes less than a minute');
for my $name (qw(httpd.conf portal.conf portal.db secret.key tls.crt tls.key desk.htpasswd
    desk.password mail forms logs)) {
    ok(-e "$dir/$name", "$name is there");
}
for my $name (qw(secret.key tls.key desk.password)) {
    is(sprintf('%04o', (stat "$dir/$name")[2] & 07777), '0600', "$name is for its owner alone");
}
is((stat $dir)[2] & 0007, 0, 'others cannot look into the folder');
like(PortalServer::slurp("$dir/desk.htpasswd"), qr/^frontdesk:\$2y\$/, 'the password is kept as bcrypt');
like(PortalServer::must('openssl', 'x509', '-in', "$dir/tls.crt", '-noout', '-text'),
    qr/DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/, 'the certificate has all names');
ok(-e "$dir/forms/$_.json", "the form $_ is there") for qw(registration medical-history consent-to-treatment);
is(count_of('binder'), 200, 'the practice has 200 binders');
is(count_of('assignment'), 3 * count_of('patient_case'), 'every case has three forms');

my $browser = LWP::UserAgent->new(max_redirect => 0, requests_redirectable => [],
    ssl_opts => { SSL_ca_file => "$dir/tls.crt", verify_hostname => 1 });
my $base = "https://127.0.0.1:$port";
is($browser->get("$base/portal/login")->code, 200, 'patients are served, with that certificate');
is($browser->get("$base/desk/")->code, 401, 'the desk asks who is there');
$browser->default_headers->authorization_basic('frontdesk', $password);
is($browser->get("$base/desk/")->code, 200, 'and lets the front desk in with the password');
is($browser->get("$base/")->header('Location'), "$base/portal/", 'the bare address leads to the portal');

# --- one folder, one port ------------------------------------------------------------------------

my $second = make_run(port => free_port());
like(read_until($second), qr/\Q$dir\E is being served already/, 'a second one on the folder says so');
ok(ended($second) && $? != 0, 'and ends badly');
my $third = make_run(run => "$parent/other");
like(read_until($third), qr/port $port is taken/, 'a second one on the port says so');
ok(ended($third) && $? != 0, 'and ends badly');
my $wrong = make_run(port => 'https');
like(read_until($wrong), qr/PORT=https is not a port/, 'a port that is none is named');
ok(ended($wrong) && $? != 0, 'and ends badly');

# --- signals -------------------------------------------------------------------------------------

kill '-WINCH', $first->{pid};
sleep 0.3;
ok(answers($port), 'a resized terminal changes nothing');
is($browser->get("$base/portal/login")->code, 200, 'it goes on serving');

kill '-INT', $first->{pid};
ok(ended($first), 'Ctrl-C ends it');
is(join("\n", processes()), '', 'and all that belongs to it');
ok(!answers($port), 'nobody listens any more');

# --- again ---------------------------------------------------------------------------------------

PortalServer::must('sqlite3', "$dir/portal.db", "UPDATE binder SET family = 'Kept' WHERE mrn = 'RP-10007'");
PortalServer::spew("$dir/portal.conf", PortalServer::slurp("$dir/portal.conf") . "# mine\n");
my $other = free_port();
$begin = time;
my $again = make_run(port => $other);
$said = read_until($again, 'ready');
cmp_ok(time - $begin, '<', 15, 'the next start takes seconds');
like($said, qr{^desk      https://localhost:$other/desk/   user frontdesk   password \Q$password\E$}m,
    'it prints the same password, and the new port');
is(count_of('binder'), 200, 'nothing is imported twice');
is(count_of("binder WHERE family = 'Kept'"), 1, 'what was changed is kept');
like(PortalServer::slurp("$dir/portal.conf"), qr/^# mine$/m, 'so is the configuration');
is($browser->get("https://127.0.0.1:$other/portal/login")->code, 200, 'it serves at the new port');

kill 'INT', $again->{pid};
ok(ended($again), 'INT to make alone ends it');
is(join("\n", processes()), '', 'and all that belongs to it');

for my $signal (qw(TERM HUP)) {
    my $run = make_run();
    read_until($run, 'ready');
    kill $signal, $run->{pid};
    ok(ended($run), "$signal to make ends it");
    my $deadline = time + 15;
    sleep 0.05 while processes() && time < $deadline;
    is(join("\n", processes()), '', 'and all that belongs to it');
}

{
    my $run = make_run();
    read_until($run, 'ready');
    my ($serve) = PortalServer::slurp("/proc/$run->{pid}/task/$run->{pid}/children") =~ /(\d+)/;
    kill 'KILL', $serve, $run->{pid};
    ended($run);
    my $deadline = time + 15;
    sleep 0.05 while processes() && time < $deadline;
    is(join("\n", processes()), '', 'killed without mercy, it still leaves no httpd behind');
}

# AH01882: a machine whose libssl is older than the one that mod_ssl was built with
my @bad = grep { /:(?:warn|error|crit|alert|emerg)\]/ && !/AH01882/ } split /\n/, PortalServer::slurp("$dir/logs/error.log");
is(join("\n", @bad), '', 'the log is clean');
done_testing;

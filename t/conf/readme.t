# SPDX-License-Identifier: Apache-2.0
#
# "A site of your own" in the README, followed to the letter: every command of it is run and its
# configuration serves. Only the paths lie below a folder of this test, httpd's port is a free one,
# and what belongs to Debian alone (apt-get, a2en..., systemctl) is done by hand.
use v5.36;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../conf/run/lib";
use File::Path       qw(make_path);
use File::Temp       ();
use IO::Socket::INET ();
use LWP::UserAgent   ();
use PortalTest::Certificate ();
use Test::More;
use POSIX       qw(WNOHANG);
use Time::HiRes qw(sleep time);
use PortalServer qw(slurp spew command must spawn end_server generations);

chdir $PortalServer::ROOT or die "no folder of sources: $!";
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES)};

my $top    = File::Temp->newdir('portal-readme-XXXXXXXX', TMPDIR => 1);
my $root   = "$top";
my $port   = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)->sockport;
my $server = 0;
my $log = '';    # of httpd, as far as it was put away
END { end_server($server, $root) if $server }
chmod 0755, $root;
make_path(map {"$root/$_"} qw(etc/apache2/mods-available var/lib var/backups var/log logs));
symlink '../../logs', "$root/var/log/apache2" or die "var/log: $!";

# ---- the README --------------------------------------------------------------------------------

my ($part) = slurp('README.md') =~ /^## A site of your own\n(.*?)^## /ms;
my @blocks = map {s/^   //mgr} $part =~ /^ *```\n(.*?)^ *```$/msg;
my @sites  = grep {/^<VirtualHost/} @blocks;
my @rights = grep {/^<Location/} @blocks;
is scalar @sites, 1, 'the README has one configuration';

# Its paths, below our folder.
sub ours ($text) {
    $text =~ s{(?<![\w.])/(etc|var|usr/local)/}{$root/$1/}g;
    $text =~ s/ -o www-data -g www-data//g if $> != 0;
    return $text;
}

sub write_site ($more = '') {
    my $site = ours($sites[0] =~ s/\*:443>/127.0.0.1:$port>/r);
    $site =~ s{(?=^</VirtualHost>)}{$more}m;
    spew("$root/etc/apache2/site.conf", $site);
    my @modules = qw(mpm_event authn_core authz_core authz_host authz_user auth_basic authn_file setenvif
        socache_shmcb);
    push @modules, slurp("$root/etc/apache2/mods-available/portal.load") =~ /^# Depends: (.*)$/m
        ? split / /, $1 : ();
    my $user = $> == 0 ? "User www-data\nGroup www-data\n" : '';
    spew("$root/etc/apache2/apache2.conf", <<"END" . join '', map {"LoadModule ${_}_module $PortalServer::MODULES/mod_$_.so\n"} @modules);
ServerRoot $root/etc/apache2
ServerName localhost
PidFile $root/logs/pid
DefaultRuntimeDir $root/logs
ErrorLog $root/logs/error.log
Listen 127.0.0.1:$port
$user
Include $root/etc/apache2/load.conf
Include $root/etc/apache2/site.conf
END
    my $load = slurp("$root/etc/apache2/mods-available/portal.load");
    spew("$root/etc/apache2/load.conf", $load =~ s{ (?=$PortalServer::MODULES)}{ $root}r);
    return;
}

# ---- the commands ------------------------------------------------------------------------------

my %by_hand = (
    'apt-get'          => sub { 1 },
    'a2enmod portal'   => sub { -s "$root/etc/apache2/mods-available/portal.load" },
    'a2ensite portal'  => sub { write_site(); 1 },
    'make install'     => \&install,
    'htpasswd'         => \&staff,
    'apache2ctl configtest'     => sub { ok_said(command($PortalServer::HTTPD, '-t', '-f', "$root/etc/apache2/apache2.conf")) },
    'systemctl restart apache2' => \&start,
    'systemctl start apache2'   => \&start,
    'systemctl stop apache2'    => \&stop,
    'systemctl reload apache2'  => \&reload,
    # a day later, in the README
    'portalctl --config /etc/portal/portalctl.conf rotate-secret --finish' => sub ($line) {
        run($line =~ s/--finish/--finish --yes/r =~ s/^/env /r);
    },
);

sub ok_said ($done) {
    diag "$done->{out}$done->{err}" if $done->{exit};
    return $done->{exit} == 0;
}

sub install {
    my $done = ok_said(command('make', '-s', 'install', "DESTDIR=$root"));
    # What is compiled in is /usr/local/share, which is not ours: the portal looks beside itself first.
    for my $name (qw(htdocs conf)) {
        symlink "$root/usr/local/share/mod_portal/$name", "$_/$name"
            for "$root$PortalServer::MODULES", "$root/usr/local/bin";
    }
    my $file = "$root/usr/local/share/mod_portal/conf/portalctl.conf";
    spew($file, ours(slurp($file)));
    my $tls = PortalTest::Certificate->folder('build/test');
    make_path("$root/etc/portal");
    must('cp', "$tls/tls.crt", "$tls/tls.key", "$root/etc/portal/");
    return $done;
}

sub staff ($line) {
    my (undef, @words) = split ' ', ours($line);
    return ok_said(command('sh', '-c', 'echo of-the-desk | htpasswd -i "$@"', 'sh', @words));
}

sub start {
    my $before = generations($root);
    $server = spawn("$root/logs/start.log", $PortalServer::HTTPD, '-DFOREGROUND', '-f', "$root/etc/apache2/apache2.conf");
    my $deadline = time + 30;
    sleep 0.02 while generations($root) == $before && time < $deadline && waitpid($server, WNOHANG) == 0;
    return 1 if generations($root) > $before;
    diag slurp("$root/logs/start.log") . slurp("$root/logs/error.log");
    return 0;
}

sub stop {
    my @left = end_server($server, $root);
    $server = 0;
    return !@left;
}

# Comes back when the new children have said which keys they have.
sub reload {
    my ($before, $keys) = (generations($root), serving_keys());
    kill 'USR1', $server;
    my $deadline = time + 30;
    sleep 0.02 while time < $deadline && (generations($root) == $before || serving_keys() eq $keys);
    return generations($root) > $before && serving_keys() ne $keys;
}

sub serving_keys {
    return must('sqlite3', "$root/var/lib/portal/portal.db", "SELECT value FROM meta WHERE name LIKE 'keys:%'");
}

sub run ($line) {
    my ($name) = grep { index($line, $_) == 0 } sort keys %by_hand;
    return $by_hand{$name}->($line) if $name;
    my $done = command('sh', '-c', 'PATH="$0:$PATH"; ' . ours($line), "$root/usr/local/bin");
    diag "$done->{out}$done->{err}" if $done->{exit};
    put_log_away() if $line =~ / restore /;
    return $done->{exit} == 0;
}

# What was said of a trail's end before a restore is no longer true, as README says.
sub put_log_away {
    $log .= slurp("$root/logs/error.log");
    truncate "$root/logs/error.log", 0 or die "error.log: $!";
    return;
}

chdir $root;    # for patients.csv
spew('patients.csv', "mrn,family,given,birth_date,email,case_number\nRP-10007,Doe,Ann,1970-01-02,ann\@a.example,C-1\n");
chdir $PortalServer::ROOT;
for my $block (grep { !/^</ } @blocks) {
    ok run($_ =~ s/patients\.csv/$root\/patients.csv/r), $_ for split /\n/, $block;
}

# ---- what came of it ---------------------------------------------------------------------------

ok $server, 'it serves';
my $browser = LWP::UserAgent->new(max_redirect => 0, ssl_opts => { SSL_verify_mode => 0, verify_hostname => 0 });
my $base = "https://127.0.0.1:$port";
my $r    = $browser->get("$base/portal/login");
is $r->code, 200, 'patients';
like $r->decoded_content, qr/Riverside Hospital/, 'at that hospital';
is $browser->get("$base/desk/")->code, 401, 'the desk asks who is there';
$browser->default_headers->authorization_basic('frontdesk', 'of-the-desk');
is $browser->get("$base/desk/")->code, 200, 'and lets its staff in';
$r = $browser->post("$base/desk/find", 'Accept' => 'application/json', 'Content-Type' => 'application/json',
    Content => '{"q": "doe"}');
like $r->decoded_content, qr/RP-10007/, 'who finds the patient, also after the restored backup';
my $forms = 'SELECT COUNT(*) FROM assignment';
my $n;
for (1 .. 200) {
    $n = must('sqlite3', "$root/var/lib/portal/portal.db", $forms);
    last if $n == 3;
    sleep 0.02;
}
is $n + 0, 3, 'and who has three forms to fill in';
is sprintf('%03o', (stat "$root/var/backups/portal.db")[2] & 0777), '600', 'nobody else reads the backup';
ok -s "$root/usr/local/share/$_", "make install brings $_"
    for qw(man/man1/portalctl.1 bash-completion/completions/portalctl);
is sprintf('%03o', (stat "$root/etc/portal/secret.key")[2] & 0777), '600', 'nor the secret';

stop();
write_site(ours($rights[0]));
ok start(), 'rights inside the desk';
is $browser->get("$base/desk/audit")->code, 401, 'the trail is for the auditor alone';
is $browser->get("$base/desk/")->code, 200, 'the rest for all the desk';
stop();
unlike $log . slurp("$root/logs/error.log"), qr/:(?:crit|alert|emerg)\]|exit signal/, 'the log has nothing bad';
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# conf/examples: each example is what its program takes, and under the directives of the systemd drop-in, laid on by
# t/tools/harden.py, the portal goes on: portal-hasher, SQLite, mail over SMTP, graceful restarts, the end.
use lib 't/lib';
use v5.36;
use File::Temp ();

# Before PortalServer looks at it: an httpd that hardens itself. The folder of the test is not known yet.
BEGIN {
    $ENV{PORTAL_HARDENED_HTTPD} = $ENV{PORTAL_HTTPD} // '/usr/sbin/apache2';
    $ENV{PORTAL_HTTPD}          = 't/tools/httpd-hardened.sh';
}
use PortalTest;
use PortalServer qw(command slurp spew);
use PortalTest::Links;
use PortalTest::Relay;
use PortalTest::Tab;

my $DROPIN = 'conf/examples/apache2-hardening.conf';

sub there ($program) {
    return grep { -x "$_/$program" } split /:/, "$ENV{PATH}:/usr/sbin:/sbin";
}

# ---- what the programs say ---------------------------------------------------------------------

SKIP: {
    skip 'no apparmor_parser', 1 if !there('apparmor_parser');
    my $said = command('apparmor_parser', '-Q', '-K', 'conf/examples/apparmor');
    is $said->{exit}, 0, 'AppArmor takes its profile' or diag $said->{err};
}
SKIP: {
    skip 'no logrotate', 2 if !there('logrotate');
    my $dir  = File::Temp->newdir;
    my $said = command('logrotate', '-d', '-s', "$dir/state", 'conf/examples/logrotate');
    is $said->{exit}, 0, 'logrotate takes its rule';
    unlike $said->{err} =~ s/^warning: logrotate in debug mode.*//r, qr/error|warning|unknown/i, 'and has nothing to say about it';
}
SKIP: {
    skip 'no systemd-analyze', 3 if !there('systemd-analyze');
    my $dir = File::Temp->newdir;
    mkdir "$dir/apache2.service.d" or die "mkdir: $!";
    spew("$dir/apache2.service", "[Unit]\nDescription=httpd\n[Service]\nType=forking\nExecStart=/bin/true\n");
    spew("$dir/apache2.service.d/portal.conf", slurp($DROPIN));
    local $ENV{SYSTEMD_UNIT_PATH} = "$dir:";
    my $said = command('systemd-analyze', 'verify', "$dir/apache2.service");
    is $said->{exit}, 0, 'systemd takes its drop-in';
    unlike $said->{err}, qr/portal\.conf/, 'and has nothing to say about it';
    $said = command('systemd-analyze', 'security', '--offline=true', '--threshold=35', "$dir/apache2.service");
    is $said->{exit}, 0, 'systemd-analyze security: an exposure of 3.5 at most' or diag $said->{out};
}

# ---- the portal under them ---------------------------------------------------------------------

my $can = $> == 0 && there('systemd-analyze') && command('/usr/bin/python3', '-c', 'import seccomp')->{exit} == 0
    && command('unshare', '--mount', 'true')->{exit} == 0;
SKIP: {
    skip 'needs root, systemd-analyze and python3-seccomp', 1 if !$can;
    my $relay = PortalTest::Relay->start;
    my $t     = PortalTest->start(
        csv    => "mrn,family,given,case_number\n1,Doe,Ann,C-1\n",
        portal => { PortalMailRelay => $relay->url, PortalMailTLS => 'off' },
    );
    my $tab = PortalTest::Tab->new($t, 1);
    $tab->open('C-1', 'ann@example.org');
    is $tab->act('/invitation')->code, 303, 'SQLite: an act with its row in the trail';
    my ($mail) = $relay->mails(1);
    ok $mail, 'libcurl: the mail is sent';
    my $password = $tab->register;
    my $browser  = $t->patient;
    is $browser->form('/login', { case_number => 'C-1', password => $password })->code, 303,
        'portal-hasher: signed in';
    $t->graceful;
    is $browser->get('/password')->code, 200, 'a graceful restart';
    is $t->patient->form('/login', { case_number => 'C-1', password => 'wrong' })->code, 422,
        'and the next portal-hasher';
    is((grep {/^portal-hasher\0/} map { slurp("/proc/$_/cmdline") } split ' ', `pgrep -P @{[ $t->pid ]}`) > 0, 1,
        'it is a child of httpd');
    my ($status) = map { slurp("/proc/$_/status") } $t->pid;
    like $status, qr/^NoNewPrivs:\s+1$/m, 'no new privileges, in fact';
    like $status, qr/^Seccomp:\s+2$/m,    'a filter of system calls, in fact';
    like $status, qr/^CapBnd:\s+00000000000004e3$/m, 'six capabilities, in fact';
    SKIP: {
        skip 'a hasher that is watched by a sanitizer needs more', 1 if $ENV{PORTAL_SEEN_BY};
        my ($hasher) = grep { slurp("/proc/$_/cmdline") =~ /^portal-hasher\0/ } split ' ', `pgrep -P @{[ $t->pid ]}`;
        like slurp("/proc/$hasher/status"), qr/^Seccomp_filters:\s+2$/m, 'the hasher has its own filter beside it';
    }
    $t->stop;
}
done_testing;

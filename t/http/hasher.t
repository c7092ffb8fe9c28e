# SPDX-License-Identifier: Apache-2.0
#
# portal-hasher beside a real httpd: who it runs as, that it is replaced when it dies and at
# restarts, and that nothing of it stays behind: no zombie, no descriptor, no folder.
use v5.36;
use lib 't/lib';
use PortalTest;

use Errno ();
use IO::Socket::UNIX ();
use Socket qw(SOCK_STREAM);

# A slow question: 20 passes over 64 MiB, which match nothing.
my $SLOW = '$argon2id$v=19$m=65536,t=20,p=1$' . 'A' x 22 . '$' . 'A' x 43;

my $t = PortalTest->start(portal => { PortalPasswordHash => '2 19M', PortalPasswordHashers => 1 });
my ($folder) = glob $t->file('logs') . '/portal-hasher.*';
ok $folder, 'its folder is beside the pid file' or BAIL_OUT('no hasher');
my $path = "$folder/socket";

sub slurp ($file) {
    open my $in, '<', $file or return '';
    local $/ = undef;
    return <$in> // '';
}

# The processes below httpd's parent that run the hasher: pid => state letter.
sub hashers ($parent = $t->pid) {
    my %found;
    for my $stat (map { slurp($_) } glob '/proc/[0-9]*/stat') {
        my ($pid, $name, $state, $ppid) = $stat =~ /^(\d+) \((.*)\) (\S) (\d+)/s or next;
        $found{$pid} = $state if $ppid == $parent && $name eq 'portal-hasher';
    }
    return %found;
}

# The one hasher, once there is exactly one and it is none of @but.
sub hasher (@but) {
    return $t->wait_for('one hasher', sub {
        my @pids = keys %{ { hashers() } };
        return @pids == 1 && !(grep { $_ == $pids[0] } @but) ? $pids[0] : undef;
    }, 30);
}

sub connected () {
    return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) // die "connect: $!";
}

# Operation, password, hash string; patience 20 s (core/hasher_wire.h).
sub frame ($op, $password = '', $hash = '') {
    return pack('a2CCNnn', 'PH', 1, $op, 20_000, length $password, length $hash)
        . $password . $hash;
}

# Status and body of the next answer; nothing when the connection ended instead.
sub answer ($socket) {
    read($socket, my $head, 8) == 8 or return;
    my (undef, undef, $status, $len) = unpack 'a2CCn', $head;
    my $body = '';
    read($socket, $body, $len) == $len or return if $len;
    return ($status, $body);
}

sub ask (@question) {
    my $socket = connected();
    syswrite $socket, frame(@question);
    return answer($socket);
}

sub counters () {
    my ($status, $body) = ask(4);
    return unpack 'Q>*', $body // '';
}

# What a process has open, but for its libraries.
sub descriptors ($pid) {
    my @open = map { readlink($_) // '' } glob "/proc/$pid/fd/*";
    return @open;
}

sub listening_inode () {
    my ($line) = grep { /\Q$path\E$/ && (split)[3] eq '00010000' } split /\n/, slurp('/proc/net/unix');
    return (split ' ', $line)[6];
}

subtest 'who it is and what it holds' => sub {
    my $pid = hasher();
    my ($status, $hash) = ask(1, 'secret'); # it is all set up when it has answered
    my @mode = stat $folder;
    is sprintf('%04o', $mode[2] & 07777), '0700', 'its folder is for one user';
    my ($uid) = slurp("/proc/$pid/status") =~ /^Uid:\t(\d+)/m;
    isnt $uid, 0, 'not root';
    is $uid, $mode[4], 'the user of the folder';
    # stdin, stdout, stderr, the socket, its signals, its events; our connection goes first.
    SKIP: {
        skip 'only root sees the descriptors of a program that cannot be traced', 1 if $> != 0;
        ok $t->wait_for('six descriptors', sub { descriptors($pid) == 6 }), 'nothing else is open';
    }
    is $status, 1, 'it hashes';
    like $hash, qr/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, 'with the cost of the configuration';
    is((ask(2, 'secret', $hash))[0], 2, 'and verifies');
};

sub children ($but) {
    my @pids = split ' ', slurp("/proc/" . $t->pid . "/task/" . $t->pid . "/children");
    return grep { $_ != $but } @pids;
}

subtest 'no child can listen in its place' => sub {
    my $inode = listening_inode();
    ok $inode, 'the socket is there';
    my @children = children(hasher());
    ok @children >= 1, 'httpd has children';
    for my $child (@children) {
        is scalar(grep { $_ eq "socket:[$inode]" } descriptors($child)), 0, "not $child";
    }
};

subtest 'killed, it is replaced; the question that comes meanwhile waits' => sub {
    my $old = hasher();
    kill 'KILL', $old;
    my ($status) = ask(3, 'typed');
    is $status, 4, 'answered';
    my $new = hasher($old);
    isnt $new, $old, 'by another';
    ok !-e "/proc/$old", 'the old one is no zombie';
    $t->expect_log('PTL0011');
};

subtest 'a graceful restart ends the old one after what it has in hand' => sub {
    my $old  = hasher();
    my $slow = connected();
    syswrite $slow, frame(2, 'x', $SLOW);
    $t->wait_for('the slow question', sub { (counters())[1] == 1 });
    $t->set(portal => { PortalPasswordHash => '2 20M', PortalPasswordHashers => 1 });
    $t->graceful;
    my ($status, $hash) = ask(1, 'secret');
    is $status, 1, 'the new one answers';
    like $hash, qr/m=20480/, 'with the new cost';
    is((answer($slow))[0], 4, 'the old one has answered, too');
    isnt hasher($old), $old, 'and is gone';
    ok !-e "/proc/$old", 'not even a zombie';
    unlike $t->error_log, qr/AH00488/, 'httpd knew it';
    is_deeply [ glob $t->file('logs') . '/portal-hasher.*' ], [$folder], 'the socket stays';
};

subtest 'one that cannot start is tried again, later and later' => sub {
    my $program = $t->file('app/portal-hasher');
    my $old     = hasher();
    my $before  = () = $t->error_log =~ /PTL0011/g;
    rename $program, "$program.away" or die "$program: $!";
    kill 'KILL', $old;
    $t->wait_for('three more deaths', sub {
        my $now = () = $t->error_log =~ /PTL0011/g;
        $now >= $before + 3;
    }, 20);
    like $t->error_log, qr/PTL0011: [^\n]*replaced in 2 s/, 'with a growing delay';
    my $checked = $t->httpd_t;
    isnt $checked->{exit}, 0, 'httpd -t refuses a portal without its hasher';
    like $checked->{err}, qr/PTL0010: [^\n]*portal-hasher must be there/, 'and says what to do';
    rename "$program.away", $program or die "$program: $!";
    is((ask(3, 'typed'))[0], 4, 'back as soon as it can be');
};

subtest 'it does not outlive an httpd that was killed' => sub {
    my $other = PortalTest->start(portal => { PortalPasswordHash => '2 19M' });
    my $parent = $other->pid;
    my @pids = split ' ', slurp("/proc/$parent/task/$parent/children");
    my ($pid) = keys %{ { hashers($parent) } };
    ok $pid, 'it runs';
    kill 'KILL', $parent;
    $t->wait_for('its end', sub { !-e "/proc/$pid" });
    ok !-e "/proc/$pid", 'it went with its parent';
    kill 'KILL', grep { $_ != $pid } @pids;
    $other->finish;
};

$t->stop;
ok !-e $folder, 'its folder is gone';
done_testing;

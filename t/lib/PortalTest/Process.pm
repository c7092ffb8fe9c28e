# SPDX-License-Identifier: Apache-2.0
#
# Processes of a test: started in a session of their own, ended by pid, and looked for afterwards.
package PortalTest::Process;
use v5.36;

use IO::Select         ();
use IO::Socket::INET   ();
use POSIX              ();
use Time::HiRes        qw(sleep time);

# A port of 127.0.0.1 that nobody listens on now.
sub free_port ($) {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)
        or die "no free port: $!";
    return $socket->sockport;
}

# Starts a command in a new session, its output in a file; returns the pid.
sub spawn ($, $log, @command) {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    POSIX::setsid();
    open STDIN,  '<',  '/dev/null' or POSIX::_exit(126);
    open STDOUT, '>>', $log        or POSIX::_exit(126);
    open STDERR, '>&', \*STDOUT    or POSIX::_exit(126);
    { no warnings 'exec'; exec {$command[0]} @command }
    print {*STDERR} "$command[0]: $!\n";
    POSIX::_exit(127);
}

# Runs a command to its end: { exit, out, err }, both decoded as UTF-8.
sub run ($, @command) {
    pipe my $out_r, my $out_w or die "pipe: $!";
    pipe my $err_r, my $err_w or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<',  '/dev/null' or POSIX::_exit(126);
        open STDOUT, '>&', $out_w      or POSIX::_exit(126);
        open STDERR, '>&', $err_w      or POSIX::_exit(126);
        { no warnings 'exec'; exec {$command[0]} @command }
        print {*STDERR} "$command[0]: $!\n";
        POSIX::_exit(127);
    }
    close $out_w;
    close $err_w;
    my %text   = (fileno $out_r, '', fileno $err_r, '');
    my $select = IO::Select->new($out_r, $err_r);
    while (my @ready = $select->can_read) {
        for my $handle (@ready) {
            my $n = sysread $handle, my $piece, 65536;
            $n ? ($text{ fileno $handle } .= $piece) : $select->remove($handle);
        }
    }
    waitpid $pid, 0;
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    my ($out, $err) = @text{ fileno $out_r, fileno $err_r };
    utf8::decode($_) for $out, $err;
    return { exit => $status, out => $out, err => $err };
}

# Ends a server that spawn started and waits for its end; returns what is left of its session, or
# of programs under $folder, as "pid name", after having killed that too.
sub end ($class, $pid, $folder) {
    kill 'TERM', $pid;
    if (!_wait(sub { waitpid($pid, POSIX::WNOHANG()) != 0 }, 20)) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    _wait(sub { !_relatives($pid, $folder) }, 5);
    my @left = _relatives($pid, $folder);
    kill 'KILL', map {/^(\d+)/} @left;
    return @left;
}

sub _wait ($condition, $patience) {
    my $deadline = time + $patience;
    while (time < $deadline) {
        return 1 if $condition->();
        sleep 0.01;
    }
    return 0;
}

# Processes of the session, or whose program lies in the folder.
sub _relatives ($session, $folder) {
    my @found;
    for my $proc (glob '/proc/[0-9]*') {
        my ($id) = $proc =~ /(\d+)$/;
        next if $id == $$;
        open my $in, '<', "$proc/stat" or next;
        my $stat = <$in> // next;
        my ($name, $rest) = $stat =~ /^\d+ \((.*)\) (.*)$/s or next;
        my ($state, $its) = (split ' ', $rest)[0, 3];
        next if $state eq 'Z' && $its != $session;
        my $program = readlink("$proc/exe") // '';
        push @found, "$id $name" if $its == $session || index($program, "$folder/") == 0;
    }
    return @found;
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# Many at once: processes that begin at the same moment.
#
#   my @answers = at_once(50, sub ($n) { $t->patient->get('/login')->code });
#
# Each runs in a process of its own with a number from 1; its result (a string) comes back in that
# order. A browser that is used in several of them has to be copied there: $browser->copy.
package PortalTest::Parallel;
use v5.36;

use Exporter qw(import);
use POSIX    ();

our @EXPORT = qw(at_once);

sub at_once ($count, $what) {
    pipe my $gate, my $opener or die "pipe: $!\n";
    my @pipes;
    for my $n (1 .. $count) {
        my $pid = open my $pipe, '-|';
        die "fork: $!\n" if !defined $pid;
        if (!$pid) {
            close $opener;
            sysread $gate, my $byte, 1;    # ends when the parent closes its side
            my $result = eval { $what->($n) } // "died: $@";
            utf8::encode($result) if utf8::is_utf8($result);
            print $result;
            close STDOUT;
            POSIX::_exit(0);
        }
        push @pipes, $pipe;
    }
    close $opener;
    local $/ = undef;
    return map { my $pipe = $_; readline($pipe) // '' } @pipes;
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# Every fuzz target over its seeds, with the compiler's address and undefined-behaviour sanitizers. What
# a target found once stays here as a seed. (security.md MS2, MS4)
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../../conf/run/lib";
use Cwd            qw(abs_path);
use File::Basename qw(basename);
use Test::More;
use PortalServer qw(command);

chdir "$FindBin::Bin/../.." or die "$!\n";
my $build   = ($ENV{PORTAL_BUILD} // 'build/test') =~ s{/test$}{}r . '/replay';
my @targets = map { basename($_, '.c') } sort glob 't/fuzz/*.c';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';
cmp_ok scalar @targets, '>=', 17, 'the targets are there';

for my $name (@targets) {
    my @seeds = sort glob "t/fuzz/seeds/$name/*";
    ok @seeds > 2, "MS4: $name has seeds" or next;
    my $run = command(abs_path("$build/$name") // "$build/$name", @seeds);
    is $run->{exit}, 0, "MS4: $name: " . @seeds . ' seeds' or diag $run->{out} =~ s/.*\n(?=.*\n\z)//sr, $run->{err};
}
is_deeply [ grep { !-e "t/fuzz/$_.c" } map { basename($_) } glob 't/fuzz/seeds/*' ], [], 'no seeds without a target';
done_testing;

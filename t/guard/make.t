# SPDX-License-Identifier: Apache-2.0
#
# What `make` builds by itself, and what it prints: a short line for each step, the commands with V=1,
# nothing with -s, and always the compiler's own words when something is wrong.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../conf/run/lib";
use File::Temp ();
use Test::More;
use PortalServer qw(command);

chdir $PortalServer::ROOT or die "no folder of sources: $!";
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES V)};

my $build = File::Temp->newdir('portal-make-XXXXXXXX', TMPDIR => 1);

# Compiles one small file anew; what was printed, both streams.
sub compile (@words) {
    unlink "$build/obj/src/core/clock.o";
    my $done = command('make', "BUILD=$build", @words, "$build/obj/src/core/clock.o");
    return ($done->{out}, $done->{err}, $done->{exit});
}

my $names = command('make', '-qp', "BUILD=$build")->{out};
like($names, qr/^\.DEFAULT_GOAL := all$/m, 'make alone makes everything');
like($names, qr/^all:.*\Q$build\E\/$_(?: |$)/m, "that has $_ in it") for qw(mod_portal.so portal-hasher portalctl);

is_deeply([ compile() ], [ "  CC    src/core/clock.c\n", '', 0 ], 'a step is one short line');
is_deeply([ compile('-s') ], [ '', '', 0 ], 'and none with -s');
my ($out) = compile('V=1');
like($out, qr/^\S*gcc .*-Werror .* src\/core\/clock\.c$/m, 'with V=1 it is the command');
unlike($out, qr/^  CC /m, 'and that alone');
my (undef, $error, $exit) = compile('CFLAGS=-include no-such-file.h');
like($error, qr/no-such-file\.h: No such file/, 'what is wrong is shown');
cmp_ok($exit, '!=', 0, 'and make fails');

my %target = map { $_ => 1 } $names =~ /^([a-z-]+):/mg;
my @help   = command('make', 'help')->{out} =~ /^  ([a-z-]+) +\S/mg;
cmp_ok(scalar @help, '>', 10, 'help names targets');
is_deeply([ grep { !$target{$_} } @help ], [], 'all of them exist');
for my $one (qw(all run test install lint clean)) {
    ok((grep { $_ eq $one } @help), "help names $one");
}

done_testing;

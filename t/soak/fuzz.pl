#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# usage: t/soak/fuzz.pl SECONDS PROGRAM...        (make soak-fuzz SECONDS=600)
#
# Runs each fuzz target (libFuzzer) for so many seconds, as many at once as there are cores, from its seeds
# in t/fuzz/seeds and what it learned before. Beside the programs: corpus/NAME what it has learned, found/NAME
# the inputs that broke something, log/NAME all that it said. Ends with a table: inputs tried, edges reached,
# inputs kept; 1 when something was found. JOBS= and NICE= in the environment change how it is run.
# (security.md MS4)
use v5.36;
use Cwd            qw(abs_path);
use File::Basename qw(basename dirname);
use File::Path     qw(make_path);

my ($seconds, @programs) = @ARGV;
die "usage: t/soak/fuzz.pl SECONDS PROGRAM...\n" if !@programs || $seconds !~ /^[1-9]\d*$/;
my $jobs = $ENV{JOBS} // do { chomp(my $n = `nproc`); $n };
my (%running, %result);

sub start ($program) {
    my ($name, $dir) = (basename($program), dirname($program));
    my @folders = map {"$dir/$_/$name"} qw(corpus found);
    make_path(@folders, "$dir/log");
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        setpriority 0, 0, $ENV{NICE} // 0;
        open STDOUT, '>', "$dir/log/$name" or die "$dir/log/$name: $!\n";
        open STDERR, '>&', \*STDOUT or die "stderr: $!\n";
        exec abs_path($program), "-max_total_time=$seconds", '-timeout=25', '-rss_limit_mb=2048', '-max_len=16384',
            '-print_final_stats=1', "-artifact_prefix=$folders[1]/", $folders[0], "t/fuzz/seeds/$name";
    }
    $running{$pid} = $program;
    return;
}

sub look_at ($program, $status) {
    my ($name, $dir) = (basename($program), dirname($program));
    open my $in, '<', "$dir/log/$name" or die "$dir/log/$name: $!\n";
    my $text  = do { local $/ = undef; <$in> };
    my ($cov) = $text =~ /.*\bcov: (\d+)/s;
    my ($of)  = $text =~ /Loaded \d+ modules\s+\((\d+) inline/;
    my ($runs) = $text =~ /stat::number_of_executed_units:\s+(\d+)/;
    my @found  = glob "$dir/found/$name/*";
    $result{$name} = { runs => $runs // 0, cov => $cov // 0, of => $of // 0, bad => $status || @found ? 1 : 0 };
    my @kept = glob "$dir/corpus/$name/*";
    printf "%-14s %12s inputs  %6s edges of %6s  %6d kept  %s\n", $name, $runs // '?', $cov // '?', $of // '?',
        scalar @kept, $status || @found ? "FOUND something: see $dir/found/$name and $dir/log/$name" : 'nothing found';
    return;
}

$| = 1;
$SIG{INT} = $SIG{TERM} = sub { kill 'TERM', keys %running; exit 1 };
my @waiting = @programs;
while (@waiting || %running) {
    start(shift @waiting) while @waiting && keys %running < $jobs;
    my $pid = wait;
    my $status = $?;
    look_at(delete $running{$pid}, $status) if $running{$pid};
}
my $runs = 0;
$runs += $_->{runs} for values %result;
printf "%d targets, %d s each, %d inputs\n", scalar @programs, $seconds, $runs;
exit((grep { $_->{bad} } values %result) ? 1 : 0);

# SPDX-License-Identifier: Apache-2.0
#
# conf/log-tags.md explains what an administrator finds in the log: each tag of the sources stands there
# once, with the level in which the sources log it, and no tag that is gone. A tag is used in one place.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use PortalGuard;

my $TABLE = 'conf/log-tags.md';
my $LOG   = qr/\bap_log_r?error\s*\(/;
my $LEVEL = qr/\bAPLOG_(EMERG|ALERT|CRIT|ERR|WARNING|NOTICE|INFO|DEBUG)\b/;

sub levels_in ($code) {
    my %seen = map { lc($_) => 1 } $code =~ /$LEVEL/g;
    return join ', ', sort keys %seen;
}

# Every function of a file: name => its text.
sub functions ($code) {
    my %body;
    while ($code =~ /^(?!\})\w[^;{}]*?\b(\w+)\s*\([^;{}]*\)\s*(\{.*?^\})/msg) {
        $body{$1} = $2;
    }
    return \%body;
}

my (%code, %functions, %by_name);
for my $path (sources(qr{^(?:mod_portal\.c|src/.*\.c)$})) {
    $code{$path}      = without_comments(slurp($path));
    $functions{$path} = functions($code{$path});
    push @{ $by_name{$_} }, $functions{$path}{$_} for keys %{ $functions{$path} };
}

# The level of a tag that stands in a call of ap_log_error, or is handed to a function that logs it as
# "%s: ...". Where the call has its level from a variable, all that the function names.
sub level_of ($path, $function, $before) {
    my ($call) = $before =~ /(\w+)\s*\((?:[^()]|\([^()]*\))*\z/s;
    return '' if !defined $call;
    if ("$call(" =~ $LOG) {
        my ($statement) = $before =~ /.*($LOG.*)\z/s;
        return levels_in($statement) || levels_in($function);
    }
    for my $body ($functions{$path}{$call} // (), @{ $by_name{$call} // [] }) {
        return levels_in($1) if $body =~ /($LOG.*?"%s: )/s;
    }
    return '';
}

my (%place, @twice, %level);
for my $path (sort keys %code) {
    for my $function (values %{ $functions{$path} }) {
        while ($function =~ /"(PTL\d{4})/g) {
            my $tag = $1;
            push @twice, "$tag: $path and $place{$tag}" if $place{$tag};
            $place{$tag} = $path;
            $level{$tag} = level_of($path, $function, substr $function, 0, $-[0]);
        }
    }
    my %all = map { $_ => 1 } $code{$path} =~ /\b(PTL\d{4})/g;
    push @twice, "$_ in $path stands in no function" for grep { !$place{$_} } sort keys %all;
}

my (%row, @bad, $last);
for my $line (split /\n/, slurp($TABLE)) {
    $last = '' if $line =~ /^## /;
    next if $line !~ /^\| *PTL/;
    my ($tag, $is, $means, $do) = $line =~ /^\| (PTL\d{4}) \| ([a-z, ]+) \| (.*?) \| (?:(.*) )?\|$/;
    push(@bad, "no row: $line"), next if !defined $do && !defined $tag;
    push @bad, "$tag stands twice" if $row{$tag};
    push @bad, "$tag is not in order" if $tag lt $last;
    push @bad, "$tag: what does it mean?" if $means !~ /\w \w|\w{4}/;
    push @bad, "$tag: what is to be done?" if !length($do // '') && $is !~ /^(?:notice|info)$/;
    ($row{$tag}, $last) = ($is, $tag);
}

cmp_ok(scalar keys %place, '>', 80, 'tags are found');
none('a tag is used in one place', @twice);
none("$TABLE: rows of tag, level, meaning and what to do, in order", @bad);
none("each tag of the sources is explained in $TABLE: add a row there", grep { !$row{$_} } sort keys %place);
none("no row in $TABLE for a tag that is gone", grep { !$place{$_} } sort keys %row);
none('the level is told for each', map {"$_ in $place{$_}"} grep { !$level{$_} } sort keys %level);
none("and is the one in $TABLE", map {"$_ is logged as $level{$_}, not as $row{$_}"}
    grep { $row{$_} && join(', ', sort split /, /, $row{$_}) ne $level{$_} } sort keys %level);
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Files, functions and parameter lists stay small enough to read. If a limit hurts twice, change the
# number here in one commit with the reason.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use PortalGuard;

my %LIMIT = (function => 70, file => 600, header => 200, parameters => 6, depth => 5, entry => 250);

my ($functions, @long, @files, @wide, @deep) = (0);
for my $path (sources(qr{^(?:mod_portal\.c|src/.*\.[ch])$})) {
    my $text  = slurp($path);
    my $lines = $text =~ tr/\n//;
    my $limit = $path eq 'mod_portal.c' ? $LIMIT{entry} : $LIMIT{ $path =~ /\.h$/ ? 'header' : 'file' };
    push @files, "$path: $lines lines" if $lines > $limit;
    my $code = without_strings(without_comments($text));
    _measure($path, $code);
    _parameters($path, $code);
}

# A function begins with "{" and ends with "}" in the first column: that is how the sources are laid out.
sub _measure ($path, $code) {
    my ($begin, $name, $depth, $head) = (0, '', 0, '');
    my $number = 0;
    for my $line (split /\n/, $code) {
        $number++;
        if ($line =~ /^\{/ && $head =~ /\b(\w+)\s*\([^;]*\)\s*$/s) {
            ($begin, $name, $depth) = ($number, $head =~ /(\w+)\s*\(/ ? $1 : '?', 0);
            $functions++;
        }
        $head = $line =~ /^\s*$|[;}]\s*$|^#/ ? '' : "$head$line\n";
        next if !$begin;
        for my $brace ($line =~ /([{}])/g) {
            $depth += $brace eq '{' ? 1 : -1;
            push @deep, "$path:$number: $name" if $depth == $LIMIT{depth} + 1 && $brace eq '{';
        }
        if ($line =~ /^\}/) {
            my $length = $number - $begin + 2;
            push @long, "$path:$begin: $name has $length lines" if $length > $LIMIT{function};
            $begin = 0;
        }
    }
    return;
}

# Parameters of every definition and prototype.
sub _parameters ($path, $code) {
    while ($code =~ /^\w[\w\s*]*?\b\*?(\w+)(\((?:[^()]|\([^()]*\))*\))\s*[;{]/mg) {
        my ($name, $list) = ($1, $2);
        1 while $list =~ s/(?<=.)\([^()]*\)//s;
        my $count = 1 + ($list =~ tr/,//);
        push @wide, "$path: $name has $count parameters" if $count > $LIMIT{parameters};
    }
    return;
}

cmp_ok($functions, '>', 200, 'functions are found');
none("files have at most $LIMIT{file} lines, headers $LIMIT{header}, the entry file $LIMIT{entry}", @files);
none("functions have at most $LIMIT{function} lines", @long);
none("functions have at most $LIMIT{parameters} parameters", @wide);
none("blocks are nested at most $LIMIT{depth} deep", @deep);
done_testing;

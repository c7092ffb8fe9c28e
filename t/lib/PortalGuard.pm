# SPDX-License-Identifier: Apache-2.0
#
# What the guards share: the sources of the project, and C text with comments or strings taken out.
# A guard whose input is missing fails: use sources(), which dies on an empty list.
package PortalGuard;
use v5.36;
use utf8;

use Cwd            ();
use Exporter       qw(import);
use File::Basename qw(dirname);
use File::Find     ();
use Test::More;

our @EXPORT = qw(sources slurp without_comments without_strings strings_of none);

chdir Cwd::abs_path(dirname(__FILE__) . '/../..') or die "no folder of sources: $!\n";
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

# Paths below the top folder that match, but for what was built or fetched; dies when there is none.
sub sources ($pattern) {
    my @found;
    File::Find::find({
        no_chdir => 1,
        wanted   => sub {
            my $path = $File::Find::name =~ s{^\./}{}r;
            if (-d && $path =~ m{^(?:build[^/]*|run|\.git)$|(?:^|/)node_modules$}) {
                $File::Find::prune = 1;
            }
            push @found, $path if -f && !-l && $path =~ $pattern;
        },
    }, '.');
    @found or die "the guard finds nothing that matches $pattern\n";
    return sort @found;
}

# The text of a file, which has to be UTF-8.
sub slurp ($path) {
    open my $in, '<:raw', $path or die "$path: $!\n";
    local $/ = undef;
    my $text = <$in> // '';
    utf8::decode($text) or die "$path is not UTF-8\n";
    return $text;
}

my $STRING  = qr/"(?:[^"\\\n]|\\.)*"/s;
my $CHAR    = qr/'(?:[^'\\\n]|\\.)+'/s;
my $COMMENT = qr{/\*.*?\*/}s;

# Comments become blanks; lines stay where they are.
sub without_comments ($text) {
    return $text =~ s{($STRING|$CHAR)|($COMMENT)}{ defined $1 ? $1 : _blank($2) }gesr;
}

# Strings and characters become "" of the same length; for text whose comments are out already.
sub without_strings ($text) {
    return $text =~ s{($STRING)|($CHAR)}{ _quote($1 // $2) }gesr;
}

# [line, string] of every string literal; for text whose comments are out already.
sub strings_of ($text) {
    my @found;
    while ($text =~ /$CHAR|($STRING)/g) {
        next if !defined $1;
        push @found, [ 1 + (substr($text, 0, $-[1]) =~ tr/\n//), substr $1, 1, -1 ];
    }
    return @found;
}

sub _blank ($text) { return $text =~ s/[^\n]/ /gr }

sub _quote ($text) {
    my $quote = substr $text, 0, 1;
    return $quote . _blank(substr $text, 1, -1) . $quote;
}

# One test: that nothing was found.
sub none ($what, @found) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(!@found, $what) or diag join "\n", @found > 25 ? (@found[ 0 .. 24 ], '...') : @found;
    return;
}

1;

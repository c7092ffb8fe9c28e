# SPDX-License-Identifier: Apache-2.0
#
# Every header says what it promises: a comment at the top, and one above each prototype, group of
# prototypes (those that follow each other without a blank line) or structure with its function.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use PortalGuard;

my ($prototypes, @bare, @headless, @unguarded) = (0);
for my $path (sources(qr{^src/.*\.h$})) {
    my $text = slurp($path);
    push @headless, $path if $text !~ m{^/\* SPDX-License-Identifier: [\w.-]+ \*/\n/\*};
    push @unguarded, "$path: no include guard" if $text !~ /^#ifndef PORTAL_\w+_H\n#define PORTAL_\w+_H\n/m;

    # Every comment becomes an "@" on its last line.
    my $plain = $text =~ s{(/\*.*?\*/)}{"\n" x ($1 =~ tr/\n//) . '@'}gesr;
    my @lines = split /\n/, $plain, -1;
    my $covered = 0;    # the line above is a comment, or belongs to a covered declaration
    my $open    = 0;    # inside braces or a declaration that goes on
    for my $i (0 .. $#lines) {
        my $line = $lines[$i];
        if ($line =~ /^@/) {
            $covered = 1;
        }
        elsif ($line =~ /^\s*$/) {
            $covered = 0 if !$open && $lines[ $i - 1 ] !~ /^\}/;
        }
        elsif ($line =~ /^\w[\w\s*]*?\b\*?(portal_\w+)\(/ && $line !~ /^(?:typedef|static|#)/ && !$open) {
            $prototypes++;
            push @bare, "$path:" . ($i + 1) . ": $1" if !$covered;
        }
        $open = $line =~ /[;}]\s*$/ || $line =~ /^\s*(?:#.*|@.*)?$/ ? 0 : 1;
    }
}

cmp_ok($prototypes, '>', 50, 'prototypes are found');
none('headers begin with licence and description', @headless);
none('headers have an include guard', @unguarded);
none('a contract stands above each prototype', @bare);
done_testing;

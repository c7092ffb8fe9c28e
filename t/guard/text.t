# SPDX-License-Identifier: Apache-2.0
#
# Every text file of the project: clean lines, a licence line, and no word that ties it to one machine.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use PortalGuard;

my $TEXT = qr/\.(?:[chl]|def|pl|pm|t|mjs|js|sh|in|conf|sql|html|json|scss|css|svg|md|supp|yml)$
             |^(?:Makefile|CHANGES|LICENSE|\.(?!git$)[\w-]+)$|(?:^|\/)(?:serve|run|packages)$/x;
my $SOURCE = qr/\.(?:c|h|def|pl|pm|t|mjs|js|sh)$|(?:^|\/)(?:serve|run)$/;

# Written so that this file does not hold them.
my @FORBIDDEN = map {qr/$_/} (
    'registry\.np' . 'mjs', 'deb\.deb' . 'ian\.org', '(?<![\w.])/wor' . 'k/', 'py' . 'pi\.org',
    '(?<![\w.])/ro' . 'ot/', '\bTO' . 'DO\b(?!\()', '\bFIX' . 'ME\b', '\bXX' . 'X\b',
);
my (@words, @space, @tabs, @ends, @licence, @resolved);

for my $path (sources($TEXT)) {
    my $text = slurp($path);
    push @ends, $path if $text =~ /\r/ || $text !~ /\n\z/ || $text =~ /\n\n\z/;
    push @licence, $path
        if $path =~ $SOURCE && $text !~ /\A(?:.*\n){0,4}?.*SPDX-License-Identifier: Apache-2\.0/;
    push @resolved, $path if $path =~ /package-lock\.json$/ && $text =~ /"resolved"/;
    my $line = 0;
    for my $one (split /\n/, $text) {
        $line++;
        push @space, "$path:$line" if $one =~ /[ \t]$/;
        push @tabs, "$path:$line" if $path =~ /\.[ch]$/ && $one =~ /\t/;
        next if $path =~ m{package-lock\.json$};
        for my $word (@FORBIDDEN) {
            push @words, "$path:$line: $one" if $one =~ $word;
        }
    }
}

none('no word that does not belong here', @words);
none('no blanks at the end of lines', @space);
none('no tabs in C', @tabs);
none('files end with one newline and know no carriage returns', @ends);
none('every source has its licence line', @licence);
none('lock files hold no download addresses', @resolved);
done_testing;

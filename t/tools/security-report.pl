#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The rows of attacks that the portal is tried with, as a table in Markdown: what is done, which tests show
# what comes of it or why there is none, and the clauses of the standards beside it.
#
#   t/tools/security-report.pl [t/security.tsv]         1 and the fault on stderr, when a row does not hold
#
# Each line of the file: id, what, test files with a space between or `-`, the reason or `-`, clauses or `-`,
# divided by tabs. A file that is named has to name the id.
use v5.36;
use open qw(:std :encoding(UTF-8));

my $path = shift // 't/security.tsv';
my (@rows, @faults);

sub text_of ($file) {
    open my $in, '<', $file or return undef;
    local $/ = undef;
    return <$in>;
}

for my $line (split /\n/, text_of($path) // die "$path: $!\n") {
    next if $line =~ /^#|^$/;
    my @cells = split /\t/, $line, -1;
    push @faults, "not five cells: $line" if @cells != 5;
    my ($id, undef, $tests, $reason) = @cells;
    push @faults, "$id has neither a test nor a reason" if $tests eq '-' && $reason eq '-';
    for my $file (grep { $_ ne '-' } split / /, $tests) {
        my $text = text_of($file);
        push @faults, "$id: there is no $file" if !defined $text;
        push @faults, "$id: $file does not name it" if defined $text && $text !~ /\b$id\b/;
    }
    push @rows, \@cells;
}

my $tested = grep { $_->[2] ne '-' } @rows;
my $why    = grep { $_->[3] ne '-' } @rows;
say "# What the portal is attacked with\n";
say scalar(@rows), " rows, $tested with tests, $why with a remark on what is not tried here. Tested against, never certified.\n";
say '| Row | What is done, and must come of it | Tests | Remark | Clauses |';
say '|---|---|---|---|---|';
for my $row (@rows) {
    my @cells = map { s/\|/\\|/gr } map { $_ eq '-' ? '' : $_ } @$row;
    $cells[2] = join ' ', map {"`$_`"} split / /, $cells[2];
    say '| ', join(' | ', @cells), ' |';
}
print STDERR map {"$_\n"} @faults;
exit(@faults ? 1 : 0);

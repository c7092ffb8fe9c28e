# SPDX-License-Identifier: Apache-2.0
#
# src/config.def, conf/portal.conf and the README name the same directives with the same defaults.
use v5.36;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/../lib";
use PortalTest::Directives;

my @rows = rows();
my %row  = map { $_->{key} => $_ } @rows;
cmp_ok scalar @rows, '>', 30, 'config.def is understood';

# What a place says the default is, as config.def would.
sub same_default ($row, $said) {
    $said =~ s/^"|"$//g;
    return $said eq $row->{default} if $row->{kind} !~ /^(FILE|FOLDER)$/;
    return $said =~ m{/\Q$row->{default}\E$};
}

# conf/portal.conf: the directives, each with the comment above it. Directives that follow each
# other without a line between share the paragraph.
my (%shown, @comment);
for my $line (split /\n/, text_of(root() . '/conf/portal.conf')) {
    if ($line =~ /^\s*(#?)(Portal\w+) (.*)$/) {
        my ($off, $key, $value) = ($1, $2, $3);
        $key .= " $1" if $key eq 'PortalFeature' && $value =~ s/^(\w+) //;
        ok !$shown{$key}, "portal.conf shows $key once";
        $shown{$key} = { off => $off, value => $value, comment => "@comment" };
    } elsif ($line =~ /^\s*# (.*)$/) {
        push @comment, $1;
    } else {
        @comment = ();
    }
}
is_deeply [sort keys %shown], [sort keys %row], 'portal.conf shows what config.def has';

for my $key (sort keys %shown) {
    my ($row, $shown) = ($row{$key}, $shown{$key});
    next if !$row;
    ok $shown->{comment} =~ /\w+ \w+ \w+/, "portal.conf explains $key";
    if (!$shown->{off}) {
        like $key, qr/^Portal(URL|DeskURL|Secret)$/, "$key counts because it is needed";
    } elsif (defined $row->{default}) {
        ok same_default($row, $shown->{value}), "portal.conf shows the default of $key";
    } elsif ($key ne 'PortalPasswordHashers') {
        like $shown->{comment}, qr/Default: none/, "portal.conf says that $key has no default";
    }
}

# The README's table: | `PortalX ARG`, `PortalY` | `default`, none | meaning |
SKIP: {
    my $readme = root() . '/README.md';
    skip 'there is no README yet', 1 if !-e $readme;
    my %listed;
    for my $line (grep { /^\|[^|]*`Portal/ } split /\n/, text_of($readme)) {
        my (undef, $names, $defaults) = split /\s*(?<!\\)\|\s*/, $line;
        $listed{$_} = $defaults for $names =~ /`(Portal\w+)/g;
    }
    my %directive = map { $_->{directive} => 1 } @rows;
    is_deeply [sort keys %listed], [sort keys %directive], 'the README lists what config.def has';
    for my $row (@rows) {
        next if !defined $row->{default} || $row->{kind} =~ /^(FEATURE|FILE|FOLDER)$/;
        like $listed{ $row->{directive} } // '', qr/(?<![\w.])\Q$row->{default}\E(?![\w.])/,
            "the README has the default of $row->{directive}";
    }
}

done_testing;

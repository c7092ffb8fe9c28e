# SPDX-License-Identifier: Apache-2.0
#
# The table of addresses and form fields, src/routes.def, as tests read it.
#
#   for my $route (PortalTest::Routes->all) {...}   # { mount, method, path, roles {V => 1}, flags,
#                                                   #   form, again }
#   PortalTest::Routes->fields('login')             # ({ name, kind, most, required }, ...)
package PortalTest::Routes;
use v5.36;

my (@routes, %forms);

sub all ($class) {
    _read() if !@routes;
    return @routes;
}

# Fields of a form, in the order of the page. Kinds: LINE LINES SECRET ID IDS FLAG NUMBER OPEN;
# HIDDEN counts as LINE.
sub fields ($class, $form) {
    _read() if !@routes;
    return @{ $forms{$form} // die "no form $form\n" };
}

sub _read () {
    open my $in, '<', 'src/routes.def' or die "src/routes.def: $!\n";
    my $text = do { local $/ = undef; <$in> };
    $text =~ s{/\*.*?\*/}{}gs;
    while ($text =~ /^FORM\((\w+),(.*?)\bEND\)/msg) {
        $forms{$1} = [ _fields($2) ];
    }
    while ($text =~ /^ROUTE\((\w+),\s*(\w+),\s*"([^"]+)",\s*([VPMHSLD |]+),\s*([^,]+),\s*(\w+),\s*(\w+),\s*(\w+),/mg) {
        my %roles = map { $_ => 1 } split /\s*\|\s*/, $4;
        push @routes, { mount => $1, method => $2, path => $3, roles => \%roles, flags => $5,
            form => $6, page => $7, again => $8 };
    }
    return;
}

sub _fields ($text) {
    my @fields;
    while ($text =~ /\b(LINE|LINES|HIDDEN|SECRET|ID|IDS|FLAG|NUMBER|OPEN)\b(?:\(([^)]*)\))?/g) {
        my ($kind, $rest) = ($1, $2 // '');
        my ($name, @numbers) = split /\s*,\s*/, $rest;
        push @fields, {
            kind     => $kind eq 'HIDDEN' ? 'LINE' : $kind,
            name     => $kind eq 'OPEN' ? 'a.' : $name,
            required => $kind =~ /^(?:LINE|LINES|SECRET)$/ ? $numbers[1]
                : $kind =~ /^(?:ID|NUMBER)$/ ? $numbers[0] : 0,
            most => $kind =~ /^(?:LINE|LINES|HIDDEN|SECRET|IDS)$/ ? $numbers[0] : 0,
        };
    }
    return @fields;
}

1;

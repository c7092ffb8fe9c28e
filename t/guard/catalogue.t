#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The catalogues: every language has the same keys and the same names to fill in; every text that
# a page or a source names exists; every text is named somewhere. Run in the top folder.
use strict;
use warnings;
use utf8;
use JSON::PP ();
use Test::More;

# Texts that nobody names by their whole key, with the reason.
my %kept = (
    'language.dir'  => 'the loader of catalogues checks it, web/reply writes it',
    'language.name' => 'the list of languages',
);

sub slurp {
    my ($path) = @_;
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;
    my $text = <$file>;
    close $file or die "$path: $!\n";
    return $text;
}

sub names_in {
    my ($text) = @_;
    my %seen = map { $_ => 1 } $text =~ /\{\{\s*([\w.]+)\s*\}\}/g;
    return join ' ', sort keys %seen;
}

my %text;
for my $path (glob 'htdocs/lang/*.json') {
    my ($language) = $path =~ m{([^/]+)\.json$};
    my $source = slurp($path);
    $text{$language} = JSON::PP->new->decode($source);
    my %times;
    $times{$_}++ for $source =~ /^\s*"([^"]+)"\s*:/mg;
    my @twice = grep { $times{$_} > 1 } sort keys %times;
    is("@twice", '', "$language: no key twice");
    is(scalar keys %times, scalar keys %{ $text{$language} }, "$language: one text a line");
}
my $english = $text{en} or die "htdocs/lang/en.json is not there\n";
ok($text{es}, 'there is a Spanish catalogue');

for my $language (grep { $_ ne 'en' } sort keys %text) {
    my $other = $text{$language};
    my @missing = grep { !exists $other->{$_} } sort keys %$english;
    my @extra   = grep { !exists $english->{$_} } sort keys %$other;
    is("@missing", '', "$language lacks no key of en");
    is("@extra",   '', "$language has no key that en lacks");
    my @differ = grep { exists $other->{$_} && names_in($other->{$_}) ne names_in($english->{$_}) }
        sort keys %$english;
    is("@differ", '', "$language fills in the same names as en");
}
for my $language (sort keys %text) {
    my $texts = $text{$language};
    my @untidy = grep { $texts->{$_} =~ /^\s|\s$|^$/ } sort keys %$texts;
    is("@untidy", '', "$language: no text is empty or has blanks around it");
    my @markup = grep { $texts->{$_} =~ /<\w|&\w+;|\{\{\s*[^\w\s]/ } sort keys %$texts;
    is("@markup", '', "$language: no text has markup");
}

# Who names what: "t:KEY" anywhere, "KEY" and formats such as "date.month.%d" in sources.
my (%named, %word, %wanted, @format, %page, $has_source);
for my $path (glob 'htdocs/pages/*.html') {
    my ($page) = $path =~ m{([^/]+)\.html$};
    my $source = slurp($path);
    $page{$page} = 1;
    $wanted{$_} ||= $path for $source =~ /\{\{\s*>\s*t:([\w.-]+)/g;
    $word{$_} = 1 for $source =~ /\bfield\.(\w+)/g;
}
for my $path (glob 'mod_portal.c src/*.{c,h,def} src/*/*.{c,h,def} conf/schema/*.def') {
    next if !-e $path;
    my $source = slurp($path);
    $has_source = 1;
    # Comments go; strings and characters stay, though they may look like comments.
    $source =~ s{("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+')|/\*.*?\*/}{$1 // ' '}gse;
    if ($path =~ /\.def$/) {
        $word{$_} = 1 for $source =~ /(\w+)/g;
    }
    for my $string ($source =~ /"((?:[^"\\\n]|\\.)*)"/g) {
        $word{$string} = 1 if $string =~ /^\w+$/;
        my $marked = $string =~ s/^t://;
        next if $string !~ /^[a-z]\w*(\.[\w%-]+)*\.?$/;
        if ($string =~ /%[sd]/) {
            my $pattern = join '[\w-]+', map { quotemeta } split /%[sd]/, $string, -1;
            push @format, qr/^$pattern$/ if $string =~ /^[a-z]\w*\./ || $marked;
        } elsif ($string =~ /\.$/) {
            push @format, qr/^\Q$string\E[\w.-]+$/;
        } else {
            $named{$string} = 1;
            $wanted{$string} ||= $path if $marked;
        }
    }
}
ok(%page && $has_source, 'there are pages and sources to read');

my @unknown = map {"$_ ($wanted{$_})"} grep { !exists $english->{$_} } sort keys %wanted;
is(join(', ', @unknown), '', 'every text that is named exists');

# Labels and hints are found by the page and the field: there must be such a page and such a field.
sub is_used {
    my ($key) = @_;
    return 1 if $kept{$key} || $wanted{$key} || $named{$key};
    return $word{$1} if $key =~ /^field\.(\w+)$/;
    return $page{$1} && $word{$2} if $key =~ /^(\w+)\.(?:label|hint)\.(\w+)$/;
    return $page{$1} if $key =~ /^(\w+)\.title$/;
    return scalar grep { $key =~ $_ } @format;
}
my @unused = grep { !is_used($_) } sort keys %$english;
is(join(' ', @unused), '', 'every text is used somewhere');

my @gone = grep { !exists $english->{$_} } sort keys %kept;
is("@gone", '', 'the list of kept texts names only texts that exist');

done_testing();

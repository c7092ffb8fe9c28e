# SPDX-License-Identifier: Apache-2.0
#
# FHIR resources in a test of exports.
#
#   use PortalTest::Fhir qw(complaints lforms_complaints resources dangling content);
#   is_deeply [ complaints(@files) ], [];      # what t/tools/judge.mjs says against them
#   is_deeply [ lforms_complaints($form, $sets, @files) ], [];   # and t/tools/lforms.mjs, against answers to that form
#   my @r = resources(@files);                 # of NDJSON files and Bundles, decoded
#   is_deeply [ dangling(@r) ], [];            # references that lead to nothing among them
#   is_deeply content(@r), content(@others);   # the same people and cases, whatever their ids
package PortalTest::Fhir;
use v5.36;
use utf8;

use Exporter   qw(import);
use JSON::PP   ();
use Test::More ();

our @EXPORT_OK = qw(complaints lforms_complaints resources dangling content);

my $NODE;

# The node that the packages run on, as make hands it to t/run, or as it would find it.
sub node () {
    return $NODE //= $ENV{PORTAL_NODE} // do {
        open my $out, '-|', 't/tools/node.sh', 'build' or die "t/tools/node.sh: $!";
        my $path = <$out> // die "no node\n";
        chomp $path;
        $path;
    };
}

# What a judge says: a line for each complaint, and at last how many it judged.
sub judged (@command) {
    open my $out, '-|', node(), @command or die "node: $!";
    binmode $out, ':encoding(UTF-8)';
    my @lines = <$out>;
    close $out;
    chomp @lines;
    my $last = pop @lines // '';
    my ($judged) = $last =~ /^judged (\d+)$/ or return (@lines, "the judge died: $last");
    return $judged ? @lines : 'nothing was judged';
}

# Some thousand at a time: a command is only so long.
sub complaints (@files) {
    -e 'build/npm-test/.done' or die "make build/npm-test/.done first\n";
    my @all;
    do { push @all, judged('t/tools/judge.mjs', 'build', splice @files, 0, 4000) } while @files;
    return @all;
}

sub lforms_complaints ($form, $sets, @files) {
    -e 'build/npm-lforms/.done' or die "make build/npm-lforms/.done first\n";
    local $ENV{TZ} = 'UTC';
    return judged('t/tools/lforms.mjs', 'build', $form, $sets, @files);
}

sub resources (@files) {
    my @all;
    for my $file (@files) {
        open my $in, '<:raw', $file or die "$file: $!";
        my @texts = $file =~ /\.ndjson$/ ? <$in> : do { local $/ = undef; <$in> };
        for my $one (map { JSON::PP->new->utf8->decode($_) } @texts) {
            push @all, $one->{resourceType} eq 'Bundle' ? map { $_->{resource} } @{ $one->{entry} || [] } : $one;
        }
    }
    return @all;
}

sub references ($tree) {
    return map { references($_) } @$tree if ref $tree eq 'ARRAY';
    return () if ref $tree ne 'HASH';
    return map { $_ eq 'reference' && !ref $tree->{$_} ? $tree->{$_} : references($tree->{$_}) } sort keys %$tree;
}

sub dangling (@resources) {
    my %there = map { ("$_->{resourceType}/$_->{id}" => 1) } @resources;
    my @bad;
    for my $one (@resources) {
        my %inside = map { ("#$_->{id}" => 1) } @{ $one->{contained} || [] };
        push @bad, grep { !$there{$_} && !$inside{$_} } references($one);
    }
    return @bad;
}

# Patients by mrn and cases by number, without ids and times.
sub content (@resources) {
    my %mrn = map { ("Patient/$_->{id}" => $_->{identifier}[0]{value}) }
        grep { $_->{resourceType} eq 'Patient' } @resources;
    my %of;
    for my $one (@resources) {
        next if $one->{resourceType} !~ /^(?:Patient|EpisodeOfCare)$/;
        my %copy = %$one;
        delete @copy{qw(id meta)};
        $copy{patient} = $mrn{ $one->{patient}{reference} } if $one->{patient};
        $of{"$one->{resourceType} $one->{identifier}[0]{value}"} = \%copy;
    }
    return \%of;
}

1;

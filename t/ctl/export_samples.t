#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl export with the samples (PORTAL_SAMPLES): all patients imported, exported, judged, imported
# again, and into an empty database and exported from there.
use v5.36;
use utf8;
use lib 't/lib';
use File::Find ();
use PortalCtl;
use PortalTest::Fhir qw(complaints resources dangling content);

my $samples = $ENV{PORTAL_SAMPLES} // '';
plan skip_all => 'no samples: set PORTAL_SAMPLES' if !length $samples;
my @files;
File::Find::find({ no_chdir => 1, wanted => sub {
    push @files, $_ if /\.json$/ || /patients-cases(?!-bad)[^\/]*\.csv$/;
} }, "$samples/patients");

my $c   = PortalCtl->new->init;
my $all = $c->json('import', sort @files)->{imported};
cmp_ok $all->{binders}{new}, '>', 150, 'there are samples';
my $r = $c->json('export', '--out', $c->path('out'));
is_deeply [ @{ $r->{exported} }{qw(Patient EpisodeOfCare)} ], [ $all->{binders}{new}, $all->{cases}{new} ],
    'each binder and each case is exported';
my @out = glob $c->path('out') . '/*.ndjson';
is_deeply [ complaints(@out) ], [], 'valid, other programs say';
is $c->json('export', '--format', 'bundle', '--out', $c->path('all.json'))->{exit}, 0, 'as a Bundle';
is_deeply [ complaints($c->path('all.json')) ], [], 'valid too';
my @resources = resources(@out);
is_deeply [ dangling(@resources) ], [], 'each reference leads to something';

my $tables = join '; ', map {"SELECT * FROM $_ ORDER BY 1, 2"} qw(binder patient_case search_word);
my $before = $c->sql($tables);
for my $what ([@out], [ $c->path('all.json') ]) {
    $r = $c->json('import', @$what);
    is_deeply [ $r->{exit}, @{ $r->{imported}{binders} }{qw(new changed)}, @{ $r->{imported}{cases} }{qw(new changed)} ],
        [ 0, 0, 0, 0, 0 ], 'imported again';
    is_deeply $r->{warnings}, [], 'without a warning';
    is $c->sql($tables), $before, 'nothing was changed';
}

my $other = PortalCtl->new->init;
$r = $other->json('import', @out);
is_deeply [ $r->{exit}, $r->{imported}{binders}{new}, $r->{imported}{cases}{new} ],
    [ 0, $all->{binders}{new}, $all->{cases}{new} ], 'imported into an empty database';
is $other->json('export', '--out', $other->path('out'))->{exit}, 0, 'and exported from there';
is_deeply content(resources(glob $other->path('out') . '/*.ndjson')), content(@resources), 'the same content';
done_testing;

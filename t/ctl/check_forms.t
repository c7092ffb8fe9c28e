#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl check-forms: our own forms are good, what is wrong with others is said, and with the samples
# (PORTAL_SAMPLES) those that have to be refused are.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $c = PortalCtl->new;
my $r = $c->bare('check-forms', 'conf/forms');
is $r->{exit}, 0, 'our own forms' or diag $r->{out};
like $r->{out}, qr/^[1-9]\d* forms, 0 refused$/m, 'are good, without database or secret';

mkdir $c->path('forms');
$c->file('forms/good.json', '{"resourceType":"Questionnaire","status":"active","title":"T","item":'
        . '[{"linkId":"1","type":"string","text":"Q"}]}');
$c->file('forms/other.json', '{"resourceType":"Patient"}');
is $c->bare('check-forms', $c->path('forms'))->{exit}, 0, 'another resource is passed over';
$c->file('forms/bad.json', '{"resourceType":"Questionnaire","status":"active","item":'
        . '[{"linkId":"1","type":"string","text":"A"},{"linkId":"1","type":"string","text":"B"}]}');
$r = $c->bare('check-forms', $c->path('forms'));
is $r->{exit}, 1, 'a bad form';
like $r->{out}, qr/^bad\.json: refused: .*$/m, 'is named with its fault';
like $r->{out}, qr/^1 forms, 1 refused$/m, 'and counted';
my $json = JSON::PP->new->decode($c->bare('--json', 'check-forms', $c->path('forms'))->{out});
is_deeply +{ map { $_->{file} => $_->{state} } @{ $json->{files} } },
    { 'bad.json' => 'refused', 'good.json' => 'form', 'other.json' => 'skipped' }, 'as JSON';
is $c->bare('check-forms')->{exit}, 2, 'no folder named';
is $c->bare('check-forms', '/no/such/folder')->{exit}, 2, 'no such folder';

SKIP: {
    my $samples = $ENV{PORTAL_SAMPLES} // '';
    skip 'no samples: set PORTAL_SAMPLES', 1 if !length $samples;
    like $c->bare('check-forms', "$samples/forms/refuse")->{out}, qr/^0 forms, 4 refused$/m,
        'the samples to be refused are refused';
}
done_testing;

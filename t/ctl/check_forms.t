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
like $r->{out}, qr/^good\.json: loads$/m, 'a good one loads';
like $r->{out}, qr/^bad\.json: is refused$/m, 'a bad one is refused, in a line of its own';
$c->file('forms/less.json', '{"resourceType":"Questionnaire","status":"active","title":"L","item":'
        . '[{"linkId":"1","type":"string","text":"A"},{"linkId":"scan","type":"attachment","text":"B"}]}');
like $c->bare('check-forms', $c->path('forms'))->{out}, qr/^less\.json: loads without scan$/m,
    'what one is used without is named';
unlink $c->path('forms/less.json');
my $json = JSON::PP->new->decode($c->bare('--json', 'check-forms', $c->path('forms'))->{out});
is_deeply +{ map { $_->{file} => $_->{state} } @{ $json->{files} } },
    { 'bad.json' => 'refused', 'good.json' => 'form', 'other.json' => 'skipped' }, 'as JSON';
is $c->bare('check-forms')->{exit}, 2, 'no folder named';
is $c->bare('check-forms', '/no/such/folder')->{exit}, 2, 'no such folder';

sub value_set ($url, @concepts) {
    return JSON::PP->new->encode({ resourceType => 'ValueSet', status => 'active', url => $url,
        compose => { include => [ { system => 'https://mod-portal.example/test', concept => \@concepts } ] } });
}

SKIP: {
    my $samples = $ENV{PORTAL_SAMPLES} // '';
    skip 'no samples: set PORTAL_SAMPLES', 5 if !length $samples;
    my %state = map { $_->{file} => $_->{state} }
        @{ JSON::PP->new->decode($c->bare('--json', 'check-forms', "$samples/forms")->{out})->{files} };
    my @refused = grep { $state{$_} ne 'form' } sort keys %state;

    # What the survey of real forms itself refuses. The intake and the two scales ask required questions whose choices lie
    # in no file: "the hospital must supply its own; show an unresolved required choice as a load error, not as an empty
    # list" (section 3); with them they load, below. Turalio is made of modules that are not there: "subQuestionnaire ...
    # may not [be ignored]: refuse the form with a plain message" (the degrade rule), and eight of its groups have one
    # linkId (FHIR R4, que-2: they "must be unique within the questionnaire").
    is_deeply \@refused, [ 'medplum_patient-intake-questionnaire.json', 'rems_Questionnaire-R4-Turalio.json', 'web_gad-7.json',
        'web_phq-9.json' ], 'all other samples load';

    mkdir $c->path('intake');
    system 'cp', "$samples/forms/medplum_patient-intake-questionnaire.json", $c->path('intake');
    my $n = 0;
    $c->file('intake/set' . $n++ . '.json', value_set($_, { code => 'a', display => 'One' }, { code => 'b', display => 'Other' }))
        for 'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113762.1.4.1021.32', 'http://hl7.org/fhir/ValueSet/subscriber-relationship',
        'http://example.com/pregnancy-status';
    like $c->bare('check-forms', $c->path('intake'))->{out}, qr/^medplum_patient-intake-questionnaire\.json: loads$/m,
        'the intake loads with what it asks for beside it, without losing a question';

    # The two scales need no more than the choices that they name: then they load, with their scores.
    mkdir $c->path('scales');
    system 'cp', (map { "$samples/forms/web_$_.json" } qw(gad-7 phq-9)), $c->path('scales');
    $c->file('scales/choices.json', value_set('http://loinc.org/vs/LL358-3',
        map { { code => "LA656$_-0", display => "Choice $_", extension => [ { valueDecimal => 0 + $_,
            url => 'http://hl7.org/fhir/StructureDefinition/ordinalValue' } ] } } 0 .. 3));
    $r = $c->bare('check-forms', $c->path('scales'));
    like $r->{out}, qr/^2 forms, 0 refused$/m, 'scales with their choices beside them load' or diag $r->{out};
    unlike $r->{out}, qr/not worked out|left out/, 'with their scores' or diag $r->{out};
    like $c->bare('check-forms', "$samples/forms/refuse")->{out}, qr/^0 forms, 4 refused$/m,
        'the samples to be refused are refused';
}
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# A form that was signed, and asks by other rules since, in the same words: what has no answer by the new rules, or a wrong
# one, is asked along with what changed, so that it can be signed again.
use v5.36;
use utf8;
use lib 't/lib';
use File::Temp qw(tempdir);
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $SDC = 'http://hl7.org/fhir/StructureDefinition';
my $forms = tempdir(CLEANUP => 1);

sub form ($file, %o) {
    open my $out, '>:raw', $file or die "$file: $!";
    print {$out} <<"JSON";
{"resourceType": "Questionnaire", "url": "https://mod-portal.example/test/rules", "version": "$o{version}", "status": "active",
 "title": "Rules", "extension": [{"url": "$SDC/questionnaire-signatureRequired", "valueCodeableConcept": {"coding":
  [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}]}}], "item": [
 {"linkId": "words", "type": "display", "text": "$o{words}"},
 {"linkId": "who", "type": "string", "text": "Who are you?"},
 {"linkId": "name", "type": "string", "text": "What shall we call you?", "maxLength": $o{most}},
 {"linkId": "pain", "type": "boolean", "text": "Are you in pain?"},
 {"linkId": "where", "type": "string", "text": "Where to go?", "required": true$o{when}}]}
JSON
    close $out or die "$file: $!";
    return;
}

form("$forms/rules.json", version => 1, words => 'Please sign.', most => 40,
    when => ', "enableWhen": [{"question": "pain", "operator": "=", "answerBoolean": true}]');
my $t = PortalTest->start(forms => $forms, default_forms => 'rules', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
CSV
my $tab = PortalTest::Tab->new($t, 1)->open('C-1');
$tab->save({ master_case => $tab->case('C-1'), access_enabled => 1, selected_cases => [ map { $tab->case($_) } 'C-1', 'C-2' ] });
my $c = $tab->signed_in('C-1', 'quite a long password 17');
my ($first, $second) = map { PortalTest::Paper->new($c, $_->[0]) } PortalTest::Paper->todo($c);

my $r = $first->page;
$r = $c->follow($first->save($r, { $first->name($r, 'Who') => 'Ann', $first->name($r, 'What') => 'Ann with the red hat',
    $first->name($r, 'Are') => 'false' }));
is $first->submit->code, 303, 'signed';

form($t->file('forms/rules.json'), version => 2, words => 'Please read and sign.', most => 5, when => '');
$t->graceful;
$r = $second->page;
like $r->text, qr/You signed this form before.*Please read and sign\..*What shall we call you\?.*Where to go\?/,
    'what changed, an answer that is too long now, and a question that is new to the patient';
unlike $r->text, qr/Who are you|in pain/, 'and nothing else';
is $second->submit->code, 422, 'both are demanded';
$r = $second->page;
is $c->follow($second->save($r, { $second->name($r, 'What') => 'Ann', $second->name($r, 'Where') => 'Home' }))->code, 200, 'answered';
is $second->submit->code, 303, 'and signed';
my $sent = $t->desk->get('/paperwork/' . $second->id . '/export')->data;
is join(' ', map { $_->{linkId} . '=' . ($_->{answer}[0]{valueString} // '') } grep { $_->{answer} } @{ $sent->{item} }),
    'who=Ann name=Ann pain= where=Home', 'all of it is sent';
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# What there is no list for: a choice whose value set is not at hand and a reference are asked in the patient's own
# words, kept as a Coding or Reference with a display and no more, and shown everywhere as they were written.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Fhir qw(complaints);
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', default_forms => 'words', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $c    = PortalTest::Tab->new($t, 1, $desk)->open('C-1')->signed_in('C-1', 'quite a long password 17');
my ($todo) = PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $todo->[0]);

my $r = $paper->page;
my ($plan, $allergy, $state) = map { $paper->name($r, $_) } 'Who insures', 'What are you allergic', 'Which state';
unlike $r->decoded_content, qr/<select|type="radio"|type="checkbox"/, 'nothing to choose from is shown';
$r = $paper->save($r, { $plan => 'Blue & <Green>', $allergy => [ 'Penicillin', "Nüsse" ], $state => "two\nlines" });
is $r->code, 422, 'one line each';
like $r->text, qr/Which state do you live in\? – Write your answer on one line/, 'as the page says';
$r = $paper->save($r, { $state => 'Ohio' });
is $r->code, 303, 'mended';
$r = $c->follow($r);
my $since = $paper->name($r, 'Since when');
ok $since, 'a condition that asks whether there is an answer is met';
$paper->save($r, { $since => '2019' });
$r = $paper->page(1);
like $r->decoded_content, qr/value="Blue &amp; &lt;Green&gt;"/, 'what was written stands in its box again';
like $r->decoded_content, qr/value="Nüsse"/, 'each of several, too';
$paper->save($r, { $plan => '' });
is $paper->submit->code, 422, 'a required one is asked for';
$paper->save($paper->page(1), { $plan => 'Blue & <Green>' });
like $paper->review->text, qr/Who insures you\? Blue & <Green> .*Penicillin Nüsse .*Ohio .*2019/s, 'check your answers';
my $open = $paper->page(1);
is $paper->submit->code, 303, 'sent';
$r = $paper->save($open, {});
is $r->code, 409, 'a page that was open still';
unlike $r->text, qr/typed here was not sent/, 'has nothing that was not sent';
like $paper->save($open, { $allergy => ['Nuts'] })->text, qr/was not sent What are you allergic to\? Nuts If it matters/,
    'but for what was typed since, which is named alone';

like $desk->get('/paperwork/' . $paper->id)->text, qr/Blue & <Green>.*Penicillin Nüsse.*Ohio/s, 'at the desk';
my $out = $desk->get('/paperwork/' . $paper->id . '/export')->data;
my %of = map { $_->{linkId} => $_->{answer} } @{ $out->{item} };
is_deeply $of{plan}, [ { valueReference => { display => 'Blue & <Green>' } } ], 'a reference has its words';
is_deeply $of{allergy}, [ map { { valueCoding => { display => $_ } } } 'Penicillin', 'Nüsse' ], 'so have choices';
is_deeply $of{state}, [ { valueCoding => { display => 'Ohio' } } ], 'no code is made up';
my $file = $t->dir . '/words.json';
open my $to, '>:raw', $file or die "$file: $!";
print {$to} $desk->get('/paperwork/' . $paper->id . '/export')->content;
close $to;
is_deeply [ complaints($file) ], [], 'and it is good FHIR';

my $lint = $desk->get('/forms')->text;
like $lint, qr/plan A reference is asked for in the patient's own words/, 'the author is told';
like $lint, qr{state The choices are in the value set https://mod-portal\.example/test/ValueSet/nowhere, which is neither in the form nor in the folder\. It is asked in the patient's own words}, 'of the set, too';

$t->stop;
done_testing;

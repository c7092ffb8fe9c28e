# SPDX-License-Identifier: Apache-2.0
#
# A form that was signed and revised since: at home only what changed is shown, marked, and signed once; the rest
# stays as it was answered. In the lobby, after a refusal, and without a signature, the whole form is asked.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(default_forms => 'consent-to-treatment registration', csv => <<'CSV',
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
2,Ruiz,Eva,1971-02-03,eva@example.org,E-2,Leg
CSV
    portal => { PortalLobbyFrom => '127.0.0.0/24' });
my $desk = $t->desk;
my $own  = 'quite a long password 17';

sub signed_in ($mrn, $first, $second) {
    my $tab = PortalTest::Tab->new($t, $mrn, $desk)->open($first);
    $tab->save({ master_case => $tab->case($first), access_enabled => 1,
        selected_cases => [ map { $tab->case($_) } $first, $second ] });
    return ($tab->signed_in($first, $own), $tab);
}

sub paper ($browser, $form, $number, %o) {
    my ($id) = map { $_->{id} } @{ $t->sql("SELECT t.id FROM assignment t JOIN patient_case c ON c.id = t.case_id"
            . " WHERE t.form = '$form' AND c.number = '$number'") };
    return PortalTest::Paper->new($browser, $id, %o);
}

my %yes = (choose => sub ($node, $values) { return $values->[0] }, words => 'canarywords');
my %no  = (%yes, choose => sub ($node, $values) { return $node->{link_id} =~ /consent/ ? $values->[1] : $values->[0] });

my ($ann, $tab) = signed_in(1, 'C-1', 'C-2');
my ($eva) = signed_in(2, 'E-1', 'E-2');
my $first = paper($ann, 'consent-to-treatment', 'C-1', %yes);
$first->fill;
is $first->submit->code, 303, 'signed';
my $refused = paper($eva, 'consent-to-treatment', 'E-1', %no);
$refused->fill;
is $refused->submit->code, 303, 'another refuses';
my $plain = paper($ann, 'registration', 'C-1', words => 'canarywords');
$plain->fill;
is $plain->submit->code, 303, 'and a form without a signature';

# ---- the form is revised ----------------------------------------------------------------------------

my $second = paper($ann, 'consent-to-treatment', 'C-2', %yes);
unlike $second->page->text, qr/You signed this form before/, 'the same version is asked as a whole';
for my $name ('consent-to-treatment', 'registration') {
    my $file = $t->file("forms/$name.json");
    open my $in, '<:raw', $file or die;
    my $text = do { local $/; <$in> };
    $text =~ s/"version": "\d\.\d\.\d"/"version": "9.0.0"/ or die;
    $text =~ s/May students and trainees be in the room and help/May students, trainees and visitors be in the room and help/;
    $text =~ s/"text": "You can say no to any test or treatment\./"text": "You may refuse any test or treatment./;
    $text =~ s/"linkId": "others\.photos"/"linkId": "others.films"/;
    open my $out, '>:raw', $file or die;
    print {$out} $text;
    close $out or die;
}
$t->graceful;

# ---- only what changed ------------------------------------------------------------------------------

my (@seen, $r);
$r = $second->page;
like $r->text, qr/You signed this form before/, 'it says why';
like $r->text, qr/No longer in the form: May we take pictures/, 'and what is gone';
for (1 .. 9) {
    last if $r->request->uri =~ /review/;
    push @seen, $r->text;
    $r = $ann->follow($second->save($r, { $second->answers($r) }));
}
is scalar @seen, 2, 'two pages hold what changed';
like $seen[0], qr/visitors be in the room.{0,60}Changed.{0,9}Before: May students and trainees be in the room/, 'words are marked, with those of before';
like $seen[0], qr/May we take pictures .*?New/, 'what is new is marked';
like $seen[1], qr/You may refuse any test or treatment.*Changed.*Before: You can say no to any test/, 'a text is shown, too';
unlike "@seen", qr/Do you agree to be examined|Have your questions been answered/, 'nothing else is asked';
like $r->text, qr/visitors be in the room.*Changed.*You may refuse any test.*Changed.*Read the whole form with your answers.*Do you agree to be examined and treated here\? I agree/,
    'the review has what changed, and the whole form';
unlike $second->page->text, qr/examined and treated/, 'whoever comes back is asked the same';
like $second->page->text, qr/You signed this form before/, 'and told the same';
is $ann->form($r, {}, button => 'Sign and submit')->code, 422, 'not without signing';
is $second->submit->code, 303, 'signed once';

# ---- what is kept -----------------------------------------------------------------------------------

my $fhir = $desk->get('/paperwork/' . $second->id . '/export')->data;
like $fhir->{questionnaire}, qr/\|9\.0\.0$/, 'a response to the new version';
my %have;
sub walk ($items) { for (@$items) { $have{ $_->{linkId} } = $_; walk($_->{item} || []) } return }
walk($fhir->{item});
is $have{'care.consent'}{answer}[0]{valueCoding}{code}, 'agree', 'what was agreed to before is in it';
ok $have{'others.films'} && $have{'others.students'} && !$have{'others.photos'}, 'with what is new, without what is gone';
my $record = $desk->json('GET', '/paperwork/' . $second->id)->data->{sent}{signature};
ok $record->{fits}, 'the signature fits';
like $record->{renewed}{questionnaire}, qr/\|1\.1\.0$/, 'the record says which version was signed before';
is join(' ', sort @{ $record->{renewed}{altered} }), 'others.films others.students rights.text', 'what was shown';
like $desk->get('/paperwork/' . $second->id)->text, qr/Signed again after the form was changed.*1\.1\.0/, 'the desk reads it';
like $ann->get($second->path('/copy'))->text, qr/Signed again after the form was changed/, 'and the copy has it';
is $desk->json('GET', '/paperwork/' . $first->id)->data->{sent}{signature}{renewed}, JSON::PP::false(), 'the first signature stays as it was';

# ---- the whole form ---------------------------------------------------------------------------------

like paper($eva, 'consent-to-treatment', 'E-2')->page->text, qr/^(?!.*signed this form before).*Who is filling in/, 'after a refusal';
my $other = paper($ann, 'registration', 'C-2')->page->text;
like $other, qr/From last time/, 'a form without a signature is filled in as ever';
unlike $other, qr/signed this form before/, 'and asked as a whole';
$desk->post('/binders/' . $tab->id . '/paperwork', { form => 'consent-to-treatment', case => $tab->case('C-1') });
my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'C-1', lobby_password => $tab->lobby_password });
my ($todo) = grep { $_->[1] =~ /Consent/ } PortalTest::Paper->todo($lobby);
like PortalTest::Paper->new($lobby, $todo->[0])->page->text, qr/^(?!.*signed this form before).*Who is filling in/, 'in the lobby';

$t->stop;
done_testing;

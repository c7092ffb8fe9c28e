# SPDX-License-Identifier: Apache-2.0
#
# portalctl export beside a serving httpd: what patients sent, with the forms as they were answered,
# valid for other programs, and nothing that was not sent.
use v5.36;
use utf8;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp ();
use JSON::PP   ();
use PortalTest;
use PortalTest::Fhir qw(complaints resources dangling);
use PortalTest::Paper;
use PortalTest::Tab;

# Our forms, one with value sets beside it, and one as a hospital writes it in a hurry: no url, no
# version, no status.
my $forms = File::Temp->newdir('portal-forms-XXXXXXXX', TMPDIR => 1);
copy($_, "$forms") or die "$_: $!"
    for (map {"conf/forms/$_.json"} qw(consent-to-treatment medical-history registration)), map {"t/forms/$_.json"} qw(choices sides units);
chmod 0755, "$forms";
my $WEIGHT = <<'END';
{"resourceType": "Questionnaire", "title": "Weight", "item": [
  {"linkId": "kg", "text": "How many kilograms?", "type": "decimal", "required": true},
  {"linkId": "why", "text": "Why", "type": "text"}]}
END
PortalTest::spew("$forms/weight.json", $WEIGHT);

my $t = PortalTest->start(forms => "$forms", csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
2,Brown,Bob,1971-02-03,bob@example.org,B-1,Arm
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';

sub signed_in ($mrn, @numbers) {
    my $tab = PortalTest::Tab->new($t, $mrn, $desk)->open(@numbers);
    return ($tab->signed_in($numbers[0], $own), $tab);
}

sub weigh ($browser, $id, $kg, $why = 'canary') {
    my $paper = PortalTest::Paper->new($browser, $id);
    my $r     = $paper->page;
    my %f     = ($paper->name($r, 'How many') => $kg, $paper->name($r, 'Why') => $why);
    return $paper->save($r, \%f);
}

sub choose ($paper) {
    my $r    = $paper->page;
    my $dose = $paper->name($r, 'How much');
    return $paper->save($r, { $paper->name($r, 'Which side') => 3, $dose => '2.50', "$dose.unit" => 'tablets' });
}

# Exports to a folder of its own: the answer, the files, the resources.
my $round = 0;
sub export (@options) {
    my $to = $t->file('export-' . ++$round);
    my $r  = $t->portalctl('--json', 'export', '--out', $to, @options);
    is $r->{exit}, 0, "export @options" or diag $r->{err};
    my @files = -d $to ? glob "$to/*.ndjson" : $to;
    return (JSON::PP->new->decode($r->{out}), \@files, [ resources(@files) ]);
}

sub of_type ($resources, $type) { return grep { $_->{resourceType} eq $type } @$resources }

my ($ann) = signed_in(1, 'C-1');
my @todo = PortalTest::Paper->todo($ann);
is scalar @todo, 5, 'five forms to fill in';
my $seed = 3;
for my $one (@todo) {
    my $paper = PortalTest::Paper->new($ann, $one->[0], seed => $seed++, words => 'canary');
    $one->[1] eq 'Weight' ? weigh($ann, $one->[0], '70.50', "two\nlines")
        : $one->[1] eq 'Side and dose' ? choose($paper) : $paper->fill;
    is $paper->submit->code, 303, "$one->[1] is sent";
}
my ($bob) = signed_in(2, 'B-1');
my ($weight) = grep { $_->[1] eq 'Weight' } PortalTest::Paper->todo($bob);
is weigh($bob, $weight->[0], '99.9', 'draftcanary')->code, 303, 'a form that was begun';

# ---- all of it -------------------------------------------------------------------------------------------

my ($answer, $files, $all) = export();
is_deeply $answer->{exported}, { Patient => 2, EpisodeOfCare => 3, Questionnaire => 5, QuestionnaireResponse => 5 },
    'two people, three cases, five answered forms';
is_deeply [ complaints(@$files) ], [], 'valid, other programs say';
is_deeply [ dangling(@$all) ], [], 'each reference leads to something';
is join(' ', map { (stat)[4] } @$files), join(' ', ($>) x 4), 'the files are of who asked';
my $text = join '', map { PortalTest::slurp($_) } @$files;
like $text, qr/"valueDecimal":70\.50[,}]/, 'a decimal keeps the digits that were typed';
unlike $text, qr/draftcanary/, 'a draft does not leave';
like $text, qr/"valueString":"two\\nlines"/, 'an answer of two lines is one line';

my %form = map { ("$_->{url}|$_->{version}" => $_) } of_type($all, 'Questionnaire');
my %patient = map { ("Patient/$_->{id}" => $_->{identifier}[0]{value}) } of_type($all, 'Patient');
my %case = map { ("EpisodeOfCare/$_->{id}" => $_->{identifier}[0]{value}) } of_type($all, 'EpisodeOfCare');
for my $r (of_type($all, 'QuestionnaireResponse')) {
    my $q = $form{ $r->{questionnaire} };
    ok $q, 'the form that was answered is there' or next;
    is $r->{meta}{tag}[0]{code}, $q->{id}, "$q->{title}: also by its hash";
    is $r->{status}, 'completed', 'completed';
    is join(' ', map { $patient{ $r->{$_}{reference} } } qw(subject author source)), '1 1 1',
        'about, recorded and answered by the patient';
    is $case{ $r->{extension}[0]{valueReference}{reference} }, 'C-1', 'for that case';
    like $r->{authored}, qr/^\d{4}-\d\d-\d\dT[\d:]+Z$/, 'with a zone';
    my %known = map { $_ => 1 } link_ids($q);
    is_deeply [ grep { !$known{$_} } link_ids($r) ], [], 'no answer to what was not asked';
}

sub link_ids ($node) {
    return map { ($_->{linkId} // (), link_ids($_)) } @{ $node->{item} || [] }, @{ $node->{answer} || [] };
}

# The desk's export of one form is the same answers under the same names.
for my $one (@todo) {
    my $r = $desk->get("/paperwork/$one->[0]/export")->data;
    my ($same) = grep { $_->{id} eq $r->{id} } of_type($all, 'QuestionnaireResponse');
    is_deeply [ @{ $same // {} }{qw(questionnaire authored item author source subject)} ],
        [ @$r{qw(questionnaire authored item author source subject)} ], "$one->[1]: as the desk exports it";
}

# ---- once more, and as a Bundle -----------------------------------------------------------------------------

is_deeply((export())[2], $all, 'another export says the same');
my ($in_one, $bundle, $entries) = export(qw(--format bundle));
is_deeply $entries, [ map { of_type($all, $_) } qw(Patient EpisodeOfCare Questionnaire QuestionnaireResponse) ],
    'as a Bundle too';
is_deeply [ complaints(@$bundle) ], [], 'which is valid';
my $tables = join '; ', map {"SELECT * FROM $_ ORDER BY 1"} qw(binder patient_case response assignment);
my $r = $t->portalctl('--json', 'import', @$files);
is $r->{exit}, 0, 'an import of it';
is_deeply JSON::PP->new->decode($r->{out})->{ignored}, { Questionnaire => 5, QuestionnaireResponse => 5 },
    'passes over forms and answers, and says so';
is_deeply [ @{ JSON::PP->new->decode($r->{out})->{imported} }{qw(binders cases)} ],
    [ { new => 0, changed => 0, same => 2 }, { new => 0, changed => 0, same => 3 } ], 'and changes nothing';

# ---- a form that was changed under its old name ----------------------------------------------------------------

(my $changed = $WEIGHT) =~ s/Why/Why so/;
PortalTest::spew($t->file('forms/weight.json'), $changed);
$t->clock('+7200');
$t->graceful;
my $before = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $t->now - 3600);
($bob) = signed_in(2, 'B-1');
is(PortalTest::Paper->new($bob, $weight->[0])->submit->code, 303, 'the draft of the old form is sent');

my ($later, $later_files, $later_all) = export('--since', $before);
is_deeply $later->{exported}, { Patient => 1, EpisodeOfCare => 1, Questionnaire => 1, QuestionnaireResponse => 1 },
    'since then: one answer, with its form, its case and its patient';
is_deeply [ dangling(@$later_all) ], [], 'to which it leads';
like PortalTest::slurp($later_files->[3]), qr/draftcanary/, 'it left when it was sent';
is((of_type($later_all, 'Questionnaire'))[0]{item}[1]{text}, 'Why', 'the form is the one that was answered');
my $tab = PortalTest::Tab->new($t, 1, $desk);
$tab->save({ master_case => $tab->case('C-1'), selected_cases => [ map { $tab->case($_) } 'C-1', 'C-2' ] });
$ann = $t->patient;
$ann->form('/login', { case_number => 'C-1', password => $own });
my ($new) = grep { $_->[1] eq 'Weight' } PortalTest::Paper->todo($ann);
my $new_paper = PortalTest::Paper->new($ann, $new->[0]);
$new_paper->save($new_paper->page, { $new_paper->name($new_paper->page, 'How many') => '71.00' });
is $new_paper->submit->code, 303, 'the new form is sent too';
my (undef, undef, $both) = export();
my @weights = grep { $_->{title} eq 'Weight' } of_type($both, 'Questionnaire');
is_deeply [ sort map { $_->{item}[1]{text} } @weights ], [ 'Why', 'Why so' ], 'both forms, each as it was';
is $weights[0]{url}, $weights[1]{url}, 'under one name';
isnt $weights[0]{version}, $weights[1]{version}, 'with two versions';
my %answers = map { ($_->{questionnaire} => 1) } of_type($both, 'QuestionnaireResponse');
is scalar(grep { $answers{"$_->{url}|$_->{version}"} } @weights), 2, 'each with its answers';
my ($of_bob) = export('--binder', '2');
is $of_bob->{exported}{QuestionnaireResponse}, 1, 'of one binder';

# ---- what cannot be read is named, the rest is exported -----------------------------------------------------------

my ($lost) = of_type($all, 'QuestionnaireResponse');
my $id = $lost->{id} =~ tr/./_/r;
$t->sql("UPDATE response SET sealed = 'v1.1.AAAA' WHERE id = '$id'");
$r = $t->portalctl('--json', 'export', '--out', $t->file('partly'));
is $r->{exit}, 1, 'an answer that cannot be opened';
is_deeply JSON::PP->new->decode($r->{out})->{refused},
    [ { where => "QuestionnaireResponse/$lost->{id}", reason => 'what is stored cannot be read with this secret' } ],
    'is named';
is scalar(resources($t->file('partly/QuestionnaireResponse.ndjson'))), 6, 'the others are there';

# ---- on record ---------------------------------------------------------------------------------------------------

like $desk->get('/audit')->text, qr/Exported records/, 'the trail at the desk names it';
is $t->sql("SELECT COUNT(*) n FROM audit WHERE action = 'export' AND binder_id NOT IN ('', '*')")->[0]{n}, 1,
    'with the binder, where it is one';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
unlike $t->error_log . $t->access_log, qr/canary/, 'no answer in a log';
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# A form that was signed, and whose revision lacks an answer in a way that no question's own words or rules tell: another
# score opens a required question, a question moved to another group, and a choice now excludes the others. What lacks is
# asked along with what changed, stays where it was asked once it is answered, and the form can be signed.
use v5.36;
use utf8;
use lib 't/lib';
use File::Temp qw(tempdir);
use JSON::PP   ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $FHIR  = 'http://hl7.org/fhir/StructureDefinition';
my $SDC   = 'http://hl7.org/fhir/uv/sdc/StructureDefinition';
my $forms = tempdir(CLEANUP => 1);

sub question ($link_id, $type, $text, @more) { return { linkId => $link_id, type => $type, text => $text, @more } }
sub group    ($link_id, @items) { return { linkId => $link_id, type => 'group', text => "Group $link_id", item => \@items } }

sub form ($file, %o) {
    my $none = { valueCoding => { code => 'none', display => 'None' } };
    $none->{extension} = [ { url => "$FHIR/questionnaire-optionExclusive", valueBoolean => JSON::PP::true } ] if $o{exclusive};
    my $moved = question('moved', 'string', 'What moved?', required => JSON::PP::true);
    my $score = question('score', 'integer', 'Score', readOnly => JSON::PP::true, extension => [ {
        url => "$SDC/sdc-questionnaire-calculatedExpression", valueExpression => { language => 'text/fhirpath',
            expression => "%resource.item.where(linkId='g').item.where(linkId='tablets').answer.value * $o{factor}" } } ]);
    my $form = { resourceType => 'Questionnaire', status => 'active', title => 'Lacks', version => $o{version},
        url => 'https://mod-portal.example/test/lacks', extension => [ { url => "$FHIR/questionnaire-signatureRequired",
            valueCodeableConcept => { coding => [ { code => '1.2.840.10065.1.12.1.1' } ] } } ],
        item => [
            question('words', 'display', $o{words}),
            group('g', question('tablets', 'integer', 'How many tablets?'), $o{exclusive} ? () : $moved),
            group('h', question('other', 'string', 'What else?'), $o{exclusive} ? $moved : ()),
            question('ill', 'choice', 'Which illnesses?', repeats => JSON::PP::true,
                answerOption => [ $none, { valueCoding => { code => 'yes', display => 'Some' } } ]),
            $score,
            question('why', 'string', 'Why so many?', required => JSON::PP::true,
                enableWhen => [ { question => 'score', operator => '>', answerInteger => 10 } ]),
        ] };
    open my $out, '>:raw', $file or die "$file: $!";
    print {$out} JSON::PP->new->utf8->encode($form);
    close $out or die "$file: $!";
    return;
}

form("$forms/lacks.json", version => '1', words => 'Please sign.', factor => 1, exclusive => 0);
my $t = PortalTest->start(forms => $forms, default_forms => 'lacks', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
1,Doe,Ann,1970-01-02,ann@example.org,C-3,Back
CSV
my $tab = PortalTest::Tab->new($t, 1)->open('C-1');
$tab->save({ master_case => $tab->case('C-1'), access_enabled => 1, selected_cases => [ map { $tab->case($_) } 'C-1', 'C-2', 'C-3' ] });
my $c = $tab->signed_in('C-1', 'quite a long password 17');
my ($first, $second, $third) = map { PortalTest::Paper->new($c, $_->[0]) } PortalTest::Paper->todo($c);

# Every page from the first on, answered by words of its questions.
sub answer_all ($paper, %answers) {
    my $r = $paper->page(1);
    my $text = '';
    while ($r->request->uri->path !~ m{/review$}) {
        $text .= $r->text;
        my %fields = map { $paper->name($r, $_) => $answers{$_} } grep { index($r->text, $_) >= 0 } sort keys %answers;
        $r = $paper->save($r, \%fields);
        return $text . $r->text if $r->code != 303;
        $r = $c->follow($r);
    }
    return $text;
}

answer_all($first, 'How many tablets' => 2, 'What moved' => 'My house', 'What else' => 'Nothing', 'Which illnesses' => [ 1, 2 ]);
is $first->submit->code, 303, 'signed';

form($t->file('forms/lacks.json'), version => '2', words => 'Please read and sign.', factor => 9, exclusive => 1);
$t->graceful;
my $asked = answer_all($second, 'Which illnesses' => [2]);
like $asked, qr/\Q$_\E/, "asked again: $_" for 'Please read and sign.', 'What moved?', 'Which illnesses?', 'Why so many?';
unlike $asked, qr/How many tablets|What else/, 'and nothing else';
answer_all($second, 'What moved' => 'My house', 'Why so many' => 'Pain');
answer_all($third, 'Which illnesses' => [2]);
my $again = answer_all($second);
like $again, qr/\Q$_\E/, "and is there to change: $_" for 'What moved?', 'Which illnesses?', 'Why so many?';
is $second->submit->code, 303, 'signed again';
my %sent;
sub take ($items) {
    for my $item (@$items) {
        $sent{ $item->{linkId} } = join ' ', map { ref $_ ? $_->{code} : $_ } map { values %$_ } @{ $item->{answer} // [] };
        take($item->{item} // []);
    }
}
take($t->desk->get('/paperwork/' . $second->id . '/export')->data->{item});
is_deeply [ @sent{qw(tablets moved other ill score why)} ], [ 2, 'My house', 'Nothing', 'yes', 18, 'Pain' ], 'all of it is sent';
like answer_all($third, 'What moved' => 'My house', 'Why so many' => 'Pain'), qr/Why so many\?/,
    'a paper that was begun before another was sent asks for what it lacks, too';
is $third->submit->code, 303, 'and is signed';
$t->stop;
done_testing;

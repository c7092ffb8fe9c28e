# SPDX-License-Identifier: Apache-2.0
#
# Groups that repeat, within each other too, and items under each answer of a question that repeats, as a
# browser without script fills them in: conditions look at their own repetition, nothing typed is lost when
# repetitions come and go, and the export has the shape that FHIR asks for.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', csv => <<'CSV', default_forms => 'repeats');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $c    = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });
my ($paper) = map { PortalTest::Paper->new($c, $_->[0]) } PortalTest::Paper->todo($c);

# ---- items under each answer ------------------------------------------------------------------------

my $r = $paper->page;
my $pets = $paper->name($r, 'Which pets');
$r = $c->follow($paper->save($r, { $pets => [ 1, 3 ] }));
like $r->text, qr/Cat What is it called\?.*Eel What is it called\?/, 'each answer has its own questions';
unlike $r->text, qr/Dog/, 'none for what was not chosen';
my ($cat, $eel) = ("$pets.1", "$pets-2.1");
$r = $paper->save($r, { $cat => 'Tom', "$pets.2" => 'false', $eel => 'Ed', "$pets-2.2" => 'true' });
$r = $c->follow($r);
like $r->text, qr/Eel What does it have\?/, 'what the second answer opened';
unlike $r->text, qr/Cat/, 'is not asked of the first';
$r = $c->follow($paper->save($r, { "$pets-2.3" => 'a cold' }));

# ---- groups that repeat, in groups that repeat ------------------------------------------------------

my $page = $r->request->uri =~ s/.*page=//r;
like $r->text, qr/Person 1 Name of the person.*Medicine 1/, 'a repetition is numbered';
unlike $r->text, qr/What is the illness/, 'what is not asked yet';
my $g = $paper->name($r, 'Name of the person') =~ s/\.1$//r;
$r = $paper->save($r, { "$g.1" => 'Ann', "$g.2" => 'true', "$g.4.1" => 'Aspirin', "$g.4.2" => 2 });
$r = $c->follow($r);
is $r->request->uri =~ s/.*page=//r, $page, 'the page comes once more';
like $r->text, qr/What is the illness/, 'with what an answer opened';
unlike $r->text, qr/How many times a day/, 'and nothing else';
my $add = sub ($name, %fields) {
    my $view = $paper->view($r);
    return $c->post($paper->path, { number => $page, version => $view->{version},
        form_hash => $view->{form_hash}, %fields, add => $name });
};
$r = $c->follow($add->("$g.4", "$g.3" => 'flu'));
$r = $c->follow($add->($g, "$g.4-2.1" => 'Tea', "$g.4-2.2" => 1));
like $r->text, qr/Medicine 2.*How many times a day\?.*Person 2/, 'another medicine, another person';
$r = $c->follow($paper->save($r, { "$g.4-2.3" => 3, "$g-2.1" => 'Bob', "$g-2.2" => 'false' }));
my $review = $paper->review->text;
like $review, qr/Person 1 Name of the person Ann .*illness\? flu/, 'the review has the first person';
like $review, qr/Medicine 1\.1 .*Aspirin.*Medicine 1\.2 .*Tea .*a day\? 3/, 'with both medicines';
like $review, qr/Person 2 Name of the person Bob/, 'and the second';
unlike $review =~ s/.*Person 2//r, qr/illness/, 'of whom nothing is asked';

# ---- one is taken away, one is unchosen --------------------------------------------------------------

$r = $paper->page($page);
my $view = $paper->view($r);
$r = $c->post($paper->path, { number => $page, version => $view->{version}, form_hash => $view->{form_hash},
    remove => "$g.4" });
is $r->code, 303, 'Remove';
like $paper->review->text, qr/Medicine 1\.1 Name of the medicine Tea/, 'the second becomes the first';
$r = $paper->page(1);
$paper->save($r, { $pets => [ 2, 3 ] });
$review = $paper->review->text;
like $review, qr/Eel What is it called\? Ed .*have\? a cold/, 'what stands under an answer stays with it';
like $review, qr/Dog What is it called\? Not answered/, 'a new one is empty';
$r = $paper->submit;
is $r->code, 422, 'and asked for';
like $r->text, qr/What is it called\? – Answer this question/, 'by name';
$paper->save($paper->page(2), { "$pets.1" => 'Rex' });

# ---- sent ------------------------------------------------------------------------------------------

is $paper->submit->code, 303, 'sent';
my $sent = JSON::PP->new->decode($desk->get('/paperwork/' . $paper->id . '/export')->content);
my ($first, @people) = @{ $sent->{item} };
is scalar @{ $first->{answer} }, 2, 'a repeating question is one item with many answers';
is_deeply [ map { $_->{item}[0]{answer}[0]{valueString} } @{ $first->{answer} } ], [ 'Rex', 'Ed' ],
    'each with its items';
is_deeply [ map { $_->{linkId} } @people ], [ 'people', 'people' ], 'a repeating group is many items';
is_deeply [ map { $_->{linkId} } @{ $people[0]{item} } ], [ 'person', 'ill', 'illness', 'drugs' ],
    'in the order of the form';
my $read = $desk->get('/paperwork/' . $paper->id)->text;
like $read, qr/Which pets do you have\? Dog Eel .*: Dog What is it called\? Rex.*Person 1 .*Ann.*Medicine 1\.1/,
    'the desk reads it';
$t->stop;
done_testing;

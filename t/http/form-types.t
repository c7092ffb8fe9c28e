# SPDX-License-Identifier: Apache-2.0
#
# Answers of every type through a real server: typed, wrong and mended, reviewed, sent, read at the desk,
# printed for the patient, exported.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', csv => <<'CSV', default_forms => 'types');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $c    = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });
my ($todo) = PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $todo->[0]);

sub has ($r, $pattern, $name) {
    return ok($r->decoded_content =~ $pattern, $name) || diag "$pattern\n" . $r->text;
}

# ---- times ------------------------------------------------------------------------------------------

my $r = $paper->page;
my %n = map { $_ => $paper->name($r, $_) } 'When did it begin', 'When did you last eat', 'When do you take it';
my ($begun, $eaten, $doses) = @n{ 'When did it begin', 'When did you last eat', 'When do you take it' };
like $r->text, qr/For example, 9:30 am or 14:30/, 'a time says how it is written';
$r = $paper->save($r, { "$begun.day" => 4, "$begun.month" => 7, "$begun.year" => 2026,
    "$begun.time" => 'at night', $eaten => '5:30', $doses => [ '8 am', '20:00' ] });
is $r->code, 422, 'words that are no time';
like $r->text, qr/When did it begin\? – Enter a time/, 'are named';
like $r->text, qr/When did you last eat\? – The time must not be before 06:00/, 'and one too early';
has $r, qr/name="\Q$begun\E\.time" value="at night"/, 'the box keeps its words';
has $r, qr/name="\Q$begun\E\.day" value="4"/, 'the others keep theirs';
has $r, qr/name="\Q$doses\E" value="08:00"/, 'a right one is written on one clock';
$r = $paper->save($r, { "$begun.time" => '2:30 pm', $eaten => '7.15 pm' });
is $r->code, 303, 'mended';

# ---- measures ---------------------------------------------------------------------------------------

$r = $c->follow($r);
my ($weight, $height, $dose, $temperature, $pain, $mood) = map { $paper->name($r, $_) } 'Your weight',
    'Your height', 'Your dose', 'Your temperature', 'How strong', 'How is your mood';
has $r, qr{<select[^>]*name="\Q$weight\E\.unit"}, 'several units are chosen from';
has $r, qr{input-wrapper__suffix">cm<}, 'one stands behind the box';
has $r, qr{<input[^>]*name="\Q$dose\E\.unit"}, 'without any it is written';
has $r, qr{portal-scale.*?type="radio" value="10"}s, 'a short slider is a row of choices';
like $r->text, qr/no pain – the worst pain/, 'with its ends named';
like $r->text, qr/Enter a number from 0 to 100/, 'a long one is a box with its ends';
$r = $paper->save($r, { $weight => '70.50', "$weight.unit" => '', $height => '12.25', $dose => '5',
    "$dose.unit" => 'drops', $temperature => '37.25', $pain => 7, $mood => 101 });
is $r->code, 422, 'a weight without unit';
like $r->text, qr/Your weight – Choose the unit/, 'asks for it';
like $r->text, qr/Your height – Enter 30 cm or a larger number/, 'a limit has its unit';
like $r->text, qr/How is your mood\? – Enter 100 or a smaller number/, 'beyond the end of a slider';
like $r->text, qr/Your temperature – Use 1 digits or fewer after the point/, 'too many places';
has $r, qr/name="\Q$weight\E" value="70.50"/, 'the number stays';
$r = $paper->save($r, { "$weight.unit" => 'kilograms', $height => '170', $temperature => '37.2', $mood => 50 });
is $r->code, 303, 'mended';

# ---- the rest ---------------------------------------------------------------------------------------

$r = $c->follow($r);
my ($page, $code, $names, $day, $hour) = map { $paper->name($r, $_) } 'Your doctor', 'Your member code', 'Names', 'Which day',
    'At what time';
like $r->text, qr/Which day suits you\? \(optional\) 1 December 2026 2 December 2026 At what time\? \(optional\) 9:00 am 1:30 pm/,
    'days and times to choose from are written in words';
$r = $paper->save($r, { $day => 2, $hour => 2, $page => 'www.example.org', $code => 'ab12', $names => ['Ann'] });
is $r->code, 422, 'an address without a scheme, a code of another shape';
like $r->text, qr/Your doctor's page – Enter the whole address/, 'the address';
like $r->text, qr/Your member code – Check how this is written. Two large letters, then digits/, 'the code';
$r = $paper->save($r, { $page => 'https://www.example.org', $code => 'AB12' });
is $r->code, 303, 'mended';
$r = $paper->submit;
is $r->code, 422, 'one name is less than asked for';
like $r->text, qr/Names of your children – Give 2 answers or more/, 'which the review says';
$paper->save($paper->page($r->decoded_content =~ /page=(\d+)&amp;from=review#field-\Q$names\E/),
    { $names => [ 'Ann', 'Bob' ] });

# ---- everywhere the same ----------------------------------------------------------------------------

my $all = join '.*', map { "\Q$_\E" } 'When did it begin? 4 July 2026, 2:30 pm', '7:15 pm', '8:00 am 8:00 pm',
    '70.50 kilograms', '170 cm', '5 drops', '37.2 °C', 'How strong is the pain? 7', '50',
    'https://www.example.org', 'AB12', 'Ann Bob', '2 December 2026', '1:30 pm';
like $paper->review->text, qr/$all/, 'check your answers';
is $paper->submit->code, 303, 'sent';
like $paper->page->text, qr/$all/, 'what was sent, for the patient to print';
my $read = $desk->get("/paperwork/" . $paper->id);
like $read->text, qr/$all/, 'at the desk';
my $sent = JSON::PP->new->decode($desk->get("/paperwork/" . $paper->id . '/export')->content);
my %of;
sub answers ($items) {
    for my $item (@$items) {
        $of{ $item->{linkId} } = [ map { my %a = %$_; delete $a{item}; \%a } @{ $item->{answer} // [] } ];
        answers($item->{item} // []);
    }
}
answers($sent->{item});
like $of{visit}[0]{valueDateTime}, qr/^2026-07-04T14:30:00[+-]\d\d:\d\d$/, 'a date with time has a zone';
is_deeply [ map { $_->{valueTime} } @{ $of{doses} } ], [ '08:00:00', '20:00:00' ], 'times have seconds';
is_deeply $of{weight}, [ { valueQuantity => { value => 70.5, unit => 'kilograms', code => 'kg',
    system => 'http://unitsofmeasure.org' } } ], 'a quantity has its unit';
like $desk->get("/paperwork/" . $paper->id . '/export')->content, qr/"value":70\.50\b/, 'and its digits as typed';
is_deeply $of{dose}, [ { valueQuantity => { value => 5, unit => 'drops' } } ], 'written units are only words';
is_deeply $of{pain}, [ { valueInteger => 7 } ], 'a place on a scale is a number';
is_deeply [ $of{day}, $of{hour} ], [ [ { valueDate => '2026-12-02' } ], [ { valueTime => '13:30:00' } ] ],
    'a chosen day and time are a date and a time';
is_deeply $of{page}, [ { valueUri => 'https://www.example.org' } ], 'an address is a uri';

$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# What the members and controls of a form come to in the page: how choices are shown, what stands in a field at first,
# lengths in characters, exclusive choices, what is read-only or hidden, and conditions by any and by all.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', default_forms => 'members', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $c    = PortalTest::Tab->new($t, 1, $desk)->open('C-1')->signed_in('C-1', 'quite a long password 17');
my ($todo) = PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $todo->[0]);

sub has ($r, $pattern, $name) { return ok($r->decoded_content =~ $pattern, $name) || diag $r->decoded_content }

# ---- choices ---------------------------------------------------------------------------------------

my $r = $paper->page;
my ($list, $buttons, $boxes) = map { $paper->name($r, $_) } 'From a list', 'With buttons', 'With boxes';
has $r, qr{<select[^>]*name="\Q$list\E".*?Red.*?Green.*?Blue.*?</select>}s, 'a list of a contained value set';
is scalar(() = $r->decoded_content =~ /type="radio"/g), 21, 'buttons, even where there are many';
has $r, qr{name="\Q$buttons\E" type="radio" value="21" checked}, 'the one that is chosen at first';
has $r, qr{name="\Q$boxes\E" type="checkbox" value="1"}, 'boxes to tick';
has $r, qr{name="\Q$boxes\E" type="checkbox" value="other"}, 'and one for other words';
$r = $paper->save($r, { $list => 1, $boxes => [ 1, 4 ] });
is $r->code, 422, 'what excludes all others, and another';
like $r->text, qr/With boxes – .*Neither/, 'is said with its name';
$r = $paper->save($r, { $boxes => [ 1, 2, 3 ] });
is $r->code, 422, 'too many';
like $r->text, qr/With boxes – .*2/, 'says how many may be';
$r = $paper->save($r, { $boxes => [ 1, 'other' ], "$boxes.other" => 'Thirst' });
is $r->code, 303, 'two';

# ---- what is written -------------------------------------------------------------------------------

$r = $c->follow($r);
my ($name, $height) = map { $paper->name($r, $_) } 'First name', 'Height';
has $r, qr{name="\Q$name\E" value="Ann"}, 'the first value';
has $r, qr{input-wrapper__suffix">centimetres<}, 'the unit of a number';
like $r->text, qr/Your ward North/, 'what is read-only is shown';
unlike $r->text, qr/Where from/, 'what is hidden is not';
my ($ward) = map { $_->{name} } grep { $_->{label} eq 'Your ward' } PortalTest::Paper->questions($paper->view($r)->{nodes});
unlike $r->decoded_content, qr/name="\Q$ward\E"/, 'and no field is there for either';
for my $case ([ 'é', qr/First name – Use 2 characters or more/, 'too short' ], [ 'éééééüü', qr/First name – Use 6 characters or fewer/, 'too long' ]) {
    $r = $paper->save($r, { $name => $case->[0] });
    is $r->code, 422, "$case->[2], in characters";
    like $r->text, $case->[1], 'and said so';
}
# The page has no such fields: they come from someone who tries.
my $view = $paper->view($paper->page(2));
$r = $c->post($paper->path, { (map { $_ => $view->{$_} } qw(number version form_hash)), $name => 'éééééü', $height => '170',
    $ward => 'South', 'a.2.4' => 'else' });
is $r->code, 303, 'as many characters as may be';

# ---- conditions ------------------------------------------------------------------------------------

$r = $c->follow($r);
like $r->text, qr/Asked for red or v01/, 'any of two conditions';
unlike $r->text, qr/Asked for red and v01/, 'is not all of them';
$paper->save($r, {});
$paper->save($paper->page(1), { $buttons => 1 });
my @pages = map { $paper->page($_)->text } 1 .. 4;
is scalar(grep {/Asked for red and v01/} @pages), 1, 'until both hold';
$paper->save($paper->page(1), { $list => 2, $buttons => 2 });
is scalar(grep {/Asked for red (?:or|and) v01/} map { $paper->page($_)->text } 1 .. 4), 0, 'with neither, none is asked';

# ---- what is kept ----------------------------------------------------------------------------------

is $paper->submit->code, 303, 'sent';
my %of;
sub answers ($items) {
    for my $item (@$items) {
        $of{ $item->{linkId} } = [ map { my %a = %$_; delete $a{item}; %a } @{ $item->{answer} // [] } ];
        answers($item->{item} // []);
    }
}
answers($desk->get('/paperwork/' . $paper->id . '/export')->data->{item});
is_deeply $of{ward}, [ valueString => 'North' ], 'what is read-only comes from the form, whatever was sent';
is_deeply $of{source}, [ valueString => 'portal' ], 'what is hidden, too';
is_deeply $of{boxes}, [ valueString => 'Fever', valueString => 'Thirst' ], 'words beside choices';
is_deeply $of{list}, [ valueCoding => { system => 'https://mod-portal.example/test/colours', code => 'g', display => 'Green' } ], 'a code with its words';
is_deeply $of{name}, [ valueString => 'éééééü' ], 'and what was typed';

$t->stop;
done_testing;

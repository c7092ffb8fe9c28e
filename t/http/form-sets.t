# SPDX-License-Identifier: Apache-2.0
#
# Value sets beside the forms: their choices are asked, become part of the form's version, and what was
# answered is still shown with them after they changed or are gone. With them missing the form is not
# offered, and the log says what to do.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', csv => <<'CSV', default_forms => 'choices');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
$tab->save({ selected_cases => [ map { $tab->case($_) } 'C-1', 'C-2' ] });
my $c    = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });
my @todo = map { PortalTest::Paper->new($c, $_->[0]) } PortalTest::Paper->todo($c);
is scalar @todo, 2, 'a form for each case';
my ($first, $second) = @todo;

my $r = $first->page;
my $sides = $first->name($r, 'Which side');
like $r->text, qr/Which side\? Left Right Both/, 'the choices of the folder';
my $dose = $first->name($r, 'How much');
ok $r->decoded_content =~ m{<option value="tablets">tablets</option>}, 'and the units';
$r = $first->save($r, { $sides => 3, $dose => 2, "$dose.unit" => 'tablets' });
is $r->code, 303, 'answered';
is $first->submit->code, 303, 'sent';
$second->save($second->page, { $sides => 1, $dose => 2, "$dose.unit" => 'drops' });
my $export = sub { JSON::PP->new->decode($desk->get('/paperwork/' . $first->id . '/export')->content) };
my $sent = $export->();
is_deeply $sent->{item}[0]{answer}, [ { valueCoding => { system => 'https://mod-portal.example/test/sides',
    code => 'both', display => 'Both' } } ], 'a code with its system';

# ---- the set changes --------------------------------------------------------------------------------

sub change ($from, $to) {
    my $path = $t->dir . '/forms/sides.json';
    open my $f, '+<:utf8', $path or die "$path: $!";
    my $text = do { local $/ = undef; <$f> };
    $text =~ s/\Q$from\E/$to/ or die "no $from";
    seek $f, 0, 0;
    print {$f} $text;
    truncate $f, tell $f;
    close $f;
    return $t->restart;
}
change('"Both"', '"The two of them"');
($c->{csrf}, $desk->{csrf}) = ();
like $desk->get('/paperwork/' . $first->id)->text, qr/Which side\? Both/, 'what was sent is shown as it was';
is_deeply $export->(), $sent, 'and exported as it was';
like $first->page->text, qr/Which side\? Both/, 'for the patient too';
like $second->page->text, qr/Which side\? Left Right Both/, 'a form that was begun goes on with its choices';
is $second->submit->code, 303, 'and is sent';

# ---- and is gone ------------------------------------------------------------------------------------

$t->expect_log('PTL0008');
unlink $t->dir . '/forms/sides.json' or die;
$t->restart;
($c->{csrf}, $desk->{csrf}) = ();
like $desk->get('/paperwork/' . $second->id)->text, qr/Which side\? Left .*2 drops/, 'nothing is lost';
ok index($t->error_log, 'PTL0008: choices.json, sides: The choices are in the value set '
        . 'https://mod-portal.example/test/ValueSet/sides, which is neither in the form nor in the folder. '
        . 'Put a ValueSet with this url') >= 0, 'the log says what to do';
unlike $desk->get('/binders/' . $tab->id . '/paperwork')->decoded_content, qr/<option[^>]*>\s*Side and dose/,
    'it is not offered any more';
$t->stop;
done_testing;

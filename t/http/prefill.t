# SPDX-License-Identifier: Apache-2.0
#
# Answers of last time in a new form: at home alone, each marked until its page was gone on from, never
# consents nor what is of the visit, never of a case that is not open or of another person.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(csv => <<'CSV', default_forms => 'registration medical-history consent-to-treatment',
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
1,Roe,Anna,1970-01-02,ann@example.org,C-3,Eye
1,Doe,Ann,1970-01-02,ann@example.org,C-4,Ear
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
CSV
    portal => { PortalLobbyFrom => '127.0.0.0/24' });
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my %case = map { $_ => $tab->case($_) } qw(C-1 C-2 C-3 C-4);

sub opens (@cases) {
    $tab->save({ master_case => $case{'C-1'}, access_enabled => 1, selected_cases => [ @case{@cases} ],
        confirm_person => [ $case{"C-3"} ] });
}

sub paper ($browser, $form, $number) {
    my ($id) = map { $_->{id} } @{ $t->sql("SELECT t.id FROM assignment t JOIN patient_case c ON c.id = t.case_id"
            . " WHERE t.form = '$form' AND c.number = '$number'") };
    return PortalTest::Paper->new($browser, $id, words => 'canary' . lc $number =~ s/-//r);
}

# linkId => [value, whether it is marked], of a page as data
sub answers ($paper, $number = undef) {
    my $view = $paper->view($paper->page($number));
    return map {
        $_->{link_id} => [ $_->{value} || join(',', map { $_->{value} } grep { $_->{checked} } @{ $_->{options} || [] }),
            $_->{marked} ? 1 : 0 ]
    } PortalTest::Paper->questions($view->{nodes});
}

sub filled ($paper) {
    my %a = answers($paper);
    return scalar grep { length $_->[0] } values %a;
}

opens(qw(C-1 C-2 C-3));
my $c = $tab->signed_in('C-1', $own);

# ---- the first time --------------------------------------------------------------------------------

my $first = paper($c, 'registration', 'C-1');
is filled($first), 0, 'the first time nothing is filled in';
$first->fill;
is $first->submit->code, 303, 'sent';

# ---- the second time -------------------------------------------------------------------------------

my $second = paper($c, 'registration', 'C-2');
my $r      = $second->page;
like $r->text, qr/Last name From last time\. Please check/, 'an answer of last time says so';
my %a = answers($second);
like $a{'about.family'}[0], qr/^canaryc1/, 'the family name is there';
is $a{'about.family'}[1], 1, 'and marked';
is $t->sql('SELECT COUNT(*) AS n FROM draft')->[0]{n}, 0, 'looking at it stores nothing';
like $c->get($second->path('/review'))->text, qr/Last name .{0,60}From last time\. Please check/, 'the review says so too';

my %f = ($second->name($r, 'Last name') => 'Changed');
is $c->form($r, { %f, keep => 1 })->code, 303, 'saved while it is typed';
%a = answers($second, 1);
is "@{ $a{'about.family'} }", 'Changed 0', 'what was changed is the patient’s own';
is $a{'about.given'}[1], 1, 'the rest is still marked';

$r = $second->save($second->page(1), {});
is $r->code, 303, 'the patient goes on';
%a = answers($second, 1);
is $a{'about.given'}[1], 0, 'a page that was gone on from is not marked';
like $a{'about.given'}[0], qr/^canaryc1/, 'and keeps its answers';
my $view = $second->view($second->page);
is $view->{resume}{number}, 2, 'whoever comes back goes on with the first page not looked at';
like $c->get($second->path('/review'))->text, qr/From last time/, 'the others are still to be checked';

# ---- what is never filled in -----------------------------------------------------------------------

my $history = paper($c, 'medical-history', 'C-1');
$history->{choose} = sub ($node, $values) { return 'true' if grep { $_ eq 'true' } @$values; return $values->[0] };
$history->fill;
is $history->submit->code, 303, 'a history is sent';
my $again = paper($c, 'medical-history', 'C-2');
%a = answers($again);
is join(' ', map { "$_->[0]$_->[1]" } map { $a{$_} } qw(today.reason today.pain)), '0 0', 'what is of the visit is not';
%a = answers($again, 2);
is "@{ $a{'conditions.had'} }", '1 1', 'what lasts is';
like join(' ', map { $again->page($_)->text } 3 .. 6), qr/Name of the medicine From last time/, 'a group that repeats, too';

my $consent = paper($c, 'consent-to-treatment', 'C-1');
$consent->{choose} = sub ($node, $values) { return $values->[0] };
$consent->fill;
is $consent->submit->code, 303, 'a consent is sent';
is filled(paper($c, 'consent-to-treatment', 'C-2')), 0, 'a consent begins empty';

# ---- whose ------------------------------------------------------------------------------------------

is filled(paper($c, 'registration', 'C-3')), 0, 'a case under another name begins empty';
my $eva = PortalTest::Tab->new($t, 2, $desk)->open('E-1');
is filled(paper($eva->signed_in('E-1', $own), 'registration', 'E-1')), 0, 'another patient begins empty';

is $second->submit->code, 303, 'the second is sent';
opens(qw(C-1 C-2 C-4));
my $fourth = paper($c, 'registration', 'C-4');
sub family () { my %a = answers($fourth); return $a{'about.family'}[0] }
is family(), 'Changed', 'a case that is opened later begins with the last of all';
opens(qw(C-1 C-4));
like family(), qr/^canaryc1/, 'not with one of a case that is not open any more';
opens(qw(C-1 C-2 C-4));
my $name = $second->name($c->get($fourth->path), 'Last name');
is $desk->post('/paperwork/' . $second->id . '/return', { question => $name, note => 'x', number => 1 })->code, 303,
    'the second is given back';
like family(), qr/^canaryc1/, 'nor with one that the desk gave back';

my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'C-1', lobby_password => $tab->lobby_password });
my $visit = paper($lobby, 'medical-history', 'C-4');
is $visit->page->code, 200, 'the form opens in the lobby';
is filled($visit), 0, 'nothing of last time is shown in the lobby';
unlike $visit->page(2)->text, qr/From last time/, 'on no page';

$t->stop;
done_testing;

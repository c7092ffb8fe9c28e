# SPDX-License-Identifier: Apache-2.0
#
# Expressions of a form through a real server: a score that is worked out at each Continue, a question that
# is asked because of it, first answers from the record (at home alone), and nothing of that from the browser.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', csv => <<'CSV', default_forms => 'scores', portal => { PortalLobbyFrom => '127.0.0.0/24' });
mrn,family,given,birth_date,email,case_number,case_title
1,Soto,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $c    = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });
my ($todo) = PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $todo->[0]);

# ---- in the lobby nobody knows who holds the tablet -------------------------------------------------

my $tablet = $t->patient;
$tablet->form('/lobby', { case_number => 'C-1', lobby_password => $tab->lobby_password });
my $there = PortalTest::Paper->new($tablet, $todo->[0]);
my $r = $there->page;
is $r->code, 200, 'the form in the lobby' or diag $r->text;
unlike $r->decoded_content, qr/Soto|1970/, 'begins without anything of the record';
like $r->decoded_content, qr/value="2\d{3}"/, 'but with today, which needs none';

# ---- first answers ----------------------------------------------------------------------------------

$r = $paper->page;
my ($family, $born) = map { $paper->name($r, $_) } 'Family name', 'Day of birth';
like $r->decoded_content, qr/name="\Q$family\E"[^>]*value="Soto"|value="Soto"[^>]*name="\Q$family\E"/, 'at home it begins with the record';
like $r->text, qr/From your record. Please check/, 'and says so';
$r = $paper->save($r, { $family => 'Soto Ruiz' });
is $r->code, 303, 'what is typed counts';

# ---- a score ----------------------------------------------------------------------------------------

$r = $c->follow($r);
my ($sleep, $worry) = map { $paper->name($r, $_) } 'Bad sleep', 'Worries';
$r = $c->follow($paper->save($r, { $sleep => 2, $worry => 1 }));
like $r->text, qr/Score 2/, 'the score so far is shown on the next page';
unlike $r->text, qr/Who helps you/, 'what is asked from 3 on is not';
my ($score) = grep { $_->{link_id} eq 'score' } PortalTest::Paper->questions($paper->view($r)->{nodes});
$r = $paper->save($r, { $paper->name($r, 'Anything') => 'no' });
$r = $paper->save($paper->page(2), { $sleep => 2, $worry => 2 });
$r = $c->follow($r);
like $r->text, qr/Score 5/, 'changed with the answers';
like $r->text, qr/Who helps you/, 'and with it what is asked';
$r = $c->json('POST', $paper->path, { number => 3, version => $paper->view($r)->{version}, $score->{name} => 99 });
ok $r->code == 200 || $r->code == 303, 'a score from the browser' or diag $r->code . $r->content;
like $paper->page(3)->text, qr/Score 5/, 'is no answer';
$r = $paper->submit;
is $r->code, 422, 'a question that is asked by the score is demanded';
like $r->text, qr/Who helps you/, 'by name';
$r = $paper->page(3);
$paper->save($r, { $paper->name($r, 'Who helps') => 'my sister' });
is $paper->submit->code, 303, 'sent';

# ---- what is sent -----------------------------------------------------------------------------------

my $sent = JSON::PP->new->decode($desk->get('/paperwork/' . $paper->id . '/export')->content);
my %of;
sub answers ($items) {
    for my $item (@$items) {
        $of{ $item->{linkId} } = $item->{answer}[0];
        answers($item->{item} // []);
    }
}
answers($sent->{item});
is_deeply $of{score}, { valueInteger => 5 }, 'the score goes with it';
is $of{family}{valueString}, 'Soto Ruiz', 'and the answers';
like $desk->get('/paperwork/' . $paper->id)->text, qr/Score 5/, 'the desk reads it';

# ---- given back ---------------------------------------------------------------------------------------

$desk->post('/binders/' . $tab->id . '/paperwork', { form => 'scores', case => $tab->case('C-1') });
($todo) = PortalTest::Paper->todo($c);
$paper = PortalTest::Paper->new($c, $todo->[0]);
$r = $paper->save($paper->page(2), { $sleep => 2, $worry => 1 });
is $paper->submit->code, 303, 'sent without what is asked from 3 on';
$desk->post('/paperwork/' . $paper->id . '/return', { question => $worry, note => 'Sure?', number => 1 });
$r = $paper->page;
unlike $r->text, qr/Bad sleep|Who helps you/, 'one question is asked again';
$r = $c->follow($paper->save($r, { $paper->name($r, 'Worries') => 2 }));
like $r->text, qr/Who helps you/, 'and what its score asks for now';
$paper->save($r, { $paper->name($r, 'Who helps') => 'my brother' });
is $paper->submit->code, 303, 'so that it can be sent';

$t->stop;
done_testing;

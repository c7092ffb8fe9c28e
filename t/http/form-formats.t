# SPDX-License-Identifier: Apache-2.0
#
# How a form is written: formatted words (rendering-xhtml, rendering-style) as our own elements and classes, in each of
# its languages; instructions, notices and help; hints that are always there; short labels where many stand together;
# links at home, and only their addresses in the lobby; and what was signed, as it was shown.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', default_forms => 'formats', csv => <<'CSV',
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
CSV
    portal => { PortalLobbyFrom => '127.0.0.0/24' });
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $c    = $tab->signed_in('C-1', $own);
my ($todo) = PortalTest::Paper->todo($c);
my $paper = PortalTest::Paper->new($c, $todo->[0]);

# Without white space beside tags.
sub html ($r) { return $r->decoded_content =~ s/\s+/ /gr =~ s/ ?(<[^>]*>) ?/$1/gr }

sub has ($r, $pattern, $name) { return ok(html($r) =~ $pattern, $name) || diag "$pattern\n" . html($r) }

sub lacks ($r, $pattern, $name) { return ok($r->decoded_content !~ $pattern, $name) || diag $r->decoded_content }

# ---- the page --------------------------------------------------------------------------------------

my $r = $paper->page;
is $r->code, 200, 'the page';
has $r, qr{<p>Read<strong>this</strong>first\.</p><p>Bring:</p><ul class="[^"]*"><li><p>your card,</p></li>}, 'paragraphs and a list';
has $r, qr{your<em>medicines</em>\.</p></li></ul>}, 'letters that slant';
has $r, qr{<p class="portal-words-centre"><a href="tel:\+15550100" rel="noopener noreferrer">Call us</a>or<a href="mailto:desk\@example\.org" rel="noopener noreferrer">write to us</a>}, 'links, in the middle';
has $r, qr{<table class="[^"]*"><caption><p>Doses</p></caption><tr><th colspan="1" rowspan="1"><p>Morning</p></th><td}, 'a table';
has $r, qr{<span class="portal-words-red portal-words-on-orange">2</span>}, 'colours of ours';
lacks $r, qr/alert\(|onclick|<script>|style=|border=|position|fixed/, 'and nothing else of what the form wrote';
like $r->header('Content-Security-Policy'), qr/style-src 'self'/, 'under a policy without inline style';
unlike $r->header('Content-Security-Policy'), qr/unsafe/, 'nor anything unsafe';

has $r, qr{<div class="nhsuk-inset-text portal-instructions"><div class="portal-formatted"><p>Read}, 'instructions have their place';
has $r, qr{portal-notice__about" lang="en">Privacy and security</p><p class="portal-form-text">Only your care}, 'a notice says what it is';
has $r, qr{<summary[^>]*><span[^>]*>Help</span></summary><div class="nhsuk-details__text"><p class="portal-form-text">This form follows}, 'help of a page is opened by a press';

has $r, qr{<span class="portal-words-blue">1\.</span><em><span class="portal-words-normal">What is the number on the front}, 'prefix and question have their style';
has $r, qr{Nine characters</div><div class="portal-form-text">Not the group number</div><div class="portal-form-text">AB 12345}, 'prompt, flyover and format of the entry are written out';
has $r, qr{aria-describedby="field-[^"]*-hint"}, 'and belong to the field';
has $r, qr{<span lang="en">Help</span><span[^>]*>: What is the number[^<]*</span></span></summary><div class="nhsuk-details__text"><div class="portal-formatted"><p>It begins with<strong><span class="portal-words-green">two letters}, 'help of a question';
has $r, qr{More about this question:</span><a href="https://www\.example\.org/cards" rel="noopener noreferrer">}, 'the link that helps';
has $r, qr{<legend[^>]*>How much H<sub>2</sub>O do you<span class="portal-words-underline">drink</span>\?}, 'a question with its digits low';
has $r, qr{<div class="nhsuk-radios portal-sideways">}, 'choices in a row';
has $r, qr{<label[^>]*>a\)<span class="portal-words-red">A little</span></label>.*<label[^>]*>b\) A<strong>lot</strong></label>}, 'choices with prefix and style';
my $view = $paper->view($r);
my ($card, $water) = PortalTest::Paper->questions($view->{nodes});
is $card->{hint}, 'Nine characters Not the group number AB 12345', 'as data: the hints';
is_deeply [ map { $_->{text} } @{ $card->{help}{texts} } ], ['It begins with two letters.'], 'and the help';
is_deeply [ map { $_->{sub} ? "<$_->{text}>" : $_->{text} } @{ $water->{styled}{runs} } ],
    [ 'How much H', '<2>', 'O do you ', 'drink', '?' ], 'and the runs';

# ---- in the other language -------------------------------------------------------------------------

my $es = $t->patient;
$es->post('/language', { language => 'es' });
$es->form('/login', { case_number => 'C-1', password => $own });
my $spanish = PortalTest::Paper->new($es, $paper->id, save => 'Guardar y continuar');
my $e = $spanish->page;
has $e, qr{<p>Lea<strong>esto</strong>primero\.</p>.*<a href="tel:\+15550100"[^>]*>Llámenos</a>}, 'the formatted words are translated';
has $e, qr{<h1[^>]*>.*Sobre este formulario</h1>}, 'beside the others';
has $e, qr{Privacidad y seguridad}, 'and ours';

# ---- the next pages ---------------------------------------------------------------------------------

$r = $paper->save($r, { $card->{name} => '', $water->{name} => 2 });
$r = $c->follow($r);
like $r->text, qr/Walking.*Where do you walk.*At night/s, 'a page of the form is one page';
unlike $r->text, qr/How do you sleep/, 'and ends with its group';
unlike $r->text, qr/continued/, 'its heading is new';
$r = $c->follow($paper->save($r, {}));
like $r->text, qr/How do you sleep/, 'what follows has its own';
$paper->save($r, {});

# ---- check your answers, sign ----------------------------------------------------------------------

sub sign { return $c->form($paper->review, { sign_act => 'sign', sign_role => 'patient', sign_name => 'Ann Doe', sign_agree => 1 },
    button => 'Sign and submit') }
$r = sign();
is $r->code, 422, 'a question left out';
has $r, qr{<a href="[^"]*#field-\Q$card->{name}\E">Card number}, 'is named by its short label';
$paper->save($paper->page(1), { $card->{name} => 'AB 12345' });
$r = $paper->review;
has $r, qr{<dt[^>]*><span class="portal-words-blue">1\.</span>Card number</dt>}, 'the review is short';
has $r, qr{Change<span[^>]*>Card number</span>}, 'also in its links';
has $r, qr{H<sub>2</sub>O}, 'where there is no short label the question is as it was';
$r = sign();
is $r->code, 303, 'signed';
my $copy = $c->get($paper->path('/copy'));
has $copy, qr{<p>Read<strong>this</strong>first\.</p>.*<li><p>your card,</p></li>}, 'the record has the words as they were shown';
has $copy, qr{One<em>more</em>thing}, 'also those over a few questions';
has $copy, qr{What is the number on the front of your insurance card\?}, 'and the whole question';
has $copy, qr{<style>.*\.portal-words-red \{ color: #.*<span class="portal-words-red portal-words-on-orange">2</span>}, 'in their colours, which the file brings along';
lacks $copy, qr/alert\(|onclick/, 'and no more than that';
my $read = $desk->get('/paperwork/' . $paper->id);
has $read, qr{<p>Read<strong>this</strong>first\.</p>}, 'at the desk, too';
has $read, qr{<dt[^>]*><span class="portal-words-blue">1\.</span>Card number<span class="portal-own"><em><span class="portal-words-normal">What is the number on the front of your insurance card\?</span></em></span></dt>},
    'where a question has a short label, and the whole question below it';
has $read, qr{Give back<span[^>]*>Card number</span>}, 'also in its links';
my ($row) = grep { $_->{link_id} eq 'card' } map { @{ $_->{rows} } } @{ $desk->json('GET', '/paperwork/' . $paper->id)->data->{sent}{parts} };
is_deeply [ @$row{qw(brief label)} ], [ 'Card number', 'What is the number on the front of your insurance card?' ], 'as data: both';
my ($item) = grep { $_->{linkId} eq 'water' } @{ $desk->get('/paperwork/' . $paper->id . '/export')->data->{item}[0]{item} };
is $item->{text}, 'How much H2O do you drink?', 'exports have the plain words';
is $item->{answer}[0]{valueCoding}{display}, 'A lot', 'of answers, too';

# ---- in the lobby ----------------------------------------------------------------------------------

my $eva = PortalTest::Tab->new($t, 2, $desk)->open('E-1');
my $tablet = $t->patient;
$tablet->form('/lobby', { case_number => 'E-1', lobby_password => $eva->lobby_password });
my ($there) = PortalTest::Paper->todo($tablet);
my $left = PortalTest::Paper->new($tablet, $there->[0]);
my $l    = $left->page;
has $l, qr{Call us \(tel:\+15550100\) or write to us \(mailto:desk\@example\.org\)}, 'in the lobby addresses are only named';
has $l, qr{More about this question:</span>https://www\.example\.org/cards}, 'the helping one, too';
lacks $l, qr{<a [^>]*(?:tel:|mailto:|example\.org/cards)}, 'no link leads away from the tablet';

$left->save($l, { $card->{name} => 'AB 99' });
has $desk->get('/paperwork/' . $left->id), qr{Card number<span class="portal-own">What is the number on the front of your insurance card\?</span></dt>.*AB 99},
    'what was begun there has the whole question, too';

# ---- for its author --------------------------------------------------------------------------------

my $lint = $desk->get('/forms')->text;
like $lint, qr/first The text is shown without \@onclick, script of its formatting/, 'what is dropped is named with its item';
like $lint, qr/card The text is shown without position of its formatting/, 'of a style, too';
unlike $lint, qr/formats\.json[^.]*says other words/, 'and nothing that is not so';

$t->stop;
done_testing;

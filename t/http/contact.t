# SPDX-License-Identifier: Apache-2.0
#
# Contact details that a patient sent, taken into the binder one by one at the desk: only what was ticked, only what
# can be kept, never over what somebody else changed meanwhile.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(default_forms => 'registration insurance', csv => <<'CSV');
mrn,family,given,birth_date,email,phone,language,case_number,case_title
1,Doe,Ann,1970-01-02,old@example.org,555 1,en,C-1,Knee
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1', 'portal@example.org');
my $c    = $tab->signed_in('C-1', 'quite a long password 17');

sub binder () { return $t->sql('SELECT email, phone, language, version FROM binder')->[0] }
sub kept   () { my $b = binder(); return "$b->{email}|$b->{phone}|$b->{language}" }

sub send_form ($form) {
    my ($todo) = grep { $_->[1] =~ /$form/ } PortalTest::Paper->todo($c);
    my $paper = PortalTest::Paper->new($c, $todo->[0], words => 'canary');
    $paper->fill;
    is $paper->submit->code, 303, "$form is sent";
    return '/paperwork/' . $paper->id;
}

my $path = send_form('Registration');
my $sent = $desk->json('GET', $path)->data->{sent};
my %said = map { $_->{link_id} => ($_->{answers}[0] || {})->{text} } map { @{ $_->{rows} } } @{ $sent->{parts} };
ok $sent->{has_contact}, 'the paperwork says that there are contact details';
like $desk->get($path)->text, qr/Compare the contact details with the binder/, 'on its page';

# ---- looking at it ---------------------------------------------------------------------------------

my $view = $desk->json('GET', "$path/contact")->data;
my %row  = map { $_->{name} => $_ } @{ $view->{rows} };
is $row{take_email}{kept}, 'old@example.org', 'the binder has one e-mail';
is $row{take_email}{said}, $said{'contact.email'}, 'the form another';
is $row{take_phone}{said}, $said{'contact.phone'}, 'and another number';
ok $row{take_phone}{can_take}, 'which can be taken';
is kept(), 'old@example.org|555 1|en', 'looking changes nothing';
my %seen = (number => $view->{number}, version => $view->{version});

# ---- one of them -----------------------------------------------------------------------------------

my $r = $desk->post("$path/contact", { %seen });
is $r->code, 422, 'nothing was ticked';
like $r->text, qr/Tick at least one/, 'it says so';
is kept(), 'old@example.org|555 1|en', 'and nothing is changed';
$r = $desk->form("$path/contact", { take_phone => 1 });
is $r->code, 303, 'the number is taken';
like $desk->follow($r)->text, qr/The binder has the new contact details/, 'it says so';
is kept(), "old\@example.org|$said{'contact.phone'}|en", 'and nothing else';
is $t->sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'binder.edit' AND result = 'ok'")->[0]{n}, 1, 'once in the trail';
is $t->sql('SELECT email FROM access')->[0]{email}, 'portal@example.org', 'the e-mail of the portal is not touched';
like $desk->get("$path/contact")->text, qr/Phone In the binder 555 0100 \d+ In the form 555 0100 \d+ The binder has it already/,
    'the page shows both sides alike';

# ---- meanwhile -------------------------------------------------------------------------------------

$r = $desk->post("$path/contact", { %seen, take_email => 1 });
is $r->code, 409, 'a page of before the change';
like $r->text, qr/The binder was changed meanwhile/, 'says that the binder was changed';
is +(split /\|/, kept())[0], 'old@example.org', 'and changes nothing';
is $desk->post("$path/contact", { number => 1, version => binder()->{version}, take_email => 1 })->code, 303, 'with open eyes';
is +(split /\|/, kept())[0], $said{'contact.email'}, 'it is taken';
is $desk->post("$path/contact", { number => 2, version => binder()->{version}, take_email => 1 })->code, 409,
    'answers that were not sent';
is $desk->post("$path/contact", { number => 1, take_email => 1 })->code, 422, 'no version';

# ---- what cannot be kept ---------------------------------------------------------------------------

my ($id) = $path =~ m{([^/]+)$};
my ($question) = map { $_->{name} } grep { $_->{link_id} eq 'needs.language' } map { @{ $_->{rows} } } @{ $sent->{parts} };
is $desk->post("$path/return", { question => $question, note => 'x', number => 1 })->code, 303, 'a question is given back';
my $paper = PortalTest::Paper->new($c, $id);
$r = $paper->page;
my $name = $paper->name($r, 'Which language');
$paper->save($r, { $name => 'other', "$name.other" => '<b>Quechua & more</b>' });
is $paper->submit->code, 303, 'a language in words is sent';
$r = $desk->get("$path/contact");
like $r->text, qr/Quechua & more.*This cannot be taken over as it is/, 'it cannot be taken';
is $desk->post("$path/contact", { number => 2, version => binder()->{version}, take_language => 1 })->code, 422, 'not by a post either';
is +(split /\|/, kept())[2], 'en', 'the language stays';

# ---- where there is nothing to compare -------------------------------------------------------------

my $other = send_form('Insurance');
ok !$desk->json('GET', $other)->data->{sent}{has_contact}, 'a form that asks for none';
like $desk->get("$other/contact")->text, qr/sent no contact details/, 'says so';
is $desk->post("$other/contact", { number => 1, version => binder()->{version}, take_phone => 1 })->code, 422, 'and nothing is taken';
is $c->get("$path/contact")->code, 404, 'nor has a patient';

$t->stop;
done_testing;

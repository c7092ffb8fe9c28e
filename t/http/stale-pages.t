# SPDX-License-Identifier: Apache-2.0
#
# Pages that stayed open on one device while the form went on elsewhere: sent, given back and begun again, or revised.
# Nothing of them is saved or signed as if it had just been read.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', default_forms => 'consent', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my %sign = (sign_act => 'sign', sign_role => 'patient', sign_name => 'Ann Doe', sign_agree => 1);

sub begun ($mrn, $number) {
    my $c = PortalTest::Tab->new($t, $mrn, $desk)->open($number)->signed_in($number, $own);
    my ($todo) = PortalTest::Paper->todo($c);
    return ($c, PortalTest::Paper->new($c, $todo->[0]));
}

# ---- given back and begun again ----------------------------------------------------------------------

my ($slow, $paper) = begun(1, 'C-1');
my $quick = $t->patient;
$quick->form('/login', { case_number => 'C-1', password => $own });
my $again = PortalTest::Paper->new($quick, $paper->id);

my $untouched = $paper->page;
my ($care, $dose) = map { $paper->name($untouched, $_) } 'I agree to be treated', 'How many tablets';
is $again->save($again->page, { $care => 'true', $dose => 1 })->code, 303, 'answered on one device';
my $page   = $paper->page;
my $review = $paper->review;
is $quick->form($again->review, \%sign, button => 'Sign and submit')->code, 303, 'and signed';
like $slow->form($page, { $dose => 5 }, button => 'Save and continue')->text, qr/How many tablets a day\? .*5/, 'the other one is told';

sub give_back ($name, $note) {
    my $id = $paper->id;
    return $desk->form("/paperwork/$id/return?question=$name", { note => $note })->code;
}
is give_back($dose, 'Really one?'), 303, 'a question is given back';
my $r = $slow->form($untouched, { $dose => 7 }, button => 'Save and continue');
is $r->code, 409, 'a page of before the first answer is not the one that is asked now';
like $r->text, qr/Really one\?/, 'which is shown, with its note';
is $t->sql('SELECT COUNT(*) n FROM draft')->[0]{n}, 0, 'nothing was saved';

is $again->save($again->page, { $dose => 2 })->code, 303, 'answered anew on the one device';
$r = $slow->form($page, { $dose => 7 }, button => 'Save and continue');
is $r->code, 409, 'a page of before it was sent is as old as it is';
like $r->text, qr/How many tablets a day\?.* 2 .*7/, 'both answers are shown';
$r = $slow->form($review, \%sign, button => 'Sign and submit');
is $r->code, 409, 'what was read before is not signed now';
like $r->text, qr/How many tablets a day\? 2 /, 'but shown as it is';
is $quick->form($again->review, \%sign, button => 'Sign and submit')->code, 303, 'who has read it can sign';

# ---- revised before it was begun -----------------------------------------------------------------------

my ($eva, $hers) = begun(2, 'E-1');
$review = $hers->review;
my $file = $t->file('forms/consent.json');
open my $in, '<:raw', $file or die;
my $text = do { local $/ = undef; <$in> };
close $in or die;
$text =~ s/"required": true, "text": "I agree to be treated"/"text": "I agree to be treated by students"/ or die;
open my $out, '>:raw', $file or die;
print {$out} $text;
close $out or die;
$t->graceful;
$r = $eva->form($review, \%sign, button => 'Sign and submit');
is $r->code, 409, 'a form that was revised since it was read';
like $r->text, qr/The form was changed since you read it.*treated by students/, 'is shown as it is now';
is $t->sql("SELECT COUNT(*) n FROM response")->[0]{n}, 1, 'and not signed';
is $eva->form($r, \%sign, button => 'Sign and submit')->code, 303, 'but for who has read it';

$t->stop;
done_testing;

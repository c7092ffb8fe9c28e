# SPDX-License-Identifier: Apache-2.0
#
# Signing a form: typed and drawn, by the patient and for the patient, at home and in the lobby; the
# record of it, the copy, the FHIR signature; refusing; and signing again what was sent again.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP    ();
use MIME::Base64 qw(decode_base64);
use PortalTest;
use PortalTest::Fhir qw(complaints);
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', default_forms => 'consent', csv => <<'CSV',
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
1,Doe,Ann,1970-01-02,ann@example.org,C-3,Eye
2,Ruiz,Eva,1971-02-03,eva@example.org,E-1,Arm
CSV
    portal => { PortalLobbyFrom => '127.0.0.0/24' });
my $desk = $t->desk;
my $own  = 'quite a long password 17';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my @cases = map { $tab->case($_) } qw(C-1 C-2 C-3);
$tab->save({ master_case => $cases[0], selected_cases => \@cases, access_enabled => 1 });
my $c = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });

my @todo = map { PortalTest::Paper->new($c, $_->[0]) } PortalTest::Paper->todo($c);
is scalar @todo, 3, 'three forms to sign';
my $SIGNATURE = 'http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature';

sub answer ($paper, $yes, $dose = '1.50') {
    my $r = $paper->page;
    for (1 .. 5) {
        last if $r->request->uri =~ /review/;
        my %f = map { $_->{link_id} eq 'care' ? ($_->{name} => $yes) : $_->{link_id} eq 'dose' ? ($_->{name} => $dose) : () }
            PortalTest::Paper->questions($paper->view($r)->{nodes});
        $r = $paper->{browser}->follow($paper->save($r, \%f));
    }
    return $r;
}

sub sign ($paper, %o) {
    return $paper->{browser}->form($paper->review, { sign_act => 'sign', sign_role => 'patient',
        sign_name => 'Ann Canary Doe', sign_agree => 1, %o }, button => 'Sign and submit');
}

sub export ($id, $number = 0) { return $desk->get("/paperwork/$id/export" . ($number ? "?number=$number" : ''))->data }

sub signature_of ($thing) { return (map { $_->{valueSignature} } grep { $_->{url} eq $SIGNATURE } @{ $thing->{extension} || [] })[0] }

# ---- typed -----------------------------------------------------------------------------------------

my $one = $todo[0];
my $r = answer($one, 'true');
like $r->text, qr/Signature Your signature is asked for these parts: I agree to be treated/, 'what is signed';
like $r->text, qr/My typed name.*counts as much as one on paper.*paper at the front desk.*withdraw.*copy/, 'and what that means';
$r = sign($one, sign_name => '', sign_agree => undef);
is $r->code, 422, 'no name, no agreement';
like $r->text, qr/Type your full name to sign.*Tick the box to sign/, 'both are named';
is sign($one, sign_role => 'other')->code, 422, 'for another: what they are is asked';
is sign($one, sign_role => 'king')->code, 422, 'no such role';
is sign($one, sign_act => 'maybe')->code, 422, 'no such act';
is sign($one, sign_strokes => '1,1 <svg>')->code, 422, 'no drawing';
is sign($one, sign_strokes => '1,1 9999,2')->code, 422, 'nor outside of its box';
my $read_in = $one->review;
$c->post('/language', { language => 'es' });
$r = $c->form($read_in, { sign_act => 'sign', sign_role => 'patient', sign_name => 'Ann Canary Doe', sign_agree => 1 }, button => 'Sign and submit');
is $r->code, 409, 'another window has changed the language: what is signed is what was read';
like $r->text, qr/El idioma se cambió en otra ventana/, 'which is shown again';
$c->post('/language', { language => 'en' });
is $t->sql('SELECT COUNT(*) n FROM response')->[0]{n}, 0, 'nothing is sent without a signature';
is $c->json('POST', $one->path('/review'), { version => 1 })->code, 422, 'neither by JSON';
is sign($one)->code, 303, 'signed and sent';
$r = $c->form($read_in, { sign_act => 'sign', sign_role => 'patient', sign_name => 'Ann Canary Doe', sign_agree => 1 }, button => 'Sign and submit');
is $r->code, 409, 'the button is pressed twice';
like $r->text, qr/already sent.*pressed twice.*need not do anything more/, 'which is no reason to worry';
my $fhir = export($one->id);
my $s = signature_of($fhir);
is $s->{type}[0]{code}, '1.2.840.10065.1.12.1.1', 'a signature of the author, as the form asks';
is decode_base64($s->{data}), 'Ann Canary Doe', 'the typed name';
is "$s->{sigFormat} $s->{who}{display}", 'text/plain Ann Canary Doe', 'who';
is $s->{who}{reference}, $fhir->{subject}{reference}, 'the patient';
ok !$s->{onBehalfOf}, 'for nobody else';
is_deeply signature_of((grep { $_->{linkId} eq 'care' } @{ $fhir->{item} })[0]), $s, 'also on the consent';
like $desk->get("/paperwork/" . $one->id . '/export')->decoded_content, qr/1\.50/, 'digits are kept';

# ---- the record -------------------------------------------------------------------------------------

my $sent = $desk->json('GET', '/paperwork/' . $one->id)->data->{sent};
my $record = $sent->{signature};
ok $record->{fits}, 'the hash is that of the answers';
is "$record->{act} $record->{role} $record->{how} $record->{language}", 'typed patient portal en', 'how it was signed';
like $record->{questionnaire}, qr{test/consent\|1$}, 'which form';
like $record->{form_hash}, qr/^[0-9a-f]{64}$/, 'and its hash';
is $record->{source}, '127.0.0.1', 'from where';
like $record->{intent}, qr/^My typed name/, 'the words that were agreed to';
like $desk->get('/paperwork/' . $one->id)->text, qr/Signed by Ann Canary Doe ?, .*The signature fits the answers/, 'at the desk';
$r = $c->get($one->path);
like $r->text, qr/Signature Signed by Ann Canary Doe.*Download the signed copy/, 'the patient sees it';
my $copy = $c->get($one->path('/copy'));
is $copy->code, 200, 'and gets a copy';
like $copy->header('Content-Disposition'), qr/attachment; filename="signed-[\w-]+\.html"/, 'as a file';
like $copy->text, qr/We treat you only if you agree\. .*I agree to be treated Yes .*Signed by Ann Canary Doe.*\Q$record->{answers_hash}\E/,
    'with all that was said, asked, answered and signed';
is $desk->get($one->path('/copy'))->decoded_content, $copy->decoded_content, 'the desk has the same';
my $eva = PortalTest::Tab->new($t, 2, $desk)->open('E-1');
my $other = $t->patient;
$other->form('/login', { case_number => 'E-1', password => $eva->register });
$other->form('/password', { new_password => $own, new_password_again => $own });
is $other->get($one->path('/copy'))->code, 404, 'nobody else';

# ---- drawn, for the patient -----------------------------------------------------------------------------

my $two = $todo[1];
answer($two, 'true');
is sign($two, sign_role => 'other', sign_relation => 'mother', sign_name => 'Maria Doe',
    sign_strokes => '10,10 20,30 40,20;50,50 60,60')->code, 303, 'drawn by a mother';
$s = signature_of(export($two->id));
is $s->{sigFormat}, 'image/svg+xml', 'an image';
like decode_base64($s->{data}), qr{^<svg [^>]*><path d="M10 10L20 30L40 20M50 50L60 60"}, 'made of the points alone';
is $s->{who}{display}, 'Maria Doe (mother)', 'who signed';
is $s->{onBehalfOf}{reference}, $fhir->{subject}{reference}, 'for the patient';
like $c->get($two->path('/copy'))->decoded_content, qr{<path d="M10 10L20 30}, 'the copy has the drawing';
is $desk->json('GET', $two->path)->data->{sent}{signature}{act}, 'drawn', 'the record says so';

# ---- refused --------------------------------------------------------------------------------------------

my $three = $todo[2];
$r = answer($three, 'false');
is sign($three, sign_act => 'decline', sign_name => '', sign_agree => undef)->code, 303, 'a refusal can be sent';
my $no = export($three->id);
ok !signature_of($no), 'without a signature';
is $no->{item}[0]{answer}[0]{valueBoolean}, JSON::PP::false, 'as the answer no';
like $desk->get('/paperwork')->text, qr/New Refused/, 'the queue says so';
like $desk->get($three->path)->text, qr/The patient refused a consent.*I agree to be treated Refused No.*Signature declined/, 'the form too';
like $c->get($three->path)->text, qr/I agree to be treated Refused No.*Signature declined/, 'and to the patient';
is $t->sql("SELECT refused FROM response WHERE assignment_id = '" . $one->id . "'")->[0]{refused}, 0, 'the others are none';

# ---- sent again: signed again, the old one kept ------------------------------------------------------------

my ($dose) = grep { $_->{link_id} eq 'dose' } map { @{ $_->{rows} } } @{ $sent->{parts} };
is $desk->post($one->path('/return'), { question => $dose->{name}, note => 'how many?', number => 1 })->code, 303, 'given back';
$r = $one->page;
is $one->save($r, { $dose->{name} => '2' })->code, 303, 'another answer';
is $c->form($one->review, {}, button => 'Sign and submit')->code, 422, 'is not sent without a new signature';
$t->clock('+60');
is sign($one, sign_name => 'Ann Again')->code, 303, 'signed again';
my $now = export($one->id);
is $now->{status}, 'amended', 'amended';
is signature_of($now)->{who}{display}, 'Ann Again', 'with the new signature';
is signature_of(export($one->id, 1))->{who}{display}, 'Ann Canary Doe', 'the old one is kept';
my $old = $desk->json('GET', $one->path('?number=1'))->data->{sent}{signature};
ok $old->{fits} && $old->{name} eq 'Ann Canary Doe', 'with its record, which fits what it signed';
is $desk->get($one->path('/copy?number=1'))->decoded_content, $copy->decoded_content, 'and its copy, byte by byte';
isnt $old->{answers_hash}, $desk->json('GET', $one->path)->data->{sent}{signature}{answers_hash}, 'another hash';
is $t->sql('SELECT COUNT(*) n FROM signature')->[0]{n}, 4, 'four records';

# ---- in the lobby -------------------------------------------------------------------------------------------

my $lobby = $t->patient;
$lobby->form('/lobby', { case_number => 'E-1', lobby_password => $eva->lobby_password });
my ($there) = map { PortalTest::Paper->new($lobby, $_->[0]) } PortalTest::Paper->todo($lobby);
answer($there, 'true');
is sign($there, sign_name => 'Eva Canary')->code, 303, 'signed in the lobby';
my $in = $desk->json('GET', $there->path)->data->{sent}{signature};
is "$in->{how} $in->{by}", 'lobby frontdesk', 'who let them in is kept';
is $lobby->get($there->path('/copy'))->code, 404, 'the tablet shows nothing of it';

# ---- judged, and kept secret ------------------------------------------------------------------------------------

my $file = $t->file('signed.ndjson');
{
    open my $out, '>:raw', $file or die;
    print {$out} JSON::PP->new->utf8->encode($_) . "\n" for $now, $no, export($two->id), export($one->id, 1), export($there->id);
    close $out or die;
}
is_deeply [ complaints($file) ], [], 'the judges find nothing against signed responses';
for my $table ($t->database->tables) {
    unlike(JSON::PP->new->encode($t->sql("SELECT * FROM $table")), qr/Canary/, "$table tells nothing");
}
unlike $t->error_log . $t->access_log, qr/Canary/, 'nor does a log';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the audit is whole';
my $sealed = "SELECT COUNT(*) n FROM signature WHERE sealed LIKE 'v1.1.%'";
is $t->sql($sealed)->[0]{n}, 5, 'sealed with the first key';
$t->new_key;
is $t->sql($sealed)->[0]{n}, 0, 'sealed again with another';
is $desk->get($one->path('/copy?number=1'))->decoded_content, $copy->decoded_content, 'and the copy is still what it was';
$t->stop;
done_testing;

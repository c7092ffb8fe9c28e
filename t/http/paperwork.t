# SPDX-License-Identifier: Apache-2.0
#
# Paperwork at home and at the desk: filling in every page of our forms, saving, coming back, two
# windows, submitting, reading, exporting.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(csv => <<'CSV', portal => { PortalLobbyFrom => '127.0.0.0/24' });
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
1,Doe,Ann,1970-01-02,ann@example.org,C-2,Hip
2,Brown,Bob,1971-02-03,bob@example.org,B-1,Arm
CSV
my $desk = $t->desk;
my $own  = 'quite a long password 17';

sub signed_in ($mrn, $number, %o) {
    my $tab = PortalTest::Tab->new($t, $mrn, $desk)->open($number);
    return ($tab->signed_in($number, $own, %o), $tab);
}

# The page as it was sent, without showing all of it when a test fails.
sub has ($r, $pattern, $name) {
    return ok($r->decoded_content =~ $pattern, $name) || diag "$pattern\n" . $r->text;
}

sub hasnt ($r, $pattern, $name) {
    return ok($r->decoded_content !~ $pattern, $name) || diag "$pattern\n" . $r->text;
}

sub audit ($where) {
    my $rows = $t->sql("SELECT action, result FROM audit WHERE action LIKE '$where' ORDER BY seq");
    return join ' ', map {"$_->{action}=$_->{result}"} @$rows;
}

my ($c, $tab) = signed_in(1, 'C-1');
my %form = map { $_->[1] => $_->[0] } PortalTest::Paper->todo($c);
is_deeply [ sort keys %form ],
    [ 'Consent to treatment', 'Medical history', 'Registration and contact details' ],
    'the three forms of the selected case';
my $consent = PortalTest::Paper->new($c, $form{'Consent to treatment'});
my $history = PortalTest::Paper->new($c, $form{'Medical history'});
my $details = PortalTest::Paper->new($c, $form{'Registration and contact details'});
like $c->get('/')->text, qr/Paperwork to do Consent to treatment Case C-1 Not started/, 'at home';

# ---- one page at a time ---------------------------------------------------------------------------

my $r = $details->page;
is $r->code, 200, 'the first page';
like $r->text, qr/Section 1 of 5/, 'says where it is';
has $r, qr/<title>Registration and contact details, section 1 of 5 - /, 'in its title too';
is $t->sql('SELECT COUNT(*) n FROM draft')->[0]{n}, 0, 'looking stores nothing';
my $given = $details->name($r, 'First name');
my $born  = $details->name($r, 'Date of birth');
$r = $details->save($r, { $given => '  Ann  Canary  ' });
is $r->code, 303, 'Save and continue';
like $r->location, qr{^/portal/paperwork/[\w-]{22}\?page=2$}, 'leads to the next page';
is audit('paperwork.%') =~ s/paperwork.assign=ok ?//gr, 'paperwork.start=ok', 'a start in the audit';
like $c->get('/paperwork')->text, qr/Registration and contact details Case C-1 Started/, 'started';
$r = $details->page;
has $r, qr/name="\Q$given\E" value="Ann  Canary"/, 'coming back shows the answer';
like $r->text, qr/Go on where you stopped/, 'and offers to go on';
has $r, qr{href="/portal/paperwork/[\w-]+\?page=2"}, 'on the first empty page';
is $details->page(99)->location, "/portal" . $details->path . '?page=1', 'no such page';
is $details->page('1%3b')->code, 200, 'nor such a number';

# Back saves too, and asks for nothing.
$r = $details->page(2);
my $phone = $details->name($r, 'Phone number');
$r = $c->form($r, { $phone => 'nonsense' }, button => 'Back');
is $r->location, "/portal" . $details->path . '?page=1', 'Back goes back';
has $details->page(2), qr/value="nonsense"/, 'and loses nothing';
is $c->form($details->page, {}, button => 'Back')->location, '/portal/paperwork',
    'from the first page to the list';

# ---- wrong answers are kept, and named -------------------------------------------------------------

$r = $details->save($details->page(1), { $given => 'Ann', "$born.day" => '31', "$born.month" => '2',
    "$born.year" => '1985' });
is $r->code, 422, 'a day that does not exist';
like $r->text, qr/There is a problem Date of birth – Enter a real date/, 'is named in the summary';
has $r, qr/<title>Error:/, 'and in the title';
has $r, qr/href="#field-\Q$born\E"/, 'with a link to its field';
has $r, qr/id="field-\Q$born\E-error"/, 'the words stand at the field';
has $r, qr/aria-describedby="field-\Q$born\E-hint field-\Q$born\E-error"/, 'connected to it';
has $r, qr/name="\Q$born\E\.day" value="31"/, 'what was typed stays';
$t->restart;
($c->{csrf}) = ();
$r = $details->page(1);
has $r, qr/name="\Q$born\E\.day" value="31"/, 'also after a restart of the server';
has $r, qr/name="\Q$given\E" value="Ann"/, 'with the right answers beside it';
$r = $details->review;
like $r->text, qr/Date of birth This answer needs a change: 31\/2\/1985 Change/, 'in the review too';
$r = $details->submit;
is $r->code, 422, 'it cannot be submitted';
like $r->text, qr/Last name – Answer this question/, 'the review says what is missing';
has $r, qr{href="/portal/paperwork/[\w-]+\?page=1&amp;from=review#field-\Q$born\E"},
    'each with a link to its page';
$r = $details->page('1&from=review');
$r = $details->save($r, { "$born.day" => 27, "$born.month" => 3, "$born.year" => 1985 });
is $r->location, '/portal' . $details->path('/review'), 'which leads back to the review';
like $c->follow($r)->text, qr/Date of birth 27 March 1985 Change/, 'with the new answer';

# ---- what an answer opens comes on a later page, without script --------------------------------------

$r = $consent->page;
my $who = $consent->name($r, 'Who is filling in');
$r = $c->follow($consent->save($r, { $who => 2 }));
like $r->text, qr/You and the patient/, 'a guardian is asked who they are';
my $name = $consent->name($r, 'Your full name');
$r = $consent->save($r, { $name => 'Guardiancanary' });
is $r->code, 303, 'and says it';
$r = $c->follow($consent->save($consent->page, { $who => 1 }));
unlike $r->text, qr/You and the patient/, 'the patient is not';
unlike $consent->review->text, qr/Guardiancanary/, 'an answer that counts no more is not shown';
is $c->post($consent->path, { number => 2, version => 3, $name => 'Sneaky' })->code, 303,
    'a post to a page that is closed';
$r = $c->follow($consent->save($consent->page, { $who => 2 }));
has $r, qr/Guardiancanary/, 'changes nothing; the answer is there when it counts again';
hasnt $r, qr/Sneaky/, 'as it was';
$consent->save($consent->page, { $who => 1 });

# ---- words for "something else", and one more answer -------------------------------------------------

my $choose = PortalTest::Paper->new($c, $history->id, choose => sub ($node, $values) { $values->[0] });
$r = $history->page;
has $r, qr/<textarea[^>]*>\s*<\/textarea>/, 'a large box';
$choose->save($r, { $choose->answers($r) });
$r = $history->page(2);
my $had = $history->name($r, 'Have you ever had');
like $r->text, qr/Have you ever had any of these\? Choose all that apply/, 'its help';
is $history->save($r, { "$had.other" => 'Ménière’s' })->code, 303, 'words without the tick';
$r = $history->page(2);
has $r, qr/value="other" checked/, 'count as that choice';
has $r, qr/value="Ménière’s"/, 'and stay';
$r = $history->save($r, { $had => [ 1, 12 ], "$had.other" => '' });
is $r->code, 422, '"None of these" beside another';
like $r->text, qr/cannot be chosen together/, 'says why';
is $history->save($r, { $had => 1 })->code, 303, 'and is mended';
my $operation = $history->name($r = $history->page(3), 'Have you ever had an operation');
$r = $c->follow($history->save($r, { $operation => 'true' }));
my $which = $history->name($r, 'Which operations');
$r = $c->form($r, { $which => 'Firstcanary' }, button => 'Add another');
is $r->code, 303, 'Add another';
$r = $c->follow($r);
my @boxes = $r->content =~ /<input[^>]*name="\Q$which\E"/g;
is scalar @boxes, 2, 'the first, and an empty one';
is $history->save($r, { $which => [ 'Firstcanary', 'Secondcanary', '' ] })->code, 303, 'both';
like $history->review->text, qr/Which operations, and in which year\? Firstcanary Secondcanary/, 'saved';

# ---- two windows --------------------------------------------------------------------------------------

my $one = $details->page(2);
my $two = $details->page(2);
my $city = $details->name($one, 'City');
is $details->save($one, { $phone => '555 0100 123', $city => 'Onecity' })->code, 303,
    'the first of two windows saves';
$r = $details->save($two, { $phone => '555 0100 123', $city => 'Twocity' });
is $r->code, 409, 'the second is told';
like $r->text, qr/City or town Saved meanwhile: Onecity You typed: Twocity/, 'what differs';
has $r, qr/name="\Q$city\E" value="Twocity"/, 'what was typed stands in the form';
has $details->page(2), qr/value="Onecity"/, 'nothing was overwritten';
is $details->save($r, {})->code, 303, 'sending it once more saves it';
has $details->page(2), qr/value="Twocity"/, 'as the person wanted';
is $details->save($two, { $phone => '555 0100 123', $city => 'Twocity' })->code, 303,
    'the same once more (a button pressed twice) does no harm';
my $old = $details->review;
$details->save($details->page(2), { $city => 'Threecity' });
$r = $c->form($old, {}, button => 'Submit');
is $r->code, 409, 'a review of other answers cannot be submitted';
like $r->text, qr/Threecity/, 'it shows them as they are now';

# ---- as JSON -------------------------------------------------------------------------------------------

my $v = $c->json('GET', $details->path('?page=2'))->data;
is $v->{form_title}, 'Registration and contact details', 'the page as data';
$r = $c->json('POST', $details->path, { number => 2, version => $v->{version}, $city => 'Jsoncity' });
is $r->code, 303, 'saving by JSON';
$r = $c->json('POST', $details->path, { number => 2, version => $v->{version}, $city => 'Late' });
is $r->code, 409, 'an older version';
is $r->data->{view}{conflict}{rows}[0]{label}, 'City or town', 'with what differs';
$r = $c->json('POST', $details->path, { number => 2, $city => 'x' });
is $r->code, 422, 'no version';
is $r->data->{errors}[0]{field}, 'version', 'is named';
$r = $c->json('POST', $details->path, { number => 2, version => $v->{version} + 1, $phone => 'bad' });
is $r->code, 422, 'a wrong answer';
is $r->data->{errors}[0]{field}, $phone, 'its field';
is $r->data->{errors}[0]{question}, 'Phone number', 'and its question';

# ---- what cannot be read -------------------------------------------------------------------------------

my $path = $details->path;
my $token = $c->csrf_token;
my $before = $t->sql('SELECT MAX(version) n FROM draft')->[0]{n};
$r = $c->send('POST', $path, headers => { 'Content-Type' => 'application/x-www-form-urlencoded' },
    body => "csrf_token=$token&number=2&version=1&$city=%ff%fe&$phone=555");
is $r->code, 400, 'bytes that are no text: 400';
has $r, qr/name="\Q$phone\E" value="555"/, 'the rest of what was typed is there';
is $t->sql('SELECT MAX(version) n FROM draft')->[0]{n}, $before, 'nothing was stored';
is $c->post($path, { number => 2, version => 1, $city => 'x' x 1_100_000 })->code, 413, 'too much';
is $c->post($path, { number => 'two', version => 1 })->code, 400, 'a number that is none';
is $c->post($path, { number => 2, version => 1, $city => 'x' }, csrf => 0)->code, 403, 'no token';
$r = $details->save($details->page(2), { $city => 'x' x 5000 });
is $r->code, 422, 'a very long answer';
has $r, qr/x{5000}/, 'is not lost';
$r = $details->save($details->page(2), { $city => "a\x{7}b<script>" });
is $r->code, 422, 'control characters';
has $r, qr/value="ab&lt;script&gt;"/, 'are dropped, markup is text';
$details->save($details->page(2), { $city => 'Finalcity' });

# ---- every page of our forms, filled in and submitted -------------------------------------------------

sub answers_of ($item) { return map { $_, map { @{ $_->{item} || [] } } @{ $_->{answer} || [] } } @$item }

# Rules 1 to 10 of a QuestionnaireResponse as far as they can be told without the pages.
sub check_items ($items, $form, $where) {
    my $last = -1;
    my %at = map { $form->[$_]{linkId} => $_ } 0 .. $#$form;
    for my $item (@$items) {
        my $id = $item->{linkId};
        my $q  = defined $at{$id} ? $form->[ $at{$id} ] : undef;
        ok $q, "$where: $id stands where the form has it" or next;
        cmp_ok $at{$id}, '>', $last, "$where: $id in the order of the form";
        $last = $at{$id};
        ok !(grep { ref $_ eq 'ARRAY' && !@$_ } values %$item), "$where: $id has no empty list";
        if ($q->{type} eq 'group') {
            ok !$item->{answer} && $item->{item}, "$where: $id has items, no answer";
            check_items($item->{item}, $q->{item} || [], $where);
            next;
        }
        ok $item->{answer} && !$item->{item}, "$where: $id has answers, no items";
        ok $q->{repeats} || @{ $item->{answer} } == 1, "$where: $id has one answer";
        my %kind = (string => 'String', text => 'String', boolean => 'Boolean', integer => 'Integer',
            decimal => 'Decimal', date => 'Date', choice => 'Coding', 'open-choice' => 'Coding|String');
        for my $answer (@{ $item->{answer} }) {
            my @value = grep {/^value/} sort keys %$answer;
            is scalar @value, 1, "$where: $id has one value";
            like $value[0], qr/^value(?:$kind{ $q->{type} })$/, "$where: $id: a $q->{type}";
        }
    }
    return;
}

sub required_answered ($items, $form) {
    my %have = map { $_->{linkId} => $_ } @$items;
    return map {
        my $id = $_->{linkId};
        !$_->{required} || $_->{enableWhen} || $have{$id} ? () : $id,
            $have{$id} && $have{$id}{item} ? required_answered($have{$id}{item}, $_->{item}) : ()
    } @$form;
}

my %english = ('Consentimiento para el tratamiento' => 'Consent to treatment',
    'Historia médica' => 'Medical history', 'Registro y datos de contacto' => 'Registration and contact details');
my %file = ('Consent to treatment' => 'consent-to-treatment', 'Medical history' => 'medical-history',
    'Registration and contact details' => 'registration');
my %form_of = map {
    open my $in, '<', "conf/forms/$file{$_}.json" or die;
    ($_ => JSON::PP->new->utf8->decode(do { local $/; <$in> }))
} keys %file;

sub export ($id) {
    my $r = $desk->get("/paperwork/$id/export");
    is $r->code, 200, 'exported';
    return $r;
}

sub fill_all ($c, $language, $seed) {
    for my $todo (PortalTest::Paper->todo($c)) {
        my ($id, $title) = @$todo;
        my $where = "$title, $language, $seed";
        my $form  = $form_of{ $english{$title} // $title };
        my %es    = (save => 'Guardar y seguir', submit => 'Enviar', sign => 'Firmar y enviar');
        my $paper = PortalTest::Paper->new($c, $id, seed => $seed, words => "canary$seed", $language eq 'es' ? %es : ());
        my $r     = $paper->fill;
        unlike $r->text, qr/There is a problem|Hay un problema/, "$where: filled in";
        $r = $paper->submit;
        is $r->location, '/portal/paperwork?done=submitted', "$where: submitted" or diag $r->text;
        $r = export($id);
        my $out = $r->data;
        is $r->header('Content-Type'), 'application/fhir+json', "$where: as FHIR JSON";
        like $r->header('Content-Disposition'), qr/^attachment; filename="[\w.-]+\.json"$/, 'a file';
        is $out->{resourceType}, 'QuestionnaireResponse', $where;
        is $out->{questionnaire}, "$form->{url}|$form->{version}", "$where: of its form";
        is $out->{status}, 'completed', "$where: completed";
        is $out->{language}, $language, "$where: its language";
        like $out->{authored}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "$where: with its zone";
        like $out->{id}, qr/^[A-Za-z0-9.-]{1,64}$/, "$where: an id as FHIR has it";
        like $out->{subject}{reference}, qr{^Patient/[A-Za-z0-9.-]{1,64}$}, "$where: its subject";
        check_items($out->{item}, $form->{item}, $where);
        is join(' ', required_answered($out->{item}, $form->{item})), '', "$where: nothing is missing";
    }
    return;
}

# The texts are in the database only sealed.
sub in_database ($word) {
    return scalar(() = $t->database->bytes =~ /\Q$word\E/g);
}
is in_database('Guardiancanary') + in_database('Firstcanary') + in_database('Finalcity'), 0,
    'no answer can be read in the database';

my $rest = $details->fill;
fill_all($c, 'en', 1);
is in_database('canary1'), 0, 'nor in what was sent';
is scalar(PortalTest::Paper->todo($c)), 0, 'nothing is left to do';
like $c->get('/')->text, qr/You have no paperwork to do\. Paperwork you have sent/, 'says home';
is audit('paperwork.submit'), join(' ', ('paperwork.submit=ok') x 3), 'three submits in the audit';

$r = $c->get($consent->path);
is $r->code, 200, 'what was sent can be read at home';
unlike $r->text, qr/Save and continue|Guardiancanary/, 'as it was sent';
has $r, qr/data-print/, 'and printed';
is $c->post($consent->path, { number => 1, version => 9, $who => 2 })->code, 409, 'but not changed';
is $c->post($consent->path('/review'), { version => 9 })->code, 409, 'nor sent again';
like $c->json('POST', $consent->path, { number => 1 })->data->{type}, qr/closed$/, 'also as JSON';

my ($bob, $bobs_tab) = signed_in(2, 'B-1', language => 'es');
for my $id ($consent->id, $history->id) {
    is $bob->get("/paperwork/$id")->code, 404, 'of somebody else: 404';
    is $bob->post("/paperwork/$id", { number => 1, version => 0 })->code, 404, 'also for a post';
    is $bob->get("/paperwork/$id/review")->code, 404, 'and the review';
}
fill_all($bob, 'es', 2);

# ---- the desk -------------------------------------------------------------------------------------------

$r = $desk->get('/paperwork');
like $r->text, qr/Not read yet: 6/, 'six are new';
like $r->text, qr/Bob Brown.*Ann Doe/, 'the latest first';
$r = $desk->get($consent->path);
is $r->code, 200, 'one is opened';
like $r->text, qr/Ann Doe.*Who is filling in this form/, 'whose it is, question by question';
like $r->text, qr/canary1/, 'with answers';
is $t->sql("SELECT read_by FROM response WHERE assignment_id = '" . $consent->id . "'")->[0]{read_by},
    'frontdesk', 'who read it first is kept';
$t->desk('nurse')->get($consent->path);
$r = $desk->get('/paperwork');
like $r->text, qr/Not read yet: 5 .*First read by frontdesk/, 'it is no longer new';
is $desk->get('/paperwork?page=77')->code, 200, 'a page beyond the last';
like audit('paperwork.read'), qr/^paperwork.read=ok paperwork.read=ok$/, 'both looks are in the audit';
is audit('paperwork.export'), join(' ', ('paperwork.export=ok') x 6), 'and the exports';
is $desk->get($consent->path, Accept => 'application/fhir+json')->data->{resourceType},
    'QuestionnaireResponse', 'the same address as FHIR';
is $desk->json('GET', $consent->path)->data->{sent}{language}, 'en', 'and as data';

my $binder = '/binders/' . $tab->id . '/paperwork';
$r = $desk->get($binder);
like $r->text, qr/Consent to treatment C-1 Sent and read/, 'the tab of the binder';
is $desk->form($binder, { form => 'registration', case => $tab->case('C-1') }, button => 'Assign')->code,
    303, 'one more is assigned';
$r = $desk->form($binder, { form => 'registration', case => $tab->case('C-1') }, button => 'Assign');
is $r->code, 422, 'but not twice';
like $r->text, qr/already waiting/, 'says why';
is $desk->post($binder, { form => 'registration', case => $tab->case('B-1') })->code, 422,
    'nor to a case of another binder';
is $desk->post($binder, { form => 'nosuch', case => $tab->case('C-1') })->code, 422, 'nor a form that is not there';
is $desk->post($binder, {})->code, 422, 'nor nothing';
is $desk->post('/binders/' . 'A' x 22 . '/paperwork', { form => 'registration', case => 'A' x 22 })->code,
    404, 'nor to no binder';
my ($new) = map { $_->[0] } PortalTest::Paper->todo($c);
is $desk->get("/paperwork/$new/export")->code, 409, 'what was not sent cannot be exported';
is $desk->get("/paperwork/$new")->code, 200, 'but looked at';
is $desk->get('/paperwork/' . 'A' x 22)->code, 404, 'what is not there cannot';

# ---- a draft keeps the form that it was begun with ----------------------------------------------------

my $paper = PortalTest::Paper->new($c, $new, words => 'Kept');
$r = $paper->page;
$paper->save($r, { $paper->answers($r) });
$desk->post($binder, { form => 'medical-history', case => $tab->case('C-1') });
my ($other) = grep { $_->[1] eq 'Medical history' } PortalTest::Paper->todo($c);
my $open = $c->get("/paperwork/$other->[0]");
for my $name ('registration', 'medical-history') {
    my $file = $t->file("forms/$name.json");
    open my $in, '<:raw', $file or die;
    my $text = do { local $/; <$in> };
    $text =~ s/"version": "1[.]\d[.]\d"/"version": "2.0.0"/ or die;
    $text =~ s/Last name/Surname/;
    $text =~ s/What brings you here\?/Why are you here?/;
    open my $out, '>:raw', $file or die;
    print {$out} $text;
    close $out or die;
}
# two graceful restarts in a row, while our own connections keep old children alive
$t->expect_log(qr/AH03490: scoreboard is full/);
$t->graceful;
$r = $paper->page;
like $r->text, qr/Last name/, 'the draft keeps its form';
has $r, qr/value="Kept /, 'and its answers';
$r = $c->form($open, {}, button => 'Save and continue');
is $r->code, 422, 'a form that changed before anything was saved';
like $r->text, qr/The form was changed.*Why are you here/, 'is shown anew';
$paper->fill;
is $paper->submit->code, 303, 'the draft is submitted';
is export($new)->data->{questionnaire}, "$form_of{'Registration and contact details'}{url}|1.0.1",
    'to the version that was answered';
unlink $t->file('forms/registration.json');
$t->graceful;
like $desk->get("/paperwork/$new")->text, qr/Last name Kept/, 'it can be read when the form is gone';
like $c->get("/paperwork/$new")->text, qr/Last name Kept/, 'at home too';

# ---- a case that is deselected takes its forms along -----------------------------------------------------

is $tab->save({ master_case => $tab->case('C-1'), selected_cases => [ map { $tab->case($_) } qw(C-1 C-2) ] })->code,
    303, 'a second case';
cmp_ok scalar(PortalTest::Paper->todo($c)), '>', 1, 'brings its forms';
is $tab->save({ selected_cases => [ $tab->case('C-1') ] })->code, 303, 'deselected';
is scalar(PortalTest::Paper->todo($c)), 1, 'they are gone with it';

is $t->portalctl('audit', 'verify')->{exit}, 0, 'the audit is whole';
unlike $t->error_log . $t->access_log, qr/canary/, 'no answer in a log';
$t->stop;
done_testing;

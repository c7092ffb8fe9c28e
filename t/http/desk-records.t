# SPDX-License-Identifier: Apache-2.0
#
# Binders and cases at the desk: adding, looking, editing, two editors at once, numbers that are
# taken, addresses that lead nowhere, and what is left of all that in the timeline and the audit trail.
use lib 't/lib';
use PortalTest;
use v5.36;

my $t = PortalTest->start(csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title,case_start
M-1,Álvarez,Ana,1970-01-02,ana@example.org,A-1,Knee,2026-02-01
M-2,Brown,Bob,1971-02-03,,B-1,Hip,
CSV
my $d = $t->desk;

sub id_of ($query) { return $t->sql($query)->[0]{id} }
sub last_act () {
    my ($row) = @{ $t->sql('SELECT action, result, actor FROM audit ORDER BY seq DESC LIMIT 1') };
    return "$row->{action} $row->{result} $row->{actor}";
}

sub error_at ($r, $field) {
    my $node = $r->tree->look_down(id => "field-$field-error") or return undef;
    return $node->as_text =~ s/^Error: //r;
}
my $ana  = id_of("SELECT id FROM binder WHERE mrn = 'M-1'");
my $bob  = id_of("SELECT id FROM binder WHERE mrn = 'M-2'");
my $case = id_of("SELECT id FROM patient_case WHERE number = 'A-1'");

# --- looking --------------------------------------------------------------------------------------

{
    my $r = $d->get("/binders/$ana");
    is $r->code, 200, 'Details';
    is last_act(), 'binder.view ok frontdesk', 'the look is recorded';
    like $r->text, qr/\Q$_\E/, "shows $_" for 'Ana Álvarez', 'M-1', '2 January 1970', 'ana@example.org', 'A-1', 'Knee',
        '1 February 2026';
    my ($tabs) = $r->tree->look_down(class => 'portal-tabs__list');
    is join('|', map { $_->as_trimmed_text } $tabs->look_down(_tag => 'a')),
        'Details|Cases|Paperwork|Timeline|Patient Portal', 'tabs in order';
    my $json = $d->json('GET', "/binders/$ana")->data;
    is $json->{birth_date}{iso}, '1970-01-02', 'JSON: birth date';
    is $json->{cases}[0]{number}, 'A-1', 'JSON: case';
    is $json->{version}, 1, 'JSON: version';
    is $d->get("/binders/$ana/cases/$case")->code, 200, 'a case';
    is last_act(), 'case.view ok frontdesk', 'that look too';
}

# --- addresses that lead nowhere ---------------------------------------------------------------------

my $nobody = 'A' x 22;
for my $path ("/binders/$nobody", '/binders/x', '/binders/' . 'A' x 21, '/binders/' . 'A' x 200,
    "/binders/$ana/", "/binders/$ana/x", "/binders/$ana;x", '/binders/%41' . 'A' x 21, "/Binders/$ana",
    "/binders/$nobody/edit", "/binders/$nobody/timeline", "/binders/$nobody/cases/new",
    "/binders/$ana/cases/$nobody", "/binders/$bob/cases/$case", "/binders/$ana/cases/x",
    "/binders/$case", '/binders/..', '/binders/new/x') {
    my $r = $d->get($path);
    is $r->code, 404, "$path is not there";
    is $d->json('GET', $path)->code, 404, "$path: nor for a program";
}
is $d->post("/binders/$nobody/edit", { mrn => 'X', version => 1 })->code, 404, 'no such binder to edit';
is $d->post("/binders/$nobody/cases/new", { case_number => 'X-9' })->code, 404, 'nor to add a case to';
is $d->post("/binders/$bob/cases/$case", { case_number => 'X', version => 1 })->code, 404, 'a case of another';
is $d->post("/binders/$ana", {})->code, 405, 'Details are edited elsewhere';

# --- a new binder ---------------------------------------------------------------------------------------

sub add (%fields) { return $d->form('/binders/new', \%fields) }

{
    my $r = add(mrn => ' M-3 ', family => "O\x{2019}Neil", given => "Ame\x{301}lie", birth_date => '12.3.1975',
        email => 'Am@EXAMPLE.org', phone => '+30 (210) 123-4567 ext. 9', language => 'pt-BR');
    is $r->code, 303, 'added';
    like $r->location, qr{^/desk/binders/[\w-]{22}$}, 'on to the binder';
    is last_act(), 'binder.create ok frontdesk', 'recorded';
    my $json = $d->json('GET', $r->location)->data;
    is $json->{mrn},   'M-3',                    'trimmed';
    is $json->{given}, "Am\x{e9}lie",            'composed';
    is $json->{birth_date}{iso}, '1975-03-12',   'the date in one form';
    is $json->{email}, 'Am@example.org',         'the address as it is kept';
    my $found = $d->json('POST', '/find', { q => 'oneil amelie 1975-03-12' })->data;
    is $found->{total}, 1, 'and found';
    is add(mrn => 'M-4', given => 'Suharto')->code, 303, 'one name is enough';
    my $none = add(mrn => 'M-5');
    is $none->code, 303, 'so is none';
    like $d->visit($none->location)->text, qr/M-5/, 'who is called by the number';
    my $program = $t->program('frontdesk')->json('POST', '/binders/new', { mrn => 'M-6', family => '王', given => '小明' });
    is $program->code, 303, 'a program adds one too';
    like $d->visit($program->location)->text, qr/王小明/, 'in the order of the writing';
}

sub refused_new ($what, $fields, $field, $error, $code = 422) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $before = $t->sql('SELECT COUNT(*) AS n FROM binder')->[0]{n};
    my $r = add(mrn => 'Q-1', family => 'Typed Name', %$fields);
    is $r->code, $code, "$what: $code";
    like error_at($r, $field) // 'no error', $error, "$what: said at the field";
    like $r->content, qr/Typed Name|x{201}/, "$what: nothing typed is lost" if $code == 422;
    is $t->sql('SELECT COUNT(*) AS n FROM binder')->[0]{n}, $before, "$what: nothing is stored";
    return $r;
}
refused_new('no number', { mrn => '' }, mrn => qr/Type the record number/);
refused_new('a number taken', { mrn => 'M-1' }, mrn => qr/Another binder has this number/);
is last_act(), 'binder.create taken frontdesk', 'recorded too';
refused_new('a long number', { mrn => 'x' x 65 }, mrn => qr/too long/);
refused_new('a long name', { family => 'x' x 201 }, family => qr/too long/);
refused_new('an ambiguous date', { birth_date => '3/12/1975' }, birth_date => qr/two ways/);
refused_new('no such day', { birth_date => '1975-02-30' }, birth_date => qr/no such day/);
refused_new('no date', { birth_date => 'yesterday' }, birth_date => qr/like this/);
refused_new('an old date', { birth_date => '1066-10-14' }, birth_date => qr/year/);
refused_new('a date to come', { birth_date => '2199-01-01' }, birth_date => qr/still to come/);
refused_new('no address', { email => 'nobody' }, email => qr/like name\@example.com/);
refused_new('two addresses', { email => 'a@example.org,b@example.org' }, email => qr/one email|like name/);
refused_new('a header', { email => "a\@example.org\r\nBcc: b\@example.org" }, email => qr/./, 400);
refused_new('no language', { language => 'English please' }, language => qr/short code/);
refused_new('a control character', { given => "A\x01nn" }, given => qr/cannot read/, 400);
refused_new('a line break', { given => "Ann\nMarie" }, given => qr/one line/, 400);
refused_new('an override of direction', { given => "Ann\x{202e}" }, given => qr/cannot read/, 400);
is $d->send('POST', '/binders/new', headers => { 'Content-Type' => 'text/plain' }, body => 'mrn=1')->code, 415, 'not a form';
is $d->send('POST', '/binders/new', headers => { 'Content-Type' => 'application/x-www-form-urlencoded' },
    body => 'mrn=%ff&csrf_token=' . $d->csrf_token)->code, 400, 'not UTF-8';
{
    my $r = $d->json('POST', '/binders/new', { mrn => [], family => {} });
    is $r->code, 400, 'JSON of a wrong type';
    is $r->content_type, 'application/problem+json', 'as a problem document';
    $r = $d->json('POST', '/binders/new', { mrn => 'M-1' });
    is $r->code, 422, 'JSON: taken';
    is $r->data->{errors}[0]{field}, 'mrn', 'JSON: names the field';
}

# --- editing, by two people ---------------------------------------------------------------------------------

{
    my $nurse = $t->desk('nurse');
    my $first  = $d->get("/binders/$bob/edit");
    my $second = $nurse->get("/binders/$bob/edit");
    is $first->code, 200, 'edit';
    my $r = $d->form($first, { given => 'Robert', phone => '555' });
    is $r->code, 303, 'the first editor saves';
    is $r->location, "/desk/binders/$bob?done=saved", 'and is back at Details';
    like $d->visit($r->location)->text, qr/The changes are saved.*Robert Brown/, 'which say so';
    $r = $nurse->form($second, { given => 'Bobby <i>', email => 'bob@example.org' });
    is $r->code, 409, 'the second is told';
    is last_act(), 'binder.edit conflict nurse', 'recorded';
    like $r->text, qr/Robert/, 'the version that is kept';
    like $r->content, qr/Bobby &lt;i&gt;/, 'and the one just typed, inert';
    my @changed = map { $_->as_trimmed_text } $r->tree->look_down(class => qr/portal-changed/);
    is scalar @changed, 6, 'the three that differ are marked in both';
    is $t->sql("SELECT given FROM binder WHERE id = '$bob'")->[0]{given}, 'Robert', 'nothing is overwritten';
    $r = $nurse->form($r, {});
    is $r->code, 303, 'saved again with open eyes';
    is $t->sql("SELECT given FROM binder WHERE id = '$bob'")->[0]{given}, 'Bobby <i>', 'now it is';
    $r = $d->json('POST', "/binders/$bob/edit", { mrn => 'M-2', version => 1 });
    is $r->code, 409, 'JSON: conflict' or diag $r->content;
    is $r->data->{view}{version}, 3, 'JSON: the version that is kept';
    is $r->data->{view}{conflict}{kept}[2]{value}, 'Bobby <i>', 'JSON: and what is in it';
    is $d->form("/binders/$bob/edit", { mrn => 'M-1' })->code, 422, 'the number of another';
    is $d->form("/binders/$bob/edit", { birth_date => 'x' })->code, 422, 'no date';
    is $d->post("/binders/$bob/edit", { mrn => 'M-2' })->code, 422, 'without a version';
    is $d->post("/binders/$bob/edit", { mrn => 'M-2', version => 'x' })->code, 400, 'with a strange one';
    my $words = $d->json('POST', '/find', { q => 'bobby' })->data;
    is $words->{total}, 1, 'found by the new name';
    is $d->json('POST', '/find', { q => 'robert' })->data->{total}, 0, 'and not by the old one';
}

# --- cases ------------------------------------------------------------------------------------------------------

{
    my $page = $d->get("/binders/$ana/cases/new");
    my ($form) = grep { $_->action =~ m{/cases/new$} } $page->forms;
    my %has = map { @$_ } $form->pairs({});
    is "$has{given} $has{family} $has{birth_date}", 'Ana Álvarez 1970-01-02', 'the person is filled in';
    my $r = $d->form($page, { case_number => 'A-2', case_title => 'Shoulder', case_start => '2026-03' });
    is $r->code, 303, 'added';
    my ($new) = $r->location =~ m{^/desk/binders/$ana/cases/([\w-]{22})$};
    ok $new, 'on to the case';
    is $t->sql("SELECT COUNT(*) AS n FROM assignment WHERE case_id = '$new' AND state = 'open'")->[0]{n}, 3,
        'with its three forms';
    like $d->visit($r->location)->text, qr/Case A-2.*Ana Álvarez ?, born 2 January 1970/, 'shown';
    $r = $d->form("/binders/$ana/cases/new", { case_number => 'a 2' });
    is $r->code, 422, 'a number that is taken, however it is written';
    like error_at($r, 'case_number'), qr/Another case has this number/, 'said at the field';
    is $d->form("/binders/$bob/cases/new", { case_number => 'A-1' })->code, 422, 'anywhere in the practice';
    is $d->form("/binders/$bob/cases/new", { case_number => '' })->code, 422, 'no number';
    is $d->form("/binders/$bob/cases/new", { case_number => ' - ' })->code, 422, 'a number of signs only';
    is $d->form("/binders/$bob/cases/new", { case_number => 'x' x 80 })->code, 422, 'a long one';
    is $d->form("/binders/$bob/cases/new", { case_number => 'N-1', case_start => '1/2/2026' })->code, 422,
        'an ambiguous start';
    my $other = $d->form("/binders/$bob/cases/new", { case_number => 'B-2', family => 'Braun', birth_date => '' });
    is $other->code, 303, 'a case that came with another name';
    my $json = $d->json('GET', $other->location)->data;
    is $json->{case_name}, 'Bobby <i> Braun', 'keeps it';
    is $json->{case_born}, JSON::PP::false(), 'what was emptied is empty';
    like $d->visit("/binders/$bob")->text, qr/B-2.*Braun.*differs/, 'and Details point it out';
    my $program = $t->program('frontdesk')->json('POST', "/binders/$ana/cases/new", { case_number => 'A-3' });
    is $d->json('GET', $program->location)->data->{case_name}, 'Ana Álvarez', 'a program need not send the person';
    is $d->json('POST', '/find', { q => 'a3' })->data->{total}, 1, 'a new number is found at once';
}
{
    my $path = "/binders/$ana/cases/$case";
    my ($one, $two) = ($d->get($path), $d->get($path));
    my $r = $d->form($one, { case_title => 'Left knee', case_start => '1.3.2026' });
    is $r->code, 303, 'a case is edited';
    is $r->location, "/desk$path?done=saved", 'and shown';
    is $t->sql("SELECT start_date FROM patient_case WHERE id = '$case'")->[0]{start_date}, '2026-03-01', 'dates too';
    $r = $d->form($two, { case_number => 'A-1b' });
    is $r->code, 409, 'the second editor is told';
    like $r->text, qr/Left knee.*A-1b/, 'with both versions';
    is $d->form($r, {})->code, 303, 'and may go on';
    is $d->form($path, { case_number => 'B-1' })->code, 422, 'the number of another case';
    is $d->form($path, { case_number => 'A 1-B' })->code, 303, 'its own number, written otherwise';
    my $edited = $d->form("/binders/$ana/edit", { family => 'Álvarez-Ruiz' });
    is $edited->code, 303, 'the binder gets another name';
    is $d->json('GET', $path)->data->{case_name}, 'Ana Álvarez', 'the case keeps its own';
}

# --- the timeline and the audit trail ------------------------------------------------------------------------------

{
    my $r = $d->get("/binders/$ana/timeline");
    is $r->code, 200, 'the timeline';
    my @acts = map { $_->{action} } @{ $d->json('GET', "/binders/$ana/timeline")->data->{rows} };
    is $acts[0], 'timeline.view', 'the newest first';
    is $acts[-1], 'binder.create', 'the oldest last';
    like $r->text, qr/Changed the details.*Front desk frontdesk 127\.0\.0\.1/, 'in words';
    unlike $r->text, qr/Bobby|Brown/, 'of this binder only';
    $r = $d->get('/audit');
    is $r->code, 200, 'the audit trail';
    is last_act(), 'audit.view ok frontdesk', 'which is recorded too';
    like $r->text, qr/Ana Álvarez-Ruiz/, 'with names';
    like $r->text, qr/Someone saved first/, 'and results';
    ok $r->tree->look_down(_tag => 'a', href => "/desk/binders/$ana"), 'which are links';
    ok $r->tree->look_down(rel => 'next'), 'in pages';
    $r = $d->get('/audit?page=2');
    is $r->code, 200, 'the second';
    ok $r->tree->look_down(rel => 'prev'), 'has one before it';
    is $d->get('/audit?page=99999')->code, 200, 'a page too far';
    is $d->get('/audit?page=x')->code, 200, 'no page at all';
    $r = $d->form('/audit', { mrn => 'M-2' });
    is $r->code, 200, 'of one binder';
    unlike $r->text, qr/Álvarez/, 'not of another';
    like $r->text, qr/Bobby/, 'but of this one';
    is $d->form('/audit', { mrn => 'M-99' })->code, 422, 'of nobody';
    is $d->form('/audit', { from => 'soon' })->code, 422, 'from no date';
    is $d->form('/audit', { from => '2026-02-01', to => '2026-01-01' })->code, 422, 'from a later to an earlier day';
    is $d->form('/audit', { sort => 'sideways' })->code, 422, 'sorted in no way';
    for my $sort (qw(newest oldest what whom who outcome)) {
        my (@rows, %page);
        my $asked = { from => '2026-01-01', to => '2030-12-31', sort => $sort };
        for my $page (1 .. 9) {
            my $data = $d->json('POST', '/audit', { %$asked, page => $page })->data;
            last if $data->{pages} && $data->{pages}{current} != $page;
            push @rows, @{ $data->{rows} };
            last if !$data->{pages};
        }
        cmp_ok scalar @rows, '>', 50, "LG9: $sort: more than a page";
        my %key = (
            newest => sub { -$_[0]{at_us} }, oldest => sub { $_[0]{at_us} }, what => sub { $_[0]{action} },
            whom => sub { lc($_[0]{of} ? $_[0]{of}{name} : '') }, outcome => sub { $_[0]{result} },
            who => sub { $_[0]{actor} || $_[0]{actor_kind} },
        );
        $_->{at_us} = $_->{at}{iso} =~ s/\D//gr for @rows;
        my @keys = map { $key{$sort}->($_) } @rows;
        my $number = $sort =~ /est$/;
        my @broken = grep { $number ? $keys[$_] < $keys[ $_ - 1 ] : $sort ne 'whom' && $keys[$_] lt $keys[ $_ - 1 ] } 1 .. $#keys;
        is scalar @broken, 0, "LG9: sorted by $sort over all pages";
        like $d->form('/audit', { sort => $sort })->tree->look_down(_tag => 'option', selected => qr/./)->attr('value'), qr/^$sort$/,
            'and the page says so';
    }
    my %whom;
    my @groups = map { my $name = $_->{of} ? $_->{of}{mrn} : ''; $whom{$name}++ ? () : $name }
        @{ $d->json('POST', '/audit', { from => '2026-01-01', to => '2030-12-31', sort => 'whom' })->data->{rows} };
    is $groups[0], '', 'LG9: by patient: those of nobody first';
    like $d->form('/audit', { to => '2001' })->text, qr/nothing to show/, 'before anything happened';
    my $today = POSIX::strftime('%Y-%m-%d', localtime $t->now);
    like $d->form('/audit', { from => $today, to => $today })->text, qr/Looked at/, 'of today';
    is $t->portalctl(qw(audit verify))->{exit}, 0, 'the chain holds';
}

# --- nothing without an audit row -------------------------------------------------------------------------------------

{
    my ($head) = @{ $t->sql('SELECT seq, mac FROM audit_head') };
    my $new = $d->get('/binders/new');
    $t->expect_log(map {"PTL0$_"} qw(300 310 311 320 322 330 331));
    $t->sql('DELETE FROM audit_head');
    for my $path ("/binders/$ana", "/binders/$ana/edit", "/binders/$ana/cases/new", "/binders/$ana/cases/$case",
        "/binders/$ana/timeline", '/audit') {
        my $r = $d->get($path);
        is $r->code, 503, "$path: what cannot be recorded is not shown";
        ok $r->header('Retry-After'), "$path: and when to try again";
        unlike $r->content, qr/Álvarez/, "$path: nothing of it";
    }
    my $r = $d->json('POST', '/find', { q => 'alvarez' });
    is $r->code, 503, 'nor is a search';
    unlike $r->content, qr/lvarez-Ruiz/, 'whatever it found';
    is $d->form($new, { mrn => 'Z-1' })->code, 503, 'nor anything stored';
    is $t->sql("SELECT COUNT(*) AS n FROM binder WHERE mrn = 'Z-1'")->[0]{n}, 0, 'really';
    $t->sql("INSERT INTO audit_head VALUES (1, $head->{seq}, '$head->{mac}')");
    is $d->get("/binders/$ana")->code, 200, 'and all is well again';
    is $t->portalctl(qw(audit verify))->{exit}, 0, 'with the chain whole';
}

$t->stop;
done_testing;

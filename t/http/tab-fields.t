# SPDX-License-Identifier: Apache-2.0
#
# The Patient Portal tab: what it shows, the twelve status lines, saving its fields, the guard
# against the wrong person, and two people who edit at once.
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,details@d.example,C-1,Knee
1,Doe,Ann,1970-01-02,details@d.example,C-2,Hip
1,Roe,Tim,1970-01-02,details@d.example,C-3,Eye
1,Doe,Ann,1971-01-02,details@d.example,C-4,Ear
2,Brown,Bob,1971-02-03,,B-1,Arm
3,<b>Bold</b>,"{{x}}",1980-01-01,,X-1,<i>Toe</i>
4,Empty,Eve,1990-09-09,,,
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk);
my ($c1, $c2, $c3, $c4) = map { $tab->case($_) } qw(C-1 C-2 C-3 C-4);
my $NOBODY = 'A' x 22;

sub sections ($r) { return map { $_->as_text } $r->tree->look_down(_tag => 'dt') }

# ---- blank until first edited -----------------------------------------------------------------

my $r = $tab->get;
is $r->code, 200, 'the tab of a new binder';
is $r->status_line_text, 'Disabled · Not Registered · No Invite', 'its status line';
like $r->text, qr/Ann Doe/, 'whose it is';
unlike $r->text, qr/details\@d\.example/, 'the e-mail of Details is not its e-mail';
is_deeply [ (sections($r))[ 0 .. 4 ] ],
    [ 'Master Case', 'Email', 'Access Enabled', 'Selected Cases', 'Comment' ], 'its fields';
my $v = $tab->view;
is_deeply { map { $_ => $v->{$_} } qw(master_case email comment version) },
    { master_case => '', email => '', comment => '', version => 0 }, 'they are blank';
is_deeply $v->{selected_cases}, [], 'and no case is selected';

$r = $desk->get($tab->path('/edit'));
is $r->code, 200, 'Edit';
like $r->text, qr/details\@d\.example/, 'it offers the e-mail of Details';
my ($form) = grep { $_->action =~ m{/portal/edit$} } $r->forms;
is_deeply [ grep { !/csrf/ } $form->names ],
    [qw(version master_case email access_enabled selected_cases comment)], 'the form has its fields';
is_deeply { map {@$_} $form->pairs({}) }->{email}, '', 'blank too';
my ($select) = $r->tree->look_down(_tag => 'select', name => 'master_case');
is_deeply { map { $_->attr('value') => $_->as_text } $select->look_down(_tag => 'option') },
    { '' => '', $c1 => 'C-1', $c2 => 'C-2', $c3 => 'C-3', $c4 => 'C-4' },
    'ids as values, numbers as labels';
is_deeply [ grep {/^(?:OK)$/} $form->buttons ], ['OK'], 'OK';
ok + (grep { $_->as_text eq 'Cancel' && $_->attr('href') =~ m{/portal$} }
        $r->tree->look_down(_tag => 'a')), 'Cancel leads back';

# ---- saving -----------------------------------------------------------------------------------

$r = $tab->save({ master_case => $c1, email => ' Ann@B.example ', access_enabled => 1,
    comment => "Line one\n<b>two</b>" });
is $r->code, 303, 'OK saves';
is $r->location, '/desk' . $tab->path . '?done=saved', 'and returns to the tab';
like $desk->follow($r)->text, qr/The changes are saved\./, 'which says so';
$v = $tab->view;
is_deeply { map { $_ => $v->{$_} } qw(master_case master_number email comment version) },
    { master_case => $c1, master_number => 'C-1', email => 'Ann@b.example',
    comment => "Line one\n<b>two</b>", version => 1 }, 'what was saved';
is_deeply [ map { $_->{id} } @{ $v->{selected_cases} } ], [$c1], 'the master case became a selected one';
is $tab->status, 'Enabled · Not Registered · No Invite', 'Enabled';
like $tab->get->decoded_content, qr/&lt;b&gt;two/, 'text stays text';
ok scalar @{ $t->sql("SELECT 1 FROM search_word WHERE binder_id = '" . $tab->id
        . "' AND kind = 'a' AND word = 'ann\@b.example'") }, 'Find knows the e-mail of the tab';

$r = $tab->save({ selected_cases => [ $c1, $c2 ] });
is $r->code, 303, 'a second case';
is_deeply [ sort map { $_->{number} } @{ $tab->view->{selected_cases} } ], [ 'C-1', 'C-2' ], 'both';
$r = $tab->save({});
is $r->code, 303, 'nothing changed is fine';
is $tab->view->{email}, 'Ann@b.example', 'and changes nothing';

# ---- what is refused --------------------------------------------------------------------------

sub refused ($fields, $status, $field, $what) {
    my $before = $t->sql('SELECT * FROM access ORDER BY binder_id');
    my $got    = $tab->save({ comment => 'typed ünd kept', %$fields });
    is $got->code, $status, $what;
    like $got->decoded_content, qr/href="#field-$field"|>$field<\/span>:/, "it points at $field"
        if length $field;
    like $got->decoded_content, qr/typed ünd kept/, 'what was typed is there again';
    is_deeply $t->sql('SELECT * FROM access ORDER BY binder_id'), $before, 'nothing was saved';
    return $got;
}
my $other = PortalTest::Tab->new($t, 2, $desk);
refused({ email => $_ }, 422, 'email', "e-mail $_")
    for 'nobody', 'a@b', 'a@b.example, c@d.example', "a b\@c.example";
refused({ email => 'x' x 330 }, 422, 'email', 'an endless e-mail');
refused({ comment => "typed ünd kept\x{202e}" }, 400, 'comment', 'a comment that runs backwards');
refused({ master_case => $other->case('B-1') }, 422, 'master_case', "another binder's case as master");
refused({ selected_cases => [ $c1, $other->case('B-1') ] }, 422, 'selected_cases',
    "another binder's case selected");
refused({ selected_cases => [ $c1, $NOBODY ] }, 422, 'selected_cases', 'a case that is not there');
refused({ master_case => 'nonsense' }, 400, 'master_case', 'what is no id at all');
refused({ master_case => '' }, 422, 'master_case', 'the master case is deselected without another');
refused({ selected_cases => [$c2] }, 422, 'selected_cases', 'the master case left out of the selected');
refused({ version => undef }, 422, 'version', 'no version');
refused({ version => 'x' }, 400, 'version', 'a version that is no number');
$r = $tab->save({ master_case => $c2 });
is $r->code, 303, 'another master case, and the old one stays selected';
is $tab->save({ master_case => $c1, selected_cases => [$c1] })->code, 303, 'and back, the other leaves';
is_deeply [ map { $_->{number} } @{ $tab->view->{selected_cases} } ], ['C-1'], 'as was asked';

# ---- the wrong person -------------------------------------------------------------------------

$r = refused({ selected_cases => [ $c1, $c3, $c4 ] }, 422, 'confirm_person',
    "cases with another name or birth date");
my @ticks = $r->tree->look_down(_tag => 'input', name => 'confirm_person');
is_deeply [ sort map { $_->attr('value') } @ticks ], [ sort $c3, $c4 ], 'each of them needs a tick';
is_deeply [ grep { defined $_->attr('checked') } @ticks ], [], 'which nobody made yet';
like $r->text, qr/Tim Roe/, 'it says whose name is on it';
like $r->text, qr/2 January 1971/, 'and which birth date';
$r = $tab->save({ selected_cases => [ $c1, $c3, $c4 ], confirm_person => [$c3] });
is $r->code, 422, 'one tick of two is not enough';
$r = $tab->save({ master_case => $c3, selected_cases => [$c3] });
is $r->code, 422, 'a master case needs it too';
$r = $tab->save({ selected_cases => [ $c1, $c3, $c4 ], confirm_person => [ $c3, $c4 ] });
is $r->code, 303, 'all ticks: saved';
like $tab->get->text, qr/Other name or birth date/, 'the tab goes on pointing at them';
is $tab->save({ comment => 'later' })->code, 303, 'a later edit of something else is not in the way';
is $desk->json('POST', $tab->path('/edit'), { master_case => $c1, selected_cases => [ $c1, $c3 ],
    version => $tab->view->{version} })->code, 422, 'a program without ticks is refused';
is $tab->save({ selected_cases => [$c1] })->code, 303, 'cases can leave';

# ---- two people at once -----------------------------------------------------------------------

my $second = $t->desk('nurse');
my $mine   = $desk->get($tab->path('/edit'));
my $theirs = $second->get($tab->path('/edit'));
is $second->form($theirs, { comment => 'of the nurse', email => 'nurse@b.example' })->code, 303,
    'the first of two saves';
$r = $desk->form($mine, { comment => 'of the desk' });
is $r->code, 409, 'the second is told';
my @versions = $r->tree->look_down(class => qr/portal-card/);
is scalar @versions, 2, 'two versions side by side';
like $versions[0]->as_text, qr/nurse\@b\.example.*of the nurse/s, 'the one that is kept';
like $versions[1]->as_text, qr/Ann\@b\.example.*of the desk/s,   'and the one that was typed';
is scalar(() = $r->decoded_content =~ /portal-changed/g), 4, 'differing rows are marked in both';
is $tab->view->{comment}, 'of the nurse', 'nothing was overwritten';
is $desk->form($r, { comment => 'of both' })->code, 303, 'OK on that page saves on top of it';
is $tab->view->{comment}, 'of both', 'knowingly';

my $version = $tab->view->{version};
my $program = $t->program('frontdesk');
$r = $program->json('POST', $tab->path('/edit'),
    { master_case => $c1, selected_cases => [$c1], version => $version - 1, comment => 'json' });
is $r->code, 409, 'JSON with an old version';
is $r->content_type, 'application/problem+json', 'a problem document';
is $r->data->{view}{version}, $version, 'with the version that is kept';
is scalar @{ $r->data->{view}{conflict}{kept} }, 5, 'and both side by side';
$r = $program->json('POST', $tab->path('/edit'), { master_case => $c1, selected_cases => [$c1],
    version => $version, comment => 'json', access_enabled => JSON::PP::true() });
is $r->code, 303, 'JSON with the right version';
is $tab->view->{comment}, 'json', 'is saved';

# ---- first edit by two ------------------------------------------------------------------------

my @first = map { $_->get($other->path('/edit')) } $desk, $second;
is $desk->form($first[0], { comment => 'a' })->code, 303, 'two first edits: the first is kept';
is $second->form($first[1], { comment => 'b' })->code, 409, 'and the second told';
is $other->view->{master_case}, '', 'a tab without a master case may be saved';

# ---- twelve status lines ----------------------------------------------------------------------

for my $invited (0, 1) {
    for my $kind (qw(none forced normal)) {
        for my $enabled (0, 1) {
            $t->sql("DELETE FROM account WHERE binder_id = '" . $tab->id . "'; INSERT INTO account VALUES ('" . $tab->id
                    . "', '$kind', '', 0, 0, 0, 0, '', $invited, 0, 0);"
                    . " UPDATE access SET enabled = $enabled WHERE binder_id = '" . $tab->id . "'");
            my $line = join ' · ', $enabled ? 'Enabled' : 'Disabled',
                { none => 'Not Registered', forced => 'Forced Registration',
                normal => 'Normal Registration' }->{$kind}, $invited ? 'Invite' : 'No Invite';
            is $tab->status, $line, $line;
        }
    }
}

# ---- odd people, foreign addresses, roles -----------------------------------------------------

my $odd = PortalTest::Tab->new($t, 3, $desk);
$odd->open('X-1');
like $odd->get->decoded_content, qr/\{\{x\}\} &lt;b&gt;Bold&lt;\/b&gt;/, 'names are shown as they are';
my $empty = PortalTest::Tab->new($t, 4, $desk);
like $desk->get($empty->path('/edit'))->text, qr/no case yet/, 'a binder without cases says so';
for my $path ('', '/edit') {
    is $desk->get("/binders/$NOBODY/portal$path")->code, 404, "no such binder: GET portal$path";
}
for my $path (qw(/edit /lobby-password /registration /registration/undo /invitation /throttle)) {
    is $desk->post("/binders/$NOBODY/portal$path", { version => 0, confirm => 1 })->code, 404,
        "no such binder: POST portal$path";
}
is $desk->get($tab->path('/'))->code, 404, 'no trailing slash';
is $desk->post($tab->path('/edit'), { version => 0 }, csrf => 0)->code, 403, 'no token: nothing is saved';

# ---- the audit trail --------------------------------------------------------------------------

my %seen;
$seen{$_}++ for $tab->audit;
ok $seen{'access.view ok'} > 10, 'each look is recorded';
ok $seen{'access.edit ok'} >= 8, 'each save';
is $seen{'access.edit conflict'}, 2, 'each conflict';
ok $seen{'access.edit refused'} >= 6, 'each refusal';
my $actors = $t->sql("SELECT DISTINCT actor FROM audit WHERE action = 'access.edit' ORDER BY actor");
is_deeply [ map { $_->{actor} } @$actors ], [ 'frontdesk', 'nurse' ], "with the staff member's name";

$t->stop;
done_testing;

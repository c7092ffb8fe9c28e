# SPDX-License-Identifier: Apache-2.0
#
# JSON made to hurt: lists that are longer than any page, an answer that would outgrow its question, numbers
# that no machine holds, names twice, deep nesting, bytes that are no UTF-8, acts that ask first.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(forms => 't/forms', csv => <<'CSV', default_forms => 'types');
mrn,family,given,birth_date,email,case_number
1,Doe,Ann,1970-01-02,ann@example.org,C-1
CSV
my $own     = 'quite a long password 17';
my $program = $t->program('frontdesk');
my $tab     = PortalTest::Tab->new($t, 1)->open('C-1');
my $c       = $t->patient;
$c->form('/login', { case_number => 'C-1', password => $tab->register });
$c->form('/password', { new_password => $own, new_password_again => $own });
my ($todo) = PortalTest::Paper->todo($c);
my $paper  = PortalTest::Paper->new($c, $todo->[0]);
my $page   = $paper->page(2);
my $view   = $paper->view($page);
my %name   = map { $_->{label} => $_->{name} } PortalTest::Paper->questions($view->{nodes});
my $dose   = $name{'Your dose'};

sub save ($json) { return $c->json('POST', $paper->path, $json) }

sub refused ($r, $status, $field, $what) {
    my $problem = eval { $r->data } // {};
    my @errors  = @{ $problem->{errors} // [] };
    my @wrong;
    push @wrong, 'status ' . $r->code if $r->code != $status || ($problem->{status} // 0) != $status;
    push @wrong, 'names ' . join ' ', map { $_->{field} } @errors
        if defined $field && (@errors != 1 || $errors[0]{field} ne $field || !length $errors[0]{detail});
    push @wrong, length($r->content) . ' bytes' if length $r->content > 2_000;
    return ok(!@wrong, $what) || diag(join(', ', @wrong), "\n", substr $r->content, 0, 500);
}

# --- long lists ------------------------------------------------------------------------------------------

my $list = sub ($value, $n) { return '[' . join(',', ($value) x $n) . ']' };
refused(save("{\"number\":2,\"$dose\":" . $list->('1', 400_000) . '}'), 400, undef, 'more answers than a form has fields');
refused(save("{\"number\":2,\"$dose\":" . $list->('{}', 300_000) . '}'), 400, undef, 'more objects');
refused(save('{' . join(',', map {"\"a.$_\":1"} 1 .. 4001) . '}'), 400, undef, 'more names');
refused(save("{\"number\":2,\"version\":0,\"$dose\":" . $list->('{}', 3_000) . '}'), 400, $dose,
    'three thousand objects are one mistake');
my $edit = $tab->path('/edit');
refused($program->json('POST', $edit, '{"version":0,"selected_cases":' . $list->('{}', 3_000) . '}'), 400,
    'selected_cases', 'at the desk too');
refused($program->json('POST', $edit, '{"version":0,"selected_cases":' . $list->('"x"', 501) . '}'), 400,
    'selected_cases', 'more ids than a binder has cases');

# --- numbers ---------------------------------------------------------------------------------------------

for my $number ('1e400', '-1e400', '9' x 30, '-' . '9' x 30) {
    refused($program->json('POST', $edit, "{\"version\":$number}"), 400, 'version', "the version " . substr $number, 0, 12);
}
refused($program->json('POST', $edit, "{\"version\":$_}"), 400, 'version', "the version $_")
    for '-1', '0.5', '1e15', '9007199254740993', '"1e0"', '" 1"', '"+1"', '"0x1"';
refused($program->json('POST', $edit, "{\"version\":$_}"), 400, undef, "no number: $_") for '01', '+1', '.5', 'NaN', 'Infinity', '0x1';

my $base = "\"number\":2,\"$name{'Your weight'}\":\"70 kg\",\"$name{'Your height'}\":\"170 cm\"";
my $version = $paper->view($paper->page(2))->{version};
my $r = save("{$base,\"version\":$version,\"$dose\":0.1234567890123456}");
my ($kept) = grep { ($_->{name} // '') eq $dose } PortalTest::Paper->questions($paper->view($paper->page(2))->{nodes});
like $kept->{value} // '', qr/^0\.1234567890123456\b/, 'a number of sixteen digits is kept as it was sent';

# --- names, nesting, bytes -----------------------------------------------------------------------------------

refused($program->json('POST', $edit, "{\"version\":1,$_->[1]}"), 400, $_->[2], $_->[0]) for
    [ 'a name twice', '"comment":"a","comment":"b"', 'comment' ],
    [ 'twice, once escaped', '"comment":"a","\u0063omment":"b"', 'comment' ],
    [ 'bytes that are no UTF-8', "\"comment\":\"\xff\"", 'comment' ],
    [ 'half a pair', '"comment":"\ud800"', undef ],
    [ 'NUL', '"comment":"a\u0000b"', 'comment' ],
    [ 'NUL in a name', '"comment\u0000":"a"', undef ],
    [ 'a name that is no UTF-8', "\"\xc3\":\"a\"", undef ],
    [ 'nested in a field', '"comment":' . '[' x 1000 . ']' x 1000, 'comment' ],
    [ 'nested beyond measure', '"comment":' . '[' x 20_000 . ']' x 20_000, undef ],
    [ 'objects beyond measure', '"comment":' . '{"a":' x 5000 . '1' . '}' x 5000, undef ];
is $program->json('POST', '/find', '{"q":"doe","__proto__":{"a":1},"constructor":[]}')->code, 200, 'names of nobody do nothing';

# --- acts that ask first -------------------------------------------------------------------------------------

my $audit = sub { return $t->sql("SELECT COUNT(*) n FROM audit WHERE action LIKE '%regist%'")->[0]{n} };
my $before = $t->sql('SELECT * FROM account');
for my $confirm ('', '"confirm":false', '"confirm":null', '"confirm":""') {
    refused($program->json('POST', $tab->path('/registration'), "{$confirm}"), 422, undef, "not confirmed: {$confirm}");
}
for my $confirm ('"yes"', '2', '-1', '[1]', '[true]', '{"a":1}', '"true"', '1.5') {
    refused($program->json('POST', $tab->path('/registration'), "{\"confirm\":$confirm}"), 400, 'confirm',
        "no confirmation: $confirm");
}
is_deeply $t->sql('SELECT * FROM account'), $before, 'and nothing was done';

# --- what the body is said to be -----------------------------------------------------------------------------

for my $type ('application/json, text/plain', 'application/jsonp', 'application/json-patch+json', 'text/json',
    'application/x-www-form-urlencoded, application/json', 'multipart/form-data; boundary=application/json')
{
    refused($program->json('POST', '/find', '{"q":"doe"}', 'Content-Type' => $type), 415, undef, "Content-Type: $type");
}
is $program->json('POST', '/find', '{"q":"doe"}', 'Content-Type' => $_)->code, 200, "Content-Type: $_"
    for 'application/json; charset=utf-8', 'Application/JSON;charset=UTF-8';
refused($program->json('POST', '/find', "\xef\xbb\xbf{\"q\":\"doe\"}"), 400, undef, 'a byte order mark (RFC 8259, section 8.1)');

is $c->get('/')->code, 200, 'the patient is served';
is $program->json('GET', $tab->path)->code, 200, 'and so is the desk';
$t->stop;
done_testing;

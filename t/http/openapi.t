# SPDX-License-Identifier: Apache-2.0
#
# conf/openapi.yaml is a valid description, and real answers of every address that can be read, and of the
# main posts, are what it says.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Routes;
use PortalTest::Tab;
use PortalTest::Totp;

my $node = $ENV{PORTAL_NODE};
plan skip_all => 'no PORTAL_NODE: run by make test' if !$node || !-e 'build/npm-test/.done';

my $csv = <<'CSV';
mrn,family,given,birth_date,email,phone,language,case_number,case_title,case_start
1,Álvarez,Ana,1970-01-02,ana@example.org,555 1,es,A-1,Knee & hip,2026-10-01
1,Álvarez,Ana,1970-01-02,ana@example.org,555 1,es,A-2,,
2,Brown,Bob,,,,,B-1,Eyes,
CSV
$csv .= join '', map {"3,Many,Max,,,,,M-$_,,\n"} 1 .. 8;
my $t    = PortalTest->start(portal => { PortalLobbyFrom => '127.0.0.0/8' }, csv => $csv);
my $own  = 'violets in the morning rain';
my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 3;
my @answers;

# The names of a path's parameters as the description has them.
sub described ($side, $path) {
    $path =~ s/(?:(\w+)\/)?\{(id|token)\}/my $n = $2 eq 'token' ? 'token' : ($1 ? $1 =~ s{s$}{}r : '') . '_id'; ($1 ? "$1\/" : '') . "{$n}"/ge;
    return ($side eq 'DESK' ? '/desk' : '/portal') . ($path eq '/' ? '' : $path);
}

sub note_answer ($name, $side, $method, $path, $r) {
    push @answers, { name => $name, path => described($side, $path), method => $method, status => $r->code,
        body => length $r->content ? $r->data : undef };
    return $r;
}

sub post ($c, $side, $path, $real, $fields) {
    return note_answer("POST $real", $side, 'POST', $path, $c->json('POST', $real, $fields));
}

# --- posts, good and bad -------------------------------------------------------------------------------

for my $n (1, 2) {
    my $number = $n == 1 ? 'A-1' : 'B-1';
    my %fields = (master_case => $tab{$n}->case($number), selected_cases => [ $tab{$n}->case($number) ],
        email => "p$n\@example.org", access_enabled => 1, version => $tab{$n}->view->{version} // 0);
    my $r = post($desk, 'DESK', '/binders/{id}/portal/edit', $tab{$n}->path('/edit'), \%fields);
    is $r->code, 303, "access for $number";
}
post($desk, 'DESK', '/binders/{id}/portal/registration', $tab{1}->path('/registration'), {});
my $slip = post($desk, 'DESK', '/binders/{id}/portal/registration', $tab{1}->path('/registration'),
    { confirm => 1, once => 'openapi' });
is $slip->code, 200, 'registered';
post($desk, 'DESK', '/binders/{id}/portal/registration', $tab{1}->path('/registration'),
    { confirm => 1, once => 'openapi' });
my $secret = $slip->data->{slip}{secret};
my $code = post($desk, 'DESK', '/binders/{id}/portal/lobby-password', $tab{2}->path('/lobby-password'), {});
post($desk, 'DESK', '/binders/{id}/portal/invitation', $tab{2}->path('/invitation'), {});
post($desk, 'DESK', '/find', '/desk/find', { q => 'alvarez' });
post($desk, 'DESK', '/find', '/desk/find', { q => '' });
note_answer("the tab of $_", 'DESK', 'GET', '/binders/{id}/portal', $desk->json('GET', $tab{$_}->path)) for 2, 3;
is ref $desk->json('GET', $tab{2}->path)->data->{$_}, 'HASH', "one has $_" for qw(invitation lobby_password);
my $many = post($desk, 'DESK', '/find', '/desk/find', { q => 'many' })->data->{hits}[0];
is $many->{more_cases}, 2, 'a hit with more cases than are shown';
is_deeply [ grep { $tab{3}->case($_->{number}) ne $_->{id} } @{ $many->{cases} } ], [], 'and where each of them is';
post($desk, 'DESK', '/audit', '/desk/audit', { mrn => '1' });
post($desk, 'DESK', '/binders/new', '/desk/binders/new', { mrn => '9', family => 'New', given => 'Ned' });
post($desk, 'DESK', '/binders/new', '/desk/binders/new', { family => 'New' });
post($desk, 'DESK', '/binders/{id}/paperwork', '/desk/binders/' . $tab{1}->id . '/paperwork',
    { form => 'registration', case => $tab{1}->case('A-2') });
post($desk, 'DESK', '/binders/{id}/portal/edit', $tab{1}->path('/edit'), { version => 0 });
post($desk, 'DESK', '/find', '/desk/find', $_) for '{"q":', '{"q":"' . 'x' x 70_000 . '"}';
note_answer('POST XML', 'DESK', 'POST', '/find', $desk->json('POST', '/desk/find', '<q/>', 'Content-Type' => 'text/xml'));
note_answer('no token', 'DESK', 'POST', '/find', $desk->json('POST', '/desk/find', { q => 'x' }, 'X-CSRF-Token' => 'x'));

my $patient = $t->patient;
post($patient, 'PORTAL', '/login', '/login', { case_number => 'A-1', password => 'wrong' });
post($patient, 'PORTAL', '/login', '/login', { case_number => 'A-1', password => $secret });
note_answer('password page', 'PORTAL', 'GET', '/password', $patient->json('GET', '/password'));
$patient->get('/password');    # whose token is the session's
is post($patient, 'PORTAL', '/password', '/password', { new_password => $own, new_password_again => $own })->code,
    303, 'a password of her own';
$patient->get('/');
my ($first) = PortalTest::Paper->todo($patient);
my $paper = PortalTest::Paper->new($patient, $first->[0]);
note_answer('a form', 'PORTAL', 'GET', '/paperwork/{id}', $patient->json('GET', $paper->path));
post($patient, 'PORTAL', '/paperwork/{id}', $paper->path, { number => 1 });
post($patient, 'PORTAL', '/paperwork/{id}/review', $paper->path('/review'), { version => 0 });
$paper->fill;
is $paper->submit->code, 303, 'a form is sent';
post($patient, 'PORTAL', '/paperwork/{id}', $paper->path, { number => 1, version => 0 });
post($patient, 'PORTAL', '/security/factor/app', '/security/factor/app', { password => $_ }) for 'wrong', $own;
my $key = note_answer('the key of an app', 'PORTAL', 'GET', '/security/factor/app',
    $patient->json('GET', '/security/factor/app'))->data->{secret};
my $app = PortalTest::Totp->new($t, $key);
post($patient, 'PORTAL', '/security/factor/confirm', '/security/factor/confirm', { code => $_ }) for '1', $app->code;
$patient->get('/');
post($patient, 'PORTAL', '/security/factor/codes', '/security/factor/codes', { password => $own });
note_answer('the tab of 1', 'DESK', 'GET', '/binders/{id}/portal', $desk->json('GET', $tab{1}->path));
my $half = $t->patient;
is post($half, 'PORTAL', '/login', '/login', { case_number => 'A-1', password => $own })->code, 303, 'half a sign-in';
$half->get('/login/code');
post($half, 'PORTAL', '/login/code', '/login/code', { code => '1' });
post($half, 'PORTAL', '/login/recovery', '/login/recovery', { recovery_code => '1' });
my $lobby = $t->patient;
is post($lobby, 'PORTAL', '/lobby', '/lobby', { case_number => 'B-1', lobby_password => $code->data->{slip}{secret} })->code,
    303, 'a lobby session';

# --- every address that can be read ----------------------------------------------------------------------

my %id = (
    binders   => $tab{1}->id,
    cases     => $tab{1}->case('A-1'),
    paperwork => $paper->id,
);
my $theirs = $t->sql("SELECT id FROM assignment WHERE binder_id = '" . $tab{2}->id . "' ORDER BY form")->[0]{id};
my %client = (V => $t->patient, P => $patient, H => $half, L => $lobby, D => $desk);
my %read;
for my $route (grep { $_->{method} eq 'GET' && $_->{path} !~ /\{token\}|export|copy$/ } PortalTest::Routes->all) {
    for my $role (grep { $client{$_} } sort keys %{ $route->{roles} }) {
        local $id{paperwork} = $role eq 'L' ? $theirs : $id{paperwork};
        my $path = $route->{path} =~ s/(\w+)\/\{id\}/"$1\/" . ($id{$1} \/\/ 'A' x 22)/ger;
        $path = "/desk$path" if $route->{mount} eq 'DESK';
        my $r = note_answer("$role GET $path", $route->{mount}, 'GET', $route->{path}, $client{$role}->json('GET', $path));
        $read{$role}++ if $r->code == 200;
    }
}
for my $path ('/', '/cases/{id}', '/paperwork') {
    note_answer("nobody $path", 'PORTAL', 'GET', $path, $t->patient->json('GET', $path =~ s/\{id\}/$id{cases}/r));
}
note_answer('no binder', 'DESK', 'GET', '/binders/{id}', $desk->json('GET', '/desk/binders/' . 'A' x 22));
cmp_ok scalar @answers, '>', 50, 'answers to judge';
cmp_ok $read{ $_->[0] } // 0, '>=', $_->[1], "of them views for $_->[0]" for [ V => 4 ], [ P => 8 ], [ L => 3 ], [ D => 12 ];
my %statuses = map { $_->{status} => 1 } @answers;
ok $statuses{$_}, "one of them is $_" for 200, 303, 400, 401, 403, 404, 409, 413, 415, 422;

# --- the judge -----------------------------------------------------------------------------------------------

my $file = $t->file('answers.json');
open my $out, '>:raw', $file or die "$file: $!";
print {$out} JSON::PP->new->utf8->canonical->encode(\@answers);
close $out or die "$file: $!";
my $said = qx($node t/tools/openapi.mjs build/npm-test conf/openapi.yaml <$file 2>&1);
is $said, '', 'the description is valid, and all are as it says';

$t->stop;
done_testing;

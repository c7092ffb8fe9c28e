# SPDX-License-Identifier: Apache-2.0
#
# Every address x every role x {allowed, no token, foreign object, wrong method}, made from the
# route table itself: a new row is tried without a new line here. (security.md AZ1, AZ2, CS1, HD4)
use lib 't/lib';
use PortalTest;
use PortalTest::Routes;
use PortalTest::Totp;
use v5.36;

my @routes = PortalTest::Routes->all;
cmp_ok scalar @routes, '>', 30, 'the route table is read';

my $t = PortalTest->start(csv => <<'CSV', portal => { PortalLobbyFrom => '127.0.0.0/8', PortalSecondFactor => 'required' });
mrn,family,given,birth_date,email,case_number,case_title
1,Álvarez,Ana,1970-01-02,ana@example.org,A-1,Knee
2,Brown,Bob,1971-02-03,bob@example.org,B-1,Hip
3,Cole,Cem,1972-03-04,cem@example.org,C-1,Hand
4,Dorn,Dag,1973-04-05,dag@example.org,D-1,Foot
CSV

my %id;
for my $mrn (1 .. 4) {
    my $binder = $t->sql("SELECT id FROM binder WHERE mrn = '$mrn'")->[0]{id};
    my $case   = $t->sql("SELECT id FROM patient_case WHERE binder_id = '$binder'")->[0]{id};
    my $todo = $t->sql("SELECT id FROM assignment WHERE binder_id = '$binder' ORDER BY id")->[0]{id};
    $id{$mrn} = { binders => $binder, cases => $case, paperwork => $todo };
}

# --- the roles --------------------------------------------------------------------------------

my $desk = $t->desk;
my $tab  = "/binders/$id{1}{binders}/portal";

sub give_access ($mrn) {
    my $tab = "/binders/$id{$mrn}{binders}/portal";
    my $r   = $desk->form("$tab/edit", {
        master_case => $id{$mrn}{cases}, selected_cases => [ $id{$mrn}{cases} ],
        access_enabled => 1, email => "p$mrn\@example.org",
    });
    is $r->code, 303, "access for $mrn";
    return;
}

sub temporary_password ($mrn) {
    my $r = $desk->json('POST', "/binders/$id{$mrn}{binders}/portal/registration", { confirm => 1 });
    return $r->data->{slip}{secret};
}

sub signed_in ($number, $password) {
    my $c = $t->patient;
    my $r = $c->form('/login', { case_number => $number, password => $password });
    is $r->code, 303, "$number signs in";
    return $c;
}

give_access($_) for 1 .. 4;
my $own         = 'a long password of my own';

sub own_password ($number, $mrn) {
    my $c = signed_in($number, temporary_password($mrn));
    is $c->form('/password', { new_password => $own, new_password_again => $own })->location, '/portal/security/factor',
        'own password';
    return $c;
}

my $patient = own_password('A-1', 1);
PortalTest::Totp->set_up($t, $patient, $own);
my $set_up = own_password('C-1', 3);
PortalTest::Totp->set_up($t, own_password('D-1', 4), $own);
my $half = signed_in('D-1', $own);
$half->get('/login/code');
my $must_change = signed_in('B-1', temporary_password(2));
my $lobby       = $t->patient;
my $code        = $desk->json('POST', "$tab/lobby-password", {})->data->{slip}{secret};
is $lobby->form('/lobby', { case_number => 'A-1', lobby_password => $code })->code, 303,
    'lobby begins';

my %role = (
    V => { name => 'visitor',     mount => 'PORTAL', client => sub { $t->patient } },
    P => { name => 'patient',     mount => 'PORTAL', client => sub { $patient } },
    M => { name => 'must change', mount => 'PORTAL', client => sub { $must_change } },
    H => { name => 'half',        mount => 'PORTAL', client => sub { $half } },
    S => { name => 'set up',      mount => 'PORTAL', client => sub { $set_up } },
    L => { name => 'lobby',       mount => 'PORTAL', client => sub { $lobby } },
    D => { name => 'desk',        mount => 'DESK',   client => sub { $desk } },
);

# --- the matrix -------------------------------------------------------------------------------

sub path_of ($route, $whose) {
    my $path = $route->{path};
    my @names = $path =~ m{/(\w+)/\{id\}}g;
    $path =~ s/\{id\}/$whose->{$_} \/\/ 'AAAAAAAAAAAAAAAAAAAAAA'/e for @names;
    $path =~ s/\{token\}/abcdefghijklmnopqrstuvwxyz/;
    return $path;
}

my %nobody = map { $_ => 'A' x 22 } qw(binders cases paperwork);

# What ends a session or changes what the others need comes last: signing out, and the desk's acts.
my @last  = grep { $_->{path} =~ m{^/(?:logout|lobby/finish)$} } @routes;
my @desk  = grep { $_->{mount} eq 'DESK' } @routes;
my @first = grep { my $r = $_; !grep { $_ == $r } @last, @desk } @routes;

sub ask ($c, $route, $path, %o) {
    return $c->get($path) if $route->{method} eq 'GET' && !$o{json};
    return $c->json('GET', $path) if $route->{method} eq 'GET';
    return $c->json('POST', $path, {}) if $o{json};
    return $c->post($path, {}, csrf => $o{csrf});
}

sub is_turned_away ($route, $key, $c, $path) {
    my $name = "$role{$key}{name} may not $route->{method} $path";
    my $html = ask($c, $route, $path, csrf => 0);
    my $json = ask($c, $route, $path, json => 1);
    if ($key eq 'V') {
        is $html->code, 303, "$name: browser is sent to sign in";
        like $html->location, qr{/portal/(?:login|lobby)}, "$name: to the right page";
        is $json->code, 401, "$name: program is told";
    }
    elsif (my $place = { M => 'password', H => 'login/code', S => 'security/factor' }->{$key}) {
        is $html->location, "/portal/$place", "$name: browser is sent to what comes first";
        is $json->code, 403, "$name: program is told";
    }
    else {
        is $html->code, 404, "$name: browser sees nothing";
        is $json->code, 404, "$name: program sees nothing";
    }
    return;
}

sub is_let_in ($route, $key, $c, $path) {
    my $name = "$role{$key}{name} may $route->{method} $path";
    if ($route->{method} eq 'POST') {
        is ask($c, $route, $path, csrf => 0)->code, 403, "$name, but not without a token";
        is $c->post($path, {}, csrf => 'x' x 86)->code, 403, "$name, but not with a wrong one";
        my $foreign = $c->post($path, {}, headers => { 'Sec-Fetch-Site' => 'cross-site' });
        is $foreign->code, 403, "$name, but not from another site";
    }
    return if grep { $_ == $route } @last;
    my $r = ask($c, $route, $path);
    # the lobby sees unsubmitted forms only, and a patient who is signed in needs no sign-in
    unlike $r->code, qr/^(?:401|403|405|5..)$/, "$name: " . $r->code;
    unlike $r->code, qr/^404$/, "$name: it is there" if $path !~ /AAAA/;
    return;
}

sub is_foreign ($route, $key, $c) {
    return if $route->{path} !~ /\{id\}/;
    my $none = ask($c, $route, path_of($route, \%nobody));
    is $none->code, 404, "$role{$key}{name}, $route->{method} $route->{path}: no such object";
    return if $key eq 'D';
    my $other = ask($c, $route, path_of($route, $id{2}));
    is $other->code, 404, "$role{$key}{name}, $route->{method} $route->{path}: of another patient";
    my ($nowhere, $foreign) = map { $_->content =~ s/\bvalue="[^"]*"|data-session-(?:idle|lifetime)="\d+"//gr } $none, $other;
    $nowhere =~ s/A{22}//g;
    for my $its (values %{ $id{2} }) {
        $foreign =~ s/\Q$its\E//g;
    }
    is $foreign, $nowhere, "$role{$key}{name}, $route->{path}: looks the same";
    return;
}

for my $route (@first, @last, @desk) {
    for my $key (sort keys %role) {
        next if $role{$key}{mount} ne $route->{mount};
        my $c    = $role{$key}{client}->();
        my $path = path_of($route, $id{1});
        $route->{roles}{$key} ? is_let_in($route, $key, $c, $path)
                              : is_turned_away($route, $key, $c, $path);
        is_foreign($route, $key, $c) if $route->{roles}{$key} && $key ne 'V';
    }
}

# --- wrong methods, and addresses that only look right ------------------------------------------

my %methods;
push @{ $methods{ $_->{mount} }{ $_->{path} } }, $_->{method} for @routes;
for my $mount (sort keys %methods) {
    my $c = $mount eq 'DESK' ? $desk : $t->patient;
    for my $pattern (sort keys %{ $methods{$mount} }) {
        my $path = path_of({ path => $pattern }, $id{1});
        my @allow = map { $_ eq 'GET' ? ('GET', 'HEAD') : $_ } sort @{ $methods{$mount}{$pattern} };
        for my $method (qw(PUT DELETE OPTIONS TRACE FOO)) {
            my $r = $c->send($method, $path);
            is $r->code, 405, "$method $path";
            is $r->header('Allow'), join(', ', @allow), "$method $path: Allow" if $method eq 'PUT';
        }
        next if $pattern eq '/';
        for my $odd ("$path/", "$path;x=1", "/$path", uc $path, "$path%00", "/.$path") {
            my $code = $c->get($odd)->code;
            like $code, qr/^(?:400|404)$/, "GET $odd: $code" if $odd ne $path;
        }
    }
}

# --- the desk is nobody's without a name ---------------------------------------------------------

for my $route (grep { $_->{mount} eq 'DESK' } @routes) {
    my $c = $t->patient;
    my $path = '/desk' . path_of($route, $id{1});
    is $c->send($route->{method}, $t->url($path))->code, 401, "no staff: $route->{method} $path";
}

$t->stop;
done_testing;

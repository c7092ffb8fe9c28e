# SPDX-License-Identifier: Apache-2.0
#
# Records that are damaged or not there while somebody signs in: each table in turn, and password hashes that
# are none. Nobody gets in, nothing is half done, and all goes on when they are back.
# (security.md AU2, AU4, LG4)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(portal => { PortalPasswordHash => '2 19M', PortalThrottle => '50 1s 1h 100' }, csv => <<'CSV');
mrn,family,given,birth_date,email,case_number
1,Doe,Ann,1980-01-02,,C-1
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1', 'ann@example.org');
my $good = 'heron lagoon tundra';

sub sign_in ($password = $good) {
    my $c = $t->patient;
    return ($c->post('/login', { case_number => 'C-1', password => $password }), $c);
}
my ($first, $p) = sign_in($tab->register);
is $first->code, 303, 'signed in with a slip';
is $p->form('/password', { new_password => $good, new_password_again => $good })->code, 303, 'and a password';

# --- AU2: what stands in place of a hash ---------------------------------------------------------------------

my $hash = $t->sql('SELECT password_hash FROM account')->[0]{password_hash};
like $hash, qr/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, 'PW8: Argon2id with its cost';
my %odd = (
    'nothing'          => '',
    'a star'           => '*',
    'cut in half'      => substr($hash, 0, 40),
    'cut by one'       => substr($hash, 0, -1),
    'one more'         => "${hash}A",
    'without its salt' => $hash =~ s/p=1\$[^\$]+/p=1\$/r,
    'the password'     => $good,
    'bcrypt'           => '$2y$05$abcdefghijklmnopqrstuuJ3Q1YyW7s4W5yQbqkD0P4j5m8l7y9mK',
    'SHA-512'          => '$6$salt$' . 'x' x 86,
    'Argon2i'          => $hash =~ s/argon2id/argon2i/r,
    'insane memory'    => $hash =~ s/m=19456/m=4294967295/r,
    'insane time'      => $hash =~ s/t=2/t=4294967295/r,
    'no cost'          => $hash =~ s/m=19456,t=2/m=0,t=0/r,
    'negative cost'    => $hash =~ s/t=2/t=-2/r,
    'another hash'     => $hash =~ s/.$/A/r =~ s/(\$\w)[^\$]{3}([^\$]*)$/$1AAA$2/r,
    'long'             => 'A' x 200,
);
for my $what (sort keys %odd) {
    $t->sql("UPDATE account SET password_hash = '$odd{$what}'");
    is $tab->act('/throttle')->code, 303, 'attempts are forgotten';
    for my $password ($good, $odd{$what}, 'x') {
        my ($r, $c) = sign_in($password);
        like $r->code, qr/^(?:422|503)$/, "AU2: $what: " . $r->code;
        is $c->cookie('__Host-portal'), undef, 'AU2: and no session';
    }
}
$t->sql("UPDATE account SET password_hash = '$hash'");
is +(sign_in())[0]->code, 303, 'AU2: with the hash again, all is well';
$t->sql("UPDATE account SET pepper_key = 77");
like +(sign_in())[0]->code, qr/^(?:422|503)$/, 'AU2: a key that is not in the ring';
$t->sql('UPDATE account SET pepper_key = 1');

# --- AU4: a table that is not there ---------------------------------------------------------------------------

my %visit = (
    'sign-in'  => sub { my ($r, $c) = sign_in(); return ($r, $c) },
    'home'     => sub { return $p->get('/') },
    'password' => sub { return $p->post('/password', { password => 'x', new_password => "$good 1", new_password_again => "$good 1" }) },
    'forgot'   => sub { return $t->patient->post('/forgot', { case_number => 'C-1', email => 'ann@example.org' }) },
    'link'     => sub { return $t->patient->get('/register/finish') },
    'lobby'    => sub { return $t->patient->post('/lobby', { case_number => 'C-1', lobby_password => '12345678' }) },
    'tab'      => sub { return $tab->get },
    'slip'     => sub { return $desk->json('POST', $tab->path('/registration'), { confirm => 1 }) },
    'find'     => sub { return $desk->post('/find', { q => 'doe' }) },
    'trail'    => sub { return $desk->get('/audit') },
);
my %needs = (
    account => 'sign-in password tab slip', access => 'sign-in password lobby tab slip', patient_case => 'sign-in home lobby tab slip find trail',
    binder => 'sign-in password tab slip find', audit => 'sign-in lobby tab slip find trail', audit_head => 'sign-in lobby tab slip find trail',
    throttle => 'sign-in password forgot lobby', session => 'sign-in slip', link => 'link', lobby => 'lobby', access_case => 'home tab',
    ask => 'forgot', search_word => 'find',
);
for my $table (sort keys %needs) {
    my $before   = $t->sql("SELECT password_hash FROM account")->[0]{password_hash};
    $t->sql("ALTER TABLE $table RENAME TO gone_$table");
    my %needed = map { $_ => 1 } split / /, $needs{$table};
    for my $what (sort keys %visit) {
        my ($r, $c) = $visit{$what}->();
        $needed{$what} ? is($r->code, 503, "AU4: without $table, $what: 503")
            : unlike($r->code, qr/^500$/, "AU4: without $table, $what: " . $r->code);
        is $r->header('Retry-After') // '', '5', 'AU4: says when to come again' if $needed{$what};
        unlike $r->decoded_content, qr/no such table|relation|sqlite|(?-i:\bSELECT\b)|gone_|\/home\/|\.c:/i, 'HD3: and nothing of why';
        is $c->cookie('__Host-portal'), undef, 'AU4: no session' if $c && $needed{$what};
    }
    $t->sql("ALTER TABLE gone_$table RENAME TO $table");
    if ($needed{slip}) {
        is $t->sql('SELECT password_hash FROM account')->[0]{password_hash}, $before, "LG4: without $table no password was replaced";
    }
    else {
        $t->sql("UPDATE account SET password_hash = '$hash', registration = 'normal', temporary_expires = 0, \"undo\" = ''");
    }
    # each child finds out for itself, within a second
    $t->wait_for("sign-in and home again with $table", sub {
        (my $r, $p) = sign_in();
        return $r->code == 303 && $p->get('/')->code == 200;
    });
    is $t->portalctl('audit', 'verify')->{exit}, 0, "LG4: the trail is whole after $table";
}

$t->expect_log(qr/PTL0\d\d\d/);
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# What each act of the Patient Portal tab does beyond its own field: password, sessions, open
# links, lobby password and its session, status line. Row by row of the contract's table.
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(portal => { PortalLobbyFrom => '127.0.0.0/8' }, csv => <<'CSV');
mrn,family,given,birth_date,case_number,case_title
1,Doe,Ann,1970-01-02,C-1,Knee
1,Doe,Ann,1970-01-02,C-2,Hip
2,Brown,Bob,1971-02-03,B-1,Arm
CSV
my $tab = PortalTest::Tab->new($t, 1);
my ($c1, $c2) = map { $tab->case($_) } qw(C-1 C-2);
my $id = $tab->id;

# Ann has an account of her own, with this password: the temporary one, taken over.
my $own = $tab->open('C-1', 'ann@a.example')->register =~ tr/-//dr;
$t->sql("UPDATE account SET registration = 'normal', temporary_expires = 0, \"undo\" = ''");
is $tab->save({ selected_cases => [ $c1, $c2 ] })->code, 303, 'two cases are selected';

sub sign_in ($number, $password) {
    my $browser = $t->patient;
    my $r       = $browser->form('/login', { case_number => $number, password => $password });
    return $r->code == 303 ? $browser : undef;
}
sub is_in ($browser) { return $browser->json('GET', '/')->code == 200 }
sub sees  ($browser) { return [ sort map { $_->{number} } @{ $browser->json('GET', '/')->data->{cases} } ] }

# Everything that can be open at once: a session, a link of each kind and origin, an invitation, a
# lobby password and its session.
sub open_all ($number = 'C-1') {
    my $ann = sign_in($number, $own) or die "no sign-in with $number\n";
    $t->sql("DELETE FROM link; INSERT INTO link VALUES"
            . " ('a', '$id', 'invitation', 'desk', 9000000000000000, 0),"
            . " ('b', '$id', 'verification', 'outside', 9000000000000000, 0),"
            . " ('c', '$id', 'reset', 'outside', 9000000000000000, 0);"
            . " UPDATE account SET invited = 1, invitation_expires = 9000000000000000");
    $tab->lobby_password;
    $t->sql("DELETE FROM session WHERE token_hash = 'lobby'; INSERT INTO session (token_hash, handle, binder_id, kind, lobby_id, source, created, seen,"
        . " expires) SELECT 'lobby', 'lobby', '$id', 'lobby', id, '', 0,"
            . " 0, 9000000000000000 FROM lobby");
    return $ann;
}
sub links { return $t->sql("SELECT COUNT(*) AS n FROM link WHERE binder_id = '$id'")->[0]{n} }
sub lobby { return $t->sql("SELECT COUNT(*) AS n FROM lobby WHERE binder_id = '$id'")->[0]{n} }
sub at_lobby {
    return $t->sql("SELECT COUNT(*) AS n FROM session WHERE kind = 'lobby'")->[0]{n};
}

# [ in, links, lobby password, lobby session, status ] after an act.
sub after ($ann, $want, $what) {
    is_deeply [ is_in($ann) ? 1 : 0, links(), lobby(), at_lobby(), $tab->status ], $want, $what;
    return;
}

my $ann = open_all();
after($ann, [ 1, 3, 1, 1, 'Enabled · Normal Registration · Invite' ], 'all is open');

# ---- saving the fields ------------------------------------------------------------------------

is $tab->save({ comment => 'nothing else' })->code, 303, 'a comment changed';
after($ann, [ 1, 3, 1, 1, 'Enabled · Normal Registration · Invite' ], 'touches nothing');

is $tab->save({ access_enabled => undef })->code, 303, 'access disabled';
after($ann, [ 0, 0, 0, 0, 'Disabled · Normal Registration · Invite' ],
    'sessions ended, links void, lobby void and ended');
is sign_in('C-1', $own), undef, 'no sign-in while disabled';

is $tab->save({ access_enabled => 1 })->code, 303, 'access enabled';
is $tab->status, 'Enabled · Normal Registration · Invite', 'status line';
is_deeply [ links(), lobby(), at_lobby() ], [ 0, 0, 0 ], 'what was void stays void';
ok sign_in('C-1', $own), 'the password was kept';

$ann = open_all();
is $tab->save({ email => 'new@a.example' })->code, 303, 'e-mail changed';
after($ann, [ 1, 0, 1, 1, 'Enabled · Normal Registration · No Invite' ],
    'links void, No Invite; sessions and lobby go on');
ok sign_in('C-1', $own), 'the password was kept';

$ann = open_all();
is $tab->save({ master_case => $c2 })->code, 303, 'master case changed';
after($ann, [ 0, 0, 0, 0, 'Enabled · Normal Registration · Invite' ],
    'sessions ended, links void, lobby void and ended');
is sign_in('C-1', $own), undef, 'the old number signs nobody in';
ok sign_in('c 2', $own), 'the new one does, with the password that was kept';
is $tab->save({ master_case => $c1 })->code, 303, 'back';

$ann = open_all();
is_deeply sees($ann), [ 'C-1', 'C-2' ], 'the session sees both cases';
is $ann->json('GET', "/cases/$c2")->code, 200, 'and opens the second';
is $tab->save({ selected_cases => [$c1] })->code, 303, 'case deselected';
after($ann, [ 1, 3, 1, 1, 'Enabled · Normal Registration · Invite' ], 'everything goes on');
is_deeply sees($ann), ['C-1'], 'the session without the case, from the next request';
is $ann->json('GET', "/cases/$c2")->code, 404, 'which it cannot open any more';

# ---- Generate Lobby Password ------------------------------------------------------------------

$ann = open_all();
my $before = $t->sql('SELECT id, code_mac FROM lobby')->[0];
my $code   = $tab->lobby_password;
like $code, qr/^\d{4} \d{4}$/, 'a lobby password: 8 digits in two groups';
after($ann, [ 1, 3, 1, 0, 'Enabled · Normal Registration · Invite' ],
    "the earlier one's session ended, all else goes on");
my $now = $t->sql('SELECT id, code_mac, made_by, used FROM lobby')->[0];
isnt $now->{id}, $before->{id}, 'one at a time: the earlier one is void';
unlike $now->{code_mac}, qr/${\ ($code =~ tr{ }{}dr)}/, 'what is kept is not the password';
is $now->{made_by}, 'frontdesk', 'who made it';

# ---- Register Patient and its undoing ---------------------------------------------------------

$ann = open_all();
my $temporary = $tab->register;
after($ann, [ 0, 0, 1, 1, 'Enabled · Forced Registration · Invite' ],
    'Register Patient: sessions ended, links void, lobby untouched');
is sign_in('C-1', $own), undef, 'the password was replaced';
$t->sql("INSERT INTO link VALUES ('a', '$id', 'invitation', 'desk', 9000000000000000, 0)");
is $tab->save({ access_enabled => undef })->code, 303, 'disabled meanwhile';
is $tab->save({ access_enabled => 1, email => 'x@a.example' })->code, 303, 'and another e-mail';
$t->sql("INSERT INTO link VALUES ('a', '$id', 'invitation', 'desk', 9000000000000000, 0)");
$tab->lobby_password;
my $r = $tab->act('/registration/undo');
is $r->code, 303, 'undone';
is_deeply [ links(), lobby(), $tab->status ], [ 1, 1, 'Enabled · Normal Registration · No Invite' ],
    'registration as before, Enabled and Invite as they are now, links and lobby untouched';
is sign_in('C-1', $temporary), undef, 'the temporary password is gone';
ok sign_in('C-1', $own), "the patient's own is back";

# ---- nobody else was touched ------------------------------------------------------------------

my $bob  = PortalTest::Tab->new($t, 2)->open('B-1');
my $word = $bob->register =~ tr/-//dr;
$t->sql("UPDATE account SET registration = 'normal', temporary_expires = 0, \"undo\" = ''"
        . " WHERE binder_id = '" . $bob->id . "'");
my $browser = sign_in('B-1', $word);
ok $browser, 'another patient is signed in';
$tab->register;
is $tab->save({ access_enabled => undef })->code, 303, 'while this one is registered and disabled';
ok is_in($browser), 'the other one goes on';

$t->stop;
done_testing;

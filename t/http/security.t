# SPDX-License-Identifier: Apache-2.0
#
# What patients see of their own safety: where they are signed in, signing out there, and who of the
# staff looked at their record. (security.md SE9, LG9; ASVS 7.5.2)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Tab;

my $t = PortalTest->start(
    portal => { PortalSessionIdle => '15min' },
    csv    => join "\n", 'mrn,family,given,birth_date,email,case_number',
    map {"$_,Doe,Ann$_,1980-01-02,,C-1$_"} 10 .. 12);
my $desk  = $t->desk;
my $good  = 'heron lagoon tundra';
my %agent = (
    phone => 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
        . ' Version/17.1 Mobile/15E148 Safari/604.1',
    desk => 'Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0',
    odd  => '<script>alert(1)</script>' . "\xff\xfe" x 400,
);

sub own_password ($n) {
    my $tab = PortalTest::Tab->new($t, $n, $desk)->open("C-1$n", "p$n\@example.org");
    my $c   = $t->patient;
    $c->form('/login', { case_number => "C-1$n", password => $tab->register });
    $c->form('/password', { new_password => $good, new_password_again => $good });
    $c->get('/');
    is $c->post('/logout')->code, 303, 'and signed out';
    return;
}

sub enter ($n, $agent) {
    my $c = $t->patient(from => '127.0.3.' . length $agent);
    $c->{ua}->agent($agent{$agent});
    is $c->form('/login', { case_number => "C-1$n", password => $good })->code, 303, "signed in: $agent";
    return $c;
}

sub sessions ($c) {
    return @{ $c->json('GET', '/security')->data->{sessions} };
}

own_password($_) for 10 .. 12;

# --- the list ------------------------------------------------------------------------------------

my $phone   = enter(10, 'phone');
my $windows = enter(10, 'desk');
my $odd     = enter(10, 'odd');
my $other   = enter(11, 'phone');
$_->get('/') for $phone, $windows, $odd, $other;
{
    my @all = sessions($phone);
    is @all, 3, 'the three browsers of this patient, and not that of another';
    is join(' ', map { $_->{current} ? 'this' : 'other' } @all), 'other other this', 'the latest first';
    my $page = $phone->get('/security');
    like $page->text, qr/Safari, iPhone This browser/, 'this one is named';
    like $page->text, qr/Firefox, Windows/,            'and another one';
    like $page->text, qr/Another browser, unknown device/, 'and what says nonsense of itself';
    unlike $page->content, qr/alert\(1\)/, 'of which no byte is shown';
    like $page->text, qr/Network address 127\.0\.3\.4/, 'with the address it came from';
    my $cookie = $windows->cookie('__Host-portal');
    unlike $page->content . $phone->json('GET', '/security')->content, qr/\Q$cookie\E/, 'no cookie of another';
    is scalar(() = $page->content =~ m{action="[^"]*/security/sessions/}g), 2, 'a button for each of the others';
    my $spanish = $phone->get('/security', 'Accept-Language' => 'es');
    ok $spanish->is_success, 'in Spanish';
}

# --- signing out elsewhere ---------------------------------------------------------------------------

{
    my ($there) = grep { $_->{browser_text} =~ /firefox/ } sessions($phone);
    is $other->post("/security/sessions/$there->{id}")->code, 404, 'not for another patient';
    is $windows->get('/')->code, 200, 'it goes on';
    is $phone->post("/security/sessions/$there->{id}", {}, csrf => 0)->code, 403, 'not without the token';
    my $r = $phone->post("/security/sessions/$there->{id}");
    is $r->code, 303, 'signed out there';
    like $phone->follow($r)->text, qr/Signed out there\./, 'and told so';
    is $windows->get('/')->code, 303, 'at once';
    is $phone->post("/security/sessions/$there->{id}")->code, 404, 'once';
    is $phone->get('/')->code, 200, 'this one stays';
    is $phone->post('/security/others')->code, 303, 'signed out everywhere else';
    is $odd->get('/')->code, 303, 'at once, too';
    is scalar(sessions($phone)), 1, 'one is left';
    is $other->get('/')->code, 200, 'another patient stays signed in';
    my @rows = @{ $t->sql("SELECT action FROM audit WHERE action = 'session.end'") };
    is @rows, 2, 'both are in the trail';
    my ($own) = sessions($phone);
    is $phone->post("/security/sessions/$own->{id}")->code, 303, 'one can end oneself';
    is $phone->get('/security')->code, 303, 'and then has to sign in';
}

# --- what is over is not in the list ------------------------------------------------------------------

{
    my $old = enter(12, 'desk');
    $t->clock('+1000');
    my $new = enter(12, 'phone');
    is scalar(sessions($new)), 1, 'an idle one is over';
    is $old->get('/')->code, 303, 'indeed';
}

# --- who looked -----------------------------------------------------------------------------------------

{
    my $c  = enter(11, 'phone');
    my $id = $t->sql("SELECT id FROM binder WHERE mrn = '11'")->[0]{id};
    my $before = $c->json('GET', '/security/looks')->data->{total};
    $desk->get("/binders/$id");
    my $nurse = $t->desk('nurse');
    $nurse->get("/binders/$id/timeline");
    my $view = $c->json('GET', '/security/looks')->data;
    is $view->{total}, $before + 2, 'two looks more';
    is $view->{rows}[0]{action}, 'timeline.view', 'the latest first';
    is $view->{rows}[0]{actor}, 'nurse', 'with the name';
    my $text = $c->get('/security/looks')->text;
    like $text, qr/Front desk nurse\s+Looked at the timeline/, 'in words';
    like $text, qr/Front desk frontdesk\s+Registered the patient/, 'acts as well as looks';
    unlike $text, qr/Signed in\b/, 'but not what the patient did';
    my $twelve = enter(12, 'phone')->get('/security/looks')->text;
    unlike $twelve, qr/nurse/, 'nothing of another record';
    $desk->get("/binders/$id") for 1 .. 55;
    my $second = $c->get('/security/looks?page=2');
    like $second->text, qr/Page 2 of 2/, 'paged';
    is $c->get("/security/looks?page=$_")->code, 200, "page=$_" for '0', '-1', 'x', '9' x 30, '%ff';
    my $all = $c->json('GET', '/security/looks')->data->{total};
    is $nurse->post('/audit', { mrn => '11', sort => 'who' })->code, 200, 'the audit trail of this record';
    $view = $c->json('GET', '/security/looks')->data;
    is "$view->{total} $view->{rows}[0]{action} $view->{rows}[0]{actor}", $all + 1 . ' audit.view nurse', 'is a look at it';
    is $t->portalctl('export', '--out', $t->file('all'))->{exit}, 0, 'all records are exported';
    $view = $c->json('GET', '/security/looks')->data;
    is "$view->{total} $view->{rows}[0]{action}", $all + 2 . ' export', 'which is told to each of them';
    is enter(12, 'phone')->json('GET', '/security/looks')->data->{rows}[0]{action}, 'export', 'to another one, too';
    is $t->portalctl('audit', 'list', '--binder', '11')->{exit}, 0, 'on the command line, too';
    $view = $c->json('GET', '/security/looks')->data;
    is "$view->{total} $view->{rows}[0]{action}", $all + 3 . ' audit.view', 'is one';
    $nurse->get('/audit');
    $nurse->post('/audit', { mrn => '12' });
    is $c->json('GET', '/security/looks')->data->{total}, $all + 3, 'those of all and of another are none';
    my $tab = PortalTest::Tab->new($t, 11, $desk);
    my $old = $tab->get;
    $tab->save({ comment => 'Never shown to a patient' });
    unlike $c->get('/security/looks')->content, qr/Never shown/, 'no word of the comment';
}

$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The samples' patients on a running portal: imported in one go beside the serving httpd and again
# with no change; then the odd ones and some of each source are found at the desk, shown, given a
# case and access there, invited (who has an e-mail) or registered at the desk, and signed in.
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Tab;
use File::Find ();

my $samples = PortalTest->samples // plan skip_all => 'no samples: set PORTAL_SAMPLES';

my $t = PortalTest->start(default_forms => '', level => 'info portal:trace8');
my $d = $t->desk;
my $links = PortalTest::Links->new($t);

# --- all of them in one go, and again -------------------------------------------------------------

my @files;
File::Find::find({ no_chdir => 1, wanted => sub { push @files, $_ if /\.(?:csv|json|ndjson)$/ } },
    "$samples/patients");
@files = sort @files;
cmp_ok scalar @files, '>', 100, 'there are samples';
my $bundle = "$samples/patients/hand-made-odd-patients.bundle.json";
ok grep({ $_ eq $bundle } @files), 'the odd ones among them';

sub import_all (@what) {
    my $r = $t->portalctl('--json', 'import', @what);
    return { %{ JSON::PP->new->decode($r->{out}) }, exit => $r->{exit} };
}

my $first = import_all(@files);
is $first->{exit}, 1, 'some rows are refused, so it ends with 1';
is scalar(grep { $_->{where} !~ /-bad\.csv:|EpisodeOfCare/ } @{ $first->{refused} }), 0,
    'but no Patient and no row of a good CSV';
my $new = $first->{imported};
cmp_ok $new->{binders}{new}, '>', 150, 'binders';
cmp_ok $new->{cases}{new},   '>', 200, 'cases';
my $records = sub {
    return join "\n", map { JSON::PP->new->canonical->encode($t->sql("SELECT * FROM $_ ORDER BY 1, 2")) }
        qw(binder patient_case search_word);
};
my $before = $records->();
my $second = import_all(@files);
is $second->{exit}, 1, 'again: the same rows are refused';
is_deeply $second->{imported}{binders}, { new => 0, changed => 0, same => $new->{binders}{new} },
    'no binder changes';
is_deeply $second->{imported}{cases}, { new => 0, changed => 0, same => $new->{cases}{new} }, 'and no case';
PortalServer::spew($t->file('odd.ndjson'), join '', map { JSON::PP->new->utf8->encode($_->{resource}) . "\n" }
    @{ JSON::PP->new->decode(PortalServer::slurp($bundle))->{entry} });
my $lines = import_all($t->file('odd.ndjson'));
is $lines->{exit}, 0, 'the bundle once more, as NDJSON';
is $lines->{imported}{binders}{new} + $lines->{imported}{binders}{changed}, 0, 'changes nothing either';
is $records->(), $before, 'every row is as before';

# --- one after the other --------------------------------------------------------------------------

# mrn, what the desk types, the name as it is shown; the e-mail is what Details has.
my @people = (
    [ 'hand-0001', '太郎 山田',            '山田太郎' ],
    [ 'hand-0002', 'فاطمة الحسيني',        'فاطمة زهراء الحسيني' ],
    [ 'hand-0003', 'SUHARTO',             'Suharto' ],
    [ 'hand-0004', 'nguyen thi anh',      'Thị Ánh Nguyễn' ],
    [ 'hand-0005', q{O'Brien-D'Souza},     q{Jean-Luc O’Brien-D'Souza <b>&"x"} ],
    [ 'hand-0006', 'Ann Østergård',       'Ann Sofie Østergård' ],
    [ 'hand-0007', 'olafsdottir',         'Ragnheiður Ólafsdóttir' ],
    [ 'hand-0008', 'etoile nfd',          'Amélie étoile (NFD)' ],
    [ 'hand-0009', "e\x{301}toile nfc",   'Amélie étoile (NFC)' ],
    [ 'hand-0010', 'Gräfin zu Sayn-Wittgenstein-Berleburg-Hohenstein', 'Maximiliane Elisabeth Theodora'
        . ' Wilhelmina Konstanze von der Lühe, geb. Gräfin zu Sayn-Wittgenstein-Berleburg-Hohenstein und Ludwigsburg' ],
    [ 'no-name-patient', 'no-name-patient', 'no-name-patient' ],
    [ 'hand-0012', 'baby boy 2024-11-02', 'Baby Boy Smith' ],
    [ 'hand-0013', 'Παπαδοπουλος',        'Γιώργος Παπαδόπουλος' ],
    [ 'hand-0014', 'почта@пример.рф',     'Мария Сергеевна Иванова' ],
    [ 'hand-0015', 'CASE-40786',          "Emoji \x{1F469}\x{1F3FD}\x{200D}\x{2695}\x{FE0F}" ],
    [ '1001',      'duplicate',           'Mrn Duplicate' ],
    [ '7746677',   'baby of mia',         'Baby of Mia BANKS' ],
    [ 'IT1111111', 'italia sofia',        'Sofia Italia' ],
    [ '1032702',   'Baxter, Amy',         'Amy V. Baxter' ],
    [ 'TestPID',   'musterfrau 1964',     'Erika Fürstin von Musterfrau' ],
    [ '22421441',  'li wang',             'Li Wang' ],
    [ '010190-999X', 'Henkilo Turva',     'Turva Henkilö' ],
    [ '8003608333660710', 'ross.coombe@example.org', 'Ross COOMBE' ],
    [ '1000',      'charity anc',         'Charity ANC' ],
);
# How an address is written where mails go (RFC 5890).
my %wire = ('почта@пример.рф' => 'почта@xn--e1afmkfd.xn--p1ai');
my $n = 0;

# Find: the person's own hit among those that are found.
sub find ($mrn, $typed, $name) {
    my $r = $d->form('/', { q => $typed });
    is $r->code, 200, "$mrn: $typed is looked for";
    my $id = $t->sql("SELECT id FROM binder WHERE mrn = '$mrn'")->[0]{id};
    my @hits = grep { ($_->attr('href') // '') =~ m{/binders/\Q$id\E$} }
        $r->tree->look_down(_tag => 'a');
    is join('|', map { $_->as_text } @hits), $name, "$mrn: found, a link with the name";
    return $id;
}

# A case made at the desk and access with it as master, the e-mail that of Details.
sub give_access ($id, $mrn, $number) {
    my $r = $d->form("/binders/$id/cases/new",
        { case_number => $number, case_title => 'Première visite', case_start => '2026-01-02' });
    is $r->code, 303, "$mrn: a case at the desk";
    my $tab   = PortalTest::Tab->new($t, $mrn, $d);
    my $email = $t->sql("SELECT email FROM binder WHERE id = '$id'")->[0]{email};
    $r = $tab->save({ master_case => $tab->case($number), email => $email, access_enabled => 1 });
    is $r->code, 303, "$mrn: access is given" or diag $r->text;
    is $tab->status, 'Enabled · Not Registered · No Invite', "$mrn: the status line";
    return ($tab, $email);
}

sub by_invitation ($tab, $email, $mrn, $number, $password) {
    is $tab->act('/invitation')->code, 303, "$mrn: invited";
    my ($mail) = $links->new_mails;
    is $mail && $mail->to, $wire{$email} // $email, "$mrn: the mail arrives";
    my $b = $t->patient;
    my $r = $links->finish($b, $mail->path, $number, $password);
    is $r->location, '/portal/login?done=registered', "$mrn: registers" or diag $r->text;
    $r = $b->submit('/login', { case_number => lc $number, password => $password });
    return ($r, 'Normal Registration · Invite');
}

sub at_the_desk ($tab, $mrn, $number, $password) {
    my $slip = $tab->act('/registration', { confirm => 1 });
    my $secret = $slip->secret;
    ok $secret, "$mrn: registered at the desk";
    my $b = $t->patient;
    my $r = $b->submit('/login', { case_number => $number =~ s/-/ /r, password => lc $secret });
    like $r->request->uri, qr{/portal/password$}, "$mrn: the temporary password leads to a new one";
    $r = $b->submit($r, { new_password => $password, new_password_again => $password },
        button => 'Save password');
    return ($r, 'Forced Registration · No Invite');
}

for my $one (@people) {
    my ($mrn, $typed, $name) = @$one;
    my $id   = find($mrn, $typed, $name) // next;
    my $page = $d->get("/binders/$id");
    is $page->code, 200, "$mrn: shown";
    like $page->text, qr/\Q$name\E/, "$mrn: with the name";
    unlike $page->decoded_content, qr/<b>/, "$mrn: and nothing but text";
    my $number = sprintf 'ODD-%03d', ++$n;
    my ($tab, $email) = give_access($id, $mrn, $number);
    my ($home, $state) = length $email
        ? by_invitation($tab, $email, $mrn, $number, "heron lagoon tundra $n")
        : at_the_desk($tab, $mrn, $number, "heron lagoon tundra $n");
    is $home->code, 200, "$mrn: signed in";
    like $home->request->uri, qr{/portal/(?:\?.*)?$}, "$mrn: home";
    like $home->text, qr/\Q$number\E Première visite/, "$mrn: with the case";
    is $tab->status, "Enabled · $state", "$mrn: the status line says so";
}

# --- by number, and what is left ----------------------------------------------------------------

find($_->[0], $_->[0], $_->[2]) for @people;
find($people[$_][0], sprintf('odd%03d', $_ + 1), $people[$_][2]) for 0, 10, 14;
is $records->() eq $before, '', 'what the desk did is in the records';
my $third = import_all(@files);
is $third->{imported}{binders}{changed} + $third->{imported}{binders}{new}, 0,
    'importing once more takes nothing of it away';
is scalar @{ $t->sql("SELECT id FROM patient_case WHERE number LIKE 'ODD-%'") }, scalar @people,
    'the cases of the desk stay';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
unlike $t->error_log . $t->access_log, qr/ODD-\d|Suharto|heron lagoon|taro\@/, 'nobody is in the logs';
$t->stop;
done_testing;

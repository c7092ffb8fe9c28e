# SPDX-License-Identifier: Apache-2.0
#
# What is typed stays text wherever it is shown: probes in every field, viewed at the desk, at home, in the
# lobby, as a conflict, in the trail, in mails and as JSON. And what was typed is nowhere else: canaries of
# health data, names and secrets in logs, in the database and its journal, in mails.
# (security.md IN7, IN8, TK2, TK8, TK9, TK17, LG6)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Links;
use PortalTest::Paper;
use PortalTest::Tab;
use Time::HiRes ();

my $staff = q{<xss-staff>"'&};
$PortalTest::DESK{$staff} = 'desk-of-odd-names';
my $t = PortalTest->start(
    level  => 'info portal:trace8',
    portal => { PortalName => q{"Riverside <xss-name> & 'Sons' {{base}}"}, PortalContact => '"<xss-contact> 555"' },
    csv    => "mrn,family,given,birth_date,email,case_number\n1,Doe,Ann,1980-01-02,,C-1\n",
);
my $d     = $t->desk($staff);
my $links = PortalTest::Links->new($t);
my $good  = 'heron lagoon tundra';

# Every probe holds a name of its own, under which it is found again on a page.
my @probes = map { my $p = $_; sub ($n) { $p =~ s/#/$n/gr } } (
    '<xss-#>', '"><xss-# onload=alert(1)>', "'><xss-#>", '</textarea><xss-#>', '</title><xss-#>', '</script><xss-#>',
    '<img src=x xss-# onerror=alert(1)>', '" onfocus="alert(1)" xss-#="', "' onfocus='alert(1)' xss-#='", '{{base}}{{>head}} xss-#',
    '{{{csrf_token}}} xss-#', '{{=<% %>=}} xss-#', '&lt;xss-#&gt;', '%3Cxss-#%3E', '\u003cxss-#\u003e', 'javascript:xss-#',
    '<!--xss-#', ']]><xss-#>', '<svg/onload=xss-#>', "<a href='javascript:xss-#'>", '=cmd|xss-#', "xss-#'); DROP TABLE binder;--",
    "xss-#' OR '1'='1", 't:chrome.ok xss-#', '${xss-#}', '%s%n xss-#',
);
my $next = 0;
my %typed;    # where => text

sub probe ($where, $most = 200) {
    for (1 .. @probes) {
        my $text = $probes[ $next % @probes ]->(sprintf 'p%03d', $next);
        $next++;
        return $typed{$where} = $text if length $text <= $most;
    }
    die "no probe fits $where\n";
}

my ($pages, @broken, %seen);

# Nothing of a probe became an element, an attribute or a link; its text is there.
sub inert ($r, $what) {
    $pages++;
    my $html = $r->decoded_content;
    $seen{$_}++ for grep { index(HTML::Entities::decode_entities($r->text . ' ' . $html), $typed{$_}) >= 0 } keys %typed;
    if ($r->content_type =~ /json/) {
        push @broken, "$what: JSON without nosniff" if ($r->header('X-Content-Type-Options') // '') ne 'nosniff';
        push @broken, "$what: JSON with a tag" if $html =~ /<xss/ && $r->content_type !~ /json/;
        return $r;
    }
    push @broken, "$what: " . $r->code if $r->code >= 500;
    my $tree = $r->tree;
    push @broken, "$what: an element " . $_->tag for $tree->look_down(_tag => qr/^xss|^svg-/);
    for my $node ($tree->look_down(sub { 1 })) {
        push @broken, "$what: attribute $_ of " . $node->tag for grep {/^on|^xss|^srcdoc$/} $node->all_external_attr_names;
        push @broken, "$what: " . $node->tag . ' leads to ' . ($node->attr('href') // $node->attr('src') // $node->attr('action'))
            if ($node->attr('href') // $node->attr('src') // $node->attr('action') // '/') !~ m{^(?:/|\#|$)};
    }
    push @broken, "$what: script of its own" if grep { !defined $_->attr('src') } $tree->look_down(_tag => 'script');
    push @broken, "$what: a template ran" if $html =~ m{/portal/portal|<head>.*<head>}s;
    $tree->delete;
    return $r;
}

# --- typed at the desk ----------------------------------------------------------------------------------------

sub is_saved ($r, $what) { return is($r->code, 303, $what) || diag $r->text }

my $details = sub { return (family => probe('family'), given => probe('given'), phone => probe('phone', 60), mrn => probe('mrn', 30)) };
is_saved(my $made = $d->form('/binders/new', { $details->(), birth_date => '1980-01-02' }), 'a binder of probes');
my ($binder) = $made->location =~ m{([\w-]{22})$};
is_saved($d->form("/binders/$binder/cases/new", { case_number => probe('number', 40), case_title => probe('title') }), 'a case of probes');
my $tab  = PortalTest::Tab->new($t, 1, $d);
$tab->{id} = $binder;
my $case = $t->sql("SELECT id, number FROM patient_case WHERE binder_id = '$binder'")->[0];
is_saved($tab->save({ master_case => $case->{id}, email => q{"xss"@example.org} =~ s/"//gr, access_enabled => 1,
    comment => probe('comment', 4000) . "\n" . probe('comment 2') }), 'a tab of probes');
is $d->form("/binders/$binder/edit", { email => probe('email', 300) })->code, 422, 'no probe is an address';
for my $address ('a@b.example,c@d.example', '<a@b.example>c', "a\@b.example\nBcc: c\@d.example", 'a@b.example%0d%0aBcc:x',
    '"a b"@c.example', 'a@[127.0.0.1]', 'a b@c.example', 'a@b@c.example', 'x' x 250 . '@example.org', 'a@' . 'x' x 64 . '.example',
    "a\x{2028}\@b.example", '=?utf-8?q?a=40b?=@c.example', '@example.org', 'a@', "a\@b.example\0", 'a@-b.example', '-oQ/tmp@x;id@b.example x')
{
    my $r = $tab->save({ email => $address });
    like $r->code, qr/^4(?:00|22)$/, 'TK8, TK9: refused: ' . substr $address =~ s/[^ -~]/?/gr, 0, 40;
}

# --- typed by the patient ---------------------------------------------------------------------------------------

is $tab->act('/invitation')->code, 303, 'invited';
my ($mail) = $links->new_mails;
my $p = $t->patient;
is_saved($links->finish($p, $mail->path, $case->{number}, $good), 'registers');
is_saved($p->form('/login', { case_number => $case->{number}, password => $good }), 'signs in');
my @papers = PortalTest::Paper->todo($p);
is scalar @papers, 3, 'three forms';
my %ready;
for my $one (@papers) {
    my $paper = PortalTest::Paper->new($p, $one->[0], choose => sub ($node, $values) {
        return (grep { $_ eq 'other' } @$values)[0] // $values->[0];
    });
    my $r = $paper->page;
    for (1 .. 30) {
        inert($r, "$one->[1], a page");
        last if $r->request->uri =~ m{/review$};
        my %answers = $paper->answers($r);
        for my $name (sort keys %answers) {
            for my $value (ref $answers{$name} ? @{ $answers{$name} } : $answers{$name}) {
                $value = probe("answer $one->[1] $name", 40) if $value =~ /canary/ && $value !~ /\@/;
            }
        }
        my $saved = $paper->save($r, \%answers);
        inert($saved, "$one->[1], with errors") if $saved->code == 422;
        if ($saved->code != 303) {
            delete $typed{"answer $one->[1] $_"} for keys %answers;
            $saved = $paper->save($saved, { $paper->answers($r) });
            is $saved->code, 303, "$one->[1]: other answers";
        }
        $r = $p->follow($saved);
    }
    inert($paper->review, "$one->[1], the review");
    inert($p->json('GET', $paper->path('/review')), "$one->[1], the review as JSON");
    my $stale = $p->post($paper->path, { number => 1, version => 1, form_hash => '' });
    inert($stale, "$one->[1], two windows");
    next if $one->[1] =~ /Medical/;
    is_saved($paper->submit, "$one->[1] is sent");
    inert($p->get($paper->path), "$one->[1], as it was sent");
    inert($p->post($paper->path, { number => 1, version => 1 }), "$one->[1], closed");
    $ready{ $one->[0] } = 1;
}
my $stranger = $t->patient;
inert($stranger->post('/login', { case_number => probe('login', 100), password => probe('password'), to => probe('to') }), 'sign-in again');
inert($stranger->post('/register', { case_number => probe('register', 100), email => probe('register email') }), 'register again');
inert($stranger->post('/forgot', { case_number => probe('forgot', 100), email => probe('forgot email') }), 'forgot again');
inert($stranger->post('/lobby', { case_number => probe('lobby', 100), lobby_password => probe('lobby password', 60) }), 'lobby again');
inert($stranger->get('/login?done=<xss-q>&to=%22><xss-q>&x=<xss-q>'), 'sign-in with a query');
inert($stranger->get("/nowhere/<xss-path>\"'"), 'nowhere');
inert($stranger->get('/login', 'User-Agent' => '<xss-agent>', 'Accept-Language' => '<xss-language>,"', Referer => 'https://<xss-referer>/'), 'odd headers');

# --- looked at -----------------------------------------------------------------------------------------------------

my %view = (
    'find by name'  => sub { $d->form('/', { q => 'xss' }) },
    'find a probe'  => sub { $d->form('/', { q => probe('q') }) },
    'binder'        => sub { $d->get("/binders/$binder") },
    'binder, edit'  => sub { $d->get("/binders/$binder/edit") },
    'binder, wrong' => sub { $d->form("/binders/$binder/edit", { birth_date => probe('birth date', 40), language => probe('language', 20) }) },
    'binder, two'   => sub { $d->form("/binders/$binder/edit", { version => 77, family => probe('family of two') }) },
    'case'          => sub { $d->get("/binders/$binder/cases/$case->{id}") },
    'case, two'     => sub { $d->form("/binders/$binder/cases/$case->{id}", { version => 77, case_title => probe('title of two') }) },
    'tab'           => sub { $tab->get },
    'tab, edit'     => sub { $d->get($tab->path('/edit')) },
    'tab, two'      => sub { $tab->save({ version => 77, comment => probe('comment of two') }) },
    'tab, wrong'    => sub { $tab->save({ email => probe('tab email') }) },
    'confirm'       => sub { $tab->act('/registration') },
    'slip'          => sub { $tab->act('/registration', { confirm => 1 }) },
    'lobby slip'    => sub { $tab->act('/lobby-password') },
    'timeline'      => sub { $d->get("/binders/$binder/timeline") },
    'paperwork of the binder' => sub { $d->get("/binders/$binder/paperwork") },
    'queue'         => sub { $d->get('/paperwork') },
    'outbox'        => sub { $d->get('/outbox') },
    'trail'         => sub { $d->get('/audit') },
    'trail of one'  => sub { $d->form('/audit', { mrn => $typed{mrn} }) },
    'trail, wrong'  => sub { $d->form('/audit', { mrn => probe('trail mrn', 60), from => probe('trail from', 40) }) },
    'home'          => sub { $p->get('/') },
    'home, case'    => sub { $p->get("/cases/$case->{id}") },
    'home, list'    => sub { $p->get('/paperwork') },
    map({ my $id = $_; ("read $id" => sub { $d->get("/paperwork/$id") }) } map { $_->[0] } @papers),
);
inert($view{$_}->(), $_) for grep { $_ ne 'slip' } sort keys %view;
my @slips = map { inert($_->(), 'slip')->secret } $view{slip}, sub { $d->post($tab->path('/lobby-password')) };
is scalar(grep { defined && length > 8 } @slips), 2, 'two passwords on slips';
for my $path ("/binders/$binder", "/binders/$binder/portal", "/binders/$binder/timeline", '/paperwork', '/outbox', '/audit') {
    my $r = inert($d->json('GET', $path), "$path as JSON");
    is $r->content_type, 'application/json', "IN8: $path as JSON is called so";
}
for my $id (sort keys %ready) {
    my $r = $d->get("/paperwork/$id/export");
    is $r->content_type, 'application/fhir+json', 'IN8: an export is FHIR';
    like $r->header('Content-Disposition'), qr/^attachment; filename="paperwork-[\w-]{22}\.json"$/, 'IN8: and a download';
    inert($r, 'export');
}
is join("\n", @broken), '', "IN8: $pages pages with probes are inert";
cmp_ok scalar keys %seen, '>', 30, 'IN8: whose text they show';
my @never = grep { !$seen{$_} && !/password|^to$|^lobby password$|email$|of two$/ } sort keys %typed;
is join(', ', @never), '', 'IN7: each was shown as it was typed';
cmp_ok scalar $t->database->tables, '>', 10, 'IN7: the tables are there';

# --- mails ----------------------------------------------------------------------------------------------------------

$links->ask('/forgot', $case->{number}, 'xss@example.org');
my @mails = $t->mails;
cmp_ok scalar @mails, '>=', 2, 'mails';
for my $m (@mails) {
    my ($head) = $m->{raw} =~ /^(.*?)\r?\n\r?\n/s;
    unlike $m->html, qr/<xss/, 'TK17: no probe in the HTML of ' . $m->subject;
    like $m->html, qr/&lt;xss-name&gt;/, 'TK17: the name of the hospital is text';
    unlike $m->{raw} . $m->text . $m->html, qr/xss-p\d/, 'TK17: nobody and nothing of the record';
    is scalar(() = $head =~ /^(?:To|From|Subject|Date|Message-ID):/mgi), 5, 'TK8: each header once';
    unlike $head, qr/^(?:Cc|Bcc):/mi, 'TK8: one recipient';
    unlike $head, qr/[^\x09\x0a\x0d\x20-\x7e]/, 'TK8: headers are ASCII';
    is scalar(grep { length > 998 } split /\r?\n/, $m->{raw}), 0, 'TK8: no line is too long';
}

# --- canaries: logs, database, journal ----------------------------------------------------------------------------------

my $logs = join '', map { PortalServer::slurp($_) } glob $t->file('logs') . '/*.log';
unlike $logs, qr/xss-p\d|xss@|\Q$good\E/, 'LG6: nothing typed is in a log';
my %kept = ('the database' => $t->database->bytes);
my @sealed = grep { /^answer/ && $seen{$_} } sort keys %typed;
cmp_ok scalar @sealed, '>', 10, 'LG6: there are answers';
for my $file (sort keys %kept) {
    my $name = $file =~ s{.*/}{}r;
    my @found = grep { my ($own) = $typed{$_} =~ /(xss-p\d+)/; index($kept{$file}, $own) >= 0 } @sealed;
    is "@found", '', "LG6: no answer in $name";
    unlike $kept{$file}, qr/\Q$good\E/, "LG6: no password in $name";
    my @secrets = map { $_->path // () } @mails;
    is scalar(grep { my $token = s{.*/}{}r; index($kept{$file}, $token) >= 0 } @secrets), 0, "LG6, TK2: no link in $name";
    is scalar(grep { my ($words) = $_->subject; index($kept{$file}, $words) >= 0 } @mails), 0, "LG6: no mail in $name";
}
my @cookies = map { $_->{value} } $p->cookies, $d->cookies;
is scalar(grep { my $c = $_; length $c > 20 && grep { index($_, $c) >= 0 } $logs, values %kept } @cookies), 0,
    'LG6: no cookie in a log or in the database';
for my $slip (@slips) {
    my @ways = ($slip, $slip =~ s/[ -]//gr);
    is scalar(grep { my $text = $_; grep { index($text, $_) >= 0 } @ways } $logs, values %kept), 0,
        'LG6: no password of a slip in a log or in the database';
}
my $in_tmp = grep { my $f = $_; -f $f && (stat _)[9] > $^T && PortalServer::slurp($f) =~ /xss-p\d/ } glob $t->file('logs') . '/*/*';
is $in_tmp, 0, 'LG6: nor in a file beside the logs';
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
$t->stop;
done_testing;

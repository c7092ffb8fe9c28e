# SPDX-License-Identifier: Apache-2.0
#
# What the portal has not, tried all the same: tens of thousands of sources, an address that patients change, staff
# that raise themselves or touch the trail, a right for emergencies, files that are sent, formulas in exports, old
# versions of TLS, a trail that is switched off. (security.md BF10, TK14, AZ4, AZ8, IN11, IN12, HD7, LG5)
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Routes;
use PortalTest::Tab;
use Time::HiRes qw(time);

my $formula = q{=cmd|' /C calc'!A0};
my $t = PortalTest->start(
    portal => { PortalLobbyFrom => '127.0.0.0/8', PortalPasswordHash => '2 19M' },
    csv    => "mrn,family,given,birth_date,email,case_number\n1,$formula,+Ann,1980-01-02,,C-1\n2,Roe,\@Tim,1990-07-08,,C-2\n",
);
my $desk = $t->desk;
my $good = 'heron lagoon tundra';
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1', 'ann@example.org');
my $ann  = $tab->signed_in('C-1', $good);
my $id   = $tab->id;

sub paper () { return $t->sql("SELECT id FROM assignment WHERE binder_id = '$id' ORDER BY id")->[0]{id} }

sub path_of ($route) {
    my ($case, $paper) = ($tab->case('C-1'), paper());
    return ($route->{mount} eq 'DESK' ? '/desk' : '/portal')
        . $route->{path} =~ s{/binders/\{id\}}{/binders/$id}r =~ s{/cases/\{id\}}{/cases/$case}r =~ s{\{id\}}{$paper}gr =~ s{\{token\}}{'A' x 43}er;
}

sub audit_rows () { return $t->sql('SELECT COUNT(*) AS n FROM audit')->[0]{n} }

# --- BF10: 70,000 sources ---------------------------------------------------------------------------------------

{
    my $now  = int($t->now * 1_000_000);
    my $n    = 0;
    my $rows = sub ($how_many) {
        join ',', map { $n++; sprintf "('signin', 'x%d', '198.%d.%d.0/24', 2, %d)", $n, $n >> 8 & 255, $n & 255, $now } 1 .. $how_many;
    };
    $t->sql('INSERT INTO throttle (scope, account, source, failures, last_failure) VALUES ' . $rows->(2000)) for 1 .. 35;
    is $t->sql('SELECT COUNT(*) AS n FROM throttle')->[0]{n} >= 70_000, 1, 'BF10: 70,000 sources have failed';
    my $begin = time;
    my @code  = map { $t->patient(from => '127.0.77.1')->form('/login', { case_number => 'C-2', password => "wrong $_" })->code } 1 .. 6;
    cmp_ok time - $begin, '<', 20, 'BF10: an answer takes no longer for that';
    is_deeply [ @code[ 0 .. 2 ], $code[-1] ], [ 422, 422, 422, 429 ], 'BF10: and who fails waits as ever';
    $t->clock('+8035200');
    $t->wait_for('the faded counts to be gone', sub { $t->sql("SELECT COUNT(*) AS n FROM throttle WHERE account LIKE 'x%'")->[0]{n} == 0 }, 60);
    pass 'BF10: what has faded is taken away';
    $ann = $t->patient;
    is $ann->form('/login', { case_number => 'C-1', password => $good })->code, 303, 'and others sign in';
}

# --- TK14: a patient's address -------------------------------------------------------------------------------------

my @post = grep { $_->{method} eq 'POST' } PortalTest::Routes->all;
{
    my $record = sub { my ($row) = @{ $t->sql("SELECT b.email AS e, b.phone AS p, b.family AS f, b.birth_date AS d FROM binder b WHERE b.id = '$id'") };
        join '|', map { $_ // '' } @$row{qw(e p f d)} };
    my $before = $record->();
    my %other  = (email => 'eve@example.com', phone => '555', family => 'Eve', birth_date => '1999-01-01', email_address => 'eve@example.com',
        mail => 'eve@example.com', address => 'eve@example.com');
    my %code;
    for my $route (grep { $_->{mount} eq 'PORTAL' && $_->{roles}{P} && $_->{path} !~ m{^/(?:logout|lobby)} } @post) {
        my $r = $ann->post(path_of($route), { %other, once => 'x' });
        $code{ $r->code }++;
        $ann->form('/login', { case_number => 'C-1', password => $good }) if $ann->get('/')->code != 200;
    }
    is $record->(), $before, 'TK14: no page of a patient takes another address, name or date: ' . join ' ', map {"$_ x $code{$_}"} sort keys %code;
    is scalar(grep { $_->to =~ /eve/ } $t->mails), 0, 'TK14: and nothing is mailed there';
}

# --- AZ4: staff and the trail --------------------------------------------------------------------------------------

{
    my $nurse = $t->desk('nurse');
    for my $method (qw(PUT DELETE PATCH)) {
        is $nurse->send($method, $t->url($_))->code, 405, "AZ4: $method $_" for '/desk/audit', "/desk/binders/$id/timeline";
    }
    my @trail = map { join '|', map { $_ // '' } @$_{qw(seq mac)} } @{ $t->sql('SELECT seq, mac FROM audit ORDER BY seq') };
    my %right = (role => 'admin', user => 'nurse', staff => 'frontdesk', admin => 1, roles => 31, actor => 'frontdesk', seq => 1, delete => 1);
    $nurse->post($_, \%right) for '/desk/audit', "/desk/binders/$id/edit", "/desk/binders/$id/portal/edit";
    my @now = map { join '|', map { $_ // '' } @$_{qw(seq mac)} } @{ $t->sql('SELECT seq, mac FROM audit ORDER BY seq') };
    is_deeply [ @now[ 0 .. $#trail ] ], \@trail, 'AZ4: the trail only grows';
    is_deeply [ grep { $_->{actor} ne 'nurse' } @{ $t->sql("SELECT actor FROM audit WHERE seq > " . @trail . " AND actor_kind = 'desk'") } ], [],
        'AZ4: in the name that httpd knows her by';
    is_deeply [ grep { $_->{path} =~ /user|role|staff|right|admin/ } PortalTest::Routes->all ], [], 'AZ4: no address is about rights';
    is $t->portalctl(qw(audit verify))->{exit}, 0, 'AZ4: the trail is whole';
}

# --- AZ8: in an emergency --------------------------------------------------------------------------------------------

{
    my $nurse = $t->desk('nurse');
    is $nurse->get("/binders/$id")->code, 200, 'AZ8: whoever is at the desk opens any record at once';
    my ($row) = @{ $t->sql('SELECT actor, action, binder_id, result FROM audit ORDER BY seq DESC LIMIT 1') };
    is "$row->{actor} $row->{binder_id} $row->{result}", "nurse $id ok", 'AZ8: the look is in the trail, with her name';
    like $ann->get('/security/looks')->text, qr/nurse/, 'AZ8: and the patient can see it';
    is $t->patient->send('GET', $t->url("/desk/binders/$id"))->code, 401, 'AZ8: nobody else does';
    $t->expect_log(qr/AH01618|AH01617|client denied/);
}

# --- IN11: files --------------------------------------------------------------------------------------------------------

{
    my $token = $ann->csrf_token;
    my $svg   = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">upload-canary</svg>';
    my @file  = map { ($_, "x/../../$_") } 'a.svg', 'a.html', 'a.zip', '.htaccess';
    my %code;
    for my $route (@post) {
        my $who  = $route->{mount} eq 'DESK' ? $desk : $ann;
        my $name = $file[ $code{all}++ % @file ];
        my $body = join "\r\n", '--x', 'Content-Disposition: form-data; name="csrf_token"', '', $who->csrf_token // '', '--x',
            qq(Content-Disposition: form-data; name="file"; filename="$name"), 'Content-Type: image/svg+xml', '', $svg, '--x--', '';
        $code{ $who->send('POST', $t->url(path_of($route)), headers => { 'Content-Type' => 'multipart/form-data; boundary=x' }, body => $body)->code }++;
    }
    is $code{415} + ($code{404} // 0), $code{all}, 'IN11: no address takes a file' or diag explain \%code;
    cmp_ok $code{415}, '>', 30, 'IN11: of those that are there';
    my @kept = grep { -f && !/\.log\z/ && PortalServer::slurp($_) =~ /upload-canary/ } map { glob "\Q$_\E/* \Q$_\E/.h*" } $t->dir, $t->file('logs'), $t->file('app'), $t->file('mail');
    is_deeply \@kept, [], 'IN11: nothing of it is kept';
    unlike $t->database->bytes, qr/upload-canary/, 'IN11: nor in the database';
}

# --- IN12: formulas ------------------------------------------------------------------------------------------------------

{
    my (%type, @bare);
    for my $route (grep { $_->{method} eq 'GET' && $_->{mount} eq 'DESK' } PortalTest::Routes->all) {
        my $r = $desk->get(path_of($route));
        my $type = $r->content_type;
        next if !length $r->content;
        $type{$type}++;
        push @bare, "$route->{path} $type " . $r->code . ' ' . substr $r->decoded_content, 0, 60 if $type =~ /csv|excel|spreadsheet|tab-separated|text\/plain/ || ($r->header('X-Content-Type-Options') // '') ne 'nosniff';
    }
    ok $type{'text/html'}, 'IN12: pages';
    is_deeply \@bare, [], 'IN12: none that a spreadsheet would open: ' . join ' ', sort keys %type;
    is $t->portalctl('export', '--out', $t->file('export'), '--binder', '1')->{exit}, 0, 'IN12: an export';
    my @files = grep { -f } glob $t->file('export') . '* ' . $t->file('export') . '/*';
    ok @files > 0, 'IN12: is there';
    is_deeply [ grep { !/\.(?:ndjson|json)\z/ && PortalServer::slurp($_) !~ /\A\s*\{/ } @files ], [], 'IN12: JSON alone';
    ok scalar(grep { index(PortalServer::slurp($_), $formula) >= 0 } @files), 'IN12: in which the name stands as it was typed';
}

# --- HD7: TLS -----------------------------------------------------------------------------------------------------------

for my $version (qw(1 1_1 1_2 1_3)) {
    my $said = PortalServer::command('openssl', 's_client', '-connect', '127.0.0.1:' . $t->port, "-tls$version", '-cipher', 'ALL:@SECLEVEL=0');
    my $open = $said->{out} =~ /^\s*Cipher\s*:\s*(?!0000)\S|^New, TLSv1\.[23], Cipher is [A-Z]/m ? 1 : 0;
    is $open, $version =~ /^1_[23]$/ ? 1 : 0, "HD7: TLS $version " . ($open ? 'is spoken' : 'is not');
}
like PortalServer::slurp('conf/portal.conf'), qr/^#?\s*SSLProtocol -all \+TLSv1\.2 \+TLSv1\.3$/m, 'HD7: as conf/portal.conf has it';

# --- LG5: the trail switched off -----------------------------------------------------------------------------------------

for my $way ('PortalFeature audit off', 'PortalAudit off', 'PortalFeature trail off') {
    my ($name, @rest) = split / /, $way;
    $t->set(portal => { PortalLobbyFrom => '127.0.0.0/8', PortalPasswordHash => '2 19M', $name => "@rest" });
    is $t->httpd_t->{exit}, 1, "LG5: there is no '$way'";
}
$t->set(level => 'emerg', portal => { PortalLobbyFrom => '127.0.0.0/8', PortalPasswordHash => '2 19M',
    PortalFeature => [ map {"$_ off"} qw(lobby registration paperwork json) ] });
$t->graceful;
my $rows = audit_rows();
$t->patient(from => '127.0.88.1')->form('/login', { case_number => 'C-2', password => 'wrong' });
is audit_rows(), $rows + 1, 'LG5: with all parts and all logs off there is a row all the same';
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Bad input at every form and its JSON twin, made from the FORM rows of src/routes.def: a field
# that is missing, sent twice, empty, too long, malformed, of a wrong type; a body that is too
# large, not JSON, of another kind. Each gets 400, 413, 415 or 422 with a page or a problem document that
# names the field; what was typed is kept, but never a password; nothing is stored. (security.md IN2, IN5)
use lib 't/lib';
use PortalTest;
use PortalTest::Routes;
use PortalTest::Tab;
use PortalTest::Totp;
use Digest::SHA qw(sha256_hex);
use JSON::PP    ();
use v5.36;

my $t = PortalTest->start(host => 'localhost', portal => { PortalLobbyFrom => '127.0.0.0/8' }, csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Álvarez,Ana,1970-01-02,ana@example.org,A-1,Knee
2,Brown,Bob,1971-02-03,bob@example.org,B-1,Hip
3,Chen,Cai,1972-03-04,cai@example.org,C-1,Eye
4,Doe,Dan,1973-04-05,dan@example.org,D-1,Arm
5,Eck,Eva,1974-05-06,eva@example.org,E-1,Ear
CSV
my $SECRET = 'canary password never shown';

# --- who sends it, and where ---------------------------------------------------------------------

my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk) } 1 .. 5;
my %number = (1 => 'A-1', 2 => 'B-1', 3 => 'C-1', 4 => 'D-1', 5 => 'E-1');
$tab{$_}->open($number{$_}, "p$_\@example.org") for 1 .. 5;

sub sign_in ($mrn, $password) {
    my $c = $t->patient;
    my $r = $c->form('/login', { case_number => $number{$mrn}, password => $password });
    is $r->code, 303, "$number{$mrn} signs in";
    return $c;
}

# A browser that has come by the newest mailed link of this kind.
sub by_link ($kind) {
    my $c = $t->patient;
    my ($link) = grep {defined} map { $_->path(qr{/\Q$kind\E/}) } reverse $t->mails;
    is $c->get($link)->code, 303, "$kind: the link is open";
    return $c;
}

my $own     = 'violets in the morning rain';
my $patient = sign_in(1, $tab{1}->register);
is $patient->form('/password', { new_password => $own, new_password_again => $own })->code, 303,
    'a password of her own';
is $tab{3}->act('/invitation')->code, 303, 'an invitation';
is $t->patient->form('/forgot', { case_number => 'A-1', email => 'p1@example.org' })->code, 303,
    'a forgotten password';
$t->wait_for('both mails', sub { 2 <= grep { $_->path } $t->mails });
PortalTest::Totp->set_up($t, $tab{5}->signed_in('E-1', $own), $own);
my $half = sign_in(5, $own);
$half->get('/login/code');
is $patient->form('/security/factor', { password => $own })->code, 303, 'an app is being set up';
is $patient->form('/security/factor', { password => $own }, button => 'Add a passkey')->code, 303, 'and a passkey';
my %by_path = (
    '/register/finish' => by_link('register'),
    '/reset/finish'    => by_link('reset'),
    '/password'        => $patient,
    '/login/code'      => $half,
    '/login/recovery'  => $half,
);
my $lobby = $t->patient;
is $lobby->form('/lobby', { case_number => 'D-1', lobby_password => $tab{4}->lobby_password })->code,
    303, 'a lobby session';

my $todo = $t->sql("SELECT id FROM assignment WHERE binder_id = '" . $tab{1}->id . "'");
sign_in(1, $own);
my ($other) = grep { !$_->{current} } @{ $patient->json('GET', '/security')->data->{sessions} };
my %id   = (passkeys => 'A' x 22, sessions => $other->{id}, binders => $tab{1}->id, cases => $tab{1}->case('A-1'), paperwork => $todo->[0]{id});

sub path_of ($route) {
    my @names = $route->{path} =~ m{/(\w+)/\{id\}}g;
    return $route->{path} =~ s/\{id\}/$id{shift @names}/gr;
}

sub client_of ($route) {
    return $desk if $route->{mount} eq 'DESK';
    return $by_path{ $route->{path} } // ($route->{roles}{V} ? $t->patient
        : $route->{roles}{P} ? $patient : $lobby);
}

# Where we are, and the name of the first question on that page.
my ($where, $question);

sub name_of ($f) { return $f->{kind} eq 'OPEN' ? $question : $f->{name} }

# --- what is sent --------------------------------------------------------------------------------

# Bytes as they go on the wire: values are raw, '%' only where it is meant.
sub encoded ($value) {
    utf8::encode($value) if utf8::is_utf8($value);
    return $value =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ger;
}

# What each field holds while another one is bad: something that is known again when it is shown.
sub typed ($field) {
    return $field->{name} eq 'version' ? '1' : $field->{kind} eq 'NUMBER' ? '1'
        : $field->{kind} eq 'FLAG'   ? '1'
        : $field->{kind} eq 'SECRET' ? $SECRET
        : $field->{kind} =~ /^IDS?$/ ? $id{cases}
        : $field->{kind} eq 'OPEN'   ? undef
        : "typed $field->{name} <ü>" =~ s/^(.{1,$field->{most}}).*/$1/r;
}

# [ what, bytes of the field's pairs, status ]: name=value as the wire has it.
sub bad_pairs ($f) {
    my ($name, $kind) = (name_of($f), $f->{kind});
    my @bad = map { [ $_->[0], "$name=$_->[1]", 400 ] } [ 'not UTF-8', '%ff' ],
        [ 'overlong', '%c0%af' ], [ 'a surrogate', '%ed%a0%80' ], [ 'cut off', 'x%c3' ],
        [ 'NUL', 'a%00b' ], [ 'no hex', '%zz' ];
    push @bad, [ 'twice', "$name=1&$name=1", 400 ] if $kind !~ /^(?:IDS|OPEN)$/;
    push @bad, [ 'missing', '', 422 ], [ 'empty', "$name=", 422 ] if $f->{required};
    push @bad, [ 'too long', "$name=" . 'x' x ($f->{most} + 1), 422 ]
        if $kind =~ /^(?:LINE|LINES|SECRET)$/;
    push @bad, [ 'runs backwards', "$name=a%e2%80%aeb", 400 ], [ 'a control', "$name=a%07b", 400 ]
        if $kind =~ /^LINES?$/;
    push @bad, [ 'two lines', "$name=a%0d%0ab", 400 ] if $kind eq 'LINE';
    push @bad, [ 'no id', "$name=..%2f..%2f", 400 ], [ 'too long', "$name=" . 'A' x 23, 400 ]
        if $kind =~ /^IDS?$/;
    push @bad, [ 'too many', join('&', ("$name=$id{cases}") x ($f->{most} + 1)), 400 ] if $kind eq 'IDS';
    push @bad, [ 'neither 1 nor nothing', "$name=yes", 400 ] if $kind eq 'FLAG';
    push @bad, map { [ "the number $_", "$name=" . encoded($_), 400 ] } '-1', '1.5', '1e3', 'x', '9' x 16
        if $kind eq 'NUMBER';
    return @bad;
}

# [ what, JSON text of the value, status ]
sub bad_values ($f) {
    my $kind = $f->{kind};
    my @bad  = ([ 'an object', '{"a":"b"}', 400 ], [ 'NUL', '"a\u0000b"', 400 ]);
    push @bad, [ 'a list of lists', '[["a"]]', 400 ];
    push @bad, [ 'a list', '["a"]', 400 ] if $kind !~ /^(?:OPEN)$/;
    push @bad, [ 'a number', '4711', 400 ], [ 'true', 'true', 400 ], [ 'false', 'false', 400 ]
        if $kind =~ /^(?:LINE|LINES|SECRET|ID|IDS)$/;
    push @bad, [ 'a fraction', '1.5', 400 ], [ 'true', 'true', 400 ], [ 'a word', '"x"', 400 ]
        if $kind eq 'NUMBER';
    push @bad, [ 'two', '2', 400 ], [ 'a word', '"true"', 400 ] if $kind eq 'FLAG';
    push @bad, [ 'too long', '"' . 'x' x ($f->{most} + 1) . '"', 422 ]
        if $kind =~ /^(?:LINE|LINES|SECRET)$/;
    push @bad, [ 'runs backwards', '"a\u202eb"', 400 ] if $kind =~ /^LINES?$/;
    push @bad, [ 'null', 'null', 422 ] if $f->{required};
    return @bad;
}

# --- what comes back -----------------------------------------------------------------------------

sub shows_it ($r, $f, $status, $what, $fields) {
    my $name = name_of($f);
    my $page = $r->decoded_content;
    my @wrong;
    push @wrong, 'status ' . $r->code . ", not $status" if $r->code != $status;
    push @wrong, 'no error summary' if $page !~ /nhsuk-error-summary/;
    push @wrong, 'the summary leads nowhere'
        if grep { $page !~ /\bid="\Q$_\E"/ } $page =~ /href="#(field-[^"]+)"/g;
    push @wrong, 'the field is not named'
        if $page !~ /href="#field-\Q$name\E"/ && $page !~ m{>\Q$name\E</span>:};
    push @wrong, 'a password is shown' if $page =~ /\Q$SECRET\E/;
    for my $other (grep { $_ != $f && $_->{kind} =~ /^LINES?$/ } @$fields) {
        my ($control) = $page =~ /(<(?:input|textarea)[^>]*\bname="\Q$other->{name}\E"[^>]*>)/;
        next if !defined $control || $control =~ /type="(?:hidden|radio)"/;
        my $value = typed($other) =~ s/</&lt;/gr =~ s/>/&gt;/gr;
        push @wrong, "what was typed as $other->{name} is lost" if index($page, $value) < 0;
    }
    return ok(!@wrong, "$where, $f->{name}: $what") || diag(join ', ', @wrong);
}

sub tells_it ($r, $f, $status, $what) {
    my $name    = name_of($f);
    my $problem = eval { $r->data } // {};
    my ($error) = grep { $_->{field} eq $name } @{ $problem->{errors} // [] };
    my @wrong;
    push @wrong, 'status ' . $r->code . ", not $status" if $r->code != $status;
    push @wrong, $r->content_type if $r->content_type ne 'application/problem+json';
    push @wrong, 'its status differs' if ($problem->{status} // 0) != $r->code;
    push @wrong, 'no title or type'  if !length($problem->{title} // '') || $problem->{type} !~ /^urn:/;
    push @wrong, 'names no such field' if !$error || !length $error->{detail};
    push @wrong, 'a password is shown' if $r->content =~ /\Q$SECRET\E/;
    return ok(!@wrong, "$where, JSON, $f->{name}: $what") || diag(join ', ', @wrong);
}

# All that is kept, but for the trail, attempts, and signs of life.
sub kept () {
    my $dump = '';
    for my $table ($t->database->tables) {
        next if $table =~ /^(?:audit|audit_head|throttle|session|once)$/;
        $dump .= "$table: " . JSON::PP->new->canonical->encode($t->sql("SELECT * FROM $table ORDER BY 1")) . "\n";
    }
    return $dump;
}

my %FORM = ('Content-Type' => 'application/x-www-form-urlencoded');

sub post ($c, $path, $body, %headers) {
    return $c->send('POST', $path, body => $body, headers => { %FORM, %headers });
}

sub json ($c, $path, $body, %headers) {
    return $c->json('POST', $path, $body, %headers);
}

sub try_field ($c, $path, $f, $fields) {
    my @others = grep { $_ != $f && defined typed($_) } @$fields;
    my $rest = join '&', 'csrf_token=' . encoded($c->csrf_token),
        map { "$_->{name}=" . encoded(typed($_)) } @others;
    for my $bad (bad_pairs($f)) {
        shows_it(post($c, $path, "$rest&$bad->[1]"), $f, $bad->[2], $bad->[0], $fields);
    }
    my $text = join ',', map { JSON::PP->new->allow_nonref->encode($_->{name}) . ':'
            . JSON::PP->new->utf8->allow_nonref->encode(typed($_)) } @others;
    my $name = name_of($f);
    for my $bad (bad_values($f)) {
        my $body = "{$text" . (length $text ? ',' : '') . "\"$name\":$bad->[1]}";
        tells_it(json($c, $path, $body), $f, $bad->[2], $bad->[0]);
    }
    return;
}

sub refused ($r, $status, $what) {
    my $json = $r->content_type eq 'application/problem+json';
    my $says = $json ? length($r->data->{title} // '') : $r->content_type eq 'text/html' && $r->text =~ /\w/;
    return ok($r->code == $status && $says, "$where: $what")
        || diag($r->status_line, ' ', $r->content_type);
}

sub try_body ($c, $path, $route) {
    my $token = 'csrf_token=' . encoded($c->csrf_token);
    my $limit = $route->{flags} =~ /PORTAL_LARGE/ ? 1024 * 1024 : 64 * 1024;
    my %json  = ('Content-Type' => 'application/json', Accept => 'application/json',
        'X-CSRF-Token' => $c->csrf_token);
    refused(post($c, $path, "$token&x=" . 'x' x $limit), 413, 'a body over the limit');
    refused(post($c, $path, '{"x":"' . 'x' x $limit . '"}', %json), 413, 'JSON over the limit');
    refused(post($c, $path, $token, 'Content-Type' => $_ ), 415, "content type $_")
        for 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded2';
    refused(post($c, $path, $token, 'Content-Type' => undef), 415, 'no content type');
    refused(post($c, $path, "$token&%ff=1"), 400, 'a name that is not UTF-8');
    refused(post($c, $path, "$token&z=%00"), 400, 'NUL in a field that nobody asked for');
    refused(post($c, $path, join('&', $token, map {"f$_=1"} 1 .. 4000)), 400, 'too many fields')
        if $limit > 64 * 1024;
    refused(post($c, $path, $_->[1], %json), 400, "JSON: $_->[0]") for
        [ 'no JSON', 'case_number=A-1' ], [ 'cut off', '{"a":"b"' ], [ 'a list', '["a"]' ],
        [ 'a string', '"a"' ], [ 'a number', '1' ], [ 'null', 'null' ], [ 'two objects', '{}{}' ],
        [ 'a name twice', '{"a":"1","a":"2"}' ], [ 'not UTF-8', "{\"a\":\"\xff\"}" ],
        [ 'half a pair', '{"a":"\ud800"}' ], [ 'too deep', '[' x 5000 ], [ 'UTF-16', "\xff\xfe{\0}\0" ];
    return;
}

# --- all of it -----------------------------------------------------------------------------------

my $before = kept();
my $tried  = 0;
for my $route (grep { $_->{method} eq 'POST' } PortalTest::Routes->all) {
    next if $route->{path} =~ m{^/(?:logout|lobby/finish)$};
    my $path   = path_of($route);
    my $c      = client_of($route);
    my @fields = PortalTest::Routes->fields($route->{form});
    $where = "$route->{mount} $route->{path}";
    ($question) = $c->get($path)->decoded_content =~ /name="(a\.[^"]+)"/ if grep { $_->{kind} eq 'OPEN' } @fields;
    try_field($c, $path, $_, \@fields) for @fields;
    try_body($c, $path, $route);
    $tried++;
    my $after = kept();
    is sha256_hex(Encode::encode('UTF-8', $after)), sha256_hex(Encode::encode('UTF-8', $before)),
        "$where: nothing was stored" or diag first_difference($before, $after);
    $before = $after;
}
cmp_ok $tried, '>', 10, 'every form was tried';

sub first_difference ($one, $other) {
    my @a = split /\n/, $one;
    my @b = split /\n/, $other;
    for my $i (0 .. $#b) {
        return "before $a[$i]\nafter  $b[$i]" if ($a[$i] // '') ne $b[$i];
    }
    return 'rows are missing';
}

# --- everybody is still there --------------------------------------------------------------------

is $patient->get('/')->code, 200, 'the patient is still signed in';
is $lobby->get('/paperwork')->code, 200, 'the lobby session goes on';
is $desk->get('/')->code, 200, 'the desk is served';
is $by_path{'/register/finish'}->form('/register/finish', { case_number => 'C-1', new_password => $own,
    new_password_again => $own })->code, 303, 'the link was not used up by any of it';

$t->stop;
done_testing;

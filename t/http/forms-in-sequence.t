# SPDX-License-Identifier: Apache-2.0
#
# Forms in odd sequences: a visitor, a patient, a tablet in the lobby and the desk wander over links and forms, fill
# in nonsense, leave out, double, cut off, send old forms once more. Whatever comes of it, no answer is a fault of the
# server's, each has the standing headers, and nobody sees what is another's. (security.md MS5)
#
# STEPS=20000 SEED=7 make soak-walk goes on for long, by another dice; the seed of a run is told.
use v5.36;
use lib 't/lib';
use PortalTest;
use PortalTest::Form;
use PortalTest::Tab;
use URI::Escape qw(uri_escape_utf8);

my $steps = $ENV{STEPS} // 160;
my $seed  = $ENV{SEED}  // 1;
srand $seed;
my $t = PortalTest->start(
    portal => { PortalLobbyFrom => '127.0.0.0/8', PortalPasswordHash => '2 19M', PortalThrottle => '10 1s 10s 100' },
    csv    => "mrn,family,given,birth_date,email,case_number\n1,Canarydoe,Ann,1980-01-02,,C-1\n2,Canaryroe,Tim,1990-07-08,,C-2\n",
);
my $good = 'heron lagoon tundra';
my $desk = $t->desk;
my %tab  = map { $_ => PortalTest::Tab->new($t, $_, $desk)->open("C-$_", "p$_\@example.org") } 1, 2;

# Each who: how a session begins, where it may begin, and whose name it must never see.
my %who = (
    visitor => { start => sub { $t->patient }, home => '/login', never => qr/Canary(?:doe|roe)/ },
    patient => { start => sub { $tab{1}->signed_in('C-1', $good) }, home => '/', never => qr/Canaryroe/ },
    tablet  => { home => '/paperwork', never => qr/Canary(?:doe|roe)/, start => sub {
        my $c = $t->patient;
        $c->form('/lobby', { case_number => 'C-2', lobby_password => $tab{2}->lobby_password });
        return $c;
    } },
    desk => { start => sub { $t->desk('nurse') }, home => '/find', never => qr/(?!)/ },
);

my @nonsense = ('', ' ', 'x', '0', '-1', '1', '99999999999999999999', 'x' x 3000, "\x{202e}abc", "\x{0}", "a\r\nb: c", '<script>alert(1)</script>',
    "' OR 1=1 --", '%s%n%x', "\x{1F469}\x{200D}\x{1F469}", '2026-02-30', '1e999', '../../etc/passwd', '{{base}}', 'A' x 22, $tab{1}->id, $tab{2}->id,
    'C-1', 'C-2', "p1\@example.org,p2\@example.org", "\xff\xfe");

sub one_of (@list) { return $list[ int rand @list ] }

sub escaped ($text) { return $text =~ /[\x80-\xff]/ && $text !~ /[^\x00-\xff]/ ? $text =~ s/([^\w])/sprintf '%%%02X', ord $1/ger : uri_escape_utf8($text) }

# The body of a form, mostly as it stands, with some of it spoilt.
sub body_of ($form) {
    my @body;
    for my $pair ($form->pairs({}, one_of(undef, $form->buttons))) {
        my ($name, $value) = @$pair;
        my $dice = rand;
        next if $dice < 0.04 && $name ne 'csrf_token';
        $value = one_of(@nonsense) if $dice > 0.6 && $name ne 'csrf_token';
        $value = $good if $name =~ /password/ && $dice > 0.9;
        push @body, escaped($name) . '=' . escaped($value // '');
        push @body, $body[-1] if $dice > 0.97;
    }
    push @body, one_of('a.1=x', 'email=x', '%zz', '&&', 'confirm=1', 'version=0') if rand() < 0.1;
    return join '&', @body;
}

my (%code, @broken, @old, %asked);

sub look_at ($name, $what, $r) {
    my $text = $r->decoded_content // '';
    $code{ int($r->code / 100) . 'xx' }++;
    my @wrong;
    push @wrong, 'status ' . $r->code if $r->code >= 500;
    push @wrong, 'no policy' if ($r->header('Content-Security-Policy') // '') !~ /frame-ancestors 'none'/ && $r->request->uri->path !~ m{/static/};
    push @wrong, 'another name' if $text =~ $who{$name}{never};
    push @wrong, 'the inside of it' if $text =~ m{\bSELECT\b.*\bFROM\b|/tmp/portal-t-|PTL\d{4}};
    push @broken, "$name, $what: $_" for @wrong;
    return $r;
}

sub begin ($name) {
    my $one = $who{$name};
    $one->{browser} = eval { $one->{start}->() } // $t->patient;
    $one->{page} = look_at($name, $one->{home}, $one->{browser}->get($one->{home}));
    return;
}

# One step: a form that is spoilt, a link, or a form of earlier on.
sub go ($name) {
    my $one = $who{$name};
    my $c   = $one->{browser};
    my ($html, $dice) = ($one->{page}->content_type eq 'text/html', rand);
    my @forms = $html ? grep { lc $_->method eq 'post' && ($_->action !~ /logout|language/ || rand() < 0.1) } PortalTest::Form->all($one->{page}) : ();
    my $r;
    if ($dice < 0.1 && (my $again = one_of(grep { $_->[0] eq $name } @old))) {
        $r = $c->send('POST', $again->[1], body => $again->[2], headers => { 'Content-Type' => 'application/x-www-form-urlencoded' });
        look_at($name, "$again->[1] once more", $r);
    } elsif (@forms && $dice < 0.7) {
        my $form = one_of(@forms);
        my $path = $form->action || $one->{page}->request->uri->path;
        my $body = body_of($form);
        push @old, [ $name, $path, $body ];
        shift @old if @old > 60;
        $asked{$path =~ s{[\w-]{22}}{ID}gr}++;
        $r = look_at($name, "$path with $body", $c->send('POST', $path, body => $body, headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }));
    } else {
        my @links = $html ? grep { defined && m{^/(?:portal|desk)/?} && !m{/static/} } map { $_->attr('href') } $one->{page}->tree->look_down(_tag => 'a') : ();
        my $path = @links ? one_of(@links) : undef;
        return begin($name) if !defined $path;
        $r = look_at($name, $path, $c->get($path));
    }
    $r = look_at($name, 'what follows', $c->get($r->header('Location'))) if $r->code == 303 && ($r->header('Location') // '') =~ m{^(?:https://[^/]+)?/(?:portal|desk)};
    $one->{page} = $r;
    begin($name) if rand() < 0.03 || $r->code >= 400 && rand() < 0.5;
    return;
}

my @names = sort keys %who;
begin($_) for @names;
go(one_of(@names)) for 1 .. $steps;

is_deeply \@broken, [], "MS5: $steps steps by dice $seed" or diag join "\n", map { substr $_, 0, 400 } @broken[ 0 .. ($#broken < 9 ? $#broken : 9) ];
cmp_ok $code{'2xx'} // 0, '>', $steps / 10, 'MS5: pages were seen: ' . join ', ', map {"$code{$_} of $_"} sort keys %code;
cmp_ok scalar keys %asked, '>', 5, 'MS5: many forms were sent';
is $t->portalctl(qw(audit verify))->{exit}, 0, 'MS5: the trail is whole';
is $t->portalctl(qw(check))->{exit} < 2, 1, 'MS5: and the records are well';
$t->expect_log(qr/AH0\d+: .*(?:Invalid|invalid|client denied)/);
$t->stop;
done_testing;

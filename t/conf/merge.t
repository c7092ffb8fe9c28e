# SPDX-License-Identifier: Apache-2.0
#
# Every row of config.def: what the main server says holds in a virtual host, what the host says
# wins, also when that is the default, and a second use in the same host is refused.
use v5.36;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/../lib";
use PortalTest::Directives;

my $check = checker();
my $dir   = $check->dir;

my %unit = (SECONDS => 1, MINUTES => 60, HOURS => 3600, DAYS => 86400);

# Seconds of PORTAL_MINUTES(5), and the time as the dump shows it.
sub seconds ($cell) {
    return $cell =~ /^PORTAL_(\w+)\((\d+)\)$/ ? $2 * $unit{$1} : die "no time: $cell";
}

sub span ($seconds) {
    for (['d', 86400], ['h', 3600], ['min', 60]) {
        my ($name, $size) = @$_;
        return $seconds / $size . $name if $seconds % $size == 0;
    }
    return "${seconds}s";
}

# Two values of each kind as typed, and as shown where that differs.
sub samples ($row) {
    my %sample = (
        TEXT         => ['"One Name"',            '"Zwei Näme"'],
        MAILBOX      => ['a@one.example',         'b@two.example'],
        FILE         => ["$dir/ca.crt",           "$dir/ca2.crt"],
        FOLDER       => ["$dir/theme",            "$dir/conf"],
        SECRET       => ["file:$dir/secret.key",  "file:$dir/secret2.key"],
        FEATURE      => ['off',                   'on'],
        NAMES        => ['one',                   'two three'],
        CIDRS        => ['192.0.2.0/24',          '2001:db8::/56 10.0.0.0/8'],
        RELAY        => ['smtp://one.example:25', "file:$dir/mail"],
        MAIL_TLS     => ['off',                   'required'],
        REGISTRATION => ['invited',               'off'],
        KEEP         => ['90d',                   '10y'],
        SECOND_FACTOR => ['required',             'off'],
        HASH         => ['3 32M',                 '1 128M'],
        THROTTLE     => ['5 2s 30min 50',         '4 3s 1d 99'],
    );
    if ($row->{kind} eq 'NUMBER') {
        return ($row->{low}, $row->{high});
    }
    if ($row->{kind} eq 'SPAN') {
        return map { span($_) } 2 * seconds($row->{low}), seconds($row->{high});
    }
    if ($row->{kind} eq 'URL') {
        return map { "https://portal.example/" . lc($row->{field}) . $_ } 1, 2;
    }
    if ($row->{directive} eq 'PortalExportToken') {
        $check->file("token$_", "abc.$_\n", 0600) for 1, 2;
        return map {"file:$dir/token$_"} 1, 2;
    }
    if ($row->{directive} =~ /^Portal(?:Mail|Export)Login$/) {
        $check->file('login2', "x:y\n", 0600);
        return ("file:$dir/login", "file:$dir/login2");
    }
    return @{ $sample{ $row->{kind} } // die "no samples for $row->{kind}" };
}

# What a row needs beside itself to be no mistake.
my %with = (
    PortalMailRelay        => ['PortalMailFrom a@b.example'],
    PortalMailTLS          => ['PortalMailRelay smtp://127.0.0.1', 'PortalMailFrom a@b.example'],
    PortalMailLogin        => ['PortalMailRelay smtps://r.example', 'PortalMailFrom a@b.example'],
    PortalMailCA           => ['PortalMailRelay smtps://r.example', 'PortalMailFrom a@b.example'],
    PortalPasswordMinLength => ['PortalSecondFactor required'],
    PortalPaperworkDefault => ['PortalForms forms'],
    (map { $_ => ['PortalExport https://ehr.example/fhir'] } qw(PortalExportLogin PortalExportToken PortalExportCA PortalExportSystem)),
    PortalSessionIdle      => ['PortalSessionLifetime 7d'],
    PortalSessionLifetime  => ['PortalSessionIdle 5s'],
    PortalLobbyIdle        => ['PortalLobbyLifetime 12h'],
    PortalLobbyLifetime    => ['PortalLobbyIdle 5s'],
);

sub shown ($typed) {
    return $typed =~ s/^"|"$//gr;
}

my @rows = rows();
cmp_ok scalar @rows, '>', 30, 'config.def is understood';

for my $row (@rows) {
    my ($key, $directive) = @$row{qw(key directive)};
    my @host = ($check->needed($directive => 1), @{ $with{$directive} // [] });
    my ($base, $child) = samples($row);

    my ($code, $said) = $check->check(["$key $base"], [@host, "! $key $child"]);
    my $line = $check->{marked};
    my ($main, $host) = $check->dump($said);
    is $code, 0, "$key: two values are taken" or diag $said;
    is $main->{$key}[0], shown($base), "$key: the main server keeps its own";
    is_deeply $host->{$key}, [shown($child), $line], "$key: a host's own value wins";

    ($code, $said) = $check->check(["! $key $base"], \@host);
    $line = $check->{marked};
    ($main, $host) = $check->dump($said);
    is_deeply $host->{$key}, [shown($base), $line], "$key: a host inherits" or diag $said;

    if (defined $row->{default} && $row->{kind} !~ /^(FILE|FOLDER)$/) {
        my $typed = $row->{kind} eq 'TEXT' ? qq("$row->{default}") : $row->{default};
        ($code, $said) = $check->check(["$key $base"], [@host, "! $key $typed"]);
        $line = $check->{marked};
        ($main, $host) = $check->dump($said);
        is_deeply $host->{$key}, [$row->{default}, $line], "$key: a host sets the default back"
            or diag $said;
    }

    ($code, $said) = $check->check([], [@host, "$key $base", "! $key $base"]);
    my $first = $check->{marked} - 1;
    isnt $code, 0, "$key: twice in a host is refused";
    like $said, qr/line $check->{marked} of \Q$check->{file}\E/, "$key: twice names the line";
    like $said, qr/\Q$key\E is duplicate: it stands on line $first of \Q$check->{file}\E already/,
        "$key: twice names the first line";
}

my ($code, $said) = $check->check([], [$check->needed]);
my ($host) = $check->dump($said);
is $code, 0, 'a host with what is needed' or diag $said;
for my $row (grep { $_->{directive} !~ /^Portal(URL|DeskURL|Secret|Templates|PasswordBlocklist)$/ } @rows) {
    my $default = $row->{default} // ($row->{field} eq 'password_hashers' ? qx(nproc) : 'none');
    chomp $default;
    is_deeply $host->{ $row->{key} }, [$default, 0], "$row->{key}: the default is $default";
}

($code, $said) = $check->check([map { s/portal\.example/inherited.example/r } $check->needed],
    ['DocumentRoot /'], ['PortalContact x']);
my @hosts = $check->dump($said);
is scalar @hosts, 2, 'a host that only inherits is no portal of its own';
is $hosts[1]{PortalURL}[0], 'https://inherited.example/portal', 'one with a directive is';

done_testing;

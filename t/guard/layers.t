# SPDX-License-Identifier: Apache-2.0
#
# Every arrow points down: which floor may include which, and which libraries belong to which floor.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use PortalGuard;

# The floors from below. A file may include its own floor and all below it, but floors of one line
# do not know each other. The names are folders of src, or files there without their ending.
my @FLOORS = (
    [ 'core' ],
    [ 'store', 'remote', 'web' ],
    [ 'app' ],
    [ 'page' ],
    [ 'gate', 'auth', 'job' ],
    [ 'mod_portal' ],
);

# The programs beside the module, which live without httpd.
my %PROGRAM = (
    portalctl => { map { $_ => 1 } qw(portalctl ctl core store remote) },
    ctl       => { map { $_ => 1 } qw(ctl core store remote) },
    hasher    => { map { $_ => 1 } qw(hasher core) },
);

# The other files directly below src (app, config, database, session ...) are what pages are given to
# work with: the floor "app".

my %height;
for my $height (0 .. $#FLOORS) {
    $height{$_} = $height for @{ $FLOORS[$height] };
}

sub floor_of ($path) {
    return 'mod_portal' if $path eq 'mod_portal.c';
    my $inside = $path =~ s{^src/}{}r;
    return $1    if $inside =~ m{^(\w+)/};
    my $name = $inside =~ s/\.\w+$//r;
    return $1    if $name =~ /^(gate|auth|job)(?:_\w+)?$/;
    return $PROGRAM{$name} ? $name : 'app';
}

sub allowed ($from, $to) {
    return $PROGRAM{$from}{$to} if $PROGRAM{$from};
    return 0 if !defined $height{$to};
    return $from eq $to || $height{$to} < $height{$from};
}

my (@up, @unknown, @foreign, %seen);
my $HTTPD = qr/^(?:httpd|http_\w+|ap_\w+|util_\w+|mod_\w+|scoreboard|mpm_common|unixd)\.h$/;
my %LIBRARY = (
    qr/^curl\//        => [qw(remote)],
    qr/^apr_dbd\.h$/   => [qw(store app ctl mod_portal)],
    qr/^sqlite3\.h$/   => [qw(store)],
    qr/^jansson\.h$/   => [qw(core store web app page gate auth job ctl portalctl)],
);

for my $path (sources(qr{^(?:mod_portal\.c|src/.*\.[ch])$})) {
    my $from = floor_of($path);
    $seen{$from}++;
    push @unknown, "$path: no floor for $from in t/guard/layers.t"
        if !defined $height{$from} && !$PROGRAM{$from};
    my $line = 0;
    for my $text (split /\n/, without_comments(slurp($path))) {
        $line++;
        if ($text =~ /^\s*#\s*include\s*"([^"]+)"/) {
            my $header = $1;
            my $near   = $path =~ s{[^/]*$}{}r . $header;
            my $to     = floor_of(-e "src/$header" || !-e $near ? "src/$header" : $near);
            push @up, "$path:$line: $from may not include $header ($to)" if !allowed($from, $to);
        }
        elsif ($text =~ /^\s*#\s*include\s*<([^>]+)>/) {
            my $header = $1;
            push @foreign, "$path:$line: $from knows no httpd: $header"
                if $header =~ $HTTPD && $from =~ /^(?:core|store|remote|ctl|portalctl|hasher)$/;
            for my $pattern (keys %LIBRARY) {
                push @foreign, "$path:$line: $header does not belong to $from"
                    if $header =~ $pattern && !grep { $_ eq $from } @{ $LIBRARY{$pattern} };
            }
        }
    }
}

none('each file stands on a floor', @unknown);
none('includes point down', @up);
none('libraries are met on their own floor only', @foreign);
ok($seen{$_}, "the floor $_ was looked at") for qw(core store web mod_portal);

done_testing;

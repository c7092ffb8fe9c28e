#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl: how it is called, its configuration file, and that wrong use ends with 2.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $c = PortalCtl->new->init;

for my $words ([], ['help'], ['--help'], [ 'import', '--help' ]) {
    my $r = $c->bare(@$words);
    is $r->{exit}, 0, "portalctl @$words ends with 0";
    like $r->{out}, qr/^portalctl .*\bCommands:.*\bimport\b.*\baudit\b/s, 'and tells its commands';
}

my @wrong = (
    [ [qw(nonsense)],                qr/no command 'nonsense'/ ],
    [ [qw(--nonsense check)],        qr/unknown option --nonsense/ ],
    [ [qw(check --from 2026-01-01)], qr/--from does not go with check/ ],
    [ [qw(import)],                  qr/import needs a file/ ],
    [ [ 'import', '/no/such/file' ], qr{/no/such/file: } ],
    [ [ 'import', $c->dir ],         qr/\Q@{[$c->dir]}\E/ ],
    [ [qw(import --paperwork a/b x)], qr/--paperwork/ ],
    [ [qw(check --json=1)],          qr/--json takes no value/ ],
    [ [qw(check --config)],          qr/--config needs a value/ ],
    [ [qw(check --driver= x)],       qr/--driver needs a value/ ],
    [ [qw(audit)],                   qr/audit list, or audit verify/ ],
    [ [qw(audit list --from monday)], qr/--from must be a day/ ],
    [ [qw(audit list --limit 0)],    qr/--limit/ ],
);
for my $one (@wrong) {
    my $r = $c->ctl(@{ $one->[0] });
    is $r->{exit}, 2, "@{$one->[0]}: ends with 2";
    like $r->{err}, $one->[1], 'and says why';
    is $r->{out}, '', 'on the standard error alone';
}

is $c->bare('--params', 'x', '--params', 'y', 'check')->{exit}, 2, 'an option twice';
like $c->bare('check')->{err}, qr/--params is needed/, 'no database is named';
like $c->bare('--params', $c->params, 'import', $c->file('a.csv', "mrn\n1\n"))->{err},
    qr/--secret file:PATH is needed/, 'no secret is named';
like $c->bare('--driver', 'oracle9', '--params', 'x', 'check')->{err},
    qr/--driver oracle9: records are kept with sqlite3, pgsql or mysql/, 'a driver that is not there';
isnt $c->bare('--params', 'file:/no/such/portal.db?mode=rw', 'check')->{exit}, 0,
    'a database that is not there';
ok !-e '/no/such/portal.db', 'which is not made';

# --config
my $config = $c->file('ctl.conf',
    "# a comment\n\n  driver\t" . $c->database->driver . "\nparams " . $c->params . "  \r\nsecret file:"
        . $c->path('secret.key') . "\n");
is $c->bare('--config', $config, 'check')->{exit}, 0, 'all three from a file';
is $c->bare("--config=$config", 'check')->{exit}, 0, '--name=value';
is $c->bare('--config', $config, '--params', 'file:/no/such.db?mode=rw', 'check')->{exit}, 2,
    'the command line comes first';
for my $bad ([ "color red\n", qr/ctl\.bad:1: 'color'/ ], [ "\nparams\n", qr/ctl\.bad:2: params needs/ ]) {
    my $r = $c->bare('--config', $c->file('ctl.bad', $bad->[0]), 'check');
    is $r->{exit}, 2, 'a wrong line of the file ends with 2';
    like $r->{err}, $bad->[1], 'and is named';
}
is $c->bare('--config', '/no/such.conf', 'check')->{exit}, 2, 'no such file';

my $r = $c->bare('--json', 'nonsense');
is +JSON::PP->new->decode($r->{out})->{error}, "there is no command 'nonsense'; see portalctl help",
    'errors stand in the JSON answer too';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# portalctl's manual page and its completion for bash say what the program's own table of commands and
# options says: nothing is missing, nothing stands there that is not so, and mandoc has no complaint.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../conf/run/lib";
use JSON::PP ();
use Test::More;
use PortalServer qw(command slurp);

chdir $PortalServer::ROOT or die "no folder of sources: $!";
my $page       = 'conf/man/portalctl.1';
my $completion = 'conf/completion/portalctl';

my $table = JSON::PP->new->decode(command('build/portalctl', '--json', 'help')->{out});
my %options  = map { $_->{name} => $_ } @{ $table->{options} };
my %commands = map { $_->{name} => $_ } @{ $table->{commands} };
cmp_ok(scalar keys %commands, '>', 10, 'the program tells its commands');
cmp_ok(scalar keys %options, '>', 15, 'and its options');

sub same ($name, $got, $expected) {
    return is(join(' ', sort @$got), join(' ', sort @$expected), $name);
}

sub unique (@list) { my %seen; return grep { !$seen{$_}++ } @list }

# ---- the manual page ----
my $lint = command('mandoc', '-T', 'lint', '-W', 'warning', $page);
is($lint->{out} . $lint->{err}, '', 'mandoc has no complaint');

my $text = slurp($page);
my ($part)  = $text =~ /^\.Sh COMMANDS\n(.*?)^\.Sh /ms;
my ($every) = $text =~ /^\.Ss Options for every command\n(.*?)^\.Sh /ms;
my @items = $part =~ /^\.It Cm (.*)$/mg;
same('the manual page has every command', [ unique(map {/^([\w-]+)/} @items) ], [ keys %commands ]);
same('and every option for all', [ map {"-$_"} $every =~ /^\.It Fl (-[\w-]+)/mg ],
    [ grep { $options{$_}{everywhere} } keys %options ]);
for my $name (sort keys %commands) {
    my $own = join "\n", grep {/^\Q$name\E(?: |$)/} @items;
    same("$name has its own options there", [ unique(map {"-$_"} $own =~ /\bFl (-[\w-]+)/g) ],
        $commands{$name}{options});
}
for my $option (sort keys %options) {
    my $value = $options{$option}{value} // next;
    like($text, qr/Fl \Q@{[substr $option, 1]}\E Ar \Q$value\E/, "$option takes $value");
}
like($text, qr/^\.Dt PORTALCTL 1$/m, 'it is page portalctl(1)');

# ---- completion, asked as bash asks it ----
sub completes (@words) {
    my $done = command('bash', '--norc', '-c',
        '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _portalctl; printf "%s\n" "${COMPREPLY[@]}"',
        $completion, 'portalctl', @words);
    is($done->{err}, '', "bash completes portalctl @words");
    return [ grep {length} split /\n/, $done->{out} ];
}
same('commands', completes(''), [ keys %commands ]);
same('those that begin so', completes('ch'), [ 'check', 'check-forms' ]);
my @everywhere = grep { $options{$_}{everywhere} } keys %options;
same('options for all', completes('--'), \@everywhere);
same("options of $_", completes($_, '--'), [ @everywhere, @{ $commands{$_}{options} } ]) for sort keys %commands;
same('a command behind options', completes(qw(--config x --json au)), ['audit']);
same('words of a command', completes('audit', ''), [qw(list verify)]);
same('values', completes('--driver', 'p'), ['pgsql']);

done_testing;

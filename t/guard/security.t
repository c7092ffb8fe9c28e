# SPDX-License-Identifier: Apache-2.0
#
# t/security.tsv and the tests say the same: each row has a test that names it or a reason, each row that a
# test names stands there, in the order of the groups and once.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../conf/run/lib";
use File::Temp ();
use Test::More;
use PortalGuard;
use PortalServer qw(command);

my $ID = qr/\b(?:AU|EN|BF|PW|TK|SE|CS|AZ|LB|IN|HD|LG|MS)[1-9][0-9]?\b/;
my (%row, @twice);
for my $line (grep { !/^(?:#|$)/ } split /\n/, slurp('t/security.tsv')) {
    my ($id) = split /\t/, $line;
    push @twice, $id if $row{$id}++;
}
cmp_ok(scalar keys %row, '>', 120, 'the table is there');
none('no row twice', @twice);
none('no id of another kind', grep { $_ !~ /\A$ID\z/ } sort keys %row);

my %named;
for my $path (sources(qr{^t/(?:http|conf|ctl|remote|browser|unit|fuzz|soak|guard)/.*\.(?:t|c|mjs|pl)$})) {
    next if $path eq 't/guard/security.t';
    push @{ $named{$_} }, $path for slurp($path) =~ /($ID)/g;
}
none('every row that a test names stands in the table',
    map {"$_ in $named{$_}[0]"} grep { !$row{$_} } sort keys %named);

my $report = command('t/tools/security-report.pl');
is($report->{err}, '', 'each row has a reason, or tests that name it');
is($report->{exit}, 0, 'the report holds');
is(scalar(() = $report->{out} =~ /^\| [A-Z]{2}\d+ \|/mg), scalar keys %row, 'and has all rows');

# A row that does not hold is told.
my $bad = File::Temp->new;
print {$bad} "AU1\tx\t-\t-\t-\nAU2\tx\tMakefile\t-\t-\nAU3\tx\tt/none.t\t-\t-\n";
$bad->flush;
$report = command('t/tools/security-report.pl', "$bad");
is($report->{exit}, 1, 'rows that do not hold end it with 1');
like($report->{err}, qr/AU1 has neither.*AU2: Makefile does not name it.*AU3: there is no/s, 'with the faults');
done_testing;

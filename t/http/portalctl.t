# SPDX-License-Identifier: Apache-2.0
#
# portalctl beside a serving httpd: an import is found at the desk at once, every file beside the
# database stays usable for the children, and the trail of both is one.
use v5.36;
use lib 't/lib';
use PortalTest;

my $HEAD = "mrn,family,given,birth_date,email,case_number\n";
my $t    = PortalTest->start(csv => "${HEAD}M-1,Doe,Ann,1961-04-03,ann\@example.org,C-1\n");
my $desk = $t->desk;

my $csv = $t->file('more.csv');
PortalTest::spew($csv, $HEAD . join '', map { "X$_,Late$_,Comer,1970-01-01,,X-$_\n" } 1 .. 300);
my $r = $t->portalctl('import', $csv);
is $r->{exit}, 0, 'an import beside a serving httpd' or diag $r->{err};

$r = $desk->get('/');
is $r->code, 200, 'the desk answers';
$r = $desk->form('/', { q => 'late150' });
is $r->code, 200, 'Find answers';
like $r->decoded_content, qr/Late150/, 'and finds whom the import brought';

my ($owner) = map { (stat)[4] } $t->file('portal.db');
is join(' ', grep { (stat $_)[4] != $owner && !((stat $_)[2] & 0020) } glob $t->file('portal.db*')), '',
    'nothing beside the database is for somebody else alone';
$r = $t->portalctl('check');
is $r->{exit}, 0, 'check' or diag $r->{out};
$r = $t->portalctl('audit', 'verify');
is $r->{exit}, 0, 'the trail of httpd and portalctl is whole' or diag $r->{err};
my %actions = map { $_->{action} => $_->{actor_kind} } @{ $t->sql('SELECT action, actor_kind FROM audit') };
is "$actions{import} $actions{find}", 'command desk', 'and holds the acts of both';

$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# A database server that ends all connections, as when it is started again: whoever comes next is
# served, nothing is written twice, no child dies. (security.md FI7)
use v5.36;
use lib 't/lib';
use PortalTest;

plan skip_all => 'only with DB=: SQLite has no connections to lose' if PortalTest::Database->is_sqlite;
my $t = PortalTest->start(csv => "mrn,family,given,case_number\n1,Doe,Ann,A-1\n", default_forms => '');
my $desk = $t->desk;

sub count ($table) { return $t->sql("SELECT COUNT(*) AS n FROM $table")->[0]{n} }

for my $round (1 .. 5) {
    is $desk->get('/binders/new')->code, 200, "round $round: the desk works";
    cmp_ok $t->database->cut_off, '>', 0, 'its connections are ended';
    my ($binders, $trail) = (count('binder'), count('audit'));
    my $r = $desk->form('/binders/new', { mrn => "L-$round", family => 'Lost', given => 'Tim' });
    is $r->code, 303, 'the next act is done';
    is count('binder') - $binders, 1, 'once';
    my $page = $t->patient->post('/login', { case_number => 'A-1', password => 'wrong but long enough' });
    like $page->code, qr/^4(?:22|29)$/, 'and a sign-in is looked at';
}
is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
unlike $t->error_log, qr/terminating connection|administrator command|FATAL|server closed/i,
    'no text of the database is in the log';
$t->stop;
done_testing;

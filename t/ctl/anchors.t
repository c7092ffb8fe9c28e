# SPDX-License-Identifier: Apache-2.0
#
# What httpd says of the end of the audit trail shows that the end was cut off, although what is left of it is
# whole in itself. (security.md LG3)
use v5.36;
use lib 't/lib';
use PortalTest;

my $t = PortalTest->start(csv => "mrn,family,given,birth_date,case_number\n1,Doe,Ann,1980-01-02,C-1\n");
my $desk = $t->desk;

sub anchors () {
    my @lines = $t->error_log =~ /PTL0770: (the audit trail ends with row \d+ [0-9a-f]{64})$/mg;
    return @lines;
}


sub verify (@args) { return $t->portalctl('--json', 'audit', 'verify', @args) }
my $log = $t->file('logs/error.log');

$t->wait_for('the first line', sub { anchors() });
my $first = (anchors())[-1];
my ($row) = $first =~ /row (\d+)/;
is $t->sql('SELECT MAX(seq) AS n FROM audit')->[0]{n}, $row, 'it tells of the last row';
my $r = verify('--anchors', $log);
is $r->{exit}, 0, 'the trail holds against it';
like $r->{out}, qr/"anchors": ?1\b/, 'one line was held against';
like $t->portalctl('audit', 'verify', '--anchors', $log)->{out}, qr/the last of row $row$/m, 'in words';

# --- more rows, then the database as it was ---
$desk->json('POST', '/desk/find', { q => 'doe' }) for 1 .. 3;
is scalar(anchors()), 1, 'nothing is said before its time';
$t->database->save($t->file('older.db'));
my $older = $t->sql('SELECT MAX(seq) AS n FROM audit')->[0]{n};
$desk->json('POST', '/desk/find', { q => 'ann' }) for 1 .. 3;
my $newest = $t->sql('SELECT MAX(seq) AS n FROM audit')->[0]{n};
cmp_ok $newest, '>', $older, 'there are more rows';
$t->clock('+901');
$t->wait_for('the second line', sub { anchors() == 2 });
like +(anchors())[-1], qr/row $newest /, 'it tells of the last row again';
is verify('--anchors', $log)->{exit}, 0, 'and the trail holds against both';

my ($hash) = $first =~ /(\w+)$/;
my $other = $t->file('other.log');
PortalServer::spew($other, "noise\n" . $first =~ s/$hash/'0' x 64/er . "\n");
$r = $t->portalctl('audit', 'verify', '--anchors', $other);
is $r->{exit}, 1, 'a line of another trail';
like $r->{err}, qr/row $row, or one before it, is not the one of which line 2 tells/, 'is told';

PortalServer::spew($other, "noise\nthe audit trail ends with row x\nthe audit trail ends with row 1 abc\n" . 'x' x 20_000);
$r = $t->portalctl('audit', 'verify', '--anchors', $other);
is $r->{exit}, 1, 'a file without such lines';
like $r->{err}, qr/no line there says where the trail ended/, 'is told';
$r = $t->portalctl('audit', 'verify', '--anchors', $t->file('none.log'));
is $r->{exit}, 2, 'a file that is not there';
like $r->{err}, qr/none\.log: No such file/, 'is told';

$t->finish;
$t->database->restore($t->file('older.db'));
is verify()->{exit}, 0, 'the older trail is whole in itself';
$r = $t->portalctl('audit', 'verify', '--anchors', $log);
is $r->{exit}, 1, 'but not against the log';
like $r->{err}, qr/row $newest was there when line \d+ was written, and is gone/, 'which names what is gone';
$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# What httpd says of the end of the audit trail shows that the end was cut off, although what is left of it is
# whole in itself, and that nobody else can write such a line. (security.md LG3; ASVS 16.4.1)
use v5.36;
use lib 't/lib';
use MIME::Base64 qw(encode_base64);
use PortalTest;

my $t = PortalTest->start(csv => "mrn,family,given,birth_date,case_number\n1,Doe,Ann,1980-01-02,C-1\n");
my $desk = $t->desk;

sub anchors () {
    my @lines = $t->error_log =~ /PTL0770: (the audit trail ends with row \d+ [0-9a-f]{64} [0-9a-f]{64})$/mg;
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

# --- words of strangers in the log -----------------------------------------------------------------------

my $said = 'the audit trail ends with row 1 ' . '0' x 64;
for my $name ($said, "$said " . '0' x 64, 'the audit trail ends with row 999999 ' . ($first =~ s/.*? row \d+ //r)) {
    my $r = $t->patient->get($t->url('/desk/'), Authorization => 'Basic ' . encode_base64("$name:x", ''));
    is $r->code, 401, 'a stranger at the desk';
}
is scalar(() = $t->error_log =~ /user the audit trail ends/g), 3, 'whose names are lines of the log';
$r = verify('--anchors', $log);
is $r->{exit}, 0, 'and say nothing of the trail';
like $r->{out}, qr/"foreign": ?3\b/, 'they were passed over';
like $t->portalctl('audit', 'verify', '--anchors', $log)->{out}, qr/^passed over 3 lines that look like/m, 'in words';
$t->expect_log(qr/AH01618: user the audit trail ends .* not found/);

my $other = $t->file('other.log');
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
$t->restart;
$desk->json('POST', '/desk/find', { q => 'roe' }) for $older .. $newest + 1;
is verify()->{exit}, 0, 'what was written after it is whole, too';
$r = $t->portalctl('audit', 'verify', '--anchors', $log);
is $r->{exit}, 1, 'but no more than before against the log';
like $r->{err}, qr/row $newest, or one before it, is not the one of which line \d+ tells/, 'which names what is another';
$t->stop;
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl export: files that are whole or not there, one view, in pages, audited first; and what it
# says is what an import takes back. Answers are in t/http/export.t.
use v5.36;
use utf8;
use lib 't/lib';
use IO::Handle ();
use PortalCtl;
use PortalTest::Fhir qw(complaints resources dangling content);
use Time::HiRes qw(sleep time);

my $HEAD = 'mrn,family,given,birth_date,email,phone,language,case_number,case_title,case_start';
my @TYPES = qw(EpisodeOfCare Patient Questionnaire QuestionnaireResponse);

my $c   = PortalCtl->new->init;
my $out = $c->path('out');
is $c->json('import', $c->file('people.csv', <<"END"))->{exit}, 0, 'people';
$HEAD
M-1,O’Brien-Núñez,Ann  Marie,1961-04-03,ann\@example.org,+1 555 0100,en,C-1,Knee,2025-01-02
M-1,O’Brien-Núñez,Ann  Marie,1961-04-03,,,,C 2,"Hip, ""left""",2025-02
M-2,حداد,ليلى,2001-07,,,ar,C-3,,
M-3,,,,,,,C-4,,
M-4,Suharto,,1955,,,,,,
M-5,Doe,Ann,1961-04-03,,,,T1,,
M-5,Roe,Bob,1950-01-01,,,,T2,,
END
# A case whose person is not known, and one that came before the name was changed.
$c->sql("UPDATE patient_case SET family = '', given = '', birth_date = '' WHERE number = 'C-3'");
$c->sql("UPDATE binder SET family = 'New', given = 'Name' WHERE mrn = 'M-3'");
$c->sql("UPDATE binder SET family = '', given = '', birth_date = '' WHERE mrn = 'M-5'");

sub files ($dir) {
    opendir my $in, $dir or return ();
    my @names = sort grep { !/^\.\.?$/ } readdir $in;
    return @names;
}

sub tables () {
    return $c->sql(join '; ', map {"SELECT * FROM $_ ORDER BY 1, 2"} qw(binder patient_case search_word));
}

# ---- files -----------------------------------------------------------------------------------------

my $r = $c->json('export', '--out', $out);
is $r->{exit}, 0, 'exported' or diag explain $r;
is_deeply $r->{exported}, { Patient => 5, EpisodeOfCare => 6, Questionnaire => 0, QuestionnaireResponse => 0 },
    'how many of each';
like $r->{next_since}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'and from when the next one goes on';
is_deeply [ files($out) ], [ map {"$_.ndjson"} @TYPES ], 'a file for each type, and nothing else';
is sprintf('%o', (stat $out)[2] & 07777), '700', 'the folder is its owner’s alone';
is join(' ', map { sprintf '%o', (stat "$out/$_")[2] & 07777 } files($out)), '600 600 600 600', 'the files too';
my @lines = split /\n/, PortalCtl::slurp("$out/Patient.ndjson"), -1;
is scalar @lines, 6, 'one resource a line, the last one ended too';
my @all = resources(glob "$out/*.ndjson");
is_deeply [ dangling(@all) ], [], 'each reference leads to something';
is_deeply [ complaints(glob "$out/*.ndjson") ], [], 'valid, other programs say';
like $c->ctl('audit', 'list', '--limit', '1000')->{out},
    qr/ command .*  export  ok  .*"resources":\{"Patient":5,"EpisodeOfCare":6,/, 'who, what and how many';

$r = $c->json('export', '--out', $out);
is $r->{exit}, 1, 'a second one into the same files is refused';
like $r->{error}, qr{Patient\.ndjson is there already; --overwrite}, 'and says how to have it';
is $c->sql("SELECT COUNT(*) FROM audit WHERE action = 'export'"), 1, 'nothing was exported';
is $c->json('export', '--out', $out, '--overwrite')->{exit}, 0, '--overwrite';
is_deeply [ files($out) ], [ map {"$_.ndjson"} @TYPES ], 'leaves nothing beside them';
is $c->json('export', '--out', $c->path('people.csv'))->{exit}, 1, 'a file where a folder should be';
is $c->json('export', '--out', $c->path('no/such'))->{exit}, 1, 'a folder in a folder that is not there';
mkdir $c->path('b.json') or die $!;
is $c->json('export', '--format', 'bundle', '--overwrite', '--out', $c->path('b.json'))->{exit}, 1,
    'a folder where a file should be';
ok -d $c->path('b.json'), 'which stays';
symlink $c->path('people.csv'), $c->path('link') or die $!;
is $c->json('export', '--format', 'bundle', '--overwrite', '--out', $c->path('link'))->{exit}, 1, 'a link';
like PortalCtl::slurp($c->path('people.csv')), qr/^mrn/, 'is not followed';

# ---- standard output, Bundle ---------------------------------------------------------------------------

$r = $c->ctl('export');
is $r->{exit}, 0, 'to the standard output';
is $r->{out}, join('', map { PortalCtl::slurp("$out/$_.ndjson") } qw(Patient EpisodeOfCare)),
    'all types, people first, and nothing else';
is $r->{err}, '', 'nor on the other';
my $bundle = $c->path('bundle.json');
is $c->json('export', '--format', 'bundle', '--out', $bundle)->{exit}, 0, 'a Bundle';
is_deeply [ sort { $a->{id} cmp $b->{id} } resources($bundle) ], [ sort { $a->{id} cmp $b->{id} } @all ],
    'holds the same';
is_deeply [ complaints($bundle) ], [], 'and is valid';
my $made = JSON::PP->new->decode(PortalCtl::slurp($bundle));
is $made->{type}, 'collection', 'a collection';
is scalar(grep { $_->{fullUrl} =~ m{/\Q$_->{resource}{resourceType}/$_->{resource}{id}\E$} } @{ $made->{entry} }),
    11, 'each entry under an address of its own';

# ---- what it says is what an import takes ----------------------------------------------------------------

my $before = tables();
for my $what ([ glob "$out/*.ndjson" ], [$bundle], [ $c->file('all.ndjson', $r->{out}) ]) {
    $r = $c->json('import', @$what);
    is $r->{exit}, 0, 'an import of it' or diag explain $r;
    is_deeply [ @{ $r->{imported}{binders} }{qw(new changed same)}, @{ $r->{imported}{cases} }{qw(new changed same)} ],
        [ 0, 0, 5, 0, 0, 6 ], 'changes nothing';
    is_deeply $r->{warnings}, [], 'without a warning';
    is tables(), $before, 'at all';
}
my $other = PortalCtl->new->init;
$r = $other->json('import', glob "$out/*.ndjson");
is $r->{exit}, 0, 'an import into an empty database' or diag explain $r;
is $other->json('export', '--out', $other->path('out'))->{exit}, 0, 'and exported from there';
is_deeply content(resources(glob $other->path('out') . '/*.ndjson')), content(@all), 'is the same content';
is $other->sql("SELECT family, given, birth_date FROM patient_case WHERE number IN ('T2', 'C-3') ORDER BY number"),
    "||\nRoe|Bob|1950-01-01", 'cases keep whom they came with';

# ---- of one binder, and what changed --------------------------------------------------------------------

sub exported (@options) {
    my $r = $c->json('export', '--out', $out, '--overwrite', @options);
    return $r->{exit} ? $r->{error} : "@{ $r->{exported} }{qw(Patient EpisodeOfCare)}";
}
is exported('--binder', 'M-1'), '1 2', 'one binder with its cases';
is exported('--binder', 'M-9'), 'there is no binder with this mrn', 'or none';
my $t0 = 1_700_000_000;
$c->sql("UPDATE binder SET updated = ${t0}000000; UPDATE patient_case SET updated = ${t0}000000");
is exported('--since', '2023-11-14T22:13:20Z'), '5 6', 'all that changed at a time or after';
is exported('--since', '2023-11-14T23:13:20+01:00'), '5 6', 'in any zone';
is exported('--since', '2023-11-14T22:13:21Z'), '0 0', 'nothing a second later';
is PortalCtl::slurp("$out/Patient.ndjson"), '', 'then the files are empty';
is $c->json('import', glob "$out/*.ndjson")->{exit}, 0, 'which an import takes';
my $empty = $c->path('empty.json');
is $c->json('export', '--since', '2023-11-15', '--format', 'bundle', '--out', $empty)->{exit}, 0, 'an empty Bundle';
is_deeply [ complaints($empty) ], [], 'is valid';
$c->sql("UPDATE patient_case SET updated = updated + 5000000 WHERE number = 'T2'");
is exported('--since', '2023-11-14T22:13:21Z'), '1 1', 'a changed case comes with its patient';
is_deeply [ dangling(resources(glob "$out/*.ndjson")) ], [], 'to whom it leads';
$c->sql("UPDATE binder SET updated = updated + 9000000 WHERE mrn = 'M-1'");
is exported('--since', '2023-11-14T22:13:26Z'), '1 2', 'a changed person with their cases';

# ---- used wrongly ----------------------------------------------------------------------------------------

for my $one (
    [ [qw(export --since yesterday)],          qr/--since must be a day/ ],
    [ [qw(export --since 2026-11-28T10:00:00)], qr/with its zone/ ],
    [ [qw(export --format csv)],               qr/ndjson or bundle/ ],
    [ [qw(export here)],                       qr/--out says where/ ],
    [ [qw(export --json)],                     qr/--json goes with --out/ ],
    [ [qw(export --overwrite)],                qr/--overwrite goes with --out/ ],
    [ [qw(import --out x y)],                  qr/--out does not go with import/ ],
) {
    $r = $c->ctl(@{ $one->[0] });
    is $r->{exit}, 2, "@{ $one->[0] }";
    like $r->{err}, $one->[1], 'says why';
}
$r = $c->bare('help', 'export');
is $r->{exit}, 0, 'help export';
like $r->{out}, qr/^portalctl export .*--since TIME .*--binder MRN .*--overwrite .*Exit: 0 /s, 'tells all of it';
is $c->bare('export', '--help')->{out}, $r->{out}, 'as export --help does';
cmp_ok length((sort { length $b <=> length $a } split /\n/, $r->{out})[0]), '<=', 100, 'in lines of a terminal';
ok !-e '/dev/full' || do {
    system('sh', '-c', join(' ', map {"\Q$_\E"} $c->program, $c->base) . ' export >/dev/full 2>/dev/null') >> 8 == 1
}, 'a full disk ends with 1';

# ---- no audit, no export -----------------------------------------------------------------------------------

$c->database->refuse_rows('audit');
$r = $c->json('export', '--out', $c->path('none'));
is $r->{exit}, 1, 'what cannot be recorded';
like $r->{error}, qr/audit trail cannot be written; nothing was exported/, 'is not exported';
ok !-e $c->path('none'), 'and leaves nothing behind';
is $c->ctl('export')->{out}, '', 'nor on the standard output';
$c->database->take_rows('audit');

# ---- ended half-way ------------------------------------------------------------------------------------------

# While it waits for the lock of writers, which we hold, its files are open. The end of its standard
# error says that the last of its processes is gone. It waits for a second only: a machine that was too
# busy to see that gets another try.
sub end_half_way ($signal) {
    my $open;
    my $lock = $c->database->hold;
    for (1 .. 5) {
        pipe my $err, my $end or die $!;
        my $pid = fork // die $!;
        if (!$pid) {
            open STDERR, '>&', $end or die $!;
            exec $c->program, $c->base, 'export', '--out', $c->path('half') or die $!;
        }
        close $end;
        my $until = time + 10;
        sleep 0.005 while time < $until && ($open = () = files($c->path("half"))) < 4;
        kill $signal, $pid;
        waitpid $pid, 0;
        1 while <$err>;
        last if $open == 4 && $? == { INT => 2, TERM => 15, KILL => 9 }->{$signal};
    }
    return "$open open, then " . (-e $c->path('half') ? join(' ', files($c->path('half'))) : 'none');
}
is end_half_way($_), '4 open, then none', "SIG$_ leaves no half file" for qw(INT TERM KILL);

# ---- one view, in pages ----------------------------------------------------------------------------------------

# Ids have 22 characters.
sub many ($from, $to) {
    my $numbers = "WITH RECURSIVE n(i) AS (SELECT $from UNION ALL SELECT i + 1 FROM n WHERE i < $to)";
    my $id      = 'CAST(1000000000000000000 + i AS CHAR(19))';
    $c->sql("INSERT INTO binder $numbers SELECT 'bbb' || $id, 'X' || i, 'Family', 'Given', '1970-01-01',"
            . " 'x' || i || '\@example.org', '', 'en', 'family', 1, 1, 1 FROM n");
    return $c->sql("INSERT INTO patient_case $numbers SELECT 'ccc' || $id, 'bbb' || $id, 'X-' || i, 'X' || i,"
            . " 'A title', 'Family', 'Given', '1970-01-01', '', 1, 1, 1 FROM n");
}

# Reads all but the last 200 kB, asks `stop`, and reads the rest: lines, peak of memory in kB.
sub slowly ($stop) {
    my $size = length $c->ctl('export')->{out};
    my $pid = open my $slow, '-|', $c->program, $c->base, 'export';
    my ($text, $some) = ('', '');
    $text .= $some while length $text < $size - 200_000 && sysread $slow, $some, 8192;
    my ($peak) = PortalCtl::slurp("/proc/$pid/status") =~ /^VmHWM:\s*(\d+)/m;
    $stop->();
    $text .= $some while sysread $slow, $some, 8192;
    close $slow or die 'the export failed';
    return ($text =~ tr/\n//, $peak);
}
many(1, 2000);
my $more = sub { $c->json('import', $c->file('late.csv', "mrn,family,case_number\nLATE,Comer,LATE\n"))->{exit} };
my ($n, $peak) = slowly(sub { is $more->(), 0, 'an import while an export is under way' });
is $n, 2 * 2000 + 5 + 6, 'an export is of one moment';
is $c->sql("SELECT COUNT(*) FROM binder WHERE mrn = 'LATE'"), 1, 'the import is there';
many(2001, 20000);
my ($n10, $peak10) = slowly(sub { });
is $n10, 2 * 20000 + 6 + 7, 'ten times as many';
cmp_ok $peak10, '<', 1.25 * $peak, 'in the same memory';

my @words = ($c->program, $c->base, 'export', '--out', $c->path('bar'));
open my $terminal, '-|', 'script', '-qec', join(' ', map {"\Q$_\E"} @words), '/dev/null' or die $!;
my $shown = do { local $/ = undef; readline $terminal };
like $shown, qr/\rexporting +\[#+ *\] +\d+ %/, 'a progress bar on a terminal';
like $shown, qr/Patient: 20006/, 'and the figures after it';

is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
done_testing;

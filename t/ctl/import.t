#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl import: CSV and FHIR, again and again, bad rows by line, all or nothing.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $HEAD = 'mrn,family,given,birth_date,email,phone,language,case_number,case_title,case_start';
my $c    = PortalCtl->new->init;

sub reasons ($r) { return { map { $_->{where} =~ s/.*\///r => $_->{reason} } @{ $r->{refused} } } }

# --- CSV, twice ---
my $csv = $c->file('one.csv', <<"END");
$HEAD
M-1,O’Brien-Núñez,Ann,1961-04-03,ann\@example.org,+1 555 0100,en,C-1,Knee,2025-01-02
M-1,O’Brien-Núñez,Ann,1961-04-03,,,,C 2,Hip,2025-02-03
M-2,حداد,ليلى,2001-07-14,,,ar,C-3,,
M-3,,,,,,,,,
END
my $r = $c->json('import', '--paperwork', 'registration,consent-to-treatment', $csv);
is $r->{exit}, 0, 'imported' or diag explain $r;
is_deeply $r->{imported}{binders}, { new => 3, changed => 0, same => 0 }, 'three binders';
is_deeply $r->{imported}{cases}, { new => 3, changed => 0, same => 0 }, 'three cases';
is $c->sql("SELECT family, given, birth_date, email, language FROM binder WHERE mrn = 'M-1'"),
    'O’Brien-Núñez|Ann|1961-04-03|ann@example.org|en', 'the person as it came';
is $c->sql('SELECT number, number_key, title, start_date FROM patient_case ORDER BY number_key'),
    "C-1|C1|Knee|2025-01-02\nC 2|C2|Hip|2025-02-03\nC-3|C3||", 'the cases as they came';
is $c->sql('SELECT COUNT(*) FROM assignment'), 6, 'two forms for each case';
is $c->sql('SELECT COUNT(*) FROM access'), 0, 'no Patient Portal tab';
is $c->sql("SELECT COUNT(*) FROM audit WHERE action = 'import'"), 1, 'one row for the import';
is $c->sql("SELECT COUNT(*) FROM audit WHERE action IN ('binder.create', 'case.create')"), 6,
    'and one for each binder and case';

my $tables = join '; ',
    map { "SELECT * FROM $_ ORDER BY 1, 2" } qw(binder patient_case search_word assignment);
my $before = $c->sql($tables);
$r = $c->ctl('import', '--paperwork', 'registration,consent-to-treatment', $csv);
is $r->{exit}, 0, 'imported again';
like $r->{out}, qr/^binders: 0 new, 0 changed, 3 unchanged$/m, 'nothing is new';
like $r->{out}, qr/^nothing was changed$/m,                    'and it says so';
is $c->sql($tables), $before, 'nothing was changed';

# --- a change ---
$c->file('one.csv', "mrn;email;case_number;case_title\nM-1;new\@example.org;c-1;Knee, left\n");
$r = $c->json('import', $csv);
is_deeply $r->{imported}{binders}, { new => 0, changed => 1, same => 0 }, 'a changed e-mail';
is $c->sql("SELECT family, email, phone FROM binder WHERE mrn = 'M-1'"),
    'O’Brien-Núñez|new@example.org|+1 555 0100', 'what is not told stays';
is $c->sql("SELECT number, title FROM patient_case WHERE number_key = 'C1'"), 'C-1|Knee, left',
    'a changed title; semicolons; numbers without regard to case and dashes';

# --- bad rows ---
my $bad = $c->file('bad.csv', <<"END");
$HEAD,gender
M-5,"O""Neil, Jr.","Ann
Marie",1980-02-30,,,,C-5,,01/02/2025,f
M-6,Good,One,1980-02-03,not-an-address,,,C-6,,,m
,No,Mrn,,,,,,,,
M-7,=HYPERLINK("http://x"),B,,,,,,,,
M-8,Short,Row
M-9,Ctrl\e[2J,X,,,,,,,,
M-10,Steals,Case,,,,,C-1,,,
M-11,Good,Two,12.03.1975,a\@example.org;b\@example.org,,,C-11,,,
M-12,"unterminated,X,,,,,,,,
M-13,Good,Three,,,,,C13,,,x
END
my $rows = $c->sql('SELECT COUNT(*) FROM binder');
$r = $c->json('import', '--all-or-nothing', $bad);
is $r->{exit}, 1, 'all or nothing: refused';
is $c->sql('SELECT COUNT(*) FROM binder'), $rows, 'nothing was written';
is_deeply $r->{imported}{binders}, { new => 0, changed => 0, same => 0 }, 'and nothing is claimed';
my $all = reasons($r);
$r = $c->json('import', $bad);
is $r->{exit}, 1, 'bad rows end with 1';
is_deeply reasons($r), {
    'bad.csv:2'  => 'given has a line break or a tab; birth_date is no day of the calendar; '
        . 'case_start can be read as two different days; write YYYY-MM-DD',
    'bad.csv:5'  => 'mrn is missing',
    'bad.csv:6'  => 'a quote in the wrong place; a field with quotes is quoted, its quotes doubled',
    'bad.csv:7'  => 'has 3 fields, the first line names 11',
    'bad.csv:8'  => 'family has a control character',
    'bad.csv:9'  => 'its case number belongs to another binder',
    'bad.csv:11' => 'a quoted field has no end',
}, 'each bad row by its line, with the reason' or diag explain $r;
is_deeply $all, reasons($r), 'all-or-nothing names the same ones';
is_deeply +{ map { $_->{where} =~ s/.*://r => $_->{reason} } @{ $r->{warnings} } }, {
    1  => 'columns ignored: gender',
    4  => 'email is no e-mail address and was left out',
    10 => 'email is more than one address; the first was taken',
}, 'what is odd but no reason to refuse is a warning';
is $c->sql("SELECT mrn, given, birth_date, email FROM binder WHERE family = 'Good' ORDER BY given"),
    "M-6|One|1980-02-03|\nM-13|Three||\nM-11|Two|1975-03-12|a\@example.org",
    'the good rows are imported';
is $c->sql("SELECT b.mrn FROM patient_case c JOIN binder b ON b.id = c.binder_id"
        . " WHERE c.number_key = 'C1'"), 'M-1', 'a case stays in its binder';
$r = $c->ctl('import', $bad);
like $r->{err}, qr/^\S+bad\.csv:5: mrn is missing$/m, 'for people: file, line, reason';
like $r->{out}, qr/^7 refused$/m, 'and how many';
unlike $r->{err} . $r->{out}, qr/[\e\x00-\x09]/, 'nothing of a bad row reaches the terminal';

# --- files that are no table of people ---
for my $one (
    [ '',                     'the file is empty' ],
    [ "family,given\nA,B\n",  'the first line must name the columns, and mrn among them' ],
    [ "mrn,mrn\n1,2\n",       'the column mrn stands twice' ],
    [ "\xFF\xFEm\0r\0n\0\n\0", 'has a zero byte; is this UTF-16? Save it as CSV UTF-8' ],
    [ '{"resourceType":',     qr/^is not JSON: / ],
    [ '{"hello":"world"}',    'is no FHIR resource: no resourceType' ],
) {
    $r = $c->json('import', $c->file('odd', $one->[0]));
    is $r->{exit}, 1, 'ends with 1';
    ref $one->[1] ? like $r->{refused}[0]{reason}, $one->[1], 'reason'
                  : is   $r->{refused}[0]{reason}, $one->[1], $one->[1];
}
$r = $c->json('import', $c->file('latin1.csv', "mrn,family\nL-1,M\xFCller\nL-2,Ok\n"));
is_deeply reasons($r), { 'latin1.csv:2' => 'family is not UTF-8' }, 'Latin-1 is named, not guessed';

# --- two persons under one mrn ---
$r = $c->json('import', $c->file('two.csv', <<"END"));
mrn,family,given,birth_date,case_number
T-1,Doe,Ann,1961-04-03,T1
T-1,Roe,Bob,1950-01-01,T2
END
is $r->{exit}, 0, 'a warning, no refusal';
like $r->{warnings}[0]{reason}, qr/another person/, 'two persons under one mrn';
is $c->sql("SELECT family FROM patient_case WHERE number_key LIKE 'T%' ORDER BY number_key"),
    "Doe\nRoe", 'each case keeps its own name';
is $c->json('import', $c->path('two.csv'))->{imported}{binders}{same}, 1, 'and again the same';

# --- FHIR ---
sub patient ($id, $name) {
    return qq({"resourceType":"Patient","id":"$id","name":[{"family":"$name"}],"birthDate":"1970-01-01"});
}
sub episode ($id, $of) {
    return qq({"resourceType":"EpisodeOfCare","id":"$id","status":"active","patient":)
        . qq({"reference":"Patient/$of"},"period":{"start":"2025-05-06"}});
}
my @files = (
    $c->file('bundle.json', '{"resourceType":"Bundle","entry":[{"resource":' . patient('f1', '山田')
            . "},\n{\"resource\":" . episode('F-1', 'f2') . '},{"resource":{"resourceType":"Encounter"}}]}'),
    $c->file('lines.ndjson', patient('f2', 'Ng') . "\n\n" . episode('F-2', 'f1') . "\r\n{oops\n"
            . episode('F-3', 'nobody') . "\n"),
);
$r = $c->json('import', @files);
is $r->{exit}, 1, 'two rows of FHIR are refused';
is_deeply $r->{imported}{cases}, { new => 2, changed => 0, same => 0 }, 'references go over files';
is_deeply $r->{ignored}, { Encounter => 1 }, 'what is of no use is counted';
my $why = reasons($r);
like $why->{'lines.ndjson:4'}, qr/^is not JSON/, 'a bad line of NDJSON by its line';
is $why->{'lines.ndjson:5: EpisodeOfCare/F-3'} // $why->{'F-3'}, 'its patient is not in this import',
    'and an episode of nobody';
is $c->sql("SELECT c.number, c.family, c.start_date FROM patient_case c JOIN binder b"
        . " ON b.id = c.binder_id WHERE b.mrn LIKE 'f%' ORDER BY 1"),
    "F-1|Ng|2025-05-06\nF-2|山田|2025-05-06", 'cases with the name of their patient';
is $c->json('import', @files)->{imported}{cases}{same}, 2, 'again: the same';

# --- a progress bar, where a terminal watches ---
my $many = $c->file('many.csv', "mrn\n" . join '', map { "P$_\n" } 1 .. 400);
my $shown = `script -qec "@{[ $c->program ]} @{[ map {"\Q$_\E"} $c->base ]} import $many" /dev/null`;
like $shown, qr/\rimporting +\[#+ *\] +\d+ %/, 'a progress bar on a terminal';
like $shown, qr/binders: 400 new/, 'and the figures after it';
$r = $c->ctl('import', $many);
unlike $r->{err} . $r->{out}, qr/%|\r/, 'none elsewhere';

is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
done_testing;

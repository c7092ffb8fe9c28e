#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl import: FHIR as other systems write it, odd but valid, and what is none.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $c = PortalCtl->new->init;
my $n = 0;

# Imports a file with this text: its answer.
sub import_text ($text, $name = 'one.json') {
    return $c->json('import', $c->file($name =~ s/^/sprintf '%03d-', ++$n/er, $text));
}

sub counts ($r) {
    return "$r->{exit} $r->{imported}{binders}{new} $r->{imported}{cases}{new} " . scalar @{ $r->{refused} };
}

sub reason ($r) { return $r->{refused}[0]{reason} // '' }

sub person ($mrn) {
    return $c->sql("SELECT family, given, birth_date, email, phone FROM binder WHERE mrn = '$mrn'");
}

sub patient ($id, $more = '') { return qq({"resourceType":"Patient","id":"$id"$more}) }

sub episode ($id, $of) {
    return qq({"resourceType":"EpisodeOfCare","id":"$id","status":"active","patient":{"reference":"$of"}});
}

# ---- a Patient ------------------------------------------------------------------------------------------

is counts(import_text(<<'END')), '0 1 0 0', 'extensions on primitives';
{"resourceType": "Patient", "id": "prim", "_birthDate": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]},
 "name": [{"family": "van Dam", "_family": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix", "valueString": "van"}]},
  "given": [null, "Ann", null, "B."], "_given": [{"extension": [{"url": "u", "valueString": "x"}]}, null, {"id": "a"}, null]}],
 "telecom": [{"system": "phone", "_value": {"extension": [{"url": "u", "valueString": "x"}]}}, {"system": "phone", "value": "+1 2"}]}
END
is person('prim'), 'van Dam|Ann B.|||+1 2', 'what is told is taken, what is hidden is not';

is counts(import_text(<<'END')), '0 1 0 0', 'narrative, contained, references, photo';
{"text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Nobody \u2028 & \/ \ud83d\ude00</p></div>"},
 "contained": [{"resourceType": "Patient", "id": "inner", "name": [{"family": "Wrong"}]}, {"resourceType": "Organization", "id": "o"}],
 "managingOrganization": {"reference": "#o"}, "multipleBirthInteger": 2, "deceasedBoolean": false, "id": "full", "active": true,
 "name": [{"use": "old", "family": "Old"}, {"family": "New", "period": {"start": "2001"}}], "extension": [{"url": "u", "valueDecimal": 1.10e2}],
 "birthDate": "1950-02", "gender": "unknown", "resourceType": "Patient"}
END
is person('full'), 'New||1950-02||', 'only the person itself counts';

my $photo = 'QUJD' x 2_000_000;
is counts(import_text(patient('big', qq(,"photo":[{"contentType":"image/png","data":"$photo"}],"birthDate":"1960")))),
    '0 1 0 0', 'eight megabytes of photograph';
is person('big'), '||1960||', 'are no hindrance';
my $deep = sub ($levels) {
    return patient("deep$levels", ',"extension":' . '[{"url":"u","extension":' x $levels . '[]' . '}]' x $levels);
};
is counts(import_text($deep->(800))), '0 1 0 0', 'extensions 800 deep';
my $r = import_text($deep->(100_000));
is counts($r), '1 0 0 1', 'a hundred thousand deep';
like reason($r), qr/^is not JSON: line 1: maximum parsing depth reached/, 'is refused with the reason';
$r = import_text(patient('mod', ',"modifierExtension":[{"url":"u","valueBoolean":true}]'));
is counts($r), '1 0 0 1', 'a modifierExtension';
like reason($r), qr/^has a modifierExtension/, 'is not passed over';
is counts(import_text(patient('long', ',"name":[{"family":"' . 'é' x 201 . '"}]'))), '1 0 0 1', 'a name that is too long';
is counts(import_text(patient('nul', ',"birthDate":"1950\u0000"'))), '1 0 0 1', 'a NUL in it';

# ---- Bundles -----------------------------------------------------------------------------------------------

my %bundle = (
    collection  => '{"fullUrl":"urn:uuid:1","resource":%s},{"fullUrl":"urn:uuid:2","resource":%s}',
    searchset   => '{"fullUrl":"http://h/Patient/x","resource":%s,"search":{"mode":"match","score":1}},'
        . '{"resource":{"resourceType":"OperationOutcome","issue":[]},"search":{"mode":"outcome"}},{"resource":%s}',
    transaction => '{"fullUrl":"urn:uuid:1","resource":%s,"request":{"method":"PUT","url":"Patient/x"}},'
        . '{"fullUrl":"urn:uuid:2","resource":%s,"request":{"method":"POST","url":"EpisodeOfCare"}},'
        . '{"request":{"method":"DELETE","url":"Patient/gone"}}',
    history     => '{"resource":%s,"request":{"method":"PUT","url":"x"},"response":{"status":"200"}},{"resource":%s}',
    document    => '{"resource":{"resourceType":"Composition"}},{"resource":%s},{"resource":%s}',
);
for my $type (sort keys %bundle) {
    my $text = sprintf '{"resourceType":"Bundle","type":"%s","link":[{"relation":"self","url":"x"}],"entry":[%s]}',
        $type, sprintf $bundle{$type}, patient("b-$type"), episode("e-$type", "Patient/b-$type");
    is counts($r = import_text($text)), '0 1 1 0', "a Bundle of type $type";
    is join(' ', map {"$_ $r->{ignored}{$_}"} sort keys %{ $r->{ignored} }),
        { transaction => 'Bundle entry without a resource 1', searchset => 'OperationOutcome 1',
          document => 'Composition 1' }->{$type} // '', 'and what else is in it';
}
is counts(import_text('{"resourceType":"Bundle","type":"searchset","total":0}')), '0 0 0 0', 'an empty one';
is counts(import_text('[]')), '0 0 0 0', 'an empty list';
is counts(import_text('[' . patient('l1') . ',' . patient('l2') . ']')), '0 2 0 0', 'a list of resources';
is counts(import_text('[1,"x",null,[]]')), '1 0 0 4', 'a list of no resources';
$r = import_text('{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:a","resource":' . patient('', ',"identifier":[{"value":"uu"}]')
        . '},{"resource":' . episode('uu-1', 'urn:uuid:a') . '}]}');
is counts($r), '0 1 1 0', 'a patient that has no id yet, by its urn:uuid';

# ---- NDJSON ----------------------------------------------------------------------------------------------------

my $bom = "\x{FEFF}";
is counts(import_text($bom . patient('n1') . "\r\n\r\n" . patient('n2') . "\r\n \t\r\n", 'a.ndjson')), '0 2 0 0',
    'BOM, CR LF, blank lines';
is counts(import_text("\n\n" . patient('n3') . "\n" . $bom . patient('n4'), 'b')), '0 2 0 0',
    'blank lines first, a BOM between two files put together, no line end, no name';
$r = import_text("\n" . patient('n5') . "\n{oops\n" . patient('n6') . "\n", 'c.ndjson');
is counts($r), '1 2 0 1', 'a bad line among good ones';
like $r->{refused}[0]{where}, qr/c\.ndjson:3$/, 'is named as an editor counts it';
$r = import_text("{oops\n" . patient('n7') . "\n", 'd.ndjson');
is counts($r), '1 1 0 1', 'a bad first line';
like $r->{refused}[0]{where}, qr/d\.ndjson:1$/, 'is one bad line too';
is counts(import_text("{\n \"resourceType\": \"Patient\",\n \"id\": \"n8\"\n}\n", 'e.ndjson')), '0 1 0 0',
    'one resource over several lines';
is counts(import_text(patient('n9'), 'f.jsonl')), '0 1 0 0', 'a single line';
is counts(import_text('', 'g.ndjson')), '0 0 0 0', 'none at all';
is counts(import_text("$bom\r\n", 'h.ndjson')), '0 0 0 0', 'nor but a line end';

# ---- twice -----------------------------------------------------------------------------------------------------

is counts(import_text(join "\n", (patient('t1'), episode('t1-1', 'Patient/t1')) x 3)), '0 1 1 0',
    'the same thrice counts once';
$r = import_text(qq({"resourceType":"Patient","id":"t2","id":"t3"}));
like reason($r), qr/^is not JSON: line 1: duplicate object key/, 'one member twice is refused';
for my $broken ('"canary" "canary"}', '"canary', '"canary\\q"}', 'canary}', '"canary"]', qq("canary\xff"}), '12canary}') {
    $r = import_text(qq({"resourceType":"Patient","birthDate":$broken));
    like reason($r), qr/^is not JSON: line 1: \S/, "LG6: refused: $broken" =~ s/\xff/?/r;
    my $said = $c->ctl('import', $c->file('broken.json', qq({"resourceType":"Patient","birthDate":$broken)));
    like $said->{out} . $said->{err}, qr/\bbroken\.json: is not JSON/m, 'in words, too';
    unlike $said->{out} . $said->{err} . reason($r), qr/canary/, 'and nothing of it is repeated';
}
$c->file('x.ndjson', patient('1', ',"identifier":[{"value":"x1"}],"birthDate":"1950"'));
$c->file('y.ndjson', patient('1', ',"identifier":[{"value":"y1"}],"birthDate":"1960"') . "\n" . episode('y-1', 'Patient/1') . "\n");
$c->file('z.ndjson', episode('z-1', 'Patient/1') . "\n" . episode('z-2', 'Patient/2') . "\n");
$r = $c->json('import', map { $c->path("$_.ndjson") } qw(x y z));
is $c->sql("SELECT b.mrn FROM patient_case c JOIN binder b ON b.id = c.binder_id WHERE number = 'y-1'"), 'y1',
    'two servers with one id: a case goes to the patient of its own file, over all its lines';
is join('; ', map { ($_->{where} =~ s{^\S*/(?=z\.)}{}r) . ' ' . $_->{reason} } @{ $r->{refused} }),
    'z.ndjson:1: EpisodeOfCare/z-1 its patient can be one of two: both have this id or identifier; '
    . 'z.ndjson:2: EpisodeOfCare/z-2 its patient is not in this import', 'and to nobody where it is not clear';

is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
done_testing;

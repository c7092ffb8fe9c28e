# SPDX-License-Identifier: Apache-2.0
#
# People of the samples, odd ones among them, are found at the desk by their names as they stand in
# their records, shown, and given a case. Without samples this says so and does nothing.
use lib 't/lib';
use PortalTest;
use v5.36;

my $samples = PortalTest->samples;
if (!defined $samples || !-d "$samples/patients") {
    plan skip_all => 'no samples (PORTAL_SAMPLES)';
}
my $t = PortalTest->start;
my @files = sort glob "\Q$samples\E/patients/*.{json,csv} \Q$samples\E/patients/*/*.{json,ndjson}";
like $t->portalctl('import', @files)->{exit}, qr/^[01]$/, 'the samples are imported';
my $d = $t->desk;
my @all = @{ $t->sql('SELECT id, mrn, family, given, birth_date FROM binder ORDER BY sort_key, id LIMIT 400') };
cmp_ok scalar @all, '>', 10, 'there are people';

sub hit ($person, $typed) {
    for my $page (1 .. 10) {
        my $data = $d->json('POST', '/find', { q => $typed, page => $page })->data;
        return 1 if grep { $_->{id} eq $person->{id} } @{ $data->{hits} };
        last if !$data->{pages} || !$data->{pages}{next};
    }
    return 0;
}

my $n = 0;
for my $person (@all) {
    my $name  = join ' ', grep {length} $person->{given}, $person->{family};
    my $short = substr $name, 0, 200;
    $n++;
    ok hit($person, $person->{mrn}), "$n: found by record number";
    ok !length $short || hit($person, $short), "$n: found by '$short'";
    ok !length $short || hit($person, join ' ', reverse split / /, $short), "$n: in any order";
    ok !length $person->{birth_date} || hit($person, "$person->{birth_date} $short"), "$n: with the birth date";
    my $r = $d->get("/binders/$person->{id}");
    is $r->code, 200, "$n: shown";
    next if $n % 10 && length $person->{family};
    my $new = $d->form("/binders/$person->{id}/cases/new", { case_number => "SAMPLE $n" });
    is $new->code, 303, "$n: given a case";
    ok hit($person, "sample-$n"), "$n: and found by it";
}
$t->stop;
done_testing;

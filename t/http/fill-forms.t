# SPDX-License-Identifier: Apache-2.0
#
# Each form, ours and with the samples (PORTAL_SAMPLES) theirs, filled in through HTTP by its own rules at random, three
# times (PORTAL_FORMS_RUNS times): no page refuses what is right, what was typed comes out, and programs that know nothing
# of ours find nothing against what is exported.
use v5.36;
use utf8;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use JSON::PP   ();
use PortalTest;
use PortalTest::Fhir qw(complaints);
use PortalTest::Filler;
use PortalTest::Tab;

my $RUNS    = $ENV{PORTAL_FORMS_RUNS} || 3;
my $samples = $ENV{PORTAL_SAMPLES} // '';
my $forms   = tempdir(CLEANUP => 1);
copy($_, $forms) or die "$_: $!" for glob('conf/forms/*.json'), glob('t/forms/*.json'), length $samples ? glob("$samples/forms/*.json") : ();

my $t = PortalTest->start(forms => $forms, default_forms => '', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $c    = $tab->signed_in('C-1', 'quite a long password 17');
my $case = $tab->case('C-1');
$c->get('/');    # a page with a token

sub decode ($file) {
    open my $in, '<:raw', $file or die "$file: $!";
    return JSON::PP->new->utf8->decode(do { local $/; <$in> });
}

my ($files, @files) = (0);
my $loaded = { map { $_->{value} => 1 } @{ $desk->json('GET', '/binders/' . $tab->id . '/paperwork')->data->{forms}{options} } };
for my $name (sort keys %$loaded) {
    my ($form, $sent, $pages, @wrong) = (decode("$forms/$name.json"), 0, 0);
    for my $seed (1 .. $RUNS) {
        $desk->post('/binders/' . $tab->id . '/paperwork', { form => $name, case => $case });
        my $id = $t->sql("SELECT id FROM assignment WHERE form = '$name' AND state = 'open'")->[0]{id};
        my $filler = PortalTest::Filler->new($form, seed => $seed);
        my $r = eval { $filler->run($c, $id) } or do { push @wrong, "run $seed: $@"; last };
        push @wrong, "run $seed: " . $r->code . ' ' . $r->text and last if $r->code != 303;
        $pages += $filler->pages;
        my $file = $t->file('export-' . ++$files . '.json');
        my $out  = $desk->get("/paperwork/$id/export");
        open my $to, '>:raw', $file or die "$file: $!";
        print {$to} $out->content;
        close $to or die;
        push @files, $file;
        my $lost = $filler->otherwise($out->data);
        push @wrong, "run $seed: $lost" if length $lost;
        $sent++;
    }
    is join("\n", @wrong), '', "$name: $sent runs, $pages pages";
}
cmp_ok scalar keys %$loaded, '>=', 15, 'forms were there';
is_deeply [ complaints(@files) ], [], 'the judges find nothing against ' . @files . ' responses';
$t->stop;
done_testing;

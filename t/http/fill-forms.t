# SPDX-License-Identifier: Apache-2.0
#
# Each form, ours and with the samples (PORTAL_SAMPLES) theirs, filled in through HTTP by its own rules at random, three
# times (PORTAL_FORMS_RUNS times): no page refuses what is right, what was typed comes out, and programs that know nothing
# of ours find nothing against what is exported. With PORTAL_FORMS_LFORMS (make soak-forms) LForms is among them: it shows
# each form with its answers, works out its scores and conditions, and has nothing lost or added; and it objects to an
# answer at a place that is not there, so that its silence says something. PORTAL_FORMS_ONLY is a pattern of names.
use v5.36;
use utf8;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use JSON::PP   ();
use PortalTest;
use PortalTest::Fhir qw(complaints lforms_complaints);
use PortalTest::Filler;
use PortalTest::Tab;

my $RUNS    = $ENV{PORTAL_FORMS_RUNS} || 3;
my $only    = $ENV{PORTAL_FORMS_ONLY} // '';
my $samples = $ENV{PORTAL_SAMPLES} // '';
my $forms   = tempdir(CLEANUP => 1);
copy($_, $forms) or die "$_: $!" for glob('conf/forms/*.json'), glob('t/forms/*.json'), length $samples ? glob("$samples/forms/*.json") : ();

my $t = PortalTest->start(forms => $forms, default_forms => '', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
my $desk = $t->desk;
my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
my $password = 'quite a long password 17';
$tab->signed_in('C-1', $password);
my $case = $tab->case('C-1');

sub decode ($file) {
    open my $in, '<:raw', $file or die "$file: $!";
    return JSON::PP->new->utf8->decode(do { local $/; <$in> });
}

sub encode ($file, $content) {
    open my $out, '>:raw', $file or die "$file: $!";
    print {$out} $content;
    close $out or die "$file: $!";
    return $file;
}

# The same with an answer at a place that is not there.
sub elsewhere ($file) {
    my $response = decode($file);
    unshift @{ $response->{item} }, { linkId => 'nowhere', answer => [ { valueBoolean => JSON::PP::true } ] };
    return encode($file . '.elsewhere', JSON::PP->new->utf8->encode($response));
}

my @files;
my $loaded = { map { $_->{value} => 1 } @{ $desk->json('GET', '/binders/' . $tab->id . '/paperwork')->data->{forms}{options} } };
for my $name (grep {/$only/} sort keys %$loaded) {
    my $form = decode("$forms/$name.json");
    my ($pages, @sent, @wrong) = (0);
    my $c = $t->patient;    # a soak outlasts a session
    $c->form('/login', { case_number => 'C-1', password => $password });
    $c->get('/');
    for my $seed (1 .. $RUNS) {
        $desk->post('/binders/' . $tab->id . '/paperwork', { form => $name, case => $case });
        my $id = $t->sql("SELECT id FROM assignment WHERE form = '$name' AND state = 'open'")->[0]{id};
        my $filler = PortalTest::Filler->new($form, seed => $seed);
        my $r = eval { $filler->run($c, $id) } or do { push @wrong, "run $seed: $@"; last };
        push @wrong, "run $seed: " . $r->code . ' ' . $r->text and last if $r->code != 303;
        $pages += $filler->pages;
        my $out = $desk->get("/paperwork/$id/export");
        push @sent, encode($t->file("$name-$seed.json"), $out->content);
        my $lost = $filler->otherwise($out->data);
        push @wrong, "run $seed: $lost" if length $lost;
    }
    is join("\n", @wrong), '', "$name: " . @sent . " runs, $pages pages";
    push @files, @sent;
    next if !$ENV{PORTAL_FORMS_LFORMS} || !@sent;
    my @said = lforms_complaints("$forms/$name.json", $forms, @sent, elsewhere($sent[0]));
    is_deeply [ grep { !/elsewhere/ } @said ], [], "$name: LForms gives back what was answered";
    ok scalar grep({/elsewhere/} @said), "$name: and would say so if not";
}
cmp_ok scalar keys %$loaded, '>=', 15, 'forms were there';
is_deeply [ complaints(@files) ], [], 'the judges find nothing against ' . @files . ' responses';
$t->stop;
done_testing;

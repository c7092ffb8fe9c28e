# SPDX-License-Identifier: Apache-2.0
#
# Each form, ours and with the samples (PORTAL_SAMPLES) theirs, filled in through HTTP by its own rules at random, three
# times (PORTAL_FORMS_RUNS times): no page refuses what is right, what was typed comes out, and programs that know nothing
# of ours find nothing against what is exported. With PORTAL_FORMS_LFORMS (make soak-forms) LForms is among them: it shows
# each form with its answers, works out its scores and conditions, asks for the same, and has nothing lost or added; and it
# objects to an answer at a place that is not there, so that its silence says something. PORTAL_FORMS_ONLY is a pattern of
# names. Three of the samples load only with the value sets that they name beside them (t/ctl/check_forms.t), and get them.
use v5.36;
use utf8;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use PortalTest;
use PortalTest::Fhir qw(complaints);
use PortalTest::Filling;
use PortalTest::ValueSets qw(write_sets_for);

my @OPEN    = qw(medplum_patient-intake-questionnaire web_gad-7 web_phq-9);
my $RUNS    = $ENV{PORTAL_FORMS_RUNS} || 3;
my $only    = $ENV{PORTAL_FORMS_ONLY} // '';
my $samples = $ENV{PORTAL_SAMPLES} // '';
my $forms   = tempdir(CLEANUP => 1);
copy($_, $forms) or die "$_: $!" for glob('conf/forms/*.json'), glob('t/forms/*.json'), length $samples ? glob("$samples/forms/*.json") : ();
write_sets_for(PortalTest::Filling::decode($_), $forms) for grep { -e } map { "$forms/$_.json" } @OPEN;

my $filling = PortalTest::Filling->start($forms);
my @names   = $filling->names;
my @files;
for my $name (grep {/$only/} @names) {
    my $done = $filling->fill($name, $RUNS);
    my @sent = @{ $done->{sent} };
    is $done->{wrong}, '', "$name: " . @sent . " runs, $done->{pages} pages";
    push @files, @sent;
    next if !$ENV{PORTAL_FORMS_LFORMS} || !@sent;
    my @said = $filling->lforms_objections($name, $done, elsewhere => 1);
    is_deeply [ grep { !/elsewhere/ } @said ], [], "$name: LForms gives back what was answered";
    ok scalar grep({/elsewhere/} @said), "$name: and would say so if not";
}
cmp_ok scalar @names, '>=', 15, 'forms were there';
is_deeply [ map { my $file = $_; grep { $_ eq $file } @names } @OPEN ], \@OPEN, 'with those whose value sets had to be put beside them'
    if length $samples;
is_deeply [ complaints(@files) ], [], 'the judges find nothing against ' . @files . ' responses';
$filling->stop;
done_testing;

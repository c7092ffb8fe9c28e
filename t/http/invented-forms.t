# SPDX-License-Identifier: Apache-2.0
#
# Forms that a generator invents (PortalTest::Inventor), ten of them (PORTAL_FORMS_INVENTED of them, from the seed
# PORTAL_FORMS_SEED on): each loads whole, and is filled in through HTTP by its own rules at random, once
# (PORTAL_FORMS_RUNS times). No page refuses what is right, what was typed comes out, and programs that know nothing of ours
# find nothing against what is exported. With PORTAL_FORMS_LFORMS (make soak-invented) LForms is among them, as in
# fill-forms.t: it hides and asks the same questions, and comes to the same scores.
use v5.36;
use utf8;
use lib 't/lib';
use File::Temp qw(tempdir);
use JSON::PP   ();
use PortalTest;
use PortalTest::Fhir qw(complaints);
use PortalTest::Filling;
use PortalTest::Inventor;

my $RUNS     = $ENV{PORTAL_FORMS_RUNS}     || 1;
my $INVENTED = $ENV{PORTAL_FORMS_INVENTED} || 10;
my $FIRST    = $ENV{PORTAL_FORMS_SEED}     || 1;
my $forms    = tempdir(CLEANUP => 1);

sub put ($name, $resource) {
    return PortalTest::Filling::write_file("$forms/$name.json", JSON::PP->new->utf8->canonical->pretty->encode($resource));
}

for my $seed ($FIRST .. $FIRST + $INVENTED - 1) {
    my $inventor = PortalTest::Inventor->new(seed => $seed);
    put("invented-$seed", $inventor->form);
    put($_->{id}, $_) for $inventor->sets;
}

my $filling = PortalTest::Filling->start($forms);
my @names   = $filling->names;
is scalar @names, $INVENTED, 'all forms load';
my $checked = JSON::PP->new->decode($filling->{t}->portalctl('--json', 'check-forms', $forms)->{out});
is_deeply [ map { $_->{file} } grep { @{ $_->{without} } } @{ $checked->{files} } ], [], 'and load whole';

my @files;
for my $name (@names) {
    my $done = $filling->fill($name, $RUNS);
    my @sent = @{ $done->{sent} };
    is $done->{wrong}, '', "$name: " . @sent . " runs, $done->{pages} pages";
    push @files, @sent;
    is join("\n", $filling->lforms_objections($name, $done)), '', "$name: LForms asks the same, and gives back what was answered"
        if $ENV{PORTAL_FORMS_LFORMS} && @sent;
}
is_deeply [ complaints(@files) ], [], 'the judges find nothing against ' . @files . ' responses';
$filling->stop;
done_testing;

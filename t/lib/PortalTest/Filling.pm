# SPDX-License-Identifier: Apache-2.0
#
# A portal with forms, where one patient fills in each of them by its own rules, at random.
#
#   my $filling = PortalTest::Filling->start($folder);     # of forms and their value sets
#   for my $name ($filling->names) {
#       my $done = $filling->fill($name, 3);                # three times
#       say $done->{wrong}; say $done->{pages}; say for @{ $done->{sent} };   # '' when all is well; files of exports
#       say for $filling->lforms_objections($name, $done);  # what LForms finds against them
#   }
#   $filling->stop;
#
# Beside each export FILE lies FILE.asked: how often the review asked for each question, for t/tools/lforms.mjs.
package PortalTest::Filling;
use v5.36;
use utf8;

use File::Copy qw(copy);
use JSON::PP   ();

use PortalTest;
use PortalTest::Fhir qw(lforms_complaints);
use PortalTest::Filler;
use PortalTest::Tab;

my $PASSWORD = 'quite a long password 17';

sub start ($class, $folder) {
    my $t = PortalTest->start(forms => $folder, default_forms => '', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee
CSV
    my $desk = $t->desk;
    my $tab  = PortalTest::Tab->new($t, 1, $desk)->open('C-1');
    $tab->signed_in('C-1', $PASSWORD);
    return bless { t => $t, desk => $desk, tab => $tab, case => $tab->case('C-1'), folder => $folder }, $class;
}

sub stop ($self) { return $self->{t}->stop }

sub paperwork ($self) { return '/binders/' . $self->{tab}->id . '/paperwork' }

# The forms that loaded.
sub names ($self) {
    my $options = $self->{desk}->json('GET', $self->paperwork)->data->{forms}{options};
    return sort map { $_->{value} } @$options;
}

sub decode ($file) {
    open my $in, '<:raw', $file or die "$file: $!";
    return JSON::PP->new->utf8->decode(do { local $/ = undef; <$in> });
}

sub write_file ($file, $content) {
    open my $out, '>:raw', $file or die "$file: $!";
    print {$out} $content;
    close $out or die "$file: $!";
    return $file;
}

sub form ($self, $name) { return decode("$self->{folder}/$name.json") }

# A patient who signed in just now: a soak outlasts a session.
sub patient ($self) {
    my $c = $self->{t}->patient;
    $c->form('/login', { case_number => 'C-1', password => $PASSWORD });
    $c->get('/');
    return $c;
}

# To look at what a judge objects to: the forms and these files stay in the folder PORTAL_FORMS_KEEP.
sub keep ($self, @files) {
    my $folder = $ENV{PORTAL_FORMS_KEEP} // return;
    copy($_, $folder) or die "$_: $!" for glob("$self->{folder}/*.json"), @files;
    return;
}

# One run: what is wrong with it, or ''.
sub once ($self, $c, $name, $seed, $done) {
    my $t = $self->{t};
    $self->{desk}->post($self->paperwork, { form => $name, case => $self->{case} });
    my $id     = $t->sql("SELECT id FROM assignment WHERE form = '$name' AND state = 'open'")->[0]{id};
    my $filler = PortalTest::Filler->new($done->{form}, seed => $seed);
    my $r      = eval { $filler->run($c, $id) } or return $@;
    return $r->code . ' ' . $r->text if $r->code != 303;
    $done->{pages} += $filler->pages;
    my $out  = $self->{desk}->get("/paperwork/$id/export");
    my $file = write_file($t->file("$name-$seed.json"), $out->content);
    write_file("$file.asked", JSON::PP->new->utf8->encode($filler->asked));
    push @{ $done->{sent} }, $file;
    $self->keep($file, "$file.asked");
    return $filler->otherwise($out->data);
}

sub fill ($self, $name, $runs) {
    my $done = { form => $self->form($name), pages => 0, sent => [] };
    my $c = $self->patient;
    my @wrong;
    for my $seed (1 .. $runs) {
        my $sent  = @{ $done->{sent} };
        my $wrong = $self->once($c, $name, $seed, $done);
        push @wrong, "run $seed: $wrong" if length $wrong;
        last if @{ $done->{sent} } == $sent;
    }
    $done->{wrong} = join "\n", @wrong;
    return $done;
}

# The same with an answer at a place that is not there.
sub elsewhere ($file) {
    my $response = decode($file);
    unshift @{ $response->{item} }, { linkId => 'nowhere', answer => [ { valueBoolean => JSON::PP::true } ] };
    return write_file("$file.elsewhere", JSON::PP->new->utf8->encode($response));
}

# With `elsewhere`: also against such a file, of which it is to say so.
sub lforms_objections ($self, $name, $done, %o) {
    my @files = @{ $done->{sent} } or return;
    push @files, elsewhere($files[0]) if $o{elsewhere};
    return lforms_complaints("$self->{folder}/$name.json", $self->{folder}, @files);
}

1;

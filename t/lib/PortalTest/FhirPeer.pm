# SPDX-License-Identifier: Apache-2.0
#
# A FHIR server of its own (t/lib/fhir_peer.mjs) beside a test's server.
#
#   my $peer = PortalTest::FhirPeer->start;
#   $peer->url                     https://127.0.0.1:PORT/fhir
#   $peer->behave('429 120')       from the next request on; see fhir_peer.mjs
#   $peer->requests(2)             all it got, oldest first, each {method, path, headers, bundle, file};
#                                  waits for at least two
#   $peer->store                   what it has: {"Type/id" => {versions, resource}}
#   $peer->go                      answers what it holds
package PortalTest::FhirPeer;
use v5.36;

use Cwd                     ();
use File::Basename          qw(dirname);
use File::Path              qw(remove_tree);
use File::Temp              ();
use IPC::Open2              qw(open2);
use JSON::PP                ();
use PortalTest::Certificate ();
use PortalTest::Fhir        ();
use Time::HiRes             qw(sleep time);

my %running;

sub start ($class) {
    my $tls    = Cwd::abs_path(PortalTest::Certificate->folder(PortalTest->build));
    my $folder = File::Temp::tempdir('portal-fhir-XXXXXXXX', TMPDIR => 1);
    my $self   = bless { folder => $folder, owner => $$ }, $class;
    $self->behave('ok');
    $self->{pid} = open2($self->{out}, $self->{in}, PortalTest::Fhir::node(),
        dirname(__FILE__) . '/../fhir_peer.mjs', $folder, "$tls/tls.crt", "$tls/tls.key");
    my $port = readline $self->{out};
    defined $port or die "fhir_peer.mjs did not start\n";
    chomp($self->{port} = $port);
    $self->{ca} = "$tls/ca.crt";
    return $running{ $self->{pid} } = $self;
}

sub url ($self) { return "https://127.0.0.1:$self->{port}/fhir" }
sub ca  ($self) { return $self->{ca} }

sub _write ($self, $name, $text) {
    open my $out, '>', "$self->{folder}/$name.new" or die "$name: $!";
    print {$out} $text;
    close $out or die "$name: $!";
    rename "$self->{folder}/$name.new", "$self->{folder}/$name" or die "$name: $!";
    return;
}

sub behave ($self, $how) { return $self->_write('behave', "$how\n") }
sub go     ($self)       { return $self->_write('go',     "\n") }

sub _read ($self, $name) {
    open my $in, '<:raw', "$self->{folder}/$name" or die "$name: $!";
    local $/ = undef;
    return scalar <$in>;
}

sub requests ($self, $at_least = 0) {
    my $deadline = time + 15;
    my @all;
    while (1) {
        while (-e "$self->{folder}/" . (@all + 1) . '.json') {
            my $n   = @all + 1;
            my $one = JSON::PP->new->utf8->decode($self->_read("$n.json"));
            $one->{file} = "$self->{folder}/$n.bundle.json";
            $one->{text} = $self->_read("$n.bundle.json");
            $one->{bundle} = JSON::PP->new->utf8->decode($one->{text});
            push @all, $one;
        }
        return @all if @all >= $at_least;
        die "waited in vain for $at_least requests at the FHIR server\n" if time > $deadline;
        sleep 0.02;
    }
}

sub store ($self) {
    return {} if !-e "$self->{folder}/store.json";
    return JSON::PP->new->utf8->decode($self->_read('store.json'));
}

sub stop ($self) {
    my $pid = delete $self->{pid} // return;
    delete $running{$pid};
    close $self->{in};
    waitpid $pid, 0;
    remove_tree($self->{folder});
    return;
}

END {
    my $status = $?;
    $_->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;

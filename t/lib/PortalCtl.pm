# SPDX-License-Identifier: Apache-2.0
#
# build/portalctl in a folder of its own, without httpd.
#
#   use lib 't/lib';
#   use PortalCtl;                          # brings Test::More with it
#   my $c = PortalCtl->new->init;           # folder, database and secret
#   my $r = $c->ctl('import', $c->file('a.csv', "mrn\n1\n"));
#   is $r->{exit}, 0;                       # also $r->{out}, $r->{err}
#   is $c->sql('SELECT COUNT(*) FROM binder'), '1';
package PortalCtl;
use v5.36;
use utf8;

use Cwd            ();
use File::Basename qw(dirname);
use File::Temp     ();
use JSON::PP       ();
use Test::More     ();

use lib dirname(__FILE__);
use PortalTest::Database ();

my $ROOT = Cwd::abs_path(dirname(__FILE__) . '/../..');
my $CTL  = "$ROOT/" . ($ENV{PORTAL_BUILD} // 'build') . '/portalctl';

sub import ($class, @) {
    Test::More->export_to_level(1, $class);
    binmode $_, ':utf8'
        for Test::More->builder->output, Test::More->builder->failure_output,
        Test::More->builder->todo_output;
    return;
}

sub new ($class) {
    -x $CTL or die "$CTL is missing: run make\n";
    my $self = bless { dir => File::Temp->newdir('portal-ctl-XXXXXXXX', TMPDIR => 1), owner => $$ }, $class;
    $self->{database} = PortalTest::Database->make($self->path('portal.db'));
    return $self;
}

sub DESTROY ($self) {
    $self->{database}->drop if $self->{database} && $self->{owner} == $$;
    return;
}

# PortalTest::Database: for tests that are about one engine.
sub database ($self) { return $self->{database} }

sub program ($self) { return $CTL }

sub dir ($self) { return "$self->{dir}" }

sub path ($self, $name) { return "$self->{dir}/$name" }

# Writes a file (characters become UTF-8) and gives its path.
sub file ($self, $name, $text) {
    utf8::encode($text) if utf8::is_utf8($text);
    open my $out, '>:raw', $self->path($name) or die "$name: $!";
    print {$out} $text or die "$name: $!";
    close $out or die "$name: $!";
    return $self->path($name);
}

sub params ($self) { return $self->{database}->params }

# Which database and secret; what comes before a command.
sub base ($self) {
    return ('--driver', $self->{database}->driver, '--params', $self->params, '--secret', 'file:' . $self->path('secret.key'));
}

sub init ($self) {
    my $r = $self->ctl('init');
    $r->{exit} == 0 or die "portalctl init: $r->{err}";
    return $self;
}

# Runs a command on the folder's database: { exit, out, err }.
sub ctl ($self, @args) { return $self->bare($self->base, @args) }

# The same with --json: its answer, with the exit code as the member "exit".
sub json ($self, @args) {
    my $r      = $self->ctl('--json', @args);
    my $answer = JSON::PP->new->decode($r->{out});
    $answer->{exit} = $r->{exit};
    return $answer;
}

# Runs portalctl with nothing but these words.
sub bare ($self, @args) {
    my $pid = $self->spawn(@args);
    waitpid $pid, 0;
    return { exit => $? & 127 ? -1 : $? >> 8, $self->said($pid) };
}

# Starts it and gives its process number; `said` has what it wrote after it ended.
sub spawn ($self, @args) {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open STDIN,  '<', '/dev/null'                  or die $!;
    open STDOUT, '>', $self->path("out.$$")        or die $!;
    open STDERR, '>', $self->path("err.$$")        or die $!;
    exec $CTL, @args or die "$CTL: $!";
}

sub said ($self, $pid) {
    return map { $_ => slurp($self->path("$_.$pid")) } qw(out err);
}

# What the database's shell answers, without the last line break: columns with | between them. Never
# binds: for tests only.
sub sql ($self, $query) { return $self->{database}->text($query) }

# The whole file as characters.
sub slurp ($path) {
    open my $in, '<:raw', $path or die "$path: $!";
    local $/ = undef;
    my $bytes = <$in> // '';
    utf8::decode($bytes);
    return $bytes;
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# For tests of the configuration: the rows of src/config.def, and what `httpd -t` says about a
# configuration. No server is started.
#
#   my @rows = rows();                # { directive, field, kind, least, default, low, high }
#   my $c = checker();                # its folder has secret.key, login, forms/, mail/ ...
#   my ($code, $said) = $c->check([main lines], [host lines], ...);
#   my @hosts = $c->dump($said);      # one hash per host: directive => [value, line or 0]
package PortalTest::Directives;
use v5.36;

use Cwd            ();
use Exporter       qw(import);
use File::Basename qw(dirname);
use File::Temp     ();
use MIME::Base64   qw(encode_base64);

our @EXPORT = qw(rows checker text_of root modules);

my $ROOT  = Cwd::abs_path(dirname(__FILE__) . '/../../..');
my $HTTPD = $ENV{PORTAL_HTTPD}   // '/usr/sbin/apache2';
my @DATABASE = ('DBDriver sqlite3', 'DBDParams file:portal.db');
my $DIR   = $ENV{PORTAL_MODULES} // '/usr/lib/apache2/modules';

sub root {
    return $ROOT;
}

sub modules {
    return $DIR;
}

sub text_of ($path) {
    open my $in, '<:encoding(UTF-8)', $path or die "$path: $!";
    local $/ = undef;
    return scalar <$in>;
}

sub rows {
    my $def = text_of("$ROOT/src/config.def");
    $def =~ s{/\*.*?\*/}{}gs;
    $def =~ s{^#.*?(?<!\\)\n}{}gms;
    my @rows;
    while ($def =~ /^PORTAL_(ROW|FEATURE)\(((?:"[^"]*"|\([^()]*\)|[^()"])*)\)/gm) {
        my ($type, $cells) = ($1, $2);
        my @cell = map { s/^\s+|\s+$//gr } $cells =~ /((?:"[^"]*"|\([^()]*\)|[^,"])+)/g;
        @cell = ('PortalFeature', "feature_$cell[0]", 'FEATURE', 2, 2, '"on"', 0, 0, '', $cell[1])
            if $type eq 'FEATURE';
        my %row;
        @row{qw(directive field kind least most default low high usage help)} = @cell;
        $row{default} = $row{default} eq 'NULL' ? undef : $row{default} =~ s/^"|"$//gr;
        $row{key} =
            $row{kind} eq 'FEATURE' ? "PortalFeature $row{field}" =~ s/feature_//r
            : $row{directive};
        push @rows, \%row;
    }
    return @rows;
}

sub checker {
    my ($module) = grep { -e } $ENV{PORTAL_MODULE} // (),
        map { "$ROOT/$_/mod_portal.so" } $ENV{PORTAL_BUILD} // (), 'build/test', 'build';
    die "mod_portal.so is not built\n" if !$module;
    my $dir  = Cwd::abs_path(File::Temp::tempdir('portal-conf-XXXXXX', TMPDIR => 1, CLEANUP => 1));
    my $self = bless { module => Cwd::abs_path($module), dir => $dir }, __PACKAGE__;
    chmod 0755, $dir;
    mkdir "$dir/$_" for qw(forms theme mail pages conf);
    my $key = 'key 1 ' . encode_base64(join('', map { chr(7 * $_ % 251) } 1 .. 32), '') . "\n";
    $self->file('secret.key', $key, 0600);
    $self->file('secret2.key', $key, 0600);
    $self->file('login', "portal:canary-of-the-relay\n", 0600);
    $self->file($_, "too well known\n", 0644) for qw(ca.crt ca2.crt list.bin list2.bin);
    $self->file("forms/$_.json", "{}\n", 0644)
        for qw(a b one two three registration medical-history consent-to-treatment);
    return $self;
}

sub dir ($self) {
    return $self->{dir};
}

sub file ($self, $name, $text, $mode) {
    my $path = "$self->{dir}/$name";
    open my $out, '>', $path or die "$path: $!";
    print {$out} $text;
    close $out or die "$path: $!";
    chmod $mode, $path or die "$path: $!";
    return $path;
}

# What every whole host has; %without takes directives out.
sub needed ($self, %without) {
    my %line = (
        PortalURL               => 'https://portal.example/portal',
        PortalDeskURL           => 'https://portal.example/desk',
        PortalSecret            => 'file:secret.key',
        PortalTemplates         => 'pages',
        PortalPasswordBlocklist => 'list.bin',
    );
    return map { "$_ $line{$_}" } grep { !$without{$_} } sort keys %line;
}

# Writes the configuration, main server first and then a virtual host for each further list, and
# lets httpd look at it. A line that begins with "! " is remembered: $self->{marked} is its number.
sub check ($self, $main, @hosts) {
    my @lines = (
        "ServerRoot $self->{dir}", 'ServerName main.example',
        'Listen 127.0.0.1:8',      "PidFile $self->{dir}/pid",
        "ErrorLog $self->{dir}/error_log",
    );
    for my $m (qw(mpm_event authn_core authz_core authz_user auth_basic dbd)) {
        push @lines, "LoadModule ${m}_module $DIR/mod_$m.so" if !$self->{without}{$m};
    }
    push @lines, "LoadModule portal_module $self->{module}";
    push @lines, grep { /^(\w+)/ && !$self->{without}{$1} } $self->{without}{dbd} ? () : @DATABASE;
    push @lines, @$main;
    my $port = 10;
    push @lines, '<VirtualHost *:' . $port++ . '>', @$_, '</VirtualHost>' for @hosts;
    return $self->run_lines(@lines);
}

sub run_lines ($self, @lines) {
    delete $self->{marked};
    for my $i (0 .. $#lines) {
        $self->{marked} = $i + 1 if $lines[$i] =~ s/^! //;
    }
    $self->{file} = $self->file('httpd.conf', join("\n", @lines, ''), 0644);
    my $said = qx($HTTPD -t -D DUMP_PORTAL -f $self->{file} 2>&1);
    return ($? >> 8, $said);
}

sub dump ($self, $said) {
    my @hosts;
    for my $line (split /\n/, $said) {
        push @hosts, {} if $line =~ /^Portal of /;
        next if $line !~ /^(Portal\w+) (.*)\t# (?:default|line (\d+) of .*)$/;
        my ($directive, $value, $at) = ($1, $2, $3 // 0);
        $directive .= " $1" if $directive eq 'PortalFeature' && $value =~ s/^(\w+) //;
        $hosts[-1]{$directive} = [$value, $at];
    }
    return @hosts;
}

1;

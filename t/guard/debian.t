# SPDX-License-Identifier: Apache-2.0
#
# conf/debian, the sources of the Debian package, says what the rest of the tree says: the version, what a build
# needs, files that are there, scripts that a shell can read.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../conf/run/lib";
use Test::More;
use PortalGuard;
use PortalServer qw(command);

chdir $PortalServer::ROOT or die "no folder of sources: $!";

my ($version)  = slurp('CHANGES') =~ /^(\d+\.\d+\.\d+)/m;
my ($packaged) = slurp('conf/debian/changelog') =~ /\Alibapache2-mod-portal \((\S+)-\d+\) /;
is($packaged, $version, 'the version is the first of CHANGES');

# Those that every Debian build has, and those that only fetch what lies in vendor/npm then.
my %elsewhere = map { $_ => 1 } qw(gcc libc6-dev ca-certificates npm);
my ($field)   = slurp('conf/debian/control') =~ /^Build-Depends: (.*?)^\w/ms;
my %declared  = map { s/\s.*//sr => 1 } split /,\s*/, $field;
my @needed    = slurp('conf/install/packages') =~ /^build\s+(\S+)/mg;
cmp_ok(scalar @needed, '>', 8, 'packages for the build are found');
none('Build-Depends has what conf/install/packages has for the build', grep { !$declared{$_} && !$elsewhere{$_} } @needed);
my %needed = map { $_ => 1 } @needed, qw(debhelper-compat nodejs);
none('and no more', grep { !$needed{$_} } sort keys %declared);

my @files = map { split /\n/, slurp($_) } glob 'conf/debian/*.docs conf/debian/*.examples';
cmp_ok(scalar @files, '>', 2, 'files to be packaged are named');
none('and are there', grep { !(() = glob $_) } @files);
for my $script (glob 'conf/debian/*.post* t/tools/deb-*.sh') {
    my $said = command('sh', '-n', $script);
    is($said->{exit}, 0, "$script: a shell can read it") or diag $said->{err};
}
like(slurp('conf/debian/libapache2-mod-portal.postrm'), qr/^#DEBHELPER#$/m, 'the scripts let debhelper add its own');
unlike(slurp('conf/debian/libapache2-mod-portal.postrm'), qr{\brm\s}, 'no script removes records');
done_testing;

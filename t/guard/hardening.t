# SPDX-License-Identifier: Apache-2.0
#
# How the programs were built: position-independent, their tables read-only once they are bound, no stack that
# can be run, canaries on the stack, and the C library's checked functions. (security.md MS6)
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../conf/run/lib";
use Test::More;
use PortalServer qw(command);

chdir $PortalServer::ROOT or die "no folder of sources: $!\n";

sub readelf ($what, $file) { return command('readelf', '--wide', $what, $file)->{out} }

for my $file (map {"build/$_"} qw(mod_portal.so portal-hasher portalctl)) {
    -e $file or BAIL_OUT("$file has to be built first");
    my ($head, $parts, $dynamic, $names) = map { readelf($_, $file) } qw(--file-header --program-headers --dynamic --dyn-syms);
    like $head,    qr/^\s*Type:\s+DYN\b/m,                  "MS6: $file can lie anywhere";
    like $parts,   qr/^\s*GNU_RELRO\b/m,                    'MS6: its tables are read-only';
    like $dynamic, qr/\bBIND_NOW\b|\bFLAGS_1\b.*\bNOW\b/,   'MS6: from the start';
    like $parts,   qr/^\s*GNU_STACK\s.*\sRW\s/m,            'MS6: its stack is no program';
    unlike $parts, qr/^\s*LOAD\s.*\sRWE\s/m,                'MS6: nothing can be written and run';
    like $names,   qr/\b__stack_chk_fail\b/,                'MS6: it watches its stack';
    like $names,   qr/\b__\w+_chk\b(?<!__stack_chk)/,       'MS6: and the lengths of what it copies';
    unlike $dynamic, qr/\b(?:RPATH|RUNPATH|TEXTREL)\b/,     'MS6: it takes no libraries from elsewhere';
}
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The test authority and the certificate of 127.0.0.1: made once and kept in t/tls beside the test
# build (build/t/tls for build/test).
package PortalTest::Certificate;
use v5.36;

use Fcntl          qw(LOCK_EX);
use File::Basename qw(dirname);
use File::Path     qw(make_path remove_tree);

# The folder with ca.crt, tls.crt and tls.key. Files made more than 20 days ago are made anew.
sub folder ($class, $build) {
    my $parent = dirname($build) . '/t';
    my $dir    = "$parent/tls";
    make_path($parent);
    open my $lock, '>>', "$parent/tls.lock" or die "$parent/tls.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";
    return $dir if -e "$dir/ca.crt" && -M "$dir/ca.crt" < 20;
    my $new = "$parent/tls.new";
    remove_tree($new, $dir);
    make_path($new);
    _make($new);
    rename $new, $dir or die "$dir: $!";
    return $dir;
}

sub _make ($dir) {
    my @key = qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes);
    _openssl($dir, 'req', '-x509', @key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '30',
        '-subj', '/CN=Portal test authority', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
    _openssl($dir, 'req', @key, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=localhost');
    open my $ext, '>', "$dir/tls.ext" or die "$dir/tls.ext: $!";
    print {$ext} "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n"
        . "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n";
    close $ext or die "$dir/tls.ext: $!";
    _openssl($dir, 'x509', '-req', '-in', 'tls.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key',
        '-CAcreateserial', '-days', '30', '-out', 'tls.crt', '-extfile', 'tls.ext');
    return;
}

sub _openssl ($dir, @args) {
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        chdir $dir or die "$dir: $!";
        open STDOUT, '>',  'openssl.log' or die "openssl.log: $!";
        open STDERR, '>&', \*STDOUT      or die "openssl.log: $!";
        exec 'openssl', @args;
    }
    waitpid $pid, 0;
    $? == 0 or die "openssl $args[0] failed: see $dir/openssl.log\n";
    return;
}

1;

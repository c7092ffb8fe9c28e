# SPDX-License-Identifier: Apache-2.0
#
# PortalTest::DatabaseServer: MariaDB. Its user may make databases; there is none at first.
package PortalTest::DatabaseServer::MariaDB;
use v5.36;
use parent 'PortalTest::DatabaseServer';

use PortalServer qw(spew must);

sub driver ($) { return 'mysql' }

sub missing ($class) {
    return 'no MariaDB server here: apt-get install mariadb-server-core'
        if !-x '/usr/sbin/mariadbd' || !-x '/usr/bin/mariadb-install-db';
    return 'no libdbd-mariadb-perl here' if !eval { require DBD::MariaDB; 1 };
    return $class->driver_missing;
}

# innodb-flush-log-at-trx-commit 2: what was committed outlives the process, not the machine. A server that
# starts takes away what lies in the folder of temporary files, whose ever it is: so that is its own.
sub make ($self, @options) {
    my $own = $self->{own};
    mkdir "$own/tmp" or die "$own/tmp: $!\n";
    chown $self->user, "$own/tmp";
    must($self->as_user, 'env', "TMPDIR=$own/tmp", 'mariadb-install-db', '--no-defaults', "--datadir=$own/data", '--skip-test-db',
        '--auth-root-authentication-method=normal');
    spew("$own/options", <<~"END");
        [mariadbd]
        datadir = $own/data
        tmpdir = $own/tmp
        socket = $own/s
        pid-file = $own/pid
        skip-networking
        skip-name-resolve
        performance-schema = 0
        max-connections = 400
        max-prepared-stmt-count = 1048576
        max-recursive-iterations = 100000
        innodb-buffer-pool-size = 256M
        innodb-flush-log-at-trx-commit = 2
        innodb-doublewrite = 0
        innodb-flush-method = nosync
        log-warnings = 0
        @{[ join "\n", @options ]}
        END
    return;
}

sub command ($self) { return '/usr/sbin/mariadbd', "--defaults-file=$self->{own}/options" }

sub answers ($self) {
    return system("mariadb-admin --no-defaults -S '$self->{own}/s' -u root ping >/dev/null 2>&1") == 0;
}

# As its administrator.
sub run ($self, $sql) {
    return must('mariadb', '--no-defaults', '-S', "$self->{own}/s", '-u', 'root', '-N', '-B', '-e', $sql);
}

sub prepare ($self) {
    $self->run('CREATE USER portal@localhost; GRANT ALL ON *.* TO portal@localhost');
    return;
}

sub socket_in ($, $folder) { return "$folder/s" }

sub params_in ($, $folder) { return "sock=$folder/s,user=portal,flags=CLIENT_FOUND_ROWS,fldsz=16777216" }

sub with_password ($self, $password) {
    $self->run("ALTER USER portal\@localhost IDENTIFIED BY '$password'");
    return $self->params . ",pass=$password";
}

1;

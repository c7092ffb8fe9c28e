# SPDX-License-Identifier: Apache-2.0
#
# "A user that cannot change the trail", for PostgreSQL and MariaDB, as the README says it: its lines are run
# on servers of their own, and httpd serves as that user. (security.md LG2, LG3)
use v5.36;
use lib 't/lib';
use PortalTest::DatabaseServer;
my $server;
END { my $status = $?; $server->end if $server; $? = $status }    # after the one of PortalTest
use PortalTest;
use PortalTest::Tab;
use File::Temp ();

my %section = map { $_->[0] => [ blocks($_->[1]) ] } [ pgsql => 'PostgreSQL' ], [ mysql => 'MariaDB' ];

sub blocks ($engine) {
    my ($text) = PortalServer::slurp('README.md') =~ /^## $engine instead of SQLite\n(.*?)^## /ms;
    my ($part) = $text =~ /^### A user that cannot change the trail\n(.*)/ms;
    return $part =~ /^```\n(.*?)^```$/msg;
}

# Params of a user of the README, who has no password here.
sub params_of ($user) { return $server->params =~ s/\buser=\w+/user=$user/r }

# One of the README's lines on the command line, with this server in place of the machine's.
sub on_command_line ($line) {
    my $own = $server->folder;
    $line =~ s/\bmariadb\b(?= )/mariadb --no-defaults -S $own\/s -u root/g;
    $line =~ s/\| mariadb\n/| mariadb --no-defaults -S $own\/s -u root\n/;
    $line =~ s{/usr/local/share/mod_portal/}{};
    return system('sh', '-c', $line) >> 8;
}

# A statement by whom PORTAL_DB_PARAMS name; why not, or 'done'.
sub by ($t, $sql) { return eval { $t->sql($sql); 'done' } // $@ }

sub attacks ($t, $allowed) {
    for my $sql ("UPDATE audit SET actor = 'eve' WHERE seq = 1", 'DELETE FROM audit WHERE seq = 1', 'TRUNCATE TABLE audit',
        'DROP TABLE audit', 'ALTER TABLE audit ADD COLUMN x INT', @$allowed) {
        like by($t, $sql), qr/denied|must be owner|do not have the SUPER privilege/, "refused: $sql";
    }
    return;
}

# The site at work: desk, patient, jobs and command line.
sub works ($t) {
    my $tab = PortalTest::Tab->new($t, 1)->open('A-1');
    is $t->desk->form('/binders/new', { mrn => 'G-1', family => 'New', given => 'Ann' })->code, 303, 'the desk works';
    is $tab->signed_in('A-1', 'quite a long password 17')->get('/')->code, 200, 'a patient signs in';
    is $t->portalctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
    my $check = $t->portalctl('check');
    is $check->{exit}, 0, 'and all is well' or diag $check->{out};
    return;
}

# Users and database as the README makes them; its names stand for the test's.
my %as_it_says = (
    pgsql => sub ($make, $grant, @) {
        $server->run($_, 'postgres') for 'DROP DATABASE portal', 'DROP ROLE portal', split /;\n/, $make;
        $ENV{PORTAL_DB_PARAMS} = params_of('portal_owner');
        my $t    = begun();
        my $name = $t->database->{name};
        $server->run("SET search_path = $name; GRANT USAGE ON SCHEMA $name TO portal; " . $grant =~ s/SCHEMA public/SCHEMA $name/r);
        like by($t, "UPDATE audit SET actor = 'eve'"), qr/only added/, 'the owner is stopped by the trigger';
        return ($t, ['DROP TRIGGER audit_only_grows ON audit', 'ALTER TABLE audit DISABLE TRIGGER ALL']);
    },
    mysql => sub ($make, $grant, $triggers) {
        $server->run("DROP USER portal\@localhost; " . $make =~ s/IDENTIFIED BY '[^']*'//gr);
        $ENV{PORTAL_DB_PARAMS} = params_of('portal_owner');
        $server->run('GRANT ALL ON `t\_%`.* TO portal_owner@localhost');    # for the test's own name
        my $t    = begun();
        my $name = $t->database->{name};
        is by($t, "UPDATE audit SET actor = actor"), 'done', 'with a binary log no trigger was made';
        like $t->portalctl('check')->{out}, qr/^look at this  audit .*the database lets them be changed/m, 'and check says so';
        is on_command_line($triggers =~ s/mariadb portal/mariadb $name/r), 0, 'the administrator makes it';
        is on_command_line($grant =~ s/ON portal\./ON $name./r =~ s/'portal'/'$name'/r), 0, 'and gives the rights';
        like by($t, "UPDATE audit SET actor = 'eve'"), qr/only added/, 'the owner is stopped by the trigger';
        return ($t, ['DROP TRIGGER audit_no_update', 'REPLACE INTO audit SELECT * FROM audit WHERE seq = 1']);
    },
);

sub begun () {
    return PortalTest->start(start => 0, default_forms => '',
        csv => "mrn,family,given,birth_date,email,case_number\n1,Doe,Ann,1970-01-02,ann\@example.org,A-1\n");
}

for my $engine (PortalTest::DatabaseServer->engines) {
    my $class = PortalTest::DatabaseServer->of($engine);
    subtest $engine => sub {
        my $reason = $class->missing;
        plan skip_all => $reason if defined $reason;
        my $folder = File::Temp::tempdir('portal-db-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
        chmod 0755, $folder;
        $server = $class->start("$folder/own", $engine eq 'mysql' ? 'log-bin' : ());
        local @ENV{qw(PORTAL_DB PORTAL_DB_PARAMS)} = ($engine, $server->params);
        my ($t, $more) = $as_it_says{$engine}->(@{ $section{$engine} });
        $ENV{PORTAL_DB_PARAMS} = params_of('portal');
        delete $t->database->{db};    # who is connected as the owner
        $t->launch;
        works($t);
        attacks($t, $more);
        $ENV{PORTAL_DB_PARAMS} = params_of('portal_owner');
        $t->stop;
        $server->end;
        undef $server;
    };
}
done_testing;

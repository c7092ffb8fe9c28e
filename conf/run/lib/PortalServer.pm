# SPDX-License-Identifier: Apache-2.0
#
# What it takes to run the portal in a folder of its own: used by `make run` and by every test file.
# Only core modules. Functions die with a sentence when something cannot be done.
package PortalServer;
use v5.36;

use Cwd            ();
use Exporter       qw(import);
use File::Basename qw(dirname);
use File::Path     qw(make_path remove_tree);
use IO::Select     ();
use POSIX          ();
use Time::HiRes    qw(sleep time);

our @EXPORT_OK = qw(slurp spew command must spawn end_server user_of_children
    copy_software open_folder give_records database_uri write_configuration generations);

our $ROOT    = Cwd::abs_path(dirname(__FILE__) . '/../../..');
our $HTTPD   = $ENV{PORTAL_HTTPD}   // '/usr/sbin/apache2';
our $MODULES = $ENV{PORTAL_MODULES} // '/usr/lib/apache2/modules';

# --- files and commands --------------------------------------------------------------------------

# The whole file as characters; "" when there is none.
sub slurp ($path) {
    open my $in, '<:raw', $path or return '';
    local $/ = undef;
    my $bytes = <$in> // '';
    utf8::decode($bytes);
    return $bytes;
}

# Writes a file of the given mode (default 0644), which it has from its first moment.
sub spew ($path, $text, $mode = 0644) {
    utf8::encode($text) if utf8::is_utf8($text);
    my $flags = POSIX::O_WRONLY() | POSIX::O_CREAT() | POSIX::O_TRUNC();
    my $umask = umask 0;
    my $done  = sysopen(my $out, $path, $flags, $mode);
    umask $umask;
    $done or die "$path: $!\n";
    binmode $out;
    print {$out} $text or die "$path: $!\n";
    close $out or die "$path: $!\n";
    return;
}

sub _exec ($stdin, $stdout, $stderr, @command) {
    open STDIN,  $stdin->[0],  $stdin->[1]  or POSIX::_exit(126);
    open STDOUT, $stdout->[0], $stdout->[1] or POSIX::_exit(126);
    open STDERR, $stderr->[0], $stderr->[1] or POSIX::_exit(126);
    { no warnings 'exec'; exec {$command[0]} @command }
    print {*STDERR} "$command[0]: $!\n";
    POSIX::_exit(127);
}

# Runs a command to its end: { exit, out, err }, both decoded as UTF-8.
sub command (@command) {
    pipe my $out_r, my $out_w or die "pipe: $!\n";
    pipe my $err_r, my $err_w or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    _exec([ '<', '/dev/null' ], [ '>&', $out_w ], [ '>&', $err_w ], @command) if !$pid;
    close $out_w;
    close $err_w;
    my %text   = (fileno $out_r, '', fileno $err_r, '');
    my $select = IO::Select->new($out_r, $err_r);
    while (my @ready = $select->can_read) {
        for my $handle (@ready) {
            my $n = sysread $handle, my $piece, 65536;
            $n ? ($text{ fileno $handle } .= $piece) : $select->remove($handle);
        }
    }
    waitpid $pid, 0;
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    my ($out, $err) = @text{ fileno $out_r, fileno $err_r };
    utf8::decode($_) for $out, $err;
    return { exit => $status, out => $out, err => $err };
}

# The same for a command that has to succeed; returns its output.
sub must (@command) {
    my $done = command(@command);
    $done->{exit} == 0 or die "@command failed:\n$done->{err}$done->{out}\n";
    return $done->{out};
}

# --- the server ----------------------------------------------------------------------------------

# Starts a command in a new session, so that no signal of a terminal reaches it (httpd takes SIGWINCH
# for a wish to end), its output appended to a file. Returns the pid. It is told to end (TERM) when we
# end without having done so.
sub spawn ($log, @command) {
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    POSIX::setsid();
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP WINCH);
    _exec([ '<', '/dev/null' ], [ '>>', $log ], [ '>&', \*STDOUT ],
        'setpriv', '--pdeathsig', 'TERM', @command);
}

# How often httpd said in its log that it serves: at the start and at each graceful restart.
sub generations ($dir) {
    return scalar(() = slurp("$dir/logs/error.log") =~ /resuming normal operations/g);
}

# Ends a server that spawn started and waits for its end. Returns what was left of its session, or of
# programs under $folder, as "pid name", after having killed that too.
# It is asked to finish what it does first. At TERM httpd's event MPM closes the connections of its threads
# from another thread, and now and then a child crashes over one that has just been answered (AH00052, with
# no module of ours loaded too: 11 times in 500 stops): no crash of ours may hide behind that one.
sub end_server ($pid, $folder) {
    my $ended = sub { waitpid($pid, POSIX::WNOHANG()) != 0 };
    for my $ask ([ WINCH => 4 ], [ TERM => 20 ], [ KILL => 20 ]) {
        kill $ask->[0], $pid;
        last if _wait($ended, $ask->[1]);
    }
    _wait(sub { !_relatives($pid, $folder) }, 5);
    my @left = _relatives($pid, $folder);
    kill 'KILL', map {/^(\d+)/} @left;
    return @left;
}

sub _wait ($condition, $patience) {
    my $deadline = time + $patience;
    while (time < $deadline) {
        return 1 if $condition->();
        sleep 0.01;
    }
    return 0;
}

# Processes of the session, or whose program lies in the folder.
sub _relatives ($session, $folder) {
    my @found;
    for my $proc (glob '/proc/[0-9]*') {
        my ($id) = $proc =~ /(\d+)$/;
        next if $id == $$;
        my ($name, $rest) = slurp("$proc/stat") =~ /^\d+ \((.*)\) (.*)$/s or next;
        my ($state, $its) = (split ' ', $rest)[ 0, 3 ];
        my $program = readlink("$proc/exe") // (split /\0/, slurp("$proc/cmdline"))[0] // '';
        push @found, "$id $name"
            if $state ne 'Z' && ($its == $session || index($program, "$folder/") == 0);
    }
    return @found;
}

# --- its folder ----------------------------------------------------------------------------------

# Whom the children of a server of ours run as: www-data under root, which never serves itself;
# undef: whoever we are.
sub user_of_children () {
    return $> == 0 ? 'www-data' : undef;
}

# Copies module, hasher, command line and their files to $dir/app: a checkout may lie where the
# children may not look (a home folder of mode 0700), and may be built anew while this runs.
sub copy_software ($build, $dir) {
    my @names = qw(mod_portal.so portal-hasher portalctl htdocs conf);
    for my $name (@names) {
        -e "$build/$name" or die "$build/$name is missing: it has to be built first\n";
    }
    remove_tree("$dir/app");
    make_path("$dir/app", { mode => 0755 });
    must('cp', '-rL', '--', map({"$build/$_"} @names), "$dir/app");
    return;
}

# Closes the folder to others, and lets the children write what they have to: new files in it (the
# database's journal), but not the files of others there, and mails.
sub open_folder ($dir) {
    my $user = user_of_children();
    if (!defined $user) {
        chmod 0700, $dir or die "$dir: $!\n";
        return;
    }
    my ($uid, $gid) = (getpwnam $user)[ 2, 3 ];
    defined $uid or die "there is no user $user\n";
    chown 0, $gid, $dir or die "$dir: $!\n";
    chmod 01770, $dir or die "$dir: $!\n";
    chown $uid, $gid, "$dir/mail" or die "$dir/mail: $!\n";
    _can_enter($uid, $gid, $dir)
        or die "$dir: $user cannot get there (httpd's children run as $user): choose another folder\n";
    return;
}

# Whether that user gets into a folder, through all the folders above it.
sub _can_enter ($uid, $gid, $dir) {
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $) = "$gid $gid";
        $( = $gid;
        POSIX::setuid($uid);
        POSIX::_exit(chdir $dir ? 0 : 1);
    }
    waitpid $pid, 0;
    return $? == 0;
}

# Root made the database; the children have to be able to write it.
sub give_records ($dir) {
    my $user = user_of_children() // return;
    my ($uid, $gid) = (getpwnam $user)[ 2, 3 ];
    opendir my $handle, $dir or die "$dir: $!\n";
    chown $uid, $gid, map {"$dir/$_"} grep {/^portal\.db/} readdir $handle;
    return;
}

# The database as a URI, so that a missing file is an error and not a new database.
sub database_uri ($dir) {
    utf8::encode($dir) if utf8::is_utf8($dir);
    return 'file:' . $dir =~ s/([^\w\/.~-])/sprintf '%%%02X', ord $1/gear . '/portal.db?mode=rw';
}

# Writes httpd.conf and portalctl.conf of a folder. Needed: port, host; others have defaults (driver and
# params of the database: SQLite's file in that folder).
sub write_configuration ($dir, %o) {
    my $user  = user_of_children();
    my %value = (
        RUN          => $dir,
        MODULES      => $MODULES,
        PORT         => $o{port},
        HOST         => $o{host},
        LISTEN       => join("\n", map {"Listen $_:$o{port}"} @{ $o{listen} // ['127.0.0.1'] }),
        USER         => $user ? "User $user\nGroup $user" : '',
        LOGLEVEL     => $o{level} // 'info',
        DRIVER       => $o{driver} // 'sqlite3',
        DATABASE     => $o{params} // database_uri($dir),
        EXTRA        => $o{extra} // '',
        SERVER_EXTRA => $o{server_extra} // '',
    );
    my $text = slurp("$ROOT/conf/run/httpd.conf.in");
    $text =~ s/\@([A-Z_]+)\@/$value{$1} \/\/ die "httpd.conf.in: no value for $1\n"/ge;
    spew("$dir/httpd.conf", $text);
    spew("$dir/portalctl.conf",
        "driver $value{DRIVER}\nparams $value{DATABASE}\nsecret file:$dir/secret.key\n");
    return;
}

1;

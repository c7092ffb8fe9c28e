# SPDX-License-Identifier: Apache-2.0
#
# A real httpd with the portal, for one test file: its own folder, database, certificate and port.
#
#   use lib 't/lib';
#   use PortalTest;                  # brings Test::More, strict, warnings, utf8 with it
#   my $t = PortalTest->start(csv => "mrn,family,given,case_number\n1,Doe,Ann,C-1\n");
#   my $p = $t->patient;                                   # a browser without a session
#   is $p->get('/login')->code, 200;
#   my $r = $p->form('/login', { case_number => 'C-1', password => 'x' });
#   is $r->code, 422;
#   my ($id) = $t->sql("SELECT id FROM binders")->[0]{id};
#   $t->expect_log('PTL0123');                             # else that line in the log fails stop
#   $t->stop;                                              # two tests: no process left, clean log
#   done_testing;
#
# start(%options), each with a default:
#   csv => TEXT or PATH        imported before the server starts; also an array of them
#   portal => { PortalX => 'value' }   directives in place of those of conf/run/portal.conf;
#                              undef takes one out; an array reference gives several lines
#   extra => TEXT              more configuration inside the virtual host
#   server_extra => TEXT       more configuration outside of it (LoadModule ...)
#   forms => DIR               Questionnaires; default: conf/forms
#   default_forms => 'a b'     PortalPaperworkDefault, also of imported cases; '' for none; default:
#                              three of our own, or all of that folder, in order
#   host => NAME              the public host; default: 127.0.0.1
#   level => TEXT              LogLevel; default: info portal:debug
#   env => { NAME => VALUE }   environment of httpd and portalctl
#   strict => 0                templates as in production (a missing name renders empty)
#   start => 0                 everything but the server's start: for ->httpd_t and ->launch
#
# The clock of the portal stands still nowhere: ->clock('+3600') moves it on by that many seconds,
# for the server and for portalctl alike; moves add up.
package PortalTest;
use v5.36;
use utf8;

use Digest::SHA      qw(sha1_base64);
use File::Basename   qw(basename dirname);
use File::Path       qw(remove_tree);
use File::Temp       ();
use IO::Socket::INET ();
use JSON::PP         ();
use POSIX            ();
use Test::More       ();
use Time::HiRes      qw(sleep time);

use lib dirname(__FILE__) . '/../../conf/run/lib';
use PortalServer qw(slurp spew command must spawn end_server user_of_children
    copy_software open_folder give_records database_uri write_configuration generations);
use PortalTest::Certificate ();
use PortalTest::Client      ();
use PortalTest::Database    ();
use PortalTest::Mail        ();

our %DESK = (frontdesk => 'desk-of-the-front', nurse => 'desk-of-the-nurse');

my $ROOT  = $PortalServer::ROOT;
my $BUILD = "$ROOT/" . ($ENV{PORTAL_BUILD} // 'build/test');

# Tags of an ordinary life, which no test has to announce: hints on the forms that are loaded.
my %ORDINARY = map { $_ => 1 } qw(PTL0008 PTL0770 PTL0771);

my %running;

sub import ($class, @) {
    strict->import;
    warnings->import;
    utf8->import;
    feature->import(':5.36');
    binmode STDOUT, ':encoding(UTF-8)';
    binmode STDERR, ':encoding(UTF-8)';
    my $builder = Test::More->builder;
    binmode $builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);
    my $caller = caller;
    no strict 'refs';
    for my $name (@Test::More::EXPORT) {
        next if $name !~ /^\w+$/;
        *{"${caller}::$name"} = \&{"Test::More::$name"};
    }
    return;
}

sub root  ($) { return $ROOT }
sub build ($) { return $BUILD }

# The folder of samples, or undef: the caller skips and says so.
sub samples ($) {
    my $dir = $ENV{PORTAL_SAMPLES};
    return defined $dir && length $dir ? $dir : undef;
}

sub start ($class, %o) {
    my $self = bless { o => \%o, expected => {}, shift => 0, owner => $$ }, $class;
    $self->{dir} = File::Temp::tempdir('portal-t-XXXXXXXX', TMPDIR => 1);
    $running{ $self->{dir} } = $self;
    $self->{database} = PortalTest::Database->make($self->file('portal.db'));
    copy_software($BUILD, $self->{dir});
    $self->_make_folder;
    $self->_make_records;
    $self->launch if $o{start} // 1;
    return $self;
}

sub dir   ($self) { return $self->{dir} }
sub port  ($self) { return $self->{port} }
sub pid   ($self) { return $self->{pid} }
sub url   ($self, $path = '') { return "https://127.0.0.1:$self->{port}$path" }
sub file  ($self, $name) { return "$self->{dir}/$name" }

# --- the folder ------------------------------------------------------------------------------

sub _make_folder ($self) {
    my $dir = $self->{dir};
    chmod 0755, $dir;
    mkdir "$dir/$_" or die "$dir/$_: $!" for qw(logs mail);
    must('cp', '-r', $self->{o}{forms} // "$ROOT/conf/forms", "$dir/forms");
    my $tls = PortalTest::Certificate->folder($BUILD);
    $self->{ca} = "$tls/ca.crt";
    must('cp', "$tls/tls.crt", "$tls/tls.key", $dir);
    spew("$dir/desk.htpasswd",
        join '', map { "$_:{SHA}" . sha1_base64($DESK{$_}) . "=\n" } sort keys %DESK);
    spew("$dir/clock", "0\n");
    $self->{port} = 1;
    $self->_configure;
    open_folder($dir);
    return;
}

sub _make_records ($self) {
    my $made = $self->portalctl('init');
    $made->{exit} == 0 or die "portalctl init: $made->{err}";
    my $csv = $self->{o}{csv};
    my $n   = 0;
    for my $one (ref $csv ? @$csv : $csv // ()) {
        my $path = $one;
        if ($one =~ /\n/) {
            $path = $self->file('import-' . ++$n . '.csv');
            spew($path, $one);
        }
        my $forms = $self->_default_forms;
        my @forms = defined $forms ? ('--paperwork', $forms =~ s/ +/,/gr) : ();
        my $done  = $self->portalctl('import', @forms, $path);
        $done->{exit} == 0 or die "portalctl import: $done->{err}$done->{out}";
    }
    give_records($self->{dir});
    return;
}

# --- configuration ---------------------------------------------------------------------------

sub _configure ($self) {
    my $o = $self->{o};
    write_configuration($self->{dir},
        port         => $self->{port},
        host         => $o->{host} // '127.0.0.1',
        level        => $o->{level} // 'info portal:debug',
        driver       => $self->{database}->driver,
        params       => $self->{database}->params,
        extra        => $o->{extra},
        server_extra => $o->{server_extra},
    );
    my %new = (PortalPaperworkDefault => $self->_default_forms, %{ $o->{portal} // {} });
    my $text = slurp("$ROOT/conf/run/portal.conf");
    for my $name (sort keys %new) {
        my $value = $new{$name};
        $text =~ s/^\Q$name\E .*\n//mg;
        $text .= join '', map {"$name $_\n"} ref $value ? @$value : $value // ();
    }
    spew($self->file('portal.conf'), $text);
    return;
}

# PortalPaperworkDefault: when the test names none, three of our own forms, or all of the folder that it brings.
sub _default_forms ($self) {
    my $names = $self->{o}{default_forms};
    $names //= join ' ', grep { -e "$self->{dir}/forms/$_.json" } qw(consent-to-treatment medical-history registration)
        if !defined $self->{o}{forms};
    $names //= join ' ', sort map { basename($_, '.json') } glob "\Q$self->{dir}\E/forms/*.json";
    return length $names ? $names : undef;
}

# Changes options for the next launch or restart: $t->set(portal => {...}).
sub set ($self, %o) {
    $self->{o}{$_} = $o{$_} for keys %o;
    $self->_configure;
    return $self;
}

# Checks the configuration as an administrator would: { exit, out, err }.
sub httpd_t ($self) {
    $self->_configure;
    return $self->_command($PortalServer::HTTPD, '-t', '-f', $self->file('httpd.conf'));
}

# --- the server ------------------------------------------------------------------------------

sub _environment ($self) {
    return (
        PORTAL_CLOCK_FILE => $self->file('clock'),
        PORTAL_STRICT     => $self->{o}{strict} // 1 ? 1 : 0,
        %{ $self->{o}{env} // {} },
    );
}

# Starts httpd; comes back when it answers. Dies with its own words when it does not.
sub launch ($self) {
    for my $try (1 .. 5) {
        $self->{port} = _free_port() if !$self->{keep_port};
        $self->_configure;
        my $before = generations($self->{dir});
        local %ENV = (%ENV, $self->_environment);
        $self->{pid} = spawn($self->file('logs/start.log'),
            $PortalServer::HTTPD, '-DFOREGROUND', '-f', $self->file('httpd.conf'));
        my $answer = $self->_wait_until_ready($before);
        return $self if $answer eq 'ready';
        next         if $answer =~ /Address already in use/ && !$self->{keep_port};
        die "httpd did not start:\n$answer";
    }
    die "no free port\n";
}

sub _wait_until_ready ($self, $before) {
    my $deadline = time + 30;
    while (time < $deadline) {
        if (waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid}) {
            delete $self->{pid};
            return slurp($self->file('logs/start.log')) . $self->error_log;
        }
        return 'ready' if generations($self->{dir}) > $before;
        sleep 0.01;
    }
    return "no answer within 30 s\n" . $self->error_log;
}

# Graceful restart: new configuration, key and templates; waits until the new generation serves.
sub graceful ($self) {
    my $before = generations($self->{dir});
    $self->_configure;
    kill 'USR1', $self->{pid};
    $self->wait_for('the graceful restart', sub { generations($self->{dir}) > $before });
    return $self;
}

# Ends the server and starts it again on the same port, folder and records.
sub restart ($self) {
    local $self->{keep_port} = 1;
    $self->_end;
    return $self->launch;
}

sub _end ($self) {
    my $pid = delete $self->{pid} // return '';
    my @left = end_server($pid, $self->file('app'));
    return join ', ', @left;
}

# Waits for a condition (up to 15 s or the given number of seconds); dies when it does not come.
sub wait_for ($self, $what, $condition, $patience = 15) {
    my $deadline = time + $patience;
    while (1) {
        my $value = $condition->();
        return $value if $value;
        die "waited in vain for $what\n" if time > $deadline;
        sleep 0.02;
    }
}

# Sets the portal's clock on by so many seconds (a sign is allowed).
sub clock ($self, $seconds) {
    $self->{shift} += $seconds;
    spew($self->file('clock.new'), "$self->{shift}\n");
    rename $self->file('clock.new'), $self->file('clock') or die "clock: $!";
    return $self;
}

# What the portal takes for now, in seconds.
sub now ($self) { return time + $self->{shift} }

# --- looking at it ---------------------------------------------------------------------------

# A patient's browser without a session; desk: one with a staff member's Basic sign-in.
# from => '127.0.0.7': another address; language => 'es'.
sub patient ($self, %o) {
    return PortalTest::Client->new(test => $self, base => '/portal', %o);
}

sub desk ($self, $user = 'frontdesk', %o) {
    return PortalTest::Client->new(
        test => $self, base => '/desk', user => $user, password => $DESK{$user}, %o);
}

# A program of the hospital at the desk's or the portal's JSON: no cookies, no Origin.
sub program ($self, $user = undef, %o) {
    return PortalTest::Client->new(
        test => $self, base => $user ? '/desk' : '/portal', program => 1,
        $user ? (user => $user, password => $DESK{$user}) : (), %o);
}

# Rows as an array of hashes. Never binds: for tests only.
sub sql ($self, $query) { return $self->{database}->rows($query) }

# PortalTest::Database: for tests that are about one engine, or look for something in all of it.
sub database ($self) { return $self->{database} }

# { exit, out, err }, decoded; runs with the test's clock beside the serving httpd.
sub portalctl ($self, @args) {
    return $self->_command($self->file('app/portalctl'), '--config',
        $self->file('portalctl.conf'), @args);
}

# Gives it another master key and seals everything with it, as portalctl rotate-secret says; dies if it does not go.
sub new_key ($self) {
    for my $keys ('', '1,2', '2,1') {
        $self->graceful if $keys;
        $self->wait_for("an httpd with the keys $keys", sub {
            !$keys || ($self->sql("SELECT value FROM meta WHERE name LIKE 'keys:%'")->[0]{value} // '') =~ / $keys$/;
        });
        my $done = $self->portalctl('rotate-secret');
        die "rotate-secret, after $keys: $done->{err}\n" if $done->{exit};
    }
    return;
}

# All mails so far, oldest first; mails(2) waits until there are at least two.
sub mails ($self, $at_least = 0) {
    my $all = sub { [ PortalTest::Mail->read_folder($self->file('mail')) ] };
    $self->wait_for("$at_least mails", sub { @{ $all->() } >= $at_least }) if $at_least;
    return @{ $all->() };
}

sub error_log  ($self) { return slurp($self->file('logs/error.log')) }
sub access_log ($self) { return slurp($self->file('logs/access.log')) }

sub _command ($self, @command) {
    local %ENV = (%ENV, $self->_environment);
    return command(@command);
}

# --- the end ---------------------------------------------------------------------------------

# Announces tags or patterns (qr//) of lines that this test provokes.
sub expect_log ($self, @what) {
    for my $one (@what) {
        ref $one ? push @{ $self->{patterns} }, $one : ($self->{expected}{$one} = 1);
    }
    return $self;
}

# Ends the server: two tests, that no process is left, and that the log holds only what was announced.
sub stop ($self) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($left, @bad) = $self->finish;
    Test::More::is($left, '', 'no process is left');
    Test::More::is(scalar @bad, 0, 'the error log holds only what was announced')
        or Test::More::diag(join "\n", @bad[ 0 .. ($#bad < 30 ? $#bad : 30) ]);
    tell_crashes(@bad);
    Test::More::diag(join "\n", @{ $self->{unanswered} // [] }, 'The end of the error log:', _tail($self->error_log))
        if !Test::More->builder->is_passing;
    $self->_clean_up;
    return;
}

# The same without tests: what was left ("" for nothing), and the unannounced lines of the log.
sub finish ($self) {
    my $left = $self->_end;
    return ($left, $self->_unannounced);
}

sub _unannounced ($self) {
    my @bad;
    for my $line (split /\n/, $self->error_log . slurp($self->file('logs/start.log'))) {
        push @bad, $line if $self->_is_bad($line);
    }
    return @bad;
}

# A line that no second run takes back: a program crashed, or would have. They are told as comments of the
# test's own output, where t/run looks for them.
sub is_crash ($line) {
    return $line =~ /(?:Address|Leak|Thread)Sanitizer|runtime error:|^==\d+==/
        || $line =~ /exit signal|stack smashing|double free|corrupted|Assertion/;
}

sub tell_crashes (@lines) {
    print {*STDOUT} map {"# crashed: $_\n"} grep { is_crash($_) } @lines;
    return;
}

sub _is_bad ($self, $line) {
    return 0 if grep { $line =~ $_ } @{ $self->{patterns} // [] };
    return 1 if is_crash($line);
    # httpd on a busy machine: more children than it would like, nothing of ours
    return 0 if $line =~ /\bAH(?:10159|03490)\b/;
    return 0 if ($ENV{PORTAL_SEEN_BY} // '') eq 'valgrind' && $line =~ /\bAH00484\b/;
    # a machine whose libssl is older than the one that mod_ssl was built with
    return 0 if $line =~ /\bAH01882\b/;
    my ($level) = $line =~ /^\[[^\]]*\] \[[\w-]*:(\w+)\]/;
    my @tags    = $line =~ /\b(PTL\d+)\b/g;
    return 0 if @tags && !grep { !$self->{expected}{$_} && !$ORDINARY{$_} } @tags;
    return 0 if !defined $level;
    return 1 if $level =~ /^(?:warn|error|crit|alert|emerg)$/;
    return @tags && $level !~ /^(?:debug|trace\d)$/;
}

sub _clean_up ($self) {
    delete $running{ $self->{dir} };
    my $failed = !Test::More->builder->is_passing || $?;
    if ($ENV{PORTAL_KEEP} || $failed && $ENV{PORTAL_KEEP_FAILED}) {
        Test::More::diag("kept $self->{dir}");
        return;
    }
    $self->{database}->drop;
    remove_tree($self->{dir});
    return;
}

END {
    my $status = $?;
    for my $t (grep { $_->{owner} == $$ } values %running) {
        eval { Test::More::diag("not stopped; the end of its log:\n" . _tail($t->error_log)) }
            if $status || $t->{pid};
        $t->_end;
        tell_crashes(split /\n/, $t->error_log);
        $t->_clean_up;
    }
    $? = $status;
}

for my $signal (qw(INT TERM HUP)) {
    $SIG{$signal} = sub { exit 1 };
}

# --- small things ----------------------------------------------------------------------------

sub _tail ($text) {
    my @lines = grep { !/\[(?:ssl|socache_shmcb|mpm_event):(?:info|notice)\]/ } split /\n/, $text;
    return join "\n", @lines > 15 ? @lines[ -15 .. -1 ] : @lines;
}

# A port of 127.0.0.1 that nobody listens on now.
sub _free_port () {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1)
        or die "no free port: $!";
    return $socket->sockport;
}

1;

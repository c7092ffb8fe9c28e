# SPDX-License-Identifier: Apache-2.0
#
# The examples of the README for programs, line by line as they stand there, with curl against a real httpd.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use PortalTest;
use PortalTest::Paper;
use PortalTest::Tab;

my $t = PortalTest->start(csv => "mrn,family,given,birth_date,email,case_number\n1,Álvarez,Ana,1970-01-02,ana\@example.org,A-1\n",
    default_forms => 'consent-to-treatment registration');

# What the desk reads: a form that the patient has sent.
my $before = $t->patient;
my $tab    = PortalTest::Tab->new($t, 1)->open('A-1');
$before->form('/login', { case_number => 'A-1', password => $tab->register });
$before->form('/password', { (map { $_ => 'quite a long password 17' } qw(new_password new_password_again)) });
my ($todo) = PortalTest::Paper->todo($before);
my $sent = PortalTest::Paper->new($before, $todo->[0]);
$sent->fill;
is $sent->submit->code, 303, 'a form was sent';

open my $in, '<:encoding(UTF-8)', 'README.md' or die "README.md: $!";
my $readme = do { local $/ = undef; <$in> };
my ($section) = $readme =~ /^## Programs$(.*?)^## /ms;
my @blocks = $section =~ /^```\n(.*?)^```$/msg;
is @blocks, 2, 'two examples';
unlike $blocks[0], qr/cookie|\s-[bcu]\s|csrf|Origin/i, 'at the desk with neither cookie nor token, and no password in sight';

# A command goes on until its quotes and its backslashes are done.
my @commands;
for my $line (map { split /\n/ } @blocks) {
    next if $line =~ /^#|^\s*$/ && !(@commands && open_quotes($commands[-1]));
    if (@commands && open_quotes($commands[-1])) { $commands[-1] .= "\n$line" }
    else                                         { push @commands, $line }
}
sub open_quotes ($text) { return $text =~ /[\\|]$/ || ($text =~ s/\\"//gr =~ tr/"//) % 2 || ($text =~ tr/'//) % 2 }
cmp_ok scalar @commands, '>', 15, 'commands to run';

my $dir  = $t->dir;
my $host = '127.0.0.1:' . $t->port;
open my $netrc, '>', "$dir/netrc" or die $!;
print {$netrc} "machine 127.0.0.1 login frontdesk password $PortalTest::DESK{frontdesk}\n";
close $netrc;
chmod 0600, "$dir/netrc";

# Each command says on its last line whether all of it worked; curl fails on a status of 400 or more.
my $script = "cd $dir; export CURL_CA_BUNDLE=$t->{ca}; curl() { command curl --fail-with-body \"\$@\"; }; set -o pipefail\n";
for my $i (0 .. $#commands) {
    my $mine = $commands[$i] =~ s/portal\.example\.org/$host/gr;
    $script .= "exec 3>out.$i; { $mine\n} >&3 2>err.$i; echo \$? >status.$i\n";
}
open my $shell, '|-', 'bash' or die "bash: $!";
binmode $shell, ':encoding(UTF-8)';
print {$shell} $script;
close $shell;
my %out;
for my $i (0 .. $#commands) {
    my $read = sub ($name) { open my $f, '<:raw', "$dir/$name.$i" or return ''; local $/ = undef; return <$f> // '' };
    my ($first) = $commands[$i] =~ /^(.{1,70})/;
    is $read->('status') =~ s/\s+//gr, '0', $first or diag $read->('err'), $read->('out');
    $out{$first} = $read->('out');
}

sub data ($command) {
    return eval { JSON::PP->new->utf8->decode($out{$command} // die "no command $command\n") } // die $@;
}

like data('desk -d \'{"q": "alvarez"}\' $DESK/find')->{hits}[0]{name}, qr/Ana/, 'the patient is found';
is data('desk $DESK/binders/$BINDER')->{mrn}, '1', 'and opened';
my $new = $t->sql("SELECT c.number, b.given FROM patient_case c JOIN binder b ON b.id = c.binder_id WHERE b.mrn = 'RP-20001'");
is_deeply $new, [ { number => 'RP-9002', given => 'Iñaki' } ], 'a new binder has its case';
is $t->sql("SELECT COUNT(*) n FROM assignment a JOIN patient_case c ON c.id = a.case_id
    WHERE c.number = 'RP-9001' AND a.form = 'medical-history'")->[0]{n}, 1, 'a form more to fill in';
is data('desk $DESK/paperwork/$SENT')->{paper_id}, $sent->id, 'what was sent is read';
is data('desk $DESK/paperwork/$SENT/export')->{resourceType}, 'QuestionnaireResponse', 'and exported';
is data('portal $PORTAL/')->{cases}[0]{number}, 'RP-9001', 'the patient sees the case';
like $out{ (grep {/^portal \$PORTAL\/paperwork\/\$PAPER \|$/} keys %out)[0] }, qr{/paperwork/[\w-]{22}\?page=}, 'an answer is saved';
is $t->sql("SELECT COUNT(*) AS n FROM session")->[0]{n}, 0, 'signed out at the end';
is $t->sql('SELECT temporary_expires FROM account')->[0]{temporary_expires}, 0, 'with a password of her own';

$t->stop;
done_testing;

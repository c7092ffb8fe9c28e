# SPDX-License-Identifier: Apache-2.0
#
# Mistakes in the configuration: each is refused by `httpd -t` with file, line and mend; what is
# right is taken; nothing secret is repeated.
use v5.36;
use utf8;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/../lib";
use PortalTest::Directives;

my $check = checker();
my $dir   = $check->dir;
my @mail  = ('PortalMailRelay smtp://relay.example', 'PortalMailFrom a@b.example');

$check->file('open.key',   "key 1 x\n",                                 0644);
$check->file('group.key',  "key 1 x\n",                                 0640);
$check->file('broken.key', "no key at all\n",                           0600);
mkdir "$dir/$_" for qw(theme1 theme2);
$check->file('theme1/login.html',  "{{#open}}\n", 0644);
$check->file('theme2/en.json',    "{\"login.title\": \n", 0644);
$check->file('empty.list',        "short\n", 0644);
$check->file('token',      "only.canary~of+the/relay=\n",                0600);
$check->file('nocolon',    "only-canary-of-the-relay\n",                0600);
$check->file('twolines',   "user:canary-of-the-relay\nuser:password\n", 0600);

# A host with what is needed but for what the lines say themselves.
sub host (@lines) {
    my %own = map { /^(?:! )?(\w+)/ ? ($1 => 1) : () } @lines;
    return [$check->needed(%own), @lines];
}

sub refused ($name, $what, @configuration) {
    my ($code, $said) = $check->check(@configuration);
    my $ok = subtest $name => sub {
        isnt $code, 0, 'refused';
        like $said, qr/Syntax error on line $check->{marked} of \Q$check->{file}\E:/, 'file and line';
        like $said, $what, 'what and mend';
        unlike $said, qr/canary|core dumped/, 'nothing secret';
    };
    diag $said if !$ok;
    return;
}

sub taken ($name, @configuration) {
    my ($code, $said) = $check->check(@configuration);
    is $code, 0, "$name: taken" or diag $said;
    return $check->dump($said);
}

# One directive with this value is wrong.
sub wrong ($line, $what, @more) {
    return refused($line, $what, [], host("! $line", @more));
}

# --- forms ----------------------------------------------------------------------------------
{
    mkdir "$dir/lint";
    $check->file('lint/bad.json', '{"resourceType":"Questionnaire","title":"B","item":[{"linkId":"q",'
            . '"type":"choice","required":true,"text":"Q","answerValueSet":"http://x/vs"}]}', 0644);
    $check->file('lint/good.json', '{"resourceType":"Questionnaire","title":"G","item":[{"linkId":"q",'
            . '"type":"string","text":"Q"}]}', 0644);
    my ($code, $said) = $check->check([], host('PortalForms lint'));
    is $code, 0, 'a form that is refused is no mistake of the configuration';
    like $said, qr{bad\.json is refused: q: The choices are in the value set http://x/vs, which is neither in the form},
        'but httpd -t says so, with the linkId';
    unlike $said, qr/good\.json/, 'and nothing of those that are right';
}

# --- values ---------------------------------------------------------------------------------
wrong 'PortalName',             qr/PortalName has no argument; write PortalName TEXT/;
wrong 'PortalName ""',          qr/has no argument; write PortalName TEXT/;
wrong 'PortalName "  "',        qr/is empty; write a text/;
wrong 'PortalName St Anne',     qr/PortalName has 2 arguments; write PortalName TEXT/;
wrong "PortalName \"a\x01b\"",  qr/control character in it; take it out/;
wrong "PortalName \xff\xfe",    qr/is not UTF-8; save the file as UTF-8/;
wrong 'PortalName ' . 'x' x 201, qr/too long; write 200/;

wrong 'PortalURL http://p.example/portal', qr{need https: write https://p\.example/portal and};
wrong 'PortalURL http://localhost/portal', qr{need https: write https://localhost/portal and};
wrong 'PortalURL http://a:canary@p.example/', qr{need https};
wrong 'PortalURL p.example/portal',        qr{no https address; write https://HOST/PATH};
wrong 'PortalURL ftp://p.example/',        qr{no https address; write https://HOST/PATH};
wrong 'PortalURL https:///portal',         qr{no valid host; write a name};
wrong 'PortalURL https://-p.example/',     qr{no valid host; write a name};
wrong 'PortalURL https://p_q.example/',    qr{no valid host; write a name};
wrong 'PortalURL https://p..example/',     qr{no valid host; write a name};
wrong 'PortalURL https://[::1/',           qr{no valid host; write a name};
wrong 'PortalURL https://ann:canary@p.example/', qr{user name in it; take out};
wrong 'PortalURL https://p.example:0/',    qr{no valid port; write a number from 1 to 65535};
wrong 'PortalURL https://p.example:65536/', qr{no valid port};
wrong 'PortalURL https://p.example:/x',    qr{no valid port};
wrong 'PortalURL https://p.example:8x/x',  qr{no valid port};
wrong 'PortalURL https://p.example/a?b=c', qr{query or a fragment; end it with the path};
wrong 'PortalURL https://p.example/a#b',   qr{query or a fragment; end it with the path};
wrong 'PortalURL https://p.example?x',     qr{query or a fragment};
wrong 'PortalURL https://p.example/a%20b', qr{path with other characters than};
wrong 'PortalURL "https://p.example/a b"', qr{path with other characters than};
wrong 'PortalURL https://p.example/a//b',  qr{empty segment};
wrong 'PortalURL https://p.example/a/../b', qr{\.\. in its path; write the path without};
wrong 'PortalURL https://p.example//',     qr{empty segment};

wrong 'PortalSecret canary',            qr{must name a file.*write file:PATH};
wrong 'PortalSecret file:canary7canary7canary7canary7canary7/a+b=', qr{looks like the secret itself; write file:PATH};
wrong 'PortalSecret file:',             qr{no path; write a path};
wrong 'PortalSecret file:gone.key',     qr{\Q$dir\E/gone\.key: No such file.*make this file or mend the path};
wrong 'PortalSecret file:forms',        qr{is no file; write the path of a file};
wrong 'PortalSecret file:open.key',     qr{others than its owner; chmod 600 \Q$dir\E/open\.key};
wrong 'PortalSecret file:group.key',    qr{others than its owner; chmod 600 \Q$dir\E/group\.key};
wrong 'PortalSecret file:broken.key',   qr{PortalSecret: .*broken\.key.*made by portalctl init};

wrong 'PortalFeature lobby',            qr{has 1 argument; write PortalFeature NAME on\|off};
wrong 'PortalFeature loby off',         qr{"loby", did you mean "lobby"\?.*one of lobby, registration, paperwork, json};
wrong 'PortalFeature wireless on',      qr{"wireless"; write one of lobby, registration};
wrong 'PortalFeature json maybe',       qr{maybe is neither on nor off; write PortalFeature json on\|off};

wrong 'PortalTemplates gone',           qr{gone: No such file.*make this folder or mend the path};
wrong 'PortalTemplates ca.crt',         qr{is no folder; write the path of a folder};
wrong 'PortalTheme gone',               qr{make this folder};
wrong 'PortalTheme theme1',             qr{PortalTheme: \Q$dir\E/theme1/login\.html:\d+: };
wrong 'PortalTheme theme2',             qr{PortalTheme: .*\Q$dir\E/theme2/en\.json};
wrong 'PortalForms ca.crt',             qr{is no folder};
wrong 'PortalPaperworkDefault a/b',     qr{has the name "a/b"; a name has letters}, 'PortalForms forms';
wrong 'PortalPaperworkDefault a b a',   qr{names a twice; take one of the two out}, 'PortalForms forms';
wrong 'PortalPaperworkDefault a registratoin', qr{names registratoin, did you mean "registration"\?, but there is no registratoin\.json in \Q$dir\E/forms; write},
    'PortalForms forms';
wrong 'PortalPaperworkDefault a.json',  qr{there is no a\.json\.json in .*, without \.json}, 'PortalForms forms';
wrong 'PortalPaperworkDefault a',       qr{names forms, but there are none; add PortalForms DIR};

wrong 'PortalMailFrom nobody',              qr{no mail address; write one such as};
wrong 'PortalMailFrom "Anne <a@b.example>"', qr{more than an address; write the address alone};
wrong 'PortalMailReplyTo a@b@c.example',    qr{no mail address};
wrong "PortalMailFrom \"a\@b.example\x0bBcc: c\@d.example\"", qr{no mail address};
wrong 'PortalMailRelay relay.example',      qr{no mail relay; write smtp://HOST};
wrong 'PortalMailRelay https://r.example',  qr{no mail relay; write smtp://HOST};
wrong 'PortalMailRelay smtp://u:canary@r.example', qr{login in it; write the login into the file of PortalMailLogin};
wrong 'PortalMailRelay smtp://u:canary',        qr{no valid port};
wrong 'PortalMailRelay smtp://',            qr{no valid host};
wrong 'PortalMailRelay smtp://r.example/x', qr{something behind the host; end it};
wrong 'PortalMailRelay smtps://r.example:99999', qr{no valid port};
wrong 'PortalMailRelay file:gone',          qr{no folder that exists; mkdir \Q$dir\E/gone};
wrong 'PortalMailRelay file:',              qr{names no folder; write file:/PATH};
wrong 'PortalMailRelay smtp://r.example',   qr{needs a sender; add PortalMailFrom};
wrong 'PortalMailTLS on',                   qr{is not known.*write one of required, off};
wrong 'PortalMailTLS requird',              qr{did you mean "required"\?};
wrong 'PortalMailTLS off', qr{contradicts PortalMailRelay smtps://r\.example:465; write smtp},
    'PortalMailRelay smtps://r.example', 'PortalMailFrom a@b.example';
wrong 'PortalMailTLS off', qr{login of PortalMailLogin in the clear to relay\.example; take},
    @mail, 'PortalMailLogin file:login';
wrong 'PortalMailLogin file:login',    qr{needs a relay to log in to; add PortalMailRelay};
wrong 'PortalMailLogin file:login',    qr{needs a relay to log in to},
    'PortalMailRelay file:mail', 'PortalMailFrom a@b.example';
wrong 'PortalMailLogin file:nocolon',  qr{nocolon must hold one line USER:PASSWORD}, @mail;
wrong 'PortalMailLogin file:twolines', qr{twolines must hold one line USER:PASSWORD}, @mail;
wrong 'PortalMailLogin canary',        qr{write file:PATH}, @mail;
wrong 'PortalMailCA gone.crt',         qr{make this file}, @mail;
wrong 'PortalMailCA ca.crt',           qr{no encrypted relay to check};

my @export = ('PortalExport https://ehr.example/fhir');
wrong 'PortalExport http://ehr.example/fhir', qr{PortalExport};
wrong "PortalExport $_?token=canary", qr{PortalExport} for 'http://ehr.example/fhir', 'https://ehr.example/fhir', 'ehr.example';
wrong 'PortalExportLogin file:login',  qr{PortalExportLogin has no server it belongs to; add PortalExport https};
wrong 'PortalExportCA ca.crt',         qr{PortalExportCA has no server};
wrong 'PortalExportSystem urn:x',      qr{PortalExportSystem has no server};
wrong 'PortalExportLogin file:nocolon', qr{nocolon must hold one line USER:PASSWORD}, @export;
wrong 'PortalExportToken file:twolines', qr{twolines must hold one line, a bearer token}, @export;
wrong 'PortalExportToken file:token',  qr{two ways to say who we are; take one of them out}, @export, 'PortalExportLogin file:login';

wrong 'PortalRegistration closed',        qr{write one of open, invited, off};
wrong 'PortalRegistration invite',        qr{did you mean "invited"\?};
wrong 'PortalInvitationExpires 7',        qr{write a whole number and its unit.*as in 30min};
wrong 'PortalInvitationExpires 7x',       qr{write a whole number and its unit};
wrong 'PortalInvitationExpires -7d',      qr{write a whole number and its unit};
wrong 'PortalInvitationExpires 1s',       qr{out of range; write a time from 5min to 60d};
wrong 'PortalInvitationExpires 61d',      qr{out of range; write a time from 5min to 60d};
wrong 'PortalVerificationExpires 25h',    qr{out of range; write a time from 5min to (?:24h|1d)};
wrong 'PortalTemporaryPasswordExpires 31d', qr{out of range; write a time from 5min to 30d};
wrong 'PortalPasswordMinLength 14',       qr{used alone has at least 15 characters; write PortalPasswordMinLength 15, or PortalSecondFactor required};
wrong 'PortalPasswordMinLength 8',        qr{used alone has at least 15}, 'PortalSecondFactor offered';
wrong 'PortalPasswordMinLength 7',        qr{no number from 8 to 64; write such}, 'PortalSecondFactor required';
wrong 'PortalSecondFactor always',        qr{is not known; write one of off, offered, required};
wrong 'PortalPasswordMinLength 65',       qr{no number from 8 to 64};
wrong 'PortalPasswordMinLength 15.5',     qr{no number from 8 to 64};
wrong 'PortalPasswordMinLength 99999999999999999999', qr{no number from 8 to 64};
wrong 'PortalPasswordMinLength +16',      qr{no number from 8 to 64};
wrong 'PortalPasswordBlocklist gone.bin', qr{make this file};
wrong 'PortalPasswordBlocklist empty.list', qr{empty\.list: is no password blocklist: .*without a line of 8 characters};
wrong 'PortalPasswordHash 2',             qr{has 1 argument; write PortalPasswordHash OPS MEMORY};
wrong 'PortalPasswordHash 0 64M',         qr{no valid OPS; write a number of passes from 1 to 16};
wrong 'PortalPasswordHash 17 64M',        qr{no valid OPS};
wrong 'PortalPasswordHash 2 64',          qr{no valid MEMORY; write a size up to 4G};
wrong 'PortalPasswordHash 2 5G',          qr{no valid MEMORY};
wrong 'PortalPasswordHash 2 18M',         qr{too cheap.*with 2 passes write a MEMORY of 19M};
wrong 'PortalPasswordHash 1 45M',         qr{too cheap.*with 1 pass write a MEMORY of 46M};
wrong 'PortalPasswordHash 9 6M',          qr{too cheap.*with 9 passes write a MEMORY of 7M};
wrong 'PortalPasswordHashers 0',          qr{no number from 1 to 256};
wrong 'PortalPasswordQueue 0',            qr{no number from 1 to 10000};
wrong 'PortalThrottle 3 1s 1h',           qr{has 3 arguments; write PortalThrottle FREE WAIT LONGEST STOP};
wrong 'PortalThrottle 0 1s 1h 100',       qr{has a FREE, 0, that is no number from 1 to 50};
wrong 'PortalThrottle 3 1 1h 100',        qr{has a WAIT, 1, that .*write a whole number and its unit};
wrong 'PortalThrottle 3 1s 2d 100',       qr{has a LONGEST, 2d, that is out of range};
wrong 'PortalThrottle 3 1s 1h 101',       qr{has a STOP, 101, that is no number from 2 to 100};
wrong 'PortalThrottle 3 1min 1s 100',     qr{LONGEST that is shorter than WAIT; write a longer};
wrong 'PortalThrottle 3 1s 1h 3',         qr{STOP that is not more than FREE; write a larger};
wrong 'PortalPaperworkRetention 10',       qr{no time to keep paperwork; write years, as in 10y};
wrong 'PortalPaperworkRetention 12h',      qr{no time to keep paperwork};
wrong 'PortalPaperworkRetention 101y',     qr{out of range; write 1y to 100y, or off};
wrong 'PortalPaperworkRetention 0y',       qr{out of range};
wrong 'PortalPaperworkRetention for ever', qr{has 2 arguments; write PortalPaperworkRetention TIME\|off};
wrong 'PortalSessionIdle 9h',             qr{out of range; write a time from 5s to 8h};
wrong 'PortalSessionIdle 2h',             qr{longer than PortalSessionLifetime.*write a shorter},
    'PortalSessionLifetime 1h';
wrong 'PortalSessionLifetime 8d',         qr{out of range; write a time from 1min to 7d};
wrong 'PortalSessionSlots 15',            qr{no number from 16 to 16777216};
wrong 'PortalLobbyFrom 10.0.0.0/33',      qr{has "10\.0\.0\.0/33", which is no network; write};
wrong 'PortalLobbyFrom 10.0.0.0/8 tablet', qr{has "tablet", which is no network; write};
wrong 'PortalLobbyFrom',                  qr{has no argument; write PortalLobbyFrom CIDR};
wrong 'PortalLobbyIdle 30min',            qr{longer than PortalLobbyLifetime.*write a shorter},
    'PortalLobbyLifetime 5min';
wrong 'PortalLobbyPasswordExpires 25h',   qr{out of range};
wrong 'PortalLobbyLifetime 13h',          qr{out of range};

# --- whole hosts ------------------------------------------------------------------------------
for my $needed (qw(PortalURL PortalDeskURL PortalSecret)) {
    my @lines = $check->needed($needed => 1);
    my $what  = qr/no whole portal; add to this host $needed /;
    refused("$needed is missing", $what, [], ["! $lines[0]", @lines[1 .. $#lines]]);
    refused("$needed is missing in the main server",
        $what, ["! $lines[0]", @lines[1 .. $#lines]]);
}
refused('one directive alone', qr/add to this host PortalURL .*, PortalDeskURL .*, PortalSecret/,
    [], ['! PortalName x']);
refused('one directive alone, beside a whole portal', qr/no whole portal/, [], host(), ['! PortalName x']);

for my $pair (
    ['/portal', '/portal'], ['/portal', '/portal/desk'], ['/portal/a', '/portal'],
    ['/portal/', '/portal'], ['', '/desk'], ['/portal', ''],
) {
    my ($url, $desk) = map { "https://same.example$_" } @$pair;
    refused("desk $desk, portal $url", qr/one inside the other; give each a path of its own/,
        [], host("PortalURL $url", "! PortalDeskURL $desk"));
}
taken('names that only begin alike', [],
    host('PortalURL https://same.example/portal', 'PortalDeskURL https://same.example/portal-desk'));
taken('the same path at another host or port', [],
    host('PortalURL https://a.example/x', 'PortalDeskURL https://a.example:8443/x'));

for my $line ('PortalPasswordHash 3 64M', 'PortalPasswordHashers 200', 'PortalPasswordQueue 65') {
    my $what = qr/not the same in all portals.*write it once, outside of the virtual hosts/;
    refused("$line in one of two hosts", $what, [], host(), host("! $line"));
    refused("$line in the other",        $what, [], host("! $line"), host());
    taken("$line for both", [$line], host(), host());
}

# --- the desk's sign-in -----------------------------------------------------------------------
my @desk = ('<Location /desk>', 'SetHandler portal-desk');
my @auth = ('AuthType Basic', 'AuthName x', 'Require valid-user');
refused('a desk without sign-in', qr/the desk stands open; add AuthType/,
    [], host('<Location /desk>', '! SetHandler portal-desk', '</Location>'));
refused('a desk with sign-in of patients', qr/AuthType Portal would let patients in.*such as AuthType Basic/,
    [], host(@desk, '! AuthType Portal', '</Location>'));
refused('a desk with sign-in switched off', qr/the desk stands open/,
    [], host(@desk, '! AuthType None', '</Location>'));
refused('a desk in quotation marks, in a <LocationMatch>', qr/the desk stands open/,
    [], host('<LocationMatch ^/desk>', '! SetHandler "portal-desk"', '</LocationMatch>'));
taken('a desk with sign-in', [], host(@desk, @auth, '</Location>'));
taken('a desk with the sign-in of another section', [],
    host(@desk, '</Location>', '<Location />', @auth, '</Location>'));

# --- where the handlers stand -----------------------------------------------------------------
my @patients = ('SetHandler portal', '</Location>');
refused('the portal at another path', qr{<Location /patients> is not where PortalURL has it; write <Location /portal>},
    [], host('! <Location /patients>', @patients));
refused('the desk at another path', qr{<Location /> is not where PortalDeskURL has it; write <Location /desk>},
    [], host('! <Location "/">', 'SetHandler portal-desk', @auth, '</Location>'));
refused('a path that only begins alike', qr{<Location /portals> is not where},
    [], host('! <Location /portals>', @patients));
refused('the portal in a host that has none', qr{host without a portal; add PortalURL .*PortalDeskURL .*PortalSecret},
    [], host(), ['<Location /portal>', '! SetHandler portal', '</Location>']);
refused('a handler that is nearly ours', qr{SetHandler portaldesk is not known; write SetHandler portal for patients, or SetHandler portal-desk for},
    [], host('<Location /desk>', '! SetHandler portaldesk', @auth, '</Location>'));
taken('the portal at its path, with a slash', [], host('<Location "/portal/">', @patients));
taken('a section below the portal', [], host('<Location /portal/lobby>', @patients));
taken('a section by pattern', [], host('<LocationMatch "^/p">', 'SetHandler portal', '</LocationMatch>'));
taken('what tells about the portal, at any path', [], host('<Location /health>', 'SetHandler portal-health', '</Location>',
    '<Location /desk/metrics>', 'SetHandler portal-metrics', '</Location>'));
taken('a section for all hosts', ['<Location /elsewhere>', @patients], host());
taken('the portal at the root', [], host('PortalURL https://a.example/', 'PortalDeskURL https://b.example/',
    '<Location />', @patients));

# --- modules ------------------------------------------------------------------------------------
{
    local $check->{without} = { dbd => 1 };
    my ($first, @more) = $check->needed;
    refused('no mod_dbd', qr/needs mod_dbd\.c; add LoadModule dbd_module modules\/mod_dbd\.so/,
        [], ["! $first", @more]);
    my ($code, $said) = $check->check([], ['DocumentRoot /']);
    is $code, 0, 'a loaded module without any Portal directive' or diag $said;
    unlike $said, qr/portal|PTL/i, 'is silent';
}
{
    my ($first, @more) = $check->needed;
    my @database = ('DBDriver sqlite3', 'DBDParams file:portal.db');
    for my $case (
        [ qr/add to this host DBDriver sqlite3$/m,      $database[1] ],
        [ qr/add to this host DBDParams "file:\S+"$/m,  $database[0] ],
        [ qr/add to this host DBDriver sqlite3, DBDParams/ ],
    ) {
        my ($what, @has) = @$case;
        local $check->{without} = { DBDriver => 1, DBDParams => 1 };
        my $name = 'no database' . (@has ? " but @has" : '');
        refused("$name: main server", $what, [ @has, "! $first", @more ]);
        refused("$name: host", $what, [], [ @has, "! $first", @more ]);
        refused("$name: another host has one", $what, [@has], [ "! $first", @more ], \@database);
    }
    local $check->{without} = { DBDriver => 1, DBDParams => 1 };
    # Where a driver is not installed, mod_dbd says so first.
    my $none = qr/Can't load driver file apr_dbd_|No driver for|Unknown driver/;
    refused('a driver that we know nothing of', qr/DBDriver sqlite3, pgsql or mysql|$none/,
        [ '! DBDriver freetds', $database[1], $first, @more ]);
    my @needs = ('flags=CLIENT_FOUND_ROWS', 'fldsz=16777216');
    SKIP: {
        skip 'only where libaprutil1-dbd-mysql is installed', scalar @needs
            if !glob '/usr/lib/*/apr-util-1/apr_dbd_mysql*.so';
        for my $lacks (@needs) {
            my $params = join ',', 'dbname=portal', grep { $_ ne $lacks } @needs;
            refused("MariaDB without $lacks", qr/with DBDriver mysql, DBDParams needs $lacks/,
                [ 'DBDriver mysql', "! DBDParams $params", $first, @more ]);
        }
    }
    taken('a database for one host', [], [ $first, @more, @database ]);
    taken('a database for all hosts', ['<IfModule mod_dbd.c>', @database, '</IfModule>'],
        [ $first, @more ]);
    taken('half here, half there', [ $database[0] ], [ $first, @more, $database[1] ]);
}
refused('in a <Location>', qr/PortalName not allowed in <Location> context/,
    [], ['<Location />', '! PortalName x', '</Location>']);

# --- all mistakes at once -----------------------------------------------------------------------
{
    my (undef, $said) = $check->check([], host('PortalMailLogin file:login', 'PortalPaperworkDefault a'),
        ['PortalName x']);
    is scalar(() = $said =~ /PTL0101: Syntax error/g), 3, 'all mistakes of whole hosts are told' or diag $said;
}

# --- what is right ------------------------------------------------------------------------------
my ($host) = taken('addresses are normalised', [],
    host('PortalURL https://P.Example.ORG:443/Portal/', 'PortalDeskURL HTTPS://[2001:DB8::1]:8443/',
        'PortalMailRelay SMTPS://Relay.Example', "PortalMailFrom A\@xn--bcher-kva.example",
        'PortalLobbyFrom 192.0.2.7/24 2001:db8::1', 'PortalPasswordHash 1 1G'));
is $host->{PortalURL}[0],          'https://p.example.org/Portal',   'host in lower case, no port 443, no last slash';
is $host->{PortalDeskURL}[0],      'https://[2001:db8::1]:8443',     'an IPv6 address with a port';
is $host->{PortalMailRelay}[0],    'smtps://relay.example:465',      'the port of smtps';
is $host->{PortalMailFrom}[0],     'A@xn--bcher-kva.example',        'a domain in A-labels';
is $host->{PortalLobbyFrom}[0],    '192.0.2.0/24 2001:db8::1/128',   'networks';
is $host->{PortalPasswordHash}[0], '1 1024M',                        'a size in G';

($host) = taken('mail to this machine in the clear, with a login', [],
    host('PortalMailRelay smtp://127.0.0.1:2525', $mail[1], 'PortalMailTLS off', 'PortalMailLogin file:login'));
unlike join(' ', map { $_->[0] } values %$host), qr/canary/, 'the dump shows no secret';
taken('mail in the clear without a login', [], host(@mail, 'PortalMailTLS off'));

($host) = taken('parts switched off', [], host('PortalFeature json OFF', 'PortalFeature Lobby off'));
is $host->{"PortalFeature $_"}[0], 'off', "$_ is off" for qw(json lobby);
is $host->{"PortalFeature $_"}[0], 'on',  "$_ is on"  for qw(paperwork registration);

# --- conf/portal.conf -----------------------------------------------------------------------------
# The file as it is shipped, and with every directive in it, on paths of this test.
sub shipped ($text) {
    $text =~ s{^(\s*LoadModule \w+ )modules/(\w+\.so)}{$1 . ($2 eq 'mod_portal.so' ? $check->{module} : modules() . "/$2")}gme;
    $text =~ s{/etc/portal/tls\.(crt|key)}{$dir/tls.$1}g;
    $text =~ s{/etc/portal/(desk\.htpasswd)}{$dir/$1}g;
    $text =~ s{/usr/local/share/mod_portal/htdocs/pages}{$dir/pages}g;
    $text =~ s{/usr/local/share/mod_portal/conf/passwords\.bin}{$dir/list.bin}g;
    $text =~ s{/etc/portal/mail\.login}{$dir/login}g;
    $text =~ s{/etc/portal/(?:mail|export)-ca\.crt}{$dir/ca.crt}g;
    $text =~ s{/etc/portal/export\.token}{$dir/token}g;
    $text =~ s{^\s*PortalExportLogin .*\n}{}m;    # one of the two
    $text =~ s{/etc/portal}{$dir}g;
    return split /\n/, $text;
}

sub whole (@lines) {
    my @modules = map { "LoadModule ${_}_module " . modules() . "/mod_$_.so" }
        qw(mpm_event authn_core authn_file authz_core authz_host authz_user auth_basic);
    return $check->run_lines("ServerRoot $dir", 'ServerName x.example', "PidFile $dir/pid",
        "ErrorLog $dir/error_log", @modules, @lines);
}

system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 2 -keyout $dir/tls.key -out $dir/tls.crt >/dev/null 2>&1") == 0
    or diag 'openssl makes no certificate';
$check->file('desk.htpasswd', '', 0644);
my $conf = text_of(root() . '/conf/portal.conf');
my ($code, $said) = whole(shipped($conf =~ s{^(\s*)PortalSecret}{$1PortalTemplates $dir/pages\n$1PortalPasswordBlocklist $dir/list.bin\n$1PortalSecret}mr));
is $code, 0, 'conf/portal.conf as it is shipped' or diag $said;
($code, $said) = whole(shipped($conf =~ s{^(\s*)#(Portal\w)}{$1$2}gmr));
is $code, 0, 'conf/portal.conf with every directive in it' or diag $said;

done_testing;

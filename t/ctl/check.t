#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl check: every thing it looks at in one line, as ok, a look or broken, each with its mend, and the
# worst of them as exit code; and that every command answers alike with --json.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $c     = PortalCtl->new->init;
my $forms = $c->path('forms');
mkdir $forms or die $!;
system('cp', glob('conf/forms/*.json'), $forms) == 0 or die;
my $us = 1_000_000;

# Findings by name; several of one name are joined.
sub look (@words) {
    my $answer = $c->json('check', @words);
    my %by;
    push @{ $by{ $_->{what} } }, $_ for @{ $answer->{findings} };
    return ($answer, \%by);
}

my ($answer, $by) = look('--forms', $forms);
is $answer->{exit}, 0, 'all is well' or diag explain $answer;
my @looked = qw(audit clock database exports forms httpd mails practice schema secret);
push @looked, qw(disk file lock) if PortalTest::Database->is_sqlite;
is join(' ', sort keys %$by), join(' ', sort @looked),
    'what is looked at';
is scalar(grep { $_->{state} ne 'ok' || !$_->{ok} || $_->{mend} } @{ $answer->{findings} }), 0, 'nothing is to be mended';
like $by->{secret}[0]{text}, qr/secret\.key, \S+, mode 0600, in use is key 1$/, 'the key in use';
like $by->{forms}[0]{text}, qr/: \d+ forms, 0 refused$/, 'the forms';
my $r = $c->ctl('check', '--forms', $forms);
like $r->{out}, qr/^ok            schema    \d+ of \d+$/m, 'one line each';
is scalar(grep { !/^ok  |^ +\d+ / } split /\n/, $r->{out}), 0, 'each begins with ok, or is a count';

# Spoils something, expects one finding, mends it.
sub spoilt ($what, $state, $name, $text, $mend, $spoil, $undo) {
    $spoil->();
    my ($found, $all) = look('--forms', $forms);
    is $found->{exit}, $state eq 'look' ? 1 : 2, "$what: exit code";
    my @bad = grep { $_->{state} ne 'ok' } @{ $found->{findings} };
    is join(' ', map {"$_->{what} $_->{state}"} @bad), "$name $state", "$what: $name, $state";
    like $bad[0]{text} // '', $text, 'with the fact';
    like $bad[0]{mend} // '', $mend, 'and the mend';
    my $shown = $state eq 'look' ? 'look at this' : 'BROKEN      ';
    like $c->ctl('check', '--forms', $forms)->{out}, qr/^$shown  $name\b.*: .*$mend/m, 'in one line';
    $undo->();
    return;
}
my $now = time * $us;
my $sql = sub ($text) { return sub { $c->sql($text) } };

spoilt('a form that is none', 'look', 'forms', qr/\d+ forms, 1 refused/, qr/portalctl check-forms .* says why/,
    sub { $c->file('forms/bad.json', '{"resourceType":"Questionnaire"}') }, sub { unlink "$forms/bad.json" });
spoilt('no folder of forms', 'broken', 'forms', qr/cannot be read/, qr/PortalForms/,
    sub { rename $forms, "$forms.gone" }, sub { rename "$forms.gone", $forms });
$c->sql("INSERT INTO binder VALUES ('b', 'M', 'Doe', 'Ann', '', '', '', '', 'doe', 1, 1, 1)");
my $mail = sub ($state, $created) {
    $sql->("INSERT INTO mail VALUES ('m', 'b', 'invitation', 'desk', '', '$state', 1, 0, '', 0, 0, '', '', '', $created, $created)");
};
spoilt('a mail that waits', 'look', 'mails', qr/^1 wait, the oldest for 12\d minutes; 0 failed/, qr/portalctl outbox/,
    $mail->('queued', $now - 7200 * $us), $sql->('DELETE FROM mail'));
spoilt('a mail that failed', 'look', 'mails', qr/^0 wait.*; 1 failed within a week/, qr/portalctl outbox/,
    $mail->('failed', $now - 86400 * $us), $sql->('DELETE FROM mail'));
$mail->('failed', $now - 8 * 86400 * $us)->();
is +(look())[0]{exit}, 0, 'one that failed long ago is no matter';
$c->database->save($c->path('closed.db'));
spoilt('a trail that is open', 'look', 'audit', qr/the database lets them be changed/, qr/make its triggers/,
    sub { $c->database->open_trail }, sub { });
$c->sql('UPDATE audit SET at = ' . ($now + 86400 * $us) . ' WHERE seq = 1');
my @late = grep { $_->{what} eq 'clock' } @{ $c->json('check')->{findings} };
is $late[0]{state}, 'look', 'a clock behind the last act';
like $late[0]{mend}, qr/chrony/, 'with the mend';
$c->database->restore($c->path('closed.db'));
spoilt('an httpd with another key', 'look', 'httpd', qr/^db1:443 was seen at .*Z, with key 7,1$/, qr/reload it/,
    $sql->("INSERT INTO meta VALUES ('keys:db1:443', '$now 7,1')"), $sql->("DELETE FROM meta WHERE name LIKE 'keys:%'"));
spoilt('tables that are damaged', 'broken', 'audit', qr/should be 99/, qr/portalctl audit verify/,
    $sql->('UPDATE audit_head SET seq = 99'), $sql->('UPDATE audit_head SET seq = 1'));
spoilt('an older schema', 'broken', 'schema', qr/^1 of \d+$/, qr/portalctl migrate, then reload httpd/,
    $sql->("UPDATE meta SET value = '1' WHERE name = 'schema'"), sub { });
my ($last) = sort { $b <=> $a } map {m{/0*(\d+)\.sql$}} glob 'conf/schema/*.sql';
$c->sql("UPDATE meta SET value = '$last' WHERE name = 'schema'");
is $c->ctl('rotate-secret')->{exit}, 0, 'a rotation is begun';
($answer, $by) = look();
is "$answer->{exit} $by->{secret}[0]{state}", '1 look', 'is a look';
like $by->{secret}[0]{text}, qr/in use is key 1 of 1, 2$/, 'with the keys';
is $c->bare('--params', 'file:' . $c->path('none.db') . '?mode=rw', 'check')->{exit}, 2, 'a database that is not there is broken';

# ---- --json is alike for all ----
my %args = ('check-forms' => [$forms], import => [ $c->file('a.csv', "mrn\n1\n") ], audit => ['verify'],
    backup => [ $c->path('backup') ], restore => [ '--yes', $c->path('backup') ], export => [ '--out', $c->path('out') ],
    'rotate-secret' => [qw(--yes)]);
for my $name (map { $_->{name} } @{ $c->json('help')->{commands} }) {
    my $said = $c->ctl('--json', $name, @{ $args{$name} // [] });
    my $json = eval { JSON::PP->new->decode($said->{out}) };
    is ref $json, 'HASH', "$name: one JSON object" or diag $said->{out}, $said->{err};
    is "$json->{command} $json->{exit}", "$name $said->{exit}", 'that says what was asked, and how it ended';
    is !!$json->{error}, $said->{err} ne '' , 'an error is in both' if $name ne 'check';
}
done_testing;

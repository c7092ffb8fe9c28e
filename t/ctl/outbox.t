#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# portalctl outbox: what waits and what failed, and a failed mail queued again.
use v5.36;
use utf8;
use lib 't/lib';
use PortalCtl;

my $c = PortalCtl->new->init;
my $r = $c->ctl('outbox');
is $r->{exit}, 0, 'an empty outbox';
is $r->{out}, "no mail waits, and none failed\n", 'says so';

$c->ctl('import', $c->file('a.csv', "mrn\nM-1\n"));
my $binder = $c->sql('SELECT id FROM binder');
my $n      = 0;

sub mail ($id, %o) {
    my %row = (
        id => $id, binder_id => $binder, kind => 'password_changed', origin => 'portal',
        sealed => 'x', state => 'failed', tries => 3, next_try => 0, claim => '', claimed_until => 0,
        reply_code => 0, reply => '', reason => '', link_hash => '', created => 1_795_435_200_000_000 + ++$n,
        finished => 0, %o,
    );
    my $values = join ', ', map { "'" . $row{$_} =~ s/'/''/gr . "'" } sort keys %row;
    return $c->sql('INSERT INTO mail (' . join(', ', sort keys %row) . ") VALUES ($values)");
}
mail('mail-said', reply_code => 550, reply => "5.1.1 no such\e[2J user", reason => 'said');
mail('mail-away', state => 'queued', next_try => 1_795_435_260_000_000, reason => 'unreachable');
mail('mail-sent', state => 'sent', sealed => '');
mail('mail-gone', sealed => '');

$r = $c->ctl('outbox');
is $r->{exit}, 0, 'the outbox';
like $r->{out}, qr/^mail-said  2026-\S+Z  password_changed  mrn M-1  failed  tried 3 times  .*take it\. \(550 5\.1\.1 no such\?\[2J user\)$/m,
    "the relay's own words, and what they mean";
like $r->{out}, qr/^mail-away .* queued  tried 3 times  next 2026-11-23T12:01:00Z  .*reached\.$/m, 'one that waits';
unlike $r->{out}, qr/mail-sent/, 'none that was sent';
my @mails = @{ $c->json('outbox', '--limit', 1)->{mails} };
is scalar @mails, 1, '--limit';
is "$mails[0]{id} $mails[0]{reason} $mails[0]{reply_code}", 'mail-said said 550', 'as JSON';
is $c->sql("SELECT COUNT(*) FROM audit WHERE action = 'outbox.view'"), 3, 'each look is a row of the trail';

is $c->ctl('outbox', 'retry', 'mail-said')->{out}, "queued again\n", 'retry';
is $c->sql("SELECT state FROM mail WHERE id = 'mail-said'"), 'queued', 'it waits again';
for my $one ([ 'mail-said', 'done' ], [ 'mail-sent', 'done' ], [ 'mail-gone', 'dead' ], [ 'nobody', 'unknown' ]) {
    $r = $c->json('outbox', 'retry', $one->[0]);
    is $r->{exit}, 1, "retry $one->[0]: refused";
    is $r->{verdict}, $one->[1], "as $one->[1]";
}
is $c->ctl('outbox', 'again')->{exit}, 2, 'a wrong word';
is $c->ctl('audit', 'verify')->{exit}, 0, 'the trail is whole';
done_testing;

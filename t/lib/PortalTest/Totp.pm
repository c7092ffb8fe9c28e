# SPDX-License-Identifier: Apache-2.0
#
# The patient's phone: an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds), written here a second
# time so that it judges what the portal computes.
#
#   my $app = PortalTest::Totp->new($t, 'ABCD EFGH ...');
#   $app->code                  the code of now, by the portal's clock; code(-1): of the step before
#   $app->fresh                 waits with the portal's clock until there is a code that was not used
#
#   my $app = PortalTest::Totp->set_up($t, $browser, $password);      # the whole way, as a patient goes it
#   $app->recovery                                                    # the recovery codes it brought
#   $app->text                                                        # its key, as it is typed
package PortalTest::Totp;
use v5.36;

use Digest::SHA qw(hmac_sha1);
use Test::More ();

my $STEP = 30;

sub new ($class, $t, $text) {
    my $bits = join '', map { sprintf '%05b', index 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $_ } split //,
        uc $text =~ s/\s//gr;
    my $key = pack 'B*', substr $bits, 0, 8 * int(length($bits) / 8);
    return bless { t => $t, key => $key, text => $text, recovery => [] }, $class;
}

sub set_up ($class, $t, $browser, $password) {
    my $r = $browser->form('/security/factor', { password => $password });
    Test::More::is $r->code, 303, 'an app can be set up';
    my $page = $browser->json('GET', '/security/factor/app')->data;
    my $app  = $class->new($t, $page->{secret});
    my $done = $browser->form('/security/factor/app', { code => $app->code });
    Test::More::is $done->code, 200, 'and works';
    $app->{recovery} = [ map { $_->as_text =~ s/\s//gr } $done->tree->look_down(_tag => 'li', class => 'portal-code') ];
    return $app;
}

sub text     ($self) { return $self->{text} }
sub recovery ($self) { return @{ $self->{recovery} } }

sub code ($self, $step = 0) {
    my $counter = int($self->{t}->now / $STEP) + $step;
    my $mac     = hmac_sha1(pack('Q>', $counter), $self->{key});
    my $at      = ord(substr $mac, -1) & 15;
    return sprintf '%06d', (unpack('N', substr $mac, $at, 4) & 0x7fffffff) % 1_000_000;
}

sub fresh ($self) {
    $self->{t}->clock("+$STEP");
    return $self->code;
}

1;

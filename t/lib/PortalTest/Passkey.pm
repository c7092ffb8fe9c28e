# SPDX-License-Identifier: Apache-2.0
#
# An authenticator with one passkey (Web Authentication Level 2: ES256, no attestation), whose key openssl makes and
# uses, so that a test can answer as no real one would.
#
#   my $key = PortalTest::Passkey->new($t);
#   $c->post('/security/factor/passkey/confirm', $key->create($challenge));
#   $c->post('/login/passkey', $key->get($challenge));
#   $key->get($challenge, origin => ..., rp => ..., type => ..., flags => ..., counter => ..., cross => 1,
#       signature => 'other bytes')                                  one thing wrong
#   PortalTest::Passkey->add($t, $browser, $password)      the whole way, as a patient goes it
package PortalTest::Passkey;
use v5.36;

use Digest::SHA  qw(sha256);
use JSON::PP     ();
use MIME::Base64 qw(encode_base64url);
use Test::More   ();

my $made = 0;

sub new ($class, $t) {
    my $self = bless { t => $t, file => $t->file('passkey-' . ++$made . '.pem'), counter => 0 }, $class;
    system('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', $self->{file}) == 0
        or die "openssl makes no key\n";
    my $public = qx(openssl ec -in $self->{file} -pubout -outform DER 2>/dev/null);
    my $point  = substr $public, -64;
    $self->{id}   = sha256($public);
    $self->{cose} = pack 'H*', 'a50102032620012158' . '20' . unpack('H*', substr $point, 0, 32) . '225820'
        . unpack('H*', substr $point, 32);
    return $self;
}

sub add ($class, $t, $browser, $password) {
    my $key = $class->new($t);
    my $r   = $browser->form('/security/factor', { password => $password }, button => 'Add a passkey');
    Test::More::is $r->location, '/portal/security/factor/passkey', 'a passkey can be made';
    my $page = $browser->json('GET', '/security/factor/passkey')->data;
    $key->{answer} = $browser->post('/security/factor/passkey/confirm', $key->create($page->{challenge}));
    Test::More::like $key->{answer}->code, qr/^(?:200|303)$/, 'and is';
    $browser->get('/');
    return $key;
}

sub id ($self) { return encode_base64url($self->{id}, '') }

sub _origin ($self) { return "https://localhost:" . $self->{t}->port }

sub _client ($self, $type, $challenge, %o) {
    return JSON::PP->new->canonical->encode({
        type        => $o{type}   // $type,
        origin      => $o{origin} // $self->_origin,
        challenge   => $challenge,
        crossOrigin => $o{cross} ? JSON::PP::true : JSON::PP::false,
    });
}

sub _data ($self, $flags, $credential, %o) {
    return sha256($o{rp} // 'localhost') . pack('CN', $o{flags} // $flags, $o{counter} // $self->{counter}) . $credential;
}

sub create ($self, $challenge, %o) {
    my $credential = "\0" x 16 . pack('n', length $self->{id}) . $self->{id} . $self->{cose};
    return {
        client_data        => encode_base64url($self->_client('webauthn.create', $challenge, %o), ''),
        authenticator_data => encode_base64url($self->_data(0x45, $credential, %o), ''),
    };
}

sub get ($self, $challenge, %o) {
    $self->{counter}++;
    my $client = $self->_client('webauthn.get', $challenge, %o);
    my $data   = $self->_data(0x05, '', %o);
    my $signed = $self->{file} . '.data';
    open my $out, '>:raw', $signed or die "$signed: $!\n";
    print {$out} $data . sha256($client);
    close $out or die "$signed: $!\n";
    my $signature = qx(openssl dgst -sha256 -sign $self->{file} $signed);
    return {
        credential         => $o{credential} // $self->id,
        client_data        => encode_base64url($client, ''),
        authenticator_data => encode_base64url($data, ''),
        signature          => encode_base64url($o{signature} // $signature, ''),
    };
}

1;

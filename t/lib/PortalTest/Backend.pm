# SPDX-License-Identifier: Apache-2.0
#
# A small application behind a proxy: answers every request with its own words (request line and
# headers, as text), and speaks WebSocket (RFC 6455), where it says each message back behind the
# headers it was opened with.
#
#   my $app = PortalTest::Backend->start;    $app->port;    $app->stop
#   PortalTest::Backend->start(answer => "Cache-Control: public\r\n")    with these headers, too
package PortalTest::Backend;
use v5.36;

use Digest::SHA      qw(sha1_base64);
use IO::Socket::INET ();

sub start ($class, %o) {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20) or die "listen: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        _serve($socket, %o);
        POSIX::_exit(0);
    }
    return bless { pid => $pid, port => $socket->sockport, owner => $$ }, $class;
}

sub port ($self) { return $self->{port} }

sub stop ($self) {
    my $pid = delete $self->{pid} // return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

sub DESTROY ($self) {
    local ($?, $!);
    $self->stop if $self->{owner} == $$;
    return;
}

# Each connection in a child of its own, which ends with the connection or with us.
sub _serve ($socket, %o) {
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP);
    $SIG{CHLD} = 'IGNORE';
    while (my $client = $socket->accept) {
        next if fork;
        alarm 60;
        my $head = '';
        while ($head !~ /\r\n\r\n/ && sysread $client, my $piece, 65536) { $head .= $piece }
        $head =~ s/\r\n\r\n.*//s;
        $head =~ /^Sec-WebSocket-Key: (\S+)/mi ? _talk($client, $head, $1) : _answer($client, $head, %o);
        POSIX::_exit(0);
    }
    return;
}

sub _answer ($client, $head, %o) {
    my $more = $o{answer} // '';
    print {$client} "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ", length $head,
        "\r\nConnection: close\r\n$more\r\n", $head =~ /^HEAD / ? '' : $head;
    $client->flush;
    return;
}

sub _talk ($client, $head, $key) {
    print {$client} "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
        'Sec-WebSocket-Accept: ', sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'), "=\r\n\r\n";
    $client->flush;
    while (defined(my $message = read_frame($client))) {
        syswrite $client, frame("$head\n$message");
    }
    return;
}

# --- frames of text, short enough for one read ---------------------------------------------------

sub frame ($text, $mask = undef) {
    my $length = length $text;
    my $bit    = $mask ? 0x80 : 0;
    my $size   = $length < 126 ? pack('C', $bit | $length) : pack('Cn', $bit | 126, $length);
    return pack('C', 0x81) . $size . ($mask ? $mask . _masked($text, $mask) : $text);
}

sub _masked ($text, $mask) {
    return $text ^. substr($mask x (length($text) / 4 + 1), 0, length $text);
}

sub _exactly ($handle, $n) {
    my $bytes = '';
    while (length $bytes < $n) {
        sysread $handle, $bytes, $n - length $bytes, length $bytes or return undef;
    }
    return $bytes;
}

# The next message; undef when the other side is gone.
sub read_frame ($handle) {
    my $start = _exactly($handle, 2) // return undef;
    my (undef, $size) = unpack 'CC', $start;
    my $length = $size & 0x7f;
    $length = unpack 'n', _exactly($handle, 2) // return undef if $length == 126;
    my $mask = $size & 0x80 ? _exactly($handle, 4) : undef;
    my $text = $length ? _exactly($handle, $length) : '';
    return $mask ? _masked($text, $mask) : $text;
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# Mails as a recipient sees them: decoded headers, text, HTML and links.
package PortalTest::Mail;
use v5.36;

use Encode            ();
use MIME::Base64      qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);

# All .eml files of a folder, oldest first.
sub read_folder ($class, $dir) {
    my @files = sort { $a->[1] <=> $b->[1] || $a->[0] cmp $b->[0] }
        map { [ $_, (Time::HiRes::stat($_))[9] // 0 ] } glob "\Q$dir\E/*.eml";
    return map { $class->read_file($_->[0]) } @files;
}

# { file, raw, headers (lower case => decoded), to, from, subject, text, html, links }.
# `to` and `from` are bare addresses.
sub read_file ($class, $path) {
    open my $in, '<:raw', $path or die "$path: $!";
    local $/ = undef;
    return $class->parse(<$in> // '', $path);
}

sub parse ($class, $raw, $path = '') {
    my ($headers, $body) = _split($raw);
    my $self = bless { file => $path, raw => $raw, headers => $headers }, $class;
    $self->{subject} = $headers->{subject} // '';
    $self->{$_} = _address($headers->{$_} // '') for qw(to from);
    $self->{text} = $self->{html} = '';
    $self->_part($headers, $body);
    $self->{links} = [ $self->{text} =~ m{(https?://[^\s<>"]+)}g ];
    return $self;
}

sub to      ($self) { return $self->{to} }
sub from    ($self) { return $self->{from} }
sub subject ($self) { return $self->{subject} }
sub text    ($self) { return $self->{text} }
sub html    ($self) { return $self->{html} }
sub links   ($self) { return @{ $self->{links} } }
sub header  ($self, $name) { return $self->{headers}{ lc $name } }

# The first link whose path matches, without scheme and host: "/portal/register/TOKEN".
sub path ($self, $pattern = qr{/(?:register|reset)/}) {
    for my $link ($self->links) {
        return $1 if $link =~ $pattern && $link =~ m{^https?://[^/]+(/.*)$};
    }
    return undef;
}

sub _split ($raw) {
    my ($head, $body) = split /\r?\n\r?\n/, $raw, 2;
    $head =~ s/\r?\n[ \t]+/ /g;
    my %headers;
    for my $line (split /\r?\n/, $head) {
        my ($name, $value) = $line =~ /^([^:\s]+):\s*(.*)$/ or next;
        # addresses may be UTF-8 as they are (RFC 6532)
        $headers{ lc $name } //= $value =~ /=\?/ ? Encode::decode('MIME-Header', $value)
            : Encode::decode('UTF-8', $value);
    }
    return (\%headers, $body // '');
}

sub _address ($text) {
    return $text =~ /<([^>]*)>\s*$/ ? $1 : $text;
}

sub _part ($self, $headers, $body) {
    my $type = $headers->{'content-type'} // 'text/plain';
    if ($type =~ m{^multipart/}i && $type =~ /boundary="?([^";]+)"?/i) {
        my $boundary = $1;
        my (undef, @parts) = split /^--\Q$boundary\E(?:--)?[ \t]*\r?\n?/m, $body;
        $self->_part(_split($_)) for grep {/\S/} @parts;
        return;
    }
    my $how   = lc($headers->{'content-transfer-encoding'} // '7bit');
    my $bytes = $how eq 'base64' ? decode_base64($body)
        : $how eq 'quoted-printable' ? decode_qp($body) : $body;
    my $text = Encode::decode('UTF-8', $bytes) =~ s/\r\n/\n/gr;
    $self->{ $type =~ m{^text/html}i ? 'html' : 'text' } .= $text if $type =~ m{^text/}i;
    return;
}

1;

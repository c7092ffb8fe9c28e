# SPDX-License-Identifier: Apache-2.0
#
# A browser (or a program) that talks to the server of a test. Paths are those of product.md, with
# or without the mount in front: '/login', '/portal/login' and the whole address are the same.
#
#   $c->get('/login')                  one request; a 303 is returned, not followed
#   $c->visit('/login')                the same, following 303s
#   $c->form('/login', {field => 'value'}, button => 'Sign in')
#                                      fetches the page, fills in its form as a browser would (hidden
#                                      fields, what is already filled in, csrf_token) and posts it;
#                                      array = repeated field, undef = field left out
#   $c->submit(...)                    form, then follows the 303
#   $c->post('/login', {...})          posts exactly these fields, with the token unless csrf => 0
#   $c->json('GET', '/cases/ID'), $c->json('POST', $path, {...})
#   $c->send('DELETE', $path, headers => {...}, body => '...')
#   $c->cookie('__Host-x'), $c->cookies, $c->forget            its cookies
#
# Each returns a response: HTTP::Response with ->data (decoded JSON), ->text (what a reader sees, one
# space between words), ->forms, ->tree (HTML::TreeBuilder), ->secret and ->status_line_text.
package PortalTest::Client;
use v5.36;
use utf8;

use Encode           ();
use HTTP::Request    ();
use JSON::PP         ();
use LWP::UserAgent   ();
use PortalTest::Form ();
use Time::HiRes      ();
use URI::Escape      qw(uri_escape_utf8);

# A connection that was not used for so many seconds is made anew: httpd closes it after five, and who asks at
# that very moment gets no answer, which LWP calls a 500.
my $IDLE = 3;

sub new ($class, %o) {
    my $self = bless { jar => {}, refused => [], %o }, $class;
    $self->{ua} = LWP::UserAgent->new(
        agent => 'Mozilla/5.0 (portal test)', max_redirect => 0, timeout => 60, keep_alive => 4,
        requests_redirectable => [], protocols_allowed => ['https'],
        ssl_opts => { verify_hostname => 1, SSL_ca_file => $o{test}{ca} },
        $o{from} ? (local_address => $o{from}) : (),
    );
    $self->{language} //= 'en';
    return $self;
}

sub get ($self, $path, %headers) {
    return $self->send('GET', $path, headers => \%headers);
}

sub visit ($self, $path, %headers) {
    return $self->follow($self->get($path, %headers));
}

# Follows 303 (and 301, 302) to the page behind; at most ten.
sub follow ($self, $response) {
    for (1 .. 10) {
        return $response if $response->code !~ /^30[123]$/;
        $response = $self->get($response->header('Location'));
    }
    die "more than ten redirects\n";
}

# The page of a response that holds a form, or a path, filled in and posted.
sub form ($self, $page, $fields, %o) {
    my $response = ref $page ? $page : $self->visit($page);
    my $form     = PortalTest::Form->pick($response, $fields, %o)
        or die 'no such form on ' . $response->request->uri . ' (' . $response->code . ")\n";
    my @pairs = $form->pairs($fields, $o{button});
    my $to    = $form->action($o{button});
    my $path  = length $to ? $to : $response->request->uri->path;
    return $self->_post_pairs($path, \@pairs, $response->request->uri);
}

sub submit ($self, @args) {
    return $self->follow($self->form(@args));
}

# A post without looking at a page first; csrf => 0 leaves the token out, csrf => 'x' gives another.
sub post ($self, $path, $fields = {}, %o) {
    my %all  = %$fields;
    my $csrf = $o{csrf} // $self->csrf_token;
    $all{csrf_token} //= $csrf if $csrf;
    my @pairs;
    for my $name (sort keys %all) {
        my $value = $all{$name};
        push @pairs, map { [ $name, $_ ] } ref $value ? @$value : grep {defined} $value;
    }
    return $self->_post_pairs($path, \@pairs, undef, %{ $o{headers} // {} });
}

sub _post_pairs ($self, $path, $pairs, $referer = undef, %headers) {
    my $body = join '&', map { uri_escape_utf8($_->[0]) . '=' . uri_escape_utf8($_->[1] // '') }
        @$pairs;
    return $self->send('POST', $path, body => $body, headers => {
        'Content-Type' => 'application/x-www-form-urlencoded',
        defined $referer ? (Referer => "$referer") : (), %headers,
    });
}

# The very same address as JSON. Browsers send the token of their session along.
sub json ($self, $method, $path, $data = undef, %headers) {
    my %h = (Accept => 'application/json', %headers);
    my $body;
    if ($method !~ /^(?:GET|HEAD)$/) {
        $h{'Content-Type'} //= 'application/json';
        $h{'X-CSRF-Token'} //= $self->csrf_token // '' if !$self->{program};
        delete $h{'X-CSRF-Token'} if !length($h{'X-CSRF-Token'} // '');
        $body = ref $data ? JSON::PP->new->utf8->canonical->encode($data) : $data;
    }
    return $self->send($method, $path, headers => \%h, body => $body);
}

# The token of this browser's session: that of the last page with one, else asked for.
sub csrf_token ($self) {
    return $self->{csrf} if defined $self->{csrf};
    $self->get($self->{base} eq '/desk' ? '/' : '/login');
    return $self->{csrf};
}

# One request. Option headers: undef as a value takes one of the usual headers out.
sub send ($self, $method, $path, %o) {
    my $uri     = $self->_uri($path);
    my $request = HTTP::Request->new($method => $uri);
    my %h       = ($self->_usual_headers($method, $uri), %{ $o{headers} // {} });
    for my $name (grep { defined $h{$_} } keys %h) {
        $request->header($name => ref $h{$name} ? $h{$name} : _bytes($h{$name}));
    }
    if (defined $o{body}) {
        $request->content(_bytes($o{body}));
    }
    $self->{ua}->conn_cache->drop if Time::HiRes::time() - ($self->{used} // 0) > $IDLE;
    my $response = bless $self->{ua}->request($request), 'PortalTest::Response';
    $self->{used} = Time::HiRes::time();
    push @{ $self->{test}{unanswered} }, "$method $uri had no answer (LWP calls that 500): " . $response->message
        if ($response->header('Client-Warning') // '') eq 'Internal response';
    $self->_keep_cookies($response) if !$self->{program};
    $self->_keep_token($response);
    return $response;
}

sub _bytes ($text) {
    return utf8::is_utf8($text) ? Encode::encode('UTF-8', $text) : $text;
}

sub _uri ($self, $path) {
    $path = "$path";
    return $path if $path =~ m{^https://};
    my $base = $self->{base};
    my $full = $path =~ m{^\Q$base\E(?:[/?]|$)} || $path !~ m{^/} ? $path : "$base$path";
    return $self->{test}->url($full);
}

sub _usual_headers ($self, $method, $uri) {
    my %h = (Accept => 'text/html,application/xhtml+xml,*/*;q=0.8',
        'Accept-Language' => $self->{language});
    if (defined $self->{user}) {
        require MIME::Base64;
        $h{Authorization} = 'Basic '
            . MIME::Base64::encode_base64("$self->{user}:$self->{password}", '');
    }
    return %h if $self->{program};
    $h{Cookie} = $self->_cookie_header($uri);
    $h{'Sec-Fetch-Site'} = $method eq 'GET' ? 'none' : 'same-origin';
    $h{'Sec-Fetch-Mode'} = 'navigate';
    $h{Origin} = $self->{test}->url if $method !~ /^(?:GET|HEAD)$/;
    return %h;
}

# --- cookies, as RFC 6265bis has them ------------------------------------------------------------

sub _cookie_header ($self, $uri) {
    my ($path) = $uri =~ m{^https://[^/]+([^?]*)};
    my @fit;
    for my $cookie (sort { $a->{name} cmp $b->{name} } values %{ $self->{jar} }) {
        my $its = $cookie->{path};
        push @fit, "$cookie->{name}=$cookie->{value}"
            if $its eq '/' || $path eq $its || index($path, $its =~ s{/?$}{/}r) == 0;
    }
    return @fit ? join('; ', @fit) : undef;
}

sub _keep_cookies ($self, $response) {
    for my $line ($response->header('Set-Cookie')) {
        my ($pair, @attributes) = split /\s*;\s*/, $line;
        my ($name, $value)      = split /=/,       $pair, 2;
        my %a = map { my ($k, $v) = split /=/, $_, 2; (lc $k => $v // '') } @attributes;
        if (my $why = _why_refused($name, \%a)) {
            push @{ $self->{refused} }, "$name: $why";
            next;
        }
        my $gone = exists $a{'max-age'} ? $a{'max-age'} <= 0
            : exists $a{expires} ? HTTP::Date::str2time($a{expires}) <= time : 0;
        my $key = join ';', $name, $a{path} // '';
        if ($gone) {
            delete $self->{jar}{$key};
            next;
        }
        $self->{jar}{$key} = { name => $name, value => $value, path => $a{path} || '/',
            attributes => \%a };
    }
    return;
}

sub _why_refused ($name, $a) {
    return 'not Secure' if $name =~ /^__(?:Host|Secure)-/ && !exists $a->{secure};
    return 'Domain in a __Host- cookie' if $name =~ /^__Host-/ && exists $a->{domain};
    return 'Path of a __Host- cookie is not /' if $name =~ /^__Host-/ && ($a->{path} // '') ne '/';
    return 'SameSite=None without Secure'
        if lc($a->{samesite} // '') eq 'none' && !exists $a->{secure};
    return undef;
}

# Cookies that a browser would not have taken, with the reason.
sub refused_cookies ($self) { return @{ $self->{refused} } }

# All cookies (name, value, path, attributes), or the value of one; set_cookie plants one.
sub cookies ($self) { return values %{ $self->{jar} } }

sub cookie ($self, $name) {
    my ($found) = grep { $_->{name} eq $name } values %{ $self->{jar} };
    return $found ? $found->{value} : undef;
}

sub set_cookie ($self, $name, $value) {
    delete @{ $self->{jar} }{ grep {/^\Q$name\E;/} keys %{ $self->{jar} } };
    $self->{jar}{"$name;/"} = { name => $name, value => $value, path => '/', attributes => {} };
    return $self;
}

# Forgets cookies and token, as a closed browser does.
sub forget ($self) {
    $self->{jar} = {};
    delete $self->{csrf};
    return $self;
}

# A second browser with the same cookies: someone who stole them, or another tab.
sub copy ($self) {
    my $other = (ref $self)->new(%$self, jar => { %{ $self->{jar} } }, refused => []);
    return $other;
}

sub _keep_token ($self, $response) {
    my $token;
    if ($response->content_type eq 'text/html') {
        my ($input) = $response->decoded_content =~ /(<input[^>]*\bname="csrf_token"[^>]*>)/;
        ($token) = ($input // '') =~ /\bvalue="([^"]*)"/;
    }
    elsif ($response->content_type =~ /json$/) {
        my $data = eval { $response->data };
        $token = $data->{csrf_token} if ref $data eq 'HASH';
    }
    $self->{csrf} = $token if defined $token && length $token;
    return;
}

package PortalTest::Response;
use v5.36;
use parent -norequire, 'HTTP::Response';

sub data ($self) { return JSON::PP->new->utf8->decode($self->content) }

sub tree ($self) {
    require HTML::TreeBuilder;
    my $tree = HTML::TreeBuilder->new;
    $tree->ignore_unknown(0);
    $tree->parse_content($self->decoded_content // '');
    return $tree;
}

# The words of the page, one space between them.
sub text ($self) {
    my $html = $self->decoded_content // '';
    $html =~ s{<(script|style|template|head)\b.*?</\1>}{ }gsi;
    $html =~ s{<[^>]*>}{ }g;
    require HTML::Entities;
    my $text = HTML::Entities::decode_entities($html);
    $text =~ s/\s+/ /g;
    return $text =~ s/^ | $//gr;
}

sub forms ($self) { return PortalTest::Form->all($self) }

sub _by_class ($self, $class) {
    my $found = $self->tree->look_down(class => qr/(?:^|\s)\Q$class\E(?:\s|$)/) or return undef;
    return $found->as_text =~ s/^\s+|\s+$//gr;
}

# The password shown once, and the status line of the tab; undef when the page has none.
sub secret           ($self) { return $self->_by_class('portal-secret') }
sub status_line_text ($self) { return $self->_by_class('portal-status') }

# Where a 303 leads, without scheme and host.
sub location ($self) {
    return ($self->header('Location') // '') =~ s{^https?://[^/]+}{}r;
}

1;

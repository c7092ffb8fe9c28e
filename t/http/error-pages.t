# SPDX-License-Identifier: Apache-2.0
#
# What httpd itself refuses at our addresses looks like ours and speaks the reader's language; what an
# administrator has set, and what lies elsewhere, stays as it is.
use v5.36;
use utf8;
use lib 't/lib';
use PortalTest;

my $t = PortalTest->start(extra => <<'CONF');
<Location "/desk/audit">
    AuthzSendForbiddenOnFailure On
    Require user nurse
</Location>
<Location "/desk/outbox">
    Require user nurse
    ErrorDocument 401 "Ask the administrator."
</Location>
<Location "/elsewhere">
    Require all denied
</Location>
CONF

sub is_ours ($r, $status, $words, $what) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $r->code, $status, "$what: $status";
    is $r->content_type, 'text/html', "$what: a page";
    like $r->decoded_content, qr{<link rel="stylesheet" href="/(?:desk|portal)/static/}, "$what: with our style";
    like $r->text, $words, "$what: in words";
    like $r->header('Content-Security-Policy') // '', qr/default-src 'none'/, "$what: with our headers";
    return;
}

my $nobody = $t->patient;
my $none   = $nobody->send('GET', $t->url('/desk/'));
is_ours($none, 401, qr/Staff only/, 'no password at the desk');
like $none->header('WWW-Authenticate'), qr/^Basic /, 'which is still asked for';
unlike $none->text, qr/Español/, 'nothing to press that would not work';
is_ours($t->patient(language => 'es')->send('GET', $t->url('/desk/find')), 401, qr/Solo para el personal/, 'in Spanish');
my $json = $nobody->send('POST', $t->url('/desk/find'), headers => { Accept => 'application/json' }, body => '{}');
is $json->code, 401, 'JSON: 401';
is $json->content_type, 'application/problem+json', 'as a problem';
is $json->data->{type}, 'urn:mod_portal:no_staff', 'of its kind';
my $head = $nobody->send('HEAD', $t->url('/desk/'));
is $head->code . length($head->content), '4010', 'HEAD has no body';

my $desk = $t->desk;
is_ours($desk->get('/audit'), 403, qr/not open to you/, 'Require below the desk');
is $desk->json('GET', '/audit')->data->{status}, 403, 'JSON of it';
is $t->desk('nurse')->get('/audit')->code, 200, 'who may, may';
is $desk->get('/outbox')->content, 'Ask the administrator.', 'an ErrorDocument goes first';

is_ours($nobody->get('/login%2fx'), 404, qr/Page not found/, 'an encoded slash');
is_ours($nobody->get('/login%zz'),  400, qr/could not read/, 'an address that is none');
my $trace = $nobody->send('TRACE', '/login');
is_ours($trace, 405, qr/does not work that way/, 'TRACE');
is join(' ', sort split /,\s*/, $trace->header('Allow')), 'GET HEAD POST', 'with what the address allows';
for my $path ('/elsewhere', '/portalx%2f', '/elsewhere%2f') {
    unlike $nobody->send('GET', $t->url($path))->decoded_content, qr/portal\.css/, "$path is not ours";
}

$t->expect_log(qr/AH\d+/);
$t->stop;
done_testing;

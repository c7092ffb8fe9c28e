#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# usage: conf/openapi/make.pl >conf/openapi.yaml
#
# Writes the description of every address for programs (OpenAPI 3.1): addresses, methods, roles and
# fields come from src/routes.def, words and shapes of answers from conf/openapi/addresses. A guard
# holds the file that is kept against what this writes, and a test holds real answers against it.
use v5.36;
use utf8;

use Cwd            qw(abs_path);
use File::Basename qw(dirname);

chdir dirname(abs_path(__FILE__)) . '/../..' or die "no folder of sources: $!\n";
require './t/lib/PortalTest/Routes.pm';
binmode STDOUT, ':encoding(UTF-8)';

my %TAG = (PORTAL => 'Patient', DESK => 'Front desk');
my %ROLE = (V => 'visitors', P => 'patients', M => 'patients who must change a temporary password', H => 'a sign-in that waits for its second step',
    S => 'patients who must set up two-step sign-in', L => 'the lobby',
    D => 'staff');

# --- conf/openapi/addresses ------------------------------------------------------------------------

# "view NAME SHAPE" names a shape; "SIDE METHOD /path | summary | description | statuses | shape".
my (%shape, @shapes, %of);
open my $in, '<:encoding(UTF-8)', 'conf/openapi/addresses' or die "conf/openapi/addresses: $!\n";
my $whole = do { local $/ = undef; <$in> };
$whole =~ s/^#.*\n//mg;
$whole =~ s/\\\n\s*/ /g;
for my $line (grep {/\S/} split /\n/, $whole) {
    if ($line =~ /^view (\w+)\s+(.+)$/) {
        $shape{$1} = $2;
        push @shapes, $1;
        next;
    }
    my ($key, $summary, $description, $statuses, $shape) = map {s/^\s+|\s+$//gr} split /\|\|/, $line;
    defined $statuses or die "conf/openapi/addresses: $line\n";
    $of{$key} = { summary => $summary, description => $description, statuses => [ split ' ', $statuses ],
        shape => $shape };
}

# --- shapes ----------------------------------------------------------------------------------------

my %WORD = (
    s => '{type: string}',
    t => '{$ref: "#/components/schemas/TextKey"}',
    i => '{type: integer}',
    b => '{type: boolean}',
    no => '{const: false}',
    path => '{type: string, pattern: "^/"}',
    id => '{type: string, pattern: "^[A-Za-z0-9_-]{22}$"}',
    any => '{}',
);

sub schema ($text) {
    my ($yaml, $rest) = alternatives($text);
    $rest =~ /\S/ and die "conf/openapi/addresses: left over: $rest\n";
    return $yaml;
}

sub alternatives ($text) {
    my @all;
    (my $one, $text) = single($text);
    push @all, $one;
    while ($text =~ s/^\|//) {
        ($one, $text) = single($text);
        push @all, $one;
    }
    return (@all == 1 ? $all[0] : '{anyOf: [' . join(', ', @all) . ']}', $text);
}

sub single ($text) {
    $text =~ s/^\s+//;
    if ($text =~ s/^\[//) {
        my $item = '{}';
        ($item, $text) = alternatives($text) if $text !~ /^\s*\]/;
        $text =~ s/^\s*\]// or die "conf/openapi/addresses: no ] before: $text\n";
        return ("{type: array, items: $item}", $text);
    }
    return object($text) if $text =~ s/^\{//;
    $text =~ s/^(\w+)// or die "conf/openapi/addresses: no shape: $text\n";
    return ($WORD{$1} // qq({\$ref: "#/components/schemas/$1"}), $text);
}

# Every name must be there but for those with a question mark; there are no others.
sub object ($text) {
    my (@properties, @required);
    while ($text !~ s/^\s*\}//) {
        $text =~ s/^\s*(\w+)(\?)?:// or die "conf/openapi/addresses: no name: $text\n";
        my ($name, $may) = ($1, $2);
        (my $value, $text) = alternatives($text);
        push @properties, "$name: $value";
        push @required, $name if !$may;
    }
    return ('{type: object, additionalProperties: false'
            . (@required   ? ', required: [' . join(', ', @required) . ']'       : '')
            . (@properties ? ', properties: {' . join(', ', @properties) . '}' : '') . '}', $text);
}

# --- fields ----------------------------------------------------------------------------------------

sub field ($f) {
    my $most = $f->{most} ? ", maxLength: $f->{most}" : '';
    return '{type: string' . ($f->{required} ? ', minLength: 1' : '') . "$most}" if $f->{kind} =~ /^LINES?$/;
    return "{type: string, format: password, writeOnly: true$most}" if $f->{kind} eq 'SECRET';
    return '{type: string, pattern: "^[A-Za-z0-9_-]{22}$"}'         if $f->{kind} eq 'ID';
    return "{type: array, maxItems: $f->{most}, items: {type: string, pattern: \"^[A-Za-z0-9_-]{22}\$\"}}"
        if $f->{kind} eq 'IDS';
    return '{anyOf: [{type: boolean}, {const: 1}, {const: "1"}]}'              if $f->{kind} eq 'FLAG';
    return '{anyOf: [{type: integer, minimum: 0, maximum: 999999999999999}, {type: string, pattern: "^[0-9]{0,15}$"}]}' if $f->{kind} eq 'NUMBER';
    return;
}

sub body ($route) {
    my @fields = PortalTest::Routes->fields($route->{form});
    my @rows = map { my $y = field($_); defined $y ? "                $_->{name}: $y" : () } @fields;
    my @required = map { $_->{name} } grep { $_->{required} } @fields;
    my $open = grep { $_->{kind} eq 'OPEN' } @fields;
    return join "\n", '      requestBody:', '        required: true', '        content:', '          application/json:',
        '            schema:', '              type: object',
        ($open ? '              additionalProperties: {type: [string, number, boolean, array, "null"], items: {type: [string, number, boolean, "null"]}}' : ()),
        (@required ? '              required: [' . join(', ', @required) . ']' : ()),
        (@rows ? ('              properties:', @rows) : ()), '';
}

# --- answers ---------------------------------------------------------------------------------------

my %STATUS = (
    303 => 'Done. Location says where to read what came of it.',
    400 => 'Something could not even be read: malformed JSON or UTF-8, a doubled field.',
    401 => 'Nobody is signed in.', 403 => 'Not allowed: the token is missing or wrong, the request comes from another'
        . ' site, the network is not one of the lobby, or a temporary password has to be changed first.',
    404 => 'There is no such thing, or not for this caller.', 405 => 'Another method is needed: see Allow.',
    409 => 'Somebody else was first: both versions stand in the problem.', 410 => 'The link no longer works.',
    413 => 'The body is too large.', 415 => 'The body is not of a type that can be read.',
    422 => 'A field is missing or wrong: see errors.', 429 => 'Too many tries: wait for Retry-After seconds.',
    503 => 'The database or the hasher does not answer: try again after Retry-After seconds.',
);

sub answer ($status, $shape) {
    if ($status == 200) {
        my $schema = schema($shape);
        return "        '200':\n          description: The view.\n          headers: {Cache-Control: {schema: {type: string}}}\n"
            . "          content:\n            application/json:\n              schema: $schema\n";
    }
    return "        '$status': {\$ref: '#/components/responses/Status$status'}\n";
}

sub quoted ($text) { return "'" . ($text =~ s/'/''/gr) . "'" }

sub operation ($route) {
    my $key = "$route->{mount} $route->{method} $route->{path}";
    my $its = delete $of{$key} or die "conf/openapi/addresses: $key is missing\n";
    my @roles = map { $ROLE{$_} } grep { $route->{roles}{$_} } qw(V P M L D);
    my @always = (401, 403, 404, 405, 503);
    push @always, 400, 413, 415, 422 if $route->{method} eq 'POST';
    my %seen;
    my @statuses = sort { $a <=> $b } grep { !$seen{$_}++ } @{ $its->{statuses} }, @always;
    my $security = $route->{mount} eq 'DESK' ? '[{staff: []}]'
        : $route->{roles}{V} ? '[{}]' : $route->{method} eq 'POST' ? '[{session: [], token: []}]' : '[{session: []}]';
    my @names = $route->{path} =~ /\{(\w+)\}/g;
    my $text = '    ' . lc($route->{method}) . ":\n";
    $text .= '      operationId: ' . lc($route->{mount}) . '_' . lc($route->{method}) . '_' . ($route->{page} // die) . "\n";
    $text .= "      tags: [$TAG{$route->{mount}}]\n";
    $text .= '      summary: ' . quoted($its->{summary}) . "\n";
    $text .= '      description: ' . quoted(join ' ', grep {length} $its->{description}, 'For ' . join(', ', @roles) . '.') . "\n";
    $text .= "      security: $security\n";
    $text .= body($route) if $route->{method} eq 'POST';
    $text .= "      responses:\n" . join '', map { answer($_, $its->{shape}) } @statuses;
    return $text;
}

# Several {id} of one path get names of their own.
sub path_of ($route) {
    my $path = ($route->{mount} eq 'DESK' ? '/desk' : '/portal') . $route->{path};
    my $n    = 0;
    my @names;
    $path =~ s/(?:(\w+)\/)?\{(id|token)\}/my $name = $2 eq 'token' ? 'token' : ($1 ? $1 =~ s{s$}{}r : '') . '_id'; push @names, $name; ($1 ? "$1\/" : '') . "{$name}"/ge;
    $path =~ s{(?<=.)/$}{};
    return ($path, @names);
}

# --- all of it -------------------------------------------------------------------------------------

print do { local $/ = undef; open my $head, '<:encoding(UTF-8)', 'conf/openapi/head.yaml' or die $!; <$head> };
my (%paths, @order, %names);
for my $route (PortalTest::Routes->all) {
    my ($path, @names) = path_of($route);
    push @order, $path if !$paths{$path};
    $paths{$path} .= operation($route);
    $names{$path} = \@names;
}
die 'conf/openapi/addresses: no such address: ' . join(', ', sort keys %of) . "\n" if %of;
print "paths:\n";
for my $path (@order) {
    print "  $path:\n";
    if (my @names = @{ $names{$path} }) {
        print "    parameters:\n";
        print '      - {name: ', $_, ', in: path, required: true, schema: {type: string, ',
            $_ eq 'token' ? 'pattern: "^[A-Za-z0-9_-]+$"' : 'pattern: "^[A-Za-z0-9_-]{22}$"', "}}\n" for @names;
    }
    print $paths{$path};
}
print "components:\n  responses:\n";
for my $status (sort keys %STATUS) {
    print "    Status$status:\n      description: ", quoted($STATUS{$status}), "\n";
    print "      headers: {Location: {description: 'An address of the same side.', schema: {type: string}}}\n" if $status == 303;
    print "      headers: {Retry-After: {description: Seconds., schema: {type: integer}}}\n" if $status =~ /^(?:429|503)$/;
    print "      headers: {Allow: {schema: {type: string}}}\n" if $status == 405;
    print "      content: {application/problem+json: {schema: {\$ref: '#/components/schemas/Problem'}}}\n" if $status >= 400;
}
print do { local $/ = undef; open my $tail, '<:encoding(UTF-8)', 'conf/openapi/tail.yaml' or die $!; <$tail> };
print "    $_: ", schema($shape{$_}), "\n" for @shapes;

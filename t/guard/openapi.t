# SPDX-License-Identifier: Apache-2.0
#
# conf/openapi.yaml says what src/routes.def and conf/openapi say today: each address, method and field,
# and nothing else (the maker refuses words about an address that is not there, and an address without).
use v5.36;
use utf8;
use Test::More;
use lib 't/lib';
use PortalTest::Routes;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
open my $file, '<:encoding(UTF-8)', 'conf/openapi.yaml' or die "conf/openapi.yaml: $!";
my $kept = do { local $/ = undef; <$file> };
open my $maker, '-|:encoding(UTF-8)', $^X, 'conf/openapi/make.pl' or die "make.pl: $!";
my $made = do { local $/ = undef; <$maker> };
ok close $maker, 'it can be made';
ok $kept eq $made, 'conf/openapi.yaml is what conf/openapi/make.pl writes: run it again, and read what changed';

my @routes = PortalTest::Routes->all;
cmp_ok scalar @routes, '>', 50, 'the table of addresses is read';
my $operations = () = $kept =~ /^    (?:get|post):$/mg;
is $operations, scalar @routes, 'an operation for each row of the table';
my %seen;
$seen{$_}++ for $kept =~ /operationId: (\S+)/g;
is_deeply [ grep { $seen{$_} > 1 } sort keys %seen ], [], 'each with an id of its own';
unlike $kept, qr/summary: ''/, 'and a summary';
for my $route (@routes) {
    next if $route->{method} ne 'POST';
    for my $f (PortalTest::Routes->fields($route->{form})) {
        next if $f->{kind} eq 'OPEN';
        like $kept, qr/^                \Q$f->{name}\E: /m, "$route->{path}: $f->{name}";
    }
}
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# AuthType Portal and Require portal: mistakes are refused by `httpd -t`, at their line and with their
# mend; what is right is taken.
use v5.36;
use utf8;
use Test::More;
use FindBin;
use lib "$FindBin::Bin/../lib";
use PortalTest::Directives;

my $check = checker();

sub host (@lines) { return [ $check->needed, @lines ] }

sub refused ($what, @configuration) {
    my ($code, $said) = $check->check(@configuration);
    my ($line) = map { /^! (.*)/ ? $1 : () } map {@$_} grep {ref} @configuration;
    my $ok = subtest $line => sub {
        isnt $code, 0, 'refused';
        like $said, qr/Syntax error on line $check->{marked} of \Q$check->{file}\E:/, 'file and line';
        like $said, $what, 'what and mend';
    };
    diag $said if !$ok;
    return;
}

sub taken ($name, @configuration) {
    my ($code, $said) = $check->check(@configuration);
    is $code, 0, "$name: taken" or diag $said;
    return;
}

my @guarded = ('<Location /files>', 'AuthType Portal');
for my $line ('patient', 'lobby', 'PATIENT', 'case abc', 'case number:A-1', 'case %{env:MATCH_CASE}', 'case "%{env:A}%{env:B}"',
    'case number:%{env:MATCH_CASE}', q{case "%{reqenv:CASE}"})
{
    taken("Require portal $line", [], host(@guarded, "Require portal $line", '</Location>'));
}
taken('not the lobby, in a block', [], host(@guarded, '<RequireAll>', 'Require portal patient', 'Require not portal lobby', '</RequireAll>', '</Location>'));

my %wrong = (
    'patiant'              => qr/Require portal patiant is not known; write Require portal patient, .*lobby or .*case EXPR \(did you mean patient\?\)/,
    'cases %{env:X}'       => qr/Require portal cases is not known.*did you mean case/,
    'desk'                 => qr/Require portal desk is not known; write/,
    'patient lobby'        => qr/Require portal patient takes nothing behind it \(lobby\); give each its own line/,
    'lobby 10.0.0.0/8'     => qr/takes nothing behind it/,
    'case'                 => qr/Require portal case needs the case: its ID, or its number as number:NUMBER/,
    'case ""'              => qr/Require portal case needs the case/,
    'case a b'             => qr/takes one expression; put it in quotes/,
    'case %{nosuch:x}'     => qr/Require portal case %\{nosuch:x\}: /,
    'case %{env:MATCH'     => qr/Require portal case %\{env:MATCH: /,
);
for my $line (sort keys %wrong) {
    refused($wrong{$line}, [], host(@guarded, "! Require portal $line", '</Location>'));
}
refused(qr/Require portal lacks a word; write Require portal patient/, [], host(@guarded, '! Require portal', '</Location>'));

refused(qr/Require portal lets in nobody beside AuthType Basic; write AuthType Portal/,
    [], host('<Location /files>', 'AuthType Basic', 'AuthName x', '<RequireAny>', 'Require valid-user', '! Require portal patient', '</RequireAny>', '</Location>'));
refused(qr/AuthType Portal would guard the page on which patients sign in; write Require all granted/,
    [], host('<Location /portal>', 'SetHandler portal', '! AuthType Portal', 'Require portal patient', '</Location>'));
refused(qr/AuthType Portal stands in a host without a portal; move this section into the host of PortalURL/,
    [], host(), [ '<Location /files>', '! AuthType Portal', 'Require portal patient', '</Location>' ]);
refused(qr/AuthType Portal would let patients in at the desk/,
    [], host('<Location /desk>', 'SetHandler portal-desk', '! AuthType Portal', 'Require portal patient', '</Location>'));
taken('a section for both hosts', [ @guarded, 'Require portal patient', '</Location>' ], host());
done_testing;

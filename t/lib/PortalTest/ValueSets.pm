# SPDX-License-Identifier: Apache-2.0
#
# The ValueSets that a form names and does not bring along, as a hospital puts them beside it.
#
#   write_sets_for($questionnaire, $folder);    # a decoded form; one file for each set, by the set's own name
#
# Each set has the codes that the form's conditions ask for, so that these can come true, and four of our own, with scores
# from 0 to 3 (ordinalValue), so that a scale adds up.
package PortalTest::ValueSets;
use v5.36;
use utf8;
use Exporter qw(import);
our @EXPORT_OK = qw(write_sets_for);

use Digest::SHA qw(sha1_hex);
use JSON::PP    ();

my $SYSTEM = 'https://mod-portal.example/test';
my $SCORE  = 'http://hl7.org/fhir/StructureDefinition/ordinalValue';

sub items ($parent) { return map { ($_, items($_)) } @{ $parent->{item} // [] } }

# By system, the codes that conditions on one of these questions name.
sub asked_for ($form, %question) {
    my %codes;
    for my $when (map { @{ $_->{enableWhen} // [] } } items($form)) {
        my $coding = $when->{answerCoding} // next;
        next if !$question{ $when->{question} };
        $codes{ $coding->{system} }{ $coding->{code} } = $coding->{display} // $coding->{code};
    }
    return %codes;
}

sub set_of ($form, $url, @link_ids) {
    my %codes = asked_for($form, map { $_ => 1 } @link_ids);
    my @parts = map { my $of = $codes{$_}; { system => $_, concept => [ map { { code => $_, display => $of->{$_} } } sort keys %$of ] } }
        sort keys %codes;
    push @parts, { system => $SYSTEM, concept => [ map { { code => "c$_", display => "Choice $_",
        extension => [ { url => $SCORE, valueDecimal => $_ } ] } } 0 .. 3 ] };
    return { resourceType => 'ValueSet', status => 'active', url => $url, compose => { include => \@parts } };
}

sub write_sets_for ($form, $folder) {
    my %questions;
    push @{ $questions{ $_->{answerValueSet} } }, $_->{linkId} for grep { ($_->{answerValueSet} // '#') !~ /^#/ } items($form);
    for my $url (sort keys %questions) {
        my $file = "$folder/set-" . sha1_hex($url) . '.json';
        open my $out, '>:raw', $file or die "$file: $!";
        print {$out} JSON::PP->new->utf8->canonical->encode(set_of($form, $url, @{ $questions{$url} }));
        close $out or die "$file: $!";
    }
    return;
}

1;

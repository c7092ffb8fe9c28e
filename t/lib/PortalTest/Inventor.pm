# SPDX-License-Identifier: Apache-2.0
#
# Invents forms: FHIR R4 Questionnaires at random, yet sensible, by a seeded generator, so that each can be had again. They
# hold what real forms hold: groups in groups that repeat, questions under questions and under each answer, all types but
# attachment, reference and url, limits, first answers, choices from the form, from sets in it and beside it, chains of
# conditions, translations, and scores with what hangs on them (PortalTest::Scorer).
#
#   my $inventor = PortalTest::Inventor->new(seed => 7);
#   my $form     = $inventor->form;         # the Questionnaire
#   my @sets     = $inventor->sets;         # the ValueSets and CodeSystems that are to lie beside it
#
# Each form loads whole, and can be filled in page by page by PortalTest::Filler. What a patient would meet only by going
# back (a question that depends on a later one) is optional. Conditions within what repeats are of those kinds that LForms
# can be asked about (t/tools/lforms.mjs).
package PortalTest::Inventor;
use v5.36;
use utf8;

use PortalTest::Filler ();
use PortalTest::Scorer ();

my $CORE = 'http://hl7.org/fhir/StructureDefinition';
my $SDC  = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire';
my $OWN  = 'https://example.org/fhir';

my @TYPES = qw(choice choice choice choice boolean boolean integer integer string string text decimal date dateTime time
    open-choice quantity);
my %ORDERED = map { $_ => 1 } qw(integer decimal date dateTime time quantity);
my %TOLD    = map { $_ => 1 } qw(integer decimal boolean string text choice);    # what LForms compares by itself
my @UNITS   = ([ 'kg', 'kilogram' ], [ 'g', 'gram' ], [ 'cm', 'centimetre' ], [ 'h', 'hour' ]);
my $DEEPEST = 5;

sub new ($class, %o) {
    my $seed = $o{seed} // 1;
    return bless { seed => $seed, state => $seed * 7919 + 17, number => 0, asked => [], sets => [], contained => [] }, $class;
}

*pick   = \&PortalTest::Filler::pick;
*one_of = \&PortalTest::Filler::one_of;

sub once_in ($self, $n)  { return !$self->pick($n) }
sub id      ($self, $of) { return $of . ++$self->{number} }
sub yes     ()           { return bless \(my $true = 1), 'JSON::PP::Boolean' }
sub truth   ($self)      { return bless \(my $either = $self->pick(2)), 'JSON::PP::Boolean' }
sub sets    ($self)      { return @{ $self->{sets} } }

sub extend ($element, $url, %value) {
    push @{ $element->{extension} }, { url => $url =~ m{^http} ? $url : "$CORE/$url", %value };
    return;
}

sub control ($item, $code) {
    extend($item, 'questionnaire-itemControl', valueCodeableConcept =>
            { coding => [ { system => 'http://hl7.org/fhir/questionnaire-item-control', code => $code } ] });
    return;
}

sub translated ($element, $member) {
    $element->{"_$member"} = { extension => [ { url => "$CORE/translation", extension => [
                    { url => 'lang', valueCode => 'es' }, { url => 'content', valueString => "$element->{$member} (es)" } ] } ] };
    return;
}

# ---- the form ----

# Where an item stands: depth; within: linkIds of what repeats above it; under: a question above it; sure: LForms reads the
# conditions of all above it by itself.
sub form ($self) {
    my $form = { resourceType => 'Questionnaire', status => 'active', language => 'en', title => "Invented form $self->{seed}",
        url => "$OWN/Questionnaire/invented-$self->{seed}" };
    $form->{item} = [ map { $self->section } 1 .. 2 + $self->pick(3) ];
    $self->look_ahead if $self->once_in(2);
    push @{ $form->{item} }, PortalTest::Scorer->new($self)->section($form) if $self->pick(3);
    $form->{contained} = $self->{contained} if @{ $self->{contained} };
    forget($form->{item});
    return $form;
}

# What was only noted while inventing.
sub forget ($items) {
    for my $item (@$items) {
        delete $item->{' options'};
        forget($item->{item} || []);
    }
    return;
}

sub section ($self) {
    my %at = (depth => 1, within => [], sure => 1);
    return $self->once_in(5) ? $self->question(%at) : $self->group(%at);
}

sub group ($self, %at) {
    my $group = { linkId => $self->id('g'), type => 'group' };
    $group->{text} = "Group $group->{linkId}";
    $self->decorate($group);
    my @within = @{ $at{within} };
    if ($self->once_in(3)) {
        $group->{repeats} = yes();
        extend($group, 'questionnaire-maxOccurs', valueInteger => 2 + $self->pick(3)) if $self->once_in(3);
        push @within, $group->{linkId};
    }
    $at{sure} &&= $self->conditions($group) if $self->once_in(3);
    my %in = (depth => $at{depth} + 1, within => \@within, under => $at{under}, sure => $at{sure});
    $group->{item} = [ $self->question(%in), map { $self->item(%in) } 1 .. 1 + $self->pick(4) ];
    if ($self->once_in(8)) {
        $group->{required} = yes();
        extend($group, 'questionnaire-minOccurs', valueInteger => 2) if $group->{repeats} && $self->once_in(2);
        push @{ $group->{item} }, $self->plain_question(%in, always => 1);
    }
    PortalTest::Scorer->new($self)->of_group($group, hangs => !$at{under}) if $self->once_in(3);
    return $group;
}

sub item ($self, %at) {
    return $self->display(%at) if $self->once_in(10);
    return $self->group(%at)   if $at{depth} < $DEEPEST && $self->once_in(5);
    return $self->question(%at);
}

sub display ($self, %at) {
    my $display = { linkId => $self->id('d'), type => 'display' };
    $display->{text} = "Words $display->{linkId}";
    control($display, 'help') if $self->once_in(3);
    $self->conditions($display) if $self->once_in(4);
    return $display;
}

sub decorate ($self, $item) {
    translated($item, 'text') if $self->once_in(4);
    $item->{prefix} = "$self->{number}." if $self->once_in(5);
    return;
}

# ---- questions ----

sub plain_question ($self, %at) {
    my $type = $self->one_of(@TYPES);
    my $item = { linkId => $self->id('q'), type => $type };
    $item->{text} = "Question $item->{linkId}";
    $self->decorate($item);
    my $make = $self->can('ask_' . $type =~ tr/-/_/r);
    $self->$make($item) if $make;
    $item->{required} = yes() if $at{always} || $self->once_in(3);
    return $item;
}

sub question ($self, %at) {
    my $item = $self->plain_question(%at);
    $self->repeat($item) if $item->{type} ne 'boolean' && $self->once_in(5);
    $at{sure} &&= $self->conditions($item) if $self->pick(5) > 2;
    $self->begin($item)  if $self->once_in(6);
    $self->closed($item) if $item->{initial} && $self->once_in(3);
    push @{ $self->{asked} }, { item => $item, within => $at{within}, sure => $at{sure} };
    $self->below($item, %at) if $at{depth} < $DEEPEST && $self->once_in($item->{repeats} && $item->{type} =~ /choice/ ? 15 : 5);
    return $item;
}

# What stands under a question, and under each answer of one that repeats.
sub below ($self, $item, %at) {
    my %in = (depth => $at{depth} + 1, within => [ @{ $at{within} }, $item->{repeats} ? $item->{linkId} : () ], under => $item,
        sure => $at{sure});
    $item->{item} = [ map { $self->once_in(6) ? $self->group(%in) : $self->once_in(6) ? $self->display(%in) : $self->question(%in) }
            0 .. $self->pick(2) ];
    return;
}

sub repeat ($self, $item) {
    $item->{repeats} = yes();
    my $options = $item->{answerOption};
    my $most    = $self->once_in(3) ? 2 + $self->pick(2) : 0;
    extend($item, 'questionnaire-maxOccurs', valueInteger => $most) if $most;
    extend($item, 'questionnaire-minOccurs', valueInteger => 2) if $item->{required} && ($options ? @$options > 3 : 1) && $self->once_in(4);
    extend($options->[-1], 'questionnaire-optionExclusive', valueBoolean => yes()) if $options && $self->once_in(3);
    return;
}

sub begin ($self, $item) {
    if (my $options = $item->{answerOption}) {
        $self->one_of(@$options)->{initialSelected} = yes();
        return;
    }
    return if $item->{answerValueSet};
    my ($kind, @values) = $self->values_of($item);
    $item->{initial} = [ map { { "value$kind" => $self->one_of(@values) } } 0 .. ($item->{repeats} ? $self->pick(2) : 0) ] if @values;
    return;
}

# Nobody types these.
sub closed ($self, $item) {
    $item->{readOnly} = yes() and return if $self->once_in(2);
    extend($item, 'questionnaire-hidden', valueBoolean => yes());
    return;
}

# ---- by type ----

sub ask_integer ($self, $item) {
    extend($item, 'minValue', valueInteger => 0);
    extend($item, 'maxValue', valueInteger => 3 + $self->pick(4));
    control($item, 'slider') if $self->once_in(6);
    return;
}

sub ask_decimal ($self, $item) {
    extend($item, 'minValue', valueDecimal => 0);
    extend($item, 'maxValue', valueDecimal => 2);
    extend($item, 'maxDecimalPlaces', valueInteger => 1);
    return;
}

sub ask_string ($self, $item) {
    extend($item, 'regex', valueString => 'A1|AB12|X|abc'), return if $self->pick(3);
    extend($item, 'minLength', valueInteger => 2) if $self->once_in(2);
    $item->{maxLength} = 8 + $self->pick(30) if $self->once_in(2);
    extend($item, 'entryFormat', valueString => 'as it comes') if $self->once_in(2);
    return;
}

sub ask_text ($self, $item) {
    $item->{maxLength} = 40 if $self->once_in(2);
    return;
}

sub ask_date ($self, $item) {
    return if $self->pick(3);
    extend($item, 'minValue', valueDate => '1975-06-15');
    extend($item, 'maxValue', valueDate => '1995-06-15') if $self->once_in(2);
    return;
}

sub ask_time ($self, $item) {
    extend($item, 'minValue', valueTime => '08:00:00');
    extend($item, 'maxValue', valueTime => '12:00:00');
    return;
}

sub ask_quantity ($self, $item) {
    my @units = map { { system => 'http://unitsofmeasure.org', code => $_->[0], display => $_->[1] } } @UNITS;
    my $first = $self->pick(@units - 1);
    my $many  = $self->once_in(2);
    extend($item, 'questionnaire-unitOption', valueCoding => $_) for @units[ $first .. $first + ($many ? 1 : 0) ];
    my %in = (system => 'http://unitsofmeasure.org', code => $units[$first]{code}, unit => $units[$first]{display});
    return if $many;
    extend($item, "$SDC-minQuantity", valueQuantity => { value => 0, %in });
    extend($item, "$SDC-maxQuantity", valueQuantity => { value => 6, %in });
    return;
}

sub codes ($self, $of, $scored) {
    my $system = "$OWN/CodeSystem/$of";
    return map {
        my $option = { valueCoding => { system => $system, code => "c$_", display => "Choice $_ of $of" } };
        translated($option->{valueCoding}, 'display') if $_ == 1 && $self->once_in(3);
        extend($option, 'ordinalValue', valueDecimal => $_ - 1) if $scored;
        $option
    } 1 .. 3 + $self->pick(3);
}

sub ask_choice ($self, $item) {
    return $self->from_set($item) if $self->once_in(4);
    return $self->written_options($item) if $self->once_in(4);
    $item->{answerOption} = [ $self->codes($item->{linkId}, $self->once_in(2)) ];
    if ($self->once_in(4)) {
        extend($item->{answerOption}[$_], 'questionnaire-optionPrefix', valueString => chr(97 + $_) . ')') for 0 .. $#{ $item->{answerOption} };
    }
    control($item, $self->one_of(qw(radio-button drop-down))) if $self->once_in(3);
    return;
}

# Options that are no Codings.
sub written_options ($self, $item) {
    my %make = (String => sub ($n) {"Words $n of $item->{linkId}"}, Integer => sub ($n) { $n * 10 },
        Date => sub ($n) {"199$n-03-01"}, Time => sub ($n) {"1$n:30:00"});
    my $kind = $self->one_of(qw(String String String Integer Date Time));
    $item->{answerOption} = [ map { { "value$kind" => $make{$kind}->($_) } } 1 .. 3 + $self->pick(2) ];
    return;
}

sub ask_open_choice ($self, $item) {
    $item->{answerOption} = [ $self->codes($item->{linkId}, 0) ];
    return;
}

sub concept ($option) {
    my %concept = (code => $option->{valueCoding}{code}, display => $option->{valueCoding}{display});
    $concept{extension} = $option->{extension} if $option->{extension};
    return \%concept;
}

# Choices of a set in the form, or of one beside it, which lists them or takes those of a code system.
sub from_set ($self, $item) {
    my $id     = "set-$self->{seed}-$item->{linkId}";
    my $scored = $self->once_in(3);
    my @options = $self->codes($id, $scored);
    my @concepts = map { concept($_) } @options;
    my $system  = $options[0]{valueCoding}{system};
    my %set     = (resourceType => 'ValueSet', status => 'active', id => $id);
    $item->{' options'} = \@options;
    if ($self->once_in(2)) {
        push @{ $self->{contained} }, { %set, compose => { include => [ { system => $system, concept => \@concepts } ] } };
        $item->{answerValueSet} = "#$id";
        return;
    }
    my $listed = $self->once_in(2);
    push @{ $self->{sets} }, { %set, url => "$OWN/ValueSet/$id",
        compose => { include => [ { system => $system, $listed ? (concept => \@concepts) : () } ] } };
    push @{ $self->{sets} }, { resourceType => 'CodeSystem', status => 'active', content => 'complete', id => "system-$id",
        url => $system, concept => \@concepts } if !$listed;
    $item->{answerValueSet} = "$OWN/ValueSet/$id";
    return;
}

# ---- conditions ----

# The kind of its answers, and some that it may have.
sub values_of ($self, $item) {
    my $type = $item->{type};
    if (my $options = $item->{answerOption} || $item->{' options'}) {
        my ($kind) = grep {/^value/} keys %{ $options->[0] };
        return (substr($kind, 5), map { bare($_->{$kind}) } @$options);
    }
    return (Boolean => $self->truth) if $type eq 'boolean';
    return (Integer => 0 .. 3) if $type eq 'integer';
    return (Decimal => map { $_ / 2 } 0 .. 4) if $type eq 'decimal';
    return (String => qw(A1 AB12 abc)) if $type eq 'string';
    return (String => '2015', 'Ωμέγα') if $type eq 'text';
    return (Date => '1975-06-15', '1980-01-31', '1990-12-01') if $type eq 'date';
    return (DateTime => '1975-06-15T10:00:00Z', '1980-01-31T13:05:00Z', '1990-12-01T23:59:00Z') if $type eq 'dateTime';
    return (Time => map { sprintf '%02d:00:00', $_ } 8 .. 12) if $type eq 'time';
    return () if $type ne 'quantity';
    my ($unit) = map { $_->{valueCoding} } grep { $_->{url} =~ /unitOption/ } @{ $item->{extension} };
    return (Quantity => map { { value => $_, unit => $unit->{display}, system => $unit->{system}, code => $unit->{code} } } 1 .. 4);
}

# A Coding of a condition needs no translation.
sub bare ($value) {
    return $value if !ref $value;
    return { map { $_ => $value->{$_} } qw(system code display) };
}

sub condition ($self, $source) {
    my $item = $source->{item};
    $self->{compared}{ $item->{linkId} } = 1;
    my ($kind, @values) = $self->values_of($item);
    return { question => $item->{linkId}, operator => 'exists', answerBoolean => $self->truth } if !@values || $self->once_in(5);
    my @operators = $ORDERED{ $item->{type} } && !$item->{answerOption} ? qw(= != > < >= <=) : qw(= = = !=);
    return { question => $item->{linkId}, operator => $self->one_of(@operators), "answer$kind" => $self->one_of(@values) };
}

# LForms compares its answer by itself; or it stands in one place only, so that LForms can be told of it in an expression.
# Within what repeats an item has sources of the first kind alone: it is sure then, if those are.
sub is_sure ($source) {
    my $item = $source->{item};
    return $source->{sure} && $TOLD{ $item->{type} } && !$item->{repeats};
}

sub is_alone ($source) { return !@{ $source->{within} } }

sub source ($self, $fits) {
    my @all = grep { $fits->($_) } @{ $self->{asked} };
    return undef if !@all;
    return $all[-1 - $self->pick(@all < 4 ? scalar @all : 4)] if $self->once_in(2);
    return $self->one_of(@all);
}

# Gives an item some; false when it is not sure any more.
sub conditions ($self, $item) {
    my $sure = $self->pick(2);
    my %asked;
    for (0 .. $self->pick(3)) {
        my $source = $self->source($sure ? \&is_sure : \&is_alone) or last;
        push @{ $item->{enableWhen} }, $self->condition($source) if !$asked{ $source->{item}{linkId} }++;
    }
    $item->{enableBehavior} = $self->one_of(qw(any all)) if @{ $item->{enableWhen} || [] } > 1 && $self->pick(8);
    return $sure || !$item->{enableWhen};
}

# A question near the top that depends on a later one.
sub look_ahead ($self) {
    my @alone = grep { is_alone($_) && !$_->{item}{item} } @{ $self->{asked} };
    my ($early, $late) = map { $_->{item} } @alone > 1 ? @alone[ 0, -1 ] : return;
    return if $early->{enableWhen} || $early->{required} || $early->{initial} || $late->{enableWhen} || $self->{compared}{ $early->{linkId} };
    $early->{enableWhen} = [ $self->condition($alone[-1]) ];
    return;
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# What stood on the pages of a form when they were sent, held against the response that came of it.
#
#   my $written = PortalTest::Written->new($questionnaire);
#   $written->page($node, \%fields);         # a question as the page showed it (JSON), and what was answered there: with no
#                                             # fields, what stood there already
#   say $written->otherwise($response);       # lost, changed and added answers in words; '' when there are none
#   items($questionnaire)                     # {linkId => item}
#   rule($item, 'minLength')                  # the value of an extension, by the end of its address
#
# A question that depends on answers may have lost some (nobody sees those any more), but holds no others. What nobody
# types (calculated, read-only, hidden or in something hidden) is not looked at.
package PortalTest::Written;
use v5.36;
use utf8;

sub items ($form) {
    my (%item, @todo);
    @todo = map { [ $_, 0, 0 ] } @{ $form->{item} || [] };
    while (my $next = shift @todo) {
        my ($item, $open, $hidden) = @$next;
        my $under = $open || $item->{enableWhen} || rule($item, 'enableWhenExpression') ? 1 : 0;
        $item{ $item->{linkId} } //= $item;
        $item->{' depends'} = $under;
        $item->{' hidden'}  = $hidden ||= rule($item, 'hidden');
        $under ||= 1 if ($item->{type} // '') !~ /^(?:group|display)$/;
        push @todo, map { [ $_, $under, $hidden ] } @{ $item->{item} || [] };
    }
    return \%item;
}

sub rule ($item, $name) {
    for my $ext (@{ $item->{extension} || [] }) {
        next if $ext->{url} !~ m{(?:/|-)\Q$name\E$};
        my ($key) = grep {/^value/} sort keys %$ext;
        return $ext->{$key};
    }
    return undef;
}

sub new ($class, $form) { return bless { item => items($form), given => {} }, $class }

# ---- as it was written ----

sub list ($value) { return ref $value eq 'ARRAY' ? @$value : defined $value ? $value : () }

# An option: yes and no by their value, a day and all others by their text.
sub chosen ($option) { return $option->{key} && !$option->{year} ? $option->{value} : $option->{text} }

sub option_words ($node, $value) {
    my ($option) = grep { $_->{value} eq $value } @{ $node->{options} };
    return !$option ? "no option $value" : chosen($option);
}

sub boxes ($day, $month, $year, $time) {
    return () if !length($year // '');
    return sprintf('%04d-%02d-%02d', $year, $month, $day) . (length($time // '') ? " $time" : '');
}

sub unit_words ($unit, $value) {
    my ($one) = grep { ($_->{value} // '') eq $value } @{ $unit->{units} || [] };
    return $one ? $one->{text} : $value;
}

sub answered ($node, $fields) {
    my $name = $node->{name};
    return map { $_ eq 'other' ? $fields->{"$name.other"} : option_words($node, $_) } list($fields->{$name}) if $node->{options};
    return boxes(map { $fields->{"$name.$_"} } qw(day month year time)) if $node->{is_date};
    return "$fields->{$name} " . unit_words($node->{unit}, $fields->{ $node->{unit}{name} }) if $node->{is_quantity} && $node->{unit};
    return "$fields->{$name} " . ($node->{suffix} || '') if $node->{is_quantity};
    return list($fields->{$name});
}

sub shown ($node) {
    if ($node->{options}) {
        my @words = map { chosen($_) } grep { $_->{checked} } @{ $node->{options} };
        return (@words, $node->{other} && $node->{other}{checked} ? $node->{other}{words} : ());
    }
    return boxes(map { $node->{$_} ? $node->{$_}{value} : '' } qw(day month year time)) if $node->{is_date};
    return grep {length} map { $_->{value} } @{ $node->{values} } if $node->{is_several};
    return () if !length($node->{value} // '');
    return $node->{value} if !$node->{is_quantity};
    my ($unit) = $node->{unit} ? grep { $_->{checked} } @{ $node->{unit}{units} || [] } : ();
    return "$node->{value} " . ($unit ? $unit->{text} : $node->{unit} ? $node->{unit}{value} // '' : $node->{suffix} || '');
}

sub page ($self, $node, $fields) {
    $self->{given}{ $node->{link_id} }{ $node->{name} } = [ grep {length} %$fields ? answered($node, $fields) : shown($node) ];
    return;
}

# The names of fields (a.3-2.1) in the order of the form.
sub place ($name) {
    return join '.', map { my ($at, $of) = /(\d+)(?:-(\d+))?/; sprintf '%04d-%04d', $at // 0, $of // 1 } split /\./, $name;
}

sub given ($self, $id) {
    my $given = $self->{given}{$id} || {};
    return map { @{ $given->{$_} } } sort { place($a) cmp place($b) } keys %$given;
}

# ---- as the response has it ----

sub value_words ($kind, $value) {
    return $value->{display} // $value->{code} if $kind eq 'valueCoding';
    return $value->{display} // $value->{reference} if $kind eq 'valueReference';
    return join ' ', $value->{value}, $value->{unit} // $value->{code} // '' if $kind eq 'valueQuantity';
    return $value ? 'true' : 'false' if $kind eq 'valueBoolean';
    return $value =~ s/T(\d\d:\d\d(?::(?!00)\d\d)?).*/ $1/r if $kind eq 'valueDateTime';
    return $value =~ s/^(\d\d:\d\d):00$/$1/r if $kind eq 'valueTime';
    return $value;
}

sub said ($items, $said = {}) {
    for my $item (@$items) {
        for my $answer (@{ $item->{answer} || [] }) {
            my ($kind) = grep {/^value/} sort keys %$answer;
            push @{ $said->{ $item->{linkId} } }, value_words($kind, $answer->{$kind});
            said($answer->{item} || [], $said);
        }
        said($item->{item} || [], $said);
    }
    return $said;
}

# ---- held against each other ----

# Numbers count by their size, times without seconds that are nought, words without the space around them.
sub plain ($words) {
    $words = $words =~ s/\s+/ /gr =~ s/^ | $//gr =~ s/^(\d\d:\d\d):00$/$1/r;
    return $words =~ s/^(-?\d*\.?\d+)(?=$| )/$1 + 0/er;
}

sub nobody_types ($item) {
    return $item->{readOnly} || $item->{' hidden'} || rule($item, 'calculatedExpression');
}

# Do these stand among those, in their order?
sub among ($few, $many) {
    my @left = @$many;
    for my $one (@$few) {
        shift @left while @left && $left[0] ne $one;
        return 0 if !@left;
        shift @left;
    }
    return 1;
}

sub otherwise ($self, $response) {
    my $said = said($response->{item} || []);
    my @wrong;
    for my $id (sort keys %{ { %{ $self->{given} }, %$said } }) {
        my $item = $self->{item}{$id} or push @wrong, "$id: not in the form" and next;
        next if nobody_types($item);
        my @got  = map { plain($_) } @{ $said->{$id} || [] };
        my @want = map { plain($_) } $self->given($id);
        next if $item->{' depends'} ? among(\@got, \@want) : "@got" eq "@want";
        push @wrong, "$id: " . join('|', @got) . ', not ' . join('|', @want);
    }
    return join '; ', @wrong;
}

1;

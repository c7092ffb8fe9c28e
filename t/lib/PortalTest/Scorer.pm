# SPDX-License-Identifier: Apache-2.0
#
# Scores for an invented form, and questions that hang on them: for PortalTest::Inventor only. Variables of the form and of
# groups, sums, counts and means, in the words that authors of real forms use; some are conditions of a question, some are
# compared by enableWhen.
package PortalTest::Scorer;
use v5.36;
use utf8;

my $CORE  = 'http://hl7.org/fhir/StructureDefinition';
my $SDC   = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire';
my $SCORE = "$CORE/ordinalValue";

sub new ($class, $inventor) { return bless { by => $inventor, names => [] }, $class }

sub expression ($element, $url, $text, %more) {
    push @{ $element->{extension} }, { url => $url, valueExpression => { %more, language => 'text/fhirpath', expression => $text } };
    return;
}

sub variable ($element, $name, $text) { return expression($element, "$CORE/variable", $text, name => $name) }

sub has_points ($item) {
    my $options = $item->{answerOption} || $item->{' options'} || [];
    return grep { grep { $_->{url} eq $SCORE } @{ $_->{extension} || [] } } @$options;
}

sub is_number ($item) { return $item->{type} =~ /^(?:integer|decimal)$/ }

# ---- words ----

sub named ($self, @items) {
    return join ' or ', map {"linkId = '$_->{linkId}'"} @items;
}

# These questions' answers, wherever they stand.
sub answers ($self, @items) {
    my $by = $self->{by};
    return '%resource.' . $by->one_of('descendants()', 'repeat(item | answer)', 'repeat(item|answer.item)', 'descendants()')
        . '.where(' . $self->named(@items) . ').answer';
}

sub points_of ($self, $answers) {
    return $answers . $self->{by}->one_of('.value.ordinal().sum()', '.value.ordinal().sum()', ".value.extension('$SCORE').value.sum()",
        ".value.extension.where(url = '$SCORE').value.aggregate(\$this + \$total, 0)");
}

# ---- a group's own ----

# A sum over the questions right in a group, and questions that hang on it (`hangs`: one of them by an expression).
sub of_group ($self, $group, %o) {
    my $by = $self->{by};
    my @numbers = grep { is_number($_) } @{ $group->{item} };
    my @points  = grep { has_points($_) } @{ $group->{item} };
    return if !@numbers && !@points;
    my $name    = "in_$group->{linkId}";
    my $answers = $by->one_of('', '%context.') . 'item.where(' . $self->named(@points ? @points : @numbers) . ').answer';
    variable($group, $name, @points ? $self->points_of($answers) : "$answers.value.sum()");
    push @{ $group->{item} }, $self->shown(decimal => "%$name");
    push @{ $group->{item} }, $self->waits($group->{item}[-1], 2);
    push @{ $group->{item} }, $self->hangs("%$name " . $by->one_of(qw(> < = !=)) . ' ' . $by->pick(3)) if $o{hangs} && $by->once_in(2);
    return;
}

# ---- the form's ----

sub shown ($self, $type, $text) {
    my $item = { linkId => $self->{by}->id('s'), type => $type, readOnly => PortalTest::Inventor::yes() };
    $item->{text} = "Score $item->{linkId}";
    expression($item, "$SDC-calculatedExpression", $text);
    return $item;
}

# A required question that hangs on a score by enableWhen.
sub waits ($self, $score, $least) {
    my $by   = $self->{by};
    my $kind = 'answer' . ucfirst $score->{type};
    my $item = $by->plain_question(always => 1);
    $item->{enableWhen} = [ { question => $score->{linkId}, operator => $by->one_of(qw(> >= < <= != =)), $kind => $least } ];
    return $item;
}

# The same by an expression.
sub hangs ($self, $text) {
    my $item = $self->{by}->plain_question(always => 1);
    expression($item, "$SDC-enableWhenExpression", $text);
    return $item;
}

# A group that hangs on one, and in it what hangs on an answer of it.
sub hanging_group ($self, $text) {
    my $by    = $self->{by};
    my $group = { linkId => $by->id('g'), type => 'group', text => 'Because of your points', item => [ $by->plain_question, $by->plain_question ] };
    expression($group, "$SDC-enableWhenExpression", $text);
    $group->{item}[1]{enableWhen} = [ $by->condition({ item => $group->{item}[0] }) ];
    return $group;
}

sub of_points ($self, $form, @items) {
    variable($form, 'points', $self->points_of($self->answers(@items)));
    my $by    = $self->{by};
    my @shown = ($self->shown(decimal => '%points'));
    push @shown, $self->shown(string => "iif(%points > 4, 'high', iif(%points > 1, 'some', 'little'))") if $by->once_in(2);
    push @shown, $self->shown(boolean => '%points > 2') if $by->once_in(3);
    push @shown, $self->waits($shown[0], 1 + $by->pick(4)) if $by->once_in(2);
    push @shown, $self->hangs('%points ' . $by->one_of(qw(> >= < <=)) . ' ' . $by->pick(5)) if $by->once_in(2);
    push @shown, $self->hanging_group('%points ' . $by->one_of(qw(> <)) . ' ' . $by->pick(5)) if $by->once_in(3);
    return @shown;
}

sub of_numbers ($self, $form, @items) {
    my $by = $self->{by};
    variable($form, 'total', $self->answers(@items) . '.value.sum()');
    variable($form, 'given', $self->answers(@items) . $by->one_of('.count()', '.value.count()', '.where(value.exists()).count()'));
    my @shown = ($self->shown(decimal => $by->one_of('%total', 'iif(%given > 0, %total, 0)', '%total.round(1)')));
    push @shown, $self->shown(integer => '%given') if $by->once_in(2);
    push @shown, $self->shown(decimal => 'iif(%given > 0, (%total / %given).round(1), {})') if $by->once_in(2);
    push @shown, $self->hangs("%given > 0 and %total $_ " . $by->pick(6)) for grep { $by->once_in(2) } $by->one_of(qw(> < >=));
    return @shown;
}

sub section ($self, $form) {
    my @asked   = map { $_->{item} } @{ $self->{by}{asked} };
    my @points  = grep { has_points($_) } @asked;
    my @numbers = grep { is_number($_) } @asked;
    my @items   = (@points ? $self->of_points($form, @points) : (), @numbers ? $self->of_numbers($form, @numbers) : ());
    return @items ? { linkId => $self->{by}->id('g'), type => 'group', text => 'Scores', item => \@items } : ();
}

1;

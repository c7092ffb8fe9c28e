# SPDX-License-Identifier: Apache-2.0
#
# Fills in any form by its own rules, at random: answers are made from the Questionnaire itself, by a seeded generator,
# so that each run can be repeated.
#
#   my $filler = PortalTest::Filler->new($questionnaire, seed => 7);
#   my $r = $filler->run($browser, $id);    # every page of that assignment, the review, often back to a page to answer
#                                           # otherwise, and Submit (signed where that is asked): the last answer
#   my %fields = $filler->fields($view);    # or page by page: what to answer where nothing was answered yet
#   my $name = $filler->more($view);        # a group or question of which one more is wanted now, or undef
#   $filler->pages                          # how many pages were sent
#   $filler->asked                          # {linkId => [least, most]}: how often the review asked for each question, without
#                                           # and with repetitions that hold no answer
#   $filler->otherwise($response)           # what the response has otherwise than it stood on the pages; '' when nothing
#
# run() dies with the portal's words when a page is refused, for what was answered is right by the form's rules.
package PortalTest::Filler;
use v5.36;
use utf8;

use PortalTest::Paper   ();
use PortalTest::Written ();

my @WORDS = ('Núñez', "O'Brien", 'café', 'three times a day', 'a & b < c', '2015', 'Ωμέγα', 'السلام', '☺ fine');

# What is tried where a question has a pattern.
my @PATTERNED = ('555 0100 123', '(555) 010-0123', 'canary@example.org', '12345', '12345-6789', 'A1', 'AB12', 'abc', 'X', '1', '2020');

sub new ($class, $form, %o) {
    return bless { item => PortalTest::Written::items($form), state => $o{seed} // 1, written => PortalTest::Written->new($form),
        done => {}, added => {}, pages => 0, asked => {} }, $class;
}

sub pages     ($self) { return $self->{pages} }
sub asked     ($self) { return $self->{asked} }
sub otherwise ($self, $response) { return $self->{written}->otherwise($response) }

sub pick ($self, $n) {
    $self->{state} = ($self->{state} * 1103515245 + 12345) % 2147483648;
    return int($self->{state} / 65536) % $n;
}

sub one_of ($self, @list) { return $list[ $self->pick(scalar @list) ] }

# ---- rules of an item ----

*rule = \&PortalTest::Written::rule;

sub bound ($item, $name, $otherwise) {
    my $value = rule($item, $name . 'Value') // rule($item, $name . 'Quantity');
    return ref $value ? $value->{value} // $otherwise : $value // $otherwise;
}

# ---- answers by type ----

sub number ($self, $item, $places) {
    my $least = bound($item, 'min', undef);
    my $most  = bound($item, 'max', undef);
    $least //= defined $most ? $most - 20 : 0;
    $most  //= $least + 20;
    my $step  = 10**$places;
    my $steps = int(($most - $least) * $step + 0.5);
    my $n     = $least + $self->pick($steps + 1) / $step;
    return $places ? sprintf("%.${places}f", $n) : sprintf('%d', $n < $least ? $n + 1 : $n);
}

sub text ($self, $item) {
    if (defined(my $pattern = rule($item, 'regex'))) {
        my @fit = grep {/^(?:$pattern)$/} @PATTERNED;
        die "no words for the pattern $pattern\n" if !@fit;
        return $self->one_of(@fit);
    }
    my $words = join ' ', map { $self->one_of(@WORDS) } 0 .. $self->pick(3);
    my $least = rule($item, 'minLength') // 0;
    $words .= ' more' while length $words < $least;
    $words = substr $words, 0, $item->{maxLength} if $item->{maxLength};
    $words =~ s/\s+$//;
    $words .= 'x' while length $words < $least;
    return $words;
}

# Year, month and day within the limits that are dates.
sub date ($self, $item) {
    my ($from) = bound($item, 'min', '') =~ /^(\d{4}-\d\d-\d\d)/;
    my ($to)   = bound($item, 'max', '') =~ /^(\d{4}-\d\d-\d\d)/;
    return split /-/, $from // $to if $from || $to;
    return (1930 + $self->pick(90), 1 + $self->pick(12), 1 + $self->pick(28));
}

# A full hour within the limits.
sub time ($self, $item) {
    my ($from) = bound($item, 'min', '00') =~ /^(\d\d)/;
    my ($to)   = bound($item, 'max', '23') =~ /^(\d\d)/;
    return sprintf '%02d:00', $from + $self->pick($to - $from + 1);
}

sub choices ($self, $node, $item) {
    my @options = @{ $node->{options} };
    my %alone;
    for my $i (0 .. $#{ $item->{answerOption} || [] }) {
        $alone{ $i + 1 } = 1 if rule($item->{answerOption}[$i], 'optionExclusive');
    }
    return $self->one_of(@options)->{value} if !$node->{is_checkboxes};
    my @any  = grep { !$alone{ $_->{value} } } @options;
    my %some = map { $_->{value} => 1 } grep { !$self->pick(2) } @any;
    %some = map { $_->{value} => 1 } @any if keys %some < (rule($item, 'minOccurs') // 0);
    my @some = grep { $some{ $_->{value} } } @any;
    my $most = rule($item, 'maxOccurs') // @some;
    splice @some, $most if @some > $most;
    return @some ? [ map { $_->{value} } @some ] : $self->one_of(@options)->{value};
}

sub quantity ($self, $node, $item) {
    my $name   = $node->{name};
    my $places = bound($item, 'min', 0) =~ /\.(\d+)/ ? length $1 : 0;
    my %fields = ($name => $self->number($item, $places));
    my $unit   = $node->{unit};
    return %fields if !$unit;
    my @units = map { $_->{value} // $_->{text} } grep { length($_->{value} // $_->{text} // '') } @{ $unit->{units} || [] };
    return (%fields, $unit->{name} => @units ? $self->one_of(@units) : 'kg');
}

# A quantity where several are written, each in a box.
sub measure ($self, $item) {
    my ($unit) = grep {defined} map { $_->{valueCoding}{display} } grep { $_->{url} =~ /-unit(?:Option)?$/ } @{ $item->{extension} || [] };
    return $self->number($item, 0) . ' ' . ($unit // 'kg');
}

sub one ($self, $item) {
    my $type = $item->{type};
    return $self->number($item, 0) if $type eq 'integer';
    return $self->number($item, rule($item, 'maxDecimalPlaces') // 1) if $type eq 'decimal';
    return $self->time($item)    if $type eq 'time';
    return $self->measure($item) if $type eq 'quantity';
    return 'https://example.org/' . $self->pick(1000) if $type eq 'url';
    return sprintf '%04d-%02d-%02d', $self->date($item) if $type =~ /^date/;
    return $self->text($item);
}

# How many answers where as many can be given.
sub several ($self, $item) {
    my $least = rule($item, 'minOccurs') // 1;
    my $most  = rule($item, 'maxOccurs') // $least + 2;
    return $least + $self->pick($most - $least + 1);
}

sub answer ($self, $node) {
    my $item = $self->{item}{ $node->{link_id} } // die "$node->{link_id}: not in the form\n";
    my $name = $node->{name};
    if ($node->{options}) {
        my $choice = $self->choices($node, $item);
        return ($name => $choice) if !$node->{other} || $self->pick(4);
        return ($name => 'other', "$name.other" => $self->text({}));
    }
    if ($node->{is_date}) {
        my ($year, $month, $day) = $self->date($item);
        return ("$name.day" => $day, "$name.month" => $month, "$name.year" => $year, $node->{time} ? ("$name.time" => '13:05') : ());
    }
    return $self->quantity($node, $item) if $node->{is_quantity};
    my $n = $node->{is_several} ? $self->several($item) : 1;
    my @all = map { $self->one($item) } 1 .. $n;
    return ($name => $n > 1 ? \@all : $all[0]);
}

# ---- page by page ----

# What cannot be left as it is: also a number that the form begins with in a unit that it does not offer.
sub must ($node, $item) {
    my $unit = $node->{is_quantity} && $node->{unit};
    return 1 if $unit && length $node->{value} && !grep { $_->{checked} } @{ $unit->{units} || [] };
    return $node->{required} || rule($item, 'minOccurs');
}

# What stands under several answers was asked about just those: they stay.
sub is_settled ($node, $item) {
    return 0 if !$item->{item};
    return scalar grep { length $_->{value} } @{ $node->{values} } if $node->{is_several};
    return $node->{is_checkboxes} && grep { $_->{checked} } @{ $node->{options} };
}

# What was answered once is answered otherwise `again`, but for several answers, whose places could change; or not at all.
sub is_due ($self, $node, $again) {
    return 0 if $node->{is_static};
    return !$self->{done}{ $node->{name} }++ || ($again && !$node->{is_several} && !$node->{is_checkboxes});
}

sub fields ($self, $view) {
    my $again = delete $self->{again};
    my %fields;
    for my $node (grep { $self->is_due($_, $again) } PortalTest::Paper->questions($view->{nodes})) {
        my $item = $self->{item}{ $node->{link_id} } || {};
        my %answer = is_settled($node, $item) ? () : must($node, $item) || $self->pick(3) ? $self->answer($node)
            : $again && $node->{kind} eq 'input' ? ($node->{name} => '') : ();
        $self->{written}->page($node, \%answer);
        %fields = (%fields, %answer);
    }
    return %fields;
}

# Once in three pages another repetition of a group, three times a group at most; and as many as there must be.
sub more ($self, $view) {
    my @todo = @{ $view->{nodes} };
    while (my $node = shift @todo) {
        push @todo, @{ $node->{nodes} || [] };
        next if !$node->{is_group} || !$node->{add};
        my $least = rule($self->{item}{ $node->{link_id} }, 'minOccurs') // 0;
        next if $node->{repetition} >= $least && ($self->{added}{ $node->{link_id} }++ > 2 || $self->pick(3));
        return $node->{add}{value};
    }
    return undef;
}

sub save ($self, $browser, $path, $view, %fields) {
    my $r = $browser->post($path, { number => $view->{number}, version => $view->{version}, form_hash => $view->{form_hash}, %fields });
    $self->{pages}++;
    $self->{sent}{ $view->{number} } = 1;
    $r->code == 303 or die "page $view->{number}: " . $r->code . ' ' . $r->text . "\n";
    return $r->location =~ s{^/portal}{}r;
}

# Up to twice: a page that was sent before.
sub second_thought ($self) {
    $self->{thoughts} //= $self->pick(3);
    return undef if !$self->{thoughts}-- || !$self->{sent};
    $self->{again} = 1;
    return $self->one_of(sort { $a <=> $b } keys %{ $self->{sent} });
}

sub run ($self, $browser, $id) {
    my $path = my $at = "/paperwork/$id";
    for (1 .. 400) {
        if ($at =~ m{/review}) {
            my $page = $self->second_thought // return $self->submit($browser, $path);
            $at = "$path?page=$page";
        }
        my $r = $browser->json('GET', $at);
        $at = $r->location =~ s{^/portal}{}r, next if $r->code == 303;
        my $view   = $r->data;
        my %fields = $self->fields($view);
        my $more   = $self->more($view);
        $at = $self->save($browser, $path, $view, %fields, defined $more ? (add => $more) : ());
    }
    die "no end of pages\n";
}

# The places above a field that may be repetitions: (a.3, 2), (a.3-2.1, 1) of a.3-2.1.4.
sub places_above ($name) {
    my @parts = split /[.]/, $name;
    pop @parts;
    my @above;
    while (@parts > 1) {
        my $place = join '.', @parts;
        my ($of, $number) = $place =~ /^(.*)-(\d+)$/ ? ($1, $2) : ($place, 1);
        push @above, [ $of, $number ];
        pop @parts;
    }
    return @above;
}

# A repetition of a group without any answer may be missing in a response, but for the only one.
sub asked_in (@rows) {
    my %question = map { $_->{name} => 1 } @rows;
    my (%answered, %asked);
    for my $row (grep { $_->{answered} } @rows) {
        $answered{ $_->[0] }{ $_->[1] } = 1 for places_above($row->{name});
    }
    my $may_miss = sub ($of, $number) {
        return 0 if $question{$of};
        return $answered{$of} ? !$answered{$of}{$number} : $number > 1;
    };
    for my $row (@rows) {
        my $count = $asked{ $row->{link_id} } //= [ 0, 0 ];
        $count->[0]++ if !grep { $may_miss->(@$_) } places_above($row->{name});
        $count->[1]++;
    }
    return \%asked;
}

sub submit ($self, $browser, $path) {
    my $review = $browser->json('GET', "$path/review")->data;
    $self->{asked} = asked_in(grep { !$_->{display} } map { @{ $_->{rows} } } @{ $review->{parts} });
    my %sign   = $review->{sign} ? (sign_act => 'sign', sign_role => 'patient', sign_name => 'Signcanary Doe', sign_agree => 1) : ();
    return $browser->post("$path/review", { version => $review->{version}, %sign });
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# Paperwork as a test fills it in: page by page, as a browser without script does.
#
#   my $paper = PortalTest::Paper->new($browser, $id, seed => 7);   # $id of the assignment
#   my $r = $paper->page;                 # the first page; ->page(3) another
#   my %f = $paper->answers($r);          # fields for all questions of a page, made up
#   $r = $paper->save($r, \%f);           # "Save and continue": a 303, or the page with errors
#   $r = $paper->fill;                    # made-up answers on every page, up to the review
#   $r = $paper->submit;                  # "Submit" on the review, or "Sign and submit"
#   PortalTest::Paper->todo($browser)     # [id, title] of the forms on /paperwork
#   name($r, 'Last name')                 # the name of a question's field, by its words
#
# Answers are made up by a seeded generator, so that a failure can be repeated. Options: choose =>
# sub ($node, $options) picks an option's value (default: at random), words => 'Ann' begins each text,
# save, submit and sign name the buttons in another language than English.
package PortalTest::Paper;
use v5.36;
use utf8;

sub new ($class, $browser, $id, %o) {
    my $self = bless { browser => $browser, id => $id, state => $o{seed} // 1, %o }, $class;
    return $self;
}

sub id   ($self) { return $self->{id} }
sub path ($self, $below = '') { return "/paperwork/$self->{id}$below" }

sub todo ($class, $browser) {
    my $view = $browser->json('GET', '/paperwork')->data;
    return map { [ $_->{id}, $_->{title} ] } @{ $view->{todo} };
}

sub page ($self, $number = undef) {
    return $self->{browser}->get($self->path(defined $number ? "?page=$number" : ''));
}

# The same page as data.
sub view ($self, $response) {
    return $self->{browser}->json('GET', $response->request->uri)->data;
}

# A number below $n, always the same for a seed.
sub pick ($self, $n) {
    $self->{state} = ($self->{state} * 1103515245 + 12345) % 2147483648;
    return int($self->{state} / 65536) % $n;
}

sub questions ($class, $nodes) {
    return map { ($_->{is_group} || $_->{is_display} ? () : $_),
        $class->questions($_->{nodes} || []) } @$nodes;
}

# The field of the question with these words.
sub name ($self, $response, $label) {
    my ($node) = grep { $_->{label} =~ /^\Q$label\E/ }
        $self->questions($self->view($response)->{nodes});
    return $node ? $node->{name} : die "no question \"$label\" on " . $response->request->uri . "\n";
}

sub answers ($self, $response) {
    return map { $self->answer($_) } $self->questions($self->view($response)->{nodes});
}

sub answer ($self, $node) {
    my $name = $node->{name};
    if ($node->{options}) {
        my @values = map { $_->{value} } @{ $node->{options} };
        push @values, 'other' if $node->{other};
        my $value = $self->{choose} ? $self->{choose}->($node, \@values)
            : $values[ $self->pick(scalar @values) ];
        return ($name => $value, $value eq 'other' ? ("$name.other" => $self->words) : ());
    }
    if ($node->{is_date}) {
        return ("$name.day" => 1 + $self->pick(28), "$name.month" => 1 + $self->pick(12),
            "$name.year" => 1930 + $self->pick(80));
    }
    return () if $node->{is_static};
    return ($name => $self->pick(11)) if ($node->{inputmode} || '') eq 'numeric';
    return ($name => 10 + $self->pick(200) . '.5') if ($node->{inputmode} || '') eq 'decimal';
    return ($name => [ $self->words, $self->words ]) if $node->{is_several};
    return ($name => $self->text($node));
}

# Words that the question takes: those with a pattern in our own forms are known by their linkId.
sub text ($self, $node) {
    return '555 0100 ' . (100 + $self->pick(900)) if $node->{link_id} =~ /phone/;
    return 'canary' . $self->pick(99) . '@example.com' if $node->{link_id} =~ /email/;
    my $words = $self->words;
    return $node->{maxlength} ? substr($words, 0, $node->{maxlength}) =~ s/\s+$//r : $words;
}

sub words ($self) {
    my @some = ('Núñez', "O’Brien", 'café', '3 x a day', 'a & b < c', '2015', 'Ωμέγα', 'السلام');
    return join ' ', $self->{words} // 'canary', map { $some[ $self->pick(scalar @some) ] } 1 .. 2;
}

sub save ($self, $response, $fields, %o) {
    return $self->{browser}->form($response, $fields, button => $self->{save} // 'Save and continue', %o);
}

sub fill ($self) {
    my $r = $self->page;
    for (1 .. 200) {
        return $r if $r->request->uri =~ m{/review$};
        my $next = $self->save($r, { $self->answers($r) });
        $next->code == 303 or die 'not saved: ' . $next->code . ' ' . $next->text . "\n";
        $r = $self->{browser}->follow($next);
        $r->code == 200 or die 'no page: ' . $r->code . "\n";
    }
    die "more than 200 pages\n";
}

sub review ($self) { return $self->{browser}->get($self->path('/review')) }

# Signs by name where the form asks for a signature.
sub submit ($self) {
    my $r    = $self->review;
    my $sign = $self->view($r)->{sign};
    return $self->{browser}->form($r, {}, button => $self->{submit} // 'Submit') if !$sign;
    return $self->{browser}->form($r, { sign_act => 'sign', sign_role => 'patient', sign_name => 'Signcanary Doe', sign_agree => 1 },
        button => $self->{sign} // 'Sign and submit');
}

1;

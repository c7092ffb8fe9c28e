# SPDX-License-Identifier: Apache-2.0
#
# Forms of a page as a browser sees them: which fields they would send, and with which values.
package PortalTest::Form;
use v5.36;

# All forms of a response, in the order of the page.
sub all ($class, $response) {
    return map { bless { node => $_ }, $class } $response->tree->look_down(_tag => 'form');
}

# The form that a test means: by its action or its button, else the first posting form that has all
# the given fields, else the first posting form that is not the sign-out or language form.
sub pick ($class, $response, $fields, %o) {
    my @forms = grep { lc $_->method eq 'post' } $class->all($response);
    if (defined $o{action}) {
        return (grep { $_->action =~ (ref $o{action} ? $o{action} : qr/\Q$o{action}\E$/) } @forms)[0];
    }
    my @fit = @forms;
    @fit = grep { my $f = $_; grep { $_ eq $o{button} } $f->buttons } @fit if defined $o{button};
    my @having = grep { my %has = map { $_ => 1 } $_->names; !grep { !$has{$_} } keys %$fields } @fit;
    return $having[0] if @having && %$fields;
    return $fit[0] if defined $o{button};
    return (grep { $_->action !~ m{/(?:logout|language)$} } @fit)[0];
}

# Where it is sent; by a button with an address of its own, there.
sub action ($self, $button = undef) {
    for my $node (defined $button ? $self->_controls : ()) {
        my $own = $node->attr('formaction');
        return $own if defined $own && _is_button($node) && _button_text($node) eq $button;
    }
    return $self->{node}->attr('action') // '';
}

sub method ($self) { return $self->{node}->attr('method') // 'get' }

sub _controls ($self) {
    return $self->{node}->look_down(_tag => qr/^(?:input|select|textarea|button)$/);
}

# Names of its fields, each once.
sub names ($self) {
    my %seen;
    return grep { defined && !$seen{$_}++ } map { $_->attr('name') } $self->_controls;
}

# Texts of its buttons.
sub buttons ($self) {
    return map { _button_text($_) } grep { _is_button($_) } $self->_controls;
}

sub _is_button ($node) {
    my $type = lc($node->attr('type') // ($node->tag eq 'button' ? 'submit' : 'text'));
    return $node->tag eq 'button' ? $type eq 'submit' : $node->tag eq 'input' && $type eq 'submit';
}

sub _button_text ($node) {
    my $text = $node->tag eq 'input' ? $node->attr('value') // '' : $node->as_text;
    return $text =~ s/^\s+|\s+$//gr =~ s/\s+/ /gr;
}

# [name, value] as a browser would send them, with the test's fields in place of the page's.
sub pairs ($self, $fields, $button = undef) {
    my (@pairs, %done);
    for my $node ($self->_controls) {
        my $name = $node->attr('name');
        next if defined $node->attr('disabled');
        if (_is_button($node)) {
            push @pairs, [ $name, $node->attr('value') // '' ]
                if defined $name && defined $button && _button_text($node) eq $button;
            next;
        }
        next if !defined $name || $node->tag eq 'button';
        if (exists $fields->{$name}) {
            push @pairs, _given($name, $fields->{$name}) if !$done{$name}++;
            next;
        }
        push @pairs, map { [ $name, $_ ] } _values($node);
    }
    push @pairs, map { _given($_, $fields->{$_}) } grep { !$done{$_} } sort keys %$fields;
    return @pairs;
}

sub _given ($name, $value) {
    return map { [ $name, $_ ] } ref $value ? @$value : grep {defined} $value;
}

# What one control of the page would send without anybody touching it.
sub _values ($node) {
    if ($node->tag eq 'textarea') {
        return $node->as_text =~ s/^\n//r;
    }
    if ($node->tag eq 'select') {
        my @options = $node->look_down(_tag => 'option');
        my @chosen  = grep { defined $_->attr('selected') } @options;
        @chosen = $options[0] if !@chosen && @options && !defined $node->attr('multiple');
        return map { $_->attr('value') // $_->as_text } @chosen;
    }
    my $type = lc($node->attr('type') // 'text');
    return if $type =~ /^(?:button|reset|image|file)$/;
    if ($type =~ /^(?:checkbox|radio)$/) {
        return defined $node->attr('checked') ? $node->attr('value') // 'on' : ();
    }
    return $node->attr('value') // '';
}

1;

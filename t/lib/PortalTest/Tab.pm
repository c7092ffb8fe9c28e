# SPDX-License-Identifier: Apache-2.0
#
# The Patient Portal tab as a test uses it: a binder of the running server, found by its mrn.
#
#   my $tab = PortalTest::Tab->new($t, '1');       # $t->desk unless another browser is given
#   $tab->id, $tab->path, $tab->case('C-1')        # ids
#   $tab->save({ master_case => $tab->case('C-1'), access_enabled => 1 })    303, or the answer
#   $tab->open('C-1', 'ann@example.org')           access enabled with this master case
#   $tab->status                                   the status line
#   $tab->register                                 confirms, and gives the temporary password
#   $tab->signed_in('C-1', $password, %o)          registers, signs in with that number in a browser of these
#                                                  options (->patient), and chooses that password
#   $tab->lobby_password                           makes one and gives it
#   $tab->act('/invitation')                       posts as the menu does, with the page's `once`
#   $tab->audit                                    "action result" of its rows, oldest first
package PortalTest::Tab;
use v5.36;

sub new ($class, $t, $mrn, $desk = undef) {
    my $row = $t->sql("SELECT id FROM binder WHERE mrn = '$mrn'")->[0] or die "no binder $mrn\n";
    return bless { t => $t, id => $row->{id}, desk => $desk // $t->desk }, $class;
}

sub id   ($self) { return $self->{id} }
sub desk ($self) { return $self->{desk} }
sub path ($self, $below = '') { return "/binders/$self->{id}/portal$below" }

sub case ($self, $number) {
    my $row = $self->{t}->sql("SELECT id FROM patient_case WHERE number = '$number'")->[0]
        or die "no case $number\n";
    return $row->{id};
}

sub get  ($self) { return $self->{desk}->get($self->path) }
sub view ($self) { return $self->{desk}->json('GET', $self->path)->data }

sub save ($self, $fields) {
    return $self->{desk}->form($self->path('/edit'), $fields);
}

sub open ($self, $number, $email = '') {
    my $r = $self->save({ master_case => $self->case($number), access_enabled => 1,
        email => $email });
    $r->code == 303 or die 'not saved: ' . $r->code . ' ' . $r->text . "\n";
    return $self;
}

sub status ($self) { return $self->get->status_line_text }

sub once ($self) { return $self->view->{once} }

sub act ($self, $path, $fields = {}) {
    return $self->{desk}->post($self->path($path), { once => $self->once, %$fields });
}

sub register ($self) {
    my $r = $self->act('/registration', { confirm => 1 });
    return $r->secret // die 'no password: ' . $r->code . ' ' . $r->text . "\n";
}

sub signed_in ($self, $number, $password, %o) {
    my $browser = $self->{t}->patient(%o);
    $browser->form('/login', { case_number => $number, password => $self->register });
    $browser->form('/password', { new_password => $password, new_password_again => $password });
    return $browser;
}

sub lobby_password ($self) {
    my $r = $self->act('/lobby-password');
    return $r->secret // die 'no password: ' . $r->code . ' ' . $r->text . "\n";
}

sub audit ($self) {
    return map {"$_->{action} $_->{result}"} @{ $self->{t}->sql(
        "SELECT action, result FROM audit WHERE binder_id = '$self->{id}' ORDER BY seq") };
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# What the tests of mailed links share: asking for one, waiting until the portal has answered, and
# finishing what the link is for.
#
#   my $links = PortalTest::Links->new($t);
#   $links->ask('/register', 'C-1', 'ann@example.org')   posts, waits, and gives the page behind
#   $links->new_mails                                    mails that came since the last call
#   $links->link                                         path of the newest link in them
#   $links->finish($browser, $path, 'C-1', $password)    opens the link and posts; the answer
#   $links->dead($path, 'why')                           a test: the link ends at 410
package PortalTest::Links;
use v5.36;

use Test::More ();

sub new ($class, $t) {
    return bless { t => $t, seen => {}, asked => 0 }, $class;
}

sub ask ($self, $where, $number, $email, %o) {
    my $browser = $o{browser} // $self->{t}->patient;
    my $page    = $browser->submit($where, { case_number => $number, email => $email },
        button => 'Send link');
    $self->{asked}++ if $page->code == 200;
    $self->settle;
    return $page;
}

# Waits until everything that was asked is answered, and every mail is sent or given up.
sub settle ($self) {
    $self->{t}->wait_for('the answer to what was asked', sub {
        $self->{t}->sql("SELECT (SELECT COUNT(*) FROM ask) + (SELECT COUNT(*) FROM mail"
                . " WHERE state = 'queued' AND tries = 0) AS n")->[0]{n} == 0;
    });
    return;
}

sub new_mails ($self) {
    $self->settle;
    return grep { !$self->{seen}{ $_->{file} }++ } $self->{t}->mails;
}

sub link ($self) {
    my ($path) = grep {defined} map { $_->path } reverse $self->new_mails;
    return $path;
}

sub finish ($self, $browser, $path, $number, $password, $again = $password) {
    my $page = $browser->visit($path);
    return $page if $page->code != 200;
    return $browser->form($page, { case_number => $number, new_password => $password,
        new_password_again => $again });
}

sub dead ($self, $path, $why) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $browser = $self->{t}->patient;
    my $first   = $browser->get($path);
    my $page    = $browser->follow($first);
    Test::More::is($first->code . ' ' . $page->code, '303 410', "$why: 410 behind the 303");
    return $page;
}

1;

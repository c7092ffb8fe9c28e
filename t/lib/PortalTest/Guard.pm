# SPDX-License-Identifier: Apache-2.0
#
# Guarded locations beside the portal: the examples of conf/portal.conf as they stand there, on paths of
# a test.
#
#   examples()                      all of them by their first path: { '/files' => text, ... }
#   modules(qw(proxy rewrite))      LoadModule lines
#   fill($t)                        makes srv/ with a file for each case, a CGI program and pages
#   signed_in($t, $number, $password)     a browser of a patient
package PortalTest::Guard;
use v5.36;

use Exporter qw(import);
use PortalServer ();

our @EXPORT_OK = qw(examples modules fill signed_in);

sub examples ($run, $port = 1) {
    my $conf = PortalServer::slurp("$PortalServer::ROOT/conf/portal.conf");
    my ($part) = $conf =~ /^ *# --- Other locations of this host -+\n(.*)^<\/VirtualHost>/ms
        or die "conf/portal.conf has no examples\n";
    my %found;
    for my $block (split /\n\s*\n/, $part) {
        my ($text) = $block =~ /^( *#[A-Z<].*)/ms or next;    # behind its comment
        $text =~ s/^ *#(.*)\n?/$1\n/mg;
        my ($path) = $text =~ /^(?:Alias|ScriptAlias|<Location) (\/\w+)/m or die "no path in:\n$text";
        $text =~ s{/srv/portal}{$run/srv}g;
        $text =~ s{127\.0\.0\.1:8080}{127.0.0.1:$port}g;
        $found{$path} = $text;
    }
    return \%found;
}

sub modules (@names) {
    return join '', map {"LoadModule ${_}_module $PortalServer::MODULES/mod_$_.so\n"} @names;
}

# A patient in a browser; the password is their own already, or temporary and changed here.
sub signed_in ($t, $number, $password, $new = 'heron lagoon tundra') {
    my $c = $t->patient;
    my $r = $c->submit('/login', { case_number => $number, password => $password }, button => 'Sign in');
    $r = $c->submit($r, { new_password => $new, new_password_again => $new }) if $r->text =~ /Repeat new password/;
    $r->code == 200 or die 'not signed in: ' . $r->code . ' ' . $r->text . "\n";
    return $c;
}

# Writes files below a folder, readable for the children of httpd.
sub fill ($dir, %files) {
    for my $name (sort keys %files) {
        my $path = "$dir/$name";
        PortalServer::must('install', '-d', '-m', '0755', $path =~ s{/[^/]*$}{}r);
        PortalServer::spew($path, $files{$name}, $name =~ /cgi-bin/ ? 0755 : 0644);
    }
    PortalServer::must('chmod', '-R', 'a+rX', $dir);
    return;
}

1;

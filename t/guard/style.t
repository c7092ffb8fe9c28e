#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Pages, style and script as they are shipped: nothing leaves the site, nothing is inline, every class has a style,
# every form that posts carries the token, the script keeps nothing in the browser, the lock file names no host.
use strict;
use warnings;
use utf8;
use File::Basename qw(basename dirname);
use Test::More;

chdir dirname(__FILE__) . '/../..' or die "cannot go to the top folder: $!";

sub read_file {
    my ($path) = @_;
    open my $in, '<:encoding(UTF-8)', $path or die "$path: $!";
    local $/;
    return scalar <$in>;
}

# The lines of a text that match, for a message that says where.
sub lines_with {
    my ($text, $pattern) = @_;
    my $line = 0;
    return join "\n", grep { defined } map { $line++; /$pattern/ ? "$line: " . substr($_, 0, 120) : undef } split /\n/, $text;
}

my $css_file = ($ENV{BUILD} // 'build') . '/htdocs/static/portal.css';
ok(-s $css_file, "$css_file is built") or BAIL_OUT('make static');
my $css = read_file($css_file);
unlike($css, qr/url\(|https?:|\/\/[a-z]|\@import|\@font-face/i, 'the style asks for nothing from anywhere');
unlike($css, qr/frutiger|nhs\.uk|nhs-logo/i, 'neither the font nor the mark of the library\'s own service is in it');
like($css, qr/\Q:$_\E/, "the style uses $_") for map { "var(--portal-$_)" } qw(brand brand-dark brand-light on-brand);

my @pages = glob 'htdocs/pages/*.html';
cmp_ok(scalar @pages, '>', 20, 'templates are where they are looked for');
my (%used, @inline, @foreign, @tokenless);
for my $page (@pages) {
    my $text = read_file($page);
    my $name = basename($page);
    $text =~ s/\{\{!.*?\}\}//gs;
    # mail programs know no style sheets of ours
    $text =~ s/\sstyle="[^"{]*"//g if $name =~ /^mail_/;
    # the file of what was signed is opened where none is; see the end
    $text =~ s/<style>.*<\/style>//s if $name eq 'paperwork_style.html';
    push @inline, $name if $text =~ /<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:/i;
    push @foreign, $name if $text =~ /(?:href|src|action|content)="[^"{]*(?:https?:)?\/\/|\btarget="|mailto:/i;
    while ($text =~ /(<form[^>]*method="post".*?<\/form>)/gs) {
        push @tokenless, $name unless $1 =~ /name="csrf_token" value="\{\{csrf_token\}\}"/;
    }
    while ($text =~ /class="([^"]*)"/g) {
        (my $list = $1) =~ s/\{\{[^}]*\}\}/ /g;
        $used{$_}{$name} = 1 for grep { /^(?:nhsuk|portal)-/ } split ' ', $list;
    }
}
is_deeply(\@inline, [], 'no template has style or script inline');
is_deeply(\@foreign, [], 'no template leads to another site, a new window or a mail program');
is_deeply(\@tokenless, [], 'every form that posts carries the token');

# Classes of the library's structure, and the one made from the page's name, that have no style of their own.
my %plain = map { $_ => 1 } qw(portal-page- nhsuk-template nhsuk-template__body nhsuk-password-input);
my @unknown = map { "$_ (" . join(', ', sort keys %{$used{$_}}) . ')' }
    grep { !$plain{$_} && $css !~ /\.\Q$_\E(?![\w-])/ } sort keys %used;
is_deeply(\@unknown, [], 'every class in a template has a style');

# The classes of formatted words, which views give.
my $look  = read_file('src/core/look.c');
my @hues  = ($look =~ /hues\[\]\s*=\s*\{([^}]*)\}/ ? $1 : '') =~ /"(\w+)"/g;
my %words = map { $_ => 1 } $look =~ /(portal-words-[a-z-]*[a-z])(?![a-z-])/g, map { ("portal-words-$_", "portal-words-on-$_") } @hues;
cmp_ok(scalar keys %words, '>', 20, 'classes of formatted words are found');
is_deeply([ grep { $css !~ /\.\Q$_\E(?![\w-])/ } sort keys %words ], [], 'and each has a style');
my $document = read_file('htdocs/pages/paperwork_style.html');

# What a style sheet says of a class, as the compiler writes it.
sub looks {
    my ($rules, $class) = @_;
    return [ sort map { tr/ ;//dr =~ s/:0\./:./r } $rules =~ /(?:^|[},;\s])\.\Q$class\E\s*\{([^}]*)\}/g ];
}

is_deeply(looks($document, $_), looks($css, $_), "$_ looks in a signed document as it did on the page")
    for grep { !/-(?:mono|end|centre|start)$/ } sort keys %words;
is_deeply([ grep { $document !~ /\.\Q$_\E(?![\w-])/ } sort keys %words ], [], 'which has them all');

for my $script (glob 'htdocs/static/*.js') {
    my $text = read_file($script);
    is(lines_with($text, qr/localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker/), '',
        "$script keeps nothing in the browser");
    is(lines_with($text, qr/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/), '',
        "$script makes no markup from text");
    is(lines_with($text, qr/https?:/), '', "$script asks no other site");
}

unlike(read_file('conf/npm/package-lock.json'), qr/"resolved"/, 'the lock file names no place to load from');
like(read_file('conf/npm/.npmrc'), qr/^omit-lockfile-registry-resolved=true$/m, 'and npm is told to keep it so');
done_testing();

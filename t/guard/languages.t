# SPDX-License-Identifier: Apache-2.0
#
# SQL stands in src/store, HTML in templates, and comments in C between /* and */. Log tags are used
# once; what only tests may see is not asked for in headers.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use PortalGuard;

# Statements on tables; the words of a connection's set-up (PRAGMA, SET) are not meant.
my $SQL = qr/\b(?:SELECT\s.*\bFROM\b|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM
              |(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX))\b/xs;
my $TAG = qr{</?(?:a|b|body|br|button|div|form|h[1-6]|head|html|i|img|input|label|li|link|meta|option|
              p|script|select|span|strong|style|svg|table|td|textarea|th|tr|ul)(?:[\s/>]|$)}x;

my (@sql, @html, @slashes, %tag, @asked);
for my $path (sources(qr{^(?:mod_portal\.c|(?:src|t/unit|t/fuzz|t/tools)/.*\.(?:[ch]|def))$})) {
    my $code = without_comments(slurp($path));
    my $product = $path =~ m{^(?:src/|mod_portal)};
    if ($product) {
        my $joined = $code =~ s/"\s*\n\s*"/ /gr;
        for my $string (map { $_->[1] } strings_of($joined)) {
            push @sql, "$path: \"" . substr($string, 0, 70) . '"'
                if $string =~ $SQL && $path !~ m{^src/store/};
        }
        for my $found (strings_of($code)) {
            my ($line, $string) = @$found;
            push @html, "$path:$line: \"$string\"" if $string =~ $TAG;
            $tag{$1}{"$path:$line"} = 1 while $string =~ /\b(PTL\d{4})\b/g;
        }
        push @asked, $path if $path =~ /\.h$/ && $code =~ /\bPORTAL_TEST(?:_CLOCK)?\b/;
    }
    my $line = 0;
    for my $text (split /\n/, without_strings($code)) {
        $line++;
        push @slashes, "$path:$line" if $text =~ m{//};
    }
}
none('no SQL outside src/store', @sql);
none('no HTML in C strings', @html);
none('no comments after //', @slashes);
none('headers look the same to the test build', @asked);
none('each log tag stands in one place',
    map { "$_: " . join ', ', sort keys %{ $tag{$_} } }
    grep { keys %{ $tag{$_} } > 1 } sort keys %tag);

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The desk's page of forms: each file of PortalForms loads, loads with less or is refused, with linkId and mend, as a
# page and as JSON, the same that portalctl says; hostile text in a form is text.
use v5.36;
use utf8;
use lib 't/lib';
use JSON::PP ();
use File::Temp ();
use PortalTest;

my $dir = File::Temp::tempdir("portal-forms-XXXXXX", TMPDIR => 1, CLEANUP => 1);
sub put ($name, $text) {
    open my $out, '>:encoding(UTF-8)', "$dir/$name" or die "$name: $!\n";
    print {$out} $text;
    close $out or die "$name: $!\n";
    return;
}
sub questionnaire ($title, @items) {
    return JSON::PP->new->encode({ resourceType => 'Questionnaire', status => 'active', title => $title,
        item => \@items });
}
my $asked = { linkId => '1', type => 'string', text => 'Name' };
put('good.json', questionnaire('Good', $asked));
put('less.json', questionnaire('Less <b>bold</b>', $asked, { linkId => 'scan<i>', type => 'attachment', text => 'Scan' }));
put('twice.json', questionnaire('Twice', $asked, $asked));
put('broken.json', '{"resourceType":');
put('patient.json', '{"resourceType":"Patient"}');

my $t = PortalTest->start(forms => $dir, default_forms => 'good', csv => <<'CSV');
mrn,family,given,birth_date,email,case_number,case_title
1,Doe,Ann,1970-01-02,,C-1,Knee
CSV
my $desk = $t->desk;

my $r = $desk->get('/forms');
is $r->code, 200, 'the page';
my $text = $r->text;
like $text, qr/4 forms, 2 refused/, 'counts';
like $text, qr/good\.json Loads Good \(version [0-9a-f]{64}\)/, 'a good one, with its version';
like $text, qr/less\.json Loads with less Less <b>bold<\/b>.*Left out: scan<i>/, 'what one is used without, as text';
like $text, qr/twice\.json Refused.*Refuses the form 1 /, 'a bad one, with the linkId';
like $text, qr/broken\.json Refused.*The form .*not JSON/, 'and one that is not JSON';
unlike $text, qr/patient\.json/, 'what is no form is left out';
unlike $r->content, qr/<b>bold|scan<i>/, 'nothing of a form is markup';
like $desk->get('/paperwork')->content, qr{href="[^"]*/forms"}, 'the queue leads there';

my $view = $desk->json('GET', '/forms')->data;
my %file = map { $_->{file} => $_ } @{ $view->{files} };
my $said = JSON::PP->new->decode($t->portalctl('--json', 'check-forms', $dir)->{out});
my %said = map { $_->{file} => $_ } grep { $_->{state} ne 'skipped' } @{ $said->{files} };
is_deeply { map { $_ => $file{$_}{state} } keys %file }, { map { $_ => $said{$_}{state} } keys %said },
    'the same states as portalctl';
for my $name (sort keys %said) {
    is_deeply $file{$name}{without}, $said{$name}{without}, "$name: without the same";
    is_deeply [ map { "$_->{severity} $_->{link_id} $_->{code} $_->{text}" } @{ $file{$name}{faults} } ],
        [ map { "$_->{severity} $_->{link_id} $_->{code} $_->{text}" } @{ $said{$name}{faults} } ], "$name: the same faults";
}

# ---- a mended form, after a reload ----------------------------------------------------------------

$dir = $t->file('forms');
put('twice.json', questionnaire('Twice', $asked));
$t->graceful;
is +(map { $_->{state} } grep { $_->{file} eq 'twice.json' } @{ $desk->json('GET', '/forms')->data->{files} })[0], 'form',
    'a mended form loads after a reload';
is $desk->post('/forms', {})->code, 405, 'nothing to post';
is $t->patient->get('/forms')->code, 404, 'no such page for patients';
$t->set(portal => { PortalFeature => 'paperwork off' })->graceful;
is $desk->get('/forms')->code, 404, 'gone with paperwork';

$t->stop;
done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Find at the desk: odd names, dates as people write them, numbers with signs in them, paging, and
# what a search leaves in the audit trail.
use lib 't/lib';
use PortalTest;
use v5.36;

my $csv = <<'CSV';
mrn,family,given,birth_date,email,case_number
M-100,O’Brien-Núñez,Ann Marie,1975-03-12,ann@example.org,CASE 30-940
M-101,山田,太郎,1970-01-01,taro@example.org,K-1
M-102,الحسيني,فاطمة زهراء,1988-02-29,,K-2
M-103,,Suharto,1955,,K-3
M-104,étoile,Amélie,1992-05-05,,K-4
M-105,,,1960-01-01,,K-5
M-106,"Smith, Jr. <b>""x""</b>",{{q}} &amp;,1990-12-31,,K-6
M-107,👩🏽,Emoji,2000-01-01,,K-7
M-108,Иванова,Мария,1975-12-03,почта@пример.рф,K-8
M-110,Mora,Zoe,1999-09-09,zoe_mora.52@example.org,K-10
CSV
$csv .= 'M-109,' . ('Wolfeschlegel' x 14) . ",Hubert,1904-02-29,,K-9\n";
$csv .= "P-$_,Poe,Edgar$_,1859-01-19,,P-$_\n" for 10 .. 54;

my $t = PortalTest->start(csv => $csv);
my $d = $t->desk;

sub found ($typed, $page = undef) {
    my $r = $d->form('/', { q => $typed });
    $r = $d->form($r, { q => $typed, page => $page }) if defined $page;
    is $r->code, 200, "$typed: answered";
    my @links = grep { ($_->attr('href') // '') =~ m{/binders/[\w-]{22}$} }
        $r->tree->look_down(_tag => 'a');
    return ($r, map { $_->as_text } @links);
}

sub finds ($typed, @names) {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($r, @found) = found($typed);
    is_deeply(\@found, \@names, "$typed finds " . (@names ? "@names" : 'nobody'));
    return $r;
}

# --- the form ---------------------------------------------------------------------------------

{
    my $r = $d->get('/');
    is $r->code, 200, 'the first page of the desk';
    my ($label) = $r->tree->look_down(_tag => 'label', for => 'field-q');
    is $label->as_text, 'Find a patient', 'label';
    my ($form) = grep { $_->action =~ m{/find$} } $r->forms;
    is_deeply [ $form->buttons ], ['Find'], 'button';
    ok !$r->tree->look_down(autofocus => qr/.*/), 'nothing steals the focus';
    is $d->get('/find')->code, 405, '/find is posted to';
    is $d->form('/', { q => '' })->code, 422, 'an empty search';
    is $d->form('/', { q => '   ' })->code, 422, 'a blank one';
    my $long = $d->form('/', { q => 'x' x 201 });
    is $long->code, 422, 'a long one';
    like $long->content, qr/x{201}/, 'what was typed is not lost';
    is $d->post('/find', { q => [ 'a', 'b' ] })->code, 400, 'a doubled one';
    is $d->post('/find', { q => "a\x00b" })->code, 400, 'with a NUL';
    is $d->post('/find', { q => 'poe', page => 'x' })->code, 400, 'a page that is no number';
}

# --- who is found -------------------------------------------------------------------------------

finds($_, 'Zoe Mora') for 'zoe_mora.52', 'Zoe_Mora.5', 'zoe_mora.52@', 'mora 52';

my $ann = 'Ann Marie O’Brien-Núñez';
finds($_, $ann) for "O'Brien", 'obrien', 'o brien', 'OBRIEN', "o\x{301}brien", 'nunez ann', 'Núñez', 'marie nu',
    'nun~ez' =~ s/~/\x{303}/r, 'CASE 30-940', 'case30940', 'CASE 30 940', '30940', 'c-a-s-e 30', 'M-100', 'm100',
    'ann@example.org', 'ANN@Example.ORG', 'ann@', '1975-03-12', '12.03.1975', '12.3.1975',
    '12. 3. 1975', 'Ann 3/12/1975', 'ann 12/3/1975', '19750312',
    '12 March 1975', '12 de marzo de 1975', 'mar 12, 1975 nunez';
finds('3/12/1975', $ann, 'Мария Иванова');
finds('3 / 12 / 1975', $ann, 'Мария Иванова');
finds('12/3/1975', $ann, 'Мария Иванова');
finds('1975',      $ann, 'Мария Иванова');
finds($_) for 'brien', 'ann bob', '1975-03-13', '13/13/1975', '%', '_', "' OR 1=1 --", '-', '***';
finds($_, '山田太郎')                  for '山', '山田', '太郎', '太郎 山田';
finds($_, 'فاطمة زهراء الحسيني')     for 'الحسيني', 'فاطمه', 'زهراء الحس', '29.02.1988';
finds($_, 'Suharto')                   for 'suharto', '1955 suh';
finds($_, 'Amélie étoile')             for 'etoile', "e\x{301}toile", 'amelie';
finds($_, 'M-105')                     for 'k-5', 'M105', '1960-01-01';
finds($_, 'Emoji 👩🏽')                for 'emoji', '👩🏽';
finds($_, 'Мария Иванова')             for 'иванова', 'МАРИЯ', 'почта@пример.рф';
finds('wolfeschlegel', 'Hubert ' . 'Wolfeschlegel' x 14);
finds('Wolfeschlegel' x 14, 'Hubert ' . 'Wolfeschlegel' x 14);

# --- shown inert --------------------------------------------------------------------------------

{
    my $r = finds('smith jr', '{{q}} &amp; Smith, Jr. <b>"x"</b>');
    unlike $r->content, qr/<b>"x"/, 'a name is no markup';
    $r = finds('<script>alert(1)</script>');
    unlike $r->content, qr/<script>alert/, 'nor is what was typed';
    like $r->content, qr/value="&lt;script&gt;/, 'which stands in the field again';
    like $r->text, qr/Nobody found/, 'and nobody is found';
}

# --- what a hit shows -----------------------------------------------------------------------------

{
    my $r = finds('obrien', $ann);
    like $r->text, qr/12 March 1975/, 'birth date';
    like $r->text, qr/M-100/,         'record number';
    like $r->text, qr/CASE 30-940/,   'case number';
    like $r->text, qr/1 person found/, 'how many';
    like $r->content, qr/<a [^>]*dir="auto"/, 'names run in their own direction';
    unlike $r->header('Location') // '', qr/./, 'no redirect to a single hit';
    my $json = $d->json('POST', '/find', { q => 'obrien' });
    is $json->code, 200, 'as JSON';
    is $json->data->{hits}[0]{born}{iso}, '1975-03-12', 'with an ISO date';
    is $json->data->{hits}[0]{cases}[0]{number}, 'CASE 30-940', 'and the case number';
    my $program = $t->program('frontdesk')->json('POST', '/find', { q => 'm-100' });
    is $program->data->{total}, 1, 'a program finds too';
}

# --- pages ----------------------------------------------------------------------------------------

{
    my ($r, @first) = found('poe');
    is scalar @first, 20, '20 on a page';
    like $r->text, qr/45 people found/, 'of 45';
    is $first[0], 'Edgar10 Poe', 'in order';
    my ($form) = grep { (join ' ', $_->buttons) =~ /Next page/ } $r->forms;
    ok $form, 'there is a next page';
    $r = $d->form($r, {}, button => 'Next page');
    my @second = map { $_->as_text } grep { ($_->attr('href') // '') =~ m{/binders/[\w-]{22}$} }
        $r->tree->look_down(_tag => 'a');
    is $second[0], 'Edgar30 Poe', 'which goes on where the first ended';
    $r = $d->form($r, {}, button => 'Next page');
    like $r->text, qr/Page 3 of 3/, 'the third is the last';
    unlike $r->text, qr/Next page/, 'and has no next';
    is $d->post('/find', { q => 'poe', page => 99 })->code, 200, 'a page too far';
}

# --- the audit trail --------------------------------------------------------------------------------

{
    my ($before) = @{ $t->sql('SELECT COUNT(*) AS n FROM audit') };
    finds('secretname');
    my ($after) = @{ $t->sql('SELECT COUNT(*) AS n FROM audit') };
    is $after->{n}, $before->{n} + 1, 'a search is one row';
    my ($row) = @{ $t->sql('SELECT * FROM audit ORDER BY seq DESC LIMIT 1') };
    is $row->{action}, 'find',      'find';
    is $row->{actor},  'frontdesk', 'by whom';
    is $row->{source}, '127.0.0.1', 'from where';
    unlike $row->{detail}, qr/secretname/, 'what was typed is sealed';
    unlike $t->error_log,  qr/secretname/, 'and in no log';
    unlike $t->access_log, qr/secretname/, 'nor there';
    is $t->portalctl(qw(audit verify))->{exit}, 0, 'the chain holds';
}

$t->stop;
done_testing;

/* SPDX-License-Identifier: Apache-2.0 */
/* Find; see find.h. */
#include "store/find.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/terms.h"
#include "core/text.h"
#include "store/statement.h"

#define CASES_SHOWN 6
#define WORDS_READ 50 /* of what was typed; of these the most telling are looked for */

/* Words from lo up to, not with, hi. */
typedef struct {
    const char *lo, *hi;
} range_t;

typedef struct {
    range_t first, other; /* what the search starts from: a word in one of these, */
    range_t more[PORTAL_FIND_WORDS - 1]; /* and one in each of these; */
    range_t whole;                       /* or one in this */
} ranges_t;

static const range_t nothing = {"", ""};

static range_t range_of(const char *word, apr_pool_t *pool)
{
    return word && *word ? (range_t){word, portal_terms_end(word, pool)} : nothing;
}

/* Two days go first, since only there is room for both; then numbers, then the longest: what few
 * binders have is what a search had best start from. */
static int more_telling(const void *left, const void *right)
{
    const portal_term_t *a = left, *b = right;
    int digit_a = *a->word >= '0' && *a->word <= '9';
    int digit_b = *b->word >= '0' && *b->word <= '9';
    size_t len_a = strlen(a->word), len_b = strlen(b->word);

    if (!a->other != !b->other)
        return a->other ? -1 : 1;
    if (digit_a != digit_b)
        return digit_b - digit_a;
    return len_a != len_b ? (len_a < len_b ? 1 : -1) : strcmp(a->word, b->word);
}

/* A word with which an earlier one begins asks for nothing that the earlier does not. */
static int implied(const portal_term_t *terms, int i)
{
    size_t len = strlen(terms[i].word);

    for (int j = 0; j < i; j++)
        if (!terms[j].other && !strncmp(terms[j].word, terms[i].word, len))
            return 1;
    return 0;
}

static const char *without_spaces(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(text) + 1), *to = out;

    for (; *text; text++)
        if (*text != ' ')
            *to++ = *text;
    *to = '\0';
    return out;
}

/* A name in parts is one word without them; signs alone are looked for as they are, for there are
 * names of that kind too. */
static const char *whole_word(const char *close, const apr_array_header_t *list,
                              apr_pool_t *pool)
{
    const char *folded = portal_text_fold(close, pool);

    if (list->nelts == 1)
        return APR_ARRAY_IDX(list, 0, portal_term_t).word;
    return *folded ? without_spaces(folded, pool) : close;
}

/* A place without a word takes every word, which each binder has. */
static ranges_t read_typed(const char *typed, apr_pool_t *pool)
{
    const char *close = without_spaces(typed, pool), *whole;
    apr_array_header_t *together = portal_terms_of_query(close, WORDS_READ, pool);
    int two_days =
        together->nelts == 1 && APR_ARRAY_IDX(together, 0, portal_term_t).other;
    apr_array_header_t *list =
        two_days ? together : portal_terms_of_query(typed, WORDS_READ, pool);
    const portal_term_t *terms = (const portal_term_t *)list->elts;
    ranges_t r = {nothing, nothing, {{"", ""}}, nothing};
    int n = 0;

    qsort(list->elts, (size_t)list->nelts, sizeof(*terms), more_telling);
    for (int i = 0; i < list->nelts && n < PORTAL_FIND_WORDS; i++) {
        if (implied(terms, i))
            continue;
        if (n++ == 0) {
            r.first = range_of(terms[i].word, pool);
            r.other = range_of(terms[i].other, pool);
        } else {
            r.more[n - 2] = range_of(terms[i].word, pool);
        }
    }
    for (int i = n ? n - 1 : 0; i < PORTAL_FIND_WORDS - 1; i++)
        r.more[i] = (range_t){"", portal_terms_end("", pool)};
    whole = whole_word(close, together, pool);
    if (n != 1 || strcmp(r.first.lo, whole) != 0)
        r.whole = range_of(whole, pool);
    return r;
}

static apr_status_t take_cases(portal_tx_t *tx, portal_hit_t *hit)
{
    portal_row_case_numbers *rows;
    portal_hit_case_t *cases;
    int n;
    apr_status_t rv = PORTAL_LIST(case_numbers, tx, &rows, &n, .binder_id = hit->id);

    if (rv != APR_SUCCESS)
        return rv;
    hit->n_cases = n < CASES_SHOWN ? n : CASES_SHOWN;
    hit->more_cases = n - hit->n_cases;
    cases = apr_pcalloc(tx->pool, (apr_size_t)(n + 1) * sizeof(*cases));
    for (int i = 0; i < hit->n_cases; i++)
        cases[i] = (portal_hit_case_t){.id = rows[i].id, .number = rows[i].number};
    hit->cases = cases;
    return APR_SUCCESS;
}

static apr_status_t take_hits(portal_tx_t *tx, portal_find_t *find,
                              const portal_row_find *rows)
{
    apr_status_t rv = APR_SUCCESS;

    find->hits = apr_pcalloc(tx->pool, (apr_size_t)(find->n + 1) * sizeof(*find->hits));
    for (int i = 0; i < find->n && rv == APR_SUCCESS; i++) {
        find->hits[i] = (portal_hit_t){.id = rows[i].id,
                                       .mrn = rows[i].mrn,
                                       .family = rows[i].family,
                                       .given = rows[i].given,
                                       .birth_date = rows[i].birth_date};
        rv = take_cases(tx, &find->hits[i]);
    }
    return rv;
}

/* Each half stops one above what is shown, so that more is known to be there. */
static apr_status_t list(portal_tx_t *tx, const ranges_t *r, portal_find_t *find,
                         portal_row_find **rows)
{
    apr_status_t rv = PORTAL_LIST(
        find, tx, rows, &find->n, .lo1 = r->first.lo, .hi1 = r->first.hi,
        .other_lo = r->other.lo, .other_hi = r->other.hi, .lo2 = r->more[0].lo,
        .hi2 = r->more[0].hi, .lo3 = r->more[1].lo, .hi3 = r->more[1].hi,
        .lo4 = r->more[2].lo, .hi4 = r->more[2].hi, .lo5 = r->more[3].lo,
        .hi5 = r->more[3].hi, .lo6 = r->more[4].lo, .hi6 = r->more[4].hi,
        .most = PORTAL_FIND_MOST + 1, .whole_lo = r->whole.lo, .whole_hi = r->whole.hi,
        .whole_most = PORTAL_FIND_MOST + 1, .size = find->size,
        .skip = (apr_int64_t)(find->page - 1) * find->size);

    find->total = find->n ? (int)(*rows)[0].total : 0;
    return rv;
}

apr_status_t portal_act_find(portal_tx_t *tx, void *baton)
{
    portal_find_t *find = baton;
    ranges_t ranges = read_typed(find->typed, tx->pool);
    portal_row_find *rows;
    apr_status_t rv;

    if (find->page < 1 || find->page > PORTAL_FIND_MOST)
        find->page = 1;
    rv = list(tx, &ranges, find, &rows);
    if (rv == APR_SUCCESS && find->n == 0 && find->page > 1) {
        find->page = 1;
        rv = list(tx, &ranges, find, &rows);
    }
    if (rv != APR_SUCCESS)
        return rv;
    find->more = find->total > PORTAL_FIND_MOST;
    if (find->more)
        find->total = PORTAL_FIND_MOST;
    return take_hits(tx, find, rows);
}

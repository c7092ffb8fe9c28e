/* SPDX-License-Identifier: Apache-2.0 */
/* core/terms: words of records, and that what people type finds them. */
#include "unit.h"

#include <apr_strings.h>

#include "core/terms.h"

static int has(const portal_terms_t *terms, const char *word)
{
    return apr_hash_get(terms->words, word, APR_HASH_KEY_STRING) != NULL;
}

static portal_terms_t *ann(apr_pool_t *pool)
{
    portal_terms_t *t = portal_terms_make(pool);

    portal_terms_add_name(t, "O\xE2\x80\x99"
                             "Brien-N\xC3\xBA\xC3\xB1"
                             "ez");
    portal_terms_add_name(t, "Ann Marie");
    portal_terms_add_number(t, "C-20/41");
    portal_terms_add_number(t, "");
    portal_terms_add_email(t, "Ann.Marie@Example.ORG");
    portal_terms_add_email(t, "");
    portal_terms_add_date(t, "1961-04-03");
    portal_terms_add_date(t, "");
    portal_terms_add_date(t, "soon");
    return t;
}

static void a_record_has_these_words(void **state)
{
    static const char *const words[] = {"obrien",   "nunez",    "ann",
                                        "marie",    "c2041",    "2041",
                                        "41",       "19610403", "ann.marie@example.org",
                                        "ann.marie"};
    portal_terms_t *t = ann(*state);

    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (!has(t, words[i]))
            fail_msg("%s is missing", words[i]);
    }
    assert_int_equal(apr_hash_count(t->words), sizeof(words) / sizeof(*words));
}

static int begins(const portal_terms_t *terms, const char *start, apr_pool_t *pool)
{
    const char *end = portal_terms_end(start, pool);

    for (apr_hash_index_t *i = apr_hash_first(pool, terms->words); i;
         i = apr_hash_next(i)) {
        const char *word = apr_hash_this_key(i);
        if (strcmp(word, start) >= 0 && strcmp(word, end) < 0)
            return 1;
    }
    return 0;
}

static int finds(const portal_terms_t *terms, const char *query, apr_pool_t *pool)
{
    apr_array_header_t *typed = portal_terms_of_query(query, 8, pool);

    for (int i = 0; i < typed->nelts; i++) {
        const portal_term_t *t = &APR_ARRAY_IDX(typed, i, portal_term_t);
        if (!begins(terms, t->word, pool) && !(t->other && begins(terms, t->other, pool)))
            return 0;
    }
    return typed->nelts > 0;
}

static void what_people_type_finds_it(void **state)
{
    static const char *const good[] = {
        "obrien",
        "O'Brien",
        "o\xE2\x80\x99"
        "brien nu",
        "NUNEZ ann",
        "Nu\xCC\x81\xC3\xB1"
        "ez",
        "marie O'B",
        "c-2041",
        "C 2041",
        "c2041",
        "20-41",
        "2041",
        "C20/4",
        "1961-04-03",
        "3.4.1961",
        "03/04/1961",
        "04/03/1961",
        "1961",
        "19610403",
        "ann.marie@",
        "ANN.MARIE@EXAMPLE.ORG",
        "ann.marie",
        " ann \t41 ",
        "O'Brien-N\xC3\xBA\xC3\xB1"
        "ez, Ann",
    };
    static const char *const bad[] = {
        "",        " ",         "'",    "-",        "brien",
        "ann bob", "20412",     "1962", "5/4/1961", "marie@example.org",
        "@",       "1961-04-04"};
    portal_terms_t *t = ann(*state);

    for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++) {
        if (!finds(t, good[i], *state))
            fail_msg("not found by: %s", good[i]);
    }
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (finds(t, bad[i], *state))
            fail_msg("found by: %s", bad[i]);
    }
}

static void the_beginning_of_an_email_may_have_digits(void **state)
{
    portal_terms_t *t = portal_terms_make(*state);

    portal_terms_add_email(t, "zoe.52_x@example.org");
    assert_true(finds(t, "zoe.52", *state));
    assert_true(finds(t, "ZOE.52_X", *state));
    assert_true(finds(t, "52", *state));
    assert_false(finds(t, "zoe.53", *state));
    assert_false(finds(t, "oe.52", *state));
}

static void long_words_are_cut_alike(void **state)
{
    portal_terms_t *t = portal_terms_make(*state);
    char name[601];

    for (int i = 0; i < 300; i++)
        memcpy(name + 2 * i, "\xD8\xB4", 3); /* an Arabic letter */
    portal_terms_add_name(t, name);
    assert_int_equal(apr_hash_count(t->words), 1);
    assert_int_equal(strlen(apr_hash_this_key(apr_hash_first(*state, t->words))), 160);
    assert_true(finds(t, name, *state));
    name[159] = '\0'; /* in the middle of a letter: malformed */
    assert_false(finds(t, name, *state));
    name[158] = '\0';
    assert_true(finds(t, name, *state));
    assert_int_equal(portal_terms_of_query("a b c d e f", 4, *state)->nelts, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_record_has_these_words),
        pool_test(what_people_type_finds_it),
        pool_test(the_beginning_of_an_email_may_have_digits),
        pool_test(long_words_are_cut_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

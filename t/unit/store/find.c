/* SPDX-License-Identifier: Apache-2.0 */
/* store/find: who is found by what, in which order, and where it stops. */
#include "store_test.h"

#include "store/find.h"
#include "store/search.h"

static apr_status_t update(portal_tx_t *tx, void *id)
{
    return portal_search_update(tx, id);
}

static void add(portal_store_test_t *t, const char *id, const char *values)
{
    portal_store_test_run(t, apr_pstrcat(t->pool, "INSERT INTO binder VALUES ('", id,
                                         "', ", values, ", 0, 0, 1)", NULL));
}

static void add_case(portal_store_test_t *t, const char *id, const char *values)
{
    portal_store_test_run(t, apr_pstrcat(t->pool, "INSERT INTO patient_case VALUES ('",
                                         id, "', ", values, ", 0, 0, 1)", NULL));
}

static void keep_words(portal_store_test_t *t, const char *id)
{
    assert_int_equal(
        portal_store_write(&t->store, &t->actor, t->now, update, (void *)id, t->pool),
        APR_SUCCESS);
}

static void add_people(portal_store_test_t *t)
{
    add(t, "a",
        "'M-1', 'O\u2019Brien-N\u00fa\u00f1ez', 'Ann Marie', '1975-03-12',"
        " 'ann@a.example', '', '', 'obrien nunez  ann marie'");
    add(t, "b",
        "'M-2', '\u5c71\u7530', '\u592a\u90ce', '1975-12-03', '', '', '', "
        "'\u5c71\u7530  \u592a\u90ce'");
    add(t, "c", "'M-3', '\U0001f469', '', '', '', '', '', '\U0001f469'");
    add(t, "d", "'77 - 12', '', '', '1960', '', '', '', ''");
    add_case(t, "k1",
             "'a', 'CASE 30-940', 'CASE30940', '', 'Maiden', 'Ann', '1975-03-12', ''");
    add_case(t, "k2", "'a', 'X/9', 'X/9', '', '', '', '', '2026-01-01'");
    for (const char *id = "a\0b\0c\0d\0"; *id; id += 2)
        keep_words(t, id);
}

static portal_find_t run(portal_store_test_t *t, const char *typed, int page, int size)
{
    portal_find_t find = {.typed = typed, .page = page, .size = size};

    assert_int_equal(
        portal_store_read(&t->store, &t->actor, t->now, portal_act_find, &find, t->pool),
        APR_SUCCESS);
    return find;
}

static void found_by(portal_store_test_t *t, const char *typed, const char *ids)
{
    portal_find_t find = run(t, typed, 1, 20);
    const char *got = "";

    for (int i = 0; i < find.n; i++)
        got = apr_pstrcat(t->pool, got, find.hits[i].id, NULL);
    if (strcmp(got, ids))
        fail_msg("%s: found '%s' and not '%s'", typed, got, ids);
    assert_int_equal(find.total, strlen(ids));
}

static void people_are_found(void **state)
{
    static const char *const cases[][2] = {
        {"obrien", "a"},
        {"O'Brien", "a"},
        {"o brien", "a"},
        {"NUNEZ ann", "a"},
        {"ann o\u2019b mar", "a"},
        {"maiden", "a"},
        {"ann bob", ""},
        {"case30940", "a"},
        {"Case 30 940", "a"},
        {"30940", "a"},
        {"c-a-s-e-30", "a"},
        {"x9", "a"},
        {"x/9", "a"},
        {"m1", "a"},
        {"M - 1", "ab"},
        {"7712", "d"},
        {"77-12", "d"},
        {"1975-03-12", "a"},
        {"12.03.1975", "a"},
        {"3/12/1975", "ab"},
        {"1975", "ab"},
        {"ann 3/12/1975", "a"},
        {"3/13/1975", ""},
        {"1960", "d"},
        {"ANN@A.example", "a"},
        {"ann@a", "a"},
        {"\u5c71", "b"},
        {"\u5c71\u7530\u592a\u90ce", ""},
        {"\u592a \u5c71", "b"},
        {"\U0001f469", "c"},
        {"---", ""},
        {"%", ""},
        {"a' OR 1=1", ""},
        {"ann marie obrien nunez maiden ann m", "a"},
        {"ann marie obrien nunez maiden x9 case30940 zzzzzzz", ""},
    };
    portal_store_test_t *t = *state;

    add_people(t);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        found_by(t, cases[i][0], cases[i][1]);
}

static void hits_show_their_cases(void **state)
{
    portal_store_test_t *t = *state;
    portal_find_t find;

    add_people(t);
    find = run(t, "obrien", 1, 20);
    assert_int_equal(find.hits[0].n_cases, 2);
    assert_string_equal(find.hits[0].cases[0].number, "X/9");
    assert_string_equal(find.hits[0].cases[1].number, "CASE 30-940");
    assert_int_equal(find.hits[0].more_cases, 0);
    assert_string_equal(find.hits[0].mrn, "M-1");
}

static void many(portal_store_test_t *t, int n)
{
    portal_store_test_run(
        t,
        apr_psprintf(
            t->pool,
            "INSERT INTO binder WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
            "FROM i"
            " WHERE n < %d) SELECT 'b' || n, 'M' || n, 'Poe', '',"
            " '', '', '', '', substr(CAST(10000 + n AS CHAR(5)), 2, 4), 0, 0, 1 FROM i",
            n));
    portal_store_test_run(t, "INSERT INTO search_word SELECT 'poe', id, 'd' FROM binder");
}

static void hits_come_in_pages(void **state)
{
    portal_store_test_t *t = *state;
    portal_find_t find;

    many(t, 45);
    find = run(t, "poe", 2, 20);
    assert_int_equal(find.n, 20);
    assert_int_equal(find.total, 45);
    assert_string_equal(find.hits[0].id, "b21");
    find = run(t, "poe", 3, 20);
    assert_int_equal(find.n, 5);
    find = run(t, "poe", 4, 20);
    assert_int_equal(find.page, 1);
    assert_int_equal(find.n, 20);
    find = run(t, "poe", -3, 20);
    assert_int_equal(find.page, 1);
    assert_false(find.more);
}

static void there_is_an_end(void **state)
{
    portal_store_test_t *t = *state;
    portal_find_t find;

    many(t, PORTAL_FIND_MOST + 30);
    find = run(t, "p", 1, 20);
    assert_int_equal(find.total, PORTAL_FIND_MOST);
    assert_true(find.more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(people_are_found),
        store_test(hits_show_their_cases),
        store_test(hits_come_in_pages),
        store_test(there_is_an_end),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* store/search: words follow what they were made from, and only what differs is written. */
#include "store_test.h"

#include "store/search.h"

static apr_status_t update(portal_tx_t *tx, void *baton)
{
    return portal_search_update(tx, baton);
}

static void run_update(portal_store_test_t *t, const char *id)
{
    assert_int_equal(
        portal_store_write(&t->store, &t->actor, t->now, update, (void *)id, t->pool),
        APR_SUCCESS);
}

static const char *words(portal_store_test_t *t, const char *kind)
{
    return portal_store_test_list(
        t, apr_pstrcat(t->pool,
                       "SELECT word FROM search_word WHERE binder_id = 'b' AND kind = '",
                       kind, "' ORDER BY word", NULL));
}

static void add_record(portal_store_test_t *t)
{
    portal_store_test_run(
        t, "INSERT INTO binder VALUES ('b', 'M-7', 'Doe', 'Ann', '1961-04-03',"
           " 'ann@a.example', '', '', 'doe ann', 0, 0, 1)");
    portal_store_test_run(
        t, "INSERT INTO patient_case VALUES ('c', 'b', 'C 1', 'C1', 'Knee',"
           " 'Roe', 'Ann', '', '', 0, 0, 1)");
}

static void words_follow_the_record(void **state)
{
    portal_store_test_t *t = *state;

    add_record(t);
    run_update(t, "b");
    assert_string_equal(words(t, "d"), "1,19610403,7,ann,ann@a.example,c1,doe,m7,roe");
    assert_string_equal(words(t, "a"), "");
    portal_store_test_run(t, "UPDATE binder SET family = 'Poe' WHERE id = 'b'");
    portal_store_test_run(t, "DELETE FROM patient_case");
    run_update(t, "b");
    assert_string_equal(words(t, "d"), "19610403,7,ann,ann@a.example,m7,poe");
}

static void words_of_the_tab_stand_apart(void **state)
{
    portal_store_test_t *t = *state;

    add_record(t);
    portal_store_test_run(t, "INSERT INTO access VALUES ('b', NULL, 'Ann@b.example',"
                             " 'ann@b.example', 1, '', 1, 0)");
    run_update(t, "b");
    assert_string_equal(words(t, "a"), "ann,ann@b.example");
    portal_store_test_run(t, "UPDATE access SET email = ''");
    run_update(t, "b");
    assert_string_equal(words(t, "a"), "");
    assert_string_equal(words(t, "d"), "1,19610403,7,ann,ann@a.example,c1,doe,m7,roe");
}

static void nothing_is_written_when_nothing_changed(void **state)
{
    portal_store_test_t *t = *state;
    const char *before;

    add_record(t);
    run_update(t, "b");
    before = portal_store_test_written(t);
    run_update(t, "b");
    run_update(t, "no such binder");
    assert_string_equal(portal_store_test_written(t), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(words_follow_the_record),
        store_test(words_of_the_tab_stand_apart),
        store_test(nothing_is_written_when_nothing_changed),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

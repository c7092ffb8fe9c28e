/* SPDX-License-Identifier: Apache-2.0 */
/* store/guessing: when many numbers tried in vain are too many, and that it is told once. (security.md BF6) */
#include "store_test.h"

#include "store/guessing.h"

static portal_guessing_t look(portal_store_test_t *t, int ago)
{
    portal_guessing_t g = {0};
    assert_int_equal(portal_store_read(&t->store, &t->actor,
                                       t->now + ago * APR_USEC_PER_SEC,
                                       portal_act_guessing, &g, t->pool),
                     APR_SUCCESS);
    return g;
}

/* Numbers from..to fail once each, all from networks of their own, and their networks with them. */
static void fail_at(portal_store_test_t *t, int from, int to)
{
    for (int i = from; i <= to; i++)
        portal_store_test_run(
            t, apr_psprintf(
                   t->pool,
                   "INSERT INTO throttle (scope, account, source, failures, "
                   "last_failure) VALUES ('signin', 'n%d', 's%d', 1, %" APR_TIME_T_FMT
                   "), ('signin', '', 's%d', 1, %" APR_TIME_T_FMT ")",
                   i, i, t->now, i, t->now));
}

static void fifty_are_many(void **state)
{
    portal_store_test_t *t = *state;

    fail_at(t, 1, PORTAL_GUESSING_NUMBERS - 1);
    assert_false(look(t, 0).many);
    fail_at(t, PORTAL_GUESSING_NUMBERS, PORTAL_GUESSING_NUMBERS);
    assert_true(look(t, 0).many);
    assert_int_equal(look(t, 0).numbers, PORTAL_GUESSING_NUMBERS);
    assert_int_equal(look(t, 0).networks, PORTAL_GUESSING_NUMBERS);
    assert_false(look(t, 601).many);
    portal_store_test_run(t, "UPDATE throttle SET scope = 'lobby'");
    assert_false(look(t, 0).many);
    portal_store_test_run(
        t, "UPDATE throttle SET scope = 'signin', account = 'one' WHERE account <> ''");
    assert_int_equal(look(t, 0).numbers, 1);
}

static void it_is_told_once_an_hour(void **state)
{
    portal_store_test_t *t = *state;
    portal_guessing_t g = {.numbers = 60, .networks = 50};
    const int told[] = {1, 0, 1}, when[] = {0, 3600, 3601};

    for (int i = 0; i < 3; i++) {
        assert_int_equal(portal_store_write(&t->store, &t->actor,
                                            t->now + when[i] * APR_USEC_PER_SEC,
                                            portal_act_guessing_tell, &g, t->pool),
                         APR_SUCCESS);
        assert_int_equal(g.told, told[i]);
    }
    assert_string_equal(
        portal_store_test_ask(
            t, "SELECT COUNT(*) FROM audit WHERE action = 'signin.guessing'"),
        "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(fifty_are_many),
        store_test(it_is_told_once_an_hour),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

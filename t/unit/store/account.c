/* SPDX-License-Identifier: Apache-2.0 */
/* store/account and store/throttle: what cannot be read ends the act with an error, and nothing is written. */
#include "store_test.h"

#include "store/account.h"
#include "store/access.h"

static apr_status_t write_it(portal_store_test_t *t, portal_act_fn act, void *baton)
{
    return portal_store_write(&t->store, &t->actor, t->now, act, baton, t->pool);
}

static void a_signin_needs_the_account(void **state)
{
    portal_store_test_t *t = *state;
    portal_signin_attempt_t attempt = {
        .number_key = "c1", .source = "", .device = "", .binder_id = "b", .hash = "h"};
    portal_signin_t signin = {.attempt = &attempt,
                              .lifetime = 1,
                              .address = "",
                              .agent = "",
                              .device = "",
                              .replaces = ""};

    assert_int_equal(write_it(t, portal_act_signin, &signin), APR_SUCCESS);
    assert_true(signin.refused);
    portal_store_test_run(t, "ALTER TABLE account RENAME TO account_gone");
    assert_int_not_equal(write_it(t, portal_act_signin, &signin), APR_SUCCESS);
    assert_string_equal(signin.token, "");
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM audit"), "1");
}

static void a_lift_needs_the_access(void **state)
{
    portal_store_test_t *t = *state;
    portal_throttle_lift_t lift = {.binder_id = "none"};

    assert_int_equal(write_it(t, portal_act_throttle_lift, &lift), APR_SUCCESS);
    assert_int_equal(lift.verdict, PORTAL_DESK_NO_BINDER);
    portal_store_test_run(t, "ALTER TABLE binder RENAME TO binder_gone");
    assert_int_not_equal(write_it(t, portal_act_throttle_lift, &lift), APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(a_signin_needs_the_account),
        store_test(a_lift_needs_the_access),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* core/health: one looks, once a second; the others are answered at once, whatever it does. */
#include "unit.h"

#include "core/health.h"

#define SECOND 1000000
#define BEGIN (1000 * (apr_int64_t)SECOND)

static portal_health_t *health_of(apr_pool_t *pool)
{
    return portal_health_make(apr_pcalloc(pool, portal_health_size()));
}

static void one_looks_at_a_time(void **state)
{
    portal_health_t *health = health_of(*state);
    int faults = -1;

    assert_int_equal(portal_health_known(health, BEGIN, &faults), 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(portal_health_known(health, BEGIN + i, &faults), 1);
        assert_int_equal(faults, PORTAL_HEALTH_SLOW); /* nothing is known yet */
    }
    portal_health_found(health, BEGIN + 100, 0);
    assert_int_equal(portal_health_known(health, BEGIN + SECOND, &faults), 1);
    assert_int_equal(faults, 0);
    assert_int_equal(portal_health_known(health, BEGIN + 100 + SECOND, &faults), 0);
}

static void what_was_found_is_the_answer(void **state)
{
    portal_health_t *health = health_of(*state);
    int faults = -1;

    for (int i = 0; i < 4; i++) {
        apr_int64_t now = BEGIN + i * (apr_int64_t)60 * SECOND;
        assert_int_equal(portal_health_known(health, now, &faults), 0);
        portal_health_found(health, now + 5, i);
        assert_int_equal(portal_health_known(health, now + 6, &faults), 1);
        assert_int_equal(faults, i);
    }
}

/* A minute after the last finding, somebody looks again. */
static void who_looks_for_long_counts_as_fault(void **state)
{
    portal_health_t *health = health_of(*state);
    apr_int64_t now = BEGIN + 60 * (apr_int64_t)SECOND;
    int faults;

    assert_int_equal(portal_health_known(health, BEGIN, &faults), 0);
    portal_health_found(health, BEGIN, 0);
    assert_int_equal(portal_health_known(health, now, &faults), 0);
    assert_int_equal(portal_health_known(health, now + SECOND, &faults), 1);
    assert_int_equal(faults, 0);
    assert_int_equal(portal_health_known(health, now + PORTAL_HEALTH_STALE, &faults), 1);
    assert_int_equal(faults, PORTAL_HEALTH_SLOW);
    /* it is given up; the next looks in its place, and alone */
    assert_int_equal(portal_health_known(health, now + PORTAL_HEALTH_LOST, &faults), 0);
    assert_int_equal(portal_health_known(health, now + PORTAL_HEALTH_LOST, &faults), 1);
    portal_health_found(health, now + PORTAL_HEALTH_LOST, PORTAL_HEALTH_HASHER);
    assert_int_equal(portal_health_known(health, now + PORTAL_HEALTH_LOST, &faults), 1);
    assert_int_equal(faults, PORTAL_HEALTH_HASHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {pool_test(one_looks_at_a_time),
                                       pool_test(what_was_found_is_the_answer),
                                       pool_test(who_looks_for_long_counts_as_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

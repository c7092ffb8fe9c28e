/* SPDX-License-Identifier: Apache-2.0 */
/* core/throttle: the default PortalThrottle 3 1s 1h 100, step by step, and odd policies. */
#include "unit.h"

#include "core/throttle.h"

#define SECOND apr_time_from_sec(1)
#define HOUR apr_time_from_sec(3600)
#define T0 apr_time_from_sec(1795442700)

static const portal_throttle_cost_t usual = {3, SECOND, HOUR, 100};

/* Nothing, or a wait of exactly `seconds` after the failure at T0. */
static void account_waits(apr_int64_t failures, apr_int64_t seconds)
{
    apr_time_t until = 1;
    apr_time_t end = T0 + apr_time_from_sec(seconds);
    if (seconds) {
        assert_int_equal(portal_throttle_account(&until, &usual, failures, T0, T0),
                         PORTAL_THROTTLE_WAIT);
        assert_int_equal(until, end);
        assert_int_equal(portal_throttle_account(&until, &usual, failures, T0, end - 1),
                         PORTAL_THROTTLE_WAIT);
    }
    assert_int_equal(portal_throttle_account(&until, &usual, failures, T0, end),
                     PORTAL_THROTTLE_GO);
    assert_int_equal(until, 0);
}

static void waits_double_up_to_the_longest(void **state)
{
    (void)state;
    const apr_int64_t waits[] = {0,  0,  0,   0,   1,   2,    4,    8,    16,
                                 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600};
    for (int i = 0; i < 18; i++) {
        account_waits(i, waits[i]);
    }
    account_waits(99, 3600);
}

static void the_hundredth_failure_stops(void **state)
{
    (void)state;
    apr_time_t until = 1;
    assert_int_equal(portal_throttle_account(&until, &usual, 99, T0, T0 + HOUR),
                     PORTAL_THROTTLE_GO);
    assert_int_equal(portal_throttle_account(&until, &usual, 100, T0, T0 + 1000 * HOUR),
                     PORTAL_THROTTLE_STOPPED);
    assert_int_equal(until, 0);
    assert_int_equal(portal_throttle_account(&until, &usual, APR_INT64_MAX, T0, T0),
                     PORTAL_THROTTLE_STOPPED);
}

static void odd_policies_hold(void **state)
{
    (void)state;
    apr_time_t until;
    portal_throttle_cost_t cost = {0, 90 * SECOND, 60 * SECOND, 5};
    assert_int_equal(portal_throttle_account(&until, &cost, 0, 0, T0),
                     PORTAL_THROTTLE_GO);
    assert_int_equal(portal_throttle_account(&until, &cost, 1, T0, T0),
                     PORTAL_THROTTLE_WAIT);
    assert_int_equal(until, T0 + 60 * SECOND);
    cost = (portal_throttle_cost_t){0, SECOND, APR_INT64_MAX / 4, 1000000};
    assert_int_equal(portal_throttle_account(&until, &cost, 999999, T0, T0),
                     PORTAL_THROTTLE_WAIT);
    assert_int_equal(until, T0 + APR_INT64_MAX / 4);
    cost = (portal_throttle_cost_t){0, 0, 0, 10};
    assert_int_equal(portal_throttle_account(&until, &cost, 9, T0, T0),
                     PORTAL_THROTTLE_GO);
}

static void a_failure_in_the_future_counts_as_now(void **state)
{
    (void)state;
    apr_time_t until;
    assert_int_equal(portal_throttle_account(&until, &usual, 4, T0 + 1000 * HOUR, T0),
                     PORTAL_THROTTLE_WAIT);
    assert_int_equal(until, T0 + SECOND);
    assert_int_equal(portal_throttle_faded(50, T0 + HOUR, T0), 50);
}

static void a_network_has_ten_times_as_many(void **state)
{
    (void)state;
    apr_time_t until = 1;
    assert_int_equal(portal_throttle_network(&until, &usual, 30, T0, T0),
                     PORTAL_THROTTLE_GO);
    assert_int_equal(until, 0);
    assert_int_equal(portal_throttle_network(&until, &usual, 31, T0, T0),
                     PORTAL_THROTTLE_WAIT);
    assert_int_equal(until, T0 + SECOND);
    assert_int_equal(portal_throttle_network(&until, &usual, 34, T0, T0),
                     PORTAL_THROTTLE_WAIT);
    assert_int_equal(until, T0 + 8 * SECOND);
}

static void a_network_only_ever_waits(void **state)
{
    (void)state;
    apr_time_t until;
    assert_int_equal(portal_throttle_network(&until, &usual, 1000000, T0, T0),
                     PORTAL_THROTTLE_WAIT);
    assert_int_equal(until, T0 + HOUR);
    assert_int_equal(portal_throttle_network(&until, &usual, 1000000, T0, T0 + HOUR),
                     PORTAL_THROTTLE_GO);
}

static void counts_halve_each_hour(void **state)
{
    (void)state;
    assert_int_equal(portal_throttle_faded(40, T0, T0), 40);
    assert_int_equal(portal_throttle_faded(40, T0, T0 + HOUR / 2), 30);
    assert_int_equal(portal_throttle_faded(40, T0, T0 + HOUR), 20);
    assert_int_equal(portal_throttle_faded(40, T0, T0 + 2 * HOUR), 10);
    assert_int_equal(portal_throttle_faded(40, T0, T0 + 3 * HOUR), 5);
    assert_int_equal(portal_throttle_faded(40, T0, T0 + 7 * HOUR), 0);
    assert_int_equal(portal_throttle_faded(1, T0, T0 + HOUR), 1);
    assert_int_equal(portal_throttle_faded(1, T0, T0 + HOUR + SECOND), 0);
    assert_int_equal(portal_throttle_faded(0, T0, T0), 0);
    assert_int_equal(portal_throttle_faded(-5, T0, T0), 0);
    assert_int_equal(portal_throttle_faded(5, 0, APR_INT64_MAX), 0);
    assert_true(portal_throttle_faded(APR_INT64_MAX, T0, T0 + HOUR) > 0);
}

static void counts_never_rise_while_time_goes_by(void **state)
{
    (void)state;
    apr_int64_t before = 1000;
    for (int minute = 0; minute < 1200; minute++) {
        apr_int64_t now = portal_throttle_faded(1000, T0, T0 + minute * 60 * SECOND);
        assert_true(now <= before);
        before = now;
    }
    assert_int_equal(before, 0);
}

static void retry_after_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(portal_throttle_seconds(T0 + SECOND, T0), 1);
    assert_int_equal(portal_throttle_seconds(T0 + SECOND + 1, T0), 2);
    assert_int_equal(portal_throttle_seconds(T0 + 1, T0), 1);
    assert_int_equal(portal_throttle_seconds(T0, T0), 1);
    assert_int_equal(portal_throttle_seconds(0, T0), 1);
    assert_int_equal(portal_throttle_seconds(T0 + HOUR, T0), 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(waits_double_up_to_the_longest),
        pool_test(the_hundredth_failure_stops),
        pool_test(odd_policies_hold),
        pool_test(a_failure_in_the_future_counts_as_now),
        pool_test(a_network_has_ten_times_as_many),
        pool_test(a_network_only_ever_waits),
        pool_test(counts_halve_each_hour),
        pool_test(counts_never_rise_while_time_goes_by),
        pool_test(retry_after_is_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

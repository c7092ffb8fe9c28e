/* SPDX-License-Identifier: Apache-2.0 */
/* core/breaker: one prober at a time; what opens it, what closes it. */
#include "unit.h"

#include "core/breaker.h"

#define SECOND ((apr_int64_t)1000000)

static void one_prober(void **state)
{
    portal_breaker_t b = {0};

    (void)state;
    assert_int_equal(portal_breaker_ask(&b, SECOND), PORTAL_BREAKER_GO);
    assert_int_equal(portal_breaker_failed(&b), 0);
    assert_int_equal(portal_breaker_fails(&b, 2 * SECOND), 1);
    assert_int_equal(portal_breaker_fails(&b, 2 * SECOND), 0);
    assert_int_equal(portal_breaker_away(&b), 1);
    assert_int_equal(portal_breaker_ask(&b, 3 * SECOND - 1), PORTAL_BREAKER_NO);
    assert_int_equal(portal_breaker_ask(&b, 3 * SECOND), PORTAL_BREAKER_PROBE);
    assert_int_equal(portal_breaker_ask(&b, 3 * SECOND), PORTAL_BREAKER_NO);
    assert_int_equal(portal_breaker_ask(&b, 5 * SECOND), PORTAL_BREAKER_NO);
    assert_int_equal(portal_breaker_fails(&b, 5 * SECOND), 0);
    assert_int_equal(portal_breaker_ask(&b, 6 * SECOND), PORTAL_BREAKER_PROBE);
    assert_int_equal(portal_breaker_answers(&b, 6 * SECOND), 1);
    assert_int_equal(portal_breaker_answers(&b, 6 * SECOND), 0);
    assert_int_equal(portal_breaker_away(&b), 0);
    assert_int_equal(portal_breaker_failed(&b), 5 * SECOND);
    assert_int_equal(portal_breaker_ask(&b, 6 * SECOND), PORTAL_BREAKER_GO);
}

static void a_prober_that_dies_is_followed(void **state)
{
    portal_breaker_t b = {0};
    apr_int64_t begun = 9 * SECOND;

    (void)state;
    portal_breaker_fails(&b, SECOND);
    assert_int_equal(portal_breaker_ask(&b, begun), PORTAL_BREAKER_PROBE);
    assert_int_equal(portal_breaker_ask(&b, begun + PORTAL_BREAKER_PROBING - 1),
                     PORTAL_BREAKER_NO);
    assert_int_equal(portal_breaker_ask(&b, begun + PORTAL_BREAKER_PROBING),
                     PORTAL_BREAKER_PROBE);
}

static void a_doubt_lets_one_ask(void **state)
{
    portal_breaker_t b = {0};

    (void)state;
    portal_breaker_answers(&b, 10 * SECOND);
    assert_int_equal(portal_breaker_silence(&b, 12 * SECOND), 2 * SECOND);
    portal_breaker_doubt(&b, 9 * SECOND); /* somebody else was answered since */
    assert_int_equal(portal_breaker_ask(&b, 11 * SECOND), PORTAL_BREAKER_GO);
    portal_breaker_doubt(&b, 11 * SECOND);
    assert_int_equal(portal_breaker_away(&b), 0);
    assert_int_equal(portal_breaker_ask(&b, 12 * SECOND), PORTAL_BREAKER_PROBE);
    assert_int_equal(portal_breaker_ask(&b, 12 * SECOND), PORTAL_BREAKER_NO);
    assert_int_equal(portal_breaker_answers(&b, 13 * SECOND),
                     0); /* it had not been away */
    assert_int_equal(portal_breaker_ask(&b, 13 * SECOND), PORTAL_BREAKER_GO);
    portal_breaker_doubt(&b, 14 * SECOND);
    assert_int_equal(portal_breaker_fails(&b, 16 * SECOND), 1);
    portal_breaker_doubt(&b, 16 * SECOND); /* takes nothing back */
    assert_int_equal(portal_breaker_away(&b), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_prober),
        cmocka_unit_test(a_prober_that_dies_is_followed),
        cmocka_unit_test(a_doubt_lets_one_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

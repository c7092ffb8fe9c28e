/* SPDX-License-Identifier: Apache-2.0 */
/* core/csrf: a masked token opens for its own mac only. */
#include "unit.h"

#include <apr_strings.h>

#include "core/csrf.h"

#define MAC "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"
#define NEAR "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdee"

static void masks_differ_and_match(void **state)
{
    const char *first = portal_csrf_mask(MAC, *state);
    const char *second = portal_csrf_mask(MAC, *state);
    assert_int_equal(strlen(first), 86);
    assert_string_not_equal(first, second);
    assert_true(portal_csrf_matches(first, MAC));
    assert_true(portal_csrf_matches(second, MAC));
    assert_false(portal_csrf_matches(first, NEAR));
}

static void every_changed_character_is_refused(void **state)
{
    const char *masked = portal_csrf_mask(MAC, *state);
    for (int i = 0; i < 86; i++) {
        char *changed = apr_pstrdup(*state, masked);
        changed[i] = masked[i] == 'A' ? 'B' : 'A';
        assert_false(portal_csrf_matches(changed, MAC));
    }
}

static void rubbish_is_refused(void **state)
{
    const char *masked = portal_csrf_mask(MAC, *state);
    assert_false(portal_csrf_matches(NULL, MAC));
    assert_false(portal_csrf_matches("", MAC));
    assert_false(portal_csrf_matches(MAC, MAC));
    assert_false(portal_csrf_matches(apr_pstrcat(*state, masked, "A", NULL), MAC));
    assert_false(portal_csrf_matches(apr_pstrndup(*state, masked, 85), MAC));
    assert_false(portal_csrf_matches(masked, ""));
    assert_false(portal_csrf_matches(masked, "zz"));
    assert_null(portal_csrf_mask("", *state));
    assert_null(portal_csrf_mask(MAC "00", *state));
    assert_null(
        portal_csrf_mask("g0112233445566778899aabbccddeeff0123456789abcdef0123456789abc"
                         "def",
                         *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(masks_differ_and_match),
        pool_test(every_changed_character_is_refused),
        pool_test(rubbish_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/place: beside the program first, the installed folder otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <apr_general.h>
#include <apr_strings.h>
#include "core/place.h"

static apr_pool_t *pool;

static void finds_what_lies_beside_the_program(void **state)
{
    (void)state;
    const char *path = portal_place("place", pool);
    assert_int_equal(path[0], '/');
    assert_non_null(strstr(path, "/t/unit/core/place"));
}

static void falls_back_to_the_installed_folder(void **state)
{
    (void)state;
    const char *path = portal_place("no/such-file", pool);
    assert_int_equal(path[0], '/');
    assert_null(strstr(path, "/t/unit/core/"));
    assert_non_null(strstr(path, "/mod_portal/no/such-file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_lies_beside_the_program),
        cmocka_unit_test(falls_back_to_the_installed_folder),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    return cmocka_run_group_tests_name("core/place", tests, NULL, NULL);
}

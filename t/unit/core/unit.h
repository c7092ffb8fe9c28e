/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit: what every unit test of src/core begins with: cmocka's headers in their order, and a
 * pool for each test. Use pool_test(function) in the list and `*state` as the pool.
 */
#ifndef PORTAL_T_UNIT_H
#define PORTAL_T_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret.h"

static inline int unit_begin(void **state)
{
    return apr_initialize() || portal_secret_init() ||
           apr_pool_create((apr_pool_t **)state, NULL);
}

static inline int unit_end(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

#define pool_test(function)                                                              \
    cmocka_unit_test_setup_teardown(function, unit_begin, unit_end)

#endif

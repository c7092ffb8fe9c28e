/* SPDX-License-Identifier: Apache-2.0 */
/* core/secret: bytes are gone when their pool is. */
#include "unit.h"

static void a_copy_is_kept(void **state)
{
    char typed[] = "correct horse";
    portal_secret_t *secret = portal_secret_make(typed, sizeof typed, *state);
    memset(typed, 0, sizeof typed);
    assert_int_equal(portal_secret_length(secret), 14);
    assert_memory_equal(portal_secret_bytes(secret), "correct horse", 14);
}

static void locking_keeps_the_bytes(void **state)
{
    portal_secret_t *secret = portal_secret_make("\0\1\2\377", 4, *state);
    const unsigned char *before = portal_secret_bytes(secret);
    apr_status_t status = portal_secret_lock(secret);
    assert_true(status == APR_SUCCESS || status == APR_ENOMEM);
    if (status == APR_SUCCESS) {
        assert_ptr_not_equal(portal_secret_bytes(secret), before);
        assert_memory_equal(before, "\0\0\0\0", 4);
    }
    assert_memory_equal(portal_secret_bytes(secret), "\0\1\2\377", 4);
    assert_int_equal(portal_secret_lock(secret), status);
    assert_memory_equal(portal_secret_bytes(secret), "\0\1\2\377", 4);
}

static unsigned char outside[8];

static void a_region_is_wiped_with_its_pool(void **state)
{
    apr_pool_t *child;
    assert_int_equal(apr_pool_create(&child, *state), APR_SUCCESS);
    memcpy(outside, "password", 8);
    portal_secret_wipe_with(outside, 6, child);
    assert_memory_equal(outside, "password", 8);
    apr_pool_destroy(child);
    assert_memory_equal(outside, "\0\0\0\0\0\0rd", 8);
}

/* Runs after the secret's own cleanup (cleanups run last in, first out) and sees its bytes. */
static apr_status_t look(void *data)
{
    const unsigned char *bytes = *(const unsigned char **)data;
    memcpy(outside, bytes, 8);
    return APR_SUCCESS;
}

static void a_secret_is_wiped_with_its_pool(void **state)
{
    apr_pool_t *child;
    const unsigned char *bytes = NULL;
    assert_int_equal(apr_pool_create(&child, *state), APR_SUCCESS);
    apr_pool_cleanup_register(child, &bytes, look, apr_pool_cleanup_null);
    bytes = portal_secret_bytes(portal_secret_make("password", 8, child));
    memset(outside, 'x', sizeof outside);
    apr_pool_destroy(child);
    assert_memory_equal(outside, "\0\0\0\0\0\0\0\0", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_copy_is_kept),
        pool_test(locking_keeps_the_bytes),
        pool_test(a_region_is_wiped_with_its_pool),
        pool_test(a_secret_is_wiped_with_its_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

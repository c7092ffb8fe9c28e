/* SPDX-License-Identifier: Apache-2.0 */
/* core/urlencoded: fields in order, and every malformed one named and never repaired. */
#include "unit.h"

#include <apr_strings.h>

#include "core/urlencoded.h"

/* All pairs as text: name=value, malformed ones with a ! before them. */
static const char *all(const char *body, apr_size_t len, apr_pool_t *pool)
{
    char *copy = malloc(len + 1); /* no NUL behind it */
    apr_array_header_t *pairs;
    const char *out = "";

    memcpy(copy, body, len);
    assert_int_equal(portal_urlencoded_read(&pairs, copy, len, 8, pool), APR_SUCCESS);
    memset(copy, 'x', len); /* everything was copied */
    free(copy);
    for (int i = 0; i < pairs->nelts; i++) {
        const portal_pair_t *p = &APR_ARRAY_IDX(pairs, i, portal_pair_t);
        out = apr_pstrcat(pool, out, i ? " " : "", p->malformed ? "!" : "", p->name, "=",
                          p->value, NULL);
    }
    return out;
}

static const char *of(const char *body, apr_pool_t *pool)
{
    return all(body, strlen(body), pool);
}

static void pairs_in_order(void **state)
{
    assert_string_equal(of("a=1&b=2&a=3", *state), "a=1 b=2 a=3");
    assert_string_equal(of("", *state), "");
    assert_string_equal(of("&&a=1&&", *state), "a=1");
    assert_string_equal(of("a&b=&=c&=", *state), "a= b= =c =");
    assert_string_equal(of("a=b=c", *state), "a=b=c");
}

static void decoding(void **state)
{
    assert_string_equal(of("a=x+y%20z", *state), "a=x y z");
    assert_string_equal(of("%61=%C3%a9%26%3D", *state), "a=\xC3\xA9&=");
    assert_string_equal(of("a=%2B%25", *state), "a=+%");
    assert_string_equal(of("a=\xF0\x9F\x99\x82", *state), "a=\xF0\x9F\x99\x82");
    assert_string_equal(of("a=%0D%0A", *state),
                        "a=\r\n"); /* whether that may be is not asked here */
}

static void malformed_fields(void **state)
{
    static const char *const bad[] = {
        "a=%",   "a=%4",    "a=%zz",       "a=%4g",    "a=%00", "a=%ff",
        "a=%C3", "a=\xC3(", "a=%ED%A0%80", "a=%C0%AF", "a=b%",  "a=%F5%80%80%80",
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_string_equal(of(apr_pstrcat(*state, "x=1&", bad[i], "&y=2", NULL), *state),
                            "x=1 !a= y=2");
    assert_string_equal(all("a=b\0c", 5, *state), "!a=");
    assert_string_equal(of("%zz=v", *state), "!=v");
    assert_string_equal(of("a=%4", *state), "!a="); /* at the very end */
    assert_string_equal(of("a=%41", *state), "a=A");
}

static void no_more_than_allowed(void **state)
{
    apr_array_header_t *pairs;
    const char *body = "a=1&b=2&&c=3&";

    assert_int_equal(portal_urlencoded_read(&pairs, body, strlen(body), 3, *state),
                     APR_SUCCESS);
    assert_int_equal(pairs->nelts, 3);
    assert_int_equal(portal_urlencoded_read(&pairs, body, strlen(body), 2, *state),
                     APR_ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(pairs_in_order),
        pool_test(decoding),
        pool_test(malformed_fields),
        pool_test(no_more_than_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

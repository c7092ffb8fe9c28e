/* SPDX-License-Identifier: Apache-2.0 */
/* core/token: shape, uniqueness and hash of tokens and ids. (security.md TK1) */
#include "unit.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include "core/token.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static void tokens_are_wellformed_and_differ(void **state)
{
    apr_hash_t *seen = apr_hash_make(*state);
    unsigned char used[128] = {0};
    for (int i = 0; i < 100000; i++) {
        char token[PORTAL_TOKEN_SIZE];
        portal_token_make(token);
        assert_int_equal(strlen(token), 43);
        assert_int_equal(strspn(token, ALPHABET), 43);
        assert_true(portal_token_wellformed(token));
        const char *copy = apr_pstrdup(*state, token);
        assert_null(apr_hash_get(seen, copy, APR_HASH_KEY_STRING));
        apr_hash_set(seen, copy, APR_HASH_KEY_STRING, copy);
        for (const char *c = token; *c; c++) {
            used[(unsigned char)*c] = 1;
        }
    }
    for (const char *c = ALPHABET; *c; c++) {
        assert_true(used[(unsigned char)*c]);
    }
}

static void ids_are_wellformed_and_differ(void **state)
{
    apr_hash_t *seen = apr_hash_make(*state);
    for (int i = 0; i < 2000; i++) {
        const char *id = portal_id_make(*state);
        assert_int_equal(strlen(id), PORTAL_ID_LENGTH);
        assert_true(portal_id_wellformed(id));
        assert_null(apr_hash_get(seen, id, APR_HASH_KEY_STRING));
        apr_hash_set(seen, id, APR_HASH_KEY_STRING, id);
    }
}

static void rubbish_is_not_a_token(void **state)
{
    (void)state;
    const char *bad[] = {
        NULL,
        "",
        "AAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* 42 */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* 44 */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/",
        " AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", /* not canonical */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\303\244",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(portal_token_wellformed(bad[i]));
        assert_false(portal_id_wellformed(bad[i]));
    }
    assert_true(portal_token_wellformed("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_true(portal_token_wellformed("__________________________________________8"));
    assert_true(portal_id_wellformed("AAAAAAAAAAAAAAAAAAAAAA"));
    assert_false(portal_id_wellformed("AAAAAAAAAAAAAAAAAAAAAB"));
    assert_false(portal_id_wellformed("AAAAAAAAAAAAAAAAAAAAA"));
    assert_false(portal_id_wellformed("AAAAAAAAAAAAAAAAAAAAAAA"));
    /* libsodium takes 0xb3 for a character of base64 */
    assert_false(portal_id_wellformed("AAAAAAAAAAAAAAAAAAAA\xb3w"));
}

static void the_hash_is_blake2b_256(void **state)
{
    (void)state;
    char hash[PORTAL_HASH_SIZE];
    portal_token_hash(hash, "abc"); /* known answer: b2sum -l 256 */
    assert_string_equal(
        hash, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    portal_token_hash(hash, "");
    assert_string_equal(
        hash, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(tokens_are_wellformed_and_differ),
        pool_test(ids_are_wellformed_and_differ),
        pool_test(rubbish_is_not_a_token),
        pool_test(the_hash_is_blake2b_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

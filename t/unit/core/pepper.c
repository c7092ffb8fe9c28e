/* SPDX-License-Identifier: Apache-2.0 */
/* core/pepper: what is hashed depends on the key and on the NFC of the password only. */
#include "unit.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "core/pepper.h"

#define A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define B "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

static portal_keyring_t *ring_of(const char *text, apr_pool_t *pool)
{
    char path[] = "/tmp/portal-pepper-XXXXXX";
    portal_keyring_t *ring;
    const char *error;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(portal_keyring_read(&ring, path, &error, pool), APR_SUCCESS);
    unlink(path);
    return ring;
}

static void is_the_keyed_hash_in_base64(void **state)
{
    portal_keyring_t *ring = ring_of("key 1 " A "\n", *state);
    unsigned char key[PORTAL_SUBKEY_BYTES], digest[32];
    char out[PORTAL_PEPPER_SIZE], expected[64];

    assert_int_equal(portal_keyring_subkey(key, ring, PORTAL_KEY_PEPPER, 1), APR_SUCCESS);
    crypto_generichash(digest, 32, (const unsigned char *)"caf\xc3\xa9", 5, key, 32);
    sodium_bin2base64(expected, 64, digest, 32, sodium_base64_VARIANT_ORIGINAL);
    assert_int_equal(portal_pepper(out, ring, 0, "caf\xc3\xa9"), APR_SUCCESS);
    assert_string_equal(out, expected);
    assert_int_equal(strlen(out), 44);
    /* e + combining acute is the same password. */
    assert_int_equal(portal_pepper(out, ring, 0, "cafe\xcc\x81"), APR_SUCCESS);
    assert_string_equal(out, expected);
    assert_int_equal(portal_pepper(out, ring, 0, "cafe"), APR_SUCCESS);
    assert_string_not_equal(out, expected);
    /* Compatibility forms stay apart: NFC, not NFKC. */
    assert_int_equal(portal_pepper(out, ring, 0,
                                   "\xef\xbd\x83"
                                   "af\xc3\xa9"),
                     APR_SUCCESS);
    assert_string_not_equal(out, expected);
}

static void follows_the_key(void **state)
{
    portal_keyring_t *ring = ring_of("key 2 " B "\nkey 1 " A "\n", *state);
    char now[PORTAL_PEPPER_SIZE], old[PORTAL_PEPPER_SIZE], alone[PORTAL_PEPPER_SIZE];

    assert_int_equal(portal_pepper(now, ring, 0, "pw"), APR_SUCCESS);
    assert_int_equal(portal_pepper(old, ring, 1, "pw"), APR_SUCCESS);
    assert_string_not_equal(now, old);
    ring = ring_of("key 1 " A "\n", *state);
    assert_int_equal(portal_pepper(alone, ring, 0, "pw"), APR_SUCCESS);
    assert_string_equal(old, alone);
    assert_int_equal(portal_pepper(now, ring, 2, "pw"), APR_NOTFOUND);
    assert_string_equal(now, "");
}

static void refuses_what_is_no_text(void **state)
{
    portal_keyring_t *ring = ring_of("key 1 " A "\n", *state);
    char out[PORTAL_PEPPER_SIZE], big[PORTAL_PEPPER_PASSWORD_MAX + 2];

    assert_int_equal(portal_pepper(out, ring, 0, "\xff"), APR_EINVAL);
    assert_string_equal(out, "");
    assert_int_equal(portal_pepper(out, ring, 0, "a\xed\xa0\x80"), APR_EINVAL);
    memset(big, 'a', sizeof(big));
    big[sizeof(big) - 1] = '\0';
    assert_int_equal(portal_pepper(out, ring, 0, big), APR_EINVAL);
    big[sizeof(big) - 2] = '\0';
    assert_int_equal(portal_pepper(out, ring, 0, big), APR_SUCCESS);
    assert_int_equal(portal_pepper(out, ring, 0, ""), APR_SUCCESS);
    assert_int_equal(strlen(out), 44);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(is_the_keyed_hash_in_base64),
        pool_test(follows_the_key),
        pool_test(refuses_what_is_no_text),
    };
    return cmocka_run_group_tests_name("core/pepper", tests, NULL, NULL);
}

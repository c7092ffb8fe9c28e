/* SPDX-License-Identifier: Apache-2.0 */
/* core/seal: what is sealed opens at its own place only, and no change goes unseen. */
#include "unit.h"

#include <apr_strings.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/seal.h"

#define A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define B "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

static portal_keyring_t *ring_of(const char *text, apr_pool_t *pool)
{
    char path[] = "/tmp/portal-seal-XXXXXX";
    portal_keyring_t *ring;
    const char *error;
    int fd = mkstemp(path); /* mode 0600 */
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(portal_keyring_read(&ring, path, &error, pool), APR_SUCCESS);
    unlink(path);
    return ring;
}

static portal_seal_t place_of(const char *keys, apr_pool_t *pool)
{
    return (portal_seal_t){ring_of(keys, pool), PORTAL_KEY_ANSWERS, "response:abc"};
}

static const char *sealed_of(const portal_seal_t *place, const char *plain,
                             apr_pool_t *pool)
{
    const char *sealed;
    assert_int_equal(portal_seal(&sealed, place, plain, strlen(plain), pool),
                     APR_SUCCESS);
    return sealed;
}

static void opens_as(const portal_seal_t *place, const char *sealed, const char *expected,
                     apr_pool_t *pool)
{
    const char *plain;
    apr_size_t length;
    assert_int_equal(portal_unseal(&plain, &length, place, sealed, pool), APR_SUCCESS);
    assert_int_equal(length, strlen(expected));
    assert_string_equal(plain, expected);
}

static void fails_with(apr_status_t expected, const portal_seal_t *place,
                       const char *sealed, apr_pool_t *pool)
{
    const char *plain = "untouched";
    apr_size_t length = 9;
    assert_int_equal(portal_unseal(&plain, &length, place, sealed, pool), expected);
    assert_null(plain);
    assert_int_equal(length, 0);
}

static void what_is_sealed_opens(void **state)
{
    portal_seal_t place = place_of("key 4 " A "\n", *state);
    const char *texts[] = {"", "x", "{\"a\":1.10}",
                           "\xd9\x85\xd8\xb1\xd9\x8a\xd9\x85 \xe6\x9d\x8e"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *sealed = sealed_of(&place, texts[i], *state);
        assert_memory_equal(sealed, "v1.4.", 5);
        assert_int_equal(portal_seal_key_id(sealed), 4);
        opens_as(&place, sealed, texts[i], *state);
        assert_string_not_equal(sealed, sealed_of(&place, texts[i], *state));
    }
}

static void bytes_with_zeros_survive(void **state)
{
    portal_seal_t place = place_of("key 4 " A "\n", *state);
    unsigned char bytes[1000];
    const char *sealed;
    const char *plain;
    apr_size_t length;
    for (int i = 0; i < 1000; i++) {
        bytes[i] = (unsigned char)i;
    }
    assert_int_equal(portal_seal(&sealed, &place, bytes, 1000, *state), APR_SUCCESS);
    assert_int_equal(portal_unseal(&plain, &length, &place, sealed, *state), APR_SUCCESS);
    assert_int_equal(length, 1000);
    assert_memory_equal(plain, bytes, 1000);
    assert_int_equal(plain[1000], '\0');
}

static void another_place_does_not_open_it(void **state)
{
    portal_seal_t place = place_of("key 4 " A "\n", *state);
    const char *sealed = sealed_of(&place, "secret", *state);
    portal_seal_t other = place;
    other.row = "response:abd";
    fails_with(APR_EACCES, &other, sealed, *state);
    other.row = "";
    fails_with(APR_EACCES, &other, sealed, *state);
    other = place;
    other.purpose = PORTAL_KEY_MAIL;
    fails_with(APR_EACCES, &other, sealed, *state);
    other = place_of("key 4 " B "\n", *state);
    fails_with(APR_EACCES, &other, sealed, *state);
    other = place_of("key 5 " A "\n", *state);
    fails_with(APR_NOTFOUND, &other, sealed, *state);
}

static void rotation_keeps_old_seals(void **state)
{
    portal_seal_t before = place_of("key 4 " A "\n", *state);
    portal_seal_t after = place_of("key 5 " B "\nkey 4 " A "\n", *state);
    const char *sealed = sealed_of(&before, "secret", *state);
    opens_as(&after, sealed, "secret", *state);
    assert_int_equal(portal_seal_key_id(sealed_of(&after, "secret", *state)), 5);
}

static void the_key_id_is_bound(void **state)
{
    portal_seal_t both = place_of("key 5 " B "\nkey 4 " A "\n", *state);
    char *sealed = apr_pstrdup(*state, sealed_of(&both, "secret", *state));
    sealed[3] = '4';
    fails_with(APR_EACCES, &both, sealed, *state);
}

static void every_changed_character_is_noticed(void **state)
{
    portal_seal_t place = place_of("key 4 " A "\n", *state);
    const char *sealed = sealed_of(&place, "sixsix", *state);
    for (size_t i = 5; i < strlen(sealed); i++) {
        char *changed = apr_pstrdup(*state, sealed);
        const char *plain;
        apr_size_t length;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        apr_status_t status = portal_unseal(&plain, &length, &place, changed, *state);
        assert_true(status == APR_EACCES || status == APR_EINVAL);
        assert_null(plain);
    }
}

static void rubbish_is_malformed(void **state)
{
    portal_seal_t place = place_of("key 4 " A "\n", *state);
    const char *sealed = sealed_of(&place, "secret", *state);
    const char *bad[] = {
        NULL,
        "",
        "v1",
        "v1.",
        "v1.4",
        "v1.4.",
        "v1.4.AA",
        "v2.4.AA",
        "v1.04.AA",
        "v1.x.AA",
        "v1.-4.",
        "v1..AA",
        "v1.1000000000.AA",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fails_with(APR_EINVAL, &place, bad[i], *state);
    }
    assert_int_equal(portal_seal_key_id("v1.x.AA"), 0);
    fails_with(APR_EINVAL, &place, apr_pstrcat(*state, sealed, " ", NULL), *state);
    fails_with(APR_EINVAL, &place, apr_pstrcat(*state, sealed, "=", NULL), *state);
    fails_with(APR_EINVAL, &place, apr_pstrndup(*state, sealed, 40), *state);
    fails_with(APR_EACCES, &place, apr_pstrndup(*state, sealed, strlen(sealed) - 2),
               *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(what_is_sealed_opens),
        pool_test(bytes_with_zeros_survive),
        pool_test(another_place_does_not_open_it),
        pool_test(rotation_keeps_old_seals),
        pool_test(the_key_id_is_bound),
        pool_test(every_changed_character_is_noticed),
        pool_test(rubbish_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* core/keyring: making and reading key files, each refusal, derivation and rotation. */
#include "unit.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/keyring.h"

#define A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* bytes 00 01 … 1f */
#define B "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=" /* bytes 20 21 … 3f */

static char folder[] = "/tmp/portal-keyring-XXXXXX";

static const char *path_of(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, folder, "/", name, NULL);
}

static const char *file_of(const char *text, mode_t mode, apr_pool_t *pool)
{
    const char *path = path_of("test.key", pool);
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    return path;
}

static portal_keyring_t *ring_of(const char *text, apr_pool_t *pool)
{
    portal_keyring_t *ring;
    const char *error;
    assert_int_equal(portal_keyring_read(&ring, file_of(text, 0600, pool), &error, pool),
                     APR_SUCCESS);
    assert_null(error);
    return ring;
}

static void refuses(const char *text, const char *reason, apr_pool_t *pool)
{
    portal_keyring_t *ring;
    const char *error;
    const char *path = file_of(text, 0600, pool);
    assert_int_equal(portal_keyring_read(&ring, path, &error, pool), APR_EINVAL);
    assert_null(ring);
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, reason));
    assert_null(strstr(error, "AAECAwQ"));
}

static void a_made_file_can_be_read(void **state)
{
    const char *path = path_of("made.key", *state);
    const char *error;
    portal_keyring_t *ring;
    struct stat info;
    mode_t old = umask(0);
    assert_int_equal(portal_keyring_create(path, &error, *state), APR_SUCCESS);
    umask(old);
    assert_null(error);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_SUCCESS);
    assert_int_equal(portal_keyring_current(ring), 1);
    assert_int_equal(portal_keyring_count(ring), 1);

    assert_int_equal(portal_keyring_create(path, &error, *state), APR_EEXIST);
    assert_non_null(strstr(error, "made.key"));
    unlink(path);
    assert_int_equal(portal_keyring_create(path_of("no/such", *state), &error, *state),
                     APR_ENOENT);
    assert_non_null(error);
}

static void two_made_files_differ(void **state)
{
    char mac[2][PORTAL_MAC_SIZE];
    for (int i = 0; i < 2; i++) {
        const char *path = path_of("made.key", *state);
        const char *error;
        portal_keyring_t *ring;
        assert_int_equal(portal_keyring_create(path, &error, *state), APR_SUCCESS);
        assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_SUCCESS);
        portal_keyring_mac(mac[i], ring, PORTAL_KEY_CSRF, 0, "x", 1);
        unlink(path);
    }
    assert_string_not_equal(mac[0], mac[1]);
}

static void a_file_open_to_others_is_refused(void **state)
{
    const mode_t modes[] = {0640, 0604, 0660, 0620, 0601, 0644, 0444};
    portal_keyring_t *ring;
    const char *error;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        const char *path = file_of("key 1 " A "\n", modes[i], *state);
        assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_EACCES);
        assert_null(ring);
        assert_non_null(strstr(error, "chmod 0600"));
    }
    const char *path = file_of("key 1 " A "\n", 0400, *state);
    assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_SUCCESS);
}

static void a_foreign_owner_is_refused(void **state)
{
    portal_keyring_t *ring;
    const char *error;
    const char *path = file_of("key 1 " A "\n", 0600, *state);
    if (geteuid() != 0) {
        skip(); /* only root can give a file away */
    }
    assert_int_equal(chown(path, 12345, 12345), 0);
    assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_EACCES);
    assert_non_null(strstr(error, "12345"));
}

static void what_is_no_file_is_refused(void **state)
{
    portal_keyring_t *ring;
    const char *error;
    assert_int_equal(portal_keyring_read(&ring, path_of("none", *state), &error, *state),
                     APR_ENOENT);
    assert_non_null(error);
    assert_int_equal(portal_keyring_read(&ring, folder, &error, *state), APR_EINVAL);
    const char *pipe = path_of("pipe", *state);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(portal_keyring_read(&ring, pipe, &error, *state), APR_EINVAL);
    unlink(pipe);
    char *large = apr_pcalloc(*state, 65538);
    memset(large, '#', 65537);
    refuses(large, "not a key file", *state);
    large[65536] = '\0';
    refuses(large, "no key", *state);
}

static void malformed_lines_are_refused(void **state)
{
    const char *bad[] = {
        "hello",
        "key",
        "key 1",
        "key 1 ",
        "key 0 " A,
        "key 01 " A,
        "key -1 " A,
        "key one " A,
        "key 1000000000 " A,
        "key 1  " A,
        " key 1 " A,
        "KEY 1 " A,
        "key 1 " A " ",
        "key 1 " A " old",
        "key 1 AAECAwQ=",
        "key 1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "key 1 " A "AAAA",
        "key 1 !AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuses(bad[i], "line 1: expected", *state);
        refuses(apr_pstrcat(*state, "key 7 " B "\n# old\n", bad[i], "\n", NULL),
                "line 3: expected", *state);
    }
}

static void empty_and_double_keys_are_refused(void **state)
{
    refuses("", "no key", *state);
    refuses("# nothing\n\n", "no key", *state);
    refuses("key 1 " A "\nkey 1 " B "\n", "line 2: this key id", *state);
    refuses("key 1 " A "\nkey 2 " A "\n", "line 2: this key stands", *state);
    refuses("key 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "all zero", *state);
}

static void a_zero_byte_is_refused(void **state)
{
    portal_keyring_t *ring;
    const char *error;
    const char *path = file_of("key 1 " A "\n", 0600, *state);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fwrite("\0junk", 1, 5, file);
    fclose(file);
    assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_EINVAL);
    assert_non_null(strstr(error, "zero byte"));
}

static void all_keys_are_listed_in_order(void **state)
{
    portal_keyring_t *ring = ring_of("# keys\r\nkey 7 " A "\r\n\r\nkey 3 " B, *state);
    assert_int_equal(portal_keyring_current(ring), 7);
    assert_int_equal(portal_keyring_count(ring), 2);
    assert_int_equal(portal_keyring_id(ring, 0), 7);
    assert_int_equal(portal_keyring_id(ring, 1), 3);
    assert_int_equal(portal_keyring_current(ring_of("key 999999999 " A "\n", *state)),
                     PORTAL_KEY_ID_MAX);
}

static void macs_depend_on_everything(void **state)
{
    char mac[6][PORTAL_MAC_SIZE];
    portal_keyring_t *ring = ring_of("key 2 " A "\nkey 1 " B "\n", *state);
    portal_keyring_mac(mac[0], ring, PORTAL_KEY_CSRF, 0, "data", 4);
    portal_keyring_mac(mac[1], ring, PORTAL_KEY_CSRF, 1, "data", 4);
    portal_keyring_mac(mac[2], ring, PORTAL_KEY_COOKIE, 0, "data", 4);
    portal_keyring_mac(mac[3], ring, PORTAL_KEY_CSRF, 0, "datb", 4);
    portal_keyring_mac(mac[4], ring, PORTAL_KEY_CSRF, 0, "data", 3);
    portal_keyring_mac(mac[5], ring, PORTAL_KEY_CSRF, 0, NULL, 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(strlen(mac[i]), 64);
        assert_int_equal(strspn(mac[i], "0123456789abcdef"), 64);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(mac[i], mac[j]);
        }
    }
    char again[PORTAL_MAC_SIZE];
    assert_int_equal(portal_keyring_mac(again, ring, PORTAL_KEY_CSRF, 2, "data", 4),
                     APR_SUCCESS);
    assert_string_equal(again, mac[0]);
    assert_int_equal(portal_keyring_mac(again, ring, PORTAL_KEY_CSRF, 9, "data", 4),
                     APR_NOTFOUND);
    assert_string_equal(again, "");
}

/* The derivation may never change: what is sealed today must open in ten years. */
static void derivation_is_fixed(void **state)
{
    unsigned char key[PORTAL_SUBKEY_BYTES];
    char hex[65];
    portal_keyring_t *ring = ring_of("key 1 " A "\n", *state);
    const char *known[] = {
        "645064254c1e2f7223747ab5c716b879100959cec86986a0df590aa15421b9ab",
        "919243c56063be8584c18854c66c1058a797dd78b07327e0b826f3486ad9701e",
        "4cde95d62236ff9840b153b0586e8d84ae49e645574d2204a27157ef45c3f775",
    };
    const portal_key_purpose_t purposes[] = {PORTAL_KEY_ANSWERS, PORTAL_KEY_PEPPER,
                                             PORTAL_KEY_DEVICE};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(portal_keyring_subkey(key, ring, purposes[i], 1), APR_SUCCESS);
        for (int n = 0; n < 32; n++) {
            apr_snprintf(hex + 2 * n, 3, "%02x", key[n]);
        }
        assert_string_equal(hex, known[i]);
    }
    assert_int_equal(portal_keyring_subkey(key, ring, PORTAL_KEY_MAIL, 2), APR_NOTFOUND);
    for (int n = 0; n < 32; n++) {
        assert_int_equal(key[n], 0);
    }
}

static void text_is(const char *path, const char *expected, apr_pool_t *pool)
{
    char text[1000] = "";
    struct stat info;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (char *c = text; *c; c++) { /* keys that are made here: 44 characters */
        if (strcspn(c, " \n") == 44 && strncmp(c, A, 44) != 0 && strncmp(c, B, 44) != 0) {
            memmove(c + 3, c + 44, strlen(c + 44) + 1);
            memcpy(c, "NEW", 3);
        }
    }
    assert_string_equal(text, expected);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(access(apr_pstrcat(pool, path, ".new", NULL), F_OK), -1);
}

static void a_key_is_rotated(void **state)
{
    const char *error;
    const char *path = file_of("# ours\nkey 3 " A, 0600, *state);
    unsigned id = 0;
    /* left by one that was killed */
    FILE *left = fopen(apr_pstrcat(*state, path, ".new", NULL), "w");
    assert_non_null(left);
    fclose(left);
    assert_int_equal(portal_keyring_add(path, &id, &error, *state), APR_SUCCESS);
    assert_int_equal(id, 4);
    text_is(path, "# ours\nkey 3 " A "\nkey 4 NEW\n", *state);
    assert_int_equal(portal_keyring_promote(path, 4, &error, *state), APR_SUCCESS);
    text_is(path, "key 4 NEW\n# ours\nkey 3 " A "\n", *state);
    assert_int_equal(portal_keyring_promote(path, 9, &error, *state), APR_NOTFOUND);
    assert_int_equal(portal_keyring_reduce(path, 4, 0, &error, *state), APR_EINVAL);

    unsigned two = 1u << PORTAL_KEY_PEPPER | 1u << PORTAL_KEY_AUDIT_CHAIN;
    assert_int_equal(
        portal_keyring_reduce(path, 3, two | 1u << PORTAL_KEY_MAIL, &error, *state),
        APR_SUCCESS);
    text_is(path, "key 4 NEW\n# ours\nold 3 audit-chain NEW\nold 3 password NEW\n",
            *state);
    assert_int_equal(
        portal_keyring_reduce(path, 3, 1u << PORTAL_KEY_PEPPER, &error, *state),
        APR_SUCCESS);
    text_is(path, "key 4 NEW\n# ours\nold 3 password NEW\n", *state);
    assert_int_equal(portal_keyring_reduce(path, 3, 0, &error, *state), APR_SUCCESS);
    text_is(path, "key 4 NEW\n# ours\n", *state);
}

/* What is left of a key gives the same derived keys as the key did, and no others. */
static void the_rest_of_a_key_works_on(void **state)
{
    const portal_key_purpose_t kept = PORTAL_KEY_PEPPER, gone = PORTAL_KEY_ANSWERS;
    unsigned char before[PORTAL_SUBKEY_BYTES], after[PORTAL_SUBKEY_BYTES];
    const char *error;
    const char *path = file_of("key 2 " A "\nkey 1 " B "\n", 0600, *state);
    portal_keyring_t *ring;
    portal_key_purpose_t purpose;
    assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_SUCCESS);
    portal_keyring_subkey(before, ring, kept, 1);
    assert_int_equal(portal_keyring_each(ring, kept, 1), 1);
    assert_int_equal(portal_keyring_each(ring, kept, 2), 0);
    portal_keyring_reduce(path, 1, 1u << kept, &error, *state);
    assert_int_equal(portal_keyring_read(&ring, path, &error, *state), APR_SUCCESS);
    assert_int_equal(portal_keyring_count(ring), 1);
    assert_int_equal(portal_keyring_rest_count(ring), 1);
    assert_int_equal(portal_keyring_rest(ring, 0, &purpose), 1);
    assert_int_equal(purpose, kept);
    assert_int_equal(portal_keyring_subkey(after, ring, kept, 1), APR_SUCCESS);
    assert_memory_equal(before, after, sizeof after);
    assert_int_equal(portal_keyring_subkey(after, ring, gone, 1), APR_NOTFOUND);
    assert_int_equal(portal_keyring_each(ring, kept, 1), 1);
    assert_int_equal(portal_keyring_each(ring, gone, 1), 0);
    refuses("key 1 " A "\nold 1 password " B "\n", "line 2: this key id", *state);
    refuses("key 1 " A "\nold 2 answers " B "\n", "line 2: expected", *state);
    refuses("old 1 password " A "\n", "no key", *state);
}

static void a_locked_ring_works_on(void **state)
{
    char before[PORTAL_MAC_SIZE];
    char after[PORTAL_MAC_SIZE];
    portal_keyring_t *ring = ring_of("key 2 " A "\nkey 1 " B "\n", *state);
    portal_keyring_mac(before, ring, PORTAL_KEY_CSRF, 1, "data", 4);
    apr_status_t status = portal_keyring_lock(ring);
    assert_true(status == APR_SUCCESS || status == APR_ENOMEM);
    portal_keyring_mac(after, ring, PORTAL_KEY_CSRF, 1, "data", 4);
    assert_string_equal(before, after);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        pool_test(a_made_file_can_be_read),
        pool_test(two_made_files_differ),
        pool_test(a_file_open_to_others_is_refused),
        pool_test(a_foreign_owner_is_refused),
        pool_test(what_is_no_file_is_refused),
        pool_test(malformed_lines_are_refused),
        pool_test(empty_and_double_keys_are_refused),
        pool_test(a_zero_byte_is_refused),
        pool_test(all_keys_are_listed_in_order),
        pool_test(macs_depend_on_everything),
        pool_test(derivation_is_fixed),
        pool_test(a_key_is_rotated),
        pool_test(the_rest_of_a_key_works_on),
        pool_test(a_locked_ring_works_on),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char path[64];
    apr_snprintf(path, sizeof path, "%s/test.key", folder);
    unlink(path);
    rmdir(folder);
    return failed;
}

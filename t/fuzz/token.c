/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: tokens, ids, form tokens and sealed values as they come back from outside. None that
 * nobody made may pass, and what is well-formed has one spelling.
 */
#include "fuzz.h"

#include <sodium.h>
#include <unistd.h>

#include "core/csrf.h"
#include "core/keyring.h"
#include "core/seal.h"
#include "core/token.h"

#define MAC "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* A ring of its own, of which no input knows the key. */
static portal_keyring_t *ring(void)
{
    static portal_keyring_t *kept;
    char folder[] = "/tmp/portal-fuzz-XXXXXX";
    const char *path, *error;
    apr_pool_t *pool;

    if (kept) {
        return kept;
    }
    apr_pool_create(&pool, NULL);
    must(mkdtemp(folder) != NULL);
    path = apr_pstrcat(pool, folder, "/key", NULL);
    must(portal_keyring_create(path, &error, pool) == APR_SUCCESS);
    must(portal_keyring_read(&kept, path, &error, pool) == APR_SUCCESS);
    unlink(path);
    rmdir(folder);
    return kept;
}

static void check_spelling(const char *text, size_t bytes)
{
    unsigned char raw[32];
    char again[64];
    size_t len = 0;

    must(sodium_base642bin(raw, sizeof(raw), text, strlen(text), NULL, &len, NULL,
                           sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
         len == bytes);
    sodium_bin2base64(again, sizeof(again), raw, len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    must(strcmp(again, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *text = fuzz_text(data, size, pool), *plain = "";
    portal_seal_t place = {ring(), PORTAL_KEY_ANSWERS, "fuzz:1:answers"};
    char hash[PORTAL_HASH_SIZE];
    apr_size_t len = 1;

    if (portal_token_wellformed(text)) {
        check_spelling(text, 32);
        portal_token_hash(hash, text);
        must(strlen(hash) == PORTAL_HASH_SIZE - 1);
    }
    if (portal_id_wellformed(text)) {
        check_spelling(text, 16);
    }
    must(!portal_csrf_matches(text, MAC));
    must(portal_unseal(&plain, &len, &place, text, pool) != APR_SUCCESS);
    must(!plain && len == 0);
    (void)portal_seal_key_id(text);
    apr_pool_destroy(pool);
    return 0;
}

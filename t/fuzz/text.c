/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: text as it comes from outside, UTF-8 or not. What was cleaned is clean and stays as it
 * is when cleaned again; so does the key of a case number, or one number would have two.
 */
#include "fuzz.h"

#define MOST 200

static void check_clean(const char *bytes, size_t len, unsigned flags, apr_pool_t *pool)
{
    const char *clean, *again;

    if (portal_text_clean(&clean, bytes, len, MOST, flags, pool) != PORTAL_TEXT_OK) {
        must(!clean);
        return;
    }
    must(portal_text_check(clean, strlen(clean), MOST, flags) == PORTAL_TEXT_OK);
    must(portal_text_length(clean) <= MOST);
    must(portal_text_clean(&again, clean, strlen(clean), MOST, flags, pool) ==
             PORTAL_TEXT_OK &&
         strcmp(clean, again) == 0);
    must(flags || !strpbrk(clean, "\r\n\t"));
    (void)portal_text_sort_key(clean, bytes, pool);
}

static void check_keys(const char *text, apr_pool_t *pool)
{
    const char *key, *again;

    if (portal_text_case_key(&key, text, pool) == APR_SUCCESS) {
        must(*key && portal_text_length(key) <= PORTAL_TEXT_CASE_MAX);
        must(portal_text_case_key(&again, key, pool) == APR_SUCCESS &&
             strcmp(key, again) == 0);
    }
    if (portal_text_mrn_key(&key, text, pool) == APR_SUCCESS) {
        must(portal_text_mrn_key(&again, key, pool) == APR_SUCCESS &&
             strcmp(key, again) == 0);
    }
    key = portal_text_fold(text, pool);
    must(strstr(key, "  ") == NULL && *key != ' ');
}

static void check_secrets(const char *text, apr_pool_t *pool)
{
    const char *secret = portal_text_secret(text, pool), *again;

    if (secret) {
        again = portal_text_secret(secret, pool);
        must(again && strcmp(secret, again) == 0);
    }
    (void)portal_text_password_key(text, pool);
    (void)portal_text_lower_secret(text, pool);
    (void)portal_text_fold_secret(text, pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    char *bytes = apr_palloc(pool, size + 1);
    const char *text = fuzz_text(data, size, pool);

    memcpy(bytes, data, size);
    bytes[size] = '\0';
    check_clean(bytes, size, 0, pool);
    check_clean(bytes, size, PORTAL_TEXT_LINES, pool);
    check_keys(text, pool);
    check_secrets(text, pool);
    apr_pool_destroy(pool);
    return 0;
}

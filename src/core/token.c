/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token: see token.h. Only the one canonical spelling of the bytes is taken (the unused low
 * bits of the last character are zero), so that two different texts are never one token.
 */
#include "core/token.h"

#include <sodium.h>
#include <string.h>

#define TOKEN_BYTES 32
#define ID_BYTES 16
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* libsodium takes some bytes beyond ASCII for characters of base64: they are looked for first. */
static int decodes_to(const char *text, apr_size_t characters, apr_size_t bytes)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char raw[TOKEN_BYTES];
    size_t length = 0;
    if (!text || strnlen(text, characters + 1) != characters ||
        strspn(text, alphabet) != characters) {
        return 0;
    }
    int bad = sodium_base642bin(raw, sizeof raw, text, characters, NULL, &length, NULL,
                                VARIANT);
    sodium_memzero(raw, sizeof raw);
    return bad == 0 && length == bytes;
}

void portal_token_make(char out[PORTAL_TOKEN_SIZE])
{
    unsigned char raw[TOKEN_BYTES];
    randombytes_buf(raw, sizeof raw);
    sodium_bin2base64(out, PORTAL_TOKEN_SIZE, raw, sizeof raw, VARIANT);
    sodium_memzero(raw, sizeof raw);
}

int portal_token_wellformed(const char *text)
{
    return decodes_to(text, PORTAL_TOKEN_SIZE - 1, TOKEN_BYTES);
}

void portal_token_hash(char out[PORTAL_HASH_SIZE], const char *token)
{
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)token, strlen(token),
                       NULL, 0);
    sodium_bin2hex(out, PORTAL_HASH_SIZE, hash, sizeof hash);
}

const char *portal_id_make(apr_pool_t *pool)
{
    unsigned char raw[ID_BYTES];
    char *id = apr_palloc(pool, PORTAL_ID_LENGTH + 1);
    randombytes_buf(raw, sizeof raw);
    return sodium_bin2base64(id, PORTAL_ID_LENGTH + 1, raw, sizeof raw, VARIANT);
}

int portal_id_wellformed(const char *text)
{
    return decodes_to(text, PORTAL_ID_LENGTH, ID_BYTES);
}

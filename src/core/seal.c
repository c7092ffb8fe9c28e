/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal: see seal.h. The authenticated data is the text's own head (`v1.ID.`), then the row's
 * name, so that neither can be exchanged.
 */
#include "core/seal.h"
#include "core/secret.h"

#include <apr_encode.h>
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
/* What is encoded is no secret any more: apr's encoder, which is many times faster than the one in
 * libsodium that takes the same time for all bytes, may be used. */
#define VARIANT (APR_ENCODE_URL | APR_ENCODE_NOPADDING)
#define PLAIN_MAX ((apr_size_t)1 << 30)

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == PORTAL_SUBKEY_BYTES,
               "a derived key fits the cipher");

static const char *head_of(unsigned key_id, apr_pool_t *pool)
{
    return apr_psprintf(pool, "v1.%u.", key_id);
}

/* Text first, so that the head cannot run over into the row: it ends with a dot. */
static const char *bound_data(const char *head, const char *row, apr_pool_t *pool)
{
    return apr_pstrcat(pool, head, row, NULL);
}

apr_status_t portal_seal(const char **sealed, const portal_seal_t *place,
                         const void *plain, apr_size_t len, apr_pool_t *pool)
{
    unsigned char key[PORTAL_SUBKEY_BYTES];
    *sealed = NULL;
    if (len > PLAIN_MAX) {
        return APR_ENOMEM;
    }
    unsigned key_id = portal_keyring_current(place->ring);
    const char *head = head_of(key_id, pool);
    const char *bound = bound_data(head, place->row, pool);
    unsigned char *box = apr_palloc(pool, NONCE + len + TAG);
    randombytes_buf(box, NONCE);

    portal_keyring_subkey(key, place->ring, place->purpose, key_id);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, plain, len,
                                               (const unsigned char *)bound,
                                               strlen(bound), NULL, box, key);
    sodium_memzero(key, sizeof key);

    *sealed = apr_pstrcat(pool, head,
                          apr_pencode_base64_binary(
                              pool, box, (apr_ssize_t)(NONCE + len + TAG), VARIANT, NULL),
                          NULL);
    return APR_SUCCESS;
}

/* Reads `v1.ID.`; returns what follows, or NULL. */
static const char *skip_head(const char *sealed, unsigned *key_id)
{
    if (!sealed || strncmp(sealed, "v1.", 3) != 0) {
        return NULL;
    }
    const char *digits = sealed + 3;
    apr_size_t count = strspn(digits, "0123456789");
    if (count == 0 || count > 9 || digits[0] == '0' || digits[count] != '.') {
        return NULL;
    }
    *key_id = (unsigned)apr_atoi64(digits);
    return digits + count + 1;
}

/* Decodes what portal_seal encoded, and nothing else: of the ways to write the same bytes (padding, the
 * other alphabet, bits that count for nothing) only ours. NULL: it is not that. */
static const unsigned char *decode(const char *body, apr_size_t *len, apr_pool_t *pool)
{
    apr_size_t size = strlen(body);
    unsigned char *box = apr_palloc(pool, size / 4 * 3 + 3);
    const char *again;

    if (apr_decode_base64_binary(box, body, (apr_ssize_t)size, APR_ENCODE_NONE, len))
        return NULL;
    again = apr_pencode_base64_binary(pool, box, (apr_ssize_t)*len, VARIANT, NULL);
    return again && strcmp(again, body) == 0 ? box : NULL;
}

apr_status_t portal_unseal(const char **plain, apr_size_t *len,
                           const portal_seal_t *place, const char *sealed,
                           apr_pool_t *pool)
{
    unsigned key_id = 0;
    unsigned char key[PORTAL_SUBKEY_BYTES];
    apr_size_t length = 0;
    *plain = NULL;
    *len = 0;
    const char *body = skip_head(sealed, &key_id);
    if (!body) {
        return APR_EINVAL;
    }
    const unsigned char *box = decode(body, &length, pool);
    if (!box || length < NONCE + TAG) {
        return APR_EINVAL;
    }
    if (portal_keyring_subkey(key, place->ring, place->purpose, key_id) != APR_SUCCESS) {
        return APR_NOTFOUND;
    }
    const char *bound = bound_data(head_of(key_id, pool), place->row, pool);
    apr_size_t opened = length - NONCE - TAG;
    unsigned char *text = apr_palloc(pool, opened + 1);
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
        text, NULL, NULL, box + NONCE, length - NONCE, (const unsigned char *)bound,
        strlen(bound), box, key);
    sodium_memzero(key, sizeof key);
    if (bad) {
        return APR_EACCES;
    }
    text[opened] = '\0';
    portal_secret_wipe_with(text, opened, pool);
    *plain = (const char *)text;
    *len = opened;
    return APR_SUCCESS;
}

unsigned portal_seal_key_id(const char *sealed)
{
    unsigned key_id = 0;
    return skip_head(sealed, &key_id) ? key_id : 0;
}

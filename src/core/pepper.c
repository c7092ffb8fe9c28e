/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pepper: see pepper.h. utf8proc_NFC() is not used: it reallocates, and would leave a copy
 * of the password in freed memory.
 */
#include "core/pepper.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

_Static_assert(sodium_base64_ENCODED_LEN(crypto_generichash_BYTES,
                                         sodium_base64_VARIANT_ORIGINAL) <=
                   PORTAL_PEPPER_SIZE,
               "the result fits");

static void mix(char out[PORTAL_PEPPER_SIZE],
                const unsigned char key[PORTAL_SUBKEY_BYTES], const void *text,
                size_t len)
{
    unsigned char digest[crypto_generichash_BYTES];

    crypto_generichash(digest, sizeof(digest), text, len, key, PORTAL_SUBKEY_BYTES);
    sodium_bin2base64(out, PORTAL_PEPPER_SIZE, digest, sizeof(digest),
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(digest, sizeof(digest));
}

/* Calls mix() with the NFC of `password`; `size` is its length in bytes. */
static apr_status_t mix_nfc(char out[PORTAL_PEPPER_SIZE],
                            const unsigned char key[PORTAL_SUBKEY_BYTES],
                            const char *password, size_t size)
{
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)password;
    utf8proc_ssize_t points =
        utf8proc_decompose(bytes, (utf8proc_ssize_t)size, NULL, 0, how);
    utf8proc_ssize_t len;
    utf8proc_int32_t *buffer;
    size_t room;

    if (points < 0)
        return APR_EINVAL;
    /* One more, since re-encoding happens in place and ends with a NUL. */
    room = ((size_t)points + 1) * sizeof(*buffer);
    if (!(buffer = malloc(room)))
        return APR_ENOMEM;
    points = utf8proc_decompose(bytes, (utf8proc_ssize_t)size, buffer, points, how);
    len = points < 0 ? points : utf8proc_reencode(buffer, points, how);
    if (len >= 0 && len <= PORTAL_PEPPER_PASSWORD_MAX)
        mix(out, key, buffer, (size_t)len);
    else
        len = -1;
    sodium_memzero(buffer, room);
    free(buffer);
    return len < 0 ? APR_EINVAL : APR_SUCCESS;
}

apr_status_t portal_pepper(char out[PORTAL_PEPPER_SIZE], const portal_keyring_t *ring,
                           unsigned key_id, const char *password)
{
    unsigned char key[PORTAL_SUBKEY_BYTES];
    size_t size = strnlen(password, PORTAL_PEPPER_PASSWORD_MAX + 1);
    apr_status_t rv;

    out[0] = '\0';
    if (size > PORTAL_PEPPER_PASSWORD_MAX)
        return APR_EINVAL;
    rv = portal_keyring_subkey(key, ring, PORTAL_KEY_PEPPER, key_id);
    if (rv == APR_SUCCESS)
        rv = mix_nfc(out, key, password, size);
    sodium_memzero(key, sizeof(key));
    return rv;
}

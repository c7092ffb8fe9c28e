/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csrf: see csrf.h. The masked form is mask || (mask xor mac), 32 bytes each.
 */
#include "core/csrf.h"

#include <sodium.h>
#include <string.h>

#define MAC_BYTES 32
#define MASKED_LENGTH 86 /* base64url characters for 64 bytes */
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

static int read_mac(unsigned char out[MAC_BYTES], const char *hex)
{
    size_t length = 0;
    return strnlen(hex, 2 * MAC_BYTES + 1) == 2 * MAC_BYTES &&
           sodium_hex2bin(out, MAC_BYTES, hex, 2 * MAC_BYTES, NULL, &length, NULL) == 0 &&
           length == MAC_BYTES;
}

const char *portal_csrf_mask(const char *mac_hex, apr_pool_t *pool)
{
    unsigned char mac[MAC_BYTES];
    unsigned char both[2 * MAC_BYTES];
    char *masked = apr_palloc(pool, MASKED_LENGTH + 1);
    if (!read_mac(mac, mac_hex)) {
        return NULL;
    }
    randombytes_buf(both, MAC_BYTES);
    for (int i = 0; i < MAC_BYTES; i++) {
        both[MAC_BYTES + i] = both[i] ^ mac[i];
    }
    sodium_bin2base64(masked, MASKED_LENGTH + 1, both, sizeof both, VARIANT);
    sodium_memzero(mac, sizeof mac);
    sodium_memzero(both, sizeof both);
    return masked;
}

int portal_csrf_matches(const char *masked, const char *mac_hex)
{
    unsigned char mac[MAC_BYTES];
    unsigned char both[2 * MAC_BYTES];
    size_t length = 0;
    if (!masked || strnlen(masked, MASKED_LENGTH + 1) != MASKED_LENGTH ||
        sodium_base642bin(both, sizeof both, masked, MASKED_LENGTH, NULL, &length, NULL,
                          VARIANT) != 0 ||
        length != sizeof both || !read_mac(mac, mac_hex)) {
        return 0;
    }
    for (int i = 0; i < MAC_BYTES; i++) {
        both[i] ^= both[MAC_BYTES + i];
    }
    int same = sodium_memcmp(both, mac, MAC_BYTES) == 0;
    sodium_memzero(mac, sizeof mac);
    sodium_memzero(both, sizeof both);
    return same;
}

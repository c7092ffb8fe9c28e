/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret.h"
#include "core/text.h"
#include "core/totp.h"

#define DIGITS 6
#define STEP apr_time_from_sec(30)
#define GROUP 4

void portal_totp_make(unsigned char secret[PORTAL_TOTP_SECRET])
{
    randombytes_buf(secret, PORTAL_TOTP_SECRET);
}

/* Base32 without padding (20 bytes need none); a letter in `gap` after each group. */
static const char *base32(const unsigned char *secret, const char *gap, apr_pool_t *pool)
{
    char *made = NULL, *text;
    apr_size_t len = 0, at = 0;

    if (oath_base32_encode((const char *)secret, PORTAL_TOTP_SECRET, &made, &len) !=
        OATH_OK)
        return NULL;
    text = apr_pcalloc(pool, 2 * len + 1);
    portal_secret_wipe_with(text, 2 * len, pool);
    for (apr_size_t i = 0; i < len; i++) {
        if (*gap && i && i % GROUP == 0)
            text[at++] = *gap;
        text[at++] = made[i];
    }
    sodium_memzero(made, len);
    free(made);
    return text;
}

const char *portal_totp_text(const unsigned char secret[PORTAL_TOTP_SECRET],
                             apr_pool_t *pool)
{
    return base32(secret, " ", pool);
}

/* Each byte but the unreserved ones as %XX (RFC 3986 section 2.3): apps take a + for itself. */
static const char *escaped(const char *text, apr_pool_t *pool)
{
    char *made = apr_palloc(pool, 3 * strlen(text) + 1), *to = made;

    for (; *text; text++)
        if (apr_isalnum(*text) || strchr("-_.~", *text))
            *to++ = *text;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*text);
    *to = '\0';
    return made;
}

const char *portal_totp_uri(const unsigned char secret[PORTAL_TOTP_SECRET],
                            const char *issuer, const char *account, apr_pool_t *pool)
{
    const char *text = base32(secret, "", pool), *uri;
    const char *name = escaped(issuer, pool);

    if (!text)
        return NULL;
    uri = apr_pstrcat(pool, "otpauth://totp/", name, ":", escaped(account, pool),
                      "?secret=", text, "&issuer=", name, NULL);
    portal_secret_wipe_with((void *)uri, strlen(uri), pool);
    return uri;
}

const char *portal_totp_read(const char *typed, apr_pool_t *pool)
{
    const char *key = portal_text_password_key(typed, pool);

    if (!key || strlen(key) != DIGITS || strspn(key, "0123456789") != DIGITS)
        return "";
    return key;
}

/* 1 when `code` is the one of this counter. */
static int is_code_of(const unsigned char *secret, const char *code, apr_int64_t counter)
{
    char right[DIGITS + 1] = "";
    int same = oath_hotp_generate((const char *)secret, PORTAL_TOTP_SECRET,
                                  (apr_uint64_t)counter, DIGITS, 0,
                                  OATH_HOTP_DYNAMIC_TRUNCATION, right) == OATH_OK &&
               sodium_memcmp(right, code, DIGITS) == 0;

    sodium_memzero(right, sizeof(right));
    return same;
}

portal_totp_verdict_t portal_totp_check(const unsigned char secret[PORTAL_TOTP_SECRET],
                                        const char *code, apr_time_t now,
                                        apr_int64_t last, apr_int64_t *counter)
{
    apr_int64_t middle = now / STEP;
    int right = 0;

    *counter = 0;
    if (strlen(code) != DIGITS)
        return PORTAL_TOTP_WRONG;
    for (apr_int64_t c = middle - PORTAL_TOTP_WINDOW; c <= middle + PORTAL_TOTP_WINDOW;
         c++) {
        int is = is_code_of(secret, code, c);
        right |= is;
        if (is && c > last)
            *counter = c;
    }
    if (*counter)
        return PORTAL_TOTP_OK;
    return right ? PORTAL_TOTP_USED : PORTAL_TOTP_WRONG;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <utf8proc.h>

#include "core/urlencoded.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)apr_tolower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int valid_utf8(const char *text, apr_size_t len)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    while (len) {
        utf8proc_int32_t code;
        utf8proc_ssize_t n = utf8proc_iterate(at, (utf8proc_ssize_t)len, &code);
        if (n <= 0)
            return 0;
        at += n;
        len -= (apr_size_t)n;
    }
    return 1;
}

/* Decodes one name or value; sets *malformed and returns "" when it cannot be. */
static const char *decode(const char *from, apr_size_t len, int *malformed,
                          apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len + 1), *to = text;

    for (apr_size_t i = 0; i < len; i++) {
        if (from[i] == '+') {
            *to++ = ' ';
        } else if (from[i] == '%') {
            int high = i + 2 < len ? hex(from[i + 1]) : -1;
            int low = i + 2 < len ? hex(from[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0)
                goto bad;
            *to++ = (char)(high * 16 + low);
            i += 2;
        } else if (from[i] == '\0') {
            goto bad;
        } else {
            *to++ = from[i];
        }
    }
    *to = '\0';
    if (valid_utf8(text, (apr_size_t)(to - text)))
        return text;
bad:
    *malformed = 1;
    return "";
}

static void read_pair(portal_pair_t *pair, const char *from, apr_size_t len,
                      apr_pool_t *pool)
{
    const char *equals = memchr(from, '=', len);
    apr_size_t name_len = equals ? (apr_size_t)(equals - from) : len;

    pair->malformed = 0;
    pair->name = decode(from, name_len, &pair->malformed, pool);
    pair->value =
        equals ? decode(equals + 1, len - name_len - 1, &pair->malformed, pool) : "";
}

apr_status_t portal_urlencoded_read(apr_array_header_t **pairs, const char *body,
                                    apr_size_t len, int most, apr_pool_t *pool)
{
    *pairs = apr_array_make(pool, 8, sizeof(portal_pair_t));
    while (len) {
        const char *end = memchr(body, '&', len);
        apr_size_t n = end ? (apr_size_t)(end - body) : len;
        if (n && (*pairs)->nelts == most)
            return APR_ENOSPC;
        if (n)
            read_pair(apr_array_push(*pairs), body, n, pool);
        n += end ? 1 : 0;
        body += n;
        len -= n;
    }
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* accept: see accept.h. */
#include <apr_lib.h>
#include <string.h>
#include <strings.h>

#include "core/accept.h"

#define SPACES " \t"

/* Is the element at `at` of this type? Parameters may follow. */
static int is_type(const char *at, const char *type)
{
    apr_size_t len = strlen(type);
    return !strncasecmp(at, type, len) && (!at[len] || strchr(SPACES ";,", at[len]));
}

static portal_accept_t kind_of(const char *at)
{
    if (is_type(at, "text/html") || is_type(at, "application/xhtml+xml"))
        return PORTAL_ACCEPT_HTML;
    if (is_type(at, "application/json") || is_type(at, "application/problem+json"))
        return PORTAL_ACCEPT_JSON;
    return PORTAL_ACCEPT_ANY;
}

/* Where the value of the parameter q begins; NULL: there is none before `end`. */
static const char *find_q(const char *at, const char *end)
{
    while ((at = memchr(at, ';', (apr_size_t)(end - at))) != NULL) {
        at++;
        at += strspn(at, SPACES);
        if (!strncasecmp(at, "q=", 2))
            return at + 2;
    }
    return NULL;
}

/* In thousandths. */
static int quality_of(const char *at, const char *end)
{
    const char *q = find_q(at, end);
    int quality = 0, unit = 1000;

    if (!q || (!apr_isdigit(*q) && *q != '.'))
        return 1000;
    for (; apr_isdigit(*q) || *q == '.'; q++) {
        if (*q == '.')
            unit = 100;
        else {
            quality += (*q - '0') * unit;
            unit /= 10;
        }
    }
    return quality < 1000 ? quality : 1000;
}

portal_accept_t portal_accept(const char *header)
{
    portal_accept_t best = PORTAL_ACCEPT_ANY, refused = PORTAL_ACCEPT_ANY;
    int best_quality = 0;

    for (const char *at = header; at && *at;) {
        const char *end = at + strcspn(at, ",");
        portal_accept_t kind;
        at += strspn(at, SPACES);
        kind = kind_of(at);
        if (kind != PORTAL_ACCEPT_ANY) {
            int quality = quality_of(at, end);
            if (!quality)
                refused = kind;
            if (quality > best_quality) {
                best = kind;
                best_quality = quality;
            }
        }
        at = *end ? end + 1 : end;
    }
    if (best == PORTAL_ACCEPT_ANY && refused != PORTAL_ACCEPT_ANY)
        return refused == PORTAL_ACCEPT_JSON ? PORTAL_ACCEPT_HTML : PORTAL_ACCEPT_JSON;
    return best;
}

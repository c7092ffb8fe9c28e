/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cookies (RFC 6265bis). httpd's own writer is not used: it logs the value at debug level.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>
#include <strings.h>

#include "web/call.h"
#include "web/request.h"

#define OURS "__Host-portal"
#define BETWEEN ";, \t"

void portal_cookie_set(portal_call_t *call, const char *name, const char *value,
                       int seconds)
{
    const char *age = "";

    if (seconds)
        age = apr_psprintf(call->pool, "; Max-Age=%d", seconds < 0 ? 0 : seconds);
    apr_table_set(call->cookies, name,
                  apr_psprintf(call->pool,
                               "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax%s", name,
                               value, age));
}

/* ---- the header ---- */

/* Is the cookie that begins here one of the portal's? */
static int is_ours(const char *pair)
{
    apr_size_t len = strlen(OURS);
    return !strncasecmp(pair, OURS, len) && strchr("=-" BETWEEN, pair[len]);
}

/* The header without the portal's cookies, all else as it was; the header itself when none of them
 * is in it. Two headers of this name come to us with a comma between them. */
static const char *without_ours(const char *header, apr_pool_t *pool)
{
    char *others = apr_palloc(pool, strlen(header) + 1), *to = others;
    int found = 0;

    for (const char *at = header; *at;) {
        const char *pair = at + strspn(at, BETWEEN), *end = pair + strcspn(pair, ";,");
        if (is_ours(pair)) {
            found = 1;
        } else {
            memcpy(to, at, (apr_size_t)(end - at));
            to += end - at;
        }
        at = end;
    }
    *to = '\0';
    return found ? others + strspn(others, BETWEEN) : header;
}

void portal_cookie_take(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Cookie"), *others;
    portal_request_t *kept;

    if (!header || (others = without_ours(header, r->pool)) == header)
        return;
    kept = portal_request_of(r);
    if (!kept->cookies)
        kept->cookies = header;
    if (*others)
        apr_table_setn(r->headers_in, "Cookie", others);
    else
        apr_table_unset(r->headers_in, "Cookie");
}

const char *portal_cookie_header(const portal_call_t *call)
{
    const char *kept = portal_request_of(call->r)->cookies;
    return kept ? kept : apr_table_get(call->r->headers_in, "Cookie");
}

/* ---- one cookie ---- */

/* The next `name=value` of a Cookie header; NULL at the end. */
static const char *next_pair(const char **at, apr_pool_t *pool)
{
    const char *from = *at, *end;

    from += strspn(from, "; \t");
    if (!*from)
        return NULL;
    end = from + strcspn(from, ";");
    *at = end;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return apr_pstrndup(pool, from, (apr_size_t)(end - from));
}

/* A sibling host can plant a second cookie of the same name, so two values are as good as none. */
const char *portal_cookie_get(const portal_call_t *call, const char *name)
{
    const char *header = portal_cookie_header(call);
    const char *found = NULL, *pair;
    apr_size_t len = strlen(name);

    if (!header || strlen(header) > 16384)
        return NULL;
    while ((pair = next_pair(&header, call->pool)) != NULL) {
        if (strncmp(pair, name, len) || pair[len] != '=')
            continue;
        if (found && strcmp(found, pair + len + 1))
            return NULL;
        found = pair + len + 1;
    }
    return found;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cookies (RFC 6265bis). httpd's own writer is not used: it logs the value at debug level.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "web/call.h"

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
    const char *header = apr_table_get(call->r->headers_in, "Cookie");
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

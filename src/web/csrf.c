/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/csrf.h"
#include "core/token.h"
#include "web/csrf.h"

portal_csrf_verdict_t portal_csrf_origin(const portal_call_t *call)
{
    const char *site = apr_table_get(call->r->headers_in, "Sec-Fetch-Site");
    const char *origin = apr_table_get(call->r->headers_in, "Origin");

    if (site)
        return !strcmp(site, "same-origin") || !strcmp(site, "none")
                   ? PORTAL_CSRF_OK
                   : PORTAL_CSRF_FOREIGN;
    if (origin && strcmp(origin, call->site->origin))
        return PORTAL_CSRF_FOREIGN;
    return PORTAL_CSRF_OK;
}

static int any_cookie_of_ours(const portal_call_t *call)
{
    const char *header = portal_cookie_header(call);
    return header && strstr(header, "__Host-portal") != NULL;
}

static int is_program(const portal_call_t *call)
{
    return call->json_body && !apr_table_get(call->r->headers_in, "Origin") &&
           !apr_table_get(call->r->headers_in, "Sec-Fetch-Site") &&
           !any_cookie_of_ours(call);
}

/* What the token is bound to; NULL when there is no cookie for it yet. */
static const char *bound_to(const portal_call_t *call)
{
    const char *cookie;

    if (call->session.token_hash[0])
        return apr_pstrcat(call->pool, "session:", call->session.token_hash, NULL);
    cookie =
        portal_cookie_get(call, call->staff ? PORTAL_COOKIE_DESK : PORTAL_COOKIE_VISIT);
    if (!cookie || !portal_token_wellformed(cookie))
        return NULL;
    if (call->staff)
        return apr_pstrcat(call->pool, "desk:", cookie, ":", call->staff, NULL);
    return apr_pstrcat(call->pool, "visit:", cookie, NULL);
}

portal_csrf_verdict_t portal_csrf_check(const portal_call_t *call, const char *token)
{
    const char *bound = bound_to(call);
    const portal_keyring_t *keys = call->site->keys;
    char mac[PORTAL_MAC_SIZE];
    unsigned key;

    if (is_program(call))
        return PORTAL_CSRF_OK;
    if (!bound || !token || !*token)
        return PORTAL_CSRF_TOKEN;
    /* a page that was shown before the key was changed is still good */
    for (apr_size_t i = 0; (key = portal_keyring_each(keys, PORTAL_KEY_CSRF, i)); i++) {
        portal_keyring_mac(mac, keys, PORTAL_KEY_CSRF, key, bound, strlen(bound));
        if (portal_csrf_matches(token, mac))
            return PORTAL_CSRF_OK;
    }
    return PORTAL_CSRF_TOKEN;
}

const char *portal_csrf_token(portal_call_t *call)
{
    const char *name = call->staff ? PORTAL_COOKIE_DESK : PORTAL_COOKIE_VISIT;
    const char *bound = bound_to(call);
    char mac[65], fresh[44];

    if (!bound) {
        portal_token_make(fresh);
        portal_cookie_set(call, name, fresh, 0);
        bound = call->staff
                    ? apr_pstrcat(call->pool, "desk:", fresh, ":", call->staff, NULL)
                    : apr_pstrcat(call->pool, "visit:", fresh, NULL);
    }
    portal_keyring_mac(mac, call->site->keys, PORTAL_KEY_CSRF, 0, bound, strlen(bound));
    return portal_csrf_mask(mac, call->pool);
}

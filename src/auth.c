/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "auth_private.h"
#include "auth_require.h"
#include "auth_visit.h"
#include "core/accept.h"
#include "core/cidr.h"
#include "session.h"
#include "web/request.h"

APLOG_USE_MODULE(portal);

#define AWAY_SECONDS "5"

void portal_auth_register(apr_pool_t *pool)
{
    portal_auth_require_register(pool);
    portal_auth_private_register();
}

/* ---- what nobody behind us may see or set ---- */

/* Would a program that folds header names into variables (RFC 3875 section 4.1.18, and those that
 * fold more) take this header for one that we set? */
static int is_ours(const char *header)
{
    static const char *const names[] = {"PORTAL_BINDER", "PORTAL_CASES",
                                        "PORTAL_SESSION"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *a = header, *b = names[i];
        while (*b && (apr_isalnum(*a) ? apr_toupper(*a) == *b : *a && *b == '_'))
            a++, b++;
        if (!*a && !*b)
            return 1;
    }
    return 0;
}

static void drop_headers(request_rec *r)
{
    const apr_array_header_t *all = apr_table_elts(r->headers_in);
    apr_array_header_t *ours = apr_array_make(r->pool, 1, sizeof(char *));

    for (int i = 0; i < all->nelts; i++) {
        const char *name = APR_ARRAY_IDX(all, i, apr_table_entry_t).key;
        if (name && is_ours(name))
            *(const char **)apr_array_push(ours) = name;
    }
    for (int i = 0; i < ours->nelts; i++)
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(ours, i, const char *));
}

int portal_auth_arrive(request_rec *r)
{
    if (portal_app_is_near(r->server, r->hostname)) {
        portal_cookie_take(r);
        drop_headers(r);
    }
    return DECLINED;
}

/* Requests that httpd refuses early do not pass portal_auth_arrive, but an ErrorDocument may be a
 * program. */
int portal_auth_carry(request_rec *r)
{
    const portal_visit_t *visit = portal_visit_known(r);

    portal_auth_arrive(r);
    if (visit && visit->granted == r->per_dir_config)
        portal_visit_carry(r, visit);
    return DECLINED;
}

/* ---- who may not come in ---- */

static int away(request_rec *r, const portal_visit_t *visit)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, visit->rv, r,
                  "PTL0163: the database does not answer, so nobody can be let in who is "
                  "not in memory");
    apr_table_setn(r->err_headers_out, "Retry-After", AWAY_SECONDS);
    return HTTP_SERVICE_UNAVAILABLE;
}

int portal_auth_access(request_rec *r)
{
    const portal_visit_t *visit = portal_visit_guarded(r) ? portal_visit_of(r) : NULL;

    return visit && visit->rv != APR_SUCCESS ? away(r, visit) : DECLINED;
}

int portal_auth_challenge(request_rec *r, const char *type)
{
    if (!type || strcasecmp(type, "Portal") != 0)
        return DECLINED;
    apr_table_setn(r->err_headers_out, "WWW-Authenticate", "Portal");
    return OK;
}

/* Somebody who looks at pages, at the top of a window. What a page loads, what is included in one,
 * programs and posts are not sent anywhere: their answer would be taken for what they asked for. */
static int is_browser(const request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");
    const char *mode = apr_table_get(r->headers_in, "Sec-Fetch-Mode");

    if (r->main || r->method_number != M_GET || (mode && strcmp(mode, "navigate")) ||
        apr_table_get(r->headers_in, "Upgrade") ||
        apr_table_get(r->headers_in, "X-Requested-With"))
        return 0;
    switch (portal_accept(accept)) {
    case PORTAL_ACCEPT_HTML:
        return 1;
    case PORTAL_ACCEPT_JSON:
        return 0;
    case PORTAL_ACCEPT_ANY:
        break;
    }
    return !accept || strstr(accept, "*/*");
}

static int see(request_rec *r, const portal_visit_t *visit, const char *path)
{
    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, visit->app->config->url.text, path, NULL));
    return HTTP_SEE_OTHER;
}

/* A page of the sign-in, with the address that the browser shows to be brought back to. */
static const char *back_from(request_rec *r, const char *page)
{
    const char *place = portal_own_place(portal_request_first(r)->unparsed_uri);

    if (!place)
        return page;
    return apr_pstrcat(r->pool, page, "?back=", portal_place_value(place, r->pool), NULL);
}

static const char *sign_in_page(request_rec *r, const portal_visit_t *visit)
{
    if (portal_session_was_lobby(visit->call) &&
        portal_cidr_match(visit->app->config->lobby_from, r->useragent_ip))
        return "/lobby";
    return back_from(r, "/login");
}

/* Whoever guards the sign-in page itself locks everybody out, and must not send them in circles. */
static int is_sign_in(request_rec *r, const portal_visit_t *visit)
{
    const char *path = portal_request_first(r)->uri;
    apr_size_t len = strlen(visit->app->portal.base);

    return !strncmp(path, visit->app->portal.base, len) &&
           (!strcmp(path + len, "/login") || !strcmp(path + len, "/lobby") ||
            !strcmp(path + len, "/password") || !strcmp(path + len, "/login/code") ||
            !strcmp(path + len, "/security/factor"));
}

static int ask_to_sign_in(request_rec *r, const portal_visit_t *visit)
{
    if (is_sign_in(r, visit)) {
        ap_log_rerror(
            APLOG_MARK, APLOG_ERR, 0, r,
            "PTL0164: AuthType Portal guards the page on which patients sign in; "
            "take it out of the portal's own location");
        return HTTP_FORBIDDEN;
    }
    if (is_browser(r))
        return see(r, visit, sign_in_page(r, visit));
    ap_note_auth_failure(r);
    return HTTP_UNAUTHORIZED;
}

/* Whoever has to do something else first: a browser is sent there. */
static int send_on(request_rec *r, const portal_visit_t *visit, const char *page)
{
    return is_browser(r) && !is_sign_in(r, visit) ? see(r, visit, page) : HTTP_FORBIDDEN;
}

int portal_auth_sign_in(request_rec *r)
{
    portal_visit_t *visit;

    if (!portal_visit_guarded(r))
        return DECLINED;
    visit = portal_visit_of(r);
    if (!visit || !visit->secure)
        return HTTP_FORBIDDEN;
    if (visit->rv != APR_SUCCESS)
        return away(r, visit);
    switch (visit->call->session.kind) {
    case PORTAL_SESSION_PATIENT:
        portal_visit_grant(r, visit);
        return OK;
    case PORTAL_SESSION_MUST_CHANGE:
        return send_on(r, visit, "/password");
    case PORTAL_SESSION_HALF:
        return send_on(
            r, visit,
            back_from(r, visit->app->portal.second_factor ? "/login/code" : "/login"));
    case PORTAL_SESSION_SET_UP:
        return send_on(r, visit, "/security/factor");
    case PORTAL_SESSION_LOBBY:
        return HTTP_FORBIDDEN;
    default:
        return ask_to_sign_in(r, visit);
    }
}

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

#include "app.h"
#include "core/accept.h"
#include "core/cidr.h"
#include "core/clock.h"
#include "core/counts.h"
#include "core/token.h"
#include "gate.h"
#include "page/page.h"
#include "redact.h"
#include "session.h"
#include "web/assets.h"
#include "web/csrf.h"
#include "web/input.h"
#include "web/reply.h"

APLOG_USE_MODULE(portal);

#define BODY_LIMIT (64 * 1024)
#define LARGE_BODY_LIMIT (1024 * 1024)

/* ---- the tables ---- */

#define LINE(name, most, required) {#name, PORTAL_INPUT_LINE, most, required, 0},
#define HIDDEN(name, most) {#name, PORTAL_INPUT_LINE, most, 0, 1},
#define LINES(name, most, required) {#name, PORTAL_INPUT_LINES, most, required, 0},
#define SECRET(name, most, required) {#name, PORTAL_INPUT_SECRET, most, required, 0},
#define ID(name, required) {#name, PORTAL_INPUT_ID, 22, required, 0},
#define IDS(name, most) {#name, PORTAL_INPUT_IDS, most, 0, 0},
#define FLAG(name) {#name, PORTAL_INPUT_FLAG, 1, 0, 0},
#define NUMBER(name, required) {#name, PORTAL_INPUT_NUMBER, 15, required, 1},
#define OPEN {"a.", PORTAL_INPUT_OPEN, 0, 0, 0},
#define END                                                                              \
    {                                                                                    \
        NULL, PORTAL_INPUT_LINE, 0, 0, 0                                                 \
    }
#define ROUTE(mount, method, path, roles, flags, form, page, again, template)
#define FORM(name, ...) static const portal_field_rule_t fields_##name[] = {__VA_ARGS__};
#include "routes.def"
#undef FORM

#define FORM(name, ...)                                                                  \
    static const portal_form_rule_t form_##name = {#name, fields_##name};
#include "routes.def"
#undef FORM
#undef ROUTE

#define portal_page_none NULL
#define V PORTAL_ROLE_VISITOR
#define P PORTAL_ROLE_PATIENT
#define M PORTAL_ROLE_MUST_CHANGE
#define L PORTAL_ROLE_LOBBY
#define D PORTAL_ROLE_DESK
#define H PORTAL_ROLE_HALF
#define S PORTAL_ROLE_SET_UP
#define FORM(name, ...)
#define ROUTE(mount, method, path, roles, flags, form, page, again, template)            \
    {PORTAL_MOUNT_##mount, M_##method,          path,    roles, flags, &form_##form,     \
     portal_page_##page,   portal_page_##again, template},
static const portal_route_t routes[] = {
#include "routes.def"
};
#undef FORM
#undef ROUTE

static const portal_route_t nowhere = {.path = "nowhere"};

#define ROUTES (int)(sizeof(routes) / sizeof(*routes))

/* ---- the places under which answers are counted ---- */

/* Beside the rows of the table, for each side. */
enum { AT_OTHER, AT_STATIC, AT_HTTPD, AT_N };
_Static_assert(ROUTES + 2 * AT_N <= PORTAL_COUNTS_ROUTES, "all have their place");

static int beside(const portal_site_t *site, int what)
{
    return ROUTES + (site->mount == PORTAL_MOUNT_DESK ? AT_N : 0) + what;
}

int portal_gate_place(const portal_call_t *call)
{
    if (call->instead)
        return beside(call->site, AT_HTTPD);
    if (call->route == &nowhere)
        return beside(call->site, AT_OTHER);
    return (int)(call->route - routes);
}

int portal_gate_place_name(int place, const char **side, const char **route,
                           apr_pool_t *pool)
{
    static const char *const names[] = {"other", "static", "httpd"};
    const char *path;

    if (place >= ROUTES + 2 * AT_N)
        return 0;
    if (place >= ROUTES) {
        *side = place - ROUTES < AT_N ? "portal" : "desk";
        *route = names[(place - ROUTES) % AT_N];
        return 1;
    }
    path = routes[place].path + 1;
    *side = routes[place].mount == PORTAL_MOUNT_DESK ? "desk" : "portal";
    *route = *path ? apr_pstrmemdup(pool, path, strcspn(path, "/")) : "home";
    return 1;
}

/* ---- address and method ---- */

/* Letters and digits as tokens have them, dashes and underlines. */
static int is_plain(const char *segment)
{
    while (apr_isalnum(*segment) || *segment == '-' || *segment == '_')
        segment++;
    return !*segment;
}

/* 1 when `path` is this pattern; what stands for {id} or {token} goes to id[]. */
static int path_matches(portal_call_t *call, const char *pattern, const char *path)
{
    int n = 0;

    call->id[0] = call->id[1] = "";
    while (*pattern) {
        if (*pattern == '{') {
            apr_size_t len = strcspn(path, "/");
            int is_id = !strncmp(pattern, "{id}", 4);
            if (n == 2 || !len || len > 100)
                return 0;
            call->id[n] = apr_pstrndup(call->pool, path, len);
            if (is_id ? !portal_id_wellformed(call->id[n]) : !is_plain(call->id[n]))
                return 0;
            n++;
            pattern = strchr(pattern, '}') + 1;
            path += len;
        } else if (*pattern++ != *path++) {
            return 0;
        }
    }
    return *path == '\0';
}

static int exists(const portal_site_t *site, int flags)
{
    return !((flags & PORTAL_IF_LOBBY && !site->lobby) ||
             (flags & PORTAL_IF_REGISTRATION && !site->registration) ||
             (flags & PORTAL_IF_PAPERWORK && !site->paperwork) ||
             (flags & PORTAL_IF_FACTOR && !site->second_factor));
}

/* The route of this request. NULL with *allow NULL: no such address; with *allow: not this way. */
static const portal_route_t *match(portal_call_t *call, const char **allow)
{
    *allow = NULL;
    for (int i = 0; i < ROUTES; i++) {
        const portal_route_t *route = &routes[i];
        if (route->mount != call->site->mount || !exists(call->site, route->flags) ||
            !path_matches(call, route->path, call->path))
            continue;
        if (route->method == call->r->method_number)
            return route;
        if (!*allow || !strstr(*allow, route->method == M_GET ? "GET" : "POST"))
            *allow = apr_pstrcat(call->pool, *allow ? *allow : "", *allow ? ", " : "",
                                 route->method == M_GET ? "GET, HEAD" : "POST", NULL);
    }
    return NULL;
}

static int is_page(const portal_call_t *call, const char *path)
{
    portal_call_t scratch = *call;

    for (int i = 0; i < ROUTES; i++)
        if (routes[i].mount == call->site->mount && routes[i].method == M_GET &&
            exists(call->site, routes[i].flags) &&
            path_matches(&scratch, routes[i].path, path))
            return 1;
    return 0;
}

/* Where this place can be seen again: what a post shows may have no page of its own, then it is the
 * one above it; a page keeps its query. */
static const char *place_of(const portal_call_t *call)
{
    char *path = apr_pstrdup(call->pool, call->path);
    const char *whole;

    while (*path && !is_page(call, path))
        *strrchr(path, '/') = '\0';
    if (call->r->method_number != M_GET || !call->r->args || strcmp(path, call->path))
        return portal_own_path(path);
    whole = apr_pstrcat(call->pool, path, "?", call->r->args, NULL);
    return strcmp(portal_own_path(whole), whole) ? portal_own_path(path) : whole;
}

/* The path below the mount; NULL when the address isn't written exactly so (encoded letters,
 * doubled slashes, parameters) or lies outside. */
static const char *path_below(const request_rec *r, const char *base)
{
    apr_uri_t uri;
    apr_size_t len = strlen(base);

    if (!r->prev && (apr_uri_parse(r->pool, r->unparsed_uri, &uri) || !uri.path ||
                     strcmp(uri.path, r->uri)))
        return NULL;
    if (strncmp(r->uri, base, len) || (r->uri[len] && r->uri[len] != '/'))
        return NULL;
    return r->uri + len;
}

/* ---- who is it ---- */

/* As Accept asks; where it names neither kind, whoever sends JSON gets JSON. */
static int wants_json(const portal_call_t *call)
{
    const apr_table_t *in = call->r->headers_in;
    const char *type = apr_table_get(in, "Content-Type");

    if (!call->site->json)
        return 0;
    switch (portal_accept(apr_table_get(in, "Accept"))) {
    case PORTAL_ACCEPT_HTML:
        return 0;
    case PORTAL_ACCEPT_JSON:
        return 1;
    case PORTAL_ACCEPT_ANY:
        break;
    }
    return type && portal_accept(type) == PORTAL_ACCEPT_JSON;
}

/* The desk's user comes from whatever AuthType stands there, but never from our own. */
static int know_staff(portal_call_t *call)
{
    const char *type = ap_auth_type(call->r);

    if (!call->r->user || !*call->r->user || !type || !strcasecmp(type, "Portal"))
        return 0;
    call->staff = call->r->user;
    call->role = PORTAL_ROLE_DESK;
    call->actor.kind = "desk";
    call->actor.name = call->staff;
    return 1;
}

static apr_status_t know_patient(portal_call_t *call)
{
    static const struct {
        portal_role_t role;
        const char *actor;
    } of_kind[] = {{PORTAL_ROLE_VISITOR, "visitor"},     {PORTAL_ROLE_PATIENT, "patient"},
                   {PORTAL_ROLE_MUST_CHANGE, "patient"}, {PORTAL_ROLE_LOBBY, "lobby"},
                   {PORTAL_ROLE_HALF, "visitor"},        {PORTAL_ROLE_SET_UP, "patient"}};
    apr_status_t rv = portal_session_find(call);

    call->role = of_kind[call->session.kind].role;
    call->actor.kind = of_kind[call->session.kind].actor;
    call->actor.name = call->session.binder_id;
    return rv;
}

static const char *language_of(const portal_call_t *call)
{
    return portal_catalogue_choose(call->site->catalogue,
                                   portal_cookie_get(call, PORTAL_COOKIE_LANGUAGE),
                                   apr_table_get(call->r->headers_in, "Accept-Language"));
}

static int in_lobby_network(const portal_call_t *call)
{
    return portal_cidr_match(call->app->config->lobby_from, call->r->useragent_ip);
}

/* Whoever has to do something else first is sent there, and a program is told. */
static portal_answer_t *send_on(portal_call_t *call, const char *reason, const char *path)
{
    if (call->json)
        return portal_answer_problem(call, HTTP_FORBIDDEN, reason);
    return portal_answer_see(call, "%s", path);
}

/* What a role gets that may not use a route. */
static portal_answer_t *turn_away(portal_call_t *call)
{
    if (call->role == PORTAL_ROLE_VISITOR && call->json) {
        apr_table_setn(call->r->err_headers_out, "WWW-Authenticate", "Portal");
        return portal_answer_problem(call, HTTP_UNAUTHORIZED, "sign_in");
    }
    if (call->role == PORTAL_ROLE_VISITOR && portal_session_was_lobby(call) &&
        in_lobby_network(call)) /* at home, the same phone is to sign in */
        return portal_answer_see(call, "/lobby");
    if (call->role == PORTAL_ROLE_VISITOR && !strcmp(call->here, "/"))
        return portal_answer_see(call, "/login");
    if (call->role == PORTAL_ROLE_VISITOR)
        return portal_answer_see(call, "/login?to=%s",
                                 portal_place_value(call->here, call->pool));
    if (call->role == PORTAL_ROLE_MUST_CHANGE)
        return send_on(call, "must_change", "/password");
    if (call->role == PORTAL_ROLE_HALF)
        return send_on(call, "second_factor",
                       call->site->second_factor ? "/login/code" : "/login");
    if (call->role == PORTAL_ROLE_SET_UP)
        return send_on(call, "set_up_factor",
                       call->site->second_factor ? "/security/factor" : "/login");
    return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
}

/* ---- what was sent ---- */

static portal_answer_t *input_refused(portal_call_t *call, portal_input_verdict_t verdict)
{
    if (verdict == PORTAL_INPUT_TOO_LARGE)
        return portal_answer_problem(call, HTTP_REQUEST_ENTITY_TOO_LARGE, "too_large");
    if (verdict == PORTAL_INPUT_WRONG_TYPE)
        return portal_answer_problem(call, HTTP_UNSUPPORTED_MEDIA_TYPE, "media_type");
    return portal_answer_problem(call, HTTP_BAD_REQUEST, "broken");
}

/* The form again with what was typed, or a problem where there is no form to show. */
static portal_answer_t *show_again(portal_call_t *call, int status)
{
    portal_answer_t *answer;

    if (!call->route->again || (call->json && status == HTTP_FORBIDDEN))
        return portal_answer_problem(call, status,
                                     status == HTTP_FORBIDDEN ? "csrf" : "invalid");
    answer = call->route->again(call);
    if (status == HTTP_FORBIDDEN && answer->status < 500 && answer->status != HTTP_OK &&
        answer->status != HTTP_BAD_REQUEST && answer->status != HTTP_UNPROCESSABLE_ENTITY)
        return portal_answer_problem(call, status, "csrf"); /* there is no form to show */
    if (answer->location) /* its time is over: it begins elsewhere */
        return answer;
    if (answer->status < 400 || answer->status == HTTP_BAD_REQUEST ||
        answer->status == HTTP_UNPROCESSABLE_ENTITY)
        answer->status = status;
    return answer;
}

static portal_answer_t *take_input(portal_call_t *call)
{
    apr_size_t limit = call->route->flags & PORTAL_LARGE ? LARGE_BODY_LIMIT : BODY_LIMIT;
    const char *token = NULL;
    portal_input_verdict_t verdict;

    if (portal_csrf_origin(call) != PORTAL_CSRF_OK)
        return portal_answer_problem(call, HTTP_FORBIDDEN, "csrf");
    verdict = portal_input_type(call);
    if (verdict == PORTAL_INPUT_OK)
        verdict = portal_input_read(call, limit, &token);
    if (verdict != PORTAL_INPUT_OK)
        return input_refused(call, verdict);
    if (call->json_body)
        token = apr_table_get(call->r->headers_in, "X-CSRF-Token");
    if (portal_csrf_check(call, token) != PORTAL_CSRF_OK) {
        call->errors->nelts = 0;
        portal_error_add(call, "", "error.form_expired");
        return show_again(call, HTTP_FORBIDDEN);
    }
    if (call->errors->nelts)
        return show_again(call,
                          call->malformed ? HTTP_BAD_REQUEST : HTTP_UNPROCESSABLE_ENTITY);
    return NULL;
}

/* ---- the way ---- */

static int is_secure(request_rec *r)
{
    return !strcmp(ap_http_scheme(r), "https");
}

static portal_answer_t *no_route(portal_call_t *call, const char *allow)
{
    if (!allow)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    apr_table_setn(call->r->err_headers_out, "Allow", allow);
    return portal_answer_problem(call, HTTP_METHOD_NOT_ALLOWED, "method");
}

static apr_status_t write_nothing(portal_tx_t *tx, void *unused)
{
    (void)tx, (void)unused;
    return APR_SUCCESS;
}

/* NULL: what happens next at this page could be recorded. */
static portal_answer_t *must_be_writable(portal_call_t *call)
{
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         write_nothing, NULL, call->pool);

    return rv == APR_SUCCESS ? NULL : portal_answer_away(call, rv, "PTL0112");
}

/* Role first, then everything that was sent; the page only when all of it holds. */
static portal_answer_t *let_in(portal_call_t *call)
{
    const portal_route_t *route = call->route;
    portal_answer_t *answer = NULL;

    if (!(route->roles & call->role))
        return turn_away(call);
    if (route->flags & PORTAL_LOBBY_NETWORK && !in_lobby_network(call))
        return portal_answer_problem(call, HTTP_FORBIDDEN, "lobby_network");
    if (call->role == PORTAL_ROLE_LOBBY && !in_lobby_network(call))
        return portal_answer_problem(call, HTTP_FORBIDDEN, "lobby_network");
    if (!(route->flags & PORTAL_NO_EXTEND))
        portal_session_extend(call);
    if (call->r->method_number != M_GET)
        answer = take_input(call);
    else if (route->flags & PORTAL_WRITABLE)
        answer = must_be_writable(call);
    return answer ? answer : route->page(call);
}

static portal_answer_t *decide(portal_call_t *call)
{
    const char *allow;
    apr_status_t rv;

    if (!is_secure(call->r))
        return portal_answer_problem(call, HTTP_FORBIDDEN, "insecure");
    if (call->site->mount == PORTAL_MOUNT_DESK && !know_staff(call))
        return portal_answer_problem(call, HTTP_FORBIDDEN, "no_staff");
    call->route = match(call, &allow);
    if (!call->route) {
        call->route = &nowhere;
        if (call->site->mount == PORTAL_MOUNT_PORTAL)
            (void)know_patient(call); /* whoever is signed in can sign out here too */
        return no_route(call, allow);
    }
    if (call->site->mount == PORTAL_MOUNT_PORTAL) {
        rv = know_patient(call);
        if (rv != APR_SUCCESS)
            return portal_answer_away(call, rv, "PTL0111");
    }
    return let_in(call);
}

portal_call_t *portal_gate_call(request_rec *r, const portal_app_t *app,
                                const portal_site_t *site)
{
    portal_call_t *call = apr_pcalloc(r->pool, sizeof(*call));

    call->r = r;
    call->pool = r->pool;
    call->app = app;
    call->site = site;
    call->now = portal_clock_now();
    call->route = &nowhere;
    call->path = call->here = "/";
    call->role = PORTAL_ROLE_VISITOR;
    call->fields = apr_hash_make(r->pool);
    call->errors = apr_array_make(r->pool, 2, sizeof(portal_error_t));
    call->cookies = apr_table_make(r->pool, 2);
    call->id[0] = call->id[1] = "";
    call->json = wants_json(call);
    call->lang = language_of(call);
    call->actor.kind = "visitor";
    call->actor.name = "";
    call->actor.source = r->useragent_ip;
    call->actor.request = r->log_id ? r->log_id : portal_id_make(r->pool);
    return call;
}

/* /static/VERSION/NAME: the same for everybody, so no session is looked for. NULL: no such file. */
static const portal_asset_t *find_asset(request_rec *r, const portal_site_t *site,
                                        const char *path)
{
    const char *name = path ? strrchr(path, '/') : NULL;

    if (!name ||
        strcmp(path, apr_pstrcat(r->pool, "/static/", site->assets_version, name, NULL)))
        return NULL;
    return apr_hash_get(site->assets, name + 1, APR_HASH_KEY_STRING);
}

static int serve_asset(request_rec *r, const portal_app_t *app, const portal_site_t *site,
                       const portal_asset_t *asset)
{
    int rc;

    portal_reply_headers(r);
    apr_table_unset(r->err_headers_out, "Cache-Control");
    rc = portal_assets_send(r, asset, site->assets_version);
    if (rc < 400) /* else httpd answers */
        portal_count_request(app->counts, beside(site, AT_STATIC), rc ? rc : r->status);
    return rc;
}

static int answer(portal_call_t *call, const portal_answer_t *with)
{
    int rc = portal_reply_send(call, with);

    portal_count_request(call->app->counts, portal_gate_place(call), call->r->status);
    return rc;
}

void portal_gate_methods(const portal_call_t *call)
{
    request_rec none = *call->r;
    portal_call_t scratch = *call;
    const char *allow, *path = path_below(call->r, call->site->base);

    none.method_number = M_INVALID; /* no route has this one */
    scratch.r = &none;
    scratch.path = path ? path : "";
    (void)match(&scratch, &allow);
    if (allow && strstr(allow, "GET"))
        ap_allow_methods(call->r, MERGE_ALLOW, "GET", NULL);
    if (allow && strstr(allow, "POST"))
        ap_allow_methods(call->r, MERGE_ALLOW, "POST", NULL);
}

int portal_gate_handler(request_rec *r)
{
    int desk = r->handler && !strcmp(r->handler, "portal-desk");
    portal_app_t *app = portal_app_of(r->server);
    const portal_site_t *site;
    const portal_asset_t *asset;
    portal_call_t *call;
    const char *path;

    if (!r->handler || (!desk && strcmp(r->handler, "portal")))
        return DECLINED;
    if (!app)
        return HTTP_NOT_FOUND;
    site = desk ? &app->desk : &app->portal;
    path = path_below(r, site->base);
    asset = find_asset(r, site, path);
    if (asset)
        return serve_asset(r, app, site, asset);
    call = portal_gate_call(r, app, site);
    call->path = path ? path : "";
    portal_redact_address(r);
    call->here = place_of(call);
    if (path && !*path && r->method_number == M_GET)
        return answer(call, portal_answer_see(call, "/"));
    return answer(call, decide(call));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <ap_expr.h>
#include <httpd.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>
#include <string.h>

#include "app.h"
#include "gate_error.h"
#include "gate.h"
#include "web/reply.h"

/* What SetHandler names here, when it is one of ours; else NULL. The core asks it again when it
 * chooses the handler. */
static const char *our_handler(request_rec *r)
{
    const core_dir_config *dir = ap_get_core_module_config(r->per_dir_config);
    const char *error = NULL, *name = dir->handler;

    if (dir->expr_handler)
        name = ap_expr_str_exec(r, dir->expr_handler, &error);
    if (!name || error || (strcasecmp(name, "portal") && strcasecmp(name, "portal-desk")))
        return NULL;
    return name;
}

/* httpd's status in our words. */
static const char *reason_of(int status, int desk)
{
    switch (status) {
    case HTTP_UNAUTHORIZED:
        return desk ? "no_staff" : "sign_in";
    case HTTP_FORBIDDEN:
        return "refused";
    case HTTP_NOT_FOUND:
        return "not_found";
    case HTTP_METHOD_NOT_ALLOWED:
        return "method";
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "too_large";
    default:
        return status >= 500 ? "unavailable" : "broken";
    }
}

static int lies_below(const request_rec *r, const portal_site_t *site)
{
    apr_size_t len = strlen(site->base);
    const char *uri = r->unparsed_uri;

    return len && uri && !strncmp(uri, site->base, len) &&
           (!uri[len] || strchr("/?", uri[len]));
}

/* Whose address this is. Where httpd refused it before it looked for a handler, by its path. */
static const portal_site_t *site_of(request_rec *r, const portal_app_t *app)
{
    const char *name = our_handler(r);

    if (name)
        return strcasecmp(name, "portal") ? &app->desk : &app->portal;
    if (((core_dir_config *)ap_get_core_module_config(r->per_dir_config))->handler)
        return NULL;
    return lies_below(r, &app->desk)     ? &app->desk
           : lies_below(r, &app->portal) ? &app->portal
                                         : NULL;
}

void portal_gate_error(request_rec *r)
{
    portal_app_t *app = portal_app_of(r->server);
    const portal_site_t *site = app ? site_of(r, app) : NULL;
    portal_call_t *call;

    if (!site)
        return;
    portal_reply_headers(r);
    if (r->status < 400)
        return;
    call = portal_gate_call(r, app, site);
    call->instead = 1;
    portal_count_request(app->counts, portal_gate_place(call), r->status);
    if (r->status == HTTP_METHOD_NOT_ALLOWED)
        portal_gate_methods(call);
    if (ap_response_code_string(r, ap_index_of_response(r->status))) /* ErrorDocument */
        return;
    portal_reply_instead(
        call,
        portal_answer_problem(call, r->status,
                              reason_of(r->status, site->mount == PORTAL_MOUNT_DESK)));
}

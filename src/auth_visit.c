/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <http_core.h>
#include <http_protocol.h>
#include <string.h>
#include <strings.h>

#include "auth_visit.h"
#include "core/clock.h"
#include "core/token.h"
#include "session.h"
#include "store/session.h"
#include "web/request.h"

int portal_visit_guarded(request_rec *r)
{
    const char *type = ap_auth_type(r);
    return type && !strcasecmp(type, "Portal");
}

/* As much of a call as the session functions need. */
static portal_call_t *make_call(request_rec *r, const portal_app_t *app)
{
    portal_call_t *call = apr_pcalloc(r->pool, sizeof(*call));

    call->r = r;
    call->pool = r->pool;
    call->app = app;
    call->site = &app->portal;
    call->now = portal_clock_now();
    call->actor.kind = "visitor";
    call->actor.name = "";
    call->actor.source = r->useragent_ip;
    call->actor.request = r->log_id ? r->log_id : portal_id_make(r->pool);
    return call;
}

static apr_status_t find_cases(portal_visit_t *visit)
{
    const portal_session_t *session = &visit->call->session;
    portal_session_case_t *cases = NULL;
    apr_status_t rv;

    visit->cases = session->cases;
    visit->n_cases = (int)session->n_cases;
    if (!session->kind || session->n_cases >= 0)
        return APR_SUCCESS;
    rv = portal_session_cases(&visit->app->store, session->binder_id, visit->call->now,
                              &cases, &visit->n_cases, visit->call->pool);
    visit->cases = cases;
    return rv;
}

static portal_visit_t *make_visit(request_rec *r, const portal_app_t *app)
{
    portal_visit_t *visit = apr_pcalloc(r->pool, sizeof(*visit));

    visit->app = app;
    visit->call = make_call(r, app);
    visit->secure = !strcmp(ap_http_scheme(r), "https");
    if (visit->secure)
        visit->rv = portal_session_find(visit->call);
    if (visit->rv == APR_SUCCESS)
        visit->rv = find_cases(visit);
    return visit;
}

portal_visit_t *portal_visit_of(request_rec *r)
{
    portal_request_t *kept = portal_request_of(r);
    const portal_app_t *app = portal_app_of(r->server);

    if (!kept->visit && app)
        kept->visit = make_visit(portal_request_first(r), app);
    return kept->visit;
}

portal_visit_t *portal_visit_known(request_rec *r)
{
    return portal_request_of(r)->visit;
}

static const char *case_ids(const portal_visit_t *visit, apr_pool_t *pool)
{
    apr_array_header_t *ids = apr_array_make(pool, visit->n_cases + 1, sizeof(char *));

    for (int i = 0; i < visit->n_cases; i++)
        *(const char **)apr_array_push(ids) = visit->cases[i].id;
    return apr_array_pstrcat(pool, ids, ',');
}

void portal_visit_carry(request_rec *r, const portal_visit_t *visit)
{
    const portal_session_t *session = &visit->call->session;

    apr_table_set(r->subprocess_env, "PORTAL_BINDER", session->binder_id);
    apr_table_setn(r->subprocess_env, "PORTAL_CASES", case_ids(visit, r->pool));
    apr_table_set(r->subprocess_env, "PORTAL_SESSION", session->handle);
}

/* What is found for a page (a listing, say) makes the whole page private. */
void portal_visit_grant(request_rec *r, portal_visit_t *visit)
{
    r->user = apr_pstrdup(r->pool, visit->call->session.binder_id);
    r->ap_auth_type = apr_pstrdup(r->pool, "Portal");
    visit->granted = r->per_dir_config;
    portal_session_extend(visit->call);
    portal_visit_carry(r, visit);
    if (r->main)
        apr_table_mergen(portal_request_first(r)->headers_out, "Cache-Control",
                         "private");
}

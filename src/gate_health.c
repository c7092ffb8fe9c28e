/* SPDX-License-Identifier: Apache-2.0 */
#include <ap_mpm.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <jansson.h>
#include <scoreboard.h>
#include <string.h>

#include "app.h"
#include "core/accept.h"
#include "core/clock.h"
#include "gate_health.h"
#include "store/prune.h"
#include "web/reply.h"

/* A new portal-hasher takes a moment to begin, and questions wait for it meanwhile. */
#define PATIENCE apr_time_from_sec(2)

/* ---- finding out ---- */

/* This child ends, and not because another generation takes over at a graceful restart. */
static int ending(void)
{
    int state = 0, generation = 0;

    if (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) || state != AP_MPMQ_STOPPING)
        return 0;
    return ap_mpm_query(AP_MPMQ_GENERATION, &generation) || !ap_scoreboard_image ||
           ap_scoreboard_image->global->running_generation == generation;
}

/* One cheap statement, by the breaker that all requests go through. */
static int database_answers(const portal_app_t *app, apr_pool_t *pool)
{
    static const portal_actor_t nobody = {"system", "", "", ""};
    const char *epoch;

    return portal_store_read(&app->store, &nobody, portal_clock_now(),
                             portal_act_session_epoch, &epoch, pool) == APR_SUCCESS;
}

static int faults_of(const portal_app_t *app, apr_pool_t *pool)
{
    portal_hasher_stat_t stat;
    int faults;

    if (portal_health_known(app->health, portal_counts_clock(), &faults))
        return faults;
    faults = database_answers(app, pool) ? 0 : PORTAL_HEALTH_DATABASE;
    if (portal_hasher_stat(app->hasher, PATIENCE, &stat) != APR_SUCCESS)
        faults |= PORTAL_HEALTH_HASHER;
    portal_health_found(app->health, portal_counts_clock(), faults);
    return faults;
}

/* The words for what does not work. A start without its secret is refused, so a portal that is
 * there has it. */
static apr_array_header_t *parts_of(request_rec *r)
{
    const portal_app_t *app = portal_app_of(r->server);
    apr_array_header_t *parts = apr_array_make(r->pool, 3, sizeof(char *));
    int faults;

    if (!app || ending()) {
        *(const char **)apr_array_push(parts) = app ? "ending" : "portal";
        return parts;
    }
    faults = faults_of(app, r->pool);
    if (faults & (PORTAL_HEALTH_DATABASE | PORTAL_HEALTH_SLOW))
        *(const char **)apr_array_push(parts) = "database";
    if (faults & PORTAL_HEALTH_HASHER)
        *(const char **)apr_array_push(parts) = "hasher";
    return parts;
}

/* ---- saying it ---- */

static const char *as_json(const apr_array_header_t *parts, apr_pool_t *pool)
{
    json_t *list = json_array(), *view;
    char *text;
    const char *copy;

    for (int i = 0; i < parts->nelts; i++)
        json_array_append_new(list, json_string(APR_ARRAY_IDX(parts, i, const char *)));
    view = json_pack("{s:s, s:o}", "status", parts->nelts ? "unavailable" : "ok", "parts",
                     list);
    text = json_dumps(view, JSON_COMPACT);
    copy = apr_pstrdup(pool, text ? text : "{}");
    free(text);
    json_decref(view);
    return copy;
}

static const char *as_text(apr_array_header_t *parts, apr_pool_t *pool)
{
    if (!parts->nelts)
        return "ok\n";
    return apr_pstrcat(pool, apr_array_pstrcat(pool, parts, '\n'), "\n", NULL);
}

int portal_gate_health(request_rec *r)
{
    apr_array_header_t *parts;
    const char *text;
    int json;

    if (!r->handler || strcmp(r->handler, "portal-health"))
        return DECLINED;
    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    json = portal_accept(apr_table_get(r->headers_in, "Accept")) == PORTAL_ACCEPT_JSON;
    parts = parts_of(r);
    text = json ? as_json(parts, r->pool) : as_text(parts, r->pool);
    if (parts->nelts)
        r->status = HTTP_SERVICE_UNAVAILABLE;
    portal_reply_headers(r);
    ap_set_content_type(r, json ? "application/json" : "text/plain; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)strlen(text));
    ap_rputs(text, r);
    return OK;
}

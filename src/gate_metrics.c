/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <jansson.h>
#include <mod_status.h>
#include <string.h>

#include "app.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "gate.h"
#include "gate_metrics.h"
#include "store/tally.h"
#include "web/reply.h"

APLOG_USE_MODULE(portal);

#define PATIENCE apr_time_from_msec(500)

static const portal_family_t REQUESTS = {
    "portal_requests_total",
    "counter",
    {"side", "route", "status"},
    "Answers by the first word of the address and the first digit of the status."};
static const portal_family_t SLOTS = {
    "portal_session_slots", "gauge", {""}, "Sessions that shared memory can hold."};
static const portal_family_t SLOTS_USED = {
    "portal_session_slots_used", "gauge", {""}, "Sessions that shared memory holds."};
static const portal_family_t SESSIONS = {
    "portal_sessions", "gauge", {"kind"}, "Sessions that are alive."};
static const portal_family_t MAILS = {
    "portal_mails", "gauge", {"state"}, "Mails that wait or failed."};
static const portal_family_t MAIL_AGE = {"portal_mail_oldest_age_seconds",
                                         "gauge",
                                         {""},
                                         "Age of the mail that waits for longest."};
static const portal_family_t EXPORTS = {
    "portal_exports",
    "gauge",
    {"state"},
    "Paperwork for the hospital's own system that waits or failed."};
static const portal_family_t EXPORT_AGE = {
    "portal_export_oldest_age_seconds",
    "gauge",
    {""},
    "Age of the paperwork that waits for longest."};
static const portal_family_t HASHER_UP = {
    "portal_hasher_up", "gauge", {""}, "1 when portal-hasher answers."};
static const portal_family_t HASHES = {
    "portal_hasher_hashes", "gauge", {"state"}, "Hashes that run or wait now."};
static const portal_family_t DATABASE_UP = {
    "portal_database_up",
    "gauge",
    {""},
    "0 while the database is taken for away: the last try to reach it failed."};

/* ---- gathering ---- */

static void add(apr_array_header_t *metrics, const portal_family_t *family,
                const char *label, apr_int64_t value)
{
    portal_metric_t *metric = apr_array_push(metrics);
    *metric = (portal_metric_t){family, {label}, value};
}

/* Adds to the row with these labels, or makes one. */
static void add_requests(apr_array_header_t *metrics, const char *const label[3],
                         apr_int64_t value)
{
    portal_metric_t *m;

    for (int i = 0; i < metrics->nelts; i++) {
        m = &APR_ARRAY_IDX(metrics, i, portal_metric_t);
        if (!strcmp(m->label[0], label[0]) && !strcmp(m->label[1], label[1]) &&
            !strcmp(m->label[2], label[2])) {
            m->value += value;
            return;
        }
    }
    m = apr_array_push(metrics);
    *m = (portal_metric_t){&REQUESTS, {label[0], label[1], label[2]}, value};
}

/* The array holds nothing else when this begins. Statuses of 1xx are never the answer. */
static void list_requests(const portal_app_t *app, apr_array_header_t *metrics,
                          apr_pool_t *pool)
{
    static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};
    const char *label[3];

    for (int i = 0; portal_gate_place_name(i, &label[0], &label[1], pool); i++)
        for (int c = 2; c <= 5; c++) {
            label[2] = classes[c - 2];
            add_requests(metrics, label,
                         (apr_int64_t)portal_count_requests(app->counts, i, c));
        }
}

static void list_hasher(const portal_app_t *app, apr_array_header_t *metrics)
{
    portal_hasher_stat_t stat;
    apr_status_t rv = portal_hasher_stat(app->hasher, PATIENCE, &stat);

    add(metrics, &HASHER_UP, "", rv == APR_SUCCESS);
    if (rv != APR_SUCCESS)
        return;
    add(metrics, &HASHES, "running", (apr_int64_t)stat.running);
    add(metrics, &HASHES, "waiting", (apr_int64_t)stat.waiting);
}

/* What only the database knows is left out while it is away. */
static void list_records(const portal_app_t *app, apr_array_header_t *metrics,
                         apr_pool_t *pool)
{
    static const portal_actor_t nobody = {"system", "", "", ""};
    apr_time_t now = portal_clock_now();
    portal_tally_t tally = {.idle = app->config->session_idle,
                            .lobby_idle = app->config->lobby_idle};
    apr_status_t rv =
        portal_store_read(&app->store, &nobody, now, portal_act_tally, &tally, pool);

    add(metrics, &DATABASE_UP, "", portal_counts_database_answers(app->counts));
    if (rv != APR_SUCCESS)
        return;
    add(metrics, &SESSIONS, "patient", tally.patients);
    add(metrics, &SESSIONS, "must_change", tally.must_change);
    add(metrics, &SESSIONS, "lobby", tally.lobby);
    add(metrics, &MAILS, "waiting", tally.mails_waiting);
    add(metrics, &MAILS, "failed", tally.mails_failed);
    add(metrics, &MAIL_AGE, "", tally.oldest ? now - tally.oldest : 0);
    if (!app->config->export_to.text)
        return;
    add(metrics, &EXPORTS, "waiting", tally.exports_waiting);
    add(metrics, &EXPORTS, "failed", tally.exports_failed);
    add(metrics, &EXPORT_AGE, "", tally.oldest_export ? now - tally.oldest_export : 0);
}

static apr_array_header_t *gather(const portal_app_t *app, apr_pool_t *pool)
{
    apr_array_header_t *metrics = apr_array_make(pool, 200, sizeof(portal_metric_t));

    list_requests(app, metrics, pool);
    portal_counts_list(app->counts, metrics);
    add(metrics, &SLOTS, "", app->config->session_slots);
    add(metrics, &SLOTS_USED, "", (apr_int64_t)portal_session_table_used(app->sessions));
    list_hasher(app, metrics);
    list_records(app, metrics, pool);
    return metrics;
}

/* ---- portal-metrics ---- */

int portal_gate_metrics(request_rec *r)
{
    const portal_app_t *app = portal_app_of(r->server);
    const char *text;

    if (!r->handler || strcmp(r->handler, "portal-metrics"))
        return DECLINED;
    if (!app)
        return HTTP_NOT_FOUND;
    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    text = portal_metrics_text(gather(app, r->pool), r->pool);
    portal_reply_headers(r);
    ap_set_content_type(r, PORTAL_METRICS_TYPE);
    ap_set_content_length(r, (apr_off_t)strlen(text));
    ap_rputs(text, r);
    return OK;
}

/* ---- /server-status ---- */

/* Families with their rows; of the requests only those that there were. */
static json_t *view_of(const portal_app_t *app, const apr_array_header_t *metrics,
                       apr_pool_t *pool)
{
    json_t *families = json_array(), *rows = NULL;
    const portal_family_t *family = NULL;

    for (int i = 0; i < metrics->nelts; i++) {
        const portal_metric_t *m = &APR_ARRAY_IDX(metrics, i, portal_metric_t);
        if (m->family == &REQUESTS && !m->value)
            continue;
        if (m->family != family) {
            family = m->family;
            rows = json_array();
            json_array_append_new(
                families, json_pack("{s:s, s:o}", "help", family->help, "rows", rows));
        }
        json_array_append_new(rows, json_pack("{s:s, s:s}", "words",
                                              portal_metric_words(m, pool), "value",
                                              portal_metric_value(m, pool)));
    }
    return json_pack("{s:s, s:o}", "portal", app->config->url.text, "families", families);
}

static void show_page(request_rec *r, const portal_app_t *app,
                      const apr_array_header_t *metrics)
{
    json_t *view = view_of(app, metrics, r->pool);
    portal_render_t render = {.catalogue = app->portal.catalogue,
                              .lang = "en",
                              .strict = app->portal.strict,
                              .contexts = &view,
                              .count = 1};
    portal_rendered_t block = {NULL, 0};
    const char *error = NULL;
    apr_status_t rv = portal_template_render(app->portal.templates, "server_status",
                                             &render, &block, &error, r->pool);

    json_decref(view);
    if (rv == APR_SUCCESS)
        ap_rwrite(block.data, (int)block.len, r);
    else
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, "PTL0202: server_status: %s",
                      error ? error : "cannot be shown");
}

static int show_status(request_rec *r, int flags)
{
    const portal_app_t *app;

    for (int i = 0; (app = portal_app_at(i)); i++) {
        apr_array_header_t *metrics = gather(app, r->pool);
        if (flags & AP_STATUS_SHORT)
            ap_rvputs(r, "PortalURL: ", app->config->url.text, "\n",
                      portal_metrics_lines(metrics, r->pool), NULL);
        else
            show_page(r, app, metrics);
    }
    return OK;
}

void portal_gate_metrics_hooks(apr_pool_t *pool)
{
    (void)pool;
    APR_OPTIONAL_HOOK(ap, status_hook, show_status, NULL, NULL, APR_HOOK_MIDDLE);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <ap_mpm.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_watchdog.h>

#include "config_login.h"
#include "job/job.h"

APLOG_USE_MODULE(portal);

#define INTERVAL apr_time_from_msec(200)

const portal_actor_t portal_job_actor = {"system", "", "", ""};

static APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) * get_watchdog;
static APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) * register_callback;

/* The jobs of this configuration; made anew at each restart. */
static apr_array_header_t *jobs;

int portal_job_ends(void)
{
    int state = 0;
    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS &&
           state == AP_MPMQ_STOPPING;
}

const char *portal_job_secret(const portal_secret_t *secret, apr_pool_t *pool)
{
    apr_size_t len = secret ? portal_secret_length(secret) : 0;
    char *text;

    if (!secret)
        return NULL;
    text = apr_pstrmemdup(pool, (const char *)portal_secret_bytes(secret), len);
    portal_secret_wipe_with(text, len, pool);
    return text;
}

/* Connections to the database come with the state RUNNING only. A callback that does not return
 * APR_SUCCESS is never called again. */
static apr_status_t mail_turn(int state, void *job, apr_pool_t *pool)
{
    if (state == AP_WATCHDOG_STATE_RUNNING && !portal_job_ends())
        portal_job_deliver(job, pool);
    return APR_SUCCESS;
}

static apr_status_t export_turn(int state, void *job, apr_pool_t *pool)
{
    if (state == AP_WATCHDOG_STATE_RUNNING && !portal_job_ends())
        portal_job_push(job, pool);
    return APR_SUCCESS;
}

static apr_status_t care_turn(int state, void *job, apr_pool_t *pool)
{
    if (state == AP_WATCHDOG_STATE_RUNNING && !portal_job_ends())
        portal_job_care(job, pool);
    return APR_SUCCESS;
}

static apr_status_t begin(portal_job_t *job, const char *what,
                          ap_watchdog_callback_fn_t *turn, apr_pool_t *pool)
{
    const char *name = apr_psprintf(pool, "_portal_%s_%d_", what, jobs->nelts);
    ap_watchdog_t *watchdog = NULL;
    apr_status_t rv = get_watchdog(&watchdog, name, 0, 1, pool);

    return rv == APR_SUCCESS ? register_callback(watchdog, INTERVAL, job, turn) : rv;
}

static int read_relay(portal_job_t *job, apr_pool_t *pool)
{
    const portal_config_t *config = job->app->config;
    const char *error = NULL;
    apr_status_t rv;

    job->relay = (portal_smtp_relay_t){.url = config->mail_relay.text,
                                       .tls_off = config->mail_tls == PORTAL_MAIL_TLS_OFF,
                                       .ca_file = config->mail_ca_file};
    if (!config->mail_login_file)
        return OK;
    rv = portal_config_login_read(config->mail_login_file, &job->relay.user,
                                  &job->password, &error, pool);
    if (rv == APR_SUCCESS)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_EMERG, rv, job->app->server,
                 "PTL0702: PortalMailLogin: %s", error);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int read_export(portal_job_t *job, apr_pool_t *pool)
{
    const portal_config_t *config = job->app->config;
    const char *error = NULL;
    apr_status_t rv = APR_SUCCESS;

    job->export_to = (portal_fhir_server_t){.url = config->export_to.text,
                                            .ca_file = config->export_ca_file};
    if (config->export_login_file)
        rv = portal_config_login_read(config->export_login_file, &job->export_to.user,
                                      &job->export_password, &error, pool);
    if (rv == APR_SUCCESS && config->export_token_file)
        rv = portal_config_token_read(config->export_token_file, &job->export_token,
                                      &error, pool);
    if (rv == APR_SUCCESS)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_EMERG, rv, job->app->server,
                 "PTL0705: PortalExportLogin or PortalExportToken: %s", error);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int make_job(portal_app_t *app, apr_pool_t *pool)
{
    portal_job_t *job = apr_pcalloc(pool, sizeof(*job));
    apr_status_t rv;

    job->app = app;
    if (read_relay(job, pool) != OK || read_export(job, pool) != OK)
        return HTTP_INTERNAL_SERVER_ERROR;
    apr_pool_create(&job->unwritten_pool, pool);
    rv = begin(job, "care", care_turn, pool);
    if (rv == APR_SUCCESS && app->config->mail_relay.kind != PORTAL_RELAY_NONE)
        rv = begin(job, "mail", mail_turn, pool);
    if (rv == APR_SUCCESS && app->config->export_to.text)
        rv = begin(job, "export", export_turn, pool);
    *(portal_job_t **)apr_array_push(jobs) = job;
    if (rv == APR_SUCCESS)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_EMERG, rv, app->server,
                 "PTL0703: work in the background cannot be set up");
    return HTTP_INTERNAL_SERVER_ERROR;
}

int portal_job_post_config(apr_pool_t *pconf, server_rec *main_server)
{
    get_watchdog = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    jobs = apr_array_make(pconf, 2, sizeof(portal_job_t *));
    for (server_rec *server = main_server; server; server = server->next) {
        portal_app_t *app = portal_app_of(server);
        if (!app || app->server != server)
            continue;
        if (!get_watchdog || !register_callback) {
            ap_log_error(
                APLOG_MARK, APLOG_EMERG, 0, server,
                "PTL0704: mod_watchdog is needed: add LoadModule watchdog_module");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (make_job(app, pconf) != OK)
            return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

void portal_job_child_init(apr_pool_t *pchild)
{
    (void)pchild;
    for (int i = 0; jobs && i < jobs->nelts; i++) {
        portal_job_t *job = APR_ARRAY_IDX(jobs, i, portal_job_t *);
        if (job->password)
            portal_secret_lock(job->password);
        if (job->export_password)
            portal_secret_lock(job->export_password);
        if (job->export_token)
            portal_secret_lock(job->export_token);
    }
}

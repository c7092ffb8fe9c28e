/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be looked at all the time, and what once an hour. */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "job/job.h"
#include "store/ask.h"
#include "store/erase.h"
#include "store/paperwork.h"
#include "store/prune.h"
#include "store/reseal.h"
#include "store/retention.h"

APLOG_USE_MODULE(portal);

#define PRUNE_EVERY apr_time_from_sec(3600)
#define AT_ONCE 50
#define CASES_AT_ONCE 100 /* in one transaction: others write, too */
#define ERASED_AT_ONCE 20

typedef struct {
    int asks;
    portal_cases_due_t due;
    const char *epoch, *scrub;
} look_t;

static apr_status_t look(portal_tx_t *tx, void *baton)
{
    look_t *l = baton;
    apr_status_t rv = portal_act_ask_waits(tx, &l->asks);

    if (rv == APR_SUCCESS)
        rv = portal_act_cases_wait(tx, &l->due);
    if (rv == APR_SUCCESS)
        rv = portal_act_scrub_due(tx, &l->scrub);
    return rv == APR_SUCCESS ? portal_act_session_epoch(tx, &l->epoch) : rv;
}

/* Sessions were ended by a program that cannot reach the copies in our memory. The first look of a
 * process forgets them too: nobody may have looked for a while. */
static void follow_epoch(portal_job_t *job, const char *epoch)
{
    if (job->epoch_known && !strcmp(job->epoch, epoch))
        return;
    portal_session_table_forget_all(job->app->sessions);
    apr_cpystrn(job->epoch, epoch, sizeof(job->epoch));
    job->epoch_known = 1;
    job->noted = 0; /* a restored backup tells of another httpd */
}

static portal_ask_policy_t policy_of(const portal_config_t *config)
{
    if (!config->feature_registration || config->registration == PORTAL_REGISTRATION_OFF)
        return PORTAL_ASK_OFF;
    return config->registration == PORTAL_REGISTRATION_OPEN ? PORTAL_ASK_OPEN
                                                            : PORTAL_ASK_INVITED;
}

/* 1: one was answered, look for another. */
static int answer_one(portal_job_t *job, apr_pool_t *pool)
{
    const portal_config_t *config = job->app->config;
    portal_ask_answer_t answer = {.policy = policy_of(config),
                                  .expires = config->verification_expires};
    apr_status_t rv =
        portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                           portal_act_ask_answer, &answer, pool);

    if (rv == APR_SUCCESS)
        return answer.id != NULL;
    /* with the database away this fails too, and the request stays */
    if (portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                           portal_act_ask_drop, NULL, pool) == APR_SUCCESS)
        ap_log_error(
            APLOG_MARK, APLOG_ERR, rv, job->app->server,
            "PTL0720: a request for a link could not be answered and is dropped");
    return 0;
}

/* Cases of an import get the forms of every new case. 1: there may be more. */
static int give_forms(portal_job_t *job, apr_pool_t *pool)
{
    const portal_config_t *config = job->app->config;
    portal_cases_due_t due = {.most = CASES_AT_ONCE};
    apr_status_t rv;

    if (config->feature_paperwork)
        due.forms = config->paperwork_default;
    rv = portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                            portal_act_cases_due, &due, pool);
    return rv == APR_SUCCESS && due.done == due.most;
}

/* Paperwork that has been kept for long enough. 1: there may be more. */
static int erase_kept(portal_job_t *job, apr_time_t now, apr_pool_t *pool)
{
    portal_retention_t r = {.keep = job->app->config->paperwork_retention,
                            .most = ERASED_AT_ONCE};
    apr_status_t rv = portal_store_write(&job->app->store, &portal_job_actor, now,
                                         portal_act_retention, &r, pool);

    return rv == APR_SUCCESS && r.more;
}

static void prune(portal_job_t *job, apr_time_t now, apr_pool_t *pool)
{
    const portal_config_t *config = job->app->config;
    portal_prune_t what = {.idle = config->session_idle > config->lobby_idle
                                       ? config->session_idle
                                       : config->lobby_idle,
                           .stop = config->throttle.stop};
    apr_status_t rv = portal_store_write(&job->app->store, &portal_job_actor, now,
                                         portal_act_prune, &what, pool);

    int go_on = rv == APR_SUCCESS && config->paperwork_retention;

    for (int i = 0; i < AT_ONCE && go_on && !portal_job_ends(); i++)
        go_on = erase_kept(job, now, pool);
    if (rv == APR_SUCCESS && !go_on)
        job->pruned = now;
}

/* So that portalctl rotate-secret knows when every httpd has a new key. */
static void note_keys(portal_job_t *job, apr_time_t now, apr_pool_t *pool)
{
    const server_rec *server = job->app->server;
    int port = server->addrs ? server->addrs->host_port : server->port;
    char host[25] = "";
    portal_serving_t serving = {0};

    if (gethostname(host, sizeof(host) - 1))
        apr_cpystrn(host, "localhost", sizeof(host));
    serving.where = apr_psprintf(pool, "%s:%d", host, port);
    if (portal_store_write(&job->app->store, &portal_job_actor, now,
                           portal_act_serving_note, &serving, pool) == APR_SUCCESS)
        job->noted = now;
}

void portal_job_care(portal_job_t *job, apr_pool_t *pool)
{
    apr_time_t now = portal_clock_now();
    look_t l = {.due = {.most = 1}};
    apr_status_t rv =
        portal_store_read(&job->app->store, &portal_job_actor, now, look, &l, pool);
    int go_on = rv == APR_SUCCESS && l.asks;

    if (rv != APR_SUCCESS)
        return;
    follow_epoch(job, l.epoch);
    if (now - job->noted >= PORTAL_SERVING_EVERY || now < job->noted)
        note_keys(job, now, pool);
    for (int i = 0; i < AT_ONCE && go_on && !portal_job_ends(); i++)
        go_on = answer_one(job, pool);
    go_on = l.due.done;
    for (int i = 0; i < AT_ONCE && go_on && !portal_job_ends(); i++)
        go_on = give_forms(job, pool);
    if (*l.scrub)
        portal_erase_scrub(&job->app->store, &portal_job_actor, now, l.scrub, pool);
    if (now - job->pruned >= PRUNE_EVERY || now < job->pruned)
        prune(job, now, pool);
    portal_job_guessing(job, now, pool);
    portal_job_anchor(job, now, pool);
}

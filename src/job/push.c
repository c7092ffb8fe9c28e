/* SPDX-License-Identifier: Apache-2.0 */
/* Sends paperwork that was accepted to PortalExport: one at a time, outside of any transaction. */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <string.h>

#include "core/clock.h"
#include "job/job.h"
#include "store/push.h"

APLOG_USE_MODULE(portal);

/* A claim outlives the slowest server by far. */
#define HOLD (4 * PORTAL_FHIR_TOTAL)
#define AT_ONCE 100
#define GIVEN_UP_AFTER apr_time_from_sec(7 * 86400)

/* When to try again after so many failures, not before the server wants it; 0: never. */
static apr_time_t next_try(const portal_push_claim_t *push, apr_interval_time_t wanted,
                           apr_time_t now)
{
    static const int minutes[] = {1, 2, 5, 10, 30, 60};
    const apr_int64_t last = sizeof(minutes) / sizeof(*minutes) - 1;
    apr_interval_time_t wait =
        apr_time_from_sec(minutes[push->tries < last ? push->tries : last] * 60);

    if (wait < wanted)
        wait = wanted;
    return now + wait > push->created + GIVEN_UP_AFTER ? 0 : now + wait;
}

static portal_push_fate_t fate_of(const portal_push_claim_t *push,
                                  const portal_fhir_result_t *result, apr_time_t now)
{
    portal_push_fate_t fate = {.id = push->id,
                               .claim = push->claim,
                               .binder_id = push->binder_id,
                               .case_id = push->case_id,
                               .state = "failed",
                               .reason = result->reason,
                               .code = result->code,
                               .issue = result->issue,
                               .tries = push->tries + 1};

    if (result->fate == PORTAL_FHIR_TEMPORARY)
        fate.next_try = next_try(push, result->wait, now);
    if (result->fate == PORTAL_FHIR_TAKEN)
        fate.state = "sent";
    else if (fate.next_try)
        fate.state = "queued";
    return fate;
}

/* Nothing of the paperwork is logged, and nothing that the server said. */
static void tell(portal_job_t *job, const portal_push_fate_t *fate)
{
    int away = !strcmp(fate->state, "queued");

    if (!strcmp(fate->state, "failed"))
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, job->app->server,
                     "PTL0714: paperwork for PortalExport is given up: %s %d %s; see the "
                     "outbox",
                     fate->reason, fate->code, fate->issue);
    if (away && !job->export_away)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, job->app->server,
                     "PTL0715: PortalExport takes nothing now: %s %d; it is tried again",
                     fate->reason, fate->code);
    if (!strcmp(fate->state, "sent") && job->export_away)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, job->app->server,
                     "PTL0716: PortalExport takes paperwork again");
    if (away || !strcmp(fate->state, "sent"))
        job->export_away = away;
}

/* 1: one was handled, look for another. What cannot be written down is sent again when its claim has
 * run out, which does no harm. */
static int push_one(portal_job_t *job, apr_pool_t *pool)
{
    portal_push_claim_t push = {.hold = HOLD, .system = job->app->config->export_system};
    portal_fhir_result_t result;
    portal_push_fate_t fate;
    apr_status_t rv =
        portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                           portal_act_push_claim, &push, pool);

    if (rv != APR_SUCCESS || !push.found)
        return 0;
    result = portal_fhir_post(&job->export_to, push.bundle, pool);
    fate = fate_of(&push, &result, portal_clock_now());
    tell(job, &fate);
    rv = portal_store_write(&job->app->store, &portal_job_actor, portal_clock_now(),
                            portal_act_push_fate, &fate, pool);
    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, job->app->server,
                     "PTL0717: what became of paperwork for PortalExport cannot be "
                     "written down; it is sent again later");
    return rv == APR_SUCCESS;
}

void portal_job_push(portal_job_t *job, apr_pool_t *pool)
{
    apr_pool_t *scratch;
    int due = 0, go_on = 1;
    apr_status_t rv =
        portal_store_read(&job->app->store, &portal_job_actor, portal_clock_now(),
                          portal_act_push_due, &due, pool);

    if (rv != APR_SUCCESS || !due)
        return;
    job->export_to.password = portal_job_secret(job->export_password, pool);
    job->export_to.token = portal_job_secret(job->export_token, pool);
    apr_pool_create(&scratch, pool);
    for (int i = 0; i < AT_ONCE && go_on && !portal_job_ends(); i++) {
        go_on = push_one(job, scratch);
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    job->export_to.password = job->export_to.token = NULL;
}

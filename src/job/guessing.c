/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody tries one password at many case numbers: a line of the error log and a row of the trail. */
#include <httpd.h>
#include <http_log.h>

#include "job/job.h"
#include "store/guessing.h"

APLOG_USE_MODULE(portal);

#define LOOK_EVERY apr_time_from_sec(60)

void portal_job_guessing(portal_job_t *job, apr_time_t now, apr_pool_t *pool)
{
    const portal_store_t *store = &job->app->store;
    portal_guessing_t g = {0};

    if (now - job->looked < LOOK_EVERY && now >= job->looked)
        return;
    if (portal_store_read(store, &portal_job_actor, now, portal_act_guessing, &g, pool) !=
        APR_SUCCESS)
        return;
    job->looked = now;
    if (!g.many || portal_store_write(store, &portal_job_actor, now,
                                      portal_act_guessing_tell, &g, pool) != APR_SUCCESS)
        return;
    if (g.told)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, job->app->server,
                     "PTL0771: %" APR_INT64_T_FMT
                     " case numbers were tried in vain within "
                     "ten minutes, from %" APR_INT64_T_FMT " networks",
                     g.numbers, g.networks);
}

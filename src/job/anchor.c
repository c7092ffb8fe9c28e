/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the audit trail ends, written where the database's own user cannot reach: httpd's error log, which
 * ErrorLog can send to another machine. Rows that are cut off behind such a line, or a trail that was written
 * anew by somebody who holds the key, are found by `portalctl audit verify --anchors`.
 */
#include <httpd.h>
#include <http_log.h>

#include "job/job.h"
#include "store/audit_trail.h"

APLOG_USE_MODULE(portal);

void portal_job_anchor(portal_job_t *job, apr_time_t now, apr_pool_t *pool)
{
    portal_audit_anchor_t end = {.seq = PORTAL_AUDIT_LAST};

    if (now - job->anchored < job->app->config->audit_anchor && now >= job->anchored)
        return;
    if (portal_store_read(&job->app->store, &portal_job_actor, now, portal_audit_anchor,
                          &end, pool) != APR_SUCCESS)
        return;
    job->anchored = now;
    if (!end.found || end.seq == job->anchored_row)
        return;
    job->anchored_row = end.seq;
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, job->app->server,
                 "PTL0770: " PORTAL_AUDIT_ANCHOR "%" APR_INT64_T_FMT " %s %s", end.seq,
                 end.link, end.proof);
}

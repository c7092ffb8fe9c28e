/* SPDX-License-Identifier: Apache-2.0 */
/* throttle: see throttle.h. Whole numbers only, so that every machine decides alike. */
#include "core/throttle.h"

#define HOUR (APR_INT64_C(3600) * APR_USEC_PER_SEC)

/* The wait after `paid` failures beyond the free ones: WAIT, 2 WAIT, 4 WAIT … LONGEST */
static apr_interval_time_t wait_after(const portal_throttle_cost_t *cost,
                                      apr_int64_t paid)
{
    apr_interval_time_t wait = cost->wait;
    for (apr_int64_t i = 1; i < paid && wait < cost->longest; i++) {
        wait = wait > cost->longest / 2 ? cost->longest : 2 * wait;
    }
    return wait < cost->longest ? wait : cost->longest;
}

static portal_throttle_verdict_t judge(apr_time_t *until, apr_interval_time_t wait,
                                       apr_time_t last, apr_time_t now)
{
    apr_time_t end = (last < now ? last : now) + wait;
    if (end <= now) {
        return PORTAL_THROTTLE_GO;
    }
    *until = end;
    return PORTAL_THROTTLE_WAIT;
}

portal_throttle_verdict_t portal_throttle_account(apr_time_t *until,
                                                  const portal_throttle_cost_t *cost,
                                                  apr_int64_t failures, apr_time_t last,
                                                  apr_time_t now)
{
    *until = 0;
    if (failures >= cost->stop) {
        return PORTAL_THROTTLE_STOPPED;
    }
    if (failures <= cost->free) {
        return PORTAL_THROTTLE_GO;
    }
    return judge(until, wait_after(cost, failures - cost->free), last, now);
}

portal_throttle_verdict_t portal_throttle_network(apr_time_t *until,
                                                  const portal_throttle_cost_t *cost,
                                                  apr_int64_t failures, apr_time_t last,
                                                  apr_time_t now)
{
    apr_int64_t free = (apr_int64_t)cost->free * PORTAL_THROTTLE_NETWORK_FACTOR;
    apr_int64_t faded = portal_throttle_faded(failures, last, now);
    *until = 0;
    if (faded <= free) {
        return PORTAL_THROTTLE_GO;
    }
    return judge(until, wait_after(cost, faded - free), last, now);
}

apr_int64_t portal_throttle_faded(apr_int64_t failures, apr_time_t last, apr_time_t now)
{
    if (failures <= 0 || now <= last) {
        return failures > 0 ? failures : 0;
    }
    apr_int64_t hours = (now - last) / HOUR;
    if (hours >= 62) {
        return 0;
    }
    /* in 1/7200 of a failure: an hour of seconds, twice, so that a half is whole */
    apr_int64_t seconds = (now - last) % HOUR / APR_USEC_PER_SEC;
    apr_int64_t most = APR_INT64_MAX / 7200 - 1;
    apr_int64_t parts = (failures < most ? failures : most) * (7200 - seconds);
    parts >>= hours;
    return (parts + 3600) / 7200;
}

apr_int64_t portal_throttle_seconds(apr_time_t until, apr_time_t now)
{
    apr_int64_t seconds =
        until > now ? (until - now + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC : 0;
    return seconds > 0 ? seconds : 1;
}

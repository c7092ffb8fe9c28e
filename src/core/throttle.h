/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle: what failed attempts cost (NIST SP 800-63B-4 section 3.2.2). Rules only: the
 * counters are in the database, and who counts writes the attempt down before it checks a
 * password, so that guesses made at the same time are all counted.
 *
 * Unknown accounts are counted by the same rule: an answer never tells whether one exists.
 */
#ifndef PORTAL_THROTTLE_H
#define PORTAL_THROTTLE_H

#include <apr_time.h>

/* What failures at one account cost: see PortalThrottle in conf/portal.conf. */
typedef struct {
    int free;                    /* failures without a wait */
    apr_interval_time_t wait;    /* first wait; doubles with each failure */
    apr_interval_time_t longest; /* no wait is longer */
    int stop;                    /* after so many failures only mail or the desk help */
} portal_throttle_cost_t;

/* A network has so many times the free failures of an account: many people share it. */
#define PORTAL_THROTTLE_NETWORK_FACTOR 10

typedef enum {
    PORTAL_THROTTLE_GO,     /* try */
    PORTAL_THROTTLE_WAIT,   /* not before `until` */
    PORTAL_THROTTLE_STOPPED /* not at all: a new password by mail, or the desk */
} portal_throttle_verdict_t;

/*
 * Whether an account with `failures` failed attempts, the last at `last`, may be tried at
 * `now`. The failure after the free ones costs the first wait, counted from `last`. *until is
 * the end of the wait, 0 unless the verdict is WAIT. A `last` in the future counts as now.
 */
portal_throttle_verdict_t portal_throttle_account(apr_time_t *until,
                                                  const portal_throttle_cost_t *cost,
                                                  apr_int64_t failures, apr_time_t last,
                                                  apr_time_t now);

/*
 * The same for a network (or a single address of a network that may use the lobby), with ten
 * times the free failures; it is never stopped. `failures` is the count as it was stored at
 * `last`; it is faded here.
 */
portal_throttle_verdict_t portal_throttle_network(apr_time_t *until,
                                                  const portal_throttle_cost_t *cost,
                                                  apr_int64_t failures, apr_time_t last,
                                                  apr_time_t now);

/*
 * What a network's count of `failures` at `last` is worth at `now`: it halves each hour, in
 * between on a straight line, rounded to the nearest. A new failure is stored as this, plus
 * 1, with the time of now.
 */
apr_int64_t portal_throttle_faded(apr_int64_t failures, apr_time_t last, apr_time_t now);

/* Whole seconds from now to `until`, rounded up and at least 1: for Retry-After. */
apr_int64_t portal_throttle_seconds(apr_time_t until, apr_time_t now);

#endif

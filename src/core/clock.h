/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: the one place that reads the time.
 *
 * All other code is given `now`. Only the gate, the jobs and portalctl call this, so that
 * expiry, replay and lockout can be tested as ordinary cases.
 */
#ifndef PORTAL_CLOCK_H
#define PORTAL_CLOCK_H

#include <apr_time.h>

/*
 * The time now: microseconds since 1970, UTC.
 *
 * The test build (-DPORTAL_TEST_CLOCK) adds the whole seconds, which may be negative, that
 * stand as text in the file named by the environment variable PORTAL_CLOCK_FILE. The file is
 * read at each call; no variable, no file or no number in it count as 0. The real build
 * never looks at either.
 */
apr_time_t portal_clock_now(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters in a block of shared memory: counted by any thread of any process that maps it, without
 * a lock. Numbers only: nothing that could name anybody fits in here.
 *
 * Every function takes NULL for `counts` and then does nothing (and reads 0), so that programs
 * beside httpd need none.
 */
#ifndef PORTAL_COUNTS_H
#define PORTAL_COUNTS_H

#include <apr.h>

#include "core/breaker.h"
#include "core/metrics.h"

typedef enum {
#define FAMILY(id, name, label, help)
#define COUNT(id, family, value) PORTAL_COUNT_##id,
#include "core/counts.def"
#undef FAMILY
#undef COUNT
    PORTAL_COUNTS_N
} portal_count_t;

/* Requests are counted by their route's place in the table of addresses, and the first digit of the
 * status. */
#define PORTAL_COUNTS_ROUTES 400
#define PORTAL_COUNTS_CLASSES 6

typedef struct portal_counts_t portal_counts_t;

/* Bytes of the block. */
apr_size_t portal_counts_size(void);

/* All counters at 0, in zeroed memory of that size, 8-byte aligned. */
portal_counts_t *portal_counts_make(void *memory);

/* Counts `n` more. */
void portal_count(portal_counts_t *counts, portal_count_t which, apr_uint64_t n);

/* Where a counter stands. */
apr_uint64_t portal_count_read(const portal_counts_t *counts, portal_count_t which);

/* Counts an answered request; a route or status out of range is not counted. */
void portal_count_request(portal_counts_t *counts, int route, int status);

/* Answers of a route with a status of `status_class` (2 for 2xx). */
apr_uint64_t portal_count_requests(const portal_counts_t *counts, int route,
                                   int status_class);

/* Counts a row of the audit trail, once it is committed: itself, and what it tells about sign-ins,
 * lobby and throttle. */
void portal_count_audited(portal_counts_t *counts, const char *action,
                          const char *result);

/* Notes what the last try to reach the database came to, and says it. At first it is 1. */
void portal_counts_database(portal_counts_t *counts, int answers);
int portal_counts_database_answers(const portal_counts_t *counts);

/* The breaker before the database, which the processes share with the counters; not of NULL. */
portal_breaker_t *portal_counts_breaker(portal_counts_t *counts);

/* Adds all rows of counts.def to `metrics`, an array of portal_metric_t. */
void portal_counts_list(const portal_counts_t *counts, apr_array_header_t *metrics);

/* Microseconds of the machine's monotonic clock, the same in all processes: for waits, which are no
 * points in time. */
apr_int64_t portal_counts_clock(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was last found out about the parts that a portal needs, in shared memory: however many ask,
 * one looks, once a second, and no one waits for it.
 */
#ifndef PORTAL_HEALTH_H
#define PORTAL_HEALTH_H

#include <apr.h>

/* Parts that do not work; or-ed. */
enum { PORTAL_HEALTH_DATABASE = 1, PORTAL_HEALTH_HASHER = 2, PORTAL_HEALTH_SLOW = 4 };

/* A finding younger than this (microseconds) is the answer, and while somebody looks the one before.
 * Who has looked for STALE takes too long, and there must be a first finding: PORTAL_HEALTH_SLOW. */
#define PORTAL_HEALTH_FRESH 1000000
#define PORTAL_HEALTH_STALE 3000000
/* Who began to look so long ago has died, or hangs: another may look. */
#define PORTAL_HEALTH_LOST 10000000

typedef struct portal_health_t portal_health_t;

/* Bytes of the block. */
apr_size_t portal_health_size(void);

/* Nothing found out yet, in zeroed memory of that size, 8-byte aligned. */
portal_health_t *portal_health_make(void *memory);

/* 1: *faults is the answer. 0: the caller is to look, and to tell portal_health_found. `now` as
 * portal_counts_clock has it. */
int portal_health_known(portal_health_t *health, apr_int64_t now, int *faults);

/* What the caller found. */
void portal_health_found(portal_health_t *health, apr_int64_t now, int faults);

#endif

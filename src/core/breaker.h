/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A breaker before a service that may be away: while it is, one caller at a time goes on trying (the
 * prober), and all others are told at once. It lies in shared memory, so that this holds for all
 * processes together; no lock, and nothing that a process can leave behind by dying.
 *
 * `now` is portal_counts_clock's.
 */
#ifndef PORTAL_BREAKER_H
#define PORTAL_BREAKER_H

#include <apr.h>
#include <stdatomic.h>

/* Zeroed memory is a breaker of a service that answers. */
typedef struct {
    _Atomic apr_int64_t state;    /* well, doubted or away */
    _Atomic apr_int64_t probe_at; /* when the next one may try */
    _Atomic apr_int64_t answered; /* when it last did */
    _Atomic apr_int64_t failed;   /* when it last did not */
} portal_breaker_t;

typedef enum {
    PORTAL_BREAKER_GO,
    PORTAL_BREAKER_PROBE, /* go, and find out; must come to an end with answers or fails */
    PORTAL_BREAKER_NO
} portal_breaker_verdict_t;

/* How long nobody else tries when a prober says nothing any more, and how long after one that failed. */
#define PORTAL_BREAKER_PROBING ((apr_int64_t)10 * 1000000)
#define PORTAL_BREAKER_PAUSE ((apr_int64_t)1000000)

/* May the caller ask the service? */
portal_breaker_verdict_t portal_breaker_ask(portal_breaker_t *breaker, apr_int64_t now);

/* It answered somebody. 1: it had been away. */
int portal_breaker_answers(portal_breaker_t *breaker, apr_int64_t now);

/* It does not answer. 1: that is news. */
int portal_breaker_fails(portal_breaker_t *breaker, apr_int64_t now);

/* Somebody has been waiting since `since`: when nobody was answered from then on, only one goes on
 * asking until somebody is. */
void portal_breaker_doubt(portal_breaker_t *breaker, apr_int64_t since);

/* 1: nothing speaks against it. */
int portal_breaker_well(const portal_breaker_t *breaker);

/* 1: it does not answer, as far as is known. */
int portal_breaker_away(const portal_breaker_t *breaker);

/* When it last did not answer somebody; 0: never. */
apr_int64_t portal_breaker_failed(const portal_breaker_t *breaker);

/* How long ago it last answered. */
apr_int64_t portal_breaker_silence(const portal_breaker_t *breaker, apr_int64_t now);

#endif

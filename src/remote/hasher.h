/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client of portal-hasher: makes and checks password hashes over its Unix socket.
 *
 * Every call opens a connection of its own, so a portal_hasher_t may be used by any number
 * of threads at once. What is sent is what portal_pepper() made of the password, never the
 * password itself; each copy of it that a call makes is wiped before the call returns.
 *
 * `patience` is how long the hasher may take to begin (microseconds, at most ten minutes);
 * an answer under way is awaited PORTAL_HASHER_GRACE longer. Results of all calls:
 *   APR_SUCCESS  answered
 *   APR_EAGAIN   busy: its queue is full
 *   APR_TIMEUP   late: not begun, or not answered, in time
 *   APR_EINVAL   the password is longer than the hasher takes
 *   APR_ENOMEM   it has no memory for a hash of that cost
 *   other        the hasher is away (APR_ECONNREFUSED, APR_ENOENT, APR_EOF …)
 * None but the first says anything about the password; the caller turns them into 503.
 */
#ifndef PORTAL_REMOTE_HASHER_H
#define PORTAL_REMOTE_HASHER_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "core/counts.h"

#define PORTAL_HASHER_GRACE apr_time_from_sec(3)
/* Bytes. */
#define PORTAL_HASHER_PASSWORD_MAX 2048

typedef struct {
    const char *socket;      /* path; lives as long as this struct is used */
    portal_counts_t *counts; /* NULL: nobody wants to know */
} portal_hasher_t;

typedef enum {
    PORTAL_HASHER_NO_MATCH,
    PORTAL_HASHER_MATCH,
    PORTAL_HASHER_MATCH_REHASH, /* matches; made with another cost than today's */
    PORTAL_HASHER_MALFORMED     /* the hash string is not one, or its cost is insane */
} portal_hasher_verdict_t;

typedef struct {
    apr_uint64_t waiting, running, served, busy, late, kept;
} portal_hasher_stat_t;

/* Hashes (secret) `password` with today's cost: *hash is a "$argon2id$…" from `pool`. */
apr_status_t portal_hasher_hash(const portal_hasher_t *hasher, const char *password,
                                apr_size_t len, apr_interval_time_t patience,
                                const char **hash, apr_pool_t *pool);

/*
 * Compares (secret) `password` with `hash`. *verdict is set on APR_SUCCESS only, and is
 * PORTAL_HASHER_NO_MATCH otherwise.
 */
apr_status_t portal_hasher_verify(const portal_hasher_t *hasher, const char *password,
                                  apr_size_t len, const char *hash,
                                  apr_interval_time_t patience,
                                  portal_hasher_verdict_t *verdict);

/*
 * Takes the time of portal_hasher_verify() for an account that does not exist: it never
 * matches. To be called with whatever was typed (secret).
 */
apr_status_t portal_hasher_decoy(const portal_hasher_t *hasher, const char *password,
                                 apr_size_t len, apr_interval_time_t patience);

/* What the hasher is doing and has done since it was started. It is asked for no hash, so it is
 * given no longer than `patience`, and nothing is counted. */
apr_status_t portal_hasher_stat(const portal_hasher_t *hasher,
                                apr_interval_time_t patience, portal_hasher_stat_t *stat);

#endif

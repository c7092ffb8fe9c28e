/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit: the arithmetic of the audit chain. Each row carries a keyed hash (BLAKE2b-256, key
 * PORTAL_KEY_AUDIT_CHAIN) of all its fields and of the link to the row before. The link is a keyed
 * hash of that row's hash; it stands nowhere but in the head, and there only while that row is
 * the last one. So who can write to the database but has not the master key can neither change,
 * remove, move or add a row, nor set the head back to an earlier row and cut the rest off,
 * without portal_audit_verify_* finding it, also after more rows were written.
 *
 * One thing no chain can show: the whole database put back to an earlier day, head included.
 * For that the head's link has to be kept elsewhere, such as in a printed or mailed report.
 */
#ifndef PORTAL_AUDIT_H
#define PORTAL_AUDIT_H

#include <apr_time.h>

#include "core/keyring.h"

/* A row as it stands in the table. No text is NULL; what a row has not is "". */
typedef struct {
    apr_int64_t seq; /* 1, 2, 3 … without a gap */
    apr_time_t at;
    const char *request;
    const char *actor_kind;
    const char *actor;
    const char *source;
    const char *action;
    const char *binder_id;
    const char *case_id;
    const char *result;
    const char *detail; /* as it is stored: sealed */
} portal_audit_row_t;

/*
 * The hash of `row` after a row whose link is `previous` (PORTAL_AUDIT_START for the first), under
 * master key `key_id` (0: the current one). The id of the key is stored beside the hash. APR_NOTFOUND: no
 * such key; `out` is then "".
 */
apr_status_t portal_audit_mac(char out[PORTAL_MAC_SIZE], const portal_keyring_t *ring,
                              unsigned key_id, const char *previous,
                              const portal_audit_row_t *row);

/*
 * The link to a row whose hash is `mac`: what the head keeps, and what the next row is hashed with.
 * `key_id` is that row's. APR_NOTFOUND: no such key; `out` is then "".
 */
apr_status_t portal_audit_link(char out[PORTAL_MAC_SIZE], const portal_keyring_t *ring,
                               unsigned key_id, const char *mac);

/*
 * What shows that a line about row `seq` with that link, kept among lines of others, was written by who holds the
 * key. APR_NOTFOUND as above.
 */
apr_status_t portal_audit_anchor_mac(char out[PORTAL_MAC_SIZE],
                                     const portal_keyring_t *ring, unsigned key_id,
                                     apr_int64_t seq, const char *link);

/* What stands before the first row, and in the head of an empty trail. */
#define PORTAL_AUDIT_START                                                               \
    "0000000000000000000000000000000000000000000000000000000000000000"

typedef enum {
    PORTAL_AUDIT_OK,
    PORTAL_AUDIT_CHANGED, /* this row, or the head, is not what was written */
    PORTAL_AUDIT_MISSING, /* the row that should stand here is gone */
    PORTAL_AUDIT_MOVED,   /* the row that stands here belongs elsewhere */
    PORTAL_AUDIT_ADDED,   /* this row was not written by the portal */
    PORTAL_AUDIT_NO_KEY /* the key ring lacks the key of this row: nothing can be said */
} portal_audit_verdict_t;

typedef struct portal_audit_verifier_t portal_audit_verifier_t;

/*
 * Begins a verification after row `seq`, to which the link is `link`: 0 and PORTAL_AUDIT_START for
 * the whole trail. The verifier lives in `pool` and keeps 64 rows at most, however many it is fed.
 */
portal_audit_verifier_t *portal_audit_verify_begin(const portal_keyring_t *ring,
                                                   apr_int64_t seq, const char *link,
                                                   apr_pool_t *pool);

/*
 * Feeds the next row in ascending order of seq, with its stored key id and hash; nothing of
 * it is kept by reference. 1: go on. 0: the verdict is settled, more rows change nothing.
 */
int portal_audit_verify_row(portal_audit_verifier_t *verifier,
                            const portal_audit_row_t *row, unsigned key_id,
                            const char *mac);

/*
 * Ends with the head's seq and link (0 and "" when there is none) and gives the verdict
 * about the first row that is wrong; *seq is its number (0 when all is well). A row in
 * error is judged together with up to 63 after it: behind a row that was changed the chain
 * goes on; a row that was moved fits elsewhere; behind rows that were added stands the one that
 * fits here. Where several rows were tampered with, the first one is named, maybe as changed.
 */
portal_audit_verdict_t portal_audit_verify_end(portal_audit_verifier_t *verifier,
                                               apr_int64_t head_seq,
                                               const char *head_link, apr_int64_t *seq);

#endif

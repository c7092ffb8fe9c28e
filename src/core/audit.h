/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of the audit chain: each row's mac is a keyed hash over the mac of the row before
 * and over all of its fields, each with its length before it, so that no two different rows read
 * the same. Who has no key can neither change a row nor make one.
 */
#ifndef PORTAL_AUDIT_H
#define PORTAL_AUDIT_H

#include <apr_time.h>

#include "core/keyring.h"

/* A row as it stands in the database. Texts are never NULL. */
typedef struct {
    apr_int64_t seq; /* 1, 2, 3 …: no gaps */
    apr_time_t at;
    const char *request, *actor_kind, *actor, *source, *action;
    const char *binder_id, *case_id, *result;
    const char *detail; /* sealed */
} portal_audit_row_t;

/* What stands before the first row. */
#define PORTAL_AUDIT_START "0000000000000000000000000000000000000000000000000000000000000000"

/* The mac of `row` after a row whose mac is `before`. APR_NOTFOUND: no key of that id (0: the
 * current one). */
apr_status_t portal_audit_mac(char mac[PORTAL_MAC_SIZE], const portal_keyring_t *keys,
                              unsigned key_id, const char *before,
                              const portal_audit_row_t *row, apr_pool_t *pool);

#endif

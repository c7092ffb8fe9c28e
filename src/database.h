/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives the store its connections from mod_dbd's pools and its write lock.
 *
 * When the database does not answer, one caller of all processes at a time goes on trying (the
 * prober); all others are told at once, so that no worker threads pile up. A server that hangs is
 * noticed by database_watch.h, and one that is gone by who uses a connection; no text of it is logged.
 * Statements are prepared at a connection's first use, without labels, so that they outlive a failover.
 */
#ifndef PORTAL_DATABASE_H
#define PORTAL_DATABASE_H

#include <httpd.h>

#include "store/store.h"

/* Called after a commit that ended sessions, with the binder (or the session's hash) they were of. */
typedef void (*portal_ended_fn)(void *baton, const char *binder_id,
                                const char *token_hash);

/* For child_init, after mod_dbd's: when the child ends, it waits for those who have a connection
 * before mod_dbd takes them away; nobody gets another. `process` outlives the child's pool. */
void portal_database_child_init(apr_pool_t *pchild, apr_pool_t *process);

/* Fills `store` for one host, but for its counts, which are set before; keys stay the caller's. The write lock is the file named after the
 * SQLite database with ".lock" behind it. All in `pool` (the configuration's). */
apr_status_t portal_database_store(portal_store_t *store, server_rec *server,
                                   const portal_keyring_t *keys, portal_ended_fn ended,
                                   void *ended_baton, apr_pool_t *pool);

#endif

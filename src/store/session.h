/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session rows. The cookie's value is made here and returned once; only its hash is stored.
 * Whoever ends sessions need not think of the copies in shared memory: the store tells its owner
 * after the commit (portal_store_ops_t.ended).
 */
#ifndef PORTAL_STORE_SESSION_H
#define PORTAL_STORE_SESSION_H

#include "core/session_table.h"
#include "store/store.h"

/* Which kinds an act ends; or-ed. Who is half signed in, or has to set up a second factor, goes where
 * patients go. */
enum {
    PORTAL_END_PATIENT = 1 | 8 | 16,
    PORTAL_END_MUST_CHANGE = 2,
    PORTAL_END_LOBBY = 4,
    PORTAL_END_ALL = 31
};

/* Begins a session. Of `session`, the caller sets kind, binder_id, lobby_id, source and expires;
 * the rest is filled in. `agent`: browser and system (core/agent.h), "" unknown. `token` gets the
 * cookie's value: a secret, wipe it. */
apr_status_t portal_session_begin(portal_tx_t *tx, portal_session_t *session,
                                  const char *agent, char token[44]);

/* Another session in the place of `old`, with a new cookie: after every change of rights. Of `fresh`
 * the caller sets kind and expires. APR_NOTFOUND: `old` has ended, and nothing was begun. */
apr_status_t portal_session_replace(portal_tx_t *tx, const portal_session_t *old,
                                    portal_session_t *fresh, const char *agent,
                                    char token[44]);

/* Ends one session; no error when there is none. */
apr_status_t portal_session_end(portal_tx_t *tx, const char *token_hash);

/* Ends the sessions of a binder of these kinds, except the one with the hash `except` ("" none). */
apr_status_t portal_session_end_all(portal_tx_t *tx, const char *binder_id, int kinds,
                                    const char *except);

/* Reads one session and its cases in a transaction of its own. APR_NOTFOUND: there is none. */
apr_status_t portal_session_load(const portal_store_t *store, const char *token_hash,
                                 apr_time_t now, portal_session_t *session,
                                 apr_pool_t *pool);

/* Reads the selected cases of a binder in a transaction of its own; for those who have more than
 * stand in portal_session_t. An array of *n in pool. */
apr_status_t portal_session_cases(const portal_store_t *store, const char *binder_id,
                                  apr_time_t now, portal_session_case_t **cases, int *n,
                                  apr_pool_t *pool);

/* Writes down that the session was alive at `seen`, in a transaction of its own. */
apr_status_t portal_session_seen(const portal_store_t *store, const char *token_hash,
                                 apr_time_t seen, apr_pool_t *pool);

#endif

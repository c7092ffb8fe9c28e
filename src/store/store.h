/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: where records are read and written. Everything that happens (an "act") runs inside
 * one transaction that portal_store_write or portal_store_read opens, and so does its audit row.
 *
 * The store knows neither httpd nor the command line: both hand it connections through
 * portal_store_ops_t. It is used by many threads at once; a transaction by one.
 *
 * Results: apr_status_t, where anything but APR_SUCCESS means that nothing was written. What an
 * act found out (refused, conflict, not found) is a verdict in its own result structure; a
 * verdict does not roll back, since attempts and refusals are recorded too.
 */
#ifndef PORTAL_STORE_H
#define PORTAL_STORE_H

#include <stdatomic.h>

#include <apr_pools.h>
#include <apr_time.h>
#include <apr_dbd.h>
#include <apr_file_info.h>
#include <apr_tables.h>
#include "core/actor.h"
#include "core/counts.h"
#include "core/keyring.h"

/* One open connection with its prepared statements; used by one thread at a time. */
typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_dbd_prepared_t **prepared; /* as many as statements.def has rows */
    const char *lock_path; /* the write lock's file; NULL: the engine needs none */
    struct {
        const char *path; /* NULL: the engine has no file of its own */
        apr_dev_t device;
        apr_ino_t inode;
    } file;             /* of the database, see store/database_file.h */
    apr_pool_t *pool;   /* lives as long as the connection; statements stand in it */
    int settled, ready; /* see portal_store_prepare */
    _Atomic apr_int64_t
        *out;    /* since when a call is out, see store/wire.h; NULL: nobody asks */
    void *owner; /* whatever the ops need to take it back */
} portal_connection_t;

/* Who gives the store its connections. All functions may be called by many threads. */
typedef struct {
    apr_status_t (*open)(void *baton, portal_connection_t *connection, apr_pool_t *pool);
    void (*close)(void *baton, portal_connection_t *connection);
    /* the connection lost its server: makes it anew, once. Anything but APR_SUCCESS: it cannot be used
     * any more, but is to be closed as ever */
    apr_status_t (*renew)(void *baton, portal_connection_t *connection, apr_pool_t *pool);
    /* after a commit that ended or changed sessions: those of a binder, or the one with that hash (the
     * other is NULL), so that copies of them are forgotten */
    void (*ended)(void *baton, const char *binder_id, const char *token_hash);
} portal_store_ops_t;

/* Makes the content of a mail (store/mail.h): *payload is whatever the deliverer wants to find in
 * the queue. APR_ENOTIMPL: no mail can go out here. */
struct portal_mail_facts_t;
typedef apr_status_t (*portal_compose_fn)(void *baton,
                                          const struct portal_mail_facts_t *facts,
                                          const char **payload, apr_pool_t *pool);

/* A practice's records. Filled by its owner; must outlive every call. */
typedef struct {
    const portal_store_ops_t *ops;
    void *baton;
    const portal_keyring_t *keys;
    /* 1: a program beside httpd, which cannot reach the copies of sessions. An act that ended
     * sessions then also changes the meta row session_epoch, in its own transaction; httpd looks
     * at that row and forgets all copies when it is another than the last time. */
    int outside;
    portal_compose_fn compose; /* NULL: no mail goes out */
    void *compose_baton;
    int exports;             /* 1: what the desk accepts is queued (store/push.h) */
    portal_counts_t *counts; /* NULL: nobody wants to know */
} portal_store_t;

/* A running transaction. */
typedef struct {
    const portal_store_t *store;
    const portal_actor_t *actor;
    apr_time_t now;
    apr_pool_t *pool; /* results live here: as long as the pool given to the call */
    portal_connection_t connection;
    int failed; /* sticky: a statement went wrong, nothing will be committed */
    int lost;   /* the server went away before a COMMIT was sent */
    int unsure; /* it went away with the COMMIT: nobody knows whether that was done */
    apr_array_header_t
        *ended; /* what to tell ops->ended after the commit; NULL: nothing */
    apr_array_header_t *audited; /* what to count then; NULL: nothing */
} portal_tx_t;

/* Notes that sessions were ended in this transaction, or that what their copies say of the cases
 * changed; one of the two is NULL. Strings must live as long as tx->pool. */
void portal_tx_ended(portal_tx_t *tx, const char *binder_id, const char *token_hash);

/* Notes that a row of the audit trail was written in this transaction. Both must live as long as
 * tx->pool. */
void portal_tx_audited(portal_tx_t *tx, const char *action, const char *result);

/* What happens inside the transaction. Returns APR_SUCCESS to commit; anything else rolls back.
 * It may be run a second time from the start when the schema had changed under it, or the server was
 * lost before the commit, so it sets its results anew and does nothing outside the transaction. */
typedef apr_status_t (*portal_act_fn)(portal_tx_t *tx, void *baton);

/* Runs `act` in a write transaction, under the write lock where the engine needs one, and
 * commits. APR_SUCCESS only when the commit is durable. APR_TIMEUP: the lock was not to be had.
 * Anything else: the database is away or refused; nothing was written. */
apr_status_t portal_store_write(const portal_store_t *store, const portal_actor_t *actor,
                                apr_time_t now, portal_act_fn act, void *baton,
                                apr_pool_t *pool);

/* The same for an act that only reads: one consistent view, no lock, nothing to commit. */
apr_status_t portal_store_read(const portal_store_t *store, const portal_actor_t *actor,
                               apr_time_t now, portal_act_fn act, void *baton,
                               apr_pool_t *pool);

/* SQLite: puts the write-ahead log into the database and begins it anew, so that nothing that was
 * overwritten stands in it any more. APR_EAGAIN: not now, somebody is reading an older state. Does
 * nothing on other engines. */
apr_status_t portal_store_scrub(const portal_store_t *store, apr_pool_t *pool);

/* Makes a connection ready: the settings that the engine needs (foreign keys, synchronous FULL, no
 * busy timeout), its write lock, and every statement; `anew` prepares those again that are there.
 * Driver, handle and pool are set by the caller, the rest is 0 at first and kept from call to call;
 * the pool must live as long as the handle. Sets connection->ready.
 * APR_ENOTIMPL: no records are kept with this driver (store/dialect.h).
 * APR_EAGAIN: the database was busy, worth another try. APR_EGENERAL: it has not these tables. */
apr_status_t portal_store_prepare(portal_connection_t *connection, int anew);

#endif

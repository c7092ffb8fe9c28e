/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs acts inside transactions. apr_dbd's own transactions are not used: they commit when their
 * pool dies, run on in autocommit after a failed start, and crash on a lost PostgreSQL handle.
 */
#include <string.h>

#include "core/token.h"
#include "store/dialect.h"
#include "store/statement.h"
#include "store/store.h"
#include "store/wire.h"
#include "store/write_lock.h"

#define LOCK_PATIENCE apr_time_from_msec(1200)

static int plain(portal_tx_t *tx, const char *sql)
{
    return portal_wire_query(&tx->connection, sql);
}

/* A statement of SQLite's legacy interface dies for good when anybody changes the schema. */
static int schema_changed(portal_tx_t *tx)
{
    const char *text;

    if (!portal_dialect_sqlite(&tx->connection))
        return 0;
    text = apr_dbd_error(tx->connection.driver, tx->connection.handle, 1);
    return text && strstr(text, "schema has changed") != NULL;
}

typedef struct {
    const char *binder_id, *token_hash;
} ended_t;

void portal_tx_ended(portal_tx_t *tx, const char *binder_id, const char *token_hash)
{
    if (!tx->ended)
        tx->ended = apr_array_make(tx->pool, 2, sizeof(ended_t));
    *(ended_t *)apr_array_push(tx->ended) = (ended_t){binder_id, token_hash};
}

typedef struct {
    const char *action, *result;
} audited_t;

void portal_tx_audited(portal_tx_t *tx, const char *action, const char *result)
{
    if (!tx->store->counts)
        return;
    if (!tx->audited)
        tx->audited = apr_array_make(tx->pool, 2, sizeof(audited_t));
    *(audited_t *)apr_array_push(tx->audited) = (audited_t){action, result};
}

static void count_audited(const portal_tx_t *tx)
{
    for (int i = 0; tx->audited && i < tx->audited->nelts; i++) {
        const audited_t *a = &APR_ARRAY_IDX(tx->audited, i, audited_t);
        portal_count_audited(tx->store->counts, a->action, a->result);
    }
}

static void tell_ended(portal_tx_t *tx)
{
    for (int i = 0; tx->ended && i < tx->ended->nelts; i++) {
        const ended_t *e = &APR_ARRAY_IDX(tx->ended, i, ended_t);
        tx->store->ops->ended(tx->store->baton, e->binder_id, e->token_hash);
    }
}

/* Any new value will do: who looks compares it with the one before. */
static apr_status_t change_epoch(portal_tx_t *tx)
{
    if (!tx->ended || !tx->store->outside)
        return APR_SUCCESS;
    return PORTAL_DO(meta_update, tx, NULL, .value = portal_id_make(tx->pool),
                     .name = "session_epoch");
}

/* APR_TIMEUP: others kept the turn to write for too long. */
static apr_status_t begin(portal_tx_t *tx, int write)
{
    const portal_dialect_t *dialect = portal_dialect_of(&tx->connection);
    int rc = plain(tx, write ? dialect->begin_write[0] : dialect->begin_read);

    tx->lost = rc != 0 && !portal_dialect_sqlite(&tx->connection);
    if (rc)
        return APR_EGENERAL;
    for (int i = 1; rc == 0 && write && dialect->begin_write[i]; i++)
        rc = plain(tx, dialect->begin_write[i]);
    return rc ? APR_TIMEUP : APR_SUCCESS;
}

/* Before a COMMIT was sent: who cannot even roll back has lost the server, and it has forgotten the
 * transaction. */
static void roll_back(portal_tx_t *tx)
{
    if (!tx->lost && plain(tx, "ROLLBACK"))
        tx->lost = !portal_dialect_sqlite(&tx->connection);
}

static apr_status_t run_once(portal_tx_t *tx, int write, portal_act_fn act, void *baton,
                             int *stale)
{
    apr_status_t rv;

    *stale = 0;
    tx->failed = tx->unsure = 0;
    tx->ended = NULL;
    tx->audited = NULL;
    rv = begin(tx, write);
    if (rv != APR_SUCCESS) {
        roll_back(tx);
        return rv;
    }
    rv = act(tx, baton);
    if (rv == APR_SUCCESS)
        rv = change_epoch(tx);
    if (rv == APR_SUCCESS && tx->failed)
        rv = APR_EGENERAL;
    if (rv == APR_SUCCESS && plain(tx, "COMMIT") == 0)
        return APR_SUCCESS;
    *stale = tx->failed && schema_changed(tx);
    if (rv == APR_SUCCESS) { /* whether it was committed is not known: never done twice */
        tx->unsure =
            plain(tx, "ROLLBACK") != 0 && !portal_dialect_sqlite(&tx->connection);
        return APR_EGENERAL;
    }
    roll_back(tx);
    return rv;
}

static apr_status_t take_lock(portal_tx_t *tx, const char *path, void **held)
{
    apr_int64_t begun = portal_counts_clock();
    apr_status_t rv = portal_write_lock(path, LOCK_PATIENCE, held, tx->pool);

    portal_count(tx->store->counts, PORTAL_COUNT_LOCK_WAIT,
                 (apr_uint64_t)(portal_counts_clock() - begun));
    return rv;
}

static apr_status_t run_locked(portal_tx_t *tx, int write, portal_act_fn act, void *baton)
{
    const char *lock = write ? tx->connection.lock_path : NULL;
    void *held = NULL;
    int stale;
    apr_status_t rv;

    if (lock) {
        rv = take_lock(tx, lock, &held);
        if (rv != APR_SUCCESS)
            return rv;
    }
    rv = run_once(tx, write, act, baton, &stale);
    if (rv != APR_SUCCESS && stale &&
        portal_store_prepare(&tx->connection, 1) == APR_SUCCESS)
        rv = run_once(tx, write, act, baton, &stale);
    if (held)
        portal_write_unlock(held);
    if (rv != APR_SUCCESS)
        return rv;
    tell_ended(tx);
    count_audited(tx);
    portal_count(tx->store->counts, PORTAL_COUNT_ACTS, write != 0);
    return rv;
}

/* A connection that died while nobody used it (the server was started again) is noticed only now. It
 * is made anew, has forgotten what was settled and prepared, and the act is done once more from the
 * start. */
static apr_status_t run(portal_tx_t *tx, int write, portal_act_fn act, void *baton)
{
    const portal_store_ops_t *ops = tx->store->ops;
    portal_connection_t *c = &tx->connection;
    apr_status_t rv = ops->open(tx->store->baton, c, tx->pool);

    if (rv != APR_SUCCESS)
        return rv;
    rv = run_locked(tx, write, act, baton);
    if ((tx->lost || tx->unsure) &&
        ops->renew(tx->store->baton, c, tx->pool) == APR_SUCCESS) {
        c->settled = c->ready = 0;
        if (tx->lost && portal_store_prepare(c, 0) == APR_SUCCESS) {
            tx->lost = 0;
            rv = run_locked(tx, write, act, baton);
        }
    }
    ops->close(tx->store->baton, c);
    return rv;
}

apr_status_t portal_store_write(const portal_store_t *store, const portal_actor_t *actor,
                                apr_time_t now, portal_act_fn act, void *baton,
                                apr_pool_t *pool)
{
    portal_tx_t tx = {.store = store, .actor = actor, .now = now, .pool = pool};
    return run(&tx, 1, act, baton);
}

apr_status_t portal_store_read(const portal_store_t *store, const portal_actor_t *actor,
                               apr_time_t now, portal_act_fn act, void *baton,
                               apr_pool_t *pool)
{
    portal_tx_t tx = {.store = store, .actor = actor, .now = now, .pool = pool};
    return run(&tx, 0, act, baton);
}

/* ---- the write-ahead log ---- */

/* The first column of the answer is 0 when all of the log was put into the database. */
static apr_status_t begin_log_anew(const portal_connection_t *c, apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *busy;

    if (apr_dbd_select(c->driver, pool, c->handle, &results,
                       "PRAGMA wal_checkpoint(TRUNCATE)", 1) ||
        apr_dbd_get_row(c->driver, pool, results, &row, 1))
        return APR_EGENERAL;
    busy = apr_dbd_get_entry(c->driver, row, 0);
    return busy && !strcmp(busy, "0") ? APR_SUCCESS : APR_EAGAIN;
}

apr_status_t portal_store_scrub(const portal_store_t *store, apr_pool_t *pool)
{
    portal_tx_t tx = {.store = store, .pool = pool};
    void *held = NULL;
    apr_status_t rv = store->ops->open(store->baton, &tx.connection, pool);

    if (rv != APR_SUCCESS)
        return rv;
    if (portal_dialect_sqlite(&tx.connection))
        rv = take_lock(&tx, tx.connection.lock_path, &held);
    if (held) {
        rv = begin_log_anew(&tx.connection, pool);
        portal_write_unlock(held);
    }
    store->ops->close(store->baton, &tx.connection);
    return rv;
}

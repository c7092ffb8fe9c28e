/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs acts inside transactions. apr_dbd's own transactions are not used: they commit when their
 * pool dies, run on in autocommit after a failed start, and crash on a lost PostgreSQL handle.
 */
#include <string.h>

#include "core/token.h"
#include "store/statement.h"
#include "store/store.h"
#include "store/write_lock.h"

#define LOCK_PATIENCE apr_time_from_msec(1200)

typedef struct {
    const char *driver, *begin_write, *begin_read;
} dialect_t;

static const dialect_t dialects[] = {
    {"sqlite3", "BEGIN IMMEDIATE", "BEGIN"},
    {"pgsql", "BEGIN", "BEGIN"},
    {"mysql", "START TRANSACTION", "START TRANSACTION"},
};

static const dialect_t *dialect_of(const portal_connection_t *c)
{
    const char *name = apr_dbd_name(c->driver);
    for (unsigned i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (!strcmp(dialects[i].driver, name))
            return &dialects[i];
    return &dialects[1];
}

static int plain(portal_tx_t *tx, const char *sql)
{
    int n;
    return apr_dbd_query(tx->connection.driver, tx->connection.handle, &n, sql);
}

/* A statement of SQLite's legacy interface dies for good when anybody changes the schema. */
static int schema_changed(portal_tx_t *tx)
{
    const char *text = apr_dbd_error(tx->connection.driver, tx->connection.handle, 1);
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

static apr_status_t run_once(portal_tx_t *tx, const char *begin, portal_act_fn act,
                             void *baton, int *stale)
{
    apr_status_t rv;

    *stale = 0;
    tx->failed = 0;
    tx->ended = NULL;
    tx->audited = NULL;
    if (plain(tx, begin)) {
        plain(tx, "ROLLBACK");
        return APR_EGENERAL;
    }
    rv = act(tx, baton);
    if (rv == APR_SUCCESS)
        rv = change_epoch(tx);
    if (rv == APR_SUCCESS && tx->failed)
        rv = APR_EGENERAL;
    if (rv == APR_SUCCESS && plain(tx, "COMMIT") == 0)
        return APR_SUCCESS;
    *stale = tx->failed && schema_changed(tx);
    plain(tx, "ROLLBACK");
    return rv ? rv : APR_EGENERAL;
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
    const dialect_t *dialect = dialect_of(&tx->connection);
    const char *begin = write ? dialect->begin_write : dialect->begin_read;
    const char *lock = write ? tx->connection.lock_path : NULL;
    void *held = NULL;
    int stale;
    apr_status_t rv;

    if (lock) {
        rv = take_lock(tx, lock, &held);
        if (rv != APR_SUCCESS)
            return rv;
    }
    rv = run_once(tx, begin, act, baton, &stale);
    if (rv != APR_SUCCESS && stale &&
        portal_store_prepare(&tx->connection, 1) == APR_SUCCESS)
        rv = run_once(tx, begin, act, baton, &stale);
    if (held)
        portal_write_unlock(held);
    if (rv != APR_SUCCESS)
        return rv;
    tell_ended(tx);
    count_audited(tx);
    portal_count(tx->store->counts, PORTAL_COUNT_ACTS, write != 0);
    return rv;
}

static apr_status_t run(portal_tx_t *tx, int write, portal_act_fn act, void *baton)
{
    const portal_store_ops_t *ops = tx->store->ops;
    apr_status_t rv = ops->open(tx->store->baton, &tx->connection, tx->pool);

    if (rv != APR_SUCCESS)
        return rv;
    rv = run_locked(tx, write, act, baton);
    ops->close(tx->store->baton, &tx->connection);
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

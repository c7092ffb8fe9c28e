/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_dbd.h>
#include <apr_strings.h>
#include <apr_atomic.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_dbd.h>
#include <string.h>

#include "app.h"
#include "database.h"
#include "store/database_file.h"

APLOG_USE_MODULE(portal);

#define STATEMENTS "portal"
#define BUSY_TRIES 40
#define BUSY_NAP apr_time_from_msec(25)
#define LAST_PATIENCE apr_time_from_sec(10)

typedef struct {
    server_rec *server;
    portal_ended_fn ended;
    void *ended_baton;
    /* the breaker: while `away`, only the one who sets `probing` may try, and once a second */
    apr_uint32_t away, probing, probed;
    portal_counts_t *counts;
} database_t;

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/* ---- connections ---- */

static int may_try(database_t *d)
{
    apr_uint32_t second = (apr_uint32_t)apr_time_sec(apr_time_now());

    if (!apr_atomic_read32(&d->away))
        return 1;
    if (apr_atomic_read32(&d->probed) == second ||
        apr_atomic_cas32(&d->probing, 1, 0) != 0)
        return 0;
    if (apr_atomic_xchg32(&d->probed, second) != second)
        return 1;
    apr_atomic_set32(&d->probing, 0);
    return 0;
}

static void tried(database_t *d, int worked)
{
    if (worked && apr_atomic_xchg32(&d->away, 0))
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, d->server,
                     "PTL0121: the database answers again");
    if (!worked && !apr_atomic_xchg32(&d->away, 1))
        ap_log_error(
            APLOG_MARK, APLOG_CRIT, 0, d->server,
            "PTL0120: the database does not answer; requests that need it get 503");
    apr_atomic_set32(&d->probing, 0);
}

/* What is known of a pooled connection; made at its first use, and lives as long as it. */
static portal_connection_t *known(ap_dbd_t *dbd)
{
    portal_connection_t *c = apr_hash_get(dbd->prepared, STATEMENTS, APR_HASH_KEY_STRING);

    if (c)
        return c;
    c = apr_pcalloc(dbd->pool, sizeof(*c));
    c->driver = dbd->driver;
    c->handle = dbd->handle;
    c->pool = dbd->pool;
    c->owner = dbd;
    apr_hash_set(dbd->prepared, STATEMENTS, APR_HASH_KEY_STRING, c);
    return c;
}

static apr_status_t make_ready(database_t *d, portal_connection_t *c)
{
    apr_status_t rv = c->ready ? APR_SUCCESS : portal_store_prepare(c, 0);

    for (int i = 0; rv == APR_EAGAIN && i < BUSY_TRIES; i++) {
        apr_sleep(BUSY_NAP);
        if (apr_dbd_check_conn(c->driver, c->pool, c->handle) != APR_SUCCESS)
            return APR_ECONNRESET; /* a lost connection is made anew by looking, or not */
        rv = portal_store_prepare(c, 0);
    }
    if (rv == APR_EGENERAL &&
        !apr_atomic_read32(&d->away)) /* said once, not at every try */
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, d->server,
                     "PTL0122: the database has not the tables of this version; "
                     "run portalctl init or portalctl migrate");
    return rv;
}

/* The connection stays in mod_dbd's pool, for the file may come back. Closing it would be worse:
 * SQLite then takes away the write-ahead log at that name, which may be another database's. */
static apr_status_t look_for_file(database_t *d, const portal_connection_t *c,
                                  apr_pool_t *pool)
{
    if (portal_database_file_stands(c, pool))
        return APR_SUCCESS;
    if (!apr_atomic_read32(&d->away))
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, d->server,
                     "PTL0123: the database's file was taken away while it was in use; "
                     "put it back, or restart httpd if another is to take its place");
    return APR_ENOENT;
}

static apr_status_t take_connection(database_t *d, portal_connection_t *c,
                                    apr_pool_t *pool)
{
    ap_dbd_t *dbd = dbd_open(pool, d->server);
    apr_status_t rv;

    if (!dbd)
        return APR_EGENERAL;
    rv = make_ready(d, known(dbd));
    if (rv == APR_SUCCESS)
        rv = look_for_file(d, known(dbd), pool);
    if (rv == APR_SUCCESS)
        *c = *known(dbd);
    else
        dbd_close(d->server, dbd);
    return rv;
}

/* ---- the end of a child ---- */

/* Jobs run on while a child ends, and mod_dbd takes its connections away under them: so the
 * child first waits until nobody has one, and nobody gets another. */
static struct {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *idle;
    int open, ending;
} child;

static int enter(void)
{
    int may;

    if (!child.mutex)
        return 1;
    apr_thread_mutex_lock(child.mutex);
    may = !child.ending;
    child.open += may;
    apr_thread_mutex_unlock(child.mutex);
    return may;
}

static void leave(void)
{
    if (!child.mutex)
        return;
    apr_thread_mutex_lock(child.mutex);
    if (--child.open == 0)
        apr_thread_cond_broadcast(child.idle);
    apr_thread_mutex_unlock(child.mutex);
}

static apr_status_t end_child(void *unused)
{
    apr_status_t rv = APR_SUCCESS;

    (void)unused;
    apr_thread_mutex_lock(child.mutex);
    child.ending = 1;
    while (child.open && rv == APR_SUCCESS)
        rv = apr_thread_cond_timedwait(child.idle, child.mutex, LAST_PATIENCE);
    apr_thread_mutex_unlock(child.mutex);
    return APR_SUCCESS;
}

/* Late callers still look at the mutex when pchild is gone, so it lives with the process. */
void portal_database_child_init(apr_pool_t *pchild, apr_pool_t *process)
{
    if (apr_thread_mutex_create(&child.mutex, APR_THREAD_MUTEX_DEFAULT, process) ||
        apr_thread_cond_create(&child.idle, process))
        child.mutex = NULL;
    else
        /* "pre": mod_dbd's connections live in a pool below pchild, and those below go before
         * the ordinary cleanups of the one above run */
        apr_pool_pre_cleanup_register(pchild, NULL, end_child);
}

/* ---- for the store ---- */

static void count_try(database_t *d, int worked, apr_int64_t took)
{
    portal_count(d->counts,
                 worked ? PORTAL_COUNT_DATABASE_OPENED : PORTAL_COUNT_DATABASE_FAILED, 1);
    portal_count(d->counts, PORTAL_COUNT_DATABASE_WAIT, (apr_uint64_t)took);
    portal_counts_database(d->counts, worked);
}

static apr_status_t open_connection(void *baton, portal_connection_t *c, apr_pool_t *pool)
{
    database_t *d = baton;
    apr_int64_t begun = portal_counts_clock();
    apr_status_t rv;

    if (!may_try(d)) {
        portal_count(d->counts, PORTAL_COUNT_DATABASE_REFUSED, 1);
        return APR_EAGAIN;
    }
    rv = enter() ? take_connection(d, c, pool) : APR_EOF;
    if (rv == APR_EOF)
        return rv;
    if (rv != APR_SUCCESS)
        leave();
    tried(d, rv == APR_SUCCESS);
    count_try(d, rv == APR_SUCCESS, portal_counts_clock() - begun);
    return rv;
}

static void close_connection(void *baton, portal_connection_t *c)
{
    database_t *d = baton;
    ap_dbd_t *dbd = c->owner;

    known(dbd)->ready = c->ready;
    dbd_close(d->server, dbd);
    leave();
}

static void ended(void *baton, const char *binder_id, const char *token_hash)
{
    database_t *d = baton;
    d->ended(d->ended_baton, binder_id, token_hash);
}

apr_status_t portal_database_store(portal_store_t *store, server_rec *server,
                                   const portal_keyring_t *keys, portal_ended_fn on_ended,
                                   void *ended_baton, apr_pool_t *pool)
{
    static const portal_store_ops_t ops = {open_connection, close_connection, ended};
    database_t *d = apr_pcalloc(pool, sizeof(*d));

    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    if (!dbd_open || !dbd_close)
        return APR_ENOTIMPL;
    d->server = server;
    d->counts = store->counts;
    d->ended = on_ended;
    d->ended_baton = ended_baton;
    store->ops = &ops;
    store->baton = d;
    store->keys = keys;
    return APR_SUCCESS;
}

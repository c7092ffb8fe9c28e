/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_dbd.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_dbd.h>
#include <string.h>

#include "app.h"
#include "config_database.h"
#include "database.h"
#include "database_watch.h"
#include "store/database_file.h"
#include "store/wire.h"

APLOG_USE_MODULE(portal);

#define STATEMENTS "portal"
#define BUSY_TRIES 40
#define BUSY_NAP apr_time_from_msec(25)
#define LAST_PATIENCE apr_time_from_sec(10)
#define LOOK_AGAIN apr_time_from_msec(100)

typedef struct {
    server_rec *server;
    portal_ended_fn ended;
    void *ended_baton;
    portal_breaker_t *breaker;
    portal_counts_t *counts;
    portal_config_database_t told;
    int line;         /* 1: its engine is reached over one (store/wire.h) */
    int asked;        /* 1: mod_dbd would ask the server for each use of a connection */
    _Atomic int made; /* of this child's connections */
    int taken;        /* of these, under the child's mutex */
} database_t;

/* What is known of a pooled connection; made at its first use, and lives as long as it. */
typedef struct known_t {
    portal_connection_t connection;
    portal_watch_t watch;
    database_t *database;
    int broken;           /* its server went away while somebody had it */
    apr_int64_t good;     /* when it was made, or last given back unbroken */
    struct known_t *next; /* of those that are kept */
} known_t;

static int any_line;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/* ---- the breaker ---- */

static void failed(database_t *d)
{
    if (portal_breaker_fails(d->breaker, portal_counts_clock()))
        ap_log_error(
            APLOG_MARK, APLOG_CRIT, 0, d->server,
            "PTL0120: the database does not answer; requests that need it get 503");
    portal_counts_database(d->counts, 0);
}

static void answered(database_t *d)
{
    if (portal_breaker_answers(d->breaker, portal_counts_clock()))
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, d->server,
                     "PTL0121: the database answers again");
    portal_counts_database(d->counts, 1);
}

static apr_status_t forget(void *known)
{
    atomic_fetch_sub(&((known_t *)known)->database->made, 1);
    return APR_SUCCESS;
}

static known_t *known(database_t *d, ap_dbd_t *dbd)
{
    known_t *k = apr_hash_get(dbd->prepared, STATEMENTS, APR_HASH_KEY_STRING);

    if (k)
        return k;
    k = apr_pcalloc(dbd->pool, sizeof(*k));
    k->connection.driver = dbd->driver;
    k->connection.handle = dbd->handle;
    k->connection.pool = dbd->pool;
    k->connection.owner = dbd;
    k->watch.breaker = d->breaker;
    k->watch.server = d->server;
    k->database = d;
    k->good = portal_counts_clock();
    atomic_fetch_add(&d->made, 1);
    apr_pool_cleanup_register(dbd->pool, k, forget, apr_pool_cleanup_null);
    apr_hash_set(dbd->prepared, STATEMENTS, APR_HASH_KEY_STRING, k);
    return k;
}

/* ---- who has a connection ---- */

/* Of this child. A connection that lost its server is kept here, not in mod_dbd's pool: mod_dbd
 * would write into the log what the server says when it is made anew. Nobody waits inside of mod_dbd
 * for one of those. Where mod_dbd asks the server before it hands a connection out, which waits for a
 * server that hangs and is watched by nobody, all are kept.
 *
 * Jobs run on while a child ends, and mod_dbd takes its connections away under them: so the child
 * first waits until nobody has one, and nobody gets another. They begin, too, before mod_dbd has made
 * its pool: until the mutex is there, which comes after that, nobody gets one either. */
static struct {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *idle, *room;
    int open, ending;
    known_t *kept;
} child;

static int enter(void)
{
    int may;

    if (!child.mutex)
        return 0;
    apr_thread_mutex_lock(child.mutex);
    may = !child.ending;
    child.open += may;
    apr_thread_mutex_unlock(child.mutex);
    return may;
}

static void leave(void)
{
    apr_thread_mutex_lock(child.mutex);
    if (--child.open == 0)
        apr_thread_cond_broadcast(child.idle);
    apr_thread_mutex_unlock(child.mutex);
}

static known_t *kept_of(const database_t *d)
{
    known_t **at = &child.kept, *k;

    while (*at && (*at)->database != d)
        at = &(*at)->next;
    k = *at;
    if (k)
        *at = k->next;
    return k;
}

/* A place among as many as there may be; with it a connection that was kept, or whether mod_dbd is
 * about to make another. 0: the database stopped to answer while all were taken. */
static int take_place(database_t *d, known_t **k, int *grows)
{
    int may;

    *k = NULL;
    *grows = 0;
    if (!d->line || !child.mutex)
        return 1;
    apr_thread_mutex_lock(child.mutex);
    while (d->taken >= d->told.most && portal_breaker_well(d->breaker))
        apr_thread_cond_timedwait(child.room, child.mutex, LOOK_AGAIN);
    may = d->taken < d->told.most;
    d->taken += may;
    if (may)
        *k = kept_of(d);
    *grows = may && !*k && d->taken > atomic_load(&d->made);
    apr_thread_mutex_unlock(child.mutex);
    return may;
}

/* NULL: nothing is kept. */
static void leave_place(database_t *d, known_t *kept)
{
    if (!d->line || !child.mutex)
        return;
    apr_thread_mutex_lock(child.mutex);
    d->taken--;
    if (kept) {
        kept->next = child.kept;
        child.kept = kept;
    }
    apr_thread_cond_signal(child.room);
    apr_thread_mutex_unlock(child.mutex);
}

static void give_back(database_t *d, known_t *k, int broken)
{
    int keep = (broken || d->asked) && d->line && child.mutex;

    k->broken = broken;
    if (!broken)
        k->good = portal_counts_clock();
    portal_watch_ends(&k->watch);
    if (!keep)
        dbd_close(d->server, k->connection.owner);
    leave_place(d, keep ? k : NULL);
}

/* ---- connections ---- */

static apr_status_t make_ready(database_t *d, portal_connection_t *c)
{
    apr_status_t rv = c->ready ? APR_SUCCESS : portal_store_prepare(c, 0);

    for (int i = 0; rv == APR_EAGAIN && !d->line && i < BUSY_TRIES; i++) {
        apr_sleep(BUSY_NAP);
        rv = portal_store_prepare(c, 0);
    }
    /* mod_dbd made it, and its server was started again before its first use */
    if (rv == APR_EAGAIN && d->line && !portal_watch_cut(&known(d, c->owner)->watch) &&
        portal_wire_check(c, c->pool) == APR_SUCCESS) {
        portal_watch_begins(&known(d, c->owner)->watch, c);
        c->settled = 0;
        rv = portal_store_prepare(c, 0);
    }
    if (rv == APR_EGENERAL &&
        !portal_breaker_away(d->breaker)) /* said once, not at every try */
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
    if (!portal_breaker_away(d->breaker))
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, d->server,
                     "PTL0123: the database's file was taken away while it was in use; "
                     "put it back, or restart httpd if another is to take its place");
    return APR_ENOENT;
}

static int server_answers(const database_t *d, apr_pool_t *pool)
{
    return portal_wire_try(d->told.driver, d->told.params, pool) == APR_SUCCESS;
}

/* One that was kept, or one of mod_dbd's. NULL: the server does not answer. */
static known_t *connect_to(database_t *d, known_t *kept, int grows, apr_pool_t *pool)
{
    ap_dbd_t *dbd;

    if (kept)
        return kept;
    /* mod_dbd makes a connection while it keeps all others waiting, and writes into the log what the
     * server says against it. So it is asked to only when one was just made here. */
    dbd = !grows || server_answers(d, pool) ? dbd_open(pool, d->server) : NULL;
    if (!dbd)
        leave_place(d, NULL);
    return dbd ? known(d, dbd) : NULL;
}

/* What was made before the server last did not answer somebody is made anew: a network that has forgotten
 * one connection has most likely forgotten the others, and each would cost a wait to find out. */
static apr_status_t mend(const database_t *d, known_t *k, apr_pool_t *pool)
{
    portal_connection_t *c = &k->connection;

    if (!d->line)
        return APR_SUCCESS;
    if (k->broken)
        return portal_wire_check(c, pool);
    if (k->good >= portal_breaker_failed(d->breaker))
        return APR_SUCCESS;
    c->settled = c->ready = 0;
    return portal_wire_anew(c, pool);
}

/* APR_EAGAIN: all are taken, and nobody is answered. */
static apr_status_t take_connection(database_t *d, portal_connection_t *c,
                                    apr_pool_t *pool)
{
    known_t *k;
    int grows;
    apr_status_t rv;

    if (!take_place(d, &k, &grows))
        return APR_EAGAIN;
    k = connect_to(d, k, grows, pool);
    if (!k)
        return APR_EGENERAL;
    rv = mend(d, k, pool);
    k->broken = rv != APR_SUCCESS;
    if (rv == APR_SUCCESS) {
        portal_watch_begins(&k->watch, &k->connection);
        rv = make_ready(d, &k->connection);
    }
    if (rv == APR_SUCCESS)
        rv = look_for_file(d, &k->connection, pool);
    if (rv == APR_SUCCESS)
        *c = k->connection;
    else
        give_back(d, k, 1);
    return rv == APR_EAGAIN ? APR_EBUSY : rv;
}

/* ---- the end of a child ---- */

static apr_status_t end_child(void *unused)
{
    apr_status_t rv = APR_SUCCESS;

    (void)unused;
    apr_thread_mutex_lock(child.mutex);
    child.ending = 1;
    while (child.open && rv == APR_SUCCESS)
        rv = apr_thread_cond_timedwait(child.idle, child.mutex, LAST_PATIENCE);
    for (known_t *k = child.kept; k; k = k->next)
        dbd_close(k->database->server, k->connection.owner);
    child.kept = NULL;
    apr_thread_mutex_unlock(child.mutex);
    portal_watch_child_end();
    return APR_SUCCESS;
}

/* Late callers still look at the mutex when pchild is gone, so it lives with the process. */
void portal_database_child_init(apr_pool_t *pchild, apr_pool_t *process)
{
    apr_thread_mutex_t *mutex;

    if (any_line)
        portal_watch_child_init(process);
    if (apr_thread_cond_create(&child.idle, process) ||
        apr_thread_cond_create(&child.room, process) ||
        apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, process))
        return; /* no memory: this child does without the database */
    /* "pre": mod_dbd's connections live in a pool below pchild, and those below go before
     * the ordinary cleanups of the one above run */
    apr_pool_pre_cleanup_register(pchild, NULL, end_child);
    child.mutex = mutex;
}

/* ---- for the store ---- */

static void count_try(database_t *d, int worked, apr_int64_t took)
{
    portal_count(d->counts,
                 worked ? PORTAL_COUNT_DATABASE_OPENED : PORTAL_COUNT_DATABASE_FAILED, 1);
    portal_count(d->counts, PORTAL_COUNT_DATABASE_WAIT, (apr_uint64_t)took);
}

/* A connection over a line proves nothing before it was used, or another was made. */
static apr_status_t reach(database_t *d, int probes, portal_connection_t *c,
                          apr_pool_t *pool)
{
    apr_status_t rv = APR_EGENERAL;

    if (!probes || !d->line || server_answers(d, pool))
        rv = take_connection(d, c, pool);
    if (rv != APR_SUCCESS && rv != APR_EAGAIN)
        failed(d);
    else if (probes || !d->line)
        answered(d);
    return rv;
}

static apr_status_t open_connection(void *baton, portal_connection_t *c, apr_pool_t *pool)
{
    database_t *d = baton;
    apr_int64_t begun = portal_counts_clock();
    portal_breaker_verdict_t may;
    apr_status_t rv = APR_EAGAIN;

    if (!enter())
        return APR_EOF;
    may = portal_breaker_ask(d->breaker, begun);
    if (may != PORTAL_BREAKER_NO)
        rv = reach(d, may == PORTAL_BREAKER_PROBE, c, pool);
    if (rv != APR_SUCCESS)
        leave();
    if (rv == APR_EAGAIN)
        portal_count(d->counts, PORTAL_COUNT_DATABASE_REFUSED, 1);
    else
        count_try(d, rv == APR_SUCCESS, portal_counts_clock() - begun);
    return rv;
}

static void close_connection(void *baton, portal_connection_t *c)
{
    database_t *d = baton;
    known_t *k = known(d, c->owner);
    int broken = k->broken || portal_watch_cut(&k->watch);

    k->connection = *c;
    give_back(d, k, broken);
    if (broken)
        failed(d);
    else if (d->line)
        answered(d);
    leave();
}

/* Not when the line was cut: a server that does not answer would be waited for once more. */
static apr_status_t renew(void *baton, portal_connection_t *c, apr_pool_t *pool)
{
    database_t *d = baton;
    known_t *k = known(d, c->owner);
    apr_status_t rv =
        portal_watch_cut(&k->watch) ? APR_TIMEUP : portal_wire_check(c, pool);

    k->broken = rv != APR_SUCCESS;
    if (rv == APR_SUCCESS)
        portal_watch_begins(&k->watch, c);
    return rv;
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
    static const portal_store_ops_t ops = {open_connection, close_connection, renew,
                                           ended};
    database_t *d = apr_pcalloc(pool, sizeof(*d));

    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    if (!dbd_open || !dbd_close)
        return APR_ENOTIMPL;
    d->server = server;
    d->counts = store->counts;
    d->breaker = portal_counts_breaker(store->counts);
    d->told = portal_config_database(server, pool);
    d->line = d->told.driver && d->told.params && portal_wire_has(d->told.driver);
    d->asked = d->line && portal_wire_check_asks(d->told.driver);
    any_line |= d->line;
    portal_wire_prompt();
    d->ended = on_ended;
    d->ended_baton = ended_baton;
    store->ops = &ops;
    store->baton = d;
    store->keys = keys;
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_dbd.h>
#include <apr_strings.h>
#include <apr_atomic.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_dbd.h>
#include <string.h>

#include "app.h"
#include "database.h"

APLOG_USE_MODULE(portal);

#define STATEMENTS "portal"

typedef struct {
    server_rec *server;
    portal_ended_fn ended;
    void *ended_baton;
    /* the breaker: while `away`, only the one who sets `probing` may try */
    apr_uint32_t away, probing;
} database_t;

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/* ---- connections ---- */

static int may_try(database_t *d)
{
    if (!apr_atomic_read32(&d->away))
        return 1;
    return apr_atomic_cas32(&d->probing, 1, 0) == 0;
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

/* Statements are prepared at a connection's first use and stay with it. */
static apr_status_t prepare_once(database_t *d, portal_connection_t *c, ap_dbd_t *dbd)
{
    portal_connection_t *kept =
        apr_hash_get(dbd->prepared, STATEMENTS, APR_HASH_KEY_STRING);
    apr_status_t rv;

    if (kept) {
        *c = *kept;
        return APR_SUCCESS;
    }
    *c = (portal_connection_t){
        .driver = dbd->driver, .handle = dbd->handle, .pool = dbd->pool};
    c->owner = dbd;
    rv = portal_store_prepare(c);
    if (rv == APR_SUCCESS)
        apr_hash_set(dbd->prepared, STATEMENTS, APR_HASH_KEY_STRING,
                     apr_pmemdup(dbd->pool, c, sizeof(*c)));
    else if (!apr_atomic_read32(&d->away)) /* said once, not at every try */
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, d->server,
                     "PTL0122: the database has not the tables of this version; "
                     "run portalctl init or portalctl migrate");
    return rv;
}

static apr_status_t take_connection(database_t *d, portal_connection_t *c,
                                    apr_pool_t *pool)
{
    ap_dbd_t *dbd = dbd_open(pool, d->server);
    apr_status_t rv;

    if (!dbd)
        return APR_EGENERAL;
    rv = prepare_once(d, c, dbd);
    if (rv != APR_SUCCESS)
        dbd_close(d->server, dbd);
    return rv;
}

static apr_status_t open_connection(void *baton, portal_connection_t *c, apr_pool_t *pool)
{
    database_t *d = baton;
    apr_status_t rv;

    if (!may_try(d))
        return APR_EAGAIN;
    rv = take_connection(d, c, pool);
    tried(d, rv == APR_SUCCESS);
    return rv;
}

static void close_connection(void *baton, portal_connection_t *c)
{
    database_t *d = baton;
    dbd_close(d->server, c->owner);
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
    d->ended = on_ended;
    d->ended_baton = ended_baton;
    store->ops = &ops;
    store->baton = d;
    store->keys = keys;
    return APR_SUCCESS;
}

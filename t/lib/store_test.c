/* SPDX-License-Identifier: Apache-2.0 */
/* A store of its own for each unit test; see store_test.h. */
#include "store_test.h"

#include <apr_general.h>
#include <errno.h>
#include <unistd.h>

#include "core/secret.h"
#include "ctl/connection.h"
#include "store/schema.h"

int portal_store_test_begin(void **state)
{
    (void)state;
    return apr_initialize() || portal_secret_init();
}

int portal_store_test_end(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

static apr_status_t lend(void *baton, portal_connection_t *connection, apr_pool_t *pool)
{
    portal_store_test_t *t = baton;
    (void)pool;
    *connection = t->connection;
    return APR_SUCCESS;
}

static void take_back(void *baton, portal_connection_t *connection)
{
    (void)baton;
    (void)connection;
}

static void count_ended(void *baton, const char *binder_id, const char *token_hash)
{
    portal_store_test_t *t = baton;
    t->told++;
    t->told_binder = binder_id;
    t->told_token = token_hash;
}

static int make_tables(portal_store_test_t *t)
{
    apr_array_header_t *steps;
    const char *error = "";
    apr_status_t rv = portal_schema_settle(&t->connection, t->pool);

    if (rv == APR_SUCCESS)
        rv = portal_schema_read(&steps, "conf/schema", &error, t->pool);
    for (int i = 0; rv == APR_SUCCESS && i < steps->nelts; i++)
        rv = portal_schema_apply(&t->connection,
                                 &APR_ARRAY_IDX(steps, i, portal_schema_step_t), &error,
                                 t->pool);
    if (rv != APR_SUCCESS)
        print_error("%s\n", error);
    return rv != APR_SUCCESS;
}

static int make_store(portal_store_test_t *t)
{
    static const portal_store_ops_t ops = {lend, take_back, count_ended};
    const char *key = apr_pstrcat(t->pool, t->dir, "/secret.key", NULL);
    const char *error = "";
    portal_keyring_t *keys;

    if (portal_keyring_create(key, &error, t->pool) ||
        portal_keyring_read(&keys, key, &error, t->pool) ||
        portal_ctl_create_file(t->file, &error, t->pool) ||
        portal_ctl_connect(&t->connection, "sqlite3",
                           apr_pstrcat(t->pool, "file:", t->file, "?mode=rw", NULL),
                           &error, t->pool) ||
        make_tables(t) || portal_ctl_store(&t->store, &t->connection, keys, &error)) {
        print_error("%s\n", error);
        return 1;
    }
    t->store = (portal_store_t){.ops = &ops, .baton = t, .keys = keys};
    return 0;
}

int portal_store_test_open(void **state)
{
    apr_pool_t *pool;
    portal_store_test_t *t;

    if (apr_pool_create(&pool, NULL))
        return 1;
    t = apr_pcalloc(pool, sizeof(*t));
    t->pool = pool;
    t->dir = mkdtemp(apr_pstrdup(pool, "/tmp/portal-store-XXXXXX"));
    if (!t->dir)
        return 1;
    t->file = apr_pstrcat(pool, t->dir, "/portal.db", NULL);
    t->actor = (portal_actor_t){"desk", "tester", "127.0.0.1", "request-1"};
    t->now = apr_time_from_sec(1795435200);
    *state = t;
    return make_store(t);
}

int portal_store_test_close(void **state)
{
    static const char *const names[] = {"portal.db",     "portal.db-wal",
                                        "portal.db-shm", "portal.db.lock",
                                        "secret.key",    ""};
    portal_store_test_t *t = *state;
    apr_pool_t *pool = t->pool;
    char dir[64];

    apr_cpystrn(dir, t->dir, sizeof(dir));
    apr_pool_destroy(pool);
    if (apr_pool_create(&pool, NULL))
        return 1;
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *path = apr_pstrcat(pool, dir, "/", names[i], NULL);
        if (*names[i] ? unlink(path) && errno != ENOENT : rmdir(path))
            print_error("%s stays behind\n", path);
    }
    apr_pool_destroy(pool);
    return 0;
}

void portal_store_test_run(portal_store_test_t *t, const char *sql)
{
    int n;
    if (apr_dbd_query(t->connection.driver, t->connection.handle, &n, sql))
        fail_msg("%s: %s", sql,
                 apr_dbd_error(t->connection.driver, t->connection.handle, 1));
}

const char *portal_store_test_ask(portal_store_test_t *t, const char *sql)
{
    const portal_connection_t *c = &t->connection;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *value;

    if (apr_dbd_select(c->driver, t->pool, c->handle, &results, sql, 1))
        fail_msg("%s: %s", sql, apr_dbd_error(c->driver, c->handle, 1));
    if (apr_dbd_get_row(c->driver, t->pool, results, &row, 1))
        return "";
    value = apr_dbd_get_entry(c->driver, row, 0);
    return value ? apr_pstrdup(t->pool, value) : "";
}

void portal_store_test_other(portal_store_test_t *t, portal_store_t *store,
                             portal_connection_t *connection)
{
    const char *error = "";

    if (portal_ctl_connect(connection, "sqlite3",
                           apr_pstrcat(t->pool, "file:", t->file, "?mode=rw", NULL),
                           &error, t->pool) ||
        portal_ctl_store(store, connection, t->store.keys, &error))
        fail_msg("%s", error);
}

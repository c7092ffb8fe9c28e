/* SPDX-License-Identifier: Apache-2.0 */
/* A store of its own for each unit test; see store_test.h. */
#include "store_test.h"

#include <apr_general.h>
#include <apr_lib.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/secret.h"
#include "ctl/connection.h"
#include "store/schema.h"
#include "store/wire.h"

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
    apr_status_t rv = portal_schema_settle(&t->connection, &error, t->pool);

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

/* DB: the engine that t/tools/with-database started, with what leads to it; none: SQLite. There each
 * test has a schema of its own in the one database. */
static const char *engine(void)
{
    const char *name = getenv("PORTAL_DB");
    return name ? name : "sqlite3";
}

int portal_store_test_mariadb(void)
{
    return !strcmp(engine(), "mysql");
}

static const char *params(portal_store_test_t *t)
{
    const char *server = getenv("PORTAL_DB_PARAMS");

    if (!server)
        return apr_pstrcat(t->pool, "file:", t->file, "?mode=rw", NULL);
    return apr_psprintf(t->pool,
                        portal_store_test_mariadb() ? "%s,dbname=%s"
                                                    : "%s options='-c search_path=%s'",
                        server, apr_filepath_name_get(t->dir));
}

/* Runs a statement with the name of the test's schema in it, on a connection of its own. */
static int schema(portal_store_test_t *t, const char *format, apr_pool_t *pool)
{
    const char *error = "", *server = getenv("PORTAL_DB_PARAMS");
    portal_connection_t c;
    int n;

    return !server || portal_ctl_connect(&c, engine(), server, &error, pool) ||
           apr_dbd_query(c.driver, c.handle, &n,
                         apr_psprintf(pool, format, apr_filepath_name_get(t->dir)));
}

static int make_database(portal_store_test_t *t, const char **error)
{
    if (getenv("PORTAL_DB_PARAMS"))
        return schema(t, "CREATE SCHEMA %s", t->pool);
    return portal_ctl_create_file(t->file, error, t->pool) != APR_SUCCESS;
}

static apr_status_t renew(void *baton, portal_connection_t *c, apr_pool_t *pool)
{
    (void)baton;
    return portal_wire_check(c, pool);
}

static int make_store(portal_store_test_t *t)
{
    static const portal_store_ops_t ops = {lend, take_back, renew, count_ended};
    const char *key = apr_pstrcat(t->pool, t->dir, "/secret.key", NULL);
    const char *error = "";
    portal_keyring_t *keys;

    if (portal_keyring_create(key, &error, t->pool) ||
        portal_keyring_read(&keys, key, &error, t->pool) || make_database(t, &error) ||
        portal_ctl_connect(&t->connection, engine(), params(t), &error, t->pool) ||
        make_tables(t) || portal_ctl_store(&t->store, &t->connection, keys, &error)) {
        print_error("%s\n", error);
        return 1;
    }
    t->store = (portal_store_t){.ops = &ops, .baton = t, .keys = keys};
    return 0;
}

/* Its name is the schema's too; PostgreSQL folds what is not quoted to lower case. */
static const char *make_folder(apr_pool_t *pool)
{
    unsigned char random[6];
    char *dir;

    apr_generate_random_bytes(random, sizeof(random));
    dir = apr_psprintf(pool, "/tmp/portal_store_%02x%02x%02x%02x%02x%02x", random[0],
                       random[1], random[2], random[3], random[4], random[5]);
    return mkdir(dir, 0700) ? NULL : dir;
}

int portal_store_test_open(void **state)
{
    apr_pool_t *pool;
    portal_store_test_t *t;

    if (apr_pool_create(&pool, NULL))
        return 1;
    t = apr_pcalloc(pool, sizeof(*t));
    t->pool = pool;
    t->dir = make_folder(pool);
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
    if (getenv("PORTAL_DB_PARAMS"))
        schema(&(portal_store_test_t){.dir = dir},
               portal_store_test_mariadb() ? "DROP SCHEMA %s" : "DROP SCHEMA %s CASCADE",
               pool);
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

void portal_store_test_open_trail(portal_store_test_t *t)
{
    if (portal_store_test_sqlite() || portal_store_test_mariadb()) {
        portal_store_test_run(t, "DROP TRIGGER audit_no_update");
        portal_store_test_run(t, "DROP TRIGGER audit_no_delete");
    } else
        portal_store_test_run(t, "DROP TRIGGER audit_only_grows ON audit");
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

const char *portal_store_test_list(portal_store_test_t *t, const char *sql)
{
    const portal_connection_t *c = &t->connection;
    apr_dbd_results_t *results = NULL;
    const char *list = "";

    if (apr_dbd_select(c->driver, t->pool, c->handle, &results, sql, 1))
        fail_msg("%s: %s", sql, apr_dbd_error(c->driver, c->handle, 1));
    for (int i = 1;; i++) {
        apr_dbd_row_t *row = NULL;
        if (apr_dbd_get_row(c->driver, t->pool, results, &row, i))
            return list;
        list = apr_pstrcat(t->pool, list, i > 1 ? "," : "",
                           apr_dbd_get_entry(c->driver, row, 0), NULL);
    }
}

int portal_store_test_sqlite(void)
{
    return !strcmp(engine(), "sqlite3");
}

/* PostgreSQL gives each row the number of the transaction that wrote it; MariaDB counts what a
 * connection wrote. */
const char *portal_store_test_written(portal_store_test_t *t)
{
    static const char *const tables[] = {"binder", "patient_case", "search_word",
                                         "access", "assignment",   "audit"};
    const char *all = "";

    if (portal_store_test_sqlite())
        return portal_store_test_ask(t, "SELECT total_changes()");
    if (portal_store_test_mariadb())
        return portal_store_test_ask(
            t, "SELECT SUM(variable_value) FROM information_schema.session_status WHERE"
               " variable_name IN ('HANDLER_WRITE', 'HANDLER_UPDATE', 'HANDLER_DELETE')");
    for (unsigned i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        all = apr_pstrcat(t->pool, all, " ",
                          portal_store_test_list(
                              t, apr_pstrcat(t->pool, "SELECT ctid || '/' || xmin FROM ",
                                             tables[i], " ORDER BY 1", NULL)),
                          NULL);
    return all;
}

void portal_store_test_other(portal_store_test_t *t, portal_store_t *store,
                             portal_connection_t *connection)
{
    const char *error = "";

    if (portal_ctl_connect(connection, engine(), params(t), &error, t->pool) ||
        portal_ctl_store(store, connection, t->store.keys, &error))
        fail_msg("%s", error);
}

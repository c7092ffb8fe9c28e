/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/counts.h"
#include "store/wire.h"

#define PQ "libpq.so.5"
#define MARIADB "libmariadb.so.3"

static const unsigned patience = 2; /* seconds to make a connection */

/* The drivers' libraries take their handle first, and tell its socket as an int. */
static const struct {
    const char *driver, *library, *socket;
} lines[] = {
    {"pgsql", PQ, "PQsocket"},
    {"mysql", MARIADB, "mysql_get_socket"},
};
#define LINES (int)(sizeof(lines) / sizeof(*lines))

static _Atomic(void *) sockets[LINES]; /* what was found: each use of a connection asks */

static int line_of(const char *driver)
{
    int i = 0;

    while (i < LINES && strcmp(lines[i].driver, driver) != 0)
        i++;
    return i;
}

int portal_wire_has(const char *driver)
{
    return line_of(driver) < LINES;
}

/* The driver has loaded its library, which stays. */
static void *found(const char *library, const char *name)
{
    void *loaded = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = loaded ? dlsym(loaded, name) : NULL;

    if (loaded)
        dlclose(loaded);
    return symbol;
}

/* Puts the function of that name into a pointer to one, through a copy, as ISO C has no cast for that; 0:
 * it is not there. */
static int load(void *pointer, const char *library, const char *name)
{
    void *symbol = found(library, name);

    memcpy(pointer, &symbol, sizeof(symbol));
    return symbol != NULL;
}

int portal_wire_socket(const portal_connection_t *c)
{
    int i = line_of(apr_dbd_name(c->driver));
    int (*ask)(const void *) = NULL;
    void *symbol = i < LINES ? atomic_load(&sockets[i]) : NULL;

    if (i < LINES && !symbol) {
        symbol = found(lines[i].library, lines[i].socket);
        atomic_store(&sockets[i], symbol);
    }
    memcpy(&ask, &symbol, sizeof(ask));
    return ask ? ask(apr_dbd_native_handle(c->driver, c->handle)) : -1;
}

/* ---- PostgreSQL ---- */

static void drop(void *unused, const char *remark)
{
    (void)unused;
    (void)remark;
}

/* Else what the server remarks goes to standard error, which is httpd's error log. */
static void hush(void *handle)
{
    typedef void (*listener_t)(void *, const char *);
    listener_t (*set)(void *, listener_t, void *);

    if (load(&set, PQ, "PQsetNoticeProcessor"))
        set(handle, drop, NULL);
}

/* ---- MariaDB ---- */

/* The library's numbers for what can be told and asked of a handle. */
enum { CONNECT_TIMEOUT = 0, READ_DEFAULT_GROUP = 5, RECONNECT = 20 };

static void tell(void *handle, int option, const void *value)
{
    int (*options)(void *, int, const void *);

    if (load(&options, MARIADB, "mysql_options"))
        options(handle, option, value);
}

/* It would connect anew by itself in the midst of a call, and wait without an end for a server that
 * hangs. What an administrator said of that time, in a file of options, holds. */
static void bound(void *handle)
{
    int (*option)(void *, int, void *);
    unsigned seconds = 0;

    if (load(&option, MARIADB, "mysql_get_option"))
        option(handle, CONNECT_TIMEOUT, &seconds);
    if (!seconds)
        tell(handle, CONNECT_TIMEOUT, &patience);
    tell(handle, RECONNECT, &(char){0});
}

/* A value among params as apr_dbd_mysql reads them; NULL: it is not told. */
static const char *told(const char *params, const char *name, apr_pool_t *pool)
{
    const char *value = NULL;

    for (const char *at = params; (at = strchr(at, '=')) != NULL;) {
        const char *end = at, *key;
        while (end > params && apr_isspace(end[-1]))
            end--;
        for (key = end; key > params && apr_isalpha(key[-1]);)
            key--;
        for (at++; apr_isspace(*at);)
            at++;
        if ((apr_size_t)(end - key) == strlen(name) &&
            !strncmp(key, name, (apr_size_t)(end - key)))
            value = apr_pstrndup(pool, at, strcspn(at, " \r\n\t;|,"));
        at += strcspn(at, " \r\n\t;|,");
    }
    return value;
}

static apr_status_t try_mariadb(const char *params, apr_pool_t *pool)
{
    void *(*init)(void *), *handle = NULL;
    void (*end)(void *);
    void *(*connect)(void *, const char *, const char *, const char *, const char *,
                     unsigned, const char *, unsigned long);
    const char *group = told(params, "group", pool), *port = told(params, "port", pool);
    int answers;

    if (load(&init, MARIADB, "mysql_init") && load(&end, MARIADB, "mysql_close") &&
        load(&connect, MARIADB, "mysql_real_connect"))
        handle = init(NULL);
    if (!handle)
        return APR_EGENERAL;
    tell(handle, CONNECT_TIMEOUT, &patience);
    if (group)
        tell(handle, READ_DEFAULT_GROUP, group);
    answers =
        connect(handle, told(params, "host", pool), told(params, "user", pool),
                told(params, "pass", pool), told(params, "dbname", pool),
                port ? (unsigned)atoi(port) : 0, told(params, "sock", pool), 0) != NULL;
    end(handle);
    return answers ? APR_SUCCESS : APR_EGENERAL;
}

/* ---- either ---- */

static int is_mariadb(const char *driver)
{
    return !strcmp(driver, "mysql");
}

void portal_wire_tame(const portal_connection_t *c)
{
    void *handle = apr_dbd_native_handle(c->driver, c->handle);
    const char *driver = apr_dbd_name(c->driver);

    if (is_mariadb(driver))
        bound(handle);
    else if (portal_wire_has(driver))
        hush(handle);
}

int portal_wire_check_asks(const char *driver)
{
    return is_mariadb(driver);
}

apr_status_t portal_wire_check(const portal_connection_t *c, apr_pool_t *pool)
{
    int mariadb = is_mariadb(apr_dbd_name(c->driver));
    void *handle = apr_dbd_native_handle(c->driver, c->handle);
    apr_status_t rv;

    if (mariadb)
        tell(handle, RECONNECT, &(char){1});
    rv = apr_dbd_check_conn(c->driver, pool, c->handle);
    if (mariadb)
        tell(handle, RECONNECT, &(char){0});
    return rv;
}

/* A call over a line that is cut comes back at once, and then the library knows. */
apr_status_t portal_wire_anew(const portal_connection_t *c, apr_pool_t *pool)
{
    int n, socket = portal_wire_socket(c);

    if (socket >= 0)
        shutdown(socket, SHUT_RDWR);
    (void)apr_dbd_query(c->driver, c->handle, &n, "ROLLBACK");
    return portal_wire_check(c, pool);
}

static apr_status_t try_driver(const char *name, const char *params, apr_pool_t *pool)
{
    const apr_dbd_driver_t *driver;
    const char *error;
    apr_dbd_t *handle;
    apr_status_t rv = apr_dbd_get_driver(pool, name, &driver);

    if (rv != APR_SUCCESS || is_mariadb(name))
        return rv == APR_SUCCESS ? try_mariadb(params, pool) : rv;
    rv = apr_dbd_open_ex(driver, pool, params, &handle, &error);
    if (rv == APR_SUCCESS)
        apr_dbd_close(driver, handle);
    return rv;
}

apr_status_t portal_wire_try(const char *driver, const char *params, apr_pool_t *parent)
{
    apr_pool_t *pool;
    apr_status_t rv = apr_pool_create(&pool, parent);

    if (rv != APR_SUCCESS)
        return rv;
    rv = try_driver(driver, params, pool);
    apr_pool_destroy(pool);
    return rv;
}

void portal_wire_prompt(void)
{
    setenv("PGCONNECT_TIMEOUT", "2", 0);
}

void portal_wire_begins(const portal_connection_t *c)
{
    if (c->out)
        atomic_store(c->out, portal_counts_clock());
}

void portal_wire_ends(const portal_connection_t *c)
{
    if (c->out)
        atomic_store(c->out, 0);
}

int portal_wire_query(const portal_connection_t *c, const char *sql)
{
    int n, rc;

    portal_wire_begins(c);
    rc = apr_dbd_query(c->driver, c->handle, &n, sql);
    portal_wire_ends(c);
    return rc;
}

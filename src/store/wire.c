/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "core/counts.h"
#include "store/wire.h"

/* The drivers' libraries take their handle first, and tell its socket as an int. */
static const struct {
    const char *driver, *library, *socket;
    const char *notices; /* takes a function for remarks; NULL: the library keeps them */
} lines[] = {
    {"pgsql", "libpq.so.5", "PQsocket", "PQsetNoticeProcessor"},
    {"mysql", "libmariadb.so.3", "mysql_get_socket", NULL},
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

/* The driver has loaded its library, which stays; dlsym's pointer becomes one to a function through
 * a copy, as ISO C has no cast for it. */
static void *found(const char *library, const char *name)
{
    void *loaded = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = loaded ? dlsym(loaded, name) : NULL;

    if (loaded)
        dlclose(loaded);
    return symbol;
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

static void drop(void *unused, const char *remark)
{
    (void)unused;
    (void)remark;
}

void portal_wire_hush(const portal_connection_t *c)
{
    typedef void (*listener_t)(void *, const char *);
    int i = line_of(apr_dbd_name(c->driver));
    listener_t (*set)(void *, listener_t, void *) = NULL;
    void *symbol =
        i < LINES && lines[i].notices ? found(lines[i].library, lines[i].notices) : NULL;

    memcpy(&set, &symbol, sizeof(set));
    if (set)
        set(apr_dbd_native_handle(c->driver, c->handle), drop, NULL);
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

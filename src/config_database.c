/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does mod_dbd know a database for a host? Its own directives are looked for in the tree as it
 * was read: mod_dbd keeps to itself what they came to, and says nothing before the first request.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "config_check.h"
#include "config_database.h"
#include "store/dialect.h"

#define MOST_OF_MOD_DBD 10

typedef portal_config_check_t check_t;

int portal_config_makes_host(const ap_directive_t *at, const server_rec *host)
{
    return !strcasecmp(at->directive, "<VirtualHost") && host->defn_name &&
           host->defn_line_number == (unsigned)at->line_num &&
           !strcmp(host->defn_name, at->filename);
}

/* What stands in the <VirtualHost> of this host; NULL: nothing. */
static const ap_directive_t *lines_of(const ap_directive_t *at, const server_rec *host)
{
    for (; at; at = at->next) {
        const ap_directive_t *lines = portal_config_makes_host(at, host)
                                          ? at->first_child
                                          : lines_of(at->first_child, host);
        if (lines) {
            return lines;
        }
    }
    return NULL;
}

/* Such a directive among these, but for what belongs to virtual hosts; NULL: none. */
static const ap_directive_t *named(const ap_directive_t *at, const char *name)
{
    for (; at; at = at->next) {
        const ap_directive_t *within = NULL;

        if (!strcasecmp(at->directive, name))
            return at;
        if (strcasecmp(at->directive, "<VirtualHost") != 0)
            within = named(at->first_child, name);
        if (within)
            return within;
    }
    return NULL;
}

/* Of the host itself, else of the server. */
static const ap_directive_t *of_host(const ap_directive_t *own, const char *name)
{
    const ap_directive_t *found = named(own, name);

    return found ? found : named(ap_conftree, name);
}

static const char *first_word(const ap_directive_t *at, apr_pool_t *pool)
{
    const char *args = at->args;
    return ap_getword_conf(pool, &args);
}

static void check_driver(check_t *check, const ap_directive_t *driver,
                         const ap_directive_t *params)
{
    const char *name = first_word(driver, check->pool), *lacks;

    if (!portal_dialect_known(name)) {
        portal_config_refuse(
            check, driver, "the portal keeps its records with DBDriver " PORTAL_DIALECTS);
        return;
    }
    lacks = params
                ? portal_dialect_lacks(name, first_word(params, check->pool), check->pool)
                : NULL;
    if (lacks)
        portal_config_refuse(check, params, "with DBDriver %s, DBDParams needs %s", name,
                             lacks);
}

static const char *told(const ap_directive_t *own, const char *name, apr_pool_t *pool)
{
    const ap_directive_t *at = of_host(own, name);
    const char *args = at ? at->args : NULL;

    return args ? ap_getword_conf(pool, &args) : NULL;
}

portal_config_database_t portal_config_database(const server_rec *server,
                                                apr_pool_t *pool)
{
    const ap_directive_t *own = server->is_virtual ? lines_of(ap_conftree, server) : NULL;
    const char *most = told(own, "DBDMax", pool);

    return (portal_config_database_t){.driver = told(own, "DBDriver", pool),
                                      .params = told(own, "DBDParams", pool),
                                      .most = most ? atoi(most) : MOST_OF_MOD_DBD};
}

void portal_config_check_database(check_t *check)
{
    const ap_directive_t *own =
        check->server->is_virtual ? lines_of(ap_conftree, check->server) : NULL;
    const ap_directive_t *driver = of_host(own, "DBDriver");
    const ap_directive_t *params = of_host(own, "DBDParams");

    if (!driver || !params) {
        portal_config_refuse(
            check, check->is->first, "the portal has no database; add to this host%s%s%s",
            driver ? "" : " DBDriver sqlite3", driver || params ? "" : ",",
            params ? "" : " DBDParams \"file:/var/lib/portal/portal.db?mode=rw\"");
    }
    if (driver)
        check_driver(check, driver, params);
}

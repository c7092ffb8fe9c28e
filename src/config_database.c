/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does mod_dbd know a database for a host? Its own directives are looked for in the tree as it
 * was read: mod_dbd keeps to itself what they came to, and says nothing before the first request.
 */
#include <string.h>

#include <apr_strings.h>

#include "config_check.h"

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

/* Is there such a directive among these, but for what belongs to virtual hosts? */
static int has(const ap_directive_t *at, const char *name)
{
    for (; at; at = at->next) {
        if (!strcasecmp(at->directive, name) ||
            (strcasecmp(at->directive, "<VirtualHost") != 0 &&
             has(at->first_child, name))) {
            return 1;
        }
    }
    return 0;
}

void portal_config_check_database(check_t *check)
{
    const ap_directive_t *own =
        check->server->is_virtual ? lines_of(ap_conftree, check->server) : NULL;
    int driver = has(own, "DBDriver") || has(ap_conftree, "DBDriver");
    int params = has(own, "DBDParams") || has(ap_conftree, "DBDParams");

    if (!driver || !params) {
        portal_config_refuse(
            check, check->is->first, "the portal has no database; add to this host%s%s%s",
            driver ? "" : " DBDriver sqlite3", driver || params ? "" : ",",
            params ? "" : " DBDParams \"file:/var/lib/portal/portal.db?mode=rw\"");
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What mod_dbd is told of a host's database; it keeps to itself what its directives came to. */
#ifndef PORTAL_CONFIG_DATABASE_H
#define PORTAL_CONFIG_DATABASE_H

#include <httpd.h>

typedef struct {
    const char *driver, *params; /* of apr_dbd; NULL: not told */
    int most;                    /* connections of each child */
} portal_config_database_t;

/* While the configuration is read or begins to serve; texts are in `pool`. */
portal_config_database_t portal_config_database(const server_rec *server,
                                                apr_pool_t *pool);

#endif

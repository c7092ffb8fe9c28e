/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts portal-hasher beside httpd's children, as mod_cgid does with its daemon, and replaces it
 * when it dies. There is one for the whole httpd.
 *
 * The listening socket belongs to httpd's parent and stays the same through restarts: a new
 * hasher takes over where the old one leaves off, and a request that comes in between waits.
 */
#ifndef PORTAL_HASHER_START_H
#define PORTAL_HASHER_START_H

#include <httpd.h>

#include "config.h"
#include "remote/hasher.h"

/* For post_config, in the parent. *hasher lives in `pconf`; when that goes, the program is asked
 * to end. OK, or a line in the log and 500. */
int portal_hasher_start(portal_hasher_t **hasher, server_rec *server,
                        const portal_config_t *config, apr_pool_t *pconf);

#endif

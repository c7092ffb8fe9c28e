/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts portal-hasher beside httpd's children, as mod_cgid does with its daemon, and replaces
 * it when it dies. There is one for the whole httpd.
 *
 * The listening socket belongs to httpd's parent and stays the same through restarts, in a
 * folder that only the user of the children can enter: a new hasher takes over where the old
 * one leaves off, and a question that comes in between waits in the socket's backlog. Each
 * configuration has a hasher of its own; the one before finishes what it has in hand and
 * ends, and httpd's own loop collects it.
 */
#ifndef PORTAL_HASHER_START_H
#define PORTAL_HASHER_START_H

#include <httpd.h>

#include "config.h"
#include "remote/hasher.h"

/* For check_config, so under `httpd -t` too: OK, or a line in the log and 500 when the program
 * is not where it belongs, though a portal is configured. */
int portal_hasher_check(apr_pool_t *pool, server_rec *main_server);

/*
 * For post_config, in the parent, not in the pass before the real one. *hasher lives in
 * `pconf`; when that goes, the program is asked to end. Its cost and size come from
 * `config`. OK, or a line in the log and 500.
 */
int portal_hasher_start(portal_hasher_t **hasher, server_rec *server,
                        const portal_config_t *config, apr_pool_t *pconf);

/* For child_init: closes what only the parent needs, so that no child can listen in the
 * hasher's place or keep it alive. */
void portal_hasher_leave(void);

#endif

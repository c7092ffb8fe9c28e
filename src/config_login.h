/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of PortalMailLogin and PortalExportLogin: one line `USER:PASSWORD`. The user has no
 * colon, the password may have some; a line feed at the end belongs to neither. And that of
 * PortalExportToken: one line, a bearer token.
 */
#ifndef PORTAL_CONFIG_LOGIN_H
#define PORTAL_CONFIG_LOGIN_H

#include <apr_errno.h>
#include <apr_pools.h>

#include "core/secret.h"

/*
 * Reads the file, as root at start: the children may not. *user and *password live in
 * pool; the password wipes itself with it. portal_secret_init must have run.
 * APR_EINVAL: not that one line, or longer than 1000 bytes. Other failures: the system's
 * own status. On failure *error says in plain English what to do, without anything of what
 * stands in the file; it is in pool.
 */
apr_status_t portal_config_login_read(const char *path, const char **user,
                                      portal_secret_t **password, const char **error,
                                      apr_pool_t *pool);

/* The same for a token: APR_EINVAL where it is none (RFC 6750 section 2.1). */
apr_status_t portal_config_token_read(const char *path, portal_secret_t **token,
                                      const char **error, apr_pool_t *pool);

#endif

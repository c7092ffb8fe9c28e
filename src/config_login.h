/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of PortalMailLogin: one line `USER:PASSWORD` for the mail relay. The user has no
 * colon, the password may have some; a line feed at the end belongs to neither.
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

#endif

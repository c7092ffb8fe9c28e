/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL's parameters (libpq's conninfo), as a tool of its own is given them on a command line. */
#ifndef PORTAL_CTL_CONNINFO_H
#define PORTAL_CTL_CONNINFO_H

#include <apr_pools.h>

/* Without the password, which such a tool asks for or finds in passfile, and without `options`, in which
 * the portal's time limits are. An address (postgresql://...) stays as it is, but one with a user
 * may have a password in it, and only its beginning is told. */
const char *portal_ctl_conninfo(const char *params, apr_pool_t *pool);

/* `text` as one word of a shell's. */
const char *portal_ctl_shell_word(const char *text, apr_pool_t *pool);

#endif

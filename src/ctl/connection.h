/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one connection of a program beside httpd (portalctl, unit tests of the store), and the
 * store on it. The driver is found by name, params are those of DBDParams; for SQLite
 * `file:PATH?mode=rw`, so that a missing file is an error and not a new, empty database.
 *
 * Errors are plain English sentences for an administrator, in the pool that was passed in.
 */
#ifndef PORTAL_CTL_CONNECTION_H
#define PORTAL_CTL_CONNECTION_H

#include <sys/types.h>

#include "store/store.h"

/* Whose database it is. */
typedef struct {
    uid_t uid;
    gid_t gid;
} portal_ctl_owner_t;

/* Opens the database, without asking it anything; it is closed with `pool`. Not for threads.
 * APR_ENOTIMPL, APR_EDSOOPEN: no such driver; APR_EGENERAL: it cannot be opened. */
apr_status_t portal_ctl_connect(portal_connection_t *connection, const char *driver,
                                const char *params, const char **error, apr_pool_t *pool);

/*
 * Makes the store on an open connection, whose tables must be those of this version: statements
 * are prepared here. Sessions that are ended through it are made known to a serving httpd by the
 * session epoch (portal_store_t.outside). `keys` may be NULL where nothing is sealed or audited.
 * Both structures must outlive every use of the store.
 */
apr_status_t portal_ctl_store(portal_store_t *store, portal_connection_t *connection,
                              const portal_keyring_t *keys, const char **error);

/* The file that SQLite's params name: a path as it is, or that of a file: URI without its
 * escapes and query. NULL: malformed, or in memory. */
const char *portal_ctl_database_file(const char *params, apr_pool_t *pool);

/*
 * Makes a new, empty file for a SQLite database: mode 0660 and, when root asks, with owner and
 * group of its folder. APR_EEXIST: it is there already and is left alone.
 */
apr_status_t portal_ctl_create_file(const char *path, const char **error,
                                    apr_pool_t *pool);

/*
 * Root lets go of its rights for good and becomes the owner of `path`, so that the files that
 * SQLite makes beside a database stay usable for the children of a serving httpd. Without
 * effect for others, and when root is the owner (then its group is still taken on).
 */
apr_status_t portal_ctl_become_owner(const char *path, const char **error,
                                     apr_pool_t *pool);

/* The same, but not for good: seteuid(0) leads back. The owner is in *owner. */
apr_status_t portal_ctl_act_as_owner(const char *path, portal_ctl_owner_t *owner,
                                     const char **error, apr_pool_t *pool);

#endif

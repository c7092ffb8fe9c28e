/* SPDX-License-Identifier: Apache-2.0 */
/* Places that a visitor can be brought back to. They come from outside, so none leads elsewhere. */
#ifndef PORTAL_OWN_PATH_H
#define PORTAL_OWN_PATH_H

#include <apr_pools.h>

/* The longest place outside of the mount, in bytes. */
#define PORTAL_PLACE 1000

/* A path below the mount, with or without a query, that came from outside and may be returned to:
 * itself when it is one of our own, else "/". */
const char *portal_own_path(const char *path);

/* A place on this host outside of the mount, path and query, that came from outside and may be
 * returned to: itself when it is written as RFC 3986 has it and not too long; else NULL. It can lead
 * to no other host behind the origin of this one. */
const char *portal_own_place(const char *place);

/* A path or place as the value of a query; slashes stay, so that it can be read. In pool. */
const char *portal_place_value(const char *place, apr_pool_t *pool);

#endif

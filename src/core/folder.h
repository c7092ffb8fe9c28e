/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are read once, at start: all of a kind in some folders, and one whole.
 */
#ifndef PORTAL_FOLDER_H
#define PORTAL_FOLDER_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>

typedef struct {
    const char *name; /* without the suffix; [A-Za-z0-9_-] */
    const char *path;
} portal_folder_file_t;

/*
 * The files NAME<suffix> of the folders, as an array of portal_folder_file_t sorted by
 * name, then in the order of dirs (which ends with NULL). Dot files and other suffixes
 * are passed over. The first folder must exist, later ones need not. All from pool.
 * APR_EINVAL: a name has other characters. Another status: a folder cannot be read.
 * *error says which.
 */
apr_status_t portal_folder_list(apr_array_header_t **out, const char *const *dirs,
                                const char *suffix, const char **error, apr_pool_t *pool);

/*
 * All of a file: *len bytes and a NUL in *data, from pool. APR_ENOSPC: it has more than
 * max bytes. Another status: it cannot be read. *error says which, and why.
 */
apr_status_t portal_file_read(const char **data, apr_size_t *len, const char *path,
                              apr_size_t max, const char **error, apr_pool_t *pool);

#endif

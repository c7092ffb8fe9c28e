/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that appear whole or not at all: written under temporary names beside their places, mode
 * 0600, and renamed when all of them are complete and on disk.
 *
 * A small process of its own, the keeper, is made before portalctl lets go of root's rights: it
 * alone renames, so that root's files stay root's; and when portalctl ends in whatever way before
 * it said so, it takes the temporary files away.
 */
#ifndef PORTAL_CTL_EXPORT_FILE_H
#define PORTAL_CTL_EXPORT_FILE_H

#include <stdio.h>

#include <apr_errno.h>
#include <apr_pools.h>

#define PORTAL_CTL_FILES 8

typedef struct portal_ctl_files_t portal_ctl_files_t;

/* Where files shall appear. */
typedef struct {
    const char
        *folder; /* made with mode 0700 if it is not there; NULL: nothing is made */
    const char *paths[PORTAL_CTL_FILES]; /* NULL ends them */
    int overwrite; /* 0: what is there already is left alone, and is an error */
} portal_ctl_places_t;

/* Opens them for writing, without rights beyond the caller's. They are dropped with `pool` unless
 * they were kept. An error: *error says which file and why; nothing was made. */
apr_status_t portal_ctl_files_open(portal_ctl_files_t **files,
                                   const portal_ctl_places_t *places, const char **error,
                                   apr_pool_t *pool);

/* The i-th, buffered. It is closed by files_keep or with the pool, not by the caller. */
FILE *portal_ctl_files_at(const portal_ctl_files_t *files, int i);

/* Flushes them to disk and puts them into their places. An error: *error says why; those that were
 * not there before are not there now. */
apr_status_t portal_ctl_files_keep(portal_ctl_files_t *files, const char **error);

#endif

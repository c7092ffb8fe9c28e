/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole SQLite databases, copied by SQLite's own online backup: out of a live one into a file, and
 * from a file into a live one. Both are one transaction for everybody else who has the live
 * database open. For programs beside httpd; the files are named by path.
 *
 * Errors are plain English sentences in the pool that was passed in.
 */
#ifndef PORTAL_STORE_COPY_H
#define PORTAL_STORE_COPY_H

#include <apr_errno.h>
#include <apr_pools.h>

typedef struct portal_copy_t portal_copy_t;

/* How far a copy has come, in pages. 0: go on; else it is given up (APR_EINTR). */
typedef int (*portal_copy_progress_fn)(void *baton, apr_int64_t done, apr_int64_t all);

/* Opens a live database and holds on to it as it is now; writers are not kept waiting. It is closed
 * with `pool`. All files that are needed of it are open when this returns. */
apr_status_t portal_copy_open(portal_copy_t **copy, const char *live, const char **error,
                              apr_pool_t *pool);

/* Writes it into `file`, which is there and empty, as one file without a write-ahead log, on disk when
 * this returns. */
apr_status_t portal_copy_out(portal_copy_t *copy, const char *file,
                             portal_copy_progress_fn progress, void *baton,
                             const char **error);

/* Whether a file is a whole database: every page and every index is looked at. APR_EGENERAL: no. A
 * write-ahead log beside it is taken in, so nobody else may use the file meanwhile. */
apr_status_t portal_copy_check(const char *file, const char **error, apr_pool_t *pool);

/* Puts the content of `file` into the live database, in one transaction: whoever reads goes on with
 * what was there before until his transaction ends. The caller holds the write lock. A live database
 * that is empty becomes one with a write-ahead log. On failure nothing was changed. */
apr_status_t portal_copy_in(const char *file, const char *live, const char **error,
                            apr_pool_t *pool);

#endif

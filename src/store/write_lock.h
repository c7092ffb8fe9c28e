/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite has one writer at a time; whoever finds the database busy inside apr_dbd sleeps for
 * tenths of a second. So writers of all processes, portalctl's too, queue at a named file that is
 * never unlinked. Open-file-description locks: between threads as well as between processes, and
 * gone with whoever held them.
 */
#ifndef PORTAL_WRITE_LOCK_H
#define PORTAL_WRITE_LOCK_H

#include "store/store.h"

/* The lock file of the database behind this connection: its file's name and ".lock"; NULL in
 * *path where the engine needs none. In `pool`. */
apr_status_t portal_write_lock_path(const portal_connection_t *connection,
                                    const char **path, apr_pool_t *pool);

/* Waits for the lock, at most `patience`: APR_TIMEUP. *held is given back to the unlock. */
apr_status_t portal_write_lock(const char *path, apr_interval_time_t patience,
                               void **held, apr_pool_t *pool);
void portal_write_unlock(void *held);

#endif

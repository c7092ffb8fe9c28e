/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes with a maximum.
 *
 * What is collected in it may be a page with a password on it, so its memory is
 * wiped whenever it moves and when its pool dies. It doubles as it grows: adding n
 * bytes in any number of pieces costs O(n). Faults stick: after the first one
 * nothing is added any more, so a writer may check once, at the end.
 */
#ifndef PORTAL_BUFFER_H
#define PORTAL_BUFFER_H

#include <apr_errno.h>
#include <apr_pools.h>

typedef struct portal_buffer_t portal_buffer_t;

/*
 * An empty buffer that holds at most limit bytes. It belongs to pool, which wipes
 * and frees it. Never NULL.
 */
portal_buffer_t *portal_buffer_create(apr_size_t limit, apr_pool_t *pool);

/*
 * Appends len bytes (they are copied; data may be NULL when len is 0). APR_SUCCESS;
 * APR_ENOSPC when the limit is passed and APR_ENOMEM without memory: both stay the
 * result of every later call.
 */
apr_status_t portal_buffer_add(portal_buffer_t *buffer, const void *data, apr_size_t len);

/* Appends a text as HTML: & < > " ' become entities. Results as above. */
apr_status_t portal_buffer_add_html(portal_buffer_t *buffer, const char *text,
                                    apr_size_t len);

/* The pool that the buffer belongs to. */
apr_pool_t *portal_buffer_pool(const portal_buffer_t *buffer);

/* The first fault of an earlier call, or APR_SUCCESS. */
apr_status_t portal_buffer_status(const portal_buffer_t *buffer);

/*
 * What was collected, with a NUL behind it; *len (may be NULL) is its length. Valid
 * until the next add, at most as long as the buffer's pool.
 */
const char *portal_buffer_data(const portal_buffer_t *buffer, apr_size_t *len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocklist: passwords that are common or became known (NIST SP 800-63B-4 section 3.1.1.2).
 *
 * The shipped list is a binary file, made by `make` (see conf/blocklist): the text
 * `portal blocklist 1` and a line feed, zero bytes up to byte 24, the number of entries in 8 bytes, then
 * the entries in ascending order. An entry is the first 8 bytes of BLAKE2b-256 of the password
 * in NFC and lower case. The file is mapped, so that all children share one copy; a look-up
 * is a binary search. With half a million entries the chance that another password hits one
 * of them is one in 10^13.
 *
 * A hospital may also name a plain text file, one password in each line.
 */
#ifndef PORTAL_BLOCKLIST_H
#define PORTAL_BLOCKLIST_H

#include <apr_errno.h>
#include <apr_pools.h>

#define PORTAL_BLOCKLIST_SHORTEST                                                        \
    8 /* code points; shorter lines of a text file are skipped */

typedef struct portal_blocklist_t portal_blocklist_t;

/*
 * Opens a blocklist, binary or text, for as long as `pool` lives; it never changes and may be
 * used by many threads. Lines of a text file that are not UTF-8 are skipped. APR_EINVAL: not
 * a plain file, a damaged binary file, or no entry at all. Other failures: the system's own
 * status. *error then says why in plain English, in `pool`; else it is NULL. A binary file
 * must not be changed in place while it is open: replace it by another file.
 */
apr_status_t portal_blocklist_open(portal_blocklist_t **out, const char *path,
                                   const char **error, apr_pool_t *pool);

/* How many entries there are. */
apr_size_t portal_blocklist_count(const portal_blocklist_t *list);

/*
 * Whether the list has `password`, whatever the case of its letters. A secret goes in; what is
 * made of it is wiped with `pool`. Malformed UTF-8 is in no list.
 */
int portal_blocklist_has(const portal_blocklist_t *list, const char *password,
                         apr_pool_t *pool);

/*
 * Writes the list as a binary file, beside `path` and then in its place. Failures: the
 * system's own status and *error, as above.
 */
apr_status_t portal_blocklist_write(const portal_blocklist_t *list, const char *path,
                                    const char **error, apr_pool_t *pool);

#endif

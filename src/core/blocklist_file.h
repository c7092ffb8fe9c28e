/* SPDX-License-Identifier: Apache-2.0 */
/* blocklist_file: what the two files of core/blocklist* share. For nobody else. */
#ifndef PORTAL_BLOCKLIST_FILE_H
#define PORTAL_BLOCKLIST_FILE_H

#include <apr_errno.h>
#include <apr_pools.h>

#define PORTAL_BLOCKLIST_MAGIC                                                           \
    "portal blocklist 1\n"       /* 19 bytes, and the first zero byte */
#define PORTAL_BLOCKLIST_HEAD 32 /* bytes before the first entry */
#define PORTAL_BLOCKLIST_ENTRY 8 /* bytes */

struct portal_blocklist_t {
    const unsigned char *entries;
    apr_size_t count;
};

/* The entry of a password in NFC and lower case. A secret goes in. */
void portal_blocklist_entry(unsigned char out[PORTAL_BLOCKLIST_ENTRY], const char *lower);

/* Fills `list` from text, one password a line. APR_EINVAL: not one of them is usable. */
apr_status_t portal_blocklist_read_text(struct portal_blocklist_t *list, const char *text,
                                        apr_size_t length, apr_pool_t *pool);

#endif

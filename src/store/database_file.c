/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_file_info.h>
#include <apr_strings.h>
#include <string.h>

#include "store/database_file.h"

apr_status_t portal_database_path(const portal_connection_t *c, const char **path,
                                  apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    *path = NULL;
    if (strcmp(apr_dbd_name(c->driver), "sqlite3"))
        return APR_SUCCESS;
    if (apr_dbd_select(c->driver, pool, c->handle, &results, "PRAGMA database_list", 1) ||
        apr_dbd_get_row(c->driver, pool, results, &row, 1))
        return APR_EGENERAL;
    *path = apr_dbd_get_entry(c->driver, row, 2);
    return *path && **path ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t portal_database_file_note(portal_connection_t *c)
{
    apr_finfo_t found;
    apr_status_t rv = portal_database_path(c, &c->file.path, c->pool);

    if (rv == APR_SUCCESS && c->file.path)
        rv = apr_stat(&found, c->file.path, APR_FINFO_IDENT, c->pool);
    if (rv == APR_SUCCESS && c->file.path) {
        c->file.device = found.device;
        c->file.inode = found.inode;
    }
    return rv;
}

int portal_database_file_stands(const portal_connection_t *c, apr_pool_t *pool)
{
    apr_finfo_t found;

    return !c->file.path ||
           (apr_stat(&found, c->file.path, APR_FINFO_IDENT, pool) == APR_SUCCESS &&
            found.device == c->file.device && found.inode == c->file.inode);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what the engines do differently; see dialect.h. */
#include <string.h>

#include "store/dialect.h"

/* foreign_keys expires statements, so settings come before any is prepared. An act waits for its
 * turn for a bounded time: turns are given in order, and an import's may last a second. */
static const portal_dialect_t dialects[] = {
    {
        .driver = "pgsql",
        .begin_write = {"BEGIN ISOLATION LEVEL READ COMMITTED",
                        "SET LOCAL lock_timeout = 3000",
                        "SELECT id FROM audit_head WHERE id = 1 FOR UPDATE"},
        .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        .begin_schema = "BEGIN",
        .settings = {"SET client_min_messages = error"},
        .prepares_late = 1,
        .order = "SELECT CASE WHEN 'B' < 'a' AND 'a c' < 'ab' THEN 1 ELSE 0 END",
    },
    {
        .driver = "sqlite3",
        .begin_write = {"BEGIN IMMEDIATE"},
        .begin_read = "BEGIN",
        .begin_schema = "BEGIN IMMEDIATE",
        .settings = {"PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL"},
    },
};

const portal_dialect_t *portal_dialect_of(const portal_connection_t *c)
{
    const char *name = apr_dbd_name(c->driver);

    for (unsigned i = 1; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (!strcmp(dialects[i].driver, name))
            return &dialects[i];
    return &dialects[0];
}

int portal_dialect_known(const char *driver)
{
    for (unsigned i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (!strcmp(dialects[i].driver, driver))
            return 1;
    return 0;
}

int portal_dialect_sqlite(const portal_connection_t *c)
{
    return !strcmp(apr_dbd_name(c->driver), "sqlite3");
}

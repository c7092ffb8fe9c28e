/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what the engines do differently; see dialect.h. */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "store/dialect.h"
#include "store/wire.h"

#define MARIADB_TABLE                                                                    \
    " ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"

/* foreign_keys expires statements, so settings come before any is prepared. An act waits for its
 * turn for a bounded time: turns are given in order, and an import's may last a second. Who has the turn
 * and is not heard of any more (a machine lost its power, a network forgot the connection) loses it.
 *
 * SQLite: what is deleted is overwritten, since erased answers must not stand in free pages.
 *
 * MariaDB: a SELECT that apr_dbd_query runs must bring no rows, so the turn is read into a variable.
 * A turn without anything written yet counts as read-only there; programs that only read, and may
 * pause, never set that limit. The driver counts matched rows only with CLIENT_FOUND_ROWS, cuts
 * what is longer than fldsz without a word, and MEDIUMTEXT is the shortest type that holds what
 * TEXT does elsewhere. */
static const portal_dialect_t dialects[] = {
    {
        .driver = "pgsql",
        .begin_write = {"BEGIN ISOLATION LEVEL READ COMMITTED",
                        "SET LOCAL lock_timeout = 3000;"
                        " SET LOCAL idle_in_transaction_session_timeout = 5000",
                        "SELECT id FROM audit_head WHERE id = 1 FOR UPDATE"},
        .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        .begin_schema = "BEGIN",
        .settings = {"SET client_min_messages = error"},
        .prepares_late = 1,
        .order = "SELECT CASE WHEN 'B' < 'a' AND 'a c' < 'ab' THEN 1 ELSE 0 END",
        .unordered = "the database sorts texts by the rules of a language; make it anew "
                     "with the collation C",
    },
    {
        .driver = "mysql",
        .begin_write =
            {"SET idle_readonly_transaction_timeout = 5", "EXECUTE portal_write",
             "SELECT id INTO @portal_turn FROM audit_head WHERE id = 1 FOR UPDATE"},
        .begin_read = "EXECUTE portal_read",
        .begin_schema = "START TRANSACTION",
        .settings =
            {"SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin",
             "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,"
             "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
             " tx_isolation = 'REPEATABLE-READ', innodb_lock_wait_timeout = 3,"
             " idle_write_transaction_timeout = 5",
             "PREPARE portal_write FROM 'START TRANSACTION'",
             "PREPARE portal_read FROM 'START TRANSACTION READ ONLY'"},
        .order = "SELECT COUNT(*) FROM information_schema.collations"
                 " WHERE collation_name = 'utf8mb4_nopad_bin'",
        .unordered = "the server cannot compare texts byte by byte (utf8mb4_nopad_bin); "
                     "MariaDB does from 10.3 on",
        .text = "MEDIUMTEXT",
        .table = MARIADB_TABLE,
        .absent = {1054, 1146},
        .made = {1050, 1060, 1061, 1359}, /* table, column, index, trigger */
        .spared = {1419},
        .params = {"flags=CLIENT_FOUND_ROWS", "fldsz=16777216"},
    },
    {
        .driver = "sqlite3",
        .begin_write = {"BEGIN IMMEDIATE"},
        .begin_read = "BEGIN",
        .begin_schema = "BEGIN IMMEDIATE",
        .settings = {"PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL"},
        .ask = "PRAGMA secure_delete=ON",
        .absent = {1},
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

static const portal_dialect_t *named(const char *driver)
{
    for (unsigned i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (!strcmp(dialects[i].driver, driver))
            return &dialects[i];
    return NULL;
}

int portal_dialect_known(const char *driver)
{
    return named(driver) != NULL;
}

/* Words stand between what apr_dbd_mysql splits at. */
static int has_word(const char *params, const char *word, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, params), *last = NULL;

    for (char *at = apr_strtok(rest, " \r\n\t;|,", &last); at;
         at = apr_strtok(NULL, " \r\n\t;|,", &last))
        if (!strcmp(at, word))
            return 1;
    return 0;
}

const char *portal_dialect_lacks(const char *driver, const char *params, apr_pool_t *pool)
{
    const portal_dialect_t *dialect = named(driver);

    for (int i = 0; dialect && dialect->params[i]; i++)
        if (!has_word(params, dialect->params[i], pool))
            return dialect->params[i];
    return NULL;
}

int portal_dialect_settle(const portal_connection_t *c)
{
    const portal_dialect_t *dialect = portal_dialect_of(c);
    apr_dbd_results_t *row = NULL;
    int rc = 0;

    for (int i = 0; rc == 0 && dialect->settings[i]; i++)
        rc = portal_wire_query(c, dialect->settings[i]);
    if (rc == 0 && dialect->ask)
        rc = apr_dbd_select(c->driver, c->pool, c->handle, &row, dialect->ask, 0);
    return rc;
}

/* The next " TEXT" that is a word; NULL: none. */
static const char *next_text(const char *at)
{
    while ((at = strstr(at, " TEXT")) != NULL && (apr_isalnum(at[5]) || at[5] == '_'))
        at++;
    return at;
}

#define MARK "-- for "

int portal_dialect_is_mark(const char *line)
{
    return !strncmp(line, MARK, strlen(MARK)) &&
           portal_dialect_known(line + strlen(MARK));
}

/* What stands below the mark; NULL: it names another engine. */
static const char *unmarked(const char *statement, const char *driver)
{
    apr_size_t len = strlen(driver);

    if (strncmp(statement, MARK, strlen(MARK)))
        return statement;
    statement += strlen(MARK);
    return !strncmp(statement, driver, len) && statement[len] == '\n'
               ? statement + len + 1
               : NULL;
}

const char *portal_dialect_schema(const portal_connection_t *c, const char *statement,
                                  apr_pool_t *pool)
{
    const portal_dialect_t *dialect = portal_dialect_of(c);
    const char *out = "", *at, *found;

    statement = at = unmarked(statement, dialect->driver);
    if (!statement || !dialect->text)
        return statement;
    for (; (found = next_text(at)) != NULL; at = found + strlen(" TEXT"))
        out = apr_pstrcat(pool, out, apr_pstrmemdup(pool, at, (apr_size_t)(found - at)),
                          " ", dialect->text, NULL);
    return apr_pstrcat(pool, out, at,
                       strncmp(statement, "CREATE TABLE ", 13) ? "" : dialect->table,
                       NULL);
}

static int is_among(const int *codes, int code)
{
    while (*codes && *codes != code)
        codes++;
    return *codes != 0;
}

int portal_dialect_absent(const portal_connection_t *c, int code)
{
    return is_among(portal_dialect_of(c)->absent, code);
}

int portal_dialect_made(const portal_connection_t *c, int code)
{
    return is_among(portal_dialect_of(c)->made, code);
}

int portal_dialect_spares(const portal_connection_t *c, int code)
{
    return is_among(portal_dialect_of(c)->spared, code);
}

int portal_dialect_sqlite(const portal_connection_t *c)
{
    return !strcmp(apr_dbd_name(c->driver), "sqlite3");
}

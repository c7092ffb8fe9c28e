/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and runs the steps of the schema; see schema.h. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "core/audit.h"
#include "core/folder.h"
#include "core/token.h"
#include "store/dialect.h"
#include "store/schema.h"
#include "store/wire.h"
#include "store/write_lock.h"

#define LARGEST_STEP (1024 * 1024)
#define LOCK_PATIENCE apr_time_from_sec(10)

/* ---- reading ---- */

/* Statements end with a semicolon at the end of a line; lines that begin with -- are comments, but for
 * those that name the engine of a statement, which stay with it (store/dialect.h). */
static apr_array_header_t *split(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 64, sizeof(const char *));
    const char *statement = "";

    while (*text) {
        apr_size_t len = strcspn(text, "\n");
        const char *line = apr_pstrmemdup(pool, text, len);
        text += len + (text[len] == '\n');
        if (!*line || (!strncmp(line, "--", 2) && !portal_dialect_is_mark(line)))
            continue;
        if (line[len - 1] != ';') {
            statement = apr_pstrcat(pool, statement, line, "\n", NULL);
            continue;
        }
        line = apr_pstrmemdup(pool, line, len - 1);
        APR_ARRAY_PUSH(list, const char *) = apr_pstrcat(pool, statement, line, NULL);
        statement = "";
    }
    return list;
}

static apr_status_t read_step(portal_schema_step_t *step,
                              const portal_folder_file_t *file, const char **error,
                              apr_pool_t *pool)
{
    const char *text;
    apr_size_t len;
    char *end;
    long number = strtol(file->name, &end, 10);
    apr_status_t rv;

    if (*end || number < 1 || number > 9999) {
        *error = apr_psprintf(pool, "%s: its name is no number", file->path);
        return APR_EINVAL;
    }
    rv = portal_file_read(&text, &len, file->path, LARGEST_STEP, error, pool);
    if (rv != APR_SUCCESS)
        return rv;
    *step = (portal_schema_step_t){(int)number, file->path, split(text, pool)};
    return APR_SUCCESS;
}

apr_status_t portal_schema_read(apr_array_header_t **steps, const char *dir,
                                const char **error, apr_pool_t *pool)
{
    const char *dirs[] = {dir, NULL};
    apr_array_header_t *files;
    apr_status_t rv = portal_folder_list(&files, dirs, ".sql", error, pool);

    *steps = apr_array_make(pool, 4, sizeof(portal_schema_step_t));
    for (int i = 0; rv == APR_SUCCESS && i < files->nelts; i++) {
        portal_schema_step_t *step = apr_array_push(*steps);
        rv = read_step(step, &APR_ARRAY_IDX(files, i, portal_folder_file_t), error, pool);
        if (rv == APR_SUCCESS && step->number != i + 1) {
            *error = apr_psprintf(pool, "%s: step %d is missing", dir, i + 1);
            rv = APR_EINVAL;
        }
    }
    return rv;
}

/* ---- asking and running ---- */

static const char *reason(const portal_connection_t *c, int code, apr_pool_t *pool)
{
    const char *text = apr_dbd_error(c->driver, c->handle, code);
    return apr_pstrdup(pool, text && *text ? text : "no reason given");
}

static int plain(const portal_connection_t *c, const char *sql)
{
    int n;
    return apr_dbd_query(c->driver, c->handle, &n, sql);
}

/* Whoever opens a database waits while another, who was the last, closes it or looks through its
 * write-ahead log. The setting answers with a row. */
static void be_patient(const portal_connection_t *c, apr_pool_t *pool)
{
    apr_dbd_results_t *row = NULL;

    if (portal_dialect_sqlite(c))
        (void)apr_dbd_select(c->driver, pool, c->handle, &row, "PRAGMA busy_timeout=2000",
                             0);
}

apr_status_t portal_schema_version(const portal_connection_t *c, int *version,
                                   const char **error, apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    const char *value;
    int code;

    *version = 0;
    be_patient(c, pool);
    portal_wire_begins(c);
    code = apr_dbd_select(c->driver, pool, c->handle, &results,
                          "SELECT value FROM meta WHERE name = 'schema'", 1);
    portal_wire_ends(c);
    if (code) {
        *error = reason(c, code, pool);
        return strstr(*error, "no such table") || strstr(*error, "exist") ? APR_SUCCESS
                                                                          : APR_EGENERAL;
    }
    if (apr_dbd_get_row(c->driver, pool, results, &row, 1))
        return APR_SUCCESS;
    value = apr_dbd_get_entry(c->driver, row, 0);
    *version = value ? (int)apr_atoi64(value) : 0;
    return APR_SUCCESS;
}

/* The one value that a question has for an answer; NULL: none. */
static const char *ask(const portal_connection_t *c, const char *question,
                       apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;

    if (apr_dbd_select(c->driver, pool, c->handle, &results, question, 1) ||
        apr_dbd_get_row(c->driver, pool, results, &row, 1))
        return NULL;
    return apr_dbd_get_entry(c->driver, row, 0);
}

apr_status_t portal_schema_settle(const portal_connection_t *c, const char **error,
                                  apr_pool_t *pool)
{
    const portal_dialect_t *dialect = portal_dialect_of(c);
    const char *order = dialect->order;
    const char *answer = ask(c, order ? order : "PRAGMA journal_mode=WAL", pool);

    if (answer && !strcmp(answer, order ? "1" : "wal"))
        return APR_SUCCESS;
    *error = order ? dialect->unordered
                   : "the database takes no write-ahead log; is it on a network disk?";
    return APR_EGENERAL;
}

/* The schema's number comes last: where a step is not one transaction, it says that all is there.
 * Numbers, ids in base64url and hexadecimal only: nothing here needs quoting. */
static void push_notes(apr_array_header_t *list, int number, apr_pool_t *pool)
{
    if (number > 1) {
        APR_ARRAY_PUSH(list, const char *) = apr_psprintf(
            pool, "UPDATE meta SET value = '%d' WHERE name = 'schema'", number);
        return;
    }
    APR_ARRAY_PUSH(list, const char *) =
        "INSERT INTO audit_head (id, seq, mac) VALUES (1, 0, '" PORTAL_AUDIT_START "')";
    APR_ARRAY_PUSH(list, const char *) =
        apr_psprintf(pool,
                     "INSERT INTO meta (name, value) VALUES ('schema', '1'),"
                     " ('practice', '%s'), ('session_epoch', '%s')",
                     portal_id_make(pool), portal_id_make(pool));
}

/* Where each change of a table is committed by itself, a step that was broken off is run again; but
 * tables that were there before the first one are somebody else's. */
static apr_status_t run_all(const portal_connection_t *c, int again,
                            const apr_array_header_t *list, const char **error,
                            apr_pool_t *pool)
{
    for (int i = 0; i < list->nelts; i++) {
        const char *sql =
            portal_dialect_schema(c, APR_ARRAY_IDX(list, i, const char *), pool);
        int code = sql ? plain(c, sql) : 0;
        if (code && !(again && portal_dialect_made(c, code)) &&
            !portal_dialect_spares(c, code)) {
            *error = apr_psprintf(pool, "statement %d (%.40s): %s", i + 1, sql,
                                  reason(c, code, pool));
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t run_step(const portal_connection_t *c,
                             const portal_schema_step_t *step, const char **error,
                             apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_copy(pool, step->statements);
    apr_status_t rv;
    int code = portal_dialect_settle(c);

    if (code == 0)
        code = plain(c, portal_dialect_of(c)->begin_schema);
    if (code) {
        *error = reason(c, code, pool);
        return APR_EGENERAL;
    }
    push_notes(list, step->number, pool);
    rv = run_all(c, step->number > 1, list, error, pool);
    if (rv == APR_SUCCESS && (code = plain(c, "COMMIT"))) {
        *error = reason(c, code, pool);
        rv = APR_EGENERAL;
    }
    if (rv != APR_SUCCESS)
        plain(c, "ROLLBACK");
    return rv;
}

/* NULL in *held where the engine has no lock of its own. */
static apr_status_t take_lock(const portal_connection_t *c, void **held, apr_pool_t *pool)
{
    const char *lock = NULL;
    apr_status_t rv = portal_write_lock_path(c, &lock, pool);

    *held = NULL;
    return rv == APR_SUCCESS && lock ? portal_write_lock(lock, LOCK_PATIENCE, held, pool)
                                     : rv;
}

apr_status_t portal_schema_apply(const portal_connection_t *c,
                                 const portal_schema_step_t *step, const char **error,
                                 apr_pool_t *pool)
{
    void *held;
    apr_status_t rv = take_lock(c, &held, pool);

    if (rv != APR_SUCCESS) {
        *error = "the write lock of the database is not to be had";
        return rv;
    }
    rv = run_step(c, step, error, pool);
    if (held)
        portal_write_unlock(held);
    return rv;
}

/* ---- the audit trail ---- */

int portal_schema_trail_is_open(const portal_connection_t *c, apr_pool_t *pool)
{
    int n = 0, code = 1;
    void *held;

    if (take_lock(c, &held, pool) != APR_SUCCESS)
        return 0;
    if (plain(c, portal_dialect_of(c)->begin_schema) == 0) {
        code = apr_dbd_query(c->driver, c->handle, &n,
                             "UPDATE audit SET mac = mac WHERE seq = 1");
        plain(c, "ROLLBACK");
    }
    if (held)
        portal_write_unlock(held);
    return code == 0 && n > 0;
}

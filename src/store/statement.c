/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds, runs and reads every statement of statements.def in one place.
 *
 * The "pb" calls of apr_dbd are used because the "p" calls bind numbers as text on SQLite, which
 * gives wrong rows in expressions; rows are read with random access and numbered from 1, the one
 * form that works on every driver.
 */
#include <string.h>

#include <apr_strings.h>

#include "store/statement.h"
#include "store/database_file.h"
#include "store/dialect.h"
#include "store/schema.h"
#include "store/wire.h"
#include "store/write_lock.h"

#define MOST_VALUES 24
#define MOST_ROWS 5000
#define STATEMENTS_SIZE (PORTAL_STATEMENT_COUNT * sizeof(apr_dbd_prepared_t *))

typedef struct {
    const char *sql;
    const char *in;  /* one letter for each value: t, i */
    const char *out; /* likewise; "" for a statement without rows */
} statement_t;

#define TEXT(member) "t"
#define INT(member) "i"
#define IN(members) members ""
#define OUT(members) members ""
#define READ(name, in, out, sql) {sql, in, out},
#define WRITE(name, in, sql) {sql, in, ""},
static const statement_t statements[] = {
#include "store/statements.def"
};

typedef union {
    const char *text;
    apr_int64_t number;
    char slot[8];
} value_t;

_Static_assert(sizeof(value_t) == 8, "members stand on eight-byte slots");

static const value_t *slot_of(const void *structure, int i)
{
    return (const value_t *)((const char *)structure + 8 * (i + 1));
}

static apr_status_t fail(portal_tx_t *tx)
{
    tx->failed = 1;
    return APR_EGENERAL;
}

static void bind_values(const void **values, const char *types, const void *in)
{
    for (int i = 0; types[i]; i++) {
        const value_t *value = slot_of(in, i);
        values[i] =
            types[i] == 't' ? (const void *)value->text : (const void *)&value->number;
    }
}

static apr_status_t read_row(portal_tx_t *tx, apr_dbd_row_t *row, const char *types,
                             char *to)
{
    for (int i = 0; types[i]; i++) {
        const char *entry = apr_dbd_get_entry(tx->connection.driver, row, i);
        value_t value = {.number = 0};
        if (types[i] == 't')
            value.text = entry ? apr_pstrdup(tx->pool, entry) : "";
        else if (entry)
            value.number = apr_strtoi64(entry, NULL, 10);
        memcpy(to + 8 * (i + 1), &value, sizeof(value));
    }
    return APR_SUCCESS;
}

static apr_status_t read_rows(portal_tx_t *tx, int statement, const void *in,
                              portal_rows_t *rows, apr_pool_t *scratch)
{
    const statement_t *s = &statements[statement];
    const portal_connection_t *c = &tx->connection;
    const void *values[MOST_VALUES];
    apr_dbd_results_t *results = NULL;
    int rc, most = rows->limit ? rows->limit : MOST_ROWS;
    apr_array_header_t *list =
        apr_array_make(tx->pool, rows->limit ? most : 8, (int)rows->size);

    bind_values(values, s->in, in);
    portal_wire_begins(c);
    rc = apr_dbd_pbselect(c->driver, scratch, c->handle, &results, c->prepared[statement],
                          1, values);
    portal_wire_ends(c);
    if (rc)
        return fail(tx);
    for (int i = 1; i <= most; i++) {
        apr_dbd_row_t *row = NULL;
        if (apr_dbd_get_row(c->driver, scratch, results, &row, i))
            break;
        read_row(tx, row, s->out, apr_array_push(list));
    }
    rows->rows = list->elts;
    rows->n = list->nelts;
    return APR_SUCCESS;
}

/* A driver may keep room for the longest text that a column can hold, for each column and each time. */
apr_status_t portal_statement_read(portal_tx_t *tx, int statement, const void *in,
                                   portal_rows_t *rows)
{
    apr_pool_t *scratch;
    apr_status_t rv;

    rows->n = 0;
    if (tx->failed)
        return APR_EGENERAL;
    rv = apr_pool_create(&scratch, tx->pool);
    if (rv != APR_SUCCESS)
        return fail(tx);
    rv = read_rows(tx, statement, in, rows, scratch);
    apr_pool_destroy(scratch);
    return rv;
}

/* Who looks at a row before asking whether it could be read finds nothing in it, and does not crash. */
static void empty_texts(int statement, void *row)
{
    const char *types = statements[statement].out;
    const value_t empty = {.text = ""};

    for (int i = 0; types[i]; i++)
        if (types[i] == 't')
            memcpy((char *)row + 8 * (i + 1), &empty, sizeof(empty));
}

apr_status_t portal_statement_get(portal_tx_t *tx, int statement, const void *in,
                                  apr_size_t size, void *row)
{
    portal_rows_t rows = {size, 1, NULL, 0};
    apr_status_t rv = portal_statement_read(tx, statement, in, &rows);

    memset(row, 0, size);
    if (rv == APR_SUCCESS && rows.n == 0)
        return APR_NOTFOUND;
    if (rv == APR_SUCCESS)
        memcpy(row, rows.rows, size);
    else
        empty_texts(statement, row);
    return rv;
}

apr_status_t portal_statement_write(portal_tx_t *tx, int statement, const void *in,
                                    int *n)
{
    const statement_t *s = &statements[statement];
    const portal_connection_t *c = &tx->connection;
    const void *values[MOST_VALUES];
    int rc, matched = 0;

    if (tx->failed)
        return APR_EGENERAL;
    bind_values(values, s->in, in);
    portal_wire_begins(c);
    rc = apr_dbd_pbquery(c->driver, tx->pool, c->handle, &matched, c->prepared[statement],
                         values);
    portal_wire_ends(c);
    if (rc)
        return fail(tx);
    if (n)
        *n = matched;
    return APR_SUCCESS;
}

/* The setting answers with a row, which apr_dbd_query takes for a fault. */
static int be_patient(portal_connection_t *c, int patient)
{
    apr_dbd_results_t *row = NULL;
    return apr_dbd_select(c->driver, c->pool, c->handle, &row,
                          patient ? "PRAGMA busy_timeout=2000" : "PRAGMA busy_timeout=0",
                          0);
}

static apr_status_t settle(portal_connection_t *c)
{
    if (c->settled)
        return APR_SUCCESS;
    portal_wire_tame(c);
    if (portal_dialect_settle(c) ||
        portal_write_lock_path(c, &c->lock_path, c->pool) != APR_SUCCESS ||
        portal_database_file_note(c) != APR_SUCCESS)
        return APR_EAGAIN;
    if (!c->prepared)
        c->prepared = apr_palloc(c->pool, STATEMENTS_SIZE);
    memset(c->prepared, 0, STATEMENTS_SIZE);
    c->settled = 1;
    return APR_SUCCESS;
}

/* Where preparing does not ask the server, a wrong schema would be found in the middle of an act. */
static apr_status_t look_at_schema(const portal_connection_t *c)
{
    const char *error;
    int version;

    if (!portal_dialect_of(c)->prepares_late)
        return APR_SUCCESS;
    if (portal_schema_version(c, &version, &error, c->pool) != APR_SUCCESS)
        return APR_EAGAIN;
    return version == PORTAL_SCHEMA ? APR_SUCCESS : APR_EGENERAL;
}

static int prepare(portal_connection_t *c, int i)
{
    int rc;

    portal_wire_begins(c);
    rc = apr_dbd_prepare(c->driver, c->pool, c->handle, statements[i].sql, NULL,
                         &c->prepared[i]);
    portal_wire_ends(c);
    return rc;
}

/* Those that are prepared already are kept: they live as long as the connection, and trying again
 * and again while a table is missing must not fill its memory. */
static apr_status_t prepare_missing(portal_connection_t *c)
{
    for (int i = 0; i < PORTAL_STATEMENT_COUNT; i++) {
        int rc = c->prepared[i] ? 0 : prepare(c, i);
        if (rc) {
            c->prepared[i] = NULL;
            return portal_dialect_absent(c, rc) ? APR_EGENERAL : APR_EAGAIN;
        }
    }
    c->ready = 1;
    return APR_SUCCESS;
}

/* Two that open a database at once find it busy for a moment, since the first one looks through
 * the write-ahead log; only here is it worth waiting. */
apr_status_t portal_store_prepare(portal_connection_t *c, int anew)
{
    int sqlite = portal_dialect_sqlite(c);
    apr_status_t rv;

    c->ready = 0;
    if (!portal_dialect_known(apr_dbd_name(c->driver)))
        return APR_ENOTIMPL;
    rv = sqlite && be_patient(c, 1) ? APR_EAGAIN : settle(c);
    if (rv == APR_SUCCESS && anew)
        memset(c->prepared, 0, STATEMENTS_SIZE);
    if (rv == APR_SUCCESS)
        rv = look_at_schema(c);
    if (rv == APR_SUCCESS)
        rv = prepare_missing(c);
    if (sqlite && be_patient(c, 0) && rv == APR_SUCCESS)
        rv = APR_EAGAIN;
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One typed function for each row of statements.def. apr_dbd does not check how many values a
 * statement gets, so nobody calls it by hand:
 *
 *   READ(name, IN(TEXT(id) INT(now)), OUT(TEXT(mrn) INT(version)), "SELECT ... %s ... %lld")
 *     portal_row_name row;
 *     rv = PORTAL_GET(name, tx, &row, .id = id, .now = now);       APR_NOTFOUND: no row
 *     portal_row_name *rows; int n;
 *     rv = PORTAL_LIST(name, tx, &rows, &n, .id = id, .now = now); n = 0: no row
 *   WRITE(name, IN(TEXT(id)), "UPDATE ...")
 *     rv = PORTAL_DO(name, tx, &n, .id = id);                      n: rows matched, or NULL
 *
 * TEXT is const char * (NULL writes NULL; a NULL in the database is read as ""), INT apr_int64_t.
 * Rows and their texts live in tx->pool. In SQL, TEXT is %s and INT is %lld, in the order of IN.
 */
#ifndef PORTAL_STATEMENT_H
#define PORTAL_STATEMENT_H

#include "store/store.h"

/* Every member stands on an eight-byte slot, so that one loop binds and reads all of them;
 * the first slot keeps a structure without members legal. */
#define TEXT(member) _Alignas(8) const char *member;
#define INT(member) _Alignas(8) apr_int64_t member;
#define IN(members) members
#define OUT(members) members
#define READ(name, in, out, sql)                                                         \
    typedef struct {                                                                     \
        _Alignas(8) char none_;                                                          \
        in                                                                               \
    } portal_in_##name;                                                                  \
    typedef struct {                                                                     \
        _Alignas(8) char none_;                                                          \
        out                                                                              \
    } portal_row_##name;
#define WRITE(name, in, sql)                                                             \
    typedef struct {                                                                     \
        _Alignas(8) char none_;                                                          \
        in                                                                               \
    } portal_in_##name;
#include "store/statements.def"
#undef READ
#undef WRITE

enum {
#define READ(name, in, out, sql) PORTAL_STATEMENT_##name,
#define WRITE(name, in, sql) PORTAL_STATEMENT_##name,
#include "store/statements.def"
#undef READ
#undef WRITE
    PORTAL_STATEMENT_COUNT
};

/* What a read brings: an array of `n` rows, `size` bytes each. */
typedef struct {
    apr_size_t size;
    int limit; /* at most so many rows are taken; 0: as many as a page can use */
    void *rows;
    int n;
} portal_rows_t;

/* The loops behind the typed functions; not to be called by hand. */
apr_status_t portal_statement_read(portal_tx_t *tx, int statement, const void *in,
                                   portal_rows_t *rows);
apr_status_t portal_statement_write(portal_tx_t *tx, int statement, const void *in,
                                    int *n);
apr_status_t portal_statement_get(portal_tx_t *tx, int statement, const void *in,
                                  apr_size_t size, void *row);

#define READ(name, in_, out_, sql)                                                       \
    static inline apr_status_t portal_get_##name(                                        \
        portal_tx_t *tx, portal_row_##name *row, const portal_in_##name *in)             \
    {                                                                                    \
        return portal_statement_get(tx, PORTAL_STATEMENT_##name, in, sizeof(*row), row); \
    }                                                                                    \
    static inline apr_status_t portal_list_##name(                                       \
        portal_tx_t *tx, portal_row_##name **rows, int *n, const portal_in_##name *in)   \
    {                                                                                    \
        portal_rows_t read = {sizeof(**rows), 0, NULL, 0};                               \
        apr_status_t rv = portal_statement_read(tx, PORTAL_STATEMENT_##name, in, &read); \
        *rows = read.rows;                                                               \
        *n = read.n;                                                                     \
        return rv;                                                                       \
    }
#define WRITE(name, in_, sql)                                                            \
    static inline apr_status_t portal_do_##name(portal_tx_t *tx, int *n,                 \
                                                const portal_in_##name *in)              \
    {                                                                                    \
        return portal_statement_write(tx, PORTAL_STATEMENT_##name, in, n);               \
    }
#include "store/statements.def"
#undef READ
#undef WRITE
#undef TEXT
#undef INT
#undef IN
#undef OUT

#define PORTAL_GET(name, tx, row, ...)                                                   \
    portal_get_##name(tx, row, &(portal_in_##name){__VA_ARGS__})
#define PORTAL_LIST(name, tx, rows, n, ...)                                              \
    portal_list_##name(tx, rows, n, &(portal_in_##name){__VA_ARGS__})
#define PORTAL_DO(name, tx, n, ...)                                                      \
    portal_do_##name(tx, n, &(portal_in_##name){__VA_ARGS__})

#endif

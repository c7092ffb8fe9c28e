/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a database: made once, and brought up to date by numbered steps. Each step is a
 * file NNNN.sql of the folder conf/schema; the number of the last one that ran is the database's
 * schema, kept in its table meta. Steps run as plain SQL on a connection whose statements need
 * not be prepared yet. portalctl and tests use this; a serving httpd never changes a table.
 */
#ifndef PORTAL_SCHEMA_H
#define PORTAL_SCHEMA_H

#include "store/store.h"

/* The schema that this version of the program works with. */
#define PORTAL_SCHEMA 14

typedef struct {
    int number;
    const char *path;
    apr_array_header_t *statements; /* const char *, each without its semicolon */
} portal_schema_step_t;

/* Reads the steps of a folder in order, as an array of portal_schema_step_t in `pool`. APR_EINVAL:
 * a file has another name or a number is missing; another status: a file cannot be read. *error
 * says which. */
apr_status_t portal_schema_read(apr_array_header_t **steps, const char *dir,
                                const char **error, apr_pool_t *pool);

/* Which schema the database has; 0: it holds no portal tables. APR_EGENERAL: it cannot be asked,
 * and *error says why. */
apr_status_t portal_schema_version(const portal_connection_t *connection, int *version,
                                   const char **error, apr_pool_t *pool);

/* What a new database needs before its first table: SQLite's is told to keep a write-ahead log, which
 * stays in the file; of others it is asked whether they sort texts by their bytes, which Find rests on.
 * APR_EGENERAL: it cannot be used, and *error says why. */
apr_status_t portal_schema_settle(const portal_connection_t *connection,
                                  const char **error, apr_pool_t *pool);

/*
 * Runs one step under the write lock and in one transaction (MariaDB commits each change of a
 * table by itself), and notes its number. Step 1 also writes the first rows: the practice's id,
 * the session epoch, and the head of the empty audit trail. APR_TIMEUP: the lock was not to be
 * had. On failure *error says which statement and why, and nothing of the step stays; on MariaDB
 * what was changed stays, and the step can be run again.
 */
apr_status_t portal_schema_apply(const portal_connection_t *connection,
                                 const portal_schema_step_t *step, const char **error,
                                 apr_pool_t *pool);

/* 1: whoever connects so can change rows of the audit trail, which is tried and taken back; 0: the
 * engine refuses it, or it cannot be tried now. */
int portal_schema_trail_is_open(const portal_connection_t *connection, apr_pool_t *pool);

#endif

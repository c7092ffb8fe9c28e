/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engines do differently, in one table: everything else is one text for all of them
 * (statements.def, conf/schema).
 *
 * A write transaction is alone, on every engine: acts read the head of the audit trail, and what
 * they decide on, before they write. SQLite has the write lock's file for it (write_lock.h), the
 * others lock the one row of audit_head as the first thing in the transaction. So no two acts can
 * fail each other at the commit, and readers never wait.
 *
 * MariaDB's driver can connect anew by itself (store/wire.h), and what was settled and prepared is gone
 * without a word. So transactions begin there with a statement that the settings made: a connection that
 * does not know it is a new one, and says so before anything is done.
 */
#ifndef PORTAL_DIALECT_H
#define PORTAL_DIALECT_H

#include "store/store.h"

typedef struct {
    const char *driver;
    const char *const begin_write[4]; /* plain SQL, run in this order; ends with NULL */
    const char *begin_read;        /* one consistent view, and nothing can be written */
    const char *begin_schema;      /* for a step of the schema */
    const char *const settings[6]; /* for each new connection, before anything else */
    const char *ask;               /* a setting that answers with a row; NULL: none */
    int prepares_late;             /* 1: a statement is looked at when it is first run */
    const char *order;     /* asks whether texts are in the order of their bytes: 1 */
    const char *unordered; /* what is wrong when they are not, and what to do */
    /* Where the text of conf/schema is not enough: what stands in place of the type TEXT, and what
     * follows a CREATE TABLE; NULL: nothing. */
    const char *text, *table;
    int absent[3]; /* codes that say of a statement that a table or column is not there */
    /* and that a change of a table was made before, where each commits by itself */
    int made[5];
    int spared[2];               /* and that a trigger may not be made */
    const char *const params[3]; /* words that DBDParams must have; ends with NULL */
} portal_dialect_t;

/* That of the connection's driver; that of PostgreSQL for one that is not known. */
const portal_dialect_t *portal_dialect_of(const portal_connection_t *connection);

/* 1: records can be kept with this driver of apr_dbd. */
int portal_dialect_known(const char *driver);

/* What records are kept with, as a person reads it: "sqlite3, pgsql or mysql". */
#define PORTAL_DIALECTS "sqlite3, pgsql or mysql"

/* The word that these params of DBDParams lack for this driver; NULL: none. */
const char *portal_dialect_lacks(const char *driver, const char *params,
                                 apr_pool_t *pool);

/* Runs the settings; the driver's code, 0 when all is well. */
int portal_dialect_settle(const portal_connection_t *connection);

/* 1: a line of conf/schema that names the engine of the statement below it: "-- for " and a driver. */
int portal_dialect_is_mark(const char *line);

/* A statement of conf/schema as this engine reads it, in `pool`; NULL: it is for another. */
const char *portal_dialect_schema(const portal_connection_t *connection,
                                  const char *statement, apr_pool_t *pool);

/* 1: this code is among those. */
int portal_dialect_absent(const portal_connection_t *connection, int code);
int portal_dialect_made(const portal_connection_t *connection, int code);

/* 1: this code says that the server lets nobody but its administrator make a trigger, and the schema does
 * without (MariaDB with a binary log; portalctl check says so). */
int portal_dialect_spares(const portal_connection_t *connection, int code);

/* 1: the connection is one to SQLite. */
int portal_dialect_sqlite(const portal_connection_t *connection);

#endif

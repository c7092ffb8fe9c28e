/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engines do differently, in one table: everything else is one text for all of them
 * (statements.def, conf/schema).
 *
 * A write transaction is alone, on every engine: acts read the head of the audit trail, and what
 * they decide on, before they write. SQLite has the write lock's file for it (write_lock.h), the
 * others lock the one row of audit_head as the first thing in the transaction. So no two acts can
 * fail each other at the commit, and readers never wait.
 */
#ifndef PORTAL_DIALECT_H
#define PORTAL_DIALECT_H

#include "store/store.h"

typedef struct {
    const char *driver;
    const char *const begin_write[4]; /* plain SQL, run in this order; ends with NULL */
    const char *begin_read;        /* one consistent view, and nothing can be written */
    const char *begin_schema;      /* for a step of the schema */
    const char *const settings[4]; /* for each new connection, before anything else */
    int prepares_late;             /* 1: a statement is looked at when it is first run */
    const char *order; /* asks whether texts are in the order of their bytes: 1 */
} portal_dialect_t;

/* That of the connection's driver; that of PostgreSQL for one that is not known. */
const portal_dialect_t *portal_dialect_of(const portal_connection_t *connection);

/* 1: records can be kept with this driver of apr_dbd. */
int portal_dialect_known(const char *driver);

/* 1: the connection is one to SQLite. */
int portal_dialect_sqlite(const portal_connection_t *connection);

#endif

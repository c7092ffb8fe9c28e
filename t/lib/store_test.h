/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_test: a store of its own for each unit test: a new SQLite database made from
 * conf/schema in a temporary folder (with DB=, a new schema of that server), and a key ring. Use it with
 *
 *   static void it_works(void **state) { portal_store_test_t *t = *state; ... }
 *   store_test(it_works) in the list, and
 *   return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
 *
 * The unit tests run in the top folder of the sources.
 */
#ifndef PORTAL_T_STORE_TEST_H
#define PORTAL_T_STORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "store/statement.h"
#include "store/store.h"

typedef struct {
    apr_pool_t *pool;
    portal_store_t
        store; /* as in httpd: `ended` is counted, not sent to the session epoch */
    portal_connection_t connection;
    const char *dir, *file;               /* the folder, and the database in it */
    portal_actor_t actor;                 /* desk, "tester" */
    apr_time_t now;                       /* 2026-11-23 12:00 UTC; tests may move it */
    int told;                             /* how often ops->ended was called, */
    const char *told_binder, *told_token; /* and with what the last time */
} portal_store_test_t;

/* Once for a program: APR and libsodium. */
int portal_store_test_begin(void **state);
int portal_store_test_end(void **state);

/* Before and after each test. */
int portal_store_test_open(void **state);
int portal_store_test_close(void **state);

/* Runs one statement as plain SQL beside the store: to prepare and to look. Fails the test when it
 * goes wrong. The second returns the first column of the first row; "" for none. */
void portal_store_test_run(portal_store_test_t *t, const char *sql);
const char *portal_store_test_ask(portal_store_test_t *t, const char *sql);

/* Takes away what keeps rows of the audit trail as they are. */
void portal_store_test_open_trail(portal_store_test_t *t);

/* The first column of all rows, with commas between them. */
const char *portal_store_test_list(portal_store_test_t *t, const char *sql);

/* Another text as soon as a row was written, even one that is the same again. */
const char *portal_store_test_written(portal_store_test_t *t);

/* 1: for tests of what SQLite alone has; the others skip(). */
int portal_store_test_sqlite(void);

/* 1: there each change of a table is committed by itself. */
int portal_store_test_mariadb(void);

/* A second connection to the same database, as another process would have it. */
void portal_store_test_other(portal_store_test_t *t, portal_store_t *store,
                             portal_connection_t *connection);

#define store_test(function)                                                             \
    cmocka_unit_test_setup_teardown(function, portal_store_test_open,                    \
                                    portal_store_test_close)

#endif

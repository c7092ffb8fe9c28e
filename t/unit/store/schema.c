/* SPDX-License-Identifier: Apache-2.0 */
/* store/schema: steps are read in order, run whole or not at all, and their number is kept. */
#include "store_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/audit.h"
#include "store/schema.h"

static const char *path_of(portal_store_test_t *t, const char *name)
{
    return apr_pstrcat(t->pool, t->dir, "/steps/", name, NULL);
}

static void step(portal_store_test_t *t, const char *name, const char *sql)
{
    FILE *file;

    mkdir(path_of(t, ""), 0700);
    file = fopen(path_of(t, name), "w");
    assert_non_null(file);
    fputs(sql, file);
    fclose(file);
}

static void clean(portal_store_test_t *t)
{
    static const char *const names[] = {"0001.sql", "0002.sql", "0003.sql", "second.sql"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(path_of(t, names[i]));
    rmdir(path_of(t, ""));
}

static apr_status_t read_steps(portal_store_test_t *t, apr_array_header_t **steps,
                               const char **error)
{
    return portal_schema_read(steps, apr_pstrcat(t->pool, t->dir, "/steps", NULL), error,
                              t->pool);
}

static int version(portal_store_test_t *t)
{
    const char *error = "";
    int number = -1;

    assert_int_equal(portal_schema_version(&t->connection, &number, &error, t->pool),
                     APR_SUCCESS);
    return number;
}

static apr_status_t apply(portal_store_test_t *t, const apr_array_header_t *steps, int i,
                          const char **error)
{
    assert_true(i < steps->nelts);
    return portal_schema_apply(
        &t->connection, &APR_ARRAY_IDX(steps, i, portal_schema_step_t), error, t->pool);
}

static void the_first_rows_are_there(void **state)
{
    portal_store_test_t *t = *state;

    assert_int_equal(version(t), PORTAL_SCHEMA);
    assert_int_equal(strlen(portal_store_test_ask(t, "SELECT value FROM meta WHERE name ="
                                                     " 'practice'")),
                     22);
    assert_string_equal(
        portal_store_test_ask(t, "SELECT seq||mac FROM audit_head WHERE id = 1"),
        "0" PORTAL_AUDIT_START);
}

static void steps_are_read_in_order(void **state)
{
    portal_store_test_t *t = *state;
    apr_array_header_t *steps;
    const portal_schema_step_t *second;
    const char *error = "";

    step(t, "0002.sql",
         "-- a comment;\n\nCREATE TABLE b (\n  x TEXT -- here\n);\n"
         "INSERT INTO b VALUES ('a;b');\nINSERT INTO b VALUES ('c');");
    step(t, "0001.sql", "CREATE TABLE a (x TEXT);\n");
    assert_int_equal(read_steps(t, &steps, &error), APR_SUCCESS);
    assert_int_equal(steps->nelts, 2);
    second = &APR_ARRAY_IDX(steps, 1, portal_schema_step_t);
    assert_int_equal(second->number, 2);
    assert_int_equal(second->statements->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(second->statements, 0, const char *),
                        "CREATE TABLE b (\n  x TEXT -- here\n)");
    assert_string_equal(APR_ARRAY_IDX(second->statements, 1, const char *),
                        "INSERT INTO b VALUES ('a;b')");
    clean(t);
}

static void odd_folders_are_refused(void **state)
{
    portal_store_test_t *t = *state;
    apr_array_header_t *steps;
    const char *error = "";

    assert_int_not_equal(read_steps(t, &steps, &error), APR_SUCCESS);
    step(t, "0002.sql", "CREATE TABLE b (x TEXT);\n");
    assert_int_equal(read_steps(t, &steps, &error), APR_EINVAL);
    assert_non_null(strstr(error, "step 1 is missing"));
    step(t, "0001.sql", "CREATE TABLE a (x TEXT);\n");
    step(t, "second.sql", "CREATE TABLE c (x TEXT);\n");
    assert_int_equal(read_steps(t, &steps, &error), APR_EINVAL);
    assert_non_null(strstr(error, "second.sql: its name is no number"));
    clean(t);
}

static void a_step_runs_whole_or_not_at_all(void **state)
{
    portal_store_test_t *t = *state;
    apr_array_header_t *steps;
    const char *error = "";

    step(t, "0001.sql", "");
    step(t, "0002.sql",
         "CREATE TABLE new_one (x TEXT);\nALTER TABLE binder ADD COLUMN y TEXT;\n");
    step(t, "0003.sql",
         "CREATE TABLE new_two (x TEXT);\nINSERT INTO nowhere VALUES (1);\n");
    assert_int_equal(read_steps(t, &steps, &error), APR_SUCCESS);
    assert_int_equal(apply(t, steps, 1, &error), APR_SUCCESS);
    assert_int_equal(version(t), 2);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(y) FROM binder"), "0");

    assert_int_equal(apply(t, steps, 2, &error), APR_EGENERAL);
    assert_non_null(strstr(error, "statement 2 (INSERT INTO nowhere"));
    assert_non_null(strstr(error, "nowhere"));
    assert_int_equal(version(t), 2);
    if (portal_store_test_mariadb()) { /* it stays, and the step is run again over it */
        portal_store_test_run(t, "CREATE TABLE nowhere (n BIGINT)");
        assert_int_equal(apply(t, steps, 2, &error), APR_SUCCESS);
        assert_int_equal(version(t), 3);
    } else
        portal_store_test_run(t, "CREATE TABLE new_two (x TEXT)"); /* it is not there */
    clean(t);
}

static void a_statement_may_be_for_one_engine(void **state)
{
    portal_store_test_t *t = *state;
    apr_array_header_t *steps;
    const char *error = "";

    step(t, "0001.sql", "");
    step(t, "0002.sql",
         "-- for sqlite3\nCREATE TABLE one (\n  x TEXT);\n-- for mysql\nCREATE TABLE one"
         " (x TEXT);\n-- for pgsql\nCREATE TABLE one (x TEXT);\n"
         "-- for all\nINSERT INTO one VALUES ('-- for nobody');\n");
    assert_int_equal(read_steps(t, &steps, &error), APR_SUCCESS);
    assert_int_equal(apply(t, steps, 1, &error), APR_SUCCESS);
    assert_string_equal(portal_store_test_ask(t, "SELECT x FROM one"), "-- for nobody");
    clean(t);
}

static void the_trail_is_closed(void **state)
{
    portal_store_test_t *t = *state;

    portal_store_test_run(
        t, "INSERT INTO audit (seq, at, request, actor_kind, actor, source, action,"
           " binder_id, case_id, result, detail, key_id, mac)"
           " VALUES (1, 1, '', '', '', '', '', '', '', '', '', 1, '')");
    assert_false(portal_schema_trail_is_open(&t->connection, t->pool));
    portal_store_test_open_trail(t);
    assert_true(portal_schema_trail_is_open(&t->connection, t->pool));
    assert_true(portal_schema_trail_is_open(&t->connection, t->pool)); /* taken back */
}

static void the_first_step_is_not_run_twice(void **state)
{
    portal_store_test_t *t = *state;
    apr_array_header_t *steps;
    const char *error = "";

    assert_int_equal(portal_schema_read(&steps, "conf/schema", &error, t->pool),
                     APR_SUCCESS);
    assert_int_equal(apply(t, steps, 0, &error), APR_EGENERAL);
    assert_non_null(strstr(error, "already exists"));
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM meta"), "4");
}

static void no_tables_are_version_0(void **state)
{
    portal_store_test_t *t = *state;

    portal_store_test_run(t, "DROP TABLE meta");
    assert_int_equal(version(t), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(the_first_rows_are_there),
        store_test(steps_are_read_in_order),
        store_test(odd_folders_are_refused),
        store_test(a_step_runs_whole_or_not_at_all),
        store_test(a_statement_may_be_for_one_engine),
        store_test(the_trail_is_closed),
        store_test(the_first_step_is_not_run_twice),
        store_test(no_tables_are_version_0),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

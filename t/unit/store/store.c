/* SPDX-License-Identifier: Apache-2.0 */
/* store: transactions, verdicts and failures, a changed schema, sessions and who is told. */
#include "store_test.h"

#include "core/token.h"
#include "store/session.h"
#include "store/write_lock.h"

/* ---- statements ---- */

typedef struct {
    int runs;       /* how often the act ran */
    int fail_after; /* 1: returns an error after writing */
    int bad;        /* 1: runs a statement that cannot work after writing */
    int again;      /* 1: changes the schema from outside at the first run */
    portal_store_test_t *t;
    int n;
    portal_row_meta_get row;
} work_t;

static apr_status_t work(portal_tx_t *tx, void *baton)
{
    work_t *w = baton;
    apr_status_t rv = PORTAL_DO(meta_insert, tx, &w->n, .name = "colour",
                                .value = "O'Brien; %s \xc3\xa9");

    w->runs++;
    if (w->bad)
        PORTAL_DO(meta_insert, tx, NULL, .name = "colour", .value = "twice");
    return w->fail_after ? APR_EINVAL : rv;
}

static apr_status_t get(portal_tx_t *tx, void *baton)
{
    work_t *w = baton;
    w->runs++;
    return PORTAL_GET(meta_get, tx, &w->row, .name = "colour");
}

static apr_status_t write_it(portal_store_test_t *t, portal_act_fn act, work_t *w)
{
    return portal_store_write(&t->store, &t->actor, t->now, act, w, t->pool);
}

static void what_is_committed_can_be_read(void **state)
{
    portal_store_test_t *t = *state;
    work_t w = {.t = t};

    assert_int_equal(portal_store_read(&t->store, &t->actor, t->now, get, &w, t->pool),
                     APR_NOTFOUND);
    assert_string_equal(w.row.value ? "not NULL" : "NULL", "NULL");
    assert_int_equal(write_it(t, work, &w), APR_SUCCESS);
    assert_int_equal(w.n, 1);
    assert_int_equal(portal_store_read(&t->store, &t->actor, t->now, get, &w, t->pool),
                     APR_SUCCESS);
    assert_string_equal(w.row.value, "O'Brien; %s \xc3\xa9");
    assert_int_equal(w.runs, 3);
}

static void an_error_rolls_back(void **state)
{
    portal_store_test_t *t = *state;
    work_t w = {.t = t, .fail_after = 1};

    assert_int_equal(write_it(t, work, &w), APR_EINVAL);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM meta"), "4");
    w.fail_after = 0;
    assert_int_equal(write_it(t, work, &w), APR_SUCCESS);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM meta"), "5");
}

/* The act did not look at the result of its second statement: nothing is committed all the same. */
static void a_failed_statement_rolls_back(void **state)
{
    portal_store_test_t *t = *state;
    work_t w = {.t = t, .bad = 1};

    assert_int_equal(write_it(t, work, &w), APR_EGENERAL);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM meta"), "4");
}

static void a_changed_schema_is_survived(void **state)
{
    portal_store_test_t *t = *state;
    work_t w = {.t = t};
    portal_store_t other;
    portal_connection_t c;
    int n;

    assert_int_equal(write_it(t, work, &w), APR_SUCCESS);
    portal_store_test_other(t, &other, &c);
    assert_int_equal(
        apr_dbd_query(c.driver, c.handle, &n, "CREATE TABLE new_one (a TEXT)"), 0);
    assert_int_equal(portal_store_read(&t->store, &t->actor, t->now, get, &w, t->pool),
                     APR_SUCCESS);
    /* once to write; with SQLite the read ran twice */
    assert_int_equal(w.runs, portal_store_test_sqlite() ? 3 : 2);
    assert_int_equal(
        apr_dbd_query(c.driver, c.handle, &n, "CREATE TABLE new_two (a TEXT)"), 0);
    assert_int_equal(
        apr_dbd_query(c.driver, c.handle, &n, "DELETE FROM meta WHERE name = 'colour'"),
        0);
    assert_int_equal(write_it(t, work, &w), APR_SUCCESS);
}

static void the_settings_hold(void **state)
{
    portal_store_test_t *t = *state;

    if (!portal_store_test_sqlite())
        skip();
    assert_string_equal(portal_store_test_ask(t, "PRAGMA foreign_keys"), "1");
    assert_string_equal(portal_store_test_ask(t, "PRAGMA synchronous"), "2");
    assert_string_equal(portal_store_test_ask(t, "PRAGMA journal_mode"), "wal");
    assert_string_equal(portal_store_test_ask(t, "PRAGMA busy_timeout"), "0");
}

static void a_held_lock_is_waited_for_in_vain(void **state)
{
    portal_store_test_t *t = *state;
    work_t w = {.t = t};
    void *held, *second;

    if (!portal_store_test_sqlite())
        skip();
    assert_int_equal(portal_write_lock(t->connection.lock_path, 0, &held, t->pool),
                     APR_SUCCESS);
    assert_int_equal(portal_write_lock(t->connection.lock_path, 5000, &second, t->pool),
                     APR_TIMEUP);
    assert_int_equal(portal_store_read(&t->store, &t->actor, t->now, get, &w, t->pool),
                     APR_NOTFOUND); /* readers do not ask for it */
    portal_write_unlock(held);
    assert_int_equal(write_it(t, work, &w), APR_SUCCESS);
}

/* ---- sessions ---- */

#define BINDER "binder-1"

static void add_binder(portal_store_test_t *t)
{
    portal_store_test_run(t,
                          "INSERT INTO binder (id, mrn, family, given, birth_date, email,"
                          " phone, language, sort_key, created, updated, version) VALUES"
                          " ('" BINDER "', 'M1', 'Doe', 'Ann', '', '', '', '', 'doe ann',"
                          " 0, 0, 1)");
}

typedef struct {
    portal_session_t session[4];
    char token[4][PORTAL_TOKEN_SIZE];
    int kinds;
    const char *except, *hash;
} sessions_t;

static apr_status_t begin_four(portal_tx_t *tx, void *baton)
{
    static const int kinds[] = {PORTAL_SESSION_PATIENT, PORTAL_SESSION_PATIENT,
                                PORTAL_SESSION_MUST_CHANGE, PORTAL_SESSION_LOBBY};
    sessions_t *s = baton;
    apr_status_t rv = APR_SUCCESS;

    memset(s->session, 0, sizeof(s->session));
    for (int i = 0; i < 4 && rv == APR_SUCCESS; i++) {
        s->session[i].kind = kinds[i];
        s->session[i].expires = tx->now + apr_time_from_sec(60 * (i + 1));
        apr_cpystrn(s->session[i].binder_id, BINDER, sizeof(s->session[i].binder_id));
        apr_cpystrn(s->session[i].source, "127.0.0.9", sizeof(s->session[i].source));
        rv = portal_session_begin(tx, &s->session[i], "", s->token[i]);
    }
    return rv;
}

static apr_status_t end_some(portal_tx_t *tx, void *baton)
{
    sessions_t *s = baton;
    return s->hash ? portal_session_end(tx, s->hash)
                   : portal_session_end_all(tx, BINDER, s->kinds, s->except);
}

static apr_status_t end_and_fail(portal_tx_t *tx, void *baton)
{
    end_some(tx, baton);
    return APR_EINVAL;
}

static apr_status_t act_of(const portal_store_t *store, portal_store_test_t *t,
                           portal_act_fn act, sessions_t *s)
{
    return portal_store_write(store, &t->actor, t->now, act, s, t->pool);
}

static void a_session_is_found_by_the_hash_of_its_token(void **state)
{
    portal_store_test_t *t = *state;
    sessions_t s = {.kinds = 0};
    portal_session_t found;
    char hash[PORTAL_HASH_SIZE];

    add_binder(t);
    assert_int_equal(act_of(&t->store, t, begin_four, &s), APR_SUCCESS);
    for (int i = 0; i < 4; i++) {
        portal_token_hash(hash, s.token[i]);
        assert_int_equal(portal_session_load(&t->store, hash, t->now, &found, t->pool),
                         APR_SUCCESS);
        assert_memory_equal(&found, &s.session[i], sizeof(found));
        assert_int_equal(
            portal_session_load(&t->store, s.token[i], t->now, &found, t->pool),
            APR_NOTFOUND);
    }
    assert_int_equal(portal_session_seen(&t->store, hash, t->now + 5, t->pool),
                     APR_SUCCESS);
    assert_int_equal(portal_session_load(&t->store, hash, t->now, &found, t->pool),
                     APR_SUCCESS);
    assert_int_equal(found.seen, t->now + 5);
    assert_int_equal(found.stored, t->now + 5);
    assert_int_equal(t->told, 0);
}

static void kinds_are_ended_apart(void **state)
{
    portal_store_test_t *t = *state;
    sessions_t s = {.kinds = PORTAL_END_LOBBY, .except = ""};

    add_binder(t);
    assert_int_equal(act_of(&t->store, t, begin_four, &s), APR_SUCCESS);
    assert_int_equal(act_of(&t->store, t, end_some, &s), APR_SUCCESS);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM session"), "3");
    assert_string_equal(
        portal_store_test_ask(t, "SELECT COUNT(*) FROM session WHERE kind = 'lobby'"),
        "0");
    assert_int_equal(t->told, 1);
    assert_string_equal(t->told_binder, BINDER);
    assert_null(t->told_token);

    s.kinds = PORTAL_END_ALL;
    s.except = s.session[1].token_hash;
    assert_int_equal(act_of(&t->store, t, end_some, &s), APR_SUCCESS);
    assert_string_equal(portal_store_test_ask(t, "SELECT token_hash FROM session"),
                        s.session[1].token_hash);
    s.hash = s.session[1].token_hash;
    assert_int_equal(act_of(&t->store, t, end_some, &s), APR_SUCCESS);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM session"), "0");
    assert_string_equal(t->told_token, s.hash);
    assert_null(t->told_binder);
}

static void nobody_is_told_of_what_did_not_happen(void **state)
{
    portal_store_test_t *t = *state;
    sessions_t s = {.kinds = PORTAL_END_ALL, .except = ""};

    add_binder(t);
    assert_int_equal(act_of(&t->store, t, begin_four, &s), APR_SUCCESS);
    assert_int_equal(act_of(&t->store, t, end_and_fail, &s), APR_EINVAL);
    assert_int_equal(t->told, 0);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM session"), "4");
}

/* A program beside httpd changes the epoch with the very commit that ends sessions. */
static void ends_from_outside_change_the_epoch(void **state)
{
    static const char epoch[] = "SELECT value FROM meta WHERE name = 'session_epoch'";
    portal_store_test_t *t = *state;
    sessions_t s = {.kinds = PORTAL_END_ALL, .except = ""};
    portal_store_t other;
    portal_connection_t c;
    const char *before = portal_store_test_ask(t, epoch);

    add_binder(t);
    portal_store_test_other(t, &other, &c);
    assert_int_equal(act_of(&other, t, begin_four, &s), APR_SUCCESS);
    assert_int_equal(act_of(&t->store, t, end_some, &s), APR_SUCCESS);
    assert_int_equal(act_of(&other, t, end_and_fail, &s), APR_EINVAL);
    assert_string_equal(portal_store_test_ask(t, epoch), before);
    assert_int_equal(act_of(&other, t, end_some, &s), APR_SUCCESS);
    assert_string_not_equal(portal_store_test_ask(t, epoch), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(what_is_committed_can_be_read),
        store_test(an_error_rolls_back),
        store_test(a_failed_statement_rolls_back),
        store_test(a_changed_schema_is_survived),
        store_test(the_settings_hold),
        store_test(a_held_lock_is_waited_for_in_vain),
        store_test(a_session_is_found_by_the_hash_of_its_token),
        store_test(kinds_are_ended_apart),
        store_test(nobody_is_told_of_what_did_not_happen),
        store_test(ends_from_outside_change_the_epoch),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Forms given out, drafts apart by place, versions, and the one submit that counts. */
#include "store_test.h"

#include "core/seal.h"
#include "store/paperwork.h"

#define BINDER "binder-1"
#define CASE "case-1"

static const portal_form_facts_t form = {"hash-1", "history", "History", "{\"a\":1}"};

static void begin(portal_store_test_t *t)
{
    portal_store_test_run(
        t, "INSERT INTO binder VALUES ('binder-1', '1', 'Doe', 'Ann', '', '', '',"
           " '', 'doe ann', 1, 1, 1)");
    portal_store_test_run(
        t, "INSERT INTO patient_case VALUES ('case-1', 'binder-1', 'C-1', 'C1', '',"
           " 'Doe', 'Ann', '', '', 1, 1, 1)");
    portal_store_test_run(
        t, "INSERT INTO access VALUES ('binder-1', 'case-1', '', '', 1, '', 1, 1)");
    portal_store_test_run(t, "INSERT INTO access_case VALUES ('binder-1', 'case-1')");
}

typedef struct {
    const char *const *names;
    int assigned;
} assign_t;

static apr_status_t assign(portal_tx_t *tx, void *baton)
{
    assign_t *a = baton;
    apr_array_header_t *forms = apr_array_make(tx->pool, 2, sizeof(const char *));

    for (int i = 0; a->names[i]; i++)
        APR_ARRAY_PUSH(forms, const char *) = a->names[i];
    return portal_paperwork_assign(tx, BINDER, CASE, forms, &a->assigned);
}

static int give_out(portal_store_test_t *t, const char *const *names)
{
    assign_t a = {names, -1};

    assert_int_equal(
        portal_store_write(&t->store, &t->actor, t->now, assign, &a, t->pool), 0);
    return a.assigned;
}

static const char *only_id(portal_store_test_t *t)
{
    static const char *const one[] = {"history", NULL};

    begin(t);
    assert_int_equal(give_out(t, one), 1);
    return portal_store_test_ask(t, "SELECT id FROM assignment");
}

static portal_paper_verdict_t save(portal_store_test_t *t, const portal_filler_t *filler,
                                   const char *id, apr_int64_t version,
                                   const char *answers)
{
    portal_paper_save_t s = {.filler = *filler,
                             .id = id,
                             .version = version,
                             .form = &form,
                             .language = "en",
                             .answers = answers};

    assert_int_equal(portal_store_write(&t->store, &t->actor, t->now,
                                        portal_act_paper_save, &s, t->pool),
                     0);
    return s.verdict;
}

static portal_paper_verdict_t submit(portal_store_test_t *t,
                                     const portal_filler_t *filler, const char *id,
                                     apr_int64_t version, const char *response_id)
{
    portal_paper_submit_t s = {.filler = *filler,
                               .id = id,
                               .version = version,
                               .form = &form,
                               .language = "en",
                               .response_id = response_id,
                               .response =
                                   "{\"resourceType\":\"QuestionnaireResponse\"}"};

    assert_int_equal(portal_store_write(&t->store, &t->actor, t->now,
                                        portal_act_paper_submit, &s, t->pool),
                     0);
    return s.verdict;
}

static portal_paper_t look(portal_store_test_t *t, const portal_filler_t *filler,
                           const char *id)
{
    portal_paper_t p = {.filler = *filler, .id = id};

    assert_int_equal(
        portal_store_read(&t->store, &t->actor, t->now, portal_act_paper, &p, t->pool),
        0);
    return p;
}

static const portal_filler_t home = {BINDER, "", "session-1"};
static const portal_filler_t evening = {BINDER, "", "session-2"};
static const portal_filler_t visit = {BINDER, "visit-1", "session-3"};
static const portal_filler_t stranger = {"binder-2", "", "session-4"};

static void each_form_is_given_out_once(void **state)
{
    static const char *const two[] = {"consent", "history", NULL};
    static const char *const none[] = {NULL};
    portal_store_test_t *t = *state;

    begin(t);
    assert_int_equal(give_out(t, none), 0);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM audit"), "0");
    assert_int_equal(give_out(t, two), 2);
    assert_int_equal(give_out(t, two), 0);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM assignment"), "2");
    assert_string_equal(portal_store_test_ask(t, "SELECT action FROM audit"),
                        "paperwork.assign");
    portal_store_test_run(t, "UPDATE assignment SET state = 'submitted'");
    assert_int_equal(give_out(t, two), 2);
}

static void a_draft_has_versions(void **state)
{
    portal_store_test_t *t = *state;
    const char *id = only_id(t);
    portal_paper_t p = look(t, &home, id);

    assert_true(p.found);
    assert_int_equal(p.row.version, 0);
    assert_null(p.answers);
    assert_int_equal(save(t, &home, id, 1, "none"), PORTAL_PAPER_CONFLICT);
    assert_int_equal(save(t, &home, id, 0, "first"), PORTAL_PAPER_OK);
    assert_int_equal(save(t, &home, id, 0, "late"), PORTAL_PAPER_CONFLICT);
    assert_int_equal(save(t, &home, id, 1, "second"), PORTAL_PAPER_OK);
    p = look(t, &home, id);
    assert_int_equal(p.row.version, 2);
    assert_string_equal(p.answers, "second");
    assert_string_equal(p.row.form_hash, "hash-1");
    assert_string_equal(
        portal_store_test_ask(t, "SELECT source FROM form_version WHERE hash = 'hash-1'"),
        "{\"a\":1}");
}

static void a_session_is_noted_once(void **state)
{
    portal_store_test_t *t = *state;
    const char *id = only_id(t);

    save(t, &home, id, 0, "1");
    save(t, &home, id, 1, "2");
    save(t, &evening, id, 2, "3");
    save(t, &evening, id, 3, "4");
    assert_string_equal(portal_store_test_list(t,
                                               "SELECT action FROM audit WHERE action <>"
                                               " 'paperwork.assign' ORDER BY seq"),
                        "paperwork.start,paperwork.save");
}

static void home_and_lobby_are_apart(void **state)
{
    portal_store_test_t *t = *state;
    const char *id = only_id(t);

    assert_int_equal(save(t, &home, id, 0, "at home"), PORTAL_PAPER_OK);
    assert_null(look(t, &visit, id).answers);
    assert_int_equal(save(t, &visit, id, 0, "in the lobby"), PORTAL_PAPER_OK);
    assert_string_equal(look(t, &home, id).answers, "at home");
    assert_string_equal(look(t, &visit, id).answers, "in the lobby");
}

static void only_selected_cases_are_there(void **state)
{
    portal_store_test_t *t = *state;
    const char *id = only_id(t);

    assert_false(look(t, &stranger, id).found);
    assert_int_equal(save(t, &stranger, id, 0, "x"), PORTAL_PAPER_GONE);
    portal_store_test_run(t, "DELETE FROM access_case");
    assert_false(look(t, &home, id).found);
    assert_int_equal(save(t, &home, id, 0, "x"), PORTAL_PAPER_GONE);
    assert_int_equal(submit(t, &home, id, 0, "r-1"), PORTAL_PAPER_GONE);
    portal_store_test_run(t, "INSERT INTO access_case VALUES ('binder-1', 'case-1')");
    assert_true(look(t, &home, id).found);
    portal_store_test_run(
        t, "INSERT INTO binder VALUES ('binder-2', '2', 'Roe', 'Tim', '', '', '',"
           " '', 'roe tim', 1, 1, 1)");
    portal_store_test_run(t, "UPDATE patient_case SET binder_id = 'binder-2'");
    assert_false(look(t, &home, id).found);
}

static void the_first_submit_counts(void **state)
{
    portal_store_test_t *t = *state;
    const char *id = only_id(t);

    save(t, &home, id, 0, "at home");
    save(t, &visit, id, 0, "in the lobby");
    assert_int_equal(submit(t, &visit, id, 2, "r-0"), PORTAL_PAPER_CONFLICT);
    assert_int_equal(submit(t, &visit, id, 1, "r-1"), PORTAL_PAPER_OK);
    assert_int_equal(submit(t, &home, id, 1, "r-2"), PORTAL_PAPER_CLOSED);
    assert_int_equal(save(t, &home, id, 1, "late"), PORTAL_PAPER_CLOSED);
    assert_string_equal(portal_store_test_ask(t, "SELECT COUNT(*) FROM response"), "1");
    assert_string_equal(portal_store_test_ask(t, "SELECT made_in FROM response"),
                        "lobby");
    assert_string_equal(portal_store_test_list(t, "SELECT lobby_id || '.' FROM draft"),
                        ".");
    assert_string_equal(portal_store_test_list(t,
                                               "SELECT result FROM audit WHERE action ="
                                               " 'paperwork.submit' ORDER BY seq"),
                        "conflict,ok,closed");
}

static void answers_are_sealed_in_their_row(void **state)
{
    portal_store_test_t *t = *state;
    const char *id = only_id(t);
    portal_paper_t p = {.filler = home, .id = id};

    save(t, &home, id, 0, "canary");
    assert_string_equal(portal_store_test_ask(
                            t, "SELECT COUNT(*) FROM draft WHERE sealed LIKE '%canary%'"),
                        "0");
    save(t, &visit, id, 0, "other");
    portal_store_test_run(
        t, "UPDATE draft SET sealed = (SELECT sealed FROM draft WHERE lobby_id ="
           " 'visit-1') WHERE lobby_id = ''");
    assert_int_equal(
        portal_store_read(&t->store, &t->actor, t->now, portal_act_paper, &p, t->pool),
        APR_EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(each_form_is_given_out_once),     store_test(a_draft_has_versions),
        store_test(a_session_is_noted_once),         store_test(home_and_lobby_are_apart),
        store_test(only_selected_cases_are_there),   store_test(the_first_submit_counts),
        store_test(answers_are_sealed_in_their_row),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* store/import: what is written, what is kept, what is refused, and that looking writes nothing. */
#include "store_test.h"

#include "store/audit_trail.h"
#include "store/import.h"

static const portal_record_t ann = {.mrn = "M1",
                                    .family = "Doe",
                                    .given = "Ann",
                                    .birth_date = "1961-04-03",
                                    .email = "ann@example.org",
                                    .phone = "1",
                                    .language = "en",
                                    .case_number = "c 1",
                                    .case_title = "Knee",
                                    .case_start = "2025-01-02",
                                    .case_key = "C1"};

static portal_import_t run(portal_store_test_t *t, const portal_record_t *records, int n,
                           int look_only)
{
    portal_intake_t *intake = portal_intake_make(t->pool);
    portal_import_t import = {.look_only = look_only};
    apr_array_header_t *forms = apr_array_make(t->pool, 2, sizeof(const char *));

    APR_ARRAY_PUSH(forms, const char *) = "history";
    APR_ARRAY_PUSH(forms, const char *) = "consent";
    for (int i = 0; i < n; i++)
        portal_intake_add(intake, "f:1", &records[i]);
    import.forms = forms;
    import.binders = (portal_intake_binder_t *const *)intake->binders->elts;
    import.n = intake->binders->nelts;
    import.differs = apr_pcalloc(t->pool, (apr_size_t)import.n);
    assert_int_equal(
        (look_only ? portal_store_read : portal_store_write)(
            &t->store, &t->actor, t->now, portal_import_binders, &import, t->pool),
        APR_SUCCESS);
    return import;
}

static const char *ask(portal_store_test_t *t, const char *sql)
{
    return portal_store_test_ask(t, sql);
}

static void a_new_binder_with_its_case_and_forms(void **state)
{
    portal_store_test_t *t = *state;
    portal_import_t import = run(t, &ann, 1, 0);

    assert_int_equal(import.counts.binders_new, 1);
    assert_int_equal(import.counts.cases_new, 1);
    assert_string_equal(
        ask(t, "SELECT mrn||'|'||family||'|'||given||'|'||birth_date||'|'||email"
               "||'|'||phone||'|'||language||'|'||version FROM binder"),
        "M1|Doe|Ann|1961-04-03|ann@example.org|1|en|1");
    assert_string_equal(
        ask(t, "SELECT number||'|'||number_key||'|'||title||'|'||family||'|'||"
               "given||'|'||birth_date||'|'||start_date FROM patient_case"),
        "c 1|C1|Knee|Doe|Ann|1961-04-03|2025-01-02");
    assert_string_equal(
        portal_store_test_list(t, "SELECT form FROM assignment ORDER BY form"),
        "consent,history");
    assert_string_equal(
        ask(t, "SELECT COUNT(*) FROM search_word WHERE word IN ('doe', 'c1')"), "2");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM access"), "0");
    assert_string_equal(
        portal_store_test_list(t, "SELECT action FROM audit ORDER BY seq"),
        "binder.create,case.create,paperwork.assign");
}

static void the_same_again_changes_nothing(void **state)
{
    portal_store_test_t *t = *state;
    portal_import_t import = run(t, &ann, 1, 0);
    const char *before = portal_store_test_written(t);

    import = run(t, &ann, 1, 0);
    assert_string_equal(portal_store_test_written(t), before);
    assert_int_equal(import.counts.binders_same, 1);
    assert_int_equal(import.counts.cases_same, 1);
    assert_int_equal(import.differs[0], 0);
}

static void looking_writes_nothing(void **state)
{
    portal_store_test_t *t = *state;
    const char *before = portal_store_test_written(t);
    portal_import_t import = run(t, &ann, 1, 1);

    assert_string_equal(portal_store_test_written(t), before);
    assert_int_equal(import.counts.binders_new, 1);
    assert_int_equal(import.counts.cases_new, 1);
    assert_int_equal(import.differs[0], 1);
}

static void what_is_told_is_taken_and_the_rest_is_kept(void **state)
{
    portal_store_test_t *t = *state;
    portal_record_t later = portal_record_empty;
    portal_import_t import = run(t, &ann, 1, 0);

    later.mrn = "M1";
    later.family = "Roe";
    later.email = "roe@example.org";
    later.case_number = "C-1";
    later.case_key = "C1";
    later.case_title = "Hip";
    import = run(t, &later, 1, 0);
    assert_int_equal(import.counts.binders_changed, 1);
    assert_int_equal(import.counts.cases_changed, 1);
    assert_string_equal(
        ask(t, "SELECT family||'|'||given||'|'||birth_date||'|'||email||'|'||"
               "phone||'|'||version FROM binder"),
        "Roe||1961-04-03|roe@example.org|1|2");
    /* the case keeps the person it came with */
    assert_string_equal(ask(t, "SELECT number||'|'||title||'|'||family||'|'||given||'|'||"
                               "start_date||'|'||version FROM patient_case"),
                        "c 1|Hip|Doe|Ann|2025-01-02|2");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM search_word WHERE word = 'roe'"),
                        "1");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM assignment"), "2");
}

static void half_of_the_same_name_is_no_new_name(void **state)
{
    portal_store_test_t *t = *state;
    portal_record_t half = portal_record_empty;

    run(t, &ann, 1, 0);
    half.mrn = "M1";
    half.family = "Doe";
    assert_int_equal(run(t, &half, 1, 0).counts.binders_same, 1);
    half.family = "";
    half.given = "Ann";
    assert_int_equal(run(t, &half, 1, 0).counts.binders_same, 1);
    assert_string_equal(ask(t, "SELECT family||'|'||given FROM binder"), "Doe|Ann");
}

static void a_case_without_a_person_gets_one(void **state)
{
    portal_store_test_t *t = *state;
    portal_record_t bare = portal_record_empty;

    bare.mrn = "M1";
    bare.case_number = bare.case_key = "C1";
    run(t, &bare, 1, 0);
    run(t, &ann, 1, 0);
    assert_string_equal(ask(t, "SELECT family||'|'||birth_date FROM patient_case"),
                        "Doe|1961-04-03");
}

static void a_case_is_never_moved(void **state)
{
    portal_store_test_t *t = *state;
    portal_record_t thief = ann;
    portal_import_t import = run(t, &ann, 1, 0);

    thief.mrn = "M2";
    import = run(t, &thief, 1, 0);
    assert_int_equal(import.refused->nelts, 1);
    assert_string_equal(
        APR_ARRAY_IDX(import.refused, 0, portal_import_refusal_t).remark.reason,
        "its case number belongs to another binder");
    assert_string_equal(ask(t, "SELECT b.mrn FROM patient_case c JOIN binder b ON"
                               " b.id = c.binder_id"),
                        "M1");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM binder"), "2");
}

/* ---- the trail of all that ---- */

static portal_audit_check_t check(portal_store_test_t *t)
{
    portal_audit_check_t c = {.progress = NULL};

    assert_int_equal(
        portal_store_read(&t->store, &t->actor, t->now, portal_audit_check, &c, t->pool),
        APR_SUCCESS);
    return c;
}

static void the_trail_is_read_in_pieces(void **state)
{
    enum { MANY = 700 }; /* more than a thousand rows */
    portal_store_test_t *t = *state;
    portal_record_t *many = apr_palloc(t->pool, MANY * sizeof(*many));
    portal_audit_check_t c;

    for (int i = 0; i < MANY; i++) {
        many[i] = portal_record_empty;
        many[i].mrn = apr_psprintf(t->pool, "M%d", i);
        many[i].case_number = many[i].case_key = apr_psprintf(t->pool, "C%d", i);
    }
    run(t, many, MANY, 0);
    c = check(t);
    assert_int_equal(c.verdict, PORTAL_AUDIT_OK);
    assert_int_equal(c.rows, 3 * MANY);
    assert_int_equal(c.head, 3 * MANY);
    portal_store_test_open_trail(t);
    portal_store_test_run(t, "UPDATE audit SET actor = 'nobody' WHERE seq = 1999");
    c = check(t);
    assert_int_equal(c.verdict, PORTAL_AUDIT_CHANGED);
    assert_int_equal(c.seq, 1999);
    portal_store_test_run(
        t, "INSERT INTO audit SELECT -5, at, request, actor_kind, actor, source,"
           " action, binder_id, case_id, result, detail, key_id, mac FROM audit"
           " WHERE seq = 3");
    c = check(t);
    assert_int_equal(c.verdict, PORTAL_AUDIT_ADDED);
    assert_int_equal(c.seq, -5);
    portal_store_test_run(t, "DELETE FROM audit_head");
    portal_store_test_run(t, "DELETE FROM audit WHERE seq < 0 OR seq > 100");
    c = check(t);
    assert_int_equal(c.verdict, PORTAL_AUDIT_CHANGED);
}

static void a_report_is_filtered(void **state)
{
    portal_store_test_t *t = *state;
    portal_record_t two[2] = {ann, portal_record_empty};
    portal_audit_report_t r = {.until = t->now + 1, .mrn = "M1", .most = 2};

    two[1].mrn = "M2";
    run(t, two, 2, 0);
    assert_int_equal(
        portal_store_read(&t->store, &t->actor, t->now, portal_audit_report, &r, t->pool),
        APR_SUCCESS);
    assert_int_equal(r.n, 2);
    assert_string_equal(r.rows[1].action, "case.create");
    assert_string_equal(r.rows[1].number, "c 1");
    assert_string_equal(
        portal_audit_detail(t->store.keys, r.rows[1].seq, r.rows[1].detail, t->pool),
        "{\"by\":\"import\"}");
    assert_null(portal_audit_detail(t->store.keys, 99, r.rows[1].detail, t->pool));
    r.after = r.rows[1].seq;
    r.most = 10;
    portal_store_read(&t->store, &t->actor, t->now, portal_audit_report, &r, t->pool);
    assert_int_equal(r.n, 1);
    r.mrn = "nobody";
    portal_store_read(&t->store, &t->actor, t->now, portal_audit_report, &r, t->pool);
    assert_int_equal(r.found, 0);
    r = (portal_audit_report_t){.until = t->now, .mrn = "", .most = 10};
    portal_store_read(&t->store, &t->actor, t->now, portal_audit_report, &r, t->pool);
    assert_int_equal(r.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(a_new_binder_with_its_case_and_forms),
        store_test(the_same_again_changes_nothing),
        store_test(looking_writes_nothing),
        store_test(what_is_told_is_taken_and_the_rest_is_kept),
        store_test(half_of_the_same_name_is_no_new_name),
        store_test(a_case_without_a_person_gets_one),
        store_test(a_case_is_never_moved),
        store_test(the_trail_is_read_in_pieces),
        store_test(a_report_is_filtered),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

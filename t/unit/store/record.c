/* SPDX-License-Identifier: Apache-2.0 */
/* store/record and store/trail: binders and cases as the desk edits them, and what is left of it
 * in the audit trail. */
#include "store_test.h"

#include "store/record.h"
#include "store/trail.h"

static const portal_binder_fields_t ann = {"M-1", "Doe",          "Ann", "1975-03-12",
                                           "",    "+1 555 01 00", "en"};

static void run(portal_store_test_t *t, portal_act_fn act, void *baton)
{
    assert_int_equal(
        portal_store_write(&t->store, &t->actor, t->now, act, baton, t->pool),
        APR_SUCCESS);
}

static const char *ask(portal_store_test_t *t, const char *sql)
{
    return portal_store_test_ask(t, sql);
}

static const char *last_act(portal_store_test_t *t)
{
    return ask(t, "SELECT action || ' ' || result FROM audit ORDER BY seq DESC LIMIT 1");
}

static const char *add_ann(portal_store_test_t *t)
{
    portal_binder_save_t save = {.fields = ann};

    run(t, portal_act_binder_create, &save);
    assert_int_equal(save.verdict, PORTAL_RECORD_DONE);
    return save.id;
}

static portal_case_save_t add_case(portal_store_test_t *t, const char *binder,
                                   const char *number, const char *key)
{
    portal_case_save_t save = {
        .binder_id = binder,
        .fields = {.number = number, .number_key = key, .title = "", .start_date = ""}};

    run(t, portal_act_case_create, &save);
    return save;
}

static void a_binder_is_made_once(void **state)
{
    portal_store_test_t *t = *state;
    portal_binder_save_t again = {.fields = ann};

    add_ann(t);
    assert_string_equal(last_act(t), "binder.create ok");
    assert_string_equal(ask(t, "SELECT sort_key FROM binder"), "doe  ann");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM search_word WHERE word = 'ann'"),
                        "1");
    run(t, portal_act_binder_create, &again);
    assert_int_equal(again.verdict, PORTAL_RECORD_TAKEN);
    assert_string_equal(last_act(t), "binder.create taken");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM binder"), "1");
}

static void the_second_editor_is_told(void **state)
{
    portal_store_test_t *t = *state;
    portal_binder_save_t first = {.id = add_ann(t), .version = 1, .fields = ann};
    portal_binder_save_t second = first;

    first.fields.given = "Anna";
    second.fields.given = "Anne";
    run(t, portal_act_binder_edit, &first);
    assert_int_equal(first.verdict, PORTAL_RECORD_DONE);
    assert_string_equal(last_act(t), "binder.edit ok");
    run(t, portal_act_binder_edit, &second);
    assert_int_equal(second.verdict, PORTAL_RECORD_CONFLICT);
    assert_string_equal(second.now.given, "Anna");
    assert_int_equal(second.now.version, 2);
    assert_string_equal(last_act(t), "binder.edit conflict");
    assert_string_equal(ask(t, "SELECT given FROM binder"), "Anna");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM search_word WHERE word = 'anna'"),
                        "1");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM search_word WHERE word = 'ann'"),
                        "0");
}

static void an_mrn_belongs_to_one(void **state)
{
    portal_store_test_t *t = *state;
    portal_binder_save_t bob = {.fields = ann}, edit = {.version = 1, .fields = ann};

    add_ann(t);
    bob.fields.mrn = "M-2";
    run(t, portal_act_binder_create, &bob);
    edit.id = bob.id;
    run(t, portal_act_binder_edit, &edit);
    assert_int_equal(edit.verdict, PORTAL_RECORD_TAKEN);
    edit.fields.mrn = "M-2";
    run(t, portal_act_binder_edit, &edit);
    assert_int_equal(edit.verdict, PORTAL_RECORD_DONE);
    edit.id = "nobody";
    run(t, portal_act_binder_edit, &edit);
    assert_int_equal(edit.verdict, PORTAL_RECORD_NOT_FOUND);
}

static void a_case_keeps_the_name_it_came_with(void **state)
{
    portal_store_test_t *t = *state;
    portal_binder_save_t edit = {.id = add_ann(t), .version = 1, .fields = ann};
    portal_case_save_t made = add_case(t, edit.id, "C-1", "C1");

    assert_int_equal(made.verdict, PORTAL_RECORD_DONE);
    edit.fields.family = "Roe";
    run(t, portal_act_binder_edit, &edit);
    assert_string_equal(ask(t, "SELECT family || birth_date FROM patient_case"),
                        "Doe1975-03-12");
    assert_string_equal(ask(t, "SELECT COUNT(*) FROM search_word WHERE word = 'doe'"),
                        "1");
}

static void a_case_number_belongs_to_one(void **state)
{
    portal_store_test_t *t = *state;
    const char *binder = add_ann(t);
    portal_case_save_t one = add_case(t, binder, "C-1", "C1");
    portal_case_save_t two = add_case(t, binder, "C-2", "C2");

    assert_int_equal(add_case(t, binder, "c 1", "C1").verdict, PORTAL_RECORD_TAKEN);
    assert_string_equal(last_act(t), "case.create taken");
    assert_int_equal(add_case(t, "nobody", "C-3", "C3").verdict, PORTAL_RECORD_NOT_FOUND);
    two.version = 1;
    two.fields = one.fields;
    run(t, portal_act_case_edit, &two);
    assert_int_equal(two.verdict, PORTAL_RECORD_TAKEN);
    one.version = 1;
    one.fields.number = "C 1";
    run(t, portal_act_case_edit, &one);
    assert_int_equal(one.verdict, PORTAL_RECORD_DONE);
    run(t, portal_act_case_edit, &one);
    assert_int_equal(one.verdict, PORTAL_RECORD_CONFLICT);
    assert_string_equal(one.now.number, "C 1");
    one.binder_id = "another";
    one.version = 2;
    run(t, portal_act_case_edit, &one);
    assert_int_equal(one.verdict, PORTAL_RECORD_NOT_FOUND);
}

static void a_new_case_gets_its_paperwork(void **state)
{
    portal_store_test_t *t = *state;
    apr_array_header_t *forms = apr_array_make(t->pool, 2, sizeof(char *));
    portal_case_save_t save = {
        .binder_id = add_ann(t),
        .forms = forms,
        .fields = {.number = "7", .number_key = "7", .title = "", .start_date = ""}};

    *(const char **)apr_array_push(forms) = "consent";
    *(const char **)apr_array_push(forms) = "history";
    run(t, portal_act_case_create, &save);
    assert_string_equal(
        portal_store_test_list(t, "SELECT form FROM assignment WHERE state = 'open'"
                                  " ORDER BY form"),
        "consent,history");
}

static void a_look_leaves_a_trace(void **state)
{
    portal_store_test_t *t = *state;
    portal_binder_look_t look = {.id = add_ann(t), .part = "details"};
    portal_binder_look_t nobody = {.id = "nobody", .part = "details"};
    portal_case_look_t one = {.binder_id = look.id};

    one.case_id = add_case(t, look.id, "C-1", "C1").case_id;
    run(t, portal_act_binder_view, &look);
    assert_true(look.found);
    assert_int_equal(look.n_cases, 1);
    assert_string_equal(last_act(t), "binder.view ok");
    run(t, portal_act_binder_view, &nobody);
    assert_false(nobody.found);
    assert_string_equal(last_act(t), "binder.view unknown");
    run(t, portal_act_case_view, &one);
    assert_true(one.found);
    assert_string_equal(last_act(t), "case.view ok");
    one.binder_id = "nobody";
    run(t, portal_act_case_view, &one);
    assert_false(one.found);
}

static void the_trail_is_read_newest_first(void **state)
{
    portal_store_test_t *t = *state;
    portal_timeline_t line = {.trail = {.page = 1, .size = 2}};
    portal_audit_list_t all = {
        .from = t->now, .to = t->now + 1, .mrn = "", .trail = {.page = 9, .size = 2}};

    line.binder_id = add_ann(t);
    add_case(t, line.binder_id, "C-1", "C1");
    run(t, portal_act_timeline, &line);
    assert_int_equal(line.trail.total, 2);
    assert_string_equal(line.trail.rows[0].action, "case.create");
    assert_string_equal(line.trail.rows[0].case_number, "C-1");
    assert_string_equal(line.trail.rows[1].action, "binder.create");
    assert_string_equal(line.trail.rows[1].actor, "tester");
    run(t, portal_act_audit_list, &all);
    assert_int_equal(all.trail.total, 3);
    assert_int_equal(all.trail.page, 2);
    assert_int_equal(all.trail.n, 1);
    assert_string_equal(last_act(t), "audit.view ok");
    all.mrn = "M-1";
    all.trail.page = 1;
    run(t, portal_act_audit_list, &all);
    assert_string_equal(all.trail.rows[0].family, "Doe");
    all.mrn = "M-9";
    run(t, portal_act_audit_list, &all);
    assert_true(all.unknown_mrn);
    all.mrn = "";
    all.to = t->now;
    run(t, portal_act_audit_list, &all);
    assert_int_equal(all.trail.total, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(a_binder_is_made_once),
        store_test(the_second_editor_is_told),
        store_test(an_mrn_belongs_to_one),
        store_test(a_case_keeps_the_name_it_came_with),
        store_test(a_case_number_belongs_to_one),
        store_test(a_new_case_gets_its_paperwork),
        store_test(a_look_leaves_a_trace),
        store_test(the_trail_is_read_newest_first),
    };
    return cmocka_run_group_tests(tests, portal_store_test_begin, portal_store_test_end);
}

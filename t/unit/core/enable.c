/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/enable: rules 11 to 15. */
#include "form_help.h"

#define OPTIONS                                                                          \
    "'answerOption':[{'valueCoding':{'system':'s','code':'a','display':'A'}},"           \
    "{'valueCoding':{'system':'s','code':'b','display':'B'}}]"
#define WHEN(q, op, answer)                                                              \
    "'enableWhen':[{'question':'" q "','operator':'" op "'," answer "}]"

static portal_answers_t *draft(const char *items, apr_pool_t *p)
{
    return portal_answers_new(with_items(items, p), p);
}

static void rule_11_a_disabled_item_disables_all_below(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'boolean','text':'Q'},"
        "{'linkId':'g','type':'group'," WHEN(
            "q", "=",
            "'answerBoolean':true") ","
                                    "'item':[{'linkId':'in','type':'string','text':'I','"
                                    "item':["
                                    "{'linkId':'deep','type':'string','text':'D'}]}]}",
        *state);

    assert_false(on(a, "g"));
    answer(a, "in", PORTAL_VALUE_STRING, "kept");
    assert_false(on(a, "in"));
    assert_false(on(a, "deep"));
    answer(a, "q", PORTAL_VALUE_BOOLEAN, "true");
    assert_true(on(a, "in"));
    assert_true(on(a, "deep"));
}

static void rule_11_answers_of_disabled_questions_are_absent(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'boolean','text':'Q'},"
        "{'linkId':'b','type':'boolean','text':'B'," WHEN(
            "q", "=",
            "'answerBoolean':true") "},"
                                    "{'linkId':'c','type':'string','text':'C'," WHEN(
                                        "b", "=",
                                        "'answerBoolean':true") "},"
                                                                "{'linkId':'d','type':'"
                                                                "string','text':'D'"
                                                                "," WHEN("b", "exists",
                                                                         "'answerBoolean'"
                                                                         ":false") "}",
        *state);

    answer(a, "q", PORTAL_VALUE_BOOLEAN, "true");
    answer(a, "b", PORTAL_VALUE_BOOLEAN, "true");
    assert_true(on(a, "c"));
    assert_false(on(a, "d"));
    answer(a, "q", PORTAL_VALUE_BOOLEAN, "false");
    assert_false(on(a, "b"));
    assert_false(on(a, "c"));
    assert_true(on(a, "d"));
}

static void rule_11_nothing_is_asked_below_an_unanswered_question(void **state)
{
    portal_answers_t *a = draft("{'linkId':'q','type':'string','text':'Q','item':["
                                "{'linkId':'words','type':'display','text':'W'},"
                                "{'linkId':'more','type':'string','text':'M'}]}",
                                *state);

    assert_true(on(a, "words"));
    assert_false(on(a, "more"));
    answer(a, "q", PORTAL_VALUE_STRING, "x");
    assert_true(on(a, "more"));
}

static void rule_12_operators(void **state)
{
    static const struct {
        const char *op, *wanted;
        const char *given; /* NULL: unanswered */
        bool enabled;
    } cases[] = {
        {"exists", "'answerBoolean':true", NULL, false},
        {"exists", "'answerBoolean':false", NULL, true},
        {"exists", "'answerBoolean':true", "0", true},
        {"exists", "'answerBoolean':false", "0", false},
        {"=", "'answerInteger':5", NULL, false},
        {"=", "'answerInteger':5", "5", true},
        {"=", "'answerDecimal':5.0", "5", true},
        {">", "'answerInteger':5", NULL, false},
        {">", "'answerInteger':5", "5", false},
        {">", "'answerInteger':5", "10", true},
        {"<", "'answerInteger':5", NULL, false},
        {"<", "'answerInteger':5", "-6", true},
        {"<", "'answerInteger':5", "5", false},
        {">=", "'answerInteger':5", "5", true},
        {">=", "'answerInteger':5", "4", false},
        {"<=", "'answerInteger':5", "5", true},
        {"<=", "'answerInteger':5", "6", false},
        {"!=", "'answerInteger':5", "6", true},
        {"!=", "'answerInteger':5", "5", false},
        {"!=", "'answerInteger':5", NULL, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_answers_t *a =
            draft(apr_psprintf(
                      *state,
                      "{'linkId':'q','type':'integer','text':'Q'},{'linkId':'x','type':"
                      "'string','text':'X','enableWhen':[{'question':'q','operator':"
                      "'%s',%s}]}",
                      cases[i].op, cases[i].wanted),
                  *state);
        answer(a, "q", PORTAL_VALUE_INTEGER, cases[i].given);
        assert_int_equal(on(a, "x"), cases[i].enabled);
    }
}

static void rule_12_any_of_several_answers(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'integer','text':'Q','repeats':true},"
        "{'linkId':'eq','type':'string','text':'X'," WHEN(
            "q", "=", "'answerInteger':5") "},{'linkId':'gt','type':'string','text':'X'"
                                           "," WHEN("q", ">", "'answerInteger':5") "}",
        *state);

    answer_more(a, "q", PORTAL_VALUE_INTEGER, "1");
    assert_false(on(a, "eq"));
    answer_more(a, "q", PORTAL_VALUE_INTEGER, "5");
    assert_true(on(a, "eq"));
    assert_false(on(a, "gt"));
    answer_more(a, "q", PORTAL_VALUE_INTEGER, "6");
    assert_true(on(a, "gt"));
}

static void rule_13_not_equal_means_no_answer_equals(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    portal_form_t *form =
        try_items("{'linkId':'q','type':'choice','text':'Q','repeats':true," OPTIONS "},"
                  "{'linkId':'x','type':'string','text':'X'," WHEN(
                      "q", "!=", "'answerCoding':{'system':'s','code':'a'}") "}",
                  faults, *state);
    portal_answers_t *a = portal_answers_new(form, *state);

    assert_true(on(a, "x"));
    choose(a, "q", 2);
    assert_true(on(a, "x"));
    choose(a, "q", 1);
    assert_false(on(a, "x"));
    assert_int_equal(fault_of(faults, "not-equal", "x")->severity, PORTAL_FAULT_WARN);
}

static const char *two_conditions(const char *behavior, apr_pool_t *p)
{
    return apr_pstrcat(p,
                       "{'linkId':'p','type':'boolean','text':'P'},"
                       "{'linkId':'q','type':'boolean','text':'Q'},"
                       "{'linkId':'x','type':'string','text':'X','enableWhen':["
                       "{'question':'p','operator':'=','answerBoolean':true},"
                       "{'question':'q','operator':'=','answerBoolean':true}]",
                       behavior, "}", NULL);
}

static void rule_14_all_and_any(void **state)
{
    static const struct {
        const char *behavior;
        bool one, both;
    } cases[] = {
        {",'enableBehavior':'all'", false, true},
        {",'enableBehavior':'any'", true, true},
        {"", true, true},
    };

    for (int i = 0; i < 3; i++) {
        apr_array_header_t *faults = no_faults(*state);
        portal_form_t *form =
            try_items(two_conditions(cases[i].behavior, *state), faults, *state);
        portal_answers_t *a = portal_answers_new(form, *state);
        assert_false(on(a, "x"));
        answer(a, "p", PORTAL_VALUE_BOOLEAN, "true");
        assert_int_equal(on(a, "x"), cases[i].one);
        answer(a, "q", PORTAL_VALUE_BOOLEAN, "true");
        assert_int_equal(on(a, "x"), cases[i].both);
        assert_int_equal(fault_of(faults, "no-enable-behavior", "x") != NULL, i == 2);
    }
}

static void rule_15_codings_by_system_and_code(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    portal_form_t *form =
        try_items("{'linkId':'q','type':'choice','text':'Q'," OPTIONS "},"
                  "{'linkId':'x','type':'string','text':'X'," WHEN(
                      "q", "=",
                      "'answerCoding':{'system':'s','code':'b','display':'other "
                      "words'}") "},"
                                 "{'linkId':'y','type':'string','text':'Y'," WHEN(
                                     "q", "=", "'answerCoding':{'code':'b'}") "}",
                  faults, *state);
    portal_answers_t *a = portal_answers_new(form, *state);

    choose(a, "q", 2);
    assert_true(on(a, "x"));
    assert_false(on(a, "y"));
    assert_non_null(fault_of(faults, "condition-without-system", "y"));
    assert_null(fault_of(faults, "condition-without-system", "x"));
}

/* Repetitions are made here by hand: the tree has them, whoever may ask for them. */
static void rule_15_the_nearest_occurrence(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'g','type':'group','text':'G','item':["
        "{'linkId':'q','type':'boolean','text':'Q'},"
        "{'linkId':'x','type':'string','text':'X'," WHEN(
            "q", "=",
            "'answerBoolean':true") "}]},{'linkId':'after','type':'string','text':'A'"
                                    "," WHEN("q", "=", "'answerBoolean':true") "}",
        *state);
    portal_node_t *one = node_of(a, "g"), *two = portal_group_add(a, one);
    portal_value_t yes = a_value(PORTAL_VALUE_BOOLEAN, "true");

    portal_node_set(a, portal_node_at(two->nodes, 0), &yes);
    portal_enable_update(a);
    assert_false(portal_node_at(one->nodes, 1)->enabled);
    assert_true(portal_node_at(two->nodes, 1)->enabled);
    assert_true(on(a, "after"));
    portal_node_set(a, portal_node_at(two->nodes, 0), NULL);
    portal_node_set(a, portal_node_at(one->nodes, 0), &yes);
    portal_enable_update(a);
    assert_true(portal_node_at(one->nodes, 1)->enabled);
    assert_false(portal_node_at(two->nodes, 1)->enabled);
    assert_false(on(a, "after"));
}

static void rule_15_loops_are_refused_by_name(void **state)
{
    apr_array_header_t *faults = no_faults(*state);

    assert_null(try_items(
        "{'linkId':'a','type':'boolean','text':'A'," WHEN(
            "b", "=",
            "'answerBoolean':true") "},"
                                    "{'linkId':'b','type':'boolean','text':'B'," WHEN(
                                        "a", "=", "'answerBoolean':true") "}",
        faults, *state));
    assert_int_equal(fault_of(faults, "condition-loop", NULL)->severity,
                     PORTAL_FAULT_REFUSE);
    faults = no_faults(*state);
    assert_null(try_items("{'linkId':'a','type':'boolean','text':'A'," WHEN(
                              "a", "exists", "'answerBoolean':true") "}",
                          faults, *state));
    assert_non_null(fault_of(faults, "condition-loop", "a"));
}

/* A form whose loop went unseen must still end. */
static void rule_15_loops_end_in_the_evaluation(void **state)
{
    portal_form_t *form = with_items(
        "{'linkId':'a','type':'boolean','text':'A'," WHEN(
            "b", "exists",
            "'answerBoolean':false") "},"
                                     "{'linkId':'b','type':'boolean','text':'B'}",
        *state);
    portal_item_t *b = portal_form_item(form, "b");
    portal_condition_t back = {"a",
                               portal_form_item(form, "a"),
                               PORTAL_OPERATOR_EXISTS,
                               {.kind = PORTAL_VALUE_BOOLEAN, .text = "false"}};
    portal_answers_t *a;

    b->conditions = apr_array_make(*state, 1, sizeof back);
    APR_ARRAY_PUSH(b->conditions, portal_condition_t) = back;
    a = portal_answers_new(form, *state);
    assert_true(on(a, "a"));
    assert_true(on(a, "b"));
}

static void comparisons_that_never_hold_are_named(void **state)
{
    apr_array_header_t *faults = no_faults(*state);

    assert_non_null(try_items(
        "{'linkId':'q','type':'choice','text':'Q'," OPTIONS "},"
        "{'linkId':'b','type':'boolean','text':'B'},"
        "{'linkId':'x','type':'string','text':'X'," WHEN(
            "q", "=",
            "'answerString':'a'") "},"
                                  "{'linkId':'y','type':'string','text':'Y'"
                                  "," WHEN("q", "=",
                                           "'answerCoding':{'system':'s','code':'z'"
                                           "}") "},"
                                                "{'linkId':'z','type':'string','"
                                                "text':'Z'," WHEN(
                                                    "b", ">", "'answerBoolean':true") "}",
        faults, *state));
    assert_non_null(fault_of(faults, "condition-type", "x"));
    assert_non_null(fault_of(faults, "condition-no-option", "y"));
    assert_non_null(fault_of(faults, "condition-order", "z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(rule_11_a_disabled_item_disables_all_below),
        pool_test(rule_11_answers_of_disabled_questions_are_absent),
        pool_test(rule_11_nothing_is_asked_below_an_unanswered_question),
        pool_test(rule_12_operators),
        pool_test(rule_12_any_of_several_answers),
        pool_test(rule_13_not_equal_means_no_answer_equals),
        pool_test(rule_14_all_and_any),
        pool_test(rule_15_codings_by_system_and_code),
        pool_test(rule_15_the_nearest_occurrence),
        pool_test(rule_15_loops_are_refused_by_name),
        pool_test(rule_15_loops_end_in_the_evaluation),
        pool_test(comparisons_that_never_hold_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/validate: rules 9 and 16 to 20. */
#include "form_help.h"

#include "core/form_pages.h"

#define EXT(name, value)                                                                 \
    "{'url':'http://hl7.org/fhir/StructureDefinition/" name "'," value "}"

static portal_answers_t *draft(const char *items, apr_pool_t *p)
{
    return portal_answers_new(with_items(items, p), p);
}

static void rule_9_required_questions(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'s','type':'string','text':'S','required':true},"
              "{'linkId':'b','type':'boolean','text':'B','required':true}",
              *state);

    assert_string_equal(error_at(a, "s", PORTAL_CHECK_COMPLETE),
                        "t:answer.error.required");
    assert_string_equal(error_at(a, "b", PORTAL_CHECK_COMPLETE),
                        "t:answer.error.required_choice");
    assert_string_equal(error_at(a, "s", PORTAL_CHECK_TYPED), "");
    answer(a, "s", PORTAL_VALUE_STRING, "x");
    answer(a, "b", PORTAL_VALUE_BOOLEAN, "false");
    assert_int_equal(portal_answers_check_all(a, PORTAL_CHECK_COMPLETE)->nelts, 0);
}

static void rule_9_not_in_a_disabled_branch(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'boolean','text':'Q'},{'linkId':'g','type':'group','text':"
        "'G','required':true,'enableWhen':[{'question':'q','operator':'=',"
        "'answerBoolean':true}],'item':[{'linkId':'s','type':'string','text':'S',"
        "'required':true},{'linkId':'n','type':'integer','text':'N'}]}",
        *state);

    answer(a, "n", PORTAL_VALUE_INTEGER, NULL);
    portal_answer_at(node_of(a, "n")->answers, 0)->error = "answer.error.integer";
    portal_answer_at(node_of(a, "n")->answers, 0)->typed = "x";
    assert_int_equal(portal_answers_check_all(a, PORTAL_CHECK_COMPLETE)->nelts, 0);
    answer(a, "q", PORTAL_VALUE_BOOLEAN, "true");
    assert_int_equal(portal_answers_check_all(a, PORTAL_CHECK_COMPLETE)->nelts, 3);
}

static void rule_9_required_groups(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'g','type':'group','text':'G','required':true,'item':[{'linkId':'p',"
        "'type':'string','text':'P'},{'linkId':'q','type':'string','text':'Q'}]}",
        *state);

    assert_string_equal(error_at(a, "g", PORTAL_CHECK_COMPLETE),
                        "t:answer.error.required_group");
    assert_string_equal(error_at(a, "p", PORTAL_CHECK_COMPLETE), "");
    answer(a, "q", PORTAL_VALUE_STRING, "x");
    assert_string_equal(error_at(a, "g", PORTAL_CHECK_COMPLETE), "");
}

/* What nobody can answer must not block for ever. */
static void rule_9_closed_questions_are_not_demanded(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'r','type':'string','text':'R','required':true,'readOnly':true},"
        "{'linkId':'h','type':'string','text':'H','required':true,'extension':[" EXT(
            "questionnaire-hidden",
            "'valueBoolean':true") "]},"
                                   "{'linkId':'g','type':'group','text':'G','required':"
                                   "true,'item':[{'linkId':'c',"
                                   "'type':'integer','text':'C','required':true,'"
                                   "extension':[" EXT(
                                       "sdc-questionnaire-calculatedExpression",
                                       "'valueExpression':{}") "]}]},"
                                                               "{'linkId':'s','type':'"
                                                               "string','text':'S'}",
        *state);

    assert_int_equal(portal_answers_check_all(a, PORTAL_CHECK_COMPLETE)->nelts, 0);
}

static void rule_9_nothing_is_demanded_within_what_is_hidden(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'h','type':'integer','text':'H','initial':[{'valueInteger':1}],"
        "'extension':[" EXT(
            "questionnaire-hidden",
            "'valueBoolean':true") "],'item':[{"
                                   "'linkId':'g','type':'group','text':'G','required':"
                                   "true,'item':[{'linkId':'p',"
                                   "'type':'string','text':'P','required':true}]}]},"
                                   "{'linkId':'s','type':'string','text':'S'}",
        *state);

    assert_int_equal(portal_answers_check_all(a, PORTAL_CHECK_COMPLETE)->nelts, 0);
}

static const struct {
    const char *item; /* members of an item with linkId q */
    portal_value_kind_t kind;
    const char *text;
    const char *error; /* "" when it is right */
} values[] = {
    {"'type':'string','maxLength':3", PORTAL_VALUE_STRING, "\xC3\xA9\xC3\xA9\xC3\xA9",
     ""},
    {"'type':'string','maxLength':3", PORTAL_VALUE_STRING, "abcd", "max_length"},
    {"'type':'string','extension':[" EXT("minLength", "'valueInteger':3") "]",
     PORTAL_VALUE_STRING, "\xC3\xA9\xC3\xA9", "min_length"},
    {"'type':'string','extension':[" EXT("regex", "'valueString':'[0-9]{5}'") "]",
     PORTAL_VALUE_STRING, "12345", ""},
    {"'type':'string','extension':[" EXT("regex", "'valueString':'[0-9]{5}'") "]",
     PORTAL_VALUE_STRING, "12345-6789", "pattern"},
    {"'type':'string','extension':[" EXT("regex", "'valueString':'a|ab'") "]",
     PORTAL_VALUE_STRING, "ab", ""},
    {"'type':'integer','extension':[" EXT("minValue", "'valueInteger':1") "," EXT(
         "maxValue", "'valueInteger':9") "]",
     PORTAL_VALUE_INTEGER, "1", ""},
    {"'type':'integer','extension':[" EXT("minValue", "'valueInteger':1") "," EXT(
         "maxValue", "'valueInteger':9") "]",
     PORTAL_VALUE_INTEGER, "0", "min_value"},
    {"'type':'integer','extension':[" EXT("minValue", "'valueInteger':1") "," EXT(
         "maxValue", "'valueInteger':9") "]",
     PORTAL_VALUE_INTEGER, "10", "max_value"},
    {"'type':'decimal','extension':[" EXT("maxDecimalPlaces", "'valueInteger':1") "]",
     PORTAL_VALUE_DECIMAL, "28.0", ""},
    {"'type':'decimal','extension':[" EXT("maxDecimalPlaces", "'valueInteger':1") "]",
     PORTAL_VALUE_DECIMAL, "28.00", "max_places"},
    {"'type':'decimal','extension':[" EXT("maxValue", "'valueDecimal':1.50") "]",
     PORTAL_VALUE_DECIMAL, "1.500", ""},
    {"'type':'date','extension':[" EXT("minValue", "'valueDate':'2020-03'") "]",
     PORTAL_VALUE_DATE, "2020", ""},
    {"'type':'date','extension':[" EXT("minValue", "'valueDate':'2020-03'") "]",
     PORTAL_VALUE_DATE, "2020-02-29", "min_date"},
    {"'type':'date','extension':[" EXT("maxValue", "'valueDate':'2020-03'") "]",
     PORTAL_VALUE_DATE, "2020-03-31", ""},
    {"'type':'date','extension':[" EXT("maxValue", "'valueDate':'2020-03'") "]",
     PORTAL_VALUE_DATE, "2020-04-01", "max_date"},
    {"'type':'integer','answerOption':[{'valueInteger':1}]", PORTAL_VALUE_INTEGER, "2",
     "option"},
    {"'type':'open-choice','answerOption':[{'valueString':'a'}]", PORTAL_VALUE_STRING,
     "b", ""},
    {"'type':'choice','answerOption':[{'valueString':'a'}]", PORTAL_VALUE_STRING, "b",
     "option"},
};

#define CLOSED(id, more)                                                                 \
    "{'linkId':'" id "','type':'decimal','text':'C',"                                    \
    "'extension':[" EXT("maxDecimalPlaces",                                              \
                        "'valueInteger':1") "," EXT("maxValue", "'valueInteger':1") more

/* Nobody could mend what the form itself, or a calculation, puts there. */
static void rule_16_what_nobody_can_change_holds_nobody_up(void **state)
{
    portal_answers_t *a = draft(
        CLOSED("open", "]},") CLOSED("read", "],'readOnly':true},")
            CLOSED("hidden", "," EXT("questionnaire-hidden", "'valueBoolean':true") "]},")
                CLOSED("score", "," EXT("sdc-questionnaire-calculatedExpression",
                                        "'valueExpression':{'language':'text/"
                                        "fhirpath','expression':'1.25'}") "]}"),
        *state);
    static const char *const all[] = {"open", "read", "hidden", "score"};
    apr_array_header_t *errors;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        answer(a, all[i], PORTAL_VALUE_DECIMAL, "1.25");
    errors = portal_answers_check_all(a, PORTAL_CHECK_COMPLETE);
    assert_int_equal(errors->nelts, 1);
    assert_string_equal(error_at(a, "open", PORTAL_CHECK_COMPLETE),
                        "t:answer.error.max_value");
}

static void rules_16_and_17_values(void **state)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        portal_answers_t *a = draft(
            apr_psprintf(*state, "{'linkId':'q','text':'Q',%s}", values[i].item), *state);
        const char *error;
        answer(a, "q", values[i].kind, values[i].text);
        error = error_at(a, "q", PORTAL_CHECK_TYPED);
        assert_string_equal(*error ? error + strlen("t:answer.error.") : error,
                            values[i].error);
    }
}

/* Rule 16: a pattern comes from a file; one that runs away is stopped and counts as no. */
static void rule_16_patterns_have_an_end(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'q','type':'string','text':'Q','extension':[" EXT(
                  "regex", "'valueString':'(a+)+(a+)+b'") "]}",
              *state);

    answer(a, "q", PORTAL_VALUE_STRING,
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac");
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "t:answer.error.pattern");
}

static void rule_16_how_many_answers(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'q','type':'string','text':'Q','repeats':true,'extension':[" EXT(
                  "questionnaire-minOccurs",
                  "'valueInteger':2") "," EXT("questionnaire-maxOccurs",
                                              "'valueInteger':3") "]}",
              *state);

    answer_more(a, "q", PORTAL_VALUE_STRING, "1");
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_COMPLETE),
                        "t:answer.error.min_occurs");
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "");
    answer_more(a, "q", PORTAL_VALUE_STRING, "2");
    answer_more(a, "q", PORTAL_VALUE_STRING, "3");
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_COMPLETE), "");
    answer_more(a, "q", PORTAL_VALUE_STRING, "4");
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED),
                        "t:answer.error.max_occurs");
}

static void rule_16_exclusive_options(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'q','type':'choice','text':'Q','repeats':true,'answerOption':[{"
              "'valueString':'a'},{'valueString':'none','extension':[" EXT(
                  "questionnaire-optionExclusive", "'valueBoolean':true") "]}]}",
              *state);

    choose(a, "q", 2);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "");
    choose(a, "q", 1);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "t:answer.error.exclusive");
    assert_string_equal(
        portal_answer_error_limit(
            &APR_ARRAY_IDX(portal_answers_check_all(a, PORTAL_CHECK_TYPED), 0,
                           portal_answer_error_t),
            "es"),
        "none");
}

static void only_the_page_is_checked(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'g','type':'group','text':'G','item':[{'linkId':'p','type':'string',"
        "'text':'P','required':true}]},{'linkId':'h','type':'group','text':'H','item':[{"
        "'linkId':'q','type':'string','text':'Q','required':true}]}",
        *state);
    const portal_form_page_t *page = portal_page_at(a->form->pages, 2);
    apr_array_header_t *errors = portal_answers_check(a, page, PORTAL_CHECK_COMPLETE);

    assert_int_equal(errors->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(errors, 0, portal_answer_error_t).field, "a.2.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(rule_9_required_questions),
        pool_test(rule_9_not_in_a_disabled_branch),
        pool_test(rule_9_required_groups),
        pool_test(rule_9_closed_questions_are_not_demanded),
        pool_test(rule_9_nothing_is_demanded_within_what_is_hidden),
        pool_test(rule_16_what_nobody_can_change_holds_nobody_up),
        pool_test(rules_16_and_17_values),
        pool_test(rule_16_patterns_have_an_end),
        pool_test(rule_16_how_many_answers),
        pool_test(rule_16_exclusive_options),
        pool_test(only_the_page_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

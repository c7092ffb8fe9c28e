/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures: what is asked for, refusals, drawings, and putting one in and out of a response; and
 * which questions are open in a form that was returned. */
#include "form_help.h"

#include "core/enable.h"
#include "core/form_returned.h"
#include "core/response.h"
#include "core/signature.h"

#define REQUIRED(code)                                                                   \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/"                      \
    "questionnaire-signatureRequired','valueCodeableConcept':{'coding':[{'code':"        \
    "'1.2.840.10065.1.12.1." code "'}]}}]"
#define FORM                                                                             \
    "{'linkId':'a','type':'boolean','text':'A'," REQUIRED(                               \
        "7") "},"                                                                        \
             "{'linkId':'b','type':'string','text':'B','enableWhen':[{'question':'a',"   \
             "'operator':'=','answerBoolean':true}]},"                                   \
             "{'linkId':'c','type':'decimal','text':'C'}"

static portal_answers_t *answers(void **state, const char *yes)
{
    portal_answers_t *a = portal_answers_new(with_items(FORM, *state), *state);
    portal_value_t value = {.kind = PORTAL_VALUE_BOOLEAN, .text = yes};
    portal_value_t dose = {.kind = PORTAL_VALUE_DECIMAL, .text = "1.50"};

    portal_node_set(a, portal_answers_by_name(a, "a.1"), &value);
    portal_node_set(a, portal_answers_by_name(a, "a.3"), &dose);
    portal_enable_update(a);
    return a;
}

static void no_is_a_refusal(void **state)
{
    bool form;

    assert_false(portal_consents_refused(answers(state, "true")));
    assert_true(portal_consents_refused(answers(state, "false")));
    assert_int_equal(portal_signature_asked(answers(state, "true"), &form)->nelts, 1);
    assert_false(form);
    assert_int_equal(portal_signature_asked(answers(state, "false"), &form)->nelts, 0);
}

static void a_choice_can_be_a_refusal(void **state)
{
    portal_form_t *form = with_items(
        "{'linkId':'a','type':'choice','text':'A'," REQUIRED(
            "7") ",'answerOption':[{'valueCoding':{'code':'agree','display':'Yes'}},"
                 "{'valueCoding':{'code':'decline','display':'No'}}]}",
        *state);
    portal_answers_t *a = portal_answers_new(form, *state);
    portal_value_t value = {.kind = PORTAL_VALUE_CODING, .text = "agree"};

    portal_node_set(a, portal_answers_by_name(a, "a.1"), &value);
    assert_false(portal_consents_refused(a));
    value.text = "decline";
    portal_node_set(a, portal_answers_by_name(a, "a.1"), &value);
    assert_true(portal_consents_refused(a));
}

static void a_drawing_is_numbers_in_a_box(void **state)
{
    static const char *const bad[] = {"",          "1,1",       "1,1 2",    "1,1 2,2;",
                                      "601,1 1,1", "1,201 1,1", "-1,1 2,2", "1,1  2,2",
                                      "a",         "1,1\" 2,2", "1,1 2,2 ", "9e9,1 2,2"};

    assert_string_equal(portal_signature_path("1,2 3,4;600,200 0,0", *state),
                        "M1 2L3 4M600 200L0 0");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(portal_signature_path(bad[i], *state));
}

static void what_is_put_in_comes_out(void **state)
{
    portal_answers_t *a = answers(state, "true");
    portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED, .id = "1"};
    portal_signature_t s = {.type = "1.2.840.10065.1.12.1.7",
                            .when = "2026-11-28T00:00:00Z",
                            .name = "Ann",
                            .who = "Patient/1",
                            .format = "text/plain",
                            .data = "Ann"};
    const char *plain = portal_response_write(a, &meta);
    const char *with = portal_signature_put(a, plain, &s);

    assert_non_null(strstr(with, "questionnaireresponse-signature"));
    assert_string_equal(portal_signature_strip(with, strlen(with), *state), plain);
    assert_null(portal_signature_put(a, "[]", &s));
    assert_null(portal_signature_strip("{", 1, *state));
}

static void open_is_what_was_returned_and_what_it_opens(void **state)
{
    const portal_form_t *form = with_items(FORM, *state);
    apr_array_header_t *names = apr_array_make(*state, 2, sizeof(const char *));
    const bool *scope;

    APR_ARRAY_PUSH(names, const char *) = "a";
    APR_ARRAY_PUSH(names, const char *) = "nosuch";
    scope = portal_returned_scope(form, names, *state);
    assert_true(scope[0] && scope[1]);
    assert_false(scope[2]);
}

static void blank_answers_are_gone(void **state)
{
    portal_answers_t *a = answers(state, "true"), *again;
    portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED, .id = "1"};
    const char *text = portal_response_write(a, &meta);
    bool blank[] = {false, false, true};

    assert_int_equal(
        portal_returned_answers(&again, a->form, text, strlen(text), blank, *state),
        APR_SUCCESS);
    assert_true(portal_node_answered(portal_answers_by_name(again, "a.1")));
    assert_false(portal_node_answered(portal_answers_by_name(again, "a.3")));
    assert_int_equal(portal_returned_answers(&again, a->form, "x", 1, blank, *state),
                     APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(no_is_a_refusal),
        pool_test(a_choice_can_be_a_refusal),
        pool_test(a_drawing_is_numbers_in_a_box),
        pool_test(what_is_put_in_comes_out),
        pool_test(open_is_what_was_returned_and_what_it_opens),
        pool_test(blank_answers_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

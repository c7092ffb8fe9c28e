/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/prefill: what a new draft takes over from last time, and what it never does. */
#include "form_help.h"

#include "core/prefill.h"

#define MARK "https://x.example/StructureDefinition/asOfThisVisit"
#define YES_NO                                                                           \
    "'answerOption':[{'valueCoding':{'system':'s','code':'y','display':'Yes'}},"         \
    "{'valueCoding':{'system':'s','code':'n','display':'No'}}]"

static const char *response_to(const char *items, apr_pool_t *p)
{
    return quoted(apr_pstrcat(p,
                              "{'resourceType':'QuestionnaireResponse',"
                              "'status':'completed','item':[",
                              items, "]}", NULL),
                  p);
}

/* A draft of the form `now` after `items` were answered to the form `then`. */
static portal_answers_t *again(const char *now, const char *then, const char *items,
                               apr_pool_t *p)
{
    const char *text = response_to(items, p);

    return portal_prefill(with_items(now, p), with_items(then, p), text, strlen(text), p);
}

static const portal_given_t *first_of(const portal_answers_t *a, const char *link_id)
{
    return portal_answer_at(node_of(a, link_id)->answers, 0);
}

static bool empty(const portal_answers_t *a, const char *link_id)
{
    return !portal_node_answered(node_of(a, link_id)) &&
           !portal_prefilled(node_of(a, link_id), NULL);
}

static void what_was_said_is_there_and_marked(void **state)
{
    const char *form = "{'linkId':'n','type':'string','text':'Name'},"
                       "{'linkId':'m','type':'string','text':'More'}";
    portal_answers_t *a =
        again(form, form, "{'linkId':'n','answer':[{'valueString':'Ann'}]}", *state);
    const char *from = NULL;

    assert_string_equal(first_of(a, "n")->value.text, "Ann");
    assert_true(portal_prefilled(node_of(a, "n"), &from));
    assert_string_equal(from, PORTAL_FROM_LAST);
    assert_true(empty(a, "m"));
}

static void a_mark_is_kept_in_the_draft_and_ends_with_its_page(void **state)
{
    const char *form = "{'linkId':'n','type':'string','text':'Name'}", *text;
    portal_answers_t *a =
        again(form, form, "{'linkId':'n','answer':[{'valueString':'Ann'}]}", *state);

    text = portal_answers_write(a);
    assert_int_equal(portal_answers_read(&a, a->form, text, strlen(text), NULL, *state),
                     APR_SUCCESS);
    assert_true(portal_prefilled(node_of(a, "n"), NULL));
    portal_prefill_confirm(a, portal_page_at(a->form->pages, 1));
    assert_false(portal_prefilled(node_of(a, "n"), NULL));
    assert_string_equal(first_of(a, "n")->value.text, "Ann");
}

static void what_is_of_a_visit_is_asked_anew(void **state)
{
    const char *form =
        "{'linkId':'g','type':'group','text':'G','extension':[{'url':'" MARK
        "','valueBoolean':true}],'item':[{'linkId':'q','type':'string','text':'Q'}]},"
        "{'linkId':'o','type':'string','text':'O','extension':[{'url':'http://x/"
        "sdc-questionnaire-observationExtract','valueBoolean':true}]},"
        "{'linkId':'s','type':'choice','text':'S','answerOption':[{'extension':[{'url':"
        "'http://hl7.org/fhir/StructureDefinition/ordinalValue','valueDecimal':1}],"
        "'valueCoding':{'code':'a','display':'A'}}]},"
        "{'linkId':'i','type':'string','text':'I','initial':[{'valueString':'first'}],"
        "'extension':[{'url':'" MARK "','valueBoolean':true}]}";
    portal_answers_t *a =
        again(form, form,
              "{'linkId':'g','item':[{'linkId':'q','answer':[{'valueString':'x'}]}]},"
              "{'linkId':'o','answer':[{'valueString':'x'}]},"
              "{'linkId':'s','answer':[{'valueCoding':{'code':'a'}}]},"
              "{'linkId':'i','answer':[{'valueString':'x'}]}",
              *state);

    assert_true(empty(a, "q"));
    assert_true(empty(a, "o"));
    assert_true(empty(a, "s"));
    assert_string_equal(first_of(a, "i")->value.text, "first");
    assert_false(portal_prefilled(node_of(a, "i"), NULL));
}

static void a_form_with_a_consent_begins_empty(void **state)
{
    const char *declines =
        "{'linkId':'n','type':'string','text':'Name'},"
        "{'linkId':'c','type':'choice','text':'Agree?','answerOption':["
        "{'valueCoding':{'code':'agree','display':'Yes'}},"
        "{'valueCoding':{'code':'decline','display':'No'}}]}";
    const char *signs =
        "{'linkId':'n','type':'string','text':'Name'},"
        "{'linkId':'c','type':'boolean','text':'Agree?','extension':[{'url':"
        "'http://hl7.org/fhir/StructureDefinition/questionnaire-signatureRequired',"
        "'valueCodeableConcept':{'coding':[{'code':'1.2.840.10065.1.12.1.7'}]}}]}";
    const char *said = "{'linkId':'n','answer':[{'valueString':'Ann'}]}";

    assert_true(empty(again(declines, declines, said, *state), "n"));
    assert_true(empty(again(signs, signs, said, *state), "n"));
}

static void other_words_are_another_question(void **state)
{
    const char *then = "{'linkId':'a','type':'string','text':'Allergies?'},"
                       "{'linkId':'c','type':'choice','text':'C'," YES_NO "}",
               *now = "{'linkId':'a','type':'string','text':'No allergies?'},"
                      "{'linkId':'c','type':'choice','text':'C','answerOption':["
                      "{'valueCoding':{'system':'s','code':'y','display':'No'}},"
                      "{'valueCoding':{'system':'s','code':'n','display':'Yes'}}]}",
               *said =
                   "{'linkId':'a','answer':[{'valueString':'x'}]},"
                   "{'linkId':'c','answer':[{'valueCoding':{'system':'s','code':'y'}}]}";
    portal_answers_t *a = again(now, then, said, *state);

    assert_true(empty(a, "a"));
    assert_true(empty(a, "c"));
    a = again(then, then, said, *state);
    assert_false(empty(a, "a"));
    assert_false(empty(a, "c"));
    a = again("{'linkId':'g','type':'group','text':'About your mother','item':["
              "{'linkId':'a','type':'string','text':'Allergies?'}]}",
              then, said, *state);
    assert_true(empty(a, "a"));
    a = again("{'linkId':'a','type':'date','text':'Allergies?'}", then, said, *state);
    assert_true(empty(a, "a"));
}

static void groups_come_as_often_as_then(void **state)
{
    const char *form =
        "{'linkId':'m','type':'group','repeats':true,'text':'Medicine','item':["
        "{'linkId':'n','type':'string','text':'Name'}]}";
    portal_answers_t *a =
        again(form, form,
              "{'linkId':'m','item':[{'linkId':'n','answer':[{'valueString':'A'}]}]},"
              "{'linkId':'m','item':[{'linkId':'n','answer':[{'valueString':'B'}]}]}",
              *state);
    const portal_node_t *second = portal_answers_by_name(a, "a.1-2.1");

    assert_int_equal(portal_group_count(a, portal_node_at(a->nodes, 0)), 2);
    assert_string_equal(portal_answer_at(second->answers, 0)->value.text, "B");
    assert_true(portal_prefilled(second, NULL));
}

static void nonsense_begins_an_empty_draft(void **state)
{
    const char *form = "{'linkId':'n','type':'string','text':'Name'}";
    portal_answers_t *a = portal_prefill(with_items(form, *state),
                                         with_items(form, *state), "{", 1, *state);

    assert_true(empty(a, "n"));
    a = again(form, form, "{'linkId':'n','answer':[{'valueBoolean':true}]}", *state);
    assert_true(empty(a, "n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(what_was_said_is_there_and_marked),
        pool_test(a_mark_is_kept_in_the_draft_and_ends_with_its_page),
        pool_test(what_is_of_a_visit_is_asked_anew),
        pool_test(a_form_with_a_consent_begins_empty),
        pool_test(other_words_are_another_question),
        pool_test(groups_come_as_often_as_then),
        pool_test(nonsense_begins_an_empty_draft),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

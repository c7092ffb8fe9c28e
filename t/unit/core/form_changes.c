/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/form_changes: two versions of a form, and a draft of what changed. */
#include "form_help.h"

#include "core/form_changes.h"
#include "core/form_returned.h"

#define THEN                                                                             \
    "{'linkId':'g','type':'group','text':'Care','item':["                                \
    "{'linkId':'t','type':'display','text':'We treat you.'},"                            \
    "{'linkId':'a','type':'boolean','text':'Agree?'},"                                   \
    "{'linkId':'b','type':'string','text':'Why?','enableWhen':[{'question':'a',"         \
    "'operator':'=','answerBoolean':false}]}]},"                                         \
    "{'linkId':'x','type':'group','text':'Old','item':["                                 \
    "{'linkId':'y','type':'string','text':'Gone'}]}"

static bool open_in(const char *now_items, const char *link_id, apr_pool_t *p)
{
    portal_form_t *now = with_items(now_items, p), *then = with_items(THEN, p);
    const bool *scope = portal_form_changes(now, then, NULL, p);

    return scope[portal_form_item(now, link_id)->index];
}

static void nothing_changed(void **state)
{
    portal_form_t *now = with_items(THEN, *state), *then = with_items(THEN, *state);
    const bool *scope = portal_form_changes(now, then, NULL, *state);

    for (int i = 0; i < now->all->nelts; i++)
        assert_false(scope[i]);
    assert_int_equal(portal_form_removed(now, then, *state)->nelts, 0);
}

static void words_a_new_question_and_what_depends(void **state)
{
    const char *now = "{'linkId':'g','type':'group','text':'Care','item':["
                      "{'linkId':'t','type':'display','text':'We treat you well.'},"
                      "{'linkId':'a','type':'boolean','text':'Do you agree?'},"
                      "{'linkId':'b','type':'string','text':'Why?','enableWhen':["
                      "{'question':'a','operator':'=','answerBoolean':false}]},"
                      "{'linkId':'n','type':'string','text':'More'}]}";
    portal_form_t *form = with_items(now, *state), *then = with_items(THEN, *state);
    apr_array_header_t *gone = portal_form_removed(form, then, *state);

    assert_true(open_in(now, "t", *state));
    assert_true(open_in(now, "a", *state));
    assert_true(open_in(now, "b", *state));
    assert_true(open_in(now, "n", *state));
    assert_false(open_in(now, "g", *state));
    assert_int_equal(gone->nelts, 1);
    assert_string_equal(portal_item_at(gone, 0)->link_id, "x");
}

#define EXPRESSION(name, text)                                                           \
    "{'url':'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-" name     \
    "','valueExpression':{'language':'text/fhirpath','expression':'" text "'}}"
#define VARIABLE                                                                         \
    "{'url':'http://hl7.org/fhir/StructureDefinition/variable','valueExpression':{"      \
    "'name':'v','language':'text/fhirpath','expression':'%resource.item.where(linkId = " \
    "\\u0027a\\u0027).answer.value'}}"

/* What an expression asks for, also by way of a variable or of a score that nobody is shown. */
static void what_depends_by_an_expression(void **state)
{
    const char *now =
        "{'linkId':'a','type':'integer','text':'How much now?'},"
        "{'linkId':'o','type':'integer','text':'Other'},"
        "{'linkId':'s','type':'integer','text':'S','extension':"
        "[" EXPRESSION("calculatedExpression",
                       "%resource.item.where(linkId = \\u0027a\\u0027).answer.value * "
                       "2") "]},"
                            "{'linkId':'by','type':'string','text':'B','extension':"
                            "[" VARIABLE "," EXPRESSION(
                                "enableWhenExpression",
                                "%v > 2") "]},"
                                          "{'linkId':'on','type':'string','"
                                          "text':'O','enableWhen':[{'"
                                          "question':'s',"
                                          "'operator':'>','answerInteger':"
                                          "2}]},"
                                          "{'linkId':'un','type':'string','"
                                          "text':'U','extension':"
                                          "[" EXPRESSION("enableWhenExpression",
                                                         "%resource.item.where(linkId "
                                                         "= "
                                                         "\\u0027o\\u0027).answer."
                                                         "value > 2") "]},"
                                                                      "{'linkId':'all'"
                                                                      ",'type':'"
                                                                      "string','text':"
                                                                      "'A','extension'"
                                                                      ":[" EXPRESSION(
                                                                          "enableWhenE"
                                                                          "xpression",
                                                                          "%resource."
                                                                          "descendants"
                                                                          "().where($"
                                                                          "this = "
                                                                          "9).exists("
                                                                          ")") "]}";
    portal_form_t *form = with_items(now, *state);
    apr_array_header_t *link_ids = apr_array_make(*state, 1, sizeof(const char *));
    const bool *scope;

    APR_ARRAY_PUSH(link_ids, const char *) = "a";
    scope = portal_returned_scope(form, link_ids, *state);
    assert_true(scope[portal_form_item(form, "by")->index]);
    assert_true(scope[portal_form_item(form, "on")->index]);
    assert_true(scope[portal_form_item(form, "all")->index]);
    assert_false(scope[portal_form_item(form, "un")->index]);
    assert_false(scope[portal_form_item(form, "s")->index]);
    link_ids->nelts = 0;
    scope = portal_returned_scope(form, link_ids, *state);
    assert_false(scope[portal_form_item(form, "all")->index]);
}

#define LIMIT(name, value)                                                               \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/" name "'," value "}]"
#define ONE(more) "{'linkId':'q','type':'quantity','text':'Q'" more "}"
#define TEXT(more) "{'linkId':'q','type':'string','text':'Q'" more "}"
#define IN(code) LIMIT("questionnaire-unitOption", "'valueCoding':{'code':'" code "'}")

/* An answer may be wrong, or missing, by rules that stand nowhere on the page. */
static void other_rules_for_the_same_words(void **state)
{
    static const struct {
        const char *then, *now;
        bool asked;
    } cases[] = {
        {TEXT(""), TEXT(",'maxLength':5"), true},
        {TEXT(",'maxLength':5"), TEXT(",'maxLength':6"), false},
        {TEXT(",'maxLength':6"), TEXT(",'maxLength':5"), true},
        {TEXT(""), TEXT("," LIMIT("minLength", "'valueInteger':2")), true},
        {TEXT(""), TEXT("," LIMIT("regex", "'valueString':'a'")), true},
        {TEXT("," LIMIT("regex", "'valueString':'a'")), TEXT(""), false},
        {TEXT(",'readOnly':true"), TEXT(""), true},
        {TEXT(""), TEXT(",'readOnly':true"), false},
        {ONE("," IN("kg")), ONE("," IN("kg")), false},
        {ONE("," IN("kg")), ONE("," IN("g")), true},
        {ONE(""), ONE("," IN("g")), true},
        {ONE("," IN("kg")), ONE(""), false},
        {ONE(""),
         ONE(",'enableWhen':[{'question':'z','operator':'exists','answerBoolean':true}]"),
         true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *z = "{'linkId':'z','type':'string','text':'Z'},";
        portal_form_t *then =
                          with_items(apr_pstrcat(*state, z, cases[i].then, NULL), *state),
                      *now =
                          with_items(apr_pstrcat(*state, z, cases[i].now, NULL), *state);
        const bool *scope = portal_form_changes(now, then, NULL, *state);

        assert_int_equal(scope[portal_form_item(now, "q")->index], cases[i].asked);
        assert_false(portal_item_altered(then, portal_form_item(now, "q")));
        assert_false(scope[portal_form_item(now, "z")->index]);
    }
}

#define TWO(more)                                                                        \
    "{'linkId':'c','type':'choice','repeats':true,'text':'C','answerOption':["           \
    "{'valueCoding':{'code':'n'}" more "},{'valueCoding':{'code':'y'}}]}"
#define EXCLUSIVE LIMIT("questionnaire-optionExclusive", "'valueBoolean':true")
#define M "{'linkId':'m','type':'string','text':'M','required':true},"
#define GROUPS(in_g, in_h)                                                               \
    "{'linkId':'g','type':'group','text':'G','item':[" in_g                              \
    "{'linkId':'y','type':'string','text':'Y'}]},"                                       \
    "{'linkId':'h','type':'group','text':'H','item':[" in_h                              \
    "{'linkId':'z','type':'string','text':'Z'}]}"

/* Two answers exclude each other now; an answer that stood in another group is not found. */
static void another_place_or_choices_that_exclude_others(void **state)
{
    portal_form_t *now = with_items(TWO("," EXCLUSIVE), *state),
                  *then = with_items(TWO(""), *state);

    assert_true(
        portal_form_changes(now, then, NULL, *state)[portal_form_item(now, "c")->index]);
    assert_false(
        portal_form_changes(then, now, NULL, *state)[portal_form_item(then, "c")->index]);
    now = with_items(GROUPS("", M), *state);
    then = with_items(GROUPS(M, ""), *state);
    assert_true(
        portal_form_changes(now, then, NULL, *state)[portal_form_item(now, "m")->index]);
    assert_false(
        portal_form_changes(now, then, NULL, *state)[portal_form_item(now, "z")->index]);
}

static void a_heading_opens_its_group(void **state)
{
    const char *now = "{'linkId':'g','type':'group','text':'Your care','item':["
                      "{'linkId':'t','type':'display','text':'We treat you.'},"
                      "{'linkId':'a','type':'boolean','text':'Agree?'}]}";

    assert_true(open_in(now, "g", *state));
    assert_true(open_in(now, "t", *state));
    assert_true(open_in(now, "a", *state));
}

static void a_translation_or_a_choice_is_a_change(void **state)
{
    const char *then = "{'linkId':'c','type':'choice','text':'C','answerOption':["
                       "{'valueCoding':{'code':'y','display':'Yes'}}]}";
    const char *other = "{'linkId':'c','type':'choice','text':'C','answerOption':["
                        "{'valueCoding':{'code':'y','display':'Yes, all'}}]}";
    const char *spoken = "{'linkId':'c','type':'choice','text':'C','_text':{'extension':["
                         "{'url':'http://hl7.org/fhir/StructureDefinition/translation',"
                         "'extension':[{'url':'lang','valueCode':'es'},"
                         "{'url':'content','valueString':'D'}]}]},'answerOption':["
                         "{'valueCoding':{'code':'y','display':'Yes'}}]}";
    portal_form_t *was = with_items(then, *state);

    assert_true(
        portal_item_altered(was, portal_form_item(with_items(other, *state), "c")));
    assert_true(
        portal_item_altered(was, portal_form_item(with_items(spoken, *state), "c")));
    assert_false(
        portal_item_altered(was, portal_form_item(with_items(then, *state), "c")));
}

static void a_draft_keeps_what_did_not_change(void **state)
{
    const char *now = "{'linkId':'g','type':'group','text':'Care','item':["
                      "{'linkId':'a','type':'boolean','text':'Do you agree?'},"
                      "{'linkId':'b','type':'string','text':'Why?'}]}",
               *text = quoted("{'resourceType':'QuestionnaireResponse',"
                              "'status':'completed','item':[{'linkId':'g','item':["
                              "{'linkId':'a','answer':[{'valueBoolean':false}]},"
                              "{'linkId':'b','answer':[{'valueString':'because'}]}]}]}",
                              *state),
               *written;
    portal_form_t *form = with_items(now, *state), *then = with_items(THEN, *state);
    portal_answers_t *a;

    assert_int_equal(portal_form_renew(&a, form, then, text, strlen(text), *state),
                     APR_SUCCESS);
    assert_false(portal_node_answered(node_of(a, "a")));
    assert_true(portal_node_answered(node_of(a, "b")));
    written = portal_answers_write(a);
    assert_int_equal(
        portal_answers_read(&a, form, written, strlen(written), NULL, *state),
        APR_SUCCESS);
    assert_string_equal(a->since, then->hash);
    assert_int_equal(portal_form_renew(&a, form, then, "x", 1, *state), APR_EINVAL);
}

/* Rule 18: what is new is shown for the first time. Hidden values are the form's own. */
static void what_is_new_begins_with_its_first_value(void **state)
{
    const char *now =
                   "{'linkId':'g','type':'group','text':'Care','item':["
                   "{'linkId':'a','type':'boolean','text':'Agree?'},"
                   "{'linkId':'n','type':'string','text':'New','initial':[{"
                   "'valueString':'first'}]},"
                   "{'linkId':'h','type':'string','text':'Hidden','initial':[{"
                   "'valueString':'own'}],'extension':[{'url':'http://hl7.org/fhir/"
                   "StructureDefinition/questionnaire-hidden','valueBoolean':true}]}]}",
               *text = quoted("{'resourceType':'QuestionnaireResponse',"
                              "'status':'completed','item':[{'linkId':'g','item':["
                              "{'linkId':'a','answer':[{'valueBoolean':false}]}]}]}",
                              *state);
    portal_form_t *form = with_items(now, *state), *then = with_items(THEN, *state);
    portal_answers_t *a;

    assert_int_equal(portal_form_renew(&a, form, then, text, strlen(text), *state),
                     APR_SUCCESS);
    assert_true(portal_node_answered(node_of(a, "a")));
    assert_string_equal(portal_answer_at(node_of(a, "n")->answers, 0)->value.text,
                        "first");
    assert_string_equal(portal_answer_at(node_of(a, "h")->answers, 0)->value.text, "own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(nothing_changed),
        pool_test(words_a_new_question_and_what_depends),
        pool_test(what_depends_by_an_expression),
        pool_test(other_rules_for_the_same_words),
        pool_test(another_place_or_choices_that_exclude_others),
        pool_test(a_heading_opens_its_group),
        pool_test(a_translation_or_a_choice_is_a_change),
        pool_test(a_draft_keeps_what_did_not_change),
        pool_test(what_is_new_begins_with_its_first_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

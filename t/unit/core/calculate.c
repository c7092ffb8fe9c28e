/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/calculate: calculated answers, conditions, first answers, and their limits. */
#include "form_help.h"

#include "core/calculate.h"
#include "core/response.h"

#define FHIRPATH(url, text)                                                              \
    "{'url':'http://hl7.org/fhir/uv/sdc/StructureDefinition/" url                        \
    "','valueExpression':{'language':'text/fhirpath','expression':'" text "'}}"
#define VARIABLE(name, text)                                                             \
    "{'url':'http://hl7.org/fhir/StructureDefinition/variable','valueExpression':"       \
    "{'name':'" name "','language':'text/fhirpath','expression':\"" text "\"}}"
#define CALCULATED(text) FHIRPATH("sdc-questionnaire-calculatedExpression", text)
#define ENABLES(text) FHIRPATH("sdc-questionnaire-enableWhenExpression", text)
#define INITIAL(text) FHIRPATH("sdc-questionnaire-initialExpression", text)
#define SCORE(n)                                                                         \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/ordinalValue',"        \
    "'valueDecimal':" n "}]"
#define CHOICE(id)                                                                       \
    "{'linkId':'" id "','text':'" id "','type':'choice','answerOption':["                \
    "{'valueCoding':{'code':'no','display':'No'}," SCORE(                                \
        "0") "},{'valueCoding':{'code'"                                                  \
             ":'some','display':'Some'"                                                  \
             "}," SCORE("1") "},{'"                                                      \
                             "valueCoding':{'"                                           \
                             "code':'all','"                                             \
                             "display':'All'}"                                           \
                             "," SCORE("2") "}]}"

static const char *scale =
    "{'linkId':'g','type':'group','text':'G','item':[" CHOICE("a") "," CHOICE(
        "b") "]},"
             "{'linkId':'score','type':'integer','text':'Score','extension':"
             "[" CALCULATED(
                 "%resource.item.where(linkId = "
                 "`g`).item.answer.value.ordinal().sum()") "]},"
                                                           "{'linkId':'why','type':'"
                                                           "string','text':'Why','"
                                                           "extension':[" ENABLES(
                                                               "%resource.item.where("
                                                               "linkId = "
                                                               "`score`).answer."
                                                               "value > 2") "]}";

/* Text in a form is in back quotes here, since quotes become double ones. */
static portal_form_t *form_of(const char *items, apr_array_header_t *faults,
                              apr_pool_t *p)
{
    char *text = apr_pstrdup(p, items);
    apr_array_header_t *own = faults ? faults : no_faults(p);
    portal_form_t *form;
    char *json;

    json = quoted(apr_pstrcat(p,
                              "{'resourceType':'Questionnaire','status':'active',"
                              "'title':'T','item':[",
                              text, "]}", NULL),
                  p);
    for (char *s = json; *s; s++)
        *s = *s == '`' ? '\'' : *s;
    form = load_text(json, own, p);
    for (int i = 0; !form && !faults && i < own->nelts; i++)
        print_message("# %s\n", APR_ARRAY_IDX(own, i, portal_form_fault_t).text);
    return form;
}

static const char *answer_of(portal_answers_t *a, const char *link_id)
{
    const portal_node_t *node = node_of(a, link_id);

    return portal_node_answered(node) ? portal_answer_at(node->answers, 0)->value.text
                                      : NULL;
}

static void scores_and_asks_by_them(void **state)
{
    portal_answers_t *a = portal_answers_new(form_of(scale, NULL, *state), *state);

    assert_null(answer_of(a, "score"));
    assert_false(on(a, "why"));
    choose(a, "a", 2);
    assert_string_equal(answer_of(a, "score"), "1");
    choose(a, "b", 3);
    assert_string_equal(answer_of(a, "score"), "3");
    assert_true(on(a, "why"));
    answer(a, "b", PORTAL_VALUE_CODING, NULL);
    assert_string_equal(answer_of(a, "score"), "1");
    assert_false(on(a, "why"));
}

static void keeps_the_score_of_its_time(void **state)
{
    portal_form_t *form = form_of(scale, NULL, *state);
    const char *text =
        quoted("{'resourceType':'QuestionnaireResponse','status':'completed','item':[{"
               "'linkId':'score','answer':[{'valueInteger':9}]}]}",
               *state);
    portal_response_t response;

    assert_int_equal(portal_response_read(&response, form, text, strlen(text), *state),
                     0);
    assert_string_equal(answer_of(response.answers, "score"), "9");
}

static void finds_variables_from_where_it_stands(void **state)
{
    portal_answers_t *a = portal_answers_new(
        form_of(
            "{'linkId':'g','type':'group','text':'G','extension':"
            "[" VARIABLE(
                "x",
                "item.where(linkId = "
                "`n`).answer.value") "," VARIABLE("y",
                                                  "%x * 2") "],'item':[{'linkId':'n','"
                                                            "type':'"
                                                            "integer','text':'N','"
                                                            "initial':["
                                                            "{'valueInteger':4}]},{'"
                                                            "linkId':'c'"
                                                            ",'type':'decimal','text':'C'"
                                                            ","
                                                            "'extension':[" CALCULATED(
                                                                "%y + 0.5") "]}]}",
            NULL, *state),
        *state);

    assert_string_equal(answer_of(a, "c"), "8.5");
}

static void each_repetition_looks_at_its_own(void **state)
{
    portal_answers_t *a = portal_answers_new(
        form_of(
            "{'linkId':'g','type':'group','repeats':true,'text':'G','extension':"
            "[" VARIABLE(
                "x",
                "item.where(linkId = `n`).answer.value") "],'item':[{'linkId':'n','type':"
                                                         "'integer','text':'N'},"
                                                         "{'linkId':'c','type':'integer',"
                                                         "'text':'C','extension':"
                                                         "[" CALCULATED("%x + 1") "]}]}",
            NULL, *state),
        *state);
    portal_node_t *second = portal_group_add(a, node_of(a, "g"));
    portal_value_t one = {.kind = PORTAL_VALUE_INTEGER, .text = "1"},
                   two = {.kind = PORTAL_VALUE_INTEGER, .text = "2"};

    portal_node_set(a, node_of(a, "n"), &one);
    portal_node_set(a, portal_node_at(second->nodes, 0), &two);
    portal_enable_update(a);
    assert_string_equal(answer_of(a, "c"), "2");
    assert_string_equal(
        portal_answer_at(portal_node_at(second->nodes, 1)->answers, 0)->value.text, "3");
}

static void comes_to_an_end(void **state)
{
    portal_answers_t *a = portal_answers_new(
        form_of(
            "{'linkId':'q','type':'string','text':'Q'},"
            "{'linkId':'n','type':'integer','text':'N','initial':[{'valueInteger':0}],"
            "'extension':[" CALCULATED(
                "%resource.item.where(linkId=`n`).answer.value + "
                "1") "]},{'linkId':'x','type':'string','text':'X',"
                     "'extension':[" VARIABLE("v", "%w") "," VARIABLE(
                         "w", "%v") "," CALCULATED("%v") "]}",
            NULL, *state),
        *state);

    assert_non_null(answer_of(a, "n"));
    assert_null(answer_of(a, "x"));
}

static void names_what_cannot_be_worked_out(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    const char *start = "{'linkId':'q','type':'string','text':'Q'},";

    assert_non_null(form_of(
        apr_pstrcat(*state, start,
                    "{'linkId':'c','type':'integer','text':'C','extension':[" CALCULATED(
                        "%none + 1") "]}",
                    NULL),
        faults, *state));
    assert_non_null(fault_of(faults, "ignored", "c"));
    assert_null(form_of(
        apr_pstrcat(*state, start,
                    "{'linkId':'e','type':'string','text':'E','extension':[" ENABLES(
                        "memberOf(`x`)") "]}",
                    NULL),
        faults, *state));
    assert_non_null(fault_of(faults, "not-supported", "e"));
    assert_null(form_of(
        apr_pstrcat(*state, start,
                    "{'linkId':'p','type':'string','text':'P','extension':[" ENABLES(
                        "%patient.exists()") "]}",
                    NULL),
        faults, *state));
    assert_non_null(fault_of(faults, "not-supported", "p"));
}

#define IN_WORDS                                                                         \
    "{'linkId':'g','type':'group','text':'G','item':[{'linkId':'a','type':'choice',"     \
    "'text':'A','answerValueSet':'http://x/vs'},{'linkId':'n','type':'integer','text':"  \
    "'N'}]},"
#define SCORE_OF(expression)                                                             \
    "{'linkId':'s','type':'integer','text':'S','readOnly':true,'extension':"             \
    "[" CALCULATED(expression) "]}"
#define OF_THE_GROUP "%resource.item.where(linkId = `g`).item"

/* The fault of item `link_id` of a form; "" when it has none, and the form may not be refused. */
static const char *why_not(const char *items, const char *link_id, const char *code,
                           apr_pool_t *p)
{
    apr_array_header_t *faults = no_faults(p);
    const portal_form_t *form = form_of(items, faults, p);
    const portal_form_fault_t *fault = fault_of(faults, code, link_id);

    if (!fault)
        assert_non_null(form);
    return fault ? fault->text : "";
}

/* A score of answers without codes, or of choices without scores, is a false one. */
static void works_out_nothing_false(void **state)
{
    static const struct {
        const char *items, *item, *code, *why;
    } forms[] = {
        {IN_WORDS SCORE_OF(OF_THE_GROUP ".answer.value.ordinal().sum()"), "s", "ignored",
         "may read the answer of \"a\", which is asked in words"},
        {IN_WORDS SCORE_OF(OF_THE_GROUP
                           ".where(linkId.startsWith(`a`)).answer.value.code"),
         "s", "ignored", "asked in words"},
        {IN_WORDS SCORE_OF("%resource.descendants().answer.value.code.count()"), "s",
         "ignored", "asked in words"},
        {IN_WORDS SCORE_OF(OF_THE_GROUP ".where(linkId = `n`).answer.value"), "s",
         "ignored", ""},
        {IN_WORDS SCORE_OF(OF_THE_GROUP ".where(linkId = `a`).answer.count()"), "s",
         "ignored", ""},
        {IN_WORDS "{'linkId':'e','type':'string','text':'E','extension':[" ENABLES(
             OF_THE_GROUP ".where(linkId = `a`).answer.value.code = `x`") "]}",
         "e", "not-supported", "asked in words"},
        {IN_WORDS SCORE_OF(
             OF_THE_GROUP
             ".answer.value.ordinal().sum()") ",{'linkId':'e',"
                                              "'type':'string','text':'E','extension':"
                                              "[" ENABLES("%resource.item.where(linkId = "
                                                          "`s`).answer.value > 0") "]}",
         "e", "not-supported", "may read the answer of \"s\", which is not worked out"},
        {IN_WORDS SCORE_OF(
             OF_THE_GROUP
             ".answer.value.ordinal().sum()") ",{'linkId':'e',"
                                              "'type':'string','text':'E','enableWhen':[{"
                                              "'question':'s','operator':'>',"
                                              "'answerInteger':0}]}",
         "s", "not-supported", "A condition compares its answer"},
        {"{'linkId':'a','type':'choice','text':'A','answerOption':[{'valueCoding':{'code'"
         ":"
         "'x'}}]}," SCORE_OF("%resource.item.answer.value.ordinal().sum()"),
         "s", "ignored", "those of \"a\" have none"},
        {CHOICE("a") ",{'linkId':'b','type':'choice','text':'B','answerOption':["
                     "{'valueCoding':{'code':'x'}}]}," SCORE_OF(
                         "%resource.item.answer.value.ordinal().sum()"),
         "s", "ignored", ""},
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *why = why_not(forms[i].items, forms[i].item, forms[i].code, *state);
        print_message("# %zu: %s\n", i, why);
        assert_non_null(strstr(why, forms[i].why));
        assert_int_equal(*why == '\0', *forms[i].why == '\0');
    }
}

static void begins_with_the_record_when_there_is_one(void **state)
{
    const char *items = "{'linkId':'f','type':'string','text':'F','extension':[" INITIAL(
        "%patient.name.first().family") "]},"
                                        "{'linkId':'d','type':'date','text':'D','"
                                        "extension':[" INITIAL(
                                            "today()") "]},"
                                                       "{'linkId':'s','type':'choice','"
                                                       "text':'S','answerOption':[{'"
                                                       "valueCoding':{"
                                                       "'code':'female','display':'Woman'"
                                                       "}}],'extension':[" INITIAL(
                                                           "%patient.gender") "]}";
    const char *patient = quoted("{'resourceType':'Patient','gender':'female','name':[{"
                                 "'family':'Soto'}]}",
                                 *state);
    portal_form_t *form = form_of(items, NULL, *state);
    portal_answers_t *a = portal_answers_new(form, *state);

    portal_answers_clock(a, APR_TIME_C(1795953600000000));
    portal_calculate_first(a, NULL, "from");
    assert_null(answer_of(a, "f"));
    assert_string_equal(answer_of(a, "d"), "2026-11-29");
    portal_calculate_first(a, patient, "from");
    assert_string_equal(answer_of(a, "f"), "Soto");
    assert_string_equal(answer_of(a, "s"), "female");
    assert_string_equal(portal_answer_at(node_of(a, "f")->answers, 0)->from, "from");
    assert_null(portal_answer_at(node_of(a, "d")->answers, 0)->from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(scores_and_asks_by_them),
        pool_test(keeps_the_score_of_its_time),
        pool_test(finds_variables_from_where_it_stands),
        pool_test(each_repetition_looks_at_its_own),
        pool_test(comes_to_an_end),
        pool_test(names_what_cannot_be_worked_out),
        pool_test(works_out_nothing_false),
        pool_test(begins_with_the_record_when_there_is_one),
    };
    return cmocka_run_group_tests_name("core/calculate", tests, NULL, NULL);
}

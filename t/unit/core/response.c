/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/response: rules 1 to 8, 10 and 17 of a QuestionnaireResponse. */
#include "form_help.h"

#include "core/response.h"

#define OPTIONS                                                                          \
    "'answerOption':[{'valueCoding':{'system':'s','code':'a','display':'A','_display':{" \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/translation',"         \
    "'extension':[{'url':'lang','valueCode':'es'},{'url':'content','valueString':"       \
    "'A espa'}]}]}}},{'valueString':'b'}]"

static const portal_response_meta_t bare = {.status = PORTAL_RESPONSE_COMPLETED};

static portal_answers_t *draft(const char *items, apr_pool_t *p)
{
    return portal_answers_new(with_items(items, p), p);
}

/* The list of items that is written, as text with ' for ". */
static const char *items_of(const portal_answers_t *a)
{
    const char *text = portal_response_write(a, &bare),
               *items = strstr(text, "\"item\":");
    char *copy;

    if (!items)
        return "";
    copy = apr_pstrdup(a->pool, items + strlen("\"item\":"));
    copy[strlen(copy) - 1] = '\0';
    for (char *s = copy; *s; s++)
        *s = *s == '"' ? '\'' : *s;
    return copy;
}

static void rules_1_2_and_7_around_the_answers(void **state)
{
    portal_answers_t *a = draft("{'linkId':'q','type':'string','text':'Q'}", *state);
    portal_response_meta_t meta = {.status = PORTAL_RESPONSE_AMENDED,
                                   .id = "r1",
                                   .language = "es",
                                   .subject = "Patient/1",
                                   .encounter = "Encounter/2",
                                   .authored = "2026-11-23T14:05:00Z",
                                   .author = "Patient/1",
                                   .source = "RelatedPerson/3"};

    answer(a, "q", PORTAL_VALUE_STRING, "x");
    assert_string_equal(
        portal_response_write(a, &meta),
        quoted(
            "{'resourceType':'QuestionnaireResponse','id':'r1','language':'es',"
            "'questionnaire':'http://x.example/q|1','status':'amended','subject':{"
            "'reference':'Patient/1'},'encounter':{'reference':'Encounter/2'},'authored':"
            "'2026-11-23T14:05:00Z','author':{'reference':'Patient/1'},'source':{"
            "'reference':'RelatedPerson/3'},'item':[{'linkId':'q','text':'Q','answer':[{"
            "'valueString':'x'}]}]}",
            *state));
    answer(a, "q", PORTAL_VALUE_STRING, NULL);
    assert_string_equal(
        portal_response_write(a, &bare),
        quoted("{'resourceType':'QuestionnaireResponse','language':'en',"
               "'questionnaire':'http://x.example/q|1','status':'completed'}",
               *state));
}

static void rules_3_and_4_texts_and_nesting(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'g','type':'group','prefix':'1.','text':'G','item':[{'linkId':'d',"
        "'type':'display','text':'words'},{'linkId':'q','type':'boolean','text':'Q',"
        "'item':[{'linkId':'u','type':'string','text':'U'}]}]}",
        *state);

    answer(a, "q", PORTAL_VALUE_BOOLEAN, "true");
    answer(a, "u", PORTAL_VALUE_STRING, "x");
    assert_string_equal(
        items_of(a),
        "[{'linkId':'g','text':'G','item':[{'linkId':'q','text':'Q','answer':"
        "[{'valueBoolean':true,'item':[{'linkId':'u','text':'U','answer':[{"
        "'valueString':'x'}]}]}]}]}]");
}

static void rule_3_text_as_shown(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'choice','text':'Q','_text':{'extension':[{'url':"
        "'http://hl7.org/fhir/StructureDefinition/translation','extension':[{'url':'lang'"
        ",'valueCode':'es'},{'url':'content','valueString':'Q espa'}]}]}," OPTIONS "}",
        *state);
    portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED, .language = "es"};

    choose(a, "q", 1);
    assert_non_null(
        strstr(portal_response_write(a, &meta),
               quoted("'text':'Q espa','answer':[{'valueCoding':{'system':'s',"
                      "'code':'a','display':'A espa'}}]",
                      *state)));
}

static void rule_5_repeats(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'string','text':'Q','repeats':true},{'linkId':'g','type':"
        "'group','text':'G','repeats':true,'item':[{'linkId':'n','type':'integer','text'"
        ":'N'}]}",
        *state);
    portal_value_t two = a_value(PORTAL_VALUE_INTEGER, "2");

    answer_more(a, "q", PORTAL_VALUE_STRING, "x");
    answer_more(a, "q", PORTAL_VALUE_STRING, "y");
    answer(a, "n", PORTAL_VALUE_INTEGER, "1");
    portal_group_add(a, node_of(a, "g"));
    portal_node_set(a, portal_node_at(portal_group_add(a, node_of(a, "g"))->nodes, 0),
                    &two);
    portal_enable_update(a);
    assert_string_equal(
        items_of(a),
        "[{'linkId':'q','text':'Q','answer':[{'valueString':'x'},{"
        "'valueString':'y'}]},{'linkId':'g','text':'G','item':[{'linkId':'n',"
        "'text':'N','answer':[{'valueInteger':1}]}]},{'linkId':'g','text':'G',"
        "'item':[{'linkId':'n','text':'N','answer':[{'valueInteger':2}]}]}]");
}

static void rule_6_values_by_type(void **state)
{
    static const struct {
        const char *item;
        portal_value_kind_t kind;
        const char *text, *written;
    } cases[] = {
        {"'type':'string'", PORTAL_VALUE_STRING, "a", "'valueString':'a'"},
        {"'type':'text'", PORTAL_VALUE_STRING, "a\nb", "'valueString':'a\\nb'"},
        {"'type':'boolean'", PORTAL_VALUE_BOOLEAN, "false", "'valueBoolean':false"},
        {"'type':'integer'", PORTAL_VALUE_INTEGER, "-5", "'valueInteger':-5"},
        {"'type':'decimal'", PORTAL_VALUE_DECIMAL, "28.00", "'valueDecimal':28.00"},
        {"'type':'decimal'", PORTAL_VALUE_DECIMAL, "28", "'valueDecimal':28"},
        {"'type':'date'", PORTAL_VALUE_DATE, "1985-03", "'valueDate':'1985-03'"},
        {"'type':'choice'," OPTIONS, PORTAL_VALUE_STRING, "b", "'valueString':'b'"},
        {"'type':'open-choice'," OPTIONS, PORTAL_VALUE_STRING, "own",
         "'valueString':'own'"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_answers_t *a = draft(
            apr_psprintf(*state, "{'linkId':'q','text':'Q',%s}", cases[i].item), *state);
        answer(a, "q", cases[i].kind, cases[i].text);
        assert_string_equal(items_of(a),
                            apr_psprintf(*state,
                                         "[{'linkId':'q','text':'Q','answer':[{%s}]}]",
                                         cases[i].written));
    }
}

static void rule_10_nothing_disabled_or_empty(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'q','type':'boolean','text':'Q'},{'linkId':'x','type':'string','text':"
        "'X','enableWhen':[{'question':'q','operator':'=','answerBoolean':true}]},"
        "{'linkId':'g','type':'group','text':'G','item':[{'linkId':'e','type':'string',"
        "'text':'E'}]},{'linkId':'n','type':'integer','text':'N'},{'linkId':'h','type':"
        "'string','text':'H','initial':[{'valueString':'hidden'}],'extension':[{'url':"
        "'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden','valueBoolean':"
        "true}]}",
        *state);

    answer(a, "q", PORTAL_VALUE_BOOLEAN, "false");
    answer(a, "x", PORTAL_VALUE_STRING, "never mind");
    portal_answer_at(node_of(a, "n")->answers, 0)->typed = "unusable";
    portal_answer_at(node_of(a, "n")->answers, 0)->error = "answer.error.integer";
    assert_string_equal(items_of(a),
                        "[{'linkId':'q','text':'Q','answer':[{'valueBoolean':false"
                        "}]},{'linkId':'h','text':'H','answer':[{'valueString':"
                        "'hidden'}]}]");
}

#define FORM                                                                             \
    "{'linkId':'q','type':'integer','text':'Q'},{'linkId':'g','type':'group','text':'G'" \
    ","                                                                                  \
    "'item':[{'linkId':'s','type':'string','text':'S'}]},{'linkId':'c','type':'choice'," \
    "'text':'C'," OPTIONS                                                                \
    "},{'linkId':'p','type':'boolean','text':'P','item':[{'linkId':"                     \
    "'u','type':'string','text':'U'}]},{'linkId':'off','type':'string','text':'O',"      \
    "'enableWhen':[{'question':'q','operator':'=','answerInteger':1}]}"

#define CHOSEN(display)                                                                  \
    "'status':'completed','item':[{'linkId':'c','answer':[{'valueCoding':{'system':'s'," \
    "'code':'a'," display "}}]}]"

/* What stands in a response, and the rule that it breaks; 0: none. */
static const struct {
    const char *members;
    int rule;
} responses[] = {
    {"'status':'completed','item':[{'linkId':'q','answer':[{'valueInteger':5}]}]", 0},
    {"'status':'completed','questionnaire':'http://x.example/q|1'", 0},
    {"'status':'completed','questionnaire':'http://x.example/q'", 0},
    {"'authored':'2026-01-01'", 1},
    {"'status':'done'", 1},
    {"'status':'completed','colour':'red'", 1},
    {"'status':'completed','item':[]", 1},
    {"'status':'completed','item':[{'linkId':'q','answer':[]}]", 1},
    {"'status':'completed','questionnaire':{'reference':'Questionnaire/1'}", 2},
    {"'status':'completed','questionnaire':'http://y.example/q|1'", 2},
    {"'status':'completed','questionnaire':'http://x.example/q|2'", 2},
    {"'status':'completed','item':[{'linkId':'c','answer':[{'valueString':'b'}]},{'"
     "linkId':"
     "'q','answer':[{'valueInteger':5}]}]",
     2},
    {"'status':'completed','item':[{'linkId':'zzz'}]", 3},
    {"'status':'completed','item':[{'text':'Q'}]", 3},
    {"'status':'completed','item':[{'linkId':'s','answer':[{'valueString':'x'}]}]", 3},
    {"'status':'completed','item':[{'linkId':'g','answer':[{'valueString':'x'}]}]", 4},
    {"'status':'completed','item':[{'linkId':'p','answer':[{'valueBoolean':true}],'item':"
     "[{"
     "'linkId':'u','answer':[{'valueString':'x'}]}]}]",
     4},
    {"'status':'completed','item':[{'linkId':'p','answer':[{'valueBoolean':true,'item':[{"
     "'linkId':'u','answer':[{'valueString':'x'}]}]}]}]",
     0},
    {"'status':'completed','item':[{'linkId':'q','answer':[{'valueInteger':5}]},{'linkId'"
     ":'q'"
     ",'answer':[{'valueInteger':6}]}]",
     5},
    {"'status':'completed','item':[{'linkId':'q','answer':[{'valueInteger':5,'"
     "valueString':"
     "'5'}]}]",
     6},
    {"'status':'completed','item':[{'linkId':'q','answer':[{'valueString':'5'}]}]", 6},
    {"'status':'completed','item':[{'linkId':'q','answer':[{'valueInteger':5.5}]}]", 6},
    {"'status':'completed','item':[{'linkId':'q','answer':[{}]}]", 6},
    {"'status':'completed','authored':'yesterday'", 7},
    {"'status':'completed','item':[{'linkId':'off','answer':[{'valueString':'x'}]}]", 10},
    {"'status':'in-progress','item':[{'linkId':'off','answer':[{'valueString':'x'}]}]",
     0},
    {CHOSEN("'display':'A'"), 0},
    {CHOSEN("'display':'A espa'"), 0},
    {CHOSEN("'id':'x'"), 0},
    {CHOSEN("'display':'B'"), 17},
};

static void rules_are_found_in_what_is_read(void **state)
{
    portal_form_t *form = with_items(FORM, *state);

    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++) {
        const char *text = quoted(apr_pstrcat(*state,
                                              "{'resourceType':"
                                              "'QuestionnaireResponse',",
                                              responses[i].members, "}", NULL),
                                  *state);
        portal_response_t r;
        assert_int_equal(portal_response_read(&r, form, text, strlen(text), *state),
                         APR_SUCCESS);
        if ((responses[i].rule == 0) != (r.faults->nelts == 0))
            print_message("# %s\n", responses[i].members);
        assert_int_equal(responses[i].rule == 0, r.faults->nelts == 0);
        if (r.faults->nelts)
            assert_int_equal(APR_ARRAY_IDX(r.faults, 0, portal_response_fault_t).rule,
                             responses[i].rule);
        assert_int_equal(r.complete, strstr(responses[i].members, "'completed'") != NULL);
    }
}

static void what_is_written_is_read_again(void **state)
{
    portal_answers_t *a = draft(
        FORM ",{'linkId':'r','type':'group','repeats':true,'text':'R','item':[{'linkId':"
             "'n','type':'decimal','text':'N','repeats':true}]}",
        *state);
    const char *text;
    portal_response_t r;
    portal_node_t *second = portal_group_add(a, node_of(a, "r"));

    answer(a, "q", PORTAL_VALUE_INTEGER, "1");
    answer(a, "s", PORTAL_VALUE_STRING, "caf\xC3\xA9 \"quoted\" \\ / 1.10");
    choose(a, "c", 1);
    answer(a, "off", PORTAL_VALUE_STRING, "on");
    answer_more(a, "n", PORTAL_VALUE_DECIMAL, "1.10");
    answer_more(a, "n", PORTAL_VALUE_DECIMAL, "2");
    portal_node_add(a, portal_node_at(second->nodes, 0))->value =
        a_value(PORTAL_VALUE_DECIMAL, "-0.50");
    text = portal_response_write(a, &bare);
    assert_int_equal(portal_response_read(&r, a->form, text, strlen(text), *state),
                     APR_SUCCESS);
    assert_int_equal(r.faults->nelts, 0);
    assert_int_equal(portal_answers_check_all(r.answers, PORTAL_CHECK_COMPLETE)->nelts,
                     0);
    assert_string_equal(portal_response_write(r.answers, &bare), text);
}

static void what_is_no_response(void **state)
{
    portal_form_t *form = with_items(FORM, *state);
    portal_response_t r;

    assert_int_equal(portal_response_read(&r, form, "{", 1, *state), APR_EINVAL);
    assert_int_equal(portal_response_read(&r, form, "[]", 2, *state), APR_EINVAL);
    assert_null(r.answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(rules_1_2_and_7_around_the_answers),
        pool_test(rules_3_and_4_texts_and_nesting),
        pool_test(rule_3_text_as_shown),
        pool_test(rule_5_repeats),
        pool_test(rule_6_values_by_type),
        pool_test(rule_10_nothing_disabled_or_empty),
        pool_test(rules_are_found_in_what_is_read),
        pool_test(what_is_written_is_read_again),
        pool_test(what_is_no_response),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

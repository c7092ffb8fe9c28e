/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/form_load: each fault that real forms have is found and named. */
#include "form_help.h"

#include <apr_file_io.h>
#include <unistd.h>

#define CODING(c) "{'valueCoding':{'system':'s','code':'" c "','display':'" c "!'}}"
#define EXT(name, value)                                                                 \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/" name "'," value "}]"
#define SDC(name) EXT("sdc-questionnaire-" name, "'valueExpression':{'expression':'x'}")

static void everything_missing_is_filled_in(void **state)
{
    apr_array_header_t *faults = no_faults(*state), *more = no_faults(*state);
    const char *text =
        quoted("{'resourceType':'Questionnaire','item':[{'linkId':'1','type':"
               "'string','text':'Q'}]}",
               *state);
    portal_form_t *f = load_text(text, faults, *state), *same, *other;

    assert_non_null(f);
    assert_string_equal(f->name, "test");
    assert_string_equal(f->title.plain, "test");
    assert_string_equal(f->status, "active");
    assert_string_equal(f->language, "en");
    assert_string_equal(f->version, f->hash);
    assert_int_equal(strlen(f->hash), 64);
    assert_int_equal(strncmp(f->url, "urn:uuid:", 9), 0);
    assert_int_equal(strlen(f->url), 45);
    assert_non_null(fault_of(faults, "no-url", NULL));
    assert_non_null(fault_of(faults, "no-version", NULL));
    assert_non_null(fault_of(faults, "no-title", NULL));
    assert_non_null(fault_of(faults, "no-status", NULL));
    same = load_text(apr_pstrcat(*state, text, " ", NULL), more, *state);
    assert_string_equal(same->url, f->url);
    assert_string_not_equal(same->hash, f->hash);
    assert_int_equal(
        portal_form_load(&other, "other.json", text, strlen(text), more, *state),
        APR_SUCCESS);
    assert_string_not_equal(other->url, f->url);
}

static void what_is_no_questionnaire(void **state)
{
    static const struct {
        const char *text, *code;
    } cases[] = {
        {"", "not-json"},
        {"{", "not-json"},
        {"\xFF\xFE", "not-json"},
        {"{\"a\":\"\xC3\"}", "not-json"},
        {"[]", "not-a-questionnaire"},
        {"{\"resourceType\":\"ValueSet\"}", "not-a-questionnaire"},
        {"{\"resourceType\":7}", "not-a-questionnaire"},
        {"{\"resourceType\":\"Questionnaire\"}", "no-items"},
        {"{\"resourceType\":\"Questionnaire\",\"item\":{}}", "no-items"},
        {"{\"resourceType\":\"Questionnaire\",\"item\":[]}", "no-items"},
        {"{\"resourceType\":\"Questionnaire\",\"item\":[7]}", "item-not-an-object"},
        {"{\"resourceType\":\"Questionnaire\",\"item\":[null]}", "item-not-an-object"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        apr_array_header_t *faults = no_faults(*state);
        assert_null(load_text(cases[i].text, faults, *state));
        assert_int_equal(fault_of(faults, cases[i].code, NULL)->severity,
                         PORTAL_FAULT_REFUSE);
    }
}

/* One item or more, and the fault that must be found at linkId 1. */
static const struct {
    const char *items, *code;
    portal_fault_severity_t severity;
} item_faults[] = {
    {"{'linkId':'1','type':'string','text':'a'},{'linkId':'1','type':'string','text':'b'"
     "}",
     "duplicate-link-id", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','text':'a'}", "no-type", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','text':'a','type':'question'}", "bad-type", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string'}", "no-text", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','required':'true'}", "flag-as-string",
     PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','required':'yes'}", "bad-flag",
     PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','repeats':1}", "bad-flag",
     PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableWhen':{'question':'2','operator':"
     "'exists','answerBoolean':true}},{'linkId':'2','type':'string','text':'b'}",
     "enable-when-not-a-list", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableWhen':[{'question':'none','"
     "operator':"
     "'exists','answerBoolean':true}]}",
     "condition-nowhere", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableWhen':[{'question':'g','operator':"
     "'exists','answerBoolean':true}]},{'linkId':'g','type':'group','text':'g'}",
     "condition-no-question", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableWhen':[{'question':'2'}]}",
     "bad-enable-when", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableWhen':[{'question':'2','operator':'"
     "~',"
     "'answerInteger':1}]}",
     "bad-enable-when", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableWhen':[{'question':'2','operator':'"
     "='}"
     "]},{'linkId':'2','type':'string','text':'b'}",
     "bad-enable-when-answer", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','enableBehavior':'some','enableWhen':[{"
     "'question':'2','operator':'exists','answerBoolean':true}]},{'linkId':'2','type':"
     "'string','text':'b'}",
     "bad-enable-behavior", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','initial':{'valueString':'x'}}",
     "initial-not-a-list", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','initial':[{'valueFoo':'x'}]}",
     "bad-initial", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','initial':[{'valueInteger':1}]}",
     "initial-unusable", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','initial':[{'valueString':'x'},{"
     "'valueString':'y'}]}",
     "initial-too-many", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'choice','text':'a','required':true}",
     "choice-without-options", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'choice','text':'a'},{'linkId':'2','type':'string','text':'b'"
     "}",
     "choice-without-options", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'open-choice','text':'a'}", "choice-without-options",
     PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'choice','text':'a','answerOption':{}}", "options-not-a-list",
     PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'choice','text':'a','answerOption':[{}]}", "bad-option",
     PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'choice','text':'a','answerOption':[" CODING("x") "," CODING(
         "x") "]}",
     "duplicate-option", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','answerOption':[{'valueString':'x'}]}",
     "options-on-type", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'choice','text':'a','option':[{'valueString':'x'}]}",
     "older-fhir", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'choice','text':'a','required':true,'answerValueSet':"
     "'http://x/vs'}",
     "value-set-missing", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'choice','text':'a','answerValueSet':'http://x/vs'}",
     "value-set-missing", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'choice','text':'a','answerValueSet':'http://x/vs'},{'linkId':"
     "'2','type':'string','text':'b','enableWhen':[{'question':'1','operator':'exists',"
     "'answerBoolean':true}]}",
     "value-set-missing", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'choice','text':'a','answerValueSet':'http://x/vs'},{'linkId':"
     "'2','type':'string','text':'b','enableWhen':[{'question':'1','operator':'=',"
     "'answerCoding':{'system':'s','code':'c'}}]}",
     "value-set-missing", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'reference','text':'a','required':true}", "reference-in-words",
     PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'reference','text':'a'},{'linkId':'2','type':'string','text':"
     "'b','enableWhen':[{'question':'1','operator':'=','answerReference':{'reference':"
     "'Organization/1'}}]}",
     "not-supported", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'<b>bold</b>'}", "html-in-text",
     PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'display','text':'a','required':true},{'linkId':'2','type':"
     "'string','text':'b'}",
     "required-display", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'display','text':'a','item':[{'linkId':'2','type':'string',"
     "'text':'b'}]}",
     "display-with-items", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'group','text':'a'},{'linkId':'2','type':'string','text':'b'}",
     "empty-group", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'group','text':'a','item':{}}", "items-not-a-list",
     PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'boolean','text':'a','repeats':true}", "repeating-boolean",
     PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'boolean','text':'a','required':true}", "required-boolean",
     PORTAL_FAULT_INFO},
    {"{'linkId':'1','type':'string','text':'a','maxLength':'9'}", "bad-max-length",
     PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a'," EXT("regex", "'valueString':'('") "}",
     "bad-regex", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a'," EXT("minValue", "'valueInteger':3") "}",
     "bad-limit", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a'," EXT("questionnaire-minOccurs",
                                                     "'valueInteger':2") "}",
     "min-occurs-without-repeats", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a','readOnly':true,'required':true},{'linkId'"
     ":"
     "'2','type':'string','text':'b'}",
     "required-but-closed", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'string','text':'a','modifierExtension':[{'url':'http://x/"
     "y'}]}",
     "modifier-extension", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a'," SDC("initialExpression") "}", "ignored",
     PORTAL_FAULT_INFO},
    {"{'linkId':'1','type':'string','text':'a'," SDC("enableWhenExpression") "}",
     "not-supported", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a'," SDC("answerExpression") "}",
     "not-supported", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'string','text':'a'," SDC("subQuestionnaire") "}",
     "not-supported", PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'attachment','text':'a','required':true}", "not-supported",
     PORTAL_FAULT_REFUSE},
    {"{'linkId':'1','type':'attachment','text':'a'},{'linkId':'2','type':'string','text':"
     "'b'}",
     "not-supported", PORTAL_FAULT_WARN},
    {"{'linkId':'1','type':'attachment','text':'a'},{'linkId':'2','type':'string','text':"
     "'"
     "b',"
     "'enableWhen':[{'question':'1','operator':'exists','answerBoolean':true}]}",
     "not-supported", PORTAL_FAULT_REFUSE},
};

static void each_fault_of_an_item_is_named(void **state)
{
    for (size_t i = 0; i < sizeof item_faults / sizeof *item_faults; i++) {
        apr_array_header_t *faults = no_faults(*state);
        portal_form_t *form = try_items(item_faults[i].items, faults, *state);
        const portal_form_fault_t *f = fault_of(faults, item_faults[i].code, "1");
        if (!f)
            print_message("# no %s in %s\n", item_faults[i].code, item_faults[i].items);
        assert_non_null(f);
        assert_int_equal(f->severity, item_faults[i].severity);
        assert_int_equal(f->text[strlen(f->text) - 1], '.');
        assert_int_equal(form == NULL, f->severity == PORTAL_FAULT_REFUSE);
    }
}

#define LIMIT(name, value)                                                               \
    "{'url':'http://hl7.org/fhir/StructureDefinition/" name "'," value "}"
#define MEASURE(name, value, code)                                                       \
    LIMIT(name, "'valueQuantity':{'value':" value                                        \
                ",'system':'http://unitsofmeasure.org','code':'" code "'}")
#define IN_CM                                                                            \
    LIMIT("questionnaire-unitOption",                                                    \
          "'valueCoding':{'system':'http://unitsofmeasure.org','code':'cm'}")

/* Limits that no answer could meet would close the question for good. */
static void limits_that_no_answer_meets(void **state)
{
    static const struct {
        const char *type, *limits;
        bool least, most; /* whether they are kept */
    } cases[] = {
        {"integer",
         LIMIT("minValue", "'valueInteger':9") "," LIMIT("maxValue", "'valueInteger':2"),
         false, true},
        {"integer",
         LIMIT("minValue", "'valueInteger':9") "," LIMIT("maxValue", "'valueInteger':9"),
         true, true},
        {"date",
         LIMIT("minValue", "'valueDate':'2021'") "," LIMIT("maxValue",
                                                           "'valueDate':'2020-06'"),
         false, true},
        {"date",
         LIMIT("minValue", "'valueDate':'2020-07'") "," LIMIT("maxValue",
                                                              "'valueDate':'2020'"),
         true, true},
        {"quantity",
         IN_CM "," MEASURE("sdc-questionnaire-minQuantity", "1",
                           "m") "," MEASURE("sdc-questionnaire-maxQuantity", "99", "cm"),
         false, true},
        {"quantity",
         IN_CM "," MEASURE("sdc-questionnaire-minQuantity", "1",
                           "m") "," MEASURE("sdc-questionnaire-maxQuantity", "4", "s"),
         true, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        apr_array_header_t *faults = no_faults(*state);
        const portal_form_t *f = try_items(
            apr_psprintf(*state, "{'linkId':'1','type':'%s','text':'a','extension':[%s]}",
                         cases[i].type, cases[i].limits),
            faults, *state);
        const portal_item_t *item = portal_form_item(f, "1");

        assert_int_equal(item->min_value.kind != PORTAL_VALUE_NONE, cases[i].least);
        assert_int_equal(item->max_value.kind != PORTAL_VALUE_NONE, cases[i].most);
        if (!cases[i].least || !cases[i].most)
            assert_int_equal(fault_of(faults, "bad-limit", "1")->severity,
                             PORTAL_FAULT_WARN);
    }
}

/* A first answer that is refused when it is left as it is, or sent where nobody sees it. */
static void first_values_that_break_the_limits(void **state)
{
#define OPTION(code, more)                                                               \
    "{'valueCoding':{'system':'s','code':'" code "'},'initialSelected':true" more "}"
    static const struct {
        const char *item, *code;
        int kept;
    } cases[] = {
        {"'type':'string','maxLength':3,'initial':[{'valueString':'abcd'}]",
         "initial-unusable", 0},
        {"'type':'string','maxLength':3,'initial':[{'valueString':'\xC3\xA9\xC3\xA9\xC3"
         "\xA9'}]",
         NULL, 1},
        {"'type':'integer','initial':[{'valueInteger':9}],'extension':[" LIMIT(
             "maxValue", "'valueInteger':8") "]",
         "initial-unusable", 0},
        {"'type':'integer','initial':[{'valueInteger':9}],'extension':[" LIMIT(
             "maxValue", "'valueInteger':9") "]",
         NULL, 1},
        {"'type':'string','repeats':true,'initial':[{'valueString':'a'},{'valueString':"
         "'b'}],'extension':[" LIMIT("questionnaire-maxOccurs", "'valueInteger':1") "]",
         "initial-too-many", 1},
        {"'type':'choice','repeats':true,'answerOption':[" OPTION("a", "") "," OPTION(
             "b", ",'extension':[" LIMIT("questionnaire-optionExclusive",
                                         "'valueBoolean':true") "]") "]",
         "initial-unusable", 1},
        {"'type':'choice','answerOption':[" OPTION("agree", "") "],'extension':[" LIMIT(
             "questionnaire-signatureRequired",
             "'valueCodeableConcept':{'coding':[{'code':'1.2.840.10065.1.12.1.7'}]}") "]",
         "initial-consent", 0},
    };
#undef OPTION

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        apr_array_header_t *faults = no_faults(*state);
        const portal_form_t *f =
            try_items(apr_psprintf(*state, "{'linkId':'1','text':'a',%s}", cases[i].item),
                      faults, *state);

        assert_int_equal(portal_form_item(f, "1")->initial->nelts, cases[i].kept);
        if (cases[i].code)
            assert_non_null(fault_of(faults, cases[i].code, "1"));
    }
}

static void items_without_link_id(void **state)
{
    apr_array_header_t *faults = no_faults(*state);

    assert_null(try_items("{'type':'string','text':'Where?'}", faults, *state));
    assert_non_null(strstr(fault_of(faults, "no-link-id", NULL)->text, "Where?"));
}

/* Rule of degrading: an optional score that is shown on an expression is no question. */
static void a_score_is_left_out(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    portal_form_t *f = try_items(
        "{'linkId':'1','type':'integer','text':'Score','extension':["
        "{'url':'http://x/sdc-questionnaire-enableWhenExpression','valueExpression':{}},"
        "{'url':'http://x/"
        "sdc-questionnaire-calculatedExpression','valueExpression':{}}]},"
        "{'linkId':'2','type':'string','text':'b'}",
        faults, *state);

    assert_non_null(fault_of(faults, "score-left-out", "1"));
    assert_true(portal_form_item(f, "1")->unsupported);
}

static void a_form_of_what_cannot_be_asked_is_refused(void **state)
{
    apr_array_header_t *faults = no_faults(*state);

    assert_null(
        try_items("{'linkId':'1','type':'attachment','text':'a'}", faults, *state));
    assert_non_null(fault_of(faults, "nothing-to-ask", NULL));
    faults = no_faults(*state);
    assert_null(
        try_items("{'linkId':'1','type':'attachment','text':'a'},{'linkId':'2','type':"
                  "'attachment','text':'b'},{'linkId':'3','type':'string','text':'c'}",
                  faults, *state));
    assert_non_null(fault_of(faults, "mostly-left-out", NULL));
}

static void limits_of_size(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    char *big = apr_palloc(*state, PORTAL_FORM_MAX_BYTES + 2);
    const char *deep = "{'linkId':'x','type':'group','text':'x'}";
    char *many = apr_pstrdup(*state, "");

    memset(big, ' ', PORTAL_FORM_MAX_BYTES + 1);
    big[PORTAL_FORM_MAX_BYTES + 1] = '\0';
    assert_null(load_text(big, faults, *state));
    assert_non_null(fault_of(faults, "too-large", NULL));
    for (int i = 0; i < PORTAL_FORM_MAX_DEPTH; i++)
        deep = apr_psprintf(
            *state, "{'linkId':'%d','type':'group','text':'x','item':[%s]}", i, deep);
    assert_null(try_items(deep, faults, *state));
    assert_non_null(fault_of(faults, "too-deep", NULL));
    many = apr_palloc(*state, (PORTAL_FORM_MAX_ITEMS + 1) * 60);
    *many = '\0';
    for (int i = 0, at = 0; i <= PORTAL_FORM_MAX_ITEMS; i++)
        at += sprintf(many + at, "%s{'linkId':'%d','type':'string','text':'x'}",
                      i ? "," : "", i);
    assert_null(try_items(many, faults, *state));
    assert_non_null(fault_of(faults, "too-many-items", NULL));
}

static void a_long_chain_of_conditions_is_refused(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    char *items = apr_palloc(*state, 400 * 160);
    int at = sprintf(items, "{'linkId':'0','type':'boolean','text':'x'}");

    for (int i = 399; i > 0; i--)
        at += sprintf(
            items + at,
            ",{'linkId':'%d','type':'boolean','text':'x','enableWhen':[{'question':"
            "'%d','operator':'=','answerBoolean':true}]}",
            i, i - 1);
    assert_null(try_items(items, faults, *state));
    assert_non_null(fault_of(faults, "condition-chain", NULL));
}

static void contained_value_sets_become_options(void **state)
{
    apr_array_header_t *faults = no_faults(*state);
    portal_form_t *f = load_text(
        quoted(
            "{'resourceType':'Questionnaire','contained':[{'resourceType':'ValueSet','id'"
            ":"
            "'yn','compose':{'include':[{'system':'s','concept':[{'code':'y','display':"
            "'Yes'},{'code':'n'}]}]}},{'resourceType':'ValueSet','id':'all','compose':{"
            "'include':[{'system':'s'}]}}],'item':[{'linkId':'1','type':'choice','text':"
            "'a','answerValueSet':'#yn'},{'linkId':'2','type':'choice','text':'b',"
            "'answerValueSet':'#all'}]}",
            *state),
        faults, *state);
    const portal_item_t *item = portal_form_item(f, "1");
    const portal_option_t *o = (const portal_option_t *)item->options->elts;

    assert_int_equal(item->options->nelts, 2);
    assert_string_equal(o[0].text.plain, "Yes");
    assert_string_equal(o[1].text.plain, "n");
    assert_string_equal(o[1].value.system, "s");
    assert_non_null(fault_of(faults, "value-set-missing", "2"));
    assert_false(portal_form_item(f, "2")->unsupported);
}

static void translations_are_read(void **state)
{
#define ES(t)                                                                            \
    "{'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/translation',"        \
    "'extension':[{'url':'lang','valueCode':'es'},{'url':'content','valueString':'" t    \
    "'}]}]}"
    portal_form_t *f = with_items(
        "{'linkId':'1','type':'choice','text':'Color','_text':" ES(
            "Color en español") ","
                                "'answerOption':[{'valueCoding':{'code':'r','display':'"
                                "Red','_display':" ES(
                                    "Rojo") "}}"
                                            ",{'valueString':'Blue','_valueString':" ES(
                                                "Azul") "}]}",
        *state);
    const portal_item_t *item = portal_form_item(f, "1");
    const portal_option_t *o = (const portal_option_t *)item->options->elts;

    assert_string_equal(portal_text_in(&item->text, "es-MX"), "Color en español");
    assert_string_equal(portal_text_in(&item->text, "en"), "Color");
    assert_string_equal(portal_text_in(&item->text, NULL), "Color");
    assert_string_equal(portal_text_in(&o[0].text, "es"), "Rojo");
    assert_string_equal(portal_text_in(&o[1].text, "ES"), "Azul");
    assert_string_equal(portal_text_in(&o[1].text, "est"), "Blue");
    assert_int_equal(f->languages->nelts, 2);
}

static void put_file(const char *dir, const char *name, const char *text, apr_pool_t *p)
{
    FILE *file = fopen(apr_pstrcat(p, dir, "/", name, NULL), "wb");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_folder_is_read_file_by_file(void **state)
{
    static const char form[] =
        "{\"resourceType\":\"Questionnaire\",\"url\":\"http://x/q\","
        "\"version\":\"1\",\"item\":[{\"linkId\":\"1\",\"type\":"
        "\"string\",\"text\":\"a\"}]}";
    char dir[] = "/tmp/portal-forms-XXXXXX";
    static const char *const names[] = {"a.json", "b.json", "c.json", "d.json", "e.txt"};
    apr_array_header_t *files;
    const portal_form_file_t *f;

    assert_non_null(mkdtemp(dir));
    put_file(dir, "a.json", form, *state);
    put_file(dir, "b.json", form, *state);
    put_file(dir, "c.json", "{\"resourceType\":\"ValueSet\"}", *state);
    put_file(dir, "d.json", "{", *state);
    put_file(dir, "e.txt", form, *state);
    assert_int_equal(portal_forms_load_dir(&files, dir, *state), APR_SUCCESS);
    f = (const portal_form_file_t *)files->elts;
    assert_int_equal(files->nelts, 4);
    assert_non_null(f[0].form);
    assert_string_equal(f[0].form->name, "a");
    assert_null(f[1].form);
    assert_non_null(fault_of(f[1].faults, "double-form", NULL));
    assert_true(f[2].skipped);
    assert_false(f[3].skipped);
    assert_non_null(fault_of(f[3].faults, "not-json", NULL));
    for (int i = 0; i < 5; i++)
        unlink(apr_pstrcat(*state, dir, "/", names[i], NULL));
    rmdir(dir);
    assert_int_not_equal(portal_forms_load_dir(&files, dir, *state), APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(everything_missing_is_filled_in),
        pool_test(what_is_no_questionnaire),
        pool_test(each_fault_of_an_item_is_named),
        pool_test(limits_that_no_answer_meets),
        pool_test(first_values_that_break_the_limits),
        pool_test(items_without_link_id),
        pool_test(a_score_is_left_out),
        pool_test(a_form_of_what_cannot_be_asked_is_refused),
        pool_test(limits_of_size),
        pool_test(a_long_chain_of_conditions_is_refused),
        pool_test(contained_value_sets_become_options),
        pool_test(translations_are_read),
        pool_test(a_folder_is_read_file_by_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the types of answers beyond words and whole numbers: what is typed, what
 * becomes of it, and how it is shown again: times, dates with times, addresses, quantities,
 * scales. */
#include "form_help.h"

#include <time.h>

#include "core/answers_take.h"
#include "core/form_view.h"
#include "core/response.h"

#define EXT(name, value)                                                                 \
    "{'url':'http://hl7.org/fhir/StructureDefinition/" name "'," value "}"
#define KG                                                                               \
    EXT("questionnaire-unitOption",                                                      \
        "'valueCoding':{'system':'http://unitsofmeasure.org','code':'kg',"               \
        "'display':'kilograms'}")
#define LB                                                                               \
    EXT("questionnaire-unitOption",                                                      \
        "'valueCoding':{'system':'http://unitsofmeasure.org','code':'[lb_av]',"          \
        "'display':'pounds'}")
#define CM                                                                               \
    EXT("questionnaire-unitOption",                                                      \
        "'valueCoding':{'system':'http://unitsofmeasure.org','code':'cm',"               \
        "'display':'centimetres'}")

static apr_pool_t *posted_in;

/* Fields as name, value, name, value …, NULL. */
static const apr_array_header_t *fields(void *baton, const char *name)
{
    apr_array_header_t *list = NULL;

    for (const char **f = baton; *f; f += 2) {
        if (strcmp(*f, name) != 0)
            continue;
        if (!list)
            list = apr_array_make(posted_in, 2, sizeof(const char *));
        APR_ARRAY_PUSH(list, const char *) = f[1];
    }
    return list;
}

static const portal_given_t *post(portal_answers_t *a, const char **posted)
{
    posted_in = a->pool;
    portal_answers_take(a, portal_page_at(a->form->pages, 1), fields, posted);
    return portal_answer_at(portal_answers_by_name(a, "a.1")->answers, 0);
}

static portal_answers_t *one(const char *type, const char *more, apr_pool_t *p)
{
    const char *item = apr_psprintf(
        p, "{'linkId':'q','type':'%s','text':'Q','extension':[%s]}", type, more);

    return portal_answers_new(with_items(item, p), p);
}

static json_t *shown(const portal_answers_t *a)
{
    apr_array_header_t *pages = a->form->pages;
    json_t *view = portal_form_page_view(a, pages, portal_page_at(pages, 1), NULL, "en"),
           *node = json_incref(json_array_get(json_object_get(view, "nodes"), 0));

    json_decref(view);
    return node;
}

static const char *member(const json_t *node, const char *name, const char *below)
{
    const json_t *json = json_object_get(node, name);

    if (below)
        json = json_object_get(json, below);
    return json_is_string(json) ? json_string_value(json) : NULL;
}

static void one_box(void **state)
{
    static const struct {
        const char *type, *typed, *text, *error;
    } cases[] = {
        {"time", "14:30", "14:30:00", NULL},
        {"time", "9:05:07", "09:05:07", NULL},
        {"time", "2:30 pm", "14:30:00", NULL},
        {"time", "12 a.m.", "00:00:00", NULL},
        {"time", "12:15PM", "12:15:00", NULL},
        {"time", "14", NULL, "answer.error.time"},
        {"time", "24:00", NULL, "answer.error.time"},
        {"time", "13:00 pm", NULL, "answer.error.time"},
        {"time", "9:75", NULL, "answer.error.time"},
        {"time", "soon", NULL, "answer.error.time"},
        {"url", "https://www.example.org/a?b", "https://www.example.org/a?b", NULL},
        {"url", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
         "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", NULL},
        {"url", "urn:uuid:C757873D", NULL, "answer.error.url"},
        {"url", "www.example.org", NULL, "answer.error.url"},
        {"url", "https://", NULL, "answer.error.url"},
        {"url", "https://a b", NULL, "answer.error.url"},
        {"dateTime", "2026-03-04", "2026-03-04", NULL},
        {"dateTime", "2026-03-04T10:00:00Z", "2026-03-04T10:00:00Z", NULL},
        {"dateTime", "2026-02-30 10:00", NULL, "answer.error.date"},
        {"dateTime", "2026-03 10:00", NULL, "answer.error.date_full"},
        {"dateTime", "2026-03-04 late", NULL, "answer.error.time"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_answers_t *a = one(cases[i].type, "", *state);
        const char *posted[] = {"a.1", cases[i].typed, NULL};
        const portal_given_t *got = post(a, posted);
        if (cases[i].text)
            assert_string_equal(got->value.text, cases[i].text);
        else
            assert_string_equal(got->error, cases[i].error);
        assert_int_equal(got->value.kind == PORTAL_VALUE_NONE, cases[i].error != NULL);
    }
}

static void a_time_of_a_date_has_the_servers_zone(void **state)
{
    portal_answers_t *a = one("dateTime", "", *state);
    const char *posted[] = {"a.1.day", "4",        "a.1.month", "7", "a.1.year",
                            "2026",    "a.1.time", "2:30 pm",   NULL};
    json_t *node;

    setenv("TZ", "America/New_York", 1);
    tzset();
    assert_string_equal(post(a, posted)->value.text, "2026-07-04T14:30:00-04:00");
    node = shown(a);
    assert_string_equal(member(node, "day", "value"), "04");
    assert_string_equal(member(node, "time", "value"), "14:30");
    json_decref(node);
    posted[3] = "1";
    assert_string_equal(post(a, posted)->value.text, "2026-01-04T14:30:00-05:00");
    unsetenv("TZ");
    tzset();
}

static void boxes_that_do_not_go_together_are_kept(void **state)
{
    portal_answers_t *a = one("dateTime", "", *state);
    const char *posted[] = {"a.1.day", "31",       "a.1.month", "2", "a.1.year",
                            "2026",    "a.1.time", "noon",      NULL};
    json_t *node;

    assert_string_equal(post(a, posted)->error, "answer.error.date");
    node = shown(a);
    assert_string_equal(member(node, "day", "value"), "31");
    assert_string_equal(member(node, "year", "value"), "2026");
    assert_string_equal(member(node, "time", "value"), "noon");
    json_decref(node);
    posted[1] = posted[3] = posted[5] = "";
    assert_string_equal(post(a, posted)->error, "answer.error.date");
    posted[7] = "";
    assert_null(post(a, posted)->error);
}

static void quantities(void **state)
{
    static const struct {
        const char *units, *number, *unit, *text, *code, *error;
    } cases[] = {
        {KG "," LB, "70.50", "kilograms", "70.50", "kg", NULL},
        {KG "," LB, "70", "[lb_av]", "70", "[lb_av]", NULL},
        {KG "," LB, "70", "POUNDS", "70", "[lb_av]", NULL},
        {KG "," LB, "70", "", NULL, NULL, "answer.error.unit"},
        {KG "," LB, "70", "stone", NULL, NULL, "answer.error.unit"},
        {KG "," LB, "heavy", "kilograms", NULL, NULL, "answer.error.decimal"},
        {KG "," LB, "", "kilograms", NULL, NULL, NULL},
        {KG, "70 kg", NULL, "70", "kg", NULL},
        {KG, "70", NULL, "70", "kg", NULL},
        {"", "3", "drops", "3", NULL, NULL},
        {"", "3", "", "3", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_answers_t *a = one("quantity", cases[i].units, *state);
        const char *posted[] = {"a.1", cases[i].number, cases[i].unit ? "a.1.unit" : NULL,
                                cases[i].unit, NULL};
        const portal_given_t *got = post(a, posted);
        if (cases[i].error)
            assert_string_equal(got->error, cases[i].error);
        else
            assert_null(got->error);
        assert_int_equal(got->value.kind == PORTAL_VALUE_NONE, cases[i].text == NULL);
        if (cases[i].text)
            assert_string_equal(got->value.text, cases[i].text);
        if (cases[i].code)
            assert_string_equal(got->value.code, cases[i].code);
    }
}

static void a_quantity_is_shown_as_it_was_typed(void **state)
{
    portal_answers_t *a = one("quantity", KG "," LB, *state);
    const char *posted[] = {"a.1", "1,5", "a.1.unit", "pounds", NULL};
    json_t *node, *units;

    post(a, posted);
    node = shown(a);
    units = json_object_get(json_object_get(node, "unit"), "units");
    assert_string_equal(member(node, "value", NULL), "1,5");
    assert_false(json_is_true(json_object_get(json_array_get(units, 0), "checked")));
    assert_true(json_is_true(json_object_get(json_array_get(units, 1), "checked")));
    json_decref(node);
}

static void limits_of_quantities_and_times(void **state)
{
    const char *limits = "{'url':'http://hl7.org/fhir/uv/sdc/StructureDefinition/"
                         "sdc-questionnaire-minQuantity','valueQuantity':{'value':30,"
                         "'unit':'kg','system':'http://unitsofmeasure.org','code':'kg'}}";
    portal_answers_t *a = one("quantity", limits, *state);
    const char *posted[] = {"a.1", "29.9", NULL};

    /* its unit is that of its limit */
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "t:answer.error.min_value");
    posted[1] = "30.0";
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "");
    a = one("quantity", apr_pstrcat(*state, limits, ",", KG, ",", LB, NULL), *state);
    posted[1] = "80 pounds";
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "");
    posted[1] = "60 pounds";
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "t:answer.error.min_value");
    a = one("quantity", apr_pstrcat(*state, limits, ",", KG, ",", CM, NULL), *state);
    posted[1] = "80 centimetres";
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED),
                        "t:answer.error.unit_limit");
    a = one("time", EXT("minValue", "'valueTime':'18:00:00'"), *state);
    posted[1] = "5:59 pm";
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "t:answer.error.min_time");
    posted[1] = "6 pm";
    post(a, posted);
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "");
}

#define SLIDER                                                                           \
    EXT("questionnaire-itemControl", "'valueCodeableConcept':{'coding':[{'code':"        \
                                     "'slider'}]}")                                      \
    "," EXT("minValue", "'valueInteger':0")

static void a_short_slider_is_a_row_of_choices(void **state)
{
    portal_answers_t *a =
        one("integer", SLIDER "," EXT("maxValue", "'valueInteger':10"), *state);
    const char *posted[] = {"a.1", "7", NULL};
    json_t *node;

    post(a, posted);
    node = shown(a);
    assert_string_equal(member(node, "kind", NULL), "radios");
    assert_int_equal(json_array_size(json_object_get(node, "options")), 11);
    assert_true(json_is_true(
        json_object_get(json_array_get(json_object_get(node, "options"), 7), "checked")));
    json_decref(node);
    a = one("integer", SLIDER "," EXT("maxValue", "'valueInteger':100"), *state);
    node = shown(a);
    assert_string_equal(member(node, "kind", NULL), "input");
    assert_string_equal(member(node, "range", "high"), "100");
    json_decref(node);
    a = one("decimal",
            SLIDER "," EXT("maxValue", "'valueInteger':2") "," EXT(
                "questionnaire-sliderStepValue", "'valueDecimal':0.5"),
            *state);
    node = shown(a);
    assert_string_equal(
        member(json_array_get(json_object_get(node, "options"), 3), "value", NULL),
        "1.5");
    json_decref(node);
}

static void what_is_exported(void **state)
{
    static const struct {
        const char *type, *units, *typed, *json;
    } cases[] = {
        {"time", "", "7:30 pm", "\"answer\":[{\"valueTime\":\"19:30:00\"}]"},
        {"url", "", "https://a.example",
         "\"answer\":[{\"valueUri\":\"https://a.example\"}]"},
        {"dateTime", "", "2026-03", "\"answer\":[{\"valueDateTime\":\"2026-03\"}]"},
        {"quantity", KG, "70.10",
         "\"answer\":[{\"valueQuantity\":{\"value\":70.10,\"unit\":\"kilograms\","
         "\"system\":\"http://unitsofmeasure.org\",\"code\":\"kg\"}}]"},
    };
    const portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_answers_t *a = one(cases[i].type, cases[i].units, *state);
        const char *posted[] = {"a.1", cases[i].typed, NULL}, *text;
        portal_response_t again;
        post(a, posted);
        text = portal_response_write(a, &meta);
        if (!strstr(text, cases[i].json))
            fail_msg("%s", text);
        portal_response_read(&again, a->form, text, strlen(text), *state);
        assert_int_equal(again.faults->nelts, 0);
        assert_string_equal(portal_response_write(again.answers, &meta), text);
    }
}

static void a_first_value_gets_the_unit_that_its_words_mean(void **state)
{
    const char *units =
        "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/"
        "questionnaire-unitOption','valueCoding':{'system':'u','code':'kg',"
        "'display':'kg'}}]";
    portal_form_t *form = try_items(
        apr_pstrcat(*state, "{'linkId':'a','type':'quantity','text':'A',", units,
                    ",'initial':[{'valueQuantity':{'value':75,'unit':'kg','code':'x'}}]},"
                    "{'linkId':'b','type':'quantity','text':'B',",
                    units, ",'initial':[{'valueQuantity':{'value':75,'unit':'stone'}}]}",
                    NULL),
        no_faults(*state), *state);
    const portal_item_t *a = portal_form_item(form, "a");

    assert_int_equal(a->initial->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(a->initial, 0, portal_value_t).code, "kg");
    assert_int_equal(portal_form_item(form, "b")->initial->nelts, 0);
}

static void words_for_what_has_no_list(void **state)
{
    portal_answers_t *a = portal_answers_new(
        with_items(
            "{'linkId':'q','type':'choice','text':'Q','answerValueSet':'http://x/vs',"
            "'initial':[{'valueCoding':{'system':'s','code':'c','display':'Oak'}}]}",
            *state),
        *state);
    const char *kept[] = {"a.1", "Oak", NULL}, *new[] = {"a.1", " Elm ", NULL},
               *lines[] = {"a.1", "Elm\nOak", NULL};
    json_t *node = shown(a);
    const portal_given_t *given;

    assert_string_equal(member(node, "kind", NULL), "input");
    assert_string_equal(member(node, "value", NULL), "Oak");
    json_decref(node);
    given = post(a, kept);
    assert_string_equal(given->value.text, "c");
    given = post(a, new);
    assert_int_equal(given->value.kind, PORTAL_VALUE_CODING);
    assert_null(given->value.text);
    assert_string_equal(given->value.display, "Elm");
    given = post(a, lines);
    assert_string_equal(given->error, "answer.error.one_line");
    a = one("reference", "", *state);
    given = post(a, new);
    assert_int_equal(given->value.kind, PORTAL_VALUE_REFERENCE);
    assert_string_equal(given->value.display, "Elm");
}

/* A code of UCUM is for machines; what a form calls the unit stays. */
static void units_are_shown_in_words(void **state)
{
    static const char *const cases[][2] = {
        {"[in_i]", "in"}, {"mm[Hg]", "mmHg"}, {"kg", "kg"}, {"[unknown]", "[unknown]"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const portal_answers_t *a = one(
            "decimal",
            apr_psprintf(*state, EXT("questionnaire-unit", "'valueCoding':{'code':'%s'}"),
                         cases[i][0]),
            *state);
        assert_string_equal(portal_text_in(&portal_form_item(a->form, "q")->unit, "en"),
                            cases[i][1]);
    }
    assert_string_equal(
        APR_ARRAY_IDX(portal_form_item(one("quantity", LB, *state)->form, "q")->units, 0,
                      portal_unit_t)
            .text.plain,
        "pounds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(one_box),
        pool_test(words_for_what_has_no_list),
        pool_test(a_time_of_a_date_has_the_servers_zone),
        pool_test(boxes_that_do_not_go_together_are_kept),
        pool_test(quantities),
        pool_test(a_quantity_is_shown_as_it_was_typed),
        pool_test(limits_of_quantities_and_times),
        pool_test(a_short_slider_is_a_row_of_choices),
        pool_test(what_is_exported),
        pool_test(a_first_value_gets_the_unit_that_its_words_mean),
        pool_test(units_are_shown_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

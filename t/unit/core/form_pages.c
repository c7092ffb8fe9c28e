/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/form_pages and form_view: how a form is cut, shown and reviewed. */
#include "form_help.h"

#include "core/form_pages.h"
#include "core/form_view.h"

#define Q(id) "{'linkId':'" id "','type':'string','text':'" id "'}"
#define D(id) "{'linkId':'" id "','type':'display','text':'" id "'}"
#define WHEN(q) "'enableWhen':[{'question':'" q "','operator':'=','answerBoolean':true}]"

/* The pages as text: linkIds of the units, pages parted by |. */
static const char *cut(const portal_form_t *form, apr_pool_t *p)
{
    const apr_array_header_t *pages = form->pages;
    const char *text = "";

    for (int i = 0; i < pages->nelts; i++) {
        const portal_form_page_t *page = &APR_ARRAY_IDX(pages, i, portal_form_page_t);
        assert_int_equal(page->number, i + 1);
        for (int k = 0; k < page->units->nelts; k++)
            text = apr_pstrcat(p, text,
                               k   ? " "
                               : i ? "|"
                                   : "",
                               portal_item_at(page->units, k)->link_id, NULL);
    }
    return text;
}

static void one_short_set_to_a_page(void **state)
{
    static const struct {
        const char *items, *pages;
    } cases[] = {
        {Q("1"), "1"},
        {Q("1") "," Q("2") "," Q("3") "," Q("4") "," Q("5") "," Q("6") "," Q("7"),
         "1 2 3 4 5 6|7"},
        {"{'linkId':'g','type':'group','text':'G','item':[" Q("1") "," Q("2") "]}," Q(
             "3"),
         "1 2|3"},
        {Q("1") ",{'linkId':'g','type':'group','text':'G','item':[" Q("2") "]}", "1|2"},
        {"{'linkId':'g','type':'group','text':'G','item':[" Q(
             "1") ",{'linkId':'h','type':"
                  "'group','text':'H','item':[" Q("2") "," Q("3") "]}]}",
         "1 h"},
        {D("a") "," Q("1") "," Q("2") "," Q("3") "," Q("4") "," Q("5") "," Q("6") "," D(
             "b") "," Q("7") "," D("c"),
         "a 1 2 3 4 5 6|b 7 c"},
        {D("a") ",{'linkId':'g','type':'group','text':'G','item':[" Q("1") "]}", "a 1"},
        {Q("1") "," D("a"), "1 a"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(cut(with_items(cases[i].items, *state), *state),
                            cases[i].pages);
}

/* A group that is to be a page (itemControl page), with n questions x1 … in it, and what follows them. */
static const char *page_group(const char *id, int n, const char *more, apr_pool_t *p)
{
    const char *items = "";

    for (int i = 1; i <= n; i++)
        items = apr_psprintf(p, "%s%s{'linkId':'%s%d','type':'string','text':'q'}", items,
                             i > 1 ? "," : "", id, i);
    return apr_psprintf(
        p,
        "{'linkId':'%s','type':'group','text':'P','extension':[{'url':"
        "'http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl',"
        "'valueCodeableConcept':{'coding':[{'code':'page'}]}}],'item':[%s%s]}",
        id, items, more);
}

static void a_page_of_the_form_is_one_page(void **state)
{
    apr_pool_t *p = *state;
    const char *outer =
        "{'linkId':'g','type':'group','text':'G','item':[" Q("a") ",%s," Q("b") "]}";

    assert_string_equal(cut(with_items(page_group("x", 8, "", p), p), p),
                        "x1 x2 x3 x4 x5 x6 x7 x8");
    assert_string_equal(
        cut(with_items(apr_psprintf(p, outer, page_group("x", 2, "", p)), p), p),
        "a|x1 x2|b");
    /* a group in it stays on it, a repeating one does not */
    assert_string_equal(
        cut(with_items(
                page_group(
                    "x", 7,
                    ",{'linkId':'h','type':'group','text':'H','item':[" Q("1") "]}", p),
                p),
            p),
        "x1 x2 x3 x4 x5 x6 x7 h");
    assert_string_equal(
        cut(with_items(page_group("x", 1,
                                  ",{'linkId':'h','type':'group','text':'H','repeats':"
                                  "true,'item':[" Q("1") "]}",
                                  p),
                       p),
            p),
        "x1|h");
    /* without script the server has to see the answer first */
    assert_string_equal(
        cut(with_items(
                page_group("x", 2,
                           ",{'linkId':'y','type':'string','text':'y','enableWhen':"
                           "[{'question':'x1','operator':'exists','answerBoolean':"
                           "true}]}",
                           p),
                p),
            p),
        "x1 x2|y");
    assert_int_equal(
        with_items(page_group("x", PORTAL_PAGE_ASKED + 1, "", p), p)->pages->nelts, 2);
}

/* Two pages under one heading are told apart. */
static void a_page_goes_on_under_the_same_heading(void **state)
{
    static const bool goes_on[] = {false, false, true, false};
    portal_form_t *f = with_items(
        Q("a") ",{'linkId':'g','type':'group','text':'G','item':[" Q("1") "," Q(
            "2") "," Q("3") "," Q("4") "," Q("5") "," Q("6") "," Q("7") "]}," Q("b"),
        *state);
    portal_answers_t *a = portal_answers_new(f, *state);

    assert_int_equal(f->pages->nelts, 4);
    for (int i = 0; i < 4; i++) {
        json_t *view = portal_form_page_view(a, f->pages, portal_page_at(f->pages, i + 1),
                                             NULL, "en");
        assert_int_equal(json_is_true(json_object_get(view, "continued")), goes_on[i]);
        json_decref(view);
    }
}

static void what_an_answer_opens_comes_on_a_later_page(void **state)
{
    portal_form_t *f =
        with_items("{'linkId':'g','type':'group','text':'G','item':[{'linkId':'b','type':"
                   "'boolean','text'"
                   ":'B'},{'linkId':'x','type':'string','text':'X'," WHEN("b") "}," Q(
                       "y") ",{'linkId':'n','type':'boolean','text':'N','"
                            "item':[" Q("under") "]}," Q("z") "]}",
                   *state);

    assert_string_equal(cut(f, *state), "b|x y n|under|z");
}

static void repeating_groups_have_their_own_page(void **state)
{
    portal_form_t *f = with_items(
        "{'linkId':'g','type':'group','text':'G','item':[" Q(
            "1") ",{'linkId':'r','type':"
                 "'group','repeats':true,'text':'R','item':[" Q("2") "]}," Q("3") "]}",
        *state);

    assert_string_equal(cut(f, *state), "1|r|3");
}

static void hidden_items_are_on_no_page(void **state)
{
    portal_form_t *f =
        with_items(Q("1") ",{'linkId':'h','type':'string','text':'H','extension':[{'url':"
                          "'http://hl7.org/fhir/StructureDefinition/"
                          "questionnaire-hidden','valueBoolean':true}]}",
                   *state);

    assert_string_equal(cut(f, *state), "1");
    assert_null(portal_page_of(f->pages, portal_form_item(f, "h")));
}

static void the_way_through_the_pages(void **state)
{
    portal_form_t *f = with_items(
        "{'linkId':'g','type':'group','text':'G','item':[{'linkId':'b','type':'boolean','"
        "text'"
        ":'B'}]},{'linkId':'h','type':'group','text':'H'," WHEN("b") ",'item':[" D(
            "d") "," Q("q") "]},{'linkId':'i','type':'group','text':'"
                            "I','item':[" Q("r") "]}",
        *state);
    apr_array_header_t *pages = f->pages;
    portal_answers_t *a = portal_answers_new(f, *state);
    int n, m;

    assert_int_equal(portal_page_next(a, pages, 0)->number, 1);
    assert_int_equal(portal_page_next(a, pages, 1)->number, 3);
    assert_int_equal(portal_page_previous(a, pages, 3)->number, 1);
    assert_null(portal_page_next(a, pages, 3));
    assert_null(portal_page_previous(a, pages, 1));
    portal_page_progress(a, pages, portal_page_at(pages, 3), &n, &m);
    assert_int_equal(n, 2);
    assert_int_equal(m, 2);
    answer(a, "b", PORTAL_VALUE_BOOLEAN, "true");
    assert_int_equal(portal_page_next(a, pages, 1)->number, 2);
    portal_page_progress(a, pages, portal_page_at(pages, 3), &n, &m);
    assert_int_equal(n, 3);
    assert_int_equal(m, 3);
    assert_int_equal(portal_page_of(pages, portal_form_item(f, "q"))->number, 2);
    assert_null(portal_page_at(pages, 0));
    assert_null(portal_page_at(pages, 4));
}

/* Words alone are a page only when no question goes with them. */
static void pages_of_words(void **state)
{
    portal_form_t *f =
        with_items("{'linkId':'g','type':'group','text':'G','item':[" D(
                       "d") "]},{'linkId':'h','type':"
                            "'group','text':'H','item':[" D(
                                "e") ",{'linkId':'q','type':'string','"
                                     "text':'Q'," WHEN("b") "}]},{'linkId':'b','type':"
                                                            "'boolean','text':'B'}",
                   *state);
    apr_array_header_t *pages = f->pages;
    portal_answers_t *a = portal_answers_new(f, *state);

    assert_true(portal_page_visible(a, portal_page_at(pages, 1)));
    assert_false(portal_page_visible(a, portal_page_at(pages, 2)));
}

static json_t *page_view(const portal_answers_t *a, const apr_array_header_t *errors,
                         const char *lang)
{
    apr_array_header_t *pages = a->form->pages;

    return portal_form_page_view(a, pages, portal_page_at(pages, 1), errors, lang);
}

static json_t *node_at(json_t *view, size_t i)
{
    return json_array_get(json_object_get(view, "nodes"), i);
}

static const char *text_at(const json_t *view, const char *name)
{
    const char *s = json_string_value(json_object_get(view, name));

    return s ? s : "(none)";
}

static void each_kind_of_node(void **state)
{
    static const struct {
        const char *item, *kind;
    } cases[] = {
        {"'type':'display'", "display"},
        {"'type':'string'", "input"},
        {"'type':'text'", "textarea"},
        {"'type':'boolean'", "radios"},
        {"'type':'integer'", "input"},
        {"'type':'decimal'", "input"},
        {"'type':'date'", "date"},
        {"'type':'string','repeats':true", "several"},
        {"'type':'choice','answerOption':[{'valueString':'a'}]", "radios"},
        {"'type':'choice','repeats':true,'answerOption':[{'valueString':'a'}]",
         "checkboxes"},
        {"'type':'open-choice','answerOption':[{'valueString':'a'}]", "radios"},
        {"'type':'choice','answerOption':[{'valueString':'a'}],'extension':[{'url':'http:"
         "//"
         "hl7.org/fhir/StructureDefinition/"
         "questionnaire-itemControl','valueCodeableConcept':{"
         "'coding':[{'code':'drop-down'}]}}]",
         "select"},
        {"'type':'string','readOnly':true,'initial':[{'valueString':'x'}]", "static"},
    };
    size_t members = 0;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_form_t *f = with_items(
            apr_psprintf(*state, "{'linkId':'x','text':'X',%s}," Q("y"), cases[i].item),
            *state);
        json_t *view = page_view(portal_answers_new(f, *state), NULL, "en"),
               *node = node_at(view, 0);
        assert_string_equal(text_at(node, "kind"), cases[i].kind);
        assert_true(json_is_true(
            json_object_get(node, apr_pstrcat(*state, "is_", cases[i].kind, NULL))));
        /* Every node has the same members: none is looked up further out. */
        if (!members)
            members = json_object_size(node);
        assert_int_equal(json_object_size(node), members);
        json_decref(view);
    }
}

static void fields_hold_what_was_typed(void **state)
{
    portal_form_t *f = with_items(
        "{'linkId':'n','type':'integer','text':'N'},{'linkId':'d','type':'date','text':'"
        "D'},"
        "{'linkId':'e','type':'date','text':'E'},{'linkId':'s','type':'string','text':'S'"
        ","
        "'repeats':true},{'linkId':'o','type':'open-choice','text':'O','answerOption':[{"
        "'valueString':'a'}]}",
        *state);
    portal_answers_t *a = portal_answers_new(f, *state);
    portal_given_t *n = portal_answer_at(node_of(a, "n")->answers, 0),
                   *d = portal_answer_at(node_of(a, "d")->answers, 0);
    json_t *view, *node;

    n->typed = "many", n->error = "answer.error.integer";
    d->typed = "31/2/1985", d->error = "answer.error.date";
    answer(a, "e", PORTAL_VALUE_DATE, "1985-03");
    answer_more(a, "s", PORTAL_VALUE_STRING, "one");
    answer(a, "o", PORTAL_VALUE_STRING, "own words");
    view = page_view(a, portal_answers_check_all(a, PORTAL_CHECK_TYPED), "en");
    assert_string_equal(text_at(node_at(view, 0), "value"), "many");
    assert_string_equal(text_at(node_at(view, 0), "error"), "t:answer.error.integer");
    node = node_at(view, 1);
    assert_string_equal(text_at(json_object_get(node, "day"), "value"), "31");
    assert_string_equal(text_at(json_object_get(node, "month"), "value"), "2");
    assert_string_equal(text_at(json_object_get(node, "year"), "value"), "1985");
    node = node_at(view, 2);
    assert_string_equal(text_at(json_object_get(node, "day"), "value"), "");
    assert_string_equal(text_at(json_object_get(node, "month"), "value"), "03");
    assert_string_equal(text_at(json_object_get(node, "year"), "name"), "a.3.year");
    assert_int_equal(json_array_size(json_object_get(node_at(view, 3), "values")), 2);
    node = json_object_get(node_at(view, 4), "other");
    assert_true(json_is_true(json_object_get(node, "checked")));
    assert_string_equal(text_at(node, "words"), "own words");
    json_decref(view);
}

static void help_and_units_belong_to_their_question(void **state)
{
    portal_form_t *f = with_items(
        "{'linkId':'q','type':'decimal','text':'Q','extension':[{'url':'http://hl7.org/"
        "fhir/"
        "StructureDefinition/"
        "questionnaire-unit','valueCoding':{'display':'kg'}}],'item':[" D("help") "]}",
        *state);
    json_t *view = page_view(portal_answers_new(f, *state), NULL, "en");

    assert_string_equal(text_at(node_at(view, 0), "hint"), "help");
    assert_string_equal(text_at(node_at(view, 0), "suffix"), "kg");
    assert_string_equal(text_at(node_at(view, 0), "inputmode"), "decimal");
    assert_int_equal(json_array_size(json_object_get(view, "nodes")), 1);
    json_decref(view);
}

static void repetitions_have_buttons(void **state)
{
    portal_form_t *f =
        with_items("{'linkId':'r','type':'group','repeats':true,'text':'R',"
                   "'item':[" Q("q") "]}",
                   *state);
    portal_answers_t *a = portal_answers_new(f, *state);
    json_t *view = page_view(a, NULL, "en");

    assert_true(json_is_false(json_object_get(node_at(view, 0), "remove")));
    assert_string_equal(text_at(json_object_get(node_at(view, 0), "add"), "value"),
                        "a.1");
    json_decref(view);
    portal_group_add(a, node_of(a, "r"));
    portal_enable_update(a);
    view = page_view(a, NULL, "en");
    assert_true(json_is_false(json_object_get(node_at(view, 0), "add")));
    assert_string_equal(text_at(json_object_get(node_at(view, 1), "remove"), "value"),
                        "a.1-2");
    assert_int_equal(json_integer_value(json_object_get(node_at(view, 1), "repetition")),
                     2);
    json_decref(view);
}

static void the_review_shows_every_enabled_question(void **state)
{
    portal_form_t *f = with_items("{'linkId':'g','type':'group','text':'G','item':[{'"
                                  "linkId':'b','type':'boolean','text'"
                                  ":'B'},{'linkId':'x','type':'string','text':'X'," WHEN(
                                      "b") "}," Q("y") "]},{'linkId':"
                                                       "'d','type':'date','text':'D'}",
                                  *state);
    portal_answers_t *a = portal_answers_new(f, *state);
    json_t *view, *rows;

    answer(a, "b", PORTAL_VALUE_BOOLEAN, "false");
    answer(a, "x", PORTAL_VALUE_STRING, "not shown");
    answer(a, "d", PORTAL_VALUE_DATE, "1985-03-27");
    view = portal_form_review_view(a, f->pages, "en");
    assert_int_equal(json_array_size(view), 2);
    rows = json_object_get(json_array_get(view, 0), "rows");
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text_at(json_array_get(view, 0), "heading"), "G");
    assert_true(json_is_true(json_object_get(json_array_get(rows, 0), "answered")));
    assert_true(json_is_false(json_object_get(json_array_get(rows, 1), "answered")));
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(rows, 1), "change")), 2);
    rows = json_object_get(json_array_get(view, 1), "rows");
    rows = json_array_get(json_object_get(json_array_get(rows, 0), "answers"), 0);
    assert_string_equal(text_at(rows, "key"), "t:answer.date.3");
    assert_int_equal(json_integer_value(json_object_get(rows, "day")), 27);
    json_decref(view);
}

static void errors_lead_to_their_page(void **state)
{
    portal_form_t *f = with_items("{'linkId':'g','type':'group','text':'G','item':[" Q(
                                      "p") "]},{'linkId':'h','type':"
                                           "'group','text':'H','item':[{'linkId':'q','"
                                           "type':'string','text':'Which?','required':"
                                           "true}]}",
                                  *state);
    portal_answers_t *a = portal_answers_new(f, *state);
    apr_array_header_t *pages = f->pages;
    json_t *view = portal_form_errors_view(
               portal_answers_check_all(a, PORTAL_CHECK_COMPLETE), pages, "en"),
           *one = json_array_get(view, 0);

    assert_string_equal(text_at(one, "field"), "a.2.1");
    assert_string_equal(text_at(one, "text"), "t:answer.error.required");
    assert_string_equal(text_at(one, "label"), "Which?");
    assert_int_equal(json_integer_value(json_object_get(one, "page")), 2);
    json_decref(view);
    assert_true(json_is_false(portal_form_errors_view(NULL, pages, "en")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(one_short_set_to_a_page),
        pool_test(a_page_of_the_form_is_one_page),
        pool_test(a_page_goes_on_under_the_same_heading),
        pool_test(what_an_answer_opens_comes_on_a_later_page),
        pool_test(repeating_groups_have_their_own_page),
        pool_test(hidden_items_are_on_no_page),
        pool_test(the_way_through_the_pages),
        pool_test(pages_of_words),
        pool_test(each_kind_of_node),
        pool_test(fields_hold_what_was_typed),
        pool_test(help_and_units_belong_to_their_question),
        pool_test(repetitions_have_buttons),
        pool_test(the_review_shows_every_enabled_question),
        pool_test(errors_lead_to_their_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

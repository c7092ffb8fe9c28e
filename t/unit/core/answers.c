/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/answers and answers_take: drafts, rules 10 (kept), 17, 18 and 19. */
#include "form_help.h"

#include "core/answers_take.h"
#include "core/form_pages.h"

#define OPTIONS                                                                          \
    "'answerOption':[{'valueCoding':{'system':'s','code':'a','display':'A'}},"           \
    "{'valueCoding':{'system':'s','code':'b','display':'B'}}]"

/* What a browser posted: name, value, name, value … NULL. */
static const apr_array_header_t *posted(void *baton, const char *name)
{
    const char **fields = ((void **)baton)[0];
    apr_pool_t *p = ((void **)baton)[1];
    apr_array_header_t *list = NULL;

    for (; *fields; fields += 2) {
        if (strcmp(fields[0], name) != 0)
            continue;
        if (!list)
            list = apr_array_make(p, 1, sizeof(const char *));
        APR_ARRAY_PUSH(list, const char *) = fields[1];
    }
    return list;
}

/* Posts fields to the first page. */
static void post(portal_answers_t *a, const char **fields)
{
    void *baton[2] = {(void *)fields, a->pool};

    portal_answers_take(a, portal_page_at(a->form->pages, 1), posted, baton);
}

#define POST(a, ...) post(a, (const char *[]){__VA_ARGS__, NULL})

static const portal_given_t *first_of(const portal_answers_t *a, const char *link_id)
{
    return portal_answer_at(node_of(a, link_id)->answers, 0);
}

static portal_answers_t *draft(const char *items, apr_pool_t *p)
{
    return portal_answers_new(with_items(items, p), p);
}

static void names_are_the_index_path(void **state)
{
    portal_answers_t *a = draft("{'linkId':'x','type':'display','text':'X'},"
                                "{'linkId':'g','type':'group','text':'G','item':["
                                "{'linkId':'q','type':'string','text':'Q','item':["
                                "{'linkId':'r','type':'string','text':'R'}]}]}",
                                *state);

    assert_string_equal(node_of(a, "q")->name, "a.2.1");
    assert_string_equal(node_of(a, "r")->name, "a.2.1.1");
    assert_ptr_equal(portal_answers_by_name(a, "a.2.1"), node_of(a, "q"));
    assert_null(portal_answers_by_name(a, "a.2.9"));
    assert_string_equal(portal_group_add(a, node_of(a, "g"))->name, "a.2-2");
}

static void rule_19_what_was_typed_becomes_a_value(void **state)
{
    static const struct {
        const char *type, *typed;
        const char *text;  /* the value, NULL: none */
        const char *error; /* NULL: none */
    } cases[] = {
        {"string", "  Ana  ", "Ana", NULL},
        {"string", "e\xCC\x81", "\xC3\xA9", NULL},
        {"string", "", NULL, NULL},
        {"string", " \t ", NULL, NULL},
        {"string", "a\nb", NULL, "answer.error.one_line"},
        {"string",
         "a\x01"
         "b",
         NULL, "answer.error.characters"},
        {"string", "\xFF", NULL, "answer.error.characters"},
        {"text", "a\r\nb\rc", "a\nb\nc", NULL},
        {"integer", "007", "7", NULL},
        {"integer", "+5", "5", NULL},
        {"integer", "-5", "-5", NULL},
        {"integer", "5.0", NULL, "answer.error.integer"},
        {"integer", "five", NULL, "answer.error.integer"},
        {"integer", "2147483648", NULL, "answer.error.integer_size"},
        {"decimal", "28.0", "28.0", NULL},
        {"decimal", ".5", "0.5", NULL},
        {"decimal", "1,5", NULL, "answer.error.decimal"},
        {"decimal", "1e5", NULL, "answer.error.decimal"},
        {"boolean", "true", "true", NULL},
        {"boolean", "false", "false", NULL},
        {"boolean", "on", NULL, "answer.error.option"},
        {"date", "1985-03-27", "1985-03-27", NULL},
        {"date", "1985-03", "1985-03", NULL},
        {"date", "27.3.1985", NULL, "answer.error.date"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_answers_t *a = draft(
            apr_psprintf(*state, "{'linkId':'q','type':'%s','text':'Q'}", cases[i].type),
            *state);
        const portal_given_t *got = first_of(a, "q");
        POST(a, "a.1", cases[i].typed);
        if (cases[i].text)
            assert_string_equal(got->value.text, cases[i].text);
        else
            assert_int_equal(got->value.kind, PORTAL_VALUE_NONE);
        if (cases[i].error)
            assert_string_equal(got->error, cases[i].error);
        else
            assert_null(got->error);
    }
}

static void rule_19_dates_in_three_boxes(void **state)
{
    static const struct {
        const char *day, *month, *year, *text, *error, *full_error;
    } cases[] = {
        {"27", "3", "1985", "1985-03-27", NULL, NULL},
        {" 07", "03 ", "1985", "1985-03-07", NULL, NULL},
        {"", "3", "1985", "1985-03", NULL, "answer.error.date_full"},
        {"", "", "1985", "1985", NULL, "answer.error.date_full"},
        {"27", "", "1985", NULL, "answer.error.date_month", "answer.error.date_month"},
        {"27", "3", "", NULL, "answer.error.date_year", "answer.error.date_year"},
        {"27", "3", "85", NULL, "answer.error.date_year", "answer.error.date_year"},
        {"31", "2", "1985", NULL, "answer.error.date", "answer.error.date"},
        {"x", "2", "1985", NULL, "answer.error.date", "answer.error.date"},
        {"", "", "", NULL, NULL, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int full = 0; full < 2; full++) {
            portal_answers_t *a =
                draft(full ? "{'linkId':'q','type':'date','text':'Q','extension':[{'url':"
                             "'http://hl7.org/fhir/StructureDefinition/entryFormat',"
                             "'valueString':'dd/mm/yyyy'}]}"
                           : "{'linkId':'q','type':'date','text':'Q'}",
                      *state);
            const portal_given_t *got = first_of(a, "q");
            const char *error = full ? cases[i].full_error : cases[i].error;
            POST(a, "a.1.day", cases[i].day, "a.1.month", cases[i].month, "a.1.year",
                 cases[i].year);
            if (error)
                assert_string_equal(got->error, error);
            else
                assert_null(got->error);
            if (cases[i].text && !error)
                assert_string_equal(got->value.text, cases[i].text);
        }
    }
}

static void nothing_typed_is_lost(void **state)
{
    portal_answers_t *a = draft("{'linkId':'n','type':'integer','text':'N'},"
                                "{'linkId':'d','type':'date','text':'D'}",
                                *state);

    POST(a, "a.1", "a lot", "a.2.day", "41", "a.2.month", "x", "a.2.year", "1985");
    assert_string_equal(first_of(a, "n")->typed, "a lot");
    assert_string_equal(first_of(a, "d")->typed, "41/x/1985");
    assert_string_equal(error_at(a, "n", PORTAL_CHECK_TYPED), "t:answer.error.integer");
    POST(a, "a.1", "5");
    assert_null(first_of(a, "n")->typed);
    assert_string_equal(first_of(a, "d")->typed, "41/x/1985");
}

static void a_field_that_was_not_posted_changes_nothing(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'q','type':'string','text':'Q'},"
              "{'linkId':'c','type':'choice','text':'C','repeats':true," OPTIONS "}",
              *state);

    POST(a, "a.1", "x", "a.2", "1", "a.2", "2");
    POST(a, "other", "y");
    assert_string_equal(first_of(a, "q")->value.text, "x");
    assert_int_equal(portal_node_count(node_of(a, "c")), 2);
    POST(a, "a.1", "", "a.2", "");
    assert_false(portal_node_answered(node_of(a, "q")));
    assert_false(portal_node_answered(node_of(a, "c")));
}

static void rule_17_choices_come_from_the_form(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'q','type':'choice','text':'Q'," OPTIONS "}", *state);

    POST(a, "a.1", "2");
    assert_string_equal(first_of(a, "q")->value.text, "b");
    assert_string_equal(first_of(a, "q")->value.system, "s");
    assert_string_equal(first_of(a, "q")->value.display, "B");
    for (int i = 0; i < 5; i++) {
        static const char *const wrong[] = {"0", "3", "b", "-1", "99999999999"};
        POST(a, "a.1", wrong[i]);
        assert_int_equal(first_of(a, "q")->value.kind, PORTAL_VALUE_NONE);
        assert_string_equal(first_of(a, "q")->error, "answer.error.option");
    }
}

static void rule_17_open_choice_takes_any_words(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'q','type':'open-choice','text':'Q','repeats':true," OPTIONS "}",
              *state);
    portal_node_t *q = node_of(a, "q");

    POST(a, "a.1", "1", "a.1", "other", "a.1.other", " my own ");
    assert_int_equal(portal_node_count(q), 2);
    assert_string_equal(portal_answer_at(q->answers, 1)->value.text, "my own");
    assert_int_equal(portal_answer_at(q->answers, 1)->value.kind, PORTAL_VALUE_STRING);
    POST(a, "a.1", "other", "a.1.other", "");
    assert_string_equal(error_at(a, "q", PORTAL_CHECK_TYPED), "t:answer.error.other");
}

static void several_answers_and_doubles(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'s','type':'string','text':'S','repeats':true},"
              "{'linkId':'c','type':'choice','text':'C','repeats':true," OPTIONS "}",
              *state);

    POST(a, "a.1", "one", "a.1", "", "a.1", "two", "a.2", "2", "a.2", "2", "a.2", "1");
    assert_int_equal(portal_node_count(node_of(a, "s")), 2);
    assert_int_equal(portal_node_count(node_of(a, "c")), 2);
    POST(a, "a.1", "three");
    assert_int_equal(portal_node_count(node_of(a, "s")), 1);
}

static void no_more_than_a_hundred_answers(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'s','type':'string','text':'S','repeats':true}", *state);
    const char **fields = apr_pcalloc(*state, sizeof *fields * 500);

    for (int i = 0; i < 400; i += 2) {
        fields[i] = "a.1";
        fields[i + 1] = "x";
    }
    post(a, fields);
    assert_int_equal(portal_node_count(node_of(a, "s")), PORTAL_ANSWERS_MAX_REPEATS);
}

#define LOCKED                                                                           \
    "{'linkId':'ro','type':'string','text':'R','readOnly':true,'initial':[{"             \
    "'valueString':'mine'}]},"                                                           \
    "{'linkId':'hid','type':'string','text':'H','initial':[{'valueString':'mine'}],"     \
    "'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden'" \
    ",'valueBoolean':true}]},"                                                           \
    "{'linkId':'off','type':'string','text':'O','enableWhen':[{'question':'ok',"         \
    "'operator':'=','answerString':'open'}]},"                                           \
    "{'linkId':'ok','type':'string','text':'K'}"

static void rule_18_closed_items_are_not_taken(void **state)
{
    portal_answers_t *a = draft(LOCKED, *state);

    POST(a, "a.1", "theirs", "a.2", "theirs", "a.3", "theirs", "a.4", "fine");
    assert_string_equal(first_of(a, "ro")->value.text, "mine");
    assert_string_equal(first_of(a, "hid")->value.text, "mine");
    assert_false(portal_node_answered(node_of(a, "off")));
    assert_string_equal(first_of(a, "ok")->value.text, "fine");
}

/* A group that is read-only keeps all that is in it, and as many of it as there are. */
static void what_stands_in_a_closed_group_is_not_taken(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'g','type':'group','text':'G','readOnly':true,'repeats':true,'item':[{"
        "'linkId':'h','type':'group','text':'H','item':[{'linkId':'in','type':'string',"
        "'text':'I','initial':[{'valueString':'mine'}]}]}]},"
        "{'linkId':'ok','type':'string','text':'K'}",
        *state);

    assert_false(portal_answers_add_group(a, portal_page_at(a->form->pages, 1), "a.1"));
    POST(a, "a.1.1.1", "theirs");
    assert_string_equal(first_of(a, "in")->value.text, "mine");
}

static void other_pages_are_not_taken(void **state)
{
    portal_answers_t *a =
        draft("{'linkId':'g','type':'group','text':'G','item':[{'linkId':'p',"
              "'type':'string','text':'P'}]},{'linkId':'h','type':'group',"
              "'text':'H','item':[{'linkId':'q','type':'string','text':'Q'}]"
              "}",
              *state);

    POST(a, "a.1.1", "x", "a.2.1", "y");
    assert_true(portal_node_answered(node_of(a, "p")));
    assert_false(portal_node_answered(node_of(a, "q")));
}

static portal_answers_t *again(const portal_answers_t *a, int *dropped)
{
    const char *text = portal_answers_write(a);
    portal_answers_t *b;

    assert_int_equal(
        portal_answers_read(&b, a->form, text, strlen(text), dropped, a->pool),
        APR_SUCCESS);
    assert_string_equal(portal_answers_write(b), text);
    return b;
}

static void rule_18_initial_values_once(void **state)
{
    portal_answers_t
        *a = draft(
            "{'linkId':'s','type':'string','text':'S','initial':[{'valueString':'d'}]},"
            "{'linkId':'c','type':'choice','text':'C','answerOption':[{'valueCoding':{"
            "'system':'s','code':'a','display':'A'}},{'initialSelected':true,'"
            "valueCoding':"
            "{'system':'s','code':'b','display':'B'}}]}",
            *state),
        *b;

    assert_string_equal(first_of(a, "s")->value.text, "d");
    assert_string_equal(first_of(a, "c")->value.text, "b");
    POST(a, "a.1", "");
    assert_false(portal_node_answered(node_of(a, "s")));
    b = again(a, NULL);
    assert_false(portal_node_answered(node_of(b, "s")));
    assert_string_equal(first_of(b, "c")->value.text, "b");
}

static void rule_10_drafts_keep_what_is_not_enabled(void **state)
{
    portal_answers_t
        *a = draft(
            "{'linkId':'q','type':'boolean','text':'Q'},{'linkId':'x','type':'string','"
            "text':"
            "'X','enableWhen':[{'question':'q','operator':'=','answerBoolean':true}]},"
            "{'linkId':'p','type':'string','text':'P','item':[{'linkId':'under','type':"
            "'string','text':'U'}]}",
            *state),
        *b;

    answer(a, "q", PORTAL_VALUE_BOOLEAN, "true");
    answer(a, "x", PORTAL_VALUE_STRING, "long text");
    answer(a, "p", PORTAL_VALUE_STRING, "p");
    answer(a, "under", PORTAL_VALUE_STRING, "u");
    answer(a, "q", PORTAL_VALUE_BOOLEAN, "false");
    answer(a, "p", PORTAL_VALUE_STRING, NULL);
    b = again(a, NULL);
    assert_false(on(b, "x"));
    assert_false(on(b, "under"));
    answer(b, "q", PORTAL_VALUE_BOOLEAN, "true");
    answer(b, "p", PORTAL_VALUE_STRING, "p again");
    assert_true(on(b, "x"));
    assert_string_equal(first_of(b, "x")->value.text, "long text");
    assert_string_equal(first_of(b, "under")->value.text, "u");
}

static void drafts_keep_everything(void **state)
{
    portal_answers_t
        *a = draft(
            "{'linkId':'g','type':'group','repeats':true,'text':'G','item':[{'linkId':'d'"
            ",'type':'"
            "decimal',"
            "'text':'D'},{'linkId':'c','type':'choice','text':'C','repeats':true," OPTIONS
            "}]},{'linkId':'n','type':'integer','text':'N'}",
            *state),
        *b;
    portal_node_t *two = portal_group_add(a, node_of(a, "g"));
    portal_value_t half = a_value(PORTAL_VALUE_DECIMAL, "0.50");
    int dropped = 7;

    portal_node_set(a, portal_node_at(two->nodes, 0), &half);
    choose(a, "c", 2);
    POST(a, "a.2", "not a number");
    portal_answer_at(node_of(a, "n")->answers, 0)->typed = "x\"y";
    portal_answer_at(node_of(a, "n")->answers, 0)->error = "answer.error.integer";
    b = again(a, &dropped);
    assert_int_equal(dropped, 0);
    assert_string_equal(first_of(b, "n")->typed, "x\"y");
    assert_string_equal(error_at(b, "n", PORTAL_CHECK_TYPED), "t:answer.error.integer");
    assert_int_equal(b->by_item[0]->nelts, 2);
    assert_string_equal(
        portal_answer_at(portal_node_at(b->by_item[1], 1)->answers, 0)->value.text,
        "0.50");
}

static void rule_5_repetitions_of_groups(void **state)
{
    portal_answers_t *a = draft(
        "{'linkId':'g','type':'group','repeats':true,'text':'G','item':[{'linkId':'q',"
        "'type':'boolean','text':'Q'},{'linkId':'x','type':'string','text':'X',"
        "'enableWhen':[{'question':'q','operator':'=','answerBoolean':true}]}]}",
        *state);
    const portal_form_page_t *page = portal_page_at(a->form->pages, 1);
    void *baton[2] = {(void *)(const char *[]){"a.1-2.1", "true", NULL}, *state};

    assert_false(portal_answers_add_group(a, page, "a.1.1"));
    assert_false(portal_answers_add_group(a, page, "a.2"));
    assert_true(portal_answers_add_group(a, page, "a.1"));
    assert_true(portal_answers_add_group(a, page, "a.1"));
    assert_true(portal_answers_take(a, page, posted, baton));
    POST(a, "a.1-2.2", "second");
    a = again(a, NULL);
    assert_int_equal(portal_group_count(a, node_of(a, "g")), 3);
    assert_true(portal_answers_remove_group(a, page, "a.1"));
    assert_string_equal(first_of(a, "x")->value.text, "second");
    assert_string_equal(node_of(a, "x")->name, "a.1.2");
    assert_true(on(a, "x"));
    assert_false(portal_answers_remove_group(a, page, "a.1-3"));
    assert_true(portal_answers_remove_group(a, page, "a.1-2"));
    assert_true(portal_answers_remove_group(a, page, "a.1"));
    assert_int_equal(portal_group_count(a, node_of(a, "g")), 1);
    assert_false(portal_node_answered(node_of(a, "q")));
    for (int i = 1; i < PORTAL_ANSWERS_MAX_REPEATS; i++)
        assert_true(portal_answers_add_group(a, page, "a.1"));
    assert_false(portal_answers_add_group(a, page, "a.1"));
}

static void drafts_of_another_version_lose_only_what_has_no_place(void **state)
{
    portal_answers_t *a = draft(
                         "{'linkId':'1','type':'string','text':'a'},{'linkId':'2','type'"
                         ":'string','text':'b'},{'linkId':'3','type':'integer','text':"
                         "'c'}",
                         *state),
                     *b;
    portal_form_t *newer =
        with_items("{'linkId':'new','type':'string','text':'n'},{'linkId':"
                   "'1','type':'string','text':'a'},{'linkId':'3','type':"
                   "'date','text':'c'}",
                   *state);
    const char *text;
    int dropped;

    answer(a, "1", PORTAL_VALUE_STRING, "kept");
    answer(a, "2", PORTAL_VALUE_STRING, "gone");
    answer(a, "3", PORTAL_VALUE_INTEGER, "5");
    text = portal_answers_write(a);
    assert_int_equal(portal_answers_read(&b, newer, text, strlen(text), &dropped, *state),
                     APR_SUCCESS);
    assert_int_equal(dropped, 2);
    assert_string_equal(first_of(b, "1")->value.text, "kept");
}

static void what_is_no_draft(void **state)
{
    static const char *const texts[] = {"", "{}", "[]", "{\"format\":2,\"items\":[]}",
                                        "{\"format\":1}"};
    portal_form_t *form = with_items("{'linkId':'1','type':'string','text':'a'}", *state);
    portal_answers_t *a;

    for (int i = 0; i < 5; i++) {
        assert_int_equal(
            portal_answers_read(&a, form, texts[i], strlen(texts[i]), NULL, *state),
            APR_EINVAL);
        assert_null(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(names_are_the_index_path),
        pool_test(rule_19_what_was_typed_becomes_a_value),
        pool_test(rule_19_dates_in_three_boxes),
        pool_test(nothing_typed_is_lost),
        pool_test(a_field_that_was_not_posted_changes_nothing),
        pool_test(rule_17_choices_come_from_the_form),
        pool_test(rule_17_open_choice_takes_any_words),
        pool_test(several_answers_and_doubles),
        pool_test(no_more_than_a_hundred_answers),
        pool_test(rule_18_closed_items_are_not_taken),
        pool_test(what_stands_in_a_closed_group_is_not_taken),
        pool_test(other_pages_are_not_taken),
        pool_test(rule_18_initial_values_once),
        pool_test(rule_10_drafts_keep_what_is_not_enabled),
        pool_test(drafts_keep_everything),
        pool_test(rule_5_repetitions_of_groups),
        pool_test(drafts_of_another_version_lose_only_what_has_no_place),
        pool_test(what_is_no_draft),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

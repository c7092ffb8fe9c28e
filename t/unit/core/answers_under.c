/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of items under a question that repeats: each answer has its own (rule 4). */
#include "form_help.h"

#include "core/answers_take.h"
#include "core/form_view.h"
#include "core/response.h"

#define OPTION(c) "{'valueCoding':{'system':'s','code':'" c "','display':'" c "'}}"
#define PETS                                                                             \
    "{'linkId':'pets','type':'choice','repeats':true,'text':'Which pets?',"              \
    "'answerOption':[" OPTION("cat") "," OPTION("dog") "," OPTION(                       \
        "eel") "],'item':["                                                              \
               "{'linkId':'big','type':'string','text':'How "                            \
               "big?','enableWhen':[{'question':"                                        \
               "'old','operator':'exists','answerBoolean':true}]},"                      \
               "{'linkId':'old','type':'integer','text':'How old?'}]}"

typedef struct {
    const char *const *fields; /* name, value, name, value …, NULL */
    apr_pool_t *pool;
} posted_t;

static const apr_array_header_t *fields(void *baton, const char *name)
{
    const posted_t *posted = baton;
    apr_array_header_t *list = apr_array_make(posted->pool, 2, sizeof(const char *));

    for (const char *const *f = posted->fields; *f; f += 2)
        if (strcmp(*f, name) == 0)
            APR_ARRAY_PUSH(list, const char *) = f[1];
    return list->nelts ? list : NULL;
}

/* Posts to a page; true when it opened something on the same page. */
static bool post(portal_answers_t *a, int number, const char *const *list)
{
    posted_t posted = {list, a->pool};

    return portal_answers_take(a, portal_page_at(a->form->pages, number), fields,
                               &posted);
}
#define POST(a, page, ...) post(a, page, (const char *const[]){__VA_ARGS__, NULL})

static const char *value_at(const portal_answers_t *a, const char *name)
{
    const portal_node_t *node = portal_answers_by_name(a, name);
    const char *text = node && node->answers->nelts
                           ? portal_answer_at(node->answers, 0)->value.text
                           : "";

    return text ? text : "";
}

static portal_answers_t *cat_and_eel(apr_pool_t *p)
{
    portal_answers_t *a = portal_answers_new(with_items(PETS, p), p);

    POST(a, 1, "a.1", "", "a.1", "1", "a.1", "3");
    POST(a, 2, "a.1.2", "4", "a.1-2.2", "9");
    return a;
}

static void each_answer_has_its_own(void **state)
{
    portal_answers_t *a = cat_and_eel(*state);

    assert_string_equal(value_at(a, "a.1.2"), "4");
    assert_string_equal(value_at(a, "a.1-2.2"), "9");
}

static void what_stands_under_an_answer_stays_with_it(void **state)
{
    portal_answers_t *a = cat_and_eel(*state);

    POST(a, 1, "a.1", "", "a.1", "1", "a.1", "2", "a.1", "3");
    assert_string_equal(value_at(a, "a.1.2"), "4");
    assert_string_equal(value_at(a, "a.1-2.2"), "");
    assert_string_equal(value_at(a, "a.1-3.2"), "9");
    POST(a, 1, "a.1", "", "a.1", "3");
    assert_string_equal(value_at(a, "a.1.2"), "9");
    assert_null(portal_answers_by_name(a, "a.1-2.2"));
}

/* Words in several boxes, with words under each. */
static portal_answers_t *medicines(apr_pool_t *p)
{
    return portal_answers_new(
        with_items(
            "{'linkId':'m','type':'string','repeats':true,'text':'Medicine','item':"
            "[{'linkId':'d','type':'string','text':'Dose'}]}",
            p),
        p);
}

static void words_that_are_changed_keep_what_is_under_them(void **state)
{
    portal_answers_t *a = medicines(*state);

    POST(a, 1, "a.1", "Asprin", "a.1", "Tea");
    POST(a, 2, "a.1.1", "a lot", "a.1-2.1", "two cups");
    POST(a, 1, "a.1", "Aspirin", "a.1", "Tea");
    assert_string_equal(value_at(a, "a.1.1"), "a lot");
    POST(a, 1, "a.1", "", "a.1", "Tea");
    assert_string_equal(value_at(a, "a.1.1"), "two cups");
    POST(a, 1, "a.1", "Salt", "a.1", "Tea");
    assert_string_equal(value_at(a, "a.1.1"), "");
    assert_string_equal(value_at(a, "a.1-2.1"), "two cups");
}

/* The first box now says what the second one says. */
static void words_that_are_in_another_box_too_keep_what_is_under_them(void **state)
{
    portal_answers_t *a = medicines(*state);

    POST(a, 1, "a.1", "Coffee", "a.1", "Tea");
    POST(a, 2, "a.1.1", "a lot", "a.1-2.1", "two cups");
    POST(a, 1, "a.1", "Tea", "a.1", "Tea");
    assert_string_equal(value_at(a, "a.1.1"), "a lot");
    assert_string_equal(value_at(a, "a.1-2.1"), "two cups");
}

/* Rule 15: the question under the same answer is the nearest one, also when it stands behind. */
static void conditions_look_under_their_own_answer(void **state)
{
    portal_answers_t *a = portal_answers_new(with_items(PETS, *state), *state);

    POST(a, 1, "a.1", "1", "a.1", "3");
    POST(a, 2, "a.1.2", "4");
    assert_true(portal_answers_by_name(a, "a.1.1")->enabled);
    assert_false(portal_answers_by_name(a, "a.1-2.1")->enabled);
    POST(a, 2, "a.1.2", "", "a.1-2.2", "4");
    assert_false(portal_answers_by_name(a, "a.1.1")->enabled);
    assert_true(portal_answers_by_name(a, "a.1-2.1")->enabled);
}

/* Where the question does not stand, since what it stands under has no answer there, none in another
 * repetition is meant. */
static void conditions_look_in_their_own_repetition(void **state)
{
    portal_answers_t *a = portal_answers_new(
        with_items("{'linkId':'g','type':'group','text':'G','repeats':true,'item':["
                   "{'linkId':'m','type':'string','repeats':true,'text':'Medicine',"
                   "'item':[{'linkId':'d','type':'integer','text':'Dose'}]},"
                   "{'linkId':'x','type':'string','text':'X','enableWhen':[{'question':"
                   "'d','operator':'>','answerInteger':1}]}]}",
                   *state),
        *state);

    portal_group_add(a, portal_answers_by_name(a, "a.1"));
    POST(a, 1, "a.1.1", "Tea", "a.1-2.1", "Salt");
    POST(a, 1, "a.1.1.1", "2", "a.1-2.1.1", "2");
    assert_true(portal_answers_by_name(a, "a.1.2")->enabled);
    assert_true(portal_answers_by_name(a, "a.1-2.2")->enabled);
    POST(a, 1, "a.1-2.1", "");
    assert_true(portal_answers_by_name(a, "a.1.2")->enabled);
    assert_false(portal_answers_by_name(a, "a.1-2.2")->enabled);
}

static const json_t *at(const json_t *list, size_t i, const char *name)
{
    return json_object_get(json_array_get(list, i), name);
}

static void the_page_says_which_answer_is_meant(void **state)
{
    portal_answers_t *a = cat_and_eel(*state);
    apr_array_header_t *pages = a->form->pages;
    json_t *view = portal_form_page_view(a, pages, portal_page_at(pages, 2), NULL, "en");
    const json_t *nodes = json_object_get(view, "nodes");

    assert_int_equal(json_array_size(nodes), 2);
    assert_string_equal(json_string_value(json_object_get(at(nodes, 0, "about"), "text")),
                        "cat");
    assert_string_equal(json_string_value(json_object_get(at(nodes, 1, "about"), "text")),
                        "eel");
    assert_string_equal(json_string_value(at(at(nodes, 1, "nodes"), 1, "name")),
                        "a.1-2.2");
    json_decref(view);
}

static void the_review_says_it_too(void **state)
{
    portal_answers_t *a = cat_and_eel(*state);
    json_t *parts = portal_form_review_view(a, a->form->pages, "en");

    assert_int_equal(json_array_size(parts), 5);
    assert_true(json_is_false(at(parts, 0, "about")));
    assert_string_equal(json_string_value(json_object_get(at(parts, 1, "about"), "text")),
                        "cat");
    json_decref(parts);
}

static void a_response_has_them_in_the_answer(void **state)
{
    portal_answers_t *a = cat_and_eel(*state);
    const portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED};
    const char *text = portal_response_write(a, &meta);
    portal_response_t again;

    assert_non_null(strstr(text,
                           "\"code\":\"eel\",\"display\":\"eel\"},\"item\":[{\"linkId\":"
                           "\"old\",\"text\":\"How old?\",\"answer\":[{"
                           "\"valueInteger\":9}]}]}"));
    portal_response_read(&again, a->form, text, strlen(text), *state);
    assert_int_equal(again.faults->nelts, 0);
    assert_string_equal(portal_response_write(again.answers, &meta), text);
}

/* In a repeating group all stands on one page: it is shown again with what it opened. */
static void in_a_repeating_group_it_opens_on_the_page(void **state)
{
    portal_answers_t *a = portal_answers_new(
        with_items("{'linkId':'g','type':'group','repeats':true,'text':'G','item':[" PETS
                   "]}",
                   *state),
        *state);

    assert_true(POST(a, 1, "a.1.1", "2"));
    assert_true(POST(a, 1, "a.1.1", "2", "a.1.1.2", "7"));
    assert_false(POST(a, 1, "a.1.1", "2", "a.1.1.2", "7"));
    assert_string_equal(value_at(a, "a.1.1.2"), "7");
    /* the fields of this very post have the names that the page had */
    assert_true(POST(a, 1, "a.1.1", "1", "a.1.1", "2", "a.1.1.2", "8"));
    assert_string_equal(value_at(a, "a.1.1-2.2"), "8");
}

/* A hint under a question is read once, with it, however many answers it has. */
static void a_hint_is_no_part_of_its_own(void **state)
{
    portal_answers_t *a = portal_answers_new(
        with_items(
            "{'linkId':'pets','type':'choice','repeats':true,'text':'Which pets?',"
            "'answerOption':[" OPTION("cat") "," OPTION(
                "dog") "],'item':[{'linkId':'hint','type':'display','text':"
                       "'Choose all that apply'},{'linkId':'dogs','type':'display',"
                       "'text':'With a "
                       "lead','enableWhen':[{'question':'pets','operator':'=',"
                       "'answerCoding':{'system':'s','code':'dog'}}]}]}",
            *state),
        *state);
    json_t *parts;
    const json_t *rows;

    POST(a, 1, "a.1", "", "a.1", "1", "a.1", "2");
    parts = portal_form_record_view(a, a->form->pages, "en");
    assert_int_equal(json_array_size(parts), 1);
    rows = at(parts, 0, "rows");
    assert_int_equal(json_array_size(rows), 3);
    assert_string_equal(json_string_value(at(rows, 2, "label")), "With a lead");
    assert_string_equal(json_string_value(at(rows, 1, "label")), "Choose all that apply");
    json_decref(parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(each_answer_has_its_own),
        pool_test(what_stands_under_an_answer_stays_with_it),
        pool_test(words_that_are_changed_keep_what_is_under_them),
        pool_test(words_that_are_in_another_box_too_keep_what_is_under_them),
        pool_test(conditions_look_under_their_own_answer),
        pool_test(conditions_look_in_their_own_repetition),
        pool_test(the_page_says_which_answer_is_meant),
        pool_test(the_review_says_it_too),
        pool_test(a_hint_is_no_part_of_its_own),
        pool_test(a_response_has_them_in_the_answer),
        pool_test(in_a_repeating_group_it_opens_on_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries the forms and responses of the folder named by PORTAL_SAMPLES (its folder forms,
 * forms/refuse, forms/responses with VERDICTS.tsv), and the forms that the portal ships.
 */
#include "form_help.h"

#include <apr_file_io.h>

#include "core/answer_parse.h"
#include "core/fhir_json.h"
#include "core/form_pages.h"
#include "core/form_sets.h"
#include "core/form_view.h"
#include "core/response.h"

#define OWN_FORMS "conf/forms"

static const char *samples(const char *below, apr_pool_t *p)
{
    const char *dir = getenv("PORTAL_SAMPLES");

    if (!dir || !*dir) {
        print_message("# skipped: PORTAL_SAMPLES is not set\n");
        skip();
    }
    return apr_pstrcat(p, dir, "/forms", below, NULL);
}

static apr_array_header_t *load_dir(const char *dir, apr_pool_t *p)
{
    apr_array_header_t *files;

    assert_int_equal(portal_forms_load_dir(&files, dir, p), APR_SUCCESS);
    return files;
}

static bool refused_with_reason(const portal_form_file_t *f)
{
    for (int i = 0; i < f->faults->nelts; i++)
        if (APR_ARRAY_IDX(f->faults, i, portal_form_fault_t).severity ==
            PORTAL_FAULT_REFUSE)
            return true;
    return false;
}

/* The first choice, "yes", or something that fits. */
static bool fill(portal_answers_t *a, portal_node_t *node)
{
    const portal_item_t *item = node->item;
    portal_value_t value = a_value(portal_item_value_kind(item->type), "2");

    if (item->options->nelts)
        value = APR_ARRAY_IDX(item->options, 0, portal_option_t).value;
    else if (item->type == PORTAL_ITEM_BOOLEAN)
        value.text = "true";
    else if (item->type == PORTAL_ITEM_DATE || item->type == PORTAL_ITEM_DATETIME)
        value.text = "2020-01-31";
    else if (item->type == PORTAL_ITEM_TIME)
        value.text = "19:30:00";
    else if (item->type == PORTAL_ITEM_URL)
        value.text = "https://www.example.org/";
    else if (item->type == PORTAL_ITEM_QUANTITY)
        portal_answer_parse(item, "2 kg", &value, a->pool);
    else if (item->type == PORTAL_ITEM_OPEN_CHOICE)
        value.kind = PORTAL_VALUE_STRING;
    if (item->regex)
        value.text = strchr(item->regex, '@') ? "a@b.example" : "555-010-0123";
    if (item->repeats)
        portal_node_add(a, node)->value = value;
    else
        portal_node_set(a, node, &value);
    portal_enable_update(a);
    return true;
}

/* Answers page by page as a person would; true when nothing is left to say. */
static void fill_in(portal_answers_t *a, const apr_array_header_t *pages)
{
    const portal_form_page_t *page = NULL;
    int number = 0, steps = 0;

    while ((page = portal_page_next(a, pages, number))) {
        const apr_array_header_t *nodes = portal_page_questions(a, page);
        json_t *view = portal_form_page_view(a, pages, page, NULL, "es");
        assert_true(json_array_size(json_object_get(view, "nodes")) > 0);
        json_decref(view);
        for (int i = 0; i < nodes->nelts; i++)
            if (portal_node_shown(portal_node_at(nodes, i)) &&
                !portal_node_at(nodes, i)->item->read_only)
                fill(a, portal_node_at(nodes, i));
        number = page->number;
        assert_true(++steps <= pages->nelts);
    }
}

static void draft_survives(const portal_answers_t *a)
{
    const char *text = portal_answers_write(a);
    portal_answers_t *again;
    int dropped;

    assert_int_equal(
        portal_answers_read(&again, a->form, text, strlen(text), &dropped, a->pool),
        APR_SUCCESS);
    assert_int_equal(dropped, 0);
    assert_string_equal(portal_answers_write(again), text);
}

static void response_survives(const portal_answers_t *a)
{
    const portal_response_meta_t meta = {.status = PORTAL_RESPONSE_COMPLETED};
    const char *text = portal_response_write(a, &meta);
    portal_response_t again;

    assert_int_equal(portal_response_read(&again, a->form, text, strlen(text), a->pool),
                     APR_SUCCESS);
    for (int i = 0; i < again.faults->nelts; i++)
        print_message("# %s: %s\n", a->form->name,
                      APR_ARRAY_IDX(again.faults, i, portal_response_fault_t).text);
    assert_int_equal(again.faults->nelts, 0);
    assert_string_equal(portal_response_write(again.answers, &meta), text);
}

static void try_form(const portal_form_t *form, apr_pool_t *p)
{
    apr_array_header_t *pages = form->pages, *errors;
    portal_answers_t *a = portal_answers_new(form, p);
    json_t *review;

    fill_in(a, pages);
    draft_survives(a);
    response_survives(a);
    review = portal_form_review_view(a, pages, "en");
    assert_true(json_array_size(review) > 0);
    json_decref(review);
    errors = portal_answers_check_all(a, PORTAL_CHECK_COMPLETE);
    for (int i = 0; i < errors->nelts; i++) {
        const portal_answer_error_t *e = &APR_ARRAY_IDX(errors, i, portal_answer_error_t);
        print_message("# %s %s: %s\n", form->name, e->node->item->link_id, e->text);
    }
    /* All that was asked was answered: nothing may be demanded that was not shown. */
    for (int i = 0; i < errors->nelts; i++)
        assert_null(
            strstr(APR_ARRAY_IDX(errors, i, portal_answer_error_t).text, "required"));
}

static void every_question_has_a_page(const portal_form_t *form)
{
    apr_array_header_t *pages = form->pages;

    for (int i = 0; i < form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(form->all, i), *up = item;
        while (up && !up->hidden && !up->unsupported)
            up = up->parent;
        if (!up && portal_item_is_question(item) && !portal_page_of(pages, item))
            fail_msg("%s: %s is on no page", form->name, item->link_id);
    }
}

static void forms_load_or_say_why(void **state)
{
    apr_array_header_t *files = load_dir(samples("", *state), *state);
    int loaded = 0;

    for (int i = 0; i < files->nelts; i++) {
        const portal_form_file_t *f = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        assert_false(f->skipped);
        loaded += f->form != NULL;
        assert_int_equal(f->form == NULL, refused_with_reason(f));
        if (!f->form)
            continue;
        every_question_has_a_page(f->form);
        try_form(f->form, *state);
    }
    print_message("# %d of %d sample forms load\n", loaded, files->nelts);
    assert_true(loaded > files->nelts / 2);
}

static void forms_to_refuse_are_refused(void **state)
{
    apr_array_header_t *files = load_dir(samples("/refuse", *state), *state);

    assert_true(files->nelts > 0);
    for (int i = 0; i < files->nelts; i++) {
        const portal_form_file_t *f = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        assert_null(f->form);
        assert_true(refused_with_reason(f));
    }
}

static void own_forms_are_without_fault(void **state)
{
    apr_array_header_t *files = load_dir(OWN_FORMS, *state);

    assert_int_equal(files->nelts, 11);
    for (int i = 0; i < files->nelts; i++) {
        const portal_form_file_t *f = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        assert_non_null(f->form);
        for (int k = 0; k < f->faults->nelts; k++)
            assert_int_equal(APR_ARRAY_IDX(f->faults, k, portal_form_fault_t).severity,
                             PORTAL_FAULT_INFO);
        assert_int_equal(f->form->languages->nelts, 2);
        for (int k = 0; k < f->form->all->nelts; k++)
            assert_non_null(portal_item_at(f->form->all, k)->text.in);
        every_question_has_a_page(f->form);
        try_form(f->form, *state);
    }
}

static char *read_whole(const char *path, apr_size_t *len, apr_pool_t *p)
{
    apr_file_t *file;
    apr_finfo_t info;
    char *bytes;

    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_READ, 0, p), APR_SUCCESS);
    assert_int_equal(apr_file_info_get(&info, APR_FINFO_SIZE, file), APR_SUCCESS);
    *len = (apr_size_t)info.size;
    bytes = apr_pcalloc(p, *len + 1);
    assert_int_equal(apr_file_read_full(file, bytes, *len, NULL), APR_SUCCESS);
    apr_file_close(file);
    return bytes;
}

/* Of two value sets that responses name, what those ask for. */
static const char *const sets[] = {
    "{'resourceType':'ValueSet','url':'http://hl7.org/fhir/ValueSet/jurisdiction',"
    "'compose':{'include':[{'system':'urn:iso:std:iso:3166','concept':["
    "{'code':'AU','display':'Australia'},{'code':'BD','display':'Bangladesh'}]}]}}",
    "{'resourceType':'ValueSet','url':'http://hl7.org/fhir/ValueSet/item-type',"
    "'compose':{'include':[{'system':'http://hl7.org/fhir/item-type','concept':["
    "{'code':'boolean','display':'Boolean'},{'code':'string','display':'String'}]}]}}"};

/*
 * Responses whose form the portal does not take, or not whole, by the rule of paperwork.md, with
 * what keeps it: nobody can send such a response.
 */
static const struct {
    const char *name, *why;
} not_taken[] = {
    {"attachment-content-type-qr", "attachments are not claimed"},
    {"attachment-invalid-type-qr", "attachments are not claimed"},
    {"attachment-qr", "attachments are not claimed"},
    {"reference-invalid-resource-type-qr", "a reference is words, without an address"},
    {"reference-invalid-url-qr", "a reference is words, without an address"},
    {"reference-unconstrained-resource-type-qr",
     "a reference is words, without an address"},
    {"choice-invalid-type-qr", "a choice without options (17)"},
    {"questionnaire-draft-qr", "a choice without options (17)"},
    {"questionnaire-inactive-start-qr", "a choice without options (17)"},
    {"questionnaire-retired-qr", "a choice without options (17)"},
    {"string-min-occurs-qr", "two answers to what does not repeat (16)"},
};

static bool is_not_taken(const char *name)
{
    for (size_t i = 0; i < sizeof not_taken / sizeof *not_taken; i++)
        if (strcmp(name, not_taken[i].name) == 0)
            return true;
    return false;
}

/* Nothing was left out of the form, so its verdict can be compared. */
static bool fully_supported(const portal_form_t *form)
{
    for (int i = 0; i < form->all->nelts; i++)
        if (portal_item_at(form->all, i)->unsupported ||
            portal_item_at(form->all, i)->unbound ||
            portal_item_at(form->all, i)->type == PORTAL_ITEM_REFERENCE)
            return false;
    return true;
}

/* A form with the value sets that lie beside it. */
static portal_form_t *load_with_sets(const char *path, apr_pool_t *p)
{
    portal_sets_t *beside = portal_sets_make(p);
    apr_size_t len;
    const char *text = read_whole(path, &len, p), *whole;

    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const char *set = quoted(sets[i], p), *why;
        assert_int_equal(
            portal_sets_add(beside, portal_fhir_json_read(set, strlen(set), &why, p)), 1);
    }
    portal_sets_bundle(beside, text, len, &whole, &len);
    return load_text(apr_pstrmemdup(p, whole, len), no_faults(p), p);
}

/* Our verdict on a response, or -1 when the form has something that we do not claim. */
static int our_verdict(const char *dir, const char *response, const char *questionnaire,
                       apr_pool_t *p)
{
    portal_form_t *form =
        load_with_sets(apr_pstrcat(p, dir, "/", questionnaire, NULL), p);
    portal_response_t r;
    apr_size_t len;
    char *text;

    if (!form || !fully_supported(form))
        return -1;
    text = read_whole(apr_pstrcat(p, dir, "/", response, NULL), &len, p);
    assert_int_equal(portal_response_read(&r, form, text, len, p), APR_SUCCESS);
    return r.faults->nelts +
           portal_answers_check_all(r.answers, r.complete ? PORTAL_CHECK_COMPLETE
                                                          : PORTAL_CHECK_TYPED)
               ->nelts;
}

/* One line of the verdicts; true: it was compared. */
static bool compare_verdict(const char *dir, char *line, apr_pool_t *p)
{
    char *column[4] = {line, "", "", ""};
    int ours;

    for (int i = 1; i < 4 && (column[i] = strchr(column[i - 1], '\t')); i++)
        *column[i]++ = '\0';
    if (!column[1] || !column[2] || !column[3] || !strstr(column[2], ".json"))
        return false;
    ours = our_verdict(dir, column[1], column[2], p);
    if ((ours < 0) != is_not_taken(column[0]))
        fail_msg("%s: the form is %s", column[0], ours < 0 ? "not taken" : "taken");
    if (ours >= 0 && (ours > 0) != (atoi(column[3]) > 0))
        fail_msg("%s: %d faults, the official validator has %d", column[0], ours,
                 atoi(column[3]));
    return ours >= 0;
}

static void verdicts_agree_with_the_official_validator(void **state)
{
    const char *dir = samples("/responses", *state);
    apr_size_t len;
    char *text =
             read_whole(apr_pstrcat(*state, dir, "/VERDICTS.tsv", NULL), &len, *state),
         *line, *lines = NULL;
    int compared = 0;

    for (line = apr_strtok(text, "\n", &lines); line;
         line = apr_strtok(NULL, "\n", &lines))
        compared += compare_verdict(dir, line, *state);
    print_message("# %d verdicts agree\n", compared);
    assert_true(compared >= 27);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(own_forms_are_without_fault),
        pool_test(forms_load_or_say_why),
        pool_test(forms_to_refuse_are_refused),
        pool_test(verdicts_agree_with_the_official_validator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

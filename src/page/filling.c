/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling in a form, page by page: looking at a page, and saving it. What was typed is kept even
 * when it is no usable answer; nothing is demanded before Submit.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <stdlib.h>
#include <string.h>

#include "core/answers_take.h"
#include "core/calculate.h"
#include "core/form_view.h"
#include "core/prefill.h"
#include "core/response.h"
#include "core/validate.h"
#include "page/renewing.h"

/* ---- the page ---- */

static int from_review(const portal_call_t *call)
{
    return !strcmp(call->r->method_number == M_GET ? portal_query(call, "from", 10)
                                                   : portal_field(call, "from"),
                   "review");
}

static int number_of(const char *text)
{
    return strlen(text) < 7 ? atoi(text) : 0;
}

/* The first visible page with questions and no answer of the person's own; NULL: all have one. */
static const portal_form_page_t *first_unanswered(const portal_filling_t *f)
{
    const portal_form_page_t *page = NULL;

    while ((page = portal_page_next(f->answers, f->pages, page ? page->number : 0))) {
        const apr_array_header_t *nodes = portal_page_questions(f->answers, page);
        int answered = 0, shown = 0;
        for (int i = 0; i < nodes->nelts; i++) {
            const portal_node_t *node = portal_node_at(nodes, i);
            int asked = portal_node_shown(node) && !node->item->read_only;
            shown += asked;
            answered +=
                asked && portal_node_answered(node) && !portal_prefilled(node, NULL);
        }
        if (shown && !answered)
            return page;
    }
    return NULL;
}

/* Whoever comes back to a draft may go on where it stopped: a page, or the review (0). */
static json_t *resume_view(const portal_call_t *call, const portal_filling_t *f)
{
    const portal_form_page_t *page;

    if (call->r->method_number != M_GET || *portal_query(call, "page", 6) ||
        !f->paper.answers)
        return json_false();
    page = first_unanswered(f);
    return json_pack("{s:o}", "number", page ? json_integer(page->number) : json_false());
}

static json_t *page_view(portal_call_t *call, const portal_filling_t *f,
                         const portal_form_page_t *page, const apr_array_header_t *errors)
{
    static const char *const titles[2][2] = {
        {"t:paperwork_page.title", "t:paperwork_page.title_continued"},
        {"t:paperwork_page.title_section", "t:paperwork_page.title_section_continued"}};
    json_t *view = portal_form_page_view(f->answers, f->pages, page, errors, f->lang);
    int section = json_is_object(json_object_get(view, "section"));
    const char *heading = json_string_value(json_object_get(view, "heading"));
    const char *title = json_string_value(json_object_get(view, "form_title"));
    int goes_on = json_is_true(json_object_get(view, "continued"));

    json_object_set_new(view, "id", json_string(f->paper.id));
    json_object_set_new(view, "version", json_integer(f->paper.row.version));
    json_object_set_new(view, "form_hash", json_string(f->form->hash));
    json_object_set_new(view, "from",
                        from_review(call) ? json_string("review") : json_false());
    json_object_set_new(view, "resume", resume_view(call, f));
    portal_filling_returned(f, page, view);
    portal_renewing_view(f, view);
    portal_renewing_page(f, page, view);
    json_object_set_new(view, "conflict", json_false());
    json_object_set_new(view, "caption", json_boolean(strcmp(heading, title)));
    json_object_set_new(view, "title", json_string(titles[section != 0][goes_on]));
    return view;
}

/* The page that is asked for when it is visible, else the one that comes in its place. */
static const portal_form_page_t *page_wanted(const portal_filling_t *f, int number)
{
    const portal_form_page_t *page = portal_page_at(f->pages, number);

    if (page && portal_page_visible(f->answers, page))
        return page;
    return portal_page_next(f->answers, f->pages, page ? number : 0);
}

/* The page with this number, or the one that comes in its place. After a post it holds what was
 * typed; nothing of that is saved here. */
static portal_answer_t *show(portal_call_t *call, const portal_filling_t *f, int number,
                             int typed)
{
    const portal_form_page_t *page = page_wanted(f, number);

    if (!page && typed)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (!page)
        return portal_answer_see(call, "/paperwork/%s/review", f->paper.id);
    if (number && page->number != number && !typed)
        return portal_answer_see(call, "/paperwork/%s?page=%d", f->paper.id,
                                 page->number);
    if (typed)
        portal_filling_take(call, f->answers, page);
    return portal_answer_view(call, page_view(call, f, page, NULL));
}

portal_answer_t *portal_page_paperwork_page(portal_call_t *call)
{
    portal_filling_t f;
    portal_answer_t *answer = portal_filling_open(call, &f);
    int posted = call->r->method_number != M_GET;

    if (answer)
        return answer;
    return show(
        call, &f,
        number_of(posted ? portal_field(call, "number") : portal_query(call, "page", 6)),
        posted);
}

/* ---- two windows ---- */

static json_t *rows_of_page(const portal_filling_t *f, portal_answers_t *answers,
                            const portal_form_page_t *page)
{
    json_t *rows = json_array(), *part, *row;
    json_t *parts = portal_form_review_view(answers, f->pages, f->lang);
    size_t i, k;

    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "rows"), k, row)
        {
            const portal_node_t *node = portal_answers_by_name(
                answers, json_string_value(json_object_get(row, "name")));
            if (node && portal_page_of(f->pages, node->item) == page)
                json_array_append(rows, row);
        }
    }
    json_decref(parts);
    return rows;
}

static json_t *row_named(const json_t *rows, const json_t *name)
{
    size_t i;
    json_t *row;

    json_array_foreach(
        rows, i, row) if (json_equal(json_object_get(row, "name"), name)) return row;
    return NULL;
}

static int same_answer(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "answers"), json_object_get(b, "answers")) &&
           json_equal(json_object_get(a, "wrong"), json_object_get(b, "wrong"));
}

/* Questions of the page whose stored answer is another than the typed one: {label, saved, typed},
 * both as rows of a review. Empty when all are alike. */
static json_t *differences(const portal_filling_t *f, portal_answers_t *typed,
                           const portal_form_page_t *page)
{
    json_t *list = json_array(), *row;
    json_t *now = rows_of_page(f, f->answers, page), *then = rows_of_page(f, typed, page);
    size_t i;

    json_array_foreach(then, i, row)
    {
        json_t *saved = row_named(now, json_object_get(row, "name"));
        if (!saved || !same_answer(saved, row))
            json_array_append_new(list, json_pack("{s:O, s:O, s:O}", "label",
                                                  json_object_get(row, "label"), "saved",
                                                  saved ? saved : row, "typed", row));
    }
    json_decref(now);
    json_decref(then);
    return list;
}

/* 409: the stored answers and the typed ones side by side (`rows`, whose reference is taken); the form
 * has the typed ones, and sending it once more saves them. */
static portal_answer_t *conflict(portal_call_t *call, portal_filling_t *f,
                                 portal_answers_t *typed, const portal_form_page_t *page,
                                 json_t *rows)
{
    json_t *view;

    f->answers = typed;
    view = page_view(call, f, page, NULL);
    json_object_set_new(
        view, "conflict",
        json_pack("{s:b, s:o}", "has_rows", json_array_size(rows) > 0, "rows", rows));
    return portal_answer_page(call, HTTP_CONFLICT, "paperwork_page", view);
}

/* What was sent; NULL: it cannot be read, or nobody knows who holds the tablet. */
static portal_answers_t *sent_answers(const portal_call_t *call,
                                      const portal_filling_t *f)
{
    portal_paper_sent_t sent = {.binder_id = call->session.binder_id, .id = f->paper.id};
    portal_response_t read;

    if (*f->paper.filler.lobby_id ||
        portal_store_read(&call->app->store, &call->actor, call->now,
                          portal_act_paper_sent, &sent, call->pool) != APR_SUCCESS ||
        !sent.found || strcmp(sent.row.form_hash, f->form->hash) ||
        portal_response_read(&read, f->form, sent.response, sent.response_len,
                             call->pool))
        return NULL;
    portal_answers_clock(read.answers, call->now);
    return read.answers;
}

/* What a page would have changed in a form that was sent: rows as in a review. */
static json_t *unsent_rows(const portal_call_t *call, const portal_filling_t *f,
                           const portal_form_page_t *page)
{
    portal_answers_t *sent = sent_answers(call, f), *typed = sent_answers(call, f);
    json_t *then, *now, *rows = json_array(), *row;
    size_t i;

    if (!typed) {
        typed = portal_answers_new(f->form, call->pool);
        portal_answers_clock(typed, call->now);
    }
    portal_filling_take(call, typed, page);
    then = sent ? rows_of_page(f, sent, page) : json_array();
    now = rows_of_page(f, typed, page);
    json_array_foreach(now, i, row)
    {
        json_t *before = row_named(then, json_object_get(row, "name"));
        if (before ? !same_answer(before, row)
                   : json_is_true(json_object_get(row, "answered")) ||
                         json_is_string(json_object_get(row, "wrong")))
            json_array_append(rows, row);
    }
    json_decref(then);
    json_decref(now);
    return rows;
}

portal_answer_t *portal_filling_closed(portal_call_t *call, portal_filling_t *f)
{
    json_t *rows = json_array(), *view;
    const portal_form_page_t *page = NULL;
    const char *title = "";

    if (f->form) {
        f->pages = f->form->pages;
        f->lang = portal_form_language(f->form, call->lang);
        title = portal_text_in(&f->form->title, f->lang);
        page = portal_page_at(f->pages, number_of(portal_field(call, "number")));
    }
    if (page && !strcmp(portal_field(call, "form_hash"), f->form->hash)) {
        json_decref(rows);
        rows = unsent_rows(call, f, page);
    }
    view = json_pack("{s:s, s:s, s:b, s:o}", "id", f->paper.id, "form_title", title,
                     "has_rows", json_array_size(rows) > 0, "rows", rows);
    return portal_answer_page(call, HTTP_CONFLICT, "paperwork_closed", view);
}

/* ---- saving ---- */

static apr_status_t save(portal_call_t *call, portal_filling_t *f,
                         portal_paper_verdict_t *verdict)
{
    portal_form_facts_t facts = portal_filling_facts(f);
    portal_paper_save_t act = {
        .filler = f->paper.filler,
        .id = f->paper.id,
        .version = f->paper.row.version,
        .form = &facts,
        .language = f->lang,
        .answers = portal_answers_write(f->answers),
    };
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_paper_save, &act, call->pool);

    *verdict = act.verdict;
    if (rv == APR_SUCCESS && act.verdict == PORTAL_PAPER_OK)
        f->paper.row.version++;
    return rv;
}

static void add_errors(portal_call_t *call, const apr_array_header_t *errors,
                       const char *lang)
{
    for (int i = 0; i < errors->nelts; i++) {
        const portal_answer_error_t *e = &APR_ARRAY_IDX(errors, i, portal_answer_error_t);
        portal_error_add_about(
            call, &(portal_error_t){.field = e->field,
                                    .text = e->text + 2, /* without t: */
                                    .label = portal_item_short(e->node->item, lang),
                                    .limit = portal_answer_error_limit(e, lang)});
    }
}

/* Where the post leads: what was pressed, then what is next. */
static portal_answer_t *go_on(portal_call_t *call, const portal_filling_t *f,
                              const portal_form_page_t *page, int opened)
{
    const char *id = f->paper.id;
    const portal_form_page_t *to;
    int back = *portal_field(call, "back") != '\0';

    if (opened)
        return portal_answer_see(call, "/paperwork/%s?page=%d%s", id, page->number,
                                 from_review(call) ? "&from=review" : "");
    if (from_review(call))
        return portal_answer_see(call, "/paperwork/%s/review", id);
    to = back ? portal_page_previous(f->answers, f->pages, page->number)
              : portal_page_next(f->answers, f->pages, page->number);
    if (to)
        return portal_answer_see(call, "/paperwork/%s?page=%d", id, to->number);
    return back ? portal_answer_see(call, "/paperwork")
                : portal_answer_see(call, "/paperwork/%s/review", id);
}

/* Buttons that change how many answers there are; the page is then shown again. */
static int press(portal_call_t *call, portal_filling_t *f, const portal_form_page_t *page)
{
    const char *add = portal_field(call, "add"), *remove = portal_field(call, "remove");

    if (*add)
        portal_answers_add_group(f->answers, page, add);
    if (*remove)
        portal_answers_remove_group(f->answers, page, remove);
    return *add || *remove;
}

/* Saves what the page's fields hold, and finds what is wrong with it. Whoever goes on from a page
 * has looked at what it was filled in with. */
static portal_answer_t *take_and_save(portal_call_t *call, portal_filling_t *f,
                                      const portal_form_page_t *page)
{
    int opened = portal_filling_take(call, f->answers, page);
    int pressed = press(call, f, page);
    portal_paper_verdict_t verdict;
    apr_array_header_t *errors;
    apr_status_t rv;

    if (!pressed && !*portal_field(call, "keep") && !*portal_field(call, "back"))
        portal_prefill_confirm(f->answers, page);
    rv = save(call, f, &verdict);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0605");
    if (verdict != PORTAL_PAPER_OK)
        return portal_page_paperwork_save(call);
    /* saved while it is typed: the same page once more, with its new version */
    pressed = pressed || *portal_field(call, "keep");
    if (pressed || *portal_field(call, "back"))
        return go_on(call, f, page, pressed);
    errors = portal_answers_check(f->answers, page, PORTAL_CHECK_TYPED);
    if (!errors->nelts)
        return go_on(call, f, page, opened);
    add_errors(call, errors, f->lang);
    return portal_answer_view(call, page_view(call, f, page, errors));
}

/* The fields beside the answers: which page of which form, and the version it came from. */
static const portal_form_page_t *page_posted(portal_call_t *call,
                                             const portal_filling_t *f)
{
    const portal_form_page_t *page =
        portal_page_at(f->pages, number_of(portal_field(call, "number")));

    if (!page)
        portal_error_add(call, "number", "error.missing.number");
    if (!portal_field_sent(call, "version"))
        portal_error_add(call, "version", "error.missing.version");
    return page;
}

portal_answer_t *portal_page_paperwork_save(portal_call_t *call)
{
    portal_filling_t f;
    portal_answer_t *answer = portal_filling_open(call, &f);
    const portal_form_page_t *page;
    const char *hash = portal_field(call, "form_hash");
    portal_answers_t *typed;
    json_t *rows;

    if (answer)
        return answer;
    page = page_posted(call, &f);
    if (call->errors->nelts)
        return show(call, &f, page ? page->number : 0, page != NULL);
    if (*hash && strcmp(hash, f.form->hash)) {
        portal_error_add(call, "", "error.form_changed");
        return show(call, &f, 0, 0);
    }
    if (apr_atoi64(portal_field(call, "version")) == f.paper.row.version)
        return take_and_save(call, &f, page);
    if (portal_filling_answers(call, &f, &typed))
        return portal_answer_away(call, APR_EINVAL, "PTL0606");
    portal_filling_take(call, typed, page);
    rows = differences(&f, typed, page);
    if (json_array_size(rows))
        return conflict(call, &f, typed, page, rows);
    json_decref(rows);
    /* the same answers once more: a button that was pressed twice */
    return take_and_save(call, &f, page);
}

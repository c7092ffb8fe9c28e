/* SPDX-License-Identifier: Apache-2.0 */
/* The list of forms, and what all pages of paperwork need. */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/answers_take.h"
#include "core/calculate.h"
#include "core/fhir_record.h"
#include "core/form_changes.h"
#include "core/form_returned.h"
#include "core/form_view.h"
#include "core/localtime.h"
#include "core/prefill.h"
#include "core/response.h"
#include "page/renewing.h"
#include "page/signing.h"
#include "store/home.h"

portal_filler_t portal_paperwork_filler(const portal_call_t *call)
{
    return (portal_filler_t){call->session.binder_id, call->session.lobby_id,
                             call->session.handle};
}

/* ---- lists ---- */

static int in_lobby(const portal_call_t *call)
{
    return call->role == PORTAL_ROLE_LOBBY;
}

/* The title as the patient reads it; NULL when the form can be neither begun nor read. */
static const char *title_of(const portal_call_t *call,
                            const portal_row_paperwork_list *row)
{
    const portal_form_t *form = portal_app_form(call->app, row->form);

    if (form)
        return portal_text_in(&form->title, call->lang);
    return *row->title ? row->title : NULL;
}

/* Also when a question was given back. */
static int is_open(const portal_row_paperwork_list *row)
{
    return strcmp(row->state, "submitted") != 0;
}

/* Which of several forms of one kind it is: in the lobby no case number tells them apart. */
static json_t *which_of(const portal_paperwork_list_t *list,
                        const portal_row_paperwork_list *row)
{
    int n = 0, m = 0;

    for (int i = 0; i < list->n; i++) {
        if (!is_open(&list->rows[i]) || strcmp(list->rows[i].form, row->form))
            continue;
        m++;
        if (&list->rows[i] <= row)
            n++;
    }
    return m > 1 ? json_pack("{s:i, s:i}", "n", n, "m", m) : json_false();
}

static json_t *item_view(const portal_call_t *call, const portal_paperwork_list_t *list,
                         const portal_row_paperwork_list *row, const char *title)
{
    json_t *item = json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", row->id, "title", title,
                             "form", row->form, "started", *row->draft_id != '\0',
                             "returned", !strcmp(row->state, "returned"));

    json_object_set_new(item, "case_number",
                        in_lobby(call) ? json_false() : json_string(row->case_number));
    json_object_set_new(item, "which",
                        in_lobby(call) ? which_of(list, row) : json_false());
    json_object_set_new(item, "submitted",
                        row->closed ? portal_time_view(call->site->catalogue, call->lang,
                                                       row->closed, call->pool)
                                    : json_false());
    return item;
}

void portal_paperwork_lists(const portal_call_t *call,
                            const portal_paperwork_list_t *list, json_t *view)
{
    json_t *todo = json_array(), *done = json_array();

    for (int i = 0; i < list->n; i++) {
        const portal_row_paperwork_list *row = &list->rows[i];
        const char *title = title_of(call, row);
        if (!title || (in_lobby(call) && !is_open(row)))
            continue;
        json_array_append_new(is_open(row) ? todo : done,
                              item_view(call, list, row, title));
    }
    json_object_set_new(view, "has_todo", json_boolean(json_array_size(todo)));
    json_object_set_new(view, "has_done", json_boolean(json_array_size(done)));
    json_object_set_new(view, "todo", todo);
    json_object_set_new(view, "done", done);
}

portal_answer_t *portal_page_paperwork(portal_call_t *call)
{
    portal_paperwork_list_t list = {.filler = portal_paperwork_filler(call)};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_paperwork_list, &list, call->pool);
    json_t *view;

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0600");
    if (!strcmp(portal_query(call, "done", 20), "submitted"))
        call->notice = "notice.submitted";
    view = json_object();
    portal_paperwork_lists(call, &list, view);
    return portal_answer_view(call, view);
}

/* ---- forms ---- */

static apr_status_t stored_form(const portal_call_t *call, const char *hash,
                                const portal_form_t **form, const char **text)
{
    portal_form_source_t source = {.hash = hash};
    apr_array_header_t *faults =
        apr_array_make(call->pool, 4, sizeof(portal_form_fault_t));
    portal_form_t *loaded;
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_form_source, &source, call->pool);

    if (rv != APR_SUCCESS)
        return rv;
    if (!source.found ||
        portal_form_load(&loaded, apr_pstrcat(call->pool, source.row.name, ".json", NULL),
                         source.row.source, strlen(source.row.source), faults,
                         call->pool))
        return APR_NOTFOUND;
    *form = loaded;
    *text = source.row.source;
    return APR_SUCCESS;
}

apr_status_t portal_paperwork_form(const portal_call_t *call, const char *name,
                                   const char *hash, const portal_form_t **form,
                                   const char **source)
{
    const portal_form_file_t *file = portal_app_form_file(call->app, name);

    if (!file || (*hash && strcmp(file->form->hash, hash)))
        return *hash ? stored_form(call, hash, form, source) : APR_NOTFOUND;
    *form = file->form;
    *source = file->bytes;
    return APR_SUCCESS;
}

json_t *portal_paperwork_parts(const portal_call_t *call, const portal_form_t *form,
                               const char *response, apr_size_t len, const char *lang)
{
    portal_response_t read;

    if (portal_response_read(&read, form, response, len, call->pool))
        return NULL;
    return portal_form_record_view(read.answers, form->pages, lang);
}

/* ---- one form ---- */

portal_answer_t *portal_paperwork_sent(portal_call_t *call, const char *id)
{
    portal_paper_sent_t sent = {.binder_id = call->session.binder_id, .id = id};
    const portal_form_t *form;
    const char *source;
    json_t *view, *parts;
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_paper_sent, &sent, call->pool);

    if (rv == APR_SUCCESS && !sent.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (rv == APR_SUCCESS)
        rv = portal_paperwork_form(call, sent.row.name, sent.row.form_hash, &form,
                                   &source);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0601");
    parts = portal_paperwork_parts(call, form, sent.response, sent.response_len,
                                   sent.row.language);
    if (!parts)
        return portal_answer_away(call, APR_EINVAL, "PTL0602");
    view = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "id", id, "form_title",
                     portal_text_in(&form->title, sent.row.language), "form_language",
                     sent.row.language, "case_number", sent.row.case_number, "submitted",
                     portal_time_view(call->site->catalogue, call->lang,
                                      sent.row.authored, call->pool),
                     "parts", parts);
    json_object_set_new(
        view, "signature",
        portal_signing_record(call, sent.signature, sent.response, sent.response_len));
    return portal_answer_page(call, HTTP_OK, "paperwork_sent", view);
}

portal_answer_t *portal_page_paperwork_copy(portal_call_t *call)
{
    portal_paper_t paper = {.filler = portal_paperwork_filler(call), .id = call->id[0]};
    portal_paper_sent_t sent = {.binder_id = call->session.binder_id, .id = call->id[0]};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_paper, &paper, call->pool);

    if (rv == APR_SUCCESS && !paper.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (rv == APR_SUCCESS)
        rv = portal_store_read(&call->app->store, &call->actor, call->now,
                               portal_act_paper_sent, &sent, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0609");
    return portal_signing_copy(call, sent.found ? sent.signature : NULL, call->id[0]);
}

/* What is shown of a form that is not open any more. */
static portal_answer_t *show_closed(portal_call_t *call, portal_filling_t *f)
{
    if (call->r->method_number != M_GET)
        return portal_filling_closed(call, f);
    if (in_lobby(call))
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    return portal_paperwork_sent(call, f->paper.id);
}

portal_form_facts_t portal_filling_facts(const portal_filling_t *f)
{
    return (portal_form_facts_t){f->form->hash, f->form->name,
                                 portal_text_in(&f->form->title, f->form->language),
                                 f->source};
}

/* The draft as it is stored, or what a new one begins with. */
static apr_status_t read_answers(const portal_filling_t *f, portal_answers_t **answers,
                                 apr_pool_t *pool)
{
    if (f->paper.answers)
        return portal_answers_read(answers, f->form, f->paper.answers,
                                   f->paper.answers_len, NULL, pool);
    if (f->since)
        return portal_form_renew(answers, f->form, f->since, f->paper.last,
                                 f->paper.last_len, pool);
    if (f->scope)
        return portal_returned_answers(answers, f->form, f->paper.sent, f->paper.sent_len,
                                       *f->paper.filler.lobby_id ? f->scope : NULL, pool);
    *answers =
        f->last ? portal_prefill(f->form, f->last, f->paper.last, f->paper.last_len, pool)
                : portal_answers_new(f->form, pool);
    return APR_SUCCESS;
}

/* The first answers that the form asks the record for; not in the lobby, where nobody knows who
 * holds the tablet. */
static apr_status_t begin_answers(const portal_call_t *call, const portal_filling_t *f,
                                  portal_answers_t *answers)
{
    portal_home_person_t home = {.binder_id = f->paper.filler.binder_id};
    const char *patient = NULL;
    apr_status_t rv;

    if (!*f->paper.filler.lobby_id) {
        rv = portal_store_read(&call->app->store, &call->actor, call->now,
                               portal_act_home_person, &home, call->pool);
        if (rv != APR_SUCCESS)
            return rv;
        if (home.found)
            patient = portal_fhir_patient_write(
                &(portal_fhir_row_id_t){home.binder_id, home.updated}, &home.person,
                call->pool);
    }
    portal_calculate_first(answers, patient, PORTAL_FROM_RECORD);
    return APR_SUCCESS;
}

apr_status_t portal_filling_answers(const portal_call_t *call, const portal_filling_t *f,
                                    portal_answers_t **answers)
{
    apr_status_t rv = read_answers(f, answers, call->pool);

    if (rv != APR_SUCCESS)
        return rv;
    portal_answers_clock(*answers, call->now);
    return f->form->expressions && !f->paper.answers && !f->scope
               ? begin_answers(call, f, *answers)
               : APR_SUCCESS;
}

/* Only what was given back and was not sent again. */
static const bool *scope_of(const portal_filling_t *f, apr_pool_t *pool)
{
    apr_array_header_t *link_ids =
        apr_array_make(pool, f->paper.n_returned + 1, sizeof(const char *));

    for (int i = 0; i < f->paper.n_returned; i++)
        if (!f->paper.returned[i].answered)
            APR_ARRAY_PUSH(link_ids, const char *) = f->paper.returned[i].link_id;
    return portal_returned_scope(f->form, link_ids, pool);
}

void portal_filling_returned(const portal_filling_t *f, const portal_form_page_t *page,
                             json_t *view)
{
    json_t *list = json_array();

    for (int i = 0; i < f->paper.n_returned; i++) {
        const portal_returned_t *one = &f->paper.returned[i];
        const portal_item_t *item = portal_form_item(f->form, one->link_id);
        if (one->answered || !item || (page && portal_page_of(f->pages, item) != page))
            continue;
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "label",
                            portal_node_label(f->answers, one->question, item, f->lang),
                            "note", one->note));
    }
    json_object_set_new(view, "has_returned", json_boolean(json_array_size(list)));
    json_object_set_new(view, "returned", list);
}

/* The form that was answered last time. One that cannot be read any more fills in nothing. */
static apr_status_t open_last(const portal_call_t *call, portal_filling_t *f)
{
    const char *source;
    apr_status_t rv = f->paper.last
                          ? portal_paperwork_form(call, f->paper.row.form,
                                                  f->paper.last_hash, &f->last, &source)
                          : APR_SUCCESS;

    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* The form as far as it is open, with the answers. */
static apr_status_t open_form(const portal_call_t *call, portal_filling_t *f)
{
    apr_status_t rv = open_last(call, f);

    f->lang = portal_form_language(f->form, call->lang);
    if (rv == APR_SUCCESS)
        rv = portal_renewing_open(call, f);
    if (rv != APR_SUCCESS)
        return rv;
    if (f->paper.sent)
        f->scope = scope_of(f, call->pool);
    f->pages =
        f->scope ? portal_returned_pages(f->form, f->scope, call->pool) : f->form->pages;
    return portal_filling_answers(call, f, &f->answers);
}

portal_answer_t *portal_filling_open(portal_call_t *call, portal_filling_t *f)
{
    apr_status_t rv;

    memset(f, 0, sizeof(*f));
    f->paper.filler = portal_paperwork_filler(call);
    f->paper.id = call->id[0];
    rv = portal_store_read(&call->app->store, &call->actor, call->now, portal_act_paper,
                           &f->paper, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0603");
    if (!f->paper.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    rv = portal_paperwork_form(call, f->paper.row.form, f->paper.row.form_hash, &f->form,
                               &f->source);
    if (!strcmp(f->paper.row.state, "submitted"))
        return show_closed(call, f);
    if (rv == APR_NOTFOUND)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "no_form");
    if (rv == APR_SUCCESS)
        rv = open_form(call, f);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0604");
    return NULL;
}

/* ---- what was typed ---- */

static int is_empty(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

typedef struct {
    const portal_call_t *call;
    const portal_answers_t *answers;
} taking_t;

static int any_chosen(const apr_array_header_t *sent)
{
    for (int i = 0; i < sent->nelts; i++)
        if (!is_empty(APR_ARRAY_IDX(sent, i, const char *)))
            return 1;
    return 0;
}

/* Where one answer is asked for, a chosen option goes before words that were left in the box. */
static int means_other(const taking_t *t, const char *name,
                       const apr_array_header_t *sent)
{
    const portal_node_t *node = portal_answers_by_name(t->answers, name);

    if (!node || node->item->type != PORTAL_ITEM_OPEN_CHOICE)
        return 0;
    for (int i = 0; i < sent->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(sent, i, const char *), "other"))
            return 0;
    return node->item->repeats || !any_chosen(sent);
}

static const apr_array_header_t *field_values(void *baton, const char *name)
{
    const taking_t *t = baton;
    apr_pool_t *pool = t->call->pool;
    const apr_array_header_t *sent = portal_field_all(t->call, name);
    apr_array_header_t *with;

    if (is_empty(portal_field(t->call, apr_pstrcat(pool, name, ".other", NULL))) ||
        !means_other(t, name, sent))
        return sent->nelts ? sent : NULL;
    with = apr_array_copy(pool, sent);
    APR_ARRAY_PUSH(with, const char *) = "other";
    return with;
}

bool portal_filling_take(const portal_call_t *call, portal_answers_t *answers,
                         const portal_form_page_t *page)
{
    taking_t taking = {call, answers};
    return portal_answers_take(answers, page, field_values, &taking);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One form at the front desk: reading what was sent, or left in the lobby, and exporting it. What is
 * done with it then is in handling.c.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/calculate.h"
#include "core/form_view.h"
#include "core/response.h"
#include "page/binder_head.h"
#include "page/erased.h"
#include "page/paperwork.h"
#include "page/reading.h"
#include "page/signing.h"
#include "store/desk_paper.h"

#define FHIR_JSON "application/fhir+json"

/* ---- what was sent ---- */

static json_t *past_view(const portal_call_t *call, const portal_desk_paper_t *p)
{
    json_t *list = json_array();

    for (int i = 0; i < p->n_past; i++)
        if (p->past[i].number != p->row.number)
            json_array_append_new(
                list,
                json_pack("{s:I, s:o, s:b}", "number", (json_int_t)p->past[i].number,
                          "submitted", portal_time_or_false(call, p->past[i].authored),
                          "in_lobby", !strcmp(p->past[i].made_in, "lobby")));
    return list;
}

static const char *label_of(const portal_call_t *call, const portal_reading_t *r,
                            const portal_answers_t *answers, const portal_returned_t *one)
{
    const portal_item_t *item = portal_form_item(r->form, one->link_id);

    return item ? portal_node_label(answers, one->question, item, call->lang)
                : one->link_id;
}

static json_t *returned_view(const portal_call_t *call, const portal_reading_t *r)
{
    json_t *list = json_array();
    portal_response_t read;

    if (r->p.n_returned && portal_response_read(&read, r->form, r->p.response.text,
                                                r->p.response.len, call->pool))
        return list;

    for (int i = 0; i < r->p.n_returned; i++) {
        const portal_returned_t *one = &r->p.returned[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "label",
                            label_of(call, r, read.answers, one), "note", one->note, "by",
                            one->by, "at", portal_time_or_false(call, one->created),
                            "answered", portal_time_or_false(call, one->answered)));
    }
    return list;
}

/* What can be done with it from the state that it is in. */
static json_t *acts_view(const portal_row_desk_paper *row, int is_now)
{
    int fresh = !strcmp(row->queue, "new") || !strcmp(row->queue, "reading");
    int accepted = !strcmp(row->queue, "accepted"),
        returned = !strcmp(row->queue, "returned");

    return json_pack("{s:b, s:b, s:b, s:b}", "accept", is_now && fresh, "file",
                     is_now && (fresh || accepted), "return",
                     is_now && (fresh || accepted || returned), "reopen",
                     is_now && (accepted || returned || !strcmp(row->queue, "filed")));
}

static json_t *state_view(const portal_call_t *call, const portal_row_desk_paper *row)
{
    return json_pack(
        "{s:s, s:s, s:s, s:o}", "name", row->queue, "text",
        apr_pstrcat(call->pool, "t:paperwork_state.", row->queue, NULL), "by",
        *row->handled_by ? row->handled_by : row->read_by, "at",
        portal_time_or_false(call, row->handled_at ? row->handled_at : row->read_at));
}

static json_t *before_view(const portal_call_t *call, const portal_before_t *before)
{
    if (!before->text)
        return json_false();
    return json_pack("{s:b, s:o}", "same", before->same, "submitted",
                     portal_time_or_false(call, before->authored));
}

/* On its way to the hospital's own system. */
static json_t *push_view(const portal_call_t *call, const portal_row_push_of *push)
{
    if (!*push->state)
        return json_false();
    return json_pack(
        "{s:s, s:s, s:o}", "state", push->state, "text",
        apr_pstrcat(call->pool, "t:export_out.", push->state, NULL), "at",
        portal_time_or_false(call, push->finished ? push->finished : push->created));
}

/* What was sent; NULL when it cannot be read. */
static json_t *sent_view(const portal_call_t *call, const portal_reading_t *r)
{
    const portal_row_desk_paper *row = &r->p.row;
    int is_now = row->number == r->p.n_past + 1;
    portal_contact_t contact[PORTAL_CONTACT_FIELDS];
    json_t *gone, *parts = portal_reading_parts(call, r, &gone), *view, *past, *returned;

    if (!parts)
        return NULL;
    past = past_view(call, &r->p);
    returned = returned_view(call, r);
    view = json_pack("{s:o, s:s, s:s, s:b, s:o, s:s, s:o}", "parts", parts, "language",
                     row->language, "read_in", portal_form_language(r->form, call->lang),
                     "in_lobby", !strcmp(row->made_in, "lobby"), "submitted",
                     portal_time_or_false(call, row->authored), "read_by", row->read_by,
                     "read", portal_time_or_false(call, row->read_at));
    json_object_set_new(view, "number", json_integer(row->number));
    json_object_set_new(view, "signature",
                        portal_signing_record(call, r->p.signature, r->p.response.text,
                                              r->p.response.len));
    json_object_set_new(
        view, "leaves",
        portal_retention_view(call, is_now ? row->queue : "", row->handled_at));
    json_object_set_new(view, "refused", json_boolean(is_now && row->refused));
    json_object_set_new(view, "push", push_view(call, &r->p.push));
    json_object_set_new(view, "is_now", json_boolean(is_now));
    json_object_set_new(view, "again", json_boolean(row->number > 1));
    json_object_set_new(view, "state", state_view(call, row));
    json_object_set_new(view, "can", acts_view(row, is_now));
    json_object_set_new(view, "has_contact",
                        json_boolean(is_now && portal_reading_contact(call, r, contact)));
    json_object_set_new(view, "compared", before_view(call, &r->p.before));
    json_object_set_new(view, "has_gone", json_boolean(json_array_size(gone)));
    json_object_set_new(view, "gone", gone);
    json_object_set_new(view, "has_past", json_boolean(json_array_size(past)));
    json_object_set_new(view, "past", past);
    json_object_set_new(view, "has_returned", json_boolean(json_array_size(returned)));
    json_object_set_new(view, "returned", returned);
    return view;
}

/* ---- what was left in the lobby ---- */

/* A draft that was left in the lobby; NULL when it cannot be read. */
static json_t *draft_view(const portal_call_t *call, const portal_desk_paper_t *p, int i)
{
    const portal_row_desk_drafts *row = &p->drafts[i];
    const portal_form_t *form;
    const char *source;
    portal_answers_t *answers;

    if (portal_paperwork_form(call, p->row.form, row->form_hash, &form, &source) ||
        portal_answers_read(&answers, form, p->draft_texts[i].text, p->draft_texts[i].len,
                            NULL, call->pool))
        return NULL;
    portal_answers_clock(answers, call->now);
    return json_pack("{s:o, s:s, s:o, s:o}", "parts",
                     portal_form_review_view(answers, form->pages, row->language),
                     "language", row->language, "begun",
                     portal_time_or_false(call, row->created), "updated",
                     portal_time_or_false(call, row->updated));
}

static json_t *drafts_view(const portal_call_t *call, const portal_desk_paper_t *p)
{
    json_t *list = json_array(), *one;

    for (int i = 0; i < p->n_drafts; i++) {
        one = draft_view(call, p, i);
        if (!one) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, one);
    }
    return list;
}

/* ---- the page ---- */

const char *portal_reading_title(const portal_call_t *call, const portal_reading_t *r)
{
    const portal_form_t *form =
        r->form ? r->form : portal_app_form(call->app, r->p.row.form);

    return form ? portal_text_in(&form->title, call->lang) : r->p.row.form;
}

static portal_answer_t *show(portal_call_t *call, const portal_reading_t *r)
{
    const portal_desk_paper_t *p = &r->p;
    const portal_row_desk_paper *row = &p->row;
    json_t *sent = r->form ? sent_view(call, r) : json_false(), *drafts, *view;
    portal_binder_head_t head = {row->binder_id, row->mrn, row->family, row->given,
                                 row->birth_date};

    drafts = sent ? drafts_view(call, p) : NULL;
    if (!drafts) {
        json_decref(sent);
        return portal_answer_away(call, APR_EINVAL, "PTL0624");
    }
    view = json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:s}", "paper_id", p->id,
                     "form", row->form, "form_title", portal_reading_title(call, r),
                     "case_number", row->case_number, "sent", sent, "has_drafts",
                     p->n_drafts > 0, "drafts", drafts, "assigned",
                     portal_time_or_false(call, row->created), "assigned_by",
                     row->created_by);
    portal_binder_head(call, view, &head, PORTAL_TAB_PAPERWORK);
    return portal_answer_view(call, view);
}

portal_answer_t *portal_reading_open(portal_call_t *call, portal_reading_t *r,
                                     apr_int64_t number)
{
    const char *source;
    apr_status_t rv;

    *r = (portal_reading_t){.p = {.id = call->id[0], .number = number}};
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_desk_paper, &r->p, call->pool);
    if (rv == APR_SUCCESS && !r->p.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (rv == APR_SUCCESS && r->p.response.text)
        rv = portal_paperwork_form(call, r->p.row.form, r->p.row.form_hash, &r->form,
                                   &source);
    return rv == APR_SUCCESS ? NULL : portal_answer_away(call, rv, "PTL0623");
}

static int wants_fhir(const portal_call_t *call)
{
    const char *accept = apr_table_get(call->r->headers_in, "Accept");
    return accept && !strncasecmp(accept, FHIR_JSON, strlen(FHIR_JSON));
}

portal_answer_t *portal_page_paperwork_read(portal_call_t *call)
{
    portal_reading_t reading;
    portal_answer_t *answer;
    const char *done = portal_query(call, "done", 20);

    if (wants_fhir(call))
        return portal_page_paperwork_export(call);
    answer =
        portal_reading_open(call, &reading, apr_atoi64(portal_query(call, "number", 6)));
    if (answer)
        return answer;
    call->notice = !strcmp(done, "accepted")   ? "notice.paper_accepted"
                   : !strcmp(done, "returned") ? "notice.paper_returned"
                   : !strcmp(done, "reading")  ? "notice.paper_reading"
                   : !strcmp(done, "contact")  ? "notice.contact_taken"
                                               : call->notice;
    return show(call, &reading);
}

portal_answer_t *portal_page_paperwork_desk_copy(portal_call_t *call)
{
    portal_reading_t reading;
    portal_answer_t *answer =
        portal_reading_open(call, &reading, apr_atoi64(portal_query(call, "number", 6)));

    return answer ? answer : portal_signing_copy(call, reading.p.signature, call->id[0]);
}

portal_answer_t *portal_page_paperwork_export(portal_call_t *call)
{
    portal_desk_paper_t p = {.id = call->id[0],
                             .number = apr_atoi64(portal_query(call, "number", 6))};
    portal_answer_t *answer;
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_desk_export, &p, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0625");
    if (!p.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (!p.response.text)
        return portal_answer_problem(call, HTTP_CONFLICT, "not_sent");
    answer = portal_answer_page(call, HTTP_OK, NULL, json_object());
    answer->content_type = FHIR_JSON;
    answer->raw = p.response.text;
    answer->raw_len = p.response.len;
    answer->filename =
        apr_pstrcat(call->pool, "paperwork-", p.row.response_id, ".json", NULL);
    return answer;
}

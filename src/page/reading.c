/* SPDX-License-Identifier: Apache-2.0 */
/* One form at the front desk: reading what was sent, or left in the lobby, and exporting it. */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/form_view.h"
#include "page/binder_head.h"
#include "page/paperwork.h"
#include "store/desk_paper.h"

#define FHIR_JSON "application/fhir+json"

/* What was sent, or false. */
static json_t *sent_view(const portal_call_t *call, const portal_desk_paper_t *p,
                         const portal_form_t *form)
{
    const portal_row_desk_paper *row = &p->row;
    json_t *parts = portal_paperwork_parts(call, form, p->response.text, p->response.len,
                                           row->language);

    if (!parts)
        return NULL;
    return json_pack("{s:o, s:s, s:b, s:o, s:s, s:o}", "parts", parts, "language",
                     row->language, "in_lobby", !strcmp(row->made_in, "lobby"),
                     "submitted", portal_time_or_false(call, row->authored), "read_by",
                     row->read_by, "read", portal_time_or_false(call, row->read_at));
}

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
    return json_pack("{s:o, s:s, s:o, s:o}", "parts",
                     portal_form_review_view(answers, portal_form_pages(form, call->pool),
                                             row->language),
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

/* The title as it was when it was answered. */
static const char *title_of(const portal_call_t *call, const portal_desk_paper_t *p,
                            const portal_form_t *form)
{
    if (!form)
        form = portal_app_form(call->app, p->row.form);
    return form ? portal_text_in(&form->title, call->lang) : p->row.form;
}

static portal_answer_t *show(portal_call_t *call, const portal_desk_paper_t *p,
                             const portal_form_t *form)
{
    const portal_row_desk_paper *row = &p->row;
    json_t *sent = form ? sent_view(call, p, form) : json_false(), *drafts, *view;
    portal_binder_head_t head = {row->binder_id, row->mrn, row->family, row->given,
                                 row->birth_date};

    drafts = sent ? drafts_view(call, p) : NULL;
    if (!drafts) {
        json_decref(sent);
        return portal_answer_away(call, APR_EINVAL, "PTL0624");
    }
    view = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:s}", "paper_id", p->id, "form",
        row->form, "form_title", title_of(call, p, form), "case_number", row->case_number,
        "sent", sent, "has_drafts", p->n_drafts > 0, "drafts", drafts, "assigned",
        portal_time_or_false(call, row->created), "assigned_by", row->created_by);
    portal_binder_head(call, view, &head, PORTAL_TAB_PAPERWORK);
    return portal_answer_view(call, view);
}

static int wants_fhir(const portal_call_t *call)
{
    const char *accept = apr_table_get(call->r->headers_in, "Accept");
    return accept && !strncasecmp(accept, FHIR_JSON, strlen(FHIR_JSON));
}

portal_answer_t *portal_page_paperwork_read(portal_call_t *call)
{
    portal_desk_paper_t p = {.id = call->id[0]};
    const portal_form_t *form = NULL;
    const char *source;
    apr_status_t rv;

    if (wants_fhir(call))
        return portal_page_paperwork_export(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_desk_paper, &p, call->pool);
    if (rv == APR_SUCCESS && !p.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (rv == APR_SUCCESS && p.response.text)
        rv = portal_paperwork_form(call, p.row.form, p.row.form_hash, &form, &source);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0623");
    return show(call, &p, form);
}

portal_answer_t *portal_page_paperwork_export(portal_call_t *call)
{
    portal_desk_paper_t p = {.id = call->id[0]};
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

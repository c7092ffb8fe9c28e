/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing paperwork at the desk: one form, or all that a binder has. The page asks for the reason, the
 * next one for a confirmation; what stays is a record of it.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/form_view.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/desk.h"
#include "page/erased.h"
#include "page/page.h"
#include "store/erase.h"
#include "store/retention.h"

#define AHEAD apr_time_from_sec(30 * 86400)

/* ---- what would be erased ---- */

static const char *title_of(const portal_call_t *call, const char *form,
                            const char *title)
{
    const portal_form_t *now = portal_app_form(call->app, form);

    if (*title)
        return title;
    return now ? portal_text_in(&now->title, call->lang) : form;
}

static const char *state_of(const portal_call_t *call, const portal_row_erasable *row)
{
    if (*row->queue)
        return apr_pstrcat(call->pool, "t:paperwork_state.", row->queue, NULL);
    return row->drafts ? "t:paperwork_state.unfinished" : "t:paperwork_state.open";
}

static json_t *rows_view(const portal_call_t *call, const portal_erasable_t *e)
{
    json_t *list = json_array();

    for (int i = 0; i < e->n; i++) {
        const portal_row_erasable *row = &e->rows[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", row->id, "title",
                            title_of(call, row->form, row->title), "case_number",
                            row->case_number, "state_text", state_of(call, row),
                            "submitted", portal_time_or_false(call, row->sent)));
    }
    return list;
}

static json_t *reason(const portal_call_t *call, const char *value)
{
    const char *key = apr_pstrcat(call->pool, "erase_reason.", value, NULL);

    return json_pack("{s:s, s:s, s:s, s:b, s:b}", "id", value, "value", value, "label",
                     portal_catalogue_text(call->site->catalogue, call->lang, key),
                     "chosen", !strcmp(portal_field(call, "reason"), value), "note", 0);
}

/* Where what is meant is seen, and where the binder's list is. */
static const char *back_of(const portal_call_t *call, const portal_erasable_t *e)
{
    return e->id ? apr_pstrcat(call->pool, "/paperwork/", e->id, NULL)
                 : apr_pstrcat(call->pool, "/binders/", e->binder_id, "/paperwork", NULL);
}

static portal_erasable_t meant(const portal_call_t *call)
{
    portal_erasable_t e = {.id = NULL};

    if (!strncmp(call->path, "/binders/", strlen("/binders/")))
        e.binder_id = call->id[0];
    else
        e.id = call->id[0];
    return e;
}

/* NULL: it is there. */
static portal_answer_t *open_it(portal_call_t *call, portal_erasable_t *e)
{
    apr_status_t rv;

    *e = meant(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_erasable, e, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0640");
    return e->found ? NULL : portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
}

/* ---- asking for the reason ---- */

portal_answer_t *portal_page_erase_show(portal_call_t *call)
{
    portal_erasable_t e;
    portal_answer_t *answer = open_it(call, &e);
    portal_binder_head_t head;
    json_t *view;

    if (answer)
        return answer;
    view = json_pack("{s:b, s:s, s:b, s:o, s:I, s:{s:[o, o, o, o]}}", "is_all", !e.id,
                     "back", back_of(call, &e), "has_rows", e.n > 0, "rows",
                     rows_view(call, &e), "number", (json_int_t)e.seen, "reasons",
                     "options", reason(call, "asked"), reason(call, "person"),
                     reason(call, "mistake"), reason(call, "ended"));
    head = (portal_binder_head_t){e.binder_id, e.binder.mrn, e.binder.family,
                                  e.binder.given, e.binder.birth_date};
    portal_binder_head(call, view, &head, PORTAL_TAB_PAPERWORK);
    return portal_answer_view(call, view);
}

portal_answer_t *portal_page_erase_all_show(portal_call_t *call)
{
    return portal_page_erase_show(call);
}

/* ---- asking first ---- */

static void add_line(json_t *lines, const char *text)
{
    json_array_append_new(lines, json_pack("{s:s}", "text", text));
}

static json_t *lines_view(const portal_call_t *call, const portal_erasable_t *e)
{
    const portal_row_binder_get *b = &e->binder;
    json_t *lines = json_array();

    json_array_append_new(
        lines, json_pack("{s:s, s:s, s:s}", "text", "t:erase_confirm.whom", "name",
                         portal_person_name(b->family, b->given, b->mrn, call->pool),
                         "mrn", b->mrn));
    for (int i = 0; i < e->n; i++)
        json_array_append_new(lines,
                              json_pack("{s:s, s:s, s:s}", "text", "t:erase_confirm.form",
                                        "form_title",
                                        title_of(call, e->rows[i].form, e->rows[i].title),
                                        "number", e->rows[i].case_number));
    add_line(lines, "t:erase_confirm.gone");
    add_line(lines, "t:erase_confirm.backups");
    if (call->app->config->export_to.text)
        add_line(lines, "t:erase_confirm.elsewhere");
    add_line(lines, "t:erase_confirm.record");
    return lines;
}

static portal_answer_t *ask_first(portal_call_t *call)
{
    portal_erasable_t e;
    portal_answer_t *answer;
    json_t *view;

    if (call->json) {
        portal_error_add(call, "confirm", "error.missing.confirm");
        return portal_answer_problem(call, HTTP_UNPROCESSABLE_ENTITY, "invalid");
    }
    answer = open_it(call, &e);
    if (answer)
        return answer;
    view = json_pack("{s:s, s:s, s:s, s:o, s:[{s:s, s:s}, {s:s, s:s}]}", "title",
                     "t:erase_confirm.title", "action",
                     apr_pstrcat(call->pool, back_of(call, &e), "/erase", NULL), "cancel",
                     back_of(call, &e), "lines", lines_view(call, &e), "hidden", "name",
                     "reason", "value", portal_field(call, "reason"), "name", "number",
                     "value", portal_field(call, "number"));
    return portal_answer_page(call, HTTP_OK, "confirm", view);
}

/* ---- erasing ---- */

portal_answer_t *portal_page_erase(portal_call_t *call)
{
    portal_erase_t act = {.what = meant(call),
                          .seen = apr_atoi64(portal_field(call, "number")),
                          .reason = portal_field(call, "reason")};
    portal_answer_t *answer;
    apr_status_t rv;

    if (!portal_erase_reason_known(act.reason)) {
        portal_error_add(call, "reason", "error.choice");
        return portal_page_erase_show(call);
    }
    if (!*portal_field(call, "confirm"))
        return ask_first(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now, portal_act_erase,
                            &act, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0641");
    if (act.verdict == PORTAL_ERASE_GONE)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (act.verdict == PORTAL_ERASE_OK)
        return portal_answer_see(call, "/binders/%s/paperwork?done=erased",
                                 act.what.binder_id);
    portal_error_add(call, "", "error.erase_changed");
    answer = portal_page_erase_show(call);
    answer->status = HTTP_CONFLICT;
    answer->template = "paperwork_erase";
    return answer;
}

portal_answer_t *portal_page_erase_all(portal_call_t *call)
{
    return portal_page_erase(call);
}

/* ---- what was erased ---- */

json_t *portal_erased_rows(const portal_call_t *call, const portal_erasures_t *e)
{
    json_t *list = json_array();

    for (int i = 0; i < e->n; i++) {
        const portal_row_erasures *row = &e->rows[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:s, s:s, s:s}",
                      "binder_id", row->binder_id, "name",
                      portal_person_name(row->family, row->given, row->mrn, call->pool),
                      "title", title_of(call, row->form, row->title), "case_number",
                      row->case_number, "form_hash", row->form_hash, "number",
                      (json_int_t)row->number, "submitted",
                      portal_time_or_false(call, row->sent), "at",
                      portal_time_or_false(call, row->erased), "by", row->erased_by,
                      "reason", row->reason, "reason_text",
                      apr_pstrcat(call->pool, "t:erase_reason.", row->reason, NULL)));
    }
    return list;
}

/* ---- what is erased next ---- */

json_t *portal_retention_view(const portal_call_t *call, const char *state,
                              apr_time_t handled_at)
{
    return portal_time_or_false(
        call,
        portal_retention_end(call->app->config->paperwork_retention, state, handled_at));
}

/* `is_draft`: it was not sent, and is erased for itself. */
static void add_leaving(const portal_call_t *call, json_t *list,
                        const portal_row_retention_responses *row, int is_draft)
{
    apr_interval_time_t keep = call->app->config->paperwork_retention;

    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "id", row->id, "title",
                        title_of(call, row->form, row->title), "binder_id",
                        row->binder_id, "name",
                        portal_person_name(row->family, row->given, row->mrn, call->pool),
                        "case_number", row->case_number, "is_draft", is_draft, "leaves",
                        portal_time_or_false(call, row->since + keep)));
}

static json_t *leaving_view(const portal_call_t *call, const portal_leaving_t *l)
{
    json_t *list = json_array();

    for (int k = 0; k < 2; k++)
        for (int i = 0; i < l->n_responses[k]; i++)
            add_leaving(call, list, &l->responses[k][i], 0);
    for (int i = 0; i < l->n_drafts; i++) {
        const portal_row_retention_drafts *d = &l->drafts[i];
        const portal_row_retention_responses row = {.id = d->id,
                                                    .form = d->form,
                                                    .title = d->title,
                                                    .binder_id = d->binder_id,
                                                    .mrn = d->mrn,
                                                    .family = d->family,
                                                    .given = d->given,
                                                    .case_number = d->case_number,
                                                    .since = d->since};
        add_leaving(call, list, &row, 1);
    }
    return list;
}

/* ---- both ---- */

portal_answer_t *portal_page_erasures(portal_call_t *call)
{
    portal_leaving_t leaving = {.keep = call->app->config->paperwork_retention,
                                .ahead = AHEAD};
    portal_erased_page_t page = {
        .erased = {.binder_id = "", .page = portal_desk_page_wanted(call)}};
    const portal_erasures_t *e = &page.erased;
    json_t *list;
    apr_status_t rv;

    if (e->page == 1)
        page.leaving = &leaving;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_erased_page, &page, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0642");
    list = leaving_view(call, &leaving);
    return portal_answer_view(
        call,
        json_pack("{s:b, s:o, s:b, s:b, s:o, s:o}", "has_erased", e->n > 0, "erased",
                  portal_erased_rows(call, e), "has_end", leaving.keep != 0,
                  "has_leaving", json_array_size(list) > 0, "leaving", list, "pages",
                  portal_desk_pages("/paperwork/erasures", e->page, PORTAL_ERASURES_PAGE,
                                    e->total)));
}

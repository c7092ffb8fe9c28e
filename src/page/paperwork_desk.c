/* SPDX-License-Identifier: Apache-2.0 */
/* The front desk's lists of paperwork: the tab of a binder, with assigning, and the queue. */
#include <apr_strings.h>
#include <httpd.h>
#include <stdlib.h>
#include <string.h>

#include "core/person.h"
#include "page/binder_head.h"
#include "page/erased.h"
#include "page/paperwork.h"
#include "store/desk_paper.h"

/* ---- the tab of a binder ---- */

static const char *title_of(const portal_call_t *call, const char *form,
                            const char *title)
{
    const portal_form_t *now = portal_app_form(call->app, form);

    if (*title)
        return title;
    return now ? portal_text_in(&now->title, call->lang) : form;
}

/* What became of a form: at the desk once it was sent, before that with the patient. */
static const char *state_of(const portal_call_t *call,
                            const portal_row_binder_papers *row)
{
    if (!strcmp(row->queue, "reading"))
        return "t:paperwork_state.read";
    if (*row->queue)
        return apr_pstrcat(call->pool, "t:paperwork_state.", row->queue, NULL);
    if (row->unfinished)
        return "t:paperwork_state.unfinished";
    if (row->at_home)
        return "t:paperwork_state.started";
    return portal_app_form(call->app, row->form) ? "t:paperwork_state.open"
                                                 : "t:paperwork_state.no_form";
}

static json_t *papers_view(const portal_call_t *call, const portal_binder_papers_t *p)
{
    json_t *list = json_array();

    for (int i = 0; i < p->n_papers; i++) {
        const portal_row_binder_papers *row = &p->papers[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "id", row->id,
                      "form", row->form, "title", title_of(call, row->form, row->title),
                      "case_number", row->case_number, "state", row->state, "state_text",
                      state_of(call, row), "assigned",
                      portal_time_or_false(call, row->created), "assigned_by",
                      row->created_by, "submitted",
                      portal_time_or_false(call, row->closed), "leaves",
                      portal_retention_view(call, row->queue, row->handled_at)));
    }
    return list;
}

static json_t *option(const portal_call_t *call, const char *field, const char *value,
                      const char *label)
{
    return json_pack("{s:s, s:s, s:b}", "value", value, "label", label, "chosen",
                     !strcmp(portal_field(call, field), value));
}

static json_t *forms_view(const portal_call_t *call)
{
    const apr_array_header_t *forms = call->app->forms;
    json_t *list = json_array();

    for (int i = 0; forms && i < forms->nelts; i++) {
        const portal_form_t *form = APR_ARRAY_IDX(forms, i, portal_form_file_t).form;
        if (form)
            json_array_append_new(list, option(call, "form", form->name,
                                               portal_text_in(&form->title, call->lang)));
    }
    return list;
}

static json_t *cases_view(const portal_call_t *call, const portal_binder_papers_t *p)
{
    json_t *list = json_array();

    for (int i = 0; i < p->n_cases; i++) {
        const char *title = p->cases[i].title, *number = p->cases[i].number;
        json_array_append_new(
            list, option(call, "case", p->cases[i].id,
                         *title ? apr_pstrcat(call->pool, number, " · ", title, NULL)
                                : number));
    }
    return list;
}

portal_answer_t *portal_page_binder_paperwork(portal_call_t *call)
{
    portal_binder_papers_t p = {.binder_id = call->id[0]};
    portal_binder_head_t head;
    json_t *view, *forms, *cases;
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_binder_papers, &p, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0620");
    if (!p.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (!strcmp(portal_query(call, "done", 20), "assigned"))
        call->notice = "notice.assigned";
    if (!strcmp(portal_query(call, "done", 20), "erased"))
        call->notice = "notice.erased";
    forms = forms_view(call);
    cases = cases_view(call, &p);
    view = json_pack("{s:b, s:o, s:b, s:{s:o}, s:{s:o}}", "has_papers", p.n_papers > 0,
                     "papers", papers_view(call, &p), "can_assign",
                     json_array_size(forms) && json_array_size(cases), "forms", "options",
                     forms, "cases", "options", cases);
    json_object_set_new(view, "has_erased", json_boolean(p.erased.n > 0));
    json_object_set_new(view, "erased", portal_erased_rows(call, &p.erased));
    head = (portal_binder_head_t){p.binder_id, p.binder.mrn, p.binder.family,
                                  p.binder.given, p.binder.birth_date};
    portal_binder_head(call, view, &head, PORTAL_TAB_PAPERWORK);
    return portal_answer_view(call, view);
}

portal_answer_t *portal_page_paperwork_assign(portal_call_t *call)
{
    portal_desk_assign_t assign = {.binder_id = call->id[0],
                                   .case_id = portal_field(call, "case"),
                                   .form = portal_field(call, "form")};
    apr_status_t rv;

    if (!portal_app_form(call->app, assign.form)) {
        portal_error_add(call, "form", "error.choice");
        return portal_page_binder_paperwork(call);
    }
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_desk_assign, &assign, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0621");
    if (assign.verdict == PORTAL_ASSIGN_OK)
        return portal_answer_see(call, "/binders/%s/paperwork?done=assigned",
                                 assign.binder_id);
    if (assign.verdict == PORTAL_ASSIGN_NO_CASE)
        portal_error_add(call, "case", "error.choice");
    if (assign.verdict == PORTAL_ASSIGN_ALREADY)
        portal_error_add(call, "form", "error.assigned");
    return portal_page_binder_paperwork(call);
}

/* ---- the queue ---- */

static const struct {
    const char *path, *text;
} lists[] = {
    [PORTAL_QUEUE_TODO] = {"/paperwork", "t:paperwork_queue.todo"},
    [PORTAL_QUEUE_RETURNED] = {"/paperwork/returned", "t:paperwork_queue.returned"},
    [PORTAL_QUEUE_FILED] = {"/paperwork/filed", "t:paperwork_queue.filed"},
};
#define LISTS (int)(sizeof lists / sizeof *lists)

static json_t *lists_view(const portal_paper_queue_t *q)
{
    const portal_row_paper_counts *n = &q->counts;
    const apr_int64_t counts[] = {n->unread + n->reading + n->accepted, n->returned,
                                  n->filed};
    json_t *list = json_array();

    for (int i = 0; i < LISTS; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:b}", "text",
                                              lists[i].text, "href", lists[i].path,
                                              "count", (json_int_t)counts[i], "current",
                                              (int)q->list == i));
    return list;
}

/* Who has it in hand, or put it where it is. */
static json_t *row_view(const portal_call_t *call, const portal_row_papers_in_state *row)
{
    json_t *view = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:b, s:s}", "id", row->id, "binder_id",
        row->binder_id, "name",
        portal_person_name(row->family, row->given, row->mrn, call->pool), "title",
        title_of(call, row->form, row->title), "case_number", row->case_number,
        "submitted", portal_time_or_false(call, row->authored), "is_new",
        !strcmp(row->state, "new"), "in_lobby", !strcmp(row->made_in, "lobby"), "read_by",
        row->read_by);

    json_object_set_new(view, "state", json_string(row->state));
    json_object_set_new(
        view, "state_text",
        json_string(apr_pstrcat(call->pool, "t:paperwork_state.", row->state, NULL)));
    json_object_set_new(view, "reading", json_boolean(!strcmp(row->state, "reading")));
    json_object_set_new(view, "handled_by",
                        *row->handled_by ? json_string(row->handled_by) : json_false());
    json_object_set_new(view, "again", json_boolean(row->number > 1));
    json_object_set_new(view, "refused", json_boolean(row->refused != 0));
    json_object_set_new(view, "leaves",
                        portal_retention_view(call, row->state, row->handled_at));
    return view;
}

static json_t *left_view(const portal_call_t *call, const portal_row_papers_left *row)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o}", "id", row->id, "binder_id", row->binder_id,
        "name", portal_person_name(row->family, row->given, row->mrn, call->pool),
        "title", title_of(call, row->form, row->title), "case_number", row->case_number,
        "updated", portal_time_or_false(call, row->updated));
}

static json_t *pages_view(const portal_paper_queue_t *q)
{
    if (q->last_page < 2)
        return json_false();
    return json_pack("{s:s, s:i, s:i, s:o, s:o}", "action", lists[q->list].path,
                     "current", q->page, "last", q->last_page, "previous",
                     q->page > 1 ? json_integer(q->page - 1) : json_false(), "next",
                     q->page < q->last_page ? json_integer(q->page + 1) : json_false());
}

static json_t *queue_view(const portal_call_t *call, const portal_paper_queue_t *q)
{
    json_t *rows = json_array(), *left = json_array();

    for (int i = 0; i < q->n; i++)
        json_array_append_new(rows, row_view(call, &q->rows[i]));
    for (int i = 0; i < q->n_left; i++)
        json_array_append_new(left, left_view(call, &q->left[i]));
    return json_pack("{s:b, s:o, s:b, s:o, s:I, s:o, s:b, s:o}", "has_rows", q->n > 0,
                     "rows", rows, "has_left", q->n_left > 0, "left", left, "new_count",
                     (json_int_t)q->counts.unread, "lists", lists_view(q), "is_todo",
                     q->list == PORTAL_QUEUE_TODO, "pages", pages_view(q));
}

static portal_answer_t *queue(portal_call_t *call, portal_queue_list_t list)
{
    portal_paper_queue_t q = {.list = list,
                              .page =
                                  (int)strtol(portal_query(call, "page", 6), NULL, 10),
                              .alive = call->now - call->app->config->lobby_idle};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_paper_queue, &q, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0622");
    if (!strcmp(portal_query(call, "done", 20), "filed"))
        call->notice = "notice.paper_filed";
    return portal_answer_view(call, queue_view(call, &q));
}

portal_answer_t *portal_page_paperwork_queue(portal_call_t *call)
{
    return queue(call, PORTAL_QUEUE_TODO);
}

portal_answer_t *portal_page_paperwork_returned(portal_call_t *call)
{
    return queue(call, PORTAL_QUEUE_RETURNED);
}

portal_answer_t *portal_page_paperwork_filed(portal_call_t *call)
{
    return queue(call, PORTAL_QUEUE_FILED);
}

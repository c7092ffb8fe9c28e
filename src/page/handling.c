/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the front desk does with a form that it has read: accept it, file it, take that back, or give
 * one question back to the patient with a note.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/form_view.h"
#include "page/binder_head.h"
#include "page/paperwork.h"
#include "page/reading.h"

/* 409, with the paperwork as it is now. */
static portal_answer_t *not_now(portal_call_t *call, portal_handle_verdict_t verdict)
{
    portal_answer_t *answer;

    if (verdict == PORTAL_HANDLE_GONE)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    portal_error_add(call, "",
                     verdict == PORTAL_HANDLE_CHANGED ? "error.paper_changed"
                     : verdict == PORTAL_HANDLE_BEGUN ? "error.paper_begun"
                                                      : "error.paper_state");
    answer = portal_page_paperwork_read(call);
    answer->status = HTTP_CONFLICT;
    answer->template = "paperwork_read";
    return answer;
}

/* ---- accepting and filing ---- */

static int is_state(const char *state)
{
    return !strcmp(state, "accepted") || !strcmp(state, "filed") ||
           !strcmp(state, "reading");
}

portal_answer_t *portal_page_paperwork_state(portal_call_t *call)
{
    portal_paper_handle_t act = {.id = call->id[0],
                                 .number = apr_atoi64(portal_field(call, "number")),
                                 .state = portal_field(call, "state")};
    apr_status_t rv;

    if (!is_state(act.state)) {
        portal_error_add(call, "state", "error.choice");
        return portal_page_paperwork_read(call);
    }
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_paper_handle, &act, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0628");
    if (act.verdict != PORTAL_HANDLE_OK)
        return not_now(call, act.verdict);
    if (!strcmp(act.state, "filed"))
        return portal_answer_see(call, "/paperwork?done=filed");
    return portal_answer_see(call, "/paperwork/%s?done=%s", act.id, act.state);
}

/* ---- giving a question back ---- */

static json_t *row_named(json_t *parts, const char *name)
{
    json_t *part, *row;
    size_t i, k;

    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "rows"), k, row)
        {
            if (!strcmp(json_string_value(json_object_get(row, "name")), name) &&
                json_is_integer(json_object_get(row, "change")))
                return json_incref(row);
        }
    }
    return NULL;
}

/* The question that is meant: one that was shown and that the patient can answer. NULL: none. */
static json_t *question_of(const portal_call_t *call, const portal_reading_t *reading)
{
    const char *name = call->r->method_number == M_GET
                           ? portal_query(call, "question", 100)
                           : portal_field(call, "question");
    json_t *parts = reading->form ? portal_reading_parts(call, reading, NULL) : NULL;
    json_t *row = row_named(parts, name);

    json_decref(parts);
    return row;
}

static portal_answer_t *show(portal_call_t *call, const portal_reading_t *reading,
                             json_t *question)
{
    const portal_row_desk_paper *row = &reading->p.row;
    portal_binder_head_t head = {row->binder_id, row->mrn, row->family, row->given,
                                 row->birth_date};
    json_t *view = json_pack(
        "{s:s, s:s, s:I, s:o, s:s}", "paper_id", reading->p.id, "form_title",
        portal_reading_title(call, reading), "number", (json_int_t)row->number,
        "question", question, "read_in",
        reading->form ? portal_form_language(reading->form, call->lang) : call->lang);

    portal_binder_head(call, view, &head, PORTAL_TAB_PAPERWORK);
    return portal_answer_view(call, view);
}

portal_answer_t *portal_page_paperwork_return_show(portal_call_t *call)
{
    portal_reading_t reading;
    portal_answer_t *answer = portal_reading_open(call, &reading, 0);
    json_t *question = answer ? NULL : question_of(call, &reading);

    if (answer)
        return answer;
    /* no question is named: it is chosen on the page before */
    if (call->r->method_number == M_GET && !*portal_query(call, "question", 100))
        return portal_answer_see(call, "/paperwork/%s", reading.p.id);
    if (!question && !call->errors->nelts)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    return show(call, &reading, question ? question : json_false());
}

static portal_answer_t *give_back(portal_call_t *call, const json_t *question)
{
    portal_paper_return_t act = {
        .id = call->id[0],
        .number = apr_atoi64(portal_field(call, "number")),
        .link_id = json_string_value(json_object_get(question, "link_id")),
        .question = portal_field(call, "question"),
        .note = portal_field(call, "note"),
    };
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_paper_return, &act, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0629");
    if (act.verdict != PORTAL_HANDLE_OK)
        return not_now(call, act.verdict);
    return portal_answer_see(call, "/paperwork/%s?done=returned", act.id);
}

portal_answer_t *portal_page_paperwork_return(portal_call_t *call)
{
    portal_reading_t reading;
    portal_answer_t *answer = portal_reading_open(call, &reading, 0);
    json_t *question;

    if (answer)
        return answer;
    if (!reading.form)
        return not_now(call, PORTAL_HANDLE_CHANGED);
    question = question_of(call, &reading);
    if (!question) {
        portal_error_add(call, "question", "error.choice");
        return portal_page_paperwork_return_show(call);
    }
    answer = give_back(call, question);
    json_decref(question);
    return answer;
}

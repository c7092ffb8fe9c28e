/* SPDX-License-Identifier: Apache-2.0 */
/* The patient's first page, and one case. */
#include <string.h>

#include "core/localtime.h"
#include "page/paperwork.h"
#include "store/home.h"

static json_t *date_or_false(const portal_call_t *call, const char *date)
{
    return *date ? portal_date_view(call->site->catalogue, call->lang, date, call->pool)
                 : json_false();
}

static json_t *cases_view(const portal_call_t *call, const portal_home_t *home)
{
    json_t *list = json_array();

    for (int i = 0; i < home->n_cases; i++) {
        const portal_row_selected_cases *row = &home->cases[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:o}", "id", row->id, "number",
                                        row->number, "title", row->title, "start",
                                        date_or_false(call, row->start_date)));
    }
    return list;
}

typedef struct {
    portal_home_t home;
    portal_paperwork_list_t papers;
} first_page_t;

static apr_status_t read_all(portal_tx_t *tx, void *baton)
{
    first_page_t *first = baton;
    apr_status_t rv = portal_act_home(tx, &first->home);

    return rv == APR_SUCCESS ? portal_act_paperwork_list(tx, &first->papers) : rv;
}

portal_answer_t *portal_page_home(portal_call_t *call)
{
    first_page_t first = {.home.binder_id = call->session.binder_id,
                          .papers.filler = portal_paperwork_filler(call)};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        read_all, &first, call->pool);
    const char *done = portal_query(call, "done", 20);
    json_t *view;

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0510");
    if (!strcmp(done, "password"))
        call->notice = "notice.password";
    view = json_pack("{s:o}", "cases", cases_view(call, &first.home));
    if (call->site->paperwork)
        portal_paperwork_lists(call, &first.papers, view);
    return portal_answer_view(call, view);
}

portal_answer_t *portal_page_case_show(portal_call_t *call)
{
    portal_home_case_t one = {.binder_id = call->session.binder_id,
                              .case_id = call->id[0]};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_home_case, &one, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0511");
    if (!one.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    return portal_answer_view(
        call, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "id", one.case_id, "number",
                        one.row.number, "case_title", one.row.title, "family",
                        one.row.family, "given", one.row.given, "start",
                        date_or_false(call, one.row.start_date)));
}

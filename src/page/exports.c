/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's list of paperwork for the hospital's own system: what became of each, and trying again. */
#include <apr_strings.h>
#include <string.h>

#include "core/form_view.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/out.h"
#include "store/push.h"

static json_t *row_view(const portal_call_t *call, const portal_row_push_page *row)
{
    const portal_out_fate_t fate = {.state = row->state,
                                    .reason = row->reason,
                                    .reasons = "t:export_out.reason.",
                                    .tries = row->tries,
                                    .code = row->reply_code,
                                    .created = row->created,
                                    .next = row->next_try,
                                    .finished = row->finished};
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "id", row->id, "paper_id",
                  row->paper_id, "binder_id", row->binder_id, "name",
                  portal_person_name(row->family, row->given, row->mrn, call->pool),
                  "title", *row->title ? row->title : row->form, "number",
                  (json_int_t)row->number, "issue", row->issue);

    portal_out_add_fate(call, view, &fate);
    return view;
}

portal_answer_t *portal_page_exports(portal_call_t *call)
{
    const char *to = call->app->config->export_to.text;
    portal_push_list_t list = {.most = PORTAL_PUSH_SHOWN};
    json_t *rows;
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_push_list, &list, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0752");
    if (!strcmp(portal_query(call, "done", 20), "retry"))
        call->notice = "notice.export_retry";
    rows = json_array();
    for (int i = 0; i < list.n; i++)
        json_array_append_new(rows, row_view(call, &list.rows[i]));
    return portal_answer_view(call, json_pack("{s:o, s:b, s:o}", "to",
                                              to ? json_string(to) : json_false(),
                                              "has_rows", list.n > 0, "rows", rows));
}

portal_answer_t *portal_page_export_retry(portal_call_t *call)
{
    portal_mail_retry_t retry = {.id = portal_field(call, "id")};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_push_retry, &retry, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0753");
    if (retry.verdict == PORTAL_RETRY_UNKNOWN)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (retry.verdict == PORTAL_RETRY_DEAD) {
        portal_error_add(call, "", "error.export_dead");
        return portal_page_exports(call);
    }
    return portal_answer_see(call, "/outbox/exports?done=retry");
}

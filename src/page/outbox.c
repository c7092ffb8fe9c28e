/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's list of mails: what became of each, in the relay's own words, and trying again. */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/person.h"
#include "page/binder_head.h"
#include "page/out.h"
#include "store/outbox.h"

#define LAST_PAGE 100000

static json_t *mail_view(const portal_call_t *call, const portal_row_mail_page *row)
{
    const portal_out_fate_t fate = {.state = row->state,
                                    .reason = row->reason,
                                    .reasons = "t:outbox.reason.",
                                    .tries = row->tries,
                                    .code = row->reply_code,
                                    .created = row->created,
                                    .next = row->next_try,
                                    .finished = row->finished};
    json_t *view = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b}", "id", row->id, "binder", row->binder_id, "name",
        portal_person_name(row->family, row->given, row->mrn, call->pool), "kind",
        row->kind, "reply", row->reply, "retry",
        !strcmp(row->state, "failed") && row->kept);

    json_object_set_new(view, "kind_text",
                        portal_out_text(call, "t:outbox.kind.", row->kind));
    portal_out_add_fate(call, view, &fate);
    return view;
}

static json_t *pages_view(const portal_outbox_t *outbox)
{
    int last = (int)((outbox->total + PORTAL_OUTBOX_PAGE - 1) / PORTAL_OUTBOX_PAGE);
    int page = outbox->page;

    if (last <= 1 && page == 1)
        return json_false();
    return json_pack("{s:s, s:i, s:i, s:o, s:o}", "action", "/outbox", "current", page,
                     "last", last < 1 ? 1 : last, "previous",
                     page > 1 ? json_integer(page - 1) : json_false(), "next",
                     page < last ? json_integer(page + 1) : json_false());
}

static int page_of(const portal_call_t *call)
{
    int page = atoi(portal_query(call, "page", 6));
    return page < 1 ? 1 : page > LAST_PAGE ? LAST_PAGE : page;
}

portal_answer_t *portal_page_outbox_show(portal_call_t *call)
{
    portal_outbox_t outbox = {.page = page_of(call)};
    json_t *rows = json_array();
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_outbox, &outbox, call->pool);

    for (int i = 0; rv == APR_SUCCESS && i < outbox.n; i++)
        json_array_append_new(rows, mail_view(call, &outbox.rows[i]));
    if (!strcmp(portal_query(call, "done", 20), "retry"))
        call->notice = "notice.mail_retry";
    if (rv == APR_SUCCESS)
        return portal_answer_view(call,
                                  json_pack("{s:b, s:o, s:o}", "has_rows", outbox.n > 0,
                                            "rows", rows, "pages", pages_view(&outbox)));
    json_decref(rows);
    return portal_answer_away(call, rv, "PTL0750");
}

portal_answer_t *portal_page_outbox_retry(portal_call_t *call)
{
    portal_mail_retry_t retry = {.id = portal_field(call, "id")};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_mail_retry, &retry, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0751");
    if (retry.verdict == PORTAL_RETRY_UNKNOWN)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (retry.verdict == PORTAL_RETRY_DEAD) {
        portal_error_add(call, "", "error.mail_dead");
        return portal_page_outbox_show(call);
    }
    return portal_answer_see(call, "/outbox?done=retry");
}

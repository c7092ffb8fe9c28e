/* SPDX-License-Identifier: Apache-2.0 */
/* The patient's own safety: where they are signed in, and who looked at their record. */
#include <apr_strings.h>
#include <string.h>

#include "page/binder_head.h"
#include "page/desk.h"
#include "page/trail.h"
#include "store/security.h"

#define PAGE_SIZE 50

/* ---- sessions ---- */

/* "chrome android" as the two texts browser_text and system_text. */
static void add_agent(const portal_call_t *call, json_t *view, const char *agent)
{
    const char *space = strchr(agent, ' ');
    const char *browser = space ? apr_pstrmemdup(call->pool, agent, space - agent) : "";

    json_object_set_new(view, "browser_text",
                        json_string(portal_trail_word(call, "agent.browser.", browser,
                                                      "t:agent.browser.other")));
    json_object_set_new(
        view, "system_text",
        json_string(portal_trail_word(call, "agent.system.", space ? space + 1 : "",
                                      "t:agent.system.other")));
}

static json_t *session_view(const portal_call_t *call, const portal_row_session_list *row)
{
    int current = !strcmp(row->handle, call->session.handle);
    json_t *view = json_pack("{s:s, s:b, s:s, s:o, s:o}", "id", row->handle, "current",
                             current, "source", row->source, "began",
                             portal_time_or_false(call, row->created), "seen",
                             portal_time_or_false(call, current ? call->now : row->seen));

    add_agent(call, view, row->agent);
    return view;
}

portal_answer_t *portal_page_security(portal_call_t *call)
{
    portal_own_sessions_t own = {.binder_id = call->session.binder_id,
                                 .since = call->now - call->app->config->session_idle};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_own_sessions, &own, call->pool);
    json_t *rows = json_array();

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0760");
    if (!strcmp(portal_query(call, "done", 20), "ended"))
        call->notice = "notice.session_ended";
    for (int i = 0; i < own.n; i++)
        json_array_append_new(rows, session_view(call, &own.rows[i]));
    return portal_answer_view(
        call, json_pack("{s:o, s:b}", "sessions", rows, "has_others", own.n > 1));
}

static portal_answer_t *end(portal_call_t *call, const char *handle)
{
    portal_end_session_t act = {.session = &call->session, .handle = handle};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_end_session, &act, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0761");
    if (!act.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    return portal_answer_see(call, "/security?done=ended");
}

portal_answer_t *portal_page_security_end(portal_call_t *call)
{
    return end(call, call->id[0]);
}

portal_answer_t *portal_page_security_end_others(portal_call_t *call)
{
    return end(call, "");
}

/* ---- who looked ---- */

static json_t *look_view(const portal_call_t *call, const portal_row_looks *row)
{
    int staff = !strcmp(row->actor_kind, "desk"), ok = !strcmp(row->result, "ok");

    return json_pack(
        "{s:o, s:s, s:s, s:b, s:s, s:b, s:s}", "at", portal_time_or_false(call, row->at),
        "action", row->action, "action_text",
        portal_trail_word(call, "audit.action.", row->action, "t:audit.other_action"),
        "staff", staff, "actor", staff ? row->actor : "", "ok", ok, "result_text",
        portal_trail_word(call, "audit.result.", row->result, "t:audit.other_result"));
}

portal_answer_t *portal_page_security_looks(portal_call_t *call)
{
    portal_looks_t looks = {.binder_id = call->session.binder_id,
                            .page = portal_desk_page_wanted(call),
                            .size = PAGE_SIZE};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_looks, &looks, call->pool);
    json_t *rows = json_array();

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0762");
    for (int i = 0; i < looks.n; i++)
        json_array_append_new(rows, look_view(call, &looks.rows[i]));
    return portal_answer_view(
        call, json_pack("{s:o, s:b, s:I, s:o}", "rows", rows, "has_rows", looks.n > 0,
                        "total", (json_int_t)looks.total, "pages",
                        portal_desk_pages("/security/looks", looks.page, PAGE_SIZE,
                                          looks.total)));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The Patient Portal tab of a binder, and the acts that lead straight back to it. */
#include <apr_strings.h>
#include <string.h>

#include "page/portal_tab.h"
#include "store/invite.h"
#include "store/register.h"

const char *portal_desk_reason(portal_desk_verdict_t verdict)
{
    switch (verdict) {
    case PORTAL_DESK_DISABLED:
        return "portal_tab.reason.disabled";
    case PORTAL_DESK_NO_MASTER:
        return "portal_tab.reason.no_master";
    case PORTAL_DESK_NO_EMAIL:
        return "portal_tab.reason.no_email";
    case PORTAL_DESK_NO_MAIL:
        return "portal_tab.reason.no_mail";
    case PORTAL_DESK_POLICY:
        return "portal_tab.reason.policy";
    case PORTAL_DESK_CLOSED:
        return "portal_tab.reason.closed";
    case PORTAL_DESK_NO_FACTOR:
        return "portal_tab.reason.no_factor";
    case PORTAL_DESK_NOTHING:
    case PORTAL_DESK_NO_BINDER:
    case PORTAL_DESK_AGAIN:
    case PORTAL_DESK_DONE:
        break;
    }
    return "portal_tab.reason.nothing";
}

int portal_tab_load(portal_call_t *call, portal_tab_t *tab, portal_answer_t **answer)
{
    apr_status_t rv;

    *tab = (portal_tab_t){.binder_id = call->id[0], .cost = &call->app->config->throttle};
    rv = portal_store_write(&call->app->store, &call->actor, call->now, portal_act_tab,
                            tab, call->pool);
    if (rv != APR_SUCCESS)
        *answer = portal_answer_away(call, rv, "PTL0400");
    else if (!tab->found)
        *answer = portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    return rv == APR_SUCCESS && tab->found;
}

static const char *notice_of(const char *done)
{
    static const char *const words[][2] = {
        {"saved", "notice.saved"},
        {"invited", "notice.invited"},
        {"undone", "notice.undone"},
        {"lifted", "notice.lifted"},
        {"factor_reset", "notice.factor_reset"},
    };
    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(done, words[i][0]))
            return words[i][1];
    return NULL;
}

portal_answer_t *portal_page_portal_tab(portal_call_t *call)
{
    portal_tab_t tab;
    portal_answer_t *answer;

    if (!portal_tab_load(call, &tab, &answer))
        return answer;
    call->notice = notice_of(portal_query(call, "done", 20));
    return portal_answer_page(call,
                              call->errors->nelts ? HTTP_UNPROCESSABLE_ENTITY : HTTP_OK,
                              "portal_tab", portal_tab_view(call, &tab));
}

portal_answer_t *portal_tab_refused(portal_call_t *call, portal_desk_verdict_t verdict)
{
    portal_answer_t *answer;

    if (verdict == PORTAL_DESK_NO_BINDER)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    portal_error_add(call, "", portal_desk_reason(verdict));
    answer = portal_page_portal_tab(call);
    if ((verdict == PORTAL_DESK_NOTHING || verdict == PORTAL_DESK_NO_FACTOR) &&
        answer->status < 500)
        answer->status = HTTP_CONFLICT;
    return answer;
}

portal_answer_t *portal_tab_done(portal_call_t *call, const char *word)
{
    return portal_answer_see(call, "/binders/%s/portal?done=%s", call->id[0], word);
}

portal_answer_t *portal_page_portal_invitation(portal_call_t *call)
{
    portal_invite_t invite = {.binder_id = call->id[0],
                              .once = portal_field(call, "once"),
                              .lasts = call->app->config->invitation_expires,
                              .blocked =
                                  portal_item_blocked(call, PORTAL_ITEM_INVITATION)};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_invite, &invite, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0401");
    if (invite.verdict != PORTAL_DESK_DONE && invite.verdict != PORTAL_DESK_AGAIN)
        return portal_tab_refused(call, invite.verdict);
    return portal_tab_done(call, "invited");
}

portal_answer_t *portal_page_portal_undo(portal_call_t *call)
{
    portal_register_undo_t undo = {.binder_id = call->id[0]};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_register_undo, &undo, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0402");
    if (undo.verdict != PORTAL_DESK_DONE)
        return portal_tab_refused(call, undo.verdict);
    return portal_tab_done(call, "undone");
}

portal_answer_t *portal_page_portal_throttle(portal_call_t *call)
{
    portal_throttle_lift_t lift = {.binder_id = call->id[0]};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_throttle_lift, &lift, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0403");
    if (lift.verdict != PORTAL_DESK_DONE)
        return portal_tab_refused(call, lift.verdict);
    return portal_tab_done(call, "lifted");
}

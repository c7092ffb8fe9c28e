/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "page/enter.h"

portal_answer_t *portal_enter_back(portal_call_t *call, const char *back, const char *to)
{
    const char *place = portal_own_place(back);

    if (place)
        return portal_answer_see_place(call, place);
    return portal_answer_see(call, "%s", portal_own_path(to));
}

void portal_enter_preset(portal_call_t *call)
{
    const char *back = portal_own_place(portal_query(call, "back", PORTAL_PLACE));

    portal_field_preset(call, "to", portal_own_path(portal_query(call, "to", 300)));
    portal_field_preset(call, "back", back ? back : "");
}

const char *portal_enter_query(const portal_call_t *call)
{
    const char *to = portal_own_path(portal_field(call, "to"));
    const char *back = portal_own_place(portal_field(call, "back"));

    if (back)
        return apr_pstrcat(call->pool, "?back=", portal_place_value(back, call->pool),
                           NULL);
    if (!strcmp(to, "/"))
        return "";
    return apr_pstrcat(call->pool, "?to=", portal_place_value(to, call->pool), NULL);
}

portal_answer_t *portal_enter(portal_call_t *call, const portal_session_t *session)
{
    switch (session->kind) {
    case PORTAL_SESSION_HALF:
        return portal_answer_see(call, "/login/code%s", portal_enter_query(call));
    case PORTAL_SESSION_MUST_CHANGE:
        return portal_answer_see(call, "/password");
    case PORTAL_SESSION_SET_UP:
        return portal_answer_see(call, "/security/factor");
    default:
        return portal_enter_back(call, portal_field(call, "back"),
                                 portal_field(call, "to"));
    }
}

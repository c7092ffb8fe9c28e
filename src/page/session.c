/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the session still lasts, and the form token for programs and scripts. Asking does not
 * keep the session alive; posting does.
 */
#include "page/page.h"
#include "session.h"
#include "web/csrf.h"

portal_answer_t *portal_page_session_show(portal_call_t *call)
{
    static const char *const roles[] = {"visitor", "patient",       "must_change",
                                        "lobby",   "second_factor", "set_up_factor"};
    json_t *view = json_pack("{s:s, s:s}", "signed_in_as", roles[call->session.kind],
                             "csrf_token", portal_csrf_token(call));

    if (call->session.token_hash[0]) {
        apr_time_t ends = portal_session_ends(call);
        apr_int64_t left = apr_time_sec(ends - call->now);
        json_object_set_new(view, "idle_left", json_integer(left));
        json_object_set_new(view, "minutes_left", json_integer((left + 59) / 60));
        json_object_set_new(
            view, "lifetime_left",
            json_integer(apr_time_sec(call->session.expires - call->now)));
    }
    return portal_answer_view(call, view);
}

/* The gate has made it longer already. */
portal_answer_t *portal_page_session_extend(portal_call_t *call)
{
    return portal_answer_see(call, "/session");
}

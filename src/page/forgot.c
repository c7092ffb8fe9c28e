/* SPDX-License-Identifier: Apache-2.0 */
/* A forgotten password: the link is asked for here, and leads to a new one. */
#include <string.h>

#include "page/ask.h"
#include "page/link.h"

portal_answer_t *portal_page_forgot_show(portal_call_t *call)
{
    int mail = portal_ask_has_mail(call);
    int asked = !strcmp(portal_query(call, "done", 20), "asked");

    return portal_answer_view(call,
                              json_pack("{s:b, s:b, s:b}", "asked", asked, "form",
                                        mail && !asked, "at_desk", !mail && !asked));
}

portal_answer_t *portal_page_forgot(portal_call_t *call)
{
    if (!portal_ask_has_mail(call))
        return portal_page_forgot_show(call);
    return portal_ask_take(call, "forgot", "/forgot?done=asked", portal_page_forgot_show);
}

portal_answer_t *portal_page_reset_link(portal_call_t *call)
{
    return portal_link_arrive(call, PORTAL_WAY_RESET);
}

portal_answer_t *portal_page_reset_finish_show(portal_call_t *call)
{
    return portal_link_show(call, PORTAL_WAY_RESET);
}

portal_answer_t *portal_page_reset_finish(portal_call_t *call)
{
    return portal_link_finish(call, PORTAL_WAY_RESET);
}

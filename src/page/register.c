/* SPDX-License-Identifier: Apache-2.0 */
/* Registering: by e-mail, and by the link that was mailed. */
#include <string.h>

#include "page/ask.h"
#include "page/link.h"

portal_answer_t *portal_page_register_show(portal_call_t *call)
{
    portal_registration_t policy = call->app->config->registration;
    int mail = portal_ask_has_mail(call);
    int asked = !strcmp(portal_query(call, "done", 20), "asked");
    int form = mail && !asked && policy != PORTAL_REGISTRATION_OFF;

    return portal_answer_view(
        call, json_pack("{s:b, s:b, s:b, s:b}", "asked", asked, "form", form,
                        "invited_only", form && policy == PORTAL_REGISTRATION_INVITED,
                        "at_desk", !form && !asked));
}

portal_answer_t *portal_page_register(portal_call_t *call)
{
    if (call->app->config->registration == PORTAL_REGISTRATION_OFF ||
        !portal_ask_has_mail(call))
        return portal_page_register_show(call);
    return portal_ask_take(call, "register", "/register?done=asked",
                           portal_page_register_show);
}

portal_answer_t *portal_page_register_link(portal_call_t *call)
{
    return portal_link_arrive(call, PORTAL_WAY_REGISTER);
}

portal_answer_t *portal_page_register_finish_show(portal_call_t *call)
{
    return portal_link_show(call, PORTAL_WAY_REGISTER);
}

portal_answer_t *portal_page_register_finish(portal_call_t *call)
{
    return portal_link_finish(call, PORTAL_WAY_REGISTER);
}

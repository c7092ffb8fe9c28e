/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out. */
#include "page/page.h"

portal_answer_t *portal_page_login_show(portal_call_t *call)
{
    if (call->role == PORTAL_ROLE_PATIENT)
        return portal_answer_see(call, "/");
    portal_field_preset(call, "to", portal_query(call, "to", 300));
    return portal_answer_view(call, json_object());
}

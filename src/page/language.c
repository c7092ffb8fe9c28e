/* SPDX-License-Identifier: Apache-2.0 */
/* The language switch: a cookie, so that it holds before sign-in and at a shared tablet too. */
#include "page/page.h"

#define HALF_A_YEAR (180 * 86400)

portal_answer_t *portal_page_language(portal_call_t *call)
{
    const char *tag =
        portal_catalogue_find(call->site->catalogue, portal_field(call, "language"));

    if (!tag)
        return portal_answer_problem(call, HTTP_UNPROCESSABLE_ENTITY, "language");
    portal_cookie_set(call, PORTAL_COOKIE_LANGUAGE, tag,
                      call->role == PORTAL_ROLE_LOBBY ? 0 : HALF_A_YEAR);
    return portal_answer_see(call, "%s", portal_own_path(portal_field(call, "to")));
}

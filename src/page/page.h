/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages that routes.def names: each takes the call that the gate has checked and gives the
 * answer. No page checks who may enter, and none writes to the connection.
 */
#ifndef PORTAL_PAGE_H
#define PORTAL_PAGE_H

#include "app.h"
#include "web/call.h"

#define FORM(name, ...)
#define ROUTE(mount, method, path, roles, flags, form, page, again, template)            \
    portal_answer_t *portal_page_##page(portal_call_t *call);
#include "routes.def"
#undef FORM
#undef ROUTE

#endif

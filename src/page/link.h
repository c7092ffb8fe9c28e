/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a mailed link, /register/TOKEN and /reset/TOKEN: the token goes from the address into
 * a sealed cookie, and only posting a case number with a new password uses it up. Mail scanners
 * that open links and press buttons use up nothing.
 */
#ifndef PORTAL_PAGE_LINK_H
#define PORTAL_PAGE_LINK_H

#include "page/page.h"

typedef enum { PORTAL_WAY_REGISTER, PORTAL_WAY_RESET } portal_way_t;

/* The link itself: 303 to its finish page, whatever the token is. */
portal_answer_t *portal_link_arrive(portal_call_t *call, portal_way_t way);

/* The finish page; 410 when the link is dead or the browser has none. */
portal_answer_t *portal_link_show(portal_call_t *call, portal_way_t way);

/* What the finish page posts. */
portal_answer_t *portal_link_finish(portal_call_t *call, portal_way_t way);

#endif

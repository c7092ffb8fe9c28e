/* SPDX-License-Identifier: Apache-2.0 */
/* Where a sign-in leads, and its fields `to` (a page of the portal) and `back` (a place on the host
 * outside of it), which come from outside. */
#ifndef PORTAL_ENTER_H
#define PORTAL_ENTER_H

#include "page/page.h"

/* 303 to `back`, or else to `to`. */
portal_answer_t *portal_enter_back(portal_call_t *call, const char *back, const char *to);

/* 303 to where the session that has just begun goes on: the second factor, a new password, or the place
 * that the fields `back` and `to` name. */
portal_answer_t *portal_enter(portal_call_t *call, const portal_session_t *session);

/* Fills in the fields from the query. */
void portal_enter_preset(portal_call_t *call);

/* The fields as a query, with its question mark; "" when they say nothing. */
const char *portal_enter_query(const portal_call_t *call);

#endif

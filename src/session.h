/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the session that a request carries: in shared memory, else in the database. */
#ifndef PORTAL_SESSION_H
#define PORTAL_SESSION_H

#include "app.h"
#include "web/call.h"

/* Stands before the token in the cookie of a lobby session, so that a tablet is known as one when the session
 * is gone. No token begins with it: it holds a character that base64url has not. */
#define PORTAL_LOBBY_MARK "l."

/* Fills call->session when the cookie names one that is alive; else token_hash stays "".
 * Anything but APR_SUCCESS: the database had to be asked and did not answer. */
apr_status_t portal_session_find(portal_call_t *call);

/* Notes that the person is there: in shared memory at once, in the database now and then. */
void portal_session_extend(portal_call_t *call);

/* 1 when a cookie says that a lobby session was here, alive or not. */
int portal_session_was_lobby(const portal_call_t *call);

/* When the session ends unless something happens: the earlier of its two limits. */
apr_time_t portal_session_ends(const portal_call_t *call);

#endif

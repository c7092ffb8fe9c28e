/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends an answer: the same view through its template or as JSON, errors as the page again or as
 * an RFC 9457 problem document, always with the standing headers.
 */
#ifndef PORTAL_REPLY_H
#define PORTAL_REPLY_H

#include "web/call.h"

/* Headers that every answer of ours carries, whatever its status. */
void portal_reply_headers(request_rec *r);

/* Sends `answer` and returns what the handler is to return (OK). A template that cannot be
 * rendered becomes a bare 500 and a log line. */
int portal_reply_send(portal_call_t *call, const portal_answer_t *answer);

/* For register_hooks: the filter behind portal_reply_instead. */
void portal_reply_register(void);

/* For insert_error_filter: httpd goes on to send its own error, but its words become `answer`, whose
 * status is httpd's. */
void portal_reply_instead(portal_call_t *call, const portal_answer_t *answer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that change something must come from our own pages (NIST SP 800-63B-4 section 5.1,
 * OWASP cross-site request forgery): Fetch Metadata, or Origin where a browser sends none, and a
 * token bound to the session; before sign-in to a visit cookie, at the desk to the staff name and
 * a desk cookie.
 */
#ifndef PORTAL_WEB_CSRF_H
#define PORTAL_WEB_CSRF_H

#include "web/call.h"

typedef enum {
    PORTAL_CSRF_OK,
    PORTAL_CSRF_FOREIGN, /* sent by another site */
    PORTAL_CSRF_TOKEN    /* the token is missing, wrong or of another session */
} portal_csrf_verdict_t;

/* Looks at the headers alone; needs no body. */
portal_csrf_verdict_t portal_csrf_origin(const portal_call_t *call);

/* Compares `token` (form field csrf_token or header X-CSRF-Token) with what this call's session,
 * visit or desk cookie expects. A program (JSON, no cookie of ours, neither Origin nor
 * Sec-Fetch-Site) needs none. */
portal_csrf_verdict_t portal_csrf_check(const portal_call_t *call, const char *token);

/* The token for the forms of the page that is being made, masked anew each time; sets the visit
 * or desk cookie when there is none yet. */
const char *portal_csrf_token(portal_call_t *call);

#endif

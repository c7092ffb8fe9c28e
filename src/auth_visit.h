/* SPDX-License-Identifier: Apache-2.0 */
/* Who comes to a guarded location: looked up once for a request and all that becomes of it. */
#ifndef PORTAL_AUTH_VISIT_H
#define PORTAL_AUTH_VISIT_H

#include "app.h"
#include "web/call.h"

typedef struct {
    const portal_app_t *app;
    portal_call_t *call; /* its session; kind 0: nobody is signed in */
    int secure;          /* it came by https; else there is no session */
    apr_status_t rv; /* APR_SUCCESS, or the database had to be asked and did not answer */
    const portal_session_case_t *cases; /* the selected ones */
    int n_cases;
    const void *
        granted; /* the configuration under which access was granted; NULL: nowhere yet */
} portal_visit_t;

/* 1 where AuthType Portal stands. */
int portal_visit_guarded(request_rec *r);

/* The visit that this request is part of; NULL: there is no portal in this host. Lives as long as
 * the client's request. */
portal_visit_t *portal_visit_of(request_rec *r);

/* The same, but NULL also when nobody has asked for it yet. */
portal_visit_t *portal_visit_known(request_rec *r);

/* Lets the request in: user, environment, sign of life. */
void portal_visit_grant(request_rec *r, portal_visit_t *visit);

/* Puts the identity into the environment of this request. */
void portal_visit_carry(request_rec *r, const portal_visit_t *visit);

#endif

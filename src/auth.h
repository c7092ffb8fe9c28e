/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: lets patients into other locations of the same host, by
 *
 *   AuthType Portal
 *   Require portal patient | lobby | case EXPR
 *
 * Default is no: what is not known for sure (no portal in this host, another AuthType, a request
 * in clear text, an EXPR that comes to nothing) is refused. Whoever is let in by one of these lines
 * carries PORTAL_BINDER, PORTAL_CASES and PORTAL_SESSION in the environment of the request.
 */
#ifndef PORTAL_AUTH_H
#define PORTAL_AUTH_H

#include <httpd.h>

/* Registers `Require portal …` and the filter of portal_auth_private. Once, with the hooks. */
void portal_auth_register(apr_pool_t *pool);

/* For post_read_request: takes our own cookies, and headers that only we may set, out of the
 * request, whatever it is for. DECLINED always. */
int portal_auth_arrive(request_rec *r);

/* For check_access: at a guarded location, 503 when the database would have to be asked who this is
 * and is away; else DECLINED. */
int portal_auth_access(request_rec *r);

/* For check_authn at a guarded location, when no `Require` lets the request in as it is: a patient is
 * OK (and may still be refused by authorization), browsers are sent to sign in, others get 401,
 * who is signed in otherwise gets 403. DECLINED elsewhere. */
int portal_auth_sign_in(request_rec *r);

/* For note_auth_failure: the challenge of a 401 (RFC 9110 section 11.6.1). */
int portal_auth_challenge(request_rec *r, const char *type);

/* For fixups, before all others: takes out once more what portal_auth_arrive does, and hands the
 * identity to a request that needed no check of its own since it is the same address again. */
int portal_auth_carry(request_rec *r);

/* For insert_filter and insert_error_filter: answers of guarded locations, and pages that may include
 * something guarded, get Cache-Control: private, whatever was said there before, and no other
 * header. */
void portal_auth_private(request_rec *r);

#endif

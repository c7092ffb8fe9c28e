/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate: every request to the portal and to the desk passes through here, and nowhere else is
 * decided who may do what. Default is no. For each request, in this order: address, method, size,
 * session, role, origin and CSRF, fields; then the page, then the answer.
 */
#ifndef PORTAL_GATE_H
#define PORTAL_GATE_H

#include <httpd.h>

#include "web/call.h"

/* The content handler for `SetHandler portal` and `SetHandler portal-desk`; DECLINED for others. */
int portal_gate_handler(request_rec *r);

/* A visitor's call to `site` that no route was found for yet; in r->pool. */
portal_call_t *portal_gate_call(request_rec *r, const struct portal_app_t *app,
                                const portal_site_t *site);

/* For a 405 that httpd itself answers, whose Allow it makes of those allowed so far: adds the methods of this
 * address (RFC 9110 section 15.5.6). */
void portal_gate_methods(const portal_call_t *call);

/* The place in the table of addresses that answered requests of `call` are counted under
 * (core/counts.h). */
int portal_gate_place(const portal_call_t *call);

/* What such a place is called: *side is portal or desk, *route the first word of its path; "other"
 * for addresses that do not exist, "static", "httpd" for what httpd itself refused. Many places
 * have the same name. 0 after the last. */
int portal_gate_place_name(int place, const char **side, const char **route,
                           apr_pool_t *pool);

#endif

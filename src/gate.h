/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate: every request to the portal and to the desk passes through here, and nowhere else is
 * decided who may do what. Default is no. For each request, in this order: address, method, size,
 * session, role, origin and CSRF, fields; then the page, then the answer.
 */
#ifndef PORTAL_GATE_H
#define PORTAL_GATE_H

#include <httpd.h>

/* The content handler for `SetHandler portal` and `SetHandler portal-desk`; DECLINED for others. */
int portal_gate_handler(request_rec *r);

/* For insert_error_filter: the standing headers on what httpd itself answers at our addresses, such
 * as 401 before the handler is reached, or 400 for a body that is no body. */
void portal_gate_error_headers(request_rec *r);

/* For post_read_request: takes the token of a mailed link out of what logs and server-status
 * show. DECLINED always. */
int portal_gate_redact(request_rec *r);

#endif

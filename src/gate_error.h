/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What httpd itself answers at our addresses: 401 and 403 of the desk's AuthType and Require, an
 * address that it refuses before it looks for a handler, a body that is no body.
 */
#ifndef PORTAL_GATE_ERROR_H
#define PORTAL_GATE_ERROR_H

#include <httpd.h>

/* For insert_error_filter: such an answer gets the standing headers and our page or problem
 * document in place of httpd's words, unless an ErrorDocument is set. Its status stays. */
void portal_gate_error(request_rec *r);

#endif

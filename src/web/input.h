/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a request's body and checks every field against the route's form. What is malformed or
 * too long becomes an error at its field; what was typed stays in call->fields, so that the page
 * can show it again.
 */
#ifndef PORTAL_INPUT_H
#define PORTAL_INPUT_H

#include "web/fields.h"

/* What the body is said to be; call->json_body is set. No body is read. */
portal_input_verdict_t portal_input_type(portal_call_t *call);

/* Reads at most `limit` bytes and fills call->fields and call->errors by call->route->form.
 * *csrf_token is the form field of that name, else NULL. */
portal_input_verdict_t portal_input_read(portal_call_t *call, apr_size_t limit,
                                         const char **csrf_token);

#endif

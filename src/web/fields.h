/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the bytes of a body apart, a form or JSON, and checks every field against the route's
 * form. Asks httpd for nothing: what it needs of the request stands in the call.
 */
#ifndef PORTAL_FIELDS_H
#define PORTAL_FIELDS_H

#include "web/call.h"

typedef enum {
    PORTAL_INPUT_OK,
    PORTAL_INPUT_TOO_LARGE,  /* 413 */
    PORTAL_INPUT_WRONG_TYPE, /* 415 */
    PORTAL_INPUT_BROKEN      /* 400: not what its Content-Type says, or cut off */
} portal_input_verdict_t;

/*
 * Fills call->fields and call->errors, which are there and empty, from `len` bytes of what
 * call->json_body says: OK or BROKEN. Nothing of `body` is kept, but for copies in call->pool.
 */
portal_input_verdict_t portal_fields_take(portal_call_t *call, const char *body,
                                          apr_size_t len);

#endif

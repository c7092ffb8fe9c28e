/* SPDX-License-Identifier: Apache-2.0 */
/* The context that lies below every view: what head, foot and form fields show. */
#ifndef PORTAL_CHROME_H
#define PORTAL_CHROME_H

#include "web/call.h"

/* A new reference; see htdocs/pages/README.md for the names in it. */
json_t *portal_chrome_make(portal_call_t *call, const portal_answer_t *answer);

#endif

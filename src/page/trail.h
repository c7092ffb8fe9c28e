/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the audit trail as people read them. */
#ifndef PORTAL_PAGE_TRAIL_H
#define PORTAL_PAGE_TRAIL_H

#include "web/call.h"

/* The text key of a word, t:PREFIX+NAME, or `otherwise` where the catalogue has none: rows of later
 * versions too are shown. In the call's pool. */
const char *portal_trail_word(const portal_call_t *call, const char *prefix,
                              const char *name, const char *otherwise);

#endif

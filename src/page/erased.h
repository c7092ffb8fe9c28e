/* SPDX-License-Identifier: Apache-2.0 */
/* Records of paperwork that was erased, and when paperwork will be, as a page shows them. */
#ifndef PORTAL_PAGE_ERASED_H
#define PORTAL_PAGE_ERASED_H

#include "store/erase.h"
#include "web/call.h"

/* When paperwork in this state, put there at that time, is erased by itself; false: it is not. */
json_t *portal_retention_view(const portal_call_t *call, const char *state,
                              apr_time_t handled_at);

/* The list `erased` of the partial erased_rows. New reference. */
json_t *portal_erased_rows(const portal_call_t *call, const portal_erasures_t *erasures);

#endif

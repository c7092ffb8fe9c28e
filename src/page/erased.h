/* SPDX-License-Identifier: Apache-2.0 */
/* Records of paperwork that was erased, as a page shows them. */
#ifndef PORTAL_PAGE_ERASED_H
#define PORTAL_PAGE_ERASED_H

#include "store/erase.h"
#include "web/call.h"

/* The list `erased` of the partial erased_rows. New reference. */
json_t *portal_erased_rows(const portal_call_t *call, const portal_erasures_t *erasures);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms given to patients. An assignment is one form that has to be filled in for one case; it is
 * open until the first response is submitted, and never opens again.
 *
 * A form is named by its file in PortalForms, without .json; here names are only text.
 */
#ifndef PORTAL_STORE_PAPERWORK_H
#define PORTAL_STORE_PAPERWORK_H

#include <apr_tables.h>

#include "store/store.h"

/*
 * Assigns each form of `forms` (const char *, NULL or empty: none) to a case of the binder, with one
 * audit row (paperwork.assign) when anything was assigned. A form that is open for the case already
 * is not assigned twice. *assigned (may be NULL) counts the new ones. For new cases `forms` is
 * PortalPaperworkDefault. The caller vouches that the case is the binder's.
 */
apr_status_t portal_paperwork_assign(portal_tx_t *tx, const char *binder_id, const char *case_id,
                                     const apr_array_header_t *forms, int *assigned);

#endif

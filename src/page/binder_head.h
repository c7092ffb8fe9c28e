/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at the top of each page of a binder: whose it is, and the tabs. */
#ifndef PORTAL_BINDER_HEAD_H
#define PORTAL_BINDER_HEAD_H

#include "page/page.h"

typedef enum {
    PORTAL_TAB_DETAILS,
    PORTAL_TAB_CASES,
    PORTAL_TAB_PAPERWORK,
    PORTAL_TAB_TIMELINE,
    PORTAL_TAB_PORTAL
} portal_tab_name_t;

typedef struct {
    const char *id, *mrn, *family, *given, *birth_date;
} portal_binder_head_t;

/* A date as pages have it, {iso, text}, or false for "". A new reference. */
json_t *portal_date_or_false(const portal_call_t *call, const char *date);

/* A time likewise; false for 0. */
json_t *portal_time_or_false(const portal_call_t *call, apr_time_t when);

/* Adds what the partial binder_head shows: `id`, `person` and `tabs`, with this tab as the current
 * one. */
void portal_binder_head(const portal_call_t *call, json_t *view,
                        const portal_binder_head_t *binder, portal_tab_name_t current);

#endif

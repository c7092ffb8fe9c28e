/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages of records at the front desk have in common: reading typed dates and addresses,
 * paging, and two versions side by side.
 */
#ifndef PORTAL_PAGE_DESK_H
#define PORTAL_PAGE_DESK_H

#include "web/call.h"

/* ---- fields ---- */

/* The typed date in ISO form, "" when none was typed. What is no date adds an error to the call,
 * and so does one that can be read in two ways. */
const char *portal_desk_date(portal_call_t *call, const char *field);

/* A birth date: likewise, and not after today. */
const char *portal_desk_birth_date(portal_call_t *call, const char *field);

/* The address as it is kept, "" when none was typed; errors as above. */
const char *portal_desk_email(portal_call_t *call, const char *field);

/* ---- lists ---- */

/* The page that is asked for, from the address or the form; 1 when none is. */
int portal_desk_page_wanted(const portal_call_t *call);

/* The object `pages` of the partials pages_form and pages_links; false when one page is all. */
json_t *portal_desk_pages(const char *action, int page, int size, apr_int64_t total);

/* ---- two versions ---- */

/*
 * The object `conflict` of a page of which two versions stand side by side: {at, kept, yours}, to
 * which rows are added; `at` is when the kept one was saved. A new reference.
 */
json_t *portal_desk_conflict(const portal_call_t *call, apr_time_t at);

/* Adds a row to both; `label` is the text key of the field's name. */
void portal_desk_compare(json_t *conflict, const char *label, const char *kept,
                         const char *yours);

#endif

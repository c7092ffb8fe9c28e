/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pages of the front desk have in common: the head of a binder's pages with its tabs,
 * reading typed dates and addresses, paging, and two versions side by side.
 */
#ifndef PORTAL_PAGE_DESK_H
#define PORTAL_PAGE_DESK_H

#include "web/call.h"

/* Whose folder it is. All "" but id and mrn where nothing is known. */
typedef struct {
    const char *id, *mrn, *family, *given, *birth_date;
} portal_desk_person_t;

/* {id, name, mrn, birth_date: {iso, text} or false}; a new reference. */
json_t *portal_desk_person(const portal_call_t *call, const portal_desk_person_t *person);

typedef enum {
    PORTAL_TAB_DETAILS,
    PORTAL_TAB_CASES,
    PORTAL_TAB_PAPERWORK,
    PORTAL_TAB_TIMELINE,
    PORTAL_TAB_PORTAL
} portal_desk_tab_t;

/* Adds `binder` (as above) and `tabs` to a page's view: what the partial binder_head shows. */
void portal_desk_head(const portal_call_t *call, json_t *view,
                      const portal_desk_person_t *person, portal_desk_tab_t current);

/* {iso, text}, or false for ""; a new reference. */
json_t *portal_desk_date_view(const portal_call_t *call, const char *iso);

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

/* Adds {text, yours, theirs, changed} to the rows of the partial versions; `label` is the key of
 * the field's name. */
void portal_desk_compare(json_t *rows, const char *label, const char *yours,
                         const char *theirs);

#endif

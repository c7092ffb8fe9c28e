/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form that was signed before, in a version that was revised since: whoever signed in is shown
 * what changed, marked, and signs once; all else stays as it was answered. In the lobby, and
 * where anything was refused, the whole form is asked.
 */
#ifndef PORTAL_PAGE_RENEWING_H
#define PORTAL_PAGE_RENEWING_H

#include "page/paperwork.h"

/* Sets `since` and `scope` of a form that is opened, after `form` and `paper`, where it is such a
 * one. Failures are the store's. */
apr_status_t portal_renewing_open(const portal_call_t *call, portal_filling_t *filling);

/* Marks what changed on a page's view: each node gets `altered` (a text key, else false) and `was`
 * (how it read before, else false), and the page heading_altered and heading_was. */
void portal_renewing_page(const portal_filling_t *filling, const portal_form_page_t *page,
                          json_t *view);

/* Sets `renew` of a view: false, or {has_removed, removed: [{text}]}. */
void portal_renewing_view(const portal_filling_t *filling, json_t *view);

/* The parts of the review: what changed, with its words and marks; NULL: it is no such form. And
 * the parts of the whole form. New references. */
json_t *portal_renewing_parts(const portal_filling_t *filling);
json_t *portal_renewing_whole(const portal_filling_t *filling);

/* What the record of a signature keeps of it: `renewed`, false or {version, form_hash, questionnaire,
 * altered: [linkId], removed: [linkId]}. */
void portal_renewing_facts(const portal_filling_t *filling, json_t *facts);

#endif

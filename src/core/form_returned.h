/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions of a sent form that the desk gave back. The patient answers just those, and what their
 * answers open: the same form with fewer pages. A question in a repeating group is answered with
 * its whole group, whose repetitions may come and go.
 */
#ifndef PORTAL_FORM_RETURNED_H
#define PORTAL_FORM_RETURNED_H

#include "core/answers.h"
#include "core/form_pages.h"

/* Which items are open again, by item->index: those named, the repeating groups that they stand
 * in, and whatever depends on one of these, by a condition or an expression. `link_ids` holds
 * const char *; unknown ones open nothing. In p. */
bool *portal_returned_scope(const portal_form_t *form, const apr_array_header_t *link_ids,
                            apr_pool_t *p);

/* The pages of the form with the open items and the words beside them alone, numbered anew: an
 * array of portal_form_page_t, in p. Also words that are open make a page. */
apr_array_header_t *portal_returned_pages(const portal_form_t *form, const bool *scope,
                                          apr_pool_t *p);

/*
 * The answers of a response (text of `len` bytes) as a draft, to be sent again. `blank`: without
 * the answers to open items, for whoever must not see them; these begin as in a new form.
 * APR_EINVAL: it is no response.
 */
apr_status_t portal_returned_answers(portal_answers_t **out, const portal_form_t *form,
                                     const char *text, apr_size_t len, const bool *blank,
                                     apr_pool_t *p);

#endif

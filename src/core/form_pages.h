/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form cut into pages: one question or one short related set each. A page never holds a
 * question together with one that its answer makes appear, so that a form works without
 * script: what an answer opens comes on a later page. Only a repeating group has a page of
 * its own with all its repetitions, and opens there what its answers call for. The pages of a
 * form are the same for everyone; which of them are visible depends on the answers.
 */
#ifndef PORTAL_FORM_PAGES_H
#define PORTAL_FORM_PAGES_H

#include "core/answers.h"

/* How much stands on one page: a short question counts one, a long list of options two. */
#define PORTAL_PAGE_WEIGHT 6
/* In a group that the form wants to be one page (itemControl page). */
#define PORTAL_PAGE_ASKED 40

typedef struct {
    int number;               /* from 1, part of addresses */
    int section;              /* from 1 */
    apr_array_header_t *path; /* groups that the page lies in, from the top:
                                  const portal_item_t *; their texts are its headings */
    apr_array_header_t
        *units; /* what stands on it: const portal_item_t *. A group unit is
                                  there with all in it; a question with its displays only */
} portal_form_page_t;

/* Cuts a form into its pages in order: an array of portal_form_page_t, in p. For the loader, which puts
 * them into form->pages. */
apr_array_header_t *portal_form_cut(const portal_form_t *form, apr_pool_t *p);

/* The page with this number, or NULL. */
const portal_form_page_t *portal_page_at(const apr_array_header_t *pages, int number);

/* True when at least one node of the page is enabled and is shown. */
bool portal_page_visible(const portal_answers_t *a, const portal_form_page_t *page);

/* The next visible page after `number` (0: the first at all), or NULL: on to the review. */
const portal_form_page_t *portal_page_next(const portal_answers_t *a,
                                           const apr_array_header_t *pages, int number);

/* The last visible page before `number`, or NULL. */
const portal_form_page_t *portal_page_previous(const portal_answers_t *a,
                                               const apr_array_header_t *pages,
                                               int number);

/* The page on which an item is asked, or NULL. */
const portal_form_page_t *portal_page_of(const apr_array_header_t *pages,
                                         const portal_item_t *item);

/* "Section n of m", counting sections that have a visible page. */
void portal_page_progress(const portal_answers_t *a, const apr_array_header_t *pages,
                          const portal_form_page_t *page, int *n, int *m);

/* The nodes of a page's units, enabled or not, in document order, in the draft's pool. */
apr_array_header_t *portal_page_nodes(const portal_answers_t *a,
                                      const portal_form_page_t *page);

/* The nodes of all questions on a page, enabled or not. In the draft's pool. */
apr_array_header_t *portal_page_questions(const portal_answers_t *a,
                                          const portal_form_page_t *page);

/* All that a page says and asks: the nodes of its displays, also of those under a question, and of
 * its questions, enabled or not, in document order. In the draft's pool. */
apr_array_header_t *portal_page_words(const portal_answers_t *a,
                                      const portal_form_page_t *page);

/* True when a node takes part in pages and review: enabled, not hidden, and not a calculated
 * question that has no value. */
bool portal_node_shown(const portal_node_t *node);

#endif

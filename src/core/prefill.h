/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a new draft begins with: what the same person answered to the same form the time before.
 * Each such answer is marked (portal_given_t.from) until its page was looked through, so that it
 * is never a silent truth.
 *
 * Left out are: forms that hold a consent, whole; signatures; what the form marks as of this visit
 * (our extension asOfThisVisit, or SDC observationExtract, on the form, a group or a question, or
 * scores on its choices); what is hidden, read-only or worked out; and questions that were worded
 * in another way, or under other headings, then.
 */
#ifndef PORTAL_PREFILL_H
#define PORTAL_PREFILL_H

#include "core/answers.h"
#include "core/form_pages.h"

/* The marks: text keys without "t:". */
#define PORTAL_FROM_LAST "answer.from_last"
#define PORTAL_FROM_RECORD "answer.from_record"

/*
 * A new draft with the answers of `response` (text of a QuestionnaireResponse to `then`, another
 * version of the form or the form itself). Whatever of it cannot be used is left out. In p.
 */
portal_answers_t *portal_prefill(const portal_form_t *form, const portal_form_t *then,
                                 const char *response, apr_size_t len, apr_pool_t *p);

/* True when a question holds an answer that is still marked; *from (may be NULL) gets the mark. */
bool portal_prefilled(const portal_node_t *node, const char **from);

/* The person went on from this page: its answers are theirs now, and no longer marked. */
void portal_prefill_confirm(portal_answers_t *a, const portal_form_page_t *page);

#endif

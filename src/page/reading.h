/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One form at the front desk, as it was sent: opened from the store, and as a view. All of it lives
 * in the call's pool.
 */
#ifndef PORTAL_PAGE_READING_H
#define PORTAL_PAGE_READING_H

#include "core/answers.h"
#include "core/contact.h"
#include "page/page.h"
#include "store/desk_paper.h"

typedef struct {
    portal_desk_paper_t p;
    const portal_form_t *form; /* that was answered; NULL: it was not sent yet */
} portal_reading_t;

/* Opens the paperwork that the address names; `number` of a response of before, 0: as it is. NULL:
 * it is open. Else the answer: 404 or 503. */
portal_answer_t *portal_reading_open(portal_call_t *call, portal_reading_t *reading,
                                     apr_int64_t number);

/*
 * What was sent, in the reader's language, as portal_form_record_view has it. Each row has besides
 *   own      the same row in the language it was answered in, false when that is the reader's
 *   changed  is it another answer than before?  before: that row, false when there is none
 * and each part own_heading. *gone (unless gone is NULL): rows of before that were answered and are not
 * asked any more, with heading and repetition. NULL: it cannot be read, and *gone is not set. New
 * references.
 */
json_t *portal_reading_parts(const portal_call_t *call, const portal_reading_t *reading,
                             json_t **gone);

/* The contact details that it tells of. False: it tells of none, or nothing was sent. */
bool portal_reading_contact(const portal_call_t *call, const portal_reading_t *reading,
                            portal_contact_t contact[PORTAL_CONTACT_FIELDS]);

/* The title of the form as it was answered, in the reader's language. */
const char *portal_reading_title(const portal_call_t *call,
                                 const portal_reading_t *reading);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the answers of a draft are right: rules 9 and 16 to 20 of a QuestionnaireResponse
 * (required, occurrences, types, lengths, limits, options). Only enabled nodes are looked
 * at, and of questions only those that a person can answer: neither hidden nor read-only.
 */
#ifndef PORTAL_VALIDATE_H
#define PORTAL_VALIDATE_H

#include "core/answers.h"
#include "core/form_pages.h"

typedef struct {
    const portal_node_t *node;
    const char *field; /* name of the field that is at fault, such as a.3.1 */
    const char *text;  /* text key with "t:" in front, such as t:answer.error.required */
    const char *limit; /* what the text speaks of: a number, a date; "" when nothing */
    const portal_text_t *words; /* or words of the form instead, NULL: none */
} portal_answer_error_t;

/* What the text of an error speaks of, in a language; "" when nothing. */
const char *portal_answer_error_limit(const portal_answer_error_t *error,
                                      const char *lang);

typedef enum {
    PORTAL_CHECK_TYPED,   /* what is there must be right; nothing is demanded (saving) */
    PORTAL_CHECK_COMPLETE /* and what is required must be there */
} portal_check_t;

/* Checks the questions of one page, in document order; an array of portal_answer_error_t,
 * empty when all is well. One error for each field. In the draft's pool. */
apr_array_header_t *portal_answers_check(const portal_answers_t *a,
                                         const portal_form_page_t *page,
                                         portal_check_t check);

/* The same for the whole draft; with PORTAL_CHECK_COMPLETE it may be completed when the
 * result is empty. */
apr_array_header_t *portal_answers_check_all(const portal_answers_t *a,
                                             portal_check_t check);

#endif

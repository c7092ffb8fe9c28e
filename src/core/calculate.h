/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works out the expressions of a form over a draft (HL7 SDC): calculated answers, and which items
 * are to be answered. portal_enable_update() does it whenever answers changed.
 *
 * %resource is the draft as a QuestionnaireResponse: enabled items with answers only, and the
 * choices with their scores (ordinalValue). An expression begins at its group; one of a question
 * that holds no items, and one of the form, begins at the resource. What cannot be worked out has no
 * answer, and a condition that cannot is not met.
 */
#ifndef PORTAL_CALCULATE_H
#define PORTAL_CALCULATE_H

#include <apr_time.h>

#include "core/answers.h"

/* When answers lead to answers and conditions: after so many rounds it stays as it is. */
#define PORTAL_CALCULATE_ROUNDS 10
/* What all expressions of a form may take together. */
#define PORTAL_CALCULATE_STEPS 2000000

/* Brings calculated answers and `enabled` up to date. Nothing happens when the form has no
 * expressions. */
void portal_calculate(portal_answers_t *a);

/* Says what time it is (today(), now()); before, there is none. Brings all up to date. */
void portal_answers_clock(portal_answers_t *a, apr_time_t now);

/*
 * Gives a new draft its first answers (initialExpression) where it has none yet. patient is the
 * text of a FHIR Patient, for %patient, whose answers are marked with `from` (a text key, see
 * core/prefill.h); NULL: there is none, and what asks for it stays empty.
 */
void portal_calculate_first(portal_answers_t *a, const char *patient, const char *from);

#endif

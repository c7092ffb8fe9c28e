/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enableWhen (FHIR R4 Questionnaire.item.enableWhen; rules 11 to 15): which nodes of a
 * draft are to be answered. Where R4's wording and its programs differ, this follows the
 * rules: > < >= <= hold when any answer does, != holds when no answer equals.
 */
#ifndef PORTAL_ENABLE_H
#define PORTAL_ENABLE_H

#include "core/answers.h"

/*
 * Sets `enabled` of every node from the answers as they are now, and the answers that the form
 * calculates (core/calculate.h). To be called after answers
 * changed; portal_answers_take() and portal_answers_read() have done it. Terminates whatever
 * the form says: a condition that leads back to itself finds no answer.
 */
void portal_enable_update(portal_answers_t *a);

/* The same by enableWhen alone, while expressions are worked out. */
void portal_enable_conditions(portal_answers_t *a);

/* The nearest node of an item as seen from another (rule 15): in the closest common group, or
 * under the same answer, first, there the last one before, else the first one after. NULL: there is none,
 * or in other repetitions only, where it is not meant. */
const portal_node_t *portal_enable_nearest(const portal_answers_t *a,
                                           const portal_node_t *from,
                                           const portal_item_t *item);

#endif

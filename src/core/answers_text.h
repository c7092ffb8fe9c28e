/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of a draft share; for the files answers_*.c that read one back only.
 */
#ifndef PORTAL_ANSWERS_TEXT_H
#define PORTAL_ANSWERS_TEXT_H

#include "core/answers.h"

/* True for a value that the question can have; one that it cannot (the form changed) is dropped. */
bool portal_answer_fits(const portal_item_t *item, const portal_value_t *value);

/*
 * The node that an entry of `nodes` with this linkId is for, each only once: a repetition of a group is
 * made when all have their entry. *next, 0 at first, is where the next entry is looked for at first:
 * entries are in the order of the form as a rule. NULL: there is no such place.
 */
portal_node_t *portal_answers_place(portal_answers_t *a, const apr_array_header_t *nodes,
                                    const char *link_id, int *next);

/* The place of an answer of a question, counted from 0, made when it repeats; NULL: there is none. */
portal_given_t *portal_answers_given(portal_answers_t *a, portal_node_t *node, int i);

/* Reads a draft of format 1 into a blank one, up to portal_answers_done(). *dropped counts the answers
 * that had no place. False: it is not such a text. */
bool portal_answers_read_json(portal_answers_t *a, const char *text, apr_size_t len,
                              int *dropped);

#endif

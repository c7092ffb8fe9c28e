/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes what a browser or a program posted for one page into the draft. Only the page's
 * enabled questions are looked at, and never those that are read-only or hidden (rule 18):
 * other fields, whatever their names, do nothing.
 *
 * Fields, NAME being the node's name (a.3.1):
 *   string, text, numbers   NAME; a repeating question: NAME several times, empty ones are
 *                           left out
 *   boolean                 NAME = true | false
 *   choice                  NAME = number of the option, from 1; repeating: several times
 *   open-choice             the same, or NAME = other with the words in NAME.other
 *   date                    NAME.day, NAME.month, NAME.year; or NAME = YYYY[-MM[-DD]]
 *   dateTime                the same and NAME.time; or NAME = YYYY-MM-DD hh:mm
 *   quantity                NAME and NAME.unit (its words or code); or NAME = "5 kg"
 * A field that was not posted at all leaves its answer as it was; an empty one clears it.
 * So a form with check boxes must send one empty NAME beside them.
 */
#ifndef PORTAL_ANSWERS_TAKE_H
#define PORTAL_ANSWERS_TAKE_H

#include "core/answers.h"
#include "core/form_pages.h"

/* The values posted under a name, in their order: an array of const char *, or NULL when
 * there is no such field. */
typedef const apr_array_header_t *portal_field_values_fn(void *baton, const char *name);

/*
 * Takes the fields of a page and brings `enabled` up to date. What was typed is kept even
 * when it is no usable value. What is wrong is found by portal_answers_check() afterwards.
 * True when an answer opened a question on this very page (only in a repeating group): then
 * the page is to be shown once more before going on.
 */
bool portal_answers_take(portal_answers_t *a, const portal_form_page_t *page,
                         portal_field_values_fn *values, void *baton);

/*
 * The button "add another" of a repeating group, or "remove" of one repetition, was pressed;
 * name is the button's value. False, and nothing done, when the page shows no such button.
 * To be called after portal_answers_take() of the same post: the names of fields change.
 */
bool portal_answers_add_group(portal_answers_t *a, const portal_form_page_t *page,
                              const char *name);
bool portal_answers_remove_group(portal_answers_t *a, const portal_form_page_t *page,
                                 const char *name);

#endif

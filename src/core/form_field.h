/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a question that are more than one box: dates, quantities, scales. For
 * form_view.c, whose header says what the members mean.
 */
#ifndef PORTAL_FORM_FIELD_H
#define PORTAL_FORM_FIELD_H

#include <jansson.h>

#include "core/answers.h"

/* A slider with so many places or fewer is shown as a row of choices: those work without
 * script and can be left unanswered. */
#define PORTAL_SCALE_PLACES 21

/* Sets a member to a text, or to false when there is none. */
void portal_view_set(json_t *view, const char *name, const char *text);

/* Like that, but an empty text stays a text: fields have values. */
void portal_view_set_text(json_t *view, const char *name, const char *text);

/* What stands in a text field: what was typed, else the value as a person would write it; ""
 * without an answer (NULL). In p. */
const char *portal_field_text(const portal_given_t *answer, apr_pool_t *p);

/* An option {id, value, text: false, key: false, prefix: false, checked}. New reference. */
json_t *portal_field_option(const char *id, const char *value, bool checked);

/* The only answer of a question, or NULL. */
const portal_given_t *portal_field_answer(const portal_node_t *node);

/* Sets day, month, year, time and hint_key of a date or dateTime. */
void portal_field_date(json_t *view, const portal_node_t *node, apr_pool_t *p);

/* Sets value, and unit or suffix, of a quantity. */
void portal_field_quantity(json_t *view, const portal_node_t *node, const char *lang,
                           apr_pool_t *p);

/* The places of a slider in their order, as texts: an array of const char *, in p. NULL: it is
 * no slider, or one with too many places. */
apr_array_header_t *portal_field_scale(const portal_item_t *item, apr_pool_t *p);

#endif

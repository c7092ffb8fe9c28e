/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views of a form for templates and for JSON: one page to fill in, and the review of all
 * answers. The words of the form itself are in the language wanted where it is translated;
 * words of the portal are text keys ("t:answer.yes").
 *
 * A node of a page, each member always there (false when it does not apply, so that a
 * recursive partial never sees the one of a node above):
 *   kind       group | display | input | textarea | radios | checkboxes | select | date |
 *              quantity | several | static; and is_group … is_static, one of them true
 *   link_id, name (of the field, also the id of its first control), prefix, label
 *   styled, styled_prefix  label and prefix as the form formats them (portal_markup_view()), or false
 *   hint       words of the form below the label, hints [{text, styled}] each of them; hint_key a
 *              text key, for when it has none;  help {texts [{text, styled}]}: shown when asked for
 *   folded     of a display: it is help;  instructions, security, legal: what else it is about
 *   required, error (text key), limit (a word that the error's text may use)
 *   type       the FHIR item type;  inputmode numeric | decimal | url | false;  maxlength,
 *              suffix;  narrow: a short box
 *   value      what stands in the field;  values [{id, value}] the boxes of `several`,
 *              always one empty one at the end;  add {name, value}: its "add another" button
 *   options    [{id, value, text, styled, key, prefix, checked}]: text, or a text key for yes and no;
 *              sideways: they are to stand in a row
 *   matrix     of a group: its questions share their options, which are to stand in columns
 *   link       an address that helps with the question
 *   other      the last choice of an open choice: {id, value, text, key, checked} like an
 *              option, choice (the name of its radio or check box), and {name, field_id,
 *              words} of the box for the words
 *   day, month, year, time  {id, name, value}: the boxes of `date`; time only of a dateTime
 *   unit       of `quantity`, unless its one unit is the suffix (has_unit): {id, name, value,
 *              open (any words will do), has_units, units [option]}
 *   scale      the options are a scale, with the words of its ends in lower and upper
 *   range      {low, high}: what hint_key may speak of
 *   answers    [{text, key, day, year, time}]: of `static`, as in the review
 *   nodes      what stands in a group (in a repeating one also what stands under a question)
 *   about      of a group that is made for what stands under one answer of a question that
 *              repeats: that answer in words, like one of answers
 *   repetition number of this repetition of a group, from 1; remove {name, value}: a button
 *              that takes it away; add: on the last one, a button for one more
 * With check boxes the template sends an empty field NAME too (see answers_take.h).
 */
#ifndef PORTAL_FORM_VIEW_H
#define PORTAL_FORM_VIEW_H

#include <jansson.h>

#include "core/answers.h"
#include "core/form_pages.h"
#include "core/validate.h"

/* The language in which a form is shown to someone who wants `lang`: the same tag or its
 * base language when the form has it, else the form's own. */
const char *portal_form_language(const portal_form_t *form, const char *lang);

/*
 * One page: {number, heading, styled_heading, headings [text], section {n, m} or false, continued (the
 * page before has the same heading), matrix, previous (number or false), form_title, form_language, live
 * (answers may change what stands on the page), nodes}. errors: from portal_answers_check(), or NULL.
 * New reference.
 */
json_t *portal_form_page_view(const portal_answers_t *a, const apr_array_header_t *pages,
                              const portal_form_page_t *page,
                              const apr_array_header_t *errors, const char *lang);

/* Errors for a summary: [{field, text, limit, label, page}], false when there are none. */
json_t *portal_form_errors_view(const apr_array_header_t *errors,
                                const apr_array_header_t *pages, const char *lang);

/*
 * All enabled questions with their answers: [{number (of the page), heading, styled_heading, repetition (of
 * a repeating group, "2.1" when within another, or false), about (the answer that the
 * questions stand under, when its question repeats), rows [{link_id, label (short where the form has
 * that), whole (then: the whole question, else false), brief (false), styled, prefix, styled_prefix,
 * display (false), refused (a consent), answered, answers [{text, key, day, year, time}], wrong (typed but not usable), change (page
 * number or false)}]}], in the order of the form.
 */
json_t *portal_form_review_view(const portal_answers_t *a,
                                const apr_array_header_t *pages, const char *lang);

/*
 * The same with whole questions (`brief`: the short label, where the form has one) and what the form
 * says between them (displays, and what groups within a page are called), as it was shown: such a row
 * has `display` true and its words as label.
 */
json_t *portal_form_record_view(const portal_answers_t *a,
                                const apr_array_header_t *pages, const char *lang);

/* The short label of a question, with the repetition of a group in which its node of that name stands
 * before it: "Medicine 2: How much?". Without such a node just the label. In the answers' pool. */
const char *portal_node_label(const portal_answers_t *a, const char *name,
                              const portal_item_t *item, const char *lang);

/* The node, or the one above it, that stands under an answer of a question that repeats; NULL:
 * none does. Without the answer's words nobody could tell such nodes apart. */
const portal_node_t *portal_node_about(const portal_node_t *node);

/* That answer in words, as portal_given_view() has it, or false. New reference. */
json_t *portal_about_view(const portal_node_t *node, const char *lang);

/* One answer in words: {text, key, day, year, time}; key is set for yes, no and dates, whose
 * texts use day and year. time: {key, hour, hour12, minute, after_date} of a time and a
 * dateTime, else false. */
json_t *portal_given_view(const portal_item_t *item, const portal_value_t *value,
                          const char *lang);

#endif

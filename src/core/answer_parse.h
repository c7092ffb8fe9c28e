/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a person typed to a value of a question's type (rules 17 and 19). What cannot be
 * read is never guessed at: the caller keeps it as typed and shows it again.
 */
#ifndef PORTAL_ANSWER_PARSE_H
#define PORTAL_ANSWER_PARSE_H

#include "core/form.h"

/* The most characters that any one answer may have, whatever the form allows. */
#define PORTAL_ANSWER_MAX 20000
/* What is kept of a text that is too long, for the person to shorten. */
#define PORTAL_ANSWER_STORED 80000

/*
 * Reads one typed text (any bytes) for a question. NULL: *value is the value, or NONE when
 * only white space was typed. Otherwise the result is the text key of what is wrong
 * (answer.error.…), and *value is NONE. Choices are read by the number of their option, from 1.
 * Strings are put into NFC and trimmed, in p.
 */
const char *portal_answer_parse(const portal_item_t *item, const char *typed,
                                portal_value_t *value, apr_pool_t *p);

/*
 * The same for a date typed in three boxes, each may be NULL or empty. Day, or day and month,
 * may be left out unless the question asks for full dates (portal_item_full_date()).
 */
const char *portal_answer_parse_date(const portal_item_t *item,
                                     const char *const parts[3], portal_value_t *value,
                                     apr_pool_t *p);

/*
 * The same for a date with a time, typed in four boxes: day, month, year, time. The time may be
 * left out. FHIR wants a zone with it: it is the server's, as of that date.
 */
const char *portal_answer_parse_datetime(const portal_item_t *item,
                                         const char *const parts[4],
                                         portal_value_t *value, apr_pool_t *p);

/* A date and time in one text: YYYY-MM-DD, then T or a space, a time, and a zone or none; or
 * a date alone. text is clean. */
const char *portal_answer_parse_moment(const portal_item_t *item, const char *text,
                                       portal_value_t *value, apr_pool_t *p);

/* A time of day: 14:30, 14:30:15, 2:30 pm, 2 pm. text is clean. */
const char *portal_answer_parse_time(const char *text, portal_value_t *value,
                                     apr_pool_t *p);

/*
 * A quantity: the number, and after a line end or the first space its unit: the text or code
 * of one of the question's units, in any case. Without a unit it is the question's only one;
 * where units are free, any words. text is clean.
 */
const char *portal_answer_parse_quantity(const portal_item_t *item, const char *text,
                                         portal_value_t *value, apr_pool_t *p);

/* A number as FHIR writes it, from "+5", "007" and ".5". NULL: it is none; "1,500" is not
 * guessed at. */
const char *portal_answer_number(const char *text, apr_pool_t *p);

/* True when a date question asks for day, month and year: its entryFormat names a day. */
bool portal_item_full_date(const portal_item_t *item);

/* What was typed as it can be kept: NFC, white space around it cut off, line ends as LF.
 * NULL when it is not UTF-8, holds control characters or is beyond all measure. In p. */
const char *portal_answer_clean(const char *typed, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as FHIR means it: a decimal keeps the digits it was written with (1.10 is not 1.1;
 * FHIR R4 "datatypes", decimal: "the precision of the decimal value has significance").
 *
 * jansson holds real numbers as double. So a number with a point or an exponent, or with
 * more than 18 digits, is held here as a jansson string: the noncharacter U+FDD0 followed by
 * the number as written. No other string of a tree made here begins with that character.
 */
#ifndef PORTAL_FHIR_JSON_H
#define PORTAL_FHIR_JSON_H

#include <apr_pools.h>
#include <jansson.h>
#include <stdbool.h>

/* The mark in front of a decimal's text, in UTF-8. */
#define PORTAL_FHIR_DECIMAL_MARK "\xEF\xB7\x90"

/*
 * Reads JSON text of len bytes, a byte order mark in front is skipped. Doubled member names
 * are refused. The result belongs to the pool (released with it); NULL when the text is not
 * JSON: *why then says why, in English, with the line and without a word of the text.
 */
json_t *portal_fhir_json_read(const char *bytes, apr_size_t len, const char **why,
                              apr_pool_t *p);

/*
 * Writes a tree as compact JSON text, decimals as bare numbers with their own digits.
 * Members keep the order in which they were set. NULL only when memory is short.
 */
const char *portal_fhir_json_write(const json_t *tree, apr_pool_t *p);

/* A decimal for a tree to be written; text is a number by the JSON grammar. New reference. */
json_t *portal_fhir_json_decimal(const char *text);

/* The digits of a number (integer or decimal) as written, or NULL when it is no number.
 * Lives as long as the pool. */
const char *portal_fhir_json_number(const json_t *value, apr_pool_t *p);

/* True for a string of the JSON text; a decimal is none. */
bool portal_fhir_json_is_string(const json_t *value);

/* The string member of an object, or NULL when it is missing or no string. Lives as long as
 * the tree. */
const char *portal_fhir_json_string(const json_t *object, const char *name);

/* True when text is a number by the JSON grammar (RFC 8259 section 6), to its end. */
bool portal_fhir_json_is_number(const char *text);

#endif

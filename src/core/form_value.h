/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of a FHIR R4 form: an answer, an option, an initial value, a limit. Numbers and
 * dates are held as the text that was written, so that nothing of their precision is lost.
 * A value owns nothing: its strings live where they were made.
 */
#ifndef PORTAL_FORM_VALUE_H
#define PORTAL_FORM_VALUE_H

#include <apr_pools.h>
#include <jansson.h>
#include <stdbool.h>

typedef enum {
    PORTAL_VALUE_NONE,
    PORTAL_VALUE_STRING,
    PORTAL_VALUE_BOOLEAN,
    PORTAL_VALUE_INTEGER,
    PORTAL_VALUE_DECIMAL,
    PORTAL_VALUE_DATE,
    PORTAL_VALUE_DATETIME,
    PORTAL_VALUE_TIME,
    PORTAL_VALUE_URI,
    PORTAL_VALUE_CODING,
    PORTAL_VALUE_QUANTITY,
    PORTAL_VALUE_ATTACHMENT,
    PORTAL_VALUE_REFERENCE
} portal_value_kind_t;

typedef struct {
    portal_value_kind_t kind;
    const char *text; /* string; "true"; the number, date or time as written; the code of
                           a Coding; the number of a Quantity; compact JSON of an attachment;
                           the reference of a Reference */
    const char *system; /* of a Coding or Quantity; NULL: none */
    const char *version;
    const char *display; /* of a Coding; the unit shown of a Quantity */
    const char *code;    /* of a Quantity: the unit's code */
} portal_value_t;

/* What a value[x] member turned out to be. */
typedef enum {
    PORTAL_VALUE_READ_OK,
    PORTAL_VALUE_READ_ABSENT, /* no member with this prefix */
    PORTAL_VALUE_READ_TWO,    /* more than one */
    PORTAL_VALUE_READ_TYPE,   /* a type that no item of a form has */
    PORTAL_VALUE_READ_BAD     /* the JSON is not of that type, or not such a date, … */
} portal_value_read_t;

/*
 * Reads PREFIX[x] of an object: prefix "value" finds valueString and its like. *out is NONE
 * unless OK; *member names the member found (NULL when absent). Strings are copied to p.
 */
portal_value_read_t portal_value_read(const json_t *object, const char *prefix,
                                      portal_value_t *out, const char **member,
                                      apr_pool_t *p);

/* True when a value that was put together elsewhere is one that portal_value_read could have read: a
 * number or date is one, a text is not empty. Kind NONE is not. */
bool portal_value_valid(const portal_value_t *value);

/* Sets value[x] of an object from a value that is not NONE. */
void portal_value_write(json_t *object, const portal_value_t *value);

/* True when both are the same value: kinds equal (integer and decimal count as one), a Coding
 * by system and code, a number by its size, a date with the same precision. */
bool portal_value_equal(const portal_value_t *a, const portal_value_t *b);

/*
 * Which comes first: *order <0, 0, >0. Dates are compared at the coarser precision (rule 16).
 * False when the two cannot be compared (other kinds, other units, Codings).
 */
bool portal_value_order(const portal_value_t *a, const portal_value_t *b, int *order);

/* The same of quantities in units of UCUM that can be counted in each other (core/ucum.h), as limits
 * are (rule 16); conditions compare equal units only (rule 15). */
bool portal_value_order_measures(const portal_value_t *a, const portal_value_t *b,
                                 int *order);

/* Compares two numbers by the JSON grammar by their size, at any length. */
int portal_decimal_compare(const char *a, const char *b);

/* The digits after the point, as written ("28.0" has one). */
int portal_decimal_places(const char *text);

/* FHIR date: YYYY, YYYY-MM or YYYY-MM-DD, of a day that exists; year 0001 to 9999. */
bool portal_date_valid(const char *text);

/* FHIR time: hh:mm:ss, with or without a fraction. */
bool portal_time_valid(const char *text);

/* FHIR dateTime: a date, or a full date with time and zone. */
bool portal_datetime_valid(const char *text);

/* FHIR uri: no white space or control characters; a urn:uuid: is a UUID in lower case. */
bool portal_uri_valid(const char *text);

/* True when a uri begins with a scheme and something follows it (RFC 3986, 4.3). */
bool portal_uri_absolute(const char *text);

/* True for an integer of 32 bits without leading zeros (FHIR integer). */
bool portal_integer_valid(const char *text);

#endif

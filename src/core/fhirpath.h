/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small FHIRPath (HL7 FHIRPath 2.0.0, with what FHIR R4 and SDC add for forms): expressions of a
 * form over a resource as a tree of core/fhir_json.h.
 *
 * Known are literals but those of Long, members and choice elements (value for valueCoding), all
 * operators, and the functions of fhirpath_function.c. There is no type model: dates are known by
 * the names of their members, the type of a choice element by the end of its name.
 *
 * Texts come from files: an expression has a longest text and a greatest depth, and what is
 * worked out has a number of steps and a time. Nothing of it can run on, whatever the text.
 */
#ifndef PORTAL_FHIRPATH_H
#define PORTAL_FHIRPATH_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <jansson.h>
#include <stdbool.h>

#define PORTAL_FHIRPATH_MAX_TEXT 20000   /* bytes */
#define PORTAL_FHIRPATH_MAX_DEPTH 100    /* of an expression's parts */
#define PORTAL_FHIRPATH_MAX_NESTED 24    /* variables that lead to variables */
#define PORTAL_FHIRPATH_STEPS 200000     /* what one expression may take by itself */
#define PORTAL_FHIRPATH_MILLISECONDS 500 /* and how long */

typedef struct portal_fhirpath_t portal_fhirpath_t;

typedef enum {
    PORTAL_FHIRPATH_BOOLEAN,
    PORTAL_FHIRPATH_INTEGER,
    PORTAL_FHIRPATH_DECIMAL,
    PORTAL_FHIRPATH_STRING,
    PORTAL_FHIRPATH_DATE,
    PORTAL_FHIRPATH_DATETIME,
    PORTAL_FHIRPATH_TIME,
    PORTAL_FHIRPATH_QUANTITY, /* made by an expression; one of a resource is an object */
    PORTAL_FHIRPATH_OBJECT
} portal_fhirpath_kind_t;

/* One item of a collection. */
typedef struct {
    portal_fhirpath_kind_t kind;
    bool truth;    /* of a boolean */
    double number; /* of an integer, a decimal, a quantity */
    const char *
        text; /* of a string, a date, a time; the digits of a decimal as written, or NULL */
    const char *unit; /* of a quantity: its code, or a word such as years; NULL: none */
    const json_t
        *json; /* where it stands in the resource; NULL: made by the expression */
    const json_t
        *extra;       /* the member beside it that has its extensions (_NAME), or NULL */
    const char *type; /* FHIR's name of its type where that is known, or NULL */
} portal_fhirpath_value_t;

/* The value of %NAME, an array of portal_fhirpath_value_t in p; NULL: there is no such name. */
typedef const apr_array_header_t *
portal_fhirpath_variable_fn(void *baton, const char *name, apr_pool_t *p);

/* What an expression is worked out with; all of it outlives the results. */
typedef struct {
    const json_t *context;  /* where it begins; NULL: nowhere, all members are empty */
    const json_t *resource; /* %resource and %rootResource; NULL: empty */
    portal_fhirpath_variable_fn *variable; /* of all other names; NULL: there are none */
    void *baton;
    apr_time_t now; /* of today() and now(); 0: they are empty */
    int *steps; /* what is left for this one and others; NULL: PORTAL_FHIRPATH_STEPS */
} portal_fhirpath_scope_t;

/* Reads an expression into p. APR_EINVAL: *out is NULL and *why says in English what is wrong with
 * it or not known, in p. The text is not kept. */
apr_status_t portal_fhirpath_compile(portal_fhirpath_t **out, const char *text,
                                     const char **why, apr_pool_t *p);

/* The names after % that it uses, each once, of const char *; they live as long as it. */
const apr_array_header_t *portal_fhirpath_names(const portal_fhirpath_t *e);

/* A word of an expression: a string in it, or the name of a member or of a function. */
typedef enum {
    PORTAL_FHIRPATH_IS_STRING,
    PORTAL_FHIRPATH_IS_MEMBER,
    PORTAL_FHIRPATH_IS_FUNCTION
} portal_fhirpath_word_t;

typedef void portal_fhirpath_word_fn(void *baton, portal_fhirpath_word_t kind,
                                     const char *word);

/* Tells each word of an expression, in its order; a word lives as long as the expression. */
void portal_fhirpath_words(const portal_fhirpath_t *e, portal_fhirpath_word_fn *word,
                           void *baton);

/* True for a function that looks for a part of a string, so that it may name more than is written. */
bool portal_fhirpath_of_parts(const char *function);

/*
 * Works an expression out: *out is an array of portal_fhirpath_value_t in p, whose members live as
 * long as p, the expression and the resource. APR_EINVAL: it cannot be worked out (several items
 * where one is wanted, sorts that do not go together); APR_EGENERAL: it took too many steps or too
 * long. Then *out is empty and *why says why, in p.
 */
apr_status_t portal_fhirpath_run(const apr_array_header_t **out,
                                 const portal_fhirpath_t *e,
                                 const portal_fhirpath_scope_t *scope, const char **why,
                                 apr_pool_t *p);

/* The items as JSON text of a list, decimals with their digits, quantities and objects as FHIR has
 * them. In p. */
const char *portal_fhirpath_write(const apr_array_header_t *values, apr_pool_t *p);

/* The number of an integer, decimal or quantity as JSON has it: at most eight places after the
 * point, or its digits as they were written. In p. */
const char *portal_fhirpath_number(const portal_fhirpath_value_t *value, apr_pool_t *p);

/*
 * All of it in one: a text and a resource (any JSON) in, the result as a list in JSON out, in p.
 * NULL: *why says what is wrong with the expression or the resource, or that it cannot be worked
 * out. %NAME knows the names of FHIR only.
 */
const char *portal_fhirpath_try(const char *text, const char *resource, apr_size_t len,
                                apr_time_t now, const char **why, apr_pool_t *p);

#endif

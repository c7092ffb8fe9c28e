/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of FHIRPath share; for the files fhirpath*.c only. Collections are arrays of
 * portal_fhirpath_value_t. After an error (portal_fp_fail) all that is worked out is empty.
 */
#ifndef PORTAL_FHIRPATH_INNER_H
#define PORTAL_FHIRPATH_INNER_H

#include "core/fhirpath.h"

typedef apr_array_header_t portal_fp_set_t;

typedef enum {
    PORTAL_FP_LITERAL,  /* value */
    PORTAL_FP_EMPTY,    /* {} */
    PORTAL_FP_THIS,     /* $this */
    PORTAL_FP_INDEX,    /* $index */
    PORTAL_FP_TOTAL,    /* $total */
    PORTAL_FP_VARIABLE, /* %name */
    PORTAL_FP_MEMBER,   /* name, of what is before it */
    PORTAL_FP_FUNCTION, /* name(args), of what is before it */
    PORTAL_FP_DOT,      /* args: what is before and after the point */
    PORTAL_FP_AT,       /* args: collection[number] */
    PORTAL_FP_MINUS,    /* args: - number */
    PORTAL_FP_OPERATOR, /* args: a name b, name being the operator */
    PORTAL_FP_TYPE      /* args: a; name is "is" or "as", value.text the type */
} portal_fp_form_t;

typedef struct portal_fp_part_t portal_fp_part_t;
typedef struct portal_fp_call_t portal_fp_call_t;

typedef portal_fp_set_t *portal_fp_function_t(portal_fp_call_t *call);

struct portal_fp_part_t {
    portal_fp_form_t form;
    const char *name;
    portal_fhirpath_value_t value;
    portal_fp_part_t **args;
    int count; /* of args */
    int depth;
    portal_fp_function_t *function;
};

struct portal_fhirpath_t {
    portal_fp_part_t *top;
    apr_array_header_t *names;
};

typedef struct {
    const portal_fhirpath_scope_t *scope;
    apr_pool_t *pool;
    int *steps;
    apr_int64_t deadline; /* by the monotonic clock, in milliseconds */
    const char *why;      /* NULL: no error yet */
    apr_status_t status;
} portal_fp_run_t;

/* Where a part is worked out: what stands before the point, $this, $index, $total. */
typedef struct {
    const portal_fp_set_t *focus, *self, *total;
    int index;
} portal_fp_env_t;

struct portal_fp_call_t {
    portal_fp_run_t *run;
    const portal_fp_part_t *part;
    const portal_fp_env_t *env;
    const portal_fp_set_t *input;
};

/* The i-th of a collection. */
static inline const portal_fhirpath_value_t *portal_fp_at(const portal_fp_set_t *set,
                                                          int i)
{
    return &APR_ARRAY_IDX(set, i, portal_fhirpath_value_t);
}

/* ---- fhirpath.c ---- */

/* Works a part out; never NULL. */
portal_fp_set_t *portal_fp_work(portal_fp_run_t *run, const portal_fp_part_t *part,
                                const portal_fp_env_t *env);

/* Takes steps from what is left; false, and an error, when there are no more. */
bool portal_fp_spend(portal_fp_run_t *run, apr_size_t steps);

/* An error, the first one counts; gives an empty collection. */
portal_fp_set_t *portal_fp_fail(portal_fp_run_t *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- fhirpath_value.c ---- */

/* An empty collection. */
portal_fp_set_t *portal_fp_none(portal_fp_run_t *run);

/* Adds an item to a collection; it counts as a step. */
void portal_fp_push(portal_fp_run_t *run, portal_fp_set_t *set,
                    const portal_fhirpath_value_t *value);

/* A collection of one item; a number that is too large gives an empty one. */
portal_fp_set_t *portal_fp_boolean(portal_fp_run_t *run, bool truth);
portal_fp_set_t *portal_fp_integer(portal_fp_run_t *run, double number);
portal_fp_set_t *portal_fp_decimal(portal_fp_run_t *run, double number);
portal_fp_set_t *portal_fp_string(portal_fp_run_t *run, const char *text);

/* A value of a resource: a member called `name` (NULL: an element of unknown name). */
portal_fhirpath_value_t portal_fp_wrap(const json_t *json, const char *name,
                                       apr_pool_t *p);

/* Adds the members of an object with this name; or all, when name is NULL. */
void portal_fp_members(portal_fp_run_t *run, const portal_fhirpath_value_t *value,
                       const char *name, portal_fp_set_t *into);

/* Adds the extensions of a value, also of one that is no object. */
void portal_fp_extensions(portal_fp_run_t *run, const portal_fhirpath_value_t *value,
                          portal_fp_set_t *into);

/* True for integer and decimal. */
bool portal_fp_is_number(const portal_fhirpath_value_t *value);

/* A quantity, also when it is an object of a resource. */
bool portal_fp_quantity(const portal_fhirpath_value_t *value,
                        portal_fhirpath_value_t *quantity, apr_pool_t *p);

/* True when the value has the type of this name (with or without System. or FHIR.). */
bool portal_fp_has_type(const portal_fhirpath_value_t *value, const char *type);

/* The value in words, or NULL for an object. */
const char *portal_fp_text(const portal_fhirpath_value_t *value, apr_pool_t *p);

/* ---- fhirpath_operator.c ---- */

/* 1 equal, 0 not, -1 nobody can tell (dates known to different precision). */
int portal_fp_equal(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                    const portal_fhirpath_value_t *b);

/* True when a collection holds the value. */
bool portal_fp_holds(portal_fp_run_t *run, const portal_fp_set_t *set,
                     const portal_fhirpath_value_t *value);

/* 1 true, 0 false, -1 empty; an error for several items. */
int portal_fp_truth(portal_fp_run_t *run, const portal_fp_set_t *set);

/* Works an operator out whose both sides are. */
portal_fp_set_t *portal_fp_operate(portal_fp_run_t *run, const char *name,
                                   const portal_fp_set_t *a, const portal_fp_set_t *b);

/* Which comes first: *order <0, 0, >0. False: nobody can tell; an error for other sorts. */
bool portal_fp_order(portal_fp_run_t *run, const portal_fhirpath_value_t *a,
                     const portal_fhirpath_value_t *b, int *order);

/* ---- fhirpath_time.c ---- */

/* True when the text is a date, a date and time, or a time; *kind says which. */
bool portal_fp_time_kind(const char *text, portal_fhirpath_kind_t *kind);

/* As portal_fp_order, for texts of times; false when nobody can tell. */
bool portal_fp_time_order(const char *a, const char *b, int *order);

/* A date or time later by a number of a unit (years, months, weeks, days, hours, …); NULL: not
 * that unit. */
const char *portal_fp_time_add(const char *text, double number, const char *unit,
                               apr_pool_t *p);

/* ---- fhirpath_function.c, _string.c, _number.c ---- */

/* The function with this name and number of arguments; NULL: none, *why says which. */
portal_fp_function_t *portal_fp_find(const char *name, int count, const char **why,
                                     apr_pool_t *p);
portal_fp_function_t *portal_fp_find_string(const char *name, int *least, int *most);
portal_fp_function_t *portal_fp_find_number(const char *name, int *least, int *most);

/* The i-th argument, worked out where the call stands. */
portal_fp_set_t *portal_fp_arg(const portal_fp_call_t *call, int i);

/* A string, a number, a whole one as i-th argument; false: it is empty, or an error. */
bool portal_fp_arg_string(const portal_fp_call_t *call, int i, const char **text);
bool portal_fp_arg_number(const portal_fp_call_t *call, int i, double *number);
bool portal_fp_arg_integer(const portal_fp_call_t *call, int i, int *number);

/* The one item of the input; NULL: none, or an error when there are several. */
const portal_fhirpath_value_t *portal_fp_one(const portal_fp_call_t *call);

#endif

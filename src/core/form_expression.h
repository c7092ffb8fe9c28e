/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expressions of a form (SDC): variables, calculatedExpression, enableWhenExpression and
 * initialExpression, in FHIRPath. Only what can be worked out is kept: an expression in another
 * language, with an unknown function or with a name that nobody has set is named by the loader and
 * left out, or refuses the form.
 */
#ifndef PORTAL_FORM_EXPRESSION_H
#define PORTAL_FORM_EXPRESSION_H

#include "core/fhirpath.h"
#include "core/form.h"

/* Seen from its item (or, of a form, from all items) and from all below. */
typedef struct {
    const char *name; /* after % */
    const portal_fhirpath_t *is;
} portal_variable_t;

/* Of an item, or of the form itself. */
typedef struct portal_expressions_t {
    apr_array_header_t *variables;       /* of portal_variable_t, never NULL */
    const portal_fhirpath_t *calculated; /* its answer; NULL: none */
    const portal_fhirpath_t *enables;    /* whether it is to be answered; NULL: none */
    const portal_fhirpath_t *initial;    /* its first answer; NULL: none */
    bool of_patient;                     /* that one asks for %patient */
    const json_t *questionnaire;         /* of the form itself: the resource; else NULL */
} portal_expressions_t;

#endif

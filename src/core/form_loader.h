/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the form loader share; for the files form_*.c that read and check a
 * Questionnaire only.
 */
#ifndef PORTAL_FORM_LOADER_H
#define PORTAL_FORM_LOADER_H

#include <jansson.h>

#include "core/fhirpath.h"
#include "core/form_load.h"
#include "core/form_sets.h"

typedef struct {
    portal_form_t *form;
    const json_t *root;
    portal_sets_t *sets; /* contained in the form */
    const portal_sets_t
        *beside; /* in its folder, to say why one of them serves not; or NULL */
    apr_array_header_t *faults;
    apr_pool_t *pool;
    apr_hash_t *doubled; /* linkIds already reported as doubled */
    bool refused;
    bool plain_wins; /* formatted words that say something else are not shown */
    const char *at;  /* linkId of the item being read, or NULL */
    apr_array_header_t *expressions; /* of portal_form_written_t, as they were read */
    int options;                     /* in all items */
    bool full;                       /* too many items: told once */
    portal_item_t *room;             /* for the next items */
    int room_left;
} portal_form_loader_t;

/* What an expression of a form is for. */
typedef enum {
    PORTAL_FORM_VARIABLE,
    PORTAL_FORM_CALCULATED,
    PORTAL_FORM_ENABLES,
    PORTAL_FORM_INITIAL
} portal_form_expression_t;

/* An expression as it was read. */
typedef struct {
    portal_form_expression_t what;
    portal_item_t *item; /* NULL: of the form */
    const char *name;    /* of a variable, else of its extension */
    portal_fhirpath_t *is;
    const char *why; /* it cannot be worked out; NULL: it can */
    bool of_patient; /* it asks for %patient, or for a variable that does */
} portal_form_written_t;

/* portal_form_load of f->file, f->bytes and f->faults; f->form is *out. beside: as in
 * portal_form_loader_t. */
apr_status_t portal_form_load_beside(portal_form_file_t *f, const portal_sets_t *beside,
                                     apr_pool_t *p);

/* Adds a fault; link_id may be NULL. The text is a printf format. */
void portal_form_fault(portal_form_loader_t *l, portal_fault_severity_t severity,
                       const char *link_id, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Adds a language to those that the form has. */
void portal_form_note_language(portal_form_loader_t *l, const char *lang);

/* Reads a string member NAME, and the translations and formats of its sibling _NAME. */
portal_text_t portal_form_text(portal_form_loader_t *l, const json_t *object,
                               const char *name);

/* Reads a list of items (and all below) into `into`; depth counts from 1. */
void portal_form_read_items(portal_form_loader_t *l, const json_t *list,
                            portal_item_t *parent, apr_array_header_t *into, int depth);

/* Reads answerOption and answerValueSet of an item. */
void portal_form_read_options(portal_form_loader_t *l, portal_item_t *item,
                              const json_t *json);

/* Reads extension questionnaire-unitValueSet: the units of a quantity. */
void portal_form_read_unit_set(portal_form_loader_t *l, portal_item_t *item,
                               const json_t *ext);

/* Reads the extensions of an item. */
void portal_form_read_extensions(portal_form_loader_t *l, portal_item_t *item,
                                 const json_t *json);

/* Reads the extensions of the form itself. */
void portal_form_read_form_extensions(portal_form_loader_t *l);

/* Refuses modifierExtension, which must not be ignored (FHIR R4 "extensibility"). */
void portal_form_check_modifiers(portal_form_loader_t *l, const char *link_id,
                                 const json_t *json);

/* Joins each condition with its question and checks rules 11 to 15: questions that are not
 * there, comparisons that never hold, loops. */
void portal_form_join_conditions(portal_form_loader_t *l);

/* Reads an extension that holds an expression; item NULL: one of the form. */
void portal_form_read_expression(portal_form_loader_t *l, portal_item_t *item,
                                 const json_t *ext, portal_form_expression_t what);

/* Gives items the expressions that can be worked out, and says what becomes of the others; to be
 * called when all items are read. */
void portal_form_join_expressions(portal_form_loader_t *l);

/* True when a condition compares the answer, rather than ask whether there is one. */
bool portal_form_is_compared(const portal_form_t *form, const portal_item_t *question);

/* True for a choice that is asked in the patient's own words, since its value set is not at hand:
 * its answer has no code. */
bool portal_form_in_words(const portal_item_t *item);

/* Why an expression would work out something false, or NULL: it may read the code of an answer that
 * is in words, an answer that is not worked out itself, or add up choices that have no scores. Which questions it may read is told by the
 * linkIds that it names; one that names none may read all. */
const char *portal_form_misreading(const portal_form_loader_t *l,
                                   const portal_fhirpath_t *e);

/* Puts initial values in order (rule 18) and drops limits that cannot be used (rule 16). */
void portal_form_check_values(portal_form_loader_t *l, portal_item_t *item);

/* Checks that need the whole form, after the items are read: the two above and what the
 * portal cannot ask yet. */
void portal_form_lint(portal_form_loader_t *l);

#endif

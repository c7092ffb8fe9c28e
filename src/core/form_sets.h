/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ValueSets and CodeSystems (FHIR R4) that lie beside forms or are contained in one: where
 * the choices of a question come from when the form does not list them itself. Only what
 * lists its codes can be used; nobody is asked over the network.
 */
#ifndef PORTAL_FORM_SETS_H
#define PORTAL_FORM_SETS_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <jansson.h>
#include <stdbool.h>

/* More choices than this are no list that a person reads. */
#define PORTAL_SETS_MAX_CODES 2000

typedef struct {
    apr_hash_t *sets;  /* canonical, with and without |version, or #id -> json_t * */
    apr_hash_t *codes; /* canonical of a CodeSystem -> json_t * */
    apr_pool_t *pool;
} portal_sets_t;

/* One code: its system (or NULL), and the object that has code, display and designation. */
typedef struct {
    const char *system;
    const json_t *json;
} portal_concept_t;

/* No sets yet; in p. */
portal_sets_t *portal_sets_make(apr_pool_t *p);

/* Adds a ValueSet, a CodeSystem, or those of a Bundle; how many there were. The tree must
 * live as long as the sets. Of two with one canonical the first stays. */
int portal_sets_add(portal_sets_t *sets, const json_t *resource);

/* Adds those that a Questionnaire contains, by #id and by canonical. */
void portal_sets_add_contained(portal_sets_t *sets, const json_t *questionnaire);

/*
 * The codes of a value set in their order: an array of portal_concept_t, not empty, in the
 * pool of sets. NULL: *why says why, in words that follow "The choices are in the value set
 * X, which …".
 */
apr_array_header_t *portal_sets_expand(const portal_sets_t *sets, const char *canonical,
                                       const char **why);

/* True when there is such a value set, whether its codes can be listed or not. */
bool portal_sets_has(const portal_sets_t *sets, const char *canonical);

/*
 * A form that stands for itself: the text of the Questionnaire with each value set that it
 * names, has not listed itself, and that is among sets put into `contained` with its codes listed.
 * So a form is known by one hash for good, whatever becomes of the folder. *out is bytes
 * itself when there is nothing to add, or when it is no JSON. In the pool of sets.
 */
void portal_sets_bundle(const portal_sets_t *sets, const char *bytes, apr_size_t len,
                        const char **out, apr_size_t *out_len);

#endif

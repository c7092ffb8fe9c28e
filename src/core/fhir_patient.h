/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir_patient: the people and cases in FHIR R4 resources (Patient, EpisodeOfCare, Bundles of
 * them), as records. Other resource types are counted and left alone.
 *
 *   mrn      the identifier of type MR (v2-0203), else the official one, else the first, else the
 *            id of the resource; identifiers without a value do not count
 *   name     the official one, else the usual one, else one without a use, else any other that is
 *            neither old nor maiden, else those; a name of text only is a family name
 *   email    the one of lowest rank that is an address, those without rank last; never use=old
 *   phone    likewise
 *   case     each EpisodeOfCare: its number is the first identifier, else its id; it has the name
 *            and birth date of its patient, or those that an export of ours says it came with
 *            (core/fhir_record.h)
 *
 * What a resource does not tell, or hides (data-absent-reason), is "". References are followed to
 * patients of all documents that were taken, first to those of the same file; a reference by
 * identifier, and one to a contained patient that has an identifier, too. A reference that can mean two persons is
 * refused: never the wrong one. A patient who was replaced by another (link replaced-by) is no
 * person, and cases go to the other one. A resource with modifierExtension or implicitRules is
 * refused, since what it says may not be what it means.
 */
#ifndef PORTAL_FHIR_PATIENT_H
#define PORTAL_FHIR_PATIENT_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <jansson.h>

#include "core/record.h"

typedef struct portal_fhir_t portal_fhir_t;

typedef struct {
    const char *where;      /* file and resource, for people */
    portal_record_t record; /* as the resource has it: still to be cleaned */
    const char *refused;    /* why there is no record; NULL: there is one */
    const char *note;       /* what was left out of it; NULL: nothing */
} portal_fhir_row_t;

/* An empty collection; everything that comes out of it is in `pool`. */
portal_fhir_t *portal_fhir_make(apr_pool_t *pool);

/* Where a document stands: a file, and its line in NDJSON, else 0. */
typedef struct {
    const char *file;
    int line;
} portal_fhir_place_t;

/* The place for people: file, or file:line. In `pool`. */
const char *portal_fhir_place(const portal_fhir_place_t *place, apr_pool_t *pool);

/* Takes all that is in a document (portal_fhir_json_read); nothing of it is kept by reference. */
void portal_fhir_take(portal_fhir_t *fhir, const json_t *document,
                      const portal_fhir_place_t *place);

/* After the last document: one row for each Patient and each EpisodeOfCare, in their order, but
 * episodes last: who a person is, the Patient says, whatever the order of files. */
const apr_array_header_t *portal_fhir_rows(portal_fhir_t *fhir);

/* How many resources of which type were left alone: type -> const int *. */
apr_hash_t *portal_fhir_ignored(portal_fhir_t *fhir);

#endif

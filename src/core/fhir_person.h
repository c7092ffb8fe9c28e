/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir_person: the person in one FHIR R4 Patient, by the rules that core/fhir_patient.h has. For it
 * alone, which knows of references and documents.
 */
#ifndef PORTAL_FHIR_PERSON_H
#define PORTAL_FHIR_PERSON_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/record.h"

/* The string member of an object, "" when it is missing or no string. As long as the tree. */
const char *portal_fhir_text(const json_t *object, const char *name);

/* Whether that member is this string. */
int portal_fhir_is(const json_t *object, const char *name, const char *value);

/* Sets mrn, name, birth date, e-mail, telephone and language of the record, into `pool`. Returns 1
 * when there is an e-mail, but none that is an address. */
int portal_fhir_person_read(portal_record_t *r, const json_t *patient, apr_pool_t *pool);

/* Sets family and given of the record; leaves them where there is no name. */
void portal_fhir_name_read(portal_record_t *r, const json_t *patient, apr_pool_t *pool);

#endif

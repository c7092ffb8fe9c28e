/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contact details that a person wrote into a form. A question says that it asks for one by its
 * `definition` (FHIR R4 Questionnaire.item.definition), an element of Patient:
 *   http://hl7.org/fhir/StructureDefinition/Patient#Patient.telecom:email
 *   http://hl7.org/fhir/StructureDefinition/Patient#Patient.telecom:phone
 *   http://hl7.org/fhir/StructureDefinition/Patient#Patient.communication.language
 * A path may go on below (.value, .coding); the names after the colon are ours.
 */
#ifndef PORTAL_CONTACT_H
#define PORTAL_CONTACT_H

#include "core/answers.h"

typedef enum {
    PORTAL_CONTACT_EMAIL,
    PORTAL_CONTACT_PHONE,
    PORTAL_CONTACT_LANGUAGE
} portal_contact_field_t;
#define PORTAL_CONTACT_FIELDS 3

typedef struct {
    const char *said;  /* as it was answered; NULL: not asked, or not answered */
    const char *value; /* as the binder keeps it; NULL: it cannot be kept */
} portal_contact_t;

/* "email", "phone" or "language", as fields are named. */
const char *portal_contact_name(portal_contact_field_t field);

/* The first answer of each kind among the enabled questions. Strings are the draft's, or in p. */
void portal_contact_read(portal_contact_t contact[PORTAL_CONTACT_FIELDS],
                         const portal_answers_t *a, apr_pool_t *p);

#endif

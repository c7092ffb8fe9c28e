/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir_bundle: what is said to a FHIR server, and heard. One response as a FHIR R4 transaction Bundle (HL7 FHIR R4, "transaction"), so that a
 * server takes all of it or nothing, and takes it twice without harm:
 *
 *   Patient, EpisodeOfCare   created unless there is one with that identifier (ifNoneExist); one that
 *                            is there is never overwritten: the record is the hospital's own
 *   Questionnaire            PUT under its hash: one version is one resource
 *   QuestionnaireResponse    PUT under its own id: sent again it takes the place of what it was, whose
 *                            history the server keeps
 *
 * References are relative; the server resolves them by the entries' fullUrl. Texts are health data.
 */
#ifndef PORTAL_FHIR_BUNDLE_H
#define PORTAL_FHIR_BUNDLE_H

#include <apr_pools.h>

/* The four resources, as core/fhir_record.h writes them, and what they are known by. */
typedef struct {
    const char *patient, *patient_id, *mrn;
    const char *episode, *episode_id, *case_number;
    const char *questionnaire, *form_hash;
    const char *response, *response_id;
    const char *system; /* of the mrn as the server knows it, a URI; NULL: any */
} portal_fhir_bundle_t;

/* The Bundle as JSON text in `pool`; digits of answers stay as they are. NULL: the patient is no JSON
 * object. */
const char *portal_fhir_bundle_write(const portal_fhir_bundle_t *parts, apr_pool_t *pool);

/* What a server answers to it. */
typedef struct {
    int done; /* it is a transaction-response, of which every entry says 2xx */
    const char *
        issue; /* code of the first issue of an OperationOutcome, such as business-rule; "" */
} portal_fhir_answer_t;

/* Reads an answer's body, whatever it is; in `pool`. */
portal_fhir_answer_t portal_fhir_answer_read(const char *text, apr_size_t len,
                                             apr_pool_t *pool);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir_record: what the portal keeps as FHIR R4 resources for other systems, each one line of
 * compact JSON. core/fhir_patient.h reads the first two back to the same records.
 *
 *   Patient                the binder: its mrn is an identifier of type MR (v2-0203), the given
 *                          names stand in one string as they are kept, the language is preferred
 *   EpisodeOfCare          a case: its number is the one identifier, its title type.text. The
 *                          portal knows of no end, so the status is active. Where the case came
 *                          with another name or birth date than the binder has now, these are a
 *                          contained Patient that the extension PORTAL_FHIR_CASE_PERSON names
 *   Questionnaire          as it was when it was answered; its id is the hash of its content; url,
 *                          version and status are added where it has none; value sets inside are
 *                          referred to as such
 *   QuestionnaireResponse  as it was sent; its subject is the Patient above, the extension
 *                          workflow-episodeOfCare names the case, and meta.tag the hash of the
 *                          Questionnaire that was answered, even if a later one has the same version
 *
 * Texts are in the pool that is passed in. They are health data.
 */
#ifndef PORTAL_FHIR_RECORD_H
#define PORTAL_FHIR_RECORD_H

#include <apr_pools.h>
#include <apr_time.h>

#include "core/record.h"

/* On EpisodeOfCare: the person as the case came with them (valueReference to a contained Patient). */
#define PORTAL_FHIR_CASE_PERSON "urn:uuid:2f6c9d0e-5b0a-4d53-9a77-1c1f0f3b8e46"

/* What stands before Type/id in the fullUrl of a Bundle's entries: relative references need one, and
 * there is no server. The domain never resolves (RFC 2606). */
#define PORTAL_FHIR_BASE "https://portal.invalid/fhir"

/* In meta.tag of a response: the code is a BLAKE2b-256 hash (RFC 7693) in hexadecimal. */
#define PORTAL_FHIR_HASH "urn:ietf:rfc:7693"

/* An id of ours as FHIR has ids: without "_", for which "." stands, which ours have not. */
const char *portal_fhir_id(const char *id, apr_pool_t *pool);

/* A row and when it was changed last (meta.lastUpdated, cut to seconds). */
typedef struct {
    const char *id;
    apr_time_t updated;
} portal_fhir_row_id_t;

/* A Patient. Nothing is told of the record's case. */
const char *portal_fhir_patient_write(const portal_fhir_row_id_t *row,
                                      const portal_record_t *person, apr_pool_t *pool);

/* An EpisodeOfCare of the binder `binder_id`. Of the person only own_* is told, if own_person. */
const char *portal_fhir_case_write(const portal_fhir_row_id_t *row, const char *binder_id,
                                   const portal_record_t *record, apr_pool_t *pool);

/* A Questionnaire: row->id is its hash, row->updated when it was first used; `name` is the form's
 * name, `source` its content. NULL: the content is no JSON object. */
const char *portal_fhir_questionnaire_write(const portal_fhir_row_id_t *row,
                                            const char *name, const char *source,
                                            apr_pool_t *pool);

/* What a response belongs to, as ids of rows. */
typedef struct {
    const char *binder_id, *case_id, *form_hash;
} portal_fhir_about_t;

/* A QuestionnaireResponse; `text` of `len` bytes is what portal_response_write made. NULL: it is
 * no JSON object. */
const char *portal_fhir_response_write(const portal_fhir_row_id_t *row,
                                       const portal_fhir_about_t *about, const char *text,
                                       apr_size_t len, apr_pool_t *pool);

#endif

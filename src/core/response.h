/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A draft as an HL7 FHIR R4 QuestionnaireResponse, and back (rules 1 to 10). The writer
 * makes what the rules ask for; the reader takes any response apart, says which rules it
 * breaks and gives its answers as a draft, so that they can be checked like typed ones.
 */
#ifndef PORTAL_RESPONSE_H
#define PORTAL_RESPONSE_H

#include "core/answers.h"

typedef enum {
    PORTAL_RESPONSE_IN_PROGRESS,
    PORTAL_RESPONSE_COMPLETED,
    PORTAL_RESPONSE_AMENDED,
    PORTAL_RESPONSE_STOPPED
} portal_response_status_t;

/* What stands around the answers. References are FHIR reference strings such as
 * "Patient/123"; NULL leaves a member out. */
typedef struct {
    portal_response_status_t status;
    const char *id;
    const char *language; /* in which the form was shown; NULL: the form's own */
    const char *subject, *subject_display; /* Patient (rule 7) */
    const char *encounter;
    const char *authored; /* dateTime with zone, of the last change (rule 7) */
    const char *author;   /* who recorded: the patient, a Device, a Practitioner */
    const char *source;   /* who answered: the patient or a RelatedPerson */
} portal_response_meta_t;

/*
 * The resource as JSON text in the draft's pool. Only enabled nodes with an answer in them
 * are written, whatever the status (rule 10); text and the display of options are as shown
 * in the language. Whether it may be completed is for portal_answers_check_all() to say.
 */
const char *portal_response_write(const portal_answers_t *a,
                                  const portal_response_meta_t *meta);

/* What is wrong with a response that was read. */
typedef struct {
    int rule;            /* number of the rule: 1 to 7, 10, 17 */
    const char *link_id; /* NULL: the resource */
    const char *text;    /* one English sentence */
} portal_response_fault_t;

/* A response that was read. */
typedef struct {
    portal_answers_t *answers; /* all that have a place in the form; `enabled` is set */
    apr_array_header_t
        *faults;   /* of portal_response_fault_t; empty: the structure is right */
    bool complete; /* its status is completed or amended */
} portal_response_t;

/* Reads a response to this form, into p. APR_EINVAL: it is no JSON object; *out is empty. */
apr_status_t portal_response_read(portal_response_t *out, const portal_form_t *form,
                                  const char *text, apr_size_t len, apr_pool_t *p);

#endif

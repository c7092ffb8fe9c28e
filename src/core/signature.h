/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures on a form (FHIR R4 extensions questionnaire-signatureRequired and
 * questionnaireresponse-signature). One act of signing at the end covers all answers; it stands in
 * the response where the form asked for it: on the response, on items, or both. A consent is
 * an item that asks for a signature of consent; it is refused by the answer false, or by a
 * coding whose code is "decline", or that says no in HL7's tables 0136 (N) and 0498 (R).
 * What was refused needs no signature.
 */
#ifndef PORTAL_SIGNATURE_H
#define PORTAL_SIGNATURE_H

#include "core/answers.h"

/* How long the points of a drawn signature may be as text, and how large its square. */
#define PORTAL_SIGNATURE_POINTS 20000
#define PORTAL_SIGNATURE_WIDTH 600
#define PORTAL_SIGNATURE_HEIGHT 200

/* True for a coding that can only be the refusal of a consent: "decline", or R of table 0498. */
bool portal_value_declines(const portal_value_t *value);

/* True for an enabled consent whose answer is a refusal. */
bool portal_consent_refused(const portal_node_t *node);

/* True when any consent of the draft is refused. */
bool portal_consents_refused(const portal_answers_t *a);

/* The enabled items whose signature is asked for, and not refused: an array of const
 * portal_item_t * in the draft's pool. `*form`: the form as a whole asks for one. */
apr_array_header_t *portal_signature_asked(const portal_answers_t *a, bool *form);

/*
 * The path (SVG 1.1 section 8.3) of strokes "x,y x,y;x,y x,y" of whole numbers within the square.
 * NULL: it is not such a text, or nothing is drawn. In p.
 */
const char *portal_signature_path(const char *strokes, apr_pool_t *p);

/* BLAKE2b-256 of a text, 64 hex digits, in p. */
const char *portal_signature_hash(const char *text, apr_size_t len, apr_pool_t *p);

typedef struct {
    const char *type; /* code of urn:iso-astm:E1762-95:2013 */
    const char *when; /* FHIR instant */
    const char *name; /* of who signed */
    const char *who;  /* reference of the patient, NULL when another signed */
    const char
        *on_behalf_of; /* reference of the patient when another signed, else NULL */
    const char *format, *data; /* MIME type and its bytes as text */
} portal_signature_t;

/* A response (text) with the signature where the form asks for it; in the draft's pool. NULL: the
 * text is no JSON object. */
const char *portal_signature_put(const portal_answers_t *a, const char *response,
                                 const portal_signature_t *signature);

/* The same text as before portal_signature_put; in p. NULL: it is no JSON object. */
const char *portal_signature_strip(const char *response, apr_size_t len, apr_pool_t *p);

#endif

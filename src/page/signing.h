/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing a form at the end of it (ESIGN, 15 USC 7001; UETA): what is asked for, whether it was
 * given, and the record of it, which is kept with the response. The record is a JSON text of our
 * own: act (typed, drawn, declined), name, role, relation, language, intent (the words that were
 * agreed to), questionnaire, form_hash, text_hash and answers_hash (BLAKE2b-256 of `document`, and
 * of the response without the signature), how (portal or lobby), by (who made the lobby password),
 * session, source, agent, when, path (of the drawing), and document: the HTML page with all that
 * was shown and answered, which is the patient's copy. All of it lives in the call's pool.
 */
#ifndef PORTAL_PAGE_SIGNING_H
#define PORTAL_PAGE_SIGNING_H

#include "page/paperwork.h"

/* Sets `sign` of a view: false, or what the review shows of it. */
void portal_signing_view(portal_call_t *call, const portal_filling_t *filling,
                         json_t *view);

/* Adds an error to the call for each part of a signature that is asked for and missing. */
void portal_signing_check(portal_call_t *call, const portal_filling_t *filling);

/* Signs the response of `act`, when the form asks for it, and sets its signature and refused.
 * APR_EGENERAL: the copy cannot be written. */
apr_status_t portal_signing_sign(portal_call_t *call, const portal_filling_t *filling,
                                 portal_paper_submit_t *act);

/* A record as pages show it: {name, act …, at {iso, text}, by, how, fits …}, or false when it is
 * NULL. `response`, of len bytes, is what it stands under. New reference. */
json_t *portal_signing_record(const portal_call_t *call, const char *record,
                              const char *response, apr_size_t len);

/* The copy for the patient, as a file; 303 to the form when `record` is NULL. */
portal_answer_t *portal_signing_copy(portal_call_t *call, const char *record,
                                     const char *id);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords on their way to portal-hasher and back: brought into the form in which they are
 * compared, peppered, hashed or verified there. Nothing is kept; all copies are wiped.
 */
#ifndef PORTAL_CREDENTIAL_H
#define PORTAL_CREDENTIAL_H

#include "page/page.h"
#include "remote/hasher.h"

/* A password as it stands in the account. */
typedef struct {
    const char
        *hash; /* "" when there is none: the same work is done, and nothing matches */
    apr_int64_t pepper_key;
    int temporary; /* spaces, dashes and letter case do not matter */
    const char
        *decoy; /* of another account, whose work is done without a hash; NULL, "" */
} portal_credential_t;

/* Compares `typed` (secret). Not APR_SUCCESS: the hasher is busy or away, nothing is known. */
apr_status_t portal_credential_verify(portal_call_t *call,
                                      const portal_credential_t *credential,
                                      const char *typed,
                                      portal_hasher_verdict_t *verdict);

/* Hashes `password` (secret) for `credential`, whose `temporary` is given and whose hash and key
 * are set. */
apr_status_t portal_credential_make(portal_call_t *call, portal_credential_t *credential,
                                    const char *password);

/* The network or address that penalties of this caller go by. */
const char *portal_credential_source(const portal_call_t *call);

/* Browser and system of the caller (core/agent.h), with a space between. */
const char *portal_credential_agent(const portal_call_t *call);

/* 429 with Retry-After: too many tries. `until` 0: only mail or the desk helps. */
portal_answer_t *portal_credential_wait(portal_call_t *call, apr_time_t until,
                                        portal_page_fn show);

/* The same, with a text of its own (without the prefix t:) for when only the desk helps. */
portal_answer_t *portal_credential_wait_or(portal_call_t *call, apr_time_t until,
                                           const char *stopped, portal_page_fn show);

/* Gives the browser its session. `token` is a secret and is wiped. */
void portal_credential_cookie(portal_call_t *call, const portal_session_t *session,
                              char token[44]);

/* The browser's device: see store/device.h. */
typedef struct {
    char token[44]; /* of its cookie; "" when this browser is not to be known */
    char hash[65];  /* "" likewise */
} portal_device_t;

/* The device that the browser's cookie names; both "" when it has none. */
void portal_credential_device(const portal_call_t *call, portal_device_t *device);

/* The same, for a patient who signs in with a password of their own: a browser without a cookie gets
 * one, with the answer that portal_credential_remember is called for. Never on a clinic's tablet. */
void portal_credential_own_device(const portal_call_t *call, portal_device_t *device);
void portal_credential_remember(portal_call_t *call, portal_device_t *device);

/* Does this visitor come with a session that is over, in the lobby or outside of it? Said once: the
 * browser forgets it by this answer. */
int portal_credential_ended(portal_call_t *call, int lobby);

#endif

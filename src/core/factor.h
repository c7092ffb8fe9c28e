/* SPDX-License-Identifier: Apache-2.0 */
/*
 * factor: what a right password is worth where patients have second factors (NIST SP 800-63B-4
 * section 2.2), and the recovery codes that stand in for a lost one (section 3.1.2). Rules only.
 */
#ifndef PORTAL_FACTOR_RULES_H
#define PORTAL_FACTOR_RULES_H

#include <apr_time.h>

#include "core/session_table.h"
#include "core/token.h"

/* PortalSecondFactor: whether patients have second factors. */
typedef enum {
    PORTAL_FACTOR_OFF,     /* nobody is asked for one */
    PORTAL_FACTOR_OFFERED, /* who has one is asked for it */
    PORTAL_FACTOR_REQUIRED /* nobody goes on without one */
} portal_factor_policy_t;

/* A shorter password is allowed only where every patient has a second factor (NIST SP 800-63B-4
 * section 3.1.1.2), and a temporary one is never shorter. */
#define PORTAL_FACTOR_ALONE_LENGTH 15

/* So long a sign-in waits for its second half. */
#define PORTAL_FACTOR_PATIENCE apr_time_from_sec(600)

/* So long a factor may be set up with the password that was typed for it. */
#define PORTAL_FACTOR_SET_UP apr_time_from_sec(900)

/* How many recovery codes a patient gets at once, and with how many left more are advised. */
#define PORTAL_FACTOR_CODES 10
#define PORTAL_FACTOR_CODES_FEW 3

/* The session that a right password begins. `has`: the patient has set up a factor; `given`: it was
 * asked for and is right; `temporary`: the password has to be changed. A temporary password is changed
 * first, then a factor is set up. */
portal_session_kind_t portal_factor_session(portal_factor_policy_t policy, int has,
                                            int given, int temporary);

/* A new recovery code, like `bcdfg-hjkmn-…`: 118 random bits, so that an unsalted hash of it tells
 * nothing (OWASP ASVS 5.0 6.5.2). A secret, in `pool` and wiped with it. */
const char *portal_factor_code(apr_pool_t *pool);

/* What is kept of a patient's recovery code, and looked for when one is typed: letter case, spaces
 * and dashes do not matter. "" for what can be no such code. */
void portal_factor_code_hash(char out[PORTAL_HASH_SIZE], const char *binder_id,
                             const char *typed, apr_pool_t *pool);

#endif

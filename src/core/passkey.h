/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passkey: what a browser answers when a passkey is made or used (Web Authentication Level 2 sections
 * 7.1 and 7.2, no attestation), verified by libfido2.
 *
 * A passkey counts for two factors: the authenticator has to have verified its user (NIST SP
 * 800-63B-4 section 3.1.7). Challenges are ours by their keyed hash and lapse by themselves; that each is
 * used once is for the caller to see to.
 */
#ifndef PORTAL_PASSKEY_H
#define PORTAL_PASSKEY_H

#include <apr_pools.h>
#include <apr_time.h>

#include "core/keyring.h"
#include "core/token.h"

/* So long the browser and its user may take. */
#define PORTAL_PASSKEY_PATIENCE apr_time_from_sec(600)

/* Where and when. */
typedef struct {
    const char *rp_id;  /* host of the public address, without a port */
    const char *origin; /* as browsers send it */
    const portal_keyring_t *keys;
    apr_time_t now;
} portal_passkey_site_t;

/* What came back, each in base64url without padding; "" where there was nothing. */
typedef struct {
    const char *credential;  /* its id; of use alone */
    const char *client_data; /* clientDataJSON */
    const char
        *authenticator_data; /* as getAuthenticatorData() and the assertion give it */
    const char *signature;   /* of use alone */
} portal_passkey_answer_t;

/* A new challenge, 104 letters and digits of base64url, in `pool`. */
const char *portal_passkey_challenge(const portal_passkey_site_t *site, apr_pool_t *pool);

/* Is this a passkey that was made for us just now? 1: *kept is what is to be kept of it (its id and public
 * key, no secret), and *challenge what it answers; both in `pool`. 0: no, for whatever reason. */
int portal_passkey_made(const char **kept, const char **challenge,
                        const portal_passkey_site_t *site,
                        const portal_passkey_answer_t *answer, apr_pool_t *pool);

/* Was the passkey of which `kept` is known used for us just now? 1: *counter is its signature counter and
 * *challenge what it answers. 0: no. A counter that does not go up tells of a copy: for the caller. */
int portal_passkey_used(const char *kept, apr_int64_t *counter, const char **challenge,
                        const portal_passkey_site_t *site,
                        const portal_passkey_answer_t *answer, apr_pool_t *pool);

/* The id of a passkey, as browsers give it, of what is kept. In `pool`. */
const char *portal_passkey_id(const char *kept, apr_pool_t *pool);

/* By which a passkey is found: a hash of its id in base64url. */
void portal_passkey_hash(char out[PORTAL_HASH_SIZE], const char *credential);

#endif

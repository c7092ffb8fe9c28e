/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pepper: the keyed step between a password and its Argon2id hash (NIST SP 800-63B-4
 * section 3.1.1.2): a stolen database cannot even be guessed at without the key file.
 *
 * What portal-hasher hashes is base64(BLAKE2b-256(key, NFC(password))). The id of the key is
 * kept beside the hash, so that an old hash still verifies after rotate-secret.
 */
#ifndef PORTAL_PEPPER_H
#define PORTAL_PEPPER_H

#include "core/keyring.h"

#define PORTAL_PEPPER_SIZE 64 /* room; 44 characters and the NUL are used */
/* Bytes of UTF-8 that a password may have, before and after NFC. */
#define PORTAL_PEPPER_PASSWORD_MAX 4096

/*
 * Puts what is to be hashed for (secret) `password` into `out`, a secret too: the caller
 * wipes it. The password is brought into NFC here, and every copy made of it is wiped.
 * `key_id` 0 is the current key. APR_EINVAL: not UTF-8, or too long; APR_NOTFOUND: no such
 * key; APR_ENOMEM. On failure `out` is the empty string.
 */
apr_status_t portal_pepper(char out[PORTAL_PEPPER_SIZE], const portal_keyring_t *ring,
                           unsigned key_id, const char *password);

#endif

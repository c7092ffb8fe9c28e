/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal: keeps a value secret and in its place while it lies in the database or in a cookie.
 *
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, as in libsodium) with a random nonce. The
 * result is text, `v1.<id of the master key>.<base64url of nonce and ciphertext>`. It is
 * bound to its purpose by the key and to its row as authenticated data: copied to another
 * row or used for something else it does not open.
 */
#ifndef PORTAL_SEAL_H
#define PORTAL_SEAL_H

#include "core/keyring.h"

/* Where a sealed value belongs. `row` names the place: table, row id and column, as text. */
typedef struct {
    const portal_keyring_t *ring;
    portal_key_purpose_t purpose;
    const char *row;
} portal_seal_t;

/*
 * Seals `len` bytes (0 and more) for `place` with the current key; *sealed is in `pool`.
 * Its length is about 4/3 of len, and 75 to 83 characters more. Two calls never give the same
 * text. `plain` may be secret and stays the caller's to wipe. APR_ENOMEM: more than 1 GiB.
 */
apr_status_t portal_seal(const char **sealed, const portal_seal_t *place,
                         const void *plain, apr_size_t len, apr_pool_t *pool);

/*
 * Opens what portal_seal made for the same place. *plain has *len bytes and a NUL after them,
 * and is wiped with `pool`. On failure *plain is NULL and *len is 0:
 * APR_EINVAL: malformed (or NULL); APR_NOTFOUND: sealed with a key that the ring does not
 * hold; APR_EACCES: not authentic: changed, or made for another row or purpose.
 */
apr_status_t portal_unseal(const char **plain, apr_size_t *len,
                           const portal_seal_t *place, const char *sealed,
                           apr_pool_t *pool);

/*
 * The id of the master key that `sealed` names; 0 when it is malformed. Says which rows a
 * rotation still has to seal again.
 */
unsigned portal_seal_key_id(const char *sealed);

#endif

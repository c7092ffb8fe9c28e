/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token: random names for things. A token opens something and is a secret, of which only
 * the hash is kept; an id names a row in an address and opens nothing by itself.
 *
 * Both come from the system's random generator by libsodium (portal_secret_init() first)
 * and are written in base64url without padding (RFC 4648 section 5): fit for addresses,
 * cookies and form fields as they are.
 */
#ifndef PORTAL_TOKEN_H
#define PORTAL_TOKEN_H

#include <apr_pools.h>

#define PORTAL_TOKEN_SIZE 44 /* 43 characters for 32 bytes, and the NUL */
#define PORTAL_ID_LENGTH 22  /* characters for 16 bytes */
#define PORTAL_HASH_SIZE 65  /* 64 hexadecimal digits, and the NUL */

/* A new token of 256 random bits. A secret: the caller wipes `out` when it is sent. */
void portal_token_make(char out[PORTAL_TOKEN_SIZE]);

/*
 * Whether `text` can be a token: 43 characters that are the one base64url spelling of 32
 * bytes. NULL is not one. Tells nothing about whether it was ever made.
 */
int portal_token_wellformed(const char *text);

/*
 * What is kept of a token: BLAKE2b-256 of its characters, in lower-case hexadecimal. No key
 * is needed: 256 random bits cannot be guessed from their hash.
 */
void portal_token_hash(char out[PORTAL_HASH_SIZE], const char *token);

/* A new id of 128 random bits, 22 characters, in `pool`. Not a secret. */
const char *portal_id_make(apr_pool_t *pool);

/* Whether `text` can be an id: the one base64url spelling of 16 bytes. NULL is not one. */
int portal_id_wellformed(const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring: the master keys of one portal and the keys that are derived from them.
 *
 * The master key file is text. Each line is `key ID BASE64`: a number from 1 to 999999999 and
 * 32 random bytes. The first key is the current one; the others are old keys, kept so that
 * what they sealed can still be read. Empty lines and lines that begin with # are skipped.
 * `old ID PURPOSE BASE64` is what a finished rotation left of an old master key: the derived
 * key of one purpose alone, for as long as something in the database needs it.
 *
 * No master key is ever used itself: each purpose has a key of its own, derived by
 * crypto_kdf_derive_from_key (context "mdportal", sub-key id = the number of the purpose), so
 * that a leak or a misuse in one place tells nothing about another.
 *
 * A ring never changes after it was read and may be used by many threads at once.
 */
#ifndef PORTAL_KEYRING_H
#define PORTAL_KEYRING_H

#include <apr_errno.h>
#include <apr_pools.h>

#define PORTAL_MAC_SIZE 65     /* 64 hexadecimal digits, and the NUL */
#define PORTAL_SUBKEY_BYTES 32 /* of a derived key */
#define PORTAL_KEY_ID_MAX 999999999u

typedef struct portal_keyring_t portal_keyring_t;

/* What a key is for. The numbers are part of the derivation: never change or reuse one. */
typedef enum {
    PORTAL_KEY_ANSWERS = 1,      /* seals what patients answer */
    PORTAL_KEY_MAIL = 2,         /* seals waiting mails */
    PORTAL_KEY_AUDIT_DETAIL = 3, /* seals details of audit rows */
    PORTAL_KEY_AUDIT_CHAIN = 4,  /* the audit chain's keyed hash */
    PORTAL_KEY_PEPPER = 5,       /* of password hashes */
    PORTAL_KEY_CSRF = 6,         /* form tokens */
    PORTAL_KEY_COOKIE = 7,       /* seals short-lived cookies */
    PORTAL_KEY_THROTTLE = 8,     /* hides what is counted: unknown numbers, networks */
    PORTAL_KEY_LOBBY = 9,        /* keyed hash of lobby passwords */
    PORTAL_KEY_ONCE = 10,        /* the field `once` of a form */
    PORTAL_KEY_UNDO = 11,        /* seals what Undo Registration brings back */
    PORTAL_KEY_SESSION = 12,     /* session data outside the database */
    PORTAL_KEY_DEVICE = 13,      /* the cookie of a known device */
    PORTAL_KEY_FACTOR = 14       /* seals the secrets of second factors */
} portal_key_purpose_t;

/*
 * Makes a new master key file with one key, id 1, mode 0600, on disk when this returns.
 * An existing file is never touched: APR_EEXIST. Other failures: the system's own status.
 * *error then says in plain English what went wrong and with which file; it is in `pool`.
 */
apr_status_t portal_keyring_create(const char *path, const char **error,
                                   apr_pool_t *pool);

/*
 * Reads a master key file into *out; keys are wiped with `pool`.
 * APR_EACCES: someone other than the owner may use the file (any of mode & 077), or it
 * belongs neither to root nor to the user who runs this. APR_EINVAL: not a plain file, too
 * large, a malformed line, a key or id twice, or no key at all. Other failures: the system's
 * own status. On failure *error says why in plain English, with path and line but never with
 * anything of a key; it is in `pool`.
 */
apr_status_t portal_keyring_read(portal_keyring_t **out, const char *path,
                                 const char **error, apr_pool_t *pool);

/*
 * Keeps all master keys out of swap and core files (see portal_secret_lock): after reading,
 * and again in each child. APR_ENOMEM: not all could be locked; the ring works nevertheless.
 */
apr_status_t portal_keyring_lock(portal_keyring_t *ring);

/*
 * The changes of a rotation. Each writes the whole file anew beside the old one, with its owner
 * and mode 0600, reads it back, and puts it in the old one's place: whoever is killed leaves the
 * old or the new. Errors are those of portal_keyring_read, or the system's own.
 *
 * add: a new random key behind all others, which is not used before it is made current; its
 * id, one above the highest there, goes to *id. promote: `id` becomes the current
 * key. reduce: of all but the current key `id` only what `purposes` (a bit 1 << purpose for
 * each, of those that have a name) asks for stays; with 0 it is gone. Derived keys that the
 * file no longer has cannot come back.
 */
apr_status_t portal_keyring_add(const char *path, unsigned *id, const char **error,
                                apr_pool_t *pool);
apr_status_t portal_keyring_promote(const char *path, unsigned id, const char **error,
                                    apr_pool_t *pool);
apr_status_t portal_keyring_reduce(const char *path, unsigned id, unsigned purposes,
                                   const char **error, apr_pool_t *pool);

/* What a purpose is called in the file: password, audit-chain, audit-detail, lobby, throttle. NULL:
 * nothing of this purpose outlives a rotation. */
const char *portal_keyring_purpose_name(portal_key_purpose_t purpose);

/* The id of the current key, with which everything new is sealed and hashed. */
unsigned portal_keyring_current(const portal_keyring_t *ring);

/* How many master keys there are, and the id of each: index 0 is the current one. */
apr_size_t portal_keyring_count(const portal_keyring_t *ring);
unsigned portal_keyring_id(const portal_keyring_t *ring, apr_size_t index);

/* The ids of all keys that can be asked for this purpose, the current one first: that of number
 * `index`, or 0 when there are no more. */
unsigned portal_keyring_each(const portal_keyring_t *ring, portal_key_purpose_t purpose,
                             apr_size_t index);

/* What is left of old keys: how many derived keys, and of each the id and its purpose. */
apr_size_t portal_keyring_rest_count(const portal_keyring_t *ring);
unsigned portal_keyring_rest(const portal_keyring_t *ring, apr_size_t index,
                             portal_key_purpose_t *purpose);

/*
 * The key for one purpose, derived from the master key `key_id` (0: the current one). A
 * secret: the caller wipes `out` as soon as it was used. APR_NOTFOUND: no such key; `out` is
 * then all zero.
 */
apr_status_t portal_keyring_subkey(unsigned char out[PORTAL_SUBKEY_BYTES],
                                   const portal_keyring_t *ring,
                                   portal_key_purpose_t purpose, unsigned key_id);

/*
 * Keyed BLAKE2b-256 of `len` bytes in lower-case hexadecimal, under the key of `purpose`
 * from master key `key_id` (0: the current one). APR_NOTFOUND: no such key; `out` is then
 * the empty string, which equals no hash. Compare hashes with sodium_memcmp.
 */
apr_status_t portal_keyring_mac(char out[PORTAL_MAC_SIZE], const portal_keyring_t *ring,
                                portal_key_purpose_t purpose, unsigned key_id,
                                const void *data, apr_size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret: bytes that wipe themselves when their pool goes.
 *
 * The type is opaque on purpose: no format and no log function takes it, so that a secret
 * cannot slip into a message by mistake. A secret never changes after it was made and may
 * be read by many threads at once.
 */
#ifndef PORTAL_SECRET_H
#define PORTAL_SECRET_H

#include <apr_errno.h>
#include <apr_pools.h>

typedef struct portal_secret_t portal_secret_t;

/*
 * Makes libsodium ready. Must run once before anything else of core/{secret, token, keyring,
 * seal, csrf, password}; more calls do no harm, from any thread.
 * APR_EGENERAL: there is no source of random bytes.
 */
apr_status_t portal_secret_init(void);

/*
 * From now on this process leaves no core file, whatever the system or CoreDumpDirectory says, and
 * no other process of its user can look into it: what was typed may still lie in its memory, also
 * in parts of httpd and of OpenSSL that wipe nothing. Programs that it starts inherit the former.
 * APR_SUCCESS, or the system's own status.
 */
apr_status_t portal_secret_no_core(void);

/*
 * A copy of `len` bytes (1 or more) that is wiped with `pool`. The caller still wipes its own.
 */
portal_secret_t *portal_secret_make(const void *bytes, apr_size_t len, apr_pool_t *pool);

/*
 * Keeps the secret out of swap and core files from now on: it moves to guarded pages of its
 * own, locked in memory. A memory lock is not inherited by a forked child, so a child calls
 * this again. Not to be called while another thread reads the secret.
 * APR_ENOMEM: the limit on locked memory (RLIMIT_MEMLOCK) is reached; the secret still
 * works, unlocked.
 */
apr_status_t portal_secret_lock(portal_secret_t *secret);

/* The bytes, and how many there are. They live as long as the secret's pool. */
const unsigned char *portal_secret_bytes(const portal_secret_t *secret);
apr_size_t portal_secret_length(const portal_secret_t *secret);

/*
 * Registers `len` bytes at `bytes` (of `pool` or of something that lives longer) to be wiped
 * when `pool` is cleared or destroyed.
 */
void portal_secret_wipe_with(void *bytes, apr_size_t len, apr_pool_t *pool);

#endif

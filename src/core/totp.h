/* SPDX-License-Identifier: Apache-2.0 */
/*
 * totp: codes of an authenticator app (RFC 6238 over RFC 4226, by liboath): SHA-1, 6 digits, a new
 * one each 30 seconds, as all apps know them.
 *
 * Nothing is remembered here. Whoever keeps the secret keeps the counter of the last code that was
 * taken too, and gives it back: a code of that counter or an earlier one is never taken again
 * (RFC 6238 section 5.2, NIST SP 800-63B-4 section 3.1.4.2).
 */
#ifndef PORTAL_TOTP_H
#define PORTAL_TOTP_H

#include <apr_pools.h>
#include <apr_time.h>

#define PORTAL_TOTP_SECRET 20 /* bytes, RFC 4226 section 4 */
#define PORTAL_TOTP_WINDOW 1  /* steps that a clock may be off, to either side */

/* A new random secret. The caller wipes `secret`. */
void portal_totp_make(unsigned char secret[PORTAL_TOTP_SECRET]);

/* The secret as it is typed into an app: base32 in groups of four, `ABCD EFGH …`. In `pool`, wiped
 * with it; NULL: no memory. */
const char *portal_totp_text(const unsigned char secret[PORTAL_TOTP_SECRET],
                             apr_pool_t *pool);

/* The otpauth address for an app's camera. `issuer` and `account` are any UTF-8. In `pool`, wiped with
 * it; NULL: no memory. */
const char *portal_totp_uri(const unsigned char secret[PORTAL_TOTP_SECRET],
                            const char *issuer, const char *account, apr_pool_t *pool);

/* The six digits of what was typed, without spaces and dashes; "" when it can be no code. A secret,
 * in `pool` and wiped with it. */
const char *portal_totp_read(const char *typed, apr_pool_t *pool);

typedef enum {
    PORTAL_TOTP_OK,
    PORTAL_TOTP_WRONG, /* no code of now, the step before or the step after */
    PORTAL_TOTP_USED   /* right, but not newer than the last one */
} portal_totp_verdict_t;

/* Is `code` (of portal_totp_read) one of now? `last` is the counter of the last code that was taken,
 * 0 none; the counter of this one goes to *counter, which is 0 unless OK. */
portal_totp_verdict_t portal_totp_check(const unsigned char secret[PORTAL_TOTP_SECRET],
                                        const char *code, apr_time_t now,
                                        apr_int64_t last, apr_int64_t *counter);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password: which passwords are taken (NIST SP 800-63B-4 section 3.1.1.2), and those that the
 * portal makes itself: temporary passwords and lobby passwords.
 *
 * Length and lists decide, never a rule about kinds of characters. A password is all that was
 * typed, in NFC: spaces at its ends belong to it, and nothing is ever cut off.
 *
 * Every password here is a secret. What these functions return is wiped with its pool.
 */
#ifndef PORTAL_PASSWORD_H
#define PORTAL_PASSWORD_H

#include <apr_pools.h>

#include "core/blocklist.h"

#define PORTAL_PASSWORD_LONGEST 256 /* code points */
#define PORTAL_PASSWORD_BYTES 1024  /* in UTF-8 */
#define PORTAL_PASSWORD_REST 8 /* code points that must remain beside context words */

typedef enum {
    PORTAL_PASSWORD_OK,
    PORTAL_PASSWORD_MALFORMED, /* not UTF-8, or a control character in it */
    PORTAL_PASSWORD_TOO_LONG,  /* over 256 code points or 1024 bytes */
    PORTAL_PASSWORD_TOO_SHORT, /* less code points than the policy asks */
    PORTAL_PASSWORD_COMMON,    /* on the blocklist */
    PORTAL_PASSWORD_CONTEXT, /* made of words that others know of this person or hospital */
    PORTAL_PASSWORD_EASY /* repeats, sequences, keyboard rows: a hundred million guesses */
} portal_password_verdict_t;

/*
 * What others know. `words`: the hospital's name, case numbers, family and given names, the
 * part of the e-mail address before the @, up to a NULL; entries may be "". `birth_date` is
 * YYYY-MM-DD or shorter, or "" or NULL.
 */
typedef struct {
    const char *const *words;
    const char *birth_date;
} portal_password_context_t;

typedef struct {
    int min_length;                           /* code points */
    const portal_blocklist_t *blocklist;      /* NULL: none */
    const portal_password_context_t *context; /* NULL: none */
} portal_password_policy_t;

/*
 * The password as it is hashed: `typed` in NFC. For signing in, where no policy is asked.
 * OK, MALFORMED or TOO_LONG; *password is NULL unless OK. An empty password is OK here.
 */
portal_password_verdict_t portal_password_read(const char **password, const char *typed,
                                               apr_pool_t *pool);

/*
 * The same for a new password, which must meet the policy. The verdicts are tried in the
 * order in which they stand above; *password is NULL unless OK. Context: all words of the
 * policy's context (of 3 letters and more, accents and case aside, and the birth date in
 * its usual spellings) are taken out; when something was found and less than 8 code points
 * remain, the password is refused.
 */
portal_password_verdict_t portal_password_check(const char **password, const char *typed,
                                                const portal_password_policy_t *policy,
                                                apr_pool_t *pool);

/*
 * A temporary password of at least `min_length` letters and digits in groups of five,
 * `bcdfg-hjkmn-pqrst`: 4.7 random bits each. The alphabet has no look-alikes and no vowels,
 * so no words. What is hashed is portal_text_password_key() of it, made and typed alike.
 */
const char *portal_password_temporary(int min_length, apr_pool_t *pool);

/*
 * A lobby password: 8 random digits in two groups, `4827 1930`. What is kept and compared are
 * its digits, portal_password_lobby_read() of it.
 */
const char *portal_password_lobby(apr_pool_t *pool);

/*
 * The 8 digits of a typed lobby password. Spaces and dashes are skipped; full-width, Arabic
 * and Persian digits count. NULL: anything else.
 */
const char *portal_password_lobby_read(const char *typed, apr_pool_t *pool);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password: the policy; see password.h. What the portal makes itself is in password_make.c,
 * what others know of a person in password_context.c.
 */
#include "core/password.h"
#include "core/password_context.h"
#include "core/secret.h"
#include "core/text.h"

#include <apr_strings.h>
#include <sodium.h>
#include <string.h>
#include <utf8proc.h>
#include <zxcvbn.h>

#define EASY_BITS 26.575 /* log2 of 10^8 guesses */
#define POINTS_PER_RUN 5 /* on average, or more: easy */

portal_password_verdict_t portal_password_read(const char **password, const char *typed,
                                               apr_pool_t *pool)
{
    apr_size_t bytes = strnlen(typed, 4 * PORTAL_PASSWORD_BYTES);
    *password = NULL;
    if (bytes >= 4 * PORTAL_PASSWORD_BYTES) { /* NFC shortens to a third at most */
        return PORTAL_PASSWORD_TOO_LONG;
    }
    if (portal_text_check(typed, bytes, APR_SIZE_MAX, 0) != PORTAL_TEXT_OK) {
        return PORTAL_PASSWORD_MALFORMED;
    }
    const char *nfc = portal_text_secret(typed, pool);
    if (!nfc) {
        return PORTAL_PASSWORD_MALFORMED;
    }
    if (strlen(nfc) > PORTAL_PASSWORD_BYTES ||
        portal_text_length(nfc) > PORTAL_PASSWORD_LONGEST) {
        return PORTAL_PASSWORD_TOO_LONG;
    }
    *password = nfc;
    return PORTAL_PASSWORD_OK;
}

/*
 * Runs of equal steps of -1, 0 or 1 between neighbours: `aaaa1234` is two, `water` is five.
 * Works on code points: of most scripts zxcvbn only sees bytes.
 */
static int has_few_runs(const char *password)
{
    enum { NO_STEP = 2 };
    utf8proc_int32_t before = 0;
    utf8proc_int32_t step = NO_STEP; /* of the run so far; none while it is one point */
    int runs = 0;
    int count = 0;
    for (utf8proc_ssize_t n; *password; password += n, count++) {
        utf8proc_int32_t point;
        n = utf8proc_iterate((const utf8proc_uint8_t *)password, -1, &point);
        if (n <= 0) {
            return 0;
        }
        utf8proc_int32_t now = point - before;
        int goes_on = count && now >= -1 && now <= 1 && (step == NO_STEP || step == now);
        runs += !goes_on;
        step = goes_on ? now : NO_STEP;
        before = point;
    }
    return runs * POINTS_PER_RUN <= count;
}

/* Whether the password is a short piece over and over: `abcabcabcabc`. */
static int is_repeated(const char *password)
{
    size_t length = strlen(password);
    for (size_t period = 1; period <= length / 4; period++) {
        if (memcmp(password, password + period, length - period) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_easy(const char *password)
{
    return is_repeated(password) || has_few_runs(password) ||
           ZxcvbnMatch(password, NULL, NULL) < EASY_BITS;
}

portal_password_verdict_t portal_password_check(const char **password, const char *typed,
                                                const portal_password_policy_t *policy,
                                                apr_pool_t *pool)
{
    const char *nfc;
    *password = NULL;
    portal_password_verdict_t verdict = portal_password_read(&nfc, typed, pool);
    if (verdict != PORTAL_PASSWORD_OK) {
        return verdict;
    }
    if (portal_text_length(nfc) < (apr_size_t)policy->min_length) {
        return PORTAL_PASSWORD_TOO_SHORT;
    }
    if (policy->blocklist && portal_blocklist_has(policy->blocklist, nfc, pool)) {
        return PORTAL_PASSWORD_COMMON;
    }
    if (policy->context && portal_password_is_context(nfc, policy->context, pool)) {
        return PORTAL_PASSWORD_CONTEXT;
    }
    if (is_easy(nfc)) {
        return PORTAL_PASSWORD_EASY;
    }
    *password = nfc;
    return PORTAL_PASSWORD_OK;
}

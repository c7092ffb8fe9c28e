/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/factor.h"
#include "core/password.h"
#include "core/secret.h"
#include "core/text.h"

#define CODE_LENGTH 25

portal_session_kind_t portal_factor_session(portal_factor_policy_t policy, int has,
                                            int given, int temporary)
{
    if (policy != PORTAL_FACTOR_OFF && has && !given)
        return PORTAL_SESSION_HALF;
    if (temporary)
        return PORTAL_SESSION_MUST_CHANGE;
    if (policy == PORTAL_FACTOR_REQUIRED && !has)
        return PORTAL_SESSION_SET_UP;
    return PORTAL_SESSION_PATIENT;
}

const char *portal_factor_code(apr_pool_t *pool)
{
    return portal_password_temporary(CODE_LENGTH, pool);
}

void portal_factor_code_hash(char out[PORTAL_HASH_SIZE], const char *binder_id,
                             const char *typed, apr_pool_t *pool)
{
    const char *key = portal_text_password_key(typed, pool);
    char *whole;

    *out = '\0';
    if (!key || strlen(key) != CODE_LENGTH)
        return;
    whole = apr_pstrcat(pool, "recovery ", binder_id, " ", key, NULL);
    portal_secret_wipe_with(whole, strlen(whole), pool);
    portal_token_hash(out, whole);
}

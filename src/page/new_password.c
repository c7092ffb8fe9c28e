/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "core/password.h"
#include "page/new_password.h"

static const char *error_of(portal_password_verdict_t verdict)
{
    switch (verdict) {
    case PORTAL_PASSWORD_MALFORMED:
        return "error.new_password.malformed";
    case PORTAL_PASSWORD_TOO_LONG:
        return "error.new_password.too_long";
    case PORTAL_PASSWORD_TOO_SHORT:
        return "error.new_password.too_short";
    case PORTAL_PASSWORD_COMMON:
        return "error.new_password.common";
    case PORTAL_PASSWORD_CONTEXT:
        return "error.new_password.context";
    case PORTAL_PASSWORD_EASY:
        return "error.new_password.easy";
    case PORTAL_PASSWORD_OK:
        break;
    }
    return NULL;
}

static int is_repeated(const portal_call_t *call)
{
    const char *typed = portal_field(call, "new_password");
    const char *again = portal_field(call, "new_password_again");
    apr_size_t len = strlen(typed);

    return len == strlen(again) && sodium_memcmp(typed, again, len) == 0;
}

const char *portal_new_password(portal_call_t *call, const portal_password_facts_t *facts)
{
    const char *email = facts ? facts->email : "";
    const char *const words[] = {call->app->config->name,
                                 portal_field(call, "case_number"),
                                 facts ? facts->number_key : "",
                                 facts ? facts->number : "",
                                 facts ? facts->mrn : "",
                                 facts ? facts->family : "",
                                 facts ? facts->given : "",
                                 apr_pstrmemdup(call->pool, email, strcspn(email, "@")),
                                 NULL};
    portal_password_context_t context = {words, facts ? facts->birth_date : ""};
    portal_password_policy_t policy = {call->app->config->password_min_length,
                                       call->app->blocklist, &context};
    const char *password;
    portal_password_verdict_t verdict = portal_password_check(
        &password, portal_field(call, "new_password"), &policy, call->pool);

    if (verdict != PORTAL_PASSWORD_OK)
        portal_error_add(call, "new_password", error_of(verdict));
    else if (!is_repeated(call))
        portal_error_add(call, "new_password_again",
                         "error.new_password_again.different");
    return call->errors->nelts ? NULL : password;
}

json_t *portal_new_password_view(const portal_call_t *call)
{
    return json_pack("{s:i}", "min_length", call->app->config->password_min_length);
}

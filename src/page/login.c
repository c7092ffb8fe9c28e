/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out (NIST SP 800-63B-4 sections 3.1.1, 3.2.2 and 5.1). */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "core/text.h"
#include "page/credential.h"
#include "page/enter.h"
#include "page/passkey.h"
#include "store/account.h"

static const char *notice_of(const char *done)
{
    static const char *const words[][2] = {
        {"signed_out", "notice.signed_out"},
        {"registered", "notice.registered"},
        {"reset", "notice.reset"},
    };
    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(done, words[i][0]))
            return words[i][1];
    return NULL;
}

portal_answer_t *portal_page_login_show(portal_call_t *call)
{
    const char *to = portal_own_path(portal_query(call, "to", 300));
    const char *back = portal_own_place(portal_query(call, "back", PORTAL_PLACE));
    int ended = portal_credential_ended(call, 0);

    if (call->role == PORTAL_ROLE_PATIENT && call->r->method_number == M_GET)
        return portal_enter_back(call, back, to);
    call->notice = notice_of(portal_query(call, "done", 20));
    portal_field_preset(call, "to", to);
    portal_field_preset(call, "back", back ? back : "");
    return portal_answer_view(call,
                              json_pack("{s:b, s:o}", "ended", ended && !call->notice,
                                        "passkey", portal_passkey_view(call)));
}

static portal_answer_t *refused(portal_call_t *call, portal_signin_attempt_t *attempt)
{
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_signin_refused, attempt, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0501");
    portal_error_add(call, "", "error.signin");
    return portal_page_login_show(call);
}

static portal_answer_t *enter(portal_call_t *call, const portal_signin_attempt_t *attempt,
                              const portal_credential_t *renewed)
{
    portal_device_t device = {"", ""};
    portal_signin_t signin = {
        .attempt = attempt,
        .new_hash = renewed->hash,
        .new_pepper_key = renewed->pepper_key,
        .lifetime = call->app->config->session_lifetime,
        .address = call->r->useragent_ip,
        .agent = portal_credential_agent(call),
        .device = device.hash,
        .replaces = call->session.token_hash,
        .policy = call->app->config->second_factor,
    };
    apr_status_t rv;

    if (!attempt->temporary)
        portal_credential_own_device(call, &device);
    rv = portal_store_write(&call->app->store, &call->actor, call->now, portal_act_signin,
                            &signin, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0502");
    if (signin.refused) {
        portal_error_add(call, "", "error.signin");
        return portal_page_login_show(call);
    }
    portal_credential_cookie(call, &signin.session, signin.token);
    if (signin.session.kind != PORTAL_SESSION_HALF)
        portal_credential_remember(call, &device);
    return portal_enter(call, &signin.session);
}

portal_answer_t *portal_page_login(portal_call_t *call)
{
    const char *typed = portal_field(call, "password"), *key = "";
    portal_device_t device;
    portal_signin_attempt_t attempt = {.cost = &call->app->config->throttle,
                                       .source = portal_credential_source(call),
                                       .device = device.hash};
    portal_credential_t credential = {0}, renewed = {0};
    portal_hasher_verdict_t verdict;
    apr_status_t rv;

    if (portal_text_case_key(&key, portal_field(call, "case_number"), call->pool))
        key = "";
    attempt.number_key = key;
    portal_credential_device(call, &device);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_signin_attempt, &attempt, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0500");
    if (attempt.verdict != PORTAL_THROTTLE_GO)
        return portal_credential_wait(call, attempt.until, portal_page_login_show);
    credential = (portal_credential_t){attempt.hash, attempt.pepper_key,
                                       attempt.temporary, attempt.decoy};
    rv = portal_credential_verify(call, &credential, typed, &verdict);
    renewed.temporary = credential.temporary;
    if (rv == APR_SUCCESS && verdict == PORTAL_HASHER_MATCH_REHASH)
        rv = portal_credential_make(call, &renewed, typed);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0503");
    if (verdict != PORTAL_HASHER_MATCH && verdict != PORTAL_HASHER_MATCH_REHASH)
        return refused(call, &attempt);
    return enter(call, &attempt, &renewed);
}

portal_answer_t *portal_page_logout(portal_call_t *call)
{
    portal_answer_t *answer;
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_signout, &call->session, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0504");
    portal_cookie_set(call, PORTAL_COOKIE_SESSION, "", -1);
    portal_cookie_set(call, PORTAL_COOKIE_VISIT, "", -1);
    answer = portal_answer_see(call, "/login?done=signed_out");
    answer->clear_site_data = 1;
    return answer;
}

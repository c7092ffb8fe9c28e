/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of a sign-in: a code of the app, or a recovery code in its place. */
#include <string.h>

#include "page/credential.h"
#include "page/enter.h"
#include "page/passkey.h"
#include "store/factor.h"

/* What this patient can give: an app's code, a passkey, or both. */
static portal_answer_t *show(portal_call_t *call)
{
    portal_factor_state_t state = {.binder_id = call->session.binder_id};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_factor_state, &state, call->pool);
    json_t *view;

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0796");
    view = json_pack("{s:s, s:b, s:o}", "query", portal_enter_query(call), "app",
                     state.app != 0, "passkey",
                     state.passkeys ? portal_passkey_view(call) : json_false());
    if (!state.app && !strcmp(call->route->template, "login_code"))
        json_object_set_new(view, "title", json_string("t:login_code.passkey_title"));
    return portal_answer_view(call, view);
}

portal_answer_t *portal_page_login_code_show(portal_call_t *call)
{
    portal_enter_preset(call);
    if (call->role == PORTAL_ROLE_PATIENT && call->r->method_number == M_GET)
        return portal_enter_back(call, portal_field(call, "back"),
                                 portal_field(call, "to"));
    return show(call);
}

portal_answer_t *portal_page_login_recovery_show(portal_call_t *call)
{
    return portal_page_login_code_show(call);
}

/* Too many tries: mail proves nothing here, so only the desk can help. */
static portal_answer_t *hold_off(portal_call_t *call, const portal_factor_check_t *check)
{
    return portal_credential_wait_or(call, check->until, "error.stopped_code",
                                     call->route->again);
}

static portal_answer_t *again(portal_call_t *call, const char *field, const char *text)
{
    portal_error_add(call, field, text);
    return call->route->again(call);
}

/* A recovery code was used: the patient sees how many are left, unless on the way to somewhere. */
static portal_answer_t *enter(portal_call_t *call, portal_factor_check_t *check)
{
    portal_credential_cookie(call, &check->fresh, check->token);
    if (check->fresh.kind == PORTAL_SESSION_PATIENT && *check->recovery &&
        !*portal_enter_query(call))
        return portal_answer_see(call, "/security/factor?done=recovery");
    return portal_enter(call, &check->fresh);
}

static portal_answer_t *check(portal_call_t *call, const char *field,
                              portal_factor_check_t *c)
{
    portal_device_t device;
    apr_status_t rv;

    c->half = &call->session;
    c->policy = call->app->config->second_factor;
    c->cost = &call->app->config->throttle;
    c->source = portal_credential_source(call);
    c->agent = portal_credential_agent(call);
    c->lifetime = call->app->config->session_lifetime;
    portal_credential_own_device(call, &device);
    c->device = device.hash;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_check, c, call->pool);
    if (rv == APR_NOTFOUND)
        c->verdict = PORTAL_FACTOR_GONE;
    else if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0780");
    switch (c->verdict) {
    case PORTAL_FACTOR_IN:
        if (c->fresh.kind == PORTAL_SESSION_PATIENT)
            portal_credential_remember(call, &device);
        return enter(call, c);
    case PORTAL_FACTOR_WRONG:
        return again(call, field, "error.code.wrong");
    case PORTAL_FACTOR_USED:
        return again(call, field, "error.code.used");
    case PORTAL_FACTOR_WAIT:
    case PORTAL_FACTOR_STOPPED:
        return hold_off(call, c);
    case PORTAL_FACTOR_GONE:
        break;
    }
    return portal_answer_see(call, "/login");
}

portal_answer_t *portal_page_login_code(portal_call_t *call)
{
    portal_factor_check_t c = {
        .code = portal_totp_read(portal_field(call, "code"), call->pool), .recovery = ""};

    return check(call, "code", &c);
}

portal_answer_t *portal_page_login_recovery(portal_call_t *call)
{
    portal_factor_check_t c = {.code = "",
                               .recovery = portal_field(call, "recovery_code")};

    return check(call, "recovery_code", &c);
}

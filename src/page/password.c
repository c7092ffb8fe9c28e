/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the password while signed in (NIST SP 800-63B-4 section 4.4: the old one is asked for). */
#include <string.h>

#include "core/text.h"
#include "page/credential.h"
#include "page/current.h"
#include "page/new_password.h"

static int after_temporary(const portal_call_t *call)
{
    return call->session.kind == PORTAL_SESSION_MUST_CHANGE;
}

portal_answer_t *portal_page_password_show(portal_call_t *call)
{
    json_t *view = portal_new_password_view(call);

    json_object_set_new(view, "temporary", json_boolean(after_temporary(call)));
    return portal_answer_view(call, view);
}

/* `counted`: the try at the current password; NULL after a temporary sign-in. */
static portal_answer_t *change(portal_call_t *call, const portal_password_facts_t *facts,
                               const portal_attempt_t *counted, const char *password)
{
    portal_credential_t made = {0};
    portal_device_t device;
    portal_password_change_t act = {.session = &call->session,
                                    .old_hash = facts->hash,
                                    .lifetime = call->app->config->session_lifetime,
                                    .device = device.hash,
                                    .agent = portal_credential_agent(call),
                                    .policy = call->app->config->second_factor};
    apr_status_t rv = portal_credential_make(call, &made, password);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0736");
    if (counted)
        act.attempt = *counted;
    portal_credential_own_device(call, &device);
    act.new_hash = made.hash;
    act.pepper_key = made.pepper_key;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_password_change, &act, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0737");
    if (act.refused)
        return portal_answer_see(call, "/login");
    portal_credential_cookie(call, &act.fresh, act.token);
    portal_credential_remember(call, &device);
    if (act.fresh.kind == PORTAL_SESSION_SET_UP)
        return portal_answer_see(call, "/security/factor");
    return portal_answer_see(call, "/?done=password");
}

/* The page again: the new password is the one there is. */
static portal_answer_t *same(portal_call_t *call)
{
    portal_error_add(call, "new_password", "error.new_password.same");
    return portal_page_password_show(call);
}

/* With a password of one's own: the current one first. */
static portal_answer_t *change_own(portal_call_t *call,
                                   const portal_password_facts_t *facts,
                                   const char *password)
{
    const char *current = portal_text_secret(portal_field(call, "password"), call->pool);
    portal_attempt_t counted;
    portal_answer_t *refused = portal_current_check(call, facts, "password.change",
                                                    portal_page_password_show, &counted);

    if (refused)
        return refused;
    if (current && !strcmp(current, password))
        return same(call);
    return change(call, facts, &counted, password);
}

/* After a temporary sign-in: anything but the temporary password itself. */
static portal_answer_t *change_temporary(portal_call_t *call,
                                         const portal_password_facts_t *facts,
                                         const char *password)
{
    int match;
    apr_status_t rv = portal_current_match(call, facts, password, &match);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0741");
    return match ? same(call) : change(call, facts, NULL, password);
}

portal_answer_t *portal_page_password(portal_call_t *call)
{
    portal_password_facts_t facts;
    const char *password;
    portal_answer_t *answer = portal_current_facts(call, &facts);

    if (answer)
        return answer;
    if (!after_temporary(call) && !*portal_field(call, "password"))
        portal_error_add(call, "password", "error.missing.password");
    password = portal_new_password(call, &facts);
    if (!password)
        return portal_page_password_show(call);
    return after_temporary(call) ? change_temporary(call, &facts, password)
                                 : change_own(call, &facts, password);
}

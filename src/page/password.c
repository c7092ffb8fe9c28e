/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the password while signed in (NIST SP 800-63B-4 section 4.4: the old one is asked for). */
#include <string.h>

#include "core/text.h"
#include "page/credential.h"
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

/* `attempt`: the one at the current password; NULL after a temporary sign-in. */
static portal_answer_t *change(portal_call_t *call, const portal_password_facts_t *facts,
                               const portal_current_attempt_t *attempt,
                               const char *password)
{
    portal_credential_t made = {0};
    portal_device_t device;
    portal_password_change_t act = {.session = &call->session,
                                    .old_hash = facts->hash,
                                    .lifetime = call->app->config->session_lifetime,
                                    .device = device.hash,
                                    .agent = portal_credential_agent(call)};
    apr_status_t rv = portal_credential_make(call, &made, password);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0736");
    if (attempt)
        act.attempt = (portal_attempt_t){"signin", attempt->number_key, attempt->source,
                                         attempt->known};
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
    return portal_answer_see(call, "/?done=password");
}

/* Is this the password that the account has now? */
static apr_status_t is_current(portal_call_t *call, const portal_password_facts_t *facts,
                               const char *typed, int *match)
{
    portal_credential_t now = {facts->hash, facts->pepper_key, facts->temporary};
    portal_hasher_verdict_t verdict;
    apr_status_t rv = portal_credential_verify(call, &now, typed, &verdict);

    *match = rv == APR_SUCCESS &&
             (verdict == PORTAL_HASHER_MATCH || verdict == PORTAL_HASHER_MATCH_REHASH);
    return rv;
}

/* The page again, with an error at a field. */
static portal_answer_t *again(portal_call_t *call, const char *field, const char *text)
{
    portal_error_add(call, field, text);
    return portal_page_password_show(call);
}

static portal_answer_t *wrong_current(portal_call_t *call,
                                      portal_current_attempt_t *attempt)
{
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_current_refused, attempt, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0738");
    return again(call, "password", "error.password.wrong");
}

/* With a password of one's own: the current one first, counted like a sign-in. */
static portal_answer_t *change_own(portal_call_t *call,
                                   const portal_password_facts_t *facts,
                                   const char *password)
{
    const char *current = portal_text_secret(portal_field(call, "password"), call->pool);
    portal_device_t device;
    portal_current_attempt_t attempt = {.cost = &call->app->config->throttle,
                                        .number_key = facts->number_key,
                                        .source = portal_credential_source(call),
                                        .binder_id = call->session.binder_id,
                                        .device = device.hash};
    int match;
    apr_status_t rv;

    portal_credential_device(call, &device);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_current_attempt, &attempt, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0739");
    if (attempt.verdict != PORTAL_THROTTLE_GO)
        return portal_credential_wait(call, attempt.until, portal_page_password_show);
    rv = is_current(call, facts, portal_field(call, "password"), &match);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0740");
    if (!match)
        return wrong_current(call, &attempt);
    if (current && !strcmp(current, password))
        return again(call, "new_password", "error.new_password.same");
    return change(call, facts, &attempt, password);
}

/* After a temporary sign-in: anything but the temporary password itself. */
static portal_answer_t *change_temporary(portal_call_t *call,
                                         const portal_password_facts_t *facts,
                                         const char *password)
{
    int match;
    apr_status_t rv = is_current(call, facts, password, &match);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0741");
    if (match)
        return again(call, "new_password", "error.new_password.same");
    return change(call, facts, NULL, password);
}

portal_answer_t *portal_page_password(portal_call_t *call)
{
    portal_password_facts_t facts = {.binder_id = call->session.binder_id};
    const char *password;
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        portal_act_password_facts, &facts, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0742");
    if (!facts.found)
        return portal_answer_see(call, "/login");
    if (!after_temporary(call) && !*portal_field(call, "password"))
        portal_error_add(call, "password", "error.missing.password");
    password = portal_new_password(call, &facts);
    if (!password)
        return portal_page_password_show(call);
    return after_temporary(call) ? change_temporary(call, &facts, password)
                                 : change_own(call, &facts, password);
}

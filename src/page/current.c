/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "page/current.h"
#include "page/credential.h"

portal_answer_t *portal_current_facts(portal_call_t *call, portal_password_facts_t *facts)
{
    apr_status_t rv;

    *facts = (portal_password_facts_t){.binder_id = call->session.binder_id};
    rv = portal_store_read(&call->app->store, &call->actor, call->now,
                           portal_act_password_facts, facts, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0742");
    return facts->found ? NULL : portal_answer_see(call, "/login");
}

apr_status_t portal_current_match(portal_call_t *call,
                                  const portal_password_facts_t *facts, const char *typed,
                                  int *match)
{
    portal_credential_t now = {.hash = facts->hash,
                               .pepper_key = facts->pepper_key,
                               .temporary = facts->temporary};
    portal_hasher_verdict_t verdict;
    apr_status_t rv = portal_credential_verify(call, &now, typed, &verdict);

    *match = rv == APR_SUCCESS &&
             (verdict == PORTAL_HASHER_MATCH || verdict == PORTAL_HASHER_MATCH_REHASH);
    return rv;
}

/* The page again, with an error at the field. */
static portal_answer_t *ask_again(portal_call_t *call, portal_page_fn again,
                                  const char *text)
{
    portal_error_add(call, "password", text);
    return again(call);
}

static portal_answer_t *wrong(portal_call_t *call, portal_current_attempt_t *attempt,
                              portal_page_fn again)
{
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_current_refused, attempt, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0738");
    return ask_again(call, again, "error.password.wrong");
}

portal_answer_t *portal_current_check(portal_call_t *call,
                                      const portal_password_facts_t *facts,
                                      const char *action, portal_page_fn again,
                                      portal_attempt_t *counted)
{
    portal_device_t device;
    portal_current_attempt_t attempt = {.cost = &call->app->config->throttle,
                                        .number_key = facts->number_key,
                                        .source = portal_credential_source(call),
                                        .binder_id = call->session.binder_id,
                                        .device = device.hash,
                                        .action = action};
    int match;
    apr_status_t rv;

    if (!*portal_field(call, "password"))
        return ask_again(call, again, "error.missing.password");
    portal_credential_device(call, &device);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_current_attempt, &attempt, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0739");
    if (attempt.verdict != PORTAL_THROTTLE_GO)
        return portal_credential_wait(call, attempt.until, again);
    rv = portal_current_match(call, facts, portal_field(call, "password"), &match);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0740");
    if (!match)
        return wrong(call, &attempt, again);
    *counted = (portal_attempt_t){"signin", attempt.number_key,
                                  apr_pstrdup(call->pool, attempt.source), attempt.known};
    return NULL;
}

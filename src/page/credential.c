/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "core/agent.h"
#include "core/cidr.h"
#include "core/pepper.h"
#include "core/text.h"
#include "core/throttle.h"
#include "core/token.h"
#include "page/credential.h"
#include "session.h"

/* Longer than this nobody waits for a page. */
#define PATIENCE apr_time_from_sec(5)

static const char *compared_form(portal_call_t *call, const char *typed, int temporary)
{
    const char *text = temporary ? portal_text_password_key(typed, call->pool) : typed;
    return text ? text : "";
}

/* The work of a comparison of which nothing is learnt. */
static apr_status_t compare_in_vain(portal_call_t *call, const char *decoy,
                                    const char *peppered)
{
    apr_size_t len = strlen(peppered);
    portal_hasher_verdict_t unheard = PORTAL_HASHER_MALFORMED;
    apr_status_t rv = APR_SUCCESS;

    if (decoy && *decoy)
        rv = portal_hasher_verify(call->app->hasher, peppered, len, decoy, PATIENCE,
                                  &unheard);
    if (rv == APR_SUCCESS && unheard == PORTAL_HASHER_MALFORMED)
        rv = portal_hasher_decoy(call->app->hasher, peppered, len, PATIENCE);
    return rv;
}

apr_status_t portal_credential_verify(portal_call_t *call,
                                      const portal_credential_t *credential,
                                      const char *typed, portal_hasher_verdict_t *verdict)
{
    unsigned key = (unsigned)credential->pepper_key;
    char peppered[PORTAL_PEPPER_SIZE];
    apr_status_t rv =
        portal_pepper(peppered, call->app->keys, *credential->hash ? key : 0,
                      compared_form(call, typed, credential->temporary));

    *verdict = PORTAL_HASHER_NO_MATCH;
    if (rv == APR_EINVAL)
        rv = compare_in_vain(
            call, *credential->hash ? credential->hash : credential->decoy, "");
    else if (rv == APR_SUCCESS && !*credential->hash)
        rv = compare_in_vain(call, credential->decoy, peppered);
    else if (rv == APR_SUCCESS)
        rv = portal_hasher_verify(call->app->hasher, peppered, strlen(peppered),
                                  credential->hash, PATIENCE, verdict);
    sodium_memzero(peppered, sizeof(peppered));
    if (*verdict == PORTAL_HASHER_MATCH && key != portal_keyring_current(call->app->keys))
        *verdict = PORTAL_HASHER_MATCH_REHASH;
    return rv;
}

apr_status_t portal_credential_make(portal_call_t *call, portal_credential_t *credential,
                                    const char *password)
{
    unsigned key = portal_keyring_current(call->app->keys);
    char peppered[PORTAL_PEPPER_SIZE];
    apr_status_t rv = portal_pepper(peppered, call->app->keys, key,
                                    compared_form(call, password, credential->temporary));

    if (rv == APR_SUCCESS)
        rv = portal_hasher_hash(call->app->hasher, peppered, strlen(peppered), PATIENCE,
                                &credential->hash, call->pool);
    sodium_memzero(peppered, sizeof(peppered));
    credential->pepper_key = (apr_int64_t)key;
    return rv;
}

const char *portal_credential_source(const portal_call_t *call)
{
    const char *address = call->r->useragent_ip;

    if (portal_cidr_match(call->app->config->lobby_from, address))
        return portal_cidr_single(address, call->pool);
    return portal_cidr_penalty(address, call->pool);
}

const char *portal_credential_agent(const portal_call_t *call)
{
    portal_agent_t agent = portal_agent(apr_table_get(call->r->headers_in, "User-Agent"));

    return apr_pstrcat(call->pool, agent.browser, " ", agent.system, NULL);
}

portal_answer_t *portal_credential_wait(portal_call_t *call, apr_time_t until,
                                        portal_page_fn show)
{
    return portal_credential_wait_or(call, until, "error.stopped", show);
}

portal_answer_t *portal_credential_wait_or(portal_call_t *call, apr_time_t until,
                                           const char *stopped, portal_page_fn show)
{
    apr_time_t end = until ? until : call->now + call->app->config->throttle.longest;
    portal_answer_t *answer;
    int seconds = (int)portal_throttle_seconds(end, call->now);
    portal_error_t error = {.field = "", .text = until ? "error.wait" : stopped};

    if (until && seconds > 60) {
        error.text = "error.wait_minutes";
        error.limit = apr_itoa(call->pool, (seconds + 59) / 60);
    }
    portal_error_add_about(call, &error);
    answer = show(call);
    answer->status = 429;
    answer->retry_after = seconds;
    return answer;
}

void portal_credential_cookie(portal_call_t *call, const portal_session_t *session,
                              char token[44])
{
    const char *mark = session->kind == PORTAL_SESSION_LOBBY ? PORTAL_LOBBY_MARK : "";

    portal_cookie_set(call, PORTAL_COOKIE_SESSION,
                      apr_pstrcat(call->pool, mark, token, NULL), 0);
    sodium_memzero(token, 44);
}

void portal_credential_device(const portal_call_t *call, portal_device_t *device)
{
    const char *cookie = portal_cookie_get(call, PORTAL_COOKIE_DEVICE);

    memset(device, 0, sizeof(*device));
    if (!cookie || !portal_token_wellformed(cookie))
        return;
    apr_cpystrn(device->token, cookie, sizeof(device->token));
    portal_token_hash(device->hash, device->token);
}

void portal_credential_own_device(const portal_call_t *call, portal_device_t *device)
{
    portal_credential_device(call, device);
    if (portal_cidr_match(call->app->config->lobby_from, call->r->useragent_ip)) {
        memset(device, 0, sizeof(*device));
    } else if (!*device->hash) {
        portal_token_make(device->token);
        portal_token_hash(device->hash, device->token);
    }
}

void portal_credential_remember(portal_call_t *call, portal_device_t *device)
{
    if (*device->token)
        portal_cookie_set(call, PORTAL_COOKIE_DEVICE,
                          apr_pstrdup(call->pool, device->token),
                          PORTAL_COOKIE_DEVICE_SECONDS);
    sodium_memzero(device->token, sizeof(device->token));
}

int portal_credential_ended(portal_call_t *call, int lobby)
{
    if (call->role != PORTAL_ROLE_VISITOR || call->r->method_number != M_GET ||
        call->json || !portal_cookie_get(call, PORTAL_COOKIE_SESSION) ||
        portal_session_was_lobby(call) != lobby)
        return 0;
    portal_cookie_set(call, PORTAL_COOKIE_SESSION, "", -1);
    return 1;
}

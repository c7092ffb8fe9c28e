/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal.h"
#include "core/text.h"
#include "page/credential.h"
#include "page/link.h"
#include "page/new_password.h"
#include "store/link.h"

#define COOKIE_SECONDS (30 * 60)

static const struct {
    const char *path, *seal, *done;
} ways[] = {
    [PORTAL_WAY_REGISTER] = {"/register/finish", "link:register", "registered"},
    [PORTAL_WAY_RESET] = {"/reset/finish", "link:reset", "reset"},
};

/* Under `invited` a verification is dead, under `off` an invitation too. */
static int kinds_of(const portal_call_t *call, portal_way_t way)
{
    if (way == PORTAL_WAY_RESET)
        return PORTAL_LINK_RESET;
    switch (call->app->config->registration) {
    case PORTAL_REGISTRATION_OPEN:
        return PORTAL_LINK_INVITATION | PORTAL_LINK_VERIFICATION;
    case PORTAL_REGISTRATION_INVITED:
        return PORTAL_LINK_INVITATION;
    case PORTAL_REGISTRATION_OFF:
        break;
    }
    return 0;
}

portal_answer_t *portal_link_arrive(portal_call_t *call, portal_way_t way)
{
    portal_seal_t place = {call->site->keys, PORTAL_KEY_COOKIE, ways[way].seal};
    const char *plain =
        apr_psprintf(call->pool, "%" APR_TIME_T_FMT " %s", call->now, call->id[0]);
    const char *sealed;
    apr_status_t rv = portal_seal(&sealed, &place, plain, strlen(plain), call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0730");
    portal_cookie_set(call, PORTAL_COOKIE_LINK, sealed, COOKIE_SECONDS);
    return portal_answer_see(call, "%s", ways[way].path);
}

/* The hash of the token that the browser holds; 0: none, or for too long. */
static int take_token(const portal_call_t *call, portal_way_t way,
                      char hash[PORTAL_HASH_SIZE])
{
    portal_seal_t place = {call->site->keys, PORTAL_KEY_COOKIE, ways[way].seal};
    const char *cookie = portal_cookie_get(call, PORTAL_COOKIE_LINK), *plain;
    apr_size_t len;
    apr_time_t since;
    char *token;

    if (!cookie || portal_unseal(&plain, &len, &place, cookie, call->pool) != APR_SUCCESS)
        return 0;
    since = apr_strtoi64(plain, &token, 10);
    if (*token != ' ' || !portal_token_wellformed(token + 1) || call->now < since ||
        call->now >= since + apr_time_from_sec(COOKIE_SECONDS))
        return 0;
    portal_token_hash(hash, token + 1);
    return 1;
}

static portal_answer_t *gone(portal_call_t *call)
{
    portal_cookie_set(call, PORTAL_COOKIE_LINK, "", -1);
    if (call->json)
        return portal_answer_problem(call, HTTP_GONE, "gone");
    return portal_answer_page(call, HTTP_GONE, "gone", json_object());
}

portal_answer_t *portal_link_show(portal_call_t *call, portal_way_t way)
{
    char hash[PORTAL_HASH_SIZE] = "";
    portal_link_look_t look = {.token_hash = hash, .kinds = kinds_of(call, way)};
    apr_status_t rv = APR_SUCCESS;

    take_token(call, way, hash);
    rv = portal_store_read(&call->app->store, &call->actor, call->now,
                           portal_act_link_look, &look, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0731");
    return look.open ? portal_answer_view(call, portal_new_password_view(call))
                     : gone(call);
}

static portal_answer_t *show_register(portal_call_t *call)
{
    return portal_link_show(call, PORTAL_WAY_REGISTER);
}

static portal_answer_t *show_reset(portal_call_t *call)
{
    return portal_link_show(call, PORTAL_WAY_RESET);
}

/* The number belongs to the link and the password is fit: now both are used. */
static portal_answer_t *use_link(portal_call_t *call, portal_way_t way,
                                 const portal_link_attempt_t *attempt,
                                 const char *password)
{
    portal_credential_t made = {0};
    portal_link_use_t use = {.attempt = attempt, .session = call->session.token_hash};
    apr_status_t rv = portal_credential_make(call, &made, password);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0732");
    use.new_hash = made.hash;
    use.pepper_key = made.pepper_key;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_link_use, &use, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0733");
    if (use.refused)
        return gone(call);
    portal_cookie_set(call, PORTAL_COOKIE_LINK, "", -1);
    if (call->session.token_hash[0])
        portal_cookie_set(call, PORTAL_COOKIE_SESSION, "", -1);
    return portal_answer_see(call, "/login?done=%s", ways[way].done);
}

portal_answer_t *portal_link_finish(portal_call_t *call, portal_way_t way)
{
    char hash[PORTAL_HASH_SIZE] = "";
    const char *key = "", *password;
    portal_link_attempt_t attempt = {.cost = &call->app->config->throttle,
                                     .token_hash = hash,
                                     .kinds = kinds_of(call, way),
                                     .source = portal_credential_source(call)};
    apr_status_t rv;

    take_token(call, way, hash);
    if (portal_text_case_key(&key, portal_field(call, "case_number"), call->pool))
        key = "";
    attempt.number_key = key;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_link_attempt, &attempt, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0734");
    if (attempt.verdict == PORTAL_LINK_DEAD)
        return gone(call);
    if (attempt.verdict == PORTAL_LINK_WAIT)
        return portal_credential_wait(
            call, attempt.until, way == PORTAL_WAY_RESET ? show_reset : show_register);
    if (attempt.verdict == PORTAL_LINK_WRONG)
        portal_error_add(call, "case_number", "error.link.case_number");
    password = portal_new_password(
        call, attempt.verdict == PORTAL_LINK_RIGHT ? &attempt.facts : NULL);
    return password ? use_link(call, way, &attempt, password)
                    : portal_link_show(call, way);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The tablet in the waiting room: beginning a visit with a lobby password, and ending it. */
#include <httpd.h>
#include <string.h>

#include "core/password.h"
#include "core/text.h"
#include "page/credential.h"
#include "store/lobby.h"

#define LANGUAGE_SECONDS 60
#define BEAT apr_time_from_msec(25)

portal_answer_t *portal_page_lobby_show(portal_call_t *call)
{
    int finished = !strcmp(portal_query(call, "done", 20), "finished");

    return portal_answer_view(
        call, json_pack("{s:b, s:b, s:b}", "finished", finished && !call->errors->nelts,
                        "ended", portal_credential_ended(call, 1) && !finished, "begun",
                        call->role == PORTAL_ROLE_LOBBY));
}

/* A refusal is answered as late for a number that is known as for one that is not. Both did the same
 * work, far below a beat of 25 ms; where it took longer, for whatever reason, the next beat is waited
 * for. A thread that waits costs no more than one that reads a slow request. */
static portal_answer_t *refuse(portal_call_t *call, portal_answer_t *answer)
{
    apr_interval_time_t gone = apr_time_now() - call->r->request_time;

    if (gone >= 0)
        apr_sleep(BEAT - gone % BEAT);
    return answer;
}

portal_answer_t *portal_page_lobby(portal_call_t *call)
{
    const char *digits =
        portal_password_lobby_read(portal_field(call, "lobby_password"), call->pool);
    portal_lobby_start_t start = {
        .cost = &call->app->config->throttle,
        .digits = digits ? digits : "",
        .source = portal_credential_source(call),
        .address = call->r->useragent_ip,
        .replaces = call->session.token_hash,
        .lifetime = call->app->config->lobby_lifetime,
    };
    apr_status_t rv;

    if (portal_text_case_key(&start.number_key, portal_field(call, "case_number"),
                             call->pool))
        start.number_key = "";
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_lobby_start, &start, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0610");
    if (start.verdict != PORTAL_THROTTLE_GO)
        return refuse(call,
                      portal_credential_wait(call, start.until, portal_page_lobby_show));
    if (start.refused) {
        portal_error_add(call, "", "error.lobby");
        return refuse(call, portal_page_lobby_show(call));
    }
    portal_credential_cookie(call, &start.session, start.token);
    return portal_answer_see(call, "/paperwork");
}

portal_answer_t *portal_page_lobby_finish(portal_call_t *call)
{
    portal_answer_t *answer;
    apr_status_t rv =
        portal_store_write(&call->app->store, &call->actor, call->now,
                           portal_act_lobby_finish, &call->session, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0611");
    portal_cookie_set(call, PORTAL_COOKIE_SESSION, "", -1);
    portal_cookie_set(call, PORTAL_COOKIE_VISIT, "", -1);
    portal_cookie_set(call, PORTAL_COOKIE_LOBBY, "1", PORTAL_COOKIE_LOBBY_SECONDS);
    if (portal_cookie_get(call,
                          PORTAL_COOKIE_LANGUAGE)) /* the thanks; then the tablet's own */
        portal_cookie_set(call, PORTAL_COOKIE_LANGUAGE, call->lang, LANGUAGE_SECONDS);
    answer = portal_answer_see(call, "/lobby?done=finished");
    answer->clear_site_data = 1;
    return answer;
}

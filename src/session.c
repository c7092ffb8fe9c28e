/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <http_log.h>
#include <string.h>

#include "core/token.h"
#include "session.h"
#include "store/session.h"

APLOG_USE_MODULE(portal);

/* How far the row's `seen` may lag behind: a part of the idle limit, so that after a restart a
 * session ends early rather than late. */
#define LAG(idle) ((idle) / 16)

static apr_interval_time_t idle_limit(const portal_call_t *call)
{
    const portal_config_t *config = call->app->config;
    return call->session.kind == PORTAL_SESSION_LOBBY ? config->lobby_idle
                                                      : config->session_idle;
}

apr_time_t portal_session_ends(const portal_call_t *call)
{
    apr_time_t idle = call->session.seen + idle_limit(call);
    return idle < call->session.expires ? idle : call->session.expires;
}

int portal_session_was_lobby(const portal_call_t *call)
{
    const char *cookie = portal_cookie_get(call, PORTAL_COOKIE_SESSION);
    return portal_cookie_get(call, PORTAL_COOKIE_LOBBY) != NULL ||
           (cookie && !strncmp(cookie, PORTAL_LOBBY_MARK, strlen(PORTAL_LOBBY_MARK)));
}

apr_status_t portal_session_find(portal_call_t *call)
{
    portal_session_table_t *table = call->app->sessions;
    const char *cookie = portal_cookie_get(call, PORTAL_COOKIE_SESSION);
    apr_uint64_t epoch;
    char hash[65];
    apr_status_t rv = APR_SUCCESS;

    if (cookie && !strncmp(cookie, PORTAL_LOBBY_MARK, strlen(PORTAL_LOBBY_MARK)))
        cookie += strlen(PORTAL_LOBBY_MARK);
    if (!cookie || !portal_token_wellformed(cookie))
        return APR_SUCCESS;
    portal_token_hash(hash, cookie);
    epoch = portal_session_table_epoch(table);
    if (!portal_session_table_get(table, hash, &call->session)) {
        rv = portal_session_load(&call->app->store, hash, call->now, &call->session,
                                 call->pool);
        if (rv == APR_SUCCESS)
            portal_session_table_put(table, epoch, &call->session);
    }
    if (rv != APR_SUCCESS || call->now >= portal_session_ends(call))
        memset(&call->session, 0, sizeof(call->session));
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

void portal_session_extend(portal_call_t *call)
{
    portal_session_t *s = &call->session;
    int write = call->now - s->stored > LAG(idle_limit(call));

    if (!s->token_hash[0] || call->now <= s->seen)
        return;
    s->seen = call->now;
    portal_session_table_touch(call->app->sessions, s->token_hash, s->seen,
                               write ? s->seen : 0);
    if (write) {
        apr_status_t rv =
            portal_session_seen(&call->app->store, s->token_hash, s->seen, call->pool);
        if (rv != APR_SUCCESS)
            ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, call->r,
                          "PTL0110: a session's sign of life could not be stored");
    }
}

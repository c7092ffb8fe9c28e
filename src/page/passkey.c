/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys: making one, taking one away, and signing in with one. The browser's part is in
 * htdocs/static/passkey.js. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "page/credential.h"
#include "page/current.h"
#include "page/enter.h"
#include "page/factor.h"
#include "page/passkey.h"
#include "store/passkey.h"

static portal_passkey_site_t site_of(const portal_call_t *call)
{
    const portal_config_t *config = call->app->config;

    return (portal_passkey_site_t){config->url.host, config->url.origin, call->app->keys,
                                   call->now};
}

int portal_passkey_may_be(const portal_call_t *call)
{
    const char *host = call->app->config->url.host;

    return call->site->second_factor && apr_isalpha(host[strlen(host) - 1]);
}

json_t *portal_passkey_view(const portal_call_t *call)
{
    portal_passkey_site_t site = site_of(call);

    if (!portal_passkey_may_be(call))
        return json_false();
    return json_pack("{s:s, s:s}", "challenge",
                     portal_passkey_challenge(&site, call->pool), "rp_id", site.rp_id);
}

static portal_passkey_answer_t answer_of(const portal_call_t *call)
{
    return (portal_passkey_answer_t){
        portal_field(call, "credential"), portal_field(call, "client_data"),
        portal_field(call, "authenticator_data"), portal_field(call, "signature")};
}

/* ---- making one ---- */

portal_answer_t *portal_page_passkey_begin(portal_call_t *call)
{
    portal_factor_begin_t begin = {.session = &call->session, .kind = "passkey"};
    portal_answer_t *refused;
    apr_status_t rv;

    if (!portal_passkey_may_be(call))
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    refused = portal_factor_ask(call, "passkey.add", &begin.attempt);
    if (refused)
        return refused;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_begin, &begin, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0790");
    return portal_answer_see(call, begin.refused ? "/login" : "/security/factor/passkey");
}

/* What the browser is told: who asks, whose it will be, and which ones there are already. */
static json_t *making_view(portal_call_t *call, const portal_password_facts_t *facts,
                           const portal_passkeys_t *there)
{
    json_t *view = portal_passkey_view(call);
    const char *all = "";

    for (int i = 0; i < there->n; i++)
        all = apr_pstrcat(call->pool, all, *all ? " " : "", there->ids[i], NULL);
    json_object_set_new(view, "rp_name", json_string(call->app->config->name));
    json_object_set_new(view, "user_id", json_string(call->session.binder_id));
    json_object_set_new(view, "user_name", json_string(facts->number));
    json_object_set_new(view, "exclude", json_string(all));
    return view;
}

static apr_status_t read_making(portal_tx_t *tx, void *baton)
{
    void **both = baton;
    apr_status_t rv = portal_act_factor_pending(tx, both[0]);

    return rv == APR_SUCCESS ? portal_act_passkeys(tx, both[1]) : rv;
}

portal_answer_t *portal_page_passkey_show(portal_call_t *call)
{
    portal_factor_pending_t pending = {.session = &call->session, .kind = "passkey"};
    portal_passkeys_t there = {.binder_id = call->session.binder_id};
    void *both[] = {&pending, &there};
    portal_password_facts_t facts;
    portal_answer_t *refused = portal_current_facts(call, &facts);
    apr_status_t rv;

    if (refused)
        return refused;
    rv = portal_store_read(&call->app->store, &call->actor, call->now, read_making, both,
                           call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0791");
    if (!pending.id || !portal_passkey_may_be(call))
        return portal_answer_see(call, "/security/factor");
    return portal_answer_page(call,
                              call->errors->nelts ? HTTP_UNPROCESSABLE_ENTITY : HTTP_OK,
                              "factor_passkey", making_view(call, &facts, &there));
}

portal_answer_t *portal_page_passkey_confirm(portal_call_t *call)
{
    portal_passkey_site_t site = site_of(call);
    portal_passkey_answer_t answer = answer_of(call);
    portal_factor_change_t change = portal_factor_change(call);
    apr_status_t rv;

    change.site = &site;
    change.answer = &answer;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_passkey_add, &change, call->pool);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return portal_answer_away(call, rv, "PTL0792");
    if (rv == APR_NOTFOUND || change.refused)
        return portal_answer_see(call, "/security/factor");
    if (change.wrong) {
        portal_error_add(call, "", "error.passkey_made");
        return portal_page_passkey_show(call);
    }
    if (change.gave_codes)
        return portal_factor_codes_shown(call, &change);
    portal_credential_cookie(call, &change.fresh, change.token);
    return portal_answer_see(call, "/security/factor?done=passkey");
}

/* ---- taking one away ---- */

typedef struct {
    portal_factor_state_t state;
    portal_passkeys_t passkeys;
} there_t;

static apr_status_t read_there(portal_tx_t *tx, void *baton)
{
    there_t *there = baton;
    apr_status_t rv = portal_act_factor_state(tx, &there->state);

    return rv == APR_SUCCESS ? portal_act_passkeys(tx, &there->passkeys) : rv;
}

/* NULL: it is this patient's, and may go. Where a factor is required of all, the last one stays. */
static portal_answer_t *may_go(portal_call_t *call)
{
    const char *binder = call->session.binder_id;
    there_t there = {{.binder_id = binder}, {.binder_id = binder}};
    int own = 0;
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        read_there, &there, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0793");
    for (int i = 0; i < there.passkeys.n; i++)
        own |= !strcmp(there.passkeys.rows[i].id, call->id[0]);
    if (!own)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    if (call->app->config->second_factor != PORTAL_FACTOR_REQUIRED || there.state.app ||
        there.passkeys.n > 1)
        return NULL;
    portal_error_add(call, "", "error.factor_required");
    return portal_page_factor(call);
}

portal_answer_t *portal_page_passkey_remove(portal_call_t *call)
{
    portal_factor_change_t change = portal_factor_change(call);
    portal_answer_t *refused = may_go(call);
    apr_status_t rv;

    if (!refused)
        refused = portal_factor_ask(call, "passkey.remove", &change.attempt);
    if (refused)
        return refused;
    change.id = call->id[0];
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_passkey_remove, &change, call->pool);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return portal_answer_away(call, rv, "PTL0794");
    if (rv == APR_NOTFOUND || change.refused)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    portal_credential_cookie(call, &change.fresh, change.token);
    return portal_answer_see(call, "/security/factor?done=passkey_removed");
}

/* ---- signing in ---- */

/* What a passkey that did not work leads to; by itself there is nothing to see. */
portal_answer_t *portal_page_login_passkey_show(portal_call_t *call)
{
    if (call->r->method_number == M_GET)
        return portal_answer_see(call, call->role == PORTAL_ROLE_HALF ? "/login/code"
                                                                      : "/login");
    return portal_answer_page(call, HTTP_UNPROCESSABLE_ENTITY, "login_passkey",
                              json_pack("{s:b, s:s}", "half",
                                        call->role == PORTAL_ROLE_HALF, "query",
                                        portal_enter_query(call)));
}

static portal_answer_t *not_in(portal_call_t *call, const portal_passkey_enter_t *enter)
{
    switch (enter->verdict) {
    case PORTAL_FACTOR_WAIT:
    case PORTAL_FACTOR_STOPPED:
        return portal_credential_wait_or(call, enter->until, "error.stopped_code",
                                         portal_page_login_passkey_show);
    case PORTAL_FACTOR_GONE:
        return portal_answer_see(call, "/login");
    default:
        portal_error_add(call, "", "error.passkey");
        return portal_page_login_passkey_show(call);
    }
}

portal_answer_t *portal_page_login_passkey(portal_call_t *call)
{
    portal_passkey_site_t site = site_of(call);
    portal_passkey_answer_t answer = answer_of(call);
    portal_device_t device;
    portal_passkey_enter_t enter = {
        .half = call->role == PORTAL_ROLE_HALF ? &call->session : NULL,
        .site = &site,
        .answer = &answer,
        .policy = call->app->config->second_factor,
        .cost = &call->app->config->throttle,
        .source = portal_credential_source(call),
        .device = device.hash,
        .address = call->r->useragent_ip,
        .agent = portal_credential_agent(call),
        .replaces = call->session.token_hash,
        .lifetime = call->app->config->session_lifetime,
    };
    apr_status_t rv;

    portal_credential_own_device(call, &device);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_passkey_enter, &enter, call->pool);
    if (rv == APR_NOTFOUND)
        enter.verdict = PORTAL_FACTOR_GONE;
    else if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0795");
    if (enter.verdict != PORTAL_FACTOR_IN)
        return not_in(call, &enter);
    portal_credential_cookie(call, &enter.fresh, enter.token);
    if (enter.fresh.kind == PORTAL_SESSION_PATIENT)
        portal_credential_remember(call, &device);
    return portal_enter(call, &enter.fresh);
}

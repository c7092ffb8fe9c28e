/* SPDX-License-Identifier: Apache-2.0 */
/* The patient's own second factor: setting an app up, removing it, recovery codes. Each asks for the
 * password again. */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "core/secret.h"
#include "core/token.h"
#include "page/binder_head.h"
#include "page/credential.h"
#include "page/current.h"
#include "page/factor.h"
#include "page/passkey.h"
#include "page/qr.h"
#include "store/passkey.h"

static int is_required(const portal_call_t *call)
{
    return call->app->config->second_factor == PORTAL_FACTOR_REQUIRED;
}

static const char *notice_of(const char *done)
{
    static const char *const words[][2] = {
        {"removed", "notice.factor_removed"},
        {"recovery", "notice.recovery_used"},
        {"passkey", "notice.passkey_added"},
        {"passkey_removed", "notice.passkey_removed"},
    };
    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(done, words[i][0]))
            return words[i][1];
    return NULL;
}

static json_t *passkeys_view(const portal_call_t *call, const portal_passkeys_t *passkeys)
{
    json_t *list = json_array();

    for (int i = 0; i < passkeys->n; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o}", "id", passkeys->rows[i].id, "made",
                            portal_time_or_false(call, passkeys->rows[i].confirmed),
                            "used", portal_time_or_false(call, passkeys->rows[i].used)));
    return list;
}

typedef struct {
    portal_factor_state_t state;
    portal_passkeys_t passkeys;
} own_t;

static apr_status_t read_own(portal_tx_t *tx, void *baton)
{
    own_t *own = baton;
    apr_status_t rv = portal_act_factor_state(tx, &own->state);

    return rv == APR_SUCCESS ? portal_act_passkeys(tx, &own->passkeys) : rv;
}

portal_answer_t *portal_page_factor(portal_call_t *call)
{
    const char *binder = call->session.binder_id;
    own_t own = {{.binder_id = binder}, {.binder_id = binder}};
    apr_status_t rv = portal_store_read(&call->app->store, &call->actor, call->now,
                                        read_own, &own, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0781");
    call->notice = notice_of(portal_query(call, "done", 20));
    portal_field_preset(call, "once", portal_id_make(call->pool));
    return portal_answer_view(
        call,
        json_pack("{s:b, s:o, s:o, s:b, s:b, s:i, s:b, s:b, s:b}", "on", own.state.has,
                  "app", portal_time_or_false(call, own.state.app), "passkeys",
                  passkeys_view(call, &own.passkeys), "has_passkeys", own.passkeys.n > 0,
                  "can_passkey", portal_passkey_may_be(call), "codes", own.state.codes,
                  "few", own.state.codes <= PORTAL_FACTOR_CODES_FEW, "needed",
                  call->session.kind == PORTAL_SESSION_SET_UP, "may_remove",
                  !is_required(call)));
}

portal_answer_t *portal_factor_ask(portal_call_t *call, const char *action,
                                   portal_attempt_t *counted)
{
    portal_password_facts_t facts;
    portal_answer_t *refused = portal_current_facts(call, &facts);

    return refused
               ? refused
               : portal_current_check(call, &facts, action, portal_page_factor, counted);
}

/* ---- an app ---- */

portal_answer_t *portal_page_factor_app(portal_call_t *call)
{
    unsigned char secret[PORTAL_TOTP_SECRET];
    portal_factor_begin_t begin = {
        .session = &call->session, .kind = "totp", .secret = secret};
    portal_answer_t *refused = portal_factor_ask(call, "factor.set_up", &begin.attempt);
    apr_status_t rv;

    if (refused)
        return refused;
    portal_totp_make(secret);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_begin, &begin, call->pool);
    sodium_memzero(secret, sizeof(secret));
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0782");
    return portal_answer_see(call, begin.refused ? "/login" : "/security/factor/app");
}

/* How the account is called in the app: the case number, by which patients know it. */
static portal_answer_t *app_view(portal_call_t *call,
                                 const portal_factor_pending_t *pending,
                                 const portal_password_facts_t *facts)
{
    const char *uri = portal_totp_uri(pending->secret, call->app->config->name,
                                      facts->number, call->pool);
    const char *text = portal_totp_text(pending->secret, call->pool);

    if (!uri || !text)
        return portal_answer_away(call, APR_ENOMEM, "PTL0784");
    return portal_answer_page(
        call, call->errors->nelts ? HTTP_UNPROCESSABLE_ENTITY : HTTP_OK, "factor_app",
        json_pack("{s:s, s:s, s:o}", "secret", text, "uri", uri, "qr",
                  portal_qr_view(uri, call->pool)));
}

portal_answer_t *portal_page_factor_app_show(portal_call_t *call)
{
    portal_factor_pending_t pending = {.session = &call->session, .kind = "totp"};
    portal_password_facts_t facts;
    portal_answer_t *refused = portal_current_facts(call, &facts);
    apr_status_t rv;

    if (refused)
        return refused;
    rv = portal_store_read(&call->app->store, &call->actor, call->now,
                           portal_act_factor_pending, &pending, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0783");
    if (!pending.id)
        return portal_answer_see(call, "/security/factor");
    return app_view(call, &pending, &facts);
}

/* ---- recovery codes ---- */

static const char *const *make_codes(apr_pool_t *pool)
{
    const char **codes = apr_pcalloc(pool, sizeof(*codes) * PORTAL_FACTOR_CODES);

    for (int i = 0; i < PORTAL_FACTOR_CODES; i++)
        codes[i] = portal_factor_code(pool);
    return codes;
}

portal_factor_change_t portal_factor_change(portal_call_t *call)
{
    return (portal_factor_change_t){
        .session = &call->session,
        .codes = make_codes(call->pool),
        .once = portal_field(call, "once"),
        .agent = portal_credential_agent(call),
        .lifetime = call->app->config->session_lifetime,
    };
}

/* `codes` NULL: they were shown before. */
static portal_answer_t *show_codes(portal_call_t *call, const char *const *codes,
                                   int set_up)
{
    json_t *list = json_array();

    for (int i = 0; codes && i < PORTAL_FACTOR_CODES; i++)
        json_array_append_new(list, json_pack("{s:s}", "code", codes[i]));
    return portal_answer_page(
        call, HTTP_OK, "factor_codes",
        json_pack("{s:o, s:b, s:b}", "codes", list, "again", !codes, "set_up", set_up));
}

portal_answer_t *portal_factor_codes_shown(portal_call_t *call,
                                           portal_factor_change_t *change)
{
    portal_credential_cookie(call, &change->fresh, change->token);
    call->session = change->fresh;
    call->role = PORTAL_ROLE_PATIENT;
    return show_codes(call, change->codes, 1);
}

portal_answer_t *portal_page_factor_confirm(portal_call_t *call)
{
    portal_factor_change_t change = portal_factor_change(call);
    apr_status_t rv;

    change.code = portal_totp_read(portal_field(call, "code"), call->pool);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_confirm, &change, call->pool);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return portal_answer_away(call, rv, "PTL0785");
    if (rv == APR_NOTFOUND || change.refused)
        return portal_answer_see(call, "/security/factor");
    if (change.wrong) {
        portal_error_add(call, "code", "error.code.wrong");
        return portal_page_factor_app_show(call);
    }
    return portal_factor_codes_shown(call, &change);
}

portal_answer_t *portal_page_factor_codes(portal_call_t *call)
{
    portal_factor_change_t change = portal_factor_change(call);
    portal_answer_t *refused = portal_factor_ask(call, "factor.codes", &change.attempt);
    apr_status_t rv;

    if (refused)
        return refused;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_codes, &change, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0786");
    if (change.refused)
        return portal_answer_see(call, "/security/factor");
    return show_codes(call, change.again ? NULL : change.codes, 0);
}

portal_answer_t *portal_page_factor_remove(portal_call_t *call)
{
    portal_factor_change_t change = portal_factor_change(call);
    portal_answer_t *refused;
    apr_status_t rv;

    if (is_required(call)) {
        portal_error_add(call, "", "error.factor_required");
        return portal_page_factor(call);
    }
    refused = portal_factor_ask(call, "factor.remove", &change.attempt);
    if (refused)
        return refused;
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_factor_remove, &change, call->pool);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return portal_answer_away(call, rv, "PTL0787");
    if (rv == APR_NOTFOUND || change.refused)
        return portal_answer_see(call, "/login");
    portal_credential_cookie(call, &change.fresh, change.token);
    return portal_answer_see(call, "/security/factor?done=removed");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up a second factor, removing it, and new recovery codes; see factor.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/token.h"
#include "store/audit.h"
#include "store/factor.h"
#include "store/factor_row.h"
#include "store/mail.h"
#include "store/session.h"
#include "store/statement.h"

/* While the password was hashed, the session may have ended: its row is the truth. */
static apr_status_t still_there(portal_tx_t *tx, const portal_session_t *session,
                                int *refused)
{
    portal_row_session_get row;
    apr_status_t rv =
        PORTAL_GET(session_get, tx, &row, .token_hash = session->token_hash);

    *refused = rv != APR_SUCCESS;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_factor_begin(portal_tx_t *tx, void *baton)
{
    portal_factor_begin_t *b = baton;
    const char *binder = b->session->binder_id, *id = portal_id_make(tx->pool),
               *sealed = "";
    apr_status_t rv = still_there(tx, b->session, &b->refused);

    if (rv != APR_SUCCESS || b->refused)
        return rv;
    rv = portal_throttle_succeeded(tx, &b->attempt);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(factor_delete_pending, tx, NULL, .binder_id = binder,
                       .kind = b->kind);
    if (rv == APR_SUCCESS && b->secret)
        rv = portal_factor_seal(tx, id, b->secret, PORTAL_TOTP_SECRET, &sealed);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(factor_insert, tx, NULL, .id = id, .binder_id = binder,
                       .kind = b->kind, .setup = b->session->handle, .sealed = sealed,
                       .created = tx->now);
    return rv;
}

apr_status_t portal_act_factor_pending(portal_tx_t *tx, void *baton)
{
    portal_factor_pending_t *p = baton;
    portal_row_factor_pending row;
    apr_status_t rv = PORTAL_GET(
        factor_pending, tx, &row, .binder_id = p->session->binder_id, .kind = p->kind,
        .setup = p->session->handle, .since = tx->now - PORTAL_FACTOR_SET_UP);

    p->id = NULL;
    p->secret = NULL;
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    p->id = row.id;
    return *row.sealed ? portal_factor_secret(tx, row.id, row.sealed, &p->secret)
                       : APR_SUCCESS;
}

/* ---- what changes have in common ---- */

static apr_status_t give_codes(portal_tx_t *tx, const portal_factor_change_t *c)
{
    const char *binder = c->session->binder_id;
    apr_status_t rv = PORTAL_DO(recovery_delete_all, tx, NULL, .binder_id = binder);
    char hash[PORTAL_HASH_SIZE];

    for (int i = 0; rv == APR_SUCCESS && i < PORTAL_FACTOR_CODES; i++) {
        portal_factor_code_hash(hash, binder, c->codes[i], tx->pool);
        rv = PORTAL_DO(recovery_insert, tx, NULL, .code_hash = hash, .binder_id = binder,
                       .created = tx->now);
    }
    return rv;
}

/* What the patient may do has changed: signed out elsewhere, and a new session here. */
static apr_status_t renew_sessions(portal_tx_t *tx, portal_factor_change_t *c)
{
    apr_status_t rv = portal_session_end_all(tx, c->session->binder_id,
                                             PORTAL_END_PATIENT | PORTAL_END_MUST_CHANGE,
                                             c->session->token_hash);

    memset(&c->fresh, 0, sizeof(c->fresh));
    c->fresh.kind = PORTAL_SESSION_PATIENT;
    c->fresh.expires = tx->now + c->lifetime;
    return rv == APR_SUCCESS
               ? portal_session_replace(tx, c->session, &c->fresh, c->agent, c->token)
               : rv;
}

static apr_status_t tell(portal_tx_t *tx, const portal_factor_change_t *c,
                         const char *notice, const char *action)
{
    const char *binder = c->session->binder_id;
    apr_status_t rv = portal_mail_notice(tx, binder, notice);

    return rv == APR_SUCCESS ? PORTAL_AUDIT(tx, .action = action, .binder_id = binder)
                             : rv;
}

/* ---- the acts ---- */

/* The first code is taken like any other, so it signs nobody in any more. */
static apr_status_t check_first(portal_tx_t *tx, portal_factor_change_t *c,
                                const portal_factor_pending_t *pending)
{
    apr_int64_t counter;
    int n = 0;
    apr_status_t rv;

    c->wrong = portal_totp_check(pending->secret, c->code, tx->now, 0, &counter) !=
               PORTAL_TOTP_OK;
    if (c->wrong)
        return PORTAL_AUDIT(tx, .action = "factor.set_up",
                            .binder_id = c->session->binder_id, .result = "refused");
    rv = PORTAL_DO(factor_confirm, tx, &n, .counter = counter, .confirmed = tx->now,
                   .used = tx->now, .id = pending->id);
    c->refused = n != 1;
    return rv;
}

apr_status_t portal_act_factor_confirm(portal_tx_t *tx, void *baton)
{
    portal_factor_change_t *c = baton;
    portal_factor_pending_t pending = {.session = c->session, .kind = "totp"};
    apr_status_t rv = still_there(tx, c->session, &c->refused);

    c->wrong = 0;
    if (rv == APR_SUCCESS && !c->refused)
        rv = portal_act_factor_pending(tx, &pending);
    c->refused |= !pending.id;
    if (rv == APR_SUCCESS && !c->refused)
        rv = check_first(tx, c, &pending);
    if (rv != APR_SUCCESS || c->refused || c->wrong)
        return rv;
    rv = PORTAL_DO(factor_delete_others, tx, NULL, .binder_id = c->session->binder_id,
                   .kind = "totp", .except = pending.id);
    if (rv == APR_SUCCESS)
        rv = give_codes(tx, c);
    if (rv == APR_SUCCESS)
        rv = renew_sessions(tx, c);
    return rv == APR_SUCCESS ? tell(tx, c, "factor_set", "factor.set_up") : rv;
}

apr_status_t portal_act_factor_remove(portal_tx_t *tx, void *baton)
{
    portal_factor_change_t *c = baton;
    const char *binder = c->session->binder_id;
    apr_status_t rv = still_there(tx, c->session, &c->refused);

    if (rv != APR_SUCCESS || c->refused)
        return rv;
    rv = portal_throttle_succeeded(tx, &c->attempt);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(factor_delete_all, tx, NULL, .binder_id = binder);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(recovery_delete_all, tx, NULL, .binder_id = binder);
    if (rv == APR_SUCCESS)
        rv = renew_sessions(tx, c);
    return rv == APR_SUCCESS ? tell(tx, c, "factor_removed", "factor.remove") : rv;
}

apr_status_t portal_act_factor_codes(portal_tx_t *tx, void *baton)
{
    portal_factor_change_t *c = baton;
    portal_factor_state_t state = {.binder_id = c->session->binder_id};
    int fresh = 1;
    apr_status_t rv = still_there(tx, c->session, &c->refused);

    if (rv == APR_SUCCESS && !c->refused)
        rv = portal_act_factor_state(tx, &state);
    c->refused |= !state.has;
    if (rv != APR_SUCCESS || c->refused)
        return rv;
    rv = portal_throttle_succeeded(tx, &c->attempt);
    if (rv == APR_SUCCESS && *c->once)
        rv = portal_once_use(
            tx,
            apr_pstrcat(tx->pool, "factor.codes:", state.binder_id, ":", c->once, NULL),
            &fresh);
    c->again = !fresh;
    if (rv != APR_SUCCESS || c->again)
        return rv;
    rv = give_codes(tx, c);
    return rv == APR_SUCCESS ? tell(tx, c, "recovery_made", "factor.codes") : rv;
}

/* ---- passkeys ---- */

/* The browser's answer, once, and to nobody else's account. */
static apr_status_t take_passkey(portal_tx_t *tx, portal_factor_change_t *c,
                                 const char *id)
{
    const char *kept, *challenge, *sealed;
    char hash[PORTAL_HASH_SIZE];
    portal_row_passkey_find other;
    int fresh = 0, n = 0;
    apr_status_t rv = APR_SUCCESS;

    if (portal_passkey_made(&kept, &challenge, c->site, c->answer, tx->pool)) {
        portal_passkey_hash(hash, portal_passkey_id(kept, tx->pool));
        rv = portal_once_use(tx, apr_pstrcat(tx->pool, "passkey:", challenge, NULL),
                             &fresh);
    }
    if (rv == APR_SUCCESS && fresh)
        rv = PORTAL_GET(passkey_find, tx, &other, .credential = hash);
    c->wrong = !fresh || rv != APR_NOTFOUND;
    if (c->wrong)
        return rv;
    rv = portal_factor_seal(tx, id, kept, strlen(kept), &sealed);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(passkey_made, tx, NULL, .credential = hash, .sealed = sealed,
                       .id = id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(factor_confirm, tx, &n, .counter = 0, .confirmed = tx->now,
                       .used = tx->now, .id = id);
    c->refused = n != 1;
    return rv;
}

apr_status_t portal_act_passkey_add(portal_tx_t *tx, void *baton)
{
    portal_factor_change_t *c = baton;
    portal_factor_pending_t pending = {.session = c->session, .kind = "passkey"};
    portal_factor_state_t state = {.binder_id = c->session->binder_id};
    apr_status_t rv = still_there(tx, c->session, &c->refused);

    c->wrong = 0;
    if (rv == APR_SUCCESS && !c->refused)
        rv = portal_act_factor_pending(tx, &pending);
    c->refused |= !pending.id;
    if (rv == APR_SUCCESS && !c->refused)
        rv = portal_act_factor_state(tx, &state);
    if (rv == APR_SUCCESS && !c->refused)
        rv = take_passkey(tx, c, pending.id);
    if (rv == APR_SUCCESS && c->wrong)
        return PORTAL_AUDIT(tx, .action = "passkey.add", .binder_id = state.binder_id,
                            .result = "refused");
    if (rv != APR_SUCCESS || c->refused)
        return rv;
    c->gave_codes = !state.has;
    if (c->gave_codes)
        rv = give_codes(tx, c);
    if (rv == APR_SUCCESS)
        rv = renew_sessions(tx, c);
    return rv == APR_SUCCESS ? tell(tx, c, "passkey_added", "passkey.add") : rv;
}

apr_status_t portal_act_passkey_remove(portal_tx_t *tx, void *baton)
{
    portal_factor_change_t *c = baton;
    portal_factor_state_t state = {.binder_id = c->session->binder_id};
    int n = 0;
    apr_status_t rv = still_there(tx, c->session, &c->refused);

    if (rv == APR_SUCCESS && !c->refused)
        rv = portal_throttle_succeeded(tx, &c->attempt);
    if (rv == APR_SUCCESS && !c->refused)
        rv = PORTAL_DO(passkey_delete, tx, &n, .id = c->id, .binder_id = state.binder_id);
    c->refused |= n != 1;
    if (rv != APR_SUCCESS || c->refused)
        return rv;
    rv = portal_act_factor_state(tx, &state);
    if (rv == APR_SUCCESS && !state.has)
        rv = PORTAL_DO(recovery_delete_all, tx, NULL, .binder_id = state.binder_id);
    if (rv == APR_SUCCESS)
        rv = renew_sessions(tx, c);
    return rv == APR_SUCCESS ? tell(tx, c, "passkey_removed", "passkey.remove") : rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of a sign-in; see factor.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/seal.h"
#include "store/account.h"
#include "store/audit.h"
#include "store/device.h"
#include "store/factor.h"
#include "store/factor_row.h"
#include "store/mail.h"
#include "store/session.h"
#include "store/statement.h"

apr_status_t portal_act_factor_state(portal_tx_t *tx, void *baton)
{
    portal_factor_state_t *state = baton;
    portal_row_factor_state row;
    apr_status_t rv =
        PORTAL_GET(factor_state, tx, &row, .binder_id = state->binder_id,
                   .binder_again = state->binder_id, .binder_app = state->binder_id,
                   .binder_codes = state->binder_id);

    if (rv != APR_SUCCESS)
        return rv;
    state->has = row.n > 0;
    state->since = row.since;
    state->app = row.app;
    state->passkeys = (int)row.n - (row.app != 0);
    state->codes = (int)row.codes;
    return APR_SUCCESS;
}

/* ---- the rows of an app ---- */

static portal_seal_t place_of(const portal_tx_t *tx, const char *id)
{
    return (portal_seal_t){tx->store->keys, PORTAL_KEY_FACTOR,
                           apr_pstrcat(tx->pool, "factor:", id, NULL)};
}

apr_status_t portal_factor_seal(portal_tx_t *tx, const char *id, const void *what,
                                apr_size_t len, const char **sealed)
{
    portal_seal_t place = place_of(tx, id);

    return portal_seal(sealed, &place, what, len, tx->pool);
}

apr_status_t portal_factor_unseal(portal_tx_t *tx, const char *id, const char *sealed,
                                  const char **what, apr_size_t *len)
{
    portal_seal_t place = place_of(tx, id);

    return portal_unseal(what, len, &place, sealed, tx->pool);
}

apr_status_t portal_factor_secret(portal_tx_t *tx, const char *id, const char *sealed,
                                  const unsigned char **secret)
{
    const char *plain;
    apr_size_t len;
    apr_status_t rv = portal_factor_unseal(tx, id, sealed, &plain, &len);

    *secret = (const unsigned char *)plain;
    return rv == APR_SUCCESS && len != PORTAL_TOTP_SECRET ? APR_EINVAL : rv;
}

/* ---- looking at a code ---- */

/* Two at once with the same code: the counter goes up for one of them. */
static apr_status_t use_code(portal_tx_t *tx, const portal_factor_check_t *c,
                             const portal_row_factor_list *row,
                             portal_factor_verdict_t *verdict)
{
    const unsigned char *secret;
    apr_int64_t counter;
    int n = 0;
    portal_totp_verdict_t found;
    apr_status_t rv = portal_factor_secret(tx, row->id, row->sealed, &secret);

    if (rv != APR_SUCCESS)
        return rv;
    found = portal_totp_check(secret, c->code, tx->now, row->counter, &counter);
    if (found == PORTAL_TOTP_USED)
        *verdict = PORTAL_FACTOR_USED;
    if (found != PORTAL_TOTP_OK)
        return APR_SUCCESS;
    rv = PORTAL_DO(factor_used, tx, &n, .counter = counter, .used = tx->now,
                   .id = row->id, .before = counter);
    *verdict = n == 1 ? PORTAL_FACTOR_IN : PORTAL_FACTOR_USED;
    return rv;
}

static apr_status_t look_at_code(portal_tx_t *tx, portal_factor_check_t *c)
{
    portal_row_factor_list *rows;
    int n;
    apr_status_t rv = PORTAL_LIST(factor_list, tx, &rows, &n,
                                  .binder_id = c->half->binder_id, .kind = "totp");

    for (int i = 0; rv == APR_SUCCESS && i < n && c->verdict != PORTAL_FACTOR_IN; i++)
        rv = use_code(tx, c, &rows[i], &c->verdict);
    return rv;
}

static apr_status_t look_at_recovery(portal_tx_t *tx, portal_factor_check_t *c)
{
    const char *binder = c->half->binder_id;
    char hash[PORTAL_HASH_SIZE];
    int n = 0;
    apr_status_t rv;

    portal_factor_code_hash(hash, binder, c->recovery, tx->pool);
    if (!*hash)
        return APR_SUCCESS;
    rv = PORTAL_DO(recovery_use, tx, &n, .code_hash = hash, .binder_id = binder);
    if (n == 1)
        c->verdict = PORTAL_FACTOR_IN;
    return rv;
}

/* ---- the way in ---- */

apr_status_t portal_factor_account(portal_tx_t *tx, const portal_session_t *half,
                                   portal_row_factor_account *account)
{
    apr_status_t rv =
        PORTAL_GET(factor_account, tx, account, .token_hash = half->token_hash);

    if (rv == APR_SUCCESS && account->temporary_expires &&
        account->temporary_expires <= tx->now)
        return APR_NOTFOUND;
    return rv;
}

/* Everything that the sign-in was waiting for. */
static apr_status_t enter(portal_tx_t *tx, portal_factor_check_t *c,
                          const portal_row_factor_account *account,
                          const portal_attempt_t *attempt)
{
    const char *binder = c->half->binder_id;
    int temporary = account->temporary_expires != 0;
    apr_status_t rv = portal_throttle_succeeded(tx, attempt);

    if (rv == APR_SUCCESS && *c->recovery)
        rv = portal_mail_notice(tx, binder, "recovery_used");
    if (rv == APR_SUCCESS && *c->recovery)
        rv = PORTAL_AUDIT(tx, .action = "signin.recovery", .binder_id = binder);
    if (rv == APR_SUCCESS)
        rv = portal_account_entered(tx, binder, temporary, account->undo, c->device);
    c->fresh.kind = portal_factor_session(c->policy, 1, 1, temporary);
    c->fresh.expires = tx->now + c->lifetime;
    if (rv == APR_SUCCESS)
        rv = portal_session_replace(tx, c->half, &c->fresh, c->agent, c->token);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "signin", .binder_id = binder,
                          .result = temporary ? "temporary" : "ok");
    return rv;
}

static apr_status_t refuse(portal_tx_t *tx, const portal_factor_check_t *c)
{
    static const char *const words[] = {[PORTAL_FACTOR_WRONG] = "refused",
                                        [PORTAL_FACTOR_USED] = "used",
                                        [PORTAL_FACTOR_WAIT] = "wait",
                                        [PORTAL_FACTOR_STOPPED] = "stopped",
                                        [PORTAL_FACTOR_GONE] = "expired"};

    return PORTAL_AUDIT(tx, .action = "signin.code", .binder_id = c->half->binder_id,
                        .result = words[c->verdict]);
}

/* The try is counted before its code is looked at. */
static apr_status_t count(portal_tx_t *tx, portal_factor_check_t *c,
                          const portal_row_factor_account *account,
                          portal_attempt_t *attempt)
{
    portal_throttle_verdict_t verdict;
    apr_status_t rv;

    *attempt = (portal_attempt_t){"factor", account->number_key, c->source, 0};
    rv = portal_device_place(tx, c->half->binder_id, c->device, &attempt->known,
                             &attempt->source);
    if (rv == APR_SUCCESS)
        rv = portal_throttle_attempt(tx, c->cost, attempt, &verdict, &c->until);
    if (rv != APR_SUCCESS)
        return rv;
    c->verdict = verdict == PORTAL_THROTTLE_GO     ? PORTAL_FACTOR_WRONG
                 : verdict == PORTAL_THROTTLE_WAIT ? PORTAL_FACTOR_WAIT
                                                   : PORTAL_FACTOR_STOPPED;
    return APR_SUCCESS;
}

apr_status_t portal_act_factor_check(portal_tx_t *tx, void *baton)
{
    portal_factor_check_t *c = baton;
    portal_row_factor_account account;
    portal_attempt_t attempt;
    apr_status_t rv = portal_factor_account(tx, c->half, &account);

    memset(&c->fresh, 0, sizeof(c->fresh));
    c->verdict = PORTAL_FACTOR_GONE;
    if (rv == APR_NOTFOUND)
        return refuse(tx, c);
    if (rv == APR_SUCCESS)
        rv = count(tx, c, &account, &attempt);
    if (rv == APR_SUCCESS && c->verdict == PORTAL_FACTOR_WRONG)
        rv = *c->recovery ? look_at_recovery(tx, c) : look_at_code(tx, c);
    if (rv != APR_SUCCESS)
        return rv;
    return c->verdict == PORTAL_FACTOR_IN ? enter(tx, c, &account, &attempt)
                                          : refuse(tx, c);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "store/account.h"
#include "store/audit.h"
#include "store/device.h"
#include "store/factor_row.h"
#include "store/passkey.h"
#include "store/session.h"

apr_status_t portal_act_passkeys(portal_tx_t *tx, void *baton)
{
    portal_passkeys_t *p = baton;
    const char *kept;
    apr_size_t len;
    apr_status_t rv =
        PORTAL_LIST(passkey_list, tx, &p->rows, &p->n, .binder_id = p->binder_id);

    if (rv != APR_SUCCESS)
        return rv;
    p->ids = apr_pcalloc(tx->pool, sizeof(*p->ids) * (apr_size_t)(p->n + 1));
    for (int i = 0; rv == APR_SUCCESS && i < p->n; i++) {
        rv = portal_factor_unseal(tx, p->rows[i].id, p->rows[i].sealed, &kept, &len);
        p->ids[i] = rv == APR_SUCCESS ? portal_passkey_id(kept, tx->pool) : "";
    }
    return rv;
}

/* Whose it is, and where this try is counted. */
typedef struct {
    int found;
    portal_row_passkey_find row;
    portal_attempt_t attempt;
} who_t;

/* 1: the account that the passkey belongs to may be signed in to, this way. */
static int is_usable(const portal_passkey_enter_t *e, const who_t *who)
{
    const portal_row_passkey_find *row = &who->row;

    if (!who->found)
        return 0;
    if (e->half)
        return !strcmp(row->binder_id, e->half->binder_id);
    return row->enabled && *row->password_hash && !row->temporary_expires &&
           *row->registration && strcmp(row->registration, "none") != 0;
}

static apr_status_t look_up(portal_tx_t *tx, portal_passkey_enter_t *e, who_t *who)
{
    char hash[PORTAL_HASH_SIZE];
    portal_row_factor_account account;
    apr_status_t rv;

    portal_passkey_hash(hash, e->answer->credential);
    rv = PORTAL_GET(passkey_find, tx, &who->row, .credential = hash);
    who->found = rv == APR_SUCCESS;
    if (rv == APR_NOTFOUND)
        rv = APR_SUCCESS;
    who->attempt = (portal_attempt_t){"factor", "", e->source, 0};
    e->verdict = PORTAL_FACTOR_WRONG;
    if (rv != APR_SUCCESS || !e->half)
        return rv;
    rv = portal_factor_account(tx, e->half, &account);
    if (rv == APR_NOTFOUND)
        e->verdict = PORTAL_FACTOR_GONE;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    who->attempt.number = account.number_key;
    return portal_device_place(tx, e->half->binder_id, e->device, &who->attempt.known,
                               &who->attempt.source);
}

static apr_status_t count(portal_tx_t *tx, portal_passkey_enter_t *e, const who_t *who)
{
    portal_throttle_verdict_t verdict;
    apr_status_t rv =
        portal_throttle_attempt(tx, e->cost, &who->attempt, &verdict, &e->until);

    if (rv == APR_SUCCESS && verdict != PORTAL_THROTTLE_GO)
        e->verdict =
            verdict == PORTAL_THROTTLE_WAIT ? PORTAL_FACTOR_WAIT : PORTAL_FACTOR_STOPPED;
    return rv;
}

/* The signature, then the challenge, which is used up, then the counter, which only goes up. */
static apr_status_t verify(portal_tx_t *tx, portal_passkey_enter_t *e, const who_t *who)
{
    const portal_row_passkey_find *row = &who->row;
    const char *kept, *challenge;
    apr_size_t len;
    apr_int64_t counter;
    int fresh = 0, n = 0;
    apr_status_t rv = portal_factor_unseal(tx, row->id, row->sealed, &kept, &len);

    if (rv != APR_SUCCESS ||
        !portal_passkey_used(kept, &counter, &challenge, e->site, e->answer, tx->pool))
        return rv;
    e->verdict = PORTAL_FACTOR_USED;
    rv = portal_once_use(tx, apr_pstrcat(tx->pool, "passkey:", challenge, NULL), &fresh);
    if (rv != APR_SUCCESS || !fresh ||
        ((counter || row->counter) && counter <= row->counter))
        return rv;
    rv = PORTAL_DO(passkey_used, tx, &n, .counter = counter, .used = tx->now,
                   .id = row->id, .before = row->counter);
    if (n == 1)
        e->verdict = PORTAL_FACTOR_IN;
    return rv;
}

/* ---- the way in ---- */

static apr_status_t begin(portal_tx_t *tx, portal_passkey_enter_t *e, const who_t *who,
                          int temporary)
{
    apr_status_t rv = APR_SUCCESS;

    e->fresh.kind = portal_factor_session(e->policy, 1, 1, temporary);
    e->fresh.expires = tx->now + e->lifetime;
    if (e->half)
        return portal_session_replace(tx, e->half, &e->fresh, e->agent, e->token);
    apr_cpystrn(e->fresh.binder_id, who->row.binder_id, sizeof(e->fresh.binder_id));
    apr_cpystrn(e->fresh.source, e->address, sizeof(e->fresh.source));
    if (*e->replaces)
        rv = portal_session_end(tx, e->replaces);
    return rv == APR_SUCCESS ? portal_session_begin(tx, &e->fresh, e->agent, e->token)
                             : rv;
}

static apr_status_t enter(portal_tx_t *tx, portal_passkey_enter_t *e, const who_t *who)
{
    const char *binder = who->row.binder_id;
    int temporary = who->row.temporary_expires != 0;
    apr_status_t rv = portal_throttle_succeeded(tx, &who->attempt);

    if (rv == APR_SUCCESS)
        rv = portal_account_entered(tx, binder, temporary, who->row.undo, e->device);
    if (rv == APR_SUCCESS)
        rv = begin(tx, e, who, temporary);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "signin.passkey", .binder_id = binder);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "signin", .binder_id = binder,
                          .result = temporary ? "temporary" : "ok");
    return rv;
}

static apr_status_t refuse(portal_tx_t *tx, const portal_passkey_enter_t *e,
                           const who_t *who)
{
    static const char *const words[] = {[PORTAL_FACTOR_WRONG] = "refused",
                                        [PORTAL_FACTOR_USED] = "used",
                                        [PORTAL_FACTOR_WAIT] = "wait",
                                        [PORTAL_FACTOR_STOPPED] = "stopped",
                                        [PORTAL_FACTOR_GONE] = "expired"};
    const char *binder = e->half      ? e->half->binder_id
                         : who->found ? who->row.binder_id
                                      : "";

    return PORTAL_AUDIT(tx, .action = "signin.passkey", .binder_id = binder,
                        .result = words[e->verdict]);
}

apr_status_t portal_act_passkey_enter(portal_tx_t *tx, void *baton)
{
    portal_passkey_enter_t *e = baton;
    who_t who;
    apr_status_t rv = look_up(tx, e, &who);

    memset(&e->fresh, 0, sizeof(e->fresh));
    if (rv == APR_SUCCESS && e->verdict != PORTAL_FACTOR_GONE)
        rv = count(tx, e, &who);
    if (rv == APR_SUCCESS && e->verdict == PORTAL_FACTOR_WRONG && is_usable(e, &who))
        rv = verify(tx, e, &who);
    if (rv != APR_SUCCESS)
        return rv;
    return e->verdict == PORTAL_FACTOR_IN ? enter(tx, e, &who) : refuse(tx, e, &who);
}

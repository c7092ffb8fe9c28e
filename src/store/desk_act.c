/* SPDX-License-Identifier: Apache-2.0 */
/* What the acts of the tab's menu have in common; see access.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/token.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/mail.h"
#include "store/session.h"
#include "store/throttle.h"

static portal_desk_verdict_t stands(const portal_desk_act_t *act,
                                    const portal_row_tab_ready *row)
{
    if (!row->enabled)
        return PORTAL_DESK_DISABLED;
    if (!*row->number_key)
        return PORTAL_DESK_NO_MASTER;
    if (act->needs_email && !*row->email)
        return PORTAL_DESK_NO_EMAIL;
    return act->blocked;
}

/* One form may stand behind several buttons: what is used up is the form for this act. */
static const char *once_key(portal_tx_t *tx, const portal_desk_act_t *act)
{
    if (!*act->once)
        return "";
    return apr_pstrcat(tx->pool, act->action, ":", act->binder_id, ":", act->once, NULL);
}

/* For the audit trail. */
static const char *word_of(portal_desk_verdict_t verdict)
{
    static const char *const words[] = {
        [PORTAL_DESK_DISABLED] = "disabled", [PORTAL_DESK_NO_MASTER] = "no master case",
        [PORTAL_DESK_NO_EMAIL] = "no email", [PORTAL_DESK_NO_MAIL] = "no relay",
        [PORTAL_DESK_POLICY] = "policy",     [PORTAL_DESK_CLOSED] = "lobby closed",
    };
    return words[verdict];
}

static apr_status_t refuse(portal_tx_t *tx, const portal_desk_act_t *act, const char *key,
                           portal_desk_verdict_t *verdict)
{
    char hash[PORTAL_HASH_SIZE];
    portal_row_once_used used;
    apr_status_t rv = APR_NOTFOUND;

    portal_token_hash(hash, key);
    if (*key)
        rv = PORTAL_GET(once_used, tx, &used, .id = hash);
    if (rv == APR_SUCCESS)
        *verdict = PORTAL_DESK_AGAIN;
    if (rv != APR_NOTFOUND)
        return rv;
    return PORTAL_AUDIT(tx, .action = act->action, .binder_id = act->binder_id,
                        .result = "refused",
                        .detail = json_pack("{s:s}", "reason", word_of(*verdict)));
}

apr_status_t portal_desk_ready(portal_tx_t *tx, const portal_desk_act_t *act,
                               portal_row_tab_ready *row, portal_desk_verdict_t *verdict)
{
    const char *key = once_key(tx, act);
    int fresh = 1;
    apr_status_t rv = PORTAL_GET(tab_ready, tx, row, .binder_id = act->binder_id);

    *verdict = PORTAL_DESK_NO_BINDER;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    *verdict = stands(act, row);
    if (*verdict != PORTAL_DESK_DONE)
        return refuse(tx, act, key, verdict);
    rv = portal_once_use(tx, key, &fresh);
    if (!fresh)
        *verdict = PORTAL_DESK_AGAIN;
    return rv;
}

apr_status_t portal_act_throttle_lift(portal_tx_t *tx, void *baton)
{
    portal_throttle_lift_t *lift = baton;
    portal_row_tab_ready row;
    portal_row_tab_lobby lobby;
    apr_status_t rv = PORTAL_GET(tab_ready, tx, &row, .binder_id = lift->binder_id);

    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    lift->verdict = rv == APR_NOTFOUND ? PORTAL_DESK_NO_BINDER
                    : !*row.number_key ? PORTAL_DESK_NO_MASTER
                                       : PORTAL_DESK_DONE;
    if (lift->verdict != PORTAL_DESK_DONE)
        return APR_SUCCESS;
    rv = PORTAL_GET(tab_lobby, tx, &lobby, .binder_id = lift->binder_id);
    if (rv == APR_SUCCESS)
        rv = portal_throttle_lift(tx, lobby.id, PORTAL_LIFT_ALL);
    if (rv == APR_SUCCESS || rv == APR_NOTFOUND)
        rv = portal_throttle_lift(tx, row.number_key, PORTAL_LIFT_ALL);
    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "throttle.lift", .binder_id = lift->binder_id)
               : rv;
}

/* All that can be asked for at sign-in beside the password. */
static apr_status_t forget_factor(portal_tx_t *tx, const char *binder_id,
                                  const char *number_key)
{
    apr_status_t rv = PORTAL_DO(factor_delete_all, tx, NULL, .binder_id = binder_id);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(recovery_delete_all, tx, NULL, .binder_id = binder_id);
    if (rv == APR_SUCCESS)
        rv = portal_session_end_all(tx, binder_id,
                                    PORTAL_END_PATIENT | PORTAL_END_MUST_CHANGE, "");
    if (rv == APR_SUCCESS && *number_key)
        rv = portal_throttle_lift(tx, number_key, PORTAL_LIFT_DESK);
    return rv == APR_SUCCESS ? portal_mail_notice(tx, binder_id, "factor_reset") : rv;
}

apr_status_t portal_act_factor_reset(portal_tx_t *tx, void *baton)
{
    portal_factor_reset_t *reset = baton;
    portal_factor_state_t state = {.binder_id = reset->binder_id};
    portal_row_tab_ready row;
    apr_status_t rv = PORTAL_GET(tab_ready, tx, &row, .binder_id = reset->binder_id);

    reset->verdict = PORTAL_DESK_NO_BINDER;
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv == APR_SUCCESS)
        rv = portal_act_factor_state(tx, &state);
    if (rv != APR_SUCCESS)
        return rv;
    reset->verdict = state.has ? PORTAL_DESK_DONE : PORTAL_DESK_NO_FACTOR;
    if (state.has)
        rv = forget_factor(tx, reset->binder_id, row.number_key);
    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "factor.reset", .binder_id = reset->binder_id,
                              .result = state.has ? "ok" : "none")
               : rv;
}

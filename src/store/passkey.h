/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in with a passkey, which stands for two factors: alone, or as the second step. */
#ifndef PORTAL_STORE_PASSKEY_H
#define PORTAL_STORE_PASSKEY_H

#include "core/passkey.h"
#include "store/factor.h"
#include "store/statement.h"

typedef struct {
    const char *binder_id; /* in */
    portal_row_passkey_list *rows;
    const char **ids; /* of each, as browsers know it */
    int n;
} portal_passkeys_t;

/* A patient's passkeys, in tx->pool. */
apr_status_t portal_act_passkeys(portal_tx_t *tx, void *passkeys);

typedef struct {
    /* in */
    const portal_session_t *half; /* the sign-in that waits; NULL: the passkey alone */
    const portal_passkey_site_t *site;
    const portal_passkey_answer_t *answer;
    portal_factor_policy_t policy;
    const portal_throttle_cost_t *cost;
    const char *source; /* network or address that penalties go by */
    const char *device; /* to be known from now on; "" none */
    const char *address, *agent;
    const char *replaces; /* hash of the session that the browser had; "" none */
    apr_interval_time_t lifetime;
    /* out */
    portal_factor_verdict_t verdict;
    apr_time_t until; /* of a wait */
    portal_session_t fresh;
    char token[44]; /* secret: wipe */
} portal_passkey_enter_t;

/* Counts the try, verifies the answer, and signs in. Alone, a passkey opens an enabled, registered account
 * whose password is the patient's own; tries are then counted at their network. Unknown, wrong and not
 * usable are one verdict. APR_NOTFOUND: another answer to the same sign-in was first. */
apr_status_t portal_act_passkey_enter(portal_tx_t *tx, void *enter);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lobby password on its way from the slip to a session at the clinic's tablet. It is made by
 * the desk (lobby_password.h), used once, and dead after use, expiry and Finish.
 */
#ifndef PORTAL_STORE_LOBBY_H
#define PORTAL_STORE_LOBBY_H

#include "core/session_table.h"
#include "core/throttle.h"
#include "store/store.h"

typedef struct {
    /* in */
    const portal_throttle_cost_t *cost;
    const char *number_key; /* of the typed case number; "" when it cannot be one */
    const char
        *digits; /* of the typed lobby password, "" when it cannot be one; secret */
    const char *source;   /* network or address that penalties go by */
    const char *address;  /* of the client */
    const char *replaces; /* hash of the session that the browser had; "" none */
    apr_interval_time_t lifetime;
    /* out */
    portal_throttle_verdict_t verdict; /* GO when a session has begun */
    apr_time_t until;
    int refused; /* wrong, unknown, disabled, expired or used: one answer for all */
    portal_session_t session;
    char token[44]; /* secret: wipe */
} portal_lobby_start_t;

/*
 * Counts the attempt (portal_throttle_guess), then compares, then begins a session of kind lobby whose
 * lobby_id is the id of the password's row, and ends the session that it replaces. The password is
 * used up. Works whatever the registration, but not while access is disabled. The audit says why
 * it was refused.
 */
apr_status_t portal_act_lobby_start(portal_tx_t *tx, void *start);

/* Finish: ends the session, and the lobby password with it; drafts stay for the desk. `session` is
 * const portal_session_t *. */
apr_status_t portal_act_lobby_finish(portal_tx_t *tx, void *session);

#endif

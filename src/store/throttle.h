/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts failed attempts, in the database, so that they survive restarts and are the same for all
 * children. An attempt is counted before its password is looked at, and taken back when it was
 * right: so any number of guesses at once get no more tries than the same guesses in a row.
 *
 * Accounts are counted by the typed number, known or not, behind a keyed hash; sources as networks,
 * or as single addresses where PortalLobbyFrom holds them. `scope` keeps sign-in, lobby, links and
 * second factors apart.
 *
 * A known device (store/device.h) is a source of its own that only its own failures hold up: what
 * others try, and what its network did, costs it nothing. Its failures count at the account too.
 */
#ifndef PORTAL_STORE_THROTTLE_H
#define PORTAL_STORE_THROTTLE_H

#include "core/throttle.h"
#include "store/store.h"

typedef struct {
    const char *scope;  /* signin, lobby, link, factor */
    const char *number; /* the typed number's key; "" counts the source alone */
    const char *source; /* network, address or known device */
    int known;          /* the source is a device that this patient signs in from */
} portal_attempt_t;

/* May this attempt be made? When it may, it is counted at once as a failure. `until` is set for
 * PORTAL_THROTTLE_WAIT. */
apr_status_t portal_throttle_attempt(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                     const portal_attempt_t *attempt,
                                     portal_throttle_verdict_t *verdict,
                                     apr_time_t *until);

/* The attempt was right: takes back its count, and forgives what failed at this account from this
 * source; failures from elsewhere stay. */
apr_status_t portal_throttle_succeeded(portal_tx_t *tx, const portal_attempt_t *attempt);

/* Mail or the desk has proved who it is: forgives everything at this account, in every scope but
 * `but` ("" none): who can read the patient's mail has not yet given a second factor. */
apr_status_t portal_throttle_lift(portal_tx_t *tx, const char *number, const char *but);

/* What failures at an account, from everywhere, come to now. */
typedef struct {
    apr_int64_t failures;
    portal_throttle_verdict_t verdict;
    apr_time_t until; /* of a wait; 0: none */
} portal_throttle_state_t;

/* For the desk; changes nothing. */
apr_status_t portal_throttle_state(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                   const char *scope, const char *number,
                                   portal_throttle_state_t *state);

#endif

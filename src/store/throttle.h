/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts failed attempts, in the database, so that they survive restarts and are the same for all
 * children. An attempt is counted before its password is looked at, and taken back when it was
 * right: so any number of guesses at once get no more tries than the same guesses in a row.
 *
 * Accounts are counted by the typed number, known or not, behind a keyed hash; sources as networks,
 * or as single addresses where PortalLobbyFrom holds them. `scope` keeps sign-in, lobby, links and
 * second factors apart, and from the lobby each lobby password.
 *
 * A known device (store/device.h) is a source of its own that only its own failures hold up: what
 * others try, and what its network did, costs it nothing. Its failures count at the account too.
 */
#ifndef PORTAL_STORE_THROTTLE_H
#define PORTAL_STORE_THROTTLE_H

#include "core/throttle.h"
#include "store/store.h"

typedef struct {
    const char
        *scope; /* signin, lobby, link, factor; visit is portal_throttle_guess()'s */
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

/*
 * The same where the secret behind a number is made anew for each visit. `id` is the secret's, or the
 * number again where there is none. Whether it may be compared goes by the tries at this very secret,
 * so that a new one is not held up by tries at those before; what is answered goes by all tries at the
 * number, which nobody sees fall when a new secret was made: an outsider is told the same about a number
 * that is not there.
 */
typedef struct {
    portal_throttle_verdict_t verdict; /* to be shown, unless the secret is right */
    apr_time_t until;                  /* of that wait */
    portal_throttle_verdict_t look;    /* GO: compare it; this try at it is counted */
} portal_throttle_guess_t;

apr_status_t portal_throttle_guess(portal_tx_t *tx, const portal_throttle_cost_t *cost,
                                   const portal_attempt_t *attempt, const char *id,
                                   portal_throttle_guess_t *guess);

/* The attempt was right: takes back its count, and forgives what failed at this account from this
 * source; failures from elsewhere stay. */
apr_status_t portal_throttle_succeeded(portal_tx_t *tx, const portal_attempt_t *attempt);

/* Forgives what failed at an account. Who can read the patient's mail has not yet given a second
 * factor; a new password says nothing about the lobby, where others could see it. */
typedef enum {
    PORTAL_LIFT_MAIL, /* mail has proved who it is: sign-in and links */
    PORTAL_LIFT_DESK, /* the desk has: second factors, too */
    PORTAL_LIFT_ALL   /* the desk says so: the lobby, too */
} portal_lift_t;

apr_status_t portal_throttle_lift(portal_tx_t *tx, const char *number,
                                  portal_lift_t what);

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

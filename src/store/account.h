/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens between a patient and the portal's door: signing in, signing out, choosing a new
 * password. Password hashes come in and go out; hashing itself happens between two acts, outside
 * any transaction.
 */
#ifndef PORTAL_STORE_ACCOUNT_H
#define PORTAL_STORE_ACCOUNT_H

#include "core/factor.h"
#include "core/session_table.h"
#include "store/store.h"
#include "store/throttle.h"

/* Why an account cannot be signed in to; for the audit alone, the page says one thing for all. */
typedef enum {
    PORTAL_ACCOUNT_USABLE,
    PORTAL_ACCOUNT_UNKNOWN,
    PORTAL_ACCOUNT_DISABLED,
    PORTAL_ACCOUNT_NOT_REGISTERED,
    PORTAL_ACCOUNT_EXPIRED /* the temporary password's time is over */
} portal_account_state_t;

/* First half of a sign-in: counted before anything is compared. */
typedef struct {
    /* in */
    const portal_throttle_cost_t *cost;
    const char *number_key; /* of the typed case number; "" when it cannot be one */
    const char *source;     /* network or address that penalties go by */
    const char *device;     /* hash of the browser's device (store/device.h); "" none */
    /* out */
    int known; /* it is the patient's: `source` is then the device */
    portal_throttle_verdict_t verdict;
    apr_time_t until;
    portal_account_state_t state;
    const char *binder_id; /* "" unless the number is a master case's */
    const char *hash;      /* "" unless usable: then compare with the decoy */
    const char
        *decoy; /* somebody's hash, the same one for this number; "" there is none */
    apr_int64_t pepper_key;
    int temporary;
} portal_signin_attempt_t;

apr_status_t portal_act_signin_attempt(portal_tx_t *tx, void *attempt);

/* The password was wrong, or there was none to compare with: writes down why. */
apr_status_t portal_act_signin_refused(portal_tx_t *tx, void *attempt);

/* Second half: the password was right. */
typedef struct {
    /* in */
    const portal_signin_attempt_t *attempt;
    const char *new_hash; /* with today's cost or key; NULL: keep the old one */
    apr_int64_t new_pepper_key;
    apr_interval_time_t lifetime;
    const char *address;  /* of the client */
    const char *agent;    /* its browser and system (core/agent.h) */
    const char *device;   /* to be known from now on; "" none */
    const char *replaces; /* hash of the session that the browser had; "" none */
    portal_factor_policy_t policy;
    /* out */
    int refused;              /* the account was changed or disabled meanwhile */
    portal_session_t session; /* its kind: see portal_factor_session */
    char token[44];           /* secret: wipe */
} portal_signin_t;

apr_status_t portal_act_signin(portal_tx_t *tx, void *signin);

/* Ends the session with that hash; baton is const portal_session_t *. */
apr_status_t portal_act_signout(portal_tx_t *tx, void *session);

/* What a new password must not be made of, and what the current one is. */
typedef struct {
    /* in */
    const char *binder_id;
    /* out; found is 0 when there is no such account */
    int found;
    const char *number_key, *number, *mrn, *family, *given, *birth_date, *email, *hash;
    apr_int64_t pepper_key;
    int temporary;
} portal_password_facts_t;

apr_status_t portal_act_password_facts(portal_tx_t *tx, void *facts);

/* The patient chose a new password while signed in: others are signed out, open links are void, a
 * new session replaces this one, and a notice is mailed. */
typedef struct {
    /* in */
    const portal_session_t *session;
    const char *old_hash; /* as it was when the page compared with it */
    const char *new_hash;
    apr_int64_t pepper_key;
    apr_interval_time_t lifetime;
    portal_attempt_t attempt; /* that was counted; after a temporary sign-in none was */
    const char *device;       /* to be known from now on; "" none */
    const char *agent;        /* browser and system (core/agent.h) */
    portal_factor_policy_t policy;
    /* out */
    int refused; /* the session ended or the password changed meanwhile */
    portal_session_t fresh;
    char token[44]; /* secret: wipe */
} portal_password_change_t;

apr_status_t portal_act_password_change(portal_tx_t *tx, void *change);

/* Counts an attempt at the current password like a sign-in; see portal_throttle_attempt. */
typedef struct {
    const portal_throttle_cost_t *cost;
    const char *number_key, *source, *binder_id, *device;
    const char *action; /* for which it is asked: of the audit row when it is not right */
    /* out */
    int known; /* see portal_signin_attempt_t */
    portal_throttle_verdict_t verdict;
    apr_time_t until;
} portal_current_attempt_t;

apr_status_t portal_act_current_attempt(portal_tx_t *tx, void *attempt);

/* It was wrong: writes that down. */
apr_status_t portal_act_current_refused(portal_tx_t *tx, void *attempt);

/* ---- parts of acts that others share ---- */

/* Makes sure that the binder has an account row. */
apr_status_t portal_account_ensure(portal_tx_t *tx, const char *binder_id);

/* The patient is in: what a whole sign-in leaves at the account, whose `undo` is given as it stands.
 * `device` is known from now on, unless the password is temporary; "" none. */
apr_status_t portal_account_entered(portal_tx_t *tx, const char *binder_id, int temporary,
                                    const char *undo, const char *device);

/* Voids a binder's open links: of one kind, or all when `kind` is NULL. */
apr_status_t portal_links_void(portal_tx_t *tx, const char *binder_id, const char *kind);

#endif

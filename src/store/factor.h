/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second factors of patients: the secret of an authenticator app, sealed, and recovery codes, of which
 * only hashes are kept. A factor that is being set up has a row too, and belongs to one session until it
 * is confirmed; it opens nothing before.
 *
 * Codes are counted like passwords, in a scope of their own (store/throttle.h), and each works once:
 * the counter of an app's last code only ever goes up, and a recovery code is deleted by its use.
 */
#ifndef PORTAL_STORE_FACTOR_H
#define PORTAL_STORE_FACTOR_H

#include "core/factor.h"
#include "core/passkey.h"
#include "core/totp.h"
#include "store/store.h"
#include "store/throttle.h"

typedef struct {
    const char *binder_id; /* in */
    int has;               /* out: there is one that works */
    apr_time_t since;      /* of the first; 0: none */
    apr_time_t app;        /* since when there is an app; 0: none */
    int passkeys;
    int codes; /* recovery codes left */
} portal_factor_state_t;

/* The act, and a part of others. */
apr_status_t portal_act_factor_state(portal_tx_t *tx, void *state);

/* ---- the second half of a sign-in ---- */

typedef enum {
    PORTAL_FACTOR_IN,
    PORTAL_FACTOR_WRONG,
    PORTAL_FACTOR_USED, /* right, but it has worked before */
    PORTAL_FACTOR_WAIT, /* nothing was looked at */
    PORTAL_FACTOR_STOPPED,
    PORTAL_FACTOR_GONE /* the sign-in is over: from the start */
} portal_factor_verdict_t;

typedef struct {
    /* in */
    const portal_session_t *half; /* the session that waits */
    portal_factor_policy_t policy;
    const portal_throttle_cost_t *cost;
    const char *source; /* network or address that penalties go by */
    const char
        *device; /* hash of the browser's device, to be known from now on; "" none */
    const char *agent;    /* browser and system (core/agent.h) */
    const char *code;     /* of an app (core/totp.h); "" none */
    const char *recovery; /* as it was typed; "" none */
    apr_interval_time_t lifetime;
    /* out */
    portal_factor_verdict_t verdict;
    apr_time_t until; /* of a wait */
    portal_session_t fresh;
    char token[44]; /* secret: wipe */
} portal_factor_check_t;

/* Counts the try, looks at the code, and signs in with another session in the place of `half`. A
 * recovery code is told to the patient by mail. APR_NOTFOUND: another answer to the same sign-in was
 * first, and nothing was written. */
apr_status_t portal_act_factor_check(portal_tx_t *tx, void *check);

/* ---- what a signed-in patient does, after the password was asked for again ---- */

typedef struct {
    /* in */
    const portal_session_t *session;
    portal_attempt_t attempt;    /* that was counted for the password */
    const char *kind;            /* totp, passkey */
    const unsigned char *secret; /* of an app; NULL: the browser makes it */
    /* out */
    int refused; /* the session is over */
} portal_factor_begin_t;

/* Keeps a factor until it is confirmed, in the place of one of its kind that was not. */
apr_status_t portal_act_factor_begin(portal_tx_t *tx, void *begin);

typedef struct {
    const portal_session_t *session; /* in */
    const char *kind;                /* in */
    const char *id; /* NULL: this session sets nothing up, or began too long ago */
    const unsigned char *secret; /* of an app; wiped with tx->pool */
} portal_factor_pending_t;

/* What this session is setting up. */
apr_status_t portal_act_factor_pending(portal_tx_t *tx, void *pending);

/* What setting up, removing and new recovery codes have in common. */
typedef struct {
    /* in */
    const portal_session_t *session;
    portal_attempt_t attempt; /* that was counted for the password; of confirm: none */
    const char *code;         /* of the app: confirm alone */
    const char *const *codes; /* PORTAL_FACTOR_CODES new recovery codes: not of remove */
    const char *once;         /* of the form; codes alone */
    const portal_passkey_site_t *site; /* these two of passkey_add alone */
    const portal_passkey_answer_t *answer;
    const char *id; /* of passkey_remove alone */
    const char *agent;
    apr_interval_time_t lifetime;
    /* out */
    int refused;    /* the session is over, or sets nothing up */
    int wrong;      /* the code is not the app's, or this is no passkey of ours */
    int again;      /* done before, with this `once`: codes alone */
    int gave_codes; /* passkey_add alone: there were none before */
    portal_session_t fresh;
    char token[44]; /* secret: wipe; not of codes */
} portal_factor_change_t;

/* The app works: from now on it is asked for, in the place of an earlier one, with new recovery codes.
 * The patient is signed out everywhere else and told by mail. */
apr_status_t portal_act_factor_confirm(portal_tx_t *tx, void *change);

/* No factor and no recovery code is left; others are signed out and a notice is mailed. */
apr_status_t portal_act_factor_remove(portal_tx_t *tx, void *change);

/* One more passkey; with the first factor come recovery codes. Others are signed out, a notice is
 * mailed. */
apr_status_t portal_act_passkey_add(portal_tx_t *tx, void *change);

/* One passkey less; with the last factor go the recovery codes. Refused too when it is not there. */
apr_status_t portal_act_passkey_remove(portal_tx_t *tx, void *change);

/* New recovery codes in the place of all earlier ones, and a notice by mail. */
apr_status_t portal_act_factor_codes(portal_tx_t *tx, void *change);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody may ask for at /register and /forgot with a case number and an e-mail address.
 *
 * Asking only writes down, sealed, what was typed: the same work whatever it was, so neither the
 * answer nor its time tells who is a patient here. A job looks at it right afterwards, in a
 * transaction of its own, and mails to the address in the record when both agree.
 */
#ifndef PORTAL_STORE_ASK_H
#define PORTAL_STORE_ASK_H

#include "core/throttle.h"
#include "store/store.h"

/* At most so many mails an hour go to one binder because somebody asked for them. */
#define PORTAL_ASK_MAILS 3

/* Somebody asks: counted and written down, no more. */
typedef struct {
    /* in */
    const portal_throttle_cost_t *cost;
    const char *source;     /* network or address that penalties go by; each ask counts */
    const char *kind;       /* register, forgot */
    const char *number_key; /* "" when what was typed cannot be one */
    const char *email_key;
    /* out */
    portal_throttle_verdict_t verdict;
    apr_time_t until;
} portal_ask_t;

apr_status_t portal_act_ask(portal_tx_t *tx, void *ask);

/* What registering by e-mail may do now. */
typedef enum {
    PORTAL_ASK_OPEN,    /* everybody with a binder may register */
    PORTAL_ASK_INVITED, /* a live invitation is repeated, nothing else */
    PORTAL_ASK_OFF
} portal_ask_policy_t;

/* The oldest ask, if there is one: looked at, answered and gone. The audit row names the visitor
 * who asked. */
typedef struct {
    /* in */
    portal_ask_policy_t policy;
    apr_interval_time_t expires; /* of a new link */
    /* out */
    const char *id; /* NULL: there was nothing to do */
} portal_ask_answer_t;

apr_status_t portal_act_ask_answer(portal_tx_t *tx, void *answer);

/* Is there one? For a read transaction; baton is int *. */
apr_status_t portal_act_ask_waits(portal_tx_t *tx, void *waits);

/* Throws the oldest one away: it could not be answered. */
apr_status_t portal_act_ask_drop(portal_tx_t *tx, void *unused);

#endif

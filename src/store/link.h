/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links that are mailed to patients: an invitation or a verification leads to /register/TOKEN, a
 * reset to /reset/TOKEN. A link has a row while it is open; used, void and expired ones have none
 * (or one whose time is over, until the job prunes it). Only the token's hash is in the row.
 *
 * What makes links void: portal_links_void (store/account.h) and each newer link, as told below.
 */
#ifndef PORTAL_STORE_LINK_H
#define PORTAL_STORE_LINK_H

#include "core/throttle.h"
#include "core/token.h"
#include "store/account.h"
#include "store/store.h"

/* Which kinds count as open; or-ed. A link of another kind is dead. */
enum { PORTAL_LINK_INVITATION = 1, PORTAL_LINK_VERIFICATION = 2, PORTAL_LINK_RESET = 4 };

typedef struct {
    const char *binder_id;
    const char *kind;   /* invitation, verification, reset */
    const char *origin; /* desk; outside: asked for at /register or /forgot by anybody */
    const char *mail;   /* kind of the mail that carries it; NULL: as `kind` */
    apr_time_t expires;
} portal_link_t;

/*
 * Makes a link and queues the mail that carries it, to the address of the binder's Patient Portal
 * tab. A link from the desk voids all earlier ones of the binder; one from outside only earlier
 * ones of its own kind from outside.
 * *queued is 0, and nothing has changed, when no mail can go out: no address, or no relay.
 */
apr_status_t portal_link_send(portal_tx_t *tx, const portal_link_t *link, int *queued);

/* Is this link open? */
typedef struct {
    /* in */
    const char *token_hash;
    int kinds;
    /* out */
    int open;
} portal_link_look_t;

apr_status_t portal_act_link_look(portal_tx_t *tx, void *look);

typedef enum {
    PORTAL_LINK_DEAD,  /* used, void, expired, never made, or the account is disabled */
    PORTAL_LINK_WAIT,  /* too many wrong numbers: not before `until`; 0: not any more */
    PORTAL_LINK_WRONG, /* not the number of this link's master case; it was counted */
    PORTAL_LINK_RIGHT
} portal_link_verdict_t;

/* First half of using a link: does the case number belong to it? Nothing is used up. Wrong numbers
 * are counted in the scope "link", by the account and by the network. */
typedef struct {
    /* in */
    const portal_throttle_cost_t *cost;
    const char *token_hash;
    int kinds;
    const char *number_key; /* of the typed case number; "" when it cannot be one */
    const char *source;     /* network or address that penalties go by */
    /* out */
    portal_link_verdict_t verdict;
    apr_time_t until;
    portal_password_facts_t
        facts; /* what a new password must not be made of; when RIGHT */
} portal_link_attempt_t;

apr_status_t portal_act_link_attempt(portal_tx_t *tx, void *attempt);

/* Second half: uses the link up and sets the password. Of any number of callers with the same
 * link, one gets through. All of the patient's sessions end, other links are void, failed attempts
 * are forgiven; who was registered already gets a notice. */
typedef struct {
    /* in */
    const portal_link_attempt_t *attempt;
    const char *new_hash;
    apr_int64_t pepper_key;
    const char
        *session; /* hash of the session that the browser had, which ends too; "" none */
    /* out */
    int refused; /* the link died meanwhile */
} portal_link_use_t;

apr_status_t portal_act_link_use(portal_tx_t *tx, void *use);

#endif

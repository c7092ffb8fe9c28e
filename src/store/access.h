/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Patient Portal tab of a binder: what it shows, and what saving it does besides. The acts
 * behind its menu are in register.h, lobby_password.h and invite.h.
 *
 * Everything that is read lives in the transaction's pool.
 */
#ifndef PORTAL_STORE_ACCESS_H
#define PORTAL_STORE_ACCESS_H

#include "store/factor.h"
#include "store/statement.h"
#include "store/throttle.h"

/* What keeps the desk from an act; the first reason in this order. */
typedef enum {
    PORTAL_DESK_DONE,
    PORTAL_DESK_AGAIN, /* the same `once` came before: nothing was done this time */
    PORTAL_DESK_NO_BINDER,
    PORTAL_DESK_DISABLED,  /* access is not enabled */
    PORTAL_DESK_NO_MASTER, /* no master case */
    PORTAL_DESK_NO_EMAIL,  /* the tab has no e-mail */
    PORTAL_DESK_NO_MAIL,   /* no mail can go out from here */
    PORTAL_DESK_POLICY,    /* the hospital's policy does not allow it */
    PORTAL_DESK_CLOSED,    /* the lobby is open to no network */
    PORTAL_DESK_NOTHING,   /* there is nothing to undo */
    PORTAL_DESK_NO_FACTOR  /* there is no second factor */
} portal_desk_verdict_t;

/* ---- looking at it ---- */

typedef struct {
    /* in */
    const char *binder_id;
    const portal_throttle_cost_t *cost;
    /* out; nothing else is set when found is 0 */
    int found;
    portal_row_tab_binder binder; /* version 0: the tab was never edited */
    portal_row_tab_cases *cases;
    int n_cases;
    const portal_row_tab_cases *master; /* one of the cases; NULL: none */
    portal_row_account_get account;     /* registration "none" when there is none yet */
    portal_row_tab_mail invitation;     /* the desk's last; state "" when there is none */
    int open_invitations;
    portal_row_tab_lobby lobby; /* expires 0: none */
    portal_throttle_state_t signin, at_code, at_lobby;
    portal_factor_state_t factor;
} portal_tab_t;

/* Reads all of the tab, and writes down that it was looked at (access.view): a write. */
apr_status_t portal_act_tab(portal_tx_t *tx, void *tab);

/* Does a case carry another person's name or birth date than its binder? */
int portal_tab_other_person(const portal_row_tab_binder *binder,
                            const portal_row_tab_cases *one);

/* The case with this id, or NULL. */
const portal_row_tab_cases *portal_tab_case(const portal_tab_t *tab, const char *case_id);

/* ---- saving it ---- */

typedef enum {
    PORTAL_ACCESS_SAVED,
    PORTAL_ACCESS_NO_BINDER,
    PORTAL_ACCESS_CONFLICT, /* somebody else saved meanwhile; `tab` has what is there now */
    PORTAL_ACCESS_FOREIGN, /* a case that is not of this binder: `field` says where */
    PORTAL_ACCESS_NO_MASTER, /* the master case was taken away, and no other one was chosen */
    PORTAL_ACCESS_MASTER_LEFT, /* the master case stays, but was taken from the selected ones */
    PORTAL_ACCESS_GUARD        /* a selected case of another person lacks its tick */
} portal_access_verdict_t;

typedef struct {
    /* in */
    portal_tab_t tab;           /* binder_id and cost are set; the rest is read */
    const char *master_case_id; /* "" none */
    const apr_array_header_t *selected, *confirmed; /* of case ids */
    const char *email, *email_key;
    int enabled;
    const char *comment;
    apr_int64_t version;
    /* out */
    portal_access_verdict_t verdict;
    const char *field;
} portal_access_save_t;

/*
 * Saves the fields, with all that follows from them: access disabled, e-mail changed, master case
 * changed, case deselected. A newly chosen master case becomes one of the selected. Refusals
 * write nothing but their audit row.
 */
apr_status_t portal_act_access_save(portal_tx_t *tx, void *save);

/* ---- too many tries ---- */

typedef struct {
    /* in */
    const char *binder_id;
    /* out */
    portal_desk_verdict_t verdict; /* DONE, NO_BINDER, NO_MASTER */
} portal_throttle_lift_t;

/* Forgives all failed tries at the master case's number. */
apr_status_t portal_act_throttle_lift(portal_tx_t *tx, void *lift);

/* ---- the second factor ---- */

typedef struct {
    /* in */
    const char *binder_id;
    /* out */
    portal_desk_verdict_t verdict; /* DONE, NO_BINDER, NO_FACTOR */
} portal_factor_reset_t;

/* The patient has lost it: the app and all recovery codes work no more, the patient is signed out,
 * failed tries are forgiven, and a notice is mailed. The password stays. */
apr_status_t portal_act_factor_reset(portal_tx_t *tx, void *reset);

/* ---- parts of acts that others share ---- */

/* Reads the tab as portal_act_tab does, as a part of another act: without an audit row. */
apr_status_t portal_tab_read(portal_tx_t *tx, portal_tab_t *tab);

/* An act of the menu, as it is asked for. */
typedef struct {
    const char *action, *binder_id;
    const char *once; /* of its form; "" none */
    int needs_email;
    portal_desk_verdict_t blocked; /* by the configuration; PORTAL_DESK_DONE: it is not */
} portal_desk_act_t;

/*
 * May the desk do this now? *row is the binder as it stands in this transaction. The verdict is
 * PORTAL_DESK_AGAIN when the act was done with the same `once` before; else `once` is used up now,
 * unless the verdict is a refusal. A refusal is in the audit trail when this returns.
 */
apr_status_t portal_desk_ready(portal_tx_t *tx, const portal_desk_act_t *act,
                               portal_row_tab_ready *row, portal_desk_verdict_t *verdict);

#endif

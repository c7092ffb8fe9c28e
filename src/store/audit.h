/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail (45 CFR 164.312(b), 170.315(d)(2)): one row for each act, written in the act's
 * own transaction, so that what cannot be recorded does not happen. Rows are only added; each is
 * chained to the one before by a keyed hash.
 *
 * Actions are dotted words:
 *   desk      find; binder.view .create .edit; case.view .create .edit; timeline.view; audit.view;
 *             access.view .edit .register .undo; lobby.password; invitation.send; throttle.lift;
 *             factor.reset;
 *             paperwork.assign .erase .erased .push.retry; outbox.view; mail.retry
 *   patient   signin, signin.password .code .recovery, signout; password.change;
 *             factor.set_up .remove .codes; signin.passkey; passkey.add .remove; register.ask .finish; reset.ask .finish
 *   lobby     lobby.start .finish
 *   others    import; export; database.init .migrate .backup .restore;
 *             secret.rotate; mail.sent; paperwork.push
 * Results are words: ok, refused, unknown (there is no such record), wait, stopped, disabled,
 * expired, conflict (another editor was first), taken (the number is another's), void, failed …
 * Each has a text audit.action.<action>, audit.result.<result> in the catalogues; one that has
 * none is shown as it is. Who adds an action adds its texts.
 */
#ifndef PORTAL_STORE_AUDIT_H
#define PORTAL_STORE_AUDIT_H

#include <jansson.h>

#include "store/store.h"

/* An act at all records at once. */
#define PORTAL_ALL_BINDERS "*"

typedef struct {
    const char *action;
    const char *binder_id; /* NULL: none; PORTAL_ALL_BINDERS */
    const char *case_id;   /* NULL: none */
    const char *result;    /* NULL: ok */
    json_t *detail; /* sealed; the reference is taken; NULL: none. No secrets in it. */
} portal_audit_t;

/* Adds a row for tx->actor at tx->now. */
apr_status_t portal_audit_add(portal_tx_t *tx, const portal_audit_t *row);

#define PORTAL_AUDIT(tx, ...) portal_audit_add(tx, &(portal_audit_t){__VA_ARGS__})

/* For a page of which each look is recorded but nothing else happens: one row, in a transaction of
 * its own. */
apr_status_t portal_audit_look(const portal_store_t *store, const portal_actor_t *actor,
                               apr_time_t now, const portal_audit_t *row,
                               apr_pool_t *pool);

/* Uses up a value of the form field "once". *fresh is 0 when it was used before: the act was done
 * already and is not done again. "" is always fresh (programs send none). */
apr_status_t portal_once_use(portal_tx_t *tx, const char *once, int *fresh);

#endif

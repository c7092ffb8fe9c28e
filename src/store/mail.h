/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails are queued in the transaction of their cause, so that there is a mail exactly where
 * something happened, and delivered later by a job. What a mail says is composed by whoever owns
 * the texts: the store's owner sets portal_store_t.compose. A queued mail is sealed; what becomes
 * of it is told in store/outbox.h.
 */
#ifndef PORTAL_STORE_MAIL_H
#define PORTAL_STORE_MAIL_H

#include "store/store.h"

/* What a mail is about; the composer finds the words. Strings live as long as the act. */
typedef struct portal_mail_facts_t {
    const char
        *kind; /* invitation, verification, registered, reset, password_changed … */
    const char *id;       /* of the mail, for its Message-ID */
    const char *address;  /* the binder's */
    const char *language; /* the binder's, "" when unknown */
    const char *token;    /* of the link, secret; NULL: no link */
    apr_time_t expires;   /* of the link; 0: none */
    apr_time_t now;
} portal_mail_facts_t;

/* Queues a mail to the address of the binder's Patient Portal tab. `origin` is desk, outside or
 * portal. `token` may be NULL. No address, or no composer or relay: nothing is queued, and *queued
 * is 0. */
apr_status_t portal_mail_queue(portal_tx_t *tx, const char *binder_id, const char *origin,
                               const portal_mail_facts_t *facts, int *queued);

/* A notice without a link; none where there is no address. */
apr_status_t portal_mail_notice(portal_tx_t *tx, const char *binder_id, const char *kind);

#endif

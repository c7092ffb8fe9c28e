/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the queue of mails: the deliverer claims one mail at a time, sends it outside
 * of any transaction, and writes down what became of it; the desk looks on. At least once: who
 * dies between sending and writing leaves a claim that runs out, and the same mail, with the same
 * Message-ID, goes out again.
 *
 * The content is kept until the mail is sent or its link is dead; of a failed one for some days
 * more, so that the desk can send it again.
 */
#ifndef PORTAL_STORE_OUTBOX_H
#define PORTAL_STORE_OUTBOX_H

#include "store/statement.h"

/* Is there anything to do? For a read transaction; baton is int *. */
apr_status_t portal_act_mail_due(portal_tx_t *tx, void *due);

/* One mail in the hands of a deliverer. */
typedef struct {
    /* in */
    apr_interval_time_t hold; /* how long the claim lasts */
    /* out */
    int found;
    const char *id, *claim, *binder_id, *kind;
    const char *payload;         /* what the composer made; wiped with the pool */
    apr_int64_t tries;           /* before this one */
    apr_time_t created, expires; /* expires: of its link; 0: it has none */
} portal_mail_claim_t;

/* Claims the mail that has been due for longest. Mails whose link was voided, used or has expired
 * meanwhile are given up on the way: nobody gets a link that is dead. */
apr_status_t portal_act_mail_claim(portal_tx_t *tx, void *claim);

typedef struct {
    const char *id, *claim, *binder_id, *kind;
    const char *state;   /* sent, failed; queued: to be tried again at next_try */
    const char *reason;  /* one word, "" when sent */
    int code;            /* of the relay's reply; 0: none */
    const char *words;   /* the relay's */
    apr_int64_t tries;   /* with this one */
    apr_time_t next_try; /* 0 unless queued */
} portal_mail_fate_t;

/* Writes down what became of a claimed mail, and its audit row when that is final. No error when
 * the claim has been lost. */
apr_status_t portal_act_mail_fate(portal_tx_t *tx, void *fate);

/* A page of the outbox, newest first; the look is audited. */
#define PORTAL_OUTBOX_PAGE 50
typedef struct {
    /* in */
    int page; /* from 1 */
    /* out */
    portal_row_mail_page *rows;
    int n;
    apr_int64_t total;
} portal_outbox_t;

apr_status_t portal_act_outbox(portal_tx_t *tx, void *outbox);

/* Those that wait or failed, oldest first, for the command line; the look is audited. */
typedef struct {
    /* in */
    int most; /* rows */
    /* out */
    portal_row_mail_unsent *rows;
    int n;
} portal_unsent_t;

apr_status_t portal_act_unsent(portal_tx_t *tx, void *unsent);

typedef enum {
    PORTAL_RETRY_OK,
    PORTAL_RETRY_UNKNOWN, /* no such mail */
    PORTAL_RETRY_DONE,    /* it is queued or sent: nothing to do */
    PORTAL_RETRY_DEAD     /* its link is dead, or its content is gone: send a new one */
} portal_retry_verdict_t;

/* Queues a failed mail once more, for now. */
typedef struct {
    const char *id;
    portal_retry_verdict_t verdict;
} portal_mail_retry_t;

apr_status_t portal_act_mail_retry(portal_tx_t *tx, void *retry);

#endif

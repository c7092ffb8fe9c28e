/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paperwork on its way to the hospital's own system (PortalExport). What the desk accepts, or files,
 * is queued in the same transaction, each number of a response once. The pusher claims one at a time,
 * sends it outside of any transaction, and writes down what became of it. At least once: who dies
 * between sending and writing leaves a claim that runs out, and the same Bundle, in which every entry
 * can be done twice without harm (core/fhir_bundle.h), is sent again. Numbers of one response go in
 * their order.
 *
 * A row holds nothing of the answers: they are read when they are sent, and are sealed until then.
 * Erasing paperwork takes what waits of it out of the queue.
 */
#ifndef PORTAL_STORE_PUSH_H
#define PORTAL_STORE_PUSH_H

#include "store/outbox.h"
#include "store/statement.h"

/* Part of an act: queues a response as it is now, unless that number was queued before. Nothing
 * happens where the store's `exports` is 0. */
apr_status_t portal_push_queue(portal_tx_t *tx, const char *response_id,
                               apr_int64_t number);

/* Is there anything to do? For a read transaction; baton is int *. */
apr_status_t portal_act_push_due(portal_tx_t *tx, void *due);

/* One response in the hands of the pusher. */
typedef struct {
    /* in */
    apr_interval_time_t hold; /* how long the claim lasts */
    const char *system;       /* of the mrn, see core/fhir_bundle.h; NULL: any */
    /* out */
    int found;
    const char *id, *claim, *binder_id, *case_id;
    const char *bundle; /* wiped with the pool */
    apr_int64_t tries;  /* before this one */
    apr_time_t created;
} portal_push_claim_t;

/* Claims the one that has been due for longest. One that cannot be read is given up on the way. */
apr_status_t portal_act_push_claim(portal_tx_t *tx, void *claim);

typedef struct {
    const char *id, *claim, *binder_id, *case_id;
    const char *state;  /* sent, failed; queued: to be tried again at next_try */
    const char *reason; /* one word, "" when sent */
    int code;           /* of HTTP; 0: none */
    const char *issue;  /* code of an OperationOutcome, "" */
    apr_int64_t tries;  /* with this one */
    apr_time_t next_try;
} portal_push_fate_t;

/* Writes down what became of it; when that is final with an audit row, paperwork.push. No error when
 * the claim has been lost, or the response erased. */
apr_status_t portal_act_push_fate(portal_tx_t *tx, void *fate);

#define PORTAL_PUSH_SHOWN 50

/* Those that wait or failed, then the latest that were sent. Audit: outbox.view. */
typedef struct {
    /* in */
    int most; /* rows */
    /* out */
    portal_row_push_page *rows;
    int n;
} portal_push_list_t;

apr_status_t portal_act_push_list(portal_tx_t *tx, void *list);

/* The same as part of an act, whose audit row it is. */
apr_status_t portal_push_list(portal_tx_t *tx, portal_push_list_t *list);

/* What became of a response with this number; state "": it is not to be sent. Part of an act. */
apr_status_t portal_push_of(portal_tx_t *tx, const char *response_id, apr_int64_t number,
                            portal_row_push_of *row);

/* Queues a failed one once more, for now. PORTAL_RETRY_DEAD: a later number of the response was sent.
 * Audit: paperwork.push.retry. */
apr_status_t portal_act_push_retry(portal_tx_t *tx,
                                   void *retry); /* portal_mail_retry_t * */

#endif

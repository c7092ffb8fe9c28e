/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of paperwork that came in. A response goes from new to reading when it is first
 * opened, then to accepted, and to filed, which takes it out of the queue. A question can be given
 * back with a note: the response is returned, and its assignment open again for that question
 * alone, until the patient sends it again. Then it is new once more, with a number one higher, and
 * what it was before stays in response_past.
 *
 * Question and note are sealed under PORTAL_KEY_ANSWERS in the place return:ID.
 */
#ifndef PORTAL_STORE_RETURNED_H
#define PORTAL_STORE_RETURNED_H

#include "store/statement.h"

/* A question that was given back. */
typedef struct {
    const char *link_id;
    const char *question; /* name of its field, such as a.3.1-2 */
    const char *note;     /* for the patient */
    const char *by;
    apr_time_t created, answered; /* answered 0: it waits */
} portal_returned_t;

/* Those of one response, the oldest first; all is in tx->pool. */
apr_status_t portal_returned_list(portal_tx_t *tx, const char *response_id,
                                  portal_returned_t **list, int *n);

typedef enum {
    PORTAL_HANDLE_OK,      /* also when it was done before */
    PORTAL_HANDLE_GONE,    /* there is no such paperwork */
    PORTAL_HANDLE_CHANGED, /* not sent, or sent again since it was looked at */
    PORTAL_HANDLE_CANNOT,  /* not from the state that it is in now */
    PORTAL_HANDLE_BEGUN    /* the patient is answering already */
} portal_handle_verdict_t;

typedef struct {
    /* in */
    const char *id;     /* of the assignment */
    apr_int64_t number; /* of the response that was looked at */
    const char *state;  /* to be: reading, accepted, filed; other words cannot be */
    /* out */
    portal_handle_verdict_t verdict;
} portal_paper_handle_t;

/* Accepts or files a response, or takes that (or what was returned) back. Audit: paperwork.accept,
 * .file, .reopen. */
apr_status_t portal_act_paper_handle(portal_tx_t *tx, void *handle);

typedef struct {
    /* in; the question is one of the form that was answered */
    const char *id;
    apr_int64_t number;
    const char *link_id, *question, *note;
    /* out */
    portal_handle_verdict_t verdict;
} portal_paper_return_t;

/* Gives one question back. Drafts that were left beside the response are removed, so that nobody
 * goes on with older answers. Audit: paperwork.return. */
apr_status_t portal_act_paper_return(portal_tx_t *tx, void *paper);

#endif

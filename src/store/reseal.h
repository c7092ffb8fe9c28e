/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another master key: what is sealed under older ones is sealed again under the current one, some
 * rows at a time, beside a serving httpd; and what older keys are still needed for.
 *
 * Sealed again: drafts, responses as they are and as they were, notes on returned questions,
 * signatures, waiting mails, requests for links, secrets of second factors, and what Undo Registration brings back. Never sealed again:
 * details of audit rows, which are part of the chain; password hashes, which only signing in can
 * make anew.
 */
#ifndef PORTAL_STORE_RESEAL_H
#define PORTAL_STORE_RESEAL_H

#include "store/store.h"

#define PORTAL_SEALED_TABLES 9

/* The act: seals some rows of one table again. Begin with table 0 and after ""; both move on by
 * themselves, until table is PORTAL_SEALED_TABLES. */
typedef struct {
    int table;         /* in and out */
    const char *after; /* in and out; in tx->pool */
    int most;          /* in: rows at once */
    int done;          /* out: sealed again */
    int left;          /* out: rows that do not open, and stay as they are */
    const char *left_table, *left_id; /* the last of these */
} portal_reseal_t;

apr_status_t portal_act_reseal(portal_tx_t *tx, void *reseal);

/* The act (it only reads): for what a key is needed. */
typedef struct {
    unsigned key; /* in */
    /* out: rows */
    apr_int64_t sealed;    /* that portal_act_reseal has yet to do, or cannot open */
    apr_int64_t passwords; /* hashes, also those that an undo would bring back */
    apr_int64_t lobbies;   /* lobby passwords that still open something */
    apr_int64_t audit_rows;
    apr_int64_t failures; /* counters that may have been kept under it */
    apr_time_t since;     /* when the current key was first used; 0: not yet */
} portal_key_uses_t;

apr_status_t portal_act_key_uses(portal_tx_t *tx, void *uses);

/* The act (it only reads): how many rows are sealed under any key (baton: apr_int64_t *). */
apr_status_t portal_act_sealed_rows(portal_tx_t *tx, void *rows);

/* ---- which keys a serving httpd has ---- */

/* The act: writes down that the httpd `where` (its host and port) has the keys of its store, in
 * the meta row "keys:WHERE"; the baton is a portal_serving_t with `where` alone. */
typedef struct {
    const char *where;
    const char *keys; /* ids, the current one first: "2,1" */
    apr_time_t at;    /* when that was written down */
} portal_serving_t;

apr_status_t portal_act_serving_note(portal_tx_t *tx, void *serving);

/* The act (it only reads): all of them. */
typedef struct {
    portal_serving_t *list;
    int n;
} portal_serving_list_t;

apr_status_t portal_act_serving_list(portal_tx_t *tx, void *list);

/* How often a serving httpd writes that down; one that has not for twice as long is gone. */
#define PORTAL_SERVING_EVERY apr_time_from_sec(3600)

#endif

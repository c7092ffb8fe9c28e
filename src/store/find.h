/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding binders by the words that store/search.h keeps. Only range queries on an index, so that
 * it stays quick with hundreds of thousands of binders. All results live in tx->pool.
 */
#ifndef PORTAL_STORE_FIND_H
#define PORTAL_STORE_FIND_H

#include "store/store.h"

#define PORTAL_FIND_MOST                                                                 \
    1000                    /* hits that are counted and shown; see portal_find_t.more */
#define PORTAL_FIND_WORDS 6 /* typed words that are looked for; the longest are taken */

typedef struct {
    const char *id, *number;
} portal_hit_case_t;

typedef struct {
    const char *id, *mrn, *family, *given, *birth_date;
    const portal_hit_case_t *cases; /* the newest first */
    int n_cases;
    int more_cases; /* beyond those in `cases` */
} portal_hit_t;

typedef struct {
    /* in */
    const char *typed; /* clean text */
    int page, size;    /* page from 1; one that is not there gives the first */
    /* out */
    portal_hit_t *hits; /* ordered by name */
    int n;              /* on this page */
    int total;          /* at most PORTAL_FIND_MOST */
    int more;           /* there are more than that, and they are not shown */
} portal_find_t;

/*
 * The act, for portal_store_read: the caller writes the audit row of a search (action find) before
 * it shows anything, in a transaction of its own, so that a search holds up no writer.
 *
 * A binder is a hit when each typed word begins one of its words, or when all that was typed,
 * written together, does: `CASE 30 940`, `o brien`.
 */
apr_status_t portal_act_find(portal_tx_t *tx, void *find);

#endif

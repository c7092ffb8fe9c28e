/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the audit trail at the desk: the timeline of one binder, and the list of everything.
 * Reading it is an act with an audit row of its own. All results live in tx->pool.
 */
#ifndef PORTAL_STORE_TRAIL_H
#define PORTAL_STORE_TRAIL_H

#include "store/statement.h"
#include "store/store.h"

typedef struct {
    apr_time_t at;
    const char *actor_kind, *actor, *source, *action, *result;
    const char *binder_id, *mrn, *family, *given; /* all "" when no binder is meant */
    const char *case_number;
} portal_trail_row_t;

/* One page of rows, the newest first. */
typedef struct {
    int page, size; /* in: page from 1; beyond the last one the last is given */
    portal_trail_row_t *rows;
    int n;
    apr_int64_t total;
} portal_trail_t;

typedef struct {
    const char *binder_id; /* in */
    int found;
    portal_row_binder_get binder;
    portal_trail_t trail;
} portal_timeline_t;

/* What happened to a binder (timeline.view). */
apr_status_t portal_act_timeline(portal_tx_t *tx, void *timeline);

typedef enum {
    PORTAL_TRAIL_NEWEST,
    PORTAL_TRAIL_OLDEST,
    PORTAL_TRAIL_WHAT,
    PORTAL_TRAIL_WHOM,
    PORTAL_TRAIL_WHO,
    PORTAL_TRAIL_OUTCOME,
    PORTAL_TRAIL_SORTS
} portal_trail_sort_t;

/* More rows than these are sorted by their time alone, for which there is an index. */
#define PORTAL_TRAIL_SORTED_MOST 100000

typedef struct {
    apr_time_t from, to;      /* in: from <= time < to */
    const char *mrn;          /* in: of one binder; "" of all */
    portal_trail_sort_t sort; /* in */
    int unknown_mrn;          /* there is no such binder, and so nothing was read */
    int too_many;             /* to be sorted so: nothing was read */
    const char *binder_id;    /* of one binder; "" of all */
    portal_trail_t trail;
} portal_audit_list_t;

/* The audit trail (audit.view; of one binder it is a look at that record). What sorts alike stands with the newest first. */
apr_status_t portal_act_audit_list(portal_tx_t *tx, void *list);

#endif

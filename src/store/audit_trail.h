/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the audit trail for a report, and going through all of it to see whether it is whole
 * (core/audit.h). Both read in pieces, so that a long trail does not stand in memory; each piece
 * is a transaction of its own, since rows are only ever added.
 */
#ifndef PORTAL_STORE_AUDIT_TRAIL_H
#define PORTAL_STORE_AUDIT_TRAIL_H

#include "core/audit.h"
#include "store/statement.h"

/* The act: some rows after `after`, in their order. The baton is a portal_audit_report_t. */
typedef struct {
    /* in */
    apr_int64_t after;       /* number of the row before; 0: from the first */
    apr_time_t since, until; /* from the first time on, before the second */
    const char *mrn;         /* of one binder; "" of all */
    int most;                /* rows at once */
    /* out */
    int found;             /* 0: there is no such binder */
    const char *binder_id; /* "" of all */
    portal_row_audit_report *rows;
    int n;
} portal_audit_report_t;

apr_status_t portal_audit_report(portal_tx_t *tx, void *report);

/* The detail of a row in clear, as JSON text in `pool`; "" when it has none, NULL when the keys do
 * not open it. */
const char *portal_audit_detail(const portal_keyring_t *keys, apr_int64_t seq,
                                const char *sealed, apr_pool_t *pool);

/* The act: goes through the trail from its first row to its head. The baton is a
 * portal_audit_check_t; the store needs all keys that were ever used. Rows that are added
 * meanwhile do not disturb: it is one read transaction. `progress` may be NULL. */
typedef struct {
    /* in */
    void (*progress)(void *baton, apr_int64_t done, apr_int64_t all);
    void *progress_baton;
    /* out */
    portal_audit_verdict_t verdict;
    apr_int64_t seq;       /* which row is wrong; 0: none */
    apr_int64_t rows;      /* that were looked at */
    apr_int64_t head;      /* the number of the last row, as the head has it */
    const char *head_link; /* worth keeping elsewhere: see core/audit.h */
} portal_audit_check_t;

apr_status_t portal_audit_check(portal_tx_t *tx, void *check);

/* How the end of the trail is written down elsewhere: these words, the number of its last row, the link behind
 * that row, and the proof that this portal says so (a log has words of strangers, too), with spaces between. */
#define PORTAL_AUDIT_ANCHOR "the audit trail ends with row "
#define PORTAL_AUDIT_LAST (-1)

typedef struct {
    apr_int64_t seq; /* in: which row, or PORTAL_AUDIT_LAST; out: which it was */
    int found;       /* out; 0: there is no such row, and no link */
    char link[PORTAL_MAC_SIZE], proof[PORTAL_MAC_SIZE];
} portal_audit_anchor_t;

/* The act: the link behind a row, which tells of that row and of all before it. Kept elsewhere it shows later
 * whether they are still there; it holds nothing of what they say. The baton is a portal_audit_anchor_t.
 * APR_NOTFOUND: the keys lack that of the row. */
apr_status_t portal_audit_anchor(portal_tx_t *tx, void *anchor);

typedef enum {
    PORTAL_ANCHOR_NONE,    /* the line holds nothing of the kind */
    PORTAL_ANCHOR_FOREIGN, /* it looks so, but was not written with one of the keys */
    PORTAL_ANCHOR_OURS
} portal_anchor_kind_t;

/* Reads what was written so, anywhere in a line. */
portal_anchor_kind_t portal_audit_anchor_read(portal_audit_anchor_t *anchor,
                                              const portal_keyring_t *keys,
                                              const char *line);

#endif

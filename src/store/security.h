/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What patients see of their own safety: where they are signed in, and who of the staff looked at or
 * changed their record (45 CFR 170.315(e)(1)(ii)). All results live in tx->pool.
 */
#ifndef PORTAL_STORE_SECURITY_H
#define PORTAL_STORE_SECURITY_H

#include "core/session_table.h"
#include "store/statement.h"
#include "store/store.h"

typedef struct {
    const char *binder_id; /* in */
    apr_time_t since;      /* in: those not seen since then are over */
    portal_row_session_list *rows;
    int n;
} portal_own_sessions_t;

/* The patient's own sessions that go on, the latest first; lobby sessions are the desk's matter. */
apr_status_t portal_act_own_sessions(portal_tx_t *tx, void *sessions);

typedef struct {
    const portal_session_t *session; /* in: the one that asks */
    const char *handle;              /* in: of the one to end; "" all but this one */
    int found;
} portal_end_session_t;

/* Signs the patient out elsewhere (session.end). */
apr_status_t portal_act_end_session(portal_tx_t *tx, void *end);

typedef struct {
    const char *binder_id; /* in */
    int page, size;        /* in: page from 1; beyond the last one the last is given */
    portal_row_looks *rows;
    int n;
    apr_int64_t total;
} portal_looks_t;

/* One page of what staff and command line did at this record, the newest first. */
apr_status_t portal_act_looks(portal_tx_t *tx, void *looks);

#endif

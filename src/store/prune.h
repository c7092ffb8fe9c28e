/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is over is cleared away: it has no effect any more, and nobody needs to keep it. The audit
 * trail and the fate of mails stay.
 */
#ifndef PORTAL_STORE_PRUNE_H
#define PORTAL_STORE_PRUNE_H

#include "store/store.h"

/* Deletes ended sessions and links, used values of `once`, counters of failures that are
 * forgotten, lobby passwords of yesterday and contents of mails that failed a week ago. An account
 * that was stopped stays so: only mail or the desk helps there, however long it takes. */
typedef struct {
    apr_interval_time_t idle; /* the longest time for which a session may do nothing */
    apr_int64_t stop;         /* failures that stop an account */
} portal_prune_t;

apr_status_t portal_act_prune(portal_tx_t *tx, void *prune);

/* The meta row session_epoch, "" when there is none; baton is const char **. */
apr_status_t portal_act_session_epoch(portal_tx_t *tx, void *epoch);

#endif

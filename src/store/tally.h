/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over the records, for those who watch the server: numbers alone. */
#ifndef PORTAL_STORE_TALLY_H
#define PORTAL_STORE_TALLY_H

#include "store/store.h"

typedef struct {
    apr_interval_time_t idle, lobby_idle;     /* in: what ends a session */
    apr_int64_t patients, must_change, lobby; /* sessions that are alive */
    apr_int64_t mails_waiting, mails_failed;
    apr_time_t oldest; /* when the oldest mail that waits was queued; 0: none */
    apr_int64_t exports_waiting, exports_failed;
    apr_time_t oldest_export; /* likewise of paperwork for PortalExport */
} portal_tally_t;

/* For a read transaction; baton is portal_tally_t *. */
apr_status_t portal_act_tally(portal_tx_t *tx, void *tally);

#endif

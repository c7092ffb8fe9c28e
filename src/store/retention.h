/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PortalPaperworkRetention: paperwork is erased (store/erase.h) when it has been kept for so long.
 * The time runs from the act that ended it at the desk, accepting or filing. What the desk has not
 * done with (new, being read, returned) is never erased by time: somebody has to read it first. A
 * draft, begun at home or in the lobby, is erased when it was last saved so long ago; the form that it
 * belongs to goes on waiting for the patient.
 */
#ifndef PORTAL_STORE_RETENTION_H
#define PORTAL_STORE_RETENTION_H

#include "store/statement.h"

/* When it is to be erased, 0: never. `state` and `handled_at` are those of the response. */
apr_time_t portal_retention_end(apr_interval_time_t keep, const char *state,
                                apr_time_t handled_at);

typedef struct {
    /* in */
    apr_interval_time_t keep;
    int most; /* of each kind in one transaction: others write, too */
    /* out */
    int more; /* there is more to be erased */
} portal_retention_t;

/* Erases what has been kept for long enough. Audit: paperwork.erase for each. */
apr_status_t portal_act_retention(portal_tx_t *tx, void *retention);

#define PORTAL_RETENTION_SHOWN 50

/* What is to be erased next. */
typedef struct portal_leaving_t {
    /* in */
    apr_interval_time_t keep;
    apr_interval_time_t ahead; /* from now on */
    /* out; the first to go first, at most PORTAL_RETENTION_SHOWN of each */
    portal_row_retention_responses *responses[2]; /* accepted, filed */
    int n_responses[2];
    portal_row_retention_drafts *drafts;
    int n_drafts;
} portal_leaving_t;

/* Reads it; its caller writes the audit row. */
apr_status_t portal_leaving_read(portal_tx_t *tx, portal_leaving_t *leaving);

#endif

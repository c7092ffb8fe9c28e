/* SPDX-License-Identifier: Apache-2.0 */
/* Send Portal Invitation: the link to register, mailed to the address of the tab. */
#ifndef PORTAL_STORE_INVITE_H
#define PORTAL_STORE_INVITE_H

#include "store/access.h"

typedef struct {
    /* in */
    const char *binder_id, *once;
    apr_interval_time_t lasts;
    portal_desk_verdict_t blocked; /* by the configuration; see portal_desk_act_t */
    /* out */
    portal_desk_verdict_t verdict;
} portal_invite_t;

/* Queues the mail, voids all earlier links and makes the status Invite, in one transaction. */
apr_status_t portal_act_invite(portal_tx_t *tx, void *invite);

#endif

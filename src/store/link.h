/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links that are mailed to patients: an invitation or a verification leads to /register/TOKEN, a
 * reset to /reset/TOKEN. A link has a row while it is open; used, void and expired ones have none
 * (or one whose time is over, until the job prunes it). Only the token's hash is in the row.
 *
 * What makes links void: portal_links_void (store/account.h) and each newer link, as told below.
 */
#ifndef PORTAL_STORE_LINK_H
#define PORTAL_STORE_LINK_H

#include "core/token.h"
#include "store/store.h"

typedef struct {
    const char *binder_id;
    const char *kind;   /* invitation, verification, reset */
    const char *origin; /* desk; outside: asked for at /register or /forgot by anybody */
    const char *mail;   /* kind of the mail that carries it; NULL: as `kind` */
    apr_time_t expires;
} portal_link_t;

/*
 * Makes a link and queues the mail that carries it, to the address of the binder's Patient Portal
 * tab. A link from the desk voids all earlier ones of the binder; one from outside only earlier
 * ones of its own kind from outside.
 * *queued is 0, and nothing has changed, when no mail can go out: no address, or no relay.
 */
apr_status_t portal_link_send(portal_tx_t *tx, const portal_link_t *link, int *queued);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Register Patient: a registration without proof of the mailbox, with a temporary password that
 * the desk hands over, and its undoing. What stood there before is kept, sealed, in the account's
 * `undo` until somebody signs in with the temporary password or sets another one.
 */
#ifndef PORTAL_STORE_REGISTER_H
#define PORTAL_STORE_REGISTER_H

#include "store/access.h"

typedef struct {
    /* in */
    const char *binder_id, *once;
    const char *hash; /* of the temporary password */
    apr_int64_t pepper_key;
    apr_interval_time_t lasts;
    /* out */
    portal_desk_verdict_t verdict;
    portal_row_tab_ready row; /* whose it is */
    apr_time_t expires;
} portal_register_t;

/*
 * Replaces the password by the temporary one: Forced Registration; the patient's sessions end,
 * open links are void, failed tries are forgiven. Done again before anybody used it, undoing still
 * leads back to what stood there before the first.
 */
apr_status_t portal_act_register(portal_tx_t *tx, void *what);

typedef struct {
    /* in */
    const char *binder_id;
    /* out */
    portal_desk_verdict_t verdict; /* DONE, NO_BINDER, NOTHING */
} portal_register_undo_t;

/* Undo Registration: registration and password are again as they were; sessions end. Access Enabled
 * and the invitation stay as they are. */
apr_status_t portal_act_register_undo(portal_tx_t *tx, void *undo);

#endif

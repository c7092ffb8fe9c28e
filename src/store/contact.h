/* SPDX-License-Identifier: Apache-2.0 */
/* The binder's side of contact details that a patient sent; it is written by portal_act_binder_edit. */
#ifndef PORTAL_STORE_CONTACT_H
#define PORTAL_STORE_CONTACT_H

#include "store/record.h"

typedef struct {
    /* in */
    const char *binder_id;
    /* out */
    portal_row_binder_get binder;
} portal_contact_kept_t;

/* Reads a binder beside paperwork that is being read. No audit row: reading that has one. */
apr_status_t portal_act_contact_kept(portal_tx_t *tx, void *kept);

#endif

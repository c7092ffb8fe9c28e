/* SPDX-License-Identifier: Apache-2.0 */
#include "store/contact.h"

apr_status_t portal_act_contact_kept(portal_tx_t *tx, void *baton)
{
    portal_contact_kept_t *kept = baton;
    return PORTAL_GET(binder_get, tx, &kept->binder, .id = kept->binder_id);
}

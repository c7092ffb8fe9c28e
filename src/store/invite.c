/* SPDX-License-Identifier: Apache-2.0 */
#include "store/account.h"
#include "store/audit.h"
#include "store/invite.h"
#include "store/link.h"

apr_status_t portal_act_invite(portal_tx_t *tx, void *baton)
{
    portal_invite_t *invite = baton;
    portal_desk_act_t act = {"invitation.send", invite->binder_id, invite->once, 1,
                             invite->blocked};
    portal_link_t link = {.binder_id = invite->binder_id,
                          .kind = "invitation",
                          .origin = "desk",
                          .expires = tx->now + invite->lasts};
    portal_row_tab_ready row;
    int queued = 0;
    apr_status_t rv = portal_desk_ready(tx, &act, &row, &invite->verdict);

    if (rv != APR_SUCCESS || invite->verdict != PORTAL_DESK_DONE)
        return rv;
    rv = portal_link_send(tx, &link, &queued);
    if (rv == APR_SUCCESS && !queued) {
        invite->verdict = PORTAL_DESK_NO_MAIL;
        return PORTAL_AUDIT(tx, .action = "invitation.send",
                            .binder_id = invite->binder_id, .result = "refused");
    }
    if (rv == APR_SUCCESS)
        rv = portal_account_ensure(tx, invite->binder_id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(account_invited, tx, NULL, .invited = 1,
                       .invitation_expires = link.expires, .updated = tx->now,
                       .binder_id = invite->binder_id);
    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "invitation.send",
                              .binder_id = invite->binder_id,
                              .detail = json_pack("{s:s}", "email", row.email))
               : rv;
}

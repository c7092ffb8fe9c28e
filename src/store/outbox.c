/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/seal.h"
#include "core/token.h"
#include "store/audit.h"
#include "store/outbox.h"

/* So many dead mails are cleared away in one transaction, at most. */
#define CLEARED 50

apr_status_t portal_act_mail_due(portal_tx_t *tx, void *baton)
{
    int *due = baton;
    portal_row_mail_due row;
    apr_status_t rv =
        PORTAL_GET(mail_due, tx, &row, .now = tx->now, .now_again = tx->now);

    *due = rv == APR_SUCCESS;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* Is the link that a mail carries still open? *expires is 0 where the mail has none. */
static apr_status_t link_is_open(portal_tx_t *tx, const char *hash, int *open,
                                 apr_time_t *expires)
{
    portal_row_link_get link;
    apr_status_t rv;

    *open = 1;
    *expires = 0;
    if (!*hash)
        return APR_SUCCESS;
    rv = PORTAL_GET(link_get, tx, &link, .token_hash = hash);
    *open = rv == APR_SUCCESS && link.expires > tx->now;
    *expires = *open ? link.expires : 0;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t record(portal_tx_t *tx, const portal_mail_fate_t *fate)
{
    return PORTAL_AUDIT(tx, .action = "mail.sent", .binder_id = fate->binder_id,
                        .result = !strcmp(fate->state, "sent") ? "ok" : "failed",
                        .detail = json_pack("{s:s, s:s, s:i, s:I}", "mail", fate->kind,
                                            "reason", fate->reason, "code", fate->code,
                                            "tries", (json_int_t)fate->tries));
}

apr_status_t portal_act_mail_fate(portal_tx_t *tx, void *baton)
{
    const portal_mail_fate_t *fate = baton;
    int sent = !strcmp(fate->state, "sent"), final = strcmp(fate->state, "queued") != 0,
        n = 0;
    apr_status_t rv =
        PORTAL_DO(mail_result, tx, &n, .state = fate->state, .tries = fate->tries,
                  .next_try = fate->next_try, .reply_code = fate->code,
                  .reply = fate->words, .reason = fate->reason,
                  .finished = final ? tx->now : 0, .id = fate->id, .claim = fate->claim);

    if (rv != APR_SUCCESS || n != 1 || !final)
        return rv;
    if (sent || !strcmp(fate->reason, "link"))
        rv = PORTAL_DO(mail_empty, tx, NULL, .id = fate->id);
    return rv == APR_SUCCESS ? record(tx, fate) : rv;
}

static apr_status_t give_up(portal_tx_t *tx, const portal_row_mail_due *row,
                            const char *claim, const char *reason)
{
    portal_mail_fate_t fate = {.id = row->id,
                               .claim = claim,
                               .binder_id = row->binder_id,
                               .kind = row->kind,
                               .state = "failed",
                               .reason = reason,
                               .words = "",
                               .tries = row->tries};
    return portal_act_mail_fate(tx, &fate);
}

static apr_status_t open_payload(portal_tx_t *tx, const portal_row_mail_due *row,
                                 const char **payload)
{
    portal_seal_t place = {tx->store->keys, PORTAL_KEY_MAIL,
                           apr_pstrcat(tx->pool, "mail:", row->id, NULL)};
    apr_size_t len;

    return portal_unseal(payload, &len, &place, row->sealed, tx->pool);
}

/* Takes one row; `found` remains 0 when it was given up, or somebody else was faster. */
static apr_status_t take(portal_tx_t *tx, portal_mail_claim_t *c,
                         const portal_row_mail_due *row)
{
    const char *claim = portal_id_make(tx->pool);
    int open, n = 0;
    apr_status_t rv =
        PORTAL_DO(mail_claim, tx, &n, .claim = claim, .claimed_until = tx->now + c->hold,
                  .id = row->id, .now = tx->now);

    if (rv == APR_SUCCESS)
        rv = link_is_open(tx, row->link_hash, &open, &c->expires);
    if (rv != APR_SUCCESS || n != 1)
        return rv;
    if (!open)
        return give_up(tx, row, claim, "link");
    if (open_payload(tx, row, &c->payload) != APR_SUCCESS)
        return give_up(tx, row, claim, "ours");
    c->found = 1;
    c->id = row->id;
    c->claim = claim;
    c->binder_id = row->binder_id;
    c->kind = row->kind;
    c->tries = row->tries;
    c->created = row->created;
    return APR_SUCCESS;
}

apr_status_t portal_act_mail_claim(portal_tx_t *tx, void *baton)
{
    portal_mail_claim_t *c = baton;
    portal_row_mail_due row;
    apr_status_t rv = APR_SUCCESS;

    c->found = 0;
    for (int i = 0; i < CLEARED && !c->found && rv == APR_SUCCESS; i++) {
        rv = PORTAL_GET(mail_due, tx, &row, .now = tx->now, .now_again = tx->now);
        if (rv == APR_SUCCESS)
            rv = take(tx, c, &row);
        else if (rv == APR_NOTFOUND)
            return APR_SUCCESS;
    }
    return rv;
}

/* ---- the desk ---- */

apr_status_t portal_act_outbox(portal_tx_t *tx, void *baton)
{
    portal_outbox_t *outbox = baton;
    portal_row_mail_count count;
    apr_status_t rv = PORTAL_GET(mail_count, tx, &count, .none_ = 0);

    if (rv == APR_SUCCESS)
        rv = PORTAL_LIST(mail_page, tx, &outbox->rows, &outbox->n,
                         .most = PORTAL_OUTBOX_PAGE,
                         .skip = (apr_int64_t)(outbox->page - 1) * PORTAL_OUTBOX_PAGE);
    outbox->total = count.total;
    return rv == APR_SUCCESS ? PORTAL_AUDIT(tx, .action = "outbox.view") : rv;
}

apr_status_t portal_act_unsent(portal_tx_t *tx, void *baton)
{
    portal_unsent_t *unsent = baton;
    apr_status_t rv =
        PORTAL_LIST(mail_unsent, tx, &unsent->rows, &unsent->n, .most = unsent->most);

    return rv == APR_SUCCESS ? PORTAL_AUDIT(tx, .action = "outbox.view") : rv;
}

static portal_retry_verdict_t verdict_of(const portal_row_mail_get *row, int open)
{
    if (strcmp(row->state, "failed"))
        return PORTAL_RETRY_DONE;
    return open && *row->sealed ? PORTAL_RETRY_OK : PORTAL_RETRY_DEAD;
}

apr_status_t portal_act_mail_retry(portal_tx_t *tx, void *baton)
{
    static const char *const results[] = {"ok", "unknown", "done", "dead"};
    portal_mail_retry_t *retry = baton;
    portal_row_mail_get row;
    apr_time_t expires;
    int open;
    apr_status_t rv = PORTAL_GET(mail_get, tx, &row, .id = retry->id);

    retry->verdict = PORTAL_RETRY_UNKNOWN;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    rv = link_is_open(tx, row.link_hash, &open, &expires);
    if (rv != APR_SUCCESS)
        return rv;
    retry->verdict = verdict_of(&row, open);
    if (retry->verdict == PORTAL_RETRY_OK)
        rv = PORTAL_DO(mail_again, tx, NULL, .next_try = tx->now, .id = retry->id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "mail.retry", .binder_id = row.binder_id,
                          .result = results[retry->verdict],
                          .detail = json_pack("{s:s}", "mail", row.kind));
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/seal.h"
#include "core/token.h"
#include "store/mail.h"
#include "store/statement.h"

static apr_status_t seal(portal_tx_t *tx, const char *id, const char *payload,
                         const char **sealed)
{
    portal_seal_t place = {tx->store->keys, PORTAL_KEY_MAIL,
                           apr_pstrcat(tx->pool, "mail:", id, NULL)};
    return portal_seal(sealed, &place, payload, strlen(payload), tx->pool);
}

static apr_status_t compose_and_insert(portal_tx_t *tx, const char *binder_id,
                                       const char *origin,
                                       const portal_mail_facts_t *facts, int *queued)
{
    const char *payload, *sealed;
    char hash[PORTAL_HASH_SIZE] = "";
    apr_status_t rv =
        tx->store->compose(tx->store->compose_baton, facts, &payload, tx->pool);

    if (rv == APR_ENOTIMPL)
        return APR_SUCCESS;
    if (facts->token)
        portal_token_hash(hash, facts->token);
    if (rv == APR_SUCCESS)
        rv = seal(tx, facts->id, payload, &sealed);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(mail_insert, tx, NULL, .id = facts->id, .binder_id = binder_id,
                       .kind = facts->kind, .origin = origin, .sealed = sealed,
                       .next_try = tx->now, .link_hash = hash, .created = tx->now);
    *queued = rv == APR_SUCCESS;
    return rv;
}

apr_status_t portal_mail_queue(portal_tx_t *tx, const char *binder_id, const char *origin,
                               const portal_mail_facts_t *what, int *queued)
{
    portal_mail_facts_t facts = *what;
    portal_row_mail_recipient to;
    apr_status_t rv = PORTAL_GET(mail_recipient, tx, &to, .binder_id = binder_id);

    *queued = 0;
    if (rv == APR_NOTFOUND || !tx->store->compose)
        return APR_SUCCESS;
    if (rv != APR_SUCCESS || !*to.email)
        return rv;
    facts.id = portal_id_make(tx->pool);
    facts.address = to.email;
    facts.language = to.language;
    facts.now = tx->now;
    return compose_and_insert(tx, binder_id, origin, &facts, queued);
}

apr_status_t portal_mail_notice(portal_tx_t *tx, const char *binder_id, const char *kind)
{
    portal_mail_facts_t facts = {.kind = kind};
    int queued;

    return portal_mail_queue(tx, binder_id, "portal", &facts, &queued);
}

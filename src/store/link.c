/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <string.h>

#include "store/account.h"
#include "store/link.h"
#include "store/mail.h"
#include "store/statement.h"

static apr_status_t void_earlier(portal_tx_t *tx, const portal_link_t *link)
{
    if (!strcmp(link->origin, "desk"))
        return portal_links_void(tx, link->binder_id, NULL);
    return PORTAL_DO(link_void_origin, tx, NULL, .binder_id = link->binder_id,
                     .kind = link->kind, .origin = link->origin);
}

static apr_status_t insert(portal_tx_t *tx, const portal_link_t *link, const char *token)
{
    char hash[PORTAL_HASH_SIZE];

    portal_token_hash(hash, token);
    return PORTAL_DO(link_insert, tx, NULL, .token_hash = hash, .binder_id = link->binder_id,
                     .kind = link->kind, .origin = link->origin, .expires = link->expires,
                     .created = tx->now);
}

apr_status_t portal_link_send(portal_tx_t *tx, const portal_link_t *link, int *queued)
{
    char token[PORTAL_TOKEN_SIZE];
    portal_mail_facts_t facts = {.kind = link->mail ? link->mail : link->kind,
                                 .token = token,
                                 .expires = link->expires};
    apr_status_t rv;

    portal_token_make(token);
    rv = portal_mail_queue(tx, link->binder_id, link->origin, &facts, queued);
    if (rv == APR_SUCCESS && *queued)
        rv = void_earlier(tx, link);
    if (rv == APR_SUCCESS && *queued)
        rv = insert(tx, link, token);
    sodium_memzero(token, sizeof(token));
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/audit.h"
#include "core/seal.h"
#include "core/token.h"
#include "store/audit.h"
#include "store/statement.h"

#define HEAD 1

static apr_status_t seal_detail(portal_tx_t *tx, apr_int64_t seq, json_t *detail,
                                const char **sealed)
{
    char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;
    portal_seal_t place = {tx->store->keys, PORTAL_KEY_AUDIT_DETAIL,
                           apr_psprintf(tx->pool, "audit:%" APR_INT64_T_FMT, seq)};
    apr_status_t rv;

    *sealed = "";
    json_decref(detail);
    if (!text)
        return APR_SUCCESS;
    rv = portal_seal(sealed, &place, text, strlen(text), tx->pool);
    free(text);
    return rv;
}

static apr_status_t insert(portal_tx_t *tx, const portal_audit_row_t *row,
                           unsigned key_id, const char *mac)
{
    return PORTAL_DO(audit_insert, tx, NULL, .seq = row->seq, .at = row->at,
                     .request = row->request, .actor_kind = row->actor_kind,
                     .actor = row->actor, .source = row->source, .action = row->action,
                     .binder_id = row->binder_id, .case_id = row->case_id,
                     .result = row->result, .detail = row->detail,
                     .key_id = (apr_int64_t)key_id, .mac = mac);
}

apr_status_t portal_audit_add(portal_tx_t *tx, const portal_audit_t *what)
{
    unsigned key_id = portal_keyring_current(tx->store->keys);
    portal_row_audit_head head;
    portal_audit_row_t row;
    char mac[PORTAL_MAC_SIZE], link[PORTAL_MAC_SIZE];
    apr_status_t rv = PORTAL_GET(audit_head, tx, &head, .id = HEAD);

    if (rv != APR_SUCCESS) {
        json_decref(what->detail);
        return rv == APR_NOTFOUND ? APR_EGENERAL : rv;
    }
    row = (portal_audit_row_t){
        .seq = head.seq + 1,
        .at = tx->now,
        .request = tx->actor->request,
        .actor_kind = tx->actor->kind,
        .actor = tx->actor->name,
        .source = tx->actor->source,
        .action = what->action,
        .binder_id = what->binder_id ? what->binder_id : "",
        .case_id = what->case_id ? what->case_id : "",
        .result = what->result ? what->result : "ok",
    };
    rv = seal_detail(tx, row.seq, what->detail, &row.detail);
    if (rv == APR_SUCCESS)
        rv = portal_audit_mac(mac, tx->store->keys, key_id, head.mac, &row);
    if (rv == APR_SUCCESS)
        rv = insert(tx, &row, key_id, mac);
    if (rv == APR_SUCCESS)
        rv = portal_audit_link(link, tx->store->keys, key_id, mac);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(audit_head_update, tx, NULL, .seq = row.seq, .mac = link,
                       .id = HEAD);
    if (rv == APR_SUCCESS)
        portal_tx_audited(tx, row.action, row.result);
    return rv;
}

/* May be run twice, and each time the row takes a reference of the detail. */
static apr_status_t look(portal_tx_t *tx, void *baton)
{
    const portal_audit_t *row = baton;
    json_incref(row->detail);
    return portal_audit_add(tx, row);
}

apr_status_t portal_audit_look(const portal_store_t *store, const portal_actor_t *actor,
                               apr_time_t now, const portal_audit_t *row,
                               apr_pool_t *pool)
{
    apr_status_t rv = portal_store_write(store, actor, now, look, (void *)row, pool);
    json_decref(row->detail);
    return rv;
}

apr_status_t portal_once_use(portal_tx_t *tx, const char *once, int *fresh)
{
    char hash[PORTAL_HASH_SIZE];
    int n = 0;
    apr_status_t rv;

    *fresh = 1;
    if (!*once)
        return APR_SUCCESS;
    portal_token_hash(hash, once);
    rv = PORTAL_DO(once_insert, tx, &n, .id = hash, .created = tx->now, .id_again = hash);
    *fresh = n == 1;
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <sodium.h>
#include <string.h>

#include "core/token.h"
#include "store/audit.h"
#include "store/lobby_password.h"
#include "store/session.h"

apr_status_t portal_lobby_code_mac(char out[PORTAL_MAC_SIZE],
                                   const portal_keyring_t *keys, unsigned key_id,
                                   const char *lobby_id, const char *digits)
{
    char text[PORTAL_ID_LENGTH + 16];
    int len = apr_snprintf(text, sizeof(text), "%s:%s", lobby_id, digits);
    apr_status_t rv =
        portal_keyring_mac(out, keys, PORTAL_KEY_LOBBY, key_id, text, (apr_size_t)len);

    sodium_memzero(text, sizeof(text));
    return rv;
}

apr_status_t portal_lobby_void(portal_tx_t *tx, const char *binder_id)
{
    return PORTAL_DO(lobby_void, tx, NULL, .binder_id = binder_id);
}

static apr_status_t insert(portal_tx_t *tx, const portal_lobby_make_t *make)
{
    unsigned key_id = portal_keyring_current(tx->store->keys);
    const char *id = portal_id_make(tx->pool);
    char mac[PORTAL_MAC_SIZE];
    apr_status_t rv =
        portal_lobby_code_mac(mac, tx->store->keys, key_id, id, make->digits);

    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_DO(lobby_insert, tx, NULL, .binder_id = make->binder_id, .id = id,
                     .code_mac = mac, .key_id = (apr_int64_t)key_id,
                     .expires = make->expires, .made_by = tx->actor->name,
                     .created = tx->now);
}

apr_status_t portal_act_lobby_make(portal_tx_t *tx, void *baton)
{
    portal_lobby_make_t *make = baton;
    portal_desk_act_t act = {"lobby.password", make->binder_id, make->once, 0,
                             make->blocked};
    apr_status_t rv = portal_desk_ready(tx, &act, &make->row, &make->verdict);

    if (rv != APR_SUCCESS || make->verdict != PORTAL_DESK_DONE)
        return rv;
    make->expires = tx->now + make->lasts;
    rv = portal_lobby_void(tx, make->binder_id);
    if (rv == APR_SUCCESS)
        rv = insert(tx, make);
    if (rv == APR_SUCCESS)
        rv = portal_session_end_all(tx, make->binder_id, PORTAL_END_LOBBY, "");
    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_AUDIT(tx, .action = "lobby.password", .binder_id = make->binder_id,
                        .detail = json_pack("{s:s}", "case_number", make->row.number));
}

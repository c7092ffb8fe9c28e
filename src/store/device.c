/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "store/device.h"

#include "store/statement.h"

apr_status_t portal_device_known(portal_tx_t *tx, const char *binder_id,
                                 const char *token_hash, int *known)
{
    portal_row_device_get row;
    apr_status_t rv;

    *known = 0;
    if (!*binder_id || !*token_hash)
        return APR_SUCCESS;
    rv = PORTAL_GET(device_get, tx, &row, .token_hash = token_hash,
                    .binder_id = binder_id);
    *known = rv == APR_SUCCESS && row.seen > tx->now - PORTAL_DEVICE_KEPT;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_device_place(portal_tx_t *tx, const char *binder_id,
                                 const char *token_hash, int *known, const char **source)
{
    apr_status_t rv = portal_device_known(tx, binder_id, token_hash, known);

    if (rv == APR_SUCCESS && *known)
        *source = apr_psprintf(tx->pool, "device %.40s", token_hash);
    return rv;
}

/* Those beyond the limit, the longest unused first. */
static apr_status_t make_room(portal_tx_t *tx, const char *binder_id)
{
    portal_row_device_nth nth;
    apr_status_t rv = PORTAL_GET(device_nth, tx, &nth, .binder_id = binder_id,
                                 .skip = PORTAL_DEVICES_MAX - 1);

    if (rv == APR_SUCCESS)
        return PORTAL_DO(device_delete_older, tx, NULL, .binder_id = binder_id,
                         .seen = nth.seen);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_device_remember(portal_tx_t *tx, const char *binder_id,
                                    const char *token_hash)
{
    int n = 0;
    apr_status_t rv = PORTAL_DO(device_seen, tx, &n, .seen = tx->now,
                                .token_hash = token_hash, .binder_id = binder_id);

    if (rv != APR_SUCCESS || n > 0)
        return rv;
    rv = PORTAL_DO(device_insert, tx, NULL, .token_hash = token_hash,
                   .binder_id = binder_id, .created = tx->now, .seen = tx->now);
    return rv == APR_SUCCESS ? make_room(tx, binder_id) : rv;
}

apr_status_t portal_device_forget_all(portal_tx_t *tx, const char *binder_id)
{
    return PORTAL_DO(device_delete_all, tx, NULL, .binder_id = binder_id);
}

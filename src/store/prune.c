/* SPDX-License-Identifier: Apache-2.0 */
#include "core/factor.h"
#include "store/device.h"
#include "store/prune.h"
#include "store/statement.h"

#define DAYS(n) apr_time_from_sec((n)*86400)

#define ONCE_KEPT DAYS(2)
#define FAILURES_KEPT DAYS(30)
/* A network's count is halved 24 times by then, and no lobby password lives longer (config.def). */
#define SOON DAYS(1)
#define LOBBY_KEPT DAYS(1)
#define FAILED_MAIL_KEPT DAYS(7)

apr_status_t portal_act_prune(portal_tx_t *tx, void *baton)
{
    const portal_prune_t *prune = baton;
    apr_time_t now = tx->now;
    apr_status_t rv = PORTAL_DO(session_delete_old, tx, NULL, .now = now);

    /* rows lag behind the copies in memory, by a part of the idle limit */
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(session_delete_idle, tx, NULL, .before = now - 2 * prune->idle);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(link_delete_old, tx, NULL, .now = now);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(once_delete_old, tx, NULL, .before = now - ONCE_KEPT);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(throttle_delete_old, tx, NULL, .before = now - FAILURES_KEPT,
                       .stop = prune->stop);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(throttle_delete_soon, tx, NULL, .before = now - SOON);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(device_delete_old, tx, NULL, .before = now - PORTAL_DEVICE_KEPT);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(factor_delete_old, tx, NULL, .before = now - PORTAL_FACTOR_SET_UP);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(lobby_delete_old, tx, NULL, .before = now - LOBBY_KEPT,
                       .before_again = now - LOBBY_KEPT);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(mail_empty_old, tx, NULL, .before = now - FAILED_MAIL_KEPT);
    return rv;
}

apr_status_t portal_act_session_epoch(portal_tx_t *tx, void *baton)
{
    const char **epoch = baton;
    portal_row_meta_get row;
    apr_status_t rv = PORTAL_GET(meta_get, tx, &row, .name = "session_epoch");

    *epoch = rv == APR_SUCCESS ? row.value : "";
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

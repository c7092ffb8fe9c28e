/* SPDX-License-Identifier: Apache-2.0 */
#include "store/statement.h"
#include "store/tally.h"

static apr_status_t sessions(portal_tx_t *tx, const char *kind, apr_interval_time_t idle,
                             apr_int64_t *alive)
{
    portal_row_tally_sessions row;
    apr_status_t rv = PORTAL_GET(tally_sessions, tx, &row, .kind = kind,
                                 .since = tx->now - idle, .now = tx->now);

    *alive = row.alive;
    return rv;
}

apr_status_t portal_act_tally(portal_tx_t *tx, void *baton)
{
    portal_tally_t *t = baton;
    portal_row_tally_mail mail;
    portal_row_tally_exports exports;
    apr_status_t rv = sessions(tx, "patient", t->idle, &t->patients);

    if (rv == APR_SUCCESS)
        rv = sessions(tx, "must_change", t->idle, &t->must_change);
    if (rv == APR_SUCCESS)
        rv = sessions(tx, "lobby", t->lobby_idle, &t->lobby);
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(tally_mail, tx, &mail, .none_ = 0);
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(tally_exports, tx, &exports, .none_ = 0);
    if (rv != APR_SUCCESS)
        return rv;
    t->exports_waiting = exports.waiting;
    t->exports_failed = exports.failed;
    t->oldest_export = exports.oldest;
    t->mails_waiting = mail.waiting;
    t->mails_failed = mail.failed;
    t->oldest = mail.oldest;
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"
#include "store/guessing.h"
#include "store/statement.h"

#define ACTION "signin.guessing"

apr_status_t portal_act_guessing(portal_tx_t *tx, void *baton)
{
    portal_guessing_t *g = baton;
    apr_time_t since = tx->now - PORTAL_GUESSING_WITHIN;
    portal_row_guessing row;
    apr_status_t rv = PORTAL_GET(guessing, tx, &row, .since = since,
                                 .since_network = since, .since_signin = since);

    g->numbers = row.numbers;
    g->networks = row.networks;
    g->signed_in = row.signed_in;
    g->many = g->numbers >= PORTAL_GUESSING_NUMBERS && g->numbers > g->signed_in;
    return rv;
}

apr_status_t portal_act_guessing_tell(portal_tx_t *tx, void *baton)
{
    portal_guessing_t *g = baton;
    portal_row_audit_since row;
    apr_status_t rv = PORTAL_GET(audit_since, tx, &row, .action = ACTION,
                                 .since = tx->now - PORTAL_GUESSING_SILENT);

    g->told = rv == APR_SUCCESS && !row.n;
    if (!g->told)
        return rv;
    return PORTAL_AUDIT(tx, .action = ACTION,
                        .detail = json_pack("{s:I, s:I, s:I}", "numbers",
                                            (json_int_t)g->numbers, "networks",
                                            (json_int_t)g->networks, "signed_in",
                                            (json_int_t)g->signed_in));
}

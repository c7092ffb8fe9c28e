/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/erase.h"
#include "store/retention.h"

static const char *const states[2] = {"accepted", "filed"};

apr_time_t portal_retention_end(apr_interval_time_t keep, const char *state,
                                apr_time_t handled_at)
{
    if (!keep || (strcmp(state, states[0]) && strcmp(state, states[1])))
        return 0;
    return handled_at + keep;
}

static apr_status_t erase_responses(portal_tx_t *tx, const char *state,
                                    portal_retention_t *r)
{
    portal_row_retention_responses *rows;
    int n;
    apr_status_t rv = PORTAL_LIST(retention_responses, tx, &rows, &n, .state = state,
                                  .before = tx->now - r->keep, .most = r->most);

    if (rv != APR_SUCCESS)
        return rv;
    if (n == r->most)
        r->more = 1;
    for (int i = 0; i < n && rv == APR_SUCCESS; i++)
        rv = portal_erase_kept(tx, rows[i].id);
    return rv;
}

static apr_status_t erase_drafts(portal_tx_t *tx, portal_retention_t *r)
{
    portal_row_retention_drafts *rows;
    int n;
    apr_status_t rv = PORTAL_LIST(retention_drafts, tx, &rows, &n,
                                  .before = tx->now - r->keep, .most = r->most);

    if (rv != APR_SUCCESS)
        return rv;
    if (n == r->most)
        r->more = 1;
    for (int i = 0; i < n && rv == APR_SUCCESS; i++)
        rv = portal_erase_draft(tx, &rows[i]);
    return rv;
}

apr_status_t portal_act_retention(portal_tx_t *tx, void *baton)
{
    portal_retention_t *r = baton;
    apr_status_t rv = APR_SUCCESS;

    r->more = 0;
    for (int i = 0; i < 2 && rv == APR_SUCCESS; i++)
        rv = erase_responses(tx, states[i], r);
    return rv == APR_SUCCESS ? erase_drafts(tx, r) : rv;
}

apr_status_t portal_leaving_read(portal_tx_t *tx, portal_leaving_t *l)
{
    apr_time_t before = tx->now + l->ahead - l->keep;
    apr_status_t rv = APR_SUCCESS;

    l->n_responses[0] = l->n_responses[1] = l->n_drafts = 0;
    if (!l->keep)
        return APR_SUCCESS;
    for (int i = 0; i < 2 && rv == APR_SUCCESS; i++)
        rv = PORTAL_LIST(retention_responses, tx, &l->responses[i], &l->n_responses[i],
                         .state = states[i], .before = before,
                         .most = PORTAL_RETENTION_SHOWN);
    if (rv == APR_SUCCESS)
        rv = PORTAL_LIST(retention_drafts, tx, &l->drafts, &l->n_drafts, .before = before,
                         .most = PORTAL_RETENTION_SHOWN);
    return rv;
}

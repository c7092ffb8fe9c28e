/* SPDX-License-Identifier: Apache-2.0 */
#include "store/security.h"

#include "store/audit.h"
#include "store/session.h"

apr_status_t portal_act_own_sessions(portal_tx_t *tx, void *baton)
{
    portal_own_sessions_t *own = baton;

    return PORTAL_LIST(session_list, tx, &own->rows, &own->n, .binder_id = own->binder_id,
                       .now = tx->now, .since = own->since);
}

apr_status_t portal_act_end_session(portal_tx_t *tx, void *baton)
{
    portal_end_session_t *end = baton;
    const char *binder = end->session->binder_id;
    portal_row_session_of_handle row;
    apr_status_t rv;

    end->found = 1;
    if (!*end->handle) {
        rv = portal_session_end_all(tx, binder, PORTAL_END_PATIENT,
                                    end->session->token_hash);
    } else {
        rv = PORTAL_GET(session_of_handle, tx, &row, .handle = end->handle,
                        .binder_id = binder);
        end->found = rv == APR_SUCCESS;
        if (rv == APR_NOTFOUND)
            return APR_SUCCESS;
        if (rv == APR_SUCCESS)
            rv = portal_session_end(tx, row.token_hash);
    }
    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(tx, .action = "session.end", .binder_id = binder)
               : rv;
}

apr_status_t portal_act_looks(portal_tx_t *tx, void *baton)
{
    portal_looks_t *looks = baton;
    portal_row_looks_count count;
    apr_int64_t last;
    apr_status_t rv = PORTAL_GET(looks_count, tx, &count, .binder_id = looks->binder_id,
                                 .same = looks->binder_id);

    if (rv != APR_SUCCESS)
        return rv;
    looks->total = count.n;
    last = (count.n + looks->size - 1) / looks->size;
    if (looks->page > last)
        looks->page = (int)last;
    if (looks->page < 1)
        looks->page = 1;
    return PORTAL_LIST(looks, tx, &looks->rows, &looks->n, .binder_id = looks->binder_id,
                       .same = looks->binder_id, .size = looks->size,
                       .skip = (apr_int64_t)(looks->page - 1) * looks->size);
}

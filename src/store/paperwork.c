/* SPDX-License-Identifier: Apache-2.0 */
#include "core/token.h"
#include "store/audit.h"
#include "store/paperwork.h"
#include "store/statement.h"

apr_status_t portal_paperwork_assign(portal_tx_t *tx, const char *binder_id, const char *case_id,
                                     const apr_array_header_t *forms, int *assigned)
{
    json_t *names = json_array();
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; forms && i < forms->nelts && rv == APR_SUCCESS; i++) {
        const char *form = APR_ARRAY_IDX(forms, i, const char *);
        int n = 0;
        rv = PORTAL_DO(assignment_insert, tx, &n, .id = portal_id_make(tx->pool),
                       .binder_id = binder_id, .case_id = case_id, .form = form,
                       .created_by = tx->actor->name, .created = tx->now, .case_again = case_id,
                       .form_again = form);
        if (n)
            json_array_append_new(names, json_string(form));
    }
    if (assigned)
        *assigned = (int)json_array_size(names);
    if (rv == APR_SUCCESS && json_array_size(names))
        rv = PORTAL_AUDIT(tx, .action = "paperwork.assign", .binder_id = binder_id,
                          .case_id = case_id, .detail = json_pack("{s:O}", "forms", names));
    json_decref(names);
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/home.h"

apr_status_t portal_act_home(portal_tx_t *tx, void *baton)
{
    portal_home_t *home = baton;
    return PORTAL_LIST(selected_cases, tx, &home->cases, &home->n_cases,
                       .binder_id = home->binder_id);
}

apr_status_t portal_act_home_case(portal_tx_t *tx, void *baton)
{
    portal_home_case_t *one = baton;
    apr_status_t rv = PORTAL_GET(selected_case, tx, &one->row,
                                 .binder_id = one->binder_id, .case_id = one->case_id);

    one->found = rv == APR_SUCCESS;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_home_person(portal_tx_t *tx, void *baton)
{
    portal_home_person_t *one = baton;
    portal_row_binder_get row;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &row, .id = one->binder_id);

    one->found = rv == APR_SUCCESS;
    one->person = portal_record_empty;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    one->updated = row.updated;
    one->person.mrn = row.mrn;
    one->person.family = row.family;
    one->person.given = row.given;
    one->person.birth_date = row.birth_date;
    one->person.email = row.email;
    one->person.phone = row.phone;
    one->person.language = row.language;
    return APR_SUCCESS;
}

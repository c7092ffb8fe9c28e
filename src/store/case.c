/* SPDX-License-Identifier: Apache-2.0 */
/* The acts on cases; see record.h. */
#include <string.h>

#include "core/token.h"
#include "store/audit.h"
#include "store/paperwork.h"
#include "store/record.h"
#include "store/search.h"

apr_status_t portal_act_case_view(portal_tx_t *tx, void *baton)
{
    portal_case_look_t *look = baton;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &look->binder, .id = look->binder_id);

    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(case_get, tx, &look->one, .id = look->case_id,
                        .binder_id = look->binder_id);
    look->found = rv == APR_SUCCESS;
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    return PORTAL_AUDIT(tx, .action = "case.view", .binder_id = look->binder_id,
                        .case_id = look->case_id,
                        .result = look->found ? "ok" : "unknown");
}

/* Is this number another case's, anywhere in the practice? */
static apr_status_t look_for_number(portal_tx_t *tx, const char *key, const char *case_id,
                                    int *taken)
{
    portal_row_case_of_number other;
    apr_status_t rv = PORTAL_GET(case_of_number, tx, &other, .number_key = key);

    *taken = rv == APR_SUCCESS && strcmp(other.id, case_id) != 0;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t write_down(portal_tx_t *tx, const portal_case_save_t *save,
                               const char *action, json_t *detail)
{
    return PORTAL_AUDIT(tx, .action = action, .binder_id = save->binder_id,
                        .case_id = save->case_id,
                        .result = portal_record_word(save->verdict), .detail = detail);
}

/* ---- a new one ---- */

static apr_status_t insert(portal_tx_t *tx, portal_case_save_t *save,
                           const portal_row_binder_get *binder)
{
    const portal_case_fields_t *f = &save->fields;
    apr_status_t rv;

    save->case_id = portal_id_make(tx->pool);
    rv = PORTAL_DO(case_insert, tx, NULL, .id = save->case_id,
                   .binder_id = save->binder_id, .number = f->number,
                   .number_key = f->number_key, .title = f->title,
                   .family = f->family ? f->family : binder->family,
                   .given = f->given ? f->given : binder->given,
                   .birth_date = f->birth_date ? f->birth_date : binder->birth_date,
                   .start_date = f->start_date, .created = tx->now, .updated = tx->now);
    if (rv == APR_SUCCESS)
        rv = portal_paperwork_assign(tx, save->binder_id, save->case_id, save->forms,
                                     NULL);
    return rv == APR_SUCCESS ? portal_search_update(tx, save->binder_id) : rv;
}

apr_status_t portal_act_case_create(portal_tx_t *tx, void *baton)
{
    portal_case_save_t *save = baton;
    portal_row_binder_get binder;
    int taken = 0;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &binder, .id = save->binder_id);

    save->case_id = NULL;
    save->verdict = PORTAL_RECORD_DONE;
    if (rv == APR_NOTFOUND) {
        save->verdict = PORTAL_RECORD_NOT_FOUND;
        return write_down(tx, save, "case.create", NULL);
    }
    if (rv == APR_SUCCESS)
        rv = look_for_number(tx, save->fields.number_key, "", &taken);
    if (taken)
        save->verdict = PORTAL_RECORD_TAKEN;
    else if (rv == APR_SUCCESS)
        rv = insert(tx, save, &binder);
    if (rv != APR_SUCCESS)
        return rv;
    return write_down(tx, save, "case.create",
                      json_pack("{s:s}", "case_number", save->fields.number));
}

/* ---- changing one ---- */

static json_t *changes_of(const portal_row_case_get *c, const portal_case_fields_t *f)
{
    json_t *changes = json_object();

    portal_record_change(changes, "case_number", c->number, f->number);
    portal_record_change(changes, "case_title", c->title, f->title);
    portal_record_change(changes, "case_start", c->start_date, f->start_date);
    return changes;
}

static apr_status_t update(portal_tx_t *tx, portal_case_save_t *save)
{
    const portal_case_fields_t *f = &save->fields;
    int n = 0;
    apr_status_t rv =
        PORTAL_DO(case_update, tx, &n, .number = f->number, .number_key = f->number_key,
                  .title = f->title, .start_date = f->start_date, .updated = tx->now,
                  .id = save->case_id, .version = save->version);

    if (rv == APR_SUCCESS && n != 1)
        rv = APR_EGENERAL;
    if (strcmp(f->number, save->now.number) != 0)
        portal_tx_ended(tx, save->binder_id, NULL);
    return rv == APR_SUCCESS ? portal_search_update(tx, save->binder_id) : rv;
}

static apr_status_t judge(portal_tx_t *tx, portal_case_save_t *save)
{
    int taken = 0;
    apr_status_t rv = PORTAL_GET(case_get, tx, &save->now, .id = save->case_id,
                                 .binder_id = save->binder_id);

    save->verdict = PORTAL_RECORD_DONE;
    if (rv == APR_NOTFOUND) {
        save->verdict = PORTAL_RECORD_NOT_FOUND;
        return APR_SUCCESS;
    }
    if (rv == APR_SUCCESS && save->now.version != save->version)
        save->verdict = PORTAL_RECORD_CONFLICT;
    else if (rv == APR_SUCCESS)
        rv = look_for_number(tx, save->fields.number_key, save->case_id, &taken);
    if (taken)
        save->verdict = PORTAL_RECORD_TAKEN;
    return rv;
}

apr_status_t portal_act_case_edit(portal_tx_t *tx, void *baton)
{
    portal_case_save_t *save = baton;
    json_t *changes = NULL;
    apr_status_t rv = judge(tx, save);

    if (rv == APR_SUCCESS && save->verdict == PORTAL_RECORD_DONE) {
        rv = update(tx, save);
        if (rv == APR_SUCCESS)
            changes = changes_of(&save->now, &save->fields);
    }
    return rv == APR_SUCCESS ? write_down(tx, save, "case.edit", changes) : rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The acts on binders; see record.h. */
#include <string.h>

#include "core/text.h"
#include "core/token.h"
#include "store/audit.h"
#include "store/record.h"
#include "store/search.h"

apr_status_t portal_act_binder_view(portal_tx_t *tx, void *baton)
{
    portal_binder_look_t *look = baton;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &look->binder, .id = look->id);

    look->found = rv == APR_SUCCESS;
    if (rv == APR_NOTFOUND)
        return PORTAL_AUDIT(tx, .action = "binder.view", .binder_id = look->id,
                            .result = "unknown");
    if (rv == APR_SUCCESS)
        rv = PORTAL_LIST(case_list, tx, &look->cases, &look->n_cases,
                         .binder_id = look->id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "binder.view", .binder_id = look->id,
                          .detail = json_pack("{s:s}", "part", look->part));
    return rv;
}

/* Is this mrn another binder's? */
static apr_status_t look_for_mrn(portal_tx_t *tx, const char *mrn, const char *id,
                                 int *taken)
{
    portal_row_binder_of_mrn other;
    apr_status_t rv = PORTAL_GET(binder_of_mrn, tx, &other, .mrn = mrn);

    *taken = rv == APR_SUCCESS && strcmp(other.id, id) != 0;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t insert(portal_tx_t *tx, const portal_binder_save_t *save)
{
    const portal_binder_fields_t *f = &save->fields;

    return PORTAL_DO(binder_insert, tx, NULL, .id = save->id, .mrn = f->mrn,
                     .family = f->family, .given = f->given, .birth_date = f->birth_date,
                     .email = f->email, .phone = f->phone, .language = f->language,
                     .sort_key = portal_text_sort_key(f->family, f->given, tx->pool),
                     .created = tx->now, .updated = tx->now);
}

apr_status_t portal_act_binder_create(portal_tx_t *tx, void *baton)
{
    portal_binder_save_t *save = baton;
    int taken;
    apr_status_t rv = look_for_mrn(tx, save->fields.mrn, "", &taken);

    save->verdict = taken ? PORTAL_RECORD_TAKEN : PORTAL_RECORD_DONE;
    if (rv != APR_SUCCESS)
        return rv;
    if (taken)
        return PORTAL_AUDIT(tx, .action = "binder.create", .result = "taken",
                            .detail = json_pack("{s:s}", "mrn", save->fields.mrn));
    save->id = portal_id_make(tx->pool);
    rv = insert(tx, save);
    if (rv == APR_SUCCESS)
        rv = portal_search_update(tx, save->id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "binder.create", .binder_id = save->id);
    return rv;
}

/* What was changed, for the sealed part of the audit row. */
static json_t *changes_of(const portal_row_binder_get *b, const portal_binder_fields_t *f)
{
    json_t *changes = json_object();

    portal_record_change(changes, "mrn", b->mrn, f->mrn);
    portal_record_change(changes, "family", b->family, f->family);
    portal_record_change(changes, "given", b->given, f->given);
    portal_record_change(changes, "birth_date", b->birth_date, f->birth_date);
    portal_record_change(changes, "email", b->email, f->email);
    portal_record_change(changes, "phone", b->phone, f->phone);
    portal_record_change(changes, "language", b->language, f->language);
    return changes;
}

static apr_status_t update(portal_tx_t *tx, portal_binder_save_t *save)
{
    const portal_binder_fields_t *f = &save->fields;
    int n = 0;
    apr_status_t rv =
        PORTAL_DO(binder_update, tx, &n, .mrn = f->mrn, .family = f->family,
                  .given = f->given, .birth_date = f->birth_date, .email = f->email,
                  .phone = f->phone, .language = f->language,
                  .sort_key = portal_text_sort_key(f->family, f->given, tx->pool),
                  .updated = tx->now, .id = save->id, .version = save->version);

    if (rv == APR_SUCCESS && n != 1)
        rv = APR_EGENERAL;
    return rv == APR_SUCCESS ? portal_search_update(tx, save->id) : rv;
}

static apr_status_t judge(portal_tx_t *tx, portal_binder_save_t *save)
{
    int taken = 0;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &save->now, .id = save->id);

    save->verdict = PORTAL_RECORD_DONE;
    if (rv == APR_NOTFOUND) {
        save->verdict = PORTAL_RECORD_NOT_FOUND;
        return APR_SUCCESS;
    }
    if (rv == APR_SUCCESS && save->now.version != save->version)
        save->verdict = PORTAL_RECORD_CONFLICT;
    else if (rv == APR_SUCCESS)
        rv = look_for_mrn(tx, save->fields.mrn, save->id, &taken);
    if (taken)
        save->verdict = PORTAL_RECORD_TAKEN;
    return rv;
}

apr_status_t portal_act_binder_edit(portal_tx_t *tx, void *baton)
{
    portal_binder_save_t *save = baton;
    json_t *changes = NULL;
    apr_status_t rv = judge(tx, save);

    if (rv != APR_SUCCESS)
        return rv;
    if (save->verdict == PORTAL_RECORD_DONE) {
        rv = update(tx, save);
        if (rv != APR_SUCCESS)
            return rv;
        changes = changes_of(&save->now, &save->fields);
    }
    return PORTAL_AUDIT(tx, .action = "binder.edit", .binder_id = save->id,
                        .result = portal_record_word(save->verdict), .detail = changes);
}

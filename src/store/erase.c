/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/token.h"
#include "store/audit.h"
#include "store/erase.h"
#include "store/retention.h"

#define SCRUB "scrub"
#define RETENTION "retention"

int portal_erase_reason_known(const char *reason)
{
    return !strcmp(reason, "asked") || !strcmp(reason, "person") ||
           !strcmp(reason, "mistake") || !strcmp(reason, "ended");
}

/* ---- what there is ---- */

static apr_status_t look_at_one(portal_tx_t *tx, portal_erasable_t *e)
{
    apr_status_t rv = PORTAL_LIST(erasable, tx, &e->rows, &e->n, .id = e->id,
                                  .binder_id = "", .most = 1);

    if (rv != APR_SUCCESS || !e->n)
        return rv;
    e->binder_id = e->rows[0].binder_id;
    e->seen = e->rows[0].number;
    return rv;
}

static apr_status_t look(portal_tx_t *tx, portal_erasable_t *e)
{
    apr_status_t rv = APR_SUCCESS;

    e->found = e->n = 0;
    if (e->id)
        rv = look_at_one(tx, e);
    if (rv != APR_SUCCESS || (e->id && !e->n))
        return rv;
    rv = PORTAL_GET(binder_get, tx, &e->binder, .id = e->binder_id);
    e->found = rv == APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    if (e->id)
        return APR_SUCCESS;
    rv = PORTAL_LIST(erasable, tx, &e->rows, &e->n, .id = "", .binder_id = e->binder_id,
                     .most = PORTAL_ERASE_MOST);
    e->seen = e->n;
    return rv;
}

apr_status_t portal_act_erasable(portal_tx_t *tx, void *baton)
{
    portal_erasable_t *e = baton;
    apr_status_t rv = look(tx, e);

    if (rv == APR_SUCCESS && e->found)
        rv = PORTAL_AUDIT(tx, .action = "paperwork.list", .binder_id = e->binder_id);
    return rv;
}

/* ---- erasing ---- */

static apr_status_t note(portal_tx_t *tx, const portal_row_erasable *row,
                         const char *reason)
{
    apr_status_t rv = PORTAL_DO(
        erasure_insert, tx, NULL, .id = portal_id_make(tx->pool),
        .binder_id = row->binder_id, .case_id = row->case_id, .form = row->form,
        .title = row->title, .form_hash = row->form_hash, .response_id = row->response_id,
        .number = row->number, .drafts = row->drafts, .sent = row->sent, .reason = reason,
        .erased_by = tx->actor->name, .erased = tx->now, .assignment_id = row->id);

    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_AUDIT(tx, .action = "paperwork.erase", .binder_id = row->binder_id,
                        .case_id = row->case_id,
                        .detail = json_pack("{s:s, s:s, s:s, s:I, s:s}", "paperwork",
                                            row->id, "form", row->form, "form_hash",
                                            row->form_hash, "number",
                                            (json_int_t)row->number, "reason", reason));
}

static apr_status_t ask_for_scrub(portal_tx_t *tx)
{
    return PORTAL_DO(meta_update, tx, NULL, .value = portal_id_make(tx->pool),
                     .name = SCRUB);
}

/* All that belongs to an assignment goes with it (conf/schema). */
static apr_status_t erase_rows(portal_tx_t *tx, const portal_erasable_t *e,
                               const char *reason)
{
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; i < e->n && rv == APR_SUCCESS; i++) {
        rv = note(tx, &e->rows[i], reason);
        if (rv == APR_SUCCESS)
            rv = PORTAL_DO(assignment_delete, tx, NULL, .id = e->rows[i].id);
    }
    return rv == APR_SUCCESS && e->n ? ask_for_scrub(tx) : rv;
}

apr_status_t portal_erase_kept(portal_tx_t *tx, const char *id)
{
    portal_erasable_t e = {.id = id};
    apr_status_t rv = look_at_one(tx, &e);

    return rv == APR_SUCCESS ? erase_rows(tx, &e, RETENTION) : rv;
}

apr_status_t portal_erase_draft(portal_tx_t *tx, const portal_row_retention_drafts *draft)
{
    const portal_row_erasable row = {.id = draft->id,
                                     .binder_id = draft->binder_id,
                                     .case_id = draft->case_id,
                                     .form = draft->form,
                                     .title = draft->title,
                                     .form_hash = draft->form_hash,
                                     .response_id = "",
                                     .drafts = 1};
    apr_status_t rv = note(tx, &row, RETENTION);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(draft_delete, tx, NULL, .id = draft->draft_id);
    return rv == APR_SUCCESS ? ask_for_scrub(tx) : rv;
}

static apr_status_t refuse(portal_tx_t *tx, const portal_erase_t *erase)
{
    if (erase->verdict == PORTAL_ERASE_GONE)
        return PORTAL_AUDIT(tx, .action = "paperwork.erase", .result = "unknown");
    return PORTAL_AUDIT(tx, .action = "paperwork.erase",
                        .binder_id = erase->what.binder_id, .result = "conflict");
}

apr_status_t portal_act_erase(portal_tx_t *tx, void *baton)
{
    portal_erase_t *erase = baton;
    portal_erasable_t *e = &erase->what;
    apr_status_t rv = look(tx, e);

    if (rv != APR_SUCCESS)
        return rv;
    erase->verdict = !e->found                ? PORTAL_ERASE_GONE
                     : e->seen != erase->seen ? PORTAL_ERASE_CHANGED
                                              : PORTAL_ERASE_OK;
    if (erase->verdict != PORTAL_ERASE_OK)
        return refuse(tx, erase);
    return erase_rows(tx, e, erase->reason);
}

/* ---- once more, after a backup was restored ---- */

apr_status_t portal_act_erasures_kept(portal_tx_t *tx, void *baton)
{
    portal_erasures_kept_t *kept = baton;
    return PORTAL_LIST(erasures_kept, tx, &kept->rows, &kept->n, .retention = RETENTION);
}

static apr_status_t erase_again(portal_tx_t *tx, const portal_row_erasures_kept *k)
{
    apr_status_t rv =
        PORTAL_DO(erasure_insert, tx, NULL, .id = k->id, .binder_id = k->binder_id,
                  .case_id = k->case_id, .form = k->form, .title = k->title,
                  .form_hash = k->form_hash, .response_id = k->response_id,
                  .number = k->number, .drafts = k->drafts, .sent = k->sent,
                  .reason = k->reason, .erased_by = k->erased_by, .erased = k->erased,
                  .assignment_id = k->assignment_id);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(assignment_delete, tx, NULL, .id = k->assignment_id);
    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_AUDIT(
        tx, .action = "paperwork.erase", .binder_id = k->binder_id, .case_id = k->case_id,
        .detail = json_pack("{s:s, s:s, s:s, s:s, s:s}", "paperwork", k->assignment_id,
                            "form", k->form, "form_hash", k->form_hash, "reason",
                            k->reason, "again", k->erased_by));
}

apr_status_t portal_erase_again(portal_tx_t *tx, portal_erasures_kept_t *kept)
{
    apr_status_t rv = APR_SUCCESS;

    kept->done = 0;
    for (int i = 0; i < kept->n && rv == APR_SUCCESS; i++) {
        portal_erasable_t e = {.id = kept->rows[i].assignment_id};
        rv = look_at_one(tx, &e);
        if (rv != APR_SUCCESS || !e.n)
            continue;
        rv = erase_again(tx, &kept->rows[i]);
        kept->done++;
    }
    return rv == APR_SUCCESS && kept->done ? ask_for_scrub(tx) : rv;
}

/* ---- what was erased ---- */

apr_status_t portal_erasures_read(portal_tx_t *tx, portal_erasures_t *e)
{
    portal_row_erasures_count count;
    apr_status_t rv = PORTAL_GET(erasures_count, tx, &count, .binder_id = e->binder_id,
                                 .any = e->binder_id);

    if (rv != APR_SUCCESS)
        return rv;
    e->total = count.n;
    return PORTAL_LIST(erasures, tx, &e->rows, &e->n, .binder_id = e->binder_id,
                       .any = e->binder_id, .limit = PORTAL_ERASURES_PAGE,
                       .offset = (apr_int64_t)(e->page - 1) * PORTAL_ERASURES_PAGE);
}

apr_status_t portal_act_erased_page(portal_tx_t *tx, void *baton)
{
    portal_erased_page_t *page = baton;
    apr_status_t rv = portal_erasures_read(tx, &page->erased);

    if (rv == APR_SUCCESS && page->leaving)
        rv = portal_leaving_read(tx, page->leaving);
    return rv == APR_SUCCESS ? PORTAL_AUDIT(tx, .action = "paperwork.erased") : rv;
}

/* ---- the write-ahead log ---- */

apr_status_t portal_act_scrub_due(portal_tx_t *tx, void *baton)
{
    const char **mark = baton;
    portal_row_meta_get row;
    apr_status_t rv = PORTAL_GET(meta_get, tx, &row, .name = SCRUB);

    *mark = rv == APR_SUCCESS ? row.value : "";
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* Unless something was erased since. */
static apr_status_t scrubbed(portal_tx_t *tx, void *baton)
{
    return PORTAL_DO(scrub_done, tx, NULL, .name = SCRUB, .mark = baton);
}

apr_status_t portal_erase_scrub(const portal_store_t *store, const portal_actor_t *actor,
                                apr_time_t now, const char *mark, apr_pool_t *pool)
{
    apr_status_t rv = portal_store_scrub(store, pool);

    if (rv != APR_SUCCESS)
        return rv;
    return portal_store_write(store, actor, now, scrubbed, (void *)mark, pool);
}

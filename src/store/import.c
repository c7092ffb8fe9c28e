/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what an import brings; see import.h. */
#include <string.h>

#include <apr_strings.h>

#include "core/text.h"
#include "core/token.h"
#include "store/audit.h"
#include "store/import.h"
#include "store/paperwork.h"
#include "store/search.h"
#include "store/statement.h"

typedef struct {
    portal_tx_t *tx;
    portal_import_t *import;
    int index; /* of the binder at hand */
    const portal_intake_binder_t *binder;
    const char *binder_id; /* "" while it is not there */
    int touched;           /* its words have to be made anew */
} work_t;

/* Takes a told value over; notes the field when that changes something. */
static const char *newer(const char *kept, const char *told, const char *field,
                         json_t *changed)
{
    if (!*told || !strcmp(kept, told))
        return kept;
    json_array_append_new(changed, json_string(field));
    return told;
}

/* Family and given name are one thing: a new name of one part takes the other part away. But one
 * part that is there already, told alone, is no new name. */
static void newer_name(const char **family, const char **given,
                       const portal_record_t *told, json_t *changed)
{
    int same_family = !strcmp(*family, told->family),
        same_given = !strcmp(*given, told->given);

    if ((!*told->family || same_family) && (!*told->given || same_given))
        return;
    if (!same_family)
        json_array_append_new(changed, json_string("family"));
    if (!same_given)
        json_array_append_new(changed, json_string("given"));
    *family = told->family;
    *given = told->given;
}

/* ---- binder ---- */

static apr_status_t note_binder(work_t *w, const char *action, json_t *changed)
{
    return PORTAL_AUDIT(w->tx, .action = action, .binder_id = w->binder_id,
                        .detail =
                            json_pack("{s:s, s:o}", "by", "import", "fields", changed));
}

static apr_status_t add_binder(work_t *w)
{
    const portal_record_t *p = &w->binder->person;
    apr_status_t rv;

    w->import->counts.binders_new++;
    w->touched = 1;
    if (w->import->look_only)
        return APR_SUCCESS;
    w->binder_id = portal_id_make(w->tx->pool);
    rv = PORTAL_DO(binder_insert, w->tx, NULL, .id = w->binder_id, .mrn = p->mrn,
                   .family = p->family, .given = p->given, .birth_date = p->birth_date,
                   .email = p->email, .phone = p->phone, .language = p->language,
                   .sort_key = portal_text_sort_key(p->family, p->given, w->tx->pool),
                   .created = w->tx->now, .updated = w->tx->now);
    return rv == APR_SUCCESS ? note_binder(w, "binder.create", json_array()) : rv;
}

static apr_status_t update_binder(work_t *w, const portal_row_import_binder *row,
                                  json_t *changed)
{
    apr_status_t rv =
        PORTAL_DO(import_binder_update, w->tx, NULL, .family = row->family,
                  .given = row->given, .birth_date = row->birth_date, .email = row->email,
                  .phone = row->phone, .language = row->language,
                  .sort_key = portal_text_sort_key(row->family, row->given, w->tx->pool),
                  .updated = w->tx->now, .id = row->id);

    return rv == APR_SUCCESS ? note_binder(w, "binder.edit", json_incref(changed)) : rv;
}

static apr_status_t merge_binder(work_t *w, portal_row_import_binder *row)
{
    const portal_record_t *p = &w->binder->person;
    json_t *changed = json_array();
    apr_status_t rv = APR_SUCCESS;

    w->binder_id = row->id;
    newer_name(&row->family, &row->given, p, changed);
    row->birth_date = newer(row->birth_date, p->birth_date, "birth_date", changed);
    row->email = newer(row->email, p->email, "email", changed);
    row->phone = newer(row->phone, p->phone, "phone", changed);
    row->language = newer(row->language, p->language, "language", changed);
    if (json_array_size(changed)) {
        w->import->counts.binders_changed++;
        w->touched = 1;
        if (!w->import->look_only)
            rv = update_binder(w, row, changed);
    } else {
        w->import->counts.binders_same++;
    }
    json_decref(changed);
    return rv;
}

/* ---- cases ---- */

static apr_status_t add_case(work_t *w, const portal_record_t *r)
{
    const char *id = portal_id_make(w->tx->pool);
    apr_status_t rv;

    w->import->counts.cases_new++;
    w->touched = 1;
    if (w->import->look_only)
        return APR_SUCCESS;
    rv = PORTAL_DO(case_insert, w->tx, NULL, .id = id, .binder_id = w->binder_id,
                   .number = r->case_number, .number_key = r->case_key,
                   .title = r->case_title, .family = r->family, .given = r->given,
                   .birth_date = r->birth_date, .start_date = r->case_start,
                   .created = w->tx->now, .updated = w->tx->now);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(w->tx, .action = "case.create", .binder_id = w->binder_id,
                          .case_id = id, .detail = json_pack("{s:s}", "by", "import"));
    if (rv != APR_SUCCESS)
        return rv;
    return w->import->forms
               ? portal_paperwork_assign(w->tx, w->binder_id, id, w->import->forms, NULL)
               : PORTAL_DO(case_due_insert, w->tx, NULL, .case_id = id);
}

static apr_status_t update_case(work_t *w, const portal_row_import_case *row,
                                json_t *changed)
{
    apr_status_t rv = PORTAL_DO(import_case_update, w->tx, NULL, .title = row->title,
                                .start_date = row->start_date, .family = row->family,
                                .given = row->given, .birth_date = row->birth_date,
                                .updated = w->tx->now, .id = row->id);

    return rv == APR_SUCCESS
               ? PORTAL_AUDIT(
                     w->tx, .action = "case.edit", .binder_id = w->binder_id,
                     .case_id = row->id,
                     .detail = json_pack("{s:s, s:O}", "by", "import", "fields", changed))
               : rv;
}

/* The person stays as it came; only what was not told then is filled in. */
static apr_status_t merge_case(work_t *w, portal_row_import_case *row,
                               const portal_record_t *r)
{
    json_t *changed = json_array();
    apr_status_t rv = APR_SUCCESS;

    row->title = newer(row->title, r->case_title, "title", changed);
    row->start_date = newer(row->start_date, r->case_start, "start_date", changed);
    if (!*row->family && !*row->given)
        newer_name(&row->family, &row->given, r, changed);
    if (!*row->birth_date)
        row->birth_date = newer(row->birth_date, r->birth_date, "birth_date", changed);
    if (json_array_size(changed)) {
        w->import->counts.cases_changed++;
        w->touched = 1;
        if (!w->import->look_only)
            rv = update_case(w, row, changed);
    } else {
        w->import->counts.cases_same++;
    }
    json_decref(changed);
    return rv;
}

static apr_status_t take_case(work_t *w, const portal_intake_case_t *one)
{
    portal_row_import_case row;
    apr_status_t rv =
        PORTAL_GET(import_case, w->tx, &row, .number_key = one->record.case_key);

    if (rv == APR_NOTFOUND)
        return add_case(w, &one->record);
    if (rv != APR_SUCCESS)
        return rv;
    if (!strcmp(row.binder_id, w->binder_id))
        return merge_case(w, &row, &one->record);
    *(portal_import_refusal_t *)apr_array_push(w->import->refused) =
        (portal_import_refusal_t){
            w->index, {one->where, "its case number belongs to another binder"}};
    return APR_SUCCESS;
}

/* ---- the acts ---- */

static apr_status_t take_binder(work_t *w)
{
    portal_row_import_binder row;
    apr_status_t rv =
        PORTAL_GET(import_binder, w->tx, &row, .mrn = w->binder->person.mrn);

    w->binder_id = "";
    w->touched = 0;
    if (rv == APR_NOTFOUND)
        rv = add_binder(w);
    else if (rv == APR_SUCCESS)
        rv = merge_binder(w, &row);
    for (int i = 0; i < w->binder->cases->nelts && rv == APR_SUCCESS; i++)
        rv = take_case(w,
                       APR_ARRAY_IDX(w->binder->cases, i, const portal_intake_case_t *));
    if (rv == APR_SUCCESS && w->touched && !w->import->look_only)
        rv = portal_search_update(w->tx, w->binder_id);
    return rv;
}

apr_status_t portal_import_binders(portal_tx_t *tx, void *baton)
{
    portal_import_t *import = baton;
    work_t w = {.tx = tx, .import = import};
    apr_status_t rv = APR_SUCCESS;

    memset(&import->counts, 0, sizeof(import->counts));
    import->refused = apr_array_make(tx->pool, 4, sizeof(portal_import_refusal_t));
    for (w.index = 0; w.index < import->n && rv == APR_SUCCESS; w.index++) {
        w.binder = import->binders[w.index];
        rv = take_binder(&w);
        if (import->differs)
            import->differs[w.index] = (char)w.touched;
    }
    return rv;
}

apr_status_t portal_import_note(portal_tx_t *tx, void *figures)
{
    return PORTAL_AUDIT(tx, .action = "import", .detail = json_incref(figures));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the audit trail; see trail.h. */
#include "store/trail.h"

#include "store/audit.h"

static apr_int64_t set_page(portal_trail_t *trail, apr_int64_t total)
{
    apr_int64_t last = (total + trail->size - 1) / trail->size;

    trail->total = total;
    if (trail->page > last)
        trail->page = (int)last;
    if (trail->page < 1)
        trail->page = 1;
    return (apr_int64_t)(trail->page - 1) * trail->size;
}

/* Both statements have the same columns, but each its own type. */
#define TAKE_ROWS(trail, from, tx)                                                       \
    do {                                                                                 \
        (trail)->rows = apr_pcalloc((tx)->pool, (apr_size_t)((trail)->n + 1) *           \
                                                    sizeof(*(trail)->rows));             \
        for (int i_ = 0; i_ < (trail)->n; i_++)                                          \
            (trail)->rows[i_] = (portal_trail_row_t){                                    \
                (from)[i_].at,        (from)[i_].actor_kind, (from)[i_].actor,           \
                (from)[i_].source,    (from)[i_].action,     (from)[i_].result,          \
                (from)[i_].binder_id, (from)[i_].mrn,        (from)[i_].family,          \
                (from)[i_].given,     (from)[i_].case_number};                           \
    } while (0)

/* Oldest first is the same list from its other end. */
static apr_int64_t turn(portal_trail_t *trail, apr_int64_t skip, int *size)
{
    apr_int64_t left = trail->total - skip;

    *size = left < trail->size ? (int)left : trail->size;
    return left - *size;
}

static void reverse(portal_trail_t *trail)
{
    for (int i = 0, k = trail->n - 1; i < k; i++, k--) {
        portal_trail_row_t row = trail->rows[i];
        trail->rows[i] = trail->rows[k];
        trail->rows[k] = row;
    }
}

static apr_status_t of_binder(portal_tx_t *tx, const char *id, apr_time_t from,
                              apr_time_t to, portal_trail_sort_t sort,
                              portal_trail_t *trail)
{
    portal_row_trail_binder *rows;
    portal_row_trail_binder_count count;
    int size = trail->size;
    apr_int64_t skip;
    apr_status_t rv = PORTAL_GET(trail_binder_count, tx, &count, .binder_id = id,
                                 .from = from, .to = to);

    if (rv != APR_SUCCESS)
        return rv;
    skip = set_page(trail, count.n);
    if (sort == PORTAL_TRAIL_OLDEST)
        skip = turn(trail, skip, &size);
    rv = PORTAL_LIST(trail_binder, tx, &rows, &trail->n, .binder_id = id, .from = from,
                     .to = to, .size = size, .skip = skip);
    if (rv != APR_SUCCESS)
        return rv;
    TAKE_ROWS(trail, rows, tx);
    if (sort == PORTAL_TRAIL_OLDEST)
        reverse(trail);
    return rv;
}

static apr_status_t of_all(portal_tx_t *tx, apr_time_t from, apr_time_t to,
                           portal_trail_sort_t sort, portal_trail_t *trail)
{
    portal_row_trail *rows;
    portal_row_trail_count count;
    int size = trail->size;
    apr_int64_t skip;
    apr_status_t rv = PORTAL_GET(trail_count, tx, &count, .from = from, .to = to);

    if (rv != APR_SUCCESS)
        return rv;
    skip = set_page(trail, count.n);
    if (sort == PORTAL_TRAIL_OLDEST)
        skip = turn(trail, skip, &size);
    rv = PORTAL_LIST(trail, tx, &rows, &trail->n, .from = from, .to = to, .size = size,
                     .skip = skip);
    if (rv != APR_SUCCESS)
        return rv;
    TAKE_ROWS(trail, rows, tx);
    if (sort == PORTAL_TRAIL_OLDEST)
        reverse(trail);
    return rv;
}

apr_status_t portal_act_timeline(portal_tx_t *tx, void *baton)
{
    portal_timeline_t *t = baton;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &t->binder, .id = t->binder_id);

    t->found = rv == APR_SUCCESS;
    if (rv == APR_SUCCESS)
        rv = of_binder(tx, t->binder_id, 0, tx->now + apr_time_from_sec(86400),
                       PORTAL_TRAIL_NEWEST, &t->trail);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    return PORTAL_AUDIT(tx, .action = "timeline.view", .binder_id = t->binder_id,
                        .result = t->found ? "ok" : "unknown");
}

static apr_status_t count(portal_tx_t *tx, const portal_audit_list_t *list,
                          const char *binder_id, apr_int64_t *n)
{
    portal_row_trail_binder_count of_one = {0};
    portal_row_trail_count of_them = {0};
    apr_status_t rv;

    if (*binder_id)
        rv = PORTAL_GET(trail_binder_count, tx, &of_one, .binder_id = binder_id,
                        .from = list->from, .to = list->to);
    else
        rv = PORTAL_GET(trail_count, tx, &of_them, .from = list->from, .to = list->to);
    *n = *binder_id ? of_one.n : of_them.n;
    return rv;
}

/* By another column than the time; `binder_id` "": of all. */
static apr_status_t sorted(portal_tx_t *tx, portal_audit_list_t *list,
                           const char *binder_id)
{
    static const char *const names[PORTAL_TRAIL_SORTS] = {
        [PORTAL_TRAIL_WHAT] = "what",
        [PORTAL_TRAIL_WHOM] = "whom",
        [PORTAL_TRAIL_WHO] = "who",
        [PORTAL_TRAIL_OUTCOME] = "outcome",
    };
    portal_row_trail_sorted *rows;
    apr_int64_t n;
    apr_status_t rv = count(tx, list, binder_id, &n);

    list->too_many = n > PORTAL_TRAIL_SORTED_MOST;
    if (rv != APR_SUCCESS || list->too_many)
        return rv;
    n = set_page(&list->trail, n);
    rv = PORTAL_LIST(trail_sorted, tx, &rows, &list->trail.n, .from = list->from,
                     .to = list->to, .binder_id = binder_id, .any = binder_id,
                     .sort = names[list->sort], .size = list->trail.size, .skip = n);
    if (rv == APR_SUCCESS)
        TAKE_ROWS(&list->trail, rows, tx);
    return rv;
}

static apr_status_t list(portal_tx_t *tx, portal_audit_list_t *list)
{
    portal_row_binder_of_mrn binder = {.id = ""};
    apr_status_t rv = APR_SUCCESS;

    list->unknown_mrn = list->too_many = 0;
    list->binder_id = "";
    list->trail.n = 0;
    list->trail.total = 0;
    if (*list->mrn)
        rv = PORTAL_GET(binder_of_mrn, tx, &binder, .mrn = list->mrn);
    list->unknown_mrn = rv == APR_NOTFOUND;
    if (rv != APR_SUCCESS)
        return list->unknown_mrn ? APR_SUCCESS : rv;
    list->binder_id = binder.id;
    if (list->sort > PORTAL_TRAIL_OLDEST)
        return sorted(tx, list, binder.id);
    return *binder.id
               ? of_binder(tx, binder.id, list->from, list->to, list->sort, &list->trail)
               : of_all(tx, list->from, list->to, list->sort, &list->trail);
}

apr_status_t portal_act_audit_list(portal_tx_t *tx, void *baton)
{
    portal_audit_list_t *l = baton;
    apr_status_t rv = list(tx, l);

    if (rv != APR_SUCCESS)
        return rv;
    return PORTAL_AUDIT(tx, .action = "audit.view", .binder_id = l->binder_id,
                        .result = l->unknown_mrn ? "unknown"
                                  : l->too_many  ? "refused"
                                                 : "ok",
                        .detail = json_pack("{s:I, s:I, s:s, s:i}", "from",
                                            (json_int_t)l->from, "to", (json_int_t)l->to,
                                            "mrn", l->mrn, "page", l->trail.page));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "store/audit.h"
#include "store/desk_paper.h"
#include "store/paperwork.h"

apr_status_t portal_act_binder_papers(portal_tx_t *tx, void *baton)
{
    portal_binder_papers_t *p = baton;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &p->binder, .id = p->binder_id);

    p->found = rv == APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    rv = PORTAL_LIST(case_list, tx, &p->cases, &p->n_cases, .binder_id = p->binder_id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_LIST(binder_papers, tx, &p->papers, &p->n_papers,
                         .binder_id = p->binder_id);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "paperwork.list", .binder_id = p->binder_id);
    return rv;
}

/* ---- assigning ---- */

static int has_case(const portal_row_case_list *cases, int n, const char *id)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(cases[i].id, id))
            return 1;
    return 0;
}

apr_status_t portal_act_desk_assign(portal_tx_t *tx, void *baton)
{
    portal_desk_assign_t *a = baton;
    apr_array_header_t *forms = apr_array_make(tx->pool, 1, sizeof(const char *));
    portal_row_binder_get binder;
    portal_row_case_list *cases;
    int n = 0, assigned = 0;
    apr_status_t rv = PORTAL_GET(binder_get, tx, &binder, .id = a->binder_id);

    a->verdict = PORTAL_ASSIGN_NO_BINDER;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    rv = PORTAL_LIST(case_list, tx, &cases, &n, .binder_id = a->binder_id);
    a->verdict = PORTAL_ASSIGN_NO_CASE;
    if (rv != APR_SUCCESS || !has_case(cases, n, a->case_id))
        return rv;
    APR_ARRAY_PUSH(forms, const char *) = a->form;
    rv = portal_paperwork_assign(tx, a->binder_id, a->case_id, forms, &assigned);
    a->verdict = assigned ? PORTAL_ASSIGN_OK : PORTAL_ASSIGN_ALREADY;
    if (rv == APR_SUCCESS && !assigned)
        rv = PORTAL_AUDIT(tx, .action = "paperwork.assign", .binder_id = a->binder_id,
                          .case_id = a->case_id, .result = "refused",
                          .detail = json_pack("{s:s}", "form", a->form));
    return rv;
}

/* ---- the queue ---- */

_Static_assert(sizeof(portal_row_papers_unread) == sizeof(portal_row_papers_read),
               "both lists have the same columns");

/* New ones and those that were read are one list, cut into pages. */
static apr_status_t read_page(portal_tx_t *tx, portal_paper_queue_t *q)
{
    apr_int64_t from = (apr_int64_t)(q->page - 1) * PORTAL_QUEUE_PAGE,
                room = PORTAL_QUEUE_PAGE;
    portal_row_papers_unread *unread;
    portal_row_papers_read *seen;
    int n_unread = 0, n_seen = 0;
    apr_status_t rv =
        PORTAL_LIST(papers_unread, tx, &unread, &n_unread, .limit = room, .offset = from);

    room -= n_unread;
    from = from > q->new_count ? from - q->new_count : 0;
    if (rv == APR_SUCCESS)
        rv = PORTAL_LIST(papers_read, tx, &seen, &n_seen, .limit = room, .offset = from);
    if (rv != APR_SUCCESS)
        return rv;
    q->n = n_unread + n_seen;
    q->rows = apr_palloc(tx->pool, sizeof(*q->rows) * (apr_size_t)(q->n + 1));
    memcpy(q->rows, unread, sizeof(*unread) * (apr_size_t)n_unread);
    memcpy(q->rows + n_unread, seen, sizeof(*seen) * (apr_size_t)n_seen);
    return APR_SUCCESS;
}

apr_status_t portal_act_paper_queue(portal_tx_t *tx, void *baton)
{
    portal_paper_queue_t *q = baton;
    portal_row_paper_counts counts;
    apr_status_t rv = PORTAL_GET(paper_counts, tx, &counts, .unread = 0);

    if (rv != APR_SUCCESS)
        return rv;
    q->new_count = counts.unread_count;
    q->last_page = (int)((counts.all_count + PORTAL_QUEUE_PAGE - 1) / PORTAL_QUEUE_PAGE);
    if (q->page > q->last_page)
        q->page = q->last_page;
    if (q->page < 1)
        q->page = 1;
    rv = read_page(tx, q);
    q->left = NULL;
    q->n_left = 0;
    if (rv == APR_SUCCESS && q->page == 1)
        rv = PORTAL_LIST(papers_left, tx, &q->left, &q->n_left, .now = tx->now,
                         .alive = q->alive);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "paperwork.queue");
    return rv;
}

/* ---- one ---- */

static apr_status_t read_response(portal_tx_t *tx, portal_desk_paper_t *p)
{
    apr_status_t rv = PORTAL_GET(desk_paper, tx, &p->row, .id = p->id);

    p->found = rv == APR_SUCCESS;
    p->response = (portal_plain_t){NULL, 0};
    if (rv == APR_SUCCESS && *p->row.response_id)
        rv = portal_paper_unseal(tx, "response", p->row.response_id, p->row.sealed,
                                 &p->response.text, &p->response.len);
    return rv == APR_NOTFOUND && !p->found ? APR_SUCCESS : rv;
}

static apr_status_t read_drafts(portal_tx_t *tx, portal_desk_paper_t *p)
{
    apr_status_t rv =
        PORTAL_LIST(desk_drafts, tx, &p->drafts, &p->n_drafts, .assignment_id = p->id);

    p->draft_texts =
        apr_pcalloc(tx->pool, sizeof(portal_plain_t) * (apr_size_t)(p->n_drafts + 1));
    for (int i = 0; i < p->n_drafts && rv == APR_SUCCESS; i++)
        rv = portal_paper_unseal(tx, "draft", p->drafts[i].id, p->drafts[i].sealed,
                                 &p->draft_texts[i].text, &p->draft_texts[i].len);
    return rv;
}

static apr_status_t note(portal_tx_t *tx, const portal_desk_paper_t *p,
                         const char *action, const char *result)
{
    return PORTAL_AUDIT(
        tx, .action = action, .binder_id = p->row.binder_id, .case_id = p->row.case_id,
        .result = result,
        .detail = json_pack("{s:s, s:s}", "paperwork", p->id, "form", p->row.form));
}

apr_status_t portal_act_desk_paper(portal_tx_t *tx, void *baton)
{
    portal_desk_paper_t *p = baton;
    apr_status_t rv = read_response(tx, p);

    if (rv != APR_SUCCESS || !p->found)
        return rv;
    rv = read_drafts(tx, p);
    if (rv == APR_SUCCESS && *p->row.response_id && !p->row.read_at)
        rv = PORTAL_DO(response_read, tx, NULL, .read_by = tx->actor->name,
                       .read_at = tx->now, .id = p->row.response_id);
    return rv == APR_SUCCESS ? note(tx, p, "paperwork.read", "ok") : rv;
}

apr_status_t portal_act_desk_export(portal_tx_t *tx, void *baton)
{
    portal_desk_paper_t *p = baton;
    apr_status_t rv = read_response(tx, p);

    if (rv != APR_SUCCESS || !p->found)
        return rv;
    return note(tx, p, "paperwork.export", p->response.text ? "ok" : "refused");
}

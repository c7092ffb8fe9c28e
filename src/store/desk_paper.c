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
    p->erased = (portal_erasures_t){.binder_id = p->binder_id, .page = 1};
    if (rv == APR_SUCCESS)
        rv = portal_erasures_read(tx, &p->erased);
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

/* The states of a list, in its order; those of what is to be done are one list, cut into pages. */
static const char *const lists[][4] = {
    [PORTAL_QUEUE_TODO] = {"new", "reading", "accepted", NULL},
    [PORTAL_QUEUE_RETURNED] = {"returned", NULL},
    [PORTAL_QUEUE_FILED] = {"filed", NULL},
};

static apr_int64_t count_of(const portal_row_paper_counts *counts, const char *state)
{
    return !strcmp(state, "new")        ? counts->unread
           : !strcmp(state, "reading")  ? counts->reading
           : !strcmp(state, "accepted") ? counts->accepted
           : !strcmp(state, "returned") ? counts->returned
                                        : counts->filed;
}

static apr_status_t read_page(portal_tx_t *tx, portal_paper_queue_t *q)
{
    apr_int64_t from = (apr_int64_t)(q->page - 1) * PORTAL_QUEUE_PAGE;
    apr_status_t rv = APR_SUCCESS;

    q->n = 0;
    q->rows = apr_palloc(tx->pool, sizeof(*q->rows) * PORTAL_QUEUE_PAGE);
    for (int i = 0; lists[q->list][i] && rv == APR_SUCCESS; i++) {
        const char *state = lists[q->list][i];
        apr_int64_t there = count_of(&q->counts, state);
        portal_row_papers_in_state *rows;
        int n = 0;
        if (from < there && q->n < PORTAL_QUEUE_PAGE)
            rv = PORTAL_LIST(papers_in_state, tx, &rows, &n, .state = state,
                             .limit = PORTAL_QUEUE_PAGE - q->n, .offset = from);
        if (rv == APR_SUCCESS && n)
            memcpy(q->rows + q->n, rows, sizeof(*rows) * (apr_size_t)n);
        q->n += n;
        from = from > there ? from - there : 0;
    }
    return rv;
}

static int last_page(const portal_paper_queue_t *q)
{
    apr_int64_t all = 0;

    for (int i = 0; lists[q->list][i]; i++)
        all += count_of(&q->counts, lists[q->list][i]);
    return (int)((all + PORTAL_QUEUE_PAGE - 1) / PORTAL_QUEUE_PAGE);
}

apr_status_t portal_act_paper_queue(portal_tx_t *tx, void *baton)
{
    portal_paper_queue_t *q = baton;
    apr_status_t rv = PORTAL_GET(paper_counts, tx, &q->counts, .none_ = 0);

    if (rv != APR_SUCCESS)
        return rv;
    q->last_page = last_page(q);
    if (q->page > q->last_page)
        q->page = q->last_page;
    if (q->page < 1)
        q->page = 1;
    rv = read_page(tx, q);
    q->left = NULL;
    q->n_left = 0;
    if (rv == APR_SUCCESS && q->page == 1 && q->list == PORTAL_QUEUE_TODO)
        rv = PORTAL_LIST(papers_left, tx, &q->left, &q->n_left, .now = tx->now,
                         .alive = q->alive);
    if (rv == APR_SUCCESS)
        rv = PORTAL_AUDIT(tx, .action = "paperwork.queue");
    return rv;
}

/* ---- one ---- */

/* Puts what was sent before in the place of what is there now. */
static apr_status_t read_past(portal_tx_t *tx, portal_desk_paper_t *p)
{
    for (int i = 0; i < p->n_past; i++) {
        const portal_row_response_past_list *past = &p->past[i];
        if (past->number != p->number)
            continue;
        p->row.number = past->number;
        p->row.form_hash = past->form_hash;
        p->row.language = past->language;
        p->row.made_in = past->made_in;
        p->row.authored = past->authored;
        return portal_paper_unseal(tx, "past", past->id, past->sealed, &p->response.text,
                                   &p->response.len);
    }
    p->found = 0;
    return APR_SUCCESS;
}

static apr_status_t read_response(portal_tx_t *tx, portal_desk_paper_t *p)
{
    apr_status_t rv = PORTAL_GET(desk_paper, tx, &p->row, .id = p->id);

    p->found = rv == APR_SUCCESS;
    p->response = (portal_plain_t){NULL, 0};
    p->n_past = p->n_returned = 0;
    p->signature = NULL;
    p->before = (portal_before_t){.text = NULL};
    if (rv == APR_NOTFOUND)
        return APR_SUCCESS;
    if (rv == APR_SUCCESS && *p->row.response_id)
        rv = PORTAL_LIST(response_past_list, tx, &p->past, &p->n_past,
                         .response_id = p->row.response_id);
    if (rv != APR_SUCCESS)
        return rv;
    if (!*p->row.response_id)
        p->found = !p->number;
    if (!*p->row.response_id)
        return APR_SUCCESS;
    if (p->number && p->number != p->row.number)
        return read_past(tx, p);
    return portal_paper_unseal(tx, "response", p->row.response_id, p->row.sealed,
                               &p->response.text, &p->response.len);
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

/* An earlier number of the same response, if it has one. */
static apr_status_t read_number_before(portal_tx_t *tx, portal_desk_paper_t *p)
{
    for (int i = 0; i < p->n_past; i++) {
        const portal_row_response_past_list *past = &p->past[i];
        if (past->number != p->row.number - 1)
            continue;
        p->before = (portal_before_t){
            .form_hash = past->form_hash, .authored = past->authored, .same = 1};
        return portal_paper_unseal(tx, "past", past->id, past->sealed, &p->before.text,
                                   &p->before.len);
    }
    return APR_NOTFOUND;
}

static apr_status_t read_before(portal_tx_t *tx, portal_desk_paper_t *p)
{
    portal_row_response_before row;
    apr_status_t rv = read_number_before(tx, p);

    if (rv != APR_NOTFOUND)
        return rv;
    rv = PORTAL_GET(response_before, tx, &row, .binder_id = p->row.binder_id,
                    .form = p->row.form, .assignment_id = p->id,
                    .authored = p->row.authored);
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    p->before = (portal_before_t){.form_hash = row.form_hash, .authored = row.authored};
    return portal_paper_unseal(tx, "response", row.id, row.sealed, &p->before.text,
                               &p->before.len);
}

static apr_status_t note(portal_tx_t *tx, const portal_desk_paper_t *p,
                         const char *action, const char *result)
{
    return PORTAL_AUDIT(
        tx, .action = action, .binder_id = p->row.binder_id, .case_id = p->row.case_id,
        .result = result,
        .detail = json_pack("{s:s, s:s}", "paperwork", p->id, "form", p->row.form));
}

static apr_status_t begin_reading(portal_tx_t *tx, portal_desk_paper_t *p)
{
    apr_status_t rv = PORTAL_DO(response_read, tx, NULL, .read_by = tx->actor->name,
                                .read_at = tx->now, .id = p->row.response_id);

    p->row.queue = "reading";
    p->row.read_by = tx->actor->name;
    p->row.read_at = tx->now;
    return rv;
}

apr_status_t portal_act_desk_paper(portal_tx_t *tx, void *baton)
{
    portal_desk_paper_t *p = baton;
    apr_status_t rv = read_response(tx, p);

    if (rv != APR_SUCCESS || !p->found)
        return rv;
    rv = read_drafts(tx, p);
    if (rv == APR_SUCCESS && *p->row.response_id)
        rv = portal_returned_list(tx, p->row.response_id, &p->returned, &p->n_returned);
    if (rv == APR_SUCCESS && *p->row.response_id)
        rv = read_before(tx, p);
    if (rv == APR_SUCCESS && *p->row.response_id)
        rv = portal_paper_signature(tx, p->row.response_id, p->row.number, &p->signature);
    p->push = (portal_row_push_of){.state = "", .reason = ""};
    if (rv == APR_SUCCESS && *p->row.response_id)
        rv = portal_push_of(tx, p->row.response_id, p->row.number, &p->push);
    if (rv == APR_SUCCESS && !strcmp(p->row.queue, "new") && !p->number)
        rv = begin_reading(tx, p);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a response through the desk; see returned.h. */
#include <apr_strings.h>
#include <string.h>

#include "core/token.h"
#include "store/audit.h"
#include "store/paperwork.h"
#include "store/push.h"
#include "store/returned.h"

/* ---- what was given back ---- */

static const char *member(const json_t *json, const char *name, apr_pool_t *pool)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? apr_pstrdup(pool, text) : "";
}

static apr_status_t open_one(portal_tx_t *tx, const portal_row_return_list *row,
                             portal_returned_t *one)
{
    const char *text;
    apr_size_t len;
    json_t *json;
    apr_status_t rv =
        portal_paper_unseal(tx, "return", row->id, row->sealed, &text, &len);

    if (rv != APR_SUCCESS)
        return rv;
    json = json_loadb(text, len, 0, NULL);
    *one = (portal_returned_t){.link_id = member(json, "link_id", tx->pool),
                               .question = member(json, "question", tx->pool),
                               .note = member(json, "note", tx->pool),
                               .by = row->created_by,
                               .created = row->created,
                               .answered = row->answered};
    json_decref(json);
    return APR_SUCCESS;
}

apr_status_t portal_returned_list(portal_tx_t *tx, const char *response_id,
                                  portal_returned_t **list, int *n)
{
    portal_row_return_list *rows;
    apr_status_t rv = PORTAL_LIST(return_list, tx, &rows, n, .response_id = response_id);

    if (rv != APR_SUCCESS)
        return rv;
    *list = apr_pcalloc(tx->pool, sizeof(**list) * (apr_size_t)(*n + 1));
    for (int i = 0; i < *n && rv == APR_SUCCESS; i++)
        rv = open_one(tx, &rows[i], &(*list)[i]);
    return rv;
}

/* ---- acts of the desk ---- */

static apr_status_t look(portal_tx_t *tx, const char *id, apr_int64_t number,
                         portal_row_desk_paper *row, portal_handle_verdict_t *verdict)
{
    apr_status_t rv = PORTAL_GET(desk_paper, tx, row, .id = id);

    *verdict = rv == APR_NOTFOUND                            ? PORTAL_HANDLE_GONE
               : !*row->response_id || row->number != number ? PORTAL_HANDLE_CHANGED
                                                             : PORTAL_HANDLE_OK;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t note(portal_tx_t *tx, const portal_row_desk_paper *row,
                         const char *id, const char *action,
                         portal_handle_verdict_t verdict)
{
    static const char *const results[] = {"ok", "unknown", "conflict", "refused",
                                          "refused"};

    if (verdict == PORTAL_HANDLE_GONE)
        return PORTAL_AUDIT(tx, .action = action, .result = results[verdict]);
    return PORTAL_AUDIT(tx, .action = action, .binder_id = row->binder_id,
                        .case_id = row->case_id, .result = results[verdict],
                        .detail =
                            json_pack("{s:s, s:s, s:I}", "paperwork", id, "form",
                                      row->form, "number", (json_int_t)row->number));
}

/* From where a state can be reached. */
static const struct {
    const char *to, *from, *action;
} ways[] = {
    {"accepted", " new reading ", "paperwork.accept"},
    {"filed", " new reading accepted ", "paperwork.file"},
    {"reading", " accepted filed returned ", "paperwork.reopen"},
    {"returned", " new reading accepted returned ", "paperwork.return"},
};

static int way_to(const char *state)
{
    for (int i = 0; i < 4; i++)
        if (!strcmp(ways[i].to, state))
            return i;
    return -1;
}

static int leads_from(int way, const char *state, apr_pool_t *pool)
{
    return way >= 0 &&
           strstr(ways[way].from, apr_pstrcat(pool, " ", state, " ", NULL)) != NULL;
}

static apr_status_t begun(portal_tx_t *tx, const char *id,
                          portal_handle_verdict_t *verdict)
{
    portal_row_draft_count drafts;
    apr_status_t rv = PORTAL_GET(draft_count, tx, &drafts, .assignment_id = id);

    if (rv == APR_SUCCESS && drafts.n)
        *verdict = PORTAL_HANDLE_BEGUN;
    return rv;
}

static apr_status_t move(portal_tx_t *tx, const portal_row_desk_paper *row,
                         const char *state, portal_handle_verdict_t *verdict)
{
    int n = 0;
    apr_status_t rv =
        PORTAL_DO(response_handle, tx, &n, .state = state, .handled_by = tx->actor->name,
                  .handled_at = tx->now, .id = row->response_id, .number = row->number,
                  .before = row->queue);

    if (rv == APR_SUCCESS && n != 1)
        *verdict = PORTAL_HANDLE_CHANGED;
    return rv;
}

/* Who accepts or files it has read it: then it may leave the house. */
static apr_status_t hand_on(portal_tx_t *tx, const portal_row_desk_paper *row,
                            const char *state)
{
    if (strcmp(state, "accepted") && strcmp(state, "filed"))
        return APR_SUCCESS;
    return portal_push_queue(tx, row->response_id, row->number);
}

/* What was returned by mistake is the desk's again. */
static apr_status_t take_back(portal_tx_t *tx, const portal_row_desk_paper *row,
                              const char *id)
{
    apr_status_t rv = PORTAL_DO(return_delete, tx, NULL, .response_id = row->response_id);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(assignment_state, tx, NULL, .state = "submitted", .id = id,
                       .before = "returned");
    return rv;
}

apr_status_t portal_act_paper_handle(portal_tx_t *tx, void *baton)
{
    portal_paper_handle_t *h = baton;
    portal_row_desk_paper row;
    int way = way_to(h->state), returned;
    apr_status_t rv = look(tx, h->id, h->number, &row, &h->verdict);

    if (rv != APR_SUCCESS)
        return rv;
    if (h->verdict == PORTAL_HANDLE_OK && !strcmp(row.queue, h->state))
        return APR_SUCCESS;
    if (way < 0 || !strcmp(h->state, "returned")) {
        h->verdict = PORTAL_HANDLE_CANNOT;
        return APR_SUCCESS;
    }
    returned = h->verdict == PORTAL_HANDLE_OK && !strcmp(row.queue, "returned");
    if (h->verdict == PORTAL_HANDLE_OK && !leads_from(way, row.queue, tx->pool))
        h->verdict = PORTAL_HANDLE_CANNOT;
    if (returned && h->verdict == PORTAL_HANDLE_OK)
        rv = begun(tx, h->id, &h->verdict);
    if (rv == APR_SUCCESS && returned && h->verdict == PORTAL_HANDLE_OK)
        rv = take_back(tx, &row, h->id);
    if (rv == APR_SUCCESS && h->verdict == PORTAL_HANDLE_OK)
        rv = move(tx, &row, h->state, &h->verdict);
    if (rv == APR_SUCCESS && h->verdict == PORTAL_HANDLE_OK)
        rv = hand_on(tx, &row, h->state);
    return rv == APR_SUCCESS ? note(tx, &row, h->id, ways[way].action, h->verdict) : rv;
}

/* ---- giving a question back ---- */

static apr_status_t add_question(portal_tx_t *tx, const portal_row_desk_paper *row,
                                 const portal_paper_return_t *p)
{
    const char *id = portal_id_make(tx->pool), *sealed;
    json_t *json = json_pack("{s:s, s:s, s:s}", "link_id", p->link_id, "question",
                             p->question, "note", p->note);
    char *text = json_dumps(json, JSON_COMPACT);
    apr_status_t rv =
        text ? portal_paper_seal(tx, "return", id, text, &sealed) : APR_ENOMEM;

    free(text);
    json_decref(json);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(return_insert, tx, NULL, .id = id, .response_id = row->response_id,
                       .number = row->number, .sealed = sealed,
                       .created_by = tx->actor->name, .created = tx->now);
    return rv;
}

static apr_status_t give_back(portal_tx_t *tx, const portal_row_desk_paper *row,
                              portal_paper_return_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (!strcmp(row->queue, "returned")) {
        rv = begun(tx, p->id, &p->verdict);
    } else {
        rv = PORTAL_DO(draft_delete_all, tx, NULL, .assignment_id = p->id);
        if (rv == APR_SUCCESS)
            rv = PORTAL_DO(assignment_state, tx, NULL, .state = "returned", .id = p->id,
                           .before = "submitted");
    }
    if (rv == APR_SUCCESS && p->verdict == PORTAL_HANDLE_OK)
        rv = move(tx, row, "returned", &p->verdict);
    if (rv == APR_SUCCESS && p->verdict == PORTAL_HANDLE_OK)
        rv = add_question(tx, row, p);
    return rv;
}

apr_status_t portal_act_paper_return(portal_tx_t *tx, void *baton)
{
    portal_paper_return_t *p = baton;
    portal_row_desk_paper row;
    int way = way_to("returned");
    apr_status_t rv = look(tx, p->id, p->number, &row, &p->verdict);

    if (rv != APR_SUCCESS)
        return rv;
    if (p->verdict == PORTAL_HANDLE_OK && !leads_from(way, row.queue, tx->pool))
        p->verdict = PORTAL_HANDLE_CANNOT;
    if (p->verdict == PORTAL_HANDLE_OK)
        rv = give_back(tx, &row, p);
    return rv == APR_SUCCESS ? note(tx, &row, p->id, ways[way].action, p->verdict) : rv;
}

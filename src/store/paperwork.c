/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/seal.h"
#include "core/token.h"
#include "store/audit.h"
#include "store/paperwork.h"

apr_status_t portal_paperwork_assign(portal_tx_t *tx, const char *binder_id,
                                     const char *case_id, const apr_array_header_t *forms,
                                     int *assigned)
{
    json_t *names = json_array();
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; forms && i < forms->nelts && rv == APR_SUCCESS; i++) {
        const char *form = APR_ARRAY_IDX(forms, i, const char *);
        int n = 0;
        rv = PORTAL_DO(assignment_insert, tx, &n, .id = portal_id_make(tx->pool),
                       .binder_id = binder_id, .case_id = case_id, .form = form,
                       .created_by = tx->actor->name, .created = tx->now + i,
                       .case_again = case_id, .form_again = form);
        if (n)
            json_array_append_new(names, json_string(form));
    }
    if (assigned)
        *assigned = (int)json_array_size(names);
    if (rv == APR_SUCCESS && json_array_size(names))
        rv = PORTAL_AUDIT(tx, .action = "paperwork.assign", .binder_id = binder_id,
                          .case_id = case_id,
                          .detail = json_pack("{s:O}", "forms", names));
    json_decref(names);
    return rv;
}

apr_status_t portal_act_cases_wait(portal_tx_t *tx, void *baton)
{
    portal_cases_due_t *due = baton;
    portal_row_case_due_list *rows;

    return PORTAL_LIST(case_due_list, tx, &rows, &due->done, .most = due->most);
}

apr_status_t portal_act_cases_due(portal_tx_t *tx, void *baton)
{
    portal_cases_due_t *due = baton;
    portal_row_case_due_list *rows;
    apr_status_t rv =
        PORTAL_LIST(case_due_list, tx, &rows, &due->done, .most = due->most);

    for (int i = 0; rv == APR_SUCCESS && i < due->done; i++) {
        rv = portal_paperwork_assign(tx, rows[i].binder_id, rows[i].case_id, due->forms,
                                     NULL);
        if (rv == APR_SUCCESS)
            rv = PORTAL_DO(case_due_delete, tx, NULL, .case_id = rows[i].case_id);
    }
    return rv;
}

/* ---- sealing ---- */

static portal_seal_t place_of(const portal_tx_t *tx, const char *table, const char *id)
{
    return (portal_seal_t){tx->store->keys, PORTAL_KEY_ANSWERS,
                           apr_pstrcat(tx->pool, table, ":", id, NULL)};
}

apr_status_t portal_paper_unseal(portal_tx_t *tx, const char *table, const char *id,
                                 const char *sealed, const char **text, apr_size_t *len)
{
    portal_seal_t place = place_of(tx, table, id);
    return portal_unseal(text, len, &place, sealed, tx->pool);
}

apr_status_t portal_paper_seal(portal_tx_t *tx, const char *table, const char *id,
                               const char *text, const char **sealed)
{
    portal_seal_t place = place_of(tx, table, id);
    return portal_seal(sealed, &place, text, strlen(text), tx->pool);
}

/* ---- reading ---- */

apr_status_t portal_act_paperwork_list(portal_tx_t *tx, void *baton)
{
    portal_paperwork_list_t *list = baton;
    return PORTAL_LIST(paperwork_list, tx, &list->rows, &list->n,
                       .lobby_id = list->filler.lobby_id,
                       .binder_id = list->filler.binder_id);
}

apr_status_t portal_paper_signature(portal_tx_t *tx, const char *response_id,
                                    apr_int64_t number, const char **record)
{
    portal_row_signature_of row;
    apr_size_t len;
    apr_status_t rv =
        PORTAL_GET(signature_of, tx, &row, .response_id = response_id, .number = number);

    *record = NULL;
    if (rv == APR_SUCCESS)
        rv = portal_paper_unseal(tx, "signature", row.id, row.sealed, record, &len);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_lobby_maker(portal_tx_t *tx, void *baton)
{
    portal_lobby_maker_t *maker = baton;
    apr_status_t rv = PORTAL_GET(lobby_maker, tx, &maker->row, .id = maker->lobby_id);

    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t read_returned(portal_tx_t *tx, portal_paper_t *paper)
{
    apr_status_t rv =
        portal_paper_unseal(tx, "response", paper->row.response_id, paper->row.sent,
                            &paper->sent, &paper->sent_len);

    if (rv == APR_SUCCESS)
        rv = portal_returned_list(tx, paper->row.response_id, &paper->returned,
                                  &paper->n_returned);
    return rv;
}

/* Nothing of last time is shown in the lobby. */
static apr_status_t read_last(portal_tx_t *tx, portal_paper_t *paper)
{
    portal_row_response_last row;
    apr_status_t rv;

    if (*paper->filler.lobby_id || strcmp(paper->row.state, "open") != 0)
        return APR_SUCCESS;
    rv = PORTAL_GET(response_last, tx, &row, .binder_id = paper->filler.binder_id,
                    .id = paper->id);
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    paper->last_hash = row.form_hash;
    paper->last_signed = *row.signature_id && !row.refused;
    return portal_paper_unseal(tx, "response", row.id, row.sealed, &paper->last,
                               &paper->last_len);
}

apr_status_t portal_act_paper_last(portal_tx_t *tx, void *baton)
{
    portal_paper_t *paper = baton;

    paper->last = paper->last_hash = NULL;
    return read_last(tx, paper);
}

apr_status_t portal_act_paper(portal_tx_t *tx, void *baton)
{
    portal_paper_t *paper = baton;
    apr_status_t rv =
        PORTAL_GET(paper, tx, &paper->row, .lobby_id = paper->filler.lobby_id,
                   .binder_id = paper->filler.binder_id, .id = paper->id);

    paper->found = rv == APR_SUCCESS;
    paper->answers = NULL;
    paper->answers_len = 0;
    paper->sent = paper->last = paper->last_hash = NULL;
    paper->returned = NULL;
    paper->n_returned = 0;
    if (rv == APR_SUCCESS && *paper->row.draft_id)
        rv = portal_paper_unseal(tx, "draft", paper->row.draft_id, paper->row.sealed,
                                 &paper->answers, &paper->answers_len);
    else if (rv == APR_SUCCESS)
        rv = read_last(tx, paper);
    if (rv == APR_SUCCESS && !strcmp(paper->row.state, "returned"))
        rv = read_returned(tx, paper);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_form_source(portal_tx_t *tx, void *baton)
{
    portal_form_source_t *source = baton;
    apr_status_t rv = PORTAL_GET(form_version, tx, &source->row, .hash = source->hash);

    source->found = rv == APR_SUCCESS;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_paper_sent(portal_tx_t *tx, void *baton)
{
    portal_paper_sent_t *sent = baton;
    apr_status_t rv = PORTAL_GET(response_mine, tx, &sent->row,
                                 .binder_id = sent->binder_id, .assignment_id = sent->id);

    sent->found = rv == APR_SUCCESS;
    if (rv == APR_SUCCESS)
        rv = portal_paper_unseal(tx, "response", sent->row.id, sent->row.sealed,
                                 &sent->response, &sent->response_len);
    if (rv == APR_SUCCESS)
        rv = portal_paper_signature(tx, sent->row.id, sent->row.number, &sent->signature);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* ---- writing ---- */

/* As much of a title as its column holds, in characters. */
static const char *column_title(portal_tx_t *tx, const char *title)
{
    int characters = 0;

    for (const char *c = title; *c; c++)
        if (((unsigned char)*c & 0xC0) != 0x80 && ++characters > 300)
            return apr_pstrmemdup(tx->pool, title, (apr_size_t)(c - title));
    return title;
}

static apr_status_t keep_form(portal_tx_t *tx, const portal_form_facts_t *form)
{
    return PORTAL_DO(form_version_insert, tx, NULL, .hash = form->hash,
                     .name = form->name, .title = column_title(tx, form->title),
                     .source = form->source, .created = tx->now,
                     .hash_again = form->hash);
}

static apr_status_t note(portal_tx_t *tx, const char *action,
                         const portal_filler_t *filler, const portal_row_paper *row,
                         const char *result, const char *id)
{
    return PORTAL_AUDIT(tx, .action = action, .binder_id = filler->binder_id,
                        .case_id = row->case_id, .result = result,
                        .detail =
                            json_pack("{s:s, s:s}", "paperwork", id, "form", row->form));
}

/* Whether a form may be changed now, from this version of its draft. */
static apr_status_t stands(portal_tx_t *tx, const portal_filler_t *filler, const char *id,
                           apr_int64_t version, portal_row_paper *row,
                           portal_paper_verdict_t *verdict)
{
    apr_status_t rv = PORTAL_GET(paper, tx, row, .lobby_id = filler->lobby_id,
                                 .binder_id = filler->binder_id, .id = id);

    *verdict = rv == APR_NOTFOUND                 ? PORTAL_PAPER_GONE
               : !strcmp(row->state, "submitted") ? PORTAL_PAPER_CLOSED
               : row->version != version          ? PORTAL_PAPER_CONFLICT
                                                  : PORTAL_PAPER_OK;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t begin(portal_tx_t *tx, portal_paper_save_t *save,
                          const portal_row_paper *row)
{
    const char *id = portal_id_make(tx->pool), *sealed;
    int n = 0;
    apr_status_t rv = keep_form(tx, save->form);

    if (rv == APR_SUCCESS)
        rv = portal_paper_seal(tx, "draft", id, save->answers, &sealed);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(
            draft_insert, tx, &n, .id = id, .assignment_id = save->id,
            .lobby_id = save->filler.lobby_id, .form_hash = save->form->hash,
            .language = save->language, .sealed = sealed, .version = save->version + 1,
            .saved_in = save->filler.session, .created = tx->now, .updated = tx->now,
            .assignment_again = save->id, .lobby_again = save->filler.lobby_id);
    if (rv == APR_SUCCESS && n != 1)
        save->verdict = PORTAL_PAPER_CONFLICT;
    if (rv != APR_SUCCESS || n != 1)
        return rv;
    return note(tx, "paperwork.start", &save->filler, row, "ok", save->id);
}

static apr_status_t go_on(portal_tx_t *tx, portal_paper_save_t *save,
                          const portal_row_paper *row)
{
    const char *sealed;
    int n = 0;
    apr_status_t rv =
        portal_paper_seal(tx, "draft", row->draft_id, save->answers, &sealed);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(draft_update, tx, &n, .language = save->language, .sealed = sealed,
                       .saved_in = save->filler.session, .updated = tx->now,
                       .id = row->draft_id, .version = save->version);
    if (rv == APR_SUCCESS && n != 1)
        save->verdict = PORTAL_PAPER_CONFLICT;
    if (rv != APR_SUCCESS || n != 1 || !strcmp(row->saved_in, save->filler.session))
        return rv;
    return note(tx, "paperwork.save", &save->filler, row, "ok", save->id);
}

apr_status_t portal_act_paper_save(portal_tx_t *tx, void *baton)
{
    portal_paper_save_t *save = baton;
    portal_row_paper row;
    apr_status_t rv =
        stands(tx, &save->filler, save->id, save->version, &row, &save->verdict);

    if (rv != APR_SUCCESS || save->verdict != PORTAL_PAPER_OK)
        return rv;
    return *row.draft_id ? go_on(tx, save, &row) : begin(tx, save, &row);
}

static apr_status_t insert_response(portal_tx_t *tx, const portal_paper_submit_t *submit,
                                    const portal_row_paper *row)
{
    const char *sealed;
    apr_status_t rv =
        portal_paper_seal(tx, "response", submit->response_id, submit->response, &sealed);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(response_insert, tx, NULL, .id = submit->response_id,
                       .assignment_id = submit->id, .binder_id = submit->filler.binder_id,
                       .case_id = row->case_id, .form_hash = submit->form->hash,
                       .made_in = *submit->filler.lobby_id ? "lobby" : "portal",
                       .language = submit->language, .sealed = sealed,
                       .authored = tx->now, .refused = submit->refused);
    return rv;
}

static apr_status_t add_signature(portal_tx_t *tx, const portal_paper_submit_t *submit,
                                  apr_int64_t number)
{
    const char *id = portal_id_make(tx->pool), *sealed;
    apr_status_t rv = portal_paper_seal(tx, "signature", id, submit->signature, &sealed);

    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(signature_insert, tx, NULL, .id = id,
                       .response_id = submit->response_id, .number = number,
                       .sealed = sealed, .created = tx->now);
    return rv;
}

/* What was sent before is sealed for its new place, then replaced. */
static apr_status_t amend_response(portal_tx_t *tx, const portal_paper_submit_t *submit,
                                   const portal_row_paper *row)
{
    const char *past = portal_id_make(tx->pool), *id = row->response_id, *text, *sealed;
    apr_size_t len;
    apr_status_t rv = portal_paper_unseal(tx, "response", id, row->sent, &text, &len);

    if (rv == APR_SUCCESS)
        rv = portal_paper_seal(tx, "past", past, text, &sealed);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(response_keep, tx, NULL, .id = past, .sealed = sealed,
                       .response_id = id);
    if (rv == APR_SUCCESS)
        rv = portal_paper_seal(tx, "response", id, submit->response, &sealed);
    if (rv == APR_SUCCESS)
        rv =
            PORTAL_DO(response_amend, tx, NULL, .form_hash = submit->form->hash,
                      .made_in = *submit->filler.lobby_id ? "lobby" : "portal",
                      .language = submit->language, .sealed = sealed, .authored = tx->now,
                      .refused = submit->refused, .id = id, .number = row->number);
    if (rv == APR_SUCCESS)
        rv = PORTAL_DO(return_answered, tx, NULL, .answered = tx->now, .response_id = id);
    return rv;
}

/* The assignment is closed first: of two at once, one finds it closed. */
static apr_status_t store_response(portal_tx_t *tx, portal_paper_submit_t *submit,
                                   const portal_row_paper *row)
{
    int n = 0;
    apr_status_t rv =
        PORTAL_DO(assignment_close, tx, &n, .closed = tx->now, .id = submit->id);

    if (rv == APR_SUCCESS && n != 1)
        submit->verdict = PORTAL_PAPER_CLOSED;
    if (rv != APR_SUCCESS || n != 1)
        return rv;
    rv = keep_form(tx, submit->form);
    if (rv == APR_SUCCESS)
        rv = *row->response_id ? amend_response(tx, submit, row)
                               : insert_response(tx, submit, row);
    if (rv == APR_SUCCESS && submit->signature)
        rv = add_signature(tx, submit, row->number + 1);
    if (rv == APR_SUCCESS && *row->draft_id)
        rv = PORTAL_DO(draft_delete, tx, NULL, .id = row->draft_id);
    return rv;
}

apr_status_t portal_act_paper_submit(portal_tx_t *tx, void *baton)
{
    static const char *const results[] = {"ok", "unknown", "closed", "conflict"};
    portal_paper_submit_t *submit = baton;
    portal_row_paper row;
    apr_status_t rv =
        stands(tx, &submit->filler, submit->id, submit->version, &row, &submit->verdict);

    if (rv == APR_SUCCESS && submit->verdict == PORTAL_PAPER_OK)
        rv = store_response(tx, submit, &row);
    if (rv != APR_SUCCESS || submit->verdict == PORTAL_PAPER_GONE)
        return rv;
    return note(tx,
                !strcmp(row.state, "returned") ? "paperwork.amend" : "paperwork.submit",
                &submit->filler, &row, results[submit->verdict], submit->id);
}

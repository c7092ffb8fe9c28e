/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/fhir_bundle.h"
#include "core/fhir_record.h"
#include "core/secret.h"
#include "core/token.h"
#include "store/audit.h"
#include "store/paperwork.h"
#include "store/push.h"

/* So many that cannot be read are given up in one transaction, at most. */
#define CLEARED 50

apr_status_t portal_push_queue(portal_tx_t *tx, const char *response_id,
                               apr_int64_t number)
{
    if (!tx->store->exports)
        return APR_SUCCESS;
    return PORTAL_DO(push_insert, tx, NULL, .id = portal_id_make(tx->pool),
                     .response_id = response_id, .number = number, .next_try = tx->now,
                     .created = tx->now, .response_again = response_id,
                     .number_again = number);
}

apr_status_t portal_act_push_due(portal_tx_t *tx, void *baton)
{
    int *due = baton;
    portal_row_push_due row;
    apr_status_t rv =
        PORTAL_GET(push_due, tx, &row, .now = tx->now, .now_again = tx->now);

    *due = rv == APR_SUCCESS;
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* ---- what is sent ---- */

/* The response with this number, and the form that it answers. */
typedef struct {
    const char *text, *form_hash, *form, *source;
    apr_size_t len;
    apr_time_t authored, form_made;
} version_t;

static apr_status_t read_now(portal_tx_t *tx, const portal_row_push_facts *f,
                             version_t *v)
{
    *v = (version_t){.form_hash = f->form_hash,
                     .form = f->form,
                     .source = f->source,
                     .authored = f->authored,
                     .form_made = f->form_made};
    return portal_paper_unseal(tx, "response", f->id, f->sealed, &v->text, &v->len);
}

static apr_status_t read_past(portal_tx_t *tx, const portal_row_push_facts *f,
                              apr_int64_t number, version_t *v)
{
    portal_row_push_past past;
    apr_status_t rv =
        PORTAL_GET(push_past, tx, &past, .response_id = f->id, .number = number);

    if (rv != APR_SUCCESS)
        return rv;
    *v = (version_t){.form_hash = past.form_hash,
                     .form = past.form,
                     .source = past.source,
                     .authored = past.authored,
                     .form_made = past.form_made};
    return portal_paper_unseal(tx, "past", past.id, past.sealed, &v->text, &v->len);
}

static const char *patient_text(const portal_row_push_facts *f, apr_pool_t *pool)
{
    portal_fhir_row_id_t row = {f->binder_id, f->binder_updated};
    portal_record_t person = portal_record_empty;

    person.mrn = f->mrn;
    person.family = f->family;
    person.given = f->given;
    person.birth_date = f->birth_date;
    person.email = f->email;
    person.phone = f->phone;
    person.language = f->language;
    return portal_fhir_patient_write(&row, &person, pool);
}

static const char *episode_text(const portal_row_push_facts *f, apr_pool_t *pool)
{
    portal_fhir_row_id_t row = {f->case_id, f->case_updated};
    portal_record_t record = portal_record_empty;

    record.case_number = f->case_number;
    record.case_title = f->case_title;
    record.case_start = f->start_date;
    return portal_fhir_case_write(&row, f->binder_id, &record, pool);
}

static const char *bundle_of(const portal_row_push_facts *f, const version_t *v,
                             const char *system, apr_pool_t *pool)
{
    const portal_fhir_row_id_t form = {v->form_hash, v->form_made},
                               response = {f->id, v->authored};
    const portal_fhir_about_t about = {f->binder_id, f->case_id, v->form_hash};
    const portal_fhir_bundle_t parts = {
        .patient = patient_text(f, pool),
        .patient_id = portal_fhir_id(f->binder_id, pool),
        .mrn = f->mrn,
        .episode = episode_text(f, pool),
        .episode_id = portal_fhir_id(f->case_id, pool),
        .case_number = f->case_number,
        .questionnaire = portal_fhir_questionnaire_write(&form, v->form, v->source, pool),
        .form_hash = v->form_hash,
        .response = portal_fhir_response_write(&response, &about, v->text, v->len, pool),
        .response_id = portal_fhir_id(f->id, pool),
        .system = system};
    const char *bundle;

    if (!parts.questionnaire || !parts.response)
        return NULL;
    bundle = portal_fhir_bundle_write(&parts, pool);
    if (bundle)
        portal_secret_wipe_with((char *)bundle, strlen(bundle), pool);
    return bundle;
}

/* NULL in c->bundle: it cannot be read. */
static apr_status_t compose(portal_tx_t *tx, portal_push_claim_t *c,
                            const portal_row_push_due *row)
{
    portal_row_push_facts facts;
    version_t version;
    apr_status_t rv = PORTAL_GET(push_facts, tx, &facts, .id = row->response_id);

    c->bundle = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    c->binder_id = facts.binder_id;
    c->case_id = facts.case_id;
    rv = facts.number == row->number ? read_now(tx, &facts, &version)
                                     : read_past(tx, &facts, row->number, &version);
    if (rv == APR_SUCCESS)
        c->bundle = bundle_of(&facts, &version, c->system, tx->pool);
    return tx->failed ? rv : APR_SUCCESS;
}

/* ---- claiming ---- */

static apr_status_t give_up(portal_tx_t *tx, const portal_push_claim_t *c,
                            const portal_row_push_due *row, const char *claim)
{
    portal_push_fate_t fate = {.id = row->id,
                               .claim = claim,
                               .binder_id = c->binder_id,
                               .case_id = c->case_id,
                               .state = "failed",
                               .reason = "ours",
                               .issue = "",
                               .tries = row->tries};
    return portal_act_push_fate(tx, &fate);
}

static apr_status_t take(portal_tx_t *tx, portal_push_claim_t *c,
                         const portal_row_push_due *row)
{
    const char *claim = portal_id_make(tx->pool);
    int n = 0;
    apr_status_t rv =
        PORTAL_DO(push_claim, tx, &n, .claim = claim, .claimed_until = tx->now + c->hold,
                  .id = row->id, .now = tx->now);

    if (rv == APR_SUCCESS && n == 1)
        rv = compose(tx, c, row);
    if (rv != APR_SUCCESS || n != 1)
        return rv;
    if (!c->bundle)
        return give_up(tx, c, row, claim);
    c->found = 1;
    c->id = row->id;
    c->claim = claim;
    c->tries = row->tries;
    c->created = row->created;
    return APR_SUCCESS;
}

apr_status_t portal_act_push_claim(portal_tx_t *tx, void *baton)
{
    portal_push_claim_t *c = baton;
    portal_row_push_due row;
    apr_status_t rv = APR_SUCCESS;

    c->found = 0;
    for (int i = 0; i < CLEARED && !c->found && rv == APR_SUCCESS; i++) {
        rv = PORTAL_GET(push_due, tx, &row, .now = tx->now, .now_again = tx->now);
        if (rv == APR_SUCCESS)
            rv = take(tx, c, &row);
        else if (rv == APR_NOTFOUND)
            return APR_SUCCESS;
    }
    return rv;
}

apr_status_t portal_act_push_fate(portal_tx_t *tx, void *baton)
{
    const portal_push_fate_t *fate = baton;
    int final = strcmp(fate->state, "queued") != 0, n = 0;
    apr_status_t rv =
        PORTAL_DO(push_result, tx, &n, .state = fate->state, .tries = fate->tries,
                  .next_try = fate->next_try, .reply_code = fate->code,
                  .issue = fate->issue, .reason = fate->reason,
                  .finished = final ? tx->now : 0, .id = fate->id, .claim = fate->claim);

    if (rv != APR_SUCCESS || n != 1 || !final)
        return rv;
    return PORTAL_AUDIT(tx, .action = "paperwork.push", .binder_id = fate->binder_id,
                        .case_id = fate->case_id,
                        .result = !strcmp(fate->state, "sent") ? "ok" : "failed",
                        .detail = json_pack("{s:s, s:s, s:i, s:I}", "export", fate->id,
                                            "reason", fate->reason, "code", fate->code,
                                            "tries", (json_int_t)fate->tries));
}

/* ---- the desk ---- */

apr_status_t portal_push_list(portal_tx_t *tx, portal_push_list_t *list)
{
    return PORTAL_LIST(push_page, tx, &list->rows, &list->n, .most = list->most);
}

apr_status_t portal_act_push_list(portal_tx_t *tx, void *baton)
{
    apr_status_t rv = portal_push_list(tx, baton);

    return rv == APR_SUCCESS ? PORTAL_AUDIT(tx, .action = "outbox.view") : rv;
}

apr_status_t portal_push_of(portal_tx_t *tx, const char *response_id, apr_int64_t number,
                            portal_row_push_of *row)
{
    apr_status_t rv =
        PORTAL_GET(push_of, tx, row, .response_id = response_id, .number = number);

    if (rv == APR_NOTFOUND)
        *row = (portal_row_push_of){.state = "", .reason = ""};
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

apr_status_t portal_act_push_retry(portal_tx_t *tx, void *baton)
{
    static const char *const results[] = {"ok", "unknown", "done", "dead"};
    portal_mail_retry_t *retry = baton;
    portal_row_push_get row;
    apr_status_t rv = PORTAL_GET(push_get, tx, &row, .id = retry->id);

    retry->verdict = PORTAL_RETRY_UNKNOWN;
    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    retry->verdict = strcmp(row.state, "failed") ? PORTAL_RETRY_DONE
                     : row.later                 ? PORTAL_RETRY_DEAD
                                                 : PORTAL_RETRY_OK;
    if (retry->verdict == PORTAL_RETRY_OK)
        rv = PORTAL_DO(push_again, tx, NULL, .created = tx->now, .next_try = tx->now,
                       .id = retry->id);
    if (rv == APR_SUCCESS)
        rv =
            PORTAL_AUDIT(tx, .action = "paperwork.push.retry", .binder_id = row.binder_id,
                         .case_id = row.case_id, .result = results[retry->verdict]);
    return rv;
}

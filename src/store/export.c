/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is exported, page by page; see export.h. */
#include <string.h>

#include <apr_strings.h>

#include "core/date.h"
#include "core/fhir_record.h"
#include "store/audit.h"
#include "store/export.h"
#include "store/paperwork.h"
#include "store/statement.h"

const char *const portal_export_types[PORTAL_EXPORT_KINDS] = {
    "Patient", "EpisodeOfCare", "Questionnaire", "QuestionnaireResponse"};

/* What is read at once: little where one row may be large. */
#define MOST_PEOPLE 500
#define MOST_FORMS 4
#define MOST_RESPONSES 50

/* One page of a kind after the id *after, which is moved on. *n is less than `most` at the end. */
typedef apr_status_t (*page_fn)(portal_tx_t *tx, const portal_export_t *e,
                                const char **after, int most, int *n);

static apr_status_t hand_over(portal_tx_t *tx, const portal_export_t *e,
                              portal_export_kind_t kind, const char *id, const char *text)
{
    portal_export_one_t one = {kind, portal_fhir_id(id, tx->pool), text};
    return e->take(e->baton, &one, tx->pool);
}

static apr_status_t some_binders(portal_tx_t *tx, const portal_export_t *e,
                                 const char **after, int most, int *n)
{
    portal_row_export_binders *rows;
    apr_status_t rv =
        PORTAL_LIST(export_binders, tx, &rows, n, .after = *after,
                    .binder_id = e->binder_id, .any = e->binder_id, .since = e->since,
                    .since_case = e->since, .since_response = e->since, .most = most);

    for (int i = 0; rv == APR_SUCCESS && i < *n; i++) {
        portal_fhir_row_id_t row = {rows[i].id, rows[i].updated};
        portal_record_t person = portal_record_empty;
        person.mrn = rows[i].mrn;
        person.family = rows[i].family;
        person.given = rows[i].given;
        person.birth_date = rows[i].birth_date;
        person.email = rows[i].email;
        person.phone = rows[i].phone;
        person.language = rows[i].language;
        *after = rows[i].id;
        rv = hand_over(tx, e, PORTAL_EXPORT_PATIENT, row.id,
                       portal_fhir_patient_write(&row, &person, tx->pool));
    }
    return rv;
}

static portal_record_t record_of_case(const portal_row_export_cases *row)
{
    portal_record_t r = portal_record_empty;

    r.case_number = row->number;
    r.case_title = row->title;
    r.case_start = row->start_date;
    r.own_family = row->family;
    r.own_given = row->given;
    r.own_birth_date = row->birth_date;
    r.own_person = strcmp(row->family, row->binder_family) ||
                   strcmp(row->given, row->binder_given) ||
                   strcmp(row->birth_date, row->binder_birth_date);
    return r;
}

static apr_status_t some_cases(portal_tx_t *tx, const portal_export_t *e,
                               const char **after, int most, int *n)
{
    portal_row_export_cases *rows;
    apr_status_t rv =
        PORTAL_LIST(export_cases, tx, &rows, n, .after = *after,
                    .binder_id = e->binder_id, .any = e->binder_id, .since = e->since,
                    .since_binder = e->since, .since_response = e->since, .most = most);

    for (int i = 0; rv == APR_SUCCESS && i < *n; i++) {
        portal_fhir_row_id_t row = {rows[i].id, rows[i].updated};
        portal_record_t record = record_of_case(&rows[i]);
        *after = rows[i].id;
        rv =
            hand_over(tx, e, PORTAL_EXPORT_CASE, row.id,
                      portal_fhir_case_write(&row, rows[i].binder_id, &record, tx->pool));
    }
    return rv;
}

static apr_status_t some_forms(portal_tx_t *tx, const portal_export_t *e,
                               const char **after, int most, int *n)
{
    portal_row_export_forms *rows;
    apr_status_t rv = PORTAL_LIST(export_forms, tx, &rows, n, .after = *after,
                                  .binder_id = e->binder_id, .any = e->binder_id,
                                  .since = e->since, .most = most);

    for (int i = 0; rv == APR_SUCCESS && i < *n; i++) {
        portal_fhir_row_id_t row = {rows[i].hash, rows[i].created};
        *after = rows[i].hash;
        rv = hand_over(tx, e, PORTAL_EXPORT_FORM, row.id,
                       portal_fhir_questionnaire_write(&row, rows[i].name, rows[i].source,
                                                       tx->pool));
    }
    return rv;
}

static const char *response_text(portal_tx_t *tx, const portal_row_export_responses *row)
{
    portal_fhir_row_id_t id = {row->id, row->authored};
    portal_fhir_about_t about = {row->binder_id, row->case_id, row->form_hash};
    const char *text;
    apr_size_t len;

    if (portal_paper_unseal(tx, "response", row->id, row->sealed, &text, &len) !=
        APR_SUCCESS)
        return NULL;
    return portal_fhir_response_write(&id, &about, text, len, tx->pool);
}

static apr_status_t some_responses(portal_tx_t *tx, const portal_export_t *e,
                                   const char **after, int most, int *n)
{
    portal_row_export_responses *rows;
    apr_status_t rv = PORTAL_LIST(export_responses, tx, &rows, n, .after = *after,
                                  .binder_id = e->binder_id, .any = e->binder_id,
                                  .since = e->since, .most = most);

    for (int i = 0; rv == APR_SUCCESS && i < *n; i++) {
        *after = rows[i].id;
        rv = hand_over(tx, e, PORTAL_EXPORT_RESPONSE, rows[i].id,
                       response_text(tx, &rows[i]));
    }
    return rv;
}

static const struct {
    page_fn page;
    int most;
} kinds[PORTAL_EXPORT_KINDS] = {
    [PORTAL_EXPORT_PATIENT] = {some_binders, MOST_PEOPLE},
    [PORTAL_EXPORT_CASE] = {some_cases, MOST_PEOPLE},
    [PORTAL_EXPORT_FORM] = {some_forms, MOST_FORMS},
    [PORTAL_EXPORT_RESPONSE] = {some_responses, MOST_RESPONSES},
};

/* Pages are read into a pool that is cleared, which the transaction's own cannot be. */
static apr_status_t walk(portal_tx_t *tx, const portal_export_t *e,
                         portal_export_kind_t kind)
{
    apr_pool_t *kept = tx->pool;
    char last[72] = ""; /* the longest id is a hash */
    const char *after;
    apr_status_t rv;
    int n;

    apr_pool_create(&tx->pool, kept);
    do {
        after = last;
        n = 0;
        rv = kinds[kind].page(tx, e, &after, kinds[kind].most, &n);
        if (after != last)
            apr_cpystrn(last, after, sizeof(last));
        apr_pool_clear(tx->pool);
    } while (rv == APR_SUCCESS && n == kinds[kind].most);
    apr_pool_destroy(tx->pool);
    tx->pool = kept;
    return rv;
}

static apr_status_t count(portal_tx_t *tx, portal_export_t *e)
{
    const char *id = e->binder_id;
    apr_time_t since = e->since;
    portal_row_export_counts row;
    apr_status_t rv =
        PORTAL_GET(export_counts, tx, &row, .p_binder = id, .p_any = id, .p_since = since,
                   .p_since_case = since, .p_since_response = since, .c_binder = id,
                   .c_any = id, .c_since = since, .c_since_binder = since,
                   .c_since_response = since, .f_binder = id, .f_any = id,
                   .f_since = since, .r_binder = id, .r_any = id, .r_since = since);

    e->count[PORTAL_EXPORT_PATIENT] = row.binders;
    e->count[PORTAL_EXPORT_CASE] = row.cases;
    e->count[PORTAL_EXPORT_FORM] = row.forms;
    e->count[PORTAL_EXPORT_RESPONSE] = row.responses;
    return rv;
}

apr_status_t portal_export(portal_tx_t *tx, void *baton)
{
    portal_export_t *e = baton;
    portal_row_binder_of_mrn binder = {.id = ""};
    apr_status_t rv = APR_SUCCESS;

    e->found = 1;
    if (*e->mrn)
        rv = PORTAL_GET(binder_of_mrn, tx, &binder, .mrn = e->mrn);
    if (rv == APR_NOTFOUND) {
        e->found = 0;
        return APR_SUCCESS;
    }
    e->binder_id = binder.id;
    if (rv == APR_SUCCESS)
        rv = count(tx, e);
    if (rv == APR_SUCCESS)
        rv = e->begin(e->baton, e, tx->pool);
    for (int kind = 0; kind < PORTAL_EXPORT_KINDS && rv == APR_SUCCESS; kind++)
        rv = walk(tx, e, (portal_export_kind_t)kind);
    return rv;
}

apr_status_t portal_export_note(portal_tx_t *tx, void *baton)
{
    const portal_export_note_t *note = baton;
    const portal_export_t *e = note->e;
    json_t *counts = json_object();

    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++)
        json_object_set_new(counts, portal_export_types[kind],
                            json_integer(e->count[kind]));
    return PORTAL_AUDIT(
        tx, .action = "export",
        .binder_id = *e->binder_id ? e->binder_id : PORTAL_ALL_BINDERS,
        .detail =
            json_pack("{s:s, s:s, s:s, s:s, s:o}", "format", note->format, "to", note->to,
                      "since", e->since ? portal_time_text(e->since, tx->pool) : "",
                      "mrn", e->mrn, "resources", counts));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: takes people and cases from a JSON document, cleans them and puts them together to
 * binders. Nothing may crash, leak or run on; each row tells what it is, and no case stands twice.
 */
#include "fuzz.h"

#include "core/fhir_json.h"
#include "core/fhir_patient.h"
#include "core/intake.h"

#define NOW apr_time_from_sec(1795435200)

static void take_rows(portal_fhir_t *fhir, portal_intake_t *intake, apr_pool_t *pool)
{
    const apr_array_header_t *rows = portal_fhir_rows(fhir);
    for (int i = 0; i < rows->nelts; i++) {
        portal_fhir_row_t row = APR_ARRAY_IDX(rows, i, portal_fhir_row_t);
        const char *note;
        if (!*row.where) {
            fuzz_broken(__func__, __FILE__, __LINE__);
        }
        if (!row.refused && !portal_record_clean(&row.record, &note, NOW, pool)) {
            portal_intake_add(intake, row.where, &row.record);
        }
    }
}

static void check_cases(const portal_intake_t *intake, apr_pool_t *pool)
{
    apr_hash_t *seen = apr_hash_make(pool);
    for (int i = 0; i < intake->binders->nelts; i++) {
        const portal_intake_binder_t *b =
            APR_ARRAY_IDX(intake->binders, i, const portal_intake_binder_t *);
        for (int k = 0; k < b->cases->nelts; k++) {
            const char *key =
                APR_ARRAY_IDX(b->cases, k, const portal_intake_case_t *)->record.case_key;
            if (!*key || apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
                fuzz_broken(__func__, __FILE__, __LINE__);
            }
            apr_hash_set(seen, key, APR_HASH_KEY_STRING, b);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why;
    json_t *document;
    apr_pool_t *pool = fuzz_pool();
    document = portal_fhir_json_read((const char *)data, size, &why, pool);
    if (document) {
        portal_fhir_t *fhir = portal_fhir_make(pool);
        portal_intake_t *intake = portal_intake_make(pool);
        portal_fhir_take(fhir, document, &(portal_fhir_place_t){"one", 0});
        portal_fhir_take(fhir, document, &(portal_fhir_place_t){"two", 7});
        take_rows(fhir, intake, pool);
        check_cases(intake, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: reads CSV and makes records of its rows, as an import does.
 *
 * Nothing may crash or run on; rows come in the order of their lines and no line is passed over
 * twice; what is taken holds no control character and passes its own check again unchanged.
 */
#include "fuzz.h"

#include "core/csv.h"
#include "core/record.h"

#define NOW apr_time_from_sec(1795435200)

static void check_text(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            fuzz_broken(__func__, __FILE__, __LINE__);
        }
    }
}

static void check_same(const char *a, const char *b)
{
    if (strcmp(a, b) != 0) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
    check_text(a);
}

/* Fields in the order of the columns; those that are not there are not told. */
static void take_record(const portal_csv_row_t *row, apr_pool_t *pool)
{
    portal_record_t record = portal_record_empty, again;
    const char **members = (const char **)&record;
    const char *note;
    for (int i = 0; i < row->n && i < 10; i++) {
        members[i] = row->fields[i];
    }
    if (portal_record_clean(&record, &note, NOW, pool)) {
        return;
    }
    again = record;
    if (portal_record_clean(&again, &note, NOW, pool) || note) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
    for (int i = 0; i < 11; i++) {
        check_same(members[i], ((const char **)&again)[i]);
    }
    if (!portal_record_same_person(&record, &again, pool)) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static portal_csv_row_t row;
    portal_csv_t csv;
    portal_csv_verdict_t verdict;
    apr_pool_t *pool = fuzz_pool();
    int line = 0;
    portal_csv_begin(&csv, (const char *)data, size);
    while ((verdict = portal_csv_next(&csv, &row)) != PORTAL_CSV_END) {
        if (row.line <= line || (verdict == PORTAL_CSV_ROW_READ) != (row.n > 0)) {
            fuzz_broken(__func__, __FILE__, __LINE__);
        }
        line = row.line;
        take_record(&row, pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of an import; see import_read.h. */
#include <stddef.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/csv.h"
#include "core/fhir_json.h"
#include "core/folder.h"
#include "core/text.h"
#include "ctl/import_read.h"

#define BOM "\xEF\xBB\xBF"
#define MOST_COLUMNS PORTAL_CSV_FIELDS

portal_ctl_input_t *portal_ctl_input_make(apr_time_t now, apr_pool_t *pool)
{
    portal_ctl_input_t *input = apr_palloc(pool, sizeof(*input));

    *input =
        (portal_ctl_input_t){portal_intake_make(pool), portal_fhir_make(pool), now, 0};
    return input;
}

static void refuse(portal_ctl_input_t *input, const char *where, const char *reason)
{
    portal_remark_add(input->intake->refused, where, reason);
}

static void take_record(portal_ctl_input_t *input, const char *where,
                        const portal_record_t *told)
{
    portal_record_t record = *told;
    const char *note;
    const char *wrong =
        portal_record_clean(&record, &note, input->now, input->intake->pool);

    if (wrong) {
        refuse(input, where, wrong);
        return;
    }
    if (note)
        portal_remark_add(input->intake->warnings, where, note);
    portal_intake_add(input->intake, where, &record);
}

/* ---- CSV ---- */

typedef struct {
    const char *name;
    size_t offset;
} column_t;

#define COLUMN(name)                                                                     \
    {                                                                                    \
#name, offsetof(portal_record_t, name)                                           \
    }

static const column_t columns[] = {
    COLUMN(mrn),        COLUMN(family),     COLUMN(given),    COLUMN(birth_date),
    COLUMN(email),      COLUMN(phone),      COLUMN(language), COLUMN(case_number),
    COLUMN(case_title), COLUMN(case_start),
};

typedef struct {
    portal_ctl_input_t *input;
    const char *path;
    const column_t *column[MOST_COLUMNS]; /* of each field; NULL: ignored */
    int n;
} sheet_t;

static const char *line_of(const sheet_t *sheet, int line)
{
    return apr_psprintf(sheet->input->intake->pool, "%s:%d", sheet->path, line);
}

static const column_t *column_of(const char *name)
{
    while (apr_isspace(*name))
        name++;
    for (unsigned i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
        apr_size_t len = strlen(columns[i].name);
        if (!strncasecmp(columns[i].name, name, len) &&
            !name[len + strspn(name + len, " \t")])
            return &columns[i];
    }
    return NULL;
}

/* A name as it can be shown; what is not text of one line becomes a number. */
static const char *shown(const char *name, int field, apr_pool_t *pool)
{
    const char *clean;

    if (portal_text_clean(&clean, name, strlen(name), 60, 0, pool) == PORTAL_TEXT_OK &&
        *clean)
        return clean;
    return apr_psprintf(pool, "column %d", field + 1);
}

/* Returns what is wrong with the first line, or NULL. */
static const char *take_names(sheet_t *sheet, const portal_csv_row_t *row)
{
    apr_pool_t *pool = sheet->input->intake->pool;
    const char *ignored = "";
    int mrn = 0;

    sheet->n = row->n;
    for (int i = 0; i < row->n; i++) {
        sheet->column[i] = column_of(row->fields[i]);
        if (!sheet->column[i])
            ignored = apr_pstrcat(pool, ignored, *ignored ? ", " : "",
                                  shown(row->fields[i], i, pool), NULL);
        for (int k = 0; k < i && sheet->column[i]; k++)
            if (sheet->column[k] == sheet->column[i])
                return apr_psprintf(pool, "the column %s stands twice",
                                    sheet->column[i]->name);
        mrn += sheet->column[i] == columns;
    }
    if (!mrn)
        return "the first line must name the columns, and mrn among them";
    if (*ignored)
        portal_remark_add(sheet->input->intake->warnings, line_of(sheet, row->line),
                          apr_pstrcat(pool, "columns ignored: ", ignored, NULL));
    return NULL;
}

static void take_row(sheet_t *sheet, const portal_csv_row_t *row)
{
    portal_record_t record = portal_record_empty;
    apr_pool_t *pool = sheet->input->intake->pool;
    const char *where = line_of(sheet, row->line);

    if (row->n != sheet->n) {
        refuse(sheet->input, where,
               apr_psprintf(pool, "has %d fields, the first line names %d", row->n,
                            sheet->n));
        return;
    }
    for (int i = 0; i < row->n; i++)
        if (sheet->column[i])
            *(const char **)(void *)((char *)&record + sheet->column[i]->offset) =
                apr_pstrdup(pool, row->fields[i]);
    take_record(sheet->input, where, &record);
}

static const char *fault_of(portal_csv_verdict_t verdict)
{
    switch (verdict) {
    case PORTAL_CSV_UNTERMINATED:
        return "a quoted field has no end";
    case PORTAL_CSV_STRAY_QUOTE:
        return "a quote in the wrong place; a field with quotes is quoted, its quotes "
               "doubled";
    case PORTAL_CSV_TOO_LARGE:
        return "more than 200 fields or 64 KiB";
    default:
        return "has a zero byte; is this UTF-16? Save it as CSV UTF-8";
    }
}

static void read_csv(portal_ctl_input_t *input, const char *path, const char *text,
                     apr_size_t len)
{
    sheet_t sheet = {.input = input, .path = apr_pstrdup(input->intake->pool, path)};
    apr_pool_t *pool = input->intake->pool;
    portal_csv_row_t *row = apr_palloc(pool, sizeof(*row));
    portal_csv_t csv;
    portal_csv_verdict_t verdict;
    const char *wrong;

    portal_csv_begin(&csv, text, len);
    verdict = portal_csv_next(&csv, row);
    wrong = verdict == PORTAL_CSV_ROW_READ ? take_names(&sheet, row)
            : verdict == PORTAL_CSV_END    ? "the file is empty"
                                           : fault_of(verdict);
    if (wrong) {
        refuse(input, line_of(&sheet, row->line), wrong);
        return;
    }
    while ((verdict = portal_csv_next(&csv, row)) != PORTAL_CSV_END) {
        input->rows++;
        if (verdict == PORTAL_CSV_ROW_READ)
            take_row(&sheet, row);
        else
            refuse(input, line_of(&sheet, row->line), fault_of(verdict));
    }
}

/* ---- FHIR ---- */

/* Takes a document, which lives no longer than this call. NULL, or why it is none. */
static const char *take_document(portal_ctl_input_t *input,
                                 const portal_fhir_place_t *place, const char *text,
                                 apr_size_t len)
{
    apr_pool_t *pool;
    const char *why = NULL;
    json_t *document;

    apr_pool_create(&pool, input->intake->pool);
    document = portal_fhir_json_read(text, len, &why, pool);
    if (document)
        portal_fhir_take(input->fhir, document, place);
    why = document ? NULL : apr_pstrcat(input->intake->pool, "is not JSON: ", why, NULL);
    apr_pool_destroy(pool);
    return why;
}

static void read_document(portal_ctl_input_t *input, const portal_fhir_place_t *place,
                          const char *text, apr_size_t len)
{
    const char *why = take_document(input, place, text, len);

    if (!why)
        return;
    input->rows++;
    refuse(input, portal_fhir_place(place, input->intake->pool), why);
}

/* By its name a file of lines, of which there may be none. */
static int is_named_lines(const char *path)
{
    const char *end = strrchr(path, '.');
    return end && (!strcasecmp(end, ".ndjson") || !strcasecmp(end, ".jsonl"));
}

/* NDJSON: the first line is an object of its own and another line follows. */
static int has_lines(const char *text, apr_size_t len)
{
    const char *end = memchr(text, '\n', len);
    const char *last = end, *stop = text + len;

    while (last && last > text && apr_isspace(last[-1]))
        last--;
    while (end && end < stop && apr_isspace(*end))
        end++;
    if (end && stop - end > 3 && !memcmp(end, BOM, 3))
        end += 3; /* of a file that was put behind another */
    return last && last > text && last[-1] == '}' && end < stop && *end == '{';
}

static void read_lines(portal_ctl_input_t *input, const char *path, const char *text,
                       apr_size_t len)
{
    const char *stop = text + len;

    for (int line = 1; text < stop; line++) {
        const char *end = memchr(text, '\n', (apr_size_t)(stop - text));
        const char *start = text;
        if (!end)
            end = stop;
        while (start < end && apr_isspace(*start))
            start++;
        if (start < end)
            read_document(input, &(portal_fhir_place_t){path, line}, start,
                          (apr_size_t)(end - start));
        text = end + 1;
    }
}

/* One document, or one on each line. A file that is named so is read by lines also when its first
 * line is no document, unless it is one as a whole. */
static void read_json(portal_ctl_input_t *input, const char *path, const char *text,
                      apr_size_t len)
{
    const portal_fhir_place_t whole = {path, 0};
    apr_size_t blank = strspn(text, " \t\r\n");

    if (has_lines(text + blank, len - blank))
        read_lines(input, path, text, len);
    else if (!is_named_lines(path))
        read_document(input, &whole, text, len);
    else if (take_document(input, &whole, text, len))
        read_lines(input, path, text, len);
}

void portal_ctl_input_join(portal_ctl_input_t *input)
{
    const apr_array_header_t *rows = portal_fhir_rows(input->fhir);

    for (int i = 0; i < rows->nelts; i++) {
        const portal_fhir_row_t *row = &APR_ARRAY_IDX(rows, i, portal_fhir_row_t);
        input->rows++;
        if (row->note)
            portal_remark_add(input->intake->warnings, row->where, row->note);
        if (row->refused)
            refuse(input, row->where, row->refused);
        else
            take_record(input, row->where, &row->record);
    }
}

/* ---- files ---- */

apr_status_t portal_ctl_input_read(portal_ctl_input_t *input, const char *path,
                                   const char **error)
{
    apr_pool_t *pool;
    const char *text, *start;
    apr_size_t len;
    apr_status_t rv;
    char first;

    apr_pool_create(&pool, input->intake->pool);
    rv = portal_file_read(&text, &len, path, PORTAL_CTL_LARGEST_FILE, error, pool);
    if (rv != APR_SUCCESS) {
        *error = apr_pstrdup(input->intake->pool, *error);
        apr_pool_destroy(pool);
        return rv;
    }
    start = text + (len >= 3 && !memcmp(text, BOM, 3) ? 3 : 0);
    first = start[strspn(start, " \t\r\n")];
    if (first == '{' || first == '[')
        read_json(input, path, start, len - (apr_size_t)(start - text));
    else if (first || !is_named_lines(path))
        read_csv(input, path, text, len);
    apr_pool_destroy(pool);
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads comma- or semicolon-separated values; see csv.h. */
#include "core/csv.h"

#include <string.h>

#define BOM "\xEF\xBB\xBF"

static char guess_separator(const char *at, const char *end)
{
    int commas = 0, semicolons = 0, quoted = 0;

    for (; at < end && (quoted || *at != '\n'); at++) {
        quoted ^= *at == '"';
        commas += !quoted && *at == ',';
        semicolons += !quoted && *at == ';';
    }
    return semicolons > commas ? ';' : ',';
}

void portal_csv_begin(portal_csv_t *csv, const char *text, apr_size_t len)
{
    *csv = (portal_csv_t){.at = text, .end = text + len, .line = 1};
    if (len >= 3 && !memcmp(text, BOM, 3))
        csv->at += 3;
    csv->separator = guess_separator(csv->at, csv->end);
}

static int at_line_end(const portal_csv_t *csv, const char *at)
{
    return at == csv->end || *at == '\n' ||
           (*at == '\r' && at + 1 < csv->end && at[1] == '\n');
}

/* Steps over the end of a line, if there is one. */
static void step_line(portal_csv_t *csv)
{
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at < csv->end) {
        csv->at++;
        csv->line++;
    }
}

static void skip_line(portal_csv_t *csv)
{
    const char *end = memchr(csv->at, '\n', (apr_size_t)(csv->end - csv->at));

    csv->at = end ? end : csv->end;
    step_line(csv);
}

/* From behind the opening quote to behind the closing one; doubled quotes become one. */
static portal_csv_verdict_t read_quoted(portal_csv_t *csv, const char *start, char *to)
{
    for (csv->at++;; csv->at++) {
        if (csv->at == csv->end)
            return PORTAL_CSV_UNTERMINATED;
        if (csv->at - start > PORTAL_CSV_ROW)
            return PORTAL_CSV_TOO_LARGE;
        if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"'))
            break;
        csv->at += *csv->at == '"';
        csv->line += *csv->at == '\n';
        if (!*csv->at)
            return PORTAL_CSV_NUL;
        *to++ = *csv->at;
    }
    *to = '\0';
    csv->at++;
    return at_line_end(csv, csv->at) || *csv->at == csv->separator
               ? PORTAL_CSV_ROW_READ
               : PORTAL_CSV_STRAY_QUOTE;
}

static portal_csv_verdict_t read_plain(portal_csv_t *csv, const char *start, char *to)
{
    for (; !at_line_end(csv, csv->at) && *csv->at != csv->separator; csv->at++) {
        if (*csv->at == '"')
            return PORTAL_CSV_STRAY_QUOTE;
        if (!*csv->at)
            return PORTAL_CSV_NUL;
        if (csv->at - start > PORTAL_CSV_ROW)
            return PORTAL_CSV_TOO_LARGE;
        *to++ = *csv->at;
    }
    *to = '\0';
    return PORTAL_CSV_ROW_READ;
}

/* All fields of a row share its text: together they are shorter than the row. */
static portal_csv_verdict_t read_fields(portal_csv_t *csv, portal_csv_row_t *row)
{
    const char *start = csv->at;

    for (char *to = row->text;; csv->at++) {
        portal_csv_verdict_t verdict;
        if (row->n == PORTAL_CSV_FIELDS)
            return PORTAL_CSV_TOO_LARGE;
        row->fields[row->n++] = to;
        verdict = csv->at < csv->end && *csv->at == '"' ? read_quoted(csv, start, to)
                                                        : read_plain(csv, start, to);
        if (verdict != PORTAL_CSV_ROW_READ)
            return verdict;
        to += strlen(to) + 1;
        if (at_line_end(csv, csv->at))
            return PORTAL_CSV_ROW_READ;
    }
}

portal_csv_verdict_t portal_csv_next(portal_csv_t *csv, portal_csv_row_t *row)
{
    portal_csv_t start;
    portal_csv_verdict_t verdict;

    while (csv->at < csv->end && at_line_end(csv, csv->at))
        step_line(csv);
    row->line = csv->line;
    row->n = 0;
    if (csv->at == csv->end)
        return PORTAL_CSV_END;
    start = *csv;
    verdict = read_fields(csv, row);
    if (verdict == PORTAL_CSV_ROW_READ) {
        step_line(csv);
        return verdict;
    }
    row->n = 0;
    *csv = start;
    skip_line(csv);
    return verdict;
}

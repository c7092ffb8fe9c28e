/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: reads comma- or semicolon-separated values (RFC 4180) from memory, as spreadsheets and
 * hospital systems write them: with or without a byte order mark, lines ending in CRLF or LF,
 * quoted fields with separators, line breaks and doubled quotes in them.
 *
 * Nothing is repaired. After a malformed row reading goes on at the line behind the one in which
 * that row began, so that one wrong quote does not swallow the rest of the file.
 */
#ifndef PORTAL_CSV_H
#define PORTAL_CSV_H

#include <apr.h>

#define PORTAL_CSV_FIELDS 200      /* of a row */
#define PORTAL_CSV_ROW (64 * 1024) /* bytes of a row */

typedef enum {
    PORTAL_CSV_ROW_READ,
    PORTAL_CSV_END,
    PORTAL_CSV_UNTERMINATED, /* a quoted field has no end */
    PORTAL_CSV_STRAY_QUOTE, /* a quote within an unquoted field, or text behind a quoted one */
    PORTAL_CSV_TOO_LARGE, /* more than PORTAL_CSV_FIELDS fields or PORTAL_CSV_ROW bytes */
    PORTAL_CSV_NUL        /* a zero byte */
} portal_csv_verdict_t;

typedef struct {
    const char *at, *end; /* what is left */
    char separator;
    int line; /* of `at` */
} portal_csv_t;

typedef struct {
    int line; /* in which the row begins, from 1 */
    int n;
    const char *fields[PORTAL_CSV_FIELDS]; /* without their quotes; until the next row */
    char text[PORTAL_CSV_ROW + 2];
} portal_csv_row_t;

/* Begins to read `len` bytes, which must stay while rows are read. The separator is a semicolon
 * when the first line has more of them than commas, outside of quotes. */
void portal_csv_begin(portal_csv_t *csv, const char *text, apr_size_t len);

/* Reads the next row. Empty lines are skipped. With a verdict other than ROW_READ the row has a
 * line and no fields. A row is large: not for the stack of a thread. */
portal_csv_verdict_t portal_csv_next(portal_csv_t *csv, portal_csv_row_t *row);

#endif

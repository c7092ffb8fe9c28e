/* SPDX-License-Identifier: Apache-2.0 */
/*
 * date: calendar dates as FHIR has them (YYYY, YYYY-MM or YYYY-MM-DD, R4 section 2.24.0.1),
 * dates as people and other systems write them, times and spans of time as text.
 *
 * A date knows no time zone. Years go from 1850 to 2200: what is outside is a slip.
 */
#ifndef PORTAL_DATE_H
#define PORTAL_DATE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

#define PORTAL_DATE_YEAR_MIN 1850
#define PORTAL_DATE_YEAR_MAX 2200

typedef struct {
    int year;
    int month; /* 1..12; 0: not known, and then day is 0 */
    int day;   /* 1..31; 0: not known */
} portal_date_t;

typedef enum {
    PORTAL_DATE_OK,
    PORTAL_DATE_MALFORMED,   /* not written like a date */
    PORTAL_DATE_NO_SUCH_DAY, /* the calendar has no such month or day */
    PORTAL_DATE_RANGE,       /* year before 1850 or after 2200 */
    PORTAL_DATE_AMBIGUOUS    /* can be read as two different days */
} portal_date_verdict_t;

/*
 * Reads YYYY, YYYY-MM or YYYY-MM-DD and nothing else (no space around it). *out is all zero
 * unless the verdict is OK.
 */
portal_date_verdict_t portal_date_parse(portal_date_t *out, const char *text);

/*
 * Reads a date as it comes from a search box or a file; spaces around it are skipped:
 *   1975-03-12, 1975-03, 1975  as above, also 1975/03/12, 1975.03.12 and 19750312 (HL7 v2)
 *   1975-03-12T08:00:00+02:00  an ISO date and time: its date as written, whatever the zone
 *   12.3.1975, 12.03.1975      dots: the day first
 *   25/12/1975, 12/25/1975     slashes or hyphens with the year last: day and month in the one
 *                              order that the calendar allows; 01/02/2025 is AMBIGUOUS,
 *                              02/02/2025 is not
 * Years always have four digits. *out is all zero unless the verdict is OK.
 */
portal_date_verdict_t portal_date_read(portal_date_t *out, const char *text);

/* YYYY, YYYY-MM or YYYY-MM-DD, in `pool`: what portal_date_parse takes. */
const char *portal_date_text(const portal_date_t *date, apr_pool_t *pool);

/*
 * A time as RFC 3339 has it, UTC, in whole seconds (cut, not rounded), in `pool`:
 * 2026-11-23T14:05:00Z.
 */
const char *portal_time_text(apr_time_t time, apr_pool_t *pool);

/*
 * Reads a point in time: a day (YYYY-MM-DD, its beginning in UTC) or a time with its zone as RFC
 * 3339 has it, 2026-11-23T14:05:00Z or 2026-11-23T14:05:00.5+02:00. Years 1970 to 2200.
 * APR_EINVAL: it is none, and *out is 0.
 */
apr_status_t portal_time_parse(apr_time_t *out, const char *text);

/*
 * Reads a span of time: a number and a unit without space: 90s, 30min, 12h, 7d, 2w. At least
 * one second and at most ten years. APR_EINVAL: *error says in plain English what is wrong (a
 * constant string) and *out is 0; else *error is NULL.
 */
apr_status_t portal_duration_parse(apr_interval_time_t *out, const char *text,
                                   const char **error);

/* The span in the largest unit that divides it, in `pool`: 7d, 90s, 30min. */
const char *portal_duration_text(apr_interval_time_t span, apr_pool_t *pool);

#endif

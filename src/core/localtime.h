/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times and dates as people read them, in their language and in the server's zone.
 *
 * The patterns and the names of the months are texts of the catalogue: date.format,
 * date.format.time, date.format.month (names: day, month, year, hour, minute, half),
 * date.month.1 … date.month.12, date.clock (12 or 24), date.am and date.pm.
 */
#ifndef PORTAL_LOCALTIME_H
#define PORTAL_LOCALTIME_H

#include "core/catalogue.h"
#include "core/date.h"

#include <apr_time.h>

/*
 * {"iso": "2026-11-23T14:05:00Z", "text": "23 November 2026, 2:05 pm"}: iso is UTC, the
 * text is in the server's local zone, both without fractions of a second. A new
 * reference, the caller's. pool is for scratch.
 */
json_t *portal_time_view(const portal_catalogue_t *catalogue, const char *lang,
                         apr_time_t when, apr_pool_t *pool);

/*
 * The same for a date without a time, as FHIR has it: YYYY-MM-DD, YYYY-MM or YYYY; no
 * zone plays a part. iso is the date as given. What is no such date is its own text.
 * NULL counts as "". A new reference, the caller's. pool is for scratch.
 */
json_t *portal_date_view(const portal_catalogue_t *catalogue, const char *lang,
                         const char *date, apr_pool_t *pool);

/* The day that it is at `when` in the server's zone: YYYY-MM-DD, in `pool`. */
const char *portal_local_date(apr_time_t when, apr_pool_t *pool);

/*
 * When a date begins in the server's zone, and when it is over: the first moment after the day,
 * the month or the year that it names. 0: no such time can be told.
 */
apr_time_t portal_local_begin(const portal_date_t *date);
apr_time_t portal_local_end(const portal_date_t *date);

#endif

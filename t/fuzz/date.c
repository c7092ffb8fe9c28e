/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: dates, times and spans of time as text. What is read is within its limits and, written
 * again, is read as the same.
 */
#include "fuzz.h"

#include "core/date.h"

static void check_date(const portal_date_t *date, apr_pool_t *pool)
{
    portal_date_t again;

    must(date->year >= PORTAL_DATE_YEAR_MIN && date->year <= PORTAL_DATE_YEAR_MAX);
    must(date->month >= 0 && date->month <= 12 && date->day >= 0 && date->day <= 31);
    must(date->month || !date->day);
    must(portal_date_parse(&again, portal_date_text(date, pool)) == PORTAL_DATE_OK);
    must(again.year == date->year && again.month == date->month &&
         again.day == date->day);
}

static void check_time(const char *text, apr_pool_t *pool)
{
    apr_time_t time, again;

    if (portal_time_parse(&time, text) == APR_SUCCESS) {
        must(portal_time_parse(&again, portal_time_text(time, pool)) == APR_SUCCESS);
        must(apr_time_sec(again) == apr_time_sec(time));
    } else {
        must(time == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *text = fuzz_text(data, size, pool), *error;
    portal_date_t date;
    apr_interval_time_t span, again;

    if (portal_date_parse(&date, text) == PORTAL_DATE_OK) {
        check_date(&date, pool);
        must(strcmp(portal_date_text(&date, pool), text) == 0);
    }
    if (portal_date_read(&date, text) == PORTAL_DATE_OK) {
        check_date(&date, pool);
    }
    check_time(text, pool);
    if (portal_duration_parse(&span, text, &error) == APR_SUCCESS) {
        must(portal_duration_parse(&again, portal_duration_text(span, pool), &error) ==
                 APR_SUCCESS &&
             again == span);
    } else {
        must(error && span == 0);
    }
    apr_pool_destroy(pool);
    return 0;
}

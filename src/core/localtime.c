/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills the date patterns of the catalogue.
 */
#include "core/localtime.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <time.h>

static const char *month_name(const portal_catalogue_t *catalogue, const char *lang,
                              int month, apr_pool_t *pool)
{
    const char *key = apr_psprintf(pool, "date.month.%d", month);

    return portal_catalogue_render(catalogue, lang, key, NULL, 0, pool);
}

static json_t *view_of(const char *iso, const char *text)
{
    return json_pack("{s:s, s:s}", "iso", iso, "text", text);
}

/* The hour on this language's clock, and the half of the day if it has halves. */
static void set_hour(const portal_catalogue_t *catalogue, const char *lang, int hour,
                     json_t *parts)
{
    const char *clock = portal_catalogue_text(catalogue, lang, "date.clock");
    const char *half =
        portal_catalogue_text(catalogue, lang, hour < 12 ? "date.am" : "date.pm");

    if (clock && strcmp(clock, "12") == 0) {
        hour = hour % 12 == 0 ? 12 : hour % 12;
    }
    json_object_set_new(parts, "hour", json_integer(hour));
    json_object_set_new(parts, "half", json_string(half ? half : ""));
}

json_t *portal_time_view(const portal_catalogue_t *catalogue, const char *lang,
                         apr_time_t when, apr_pool_t *pool)
{
    apr_time_exp_t utc;
    apr_time_exp_t local;
    const char *iso;
    json_t *parts;
    json_t *view;

    apr_time_exp_gmt(&utc, when);
    apr_time_exp_lt(&local, when);
    iso = apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900,
                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
    parts = json_pack("{s:i, s:s, s:i, s:s}", "day", local.tm_mday, "month",
                      month_name(catalogue, lang, local.tm_mon + 1, pool), "year",
                      local.tm_year + 1900, "minute",
                      apr_psprintf(pool, "%02d", local.tm_min));
    set_hour(catalogue, lang, local.tm_hour, parts);
    view = view_of(iso, portal_catalogue_render(catalogue, lang, "date.format.time",
                                                parts, 0, pool));
    json_decref(parts);
    return view;
}

/* Digits by the pattern "0000-00-00", of which date may be a whole number of parts. */
static int is_date(const char *date)
{
    apr_size_t len = strlen(date);

    if (len != 4 && len != 7 && len != 10) {
        return 0;
    }
    for (apr_size_t i = 0; i < len; i++) {
        if (i == 4 || i == 7 ? date[i] != '-' : !apr_isdigit(date[i])) {
            return 0;
        }
    }
    return 1;
}

static int days_of(int year, int month)
{
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (month == 2) {
        return leap ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

json_t *portal_date_view(const portal_catalogue_t *catalogue, const char *lang,
                         const char *date, apr_pool_t *pool)
{
    int year;
    int month;
    int day;
    json_t *parts;
    json_t *view;

    if (!date || !is_date(date) || strlen(date) == 4) {
        return view_of(date ? date : "", date ? date : "");
    }
    year = (int)apr_atoi64(date);
    month = (int)apr_atoi64(date + 5);
    day = strlen(date) == 10 ? (int)apr_atoi64(date + 8) : 0;
    if (month < 1 || month > 12 ||
        (strlen(date) == 10 && (day < 1 || day > days_of(year, month)))) {
        return view_of(date, date);
    }
    parts = json_pack("{s:i, s:s, s:s}", "day", day, "month",
                      month_name(catalogue, lang, month, pool), "year",
                      apr_pstrndup(pool, date, 4));
    view = view_of(date, portal_catalogue_render(
                             catalogue, lang, day ? "date.format" : "date.format.month",
                             parts, 0, pool));
    json_decref(parts);
    return view;
}

const char *portal_local_date(apr_time_t when, apr_pool_t *pool)
{
    apr_time_exp_t local;

    apr_time_exp_lt(&local, when);
    return apr_psprintf(pool, "%04d-%02d-%02d", local.tm_year + 1900, local.tm_mon + 1,
                        local.tm_mday);
}

/* Midnight at the beginning of a day; mktime knows what the 32nd of a month is. */
static apr_time_t midnight(int year, int month, int day)
{
    struct tm tm = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    time_t seconds = mktime(&tm);

    return seconds == (time_t)-1 ? 0 : apr_time_from_sec(seconds);
}

apr_time_t portal_local_begin(const portal_date_t *date)
{
    return midnight(date->year, date->month ? date->month : 1, date->day ? date->day : 1);
}

apr_time_t portal_local_end(const portal_date_t *date)
{
    if (!date->month) {
        return midnight(date->year + 1, 1, 1);
    }
    if (!date->day) {
        return midnight(date->year, date->month + 1, 1);
    }
    return midnight(date->year, date->month, date->day + 1);
}

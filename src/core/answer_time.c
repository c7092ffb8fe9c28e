/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was typed to a time of day, and to a date with a time; see answer_parse.h.
 */
#include "core/answer_parse.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

typedef struct {
    int hour, minute, second;
} day_time_t;

/* One or two digits; -1 when there are none, or more. */
static int read_part(const char **s)
{
    int n = 0, digits = 0;

    for (; apr_isdigit(**s) && digits < 3; (*s)++, digits++)
        n = n * 10 + (**s - '0');
    return digits < 1 || digits > 2 ? -1 : n;
}

/* "am", "p.m.", "PM": 0 and 12; -1: neither; 24 when nothing stands there. */
static int read_half(const char *s)
{
    char letters[4] = "";
    size_t n = 0;

    for (; *s; s++)
        if (*s != ' ' && *s != '.' && n < 3)
            letters[n++] = (char)apr_tolower(*s);
    if (!n)
        return 24;
    if (strcmp(letters, "am") != 0 && strcmp(letters, "pm") != 0)
        return -1;
    return *letters == 'p' ? 12 : 0;
}

static bool read_clock(const char *s, day_time_t *c)
{
    int half, parts = 1;

    *c = (day_time_t){.hour = read_part(&s)};
    for (int *part = &c->minute;
         parts < 3 && (*s == ':' || *s == '.') && apr_isdigit(s[1]);
         part = &c->second, parts++) {
        s++;
        *part = read_part(&s);
    }
    half = read_half(s);
    /* "14" alone may be anything */
    if (half == -1 || (parts == 1 && half == 24))
        return false;
    if (half != 24 && (c->hour < 1 || c->hour > 12))
        return false;
    if (half != 24)
        c->hour = c->hour % 12 + half;
    return c->hour >= 0 && c->hour < 24 && c->minute >= 0 && c->minute < 60 &&
           c->second >= 0 && c->second < 60;
}

const char *portal_answer_parse_time(const char *text, portal_value_t *value,
                                     apr_pool_t *p)
{
    day_time_t c;

    if (!read_clock(text, &c))
        return "answer.error.time";
    *value = (portal_value_t){
        .kind = PORTAL_VALUE_TIME,
        .text = apr_psprintf(p, "%02d:%02d:%02d", c.hour, c.minute, c.second)};
    return NULL;
}

/* The server's zone at that moment, such as +01:00. NULL: no such moment can be told. */
static const char *zone_of(const char *date, const day_time_t *c, apr_pool_t *p)
{
    struct tm tm = {.tm_year = (int)strtol(date, NULL, 10) - 1900,
                    .tm_mon = (int)strtol(date + 5, NULL, 10) - 1,
                    .tm_mday = (int)strtol(date + 8, NULL, 10),
                    .tm_hour = c->hour,
                    .tm_min = c->minute,
                    .tm_sec = c->second,
                    .tm_isdst = -1};
    long away;

    if (mktime(&tm) == -1)
        return NULL;
    away = tm.tm_gmtoff / 60;
    return apr_psprintf(p, "%c%02ld:%02ld", away < 0 ? '-' : '+', labs(away) / 60,
                        labs(away) % 60);
}

/* date is a FHIR date; time is "" or what was typed. */
static const char *join(const char *date, const char *time, portal_value_t *value,
                        apr_pool_t *p)
{
    const char *zone;
    day_time_t c;

    *value = (portal_value_t){.kind = PORTAL_VALUE_DATETIME, .text = date};
    if (!*time)
        return NULL;
    value->kind = PORTAL_VALUE_NONE;
    if (strlen(date) != 10)
        return "answer.error.date_full";
    if (!read_clock(time, &c))
        return "answer.error.time";
    zone = zone_of(date, &c, p);
    if (!zone)
        return "answer.error.date";
    value->kind = PORTAL_VALUE_DATETIME;
    value->text =
        apr_psprintf(p, "%sT%02d:%02d:%02d%s", date, c.hour, c.minute, c.second, zone);
    return NULL;
}

const char *portal_answer_parse_moment(const portal_item_t *item, const char *text,
                                       portal_value_t *value, apr_pool_t *p)
{
    size_t n = strcspn(text, "T ");
    const char *date = apr_pstrmemdup(p, text, n), *time = text + n;

    *value = (portal_value_t){.kind = PORTAL_VALUE_NONE};
    if (!portal_date_valid(date))
        return "answer.error.date";
    if (portal_item_full_date(item) && n != 10)
        return "answer.error.date_full";
    if (portal_datetime_valid(text)) {
        *value = (portal_value_t){.kind = PORTAL_VALUE_DATETIME, .text = text};
        return NULL;
    }
    return join(date, *time ? time + 1 + strspn(time + 1, " ") : "", value, p);
}

const char *portal_answer_parse_datetime(const portal_item_t *item,
                                         const char *const parts[4],
                                         portal_value_t *value, apr_pool_t *p)
{
    const char *time = parts[3] ? portal_answer_clean(parts[3], p) : "",
               *error = portal_answer_parse_date(item, parts, value, p);

    if (error)
        return error;
    if (!time || (*time && value->kind == PORTAL_VALUE_NONE)) {
        value->kind = PORTAL_VALUE_NONE;
        return time ? "answer.error.date" : "answer.error.time";
    }
    return value->kind == PORTAL_VALUE_NONE ? NULL : join(value->text, time, value, p);
}

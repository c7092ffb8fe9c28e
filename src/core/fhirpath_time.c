/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates, moments and times of FHIRPath, each as far as it is known; see fhirpath_inner.h.
 */
#include <apr_strings.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhirpath_inner.h"

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

typedef struct {
    long part[PARTS]; /* seconds in milliseconds */
    int known;        /* how many parts; of a time by itself those from HOUR on count */
    bool time_only, zoned;
    long zone; /* minutes east of UTC */
} moment_t;

/* ---- reading ---- */

/* Two digits at *s, not above `most`; goes behind them. */
static bool two(const char **s, long *out, long least, long most)
{
    const char *at = *s;

    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *out = (at[0] - '0') * 10 + (at[1] - '0');
    *s = at + 2;
    return *out >= least && *out <= most;
}

static long days_of(long year, long month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(const char **s, moment_t *m)
{
    long century, rest;

    if (!two(s, &century, 0, 99) || !two(s, &rest, 0, 99))
        return false;
    m->part[YEAR] = century * 100 + rest;
    m->known = 1;
    if (**s != '-')
        return true;
    ++*s;
    if (!two(s, &m->part[MONTH], 1, 12))
        return false;
    m->known = 2;
    if (**s != '-')
        return true;
    ++*s;
    m->known = 3;
    return two(s, &m->part[DAY], 1, days_of(m->part[YEAR], m->part[MONTH]));
}

static bool read_second(const char **s, moment_t *m)
{
    long second, scale = 100;

    if (!two(s, &second, 0, 59))
        return false;
    m->part[SECOND] = second * 1000;
    m->known = PARTS;
    if (**s != '.')
        return true;
    for (++*s; **s >= '0' && **s <= '9'; ++*s, scale /= 10)
        m->part[SECOND] += (**s - '0') * scale;
    return true;
}

static bool read_clock(const char **s, moment_t *m)
{
    if (!two(s, &m->part[HOUR], 0, 23))
        return false;
    m->known = HOUR + 1;
    if (**s != ':')
        return true;
    ++*s;
    if (!two(s, &m->part[MINUTE], 0, 59))
        return false;
    m->known = MINUTE + 1;
    if (**s != ':')
        return true;
    ++*s;
    return read_second(s, m);
}

static bool read_zone(const char **s, moment_t *m)
{
    long hours, minutes, sign = **s == '-' ? -1 : 1;

    m->zoned = **s != '\0';
    if (**s == 'Z') {
        ++*s;
        return true;
    }
    if (**s != '+' && **s != '-')
        return true;
    ++*s;
    if (!two(s, &hours, 0, 14) || **s != ':')
        return false;
    ++*s;
    if (!two(s, &minutes, 0, 59))
        return false;
    m->zone = sign * (hours * 60 + minutes);
    return true;
}

static bool read_moment(const char *s, moment_t *m)
{
    memset(m, 0, sizeof *m);
    m->time_only = s[0] && s[1] && (s[2] == ':' || s[2] == '\0');
    if (m->time_only)
        return read_clock(&s, m) && !*s;
    if (!read_date(&s, m))
        return false;
    if (*s != 'T' || m->known < 3)
        return !*s;
    s++;
    return read_clock(&s, m) && read_zone(&s, m) && !*s;
}

bool portal_fp_time_kind(const char *text, portal_fhirpath_kind_t *kind)
{
    moment_t m;

    if (!read_moment(text, &m))
        return false;
    *kind = m.time_only    ? PORTAL_FHIRPATH_TIME
            : m.known <= 3 ? PORTAL_FHIRPATH_DATE
                           : PORTAL_FHIRPATH_DATETIME;
    return true;
}

/* ---- counting days (proleptic Gregorian calendar) ---- */

static long to_days(long year, long month, long day)
{
    long y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400;
    long of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + day - 1;
}

static void from_days(long days, moment_t *m)
{
    long era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
    long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * year + year / 4 - year / 100);
    long month = (5 * of_year + 2) / 153;

    m->part[DAY] = of_year - (153 * month + 2) / 5 + 1;
    m->part[MONTH] = month < 10 ? month + 3 : month - 9;
    m->part[YEAR] = year + era * 400 + (m->part[MONTH] <= 2);
}

/* Carries minutes over into days. */
static void add_minutes(moment_t *m, long minutes)
{
    long all = m->part[HOUR] * 60 + m->part[MINUTE] + minutes, days = all / 1440;

    all -= days * 1440;
    if (all < 0) {
        all += 1440;
        days--;
    }
    m->part[HOUR] = all / 60;
    m->part[MINUTE] = all % 60;
    if (!m->time_only)
        from_days(to_days(m->part[YEAR], m->part[MONTH], m->part[DAY]) + days, m);
}

/* ---- order ---- */

bool portal_fp_time_order(const char *a, const char *b, int *order)
{
    moment_t x, y;

    if (!read_moment(a, &x) || !read_moment(b, &y) || x.time_only != y.time_only)
        return false;
    if (x.zoned != y.zoned && x.known > 3 && y.known > 3)
        return false;
    if (x.known > MINUTE)
        add_minutes(&x, -x.zone);
    if (y.known > MINUTE)
        add_minutes(&y, -y.zone);
    for (int i = x.time_only ? HOUR : YEAR; i < PARTS; i++) {
        if (i >= x.known || i >= y.known)
            break;
        if (x.part[i] != y.part[i]) {
            *order = x.part[i] < y.part[i] ? -1 : 1;
            return true;
        }
    }
    *order = 0;
    return x.known == y.known;
}

/* ---- adding ---- */

static const char *write_moment(const moment_t *m, const char *tail, apr_pool_t *p)
{
    const char *text = "";

    if (!m->time_only)
        text = m->known == 1 ? apr_psprintf(p, "%04ld", m->part[YEAR])
               : m->known == 2
                   ? apr_psprintf(p, "%04ld-%02ld", m->part[YEAR], m->part[MONTH])
                   : apr_psprintf(p, "%04ld-%02ld-%02ld", m->part[YEAR], m->part[MONTH],
                                  m->part[DAY]);
    if (m->known > 3)
        text = apr_psprintf(p, "%s%s%02ld", text, m->time_only ? "" : "T", m->part[HOUR]);
    if (m->known > MINUTE)
        text = apr_psprintf(p, "%s:%02ld", text, m->part[MINUTE]);
    if (m->known > SECOND)
        text = apr_psprintf(p, "%s:%02ld", text, m->part[SECOND] / 1000);
    if (m->known > SECOND && m->part[SECOND] % 1000)
        text = apr_psprintf(p, "%s.%03ld", text, m->part[SECOND] % 1000);
    return apr_pstrcat(p, text, tail, NULL);
}

static void add_months(moment_t *m, long months)
{
    long all = m->part[YEAR] * 12 + m->part[MONTH] - 1 + months;

    if (m->known == 1) {
        m->part[YEAR] += months / 12;
        return;
    }
    m->part[YEAR] = all / 12;
    m->part[MONTH] = all % 12 + 1;
    if (m->known > 2 && m->part[DAY] > days_of(m->part[YEAR], m->part[MONTH]))
        m->part[DAY] = days_of(m->part[YEAR], m->part[MONTH]);
}

/* A date that is known to the month only is counted on in months: 24 days more are none. */
static void add_days(moment_t *m, long days)
{
    if (m->known == 1)
        m->part[YEAR] += days / 365;
    else if (m->known == 2)
        add_months(m, days / 30);
    else
        from_days(to_days(m->part[YEAR], m->part[MONTH], m->part[DAY]) + days, m);
}

/* Hours, minutes and seconds: to a moment or a time. */
static bool add_clock(moment_t *m, long milliseconds)
{
    long all;

    if (m->known <= SECOND) {
        add_minutes(m, milliseconds / 60000);
        return m->known > MINUTE;
    }
    all = m->part[SECOND] + milliseconds % 60000;
    add_minutes(m, milliseconds / 60000 + (all < 0 ? -1 : all / 60000));
    m->part[SECOND] = (all + 60000) % 60000;
    return true;
}

static bool add(moment_t *m, long n, const char *unit)
{
    static const struct {
        const char *word, *code;
        long months, days, milliseconds;
    } units[] = {
        {"year", NULL, 12, 0, 0},      {"month", NULL, 1, 0, 0},
        {"week", NULL, 0, 7, 0},       {"day", NULL, 0, 1, 0},
        {"hour", NULL, 0, 0, 3600000}, {"minute", NULL, 0, 0, 60000},
        {"second", "s", 0, 0, 1000},   {"millisecond", "ms", 0, 0, 1},
    };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        apr_size_t length = strlen(units[i].word);
        bool word = !strncmp(unit, units[i].word, length) &&
                    (!unit[length] || !strcmp(unit + length, "s"));
        if (!word && (!units[i].code || strcmp(units[i].code, unit) != 0))
            continue;
        if (units[i].milliseconds)
            return m->known > 3 && add_clock(m, n * units[i].milliseconds);
        if (m->time_only)
            return false;
        if (units[i].months)
            add_months(m, n * units[i].months);
        else
            add_days(m, n * units[i].days);
        return true;
    }
    return false;
}

const char *portal_fp_time_add(const char *text, double number, const char *unit,
                               apr_pool_t *p)
{
    moment_t m;
    const char *tail;

    if (!read_moment(text, &m) || !unit || !(fabs(number) < 1e8) ||
        !add(&m, (long)number, unit) || m.part[YEAR] < 0 || m.part[YEAR] > 9999)
        return NULL;
    tail = m.zoned ? strpbrk(text + 11, "Z+-") : NULL;
    return write_moment(&m, tail ? tail : "", p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* date: see date.h. Spans are in duration.c. */
#include "core/date.h"

#include <apr_strings.h>
#include <string.h>

#define TEXT_MAX 64 /* longer than any date and time */

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number in the first `count` characters; -1: they are not all digits. */
static int number(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(text[i])) {
            return -1;
        }
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* month -1: none; day -1: none. A month or day 0 is no day of the calendar. */
static portal_date_verdict_t check(portal_date_t *out, int year, int month, int day)
{
    if (year < PORTAL_DATE_YEAR_MIN || year > PORTAL_DATE_YEAR_MAX) {
        return PORTAL_DATE_RANGE;
    }
    if (month != -1 && (month < 1 || month > 12)) {
        return PORTAL_DATE_NO_SUCH_DAY;
    }
    if (day != -1 && (month == -1 || day < 1 || day > days_in(year, month))) {
        return PORTAL_DATE_NO_SUCH_DAY;
    }
    out->year = year;
    out->month = month == -1 ? 0 : month;
    out->day = day == -1 ? 0 : day;
    return PORTAL_DATE_OK;
}

/* YYYY[sMM[sDD]] with the separator `s` */
static portal_date_verdict_t year_first(portal_date_t *out, const char *text, char s)
{
    size_t length = strlen(text);
    if ((length != 4 && length != 7 && length != 10) || (length > 4 && text[4] != s) ||
        (length > 7 && text[7] != s)) {
        return PORTAL_DATE_MALFORMED;
    }
    int year = number(text, 4);
    int month = length > 4 ? number(text + 5, 2) : 0;
    int day = length > 7 ? number(text + 8, 2) : 0;
    if (year < 0 || month < 0 || day < 0) {
        return PORTAL_DATE_MALFORMED;
    }
    return check(out, year, length > 4 ? month : -1, length > 7 ? day : -1);
}

portal_date_verdict_t portal_date_parse(portal_date_t *out, const char *text)
{
    memset(out, 0, sizeof *out);
    return year_first(out, text, '-');
}

/* Whether `text` matches a picture in which 0 stands for any digit. */
static int looks_like(const char *text, const char *picture)
{
    for (; *picture; text++, picture++) {
        if (*picture == '0' ? !is_digit(*text) : *text != *picture) {
            return 0;
        }
    }
    return *text == '\0';
}

/* What stands behind the T: hh:mm[:ss[.fraction]][Z or ±hh:mm] */
static int is_time_of_day(const char *text)
{
    size_t length = strcspn(text, "Z+-");
    char clock[TEXT_MAX + 1];
    const char *zone = text + length;
    memcpy(clock, text, length);
    clock[length] = '\0';
    char *dot = strchr(clock, '.');
    if (dot && (strspn(dot + 1, "0123456789") != strlen(dot + 1) || dot[1] == '\0')) {
        return 0;
    }
    if (dot) {
        *dot = '\0';
    }
    int good_clock =
        looks_like(clock, "00:00:00") || (!dot && looks_like(clock, "00:00"));
    int good_zone = *zone == '\0' || strcmp(zone, "Z") == 0 ||
                    (*zone != 'Z' && looks_like(zone + 1, "00:00"));
    return good_clock && good_zone && number(clock, 2) < 24 && number(clock + 3, 2) < 60;
}

/* A part of one or two digits that ends before `end`; -1: it is not one. */
static int short_number(const char **text, char end)
{
    const char *start = *text;
    int count = is_digit(start[0]) ? (is_digit(start[1]) ? 2 : 1) : 0;
    if (count == 0 || start[count] != end) {
        return -1;
    }
    *text = start + count + 1;
    return number(start, count);
}

/* D.M.YYYY, and D/M/YYYY or M/D/YYYY in the one order that is a day */
static portal_date_verdict_t year_last(portal_date_t *out, const char *text, char s)
{
    portal_date_t swapped;
    int first = short_number(&text, s);
    int second = first < 0 ? -1 : short_number(&text, s);
    if (second < 0 || !looks_like(text, "0000")) {
        return PORTAL_DATE_MALFORMED;
    }
    int year = number(text, 4);
    portal_date_verdict_t verdict = check(out, year, second, first);
    if (s == '.' || first == second) {
        return verdict;
    }
    portal_date_verdict_t other = check(&swapped, year, first, second);
    if (verdict == PORTAL_DATE_OK && other == PORTAL_DATE_OK) {
        memset(out, 0, sizeof *out);
        return PORTAL_DATE_AMBIGUOUS;
    }
    if (other == PORTAL_DATE_OK) {
        *out = swapped;
        return PORTAL_DATE_OK;
    }
    return verdict;
}

static portal_date_verdict_t read_bare(portal_date_t *out, const char *text)
{
    if (looks_like(text, "00000000")) {
        return check(out, number(text, 4), number(text + 4, 2), number(text + 6, 2));
    }
    char separator = text[strspn(text, "0123456789")];
    if (separator != '\0' && !strchr("-/.", separator)) {
        return PORTAL_DATE_MALFORMED;
    }
    if (strspn(text, "0123456789") == 4) {
        return year_first(out, text, separator);
    }
    return separator ? year_last(out, text, separator) : PORTAL_DATE_MALFORMED;
}

portal_date_verdict_t portal_date_read(portal_date_t *out, const char *text)
{
    char bare[TEXT_MAX + 1] = "";
    memset(out, 0, sizeof *out);
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1])) {
        length--;
    }
    if (length > TEXT_MAX) {
        return PORTAL_DATE_MALFORMED;
    }
    memcpy(bare, text, length);
    bare[length] = '\0';
    if (length > 10 && (bare[10] == 'T' || bare[10] == ' ')) {
        bare[10] = '\0';
        return is_time_of_day(bare + 11) ? year_first(out, bare, '-')
                                         : PORTAL_DATE_MALFORMED;
    }
    return read_bare(out, bare);
}

const char *portal_date_text(const portal_date_t *date, apr_pool_t *pool)
{
    if (date->month == 0) {
        return apr_psprintf(pool, "%04d", date->year);
    }
    if (date->day == 0) {
        return apr_psprintf(pool, "%04d-%02d", date->year, date->month);
    }
    return apr_psprintf(pool, "%04d-%02d-%02d", date->year, date->month, date->day);
}

const char *portal_time_text(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t t;
    apr_time_exp_gmt(&t, time);
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900,
                        t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

/* The digits behind a point as microseconds, further ones cut; *end is what follows. -1: none. */
static int fraction(const char *text, const char **end)
{
    int value = 0, scale = 100000;

    if (!is_digit(*text)) {
        return -1;
    }
    for (; is_digit(*text); text++) {
        value += (*text - '0') * scale;
        scale /= 10;
    }
    *end = text;
    return value;
}

/* Z, +HH:MM or -HH:MM, to the end. */
static apr_status_t zone(int *seconds, const char *text)
{
    int hours, minutes;

    *seconds = 0;
    if (!strcmp(text, "Z")) {
        return APR_SUCCESS;
    }
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || text[3] != ':') {
        return APR_EINVAL;
    }
    hours = number(text + 1, 2);
    minutes = number(text + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return APR_EINVAL;
    }
    *seconds = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return APR_SUCCESS;
}

/* HH:MM:SS, a fraction if there is one, and the zone. A leap second counts as the one before. */
static apr_status_t clock_and_zone(apr_time_exp_t *t, const char *text)
{
    if (strlen(text) < 9 || text[2] != ':' || text[5] != ':') {
        return APR_EINVAL;
    }
    t->tm_hour = number(text, 2);
    t->tm_min = number(text + 3, 2);
    t->tm_sec = number(text + 6, 2);
    text += 8;
    if (*text == '.') {
        t->tm_usec = fraction(text + 1, &text);
    }
    if (t->tm_hour < 0 || t->tm_hour > 23 || t->tm_min < 0 || t->tm_min > 59 ||
        t->tm_sec < 0 || t->tm_sec > 60 || t->tm_usec < 0) {
        return APR_EINVAL;
    }
    if (t->tm_sec == 60) {
        t->tm_sec = 59;
    }
    return zone(&t->tm_gmtoff, text);
}

apr_status_t portal_time_parse(apr_time_t *out, const char *text)
{
    apr_time_exp_t t = {0};
    char day[11] = "";
    portal_date_t date;

    *out = 0;
    memcpy(day, text, strnlen(text, 10));
    if (portal_date_parse(&date, day) != PORTAL_DATE_OK || !date.day ||
        date.year < 1970) {
        return APR_EINVAL;
    }
    if (strlen(text) > 10 &&
        (text[10] != 'T' || clock_and_zone(&t, text + 11) != APR_SUCCESS)) {
        return APR_EINVAL;
    }
    t.tm_year = date.year - 1900;
    t.tm_mon = date.month - 1;
    t.tm_mday = date.day;
    return apr_time_exp_gmt_get(out, &t);
}

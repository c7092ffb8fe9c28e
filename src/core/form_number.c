/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, dates and times of a form as the text that was written: what is one, and which
 * of two comes first. FHIR R4 "datatypes": integer, decimal, date, dateTime, time.
 */
#include "core/form_value.h"

#include <string.h>

#include "core/fhir_json.h"

/* A number taken apart: 0.DIGITS times ten to the power, DIGITS without zeros at its ends. */
typedef struct {
    const char *text;
    bool negative;
    bool zero;
    long power;
} number_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A power is cut at a million: beyond it all numbers are alike to us. */
static long read_power(const char *s)
{
    long power = 0;
    bool negative = *s == '-';

    for (s += *s == '-' || *s == '+'; is_digit(*s); s++)
        if (power < 1000000)
            power = power * 10 + (*s - '0');
    return negative ? -power : power;
}

static number_t take_apart(const char *text)
{
    number_t n = {.negative = *text == '-', .zero = true};
    bool after_point = false;

    for (text += n.negative; is_digit(*text) || *text == '.'; text++) {
        if (*text == '.') {
            after_point = true;
            continue;
        }
        if (n.zero && *text == '0') {
            n.power -= after_point;
            continue;
        }
        if (n.zero) {
            n.zero = false;
            n.text = text;
        }
        n.power += !after_point;
    }
    if (*text == 'e' || *text == 'E')
        n.power += read_power(text + 1);
    return n;
}

static const char *next_digit(const char *s)
{
    while (*s == '.')
        s++;
    return s;
}

/* Compares the digits of two numbers of the same power. */
static int compare_digits(const char *a, const char *b)
{
    for (;;) {
        a = next_digit(a);
        b = next_digit(b);
        char x = is_digit(*a) ? *a++ : '\0', y = is_digit(*b) ? *b++ : '\0';
        if (!x && !y)
            return 0;
        x = x ? x : '0';
        y = y ? y : '0';
        if (x != y)
            return x < y ? -1 : 1;
    }
}

static int compare_size(const number_t *a, const number_t *b)
{
    if (a->zero || b->zero)
        return (int)b->zero - (int)a->zero;
    if (a->power != b->power)
        return a->power < b->power ? -1 : 1;
    return compare_digits(a->text, b->text);
}

int portal_decimal_compare(const char *a, const char *b)
{
    number_t x = take_apart(a), y = take_apart(b);
    bool nx = x.negative && !x.zero, ny = y.negative && !y.zero;

    if (nx != ny)
        return nx ? -1 : 1;
    return nx ? -compare_size(&x, &y) : compare_size(&x, &y);
}

int portal_decimal_places(const char *text)
{
    const char *point = strchr(text, '.');

    return point ? (int)strspn(point + 1, "0123456789") : 0;
}

bool portal_integer_valid(const char *text)
{
    if (!portal_fhir_json_is_number(text) || strpbrk(text, ".eE"))
        return false;
    return portal_decimal_compare(text, "-2147483648") >= 0 &&
           portal_decimal_compare(text, "2147483647") <= 0;
}

/* The number that n digits make, or -1. */
static int digits(const char *s, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!is_digit(s[i]))
            return -1;
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* The length of the date in front of text (4, 7 or 10), or 0. */
static int date_length(const char *s)
{
    int year = digits(s, 4), month, day;

    if (year < 1)
        return 0;
    if (s[4] != '-')
        return 4;
    month = digits(s + 5, 2);
    if (month < 1 || month > 12)
        return 0;
    if (s[7] != '-')
        return 7;
    day = digits(s + 8, 2);
    return day >= 1 && day <= days_in(year, month) ? 10 : 0;
}

bool portal_date_valid(const char *text)
{
    int n = date_length(text);

    return n && text[n] == '\0';
}

/* The length of hh:mm:ss[.fff] in front of s, or 0. 60 seconds: a leap second. */
static int time_length(const char *s)
{
    int h = digits(s, 2), m, sec, n = 8;

    if (h < 0 || h > 23 || s[2] != ':')
        return 0;
    m = digits(s + 3, 2);
    if (m < 0 || m > 59 || s[5] != ':')
        return 0;
    sec = digits(s + 6, 2);
    if (sec < 0 || sec > 60)
        return 0;
    if (s[8] == '.') {
        n += 1 + (int)strspn(s + 9, "0123456789");
        return n > 9 ? n : 0;
    }
    return n;
}

bool portal_time_valid(const char *text)
{
    int n = time_length(text);

    return n && text[n] == '\0';
}

static bool zone_valid(const char *s)
{
    int h, m;

    if (strcmp(s, "Z") == 0)
        return true;
    if ((*s != '+' && *s != '-') || strlen(s) != 6 || s[3] != ':')
        return false;
    h = digits(s + 1, 2);
    m = digits(s + 4, 2);
    return m >= 0 && m <= 59 && h >= 0 && (h < 14 || (h == 14 && m == 0));
}

bool portal_datetime_valid(const char *text)
{
    int n = date_length(text), t;

    if (!n || text[n] == '\0')
        return n != 0;
    if (n != 10 || text[10] != 'T')
        return false;
    t = time_length(text + 11);
    return t && zone_valid(text + 11 + t);
}

static bool is_uuid(const char *s)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (strlen(s) != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == '-' ? s[i] != '-'
                            : !is_digit(s[i]) && !(s[i] >= 'a' && s[i] <= 'f'))
            return false;
    return true;
}

bool portal_uri_valid(const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        if (*s <= ' ' || *s == 0x7F)
            return false;
    if (strncmp(text, "urn:uuid:", 9) == 0)
        return is_uuid(text + 9);
    return *text != '\0';
}

bool portal_uri_absolute(const char *text)
{
    size_t n = 0;

    while ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') ||
           (n && (is_digit(text[n]) || strchr("+.-", text[n] ? text[n] : '/'))))
        n++;
    return n > 1 && text[n] == ':' && text[n + 1] && strcmp(text + n, "://") != 0;
}

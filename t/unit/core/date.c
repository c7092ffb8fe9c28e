/* SPDX-License-Identifier: Apache-2.0 */
/* core/date: the calendar, strict and lenient reading, times and spans. */
#include "unit.h"

#include <apr_strings.h>

#include "core/date.h"

static void parses(const char *text, apr_pool_t *pool)
{
    portal_date_t date;
    assert_int_equal(portal_date_parse(&date, text), PORTAL_DATE_OK);
    assert_string_equal(portal_date_text(&date, pool), text);
}

static void refuses(const char *text, portal_date_verdict_t expected)
{
    portal_date_t date = {1, 2, 3};
    assert_int_equal(portal_date_parse(&date, text), expected);
    assert_int_equal(date.year + date.month + date.day, 0);
}

static void iso_dates_are_parsed(void **state)
{
    const char *good[] = {"1850",       "2200",       "1850-01-01",
                          "2200-12-31", "1975-03",    "1975-03-12",
                          "2024-02-29", "2000-02-29", "1999-04-30"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        parses(good[i], *state);
    }
}

static void the_calendar_is_checked(void **state)
{
    (void)state;
    const char *none[] = {"1975-00",    "1975-13",    "1975-01-00", "1975-01-32",
                          "2023-02-29", "1900-02-29", "2100-02-29", "2024-02-30",
                          "1975-04-31", "1975-06-31", "1975-09-31", "1975-11-31"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        refuses(none[i], PORTAL_DATE_NO_SUCH_DAY);
    }
    refuses("1849-12-31", PORTAL_DATE_RANGE);
    refuses("2201-01-01", PORTAL_DATE_RANGE);
    refuses("0000", PORTAL_DATE_RANGE);
}

static void every_day_is_taken_once(void **state)
{
    int days = 0;
    for (int m = 1; m <= 99; m++) {
        for (int d = 1; d <= 99; d++) {
            portal_date_t date;
            const char *text = apr_psprintf(*state, "2023-%02d-%02d", m, d);
            days += portal_date_parse(&date, text) == PORTAL_DATE_OK;
        }
    }
    assert_int_equal(days, 365);
}

static void malformed_dates_are_refused(void **state)
{
    (void)state;
    const char *bad[] = {
        "",           "1",           "75",          "197",         "1975-",
        "1975-3",     "1975-3-1",    "1975-03-",    "1975-03-1",   "1975-03-123",
        "1975/03/12", " 1975-03-12", "1975-03-12 ", "1975-03-12T", "19750312",
        "+975-03-12", "1975--3-12",  "1975-03--2",  "abcd-ef-gh",  "１９７５"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuses(bad[i], PORTAL_DATE_MALFORMED);
    }
}

static void reads_as(const char *text, const char *expected, apr_pool_t *pool)
{
    portal_date_t date;
    assert_int_equal(portal_date_read(&date, text), PORTAL_DATE_OK);
    assert_string_equal(portal_date_text(&date, pool), expected);
}

static void dates_of_people_are_read(void **state)
{
    reads_as("1975-03-12", "1975-03-12", *state);
    reads_as(" 1975-03-12\n", "1975-03-12", *state);
    reads_as("1975", "1975", *state);
    reads_as("1975-03", "1975-03", *state);
    reads_as("1975/03/12", "1975-03-12", *state);
    reads_as("1975.03.12", "1975-03-12", *state);
    reads_as("19750312", "1975-03-12", *state);
    reads_as("12.03.1975", "1975-03-12", *state);
    reads_as("1.2.2025", "2025-02-01", *state);
    reads_as("31.12.1999", "1999-12-31", *state);
    reads_as("25/12/1975", "1975-12-25", *state);
    reads_as("12/25/1975", "1975-12-25", *state);
    reads_as("12-25-1975", "1975-12-25", *state);
    reads_as("2/2/2025", "2025-02-02", *state);
    reads_as("02/02/2025", "2025-02-02", *state);
}

static void times_are_read_as_their_date(void **state)
{
    reads_as("1975-03-12T08:00:00+02:00", "1975-03-12", *state);
    reads_as("1975-03-12T23:59:59.999Z", "1975-03-12", *state);
    reads_as("1975-03-12T00:00:00-11:30", "1975-03-12", *state);
    reads_as("1975-03-12T08:00", "1975-03-12", *state);
    reads_as("1975-03-12 08:00:00", "1975-03-12", *state);
}

static void reading_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        portal_date_verdict_t verdict;
    } bad[] = {
        {"01/02/2025", PORTAL_DATE_AMBIGUOUS},
        {"1/2/2025", PORTAL_DATE_AMBIGUOUS},
        {"12-11-1975", PORTAL_DATE_AMBIGUOUS},
        {"13/13/2025", PORTAL_DATE_NO_SUCH_DAY},
        {"30/02/2025", PORTAL_DATE_NO_SUCH_DAY},
        {"02/30/2025", PORTAL_DATE_NO_SUCH_DAY},
        {"3.12.75", PORTAL_DATE_MALFORMED},
        {"32.01.2025", PORTAL_DATE_NO_SUCH_DAY},
        {"12.13.1975", PORTAL_DATE_NO_SUCH_DAY},
        {"25/12/1800", PORTAL_DATE_RANGE},
        {"00000000", PORTAL_DATE_RANGE},
        {"19751301", PORTAL_DATE_NO_SUCH_DAY},
        {"19750000", PORTAL_DATE_NO_SUCH_DAY},
        {"", PORTAL_DATE_MALFORMED},
        {"  ", PORTAL_DATE_MALFORMED},
        {"12", PORTAL_DATE_MALFORMED},
        {"12.03", PORTAL_DATE_MALFORMED},
        {"12.03-1975", PORTAL_DATE_MALFORMED},
        {"12..1975", PORTAL_DATE_MALFORMED},
        {"123.03.1975", PORTAL_DATE_MALFORMED},
        {"12:03:1975", PORTAL_DATE_MALFORMED},
        {"1975-03-12T", PORTAL_DATE_MALFORMED},
        {"1975-03-12T8:00", PORTAL_DATE_MALFORMED},
        {"1975-03-12T24:00:00", PORTAL_DATE_MALFORMED},
        {"1975-03-12T08:60:00", PORTAL_DATE_MALFORMED},
        {"1975-03-12T08:00:00.Z", PORTAL_DATE_MALFORMED},
        {"1975-03-12T08:00.5", PORTAL_DATE_MALFORMED},
        {"1975-03-12T08:00:00Zulu", PORTAL_DATE_MALFORMED},
        {"1975-03-12T08:00:00+2", PORTAL_DATE_MALFORMED},
        {"1975-02-30T08:00:00Z", PORTAL_DATE_NO_SUCH_DAY},
        {"12 March 1975", PORTAL_DATE_MALFORMED},
        {"1975-03-12-01-01-01-01-01-01-01-01-01-01-01-01-01-01-01-01-01-01",
         PORTAL_DATE_MALFORMED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        portal_date_t date = {1, 2, 3};
        assert_int_equal(portal_date_read(&date, bad[i].text), bad[i].verdict);
        assert_int_equal(date.year + date.month + date.day, 0);
    }
}

static void times_are_written_in_utc(void **state)
{
    assert_string_equal(portal_time_text(0, *state), "1970-01-01T00:00:00Z");
    assert_string_equal(portal_time_text(apr_time_from_sec(1795442700), *state),
                        "2026-11-23T14:05:00Z");
    assert_string_equal(portal_time_text(apr_time_from_sec(1795442700) + 999999, *state),
                        "2026-11-23T14:05:00Z");
    setenv("TZ", "Asia/Tokyo", 1);
    assert_string_equal(portal_time_text(0, *state), "1970-01-01T00:00:00Z");
    unsetenv("TZ");
}

static void points_in_time_are_read(void **state)
{
    static const struct {
        const char *text, *utc;
    } good[] = {
        {"2026-11-23", "2026-11-23T00:00:00Z"},
        {"2026-11-23T14:05:09Z", "2026-11-23T14:05:09Z"},
        {"2026-11-23T00:05:09+02:30", "2026-11-22T21:35:09Z"},
        {"2026-12-31T23:05:09.75-01:00", "2027-01-01T00:05:09Z"},
        {"2024-02-29T23:59:60Z", "2024-02-29T23:59:59Z"},
        {"1970-01-01", "1970-01-01T00:00:00Z"},
    };
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-11",
                                      "2026-02-30",
                                      "1969-12-31",
                                      "2026-11-23 14:05:09Z",
                                      "2026-11-23T14:05:09",
                                      "2026-11-23T14:05Z",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T14:05:61Z",
                                      "2026-11-23T14:05:09.Z",
                                      "2026-11-23T14:05:09+2:00",
                                      "2026-11-23T14:05:09+0200",
                                      "2026-11-23T14:05:09+24:00",
                                      "2026-11-23T14:05:09z",
                                      "2026-11-23T14:05:09Z ",
                                      " 2026-11-23",
                                      "23.11.2026"};
    apr_time_t time;

    for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_int_equal(portal_time_parse(&time, good[i].text), APR_SUCCESS);
        assert_string_equal(portal_time_text(time, *state), good[i].utc);
    }
    assert_int_equal(portal_time_parse(&time, "2026-11-23T14:05:09.7512345Z"), 0);
    assert_int_equal(apr_time_usec(time), 751234);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (portal_time_parse(&time, bad[i]) != APR_EINVAL)
            fail_msg("%s is no point in time", bad[i]);
        assert_int_equal(time, 0);
    }
}

static void spans_are_read(void **state)
{
    static const struct {
        const char *text;
        apr_int64_t seconds;
        const char *shown;
    } good[] = {
        {"1s", 1, "1s"},         {"90s", 90, "90s"},           {"60s", 60, "1min"},
        {"15min", 900, "15min"}, {"30min", 1800, "30min"},     {"1h", 3600, "1h"},
        {"12h", 43200, "12h"},   {"7d", 604800, "7d"},         {"2w", 1209600, "14d"},
        {"024h", 86400, "1d"},   {"3660d", 316224000, "3660d"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        apr_interval_time_t span;
        const char *error;
        assert_int_equal(portal_duration_parse(&span, good[i].text, &error), APR_SUCCESS);
        assert_null(error);
        assert_int_equal(span, apr_time_from_sec(good[i].seconds));
        assert_string_equal(portal_duration_text(span, *state), good[i].shown);
    }
}

static void bad_spans_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } bad[] = {{"", "a number"},
               {"h", "a number"},
               {"-1h", "a number"},
               {" 1h", "a number"},
               {"1", "unit is missing"},
               {"5m", "write min"},
               {"1h ", "unit must"},
               {"1 h", "unit must"},
               {"1H", "unit must"},
               {"1h30min", "unit must"},
               {"1.5h", "unit must"},
               {"0s", "at least"},
               {"0d", "at least"},
               {"3661d", "ten years"},
               {"9999999999s", "ten years"},
               {"99999999999999999999s", "ten years"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        apr_interval_time_t span = 5;
        const char *error;
        assert_int_equal(portal_duration_parse(&span, bad[i].text, &error), APR_EINVAL);
        assert_int_equal(span, 0);
        assert_non_null(strstr(error, bad[i].reason));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(iso_dates_are_parsed),
        pool_test(the_calendar_is_checked),
        pool_test(every_day_is_taken_once),
        pool_test(malformed_dates_are_refused),
        pool_test(dates_of_people_are_read),
        pool_test(times_are_read_as_their_date),
        pool_test(reading_refuses),
        pool_test(times_are_written_in_utc),
        pool_test(points_in_time_are_read),
        pool_test(spans_are_read),
        pool_test(bad_spans_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

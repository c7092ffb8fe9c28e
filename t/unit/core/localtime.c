/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/localtime, with the catalogues that are shipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "core/date_words.h"
#include "core/localtime.h"

/* 2026-11-23 14:05:09.5 UTC */
#define AFTERNOON (APR_TIME_C(1795442709) * APR_USEC_PER_SEC + 500000)

static apr_pool_t *pool;
static portal_catalogue_t *catalogue;

static void assert_view(json_t *view, const char *iso, const char *text)
{
    assert_string_equal(json_string_value(json_object_get(view, "iso")), iso);
    assert_string_equal(json_string_value(json_object_get(view, "text")), text);
    assert_int_equal(json_object_size(view), 2);
    json_decref(view);
}

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static json_t *at(const char *lang, apr_time_t when)
{
    return portal_time_view(catalogue, lang, when, pool);
}

static json_t *on(const char *lang, const char *date)
{
    return portal_date_view(catalogue, lang, date, pool);
}

static void tells_the_time_of_the_zone(void **state)
{
    (void)state;
    set_zone("UTC0");
    assert_view(at("en", AFTERNOON), "2026-11-23T14:05:09Z", "23 November 2026, 2:05 pm");
    assert_view(at("es", AFTERNOON), "2026-11-23T14:05:09Z",
                "23 de noviembre de 2026, 2:05 p. m.");
    set_zone("EST5EDT,M3.2.0,M11.1.0");
    assert_view(at("en", AFTERNOON), "2026-11-23T14:05:09Z", "23 November 2026, 9:05 am");
    set_zone("NZST-12NZDT,M9.5.0,M4.1.0/3");
    assert_view(at("en", AFTERNOON), "2026-11-23T14:05:09Z", "24 November 2026, 3:05 am");
}

/* What pages show is found when it is typed. */
static void days_in_words_are_read(void **state)
{
    static const char *const typed[][2] = {
        {"22 April 1998", "1998-04-22"},
        {"22 de abril de 1998", "1998-04-22"},
        {"kr\u00fcger 2 apr. 1998 x", "kr\u00fcger 1998-04-02 x"},
        {"April 22, 1998", "1998-04-22"},
        {"SEP 1, 2001", "2001-09-01"},
        {"born: 31 dic 1950", "born: 1950-12-31"},
        {"5 of May of 1966", "1966-05-05"},
        {"April 1998", NULL},
        {"April Smith 1998", NULL},
        {"31 April 1998", NULL},
        {"22 Ap 1998", NULL},
        {"22 1998 April", NULL},
        {"22 apr 98", NULL},
        {"de", NULL},
        {"", NULL},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(typed) / sizeof(*typed); i++)
        assert_string_equal(portal_date_words(catalogue, typed[i][0], pool),
                            typed[i][1] ? typed[i][1] : typed[i][0]);
}

static void noon_and_midnight_are_twelve(void **state)
{
    apr_time_t midnight = AFTERNOON - apr_time_from_sec(14 * 3600);

    (void)state;
    set_zone("UTC0");
    assert_view(at("en", midnight), "2026-11-23T00:05:09Z", "23 November 2026, 12:05 am");
    assert_view(at("en", midnight + apr_time_from_sec(12 * 3600)), "2026-11-23T12:05:09Z",
                "23 November 2026, 12:05 pm");
    assert_view(at("en", 0), "1970-01-01T00:00:00Z", "1 January 1970, 12:00 am");
}

static void dates_have_no_zone(void **state)
{
    (void)state;
    set_zone("EST5EDT,M3.2.0,M11.1.0");
    assert_view(on("en", "2026-11-23"), "2026-11-23", "23 November 2026");
    assert_view(on("es", "2026-11-23"), "2026-11-23", "23 de noviembre de 2026");
    assert_view(on("en", "1924-02-29"), "1924-02-29", "29 February 1924");
    assert_view(on("en", "0988-01-01"), "0988-01-01", "1 January 0988");
    assert_view(on("en", "1950-07"), "1950-07", "July 1950");
    assert_view(on("es", "1950-07"), "1950-07", "julio de 1950");
    assert_view(on("en", "1950"), "1950", "1950");
}

static void what_is_no_date_stays_as_it_is(void **state)
{
    static const char *const odd[] = {"",
                                      "x",
                                      "2026-13",
                                      "2026-00-01",
                                      "2026-02-30",
                                      "2025-02-29",
                                      "1900-02-29",
                                      "2026-1-1",
                                      "2026-11-2x",
                                      "2026/11/23",
                                      "2026-11-23T00:00:00Z"};

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        assert_view(on("en", odd[i]), odd[i], odd[i]);
    }
    assert_view(on("en", NULL), "", "");
}

static void days_begin_and_end_at_midnight(void **state)
{
    const portal_date_t day = {2026, 12, 31}, month = {2026, 2, 0}, year = {2026, 0, 0};
    const char *zone = getenv("TZ") ? apr_pstrdup(pool, getenv("TZ")) : NULL;

    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    assert_int_equal(apr_time_sec(portal_local_begin(&day)), 1798671600);
    assert_int_equal(apr_time_sec(portal_local_end(&day)), 1798758000);
    assert_int_equal(apr_time_sec(portal_local_end(&month)) -
                         apr_time_sec(portal_local_begin(&month)),
                     28 * 86400);
    assert_int_equal(apr_time_sec(portal_local_end(&year)) -
                         apr_time_sec(portal_local_begin(&year)),
                     365 * 86400);
    assert_string_equal(portal_local_date(apr_time_from_sec(1798671600), pool),
                        "2026-12-31");
    assert_string_equal(portal_local_date(apr_time_from_sec(1798671599), pool),
                        "2026-12-30");
    zone ? setenv("TZ", zone, 1) : unsetenv("TZ");
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_time_of_the_zone),
        cmocka_unit_test(days_in_words_are_read),
        cmocka_unit_test(noon_and_midnight_are_twelve),
        cmocka_unit_test(dates_have_no_zone),
        cmocka_unit_test(what_is_no_date_stays_as_it_is),
        cmocka_unit_test(days_begin_and_end_at_midnight),
    };
    const char *error;
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    json_object_seed(0);
    /* Tests run in the top folder of the tree. */
    if (portal_catalogue_load(&catalogue, (const char *[]){"htdocs/lang", NULL}, &error,
                              pool) != APR_SUCCESS) {
        print_error("%s\n", error);
        return 1;
    }
    failed = cmocka_run_group_tests_name("core/localtime", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}

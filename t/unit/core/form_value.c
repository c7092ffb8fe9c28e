/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of core/form_value, form_number and fhir_json: numbers and dates as written. */
#include "unit.h"

#include "core/fhir_json.h"
#include "core/form_value.h"

static void decimals_keep_their_digits(void **state)
{
    static const char *const texts[] = {
        "{\"a\":1.10,\"b\":-0.0,\"c\":1e3,\"d\":12345678901234"
        "567890123,\"e\":5,\"f\":\"1.10\"}",
        "[28.0,[\"\\\"2.50\",3.140]]"};
    const char *why;

    for (int i = 0; i < 2; i++) {
        json_t *tree = portal_fhir_json_read(texts[i], strlen(texts[i]), &why, *state);
        assert_non_null(tree);
        assert_string_equal(portal_fhir_json_write(tree, *state), texts[i]);
    }
}

static void marks_are_never_smuggled_in(void **state)
{
    static const char *const texts[] = {"{\"a\":\"\xEF\xB7\x90"
                                        "1.1\"}",
                                        "{\"a\":\"\\uFDD01.1\"}", "{\"a\":\"\\ufdd01\"}"};
    const char *why = NULL;

    for (int i = 0; i < 3; i++)
        assert_null(portal_fhir_json_read(texts[i], strlen(texts[i]), &why, *state));
    assert_non_null(strstr(why, "FDD0"));
    assert_non_null(portal_fhir_json_read("[\"\\\\ufdd0\"]", 11, &why, *state));
}

static void bad_json_is_told_by_line(void **state)
{
    const char *why = NULL;

    assert_null(portal_fhir_json_read("{\n\"a\":1.,\n}", 10, &why, *state));
    assert_non_null(strstr(why, "line 2"));
    assert_null(portal_fhir_json_read("{\"a\":1,\"a\":2}", 13, &why, *state));
    assert_null(portal_fhir_json_read("{\"a\":\"\0\"}", 9, &why, *state));
    assert_null(portal_fhir_json_read("", 0, &why, *state));
    assert_null(portal_fhir_json_read("\"abc", 4, &why, *state));
    assert_non_null(portal_fhir_json_read("\xEF\xBB\xBF{}", 5, &why, *state));
}

static void numbers_are_compared_by_size(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"1", "1.0", 0},
        {"1.10", "1.1", 0},
        {"0", "-0.0", 0},
        {"2", "10", -1},
        {"-2", "-10", 1},
        {"-1", "1", -1},
        {"0.05", "0.5", -1},
        {"0.05", "0.0500", 0},
        {"1e3", "1000", 0},
        {"1.5e-2", "0.015", 0},
        {"1e999999999999", "9", 1},
        {"0", "0.001", -1},
        {"-0.001", "0", -1},
        {"99999999999999999999", "100000000000000000000", -1},
        {"123.45", "123.46", -1},
        {"0e5", "0", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(portal_decimal_compare(cases[i].a, cases[i].b), cases[i].order);
        assert_int_equal(portal_decimal_compare(cases[i].b, cases[i].a), -cases[i].order);
    }
    assert_int_equal(portal_decimal_places("28.00"), 2);
    assert_int_equal(portal_decimal_places("28"), 0);
}

static void rule_19_integers_have_32_bits(void **state)
{
    (void)state;
    assert_true(portal_integer_valid("2147483647"));
    assert_true(portal_integer_valid("-2147483648"));
    assert_false(portal_integer_valid("2147483648"));
    assert_false(portal_integer_valid("007"));
    assert_false(portal_integer_valid("1.0"));
    assert_false(portal_integer_valid(""));
}

static void rule_19_dates_and_times(void **state)
{
    static const char *const good[] = {"2024", "2024-02", "2024-02-29", "0001-01-01"};
    static const char *const bad[] = {
        "",         "24",   "2023-02-29",  "2024-13",    "2024-00-01",
        "2024-1-1", "0000", "2024-02-30x", "1900-02-29", "2024-"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(portal_date_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(portal_date_valid(bad[i]));
    assert_true(portal_time_valid("09:00:00"));
    assert_true(portal_time_valid("23:59:60.25"));
    assert_false(portal_time_valid("09:00"));
    assert_false(portal_time_valid("24:00:00"));
    assert_true(portal_datetime_valid("2024-02-29T09:00:00+05:30"));
    assert_true(portal_datetime_valid("2024"));
    assert_false(portal_datetime_valid("2024-02-29T09:00:00"));
    assert_false(portal_datetime_valid("2024-02T09:00:00Z"));
}

static int order_of(portal_value_kind_t kind, const char *a, const char *b)
{
    portal_value_t x = {.kind = kind, .text = a}, y = {.kind = kind, .text = b};
    int order;

    assert_true(portal_value_order(&x, &y, &order));
    return (order > 0) - (order < 0);
}

static void rule_16_dates_at_the_coarser_precision(void **state)
{
    (void)state;
    assert_int_equal(order_of(PORTAL_VALUE_DATE, "2020-05-03", "2020"), 0);
    assert_int_equal(order_of(PORTAL_VALUE_DATE, "2019-12", "2020"), -1);
    assert_int_equal(order_of(PORTAL_VALUE_DATE, "2020-02-01", "2020-01"), 1);
    assert_int_equal(order_of(PORTAL_VALUE_DATETIME, "2024-01-01T00:30:00+01:00",
                              "2023-12-31T23:30:00Z"),
                     0);
    assert_int_equal(
        order_of(PORTAL_VALUE_DATETIME, "2024-03-01T00:00:00Z", "2024-02-29T23:59:59.5Z"),
        1);
}

static void codings_are_known_by_system_and_code(void **state)
{
    portal_value_t a = {.kind = PORTAL_VALUE_CODING,
                        .system = "s",
                        .text = "c",
                        .display = "one"},
                   b = a, c = a;
    int order;

    (void)state;
    b.display = "two";
    c.system = NULL;
    assert_true(portal_value_equal(&a, &b));
    assert_false(portal_value_equal(&a, &c));
    assert_false(portal_value_order(&a, &c, &order));
}

static void values_survive_writing_and_reading(void **state)
{
    static const char *const texts[] = {
        "{\"valueString\":\"a\\\"b\"}",
        "{\"valueBoolean\":false}",
        "{\"valueInteger\":-7}",
        "{\"valueDecimal\":28.00}",
        "{\"valueDecimal\":28}",
        "{\"valueDate\":\"2024-02\"}",
        "{\"valueTime\":\"09:00:00\"}",
        "{\"valueCoding\":{\"system\":\"s\",\"version\":\"1\",\"code\":\"c\",\"display\":"
        "\"d\"}}",
        "{\"valueQuantity\":{\"value\":1.50,\"unit\":\"kg\",\"system\":\"u\",\"code\":"
        "\"kg\"}}",
        "{\"valueReference\":{\"reference\":\"Patient/1\",\"display\":\"P\"}}",
        "{\"valueAttachment\":{\"contentType\":\"a/b\",\"data\":\"AA==\"}}",
    };
    const char *why, *member;
    portal_value_t value;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *in = portal_fhir_json_read(texts[i], strlen(texts[i]), &why, *state),
               *out = json_object();
        assert_int_equal(portal_value_read(in, "value", &value, &member, *state),
                         PORTAL_VALUE_READ_OK);
        portal_value_write(out, &value);
        assert_string_equal(portal_fhir_json_write(out, *state), texts[i]);
        json_decref(out);
    }
}

static void rule_6_one_value_of_a_known_type(void **state)
{
    static const struct {
        const char *text;
        portal_value_read_t result;
    } cases[] = {
        {"{\"valueString\":\"a\",\"valueInteger\":1}", PORTAL_VALUE_READ_TWO},
        {"{\"valueMoney\":1}", PORTAL_VALUE_READ_TYPE},
        {"{\"values\":1}", PORTAL_VALUE_READ_ABSENT},
        {"{\"valueInteger\":1.0}", PORTAL_VALUE_READ_BAD},
        {"{\"valueInteger\":\"1\"}", PORTAL_VALUE_READ_BAD},
        {"{\"valueString\":1.5}", PORTAL_VALUE_READ_BAD},
        {"{\"valueString\":\"\"}", PORTAL_VALUE_READ_BAD},
        {"{\"valueDate\":\"2024-02-31\"}", PORTAL_VALUE_READ_BAD},
        {"{\"valueBoolean\":\"true\"}", PORTAL_VALUE_READ_BAD},
        {"{\"valueCoding\":[]}", PORTAL_VALUE_READ_BAD},
        {"{\"valueCoding\":{}}", PORTAL_VALUE_READ_BAD},
    };
    const char *why, *member;
    portal_value_t value;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *in =
            portal_fhir_json_read(cases[i].text, strlen(cases[i].text), &why, *state);
        assert_int_equal(portal_value_read(in, "value", &value, &member, *state),
                         cases[i].result);
        assert_int_equal(value.kind, PORTAL_VALUE_NONE);
    }
}

static void limits_are_counted_in_other_units(void **state)
{
    static const struct {
        const char *a, *a_code, *b, *b_code;
        int order; /* 9: nobody can tell */
    } cases[] = {
        {"10000", "m", "50", "km", -1},   {"10000", "m", "5", "km", 1},
        {"1", "kg", "1000", "g", 0},      {"2.2046", "[lb_av]", "1", "kg", -1},
        {"0.1", "g", "100", "mg", 0},     {"1", "kg", "1", "cm", 9},
        {"37", "Cel", "98", "[degF]", 9}, {"1", "mo", "30", "d", 9},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        portal_value_t a = {.kind = PORTAL_VALUE_QUANTITY,
                            .text = cases[i].a,
                            .code = cases[i].a_code,
                            .system = "http://unitsofmeasure.org"},
                       b = a;
        int order;
        bool told;
        b.text = cases[i].b;
        b.code = cases[i].b_code;
        told = portal_value_order_measures(&a, &b, &order);
        assert_int_equal(told ? order : 9, cases[i].order);
        assert_false(portal_value_order(&a, &b, &order));
        b.system = "http://example.org";
        assert_false(portal_value_order_measures(&a, &b, &order));
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(limits_are_counted_in_other_units),
        pool_test(decimals_keep_their_digits),
        pool_test(marks_are_never_smuggled_in),
        pool_test(bad_json_is_told_by_line),
        pool_test(numbers_are_compared_by_size),
        pool_test(rule_19_integers_have_32_bits),
        pool_test(rule_19_dates_and_times),
        pool_test(rule_16_dates_at_the_coarser_precision),
        pool_test(codings_are_known_by_system_and_code),
        pool_test(values_survive_writing_and_reading),
        pool_test(rule_6_one_value_of_a_known_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

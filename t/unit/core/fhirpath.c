/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of core/fhirpath: what is no expression is refused with a reason, and nothing runs on.
 * That results are right is judged beside npm fhirpath (t/browser/fhirpath.test.mjs).
 */
#include "unit.h"

#include <apr_strings.h>

#include "core/fhirpath.h"

static const char *resource =
    "{\"resourceType\":\"QuestionnaireResponse\",\"item\":[{\"linkId\":\"a\",\"answer\":"
    "[{\"valueDecimal\":1.50}]},{\"linkId\":\"b\",\"answer\":[{\"valueString\":\"x\"}]}]"
    "}";

static const char *worked_out(const char *text, const char **why, apr_pool_t *p)
{
    *why = NULL;
    return portal_fhirpath_try(text, resource, strlen(resource), 0, why, p);
}

static void gives_the_result_as_a_list(void **state)
{
    const char *why;

    assert_string_equal(worked_out("item.where(linkId = 'a').answer.value", &why, *state),
                        "[1.50]");
    assert_string_equal(worked_out("item.answer.count() + 0.25", &why, *state), "[2.25]");
    assert_string_equal(worked_out("none", &why, *state), "[]");
}

static void refuses_what_is_no_expression(void **state)
{
    static const char *const bad[] = {
        "",      "1 +",     "(1",          "a.",         "a..b",     "'open",
        "`open", "1 1",     "a b",         "%",          "@2020-13", "@",
        "$that", "where()", "where(1,2)",  "nothing(1)", "a[1",      "{1}",
        "'\\x'", "5 ^ 2",   "99999999999", "is()",       "a as",     "#",
        "\"a\"", "'\xff'",  "'\\ufdd0'",   "sum(1)",     "/* */",    "a.1",
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *why;
        assert_null(worked_out(bad[i], &why, *state));
        assert_non_null(why);
    }
}

static void names_what_it_does_not_know(void **state)
{
    const char *why;

    assert_null(worked_out("item.memberOf('x')", &why, *state));
    assert_non_null(strstr(why, "memberOf"));
    assert_null(worked_out("%patient.name", &why, *state));
    assert_non_null(strstr(why, "%patient"));
}

static void knows_the_names_that_it_uses(void **state)
{
    portal_fhirpath_t *e;
    const char *why;

    assert_int_equal(portal_fhirpath_compile(&e, "%a + %`b c` + %a", &why, *state), 0);
    assert_int_equal(portal_fhirpath_names(e)->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(portal_fhirpath_names(e), 1, const char *), "b c");
}

static const char *times(const char *text, int n, const char *tail, apr_pool_t *p)
{
    char *all = apr_palloc(p, strlen(text) * (apr_size_t)n + strlen(tail) + 1), *to = all;

    while (n--) {
        memcpy(to, text, strlen(text));
        to += strlen(text);
    }
    strcpy(to, tail);
    return all;
}

static void goes_only_so_deep(void **state)
{
    const char *why;

    assert_null(worked_out(times("(", 5000, "1", *state), &why, *state));
    assert_null(worked_out(times("a[", 5000, "1", *state), &why, *state));
    assert_null(worked_out(times("a.", 5000, "a", *state), &why, *state));
    assert_null(worked_out(times("iif(", 3000, "1", *state), &why, *state));
    assert_null(worked_out(times(" ", 30000, "1", *state), &why, *state));
    assert_non_null(worked_out(times("1 + ", 90, "1", *state), &why, *state));
}

static void runs_only_so_long(void **state)
{
    static const char *const long_ones[] = {
        "repeat($this | $index).count() + (1|2|3|4).repeat($this + 1).count()",
        "(1|2|3|4|5|6|7|8).select((1|2|3|4|5|6|7|8).select((1|2|3|4|5|6|7|8).select((1|2|"
        "3|"
        "4|5|6|7|8).select((1|2|3|4|5|6|7|8).select((1|2|3|4|5|6|7|8).count())))))",
        "(1|2|3|4|5|6|7|8|9).aggregate($total & $total & $total & $total & $total & "
        "$total & "
        "$total & $total & $total & $total & $total & $total, "
        "'aaaaaaaaaaaaaaaaaaaaaaaa')",
        "'x'.repeat($this + 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx').count()",
    };

    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) {
        const char *why;
        assert_null(worked_out(long_ones[i], &why, *state));
        assert_string_equal(why, "It takes too many steps or too long");
    }
}

static void gives_patterns_only_so_many_steps(void **state)
{
    const char *why, *text = apr_psprintf(*state, "'%s'.matches('^(a+)+$')",
                                          times("a", 40, "b", *state));

    assert_null(worked_out(text, &why, *state));
    assert_null(worked_out("'a'.matches('(')", &why, *state));
    assert_null(worked_out("'aaaa'.replaceMatches('a', '$9')", &why, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(gives_the_result_as_a_list),
        pool_test(refuses_what_is_no_expression),
        pool_test(names_what_it_does_not_know),
        pool_test(knows_the_names_that_it_uses),
        pool_test(goes_only_so_deep),
        pool_test(runs_only_so_long),
        pool_test(gives_patterns_only_so_many_steps),
    };
    return cmocka_run_group_tests_name("core/fhirpath", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* core/person: names in order, with parts missing, and in other writings. */
#include "unit.h"

#include "core/person.h"

static void names_are_put_together(void **state)
{
    static const char *const cases[][4] = {
        {"Doe", "Ann", "m1", "Ann Doe"},
        {"", "Suharto", "m1", "Suharto"},
        {"Suharto", "", "m1", "Suharto"},
        {"", "", "m1", "m1"},
        {"\u5c71\u7530", "\u592a\u90ce", "m1", "\u5c71\u7530\u592a\u90ce"},
        {"\uae40", "\ubbfc\uc900", "m1", "\uae40\ubbfc\uc900"},
        {"\u5c71\u7530", "Taro", "m1", "Taro \u5c71\u7530"},
        {"\u0627\u0644\u062d\u0633\u064a\u0646\u064a", "\u0632\u0647\u0631\u0627\u0621",
         "m1",
         "\u0632\u0647\u0631\u0627\u0621 \u0627\u0644\u062d\u0633\u064a\u0646\u064a"},
        {"\xff", "Ann", "m1", "Ann \xff"},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(
            portal_person_name(cases[i][0], cases[i][1], cases[i][2], *state),
            cases[i][3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {pool_test(names_are_put_together)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

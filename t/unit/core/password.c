/* SPDX-License-Identifier: Apache-2.0 */
/* core/password: each verdict at its edges, context words, and what the portal makes. */
#include "unit.h"

#include <apr_strings.h>
#include <stdio.h>
#include <unistd.h>

#include "core/password.h"
#include "core/text.h"

static portal_blocklist_t *list_of(const char *text, apr_pool_t *pool)
{
    char path[] = "/tmp/portal-password-XXXXXX";
    portal_blocklist_t *list;
    const char *error;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(portal_blocklist_open(&list, path, &error, pool), APR_SUCCESS);
    unlink(path);
    return list;
}

static const char *const known[] = {"St. Mary's Hospital",
                                    "K-2024-0815",
                                    "O'Brien-Núñez",
                                    "Zoë Maria",
                                    "李小龍",
                                    "zoe.obrien",
                                    "",
                                    NULL};
static const portal_password_context_t context = {known, "1975-03-12"};

static void is(portal_password_verdict_t expected, const char *typed, apr_pool_t *pool)
{
    const char *password = "untouched";
    portal_password_policy_t policy = {
        15, list_of("correcthorsebatterystaple\nИзвестныйПароль\n", pool), &context};
    portal_password_verdict_t verdict =
        portal_password_check(&password, typed, &policy, pool);
    if (verdict != expected) {
        print_error("%s\n", typed);
    }
    assert_int_equal(verdict, expected);
    assert_int_equal(password != NULL, expected == PORTAL_PASSWORD_OK);
}

static const char *repeat(const char *piece, int times, apr_pool_t *pool)
{
    const char *text = "";
    while (times--) {
        text = apr_pstrcat(pool, text, piece, NULL);
    }
    return text;
}

static void good_passwords_are_taken(void **state)
{
    is(PORTAL_PASSWORD_OK, "violet tractor 92", *state);
    is(PORTAL_PASSWORD_OK, "  spaces at both ends  ", *state);
    is(PORTAL_PASSWORD_OK, "lila traktor wüste", *state);
    is(PORTAL_PASSWORD_OK, "фиолетовый трактор", *state);
    is(PORTAL_PASSWORD_OK, "قميص بنفسجي وجرار قديم", *state);
    is(PORTAL_PASSWORD_OK, "紫色拖拉机在雨中慢慢开过老桥去", *state); /* 15 code points */
    is(PORTAL_PASSWORD_OK, "#$%^&*@!()_+=;:,.<>", *state);
    is(PORTAL_PASSWORD_OK, "\xf0\x9f\x90\x8e\xf0\x9f\x94\x8b staple lamp tin", *state);
    is(PORTAL_PASSWORD_OK, "bcdfg-hjkmn-pqrst-x7q", *state);
}

static void length_is_counted_in_code_points_of_nfc(void **state)
{
    const char *words = "violet tractor under slow rain and seven old bridges; ";
    const char *text = repeat(words, 8, *state);
    is(PORTAL_PASSWORD_TOO_SHORT, "", *state);
    is(PORTAL_PASSWORD_TOO_SHORT, "vi0let tractor", *state); /* 14 */
    is(PORTAL_PASSWORD_OK, "vi0let tractors", *state);       /* 15 */
    is(PORTAL_PASSWORD_TOO_SHORT, "violet tracto\xc3\xbc", *state);
    is(PORTAL_PASSWORD_TOO_SHORT, "violet tractou\xcc\x88",
       *state); /* 14 when composed */
    is(PORTAL_PASSWORD_OK,
       apr_pstrcat(*state, "x", apr_pstrndup(*state, text, 54), "Zig zag 4 the rest",
                   NULL),
       *state);
    const char *password;
    assert_int_equal(
        portal_password_read(&password, apr_pstrndup(*state, text, 256), *state),
        PORTAL_PASSWORD_OK);
    assert_int_equal(strlen(password), 256); /* never cut */
    is(PORTAL_PASSWORD_TOO_LONG, apr_pstrndup(*state, text, 257), *state);
    const char *wide = repeat("\xf0\x9f\x90\x8e", 256, *state);
    assert_int_equal(portal_password_read(&password, wide, *state), PORTAL_PASSWORD_OK);
    is(PORTAL_PASSWORD_TOO_LONG, repeat("\xf0\x9f\x90\x8e", 257, *state), *state);
    is(PORTAL_PASSWORD_TOO_LONG, repeat("x", 5000, *state), *state);
}

static void malformed_passwords_are_refused(void **state)
{
    is(PORTAL_PASSWORD_MALFORMED, "violet tractor\xff 92", *state);
    is(PORTAL_PASSWORD_MALFORMED, "violet\ntractor 9224", *state);
    is(PORTAL_PASSWORD_MALFORMED, "violet\ttractor 9224", *state);
    is(PORTAL_PASSWORD_MALFORMED, "violet\x01tractor 9224", *state);
    is(PORTAL_PASSWORD_MALFORMED, "\xed\xa0\x80", *state);
}

static void reading_normalises_and_asks_nothing_else(void **state)
{
    const char *password;
    assert_int_equal(portal_password_read(&password, "", *state), PORTAL_PASSWORD_OK);
    assert_string_equal(password, "");
    assert_int_equal(portal_password_read(&password, " u\xcc\x88 ", *state),
                     PORTAL_PASSWORD_OK);
    assert_string_equal(password, " ü ");
    assert_int_equal(portal_password_read(&password, "a\rb", *state),
                     PORTAL_PASSWORD_MALFORMED);
    assert_null(password);
}

static void the_blocklist_is_asked(void **state)
{
    is(PORTAL_PASSWORD_COMMON, "correcthorsebatterystaple", *state);
    is(PORTAL_PASSWORD_COMMON, "CorrectHorseBatteryStaple", *state);
    is(PORTAL_PASSWORD_COMMON, "известныйпароль", *state);
    is(PORTAL_PASSWORD_OK, "correct horse battery staple", *state);
    const char *password;
    portal_password_policy_t bare = {15, NULL, NULL};
    assert_int_equal(
        portal_password_check(&password, "correcthorsebatterystaple", &bare, *state),
        PORTAL_PASSWORD_OK);
}

static void what_others_know_is_refused(void **state)
{
    const char *bad[] = {
        "St. Mary's Hospital",     "st marys hospital",
        "StMarysHospital2024",     "hospitalhospital1!",
        "K-2024-0815 K-2024-0815", "k20240815k20240815",
        "Zoe O'Brien 123",         "zoë obrien nuñez",
        "ZOEOBRIENNUNEZ!!",        "zoe.obrien.1975",
        "Maria 12.03.1975",        "Maria 12/3/1975 x",
        "19750312-19750312",       "maria750312maria",
        "03121975maria!!!",        "李小龍李小龍李小龍李小龍李小龍",
        "O’Brien’s Zoe 99",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is(PORTAL_PASSWORD_CONTEXT, bad[i], *state);
    }
    is(PORTAL_PASSWORD_OK, "maria drives a violet one", *state);
    is(PORTAL_PASSWORD_CONTEXT, "hospital lamp-7", *state); /* 7 remain */
    is(PORTAL_PASSWORD_OK, "hospital lamp-72", *state);     /* 8 */
}

static void easy_patterns_are_refused(void **state)
{
    const char *bad[] = {
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "aaaaabbbbbcccccddddd",
        "abcdefghijklmnopqrst",
        "1234567890123456",
        "zyxwvutsrqponmlk",
        "qwertyuiopasdfgh",
        "1111111122222222",
        "ääääääääääääääää",
        "абвгдежзийклмнопр",
        "ああああああああああああああああ",
        "ハハハハハハハハハハハハハハハ",
        "1q1q1q1q1q1q1q1q",
        "passwordpassword",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is(PORTAL_PASSWORD_EASY, bad[i], *state);
    }
}

static void a_long_password_is_judged_quickly(void **state)
{
    is(PORTAL_PASSWORD_EASY, repeat("a", 256, *state), *state);
    is(PORTAL_PASSWORD_EASY, repeat("\xf0\x9f\x90\x8e", 256, *state), *state);
}

static void temporary_passwords_fit_the_policy(void **state)
{
    const int lengths[][2] = {{0, 5},   {1, 5},   {5, 5},  {8, 11},
                              {15, 17}, {16, 23}, {64, 77}};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const char *password = portal_password_temporary(lengths[i][0], *state);
        assert_int_equal(strlen(password), lengths[i][1]);
        for (size_t n = 0; n < strlen(password); n++) {
            if (n % 6 == 5) {
                assert_int_equal(password[n], '-');
            } else {
                assert_non_null(strchr("bcdfghjkmnpqrstvwxz23456789", password[n]));
            }
        }
        assert_true((int)strlen(portal_text_password_key(password, *state)) >=
                    lengths[i][0]);
    }
}

static void temporary_passwords_are_uniform(void **state)
{
    int seen[128] = {0};
    for (int i = 0; i < 5400; i++) {
        const char *password = portal_password_temporary(5, *state);
        for (int n = 0; n < 5; n++) {
            seen[(unsigned char)password[n]]++;
        }
    }
    for (const char *c = "bcdfghjkmnpqrstvwxz23456789"; *c; c++) {
        assert_in_range(seen[(unsigned char)*c], 780, 1220); /* 1000, seven deviations */
    }
}

static void temporary_passwords_pass_their_own_policy(void **state)
{
    for (int i = 0; i < 200; i++) {
        is(PORTAL_PASSWORD_OK, portal_password_temporary(15, *state), *state);
    }
}

static void lobby_passwords_are_eight_digits(void **state)
{
    int seen[10] = {0};
    for (int i = 0; i < 1000; i++) {
        const char *password = portal_password_lobby(*state);
        assert_int_equal(strlen(password), 9);
        assert_int_equal(password[4], ' ');
        const char *digits = portal_password_lobby_read(password, *state);
        assert_int_equal(strlen(digits), 8);
        for (int n = 0; n < 8; n++) {
            seen[digits[n] - '0']++;
        }
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(seen[i], 600, 1000); /* 800, seven deviations */
    }
}

static void typed_lobby_passwords_are_read(void **state)
{
    const char *good[] = {"48271930",
                          "4827 1930",
                          " 4 8 2 7 1 9 3 0 ",
                          "4827-1930",
                          ("4827\xc2\xa0"
                           "1930"),
                          "４８２７　１９３０",
                          "٤٨٢٧ ١٩٣٠",
                          "۴۸۲۷۱۹۳۰"};
    const char *bad[] = {"",
                         "4827193",
                         "482719301",
                         "4827 193a",
                         "4827.1930",
                         "abcdefgh",
                         "\xff\xff\xff\xff\xff\xff\xff\xff",
                         ("4827193\xc2\xb2"
                          "1")};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_string_equal(portal_password_lobby_read(good[i], *state), "48271930");
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(portal_password_lobby_read(bad[i], *state));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(good_passwords_are_taken),
        pool_test(length_is_counted_in_code_points_of_nfc),
        pool_test(malformed_passwords_are_refused),
        pool_test(reading_normalises_and_asks_nothing_else),
        pool_test(the_blocklist_is_asked),
        pool_test(what_others_know_is_refused),
        pool_test(easy_patterns_are_refused),
        pool_test(a_long_password_is_judged_quickly),
        pool_test(temporary_passwords_fit_the_policy),
        pool_test(temporary_passwords_are_uniform),
        pool_test(temporary_passwords_pass_their_own_policy),
        pool_test(lobby_passwords_are_eight_digits),
        pool_test(typed_lobby_passwords_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* core/text: every class of malformed text, cleaning, and the four keys. */
#include "unit.h"

#include <apr_strings.h>

#include "core/text.h"

#define CHECK(literal, max, flags)                                                       \
    portal_text_check(literal, sizeof literal - 1, max, flags)

static void good_text_is_taken(void **state)
{
    (void)state;
    assert_int_equal(CHECK("", 0, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("Ann O'Brien", 11, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("مريم الزهراء", 12, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("李小龍", 3, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("e\xcc\x81", 2, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("\xf0\x9f\x98\x80\xf4\x8f\xbf\xbd", 2, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("\xe2\x80\x8f"
                           "abc\xd8\x9c",
                           5, 0),
                     PORTAL_TEXT_OK);
    assert_int_equal(CHECK("a\r\n\tb\n", 6, PORTAL_TEXT_LINES), PORTAL_TEXT_OK);
}

static void malformed_utf8_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {
        "\x80", /* a continuation alone */
        "abc\xbf",
        "\xc3", /* cut off */
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3(", /* no continuation */
        "\xe2\x28\xa1",
        "\xc0\xaf", /* overlong */
        "\xc1\xbf",
        "\xe0\x80\xaf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", /* surrogates */
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80", /* five bytes */
        "\xfe",
        "\xff",
        "M\xfcller", /* Latin-1 */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(portal_text_check(bad[i], strlen(bad[i]), 100, 0),
                         PORTAL_TEXT_BAD_UTF8);
    }
}

static void each_bad_character_has_its_verdict(void **state)
{
    (void)state;
    assert_int_equal(CHECK("a\0b", 10, 0), PORTAL_TEXT_HAS_NUL);
    assert_int_equal(CHECK("a\0", 10, PORTAL_TEXT_LINES), PORTAL_TEXT_HAS_NUL);
    assert_int_equal(CHECK("\x01", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\x1b[31m", 10, PORTAL_TEXT_LINES), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\x7f", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\xc2\x80", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\xc2\x9f", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\xef\xbf\xbf", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\xef\xb7\x90", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\xf4\x8f\xbf\xbe", 10, 0), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("\f", 10, PORTAL_TEXT_LINES), PORTAL_TEXT_CONTROL);
    assert_int_equal(CHECK("a\nb", 10, 0), PORTAL_TEXT_LINE_BREAK);
    assert_int_equal(CHECK("a\rb", 10, 0), PORTAL_TEXT_LINE_BREAK);
    assert_int_equal(CHECK("a\tb", 10, 0), PORTAL_TEXT_LINE_BREAK);
    assert_int_equal(CHECK("a\xe2\x80\xa8"
                           "b",
                           10, 0),
                     PORTAL_TEXT_LINE_BREAK);
    assert_int_equal(CHECK("a\xc2\x85"
                           "b",
                           10, 0),
                     PORTAL_TEXT_LINE_BREAK);
    assert_int_equal(CHECK("abc\xe2\x80\xae"
                           "txt.exe",
                           20, 0),
                     PORTAL_TEXT_BIDI);
    assert_int_equal(CHECK("\xe2\x80\xaa", 20, 0), PORTAL_TEXT_BIDI);
    assert_int_equal(CHECK("\xe2\x81\xa6", 20, PORTAL_TEXT_LINES), PORTAL_TEXT_BIDI);
    assert_int_equal(CHECK("\xe2\x81\xa9", 20, 0), PORTAL_TEXT_BIDI);
}

static void length_counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(CHECK("李小龍", 2, 0), PORTAL_TEXT_TOO_LONG);
    assert_int_equal(CHECK("", 0, 0), PORTAL_TEXT_OK);
    assert_int_equal(CHECK("a", 0, 0), PORTAL_TEXT_TOO_LONG);
    assert_int_equal(portal_text_length(""), 0);
    assert_int_equal(portal_text_length("abc"), 3);
    assert_int_equal(portal_text_length("李小龍"), 3);
    assert_int_equal(portal_text_length("\xf0\x9f\x98\x80"
                                        "e\xcc\x81"),
                     3);
    assert_int_equal(portal_text_length("a\xff\xff"), 3);
}

static void cleans_to(const char *text, unsigned flags, const char *expected,
                      apr_pool_t *pool)
{
    const char *clean;
    assert_int_equal(portal_text_clean(&clean, text, strlen(text), 100, flags, pool),
                     PORTAL_TEXT_OK);
    assert_string_equal(clean, expected);
}

static void cleaning_composes_and_trims(void **state)
{
    cleans_to("", 0, "", *state);
    cleans_to("  \t\r\n ", 0, "", *state);
    cleans_to("\t Ann  Lee \r\n", 0, "Ann  Lee", *state);
    cleans_to("Zoe\xcc\x88", 0, "Zoë", *state);
    cleans_to("\xc2\xa0\xe3\x80\x80李\xe2\x80\x83\xef\xbb\xbf", 0, "李", *state);
    cleans_to("\xe2\x84\xab", 0, "Å", *state); /* Angstrom sign: canonical */
    cleans_to("\xef\xac\x81", 0, "\xef\xac\x81",
              *state);                              /* fi ligature stays: not NFKC */
    cleans_to("e\xcc\xa3\xcc\x82", 0, "ệ", *state); /* two marks, reordered */
    cleans_to("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 0, "한", *state);
    cleans_to("a\r\nb\rc\nd\xe2\x80\xa8"
              "e",
              PORTAL_TEXT_LINES, "a\nb\nc\nd\ne", *state);
    cleans_to("a\r\n\r\n", PORTAL_TEXT_LINES, "a", *state);
    cleans_to("\xe0\xa4\x95\xe0\xa4\xbc", 0, "\xe0\xa4\x95\xe0\xa4\xbc", *state);
}

static void cleaning_checks_first(void **state)
{
    const char *clean = "untouched";
    assert_int_equal(portal_text_clean(&clean, "a\0b", 3, 9, 0, *state),
                     PORTAL_TEXT_HAS_NUL);
    assert_null(clean);
    assert_int_equal(portal_text_clean(&clean, "a\nb", 3, 9, 0, *state),
                     PORTAL_TEXT_LINE_BREAK);
    assert_int_equal(portal_text_clean(&clean, "\xff", 1, 9, 0, *state),
                     PORTAL_TEXT_BAD_UTF8);
    /* the result is measured, not what was typed */
    assert_int_equal(portal_text_clean(&clean, " e\xcc\x81 ", 5, 1, 0, *state),
                     PORTAL_TEXT_OK);
    assert_int_equal(portal_text_clean(&clean, "ab", 2, 1, 0, *state),
                     PORTAL_TEXT_TOO_LONG);
    assert_null(clean);
    /* only the bytes that were named are read */
    assert_int_equal(portal_text_clean(&clean, "abc\xff", 3, 9, 0, *state),
                     PORTAL_TEXT_OK);
    assert_string_equal(clean, "abc");
}

static void folds_to(const char *text, const char *expected, apr_pool_t *pool)
{
    assert_string_equal(portal_text_fold(text, pool), expected);
}

static void names_fold_as_people_type_them(void **state)
{
    folds_to("", "", *state);
    folds_to("O'Brien", "obrien", *state);
    folds_to("O’BRIEN", "obrien", *state);
    folds_to("O\xc2\xb4"
             "Brien",
             "obrien", *state);
    folds_to("O`Brien", "obrien", *state);
    folds_to("Kaʻahumanu", "kaahumanu", *state);
    folds_to("Anne-Marie", "anne marie", *state);
    folds_to("Anne\xe2\x80\x91Marie", "anne marie", *state);
    folds_to("  Anne , Marie. ", "anne marie", *state);
    folds_to("Núñez", "nunez", *state);
    folds_to("Nu\xcc\x81n\xcc\x83"
             "ez",
             "nunez", *state);
    folds_to("Weiß", "weiss", *state);
    folds_to("WEISS", "weiss", *state);
    folds_to("Sørensen Łukasz Đorđević", "sorensen lukasz dordevic", *state);
    folds_to("Ægir Œuvre Þór", "aegir oeuvre thor", *state);
    folds_to("İstanbul Iğdır ısı", "istanbul igdir isi", *state);
    folds_to("Nguyễn Thị Ánh", "nguyen thi anh", *state);
    folds_to("ＡＢＣ１２３", "abc123", *state);
    folds_to("ﬁnn", "finn", *state);
    folds_to("Zo\xc2\xad"
             "e\xcc\x88\xe2\x80\x8b",
             "zoe", *state);
    folds_to("ann@example.org", "ann example org", *state);
    folds_to("\xf0\x9f\x98\x80 !?", "", *state);
}

static void other_scripts_fold(void **state)
{
    folds_to("مَرْيَم", "مريم", *state); /* harakat */
    folds_to("أحمد إبراهيم آمال", "احمد ابراهيم امال", *state);
    folds_to("فاطمة", "فاطمه", *state);
    folds_to("موسى", "موسي", *state);
    folds_to("محـــمد", "محمد", *state); /* tatweel */
    folds_to("کریم", "كريم", *state);    /* Persian kaf and yeh */
    folds_to("李小龍", "李小龍", *state);
    folds_to("李　小龍", "李 小龍", *state); /* ideographic space */
    folds_to("が", "が", *state);            /* not か: another letter */
    folds_to("ｶﾞ", "ガ", *state);
    folds_to("김철수", "김철수", *state);
    folds_to("Фёдор Й", "федор и", *state);
    folds_to("Ἀλέξανδρος", "αλεξανδροσ", *state);
    folds_to("שָׁלוֹם", "שלום", *state);
    folds_to("हिन्दी", "हिन्दी", *state); /* vowel signs stay */
    folds_to("\xff", "", *state);
}

static void each_prefix_finds(void **state)
{
    const char *names[] = {"李小龍", "Müller-Lüdenscheidt", "محمد"};
    for (size_t i = 0; i < 3; i++) {
        const char *whole = portal_text_fold(names[i], *state);
        for (size_t n = 1; n <= strlen(names[i]); n++) {
            const char *part = apr_pstrndup(*state, names[i], n);
            if (portal_text_check(part, n, 99, 0) == PORTAL_TEXT_OK) {
                const char *key = portal_text_fold(part, *state);
                assert_memory_equal(whole, key, strlen(key));
                assert_true(*key);
            }
        }
    }
}

static void people_are_sorted(void **state)
{
    const char *in_order[] = {
        portal_text_sort_key("", "", *state),
        portal_text_sort_key("", "Zoë", *state),
        portal_text_sort_key("Ärmel", "Zoe", *state),
        portal_text_sort_key("Li", "Zhang", *state),
        portal_text_sort_key("Li Wei", "An", *state),
        portal_text_sort_key("Lia", NULL, *state),
        portal_text_sort_key("Öz", "A", *state),
        portal_text_sort_key("李", "小龍", *state),
    };
    for (size_t i = 1; i < sizeof in_order / sizeof *in_order; i++) {
        assert_true(strcmp(in_order[i - 1], in_order[i]) < 0);
    }
    assert_string_equal(portal_text_sort_key("?", " ! ", *state), "?  !");
    assert_string_equal(portal_text_sort_key("\xff", NULL, *state), "  ");
}

static void case_is(const char *text, const char *expected, apr_pool_t *pool)
{
    const char *key;
    assert_int_equal(portal_text_case_key(&key, text, pool), APR_SUCCESS);
    assert_string_equal(key, expected);
}

static void case_numbers_have_one_key(void **state)
{
    const char *key;
    case_is("K-2024-0001", "K20240001", *state);
    case_is(" k 2024\xe2\x80\x93"
            "0001\t",
            "K20240001", *state);
    case_is("k2024\xe2\x88\x92"
            "0001",
            "K20240001", *state);
    case_is("k\xc2\xa0"
            "2024\xe2\x80\x91"
            "0001\xe2\x80\x8b",
            "K20240001", *state);
    case_is("Ｋ２０２４－０００１", "K20240001", *state);
    case_is("k/2024.0001", "K/2024.0001", *state);
    case_is("ä\xcc\xa3", "Ạ\xcc\x88", *state);
    case_is("e\xcc\x81"
            "1",
            "É1", *state);
    case_is("案件-7", "案件7", *state);
    const char *bad[] = {"",
                         "   ",
                         "- -",
                         "\xe2\x80\x94",
                         "\xff",
                         "a\x01",
                         ("a\xe2\x80\xae"
                          "b")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(portal_text_case_key(&key, bad[i], *state), APR_EINVAL);
        assert_null(key);
    }
    char *digits = apr_pcalloc(*state, 67);
    memset(digits, '7', 65);
    assert_int_equal(portal_text_case_key(&key, digits, *state), APR_EINVAL);
    digits[63] = '-';
    assert_int_equal(portal_text_case_key(&key, digits, *state), APR_SUCCESS);
    assert_int_equal(strlen(key), 64);
}

static void an_mrn_is_kept_as_typed(void **state)
{
    const char *key;
    assert_int_equal(portal_text_mrn_key(&key, " ab-1 2 ", *state), APR_SUCCESS);
    assert_string_equal(key, "ab-1 2");
    assert_int_equal(portal_text_mrn_key(&key, "e\xcc\x81", *state), APR_SUCCESS);
    assert_string_equal(key, "é");
    assert_int_equal(portal_text_mrn_key(&key, "  ", *state), APR_EINVAL);
    assert_null(key);
    assert_int_equal(portal_text_mrn_key(&key, "a\nb", *state), APR_EINVAL);
    assert_null(key);
    assert_int_equal(portal_text_mrn_key(&key, "\xff", *state), APR_EINVAL);
}

static void passwords_are_not_trimmed(void **state)
{
    assert_string_equal(portal_text_secret(" e\xcc\x81 Ab ", *state), " é Ab ");
    assert_string_equal(portal_text_secret("", *state), "");
    assert_null(portal_text_secret("\xff", *state));
    assert_string_equal(portal_text_password_key(" ABCde-fGh2k \xe2\x80\x93 x", *state),
                        "abcdefgh2kx");
    assert_string_equal(portal_text_password_key("ａＢ", *state), "ab");
    assert_string_equal(portal_text_password_key(" - ", *state), "");
    assert_null(portal_text_password_key("\xc3", *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(good_text_is_taken),
        pool_test(malformed_utf8_is_refused),
        pool_test(each_bad_character_has_its_verdict),
        pool_test(length_counts_code_points),
        pool_test(cleaning_composes_and_trims),
        pool_test(cleaning_checks_first),
        pool_test(names_fold_as_people_type_them),
        pool_test(other_scripts_fold),
        pool_test(each_prefix_finds),
        pool_test(people_are_sorted),
        pool_test(case_numbers_have_one_key),
        pool_test(an_mrn_is_kept_as_typed),
        pool_test(passwords_are_not_trimmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

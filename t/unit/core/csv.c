/* SPDX-License-Identifier: Apache-2.0 */
/* core/csv: rows as spreadsheets write them, and each kind of malformed row. */
#include "unit.h"

#include <apr_strings.h>

#include "core/csv.h"

/* Everything of a file in one line: fields in brackets, rows by their line, verdicts by name. */
static const char *all(const char *text, apr_size_t len, apr_pool_t *pool)
{
    static const char *const names[] = {"",      "end",   "unterminated",
                                        "stray", "large", "nul"};
    portal_csv_t csv;
    portal_csv_row_t *row = apr_palloc(pool, sizeof(*row));
    portal_csv_verdict_t verdict;
    const char *out = "";

    portal_csv_begin(&csv, text, len);
    while ((verdict = portal_csv_next(&csv, row)) != PORTAL_CSV_END) {
        out = apr_psprintf(pool, "%s%s%d:%s", out, *out ? " " : "", row->line,
                           names[verdict]);
        assert_true(verdict == PORTAL_CSV_ROW_READ || row->n == 0);
        for (int i = 0; i < row->n; i++)
            out = apr_psprintf(pool, "%s[%s]", out, row->fields[i]);
    }
    assert_int_equal(portal_csv_next(&csv, row), PORTAL_CSV_END);
    return out;
}

static const char *of(const char *text, apr_pool_t *pool)
{
    char *copy =
        malloc(strlen(text)); /* no NUL behind it, so that a reader too far is seen */
    const char *out;

    memcpy(copy, text, strlen(text));
    out = all(copy, strlen(text), pool);
    free(copy);
    return out;
}

static void rows_and_fields(void **state)
{
    assert_string_equal(of("a,b\n1,2\n", *state), "1:[a][b] 2:[1][2]");
    assert_string_equal(of("a,b\r\n1,2", *state), "1:[a][b] 2:[1][2]");
    assert_string_equal(of("a,,\n,\n", *state), "1:[a][][] 2:[][]");
    assert_string_equal(of("\xEF\xBB\xBF"
                           "a\n",
                           *state),
                        "1:[a]");
    assert_string_equal(of("\n\r\na\n\n\nb\n\n", *state), "3:[a] 6:[b]");
    assert_string_equal(of("a\rb\n", *state), "1:[a\rb]");
    assert_string_equal(of("a,b\r", *state), "1:[a][b\r]");
    assert_string_equal(of(" a , b \n", *state), "1:[ a ][ b ]");
    assert_string_equal(all("", 0, *state), "");
}

static void quotes(void **state)
{
    assert_string_equal(of("\"a,b\",\"c\"\"d\"\n", *state), "1:[a,b][c\"d]");
    assert_string_equal(of("\"\",\"\"\"\"\n", *state), "1:[][\"]");
    assert_string_equal(of("\"a\nb\r\nc\",d\ne\n", *state), "1:[a\nb\r\nc][d] 4:[e]");
    assert_string_equal(of("\"a\"", *state), "1:[a]");
}

static void the_separator_is_found_in_the_first_line(void **state)
{
    assert_string_equal(of("a;b\n1,5;2\n", *state), "1:[a][b] 2:[1,5][2]");
    assert_string_equal(of("a,b\n1;5,2\n", *state), "1:[a][b] 2:[1;5][2]");
    assert_string_equal(of("\"a,b,c\";d\n1;2\n", *state), "1:[a,b,c][d] 2:[1][2]");
    assert_string_equal(of("a\n1;2\n", *state), "1:[a] 2:[1;2]");
}

/* Each malformed row costs its own first line and no more. */
static void malformed_rows_are_named_and_left(void **state)
{
    assert_string_equal(of("a\n\"b\nc\nd\n", *state), "1:[a] 2:unterminated 3:[c] 4:[d]");
    assert_string_equal(of("x,\"y\n1,\"z\",2\nw\n", *state), "1:stray 2:[1][z][2] 3:[w]");
    assert_string_equal(of("a\"b\nc\n", *state), "1:stray 2:[c]");
    assert_string_equal(of("\"a\"b\nc\n", *state), "1:stray 2:[c]");
    assert_string_equal(of("\"", *state), "1:unterminated");
    assert_string_equal(all("a\0b\nc\n\"\0\"\nd", 11, *state), "1:nul 2:[c] 3:nul 4:[d]");
}

static void limits(void **state)
{
    char *text = apr_palloc(*state, PORTAL_CSV_ROW + 64);

    memset(text, ',', PORTAL_CSV_FIELDS + 1);
    assert_string_equal(all(text, PORTAL_CSV_FIELDS, *state), "1:large");
    assert_int_equal(strlen(all(text, PORTAL_CSV_FIELDS - 1, *state)),
                     2 + 2 * PORTAL_CSV_FIELDS);
    memset(text, 'a', PORTAL_CSV_ROW + 10);
    memcpy(text + PORTAL_CSV_ROW + 10, "\nb\n", 3);
    assert_string_equal(all(text, PORTAL_CSV_ROW + 13, *state), "1:large 2:[b]");
    text[0] = '"';
    assert_string_equal(all(text, PORTAL_CSV_ROW + 13, *state), "1:large 2:[b]");
    text[5] = '"'; /* ends the field early, and text follows */
    assert_string_equal(all(text, PORTAL_CSV_ROW + 13, *state), "1:stray 2:[b]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(rows_and_fields),
        pool_test(quotes),
        pool_test(the_separator_is_found_in_the_first_line),
        pool_test(malformed_rows_are_named_and_left),
        pool_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

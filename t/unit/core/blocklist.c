/* SPDX-License-Identifier: Apache-2.0 */
/* core/blocklist: text and binary files, what is found, and damaged files. */
#include "unit.h"

#include <apr_strings.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/blocklist.h"

static char folder[] = "/tmp/portal-blocklist-XXXXXX";

static const char *path_of(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, folder, "/", name, NULL);
}

static const char *file_of(const void *bytes, size_t length, apr_pool_t *pool)
{
    const char *path = path_of("list", pool);
    unlink(path); /* an open list keeps its own file */
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    return path;
}

static portal_blocklist_t *list_of(const char *text, apr_pool_t *pool)
{
    portal_blocklist_t *list;
    const char *error;
    assert_int_equal(
        portal_blocklist_open(&list, file_of(text, strlen(text), pool), &error, pool),
        APR_SUCCESS);
    assert_null(error);
    return list;
}

static void words_are_found_in_any_case(void **state)
{
    portal_blocklist_t *list = list_of("password1\r\nLetMeIn22\nMüllerMüller\n"
                                       "пароль12345\npassword1\nlast without end",
                                       *state);
    const char *in[] = {"password1",    "PASSWORD1",       "letmein22",
                        "müllermüller", "MÜLLERMÜLLER",    "Mu\xcc\x88llerMu\xcc\x88ller",
                        "ПАРОЛЬ12345",  "last without end"};
    const char *out[] = {
        "",     "password",     "password1 ", "password12", "mullermuller",
        "\xff", "password1\xff"};
    assert_int_equal(portal_blocklist_count(list), 5);
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        assert_true(portal_blocklist_has(list, in[i], *state));
    }
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        assert_false(portal_blocklist_has(list, out[i], *state));
    }
}

static void useless_lines_are_skipped(void **state)
{
    char *longest = apr_pcalloc(*state, 1100);
    memset(longest, 'x', 1025);
    const char *text =
        apr_pstrcat(*state, "\n\nshort77\n\xff\xff\xff\xff\xff\xff\xff\xff\n", longest,
                    "\nüüüü\nlongenough\n", NULL);
    portal_blocklist_t *list = list_of(text, *state);
    assert_int_equal(portal_blocklist_count(list), 1);
    assert_true(portal_blocklist_has(list, "longenough", *state));
    assert_false(portal_blocklist_has(list, "short77", *state));
    assert_false(portal_blocklist_has(list, "üüüü", *state));
}

static void a_thousand_words_survive_the_binary_file(void **state)
{
    const char *text = "";
    const char *binary = path_of("binary", *state);
    const char *error;
    portal_blocklist_t *list;
    for (int i = 0; i < 1000; i++) {
        text = apr_psprintf(*state, "%spassword-%d\n", text, i);
    }
    assert_int_equal(
        portal_blocklist_write(list_of(text, *state), binary, &error, *state),
        APR_SUCCESS);
    assert_null(error);
    assert_int_equal(portal_blocklist_open(&list, binary, &error, *state), APR_SUCCESS);
    assert_int_equal(portal_blocklist_count(list), 1000);
    for (int i = 0; i < 2000; i++) {
        const char *word = apr_psprintf(*state, "Password-%d", i);
        assert_int_equal(portal_blocklist_has(list, word, *state), i < 1000);
    }
    unlink(binary);
}

static void fails_to_open(const void *bytes, size_t length, apr_pool_t *pool)
{
    portal_blocklist_t *list;
    const char *error;
    const char *path = file_of(bytes, length, pool);
    assert_int_equal(portal_blocklist_open(&list, path, &error, pool), APR_EINVAL);
    assert_null(list);
    assert_non_null(strstr(error, path));
}

static void damaged_files_are_refused(void **state)
{
    static unsigned char good[48] = "portal blocklist 1\n";
    unsigned char bad[48];
    portal_blocklist_t *list;
    const char *error;
    good[31] = 2;
    good[39] = 1;
    good[47] = 2;
    assert_int_equal(
        portal_blocklist_open(&list, file_of(good, 48, *state), &error, *state),
        APR_SUCCESS);
    assert_int_equal(portal_blocklist_count(list), 2);

    fails_to_open(good, 47, *state);
    fails_to_open(good, 40, *state);
    fails_to_open(good, 32, *state);
    memcpy(bad, good, 48);
    bad[31] = 3;
    fails_to_open(bad, 48, *state);
    memcpy(bad, good, 48);
    bad[24] = 0xff;
    fails_to_open(bad, 48, *state);
    memcpy(bad, good, 48);
    bad[39] = 3; /* not ascending */
    fails_to_open(bad, 48, *state);
    bad[39] = 2; /* twice */
    fails_to_open(bad, 48, *state);
    bad[31] = 0;
    fails_to_open(bad, 32, *state); /* empty */
    fails_to_open("", 0, *state);
    fails_to_open("short\nlines\n", 12, *state);
}

static void what_is_no_file_is_refused(void **state)
{
    portal_blocklist_t *list;
    const char *error;
    assert_int_equal(
        portal_blocklist_open(&list, path_of("none", *state), &error, *state),
        APR_ENOENT);
    assert_non_null(error);
    assert_int_equal(portal_blocklist_open(&list, folder, &error, *state), APR_EINVAL);
    assert_non_null(error);
    list = list_of("longenough\n", *state);
    assert_int_equal(
        portal_blocklist_write(list, path_of("no/such", *state), &error, *state),
        APR_ENOENT);
    assert_non_null(error);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        pool_test(words_are_found_in_any_case),
        pool_test(useless_lines_are_skipped),
        pool_test(a_thousand_words_survive_the_binary_file),
        pool_test(damaged_files_are_refused),
        pool_test(what_is_no_file_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char path[64];
    apr_snprintf(path, sizeof path, "%s/list", folder);
    unlink(path);
    rmdir(folder);
    return failed;
}

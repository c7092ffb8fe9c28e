/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the arguments of a directive, in each row of config.def. What is refused is told with
 * the directive's name and no control character; what is taken reads as itself again when it is written
 * the way it is shown.
 *
 * The reader asks httpd for three small things that live in the program httpd itself; here they are in
 * their plainest form.
 */
#include "fuzz.h"

#include <apr_file_info.h>
#include <apr_lib.h>
#include <httpd.h>
#include <http_config.h>

#include "config_row.h"

#define ARGUMENTS 8

module AP_MODULE_DECLARE_DATA portal_module = {.module_index = 0};

AP_DECLARE(char *) ap_server_root_relative(apr_pool_t *pool, const char *path)
{
    char *whole = NULL;

    apr_filepath_merge(&whole, "/nonexistent", path, APR_FILEPATH_TRUENAME, pool);
    return whole;
}

AP_DECLARE(char *) ap_escape_logitem(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text);

    for (char *at = copy; *at; at++) {
        if (apr_iscntrl(*at)) {
            *at = '?';
        }
    }
    return copy;
}

AP_DECLARE(void) ap_str_tolower(char *text)
{
    for (; *text; text++) {
        *text = (char)apr_tolower(*text);
    }
}

static int read_it(const portal_config_row_t *row, void *field, int argc,
                   char *const *argv, apr_pool_t *pool)
{
    const char *wrong = portal_config_read(pool, row, field, argc, argv);

    if (wrong) {
        must(strncmp(wrong, row->directive, strlen(row->directive)) == 0);
        for (const char *at = wrong; *at; at++) {
            must(!apr_iscntrl(*at));
        }
    }
    return !wrong;
}

/* Kinds that are shown just as they are written. */
static int shows_itself(const portal_config_row_t *row)
{
    return row->kind == PORTAL_KIND_NUMBER || row->kind == PORTAL_KIND_SPAN ||
           row->kind == PORTAL_KIND_MAIL_TLS || row->kind == PORTAL_KIND_REGISTRATION ||
           row->kind == PORTAL_KIND_HASH || row->kind == PORTAL_KIND_CIDRS ||
           row->kind == PORTAL_KIND_URL || row->kind == PORTAL_KIND_MAILBOX;
}

/* At most ARGUMENTS words with a single space between them; the text is cut up. */
static int words_of(char *text, char *argv[ARGUMENTS])
{
    int n = 0;
    char *last = NULL;

    for (char *word = apr_strtok(text, " ", &last); word && n < ARGUMENTS;
         word = apr_strtok(NULL, " ", &last)) {
        argv[n++] = word;
    }
    return n;
}

static void check_again(const portal_config_row_t *row, const void *field,
                        apr_pool_t *pool)
{
    const char *shown = portal_config_show(pool, row, field);
    char *argv[ARGUMENTS] = {NULL};
    void *again = apr_pcalloc(pool, row->size);

    must(shown != NULL);
    if (shows_itself(row) && strcmp(shown, "none") != 0) {
        int argc = words_of(apr_pstrdup(pool, shown), argv);

        must(argc > 0 && read_it(row, again, argc, argv, pool));
        must(strcmp(portal_config_show(pool, row, again), shown) == 0);
    }
}

/* A row of this kind: the first bytes of an input mean the same when directives are added. */
static const portal_config_row_t *row_of(int kind, int number)
{
    const portal_config_row_t *found = NULL;
    int n = 0;

    for (int i = 0; i < PORTAL_FIELDS; i++) {
        n += (int)portal_config_rows[i].kind == kind;
    }
    number = n ? number % n : 0;
    for (int i = 0; i < PORTAL_FIELDS && !found; i++) {
        if ((int)portal_config_rows[i].kind == kind && number-- == 0) {
            found = &portal_config_rows[i];
        }
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    const portal_config_row_t *row;
    apr_array_header_t *parts;
    void *field;
    int argc;

    row = size < 3 ? NULL : row_of(data[0] % PORTAL_KINDS, data[1]);
    if (!row) {
        return 0;
    }
    pool = fuzz_pool();
    parts = fuzz_parts(data + 2, size - 2, pool);
    argc = parts->nelts > ARGUMENTS ? ARGUMENTS : parts->nelts;
    field = apr_pcalloc(pool, row->size);
    if (argc >= row->least && (!row->most || argc <= row->most) &&
        read_it(row, field, argc, (char *const *)(void *)parts->elts, pool)) {
        check_again(row, field, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one value of the configuration is read and shown: one pair of functions for each
 * kind of config.def. Addresses stand in config_url.c.
 *
 * A reader returns NULL or the rest of a sentence that begins with the directive and what
 * was typed: `PortalSessionIdle "5 foo" is …; write …`.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <utf8proc.h>

#include "config_row.h"
#include "config_url.h"

typedef const char *read_fn(apr_pool_t *pool, const portal_config_row_t *row, void *field,
                            int argc, char *const *argv);
typedef const char *show_fn(apr_pool_t *pool, const void *field);

static const char *read_text(apr_pool_t *pool, const portal_config_row_t *row, void *field,
                             int argc, char *const *argv)
{
    const char *text = argv[0];

    (void)row, (void)argc;
    if (!*text) {
        return "is empty; write the text in quotation marks, or leave the directive out";
    }
    if (strlen(text) > 300) {
        return "is too long; 300 bytes at most";
    }
    for (const char *at = text; *at;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)at, -1, &c);
        if (n < 1) {
            return "is not UTF-8; save the file as UTF-8";
        }
        if (utf8proc_category(c) == UTF8PROC_CATEGORY_CC) {
            return "has a control character in it; take it out";
        }
        at += n;
    }
    *(const char **)field = apr_pstrdup(pool, text);
    return NULL;
}

static const char *show_text(apr_pool_t *pool, const void *field)
{
    const char *text = *(const char *const *)field;

    (void)pool;
    return text ? text : "none";
}

/* The path from ServerRoot on, without a slash at its end; NULL and *wrong set. */
static const char *absolute(apr_pool_t *pool, const char *typed, const char **wrong)
{
    char *path = *typed ? ap_server_root_relative(pool, typed) : NULL;
    size_t len = path ? strlen(path) : 0;

    if (!path) {
        *wrong = "is no path; write a path that begins with /";
        return NULL;
    }
    while (len > 1 && path[len - 1] == '/') {
        path[--len] = '\0';
    }
    return path;
}

/* NULL: path is of this type. Else what is wrong with it. */
static const char *look_at(apr_pool_t *pool, const char *path, apr_filetype_e type,
                           apr_finfo_t *found)
{
    char text[120];
    apr_status_t rv =
        apr_stat(found, path, APR_FINFO_TYPE | APR_FINFO_PROT | APR_FINFO_USER, pool);
    const char *what = type == APR_DIR ? "folder" : "file";

    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE) {
        return apr_psprintf(pool, "cannot be used: %s: %s; %s", path,
                            apr_strerror(rv, text, sizeof text),
                            APR_STATUS_IS_ENOENT(rv)
                                ? apr_psprintf(pool, "make this %s or mend the path", what)
                                : "run this as root, or let the folders above be entered");
    }
    if (found->filetype != type) {
        return apr_psprintf(pool, "is no %s; write the path of a %s", what, what);
    }
    return NULL;
}

static const char *read_path(apr_pool_t *pool, const portal_config_row_t *row, void *field,
                             int argc, char *const *argv)
{
    const char *wrong = NULL, *path = absolute(pool, argv[0], &wrong);
    apr_finfo_t found;

    (void)argc;
    wrong = wrong ? wrong
                  : look_at(pool, path,
                            row->kind == PORTAL_KIND_FOLDER ? APR_DIR : APR_REG, &found);
    if (!wrong) {
        *(const char **)field = path;
    }
    return wrong;
}

/*
 * Only the owner may read the file of a secret: the children run as another user, and so
 * does every script of the machine.
 */
static const char *read_secret(apr_pool_t *pool, const portal_config_row_t *row,
                               void *field, int argc, char *const *argv)
{
    const char *wrong = NULL, *path;
    apr_finfo_t found;

    (void)row, (void)argc;
    if (strncmp(argv[0], "file:", 5) != 0) {
        return "must name a file, a secret does not stand in the configuration itself; "
               "write file:PATH";
    }
    path = absolute(pool, argv[0] + 5, &wrong);
    wrong = wrong ? wrong : look_at(pool, path, APR_REG, &found);
    if (wrong) {
        return wrong;
    }
    if (found.protection & (APR_FPROT_GREAD | APR_FPROT_GWRITE | APR_FPROT_WREAD |
                            APR_FPROT_WWRITE)) {
        return apr_psprintf(pool,
                            "can be read or changed by others than its owner; "
                            "chmod 600 %s, and chown it to root",
                            path);
    }
    *(const char **)field = path;
    return NULL;
}

static const char *show_secret(apr_pool_t *pool, const void *field)
{
    const char *path = *(const char *const *)field;

    return path ? apr_pstrcat(pool, "file:", path, NULL) : "none";
}

static const char *read_feature(apr_pool_t *pool, const portal_config_row_t *row,
                                void *field, int argc, char *const *argv)
{
    int on = !strcasecmp(argv[1], "on");

    (void)pool, (void)row, (void)argc;
    if (!on && strcasecmp(argv[1], "off") != 0) {
        return apr_psprintf(pool, "%s is neither on nor off; write PortalFeature %s on|off",
                            argv[1], argv[0]);
    }
    *(int *)field = on;
    return NULL;
}

static const char *show_feature(apr_pool_t *pool, const void *field)
{
    (void)pool;
    return *(const int *)field ? "on" : "off";
}

/* A whole number from low to high, in digits only. */
static int parse_number(const char *text, apr_int64_t low, apr_int64_t high, int *out)
{
    apr_int64_t n = 0;

    if (!*text || strlen(text) > 9) {
        return 0;
    }
    for (; *text; text++) {
        if (!apr_isdigit(*text)) {
            return 0;
        }
        n = n * 10 + (*text - '0');
    }
    *out = (int)n;
    return n >= low && n <= high;
}

static const char *read_number(apr_pool_t *pool, const portal_config_row_t *row,
                               void *field, int argc, char *const *argv)
{
    int n;

    (void)argc;
    if (!parse_number(argv[0], row->low, row->high, &n)) {
        return apr_psprintf(pool,
                            "is no number from %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT
                            "; write such a number",
                            row->low, row->high);
    }
    *(int *)field = n;
    return NULL;
}

static const char *show_number(apr_pool_t *pool, const void *field)
{
    return apr_itoa(pool, *(const int *)field);
}

static const char *show_time(apr_pool_t *pool, apr_interval_time_t t)
{
    static const struct {
        apr_interval_time_t size;
        const char *name;
    } units[] = {{PORTAL_DAYS(1), "d"},
                 {PORTAL_HOURS(1), "h"},
                 {PORTAL_MINUTES(1), "min"},
                 {PORTAL_SECONDS(1), "s"}};
    int i = 0;

    while (i < 3 && (t % units[i].size || !t)) {
        i++;
    }
    return apr_psprintf(pool, "%" APR_INT64_T_FMT "%s", t / units[i].size, units[i].name);
}

static const char *read_span(apr_pool_t *pool, const portal_config_row_t *row, void *field,
                             int argc, char *const *argv)
{
    apr_interval_time_t span;

    (void)argc;
    if (!parse_span(argv[0], &span)) {
        return "is no time; write a whole number and its unit s, min, h or d, as in 30min";
    }
    if (span < row->low || span > row->high) {
        return apr_psprintf(pool, "is out of range; write a time from %s to %s",
                            show_time(pool, row->low), show_time(pool, row->high));
    }
    *(apr_interval_time_t *)field = span;
    return NULL;
}

static const char *show_span(apr_pool_t *pool, const void *field)
{
    return show_time(pool, *(const apr_interval_time_t *)field);
}

static const char *read_names(apr_pool_t *pool, const portal_config_row_t *row,
                              void *field, int argc, char *const *argv)
{
    apr_array_header_t *names = apr_array_make(pool, argc, sizeof(char *));

    (void)row;
    for (int i = 0; i < argc; i++) {
        if (!*argv[i] || strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
                                         "XYZ0123456789._-") != strlen(argv[i])) {
            return apr_psprintf(pool, "has the name \"%s\"; a name has letters, digits, "
                                      "dots, dashes and underscores only", argv[i]);
        }
        for (int j = 0; j < i; j++) {
            if (!strcmp(argv[i], argv[j])) {
                return apr_psprintf(pool, "names %s twice; take one of the two out", argv[i]);
            }
        }
        *(const char **)apr_array_push(names) = apr_pstrdup(pool, argv[i]);
    }
    *(const apr_array_header_t **)field = names;
    return NULL;
}

static const char *show_names(apr_pool_t *pool, const void *field)
{
    const apr_array_header_t *names = *(const apr_array_header_t *const *)field;

    return names->nelts ? apr_array_pstrcat(pool, names, ' ') : "none";
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one value of the configuration is read and shown: one pair of functions for each
 * kind of config.def. Addresses stand in config_url.c, numbers, times and costs in
 * config_number.c.
 *
 * A reader returns NULL or the rest of a message that begins with the directive and what
 * was typed: `PortalSessionIdle 5x: is …; write …`.
 */
#include <string.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "config_number.h"
#include "config_row.h"
#include "config_url.h"
#include "core/cidr.h"
#include "core/date.h"
#include "core/text.h"

typedef const char *read_fn(apr_pool_t *pool, const portal_config_row_t *row, void *field,
                            int argc, char *const *argv);
typedef const char *show_fn(apr_pool_t *pool, const void *field);

static const char *read_text(apr_pool_t *pool, const portal_config_row_t *row,
                             void *field, int argc, char *const *argv)
{
    const char *text = argv[0];

    (void)row, (void)argc;
    if (!text[strspn(text, " ")]) {
        return "is empty; write a text, or leave the directive out";
    }
    switch (portal_text_check(text, strlen(text), 200, 0)) {
    case PORTAL_TEXT_OK:
        break;
    case PORTAL_TEXT_BAD_UTF8:
        return "is not UTF-8; save the file as UTF-8";
    case PORTAL_TEXT_TOO_LONG:
        return "is too long; write 200 characters at most";
    default:
        return "has a control character in it; take it out";
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
        return apr_psprintf(
            pool, "cannot be used: %s: %s; %s", path, apr_strerror(rv, text, sizeof text),
            APR_STATUS_IS_ENOENT(rv)
                ? apr_psprintf(pool, "make this %s or mend the path", what)
                : "run this as root, or let the folders above be entered");
    }
    if (found->filetype != type) {
        return apr_psprintf(pool, "is no %s; write the path of a %s", what, what);
    }
    return NULL;
}

static const char *read_path(apr_pool_t *pool, const portal_config_row_t *row,
                             void *field, int argc, char *const *argv)
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

/* True for letters that are more likely a key in base64 than the name of a file. */
static int is_like_key(const char *text)
{
    return *text != '/' && strlen(text) >= 32 &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "0123456789+/=_-")] == '\0';
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
    if (wrong && is_like_key(argv[0] + 5)) {
        return "must name a file, and what stands there looks like the secret itself; "
               "write "
               "file:PATH";
    }
    if (wrong) {
        return wrong;
    }
    if (found.protection & (APR_FPROT_GREAD | APR_FPROT_GWRITE | APR_FPROT_GEXECUTE |
                            APR_FPROT_WREAD | APR_FPROT_WWRITE | APR_FPROT_WEXECUTE)) {
        return apr_psprintf(
            pool,
            "can be used by others than its owner; chmod 600 %s, and chown "
            "it to root",
            path);
    }
    if (found.user && found.user != geteuid()) {
        return apr_psprintf(pool, "does not belong to root; chown root %s", path);
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
        return apr_psprintf(pool,
                            "%s is neither on nor off; write PortalFeature %s on|off",
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

static const char *read_number(apr_pool_t *pool, const portal_config_row_t *row,
                               void *field, int argc, char *const *argv)
{
    (void)argc;
    return portal_config_read_number(pool, argv[0], row->low, row->high, field);
}

static const char *show_number(apr_pool_t *pool, const void *field)
{
    return apr_itoa(pool, *(const int *)field);
}

static const char *read_span(apr_pool_t *pool, const portal_config_row_t *row,
                             void *field, int argc, char *const *argv)
{
    (void)argc;
    return portal_config_read_span(pool, argv[0], row->low, row->high, field);
}

static const char *show_span(apr_pool_t *pool, const void *field)
{
    return portal_duration_text(*(const apr_interval_time_t *)field, pool);
}

static const char *read_keep(apr_pool_t *pool, const portal_config_row_t *row,
                             void *field, int argc, char *const *argv)
{
    (void)argc;
    return portal_config_read_keep(pool, argv[0], row->low, row->high, field);
}

static const char *show_keep(apr_pool_t *pool, const void *field)
{
    return portal_config_show_keep(pool, *(const apr_interval_time_t *)field);
}

static const char *read_hash(apr_pool_t *pool, const portal_config_row_t *row,
                             void *field, int argc, char *const *argv)
{
    (void)row, (void)argc;
    return portal_config_read_hash(pool, argv, field);
}

static const char *show_hash(apr_pool_t *pool, const void *field)
{
    return portal_config_show_hash(pool, field);
}

static const char *read_throttle(apr_pool_t *pool, const portal_config_row_t *row,
                                 void *field, int argc, char *const *argv)
{
    (void)row, (void)argc;
    return portal_config_read_throttle(pool, argv, field);
}

static const char *show_throttle(apr_pool_t *pool, const void *field)
{
    return portal_config_show_throttle(pool, field);
}

static const char *read_names(apr_pool_t *pool, const portal_config_row_t *row,
                              void *field, int argc, char *const *argv)
{
    apr_array_header_t *names = apr_array_make(pool, argc, sizeof(char *));

    (void)row;
    for (int i = 0; i < argc; i++) {
        if (!*argv[i] ||
            strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
                            "XYZ0123456789._-") != strlen(argv[i])) {
            return apr_psprintf(pool,
                                "has the name \"%s\"; a name has letters, digits, "
                                "dots, dashes and underscores only",
                                argv[i]);
        }
        for (int j = 0; j < i; j++) {
            if (!strcmp(argv[i], argv[j])) {
                return apr_psprintf(pool, "names %s twice; take one of the two out",
                                    argv[i]);
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

static const char *read_cidrs(apr_pool_t *pool, const portal_config_row_t *row,
                              void *field, int argc, char *const *argv)
{
    apr_array_header_t *networks = apr_array_make(pool, argc, sizeof(portal_cidr_t));

    (void)row;
    for (int i = 0; i < argc; i++) {
        if (portal_cidr_parse(apr_array_push(networks), argv[i]) != APR_SUCCESS) {
            return apr_psprintf(
                pool,
                "has \"%s\", which is no network; write an address and the "
                "length of its prefix, as in 192.0.2.0/24 or 2001:db8::/56",
                argv[i]);
        }
    }
    *(const apr_array_header_t **)field = networks;
    return NULL;
}

static const char *show_cidrs(apr_pool_t *pool, const void *field)
{
    const apr_array_header_t *networks = *(const apr_array_header_t *const *)field;
    const char *text = networks->nelts ? "" : "none";

    for (int i = 0; i < networks->nelts; i++) {
        text = apr_pstrcat(
            pool, text, i ? " " : "",
            portal_cidr_text(&APR_ARRAY_IDX(networks, i, portal_cidr_t), pool), NULL);
    }
    return text;
}

static const char *read_url(apr_pool_t *pool, const portal_config_row_t *row, void *field,
                            int argc, char *const *argv)
{
    (void)row, (void)argc;
    return portal_config_read_url(pool, argv[0], field);
}

static const char *read_relay(apr_pool_t *pool, const portal_config_row_t *row,
                              void *field, int argc, char *const *argv)
{
    (void)row, (void)argc;
    return portal_config_read_relay(pool, argv[0], field);
}

static const char *read_mailbox(apr_pool_t *pool, const portal_config_row_t *row,
                                void *field, int argc, char *const *argv)
{
    (void)row, (void)argc;
    return portal_config_read_mailbox(pool, argv[0], field);
}

/* The texts of both kinds of address stand in a member named text. */
static const char *show_url(apr_pool_t *pool, const void *field)
{
    const portal_base_url_t *url = field;

    (void)pool;
    return url->text ? url->text : "none";
}

static const char *show_relay(apr_pool_t *pool, const void *field)
{
    const portal_mail_relay_t *relay = field;

    (void)pool;
    return relay->text ? relay->text : "none";
}

/* By portal_mail_tls_t, portal_registration_t and portal_factor_policy_t. */
static const char *const mail_tls_words[] = {"required", "off"};
static const char *const registration_words[] = {"open", "invited", "off"};
static const char *const factor_words[] = {"off", "offered", "required"};

/* Which of the words was typed; -1 and *wrong: none of them. */
static int pick(apr_pool_t *pool, const char *typed, const char *const *words, int count,
                const char **wrong)
{
    const char *list = "", *guess;

    for (int i = 0; i < count; i++) {
        if (!strcasecmp(typed, words[i])) {
            return i;
        }
        list = apr_pstrcat(pool, list, i ? ", " : "", words[i], NULL);
    }
    guess = portal_config_guess(typed, words, count);
    *wrong = apr_psprintf(pool, "is not known%s%s%s; write one of %s",
                          guess ? ", did you mean \"" : "", guess ? guess : "",
                          guess ? "\"?" : "", list);
    return -1;
}

static const char *read_mail_tls(apr_pool_t *pool, const portal_config_row_t *row,
                                 void *field, int argc, char *const *argv)
{
    const char *wrong = NULL;
    int i = pick(pool, argv[0], mail_tls_words, 2, &wrong);

    (void)row, (void)argc;
    if (i >= 0) {
        *(portal_mail_tls_t *)field = (portal_mail_tls_t)i;
    }
    return wrong;
}

static const char *show_mail_tls(apr_pool_t *pool, const void *field)
{
    (void)pool;
    return mail_tls_words[*(const portal_mail_tls_t *)field];
}

static const char *read_registration(apr_pool_t *pool, const portal_config_row_t *row,
                                     void *field, int argc, char *const *argv)
{
    const char *wrong = NULL;
    int i = pick(pool, argv[0], registration_words, 3, &wrong);

    (void)row, (void)argc;
    if (i >= 0) {
        *(portal_registration_t *)field = (portal_registration_t)i;
    }
    return wrong;
}

static const char *show_registration(apr_pool_t *pool, const void *field)
{
    (void)pool;
    return registration_words[*(const portal_registration_t *)field];
}

static const char *read_factor(apr_pool_t *pool, const portal_config_row_t *row,
                               void *field, int argc, char *const *argv)
{
    const char *wrong = NULL;
    int i = pick(pool, argv[0], factor_words, 3, &wrong);

    (void)row, (void)argc;
    if (i >= 0) {
        *(portal_factor_policy_t *)field = (portal_factor_policy_t)i;
    }
    return wrong;
}

static const char *show_factor(apr_pool_t *pool, const void *field)
{
    (void)pool;
    return factor_words[*(const portal_factor_policy_t *)field];
}

/* By portal_config_kind_t. */
static const struct {
    read_fn *read;
    show_fn *show;
} kinds[PORTAL_KINDS] = {
    [PORTAL_KIND_TEXT] = {read_text, show_text},
    [PORTAL_KIND_MAILBOX] = {read_mailbox, show_text},
    [PORTAL_KIND_FILE] = {read_path, show_text},
    [PORTAL_KIND_FOLDER] = {read_path, show_text},
    [PORTAL_KIND_SECRET] = {read_secret, show_secret},
    [PORTAL_KIND_FEATURE] = {read_feature, show_feature},
    [PORTAL_KIND_NUMBER] = {read_number, show_number},
    [PORTAL_KIND_SPAN] = {read_span, show_span},
    [PORTAL_KIND_KEEP] = {read_keep, show_keep},
    [PORTAL_KIND_NAMES] = {read_names, show_names},
    [PORTAL_KIND_CIDRS] = {read_cidrs, show_cidrs},
    [PORTAL_KIND_URL] = {read_url, show_url},
    [PORTAL_KIND_RELAY] = {read_relay, show_relay},
    [PORTAL_KIND_MAIL_TLS] = {read_mail_tls, show_mail_tls},
    [PORTAL_KIND_REGISTRATION] = {read_registration, show_registration},
    [PORTAL_KIND_SECOND_FACTOR] = {read_factor, show_factor},
    [PORTAL_KIND_HASH] = {read_hash, show_hash},
    [PORTAL_KIND_THROTTLE] = {read_throttle, show_throttle},
};

const char *portal_config_feature_name(const portal_config_row_t *row)
{
    return row->field + strlen("feature_");
}

/*
 * What was typed, for a message. A secret written in place of its file, and what an address has
 * of a login or a token, must not reach the terminal or the log.
 */
static const char *quote(apr_pool_t *pool, const portal_config_row_t *row, int argc,
                         char *const *argv)
{
    const char *text = row->directive;

    if (row->kind == PORTAL_KIND_SECRET &&
        (strncmp(argv[0], "file:", 5) != 0 || is_like_key(argv[0] + 5))) {
        return text;
    }
    if ((row->kind == PORTAL_KIND_URL || row->kind == PORTAL_KIND_RELAY) &&
        !portal_config_is_plain_address(argv[0])) {
        return text;
    }
    for (int i = 0; i < argc; i++) {
        text = apr_pstrcat(pool, text, " ", argv[i], NULL);
    }
    return ap_escape_logitem(pool, text);
}

/* A message goes to a terminal or a log as it is: no control character of what was typed does. */
static const char *without_controls(char *message)
{
    for (char *at = message; *at; at++) {
        if (apr_iscntrl(*at)) {
            *at = '?';
        }
    }
    return message;
}

const char *portal_config_read(apr_pool_t *pool, const portal_config_row_t *row,
                               void *field, int argc, char *const *argv)
{
    const char *wrong = kinds[row->kind].read(pool, row, field, argc, argv);

    return wrong ? without_controls(
                       apr_psprintf(pool, "%s: %s", quote(pool, row, argc, argv), wrong))
                 : NULL;
}

const char *portal_config_show(apr_pool_t *pool, const portal_config_row_t *row,
                               const void *field)
{
    const char *text = kinds[row->kind].show(pool, field);

    return row->kind == PORTAL_KIND_FEATURE
               ? apr_pstrcat(pool, portal_config_feature_name(row), " ", text, NULL)
               : text;
}

/* Levenshtein's distance of two words, of which b has at most 30 letters. */
static int distance(const char *a, const char *b)
{
    int row[32], len = (int)strlen(b);

    for (int j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (int i = 1; a[i - 1]; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= len; j++) {
            int swap = corner + (apr_tolower(a[i - 1]) != b[j - 1]);
            int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            corner = row[j];
            row[j] = swap < least ? swap : least;
        }
    }
    return row[len];
}

const char *portal_config_guess(const char *typed, const char *const *words, int count)
{
    const char *best = NULL;
    int least = 3;

    for (int i = 0; i < count && strlen(typed) < 30; i++) {
        int d = distance(typed, words[i]);
        if (d < least && d * 2 <= (int)strlen(words[i])) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a host: made, merged, read by httpd and dumped by walking the rows
 * of config.def. How one value is read stands in config_value.c, what a whole host must
 * fulfil in config_check.c.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "config.h"
#include "config_row.h"
#include "core/place.h"

/* clang-format off */
const portal_config_row_t portal_config_rows[PORTAL_FIELDS] = {
#define PORTAL_ROW(d, f, kind, min, max, def, low, high, usage, help)                    \
    {#d, #f, PORTAL_KIND_##kind, offsetof(portal_config_t, f),                           \
     sizeof(((portal_config_t *)0)->f), min, max, def, low, high, usage, help},
#include "config.def"
};
/* clang-format on */

static void *field_of(portal_config_t *config, int i)
{
    return (char *)config + portal_config_rows[i].offset;
}

static const void *field_in(const portal_config_t *config, int i)
{
    return (const char *)config + portal_config_rows[i].offset;
}

static int cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    int high = (int)portal_config_rows[PORTAL_FIELD_password_hashers].high;

    return n < 1 ? 1 : n > high ? high : (int)n;
}

/* Puts the default into a field; the texts of config.def go the way of typed ones. */
static void set_default(apr_pool_t *pool, portal_config_t *config, int i)
{
    const portal_config_row_t *row = &portal_config_rows[i];
    char *words[8], *text, *state, *word;
    const char *wrong;
    int n = 0;

    if (!row->normal) {
        if (row->kind == PORTAL_KIND_NAMES || row->kind == PORTAL_KIND_CIDRS) {
            *(apr_array_header_t **)field_of(config, i) =
                apr_array_make(pool, 0, sizeof(char *));
        }
        return;
    }
    if (row->kind == PORTAL_KIND_FILE || row->kind == PORTAL_KIND_FOLDER) {
        *(const char **)field_of(config, i) = portal_place(row->normal, pool);
        return;
    }
    if (row->kind == PORTAL_KIND_TEXT) {
        words[n++] = apr_pstrdup(pool, row->normal);
    } else {
        if (row->kind == PORTAL_KIND_FEATURE) {
            words[n++] = apr_pstrdup(pool, portal_config_feature_name(row));
        }
        text = apr_pstrdup(pool, row->normal);
        for (word = apr_strtok(text, " ", &state); word && n < 8;
             word = apr_strtok(NULL, " ", &state)) {
            words[n++] = word;
        }
    }
    wrong = portal_config_read(pool, row, field_of(config, i), n, words);
    if (wrong) {
        /* a row of config.def contradicts itself: no configuration can be made */
        abort();
    }
}

void *portal_config_create(apr_pool_t *pool, server_rec *server)
{
    portal_config_t *config = apr_pcalloc(pool, sizeof *config);

    (void)server;
    for (int i = 0; i < PORTAL_FIELDS; i++) {
        set_default(pool, config, i);
    }
    config->password_hashers = cores();
    return config;
}

void *portal_config_merge(apr_pool_t *pool, void *base_v, void *child_v)
{
    portal_config_t *base = base_v, *child = child_v, *both;

    if (!child || !child->first) {
        return base;
    }
    both = apr_pmemdup(pool, child, sizeof *child);
    for (int i = 0; i < PORTAL_FIELDS; i++) {
        if (!child->set[i]) {
            memcpy(field_of(both, i), field_in(base, i), portal_config_rows[i].size);
            both->set[i] = base->set[i];
        }
    }
    return both;
}

/* The row that `PortalFeature NAME` means; NULL: none, and *wrong says so. */
static const portal_config_row_t *feature_row(apr_pool_t *pool, const char *name,
                                              const char **wrong)
{
    const char *words[PORTAL_FIELDS], *list = "", *guess;
    int n = 0;

    for (int i = 0; i < PORTAL_FIELDS; i++) {
        const portal_config_row_t *row = &portal_config_rows[i];
        if (row->kind != PORTAL_KIND_FEATURE) {
            continue;
        }
        words[n] = portal_config_feature_name(row);
        if (!strcasecmp(words[n], name)) {
            return row;
        }
        list = apr_pstrcat(pool, list, n ? ", " : "", words[n], NULL);
        n++;
    }
    guess = portal_config_guess(name, words, n);
    *wrong = apr_psprintf(
        pool, "PortalFeature does not know \"%s\"%s%s%s; write one of %s", name,
        guess ? ", did you mean \"" : "", guess ? guess : "", guess ? "\"?" : "", list);
    return NULL;
}

static const char *count_wrong(apr_pool_t *pool, const portal_config_row_t *row, int argc)
{
    if (argc >= row->least && (!row->most || argc <= row->most)) {
        return NULL;
    }
    return apr_psprintf(pool, "%s has %s argument%s; write %s %s", row->directive,
                        argc ? apr_itoa(pool, argc) : "no", argc > 1 ? "s" : "",
                        row->directive,
                        row->kind == PORTAL_KIND_FEATURE ? "NAME on|off" : row->usage);
}

/* httpd calls this for each Portal directive, and adds file and line to the message. */
static const char *set_directive(cmd_parms *cmd, void *unused, int argc,
                                 char *const argv[])
{
    const portal_config_row_t *row = cmd->info;
    portal_config_t *config =
        ap_get_module_config(cmd->server->module_config, &portal_module);
    const ap_directive_t *earlier;
    const char *wrong = count_wrong(cmd->pool, row, argc);
    ptrdiff_t i;

    (void)unused;
    if (!wrong && row->kind == PORTAL_KIND_FEATURE) {
        row = feature_row(cmd->pool, argv[0], &wrong);
    }
    if (wrong) {
        return wrong;
    }
    i = row - portal_config_rows;
    earlier = config->set[i];
    if (earlier) {
        return apr_psprintf(cmd->pool,
                            "%s%s%s is duplicate: it stands on line %d of %s already; "
                            "remove one of the two",
                            row->directive, row->kind == PORTAL_KIND_FEATURE ? " " : "",
                            row->kind == PORTAL_KIND_FEATURE ? argv[0] : "",
                            earlier->line_num, earlier->filename);
    }
    config->set[i] = cmd->directive;
    if (!config->first) {
        config->first = cmd->directive;
    }
    return portal_config_read(cmd->pool, row, field_of(config, (int)i), argc, argv);
}

/* clang-format off */
const command_rec portal_config_commands[] = {
#define PORTAL_ROW(d, f, kind, min, max, def, low, high, usage, help)                    \
    AP_INIT_TAKE_ARGV(#d, set_directive, (void *)&portal_config_rows[PORTAL_FIELD_##f],  \
                      RSRC_CONF, usage ": " help),
#define PORTAL_FEATURE(name, help)
#include "config.def"
    AP_INIT_TAKE_ARGV("PortalFeature", set_directive,
                      (void *)&portal_config_rows[PORTAL_FIELD_feature_lobby],
                      RSRC_CONF, "NAME on|off: a part of the portal that may be off"),
    {0}
};
/* clang-format on */

const portal_config_t *portal_config_of(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &portal_module);
}

int portal_config_active(const portal_config_t *config)
{
    return config->url.text && config->desk_url.text && config->secret_file;
}

const char *portal_config_dump(const portal_config_t *config, apr_pool_t *pool)
{
    const char *text = "";

    for (int i = 0; i < PORTAL_FIELDS; i++) {
        const portal_config_row_t *row = &portal_config_rows[i];
        const ap_directive_t *from = config->set[i];
        text = apr_pstrcat(
            pool, text, row->directive, " ",
            portal_config_show(pool, row, field_in(config, i)),
            from ? apr_psprintf(pool, "\t# line %d of %s", from->line_num, from->filename)
                 : "\t# default",
            "\n", NULL);
    }
    return text;
}

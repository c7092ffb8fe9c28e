/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line and the configuration file; see ctl.h. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/folder.h"
#include "ctl/ctl.h"

#define LARGEST_CONFIG (64 * 1024)
#define EVERYWHERE 0u

typedef struct {
    portal_ctl_option_t say;
    apr_size_t text; /* where its value goes, */
    apr_size_t flag; /* or which flag it sets; the other is 0 */
} option_t;

#define TEXT_OPTION(name, allowed, value, summary)                                       \
    {                                                                                    \
        {"--" #name, value, summary, allowed}, offsetof(portal_ctl_options_t, name), 0   \
    }
#define FLAG_OPTION(name, allowed, member, summary)                                      \
    {                                                                                    \
        {name, NULL, summary, allowed}, 0, offsetof(portal_ctl_options_t, member)        \
    }

static const option_t options[] = {
    TEXT_OPTION(driver, EVERYWHERE, "NAME",
                "database driver: sqlite3 (default), pgsql or mysql"),
    TEXT_OPTION(params, EVERYWHERE, "STRING",
                "what DBDParams says: file:/var/lib/portal/portal.db?mode=rw"),
    TEXT_OPTION(secret, EVERYWHERE, "file:PATH", "the key file that PortalSecret names"),
    TEXT_OPTION(
        config, EVERYWHERE, "FILE",
        "a file with the same three as lines 'driver sqlite3' ..., and 'forms DIR'"),
    FLAG_OPTION("--json", EVERYWHERE, json, "one JSON object as answer, for programs"),
    FLAG_OPTION("--help", EVERYWHERE, help, "tells of the commands, or of one"),
    FLAG_OPTION("--all-or-nothing", PORTAL_CTL_OPT_IMPORT, all_or_nothing,
                "nothing, if one row is refused"),
    TEXT_OPTION(
        paperwork, PORTAL_CTL_OPT_IMPORT, "NAMES",
        "the forms that each new case gets, comma-separated, or none; without this "
        "httpd gives those of PortalPaperworkDefault"),
    TEXT_OPTION(from, PORTAL_CTL_OPT_AUDIT, "DAY", "from this day on, YYYY-MM-DD in UTC"),
    TEXT_OPTION(to, PORTAL_CTL_OPT_AUDIT, "DAY", "up to this day, YYYY-MM-DD in UTC"),
    TEXT_OPTION(sort, PORTAL_CTL_OPT_AUDIT, "WORD",
                "oldest (first), newest, what, whom, who or outcome"),
    TEXT_OPTION(anchors, PORTAL_CTL_OPT_AUDIT, "FILE",
                "verify: a log, or -, with lines that say where the trail ended"),
    TEXT_OPTION(binder, PORTAL_CTL_OPT_BINDER, "MRN", "only of this binder"),
    TEXT_OPTION(limit, PORTAL_CTL_OPT_LIMIT, "N", "no more rows than that"),
    TEXT_OPTION(out, PORTAL_CTL_OPT_EXPORT, "PATH", "where the export is written to"),
    TEXT_OPTION(format, PORTAL_CTL_OPT_EXPORT, "NAME", "ndjson or bundle"),
    TEXT_OPTION(since, PORTAL_CTL_OPT_EXPORT, "TIME", "only what changed since then"),
    FLAG_OPTION("--overwrite", PORTAL_CTL_OPT_EXPORT, overwrite,
                "replaces what an earlier export wrote"),
    FLAG_OPTION("--finish", PORTAL_CTL_OPT_FINISH, finish,
                "takes away what is left of old keys and is not needed"),
    FLAG_OPTION(
        "--yes", PORTAL_CTL_OPT_YES, yes,
        "restore: without asking; rotate-secret: although an httpd may lack the new "
        "key, or pages may be open"),
    TEXT_OPTION(forms, PORTAL_CTL_OPT_CHECK, "DIR", "the folder that PortalForms names"),
};

const portal_ctl_option_t *portal_ctl_option(unsigned index)
{
    return index < sizeof(options) / sizeof(*options) ? &options[index].say : NULL;
}

typedef struct {
    portal_ctl_t *ctl;
    const char *const *argv;
    int argc, at;
    unsigned used; /* bits of options that not every command has */
    const char *used_name;
    apr_array_header_t *words;
} line_t;

static const option_t *find(const char *word, apr_size_t len)
{
    for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++)
        if (strlen(options[i].say.name) == len &&
            !strncmp(options[i].say.name, word, len))
            return &options[i];
    return NULL;
}

static const char **text_slot(portal_ctl_options_t *o, const option_t *option)
{
    return (const char **)(void *)((char *)o + option->text);
}

/* --name VALUE and --name=VALUE; a second use is an error, as it is mostly a mistake. */
static int take_option(line_t *line)
{
    portal_ctl_options_t *o = &line->ctl->options;
    const char *word = line->argv[line->at];
    apr_size_t len = strcspn(word, "=");
    const char *value = word[len] ? word + len + 1 : NULL;
    const option_t *option = find(word, len);

    if (!option)
        return portal_ctl_fail(line->ctl, PORTAL_CTL_WRONG, "unknown option %s", word);
    if (option->say.allowed) {
        line->used |= option->say.allowed;
        line->used_name = option->say.name;
    }
    if (option->flag) {
        if (value)
            return portal_ctl_fail(line->ctl, PORTAL_CTL_WRONG, "%s takes no value",
                                   option->say.name);
        *(int *)(void *)((char *)o + option->flag) = 1;
        return 0;
    }
    if (!value && line->at + 1 < line->argc)
        value = line->argv[++line->at];
    if (!value || !*value)
        return portal_ctl_fail(line->ctl, PORTAL_CTL_WRONG, "%s needs a value",
                               option->say.name);
    if (*text_slot(o, option))
        return portal_ctl_fail(line->ctl, PORTAL_CTL_WRONG, "%s is given twice",
                               option->say.name);
    *text_slot(o, option) = value;
    return 0;
}

static int take_line(line_t *line)
{
    int only_words = 0, code = 0;

    for (; line->at < line->argc && !code; line->at++) {
        const char *word = line->argv[line->at];
        if (!only_words && !strcmp(word, "--"))
            only_words = 1;
        else if (!only_words && word[0] == '-' && word[1])
            code = take_option(line);
        else
            APR_ARRAY_PUSH(line->words, const char *) = word;
    }
    APR_ARRAY_PUSH(line->words, const char *) = NULL;
    return code;
}

/* ---- configuration file ---- */

/* `name value`, where the value goes to the end of the line. The command line comes first. */
static int take_setting(portal_ctl_t *ctl, const char *line, int number)
{
    portal_ctl_options_t *o = &ctl->options;
    const char *names[] = {"driver", "params", "secret", "forms"};
    const char **slots[] = {&o->driver, &o->params, &o->secret, &o->forms};
    apr_size_t len = strcspn(line, " \t");
    const char *value = line + len + strspn(line + len, " \t");

    for (int i = 0; i < 4; i++) {
        if (strlen(names[i]) != len || strncmp(names[i], line, len))
            continue;
        if (!*value)
            return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "%s:%d: %s needs a value",
                                   o->config, number, names[i]);
        if (!*slots[i])
            *slots[i] = value;
        return 0;
    }
    return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                           "%s:%d: '%.*s' is none of driver, params, secret, forms",
                           o->config, number, (int)len, line);
}

static int take_file(portal_ctl_t *ctl)
{
    const char *text, *error;
    apr_size_t size;
    int code = 0;

    if (portal_file_read(&text, &size, ctl->options.config, LARGEST_CONFIG, &error,
                         ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "%s", error);
    for (int number = 1; *text && !code; number++) {
        apr_size_t len = strcspn(text, "\n");
        char *line = apr_pstrmemdup(ctl->pool, text, len);
        text += len + (text[len] == '\n');
        while (len && apr_isspace(line[len - 1]))
            line[--len] = '\0';
        line += strspn(line, " \t");
        if (*line && *line != '#')
            code = take_setting(ctl, line, number);
    }
    return code;
}

/* ---- all of it ---- */

static const portal_ctl_command_t *find_command(const portal_ctl_command_t *commands,
                                                const char *name)
{
    for (; commands->name; commands++)
        if (!strcmp(commands->name, name))
            return commands;
    return NULL;
}

int portal_ctl_options(portal_ctl_t *ctl, int argc, const char *const *argv,
                       const portal_ctl_command_t *commands,
                       const portal_ctl_command_t **command)
{
    line_t line = {.ctl = ctl, .argv = argv, .argc = argc, .at = 1};
    const char *name;
    int code;

    line.words = apr_array_make(ctl->pool, argc + 1, sizeof(const char *));
    code = take_line(&line);
    if (code)
        return code;
    ctl->options.words = (const char *const *)line.words->elts;
    name = ctl->options.help || !ctl->options.words[0] ? "help" : ctl->options.words[0];
    *command = find_command(commands, name);
    if (!*command)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "there is no command '%s'; see portalctl help", name);
    if (line.used & ~(*command)->allowed)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "%s does not go with %s",
                               line.used_name, name);
    return ctl->options.config ? take_file(ctl) : 0;
}

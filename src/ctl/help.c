/* SPDX-License-Identifier: Apache-2.0 */
/* portalctl help, made from the tables of commands and options; see ctl.h. */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

#define COLUMN 23
#define WIDTH 92

/* Words in a column of their own, as far right as `from`. */
static void wrap(const char *text, int from)
{
    int at = from;

    while (*text) {
        int len = (int)strcspn(text, " ");
        if (at > from && at + 1 + len > WIDTH) {
            printf("\n%*s", from, "");
            at = from;
        }
        at += printf("%s%.*s", at > from ? " " : "", len, text);
        text += len;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void say(const portal_ctl_command_t *commands)
{
    const portal_ctl_option_t *o;

    puts(
        "portalctl [--driver NAME] [--params STRING] [--secret file:PATH] [--config FILE]"
        " [--json] COMMAND\n\nCommands:");
    for (const portal_ctl_command_t *c = commands; c->name; c++) {
        printf("  %s\n      ", c->usage);
        wrap(c->summary, 6);
    }
    puts("\nOptions:");
    for (unsigned i = 0; (o = portal_ctl_option(i)); i++) {
        int len =
            printf("  %s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("%*s", len < COLUMN ? COLUMN - len : 1, "");
        wrap(o->summary, COLUMN);
    }
    puts("\nExit: 0 done; 1 what was asked for does not hold, or some rows were refused;"
         " 2 used wrongly.");
}

static json_t *options_of(const portal_ctl_command_t *command)
{
    json_t *names = json_array();
    const portal_ctl_option_t *o;

    for (unsigned i = 0; (o = portal_ctl_option(i)); i++)
        if (o->allowed & command->allowed && command->allowed != ~0u)
            json_array_append_new(names, json_string(o->name));
    return names;
}

static void tell(portal_ctl_t *ctl, const portal_ctl_command_t *commands)
{
    json_t *list = json_array(), *options = json_array();
    const portal_ctl_option_t *o;

    for (const portal_ctl_command_t *c = commands; c->name; c++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "name", c->name,
                                              "usage", c->usage, "summary", c->summary,
                                              "options", options_of(c)));
    for (unsigned i = 0; (o = portal_ctl_option(i)); i++)
        json_array_append_new(options, json_pack("{s:s, s:s?, s:s, s:b}", "name", o->name,
                                                 "value", o->value, "summary", o->summary,
                                                 "everywhere", !o->allowed));
    portal_ctl_set(ctl, "commands", list);
    portal_ctl_set(ctl, "options", options);
}

/* The command that `help NAME` or `NAME --help` asks about; NULL: none. */
static const portal_ctl_command_t *topic(const portal_ctl_t *ctl,
                                         const portal_ctl_command_t *commands)
{
    for (const char *const *word = ctl->options.words; *word; word++)
        for (const portal_ctl_command_t *c = commands; c->name; c++)
            if (!strcmp(c->name, *word) && c->manual)
                return c;
    return NULL;
}

int portal_ctl_show_help(portal_ctl_t *ctl, const portal_ctl_command_t *commands)
{
    const portal_ctl_command_t *about = topic(ctl, commands);

    if (ctl->options.json)
        tell(ctl, commands);
    else if (about)
        printf("portalctl %s\n\n%s", about->usage, about->manual);
    else
        say(commands);
    return PORTAL_CTL_DONE;
}

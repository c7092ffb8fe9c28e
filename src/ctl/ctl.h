/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command of portalctl is given, and how it answers.
 *
 * With --json a command prints one JSON object on the standard output when it is done; without,
 * lines for people. What went wrong is a sentence on the standard error either way, and also the
 * member "error" of the object.
 */
#ifndef PORTAL_CTL_H
#define PORTAL_CTL_H

#include <jansson.h>
#include <signal.h>

#include "ctl/connection.h"

/* Exit codes. */
enum {
    PORTAL_CTL_DONE = 0,
    PORTAL_CTL_NOT = 1, /* the thing asked for does not hold, or some rows were refused */
    PORTAL_CTL_WRONG = 2 /* used wrongly */
};

/* Everything that the command line said; NULL or 0 where it said nothing. */
typedef struct {
    const char *driver, *params, *secret, *config;
    int json, help;
    int all_or_nothing;               /* import */
    const char *paperwork;            /* import: names, comma-separated */
    const char *from, *to, *sort;     /* audit list */
    const char *anchors;              /* audit verify */
    const char *binder;               /* audit list, export */
    const char *out, *format, *since; /* export */
    int overwrite;                    /* export */
    const char *limit;                /* audit list, outbox */
    int finish, yes;                  /* rotate-secret; that, and restore */
    const char *forms;                /* check */
    const char *const *words; /* what is no option: command, its arguments; NULL */
} portal_ctl_options_t;

typedef struct {
    portal_ctl_options_t options;
    apr_pool_t *pool;
    apr_time_t now; /* when the program was started */
    portal_actor_t actor;
    portal_keyring_t *keys; /* NULL until portal_ctl_keys */
    /* Set before the database is opened: root becomes its owner in such a way that it may act as
     * root again, for files that root alone can write (portal_ctl_as_root). */
    int root_again;
    portal_ctl_owner_t owner;
    portal_connection_t connection;
    portal_store_t store;
    json_t *result; /* the object that --json prints */
    int shown;      /* of the progress bar: per mille that stands there, -1: none */
} portal_ctl_t;

typedef int (*portal_ctl_command_fn)(portal_ctl_t *ctl);

/* A command: how it is called and what it does. Words after its name are its own. */
typedef struct {
    const char *name;
    portal_ctl_command_fn run;
    unsigned allowed;    /* options of its own, by bit; see options.c */
    const char *usage;   /* "import [--all-or-nothing] FILE..." */
    const char *summary; /* what it does, one or two lines */
    const char *manual;  /* what `help NAME` says besides; NULL: nothing */
} portal_ctl_command_t;

/* options.c ---- reads the command line and the configuration file. 0, or an exit code after
 * having said what is wrong. `allowed` bits: */
enum {
    PORTAL_CTL_OPT_IMPORT = 1,
    PORTAL_CTL_OPT_AUDIT = 2,
    PORTAL_CTL_OPT_LIMIT = 4,
    PORTAL_CTL_OPT_EXPORT = 8,
    PORTAL_CTL_OPT_BINDER = 16,
    PORTAL_CTL_OPT_FINISH = 32,
    PORTAL_CTL_OPT_YES = 64,
    PORTAL_CTL_OPT_CHECK = 128
};
int portal_ctl_options(portal_ctl_t *ctl, int argc, const char *const *argv,
                       const portal_ctl_command_t *commands,
                       const portal_ctl_command_t **command);

/* An option, for people: its value NULL for a flag; allowed 0: goes with every command. */
typedef struct {
    const char *name, *value, *summary;
    unsigned allowed;
} portal_ctl_option_t;

/* The option of that number; NULL: there are no more. */
const portal_ctl_option_t *portal_ctl_option(unsigned index);

/* help.c ---- what the commands and options are, as text or with --json as tables. */
int portal_ctl_show_help(portal_ctl_t *ctl, const portal_ctl_command_t *commands);

/* output.c ---- a line for people; nothing with --json. */
void portal_ctl_say(const portal_ctl_t *ctl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says what is wrong and returns `code`, so that a command can end with it. */
int portal_ctl_fail(portal_ctl_t *ctl, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A text from a database or a relay as a terminal may have it: control characters, and with them
 * every escape sequence, become question marks. */
const char *portal_ctl_plain(const char *text, apr_pool_t *pool);

/* How far long work has come, as a bar on the standard error where a terminal watches and --json was
 * not given; done = all takes it away. */
void portal_ctl_progress(portal_ctl_t *ctl, const char *what, apr_int64_t done,
                         apr_int64_t all);

/* Puts a member into the result; takes the reference. */
void portal_ctl_set(portal_ctl_t *ctl, const char *name, json_t *value);

/* Prints the result when --json was given. */
void portal_ctl_finish(portal_ctl_t *ctl);

/* open.c ---- each returns 0, or an exit code after having said what is wrong. The steps of a
 * command are: keys, then files that root alone can read, then the database as its owner. */

/* Reads the secret that --secret names; with `needed` 0 a missing option leaves keys NULL. */
int portal_ctl_keys(portal_ctl_t *ctl, int needed);

/* Opens the database as its owner, without looking at its tables. */
int portal_ctl_open(portal_ctl_t *ctl);

/* The schema of the opened database; 0: it is empty. Refuses, in words, one that cannot be read or
 * that a newer version made. */
int portal_ctl_schema(portal_ctl_t *ctl, int *version);

/* Opens the database and makes the store on it; refuses another schema than this version's. */
int portal_ctl_open_store(portal_ctl_t *ctl);

/* After the database was opened with root_again: root for files, the database's owner for the
 * rest. Without effect for others than root. */
void portal_ctl_as_root(const portal_ctl_t *ctl);
void portal_ctl_as_owner(const portal_ctl_t *ctl);

/* backup.c ---- says which tool of another engine makes or restores a backup; an exit code. */
int portal_ctl_other_engine(portal_ctl_t *ctl, const char *file, int restore);

/* interrupt.c ---- from now on the first Ctrl-C only sets this: a command ends at the next place where it may. */
extern volatile sig_atomic_t portal_ctl_interrupted;
void portal_ctl_catch_interrupt(void);

/* init.c ---- the steps of the schema that come with this version; those after `from` are run on
 * ctl->connection, each by itself. */
int portal_ctl_read_steps(portal_ctl_t *ctl, apr_array_header_t **steps);
int portal_ctl_apply_steps(portal_ctl_t *ctl, const apr_array_header_t *steps, int from);

/* The commands. */
int portal_ctl_init(portal_ctl_t *ctl);
int portal_ctl_migrate(portal_ctl_t *ctl);
int portal_ctl_check(portal_ctl_t *ctl);
int portal_ctl_import(portal_ctl_t *ctl);
int portal_ctl_export(portal_ctl_t *ctl);
extern const char portal_ctl_export_manual[];
int portal_ctl_audit(portal_ctl_t *ctl);
int portal_ctl_audit_anchors(portal_ctl_t *ctl); /* after a trail that is whole */
int portal_ctl_outbox(portal_ctl_t *ctl);
int portal_ctl_check_forms(portal_ctl_t *ctl);
int portal_ctl_rotate(portal_ctl_t *ctl);
int portal_ctl_backup(portal_ctl_t *ctl);
int portal_ctl_restore(portal_ctl_t *ctl);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl: the command line of mod_portal, for an administrator and for scripts. It stands on
 * store, remote and core alone, so that it works without httpd and beside a serving one.
 *
 * Exit: 0 done; 1 the thing asked for does not hold, or some rows were refused; 2 used wrongly.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "core/clock.h"
#include "core/secret.h"
#include "ctl/ctl.h"

static int help(portal_ctl_t *ctl);

static const portal_ctl_command_t commands[] = {
    {"init", portal_ctl_init, 0, "init",
     "makes the tables, and the secret file if it is not there", NULL},
    {"migrate", portal_ctl_migrate, 0, "migrate",
     "brings the tables up to this version; stop httpd or restart it gracefully "
     "afterwards",
     NULL},
    {"import", portal_ctl_import, PORTAL_CTL_OPT_IMPORT,
     "import [--all-or-nothing] [--paperwork NAME,NAME...] FILE...",
     "takes in people and cases from CSV files, FHIR JSON and NDJSON; may be repeated",
     NULL},
    {"export", portal_ctl_export, PORTAL_CTL_OPT_EXPORT | PORTAL_CTL_OPT_BINDER,
     "export [--format ndjson|bundle] [--out PATH] [--since TIME] [--binder MRN] "
     "[--overwrite]",
     "writes people, cases, forms and answers as FHIR; see portalctl help export",
     portal_ctl_export_manual},
    {"audit", portal_ctl_audit,
     PORTAL_CTL_OPT_AUDIT | PORTAL_CTL_OPT_LIMIT | PORTAL_CTL_OPT_BINDER,
     "audit list [--from DAY] [--to DAY] [--binder MRN] [--sort WORD] [--limit N] | "
     "audit verify",
     "who did what, when, from where; and whether the trail is whole", NULL},
    {"outbox", portal_ctl_outbox, PORTAL_CTL_OPT_LIMIT,
     "outbox [--limit N] | outbox retry ID",
     "mails and paperwork that wait or failed, and why; queues a failed one again", NULL},
    {"rotate-secret", portal_ctl_rotate, PORTAL_CTL_OPT_FINISH | PORTAL_CTL_OPT_YES,
     "rotate-secret [--finish] [--yes]",
     "changes the master key while httpd serves; run it again and again, it says what to "
     "do next",
     NULL},
    {"backup", portal_ctl_backup, 0, "backup FILE",
     "copies the database into a file, while httpd serves", NULL},
    {"restore", portal_ctl_restore, PORTAL_CTL_OPT_YES, "restore [--yes] FILE",
     "puts a backup in the place of the database, while httpd serves", NULL},
    {"check-forms", portal_ctl_check_forms, 0, "check-forms DIR",
     "reads a folder of FHIR Questionnaires as httpd would, and says what is wrong",
     NULL},
    {"check", portal_ctl_check, PORTAL_CTL_OPT_CHECK, "check [--forms DIR]",
     "looks at everything a portal needs, and says what is wrong and how to mend it; "
     "ends "
     "with 0 all is well, 1 something needs a look, 2 something is broken",
     NULL},
    {"help", help, ~0u, "help [COMMAND]", "says this, or more of one command", NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

static int help(portal_ctl_t *ctl)
{
    return portal_ctl_show_help(ctl, commands);
}

/* Who acts, for the audit trail: the login, and the one who became root by sudo. */
static const char *login(apr_pool_t *pool)
{
    const struct passwd *user = getpwuid(getuid());
    const char *name = user ? user->pw_name : apr_psprintf(pool, "%d", (int)getuid());
    const char *sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;

    return apr_pstrndup(
        pool, sudo && *sudo ? apr_pstrcat(pool, sudo, " as ", name, NULL) : name, 200);
}

static int run(int argc, const char *const *argv, apr_pool_t *pool)
{
    const portal_ctl_command_t *command = NULL;
    portal_ctl_t ctl = {
        .pool = pool, .now = portal_clock_now(), .result = json_object(), .shown = -1};
    int code;

    ctl.actor = (portal_actor_t){"command", login(pool), "", ""};
    code = portal_ctl_options(&ctl, argc, argv, commands, &command);
    if (!code)
        code = command->run(&ctl);
    portal_ctl_set(&ctl, "command", command ? json_string(command->name) : NULL);
    portal_ctl_set(&ctl, "exit", json_integer(code));
    portal_ctl_finish(&ctl);
    if (fflush(stdout) || ferror(stdout))
        code = portal_ctl_fail(&ctl, PORTAL_CTL_NOT, "the output could not be written");
    json_decref(ctl.result);
    return code;
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    int code;

    umask(007); /* what lies beside a database belongs to its group too */
    if (apr_initialize() || portal_secret_init() || apr_pool_create(&pool, NULL)) {
        fputs("portalctl: cannot start\n", stderr);
        return PORTAL_CTL_NOT;
    }
    (void)portal_secret_no_core();
    code = run(argc, argv, pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl backup: a consistent copy of the database in use, in one file that its owner alone
 * reads, looked through before it gets its name. Writers are not kept waiting. For PostgreSQL and
 * MariaDB it says which of their own tools does that.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "core/audit.h"
#include "ctl/conninfo.h"
#include "ctl/ctl.h"
#include "store/audit.h"
#include "store/copy.h"
#include "store/statement.h"

typedef struct {
    portal_ctl_t *ctl;
    const char *live, *file, *beside;
    portal_copy_t *copy;
    portal_row_audit_head head;
} backup_t;

/* ---- other engines ---- */

/* The parameters without what is secret: `name=value` between blanks or commas. */
static const char *without_password(const char *params, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, params), *last = NULL;
    const char *out = "";

    for (char *word = apr_strtok(rest, " \t,;|", &last); word;
         word = apr_strtok(NULL, " \t,;|", &last))
        if (strncmp(word, "pass", 4))
            out = apr_pstrcat(pool, out, *out ? " " : "", word, NULL);
    return out;
}

/* `name` with its "="; "" when it is not there. */
static const char *value_of(const char *params, const char *name, apr_pool_t *pool)
{
    for (const char *at = params; *at; at += strcspn(at, " "), at += *at == ' ')
        if (!strncmp(at, name, strlen(name)))
            return apr_pstrndup(pool, at + strlen(name), strcspn(at + strlen(name), " "));
    return "";
}

/* What a client of MariaDB is told for these parameters; it asks for the password itself. */
static const char *client_options(const char *params, apr_pool_t *pool)
{
    static const struct {
        const char *name, *option;
    } known[] = {
        {"host=", "host"}, {"port=", "port"}, {"sock=", "socket"}, {"user=", "user"}};
    const char *out = "";

    for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++) {
        const char *value = value_of(params, known[i].name, pool);
        if (*value)
            out = apr_psprintf(pool, "%s --%s=%s", out, known[i].option,
                               portal_ctl_shell_word(value, pool));
    }
    return apr_pstrcat(pool, out, " --password ",
                       portal_ctl_shell_word(value_of(params, "dbname=", pool), pool),
                       NULL);
}

int portal_ctl_other_engine(portal_ctl_t *ctl, const char *file, int restore)
{
    const portal_ctl_options_t *o = &ctl->options;
    const char *params = without_password(o->params, ctl->pool), *line;

    if (!strcmp(o->driver, "pgsql"))
        line = apr_psprintf(
            ctl->pool,
            restore ? "pg_restore --clean --if-exists --single-transaction --dbname=%s %s"
                    : "pg_dump --format=custom --dbname=%s --file=%s",
            portal_ctl_shell_word(portal_ctl_conninfo(o->params, ctl->pool), ctl->pool),
            portal_ctl_shell_word(file, ctl->pool));
    else
        line = apr_psprintf(
            ctl->pool,
            restore ? "mariadb%s <%s" : "mariadb-dump --single-transaction%s >%s",
            client_options(params, ctl->pool), portal_ctl_shell_word(file, ctl->pool));
    portal_ctl_set(ctl, "use", json_string(line));
    return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                           "a database of %s is %s by its own tool%s:\n  (umask 077; %s)",
                           o->driver, restore ? "restored" : "backed up",
                           restore ? ", with httpd stopped" : ", while httpd serves",
                           line);
}

/* ---- the file ---- */

static int wrong(backup_t *b, const char *what)
{
    return portal_ctl_fail(b->ctl, PORTAL_CTL_NOT, "%s: %s: %s", b->file, what,
                           strerror(errno));
}

static void take_away(const backup_t *b)
{
    unlink(b->beside);
    unlink(apr_pstrcat(b->ctl->pool, b->beside, "-journal", NULL));
}

/* Under another name until it is good; whoever was killed has left that one. */
static int make_file(backup_t *b)
{
    struct stat info;
    int fd;

    if (stat(b->file, &info) == 0 && !S_ISREG(info.st_mode))
        return portal_ctl_fail(b->ctl, PORTAL_CTL_WRONG, "%s: is no plain file", b->file);
    take_away(b);
    fd = open(b->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return wrong(b, "cannot be made");
    close(fd);
    return 0;
}

static int put_in_place(backup_t *b)
{
    int fd = open(b->beside, O_RDONLY | O_CLOEXEC), failed;

    failed = fd < 0 || fsync(fd) || rename(b->beside, b->file);
    if (fd >= 0)
        close(fd);
    if (failed)
        return wrong(b, "cannot be written");
    fd = open(dirname(apr_pstrdup(b->ctl->pool, b->file)),
              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    failed = fd < 0 || fsync(fd);
    if (fd >= 0)
        close(fd);
    return failed ? wrong(b, "its folder cannot be written") : 0;
}

/* ---- all of it ---- */

static apr_status_t note(portal_tx_t *tx, void *baton)
{
    backup_t *b = baton;
    apr_status_t rv = PORTAL_AUDIT(tx, .action = "database.backup",
                                   .detail = json_pack("{s:s}", "file", b->file));

    return rv == APR_SUCCESS ? PORTAL_GET(audit_head, tx, &b->head, .id = 1) : rv;
}

static int progress(void *baton, apr_int64_t done, apr_int64_t all)
{
    portal_ctl_progress(baton, "copying", done, all);
    return portal_ctl_interrupted;
}

/* The row in the trail comes first, so that the copy holds it too. */
static int begin(backup_t *b)
{
    portal_ctl_t *ctl = b->ctl;
    const char *error = NULL;

    if (portal_store_write(&ctl->store, &ctl->actor, ctl->now, note, b, ctl->pool) !=
        APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the audit trail cannot be written");
    if (portal_copy_open(&b->copy, b->live, &error, ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    return 0;
}

static int write_file(backup_t *b)
{
    portal_ctl_t *ctl = b->ctl;
    const char *error = NULL;
    int code = make_file(b);

    if (code)
        return code;
    portal_ctl_catch_interrupt();
    if (portal_copy_out(b->copy, b->beside, progress, ctl, &error) != APR_SUCCESS ||
        portal_copy_check(b->beside, &error, ctl->pool) != APR_SUCCESS)
        code = portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s; no backup was made", error);
    portal_ctl_progress(ctl, "copying", 1, 1);
    if (!code)
        code = put_in_place(b);
    if (code)
        take_away(b);
    return code;
}

static void tell(backup_t *b)
{
    portal_ctl_t *ctl = b->ctl;
    struct stat info = {0};

    (void)stat(b->file, &info);
    portal_ctl_set(ctl, "file", json_string(b->file));
    portal_ctl_set(ctl, "bytes", json_integer(info.st_size));
    portal_ctl_set(ctl, "audit_row", json_integer(b->head.seq));
    portal_ctl_set(ctl, "audit_head", json_string(b->head.mac));
    portal_ctl_say(ctl,
                   "%s: %.1f MB, whole, up to row %" APR_INT64_T_FMT
                   " of the audit trail\nIt is worth nothing without the secret: keep a "
                   "copy of %s too, elsewhere.",
                   b->file, (double)info.st_size / 1e6, b->head.seq,
                   ctl->options.secret + 5);
}

int portal_ctl_backup(portal_ctl_t *ctl)
{
    portal_ctl_options_t *o = &ctl->options;
    backup_t b = {.ctl = ctl, .file = o->words[1]};
    int code;

    if (!b.file || !*b.file || o->words[2])
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "backup needs one file to write");
    if (o->driver && strcmp(o->driver, "sqlite3") && o->params)
        return portal_ctl_other_engine(ctl, b.file, 0);
    ctl->root_again = 1;
    code = portal_ctl_keys(ctl, 1);
    if (!code)
        code = portal_ctl_open_store(ctl);
    if (code)
        return code;
    b.live = portal_ctl_database_file(o->params, ctl->pool);
    b.beside = apr_pstrcat(ctl->pool, b.file, ".new", NULL);
    code = begin(&b);
    portal_ctl_as_root(ctl);
    if (!code)
        code = write_file(&b);
    portal_ctl_as_owner(ctl);
    if (!code)
        tell(&b);
    return code;
}

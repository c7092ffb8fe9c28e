/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl restore: a backup in the place of the database, also while httpd serves. Everything is
 * made ready in a copy beside the database: looked through, brought up to this version, the trail
 * checked, sessions ended, the restoring noted. Then that copy goes into the live database in one
 * transaction, which httpd's open connections see as a whole or not at all. Whoever is killed
 * leaves the old or the new database, and maybe the copy, which the next restore takes away.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "ctl/ctl.h"
#include "store/audit.h"
#include "store/audit_trail.h"
#include "store/copy.h"
#include "store/erase.h"
#include "store/reseal.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/write_lock.h"

#define LOCK_PATIENCE apr_time_from_sec(10)
#define BLOCK 65536

typedef struct {
    portal_ctl_t *ctl;
    const char *live, *file, *scratch;
    apr_pool_t *pool;              /* of the scratch database's connection */
    int made;                      /* the live file was not there */
    portal_erasures_kept_t erased; /* what was erased in the live database */
    json_t *replaced;              /* the trail that is lost: its head; NULL: none */
} restore_t;

static int fail(restore_t *r, const char *text)
{
    return portal_ctl_fail(r->ctl, PORTAL_CTL_NOT, "%s; nothing was changed", text);
}

/* ---- the copy beside the database ---- */

static void take_away(const restore_t *r)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal", ".lock"};
    for (unsigned i = 0; i < sizeof(tails) / sizeof(*tails); i++)
        unlink(apr_pstrcat(r->ctl->pool, r->scratch, tails[i], NULL));
}

static int pour(int from, int to)
{
    char block[BLOCK];
    ssize_t n;

    while ((n = read(from, block, sizeof(block))) > 0)
        if (write(to, block, (size_t)n) != n)
            return -1;
    return n < 0 ? -1 : 0;
}

static int copy_file(const char *from, const char *to, const struct stat *owner)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failed = out < 0 || pour(in, out) ||
                 (geteuid() == 0 && fchown(out, owner->st_uid, owner->st_gid)),
        error = errno;

    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) && !failed) {
        failed = 1;
        error = errno;
    }
    errno = error;
    return failed ? -1 : 0;
}

/* A file that was copied from a database in use has its write-ahead log beside it. */
static int copy_files(restore_t *r)
{
    apr_pool_t *pool = r->ctl->pool;
    const char *log = apr_pstrcat(pool, r->file, "-wal", NULL);
    struct stat owner;

    take_away(r);
    if (stat(r->live, &owner) || copy_file(r->file, r->scratch, &owner) ||
        (access(log, F_OK) == 0 &&
         copy_file(log, apr_pstrcat(pool, r->scratch, "-wal", NULL), &owner)))
        return fail(r, apr_psprintf(pool, "%s: cannot be copied to %s: %s", r->file,
                                    r->scratch, strerror(errno)));
    return 0;
}

/* ---- is it good? ---- */

static int check_schema(restore_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    apr_array_header_t *steps;
    const char *error = NULL;
    int version, code;

    if (portal_copy_check(r->scratch, &error, r->pool) != APR_SUCCESS)
        return fail(r, error);
    if (portal_ctl_connect(&ctl->connection, "sqlite3", r->scratch, &error, r->pool) !=
        APR_SUCCESS)
        return fail(r, error);
    code = portal_ctl_schema(ctl, &version);
    if (code)
        return code;
    if (version == 0)
        return fail(r, apr_psprintf(ctl->pool, "%s: is no backup of a portal", r->file));
    portal_ctl_set(ctl, "schema", json_integer(version));
    code = portal_ctl_read_steps(ctl, &steps);
    if (!code)
        code = portal_ctl_apply_steps(ctl, steps, version);
    if (!code && portal_ctl_store(&ctl->store, &ctl->connection, ctl->keys, &error))
        code = fail(r, error);
    return code;
}

/* Everything that is sealed must be sealed under a key that the secret has as a whole. */
static apr_status_t count_unreadable(portal_ctl_t *ctl, apr_int64_t *rows)
{
    apr_status_t rv = portal_store_read(&ctl->store, &ctl->actor, ctl->now,
                                        portal_act_sealed_rows, rows, ctl->pool);

    for (apr_size_t i = 0; i < portal_keyring_count(ctl->keys) && rv == APR_SUCCESS;
         i++) {
        portal_key_uses_t uses = {.key = portal_keyring_id(ctl->keys, i)};
        rv = portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_act_key_uses,
                               &uses, ctl->pool);
        *rows -= uses.sealed;
    }
    return rv;
}

static int check_content(restore_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    portal_audit_check_t trail = {0};
    apr_int64_t unreadable = 0;

    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_audit_check, &trail,
                          ctl->pool) != APR_SUCCESS ||
        count_unreadable(ctl, &unreadable) != APR_SUCCESS)
        return fail(r, apr_pstrcat(ctl->pool, r->file, ": cannot be read", NULL));
    if (trail.verdict == PORTAL_AUDIT_NO_KEY || unreadable > 0 ||
        (trail.verdict != PORTAL_AUDIT_OK && trail.seq == 1))
        return fail(r, apr_psprintf(ctl->pool,
                                    "%s: the secret does not fit: take the copy of the "
                                    "secret file that was made with this backup",
                                    r->file));
    if (trail.verdict != PORTAL_AUDIT_OK)
        return fail(
            r, apr_psprintf(ctl->pool,
                            "%s: its audit trail is not whole (row %" APR_INT64_T_FMT ")",
                            r->file, trail.seq));
    portal_ctl_set(ctl, "audit_row", json_integer(trail.head));
    return 0;
}

/* ---- made ready ---- */

static apr_status_t prepare(portal_tx_t *tx, void *baton)
{
    restore_t *r = baton;
    json_t *detail = json_pack("{s:s}", "file", r->file);
    apr_status_t rv = PORTAL_DO(session_delete_all, tx, NULL, .none_ = 0);

    if (r->replaced)
        json_object_set(detail, "replaced", r->replaced);
    if (rv == APR_SUCCESS)
        rv = portal_erase_again(tx, &r->erased);
    portal_tx_ended(tx, NULL, ""); /* a new session epoch: httpd forgets its copies */
    if (rv == APR_SUCCESS)
        return PORTAL_AUDIT(tx, .action = "database.restore", .detail = detail);
    json_decref(detail);
    return rv;
}

typedef struct {
    portal_row_audit_head head;
} head_t;

static apr_status_t read_head(portal_tx_t *tx, void *baton)
{
    head_t *h = baton;
    return PORTAL_GET(audit_head, tx, &h->head, .id = 1);
}

/* What the live database's trail had come to, as far as it can still be read. */
static void look_at_live(restore_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    portal_connection_t connection;
    portal_store_t store;
    const char *error;
    apr_pool_t *pool;
    head_t h;

    apr_pool_create(&pool, ctl->pool);
    if (portal_ctl_connect(&connection, "sqlite3", r->live, &error, pool) ==
            APR_SUCCESS &&
        portal_ctl_store(&store, &connection, ctl->keys, &error) == APR_SUCCESS &&
        portal_store_read(&store, &ctl->actor, ctl->now, read_head, &h, pool) ==
            APR_SUCCESS)
        r->replaced =
            json_pack("{s:I, s:s}", "row", (json_int_t)h.head.seq, "head", h.head.mac);
    if (r->replaced &&
        portal_store_read(&store, &ctl->actor, ctl->now, portal_act_erasures_kept,
                          &r->erased, ctl->pool) != APR_SUCCESS)
        r->erased.n = 0;
    apr_pool_destroy(pool);
}

/* ---- in place ---- */

static int confirm(restore_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    char answer[16] = "";

    if (ctl->options.yes)
        return 0;
    if (!isatty(STDIN_FILENO))
        return portal_ctl_fail(
            ctl, PORTAL_CTL_WRONG,
            "%s is in use: everything written since the backup would be "
            "lost. Add --yes if that is meant",
            r->live);
    fprintf(stderr,
            "%s takes the place of %s.\nEverything written since the backup is lost, and "
            "everybody is signed out.\nType yes to go on: ",
            r->file, r->live);
    if (!fgets(answer, sizeof(answer), stdin) || strcmp(answer, "yes\n"))
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "nothing was changed");
    return 0;
}

static int put_in_place(restore_t *r)
{
    const char *error = NULL, *lock = apr_pstrcat(r->ctl->pool, r->live, ".lock", NULL);
    void *held = NULL;
    apr_status_t rv = portal_write_lock(lock, LOCK_PATIENCE, &held, r->ctl->pool);

    if (rv != APR_SUCCESS)
        return fail(r, "somebody else holds the write lock");
    rv = portal_copy_in(r->scratch, r->live, &error, r->ctl->pool);
    portal_write_unlock(held);
    return rv == APR_SUCCESS
               ? 0
               : fail(r,
                      apr_psprintf(r->ctl->pool,
                                   "%s (if the database itself is damaged: stop httpd, "
                                   "move its files away, and restore again)",
                                   error));
}

/* With the rights of root no more. */
static int restore(restore_t *r)
{
    portal_ctl_t *ctl = r->ctl;
    int code;

    apr_pool_create(&r->pool, ctl->pool);
    if (!r->made)
        look_at_live(r);
    code = check_schema(r);
    if (!code)
        code = check_content(r);
    if (!code && portal_store_write(&ctl->store, &ctl->actor, ctl->now, prepare, r,
                                    ctl->pool) != APR_SUCCESS)
        code = fail(r, "the copy cannot be made ready");
    apr_pool_destroy(r->pool);
    json_decref(r->replaced);
    if (!code)
        code = put_in_place(r);
    return code;
}

static int in_use(const char *file)
{
    struct stat info;
    return stat(file, &info) == 0 && info.st_size > 0;
}

static int make_ready(restore_t *r)
{
    const char *error = NULL;
    apr_status_t rv;
    int code = in_use(r->live) ? confirm(r) : 0;

    if (code)
        return code;
    rv = portal_ctl_create_file(r->live, &error, r->ctl->pool);
    r->made = rv == APR_SUCCESS;
    if (!r->made && !APR_STATUS_IS_EEXIST(rv))
        return fail(r, error);
    code = copy_files(r);
    if (!code && portal_ctl_become_owner(r->live, &error, r->ctl->pool) != APR_SUCCESS)
        code = fail(r, error);
    return code;
}

int portal_ctl_restore(portal_ctl_t *ctl)
{
    portal_ctl_options_t *o = &ctl->options;
    restore_t r = {.ctl = ctl, .file = o->words[1]};
    int code;

    if (!r.file || !*r.file || o->words[2])
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "restore needs one backup file");
    if (o->driver && strcmp(o->driver, "sqlite3") && o->params)
        return portal_ctl_other_engine(ctl, r.file, 1);
    r.live = o->params ? portal_ctl_database_file(o->params, ctl->pool) : NULL;
    if (!r.live)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "--params is needed: what DBDParams says in httpd.conf");
    r.scratch = apr_pstrcat(ctl->pool, r.live, ".restore", NULL);
    code = portal_ctl_keys(ctl, 1);
    if (!code)
        code = make_ready(&r);
    if (!code)
        code = restore(&r);
    take_away(&r);
    if (code && r.made)
        unlink(r.live);
    if (code)
        return code;
    portal_ctl_set(ctl, "file", json_string(r.file));
    portal_ctl_set(ctl, "erased", json_integer(r.erased.done));
    if (r.erased.done)
        portal_ctl_say(ctl, "paperwork erased since, and now erased again: %d",
                       r.erased.done);
    portal_ctl_say(
        ctl,
        "%s is in place. Everybody has to sign in again; mails that waited when "
        "it was made are sent again.",
        r.file);
    return PORTAL_CTL_DONE;
}

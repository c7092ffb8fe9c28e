/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl check: whether a portal could work with this database and this secret. Each finding
 * is one line, good or bad; every finding is made, also after a bad one. The audit trail is only
 * looked at by its end here; "audit verify" goes through all of it.
 */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>

#include "core/audit.h"
#include "ctl/ctl.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/write_lock.h"

#define LOCK_PATIENCE apr_time_from_sec(3)

typedef struct {
    portal_ctl_t *ctl;
    json_t *list;
    int bad;
} findings_t;

static void finding(findings_t *f, int good, const char *name, const char *text)
{
    portal_ctl_say(f->ctl, "%-5s %-10s %s", good ? "ok" : "WRONG", name, text);
    json_array_append_new(
        f->list, json_pack("{s:s, s:b, s:s}", "what", name, "ok", good, "text", text));
    f->bad += !good;
}

/* ---- files ---- */

static const char *owner_of(const struct stat *info, apr_pool_t *pool)
{
    const struct passwd *user = getpwuid(info->st_uid);
    const char *owner = user ? apr_pstrdup(pool, user->pw_name)
                             : apr_psprintf(pool, "%d", (int)info->st_uid);
    const struct group *group = getgrgid(info->st_gid);

    return apr_psprintf(pool, "%s:%s, mode %04o", owner,
                        group ? group->gr_name
                              : apr_psprintf(pool, "%d", (int)info->st_gid),
                        (unsigned)info->st_mode & 07777);
}

static void check_secret(findings_t *f)
{
    portal_ctl_t *ctl = f->ctl;
    const char *secret = ctl->options.secret, *error = NULL;
    struct stat info;

    if (!secret || strncmp(secret, "file:", 5)) {
        finding(f, 0, "secret", "not looked at: give --secret file:PATH");
        return;
    }
    secret += 5;
    if (portal_keyring_read(&ctl->keys, secret, &error, ctl->pool) != APR_SUCCESS ||
        stat(secret, &info)) {
        finding(f, 0, "secret", error ? error : secret);
        return;
    }
    finding(f, 1, "secret",
            apr_psprintf(ctl->pool, "%s, %s, %" APR_SIZE_T_FMT " keys, current key %u",
                         secret, owner_of(&info, ctl->pool),
                         portal_keyring_count(ctl->keys),
                         portal_keyring_current(ctl->keys)));
}

/* The database's own file and those beside it, which must be usable by its owner or group. */
static void check_files(findings_t *f, const char *file)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
    struct stat main_info = {0}, info;

    for (unsigned i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
        const char *path = apr_pstrcat(f->ctl->pool, file, tails[i], NULL);
        const char *wrong = NULL;
        if (stat(path, &info)) {
            if (i == 0)
                finding(f, 0, "file", apr_psprintf(f->ctl->pool, "%s: not there", path));
            continue;
        }
        if (i == 0)
            main_info = info;
        if (info.st_mode & 07)
            wrong = "others may use it; chmod o= mends that";
        else if (info.st_uid != main_info.st_uid &&
                 (info.st_gid != main_info.st_gid || (info.st_mode & 060) != 060))
            wrong = "the owner of the database cannot use it; chown mends that";
        finding(f, !wrong, "file",
                apr_psprintf(f->ctl->pool, "%s, %s%s%s", path,
                             owner_of(&info, f->ctl->pool), wrong ? ": " : "",
                             wrong ? wrong : ""));
    }
}

/* ---- the database ---- */

static int check_schema(findings_t *f)
{
    portal_ctl_t *ctl = f->ctl;
    const char *error = NULL;
    int version;

    if (portal_schema_version(&ctl->connection, &version, &error, ctl->pool) !=
        APR_SUCCESS) {
        finding(f, 0, "database", error);
        return 0;
    }
    finding(f, 1, "database",
            apr_psprintf(ctl->pool, "reached by %s", ctl->options.driver));
    finding(f, version == PORTAL_SCHEMA, "schema",
            apr_psprintf(ctl->pool, "%d%s", version,
                         version == 0              ? ": no tables; run portalctl init"
                         : version < PORTAL_SCHEMA ? ": too old; run portalctl migrate"
                         : version > PORTAL_SCHEMA ? ": made by a newer version"
                                                   : ""));
    return version == PORTAL_SCHEMA;
}

static void check_lock(findings_t *f)
{
    const char *path = f->ctl->connection.lock_path;
    void *held = NULL;
    apr_status_t rv;
    char text[120];

    if (!path)
        return;
    rv = portal_write_lock(path, LOCK_PATIENCE, &held, f->ctl->pool);
    if (rv == APR_SUCCESS)
        portal_write_unlock(held);
    finding(f, rv == APR_SUCCESS, "lock",
            rv == APR_SUCCESS ? path
            : APR_STATUS_IS_TIMEUP(rv)
                ? "somebody has held the write lock for three seconds"
                : apr_strerror(rv, text, sizeof(text)));
}

typedef struct {
    portal_row_count_all count;
    portal_row_audit_head head;
    portal_row_audit_mac last;
    portal_row_meta_get practice;
} look_t;

static apr_status_t look(portal_tx_t *tx, void *baton)
{
    look_t *l = baton;
    apr_status_t rv = PORTAL_GET(count_all, tx, &l->count, .none_ = 0);

    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(audit_head, tx, &l->head, .id = 1);
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(meta_get, tx, &l->practice, .name = "practice");
    if (rv == APR_SUCCESS && l->count.audit_last > 0)
        rv = PORTAL_GET(audit_mac, tx, &l->last, .seq = l->count.audit_last);
    return rv;
}

static void check_audit(findings_t *f, const look_t *l)
{
    char link[PORTAL_MAC_SIZE] = PORTAL_AUDIT_START;
    int good =
        l->head.seq == l->count.audit_last && l->count.audit_rows == l->count.audit_last;

    if (f->ctl->keys && l->count.audit_last > 0)
        portal_audit_link(link, f->ctl->keys, (unsigned)l->last.key_id, l->last.mac);
    if (f->ctl->keys && strcmp(l->head.mac, link))
        good = 0;

    finding(f, good, "audit",
            apr_psprintf(f->ctl->pool,
                         "%" APR_INT64_T_FMT " rows, the last is %" APR_INT64_T_FMT
                         ", it should be %" APR_INT64_T_FMT "%s",
                         l->count.audit_rows, l->count.audit_last, l->head.seq,
                         good ? "" : ": run portalctl audit verify"));
}

static void count(findings_t *f, json_t *counts, const char *name, apr_int64_t n)
{
    portal_ctl_say(f->ctl, "%16" APR_INT64_T_FMT " %s", n, name);
    json_object_set_new(counts, name, json_integer(n));
}

static void tell_counts(findings_t *f, const portal_row_count_all *c)
{
    json_t *counts = json_object();

    count(f, counts, "binders", c->binders);
    count(f, counts, "cases", c->cases);
    count(f, counts, "accounts", c->accounts);
    count(f, counts, "sessions", c->sessions);
    count(f, counts, "assignments", c->assignments);
    count(f, counts, "responses", c->responses);
    count(f, counts, "mails waiting", c->mails_queued);
    count(f, counts, "mails failed", c->mails_failed);
    portal_ctl_set(f->ctl, "counts", counts);
}

static void check_records(findings_t *f)
{
    portal_ctl_t *ctl = f->ctl;
    const char *error = NULL;
    look_t l = {.last = {.mac = ""}};

    if (portal_ctl_store(&ctl->store, &ctl->connection, ctl->keys, &error) !=
        APR_SUCCESS) {
        finding(f, 0, "tables", error);
        return;
    }
    check_lock(f);
    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, look, &l, ctl->pool) !=
        APR_SUCCESS) {
        finding(f, 0, "tables", "they cannot be read, or the first rows are missing");
        return;
    }
    finding(f, 1, "practice", l.practice.value);
    check_audit(f, &l);
    tell_counts(f, &l.count);
}

int portal_ctl_check(portal_ctl_t *ctl)
{
    findings_t f = {.ctl = ctl, .list = json_array()};
    portal_ctl_options_t *o = &ctl->options;
    const char *file;
    int code;

    portal_ctl_set(ctl, "findings", f.list);
    check_secret(&f);
    code = portal_ctl_open(ctl);
    if (code)
        return code;
    file = strcmp(o->driver, "sqlite3") ? NULL
                                        : portal_ctl_database_file(o->params, ctl->pool);
    if (file)
        check_files(&f, file);
    if (check_schema(&f))
        check_records(&f);
    portal_ctl_set(ctl, "ok", json_boolean(!f.bad));
    return f.bad ? PORTAL_CTL_NOT : PORTAL_CTL_DONE;
}

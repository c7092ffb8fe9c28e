/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl check: whether a portal could work with this database and this secret. Each thing that
 * is looked at is one line: ok, look at this, or broken, then with its mend; all are looked at, also
 * after a bad one. Of the audit trail only the end is looked at; "audit verify" goes through all.
 *
 * Exit: 0 all is well; 1 something needs a look; 2 something is broken.
 */
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <apr_strings.h>

#include "core/audit.h"
#include "core/date.h"
#include "core/form_load.h"
#include "ctl/ctl.h"
#include "store/reseal.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/write_lock.h"

#define LOCK_PATIENCE apr_time_from_sec(3)

#define LATE apr_time_from_sec(3600)        /* a mail that waits longer is looked at */
#define A_WEEK apr_time_from_sec(7 * 86400) /* so long a failed mail is looked at */
#define BUILT APR_INT64_C(1735689600000000) /* 2025-01-01: no clock of ours was before */

typedef enum { OK, LOOK, BROKEN } state_t;

typedef struct {
    portal_ctl_t *ctl;
    json_t *list;
    state_t worst;
} findings_t;

/* `mend` is NULL where there is nothing to mend. */
static void finding(findings_t *f, state_t state, const char *name, const char *text,
                    const char *mend)
{
    static const char *const shown[] = {"ok", "look at this", "BROKEN"};
    static const char *const words[] = {"ok", "look", "broken"};

    portal_ctl_say(f->ctl, "%-12s  %-8s  %s%s%s", shown[state], name, text,
                   mend ? ": " : "", mend ? mend : "");
    json_array_append_new(f->list, json_pack("{s:s, s:b, s:s, s:s, s:s?}", "what", name,
                                             "ok", state == OK, "state", words[state],
                                             "text", text, "mend", mend));
    if (state > f->worst)
        f->worst = state;
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

static const char *ids_of(const portal_keyring_t *keys, apr_pool_t *pool)
{
    const char *ids = "";

    for (apr_size_t i = 0; i < portal_keyring_count(keys); i++)
        ids =
            apr_psprintf(pool, "%s%s%u", ids, i ? ", " : "", portal_keyring_id(keys, i));
    return ids;
}

static void check_secret(findings_t *f)
{
    portal_ctl_t *ctl = f->ctl;
    const char *secret = ctl->options.secret, *error = NULL;
    struct stat info;
    int turning;

    if (!secret || strncmp(secret, "file:", 5)) {
        finding(f, LOOK, "secret", "not looked at", "give --secret file:PATH");
        return;
    }
    secret += 5;
    if (portal_keyring_read(&ctl->keys, secret, &error, ctl->pool) != APR_SUCCESS ||
        stat(secret, &info)) {
        finding(f, BROKEN, "secret", error ? error : secret, NULL);
        return;
    }
    turning = portal_keyring_count(ctl->keys) > 1;
    finding(
        f, turning ? LOOK : OK, "secret",
        apr_psprintf(ctl->pool, "%s, %s, in use is key %u%s%s", secret,
                     owner_of(&info, ctl->pool), portal_keyring_current(ctl->keys),
                     turning ? " of " : "", turning ? ids_of(ctl->keys, ctl->pool) : ""),
        turning ? "the key is being changed; portalctl rotate-secret says what is next"
                : NULL);
}

static void check_space(findings_t *f, const char *file)
{
    apr_pool_t *pool = f->ctl->pool;
    const char *folder = dirname(apr_pstrdup(pool, file));
    struct statvfs disk;
    struct stat info;
    double space, size;

    if (statvfs(folder, &disk) || stat(file, &info))
        return;
    space = (double)disk.f_bavail * (double)disk.f_frsize / 1e6;
    size = (double)info.st_size / 1e6;
    finding(f,
            space < 20                        ? BROKEN
            : space < 200 || space < 2 * size ? LOOK
                                              : OK,
            "disk",
            apr_psprintf(pool, "%.0f MB are free in %s, the database has %.1f MB", space,
                         folder, size),
            space < 200 || space < 2 * size ? "make room, a full disk stops every write"
                                            : NULL);
}

static void check_forms(findings_t *f)
{
    const char *dir = f->ctl->options.forms;
    apr_array_header_t *files;
    apr_pool_t *pool = f->ctl->pool;
    int good = 0, bad = 0;

    if (!dir) {
        finding(f, OK, "forms", "not looked at; --forms DIR does", NULL);
        return;
    }
    if (portal_forms_load_dir(&files, dir, pool) != APR_SUCCESS) {
        finding(f, BROKEN, "forms", apr_pstrcat(pool, dir, " cannot be read", NULL),
                "PortalForms and this must name a folder that httpd may read");
        return;
    }
    for (int i = 0; i < files->nelts; i++) {
        const portal_form_file_t *file = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        good += file->form != NULL;
        bad += !file->form && !file->skipped;
    }
    finding(f, bad ? LOOK : OK, "forms",
            apr_psprintf(pool, "%s: %d forms, %d refused", dir, good, bad),
            bad ? apr_psprintf(pool, "portalctl check-forms '%s' says why", dir) : NULL);
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
                finding(f, BROKEN, "file",
                        apr_psprintf(f->ctl->pool, "%s: not there", path),
                        "portalctl init makes it");
            continue;
        }
        if (i == 0)
            main_info = info;
        if (info.st_mode & 07)
            wrong = "others may use it; chmod o= mends that";
        else if (info.st_uid != main_info.st_uid &&
                 (info.st_gid != main_info.st_gid || (info.st_mode & 060) != 060))
            wrong = "the owner of the database cannot use it; chown mends that";
        finding(f, wrong ? BROKEN : OK, "file",
                apr_psprintf(f->ctl->pool, "%s, %s", path, owner_of(&info, f->ctl->pool)),
                wrong);
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
        finding(f, BROKEN, "database", error, NULL);
        return 0;
    }
    finding(f, OK, "database",
            apr_psprintf(ctl->pool, "reached by %s", ctl->options.driver), NULL);
    finding(f, version == PORTAL_SCHEMA ? OK : BROKEN, "schema",
            apr_psprintf(ctl->pool, "%d of %d", version, PORTAL_SCHEMA),
            version == 0 ? "no tables; run portalctl init"
            : version < PORTAL_SCHEMA
                ? "too old; run portalctl migrate, then reload httpd"
            : version > PORTAL_SCHEMA ? "made by a newer version; install that one"
                                      : NULL);
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
    finding(
        f, rv == APR_SUCCESS ? OK : BROKEN, "lock",
        rv == APR_SUCCESS          ? path
        : APR_STATUS_IS_TIMEUP(rv) ? "somebody has held the write lock for three seconds"
                                   : apr_strerror(rv, text, sizeof(text)),
        rv == APR_SUCCESS ? NULL
                          : apr_psprintf(f->ctl->pool, "fuser -v %s shows who", path));
}

typedef struct {
    portal_row_count_all count;
    portal_row_audit_head head;
    portal_row_audit_mac last;
    portal_row_meta_get practice;
    portal_row_check_times times;
    portal_row_tally_exports exports;
    portal_serving_list_t serving;
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
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(check_times, tx, &l->times, .since = tx->now - A_WEEK);
    if (rv == APR_SUCCESS)
        rv = PORTAL_GET(tally_exports, tx, &l->exports, .none_ = 0);
    return rv == APR_SUCCESS ? portal_act_serving_list(tx, &l->serving) : rv;
}

static void check_audit(findings_t *f, const look_t *l)
{
    char link[PORTAL_MAC_SIZE] = PORTAL_AUDIT_START;
    int open, good = l->head.seq == l->count.audit_last &&
                     l->count.audit_rows == l->count.audit_last;

    if (f->ctl->keys && l->count.audit_last > 0)
        portal_audit_link(link, f->ctl->keys, (unsigned)l->last.key_id, l->last.mac);
    if (f->ctl->keys && strcmp(l->head.mac, link))
        good = 0;

    open = good && portal_schema_trail_is_open(&f->ctl->connection, f->ctl->pool);
    finding(f,
            !good  ? BROKEN
            : open ? LOOK
                   : OK,
            "audit",
            apr_psprintf(f->ctl->pool,
                         "%" APR_INT64_T_FMT " rows, the last is %" APR_INT64_T_FMT
                         ", it should be %" APR_INT64_T_FMT "%s",
                         l->count.audit_rows, l->count.audit_last, l->head.seq,
                         open ? "; the database lets them be changed" : ""),
            !good  ? "run portalctl audit verify"
            : open ? "make its triggers, as README.md says"
                   : NULL);
}

static void check_mails(findings_t *f, const look_t *l)
{
    apr_time_t age = l->times.oldest_mail ? f->ctl->now - l->times.oldest_mail : 0;
    const char *text = apr_psprintf(
        f->ctl->pool,
        "%" APR_INT64_T_FMT " wait, the oldest for %" APR_INT64_T_FMT
        " minutes; %" APR_INT64_T_FMT " failed within a week",
        l->count.mails_queued, apr_time_sec(age) / 60, l->times.failed_mails);
    int bad = age > LATE || l->times.failed_mails;

    finding(f, bad ? LOOK : OK, "mails", text,
            bad ? "portalctl outbox tells the relay's own words" : NULL);
}

static void check_exports(findings_t *f, const portal_row_tally_exports *e)
{
    apr_time_t age = e->oldest ? f->ctl->now - e->oldest : 0;
    const char *text =
        apr_psprintf(f->ctl->pool,
                     "%" APR_INT64_T_FMT " wait, the oldest for %" APR_INT64_T_FMT
                     " minutes; %" APR_INT64_T_FMT " failed",
                     e->waiting, apr_time_sec(age) / 60, e->failed);
    int bad = age > LATE || e->failed;

    finding(f, bad ? LOOK : OK, "exports", text,
            bad ? "portalctl outbox tells why PortalExport did not take them" : NULL);
}

static void check_clock(findings_t *f, apr_time_t last_act)
{
    apr_time_t now = f->ctl->now;
    const char *text =
        apr_pstrcat(f->ctl->pool, portal_time_text(now, f->ctl->pool), NULL);

    if (now < BUILT)
        finding(f, BROKEN, "clock", text, "set the time, and keep it by chrony or ntp");
    else if (last_act > now + apr_time_from_sec(60))
        finding(f, LOOK, "clock",
                apr_psprintf(f->ctl->pool, "%s, but the last act is of %s", text,
                             portal_time_text(last_act, f->ctl->pool)),
                "one of the two was wrong; keep the time by chrony or ntp");
    else
        finding(f, OK, "clock", text, NULL);
}

/* What a serving httpd wrote down lately of its keys. */
static void check_httpd(findings_t *f, const look_t *l)
{
    apr_pool_t *pool = f->ctl->pool;
    int seen = 0;

    for (int i = 0; i < l->serving.n; i++) {
        const portal_serving_t *s = &l->serving.list[i];
        int other = f->ctl->keys &&
                    (unsigned)apr_atoi64(s->keys) != portal_keyring_current(f->ctl->keys);
        if (f->ctl->now - s->at >= 2 * PORTAL_SERVING_EVERY)
            continue;
        seen = 1;
        finding(f, other ? LOOK : OK, "httpd",
                apr_psprintf(pool, "%s was seen at %s, with key %s",
                             portal_ctl_plain(s->where, pool),
                             portal_time_text(s->at, pool),
                             portal_ctl_plain(s->keys, pool)),
                other ? "it uses another key than the secret; reload it" : NULL);
    }
    if (!seen)
        finding(f, OK, "httpd", "none was seen in the last two hours", NULL);
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
        finding(f, BROKEN, "tables", error, NULL);
        return;
    }
    check_lock(f);
    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, look, &l, ctl->pool) !=
        APR_SUCCESS) {
        finding(f, BROKEN, "tables", "they cannot be read, or the first rows are missing",
                "put a backup in place: portalctl restore");
        return;
    }
    finding(f, OK, "practice", l.practice.value, NULL);
    check_audit(f, &l);
    check_mails(f, &l);
    check_exports(f, &l.exports);
    check_clock(f, l.times.last_act);
    check_httpd(f, &l);
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
    check_forms(&f);
    code = portal_ctl_open(ctl);
    portal_ctl_set(ctl, "ok", json_boolean(0));
    if (code) /* said already */
        return BROKEN;
    file = strcmp(o->driver, "sqlite3") ? NULL
                                        : portal_ctl_database_file(o->params, ctl->pool);
    if (file)
        check_files(&f, file);
    if (file)
        check_space(&f, file);
    if (check_schema(&f))
        check_records(&f);
    portal_ctl_set(ctl, "ok", json_boolean(f.worst == OK));
    return (int)f.worst;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl audit verify --anchors: holds the trail against lines that httpd wrote to its error log, and that
 * were kept where nobody who can write to the database could reach them.
 */
#include <apr_file_io.h>
#include <apr_strings.h>
#include <string.h>

#include "ctl/ctl.h"
#include "store/audit_trail.h"

#define LONGEST_LINE 8192

typedef struct {
    portal_ctl_t *ctl;
    apr_file_t *file;
    apr_int64_t lines, seen, foreign, last;
} anchors_t;

static int open_file(anchors_t *a)
{
    const char *name = a->ctl->options.anchors;
    apr_pool_t *pool = a->ctl->pool;
    char why[120];
    apr_status_t rv =
        strcmp(name, "-")
            ? apr_file_open(&a->file, name, APR_READ | APR_BUFFERED, APR_OS_DEFAULT, pool)
            : apr_file_open_flags_stdin(&a->file, APR_BUFFERED, pool);

    if (rv == APR_SUCCESS)
        return 0;
    return portal_ctl_fail(a->ctl, PORTAL_CTL_WRONG, "--anchors: %s: %s", name,
                           apr_strerror(rv, why, sizeof(why)));
}

/* One that is in the trail as it was, or what is wrong. */
static int hold(anchors_t *a, const portal_audit_anchor_t *kept, apr_pool_t *pool)
{
    portal_ctl_t *ctl = a->ctl;
    portal_audit_anchor_t now = {.seq = kept->seq};

    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_audit_anchor, &now,
                          pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "row %" APR_INT64_T_FMT
                               " cannot be held against line %" APR_INT64_T_FMT
                               ": the trail cannot be read, or the secret lacks its key",
                               kept->seq, a->lines);
    if (!now.found)
        return portal_ctl_fail(
            ctl, PORTAL_CTL_NOT,
            "row %" APR_INT64_T_FMT " was there when line %" APR_INT64_T_FMT
            " was written, and is gone: the end of the trail was cut off, or a backup "
            "from before it was restored",
            kept->seq, a->lines);
    if (strcmp(now.link, kept->link))
        return portal_ctl_fail(
            ctl, PORTAL_CTL_NOT,
            "row %" APR_INT64_T_FMT ", or one before it, is not the one of which line "
            "%" APR_INT64_T_FMT " tells: the trail was written anew, or a backup "
            "from before was restored",
            kept->seq, a->lines);
    a->seen++;
    if (kept->seq > a->last)
        a->last = kept->seq;
    return 0;
}

static int hold_all(anchors_t *a)
{
    char line[LONGEST_LINE];
    portal_audit_anchor_t kept;
    portal_anchor_kind_t kind;
    apr_pool_t *pool;
    int code = 0;

    apr_pool_create(&pool, a->ctl->pool);
    while (!code && apr_file_gets(line, sizeof(line), a->file) == APR_SUCCESS) {
        a->lines++;
        kind = portal_audit_anchor_read(&kept, a->ctl->keys, line);
        if (kind == PORTAL_ANCHOR_OURS)
            code = hold(a, &kept, pool);
        a->foreign += kind == PORTAL_ANCHOR_FOREIGN;
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    apr_file_close(a->file);
    return code;
}

int portal_ctl_audit_anchors(portal_ctl_t *ctl)
{
    anchors_t a = {.ctl = ctl};
    int code = open_file(&a);

    if (!code)
        code = hold_all(&a);
    portal_ctl_set(ctl, "anchors", json_integer(a.seen));
    portal_ctl_set(ctl, "foreign", json_integer(a.foreign));
    if (code)
        return code;
    if (a.foreign)
        portal_ctl_say(ctl,
                       "passed over %" APR_INT64_T_FMT
                       " lines that look like this portal's, and are not",
                       a.foreign);
    if (!a.seen)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "--anchors: no line there says where the trail ended");
    portal_ctl_say(ctl,
                   "and holds against %" APR_INT64_T_FMT
                   " lines kept elsewhere, the last of row %" APR_INT64_T_FMT,
                   a.seen, a.last);
    return PORTAL_CTL_DONE;
}

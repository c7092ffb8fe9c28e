/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl outbox: mails that wait or failed, with what became of them in the relay's own words;
 * paperwork for PortalExport likewise; and a failed one queued again. Delivery itself is httpd's: its
 * jobs find it by themselves.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/date.h"
#include "core/place.h"
#include "ctl/ctl.h"
#include "store/outbox.h"
#include "store/push.h"

#define MOST 5000

/* The reasons are words; what they mean stands in the catalogue that the desk uses. */
static const char *meaning(const json_t *catalogue, const char *prefix,
                           const char *reason, apr_pool_t *pool)
{
    const char *text = json_string_value(
        json_object_get(catalogue, apr_pstrcat(pool, prefix, reason, NULL)));

    return text ? text : reason;
}

static const char *when(apr_int64_t time, apr_pool_t *pool)
{
    return time > 0 ? portal_time_text(time, pool) : "";
}

static const char *reply_of(const portal_row_mail_unsent *row, apr_pool_t *pool)
{
    if (row->reply_code)
        return apr_psprintf(pool, " (%d %s)", (int)row->reply_code,
                            portal_ctl_plain(row->reply, pool));
    return *row->reply ? apr_psprintf(pool, " (%s)", portal_ctl_plain(row->reply, pool))
                       : "";
}

static void show(portal_ctl_t *ctl, const portal_row_mail_unsent *row,
                 const json_t *catalogue)
{
    apr_pool_t *pool = ctl->pool;
    const char *next = strcmp(row->state, "queued") ? "" : when(row->next_try, pool);

    portal_ctl_say(
        ctl, "%s  %s  %s  mrn %s  %s  tried %" APR_INT64_T_FMT " times%s%s%s%s%s",
        row->id, when(row->created, pool), row->kind, portal_ctl_plain(row->mrn, pool),
        row->state, row->tries, *next ? "  next " : "", next, *row->reason ? "  " : "",
        *row->reason ? meaning(catalogue, "outbox.reason.", row->reason, pool) : "",
        reply_of(row, pool));
    json_array_append_new(
        json_object_get(ctl->result, "mails"),
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:s, s:s, s:s}", "id",
                  row->id, "mrn", row->mrn, "kind", row->kind, "origin", row->origin,
                  "state", row->state, "tries", (json_int_t)row->tries, "next_try", next,
                  "reason", row->reason, "reply_code", (json_int_t)row->reply_code,
                  "reply", row->reply, "created", when(row->created, pool), "finished",
                  when(row->finished, pool)));
}

static void show_export(portal_ctl_t *ctl, const portal_row_push_page *row,
                        const json_t *catalogue)
{
    apr_pool_t *pool = ctl->pool;
    const char *next = strcmp(row->state, "queued") ? "" : when(row->next_try, pool);
    const char *code =
        row->reply_code ? apr_psprintf(pool, " (%d %s)", (int)row->reply_code, row->issue)
                        : "";

    portal_ctl_say(
        ctl, "%s  %s  paperwork  mrn %s  %s  tried %" APR_INT64_T_FMT " times%s%s%s%s%s",
        row->id, when(row->created, pool), portal_ctl_plain(row->mrn, pool), row->state,
        row->tries, *next ? "  next " : "", next, *row->reason ? "  " : "",
        *row->reason ? meaning(catalogue, "export_out.reason.", row->reason, pool) : "",
        code);
    json_array_append_new(
        json_object_get(ctl->result, "exports"),
        json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:s, s:I, s:s, s:s, s:s}", "id",
                  row->id, "mrn", row->mrn, "form", row->form, "number",
                  (json_int_t)row->number, "state", row->state, "tries",
                  (json_int_t)row->tries, "next_try", next, "reason", row->reason,
                  "reply_code", (json_int_t)row->reply_code, "issue", row->issue,
                  "created", when(row->created, pool), "finished",
                  when(row->finished, pool)));
}

/* Of paperwork what was sent is left out, as it is of mails. */
static void show_exports(portal_ctl_t *ctl, const portal_push_list_t *exports,
                         const json_t *catalogue)
{
    portal_ctl_set(ctl, "exports", json_array());
    for (int i = 0; i < exports->n && strcmp(exports->rows[i].state, "sent"); i++)
        show_export(ctl, &exports->rows[i], catalogue);
}

static int take_limit(portal_ctl_t *ctl, int *most)
{
    apr_int64_t n = ctl->options.limit ? apr_atoi64(ctl->options.limit) : MOST;

    if (n < 1)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "--limit must be a number above 0");
    *most = n > MOST ? MOST : (int)n;
    return 0;
}

typedef struct {
    portal_unsent_t unsent;
    portal_push_list_t exports;
} both_t;

static apr_status_t read_both(portal_tx_t *tx, void *baton)
{
    both_t *both = baton;
    apr_status_t rv = portal_act_unsent(tx, &both->unsent);

    return rv == APR_SUCCESS ? portal_push_list(tx, &both->exports) : rv;
}

static int show_all(portal_ctl_t *ctl, int most, const json_t *catalogue)
{
    both_t both = {.unsent = {.most = most}, .exports = {.most = most}};
    const portal_unsent_t *unsent = &both.unsent;

    if (portal_store_write(&ctl->store, &ctl->actor, ctl->now, read_both, &both,
                           ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the outbox cannot be read");
    portal_ctl_set(ctl, "mails", json_array());
    for (int i = 0; i < unsent->n; i++)
        show(ctl, &unsent->rows[i], catalogue);
    if (!unsent->n)
        portal_ctl_say(ctl, "no mail waits, and none failed");
    show_exports(ctl, &both.exports, catalogue);
    return PORTAL_CTL_DONE;
}

static int list(portal_ctl_t *ctl)
{
    int most = MOST, code = take_limit(ctl, &most);
    json_t *catalogue;

    if (!code)
        code = portal_ctl_keys(ctl, 1);
    /* read while this is still root: the database's owner may not be let in there */
    catalogue = json_load_file(portal_place("htdocs/lang/en.json", ctl->pool), 0, NULL);
    if (!code)
        code = portal_ctl_open_store(ctl);
    if (!code)
        code = show_all(ctl, most, catalogue);
    json_decref(catalogue);
    return code;
}

static int retry(portal_ctl_t *ctl, const char *id)
{
    static const char *const words[] = {"ok", "unknown", "done", "dead"};
    portal_mail_retry_t again = {.id = id};
    int code = portal_ctl_keys(ctl, 1);

    if (!code)
        code = portal_ctl_open_store(ctl);
    if (code)
        return code;
    if (portal_store_write(&ctl->store, &ctl->actor, ctl->now, portal_act_mail_retry,
                           &again, ctl->pool) != APR_SUCCESS ||
        (again.verdict == PORTAL_RETRY_UNKNOWN &&
         portal_store_write(&ctl->store, &ctl->actor, ctl->now, portal_act_push_retry,
                            &again, ctl->pool) != APR_SUCCESS))
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the outbox cannot be written");
    portal_ctl_set(ctl, "verdict", json_string(words[again.verdict]));
    switch (again.verdict) {
    case PORTAL_RETRY_OK:
        portal_ctl_say(ctl, "queued again");
        return PORTAL_CTL_DONE;
    case PORTAL_RETRY_UNKNOWN:
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "there is no mail and no paperwork with this id");
    case PORTAL_RETRY_DONE:
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "it waits already, or was sent");
    default:
        return portal_ctl_fail(
            ctl, PORTAL_CTL_NOT,
            "its link is dead, its content is gone, or a later version was sent");
    }
}

int portal_ctl_outbox(portal_ctl_t *ctl)
{
    const char *const *words = ctl->options.words + 1;

    if (!words[0])
        return list(ctl);
    if (!strcmp(words[0], "retry") && words[1] && !words[2])
        return retry(ctl, words[1]);
    return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "outbox, or outbox retry ID");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl audit: a report of who did what, and whether the trail is whole. Times are UTC. With
 * the secret, details are shown in clear, and that somebody looked is a row of the trail itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "core/date.h"
#include "core/text.h"
#include "ctl/ctl.h"
#include "store/audit.h"
#include "store/audit_trail.h"

#define AT_ONCE 500
#define SORTED_MOST 100000
#define DAY apr_time_from_sec(86400)
#define FOREVER APR_INT64_C(0x7fffffffffffffff)

/* ---- list ---- */

typedef int compare_fn(const void *a, const void *b);

typedef struct {
    portal_ctl_t *ctl;
    portal_audit_report_t report;
    apr_int64_t left; /* rows that may still be shown */
    json_t *list;
    compare_fn *compare;        /* NULL: the oldest first, as they are read */
    apr_array_header_t *sorted; /* all rows, to be shown when all are there; NULL */
} listing_t;

/* ---- sorting ---- */

static int by_seq(const portal_row_audit_report *a, const portal_row_audit_report *b)
{
    return (a->seq < b->seq) - (a->seq > b->seq);
}

/* The newest first among those that are alike. */
static int alike(int by_text, const void *a, const void *b)
{
    return by_text ? by_text : by_seq(a, b);
}

static int by_newest(const void *a, const void *b)
{
    return by_seq(a, b);
}

static int by_what(const void *a, const void *b)
{
    const portal_row_audit_report *x = a, *y = b;
    return alike(strcmp(x->action, y->action), a, b);
}

static int by_whom(const void *a, const void *b)
{
    const portal_row_audit_report *x = a, *y = b;
    return alike(strcmp(x->mrn, y->mrn), a, b);
}

static int by_who(const void *a, const void *b)
{
    const portal_row_audit_report *x = a, *y = b;
    int kind = strcmp(x->actor_kind, y->actor_kind);
    return alike(kind ? kind : strcmp(x->actor, y->actor), a, b);
}

static int by_outcome(const void *a, const void *b)
{
    const portal_row_audit_report *x = a, *y = b;
    return alike(strcmp(x->result, y->result), a, b);
}

static const struct {
    const char *name;
    compare_fn *compare;
} sorts[] = {{"oldest", NULL},  {"newest", by_newest}, {"what", by_what},
             {"whom", by_whom}, {"who", by_who},       {"outcome", by_outcome}};

static int take_sort(listing_t *l)
{
    const char *wanted = l->ctl->options.sort;

    for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
        if (!wanted || !strcmp(wanted, sorts[i].name)) {
            l->compare = sorts[i].compare;
            return 0;
        }
    }
    return portal_ctl_fail(l->ctl, PORTAL_CTL_WRONG,
                           "--sort must be oldest, newest, what, whom, who or outcome");
}

/* ---- what is listed ---- */

/* A whole day in UTC: its beginning. */
static int take_day(portal_ctl_t *ctl, const char *name, const char *typed,
                    apr_time_t *time)
{
    portal_date_t date;
    apr_time_exp_t exploded = {0};

    if (portal_date_parse(&date, typed) != PORTAL_DATE_OK || !date.day ||
        date.year < 1970)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "%s must be a day: YYYY-MM-DD",
                               name);
    exploded.tm_year = date.year - 1900;
    exploded.tm_mon = date.month - 1;
    exploded.tm_mday = date.day;
    apr_time_exp_get(time, &exploded);
    return 0;
}

static int take_filter(listing_t *l)
{
    const portal_ctl_options_t *o = &l->ctl->options;
    int code = take_sort(l);

    l->report = (portal_audit_report_t){.until = FOREVER, .mrn = "", .most = AT_ONCE};
    l->left = FOREVER;
    if (!code && o->from)
        code = take_day(l->ctl, "--from", o->from, &l->report.since);
    if (!code && o->to) {
        code = take_day(l->ctl, "--to", o->to, &l->report.until);
        l->report.until += DAY;
    }
    if (!code && o->limit) {
        l->left = apr_atoi64(o->limit);
        if (l->left < 1)
            code = portal_ctl_fail(l->ctl, PORTAL_CTL_WRONG,
                                   "--limit must be a number above 0");
    }
    if (!code && o->binder &&
        portal_text_mrn_key(&l->report.mrn, o->binder, l->ctl->pool) != APR_SUCCESS)
        code = portal_ctl_fail(l->ctl, PORTAL_CTL_WRONG, "--binder must be an mrn");
    return code;
}

static void show_row(listing_t *l, const portal_row_audit_report *row, apr_pool_t *pool)
{
    const char *detail =
        l->ctl->keys   ? portal_audit_detail(l->ctl->keys, row->seq, row->detail, pool)
        : *row->detail ? NULL
                       : "";
    const char *time = portal_time_text(row->at, pool);
    const char *shown = detail ? detail : "(sealed)";

    portal_ctl_say(l->ctl, "%" APR_INT64_T_FMT "  %s  %s %s%s%s  %s  %s%s%s%s%s%s%s",
                   row->seq, time, row->actor_kind, portal_ctl_plain(row->actor, pool),
                   *row->source ? " from " : "", portal_ctl_plain(row->source, pool),
                   row->action, row->result, *row->mrn ? "  mrn " : "",
                   portal_ctl_plain(row->mrn, pool), *row->number ? "  case " : "",
                   portal_ctl_plain(row->number, pool), *shown ? "  " : "",
                   portal_ctl_plain(shown, pool));
    if (!l->ctl->options.json)
        return;
    json_array_append_new(
        l->list,
        json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "seq",
                  (json_int_t)row->seq, "at", time, "actor_kind", row->actor_kind,
                  "actor", row->actor, "source", row->source, "request", row->request,
                  "action", row->action, "result", row->result, "mrn", row->mrn,
                  "case_number", row->number, "detail",
                  detail && *detail ? json_loads(detail, JSON_DECODE_ANY, NULL)
                                    : json_null()));
}

static int list_some(listing_t *l, apr_pool_t *pool)
{
    portal_ctl_t *ctl = l->ctl;

    if (!l->sorted && l->left < l->report.most)
        l->report.most = (int)l->left;
    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_audit_report,
                          &l->report, pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the audit trail cannot be read");
    if (!l->report.found)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "there is no binder with this mrn");
    for (int i = 0; i < l->report.n; i++) {
        if (l->sorted)
            APR_ARRAY_PUSH(l->sorted, portal_row_audit_report) = l->report.rows[i];
        else
            show_row(l, &l->report.rows[i], pool);
        l->report.after = l->report.rows[i].seq;
    }
    l->left -= l->sorted ? 0 : l->report.n;
    if (l->sorted && l->sorted->nelts > SORTED_MOST)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT,
                               "more than %d rows are not sorted: choose a shorter "
                               "period with --from and --to",
                               SORTED_MOST);
    return 0;
}

static void show_sorted(listing_t *l)
{
    apr_pool_t *pool;

    qsort(l->sorted->elts, (size_t)l->sorted->nelts, sizeof(portal_row_audit_report),
          l->compare);
    apr_pool_create(&pool, l->ctl->pool);
    for (int i = 0; i < l->sorted->nelts && l->left-- > 0; i++) {
        show_row(l, &APR_ARRAY_IDX(l->sorted, i, portal_row_audit_report), pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

static int list_all(listing_t *l)
{
    apr_pool_t *pool;
    int code;

    apr_pool_create(&pool, l->ctl->pool);
    if (l->compare)
        l->sorted = apr_array_make(pool, AT_ONCE, sizeof(portal_row_audit_report));
    do {
        if (!l->sorted)
            apr_pool_clear(pool);
        code = list_some(l, pool);
    } while (!code && l->report.n == l->report.most && l->left > 0);
    if (!code && l->sorted)
        show_sorted(l);
    apr_pool_destroy(pool);
    return code;
}

/* Details in clear tell of patients, so the look is on record before they are shown: where it is at one of them,
 * as one at their record. */
static int note_look(const listing_t *l)
{
    portal_ctl_t *ctl = l->ctl;
    const portal_ctl_options_t *o = &ctl->options;
    portal_audit_report_t of_whom = l->report;
    portal_audit_t row = {.action = "audit.view"};

    if (!ctl->keys)
        return 0;
    of_whom.most = 0;
    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_audit_report,
                          &of_whom, ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the audit trail cannot be read");
    row.binder_id = of_whom.binder_id;
    row.detail = json_pack("{s:s, s:s, s:s}", "from", o->from ? o->from : "", "to",
                           o->to ? o->to : "", "mrn", o->binder ? o->binder : "");
    if (portal_audit_look(&ctl->store, &ctl->actor, ctl->now, &row, ctl->pool) !=
        APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the look cannot be recorded");
    return 0;
}

static int list(portal_ctl_t *ctl)
{
    listing_t l = {.ctl = ctl, .list = json_array()};
    int code = take_filter(&l);

    portal_ctl_set(ctl, "rows", l.list);
    if (!code)
        code = portal_ctl_keys(ctl, 0);
    if (!code)
        code = portal_ctl_open_store(ctl);
    if (!code)
        code = note_look(&l);
    return code ? code : list_all(&l);
}

/* ---- verify ---- */

static void progress(void *baton, apr_int64_t done, apr_int64_t all)
{
    (void)baton;
    fprintf(stderr, "\r%" APR_INT64_T_FMT " of %" APR_INT64_T_FMT " rows%s", done, all,
            done >= all ? "\r\033[K" : "");
}

static const char *verdict_text(const portal_audit_check_t *c, apr_pool_t *pool)
{
    static const char *const texts[] = {
        [PORTAL_AUDIT_CHANGED] = "is not as it was written",
        [PORTAL_AUDIT_MISSING] = "is missing",
        [PORTAL_AUDIT_MOVED] = "stood elsewhere when it was written",
        [PORTAL_AUDIT_ADDED] = "was added, and not by the portal",
        [PORTAL_AUDIT_NO_KEY] = "cannot be checked: the secret does not hold its key",
    };
    if (c->verdict == PORTAL_AUDIT_OK)
        return apr_psprintf(
            pool, "the audit trail is whole: %" APR_INT64_T_FMT " rows, head %s", c->rows,
            c->head_link);
    return apr_psprintf(pool, "row %" APR_INT64_T_FMT " %s%s", c->seq, texts[c->verdict],
                        c->verdict == PORTAL_AUDIT_CHANGED && c->seq >= c->head
                            ? ", or rows behind it were cut off"
                            : "");
}

static int verify(portal_ctl_t *ctl)
{
    static const char *const words[] = {"ok",    "changed", "missing",
                                        "moved", "added",   "no_key"};
    portal_audit_check_t c = {
        .progress = isatty(STDERR_FILENO) && !ctl->options.json ? progress : NULL};
    int code = portal_ctl_keys(ctl, 1);

    if (!code)
        code = portal_ctl_open_store(ctl);
    if (code)
        return code;
    if (portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_audit_check, &c,
                          ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "the audit trail cannot be read");
    portal_ctl_set(ctl, "verdict", json_string(words[c.verdict]));
    portal_ctl_set(ctl, "row", c.verdict ? json_integer(c.seq) : json_null());
    portal_ctl_set(ctl, "rows", json_integer(c.rows));
    portal_ctl_set(ctl, "head", json_string(c.head_link));
    if (c.verdict != PORTAL_AUDIT_OK)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", verdict_text(&c, ctl->pool));
    portal_ctl_say(ctl, "%s", verdict_text(&c, ctl->pool));
    return ctl->options.anchors ? portal_ctl_audit_anchors(ctl) : PORTAL_CTL_DONE;
}

int portal_ctl_audit(portal_ctl_t *ctl)
{
    const char *word = ctl->options.words[1];

    if (word && !strcmp(word, "list") && !ctl->options.words[2])
        return list(ctl);
    if (word && !strcmp(word, "verify") && !ctl->options.words[2])
        return verify(ctl);
    return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "audit list, or audit verify");
}

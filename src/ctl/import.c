/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl import: reads all files, then asks the database what would change, then writes only
 * that, in short transactions with a rest between them, so that a serving httpd is never kept
 * waiting. Stopped half-way, the same import again does the rest.
 */
#include <stdio.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/clock.h"
#include "ctl/import_read.h"
#include "store/import.h"

#define ASK_AT_ONCE 500
#define MOST_AT_ONCE 400
#define BATCH_TIME                                                                       \
    apr_time_from_msec(150)         /* how long the write lock may be held, about */
#define REST apr_time_from_msec(12) /* longer than waiting writers nap */
#define LONGEST_FORM_NAME 100

typedef struct {
    portal_ctl_t *ctl;
    portal_ctl_input_t *input;
    apr_array_header_t *forms; /* const char * */
    portal_import_counts_t counts;
    apr_array_header_t *todo; /* portal_intake_binder_t *: those that change */
} run_t;

/* ---- input ---- */

static int take_forms(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    apr_array_header_t *list = apr_array_make(ctl->pool, 4, sizeof(const char *));
    const char *typed = ctl->options.paperwork;
    char *state, *names;

    if (!typed)
        return 0;
    names = apr_pstrdup(ctl->pool, strcmp(typed, "none") ? typed : "");
    for (char *name = apr_strtok(names, ", ", &state); name;
         name = apr_strtok(NULL, ", ", &state)) {
        for (const char *at = name; *at; at++)
            if (!apr_isalnum(*at) && !strchr("-_.", *at))
                name = "";
        if (!*name || strlen(name) > LONGEST_FORM_NAME)
            return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                                   "--paperwork: no name of a form");
        APR_ARRAY_PUSH(list, const char *) = name;
    }
    run->forms = list;
    return 0;
}

static int read_files(run_t *run)
{
    const char *const *files = run->ctl->options.words + 1, *error = NULL;

    if (!*files)
        return portal_ctl_fail(run->ctl, PORTAL_CTL_WRONG, "import needs a file");
    for (; *files; files++)
        if (portal_ctl_input_read(run->input, *files, &error) != APR_SUCCESS)
            return portal_ctl_fail(run->ctl, PORTAL_CTL_WRONG, "%s; nothing was imported",
                                   error);
    portal_ctl_input_join(run->input);
    return 0;
}

/* ---- asking and writing ---- */

static void add_counts(portal_import_counts_t *sum, const portal_import_counts_t *one)
{
    sum->binders_new += one->binders_new;
    sum->binders_changed += one->binders_changed;
    sum->binders_same += one->binders_same;
    sum->cases_new += one->cases_new;
    sum->cases_changed += one->cases_changed;
    sum->cases_same += one->cases_same;
}

static void keep_refusals(run_t *run, const portal_import_t *import,
                          int of_unchanged_only)
{
    for (int i = 0; i < import->refused->nelts; i++) {
        const portal_import_refusal_t *one =
            &APR_ARRAY_IDX(import->refused, i, portal_import_refusal_t);
        if (!of_unchanged_only || !import->differs[one->binder])
            portal_remark_add(run->input->intake->refused, one->remark.where,
                              one->remark.reason);
    }
}

/* Which binders change? The others are counted and done with. */
static apr_status_t ask_some(run_t *run, int from, apr_pool_t *pool)
{
    const apr_array_header_t *all = run->input->intake->binders;
    portal_intake_binder_t *const *binders = (portal_intake_binder_t *const *)all->elts;
    portal_import_t import = {
        .binders = binders + from, .forms = run->forms, .look_only = 1};
    apr_status_t rv;

    import.n = all->nelts - from < ASK_AT_ONCE ? all->nelts - from : ASK_AT_ONCE;
    import.differs = apr_pcalloc(pool, (apr_size_t)import.n);
    rv = portal_store_read(&run->ctl->store, &run->ctl->actor, run->ctl->now,
                           portal_import_binders, &import, pool);
    if (rv != APR_SUCCESS)
        return rv;
    for (int i = 0; i < import.n; i++)
        if (import.differs[i])
            APR_ARRAY_PUSH(run->todo, portal_intake_binder_t *) = import.binders[i];
    keep_refusals(run, &import, !run->ctl->options.all_or_nothing);
    run->counts.binders_same += import.counts.binders_same;
    run->counts.cases_same += import.counts.cases_same;
    return APR_SUCCESS;
}

static int ask(run_t *run)
{
    const apr_array_header_t *all = run->input->intake->binders;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *pool;

    apr_pool_create(&pool, run->ctl->pool);
    for (int from = 0; from < all->nelts && rv == APR_SUCCESS; from += ASK_AT_ONCE) {
        portal_ctl_progress(run->ctl, "checking", from, all->nelts);
        rv = ask_some(run, from, pool);
        apr_pool_clear(pool);
    }
    portal_ctl_progress(run->ctl, "checking", 1, 1);
    apr_pool_destroy(pool);
    return rv == APR_SUCCESS
               ? 0
               : portal_ctl_fail(run->ctl, PORTAL_CTL_NOT,
                                 "the database cannot be read; nothing was imported");
}

static apr_status_t write_some(run_t *run, int from, int n, apr_pool_t *pool)
{
    portal_intake_binder_t *const *binders =
        (portal_intake_binder_t *const *)run->todo->elts;
    portal_import_t import = {.binders = binders + from, .n = n, .forms = run->forms};
    apr_status_t rv =
        portal_store_write(&run->ctl->store, &run->ctl->actor, portal_clock_now(),
                           portal_import_binders, &import, pool);

    if (rv == APR_SUCCESS) {
        add_counts(&run->counts, &import.counts);
        keep_refusals(run, &import, 0);
    }
    return rv;
}

/* So many that the lock is held about as long as it may. */
static int next_size(int n, apr_interval_time_t took)
{
    apr_int64_t fit = took > 0 ? n * BATCH_TIME / took : MOST_AT_ONCE;

    if (fit > 2 * n)
        fit = 2 * n;
    return fit < 1 ? 1 : fit > MOST_AT_ONCE ? MOST_AT_ONCE : (int)fit;
}

static int write_all(run_t *run)
{
    apr_pool_t *pool;
    apr_status_t rv = APR_SUCCESS;
    int size = 10, n, at;

    apr_pool_create(&pool, run->ctl->pool);
    for (at = 0; at < run->todo->nelts && rv == APR_SUCCESS; at += n) {
        apr_time_t began = portal_clock_now();
        portal_ctl_progress(run->ctl, "importing", at, run->todo->nelts);
        n = run->todo->nelts - at < size ? run->todo->nelts - at : size;
        rv = write_some(run, at, n, pool);
        size = next_size(n, portal_clock_now() - began);
        apr_pool_clear(pool);
        if (at + n < run->todo->nelts)
            apr_sleep(REST);
    }
    portal_ctl_progress(run->ctl, "importing", 1, 1);
    apr_pool_destroy(pool);
    return rv == APR_SUCCESS
               ? 0
               : portal_ctl_fail(
                     run->ctl, PORTAL_CTL_NOT,
                     APR_STATUS_IS_TIMEUP(rv)
                         ? "somebody else holds the write lock; import again to go on"
                         : "the database refused; import again to go on");
}

/* ---- the answer ---- */

static json_t *tell_remarks(const run_t *run, const apr_array_header_t *remarks,
                            const char *kind)
{
    json_t *list = json_array();

    for (int i = 0; i < remarks->nelts; i++) {
        const portal_remark_t *one = &APR_ARRAY_IDX(remarks, i, portal_remark_t);
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "where", one->where, "reason", one->reason));
        if (!run->ctl->options.json)
            fprintf(stderr, "%s: %s%s\n", one->where, kind, one->reason);
    }
    return list;
}

static json_t *ignored_types(const run_t *run)
{
    json_t *types = json_object();
    apr_hash_t *ignored = portal_fhir_ignored(run->input->fhir);

    for (apr_hash_index_t *i = apr_hash_first(run->ctl->pool, ignored); i;
         i = apr_hash_next(i))
        json_object_set_new(types, apr_hash_this_key(i),
                            json_integer(*(const int *)apr_hash_this_val(i)));
    return types;
}

static json_t *figures(const run_t *run)
{
    const portal_import_counts_t *c = &run->counts;

    return json_pack("{s:i, s:{s:i, s:i, s:i}, s:{s:i, s:i, s:i}}", "rows",
                     run->input->rows, "binders", "new", c->binders_new, "changed",
                     c->binders_changed, "same", c->binders_same, "cases", "new",
                     c->cases_new, "changed", c->cases_changed, "same", c->cases_same);
}

static void tell_ignored(const run_t *run, json_t *types)
{
    const char *name;
    json_t *n;

    json_object_foreach(types, name, n) portal_ctl_say(
        run->ctl, "ignored: %" JSON_INTEGER_FORMAT " %s", json_integer_value(n), name);
}

static void tell(run_t *run)
{
    const portal_import_counts_t *c = &run->counts;
    const portal_intake_t *intake = run->input->intake;
    json_t *types = ignored_types(run);

    fflush(stdout);
    portal_ctl_set(run->ctl, "imported", figures(run));
    portal_ctl_set(run->ctl, "warnings",
                   tell_remarks(run, intake->warnings, "warning: "));
    portal_ctl_set(run->ctl, "refused", tell_remarks(run, intake->refused, ""));
    tell_ignored(run, types);
    portal_ctl_set(run->ctl, "ignored", types);
    portal_ctl_say(run->ctl, "binders: %d new, %d changed, %d unchanged", c->binders_new,
                   c->binders_changed, c->binders_same);
    portal_ctl_say(run->ctl, "cases: %d new, %d changed, %d unchanged", c->cases_new,
                   c->cases_changed, c->cases_same);
    if (!c->binders_new && !c->binders_changed && !c->cases_new && !c->cases_changed)
        portal_ctl_say(run->ctl, "nothing was changed");
    if (intake->refused->nelts)
        portal_ctl_say(run->ctl, "%d refused", intake->refused->nelts);
}

static int note(run_t *run)
{
    json_t *detail = figures(run);
    apr_status_t rv;

    json_object_set_new(detail, "files", json_array());
    for (const char *const *file = run->ctl->options.words + 1; *file; file++)
        json_array_append_new(json_object_get(detail, "files"), json_string(*file));
    json_object_set_new(detail, "refused",
                        json_integer(run->input->intake->refused->nelts));
    rv = portal_store_write(&run->ctl->store, &run->ctl->actor, portal_clock_now(),
                            portal_import_note, detail, run->ctl->pool);
    json_decref(detail);
    return rv == APR_SUCCESS
               ? 0
               : portal_ctl_fail(
                     run->ctl, PORTAL_CTL_NOT,
                     "the import is done, but the audit trail cannot be written");
}

int portal_ctl_import(portal_ctl_t *ctl)
{
    run_t run = {.ctl = ctl,
                 .input = portal_ctl_input_make(ctl->now, ctl->pool),
                 .todo =
                     apr_array_make(ctl->pool, 256, sizeof(portal_intake_binder_t *))};
    int code = take_forms(&run);

    if (!code)
        code = portal_ctl_keys(ctl, 1);
    if (!code)
        code = read_files(&run);
    if (!code)
        code = portal_ctl_open_store(ctl);
    if (!code)
        code = ask(&run);
    if (code)
        return code;
    if (ctl->options.all_or_nothing && run.input->intake->refused->nelts) {
        run.counts = (portal_import_counts_t){0};
        tell(&run);
        return PORTAL_CTL_NOT;
    }
    code = write_all(&run);
    tell(&run);
    if (!code)
        code = note(&run);
    return code || run.input->intake->refused->nelts ? PORTAL_CTL_NOT : PORTAL_CTL_DONE;
}

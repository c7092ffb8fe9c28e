/* SPDX-License-Identifier: Apache-2.0 */
/* Saving the Patient Portal tab, and everything that follows from it; see access.h. */
#include <apr_strings.h>
#include <string.h>

#include "store/access.h"
#include "store/account.h"
#include "store/audit.h"
#include "store/lobby_password.h"
#include "store/search.h"
#include "store/session.h"

/* What differs between the tab as it is kept and as it is to be saved. */
typedef struct {
    int disabled, enabled, email, master, comment;
    json_t *added, *removed; /* numbers of cases */
} changes_t;

static int contains(const apr_array_header_t *ids, const char *id)
{
    for (int i = 0; i < ids->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(ids, i, const char *), id))
            return 1;
    return 0;
}

/* Will this case be selected? The master case always is. */
static int wanted(const portal_access_save_t *s, const portal_row_tab_cases *one)
{
    return contains(s->selected, one->id) || !strcmp(s->master_case_id, one->id);
}

/* ---- may it be saved? ---- */

static int all_ours(const portal_tab_t *tab, const apr_array_header_t *ids)
{
    for (int i = 0; i < ids->nelts; i++)
        if (!portal_tab_case(tab, APR_ARRAY_IDX(ids, i, const char *)))
            return 0;
    return 1;
}

static portal_access_verdict_t check_cases(portal_access_save_t *s)
{
    const portal_tab_t *tab = &s->tab;
    const portal_row_tab_cases *master = portal_tab_case(tab, s->master_case_id);

    s->field = "master_case";
    if (*s->master_case_id && !master)
        return PORTAL_ACCESS_FOREIGN;
    if (tab->master && !master)
        return PORTAL_ACCESS_NO_MASTER;
    s->field = "selected_cases";
    if (!all_ours(tab, s->selected))
        return PORTAL_ACCESS_FOREIGN;
    if (master && master == tab->master && master->selected &&
        !contains(s->selected, master->id))
        return PORTAL_ACCESS_MASTER_LEFT;
    s->field = "confirm_person";
    for (int i = 0; i < tab->n_cases; i++)
        if (wanted(s, &tab->cases[i]) &&
            portal_tab_other_person(&tab->binder, &tab->cases[i]) &&
            !contains(s->confirmed, tab->cases[i].id))
            return PORTAL_ACCESS_GUARD;
    s->field = "";
    return PORTAL_ACCESS_SAVED;
}

static portal_access_verdict_t check(portal_access_save_t *s)
{
    s->field = "";
    if (!s->tab.found)
        return PORTAL_ACCESS_NO_BINDER;
    if (s->tab.binder.version != s->version)
        return PORTAL_ACCESS_CONFLICT;
    return check_cases(s);
}

/* ---- what changes ---- */

static void compare(portal_access_save_t *s, changes_t *c)
{
    const portal_row_tab_binder *kept = &s->tab.binder;

    *c = (changes_t){
        .disabled = kept->enabled && !s->enabled,
        .enabled = !kept->enabled && s->enabled,
        .email = strcmp(kept->email, s->email) != 0,
        .master = strcmp(kept->master_case_id, s->master_case_id) != 0,
        .comment = strcmp(kept->comment, s->comment) != 0,
        .added = json_array(),
        .removed = json_array(),
    };
    for (int i = 0; i < s->tab.n_cases; i++) {
        const portal_row_tab_cases *one = &s->tab.cases[i];
        int want = wanted(s, one);
        if (want && !one->selected)
            json_array_append_new(c->added, json_string(one->number));
        if (!want && one->selected)
            json_array_append_new(c->removed, json_string(one->number));
    }
}

/* For the audit trail. Takes the two lists; the comment's words stay where they are. */
static json_t *detail_of(const portal_access_save_t *s, const changes_t *c)
{
    const portal_row_tab_cases *master = portal_tab_case(&s->tab, s->master_case_id);
    json_t *detail = json_object();

    if (c->enabled || c->disabled)
        json_object_set_new(detail, "access_enabled", json_boolean(s->enabled));
    if (c->email)
        json_object_set_new(
            detail, "email",
            json_pack("{s:s, s:s}", "from", s->tab.binder.email, "to", s->email));
    if (c->master)
        json_object_set_new(detail, "master_case",
                            json_pack("{s:s, s:s}", "from",
                                      s->tab.master ? s->tab.master->number : "", "to",
                                      master ? master->number : ""));
    if (c->comment)
        json_object_set_new(detail, "comment", json_string("changed"));
    if (json_array_size(c->added))
        json_object_set(detail, "selected", c->added);
    if (json_array_size(c->removed))
        json_object_set(detail, "deselected", c->removed);
    json_decref(c->added);
    json_decref(c->removed);
    return detail;
}

/* ---- writing it ---- */

static apr_status_t write_row(portal_tx_t *tx, const portal_access_save_t *s, int *n)
{
    const char *master = *s->master_case_id ? s->master_case_id : NULL;

    if (!s->version)
        return PORTAL_DO(
            access_insert, tx, n, .binder_id = s->tab.binder_id, .master_case_id = master,
            .email = s->email, .email_key = s->email_key, .enabled = s->enabled,
            .comment = s->comment, .updated = tx->now, .binder_again = s->tab.binder_id);
    return PORTAL_DO(access_update, tx, n, .master_case_id = master, .email = s->email,
                     .email_key = s->email_key, .enabled = s->enabled,
                     .comment = s->comment, .updated = tx->now,
                     .binder_id = s->tab.binder_id, .version = s->version);
}

static apr_status_t write_cases(portal_tx_t *tx, const portal_access_save_t *s)
{
    const char *binder = s->tab.binder_id;
    apr_status_t rv = APR_SUCCESS;
    int changed = 0;

    for (int i = 0; i < s->tab.n_cases && rv == APR_SUCCESS; i++) {
        const portal_row_tab_cases *one = &s->tab.cases[i];
        int want = wanted(s, one);
        changed |= !want != !one->selected;
        if (want && !one->selected)
            rv = PORTAL_DO(access_case_insert, tx, NULL, .binder_id = binder,
                           .case_id = one->id);
        else if (!want && one->selected)
            rv = PORTAL_DO(access_case_delete, tx, NULL, .binder_id = binder,
                           .case_id = one->id);
    }
    if (changed)
        portal_tx_ended(tx, binder, NULL);
    return rv;
}

/* The table of effects. A case that was deselected leaves sessions by itself: they ask for the
 * selected cases with each request, and the copies that name them are forgotten. */
static apr_status_t effects(portal_tx_t *tx, const char *binder, const changes_t *c)
{
    apr_status_t rv = APR_SUCCESS;

    if (c->disabled || c->master) {
        rv = portal_session_end_all(tx, binder, PORTAL_END_ALL, "");
        if (rv == APR_SUCCESS)
            rv = portal_lobby_void(tx, binder);
    }
    if (rv == APR_SUCCESS && (c->disabled || c->master || c->email))
        rv = portal_links_void(tx, binder, NULL);
    if (rv == APR_SUCCESS && c->email)
        rv = PORTAL_DO(account_invited, tx, NULL, .invited = 0, .invitation_expires = 0,
                       .updated = tx->now, .binder_id = binder);
    return rv;
}

static apr_status_t save(portal_tx_t *tx, portal_access_save_t *s)
{
    const char *binder = s->tab.binder_id;
    changes_t changes;
    int n = 0;
    apr_status_t rv = write_row(tx, s, &n);

    if (rv == APR_SUCCESS && n != 1) {
        s->verdict = PORTAL_ACCESS_CONFLICT;
        return PORTAL_AUDIT(tx, .action = "access.edit", .binder_id = binder,
                            .result = "conflict");
    }
    if (rv == APR_SUCCESS)
        rv = write_cases(tx, s);
    if (rv != APR_SUCCESS)
        return rv;
    compare(s, &changes);
    rv = PORTAL_AUDIT(tx, .action = "access.edit", .binder_id = binder,
                      .case_id = s->master_case_id, .detail = detail_of(s, &changes));
    if (rv == APR_SUCCESS)
        rv = effects(tx, binder, &changes);
    return rv == APR_SUCCESS ? portal_search_update(tx, binder) : rv;
}

apr_status_t portal_act_access_save(portal_tx_t *tx, void *baton)
{
    portal_access_save_t *s = baton;
    apr_status_t rv = portal_tab_read(tx, &s->tab);

    if (rv != APR_SUCCESS)
        return rv;
    s->verdict = check(s);
    if (s->verdict == PORTAL_ACCESS_SAVED)
        return save(tx, s);
    if (s->verdict == PORTAL_ACCESS_NO_BINDER)
        return APR_SUCCESS;
    return PORTAL_AUDIT(tx, .action = "access.edit", .binder_id = s->tab.binder_id,
                        .result = s->verdict == PORTAL_ACCESS_CONFLICT ? "conflict"
                                                                       : "refused");
}

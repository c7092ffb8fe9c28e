/* SPDX-License-Identifier: Apache-2.0 */
/* Editing the Patient Portal tab: the form, the guard against the wrong person, and the two
 * versions side by side when somebody else saved meanwhile. */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/email.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/portal_tab.h"

/* ---- what the form starts with ---- */

static void preset(portal_call_t *call, const portal_tab_t *tab)
{
    apr_array_header_t *selected = apr_array_make(call->pool, 4, sizeof(const char *)),
                       *confirmed = apr_array_make(call->pool, 4, sizeof(const char *));

    for (int i = 0; i < tab->n_cases; i++) {
        const portal_row_tab_cases *one = &tab->cases[i];
        if (one->selected)
            *(const char **)apr_array_push(selected) = one->id;
        /* ticked when it was selected */
        if (one->selected && portal_tab_other_person(&tab->binder, one))
            *(const char **)apr_array_push(confirmed) = one->id;
    }
    portal_field_preset(call, "master_case", tab->master ? tab->master->id : "");
    portal_field_preset_all(call, "selected_cases", selected);
    portal_field_preset_all(call, "confirm_person", confirmed);
    portal_field_preset(call, "email", tab->binder.email);
    portal_field_preset(call, "access_enabled", tab->binder.enabled ? "1" : "");
    portal_field_preset(call, "comment", tab->binder.comment);
    portal_field_preset(
        call, "version",
        apr_psprintf(call->pool, "%" APR_INT64_T_FMT, tab->binder.version));
}

static int is_among(const portal_call_t *call, const char *field, const char *id)
{
    const apr_array_header_t *all = portal_field_all(call, field);

    for (int i = 0; i < all->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(all, i, const char *), id))
            return 1;
    return 0;
}

/* Will this case be selected when the form is saved? The master case always is. */
static int is_wanted(const portal_call_t *call, const char *id)
{
    return is_among(call, "selected_cases", id) ||
           !strcmp(portal_field(call, "master_case"), id);
}

/* ---- the lists of cases ---- */

static json_t *masters_view(const portal_call_t *call, const portal_tab_t *tab)
{
    const char *chosen = portal_field(call, "master_case");
    json_t *options = json_array();

    json_array_append_new(options, json_pack("{s:s, s:s, s:b}", "value", "", "label", "",
                                             "chosen", !*chosen));
    for (int i = 0; i < tab->n_cases; i++)
        json_array_append_new(options,
                              json_pack("{s:s, s:s, s:b}", "value", tab->cases[i].id,
                                        "label", tab->cases[i].number, "chosen",
                                        !strcmp(chosen, tab->cases[i].id)));
    return json_pack("{s:o}", "options", options);
}

static const char *date_text(const portal_call_t *call, const char *date)
{
    json_t *view = portal_date_or_false(call, date);
    const char *text = json_string_value(json_object_get(view, "text"));

    text = apr_pstrdup(call->pool, text ? text : "");
    json_decref(view);
    return text;
}

/* The parts that are not empty, with a comma between them. */
static const char *joined(apr_pool_t *pool, const char *a, const char *b)
{
    return apr_pstrcat(pool, a, *a && *b ? ", " : "", b, NULL);
}

static const char *person_of(const portal_call_t *call, const portal_row_tab_cases *one)
{
    return joined(call->pool, portal_person_name(one->family, one->given, "", call->pool),
                  date_text(call, one->birth_date));
}

static json_t *case_option(const char *id, const char *label, const char *note,
                           int chosen)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b}", "value", id, "id", id, "label", label,
                     "note", note, "chosen", chosen);
}

static json_t *selected_view(const portal_call_t *call, const portal_tab_t *tab)
{
    json_t *options = json_array();

    for (int i = 0; i < tab->n_cases; i++) {
        const portal_row_tab_cases *one = &tab->cases[i];
        const char *note =
            joined(call->pool, one->title, date_text(call, one->start_date));
        json_array_append_new(
            options, case_option(one->id, one->number, note, is_wanted(call, one->id)));
    }
    return json_pack("{s:o}", "options", options);
}

/* The cases of this form that another person may stand behind; false when there are none. */
static json_t *guard_view(const portal_call_t *call, const portal_tab_t *tab)
{
    json_t *options = json_array();

    for (int i = 0; i < tab->n_cases; i++) {
        const portal_row_tab_cases *one = &tab->cases[i];
        if (is_wanted(call, one->id) && portal_tab_other_person(&tab->binder, one))
            json_array_append_new(options,
                                  case_option(one->id, one->number, person_of(call, one),
                                              is_among(call, "confirm_person", one->id)));
    }
    if (json_array_size(options))
        return json_pack("{s:o}", "options", options);
    json_decref(options);
    return json_false();
}

/* ---- two versions ---- */

typedef struct {
    const char *master, *email, *cases, *comment;
    int enabled;
} version_t;

/* Numbers of the cases that are selected, as it is kept or as it was typed. */
static const char *numbers(const portal_call_t *call, const portal_tab_t *tab, int kept)
{
    const char *list = "";

    for (int i = 0; i < tab->n_cases; i++) {
        const portal_row_tab_cases *one = &tab->cases[i];
        if (kept ? one->selected != 0 : is_wanted(call, one->id))
            list = joined(call->pool, list, one->number);
    }
    return list;
}

static json_t *row_view(const char *label, const char *value, const char *text,
                        int changed)
{
    json_t *row = json_pack("{s:s, s:s, s:b, s:b}", "label", label, "value", value,
                            "text", 0, "changed", changed);
    if (text)
        json_object_set_new(row, "text", json_string(text));
    return row;
}

static json_t *rows_view(const version_t *one, const version_t *other)
{
    const char *enabled = one->enabled ? "t:answer.yes" : "t:answer.no";
    json_t *rows = json_array();

    json_array_append_new(rows, row_view("t:field.master_case", one->master, NULL,
                                         strcmp(one->master, other->master) != 0));
    json_array_append_new(rows, row_view("t:field.email", one->email, NULL,
                                         strcmp(one->email, other->email) != 0));
    json_array_append_new(rows, row_view("t:field.access_enabled", "", enabled,
                                         one->enabled != other->enabled));
    json_array_append_new(rows, row_view("t:field.selected_cases", one->cases, NULL,
                                         strcmp(one->cases, other->cases) != 0));
    json_array_append_new(rows, row_view("t:field.comment", one->comment, NULL,
                                         strcmp(one->comment, other->comment) != 0));
    return rows;
}

static json_t *conflict_view(const portal_call_t *call, const portal_tab_t *tab)
{
    const portal_row_tab_cases *typed =
        portal_tab_case(tab, portal_field(call, "master_case"));
    version_t kept = {.master = tab->master ? tab->master->number : "",
                      .email = tab->binder.email,
                      .cases = numbers(call, tab, 1),
                      .comment = tab->binder.comment,
                      .enabled = tab->binder.enabled != 0};
    version_t yours = {.master = typed ? typed->number : "",
                       .email = portal_field(call, "email"),
                       .cases = numbers(call, tab, 0),
                       .comment = portal_field(call, "comment"),
                       .enabled = *portal_field(call, "access_enabled") != '\0'};
    return json_pack("{s:o, s:o, s:o}", "at",
                     portal_time_or_false(call, tab->binder.updated), "kept",
                     rows_view(&kept, &yours), "yours", rows_view(&yours, &kept));
}

/* ---- the page ---- */

static json_t *edit_view(const portal_call_t *call, const portal_tab_t *tab, int conflict)
{
    const portal_row_tab_binder *b = &tab->binder;
    portal_binder_head_t head = {tab->binder_id, b->mrn, b->family, b->given,
                                 b->birth_date};
    json_t *view = json_object();

    portal_binder_head(call, view, &head, PORTAL_TAB_PORTAL);
    json_object_set_new(view, "contact_email",
                        *b->contact_email ? json_string(b->contact_email) : json_false());
    json_object_set_new(view, "masters", masters_view(call, tab));
    json_object_set_new(view, "selection", selected_view(call, tab));
    json_object_set_new(view, "has_cases", json_boolean(tab->n_cases));
    json_object_set_new(view, "guard", guard_view(call, tab));
    json_object_set_new(view, "conflict",
                        conflict ? conflict_view(call, tab) : json_false());
    /* after a conflict OK means: over what is kept now, which stands beside it */
    json_object_set_new(
        view, "version",
        json_integer(conflict ? b->version : apr_atoi64(portal_field(call, "version"))));
    json_object_set_new(view, "email", json_string(portal_field(call, "email")));
    json_object_set_new(view, "comment", json_string(portal_field(call, "comment")));
    json_object_set_new(view, "master_case",
                        json_string(portal_field(call, "master_case")));
    json_object_set_new(view, "access_enabled",
                        json_boolean(*portal_field(call, "access_enabled")));
    return view;
}

static portal_answer_t *edit_page(portal_call_t *call, const portal_tab_t *tab,
                                  int conflict)
{
    int status = conflict ? HTTP_CONFLICT : HTTP_OK;

    if (call->errors->nelts && !conflict)
        status = HTTP_UNPROCESSABLE_ENTITY;
    return portal_answer_page(call, status, "portal_edit",
                              edit_view(call, tab, conflict));
}

portal_answer_t *portal_page_portal_edit(portal_call_t *call)
{
    portal_tab_t tab;
    portal_answer_t *answer;

    if (!portal_tab_load(call, &tab, &answer))
        return answer;
    preset(call, &tab);
    return edit_page(call, &tab, 0);
}

/* ---- saving ---- */

/* 0: not an address that mail can go to. None at all is fine. */
static int take_email(portal_call_t *call, portal_access_save_t *save)
{
    portal_email_t email;
    portal_email_verdict_t verdict =
        portal_email_parse(&email, portal_field(call, "email"), call->pool);

    save->email = save->email_key = "";
    if (verdict == PORTAL_EMAIL_EMPTY)
        return 1;
    if (verdict != PORTAL_EMAIL_OK)
        return 0;
    save->email = email.address;
    save->email_key = email.key;
    return 1;
}

static portal_answer_t *not_saved(portal_call_t *call, const portal_access_save_t *save)
{
    switch (save->verdict) {
    case PORTAL_ACCESS_NO_BINDER:
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    case PORTAL_ACCESS_CONFLICT:
        portal_error_add(call, "", "error.conflict");
        return edit_page(call, &save->tab, 1);
    case PORTAL_ACCESS_FOREIGN:
        portal_error_add(call, save->field, "error.choice");
        break;
    case PORTAL_ACCESS_NO_MASTER:
        portal_error_add(call, save->field, "error.master_needed");
        break;
    case PORTAL_ACCESS_MASTER_LEFT:
        portal_error_add(call, save->field, "error.master_left");
        break;
    case PORTAL_ACCESS_GUARD:
        portal_error_add(call, save->field, "error.confirm_person");
        break;
    case PORTAL_ACCESS_SAVED:
        break;
    }
    return edit_page(call, &save->tab, 0);
}

portal_answer_t *portal_page_portal_save(portal_call_t *call)
{
    portal_access_save_t save = {
        .tab = {.binder_id = call->id[0], .cost = &call->app->config->throttle},
        .master_case_id = portal_field(call, "master_case"),
        .selected = portal_field_all(call, "selected_cases"),
        .confirmed = portal_field_all(call, "confirm_person"),
        .enabled = *portal_field(call, "access_enabled") != '\0',
        .comment = portal_field(call, "comment"),
        .version = apr_atoi64(portal_field(call, "version")),
    };
    apr_status_t rv;

    if (!take_email(call, &save)) {
        portal_error_add(call, "email", "error.email.form");
        return portal_page_portal_edit(call);
    }
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_access_save, &save, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0404");
    if (save.verdict == PORTAL_ACCESS_SAVED)
        return portal_tab_done(call, "saved");
    return not_saved(call, &save);
}

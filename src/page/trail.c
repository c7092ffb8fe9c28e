/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline of a binder, and the audit trail of everything. */
#include <apr_strings.h>
#include <string.h>

#include "core/date.h"
#include "core/localtime.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/desk.h"
#include "page/trail.h"
#include "store/trail.h"

#define PAGE_SIZE 50
#define FOR_EVER (apr_time_from_sec(APR_INT64_C(253402300800))) /* the year 10000 */

/* ---- rows ---- */

const char *portal_trail_word(const portal_call_t *call, const char *prefix,
                              const char *name, const char *otherwise)
{
    const char *key = apr_pstrcat(call->pool, prefix, name, NULL);

    if (!portal_catalogue_text(call->site->catalogue, call->lang, key))
        return otherwise;
    return apr_pstrcat(call->pool, "t:", key, NULL);
}

/* A patient's row names the binder, which the row shows anyway. */
static int has_own_name(const portal_trail_row_t *row)
{
    return *row->actor &&
           (!strcmp(row->actor_kind, "desk") || !strcmp(row->actor_kind, "command"));
}

static json_t *binder_view(const portal_call_t *call, const portal_trail_row_t *row)
{
    if (!*row->mrn)
        return json_false();
    return json_pack("{s:s, s:s, s:s}", "id", row->binder_id, "name",
                     portal_person_name(row->family, row->given, row->mrn, call->pool),
                     "mrn", row->mrn);
}

static json_t *row_view(const portal_call_t *call, const portal_trail_row_t *row)
{
    int ok = !strcmp(row->result, "ok");
    json_t *view = json_pack(
        "{s:o, s:s, s:s, s:s, s:s, s:b}", "at", portal_time_or_false(call, row->at),
        "action", row->action, "action_text",
        portal_trail_word(call, "audit.action.", row->action, "t:audit.other_action"),
        "result", row->result, "result_text",
        portal_trail_word(call, "audit.result.", row->result, "t:audit.other_result"),
        "ok", ok);

    json_object_set_new(view, "actor_kind", json_string(row->actor_kind));
    json_object_set_new(
        view, "actor_text",
        json_string(portal_trail_word(call, "audit.actor.", row->actor_kind,
                                      "t:audit.actor.system")));
    json_object_set_new(view, "actor",
                        has_own_name(row) ? json_string(row->actor) : json_false());
    json_object_set_new(view, "source", json_string(row->source));
    json_object_set_new(view, "of", binder_view(call, row));
    json_object_set_new(view, "case_number",
                        *row->case_number ? json_string(row->case_number) : json_false());
    return view;
}

/* all_binders: 0 where all rows are one binder's. */
static void add_rows(const portal_call_t *call, json_t *view, const portal_trail_t *trail,
                     int all_binders)
{
    json_t *rows = json_array();

    for (int i = 0; i < trail->n; i++)
        json_array_append_new(rows, row_view(call, &trail->rows[i]));
    json_object_set_new(view, "has_rows", json_boolean(trail->n));
    json_object_set_new(view, "rows", rows);
    json_object_set_new(view, "all_binders", json_boolean(all_binders));
    json_object_set_new(view, "total", json_integer(trail->total));
}

/* ---- one binder ---- */

portal_answer_t *portal_page_timeline(portal_call_t *call)
{
    portal_timeline_t line = {
        .binder_id = call->id[0],
        .trail = {.page = portal_desk_page_wanted(call), .size = PAGE_SIZE}};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_timeline, &line, call->pool);
    const portal_row_binder_get *b = &line.binder;
    portal_binder_head_t head;
    json_t *view;

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0330");
    if (!line.found)
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    head = (portal_binder_head_t){line.binder_id, b->mrn, b->family, b->given,
                                  b->birth_date};
    view = json_object();
    portal_binder_head(call, view, &head, PORTAL_TAB_TIMELINE);
    add_rows(call, view, &line.trail, 0);
    json_object_set_new(view, "pages",
                        portal_desk_pages(apr_pstrcat(call->pool, "/binders/",
                                                      line.binder_id, "/timeline", NULL),
                                          line.trail.page, PAGE_SIZE, line.trail.total));
    return portal_answer_view(call, view);
}

/* ---- everything ---- */

/* By portal_trail_sort_t. */
static const char *const sorts[PORTAL_TRAIL_SORTS] = {"newest", "oldest", "what",
                                                      "whom",   "who",    "outcome"};

/* How the list is wanted: the newest first unless told; 0 when it is a word of another kind. */
static int take_sort(portal_call_t *call, portal_audit_list_t *list)
{
    const char *wanted = portal_field(call, "sort");
    int i = 0;

    while (*wanted && i < PORTAL_TRAIL_SORTS && strcmp(wanted, sorts[i]))
        i++;
    list->sort = i < PORTAL_TRAIL_SORTS ? (portal_trail_sort_t)i : PORTAL_TRAIL_NEWEST;
    if (i == PORTAL_TRAIL_SORTS)
        portal_error_add(call, "sort", "error.choice");
    return i < PORTAL_TRAIL_SORTS;
}

static json_t *sort_options(const portal_call_t *call, portal_trail_sort_t now)
{
    json_t *options = json_array();

    for (int i = 0; i < PORTAL_TRAIL_SORTS; i++) {
        const char *key = apr_pstrcat(call->pool, "audit.sort.", sorts[i], NULL);
        json_array_append_new(
            options,
            json_pack("{s:s, s:s, s:b}", "value", sorts[i], "label",
                      portal_catalogue_text(call->site->catalogue, call->lang, key),
                      "chosen", (int)now == i));
    }
    return options;
}

/* From the beginning of one typed date to the end of the other; 0 where one is wrong. */
static int take_dates(portal_call_t *call, portal_audit_list_t *list)
{
    const char *from = portal_desk_date(call, "from"), *to = portal_desk_date(call, "to");
    portal_date_t date;

    list->from = 0;
    list->to = FOR_EVER;
    if (portal_date_parse(&date, from) == PORTAL_DATE_OK)
        list->from = portal_local_begin(&date);
    if (portal_date_parse(&date, to) == PORTAL_DATE_OK)
        list->to = portal_local_end(&date);
    if (!call->errors->nelts && list->from >= list->to)
        portal_error_add(call, "to", "error.date.order");
    return call->errors->nelts == 0;
}

static json_t *filter_pages(const portal_call_t *call, const portal_trail_t *trail)
{
    static const char *const names[] = {"from", "to", "mrn", "sort"};
    json_t *pages = portal_desk_pages("/audit", trail->page, PAGE_SIZE, trail->total);

    for (unsigned i = 0; json_is_object(pages) && i < sizeof(names) / sizeof(*names); i++)
        json_array_append_new(json_object_get(pages, "hidden"),
                              json_pack("{s:s, s:s}", "name", names[i], "value",
                                        portal_field(call, names[i])));
    return pages;
}

static json_t *audit_view(const portal_call_t *call, const portal_audit_list_t *list)
{
    json_t *view = json_object();

    add_rows(call, view, &list->trail, 1);
    json_object_set_new(view, "sort", json_string(sorts[list->sort]));
    json_object_set_new(view, "options", sort_options(call, list->sort));
    json_object_set_new(view, "filtered", json_boolean(call->r->method_number != M_GET));
    json_object_set_new(view, "pages", filter_pages(call, &list->trail));
    return view;
}

static portal_answer_t *answer_list(portal_call_t *call, portal_audit_list_t *list)
{
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_audit_list, list, call->pool);

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0331");
    if (list->unknown_mrn)
        portal_error_add(call, "mrn", "error.unknown.mrn");
    if (list->too_many)
        portal_error_add(call, "from", "error.too_many.sorted");
    return portal_answer_view(call, audit_view(call, list));
}

portal_answer_t *portal_page_audit_show(portal_call_t *call)
{
    portal_audit_list_t list = {
        .from = 0,
        .to = FOR_EVER,
        .mrn = "",
        .trail = {.page = portal_desk_page_wanted(call), .size = PAGE_SIZE}};

    if (call->errors->nelts)
        return portal_answer_view(call, audit_view(call, &list));
    return answer_list(call, &list);
}

portal_answer_t *portal_page_audit(portal_call_t *call)
{
    portal_audit_list_t list = {
        .mrn = portal_field(call, "mrn"),
        .trail = {.page = portal_desk_page_wanted(call), .size = PAGE_SIZE}};

    if (!take_sort(call, &list) || !take_dates(call, &list))
        return portal_page_audit_show(call);
    return answer_list(call, &list);
}

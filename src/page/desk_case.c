/* SPDX-License-Identifier: Apache-2.0 */
/* A case as the front desk sees it: adding one, looking at it and editing it on one page. */
#include <apr_strings.h>
#include <string.h>

#include "core/text.h"
#include "core/person.h"
#include "page/binder_head.h"
#include "page/desk.h"
#include "store/record.h"

static portal_binder_head_t head_of(const char *id, const portal_row_binder_get *b)
{
    return (portal_binder_head_t){id, b->mrn, b->family, b->given, b->birth_date};
}

/* Number, title and start; the person of a new case is read by its own page. */
static portal_case_fields_t take_fields(portal_call_t *call)
{
    portal_case_fields_t f = {.number = portal_field(call, "case_number"),
                              .title = portal_field(call, "case_title"),
                              .start_date = portal_desk_date(call, "case_start")};

    if (portal_text_case_key(&f.number_key, f.number, call->pool) != APR_SUCCESS)
        portal_error_add(call, "case_number", "error.case_number");
    return f;
}

/* ---- a new one ---- */

static portal_answer_t *no_such_page(portal_call_t *call)
{
    return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
}

portal_answer_t *portal_page_case_new_show(portal_call_t *call)
{
    portal_binder_look_t look = {.id = call->id[0], .part = "case"};
    apr_status_t rv = portal_store_write(&call->app->store, &call->actor, call->now,
                                         portal_act_binder_view, &look, call->pool);
    portal_binder_head_t head;
    json_t *view;

    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0320");
    if (!look.found)
        return no_such_page(call);
    portal_field_preset(call, "family", look.binder.family);
    portal_field_preset(call, "given", look.binder.given);
    portal_field_preset(call, "birth_date", look.binder.birth_date);
    head = head_of(look.id, &look.binder);
    view = json_object();
    portal_binder_head(call, view, &head, PORTAL_TAB_CASES);
    return portal_answer_view(call, view);
}

/* What a program does not send is the binder's; what a person empties is empty. */
static void take_person(portal_call_t *call, portal_case_fields_t *f)
{
    if (portal_field_sent(call, "family"))
        f->family = portal_field(call, "family");
    if (portal_field_sent(call, "given"))
        f->given = portal_field(call, "given");
    if (portal_field_sent(call, "birth_date"))
        f->birth_date = portal_desk_birth_date(call, "birth_date");
}

portal_answer_t *portal_page_case_new(portal_call_t *call)
{
    portal_case_save_t save = {
        .binder_id = call->id[0],
        .forms = call->site->paperwork ? call->app->config->paperwork_default : NULL,
        .fields = take_fields(call)};
    apr_status_t rv;

    take_person(call, &save.fields);
    if (call->errors->nelts)
        return portal_page_case_new_show(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_case_create, &save, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0321");
    if (save.verdict == PORTAL_RECORD_NOT_FOUND)
        return no_such_page(call);
    if (save.verdict == PORTAL_RECORD_TAKEN) {
        portal_error_add(call, "case_number", "error.taken.case_number");
        return portal_page_case_new_show(call);
    }
    return portal_answer_see(call, "/binders/%s/cases/%s", save.binder_id, save.case_id);
}

/* ---- looking and editing ---- */

static void preset(portal_call_t *call, const portal_row_case_get *c)
{
    portal_field_preset(call, "case_number", c->number);
    portal_field_preset(call, "case_title", c->title);
    portal_field_preset(call, "case_start", c->start_date);
    portal_field_preset(call, "version",
                        apr_psprintf(call->pool, "%" APR_INT64_T_FMT, c->version));
}

static json_t *case_view(const portal_call_t *call, const portal_case_look_t *look)
{
    const portal_row_case_get *c = &look->one;
    portal_binder_head_t head = head_of(look->binder_id, &look->binder);
    json_t *view = json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:b, s:s}", "case_id", look->case_id,
        "case_number", c->number, "case_title", c->title, "case_start",
        portal_date_or_false(call, c->start_date), "case_family", c->family, "case_given",
        c->given, "case_name", portal_person_name(c->family, c->given, "", call->pool),
        "case_born", portal_date_or_false(call, c->birth_date), "conflict", 0, "version",
        portal_field(call, "version"));

    portal_binder_head(call, view, &head, PORTAL_TAB_CASES);
    return view;
}

/* 1 when it is there; else *answer is what to say. */
static int load(portal_call_t *call, portal_case_look_t *look, portal_answer_t **answer)
{
    apr_status_t rv;

    *look = (portal_case_look_t){.binder_id = call->id[0], .case_id = call->id[1]};
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_case_view, look, call->pool);
    if (rv != APR_SUCCESS)
        *answer = portal_answer_away(call, rv, "PTL0322");
    else if (!look->found)
        *answer = no_such_page(call);
    return rv == APR_SUCCESS && look->found;
}

portal_answer_t *portal_page_desk_case_show(portal_call_t *call)
{
    portal_case_look_t look;
    portal_answer_t *answer;

    if (!load(call, &look, &answer))
        return answer;
    preset(call, &look.one);
    if (!strcmp(portal_query(call, "done", 20), "saved"))
        call->notice = "notice.saved";
    return portal_answer_view(call, case_view(call, &look));
}

static portal_answer_t *case_conflict(portal_call_t *call, const portal_case_save_t *save)
{
    const portal_row_case_get *c = &save->now;
    portal_case_look_t look;
    portal_answer_t *answer;
    json_t *view, *conflict;

    if (!load(call, &look, &answer))
        return answer;
    view = case_view(call, &look);
    conflict = portal_desk_conflict(call, c->updated);
    portal_desk_compare(conflict, "t:field.case_number", c->number, save->fields.number);
    portal_desk_compare(conflict, "t:field.case_title", c->title, save->fields.title);
    portal_desk_compare(conflict, "t:field.case_start", c->start_date,
                        save->fields.start_date);
    json_object_set_new(view, "conflict", conflict);
    json_object_set_new(view, "version", json_integer(c->version));
    portal_error_add(call, "", "error.conflict");
    return portal_answer_page(call, HTTP_CONFLICT, "desk_case", view);
}

portal_answer_t *portal_page_desk_case(portal_call_t *call)
{
    portal_case_save_t save = {.binder_id = call->id[0],
                               .case_id = call->id[1],
                               .version = apr_atoi64(portal_field(call, "version")),
                               .fields = take_fields(call)};
    apr_status_t rv;

    if (call->errors->nelts)
        return portal_page_desk_case_show(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_case_edit, &save, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0323");
    switch (save.verdict) {
    case PORTAL_RECORD_NOT_FOUND:
        return no_such_page(call);
    case PORTAL_RECORD_CONFLICT:
        return case_conflict(call, &save);
    case PORTAL_RECORD_TAKEN:
        portal_error_add(call, "case_number", "error.taken.case_number");
        return portal_page_desk_case_show(call);
    case PORTAL_RECORD_DONE:
        break;
    }
    return portal_answer_see(call, "/binders/%s/cases/%s?done=saved", save.binder_id,
                             save.case_id);
}

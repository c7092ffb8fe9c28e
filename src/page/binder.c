/* SPDX-License-Identifier: Apache-2.0 */
/* A binder's Details with its cases, adding a binder, and editing Details. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "core/person.h"
#include "core/text.h"
#include "page/binder_head.h"
#include "page/desk.h"
#include "store/record.h"

/* ---- looking at it ---- */

static portal_binder_head_t head_of(const char *id, const portal_row_binder_get *b)
{
    return (portal_binder_head_t){id, b->mrn, b->family, b->given, b->birth_date};
}

/* Does the case carry another person's name or birth date? */
static int other_person(const portal_row_binder_get *b, const portal_row_case_list *c)
{
    return strcmp(b->family, c->family) != 0 || strcmp(b->given, c->given) != 0 ||
           strcmp(b->birth_date, c->birth_date) != 0;
}

static json_t *case_view(const portal_call_t *call, const portal_row_binder_get *b,
                         const portal_row_case_list *c)
{
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:o, s:b}", "id", c->id, "number", c->number, "title",
        c->title, "start", portal_date_or_false(call, c->start_date), "name",
        portal_person_name(c->family, c->given, "", call->pool), "born",
        portal_date_or_false(call, c->birth_date), "other_person", other_person(b, c));
}

static json_t *details_view(const portal_call_t *call, const portal_binder_look_t *look)
{
    const portal_row_binder_get *b = &look->binder;
    portal_binder_head_t head = head_of(look->id, b);
    json_t *cases = json_array();
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:I}", "mrn", b->mrn, "family",
                  b->family, "given", b->given, "birth_date",
                  portal_date_or_false(call, b->birth_date), "email", b->email, "phone",
                  b->phone, "language", b->language, "version", (json_int_t)b->version);

    for (int i = 0; i < look->n_cases; i++)
        json_array_append_new(cases, case_view(call, b, &look->cases[i]));
    json_object_set_new(view, "binder_id",
                        json_string(look->id)); /* a case has an id too */
    json_object_set_new(view, "has_cases", json_boolean(look->n_cases));
    json_object_set_new(view, "cases", cases);
    portal_binder_head(call, view, &head, PORTAL_TAB_DETAILS);
    return view;
}

/* 1 when it is there; else *answer is what to say. */
static int load(portal_call_t *call, const char *part, portal_binder_look_t *look,
                portal_answer_t **answer)
{
    apr_status_t rv;

    *look = (portal_binder_look_t){.id = call->id[0], .part = part};
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_binder_view, look, call->pool);
    if (rv != APR_SUCCESS)
        *answer = portal_answer_away(call, rv, "PTL0310");
    else if (!look->found)
        *answer = portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    return rv == APR_SUCCESS && look->found;
}

portal_answer_t *portal_page_binder(portal_call_t *call)
{
    portal_binder_look_t look;
    portal_answer_t *answer;

    if (!load(call, "details", &look, &answer))
        return answer;
    if (!strcmp(portal_query(call, "done", 20), "saved"))
        call->notice = "notice.saved";
    return portal_answer_view(call, details_view(call, &look));
}

/* ---- what was typed ---- */

/* A tag such as en or pt-BR: parts of one to eight letters or digits. "" is one too. */
static int is_language_tag(const char *tag)
{
    int run = 0;

    for (const char *c = tag; *c; c++) {
        if (*c == '-' && (!run || !c[1]))
            return 0;
        run = *c == '-' ? 0 : run + 1;
        if (run > 8 || (*c != '-' && !apr_isalnum(*c)))
            return 0;
    }
    return 1;
}

static portal_binder_fields_t take_fields(portal_call_t *call)
{
    portal_binder_fields_t f = {.mrn = portal_field(call, "mrn"),
                                .family = portal_field(call, "family"),
                                .given = portal_field(call, "given"),
                                .birth_date = portal_desk_birth_date(call, "birth_date"),
                                .email = portal_desk_email(call, "email"),
                                .phone = portal_field(call, "phone"),
                                .language = portal_field(call, "language")};
    const char *key;

    if (!is_language_tag(f.language))
        portal_error_add(call, "language", "error.language");
    if (portal_text_mrn_key(&key, f.mrn, call->pool) == APR_SUCCESS)
        f.mrn = key;
    else
        portal_error_add(call, "mrn", "error.too_long");
    return f;
}

/* ---- a new one ---- */

portal_answer_t *portal_page_binder_new_show(portal_call_t *call)
{
    return portal_answer_view(call, json_object());
}

portal_answer_t *portal_page_binder_new(portal_call_t *call)
{
    portal_binder_save_t save = {.fields = take_fields(call)};
    apr_status_t rv;

    if (call->errors->nelts)
        return portal_page_binder_new_show(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_binder_create, &save, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0311");
    if (save.verdict == PORTAL_RECORD_TAKEN) {
        portal_error_add(call, "mrn", "error.taken.mrn");
        return portal_page_binder_new_show(call);
    }
    return portal_answer_see(call, "/binders/%s", save.id);
}

/* ---- editing ---- */

static void preset(portal_call_t *call, const portal_row_binder_get *b)
{
    portal_field_preset(call, "mrn", b->mrn);
    portal_field_preset(call, "family", b->family);
    portal_field_preset(call, "given", b->given);
    portal_field_preset(call, "birth_date", b->birth_date);
    portal_field_preset(call, "email", b->email);
    portal_field_preset(call, "phone", b->phone);
    portal_field_preset(call, "language", b->language);
    portal_field_preset(call, "version",
                        apr_psprintf(call->pool, "%" APR_INT64_T_FMT, b->version));
}

static json_t *edit_view(const portal_call_t *call, const char *id,
                         const portal_row_binder_get *b)
{
    portal_binder_head_t head = head_of(id, b);
    json_t *view =
        json_pack("{s:b, s:s}", "conflict", 0, "version", portal_field(call, "version"));

    portal_binder_head(call, view, &head, PORTAL_TAB_DETAILS);
    return view;
}

portal_answer_t *portal_page_binder_edit_show(portal_call_t *call)
{
    portal_binder_look_t look;
    portal_answer_t *answer;

    if (!load(call, "edit", &look, &answer))
        return answer;
    preset(call, &look.binder);
    return portal_answer_view(call, edit_view(call, look.id, &look.binder));
}

/* Both versions, and the form with what was typed: saving that now is done with open eyes. */
static portal_answer_t *edit_conflict(portal_call_t *call,
                                      const portal_binder_save_t *save)
{
    const portal_row_binder_get *b = &save->now;
    const portal_binder_fields_t *f = &save->fields;
    json_t *view = edit_view(call, save->id, b);
    json_t *conflict = portal_desk_conflict(call, b->updated);

    portal_desk_compare(conflict, "t:field.mrn", b->mrn, f->mrn);
    portal_desk_compare(conflict, "t:field.family", b->family, f->family);
    portal_desk_compare(conflict, "t:field.given", b->given, f->given);
    portal_desk_compare(conflict, "t:field.birth_date", b->birth_date, f->birth_date);
    portal_desk_compare(conflict, "t:field.email", b->email, f->email);
    portal_desk_compare(conflict, "t:field.phone", b->phone, f->phone);
    portal_desk_compare(conflict, "t:field.language", b->language, f->language);
    json_object_set_new(view, "conflict", conflict);
    json_object_set_new(view, "version", json_integer(b->version));
    portal_error_add(call, "", "error.conflict");
    return portal_answer_page(call, HTTP_CONFLICT, "binder_edit", view);
}

portal_answer_t *portal_page_binder_edit(portal_call_t *call)
{
    portal_binder_save_t save = {.id = call->id[0],
                                 .version = apr_atoi64(portal_field(call, "version")),
                                 .fields = take_fields(call)};
    apr_status_t rv;

    if (call->errors->nelts)
        return portal_page_binder_edit_show(call);
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_binder_edit, &save, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0312");
    switch (save.verdict) {
    case PORTAL_RECORD_NOT_FOUND:
        return portal_answer_problem(call, HTTP_NOT_FOUND, "not_found");
    case PORTAL_RECORD_CONFLICT:
        return edit_conflict(call, &save);
    case PORTAL_RECORD_TAKEN:
        portal_error_add(call, "mrn", "error.taken.mrn");
        return portal_page_binder_edit_show(call);
    case PORTAL_RECORD_DONE:
        break;
    }
    return portal_answer_see(call, "/binders/%s?done=saved", save.id);
}

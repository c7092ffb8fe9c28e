/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contact details that a patient sent, beside those of the binder; the desk takes them over one by
 * one. Nothing is overwritten that was not seen: the binder's version comes with the form.
 */
#include <apr_strings.h>
#include <httpd.h>
#include <string.h>

#include "core/contact.h"
#include "core/response.h"
#include "page/binder_head.h"
#include "page/reading.h"
#include "store/contact.h"

typedef struct {
    portal_reading_t reading;
    portal_contact_t contact[PORTAL_CONTACT_FIELDS];
    portal_contact_kept_t kept; /* the binder */
} matter_t;

static const char *kept_of(const portal_row_binder_get *b, int field)
{
    return field == PORTAL_CONTACT_EMAIL   ? b->email
           : field == PORTAL_CONTACT_PHONE ? b->phone
                                           : b->language;
}

/* NULL: all is at hand. Else the answer. */
static portal_answer_t *open_matter(portal_call_t *call, matter_t *m)
{
    portal_answer_t *answer = portal_reading_open(call, &m->reading, 0);
    apr_status_t rv;

    if (answer)
        return answer;
    portal_reading_contact(call, &m->reading, m->contact);
    m->kept = (portal_contact_kept_t){.binder_id = m->reading.p.row.binder_id};
    rv = portal_store_read(&call->app->store, &call->actor, call->now,
                           portal_act_contact_kept, &m->kept, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0633");
    return NULL;
}

/* The field of a form that takes one over. */
static const char *take_name(const portal_call_t *call, int field)
{
    return apr_pstrcat(call->pool, "take_",
                       portal_contact_name((portal_contact_field_t)field), NULL);
}

static int chosen(const portal_call_t *call, int field)
{
    return *portal_field(call, take_name(call, field)) != '\0';
}

static int can_take(const matter_t *m, int field)
{
    return m->contact[field].value &&
           strcmp(m->contact[field].value, kept_of(&m->kept.binder, field)) != 0;
}

/* ---- the page ---- */

static json_t *rows_view(const portal_call_t *call, const matter_t *m)
{
    json_t *rows = json_array();

    for (int i = 0; i < PORTAL_CONTACT_FIELDS; i++) {
        const char *name = portal_contact_name((portal_contact_field_t)i),
                   *kept = kept_of(&m->kept.binder, i);
        if (!m->contact[i].said)
            continue;
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "name", take_name(call, i),
                      "label", apr_pstrcat(call->pool, "t:field.", name, NULL), "kept",
                      kept, "said", m->contact[i].said, "can_take", can_take(m, i),
                      "same", m->contact[i].value && !strcmp(m->contact[i].value, kept),
                      "chosen", chosen(call, i)));
    }
    return rows;
}

static json_t *view_of(const portal_call_t *call, const matter_t *m)
{
    const portal_row_desk_paper *row = &m->reading.p.row;
    portal_binder_head_t head = {row->binder_id, row->mrn, row->family, row->given,
                                 row->birth_date};
    int any = 0;
    json_t *view, *rows = rows_view(call, m);

    for (int i = 0; i < PORTAL_CONTACT_FIELDS; i++)
        any = any || can_take(m, i);
    view = json_pack(
        "{s:s, s:s, s:I, s:I, s:o, s:b}", "paper_id", m->reading.p.id, "form_title",
        portal_reading_title(call, &m->reading), "number", (json_int_t)row->number,
        "version", (json_int_t)m->kept.binder.version, "rows", rows, "can_take_any", any);
    json_object_set_new(view, "has_rows", json_boolean(json_array_size(rows)));
    portal_binder_head(call, view, &head, PORTAL_TAB_PAPERWORK);
    return view;
}

portal_answer_t *portal_page_paperwork_contact_show(portal_call_t *call)
{
    matter_t m;
    portal_answer_t *answer = open_matter(call, &m);

    return answer ? answer : portal_answer_view(call, view_of(call, &m));
}

/* ---- taking over ---- */

/* 409, with both sides as they are now. */
static portal_answer_t *not_now(portal_call_t *call, const char *text)
{
    matter_t m;
    portal_answer_t *answer;

    portal_error_add(call, "", text);
    answer = open_matter(call, &m);
    return answer ? answer
                  : portal_answer_page(call, HTTP_CONFLICT, "paperwork_contact",
                                       view_of(call, &m));
}

/* The binder as it was seen, with what was chosen. The number of fields that were. */
static int choose(const portal_call_t *call, const matter_t *m,
                  portal_binder_fields_t *fields)
{
    const portal_row_binder_get *b = &m->kept.binder;
    const char **place[] = {[PORTAL_CONTACT_EMAIL] = &fields->email,
                            [PORTAL_CONTACT_PHONE] = &fields->phone,
                            [PORTAL_CONTACT_LANGUAGE] = &fields->language};
    int n = 0;

    *fields = (portal_binder_fields_t){.mrn = b->mrn,
                                       .family = b->family,
                                       .given = b->given,
                                       .birth_date = b->birth_date,
                                       .email = b->email,
                                       .phone = b->phone,
                                       .language = b->language};
    for (int i = 0; i < PORTAL_CONTACT_FIELDS; i++) {
        if (!can_take(m, i) || !chosen(call, i))
            continue;
        *place[i] = m->contact[i].value;
        n++;
    }
    return n;
}

static const char *first_to_take(const portal_call_t *call, const matter_t *m)
{
    for (int i = 0; i < PORTAL_CONTACT_FIELDS; i++)
        if (can_take(m, i))
            return take_name(call, i);
    return "";
}

portal_answer_t *portal_page_paperwork_contact(portal_call_t *call)
{
    matter_t m;
    portal_binder_save_t save;
    portal_answer_t *answer = open_matter(call, &m);
    apr_status_t rv;

    if (answer)
        return answer;
    if (apr_atoi64(portal_field(call, "number")) != m.reading.p.row.number)
        return not_now(call, "error.paper_changed");
    save = (portal_binder_save_t){.id = m.reading.p.row.binder_id,
                                  .version = apr_atoi64(portal_field(call, "version"))};
    if (save.version != m.kept.binder.version)
        return not_now(call, "error.contact_changed");
    if (!choose(call, &m, &save.fields)) {
        portal_error_add(call, first_to_take(call, &m), "error.contact_none");
        return portal_answer_view(call, view_of(call, &m));
    }
    rv = portal_store_write(&call->app->store, &call->actor, call->now,
                            portal_act_binder_edit, &save, call->pool);
    if (rv != APR_SUCCESS)
        return portal_answer_away(call, rv, "PTL0634");
    if (save.verdict != PORTAL_RECORD_DONE)
        return not_now(call, "error.contact_changed");
    return portal_answer_see(call, "/paperwork/%s?done=contact", m.reading.p.id);
}

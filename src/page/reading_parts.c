/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for the reader: in two languages, and beside those of before. See reading.h. */
#include <string.h>

#include "core/form_view.h"
#include "core/response.h"
#include "page/paperwork.h"
#include "page/reading.h"

/* Rows by their key: the place in the form, or between two forms the linkId. */
static const char *key_of(const json_t *row, int by_place)
{
    return json_string_value(json_object_get(row, by_place ? "name" : "link_id"));
}

/* {key: row}, the first of each key; each row gets the heading and the repetition it stands under. */
static json_t *rows_of(const json_t *parts, int by_place)
{
    json_t *rows = json_object(), *part, *row;
    size_t i, k;

    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "rows"), k, row)
        {
            const char *key = key_of(row, by_place);
            json_object_set(row, "heading", json_object_get(part, "heading"));
            json_object_set(row, "repetition", json_object_get(part, "repetition"));
            if (!json_object_get(rows, key))
                json_object_set(rows, key, row);
        }
    }
    return rows;
}

static int same(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "answers"), json_object_get(b, "answers"));
}

static json_t *or_false(json_t *row)
{
    return row ? json_incref(row) : json_false();
}

static void add_own(json_t *parts, const json_t *own)
{
    json_t *part, *row;
    size_t i, k;

    json_array_foreach(parts, i, part)
    {
        json_object_set_new(part, "own_heading", json_false());
        json_array_foreach(json_object_get(part, "rows"), k, row)
        {
            json_t *other = json_object_get(own, key_of(row, 1));
            json_object_set_new(row, "own", or_false(other));
            json_object_set_new(row, "own_answers",
                                json_boolean(other && !same(row, other)));
            if (!k && other)
                json_object_set(part, "own_heading", json_object_get(other, "heading"));
        }
    }
}

static void add_before(json_t *parts, const json_t *before, int by_place)
{
    json_t *part, *row;
    size_t i, k;

    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "rows"), k, row)
        {
            json_t *other = json_object_get(before, key_of(row, by_place));
            int asked = !json_is_true(json_object_get(row, "display"));
            json_object_set_new(row, "before", or_false(asked ? other : NULL));
            json_object_set_new(
                row, "changed",
                json_boolean(before && asked && (!other || !same(row, other))));
        }
    }
}

static int is_there(const json_t *parts, const char *key, int by_place)
{
    const json_t *part, *row;
    size_t i, k;

    json_array_foreach(parts, i, part)
    {
        json_array_foreach(json_object_get(part, "rows"), k, row)
        {
            if (!strcmp(key_of(row, by_place), key))
                return 1;
        }
    }
    return 0;
}

/* What was answered before and is not asked any more: in a group that was taken out, or behind
 * another answer. Without it nobody would see what is missing. */
static json_t *gone_rows(const json_t *parts, json_t *before, int by_place)
{
    json_t *list = json_array(), *row;
    const char *key;

    json_object_foreach(before, key, row)
    {
        if (json_is_true(json_object_get(row, "answered")) &&
            !is_there(parts, key, by_place))
            json_array_append(list, row);
    }
    return list;
}

/* The rows of what it is compared with; NULL: there is nothing, or it cannot be read any more. */
static json_t *rows_before(const portal_call_t *call, const portal_reading_t *reading,
                           int by_place)
{
    const portal_before_t *before = &reading->p.before;
    const portal_form_t *form;
    const char *source;
    json_t *parts, *rows;

    if (!before->text || portal_paperwork_form(call, reading->p.row.form,
                                               before->form_hash, &form, &source))
        return NULL;
    parts = portal_paperwork_parts(call, form, before->text, before->len,
                                   portal_form_language(reading->form, call->lang));
    rows = parts ? rows_of(parts, by_place) : NULL;
    json_decref(parts);
    return rows;
}

json_t *portal_reading_parts(const portal_call_t *call, const portal_reading_t *reading,
                             json_t **gone)
{
    const portal_desk_paper_t *p = &reading->p;
    const char *lang = portal_form_language(reading->form, call->lang);
    int by_place = p->before.text && !strcmp(p->before.form_hash, p->row.form_hash);
    json_t *parts = portal_paperwork_parts(call, reading->form, p->response.text,
                                           p->response.len, lang);
    json_t *own = NULL, *own_rows = NULL, *before;

    if (!parts)
        return NULL;
    if (strcmp(lang, p->row.language)) {
        own = portal_paperwork_parts(call, reading->form, p->response.text,
                                     p->response.len, p->row.language);
        own_rows = rows_of(own, 1);
    }
    before = rows_before(call, reading, by_place);
    add_own(parts, own_rows);
    add_before(parts, before, by_place);
    if (gone)
        *gone = gone_rows(parts, before, by_place);
    json_decref(own);
    json_decref(own_rows);
    json_decref(before);
    return parts;
}

bool portal_reading_contact(const portal_call_t *call, const portal_reading_t *reading,
                            portal_contact_t contact[PORTAL_CONTACT_FIELDS])
{
    portal_response_t read;
    bool any = false;

    memset(contact, 0, sizeof *contact * PORTAL_CONTACT_FIELDS);
    if (!reading->form ||
        portal_response_read(&read, reading->form, reading->p.response.text,
                             reading->p.response.len, call->pool))
        return false;
    portal_contact_read(contact, read.answers, call->pool);
    for (int i = 0; i < PORTAL_CONTACT_FIELDS; i++)
        any = any || contact[i].said;
    return any;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of several boxes; see form_field.h.
 */
#include "core/form_field.h"

#include <apr_strings.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/answer_parse.h"

void portal_view_set(json_t *view, const char *name, const char *text)
{
    json_object_set_new(view, name, text && *text ? json_string(text) : json_false());
}

void portal_view_set_text(json_t *view, const char *name, const char *text)
{
    json_object_set_new(view, name, json_string(text ? text : ""));
}

const portal_given_t *portal_field_answer(const portal_node_t *node)
{
    return node->answers->nelts ? portal_answer_at(node->answers, 0) : NULL;
}

json_t *portal_field_option(const char *id, const char *value, bool checked)
{
    json_t *o = json_object();

    portal_view_set(o, "id", id);
    portal_view_set_text(o, "value", value);
    portal_view_set(o, "text", NULL);
    portal_view_set(o, "key", NULL);
    portal_view_set(o, "prefix", NULL);
    portal_view_set(o, "styled", NULL);
    portal_view_set(o, "day", NULL);
    portal_view_set(o, "year", NULL);
    portal_view_set(o, "time", NULL);
    json_object_set_new(o, "checked", json_boolean(checked));
    return o;
}

/* 14:30:00 is written 14:30. */
static const char *short_time(const char *time, apr_pool_t *p)
{
    size_t n = strlen(time);

    return n > 8 || n < 8 || strcmp(time + 5, ":00") != 0 ? time
                                                          : apr_pstrmemdup(p, time, 5);
}

/* The time of a dateTime, or "". */
static const char *time_of(const char *moment, apr_pool_t *p)
{
    const char *t = strchr(moment, 'T');

    return t ? short_time(apr_pstrmemdup(p, t + 1, strcspn(t + 1, ".Z+-")), p) : "";
}

const char *portal_field_text(const portal_given_t *answer, apr_pool_t *p)
{
    const portal_value_t *value = answer ? &answer->value : NULL;
    const char *time;

    if (!answer)
        return "";
    if (answer->typed)
        return answer->typed;
    if (value->kind == PORTAL_VALUE_CODING || value->kind == PORTAL_VALUE_REFERENCE)
        return value->display ? value->display : value->text ? value->text : "";
    if (value->kind == PORTAL_VALUE_NONE || !value->text)
        return "";
    switch (value->kind) {
    case PORTAL_VALUE_TIME:
        return short_time(value->text, p);
    case PORTAL_VALUE_DATETIME:
        time = time_of(value->text, p);
        return *time ? apr_psprintf(p, "%.10s %s", value->text, time) : value->text;
    case PORTAL_VALUE_QUANTITY:
        return value->display || value->code
                   ? apr_pstrcat(p, value->text, " ",
                                 value->display ? value->display : value->code, NULL)
                   : value->text;
    default:
        return value->text;
    }
}

/* ---- dates ---- */

/* One of the parts between slashes. */
static const char *between_slashes(const char *text, int part, apr_pool_t *p)
{
    for (; part && *text; part--)
        text += strcspn(text, "/") + (text[strcspn(text, "/")] != '\0');
    return apr_pstrmemdup(p, text, strcspn(text, "/"));
}

/* Day, month, year or time of what is in the field: part 0 to 3. Typed as day/month/year/time
 * when it came from boxes, and as YYYY-MM-DD otherwise. */
static const char *date_part(const portal_node_t *node, int part, apr_pool_t *p)
{
    const portal_given_t *answer = portal_field_answer(node);
    const char *text = answer && answer->typed ? answer->typed : NULL;

    if (text && strchr(text, '/'))
        return between_slashes(text, part, p);
    if (!text)
        text = answer && answer->value.text ? answer->value.text : "";
    if (part == 3)
        return time_of(text, p);
    for (int i = 2; i > part && *text; i--)
        text += strcspn(text, "-") + (text[strcspn(text, "-")] != '\0');
    return apr_pstrmemdup(p, text, strcspn(text, "-T "));
}

static const char *hint_of(const portal_item_t *item)
{
    if (item->type == PORTAL_ITEM_DATETIME)
        return "t:answer.hint.datetime";
    return portal_item_full_date(item) ? "t:answer.hint.date" : "t:answer.hint.part_date";
}

void portal_field_date(json_t *view, const portal_node_t *node, apr_pool_t *p)
{
    static const char *const names[] = {"day", "month", "year", "time"};
    int boxes = node->item->type == PORTAL_ITEM_DATETIME ? 4 : 3;

    for (int i = 0; i < boxes; i++) {
        json_t *box = json_object();
        const char *name = apr_pstrcat(p, node->name, ".", names[i], NULL);
        portal_view_set(box, "id", i ? name : node->name);
        portal_view_set(box, "name", name);
        portal_view_set_text(box, "value", date_part(node, i, p));
        json_object_set_new(view, names[i], box);
    }
    portal_view_set(view, "hint_key", hint_of(node->item));
}

/* ---- quantities ---- */

/* Number and unit of what is in the fields. */
static void take_apart(const portal_node_t *node, const char **number, const char **unit,
                       apr_pool_t *p)
{
    const portal_given_t *answer = portal_field_answer(node);
    const portal_value_t *value = answer ? &answer->value : NULL;
    const portal_unit_t *known;
    size_t n;

    *number = *unit = "";
    if (answer && answer->typed) {
        n = strcspn(answer->typed, "\n");
        *number = apr_pstrmemdup(p, answer->typed, n);
        *unit = answer->typed[n] ? answer->typed + n + 1 : "";
    } else if (value && value->kind == PORTAL_VALUE_QUANTITY) {
        known = portal_item_unit(node->item, value);
        *number = value->text ? value->text : "";
        *unit = known            ? known->text.plain
                : value->display ? value->display
                : value->code    ? value->code
                                 : "";
    }
}

static json_t *view_units(const portal_item_t *item, const char *chosen, const char *lang)
{
    json_t *list = json_array();

    for (int i = 0; i < item->units->nelts; i++) {
        const portal_unit_t *u = &APR_ARRAY_IDX(item->units, i, portal_unit_t);
        json_t *o =
            portal_field_option(NULL, u->text.plain, strcmp(u->text.plain, chosen) == 0);
        portal_view_set(o, "text", portal_text_in(&u->text, lang));
        json_array_append_new(list, o);
    }
    return list;
}

void portal_field_quantity(json_t *view, const portal_node_t *node, const char *lang,
                           apr_pool_t *p)
{
    const portal_item_t *item = node->item;
    const char *number, *chosen, *name = apr_pstrcat(p, node->name, ".unit", NULL);
    json_t *unit;

    take_apart(node, &number, &chosen, p);
    portal_view_set_text(view, "value", number);
    if (item->units->nelts == 1 && !item->unit_open) {
        portal_view_set(
            view, "suffix",
            portal_text_in(&APR_ARRAY_IDX(item->units, 0, portal_unit_t).text, lang));
        return;
    }
    unit =
        json_pack("{s:s, s:s, s:s, s:b, s:o}", "id", name, "name", name, "value", chosen,
                  "open", item->unit_open, "units", view_units(item, chosen, lang));
    json_object_set_new(unit, "has_units", json_boolean(item->units->nelts > 0));
    json_object_set_new(view, "has_unit", json_true());
    json_object_set_new(view, "unit", unit);
}

/* ---- scales ---- */

static bool is_number(const portal_value_t *value)
{
    return value->kind == PORTAL_VALUE_INTEGER || value->kind == PORTAL_VALUE_DECIMAL;
}

apr_array_header_t *portal_field_scale(const portal_item_t *item, apr_pool_t *p)
{
    const char *step = item->step ? item->step : "1";
    double low, high, by;
    int places, n;
    apr_array_header_t *list;

    if (item->control != PORTAL_CONTROL_SLIDER || item->repeats || item->options->nelts ||
        !is_number(&item->min_value) || !is_number(&item->max_value) ||
        (item->type != PORTAL_ITEM_INTEGER && item->type != PORTAL_ITEM_DECIMAL))
        return NULL;
    low = strtod(item->min_value.text, NULL);
    high = strtod(item->max_value.text, NULL);
    by = strtod(step, NULL);
    if (!(by > 0) || !((high - low) / by < PORTAL_SCALE_PLACES) || !(high > low))
        return NULL;
    places = portal_decimal_places(step);
    if (portal_decimal_places(item->min_value.text) > places)
        places = portal_decimal_places(item->min_value.text);
    if (places > 6 || (item->type == PORTAL_ITEM_INTEGER && places))
        return NULL;
    n = (int)((high - low) / by + 1e-6) + 1;
    list = apr_array_make(p, n, sizeof(const char *));
    for (int i = 0; i < n && n <= PORTAL_SCALE_PLACES; i++)
        APR_ARRAY_PUSH(list, const char *) =
            apr_psprintf(p, "%.*f", places, low + i * by);
    return list->nelts > 1 ? list : NULL;
}

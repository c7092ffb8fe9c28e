/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups in a form; see form.h.
 */
#include "core/form.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    portal_item_type_t type;
    portal_value_kind_t kind;
} types[] = {
    {"group", PORTAL_ITEM_GROUP, PORTAL_VALUE_NONE},
    {"display", PORTAL_ITEM_DISPLAY, PORTAL_VALUE_NONE},
    {"string", PORTAL_ITEM_STRING, PORTAL_VALUE_STRING},
    {"text", PORTAL_ITEM_TEXT, PORTAL_VALUE_STRING},
    {"boolean", PORTAL_ITEM_BOOLEAN, PORTAL_VALUE_BOOLEAN},
    {"integer", PORTAL_ITEM_INTEGER, PORTAL_VALUE_INTEGER},
    {"decimal", PORTAL_ITEM_DECIMAL, PORTAL_VALUE_DECIMAL},
    {"date", PORTAL_ITEM_DATE, PORTAL_VALUE_DATE},
    {"dateTime", PORTAL_ITEM_DATETIME, PORTAL_VALUE_DATETIME},
    {"time", PORTAL_ITEM_TIME, PORTAL_VALUE_TIME},
    {"choice", PORTAL_ITEM_CHOICE, PORTAL_VALUE_CODING},
    {"open-choice", PORTAL_ITEM_OPEN_CHOICE, PORTAL_VALUE_CODING},
    {"quantity", PORTAL_ITEM_QUANTITY, PORTAL_VALUE_QUANTITY},
    {"url", PORTAL_ITEM_URL, PORTAL_VALUE_URI},
    {"attachment", PORTAL_ITEM_ATTACHMENT, PORTAL_VALUE_ATTACHMENT},
    {"reference", PORTAL_ITEM_REFERENCE, PORTAL_VALUE_REFERENCE},
};

#define TYPES (sizeof types / sizeof *types)

const char *portal_item_type_name(portal_item_type_t type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].name;
    return "";
}

bool portal_item_type_of(const char *code, portal_item_type_t *type)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (strcmp(types[i].name, code) == 0) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

portal_value_kind_t portal_item_value_kind(portal_item_type_t type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].kind;
    return PORTAL_VALUE_NONE;
}

portal_item_t *portal_form_item(const portal_form_t *form, const char *link_id)
{
    return apr_hash_get(form->by_link, link_id, APR_HASH_KEY_STRING);
}

const portal_option_t *portal_item_option(const portal_item_t *item,
                                          const portal_value_t *value)
{
    for (int i = 0; i < item->options->nelts; i++) {
        const portal_option_t *o = &APR_ARRAY_IDX(item->options, i, portal_option_t);
        if (portal_value_equal(&o->value, value))
            return o;
    }
    return NULL;
}

const portal_unit_t *portal_item_unit(const portal_item_t *item,
                                      const portal_value_t *value)
{
    for (int i = 0; i < item->units->nelts; i++) {
        const portal_unit_t *u = &APR_ARRAY_IDX(item->units, i, portal_unit_t);
        portal_value_t unit = {
            .kind = PORTAL_VALUE_CODING, .text = value->code, .system = value->system};
        if (value->code && portal_value_equal(&u->coding, &unit))
            return u;
        if (!value->code && !u->coding.text && value->display &&
            strcmp(u->text.plain, value->display) == 0)
            return u;
    }
    return NULL;
}

#define MATRIX_COLUMNS 5

static bool same_options(const portal_item_t *a, const portal_item_t *b)
{
    if (a->options->nelts != b->options->nelts)
        return false;
    for (int i = 0; i < a->options->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(a->options, i, portal_option_t).text.plain,
                   APR_ARRAY_IDX(b->options, i, portal_option_t).text.plain) != 0)
            return false;
    return true;
}

bool portal_item_is_matrix(const portal_item_t *group)
{
    const portal_item_t *first = NULL;

    if (group->control != PORTAL_CONTROL_TABLE || group->repeats)
        return false;
    for (int i = 0; i < group->items->nelts; i++) {
        const portal_item_t *item = portal_item_at(group->items, i);
        if (item->type == PORTAL_ITEM_DISPLAY || item->hidden)
            continue;
        if (item->type != PORTAL_ITEM_CHOICE || item->repeats || item->read_only ||
            !item->options->nelts || item->options->nelts > MATRIX_COLUMNS ||
            (first && !same_options(first, item)))
            return false;
        first = item;
    }
    return first != NULL;
}

const char *portal_item_label(const portal_item_t *item, const char *lang)
{
    const char *label = portal_text_in(&item->text, lang);

    if (!*label)
        label = portal_text_in(&item->prefix, lang);
    return *label ? label : item->link_id;
}

const char *portal_item_short(const portal_item_t *item, const char *lang)
{
    const portal_text_t *brief = &item->short_text;
    const char *label = portal_text_in(brief, lang);

    if (portal_text_speaks(&item->text, lang) && !portal_text_speaks(brief, lang))
        label = "";
    return *label ? label : portal_item_label(item, lang);
}

bool portal_item_follows(const portal_item_t *item)
{
    if (!item->parent || !portal_item_is_question(item->parent) ||
        item->type == PORTAL_ITEM_DISPLAY)
        return false;
    for (const portal_item_t *up = item->parent; up; up = up->parent)
        if (up->type == PORTAL_ITEM_GROUP && up->repeats)
            return false;
    return true;
}

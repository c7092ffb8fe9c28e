/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node of a page says; see form_words.h.
 */
#include "core/form_words.h"

#include <apr_strings.h>

#include "core/form_field.h"
#include "core/form_pages.h"

/* A caption is shown unless a condition hides it; without an answer above there is no node
 * that could tell, as under a repeating question that has none yet. */
static bool caption_shown(const portal_node_t *node, const portal_item_t *caption)
{
    const portal_given_t *answer = portal_field_answer(node);

    for (int i = 0; answer && i < answer->nodes->nelts; i++)
        if (portal_node_at(answer->nodes, i)->item == caption)
            return portal_node_shown(portal_node_at(answer->nodes, i));
    return !answer && !caption->hidden && !caption->conditions->nelts;
}

static bool is_help(const portal_item_t *display)
{
    return display->control == PORTAL_CONTROL_HELP ||
           display->category == PORTAL_CATEGORY_HELP;
}

/* What a display under a question is for it: unit, an end of its scale, help, or else a hint. */
static portal_item_control_t role_of(const portal_item_t *caption)
{
    switch (caption->control) {
    case PORTAL_CONTROL_UNIT:
    case PORTAL_CONTROL_LOWER:
    case PORTAL_CONTROL_UPPER:
        return caption->control;
    default:
        return is_help(caption) ? PORTAL_CONTROL_HELP : PORTAL_CONTROL_HINT;
    }
}

/* The displays under a question that have this role, as items. */
static apr_array_header_t *captions(const portal_node_t *node, portal_item_control_t role,
                                    apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(portal_item_t *));

    for (int i = 0; i < node->item->items->nelts; i++) {
        portal_item_t *below = portal_item_at(node->item->items, i);
        if (below->type == PORTAL_ITEM_DISPLAY && role_of(below) == role &&
            caption_shown(node, below))
            APR_ARRAY_PUSH(list, portal_item_t *) = below;
    }
    return list;
}

const char *portal_words_captions(const portal_node_t *node,
                                  portal_item_control_t control, const char *lang,
                                  apr_pool_t *p)
{
    const apr_array_header_t *list = captions(node, control, p);
    const char *all = "";

    for (int i = 0; i < list->nelts; i++)
        all = apr_pstrcat(p, all, *all ? " " : "",
                          portal_text_in(&portal_item_at(list, i)->text, lang), NULL);
    return all;
}

static json_t *view_text(const portal_text_t *text, const char *lang)
{
    return json_pack("{s:s, s:o}", "text", portal_text_in(text, lang), "styled",
                     portal_text_view(text, lang, false));
}

/* What stands between question and field: prompts, flyovers and other displays, and the format of
 * the entry. They are all written out: a finger cannot hover. */
static void set_hints(json_t *view, const portal_node_t *node, const char *lang,
                      apr_pool_t *p)
{
    const portal_item_t *item = node->item;
    const apr_array_header_t *list = captions(node, PORTAL_CONTROL_HINT, p);
    const char *words = portal_words_captions(node, PORTAL_CONTROL_HINT, lang, p),
               *format =
                   item->type != PORTAL_ITEM_DATE && item->type != PORTAL_ITEM_DATETIME
                       ? portal_text_in(&item->entry_format, lang)
                       : "";
    json_t *hints = json_array();

    for (int i = 0; i < list->nelts; i++)
        json_array_append_new(hints, view_text(&portal_item_at(list, i)->text, lang));
    if (*format)
        json_array_append_new(hints, view_text(&item->entry_format, lang));
    portal_view_set(view, "hint",
                    apr_pstrcat(p, words, *words && *format ? " " : "", format, NULL));
    json_object_set_new(view, "hints", hints);
}

static void set_help(json_t *view, const portal_node_t *node, const char *lang,
                     apr_pool_t *p)
{
    const apr_array_header_t *list = captions(node, PORTAL_CONTROL_HELP, p);
    json_t *texts = json_array();

    for (int i = 0; i < list->nelts; i++)
        json_array_append_new(texts, view_text(&portal_item_at(list, i)->text, lang));
    json_object_set_new(view, "help",
                        list->nelts ? json_pack("{s:o}", "texts", json_incref(texts))
                                    : json_false());
    json_decref(texts);
}

static void set_display(json_t *view, const portal_item_t *item, const char *lang)
{
    json_object_set_new(view, "styled", portal_text_view(&item->text, lang, false));
    json_object_set_new(view, "folded", json_boolean(is_help(item)));
    json_object_set_new(view, "instructions",
                        json_boolean(item->category == PORTAL_CATEGORY_INSTRUCTIONS));
    json_object_set_new(view, "security",
                        json_boolean(item->category == PORTAL_CATEGORY_SECURITY));
    json_object_set_new(view, "legal",
                        json_boolean(item->category == PORTAL_CATEGORY_LEGAL));
}

static void set_question(json_t *view, const portal_node_t *node, const char *lang,
                         apr_pool_t *p)
{
    const char *unit = portal_words_captions(node, PORTAL_CONTROL_UNIT, lang, p);

    portal_view_set_text(view, "label", portal_item_label(node->item, lang));
    portal_view_set(view, "suffix",
                    *unit ? unit : portal_text_in(&node->item->unit, lang));
    set_hints(view, node, lang, p);
    set_help(view, node, lang, p);
}

void portal_words_set(json_t *view, const portal_node_t *node, const char *lang,
                      apr_pool_t *p)
{
    const portal_item_t *item = node->item;
    bool question = portal_item_is_question(item);

    portal_view_set_text(view, "link_id", item->link_id);
    portal_view_set_text(view, "name", node->name);
    portal_view_set_text(view, "type", portal_item_type_name(item->type));
    portal_view_set(view, "prefix", portal_text_in(&item->prefix, lang));
    json_object_set_new(view, "styled_prefix",
                        portal_text_view(&item->prefix, lang, true));
    json_object_set_new(view, "styled", portal_text_view(&item->text, lang, true));
    json_object_set_new(view, "required", json_boolean(item->required && question));
    portal_view_set(view, "link", item->support_link);
    json_object_set_new(view, "sideways", json_boolean(item->sideways));
    json_object_set_new(
        view, "matrix",
        json_boolean(item->type == PORTAL_ITEM_GROUP && portal_item_is_matrix(item)));
    if (question)
        set_question(view, node, lang, p);
    else
        portal_view_set(view, "label", portal_text_in(&item->text, lang));
    if (item->type == PORTAL_ITEM_DISPLAY)
        set_display(view, item, lang);
}

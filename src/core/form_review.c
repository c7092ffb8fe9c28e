/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view of all answers, and answers in words; see form_view.h.
 */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/form_view.h"
#include "core/prefill.h"
#include "core/signature.h"

static bool same_language(const char *a, const char *b)
{
    size_t n = strcspn(a, "-");

    return n == strcspn(b, "-") && strncasecmp(a, b, n) == 0;
}

const char *portal_form_language(const portal_form_t *form, const char *lang)
{
    const char *near = NULL;

    for (int i = 0; lang && i < form->languages->nelts; i++) {
        const char *have = APR_ARRAY_IDX(form->languages, i, const char *);
        if (strcasecmp(have, lang) == 0)
            return have;
        if (!near && same_language(have, lang))
            near = have;
    }
    return near ? near : form->language;
}

/* A date as key and numbers: "answer.date.3" with day and year, "answer.month.3" with year;
 * a year alone is text. */
static void set_date(json_t *view, const char *date)
{
    char key[24];
    int month = strlen(date) >= 7 ? (int)strtol(date + 5, NULL, 10) : 0;

    if (!month)
        return;
    apr_snprintf(key, sizeof key,
                 strlen(date) >= 10 ? "t:answer.date.%d" : "t:answer.month.%d", month);
    json_object_set_new(view, "key", json_string(key));
    json_object_set_new(view, "year", json_integer(strtol(date, NULL, 10)));
    if (strlen(date) >= 10)
        json_object_set_new(view, "day", json_integer(strtol(date + 8, NULL, 10)));
}

/* "answer.time.am" or ".pm", with the hour on both clocks; seconds only in text. */
static void set_time(json_t *view, const char *time, bool after_date)
{
    int hour = (int)strtol(time, NULL, 10), hour12 = hour % 12 ? hour % 12 : 12;
    char minute[3] = {time[3], time[4], '\0'};

    json_object_set_new(view, "time",
                        json_pack("{s:s, s:i, s:i, s:s, s:b}", "key",
                                  hour < 12 ? "t:answer.time.am" : "t:answer.time.pm",
                                  "hour", hour, "hour12", hour12, "minute", minute,
                                  "after_date", after_date));
}

static void set_moment(json_t *view, const char *moment)
{
    const char *time = strchr(moment, 'T');

    set_date(view, moment);
    if (time)
        set_time(view, time + 1, true);
}

/* A number with its unit behind it. */
static const char *quantity_text(const portal_item_t *item, const portal_value_t *value,
                                 const char *lang, char *into, size_t size)
{
    const portal_unit_t *unit = portal_item_unit(item, value);
    const char *words = unit ? portal_text_in(&unit->text, lang) : value->display;

    if (value->kind != PORTAL_VALUE_QUANTITY)
        words = portal_text_in(&item->unit, lang);
    if (!words)
        words = value->code ? value->code : "";
    apr_snprintf(into, size, "%s%s%s", value->text ? value->text : "", *words ? " " : "",
                 words);
    return into;
}

json_t *portal_given_view(const portal_item_t *item, const portal_value_t *value,
                          const char *lang)
{
    const portal_option_t *option = portal_item_option(item, value);
    const char *text = value->text ? value->text : "";
    char quantity[200];
    json_t *view;

    if (option)
        text = portal_text_in(&option->text, lang);
    else if ((value->kind == PORTAL_VALUE_CODING ||
              value->kind == PORTAL_VALUE_REFERENCE) &&
             value->display)
        text = value->display;
    else if (value->kind == PORTAL_VALUE_QUANTITY ||
             value->kind == PORTAL_VALUE_INTEGER || value->kind == PORTAL_VALUE_DECIMAL)
        text = quantity_text(item, value, lang, quantity, sizeof quantity);
    view = json_pack("{s:s, s:b, s:b, s:b, s:b}", "text", text, "key", 0, "day", 0,
                     "year", 0, "time", 0);
    if (value->kind == PORTAL_VALUE_BOOLEAN)
        json_object_set_new(
            view, "key",
            json_string(strcmp(text, "true") == 0 ? "t:answer.yes" : "t:answer.no"));
    if (value->kind == PORTAL_VALUE_DATE)
        set_date(view, value->text ? value->text : "");
    if (value->kind == PORTAL_VALUE_DATETIME)
        set_moment(view, value->text ? value->text : "");
    if (value->kind == PORTAL_VALUE_TIME && value->text)
        set_time(view, value->text, false);
    return view;
}

static json_t *view_answers(const portal_node_t *node, const char *lang,
                            const char **typed)
{
    json_t *list = json_array();

    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_given_t *answer = portal_answer_at(node->answers, i);
        if (answer->value.kind != PORTAL_VALUE_NONE)
            json_array_append_new(list,
                                  portal_given_view(node->item, &answer->value, lang));
        else if (answer->typed)
            *typed = answer->typed;
    }
    return list;
}

static json_t *view_mark(const portal_node_t *node)
{
    const char *from;

    return portal_prefilled(node, &from) ? json_sprintf("t:%s", from) : json_false();
}

/* The question's short label, NULL for none. */
static const char *brief_of(const portal_item_t *item, const char *lang)
{
    const char *brief = portal_item_short(item, lang);

    return portal_item_is_question(item) && strcmp(brief, portal_item_label(item, lang))
               ? brief
               : NULL;
}

/* Its words: the whole question, as it was shown, with the short label beside it; or else the short
 * label, with the whole question beside it. */
static void set_label(json_t *row, const portal_item_t *item, const char *lang, bool full)
{
    const char *label = portal_item_label(item, lang), *brief = brief_of(item, lang);
    bool flat = portal_item_is_question(item);

    json_object_set_new(row, "label", json_string(brief && !full ? brief : label));
    json_object_set_new(row, "styled",
                        brief && !full ? json_false()
                                       : portal_text_view(&item->text, lang, flat));
    json_object_set_new(row, "brief", brief && full ? json_string(brief) : json_false());
    json_object_set_new(row, "whole",
                        brief && !full ? json_string(portal_text_shown(&item->text, lang))
                                       : json_false());
}

static json_t *view_row(const portal_node_t *node, const portal_form_page_t *page,
                        const char *lang, bool full)
{
    const portal_item_t *item = node->item;
    const char *typed = NULL, *prefix = portal_text_in(&item->prefix, lang);
    json_t *row = json_object(), *answers = view_answers(node, lang, &typed);

    json_object_set_new(row, "link_id", json_string(item->link_id));
    json_object_set_new(row, "name", json_string(node->name));
    set_label(row, item, lang, full);
    json_object_set_new(row, "prefix", *prefix ? json_string(prefix) : json_false());
    json_object_set_new(row, "styled_prefix",
                        portal_text_view(&item->prefix, lang, true));
    json_object_set_new(row, "display", json_boolean(!portal_item_is_question(item)));
    json_object_set_new(row, "refused", json_boolean(portal_consent_refused(node)));
    json_object_set_new(row, "answered", json_boolean(json_array_size(answers)));
    json_object_set_new(row, "marked", view_mark(node));
    json_object_set_new(row, "altered", json_false());
    json_object_set_new(row, "was", json_false());
    json_object_set_new(row, "wrong", typed ? json_string(typed) : json_false());
    json_object_set_new(row, "change",
                        portal_item_is_question(item) && !item->read_only
                            ? json_integer(page->number)
                            : json_false());
    json_object_set_new(row, "answers", answers);
    return row;
}

static const portal_text_t *heading_of(const portal_answers_t *a,
                                       const portal_form_page_t *page)
{
    for (int i = page->path->nelts; i > 0; i--) {
        const portal_item_t *group = portal_item_at(page->path, i - 1);
        if (group->text.plain)
            return &group->text;
    }
    return &a->form->title;
}

/* The repeating group that a question stands in, closest to it, or NULL. */
static const portal_node_t *repetition_of(const portal_node_t *node)
{
    while (node && !(node->item->type == PORTAL_ITEM_GROUP && node->item->repeats))
        node = node->parent;
    return node;
}

/* Its number; within another that repeats, the numbers of both: "2.1". */
static const char *repetition_text(const portal_node_t *group, apr_pool_t *p)
{
    const char *text = apr_itoa(p, group->number);

    while ((group = repetition_of(group->parent)))
        text = apr_psprintf(p, "%d.%s", group->number, text);
    return text;
}

static json_t *repetition_view(const portal_answers_t *a, const portal_node_t *group)
{
    if (!group)
        return json_false();
    return repetition_of(group->parent) ? json_string(repetition_text(group, a->pool))
                                        : json_integer(group->number);
}

const char *portal_node_label(const portal_answers_t *a, const char *name,
                              const portal_item_t *item, const char *lang)
{
    const char *label = portal_item_short(item, lang);
    const portal_node_t *node = portal_answers_by_name(a, name), *group;

    if (!node || node->item != item)
        return label;
    group = repetition_of(node);
    return group ? apr_pstrcat(a->pool, portal_item_label(group->item, lang), " ",
                               repetition_text(group, a->pool), ": ", label, NULL)
                 : label;
}

const portal_node_t *portal_node_about(const portal_node_t *node)
{
    while (node && !(node->under && node->parent->item->repeats))
        node = node->parent;
    return node;
}

json_t *portal_about_view(const portal_node_t *node, const char *lang)
{
    const portal_node_t *below = portal_node_about(node);

    if (!below || below->under->value.kind == PORTAL_VALUE_NONE)
        return json_false();
    return portal_given_view(below->parent->item, &below->under->value, lang);
}

/* True for words under a question that has nothing else below it: its hint, though it stands under each of its
 * answers. */
static bool is_hint(const portal_node_t *node)
{
    const apr_array_header_t *all;

    if (portal_item_is_question(node->item) || !node->under)
        return false;
    all = node->parent->item->items;
    for (int i = 0; i < all->nelts; i++)
        if (portal_item_at(all, i)->type != PORTAL_ITEM_DISPLAY)
            return false;
    return true;
}

static bool is_among(const json_t *rows, const char *link_id)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (!strcmp(json_string_value(json_object_get(row, "link_id")), link_id))
            return true;
    }
    return false;
}

/* A hint that stands under several answers is told once. */
static void add_row(json_t *rows, const portal_node_t *node, json_t *row)
{
    if (is_hint(node) && is_among(rows, node->item->link_id))
        json_decref(row);
    else
        json_array_append_new(rows, row);
}

static bool same_part(const json_t *last, const json_t *part)
{
    static const char *const names[] = {"heading", "repetition", "about"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!last ||
            !json_equal(json_object_get(last, names[i]), json_object_get(part, names[i])))
            return false;
    return true;
}

/* Pages with the same heading, one after the other, are one part of the review; each
 * repetition of a group, and each answer with items under it, is a part of its own. */
static json_t *part_for(json_t *parts, const portal_answers_t *a,
                        const portal_form_page_t *page, const portal_node_t *node,
                        const char *lang)
{
    json_t *last = json_array_get(parts, json_array_size(parts) - 1), *part;
    const portal_node_t *group = repetition_of(node);
    const portal_text_t *heading =
        group && group->item->text.plain ? &group->item->text : heading_of(a, page);

    part = json_pack("{s:i, s:s, s:o, s:[], s:o, s:o}", "number", page->number, "heading",
                     portal_text_in(heading, lang), "styled_heading",
                     portal_text_view(heading, lang, true), "rows", "repetition",
                     repetition_view(a, group), "about",
                     is_hint(node) ? json_false() : portal_about_view(node, lang));
    if (same_part(last, part)) {
        json_decref(part);
        return json_object_get(last, "rows");
    }
    json_array_append_new(parts, part);
    return json_object_get(part, "rows");
}

static json_t *view_parts(const portal_answers_t *a, const apr_array_header_t *pages,
                          const char *lang, bool words)
{
    json_t *parts = json_array();

    for (int i = 0; i < pages->nelts; i++) {
        const portal_form_page_t *page = &APR_ARRAY_IDX(pages, i, portal_form_page_t);
        const apr_array_header_t *nodes =
            words ? portal_page_words(a, page) : portal_page_questions(a, page);
        if (words && !portal_page_visible(a, page))
            continue;
        for (int k = 0; k < nodes->nelts; k++) {
            const portal_node_t *node = portal_node_at(nodes, k);
            if (portal_node_shown(node))
                add_row(part_for(parts, a, page, node, lang), node,
                        view_row(node, page, lang, words));
        }
    }
    return parts;
}

json_t *portal_form_review_view(const portal_answers_t *a,
                                const apr_array_header_t *pages, const char *lang)
{
    return view_parts(a, pages, lang, false);
}

json_t *portal_form_record_view(const portal_answers_t *a,
                                const apr_array_header_t *pages, const char *lang)
{
    return view_parts(a, pages, lang, true);
}

json_t *portal_form_errors_view(const apr_array_header_t *errors,
                                const apr_array_header_t *pages, const char *lang)
{
    json_t *list;

    if (!errors || !errors->nelts)
        return json_false();
    list = json_array();
    for (int i = 0; i < errors->nelts; i++) {
        const portal_answer_error_t *e = &APR_ARRAY_IDX(errors, i, portal_answer_error_t);
        const portal_form_page_t *page = portal_page_of(pages, e->node->item);
        json_t *one = json_pack("{s:s, s:s, s:s, s:s}", "field", e->field, "text",
                                e->text, "limit", portal_answer_error_limit(e, lang),
                                "label", portal_item_short(e->node->item, lang));
        json_object_set_new(one, "page",
                            page ? json_integer(page->number) : json_false());
        json_array_append_new(list, one);
    }
    return list;
}

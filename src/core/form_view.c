/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view of one page; see form_view.h.
 */
#include "core/form_view.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "core/form_field.h"
#include "core/form_words.h"
#include "core/prefill.h"

/* More than these are a list to choose from, unless the form asks for radio buttons. */
#define MANY_OPTIONS 20

typedef struct {
    const portal_answers_t *a;
    const apr_array_header_t *errors;
    const char *lang;
    apr_pool_t *p;
} viewer_t;

static json_t *view_nodes(const viewer_t *v, const apr_array_header_t *nodes);
static json_t *view_node(const viewer_t *v, const portal_node_t *node);

static const char *id_of(const viewer_t *v, const portal_node_t *node, const char *part)
{
    return apr_pstrcat(v->p, node->name, part, NULL);
}

static bool chosen(const portal_node_t *node, const portal_value_t *value)
{
    for (int i = 0; i < node->answers->nelts; i++)
        if (portal_value_equal(&portal_answer_at(node->answers, i)->value, value))
            return true;
    return false;
}

/* A day and a time of day are chosen in the words in which they are shown as an answer. */
static void say_option(const viewer_t *v, json_t *view, const portal_item_t *item,
                       const portal_option_t *option)
{
    portal_value_kind_t kind = option->value.kind;
    json_t *said;

    portal_view_set(view, "text", portal_text_in(&option->text, v->lang));
    json_object_set_new(view, "styled", portal_text_view(&option->text, v->lang, true));
    portal_view_set(view, "prefix", portal_text_in(&option->prefix, v->lang));
    if (kind != PORTAL_VALUE_DATE && kind != PORTAL_VALUE_TIME)
        return;
    said = portal_given_view(item, &option->value, v->lang);
    json_object_update(view, said);
    json_decref(said);
}

static json_t *view_options(const viewer_t *v, const portal_node_t *node)
{
    const apr_array_header_t *options = node->item->options;
    json_t *list = json_array();

    for (int i = 0; i < options->nelts; i++) {
        const portal_option_t *option = &APR_ARRAY_IDX(options, i, portal_option_t);
        const char *part = i ? apr_psprintf(v->p, ".o%d", i + 1) : "";
        json_t *o = portal_field_option(id_of(v, node, part), apr_itoa(v->p, i + 1),
                                        chosen(node, &option->value));
        say_option(v, o, node->item, option);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *view_yes_no(const viewer_t *v, const portal_node_t *node)
{
    static const char *const values[] = {"true", "false"}, *const keys[] = {
                                                               "t:answer.yes",
                                                               "t:answer.no"};
    json_t *list = json_array();

    for (int i = 0; i < 2; i++) {
        portal_value_t value = {.kind = PORTAL_VALUE_BOOLEAN, .text = values[i]};
        json_t *o = portal_field_option(id_of(v, node, i ? ".o2" : ""), values[i],
                                        chosen(node, &value));
        portal_view_set(o, "key", keys[i]);
        json_array_append_new(list, o);
    }
    return list;
}

/* The places of a scale, which are posted as the numbers that they are. */
static json_t *view_scale(const viewer_t *v, const portal_node_t *node,
                          const apr_array_header_t *places)
{
    json_t *list = json_array();

    for (int i = 0; i < places->nelts; i++) {
        portal_value_t value = {.kind = PORTAL_VALUE_DECIMAL,
                                .text = APR_ARRAY_IDX(places, i, const char *)};
        const char *part = i ? apr_psprintf(v->p, ".o%d", i + 1) : "";
        json_t *o =
            portal_field_option(id_of(v, node, part), value.text, chosen(node, &value));
        portal_view_set(o, "text", value.text);
        json_array_append_new(list, o);
    }
    return list;
}

/* The words given for "other": an answer that is no option, or what was typed there. */
static json_t *view_other(const viewer_t *v, const portal_node_t *node)
{
    const char *words = NULL;
    json_t *o;

    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_given_t *answer = portal_answer_at(node->answers, i);
        if (answer->typed || (answer->value.kind == PORTAL_VALUE_STRING &&
                              !portal_item_option(node->item, &answer->value)))
            words = portal_field_text(answer, v->p);
    }
    o = portal_field_option(id_of(v, node, ".o"), "other", words != NULL);
    portal_view_set(o, "key", "t:answer.other");
    portal_view_set(o, "choice", node->name);
    portal_view_set(o, "name", id_of(v, node, ".other"));
    portal_view_set(o, "field_id", id_of(v, node, ".other"));
    json_object_set_new(o, "words", json_string(words ? words : ""));
    return o;
}

static json_t *view_boxes(const viewer_t *v, const portal_node_t *node)
{
    json_t *list = json_array();
    int n = node->answers->nelts, most = node->item->max_occurs;

    if (!most || most > PORTAL_ANSWERS_MAX_REPEATS)
        most = PORTAL_ANSWERS_MAX_REPEATS;
    for (int i = 0; i < n || (i == n && i < most); i++) {
        json_t *box = json_object();
        portal_view_set(box, "id",
                        id_of(v, node, i ? apr_psprintf(v->p, ".v%d", i + 1) : ""));
        json_object_set_new(box, "number", json_integer(i + 1));
        portal_view_set_text(
            box, "value",
            i < n ? portal_field_text(portal_answer_at(node->answers, i), v->p) : "");
        json_array_append_new(list, box);
    }
    return list;
}

static json_t *view_button(const char *name, const portal_node_t *node)
{
    json_t *button = json_object();

    portal_view_set_text(button, "name", name);
    portal_view_set_text(button, "value", node->name);
    return button;
}

/* The number of a repetition, a button to take it away, and one to add behind the last. */
static void set_repetition(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    int n = portal_group_count(v->a, node), most = node->item->max_occurs;

    if (!most || most > PORTAL_ANSWERS_MAX_REPEATS)
        most = PORTAL_ANSWERS_MAX_REPEATS;
    json_object_set_new(view, "repetition", json_integer(node->number));
    if (node->item->read_only)
        return;
    if (n > 1)
        json_object_set_new(view, "remove", view_button("remove", node));
    if (node->number == n && n < most)
        json_object_set_new(view, "add", view_button("add", node));
}

static const char *kind_of(const viewer_t *v, const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    if (!portal_item_is_question(item))
        return item->type == PORTAL_ITEM_GROUP ? "group" : "display";
    if (item->read_only)
        return "static";
    if (item->options->nelts) {
        if (item->repeats)
            return "checkboxes";
        return item->type == PORTAL_ITEM_OPEN_CHOICE ||
                       (item->control != PORTAL_CONTROL_DROP_DOWN &&
                        (item->options->nelts <= MANY_OPTIONS ||
                         item->control == PORTAL_CONTROL_RADIO))
                   ? "radios"
                   : "select";
    }
    if (item->repeats)
        return "several";
    switch (item->type) {
    case PORTAL_ITEM_BOOLEAN:
        return "radios";
    case PORTAL_ITEM_TEXT:
        return "textarea";
    case PORTAL_ITEM_DATE:
    case PORTAL_ITEM_DATETIME:
        return "date";
    case PORTAL_ITEM_QUANTITY:
        return "quantity";
    case PORTAL_ITEM_INTEGER:
    case PORTAL_ITEM_DECIMAL:
        return portal_field_scale(item, v->p) ? "radios" : "input";
    default:
        return "input";
    }
}

/* Every member that a node may have, so that none is looked up further out. */
static json_t *empty_node(const char *kind)
{
    static const char *const kinds[] = {"group",   "display",    "input",   "textarea",
                                        "radios",  "checkboxes", "select",  "date",
                                        "several", "static",     "quantity"};
    static const char *const others[] = {
        "prefix",    "label",     "hint",    "hint_key",     "error",    "limit",
        "inputmode", "maxlength", "suffix",  "add",          "other",    "day",
        "month",     "year",      "values",  "options",      "answers",  "repetition",
        "remove",    "time",      "unit",    "sideways",     "matrix",   "link",
        "has_unit",  "about",     "scale",   "lower",        "upper",    "range",
        "narrow",    "marked",    "altered", "was",          "styled",   "styled_prefix",
        "hints",     "help",      "folded",  "instructions", "security", "legal"};
    json_t *view = json_object();
    char name[16];

    portal_view_set(view, "kind", kind);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        apr_snprintf(name, sizeof name, "is_%s", kinds[i]);
        json_object_set_new(view, name, json_boolean(strcmp(kinds[i], kind) == 0));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        json_object_set_new(view, others[i], json_false());
    portal_view_set_text(view, "value", "");
    return view;
}

/* Where an answer came from that the person has yet to look at. */
static void set_mark(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const char *from;

    if (portal_prefilled(node, &from))
        portal_view_set(view, "marked", apr_pstrcat(v->p, "t:", from, NULL));
}

static void set_error(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    for (int i = 0; v->errors && i < v->errors->nelts; i++) {
        const portal_answer_error_t *e =
            &APR_ARRAY_IDX(v->errors, i, portal_answer_error_t);
        if (e->node != node)
            continue;
        portal_view_set(view, "error", e->text);
        portal_view_set_text(view, "limit", portal_answer_error_limit(e, v->lang));
        return;
    }
}

static json_t *static_answers(const viewer_t *v, const portal_node_t *node)
{
    json_t *list = json_array();

    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_value_t *value = &portal_answer_at(node->answers, i)->value;
        if (value->kind != PORTAL_VALUE_NONE)
            json_array_append_new(list, portal_given_view(node->item, value, v->lang));
    }
    return list;
}

/* Lower and upper end of a slider, for a scale's ends or for a hint. */
static void set_slider(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const portal_item_t *item = node->item;
    const apr_array_header_t *places = portal_field_scale(item, v->p);

    portal_view_set(view, "lower",
                    portal_words_captions(node, PORTAL_CONTROL_LOWER, v->lang, v->p));
    portal_view_set(view, "upper",
                    portal_words_captions(node, PORTAL_CONTROL_UPPER, v->lang, v->p));
    if (places) {
        json_object_set_new(view, "scale", json_true());
        json_object_set_new(view, "options", view_scale(v, node, places));
        return;
    }
    portal_view_set_text(view, "value",
                         portal_field_text(portal_field_answer(node), v->p));
    if (item->min_value.kind == PORTAL_VALUE_NONE ||
        item->max_value.kind == PORTAL_VALUE_NONE)
        return;
    json_object_set_new(view, "range",
                        json_pack("{s:s, s:s}", "low", item->min_value.text, "high",
                                  item->max_value.text));
    portal_view_set(view, "hint_key", "t:answer.hint.range");
}

/* How several answers are written, each in one box. */
static const char *several_hint(const portal_item_t *item)
{
    switch (item->type) {
    case PORTAL_ITEM_DATE:
        return "t:answer.hint.iso_date";
    case PORTAL_ITEM_DATETIME:
        return "t:answer.hint.iso_datetime";
    case PORTAL_ITEM_TIME:
        return "t:answer.hint.time";
    case PORTAL_ITEM_QUANTITY:
        return item->units->nelts == 1 && !item->unit_open ? NULL
                                                           : "t:answer.hint.quantity";
    case PORTAL_ITEM_URL:
        return "t:answer.hint.url";
    default:
        return NULL;
    }
}

static void set_choices(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    json_object_set_new(view, "options", view_options(v, node));
    if (item->type == PORTAL_ITEM_OPEN_CHOICE)
        json_object_set_new(view, "other", view_other(v, node));
    if (item->repeats)
        portal_view_set(view, "hint_key", "t:answer.choose_all");
}

/* The field of a question that is asked once and is no choice. */
static void set_single(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    if (item->control == PORTAL_CONTROL_SLIDER) {
        set_slider(v, view, node);
        return;
    }
    switch (item->type) {
    case PORTAL_ITEM_BOOLEAN:
        json_object_set_new(view, "options", view_yes_no(v, node));
        break;
    case PORTAL_ITEM_DATE:
    case PORTAL_ITEM_DATETIME:
        portal_field_date(view, node, v->p);
        break;
    case PORTAL_ITEM_QUANTITY:
        portal_field_quantity(view, node, v->lang, v->p);
        break;
    default:
        portal_view_set_text(view, "value",
                             portal_field_text(portal_field_answer(node), v->p));
        if (item->type == PORTAL_ITEM_TIME || item->type == PORTAL_ITEM_URL)
            portal_view_set(view, "hint_key", several_hint(item));
    }
}

static void set_keyboard(json_t *view, const portal_item_t *item)
{
    bool numeric = item->type == PORTAL_ITEM_INTEGER,
         decimal = item->type == PORTAL_ITEM_DECIMAL ||
                   (item->type == PORTAL_ITEM_QUANTITY && !item->repeats);

    if (item->max_length)
        json_object_set_new(view, "maxlength", json_integer(item->max_length));
    portal_view_set(view, "inputmode",
                    numeric                         ? "numeric"
                    : decimal                       ? "decimal"
                    : item->type == PORTAL_ITEM_URL ? "url"
                                                    : NULL);
    json_object_set_new(
        view, "narrow",
        json_boolean(numeric || decimal || item->type == PORTAL_ITEM_TIME));
}

static void set_field(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    if (item->read_only) {
        json_object_set_new(view, "answers", static_answers(v, node));
    } else if (item->options->nelts) {
        set_choices(v, view, node);
    } else if (item->repeats && item->type != PORTAL_ITEM_BOOLEAN) {
        json_object_set_new(view, "values", view_boxes(v, node));
        json_object_set_new(view, "add", view_button("add", node));
        portal_view_set(view, "hint_key", several_hint(item));
    } else {
        set_single(v, view, node);
    }
    set_keyboard(view, item);
}

/* The group for what stands under one answer, made when it is first needed. */
static json_t *group_about(const viewer_t *v, json_t *list, apr_hash_t *made,
                           const portal_node_t *node)
{
    const portal_given_t *under = portal_node_about(node)->under;
    json_t *group = apr_hash_get(made, &under, sizeof under);
    const portal_given_t **key;

    if (group)
        return json_object_get(group, "nodes");
    group = empty_node("group");
    key = apr_palloc(v->p, sizeof(const portal_given_t *));
    *key = under;
    apr_hash_set(made, key, sizeof *key, group);
    portal_view_set_text(group, "link_id", node->item->link_id);
    portal_view_set_text(group, "name", apr_pstrcat(v->p, node->name, ".about", NULL));
    portal_view_set_text(group, "type", "group");
    json_object_set_new(group, "required", json_false());
    json_object_set_new(group, "about", portal_about_view(node, v->lang));
    json_object_set_new(group, "nodes", json_array());
    json_array_append_new(list, group);
    return json_object_get(group, "nodes");
}

/* Nodes under answers of a question that repeats, each answer's in a group. */
static json_t *view_by_answer(const viewer_t *v, const apr_array_header_t *nodes)
{
    json_t *list = json_array();
    apr_hash_t *made = apr_hash_make(v->p);

    for (int i = 0; i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        if (!portal_node_shown(node))
            continue;
        json_array_append_new(portal_node_about(node) ? group_about(v, list, made, node)
                                                      : list,
                              view_node(v, node));
    }
    return list;
}

static void add_asked(const portal_given_t *answer, apr_array_header_t *asked)
{
    for (int i = 0; i < answer->nodes->nelts; i++) {
        portal_node_t *below = portal_node_at(answer->nodes, i);
        if (below->item->type != PORTAL_ITEM_DISPLAY && !portal_item_follows(below->item))
            APR_ARRAY_PUSH(asked, portal_node_t *) = below;
    }
}

/* What stands in a group; in a repeating group also what stands under a question, which is
 * on a later page otherwise. */
static json_t *view_below(const viewer_t *v, const portal_node_t *node)
{
    apr_array_header_t *asked = apr_array_make(v->p, 2, sizeof(portal_node_t *));

    if (!portal_item_is_question(node->item))
        return view_nodes(v, node->nodes);
    for (int i = 0; i < node->answers->nelts; i++)
        add_asked(portal_answer_at(node->answers, i), asked);
    return node->item->repeats ? view_by_answer(v, asked) : view_nodes(v, asked);
}

static json_t *view_node(const viewer_t *v, const portal_node_t *node)
{
    json_t *view = empty_node(kind_of(v, node));

    portal_words_set(view, node, v->lang, v->p);
    set_mark(v, view, node);
    set_error(v, view, node);
    if (portal_item_is_question(node->item))
        set_field(v, view, node);
    else if (node->item->type == PORTAL_ITEM_GROUP && node->item->repeats)
        set_repetition(v, view, node);
    json_object_set_new(view, "nodes", view_below(v, node));
    return view;
}

static json_t *view_nodes(const viewer_t *v, const apr_array_header_t *nodes)
{
    json_t *list = json_array();

    for (int i = 0; i < nodes->nelts; i++)
        if (portal_node_shown(portal_node_at(nodes, i)))
            json_array_append_new(list, view_node(v, portal_node_at(nodes, i)));
    return list;
}

/* The groups around the page that say something. */
static apr_array_header_t *headings_of(const portal_form_page_t *page, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(portal_item_t *));

    for (int i = 0; i < page->path->nelts; i++)
        if (portal_item_at(page->path, i)->text.plain)
            APR_ARRAY_PUSH(list, portal_item_t *) = portal_item_at(page->path, i);
    return list;
}

/* The heading is what the innermost of them says, else the form's title. */
static void set_headings(json_t *view, const portal_form_page_t *page,
                         const portal_text_t *title, const viewer_t *v)
{
    const apr_array_header_t *groups = headings_of(page, v->p);
    const portal_text_t *heading =
        groups->nelts ? &portal_item_at(groups, groups->nelts - 1)->text : title;
    json_t *list = json_array();

    for (int i = 0; i < groups->nelts; i++)
        json_array_append_new(
            list, json_string(portal_text_in(&portal_item_at(groups, i)->text, v->lang)));
    portal_view_set_text(view, "heading", portal_text_in(heading, v->lang));
    json_object_set_new(view, "styled_heading", portal_text_view(heading, v->lang, true));
    json_object_set_new(view, "headings", list);
}

static bool is_matrix(const portal_form_page_t *page)
{
    return page->path->nelts &&
           portal_item_is_matrix(portal_item_at(page->path, page->path->nelts - 1));
}

static json_t *view_section(const portal_answers_t *a, const apr_array_header_t *pages,
                            const portal_form_page_t *page)
{
    int n, m;

    portal_page_progress(a, pages, page, &n, &m);
    return m > 1 ? json_pack("{s:i, s:i}", "n", n, "m", m) : json_false();
}

/* The group whose words head a page; NULL: the form's title does. */
static const portal_item_t *heads(const portal_form_page_t *page, apr_pool_t *p)
{
    const apr_array_header_t *groups = headings_of(page, p);

    return groups->nelts ? portal_item_at(groups, groups->nelts - 1) : NULL;
}

/* Does it go on under the heading of the page before it? Without a word about it, that page seems to
 * have come back. */
static bool goes_on(const portal_form_page_t *page, const portal_form_page_t *before,
                    apr_pool_t *p)
{
    return before && heads(page, p) == heads(before, p);
}

/* Is one of them there only with some answers, or worked out from them? */
static bool any_live(const apr_array_header_t *items)
{
    for (int i = 0; i < items->nelts; i++) {
        const portal_item_t *item = APR_ARRAY_IDX(items, i, const portal_item_t *);
        if (item->calculated || item->expressions || item->conditions->nelts ||
            (portal_item_is_question(item) && item->items->nelts) ||
            any_live(item->items))
            return true;
    }
    return false;
}

json_t *portal_form_page_view(const portal_answers_t *a, const apr_array_header_t *pages,
                              const portal_form_page_t *page,
                              const apr_array_header_t *errors, const char *lang)
{
    viewer_t v = {a, errors, lang, a->pool};
    json_t *view = json_object();
    const portal_form_page_t *before = portal_page_previous(a, pages, page->number);

    json_object_set_new(view, "number", json_integer(page->number));
    portal_view_set_text(view, "form_title", portal_text_in(&a->form->title, lang));
    portal_view_set_text(view, "form_language", portal_form_language(a->form, lang));
    set_headings(view, page, &a->form->title, &v);
    json_object_set_new(view, "section", view_section(a, pages, page));
    json_object_set_new(view, "continued", json_boolean(goes_on(page, before, v.p)));
    json_object_set_new(view, "matrix", json_boolean(is_matrix(page)));
    json_object_set_new(view, "previous",
                        before ? json_integer(before->number) : json_false());
    json_object_set_new(view, "live", json_boolean(any_live(page->units)));
    json_object_set_new(view, "nodes", view_by_answer(&v, portal_page_nodes(a, page)));
    return view;
}

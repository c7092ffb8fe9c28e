/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view of one page; see form_view.h.
 */
#include "core/form_view.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "core/answer_parse.h"

typedef struct {
    const portal_answers_t *a;
    const apr_array_header_t *errors;
    const char *lang;
    apr_pool_t *p;
} viewer_t;

static json_t *view_nodes(const viewer_t *v, const apr_array_header_t *nodes);

static void set(json_t *view, const char *name, const char *text)
{
    json_object_set_new(view, name, text && *text ? json_string(text) : json_false());
}

/* Like set, but an empty text stays a text: fields have values. */
static void set_text(json_t *view, const char *name, const char *text)
{
    json_object_set_new(view, name, json_string(text ? text : ""));
}

static const char *id_of(const viewer_t *v, const portal_node_t *node, const char *part)
{
    return apr_pstrcat(v->p, node->name, part, NULL);
}

static const portal_given_t *only_answer(const portal_node_t *node)
{
    return node->answers->nelts ? portal_answer_at(node->answers, 0) : NULL;
}

/* What stands in a text field: what was typed, else the value. */
static const char *field_text(const portal_given_t *answer)
{
    if (!answer)
        return "";
    if (answer->typed)
        return answer->typed;
    return answer->value.kind != PORTAL_VALUE_NONE && answer->value.text
               ? answer->value.text
               : "";
}

static bool chosen(const portal_node_t *node, const portal_value_t *value)
{
    for (int i = 0; i < node->answers->nelts; i++)
        if (portal_value_equal(&portal_answer_at(node->answers, i)->value, value))
            return true;
    return false;
}

static json_t *one_option(const char *id, const char *value, bool checked)
{
    json_t *o = json_object();

    set(o, "id", id);
    set_text(o, "value", value);
    set(o, "text", NULL);
    set(o, "key", NULL);
    json_object_set_new(o, "checked", json_boolean(checked));
    return o;
}

static json_t *view_options(const viewer_t *v, const portal_node_t *node)
{
    const apr_array_header_t *options = node->item->options;
    json_t *list = json_array();

    for (int i = 0; i < options->nelts; i++) {
        const portal_option_t *option = &APR_ARRAY_IDX(options, i, portal_option_t);
        const char *part = i ? apr_psprintf(v->p, ".o%d", i + 1) : "";
        json_t *o = one_option(id_of(v, node, part), apr_itoa(v->p, i + 1),
                               chosen(node, &option->value));
        set(o, "text", portal_text_in(&option->text, v->lang));
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
        json_t *o =
            one_option(id_of(v, node, i ? ".o2" : ""), values[i], chosen(node, &value));
        set(o, "key", keys[i]);
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
            words = field_text(answer);
    }
    o = one_option(id_of(v, node, ".o"), "other", words != NULL);
    set(o, "key", "t:answer.other");
    set(o, "choice", node->name);
    set(o, "name", id_of(v, node, ".other"));
    set(o, "field_id", id_of(v, node, ".other"));
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
        set(box, "id", id_of(v, node, i ? apr_psprintf(v->p, ".v%d", i + 1) : ""));
        json_object_set_new(box, "number", json_integer(i + 1));
        set_text(box, "value",
                 i < n ? field_text(portal_answer_at(node->answers, i)) : "");
        json_array_append_new(list, box);
    }
    return list;
}

static json_t *view_button(const char *name, const portal_node_t *node)
{
    json_t *button = json_object();

    set_text(button, "name", name);
    set_text(button, "value", node->name);
    return button;
}

/* The number of a repetition, a button to take it away, and one to add behind the last. */
static void set_repetition(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    int n = portal_group_count(v->a, node), most = node->item->max_occurs;

    if (!most || most > PORTAL_ANSWERS_MAX_REPEATS)
        most = PORTAL_ANSWERS_MAX_REPEATS;
    json_object_set_new(view, "repetition", json_integer(node->number));
    if (n > 1)
        json_object_set_new(view, "remove", view_button("remove", node));
    if (node->number == n && n < most)
        json_object_set_new(view, "add", view_button("add", node));
}

/* Day, month or year of what is in the field: part 0, 1, 2. Typed as day/month/year when it
 * came from boxes, and as YYYY-MM-DD otherwise. */
static const char *date_part(const viewer_t *v, const portal_node_t *node, int part)
{
    const char *text = field_text(only_answer(node)), *cut = "-", *state;
    char *copy = apr_pstrdup(v->p, text);

    if (strchr(text, '/')) {
        cut = strchr(copy, '/');
        for (; part && cut; part--) {
            copy = (char *)cut + 1;
            cut = strchr(copy, '/');
        }
        return apr_pstrmemdup(v->p, copy, strcspn(copy, "/"));
    }
    state = text;
    for (int i = 2; i > part && *state; i--)
        state += strcspn(state, cut) + (state[strcspn(state, cut)] != '\0');
    return apr_pstrmemdup(v->p, state, strcspn(state, cut));
}

static void set_date(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    static const char *const names[] = {"day", "month", "year"};

    for (int i = 0; i < 3; i++) {
        json_t *box = json_object();
        const char *name = apr_pstrcat(v->p, node->name, ".", names[i], NULL);
        set(box, "id", i ? name : node->name);
        set(box, "name", name);
        set_text(box, "value", date_part(v, node, i));
        json_object_set_new(view, names[i], box);
    }
    set(view, "hint_key",
        portal_item_full_date(node->item) ? "t:answer.hint.date"
                                          : "t:answer.hint.part_date");
}

static const char *kind_of(const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    if (!portal_item_is_question(item))
        return item->type == PORTAL_ITEM_GROUP ? "group" : "display";
    if (item->read_only)
        return "static";
    if (item->options->nelts) {
        if (item->repeats)
            return "checkboxes";
        return item->control == PORTAL_CONTROL_DROP_DOWN &&
                       item->type != PORTAL_ITEM_OPEN_CHOICE
                   ? "select"
                   : "radios";
    }
    if (item->repeats)
        return "several";
    switch (item->type) {
    case PORTAL_ITEM_BOOLEAN:
        return "radios";
    case PORTAL_ITEM_TEXT:
        return "textarea";
    case PORTAL_ITEM_DATE:
        return "date";
    default:
        return "input";
    }
}

/* Every member that a node may have, so that none is looked up further out. */
static json_t *empty_node(const char *kind)
{
    static const char *const kinds[] = {"group",   "display",    "input",  "textarea",
                                        "radios",  "checkboxes", "select", "date",
                                        "several", "static"};
    static const char *const others[] = {
        "prefix",    "label",   "hint",    "hint_key",   "error", "limit", "inputmode",
        "maxlength", "suffix",  "add",     "other",      "day",   "month", "year",
        "values",    "options", "answers", "repetition", "remove"};
    json_t *view = json_object();
    char name[16];

    set(view, "kind", kind);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        apr_snprintf(name, sizeof name, "is_%s", kinds[i]);
        json_object_set_new(view, name, json_boolean(strcmp(kinds[i], kind) == 0));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        json_object_set_new(view, others[i], json_false());
    set_text(view, "value", "");
    return view;
}

/* A caption is shown unless a condition hides it; without an answer above there is no node
 * that could tell, as under a repeating question that has none yet. */
static bool caption_shown(const portal_node_t *node, const portal_item_t *caption)
{
    const portal_given_t *answer = only_answer(node);

    for (int i = 0; answer && i < answer->nodes->nelts; i++)
        if (portal_node_at(answer->nodes, i)->item == caption)
            return portal_node_shown(portal_node_at(answer->nodes, i));
    return !answer && !caption->hidden && !caption->conditions->nelts;
}

/* The words under a question that belong to it: help, and its unit. */
static const char *captions(const viewer_t *v, const portal_node_t *node, bool unit)
{
    const char *all = "";

    for (int i = 0; i < node->item->items->nelts; i++) {
        const portal_item_t *below = portal_item_at(node->item->items, i);
        if (below->type != PORTAL_ITEM_DISPLAY || !caption_shown(node, below) ||
            (below->control == PORTAL_CONTROL_UNIT) != unit)
            continue;
        all = apr_pstrcat(v->p, all, *all ? " " : "",
                          portal_text_in(&below->text, v->lang), NULL);
    }
    return all;
}

static void set_words(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const portal_item_t *item = node->item;
    const char *hint, *unit;

    set_text(view, "link_id", item->link_id);
    set_text(view, "name", node->name);
    set_text(view, "type", portal_item_type_name(item->type));
    set(view, "prefix", portal_text_in(&item->prefix, v->lang));
    json_object_set_new(view, "required",
                        json_boolean(item->required && portal_item_is_question(item)));
    if (!portal_item_is_question(item)) {
        set(view, "label", portal_text_in(&item->text, v->lang));
        return;
    }
    set_text(view, "label", portal_item_label(item, v->lang));
    hint = captions(v, node, false);
    if (!*hint && item->type != PORTAL_ITEM_DATE)
        hint = portal_text_in(&item->entry_format, v->lang);
    set(view, "hint", hint);
    unit = captions(v, node, true);
    set(view, "suffix", *unit ? unit : portal_text_in(&item->unit, v->lang));
}

static void set_error(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    for (int i = 0; v->errors && i < v->errors->nelts; i++) {
        const portal_answer_error_t *e =
            &APR_ARRAY_IDX(v->errors, i, portal_answer_error_t);
        if (e->node != node)
            continue;
        set(view, "error", e->text);
        set_text(view, "limit", portal_answer_error_limit(e, v->lang));
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

static void set_field(const viewer_t *v, json_t *view, const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    if (item->read_only) {
        json_object_set_new(view, "answers", static_answers(v, node));
    } else if (item->options->nelts) {
        json_object_set_new(view, "options", view_options(v, node));
        if (item->type == PORTAL_ITEM_OPEN_CHOICE)
            json_object_set_new(view, "other", view_other(v, node));
        if (item->repeats)
            set(view, "hint_key", "t:answer.choose_all");
    } else if (item->type == PORTAL_ITEM_BOOLEAN) {
        json_object_set_new(view, "options", view_yes_no(v, node));
    } else if (item->repeats) {
        json_object_set_new(view, "values", view_boxes(v, node));
        if (item->type == PORTAL_ITEM_DATE)
            set(view, "hint_key", "t:answer.hint.iso_date");
        json_object_set_new(view, "add", view_button("add", node));
        if (item->type == PORTAL_ITEM_DATE)
            set(view, "hint_key", "t:answer.hint.iso_date");
    } else if (item->type == PORTAL_ITEM_DATE) {
        set_date(v, view, node);
    } else {
        set_text(view, "value", field_text(only_answer(node)));
    }
    if (item->max_length)
        json_object_set_new(view, "maxlength", json_integer(item->max_length));
    if (item->type == PORTAL_ITEM_INTEGER)
        set(view, "inputmode", "numeric");
    if (item->type == PORTAL_ITEM_DECIMAL)
        set(view, "inputmode", "decimal");
}

/* What stands in a group; in a repeating group also what stands under a question, which is
 * on a later page otherwise. */
static json_t *view_below(const viewer_t *v, const portal_node_t *node)
{
    const portal_given_t *answer = only_answer(node);
    apr_array_header_t *asked = apr_array_make(v->p, 2, sizeof(portal_node_t *));

    if (!answer || node->item->repeats)
        return view_nodes(v, node->nodes);
    for (int i = 0; i < answer->nodes->nelts; i++) {
        portal_node_t *below = portal_node_at(answer->nodes, i);
        if (below->item->type != PORTAL_ITEM_DISPLAY && !portal_item_follows(below->item))
            APR_ARRAY_PUSH(asked, portal_node_t *) = below;
    }
    return view_nodes(v, asked);
}

static json_t *view_node(const viewer_t *v, const portal_node_t *node)
{
    json_t *view = empty_node(kind_of(node));

    set_words(v, view, node);
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

static json_t *view_headings(const portal_form_page_t *page, const char *lang)
{
    json_t *list = json_array();

    for (int i = 0; i < page->path->nelts; i++) {
        const portal_item_t *group = portal_item_at(page->path, i);
        if (group->text.plain)
            json_array_append_new(list, json_string(portal_text_in(&group->text, lang)));
    }
    return list;
}

static json_t *view_section(const portal_answers_t *a, const apr_array_header_t *pages,
                            const portal_form_page_t *page)
{
    int n, m;

    portal_page_progress(a, pages, page, &n, &m);
    return m > 1 ? json_pack("{s:i, s:i}", "n", n, "m", m) : json_false();
}

json_t *portal_form_page_view(const portal_answers_t *a, const apr_array_header_t *pages,
                              const portal_form_page_t *page,
                              const apr_array_header_t *errors, const char *lang)
{
    viewer_t v = {a, errors, lang, a->pool};
    json_t *view = json_object(), *headings = view_headings(page, lang);
    const portal_form_page_t *before = portal_page_previous(a, pages, page->number);
    size_t n = json_array_size(headings);
    const char *title = portal_text_in(&a->form->title, lang);

    json_object_set_new(view, "number", json_integer(page->number));
    set_text(view, "form_title", title);
    set_text(view, "form_language", portal_form_language(a->form, lang));
    set_text(view, "heading",
             n ? json_string_value(json_array_get(headings, n - 1)) : title);
    json_object_set_new(view, "headings", headings);
    json_object_set_new(view, "section", view_section(a, pages, page));
    json_object_set_new(view, "previous",
                        before ? json_integer(before->number) : json_false());
    json_object_set_new(view, "nodes", view_nodes(&v, portal_page_nodes(a, page)));
    return view;
}

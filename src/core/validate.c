/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the answers of a draft; see validate.h.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/validate.h"

#include <apr_strings.h>
#include <pcre2.h>
#include <string.h>

#include "core/form_field.h"
#include "core/text.h"

/* A pattern comes from a file: one that needs more steps than this is given up (rule 16). */
#define REGEX_STEPS 100000

typedef struct {
    const portal_answers_t *a;
    portal_check_t check;
    apr_array_header_t *errors;
} checker_t;

const char *portal_answer_error_limit(const portal_answer_error_t *error,
                                      const char *lang)
{
    return error->words ? portal_text_in(error->words, lang) : error->limit;
}

static portal_answer_error_t *add(checker_t *c, const portal_node_t *node,
                                  const char *key, const char *limit)
{
    portal_answer_error_t *e = apr_array_push(c->errors);

    e->node = node;
    e->field = node->name;
    e->text = apr_pstrcat(c->a->pool, "t:", key, NULL);
    e->limit = limit;
    e->words = NULL;
    return e;
}

static void add_number(checker_t *c, const portal_node_t *node, const char *key,
                       int limit)
{
    add(c, node, key, apr_itoa(c->a->pool, limit));
}

/* The whole value must match. A pattern that cannot be worked out in time counts as not
 * matching: an answer is never let through unchecked. */
static bool matches(const char *regex, const char *text)
{
    int error, rc = -1;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
                                         PCRE2_NEVER_BACKSLASH_C,
                                     &error, &at, NULL);
    pcre2_match_data *data = code ? pcre2_match_data_create(1, NULL) : NULL;
    pcre2_match_context *context = data ? pcre2_match_context_create(NULL) : NULL;

    if (context) {
        pcre2_set_match_limit(context, REGEX_STEPS);
        pcre2_set_depth_limit(context, REGEX_STEPS / 10);
        rc = pcre2_match(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0, data,
                         context);
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return rc >= 0;
}

static bool check_string(checker_t *c, const portal_node_t *node, const char *text)
{
    const portal_item_t *item = node->item;
    int length = (int)portal_text_length(text);

    if (item->max_length && length > item->max_length)
        add_number(c, node, "answer.error.max_length", item->max_length);
    else if (length < item->min_length)
        add_number(c, node, "answer.error.min_length", item->min_length);
    else if (item->regex && !matches(item->regex, text))
        add(c, node, "answer.error.pattern", "")->words = &item->entry_format;
    else
        return true;
    return false;
}

/* A limit as the person reads it. */
static const char *limit_text(checker_t *c, const portal_value_t *limit)
{
    portal_given_t as_answer = {.value = *limit};

    return portal_field_text(&as_answer, c->a->pool);
}

/* Adds what is wrong with a value beyond a limit (below: -1, above: 1); true when it is. */
static bool breaks_limit(checker_t *c, const portal_node_t *node,
                         const portal_value_t *value, int side)
{
    const portal_item_t *item = node->item;
    const portal_value_t *limit = side < 0 ? &item->min_value : &item->max_value;
    bool date = item->type == PORTAL_ITEM_DATE || item->type == PORTAL_ITEM_DATETIME,
         time = item->type == PORTAL_ITEM_TIME;
    int order;

    if (limit->kind == PORTAL_VALUE_NONE)
        return false;
    if (!portal_value_order(value, limit, &order) &&
        !portal_value_order_measures(value, limit, &order)) {
        add(c, node, "answer.error.unit_limit", limit_text(c, limit));
        return true;
    }
    if (order * side <= 0)
        return false;
    if (side < 0)
        add(c, node,
            date   ? "answer.error.min_date"
            : time ? "answer.error.min_time"
                   : "answer.error.min_value",
            limit_text(c, limit));
    else
        add(c, node,
            date   ? "answer.error.max_date"
            : time ? "answer.error.max_time"
                   : "answer.error.max_value",
            limit_text(c, limit));
    return true;
}

static bool check_limits(checker_t *c, const portal_node_t *node,
                         const portal_value_t *value)
{
    const portal_item_t *item = node->item;

    if (breaks_limit(c, node, value, -1) || breaks_limit(c, node, value, 1))
        return false;
    if (item->max_places >= 0 &&
        (value->kind == PORTAL_VALUE_DECIMAL || value->kind == PORTAL_VALUE_QUANTITY) &&
        value->text && portal_decimal_places(value->text) > item->max_places)
        add_number(c, node, "answer.error.max_places", item->max_places);
    else
        return true;
    return false;
}

/* Rule 17; a value that no option has can only come from outside. */
static bool check_option(checker_t *c, const portal_node_t *node,
                         const portal_value_t *value)
{
    const portal_item_t *item = node->item;

    if (!item->options->nelts || portal_item_option(item, value))
        return true;
    if (item->type == PORTAL_ITEM_OPEN_CHOICE && value->kind == PORTAL_VALUE_STRING)
        return true;
    add(c, node, "answer.error.option", "");
    return false;
}

/* A unit that the question does not have can only come from outside. */
static bool check_unit(checker_t *c, const portal_node_t *node,
                       const portal_value_t *value)
{
    const portal_item_t *item = node->item;

    if (item->unit_open || item->options->nelts || portal_item_unit(item, value))
        return true;
    add(c, node, "answer.error.unit", "");
    return false;
}

/* False when something is wrong and has been added. */
static bool check_answer(checker_t *c, const portal_node_t *node,
                         const portal_given_t *answer)
{
    const portal_value_t *value = &answer->value;

    if (answer->error) {
        add(c, node, answer->error, "");
        return false;
    }
    if (value->kind == PORTAL_VALUE_NONE)
        return true;
    if (!check_option(c, node, value) || !check_limits(c, node, value))
        return false;
    if (value->kind == PORTAL_VALUE_URI && !portal_uri_valid(value->text)) {
        add(c, node, "answer.error.url", "");
        return false;
    }
    if (value->kind == PORTAL_VALUE_QUANTITY && !check_unit(c, node, value))
        return false;
    if (value->kind != PORTAL_VALUE_STRING && value->kind != PORTAL_VALUE_URI)
        return true;
    return check_string(c, node, value->text);
}

static const portal_option_t *exclusive_chosen(const portal_node_t *node)
{
    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_option_t *o =
            portal_item_option(node->item, &portal_answer_at(node->answers, i)->value);
        if (o && o->exclusive)
            return o;
    }
    return NULL;
}

static bool has_doubles(const portal_node_t *node)
{
    for (int i = 1; i < node->answers->nelts; i++)
        for (int k = 0; k < i; k++)
            if (portal_value_equal(&portal_answer_at(node->answers, i)->value,
                                   &portal_answer_at(node->answers, k)->value))
                return true;
    return false;
}

static void check_number_of(checker_t *c, const portal_node_t *node)
{
    const portal_item_t *item = node->item;
    int n = portal_node_count(node), least = item->min_occurs;
    const portal_option_t *only = n > 1 ? exclusive_chosen(node) : NULL;
    bool demanded = c->check == PORTAL_CHECK_COMPLETE;

    if (n == 0 && item->required && demanded)
        add(c, node,
            portal_item_is_choice(item) || item->type == PORTAL_ITEM_BOOLEAN
                ? "answer.error.required_choice"
                : "answer.error.required",
            "");
    else if (n < least && demanded)
        add_number(c, node, "answer.error.min_occurs", least);
    else if (item->max_occurs && n > item->max_occurs)
        add_number(c, node, "answer.error.max_occurs", item->max_occurs);
    else if (n > 1 && !item->repeats)
        add_number(c, node, "answer.error.max_occurs", 1);
    else if (only)
        add(c, node, "answer.error.exclusive", "")->words = &only->text;
    else if (item->options->nelts && has_doubles(node))
        add(c, node, "answer.error.double", "");
}

/* What nobody can change is the form's own doing, and would block for ever. */
static void check_question(checker_t *c, const portal_node_t *node)
{
    if (node->item->read_only || node->item->hidden)
        return;
    for (int i = 0; i < node->answers->nelts; i++)
        if (!check_answer(c, node, portal_answer_at(node->answers, i)))
            return;
    check_number_of(c, node);
}

static bool holds_anything(const portal_node_t *node)
{
    if (portal_node_answered(node) && node->enabled)
        return true;
    for (int i = 0; i < node->nodes->nelts; i++)
        if (holds_anything(portal_node_at(node->nodes, i)))
            return true;
    return false;
}

/* Something in the group can be answered by a person. */
static bool can_be_filled(const portal_node_t *group)
{
    for (int i = 0; i < group->nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(group->nodes, i);
        if (!portal_node_shown(node))
            continue;
        if (portal_item_is_question(node->item) ? !node->item->read_only
                                                : can_be_filled(node))
            return true;
    }
    return false;
}

/* How many repetitions of the node's group, among these, hold an answer. */
static int filled(const apr_array_header_t *nodes, const portal_item_t *group)
{
    int n = 0;

    for (int i = 0; i < nodes->nelts; i++)
        n += portal_node_at(nodes, i)->item == group &&
             holds_anything(portal_node_at(nodes, i));
    return n;
}

/* Checked once for all repetitions of a group. */
static void check_group(checker_t *c, const portal_node_t *node,
                        const apr_array_header_t *nodes)
{
    const portal_item_t *item = node->item;
    int n = filled(nodes, item);

    if (node->number > 1)
        return;
    if (item->max_occurs && n > item->max_occurs)
        add_number(c, node, "answer.error.max_occurs", item->max_occurs);
    if (c->check != PORTAL_CHECK_COMPLETE || !can_be_filled(node))
        return;
    if (n == 0 && item->required)
        add(c, node, "answer.error.required_group", "");
    else if (n < item->min_occurs)
        add_number(c, node, "answer.error.min_occurs", item->min_occurs);
}

static void check_nodes(checker_t *c, const apr_array_header_t *nodes)
{
    for (int i = 0; i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        if (!node->enabled)
            continue;
        if (node->item->type == PORTAL_ITEM_GROUP)
            check_group(c, node, nodes);
        else
            check_question(c, node);
        check_nodes(c, node->nodes);
        for (int k = 0; k < node->answers->nelts; k++)
            check_nodes(c, portal_answer_at(node->answers, k)->nodes);
    }
}

apr_array_header_t *portal_answers_check(const portal_answers_t *a,
                                         const portal_form_page_t *page,
                                         portal_check_t check)
{
    checker_t c = {a, check, apr_array_make(a->pool, 4, sizeof(portal_answer_error_t))};
    const apr_array_header_t *nodes = portal_page_questions(a, page);

    for (int i = 0; i < nodes->nelts; i++)
        if (portal_node_at(nodes, i)->enabled)
            check_question(&c, portal_node_at(nodes, i));
    return c.errors;
}

apr_array_header_t *portal_answers_check_all(const portal_answers_t *a,
                                             portal_check_t check)
{
    checker_t c = {a, check, apr_array_make(a->pool, 4, sizeof(portal_answer_error_t))};

    check_nodes(&c, a->nodes);
    return c.errors;
}

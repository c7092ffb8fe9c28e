/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a page's fields into the draft; see answers_take.h.
 */
#include "core/answers_take.h"

#include <apr_strings.h>
#include <string.h>

#include "core/answer_parse.h"
#include "core/enable.h"

typedef struct {
    portal_answers_t *a;
    portal_field_values_fn *values;
    void *baton;
    bool moved; /* answers with items under them stand in other places than before */
} taker_t;

static const char *first(const apr_array_header_t *list)
{
    return list && list->nelts ? APR_ARRAY_IDX(list, 0, const char *) : NULL;
}

static const char *field(const taker_t *t, const portal_node_t *node, const char *part)
{
    const char *name = apr_pstrcat(t->a->pool, node->name, part, NULL);

    return first(t->values(t->baton, name));
}

/* What was typed, as it can be stored; control characters, which nobody sees, are dropped,
 * so that the rest is not lost. */
static const char *storable(const char *typed, apr_pool_t *p)
{
    const char *text = portal_answer_clean(typed, p);
    char *seen, *to;

    if (text)
        return text;
    seen = to = apr_pstrdup(p, typed);
    for (; *typed; typed++)
        if ((unsigned char)*typed >= 0x20 && *typed != 0x7F)
            *to++ = *typed;
    *to = '\0';
    text = portal_answer_clean(seen, p);
    return text ? text : "";
}

/* Words that nobody changed keep the code, or the address, that the form gave them. */
static bool same_in_words(const portal_value_t *before, const portal_value_t *value)
{
    return (value->kind == PORTAL_VALUE_CODING ||
            value->kind == PORTAL_VALUE_REFERENCE) &&
           value->kind == before->kind && !value->text && before->display &&
           strcmp(value->display, before->display) == 0;
}

static void store(const taker_t *t, portal_given_t *answer, const portal_value_t *value,
                  const char *error, const char *typed)
{
    if (same_in_words(&answer->value, value))
        value = &answer->value;
    else if (!portal_value_equal(&answer->value, value))
        answer->from = NULL;
    answer->value = *value;
    answer->error = error;
    answer->typed = error ? storable(typed, t->a->pool) : NULL;
}

static void take_one(const taker_t *t, portal_node_t *node, const char *typed,
                     portal_given_t *answer)
{
    portal_value_t value;
    const char *error;

    if (node->item->type == PORTAL_ITEM_OPEN_CHOICE && node->item->options->nelts &&
        strcmp(typed, "other") == 0) {
        portal_item_t as_text = *node->item;
        as_text.options = apr_array_make(t->a->pool, 1, sizeof(portal_option_t));
        typed = field(t, node, ".other");
        typed = typed ? typed : "";
        error = portal_answer_parse(&as_text, typed, &value, t->a->pool);
        if (!error && value.kind == PORTAL_VALUE_NONE)
            error = "answer.error.other";
    } else {
        error = portal_answer_parse(node->item, typed, &value, t->a->pool);
    }
    store(t, answer, &value, error, typed);
}

static bool is_empty(const char *s)
{
    return s[strspn(s, " \t\r\n")] == '\0';
}

/* One of several that were posted, and the box it stood in. */
typedef struct {
    portal_given_t given;
    int place;
    portal_given_t *before; /* that is meant by it */
} posted_t;

static posted_t *posted_at(const apr_array_header_t *posted, int i)
{
    return &APR_ARRAY_IDX(posted, i, posted_t);
}

static bool holds_already(const apr_array_header_t *posted, const portal_value_t *value)
{
    for (int i = 0; i < posted->nelts; i++)
        if (portal_value_equal(&posted_at(posted, i)->given.value, value))
            return true;
    return false;
}

/* What was posted; doubled choices count once. */
static apr_array_header_t *read_several(const taker_t *t, portal_node_t *node,
                                        const apr_array_header_t *list)
{
    apr_array_header_t *posted = apr_array_make(t->a->pool, 4, sizeof(posted_t));

    for (int i = 0; i < list->nelts; i++) {
        const char *typed = APR_ARRAY_IDX(list, i, const char *);
        posted_t one = {.place = i};
        if (is_empty(typed) || posted->nelts >= PORTAL_ANSWERS_MAX_REPEATS)
            continue;
        take_one(t, node, typed, &one.given);
        if (!node->item->options->nelts || !holds_already(posted, &one.given.value))
            APR_ARRAY_PUSH(posted, posted_t) = one;
    }
    return posted;
}

static void claim(posted_t *one, apr_array_header_t *before, int at)
{
    one->before = portal_answer_at(before, at);
    APR_ARRAY_IDX(before, at, portal_given_t *) = NULL;
}

static bool is_same(const posted_t *one, const apr_array_header_t *before, int at)
{
    const portal_given_t *other =
        at < before->nelts ? portal_answer_at(before, at) : NULL;

    return other && portal_value_equal(&other->value, &one->given.value);
}

/* The answers before that are meant: where words are typed, those of the same value in the same box,
 * then those of the same value, and then those that stood in the same box. What stands under them
 * stays with them. */
static void find_before(const portal_node_t *node, apr_array_header_t *posted)
{
    apr_array_header_t *before = apr_array_copy(node->answers->pool, node->answers);
    bool boxes = !node->item->options->nelts;

    for (int i = 0; i < posted->nelts && boxes; i++)
        if (is_same(posted_at(posted, i), before, posted_at(posted, i)->place))
            claim(posted_at(posted, i), before, posted_at(posted, i)->place);
    for (int i = 0; i < posted->nelts; i++)
        for (int k = 0; k < before->nelts && !posted_at(posted, i)->before; k++)
            if (is_same(posted_at(posted, i), before, k))
                claim(posted_at(posted, i), before, k);
    for (int i = 0; i < posted->nelts && boxes; i++) {
        posted_t *one = posted_at(posted, i);
        if (!one->before && one->place < before->nelts)
            claim(one, before, one->place);
    }
}

/* All answers of a repeating question are replaced by those posted. */
static void take_several(taker_t *t, portal_node_t *node, const apr_array_header_t *list)
{
    apr_array_header_t *posted = read_several(t, node, list);

    find_before(node, posted);
    node->answers->nelts = 0;
    for (int i = 0; i < posted->nelts; i++) {
        const portal_given_t *one = &posted_at(posted, i)->given;
        portal_given_t *answer = posted_at(posted, i)->before;
        if (answer)
            APR_ARRAY_PUSH(node->answers, portal_given_t *) = answer;
        else if (!(answer = portal_node_add(t->a, node)))
            continue;
        if (!portal_value_equal(&answer->value, &one->value))
            answer->from = NULL;
        answer->value = one->value;
        answer->error = one->error;
        answer->typed = one->typed;
    }
    t->moved = t->moved || node->item->items->nelts;
}

/* A box as it is kept: short, and without the sign between the boxes. */
static const char *box_text(const char *typed, apr_pool_t *p)
{
    const char *text = typed ? storable(typed, p) : "";

    return strchr(text, '/') || strlen(text) > 40 ? "" : text;
}

/* Kept as day/month/year/time when it cannot be used: the view puts it back into the boxes. */
static bool take_date_boxes(const taker_t *t, portal_node_t *node)
{
    const char *parts[4] = {field(t, node, ".day"), field(t, node, ".month"),
                            field(t, node, ".year"), NULL},
               *typed, *error;
    bool moment = node->item->type == PORTAL_ITEM_DATETIME;
    portal_value_t value;

    if (moment)
        parts[3] = field(t, node, ".time");
    if (!parts[0] && !parts[1] && !parts[2] && !parts[3])
        return false;
    error = moment ? portal_answer_parse_datetime(node->item, parts, &value, t->a->pool)
                   : portal_answer_parse_date(node->item, parts, &value, t->a->pool);
    for (int i = 0; i < 4; i++)
        parts[i] = box_text(parts[i], t->a->pool);
    typed = apr_pstrcat(t->a->pool, parts[0], "/", parts[1], "/", parts[2],
                        *parts[3] ? "/" : "", parts[3], NULL);
    store(t, portal_answer_at(node->answers, 0), &value, error, typed);
    return true;
}

/* A number and its unit in two fields; a unit without a number is no answer. */
static bool take_quantity(const taker_t *t, portal_node_t *node)
{
    const char *unit = field(t, node, ".unit");
    const apr_array_header_t *list = t->values(t->baton, node->name);
    const char *number = first(list), *typed;

    if (!unit || !number)
        return false;
    typed = is_empty(number) ? "" : apr_pstrcat(t->a->pool, number, "\n", unit, NULL);
    take_one(t, node, typed, portal_answer_at(node->answers, 0));
    return true;
}

/* Fields of several boxes; false when none of them was posted. */
static bool take_boxes(const taker_t *t, portal_node_t *node)
{
    if (node->item->options->nelts || node->item->repeats)
        return false;
    if (node->item->type == PORTAL_ITEM_DATE || node->item->type == PORTAL_ITEM_DATETIME)
        return take_date_boxes(t, node);
    return node->item->type == PORTAL_ITEM_QUANTITY && take_quantity(t, node);
}

static void take_question(taker_t *t, portal_node_t *node)
{
    const apr_array_header_t *list;

    if (take_boxes(t, node))
        return;
    list = t->values(t->baton, node->name);
    if (!list || !list->nelts)
        return;
    if (node->item->repeats)
        take_several(t, node, list);
    else
        take_one(t, node, APR_ARRAY_IDX(list, list->nelts - 1, const char *),
                 portal_answer_at(node->answers, 0));
}

static bool open_to_people(const portal_node_t *node)
{
    return node->enabled && !node->item->read_only && !node->item->hidden;
}

/* The page's questions that are open to people, by their address. */
static apr_hash_t *open_ones(const portal_answers_t *a, const portal_form_page_t *page)
{
    const apr_array_header_t *nodes = portal_page_questions(a, page);
    apr_hash_t *open = apr_hash_make(a->pool);

    for (int i = 0; i < nodes->nelts; i++) {
        portal_node_t **place = &APR_ARRAY_IDX(nodes, i, portal_node_t *);
        if (open_to_people(*place))
            apr_hash_set(open, place, sizeof *place, *place);
    }
    return open;
}

static bool has_more(apr_hash_t *now, apr_hash_t *before, apr_pool_t *p)
{
    for (apr_hash_index_t *i = apr_hash_first(p, now); i; i = apr_hash_next(i))
        if (!apr_hash_get(before, apr_hash_this_key(i), apr_hash_this_key_len(i)))
            return true;
    return false;
}

bool portal_answers_take(portal_answers_t *a, const portal_form_page_t *page,
                         portal_field_values_fn *values, void *baton)
{
    taker_t t = {a, values, baton, false};
    const apr_array_header_t *nodes;
    apr_hash_t *before;

    portal_enable_update(a);
    nodes = portal_page_questions(a, page);
    before = open_ones(a, page);
    for (int i = 0; i < nodes->nelts; i++) {
        portal_node_t *node = portal_node_at(nodes, i);
        if (apr_hash_get(before, &node, sizeof node))
            take_question(&t, node);
    }
    if (t.moved)
        portal_answers_rename(a);
    portal_enable_update(a);
    return has_more(open_ones(a, page), before, a->pool);
}

static bool stands_on(const portal_form_page_t *page, const portal_item_t *item)
{
    for (; item; item = item->parent)
        for (int i = 0; i < page->units->nelts; i++)
            if (portal_item_at(page->units, i) == item)
                return true;
    return false;
}

/* The enabled repetition of a group on the page that a button means, or NULL. */
static portal_node_t *group_of(const portal_answers_t *a, const portal_form_page_t *page,
                               const char *name)
{
    portal_node_t *node = portal_answers_by_name(a, name);

    if (!node || node->item->type != PORTAL_ITEM_GROUP || !node->item->repeats ||
        node->item->read_only)
        return NULL;
    return stands_on(page, node->item) && portal_node_shown(node) ? node : NULL;
}

bool portal_answers_add_group(portal_answers_t *a, const portal_form_page_t *page,
                              const char *name)
{
    portal_node_t *node = group_of(a, page, name);
    bool done = node && portal_group_add(a, node);

    portal_enable_update(a);
    return done;
}

bool portal_answers_remove_group(portal_answers_t *a, const portal_form_page_t *page,
                                 const char *name)
{
    portal_node_t *node = group_of(a, page, name);

    if (node)
        portal_group_remove(a, node);
    portal_enable_update(a);
    return node != NULL;
}

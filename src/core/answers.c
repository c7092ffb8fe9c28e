/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a draft; see answers.h.
 */
#include "core/answers.h"

#include <apr_strings.h>
#include <string.h>

#include "core/enable.h"

static void add_nodes(portal_answers_t *a, const apr_array_header_t *items,
                      portal_node_t *parent, portal_given_t *under,
                      apr_array_header_t *into, bool initial);

/* A place for the nodes of these items; one for all that hold none. */
static apr_array_header_t *place_for(const portal_answers_t *a,
                                     const apr_array_header_t *items)
{
    return items->nelts ? apr_array_make(a->pool, items->nelts, sizeof(portal_node_t *))
                        : a->none;
}

static portal_given_t *add_answer(portal_answers_t *a, portal_node_t *node, bool initial)
{
    portal_given_t *answer = apr_pcalloc(a->pool, sizeof *answer);

    answer->nodes = place_for(a, node->item->items);
    APR_ARRAY_PUSH(node->answers, portal_given_t *) = answer;
    add_nodes(a, node->item->items, node, answer, answer->nodes, initial);
    return answer;
}

static int place_of(const portal_node_t *node, const portal_given_t *answer)
{
    for (int i = 0; node && i < node->answers->nelts; i++)
        if (portal_answer_at(node->answers, i) == answer)
            return i + 1;
    return 1;
}

/* a.3.1: the places from the top; a second repetition of a group, or what stands under a
 * second answer, has its number behind its place: a.3-2.1 */
static const char *make_name(const portal_answers_t *a, const portal_node_t *node)
{
    const portal_node_t *up = node->parent;
    const char *name = up ? up->name : "a";
    int answer = node->under ? place_of(up, node->under) : 1;

    if (answer == 1 && node->number == 1 && (!up || up->name == up->item->field))
        return node->item->field;
    if (answer > 1)
        name = apr_psprintf(a->pool, "%s-%d", name, answer);
    name = apr_psprintf(a->pool, "%s.%d", name, node->item->position);
    return node->number > 1 ? apr_psprintf(a->pool, "%s-%d", name, node->number) : name;
}

static portal_node_t *make_node(portal_answers_t *a, const portal_item_t *item,
                                portal_node_t *parent, portal_given_t *under, int number)
{
    portal_node_t *node = apr_pcalloc(a->pool, sizeof *node);

    node->item = item;
    node->parent = parent;
    node->under = under;
    node->number = number;
    node->nodes = item->type == PORTAL_ITEM_GROUP ? place_for(a, item->items) : a->none;
    node->answers = portal_item_is_question(item)
                        ? apr_array_make(a->pool, 1, sizeof(portal_given_t *))
                        : a->none;
    node->name = make_name(a, node);
    a->count++;
    return node;
}

static void fill_node(portal_answers_t *a, portal_node_t *node, bool initial)
{
    const portal_item_t *item = node->item;

    if (item->type == PORTAL_ITEM_GROUP)
        add_nodes(a, item->items, node, NULL, node->nodes, initial);
    for (int i = 0; initial && i < item->initial->nelts; i++)
        add_answer(a, node, true)->value =
            APR_ARRAY_IDX(item->initial, i, portal_value_t);
    /* A question asked once always has its one place, so that what stands under it, too,
     * outlives a change of mind. */
    if (portal_item_is_question(item) && !item->repeats && !node->answers->nelts)
        add_answer(a, node, initial);
}

static void add_nodes(portal_answers_t *a, const apr_array_header_t *items,
                      portal_node_t *parent, portal_given_t *under,
                      apr_array_header_t *into, bool initial)
{
    for (int i = 0; i < items->nelts; i++) {
        portal_node_t *node = make_node(a, portal_item_at(items, i), parent, under, 1);
        APR_ARRAY_PUSH(into, portal_node_t *) = node;
        fill_node(a, node, initial);
    }
}

static int index_nodes(portal_answers_t *a, const apr_array_header_t *nodes, int order)
{
    for (int i = 0; i < nodes->nelts; i++) {
        portal_node_t *node = portal_node_at(nodes, i);
        apr_array_header_t *list = a->by_item[node->item->index];
        node->order = order++;
        APR_ARRAY_PUSH(list, portal_node_t *) = node;
        order = index_nodes(a, node->nodes, order);
        for (int k = 0; k < node->answers->nelts; k++)
            order = index_nodes(a, portal_answer_at(node->answers, k)->nodes, order);
    }
    return order;
}

void portal_answers_index(portal_answers_t *a)
{
    for (int i = 0; i < a->form->all->nelts; i++)
        a->by_item[i]->nelts = 0;
    a->count = index_nodes(a, a->nodes, 0);
}

/* For each item a list with room for one node, all in one piece: they are gone through as a whole, and
 * most have no more. */
static apr_array_header_t **make_lists(int n, apr_pool_t *p)
{
    apr_array_header_t **lists = apr_palloc(p, sizeof *lists * (apr_size_t)n),
                       *list = apr_palloc(p, sizeof *list * (apr_size_t)n);
    portal_node_t **first = apr_pcalloc(p, sizeof *first * (apr_size_t)n);

    for (int i = 0; i < n; i++) {
        list[i] = (apr_array_header_t){p, sizeof *first, 0, 1, (char *)&first[i]};
        lists[i] = &list[i];
    }
    return lists;
}

static portal_answers_t *make(const portal_form_t *form, bool initial, apr_pool_t *p)
{
    portal_answers_t *a = apr_pcalloc(p, sizeof *a);

    a->form = form;
    a->pool = p;
    a->bare = !initial;
    a->none = apr_array_make(p, 0, sizeof(void *));
    a->nodes = apr_array_make(p, form->items->nelts, sizeof(portal_node_t *));
    a->by_item = make_lists(form->all->nelts, p);
    add_nodes(a, form->items, NULL, NULL, a->nodes, initial);
    return a;
}

portal_answers_t *portal_answers_new(const portal_form_t *form, apr_pool_t *p)
{
    portal_answers_t *a = make(form, true, p);

    portal_answers_done(a);
    return a;
}

portal_answers_t *portal_answers_blank(const portal_form_t *form, apr_pool_t *p)
{
    return make(form, false, p);
}

void portal_answers_done(portal_answers_t *a)
{
    a->bare = false;
    portal_answers_index(a);
    portal_enable_update(a);
}

int portal_node_count(const portal_node_t *node)
{
    int n = 0;

    for (int i = 0; i < node->answers->nelts; i++)
        n += portal_answer_at(node->answers, i)->value.kind != PORTAL_VALUE_NONE;
    return n;
}

bool portal_node_answered(const portal_node_t *node)
{
    return portal_node_count(node) > 0;
}

void portal_node_set(portal_answers_t *a, portal_node_t *node,
                     const portal_value_t *value)
{
    portal_given_t *answer = node->answers->nelts ? portal_answer_at(node->answers, 0)
                                                  : portal_node_add(a, node);

    answer->value = value ? *value : (portal_value_t){.kind = PORTAL_VALUE_NONE};
    answer->typed = answer->error = answer->from = NULL;
}

void portal_node_begin(portal_answers_t *a, portal_node_t *node)
{
    node->answers->nelts = 0;
    fill_node(a, node, true);
}

portal_given_t *portal_node_add(portal_answers_t *a, portal_node_t *node)
{
    portal_given_t *answer;

    if (node->answers->nelts >= PORTAL_ANSWERS_MAX_REPEATS)
        return NULL;
    answer = add_answer(a, node, !a->bare);
    if (answer->nodes->nelts && !a->bare)
        portal_answers_index(a);
    return answer;
}

static apr_array_header_t *siblings(const portal_answers_t *a, const portal_node_t *node)
{
    if (node->under)
        return node->under->nodes;
    return node->parent ? node->parent->nodes : a->nodes;
}

/* Puts an element into an array of nodes at a place. */
static void insert(apr_array_header_t *nodes, int at, portal_node_t *node)
{
    portal_node_t **list;

    APR_ARRAY_PUSH(nodes, portal_node_t *) = node;
    list = (portal_node_t **)nodes->elts;
    memmove(list + at + 1, list + at, sizeof *list * (size_t)(nodes->nelts - 1 - at));
    list[at] = node;
}

int portal_group_count(const portal_answers_t *a, const portal_node_t *node)
{
    const apr_array_header_t *all = siblings(a, node);
    int n = 0;

    for (int i = 0; i < all->nelts; i++)
        n += portal_node_at(all, i)->item == node->item;
    return n;
}

static int last_place(const apr_array_header_t *all, const portal_item_t *item)
{
    int last = 0;

    for (int i = 0; i < all->nelts; i++)
        if (portal_node_at(all, i)->item == item)
            last = i;
    return last;
}

portal_node_t *portal_group_add(portal_answers_t *a, const portal_node_t *node)
{
    apr_array_header_t *all = siblings(a, node);
    int n = portal_group_count(a, node), most = node->item->max_occurs;
    portal_node_t *made;

    if (!most || most > PORTAL_ANSWERS_MAX_REPEATS || a->bare)
        most = PORTAL_ANSWERS_MAX_REPEATS;
    if (n >= most || a->count >= PORTAL_ANSWERS_MAX_NODES)
        return NULL;
    made = make_node(a, node->item, node->parent, (portal_given_t *)node->under, n + 1);
    fill_node(a, made, !a->bare);
    insert(all, last_place(all, node->item) + 1, made);
    if (!a->bare)
        portal_answers_index(a);
    return made;
}

static void rename_all(const portal_answers_t *a, const apr_array_header_t *nodes)
{
    for (int i = 0; i < nodes->nelts; i++) {
        portal_node_t *node = portal_node_at(nodes, i);
        node->name = make_name(a, node);
        rename_all(a, node->nodes);
        for (int k = 0; k < node->answers->nelts; k++)
            rename_all(a, portal_answer_at(node->answers, k)->nodes);
    }
}

void portal_answers_rename(portal_answers_t *a)
{
    rename_all(a, a->nodes);
    portal_answers_index(a);
}

void portal_group_remove(portal_answers_t *a, portal_node_t *node)
{
    apr_array_header_t *all = siblings(a, node);
    int kept = 0;

    if (portal_group_count(a, node) == 1) {
        node->nodes->nelts = 0;
        fill_node(a, node, true);
        portal_answers_index(a);
        return;
    }
    for (int i = 0; i < all->nelts; i++) {
        portal_node_t *one = portal_node_at(all, i);
        if (one == node)
            continue;
        one->number -= one->item == node->item && one->number > node->number;
        APR_ARRAY_IDX(all, kept++, portal_node_t *) = one;
    }
    all->nelts = kept;
    rename_all(a, all);
    portal_answers_index(a);
}

portal_node_t *portal_answers_node(const portal_answers_t *a, const portal_item_t *item)
{
    const apr_array_header_t *list = a->by_item[item->index];

    return list && list->nelts ? portal_node_at(list, 0) : NULL;
}

portal_node_t *portal_answers_by_name(const portal_answers_t *a, const char *name)
{
    for (int i = 0; i < a->form->all->nelts; i++) {
        const apr_array_header_t *list = a->by_item[i];
        for (int k = 0; list && k < list->nelts; k++)
            if (strcmp(portal_node_at(list, k)->name, name) == 0)
                return portal_node_at(list, k);
    }
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enableWhen; see enable.h.
 */
#include "core/enable.h"

#include <string.h>

#include "core/calculate.h"

enum { FRESH, BUSY, DONE };

static bool enabled(const portal_answers_t *a, portal_node_t *node);

static int depth_of(const portal_node_t *node)
{
    int depth = 0;

    for (; node; node = node->parent)
        depth++;
    return depth;
}

/* How close two nodes are: by the lowest node that stands above both, or is one of them; and
 * under it, those below one answer are closer than those below two. */
static int closeness(const portal_node_t *x, const portal_node_t *y)
{
    const portal_node_t *below_x = NULL, *below_y = NULL;
    int dx = depth_of(x), dy = depth_of(y);

    for (; dx > dy; dx--) {
        below_x = x;
        x = x->parent;
    }
    for (; dy > dx; dy--) {
        below_y = y;
        y = y->parent;
    }
    for (; x != y; dx--) {
        below_x = x;
        below_y = y;
        x = x->parent;
        y = y->parent;
    }
    return 2 * dx + (!below_x || !below_y || below_x->under == below_y->under);
}

/* How close a node of an item is at least that stands where `from` does: under the lowest node whose
 * item is above both, or under the same answer of it. All others are of other repetitions. */
static int least_close(const portal_node_t *from, const portal_item_t *item)
{
    while (from && !portal_item_within(item, from->item))
        from = from->parent;
    return 2 * depth_of(from) + 1;
}

const portal_node_t *portal_enable_nearest(const portal_answers_t *a,
                                           const portal_node_t *from,
                                           const portal_item_t *item)
{
    const apr_array_header_t *list = a->by_item[item->index];
    const portal_node_t *best = NULL;
    int closest = least_close(from, item);

    for (int i = 0; list && i < list->nelts; i++) {
        const portal_node_t *node = portal_node_at(list, i);
        int close = closeness(node, from);
        /* In document order: a later one before `from` is nearer, a later one behind is not. */
        if (close > closest ||
            (close == closest && (!best || node->order < from->order))) {
            closest = close;
            best = node;
        }
    }
    return best;
}

static bool holds(portal_operator_t op, const portal_value_t *answer,
                  const portal_value_t *wanted)
{
    int order;

    if (op == PORTAL_OPERATOR_EQ)
        return portal_value_equal(answer, wanted);
    if (!portal_value_order(answer, wanted, &order))
        return false;
    switch (op) {
    case PORTAL_OPERATOR_GT:
        return order > 0;
    case PORTAL_OPERATOR_LT:
        return order < 0;
    case PORTAL_OPERATOR_GE:
        return order >= 0;
    case PORTAL_OPERATOR_LE:
        return order <= 0;
    default:
        return false;
    }
}

static bool any_holds(const portal_node_t *node, portal_operator_t op,
                      const portal_value_t *wanted)
{
    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_given_t *answer = portal_answer_at(node->answers, i);
        if (answer->value.kind != PORTAL_VALUE_NONE && holds(op, &answer->value, wanted))
            return true;
    }
    return false;
}

static bool condition_holds(const portal_answers_t *a, const portal_node_t *node,
                            const portal_condition_t *c)
{
    portal_node_t *q =
        c->item ? (portal_node_t *)portal_enable_nearest(a, node, c->item) : NULL;
    /* An answer held by a disabled question counts as absent (rule 11). */
    bool there = q && enabled(a, q) && portal_node_answered(q);

    if (c->op == PORTAL_OPERATOR_EXISTS)
        return there == (strcmp(c->answer.text, "true") == 0);
    if (c->op == PORTAL_OPERATOR_NE)
        return !there || !any_holds(q, PORTAL_OPERATOR_EQ, &c->answer);
    return there && any_holds(q, c->op, &c->answer);
}

static bool conditions_hold(const portal_answers_t *a, const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    for (int i = 0; i < item->conditions->nelts; i++) {
        bool yes = condition_holds(
            a, node, &APR_ARRAY_IDX(item->conditions, i, portal_condition_t));
        if (yes == item->any)
            return yes;
    }
    return !item->conditions->nelts || !item->any;
}

static bool compute(const portal_answers_t *a, portal_node_t *node)
{
    if (node->item->unsupported || node->barred)
        return false;
    if (node->parent && !enabled(a, node->parent))
        return false;
    /* What stands under an answer has no place in a response without it (rule 4); words
     * that belong to the question are shown with it. */
    if (node->under && node->under->value.kind == PORTAL_VALUE_NONE &&
        node->item->type != PORTAL_ITEM_DISPLAY)
        return false;
    return conditions_hold(a, node);
}

static bool enabled(const portal_answers_t *a, portal_node_t *node)
{
    if (node->visited == BUSY)
        return false;
    if (node->visited == FRESH) {
        node->visited = BUSY;
        node->enabled = compute(a, node);
        node->visited = DONE;
    }
    return node->enabled;
}

void portal_enable_conditions(portal_answers_t *a)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < a->form->all->nelts; i++) {
            const apr_array_header_t *list = a->by_item[i];
            for (int k = 0; list && k < list->nelts; k++) {
                if (pass == 0)
                    portal_node_at(list, k)->visited = FRESH;
                else
                    enabled(a, portal_node_at(list, k));
            }
        }
    }
}

void portal_enable_update(portal_answers_t *a)
{
    portal_enable_conditions(a);
    portal_calculate(a);
}

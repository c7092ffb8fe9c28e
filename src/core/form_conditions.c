/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins the conditions of enableWhen with their questions, and finds those that cannot work
 * (rules 11 to 15): a question that is not there or has no answer, a comparison that never
 * holds, questions that wait for each other.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <string.h>

#define WARN PORTAL_FAULT_WARN
#define REFUSE PORTAL_FAULT_REFUSE
/* Enabling one item may lead through so many others; more would be no form for people, and
 * the limit keeps the stack short when conditions are followed. */
#define LONGEST_CHAIN 200

static bool is_number(portal_value_kind_t kind)
{
    return kind == PORTAL_VALUE_INTEGER || kind == PORTAL_VALUE_DECIMAL;
}

static bool is_date(portal_value_kind_t kind)
{
    return kind == PORTAL_VALUE_DATE || kind == PORTAL_VALUE_DATETIME;
}

/* True when an answer of the question can be of the condition's type. */
static bool kinds_meet(const portal_item_t *question, portal_value_kind_t kind)
{
    portal_value_kind_t own = portal_item_value_kind(question->type);

    for (int i = 0; i < question->options->nelts; i++)
        if (APR_ARRAY_IDX(question->options, i, portal_option_t).value.kind == kind)
            return true;
    if (question->type == PORTAL_ITEM_OPEN_CHOICE && kind == PORTAL_VALUE_STRING)
        return true;
    if (question->options->nelts)
        return false;
    return own == kind || (is_number(own) && is_number(kind)) ||
           (is_date(own) && is_date(kind));
}

static void check_coding(portal_form_loader_t *l, const portal_item_t *item,
                         const portal_condition_t *c)
{
    if (c->answer.kind != PORTAL_VALUE_CODING || portal_item_option(c->item, &c->answer))
        return;
    if (!c->answer.system)
        portal_form_fault(
            l, WARN, item->link_id, "condition-without-system",
            "The condition on \"%s\" names the code \"%s\" without a system, "
            "which equals none of the options; copy the option's system.",
            c->question, c->answer.text ? c->answer.text : "");
    else if (c->item->type == PORTAL_ITEM_CHOICE && !c->item->unbound)
        portal_form_fault(
            l, WARN, item->link_id, "condition-no-option",
            "The condition compares \"%s\" with the code \"%s\", which is none "
            "of its options.",
            c->question, c->answer.text ? c->answer.text : "");
}

static void check_comparison(portal_form_loader_t *l, const portal_item_t *item,
                             const portal_condition_t *c)
{
    int order;

    if (c->op == PORTAL_OPERATOR_EXISTS)
        return;
    if (!kinds_meet(c->item, c->answer.kind) && !c->item->unbound) {
        portal_form_fault(l, WARN, item->link_id, "condition-type",
                          "The condition compares \"%s\" with a value that its answers "
                          "never have; use the answer[x] of the question's own type.",
                          c->question);
        return;
    }
    check_coding(l, item, c);
    if (c->op == PORTAL_OPERATOR_NE && (!c->item->required || c->item->repeats))
        portal_form_fault(
            l, WARN, item->link_id, "not-equal",
            "The condition \"%s\" != … also holds while \"%s\" is unanswered, "
            "and other programs read != in another way. Prefer = with each "
            "answer that counts.",
            c->question, c->question);
    if (c->op >= PORTAL_OPERATOR_GT &&
        !portal_value_order(&c->answer, &c->answer, &order))
        portal_form_fault(
            l, WARN, item->link_id, "condition-order",
            "The condition on \"%s\" asks for more or less, but such values "
            "have no order.",
            c->question);
}

static void join(portal_form_loader_t *l, portal_item_t *item, portal_condition_t *c)
{
    c->item = portal_form_item(l->form, c->question);
    if (!c->item) {
        portal_form_fault(
            l, REFUSE, item->link_id, "condition-nowhere",
            "enableWhen names the question \"%s\", which is not in the form; "
            "the item could never be shown. Correct the linkId.",
            c->question);
        return;
    }
    if (!portal_item_is_question(c->item)) {
        portal_form_fault(l, REFUSE, item->link_id, "condition-no-question",
                          "enableWhen names \"%s\", which is a %s and has no answer.",
                          c->question, portal_item_type_name(c->item->type));
        return;
    }
    check_comparison(l, item, c);
}

/* For each item: 0 not visited, -1 being visited, else the length of its longest chain. */
typedef struct {
    portal_form_loader_t *l;
    int *length;
} walk_t;

static int visit(walk_t *w, const portal_item_t *item, int depth);

static int longer(int a, int b)
{
    return a > b ? a : b;
}

static int visit_all(walk_t *w, const portal_item_t *item, int depth)
{
    int longest = item->parent ? visit(w, item->parent, depth + 1) : 0;

    for (int i = 0; i < item->conditions->nelts; i++) {
        const portal_condition_t *c =
            &APR_ARRAY_IDX(item->conditions, i, portal_condition_t);
        if (c->item)
            longest = longer(longest, visit(w, c->item, depth + 1));
    }
    return longest + 1;
}

static int visit(walk_t *w, const portal_item_t *item, int depth)
{
    int *length = &w->length[item->index];

    if (*length > 0)
        return *length;
    if (*length < 0) {
        portal_form_fault(
            w->l, REFUSE, item->link_id, "condition-loop",
            "The item is shown only on conditions that lead back to itself; "
            "so it would never be shown. Break the loop in enableWhen.");
        return 1;
    }
    if (depth > LONGEST_CHAIN)
        return LONGEST_CHAIN;
    *length = -1;
    *length = visit_all(w, item, depth);
    return *length;
}

static void find_loops(portal_form_loader_t *l)
{
    const apr_array_header_t *all = l->form->all;
    walk_t w = {l, apr_pcalloc(l->pool, sizeof(int) * (size_t)(all->nelts + 1))};

    for (int i = 0; i < all->nelts; i++) {
        const portal_item_t *item = portal_item_at(all, i);
        if (visit(&w, item, 0) >= LONGEST_CHAIN) {
            portal_form_fault(l, REFUSE, item->link_id, "condition-chain",
                              "Showing the item depends on a chain of %d or more others.",
                              LONGEST_CHAIN);
            return;
        }
    }
}

void portal_form_join_conditions(portal_form_loader_t *l)
{
    const apr_array_header_t *all = l->form->all;

    for (int i = 0; i < all->nelts; i++) {
        portal_item_t *item = portal_item_at(all, i);
        for (int k = 0; k < item->conditions->nelts; k++)
            join(l, item, &APR_ARRAY_IDX(item->conditions, k, portal_condition_t));
    }
    find_loops(l);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of last time; see prefill.h.
 */
#include "core/prefill.h"

#include <string.h>

#include "core/enable.h"
#include "core/response.h"
#include "core/signature.h"

/* ---- what may be taken over ---- */

static bool offers_refusal(const portal_item_t *item)
{
    for (int i = 0; i < item->options->nelts; i++)
        if (portal_value_declines(
                &APR_ARRAY_IDX(item->options, i, portal_option_t).value))
            return true;
    return false;
}

static bool holds_consent(const portal_form_t *form)
{
    if (form->consent)
        return true;
    for (int i = 0; i < form->all->nelts; i++)
        if (portal_item_at(form->all, i)->consent ||
            offers_refusal(portal_item_at(form->all, i)))
            return true;
    return false;
}

/* A question, and all that it stands in, may be asked with the answer of last time. */
static bool lasting(const portal_item_t *item)
{
    if (item->hidden || item->read_only || item->calculated || item->unsupported)
        return false;
    for (; item; item = item->parent)
        if (item->of_visit || item->signature)
            return false;
    return true;
}

static bool same_words(const portal_text_t *a, const portal_text_t *b)
{
    return strcmp(a->plain ? a->plain : "", b->plain ? b->plain : "") == 0;
}

/* The question and its headings read as they did then. */
static bool same_question(const portal_item_t *now, const portal_item_t *then)
{
    for (; now && then; now = now->parent, then = then->parent)
        if (now->type != then->type || now->repeats != then->repeats ||
            strcmp(now->link_id, then->link_id) != 0 ||
            !same_words(&now->text, &then->text))
            return false;
    return !now && !then;
}

/* A choice that is gone, or means something else now, is none. */
static bool same_choice(const portal_item_t *now, const portal_item_t *then,
                        const portal_value_t *value)
{
    const portal_option_t *a = portal_item_option(now, value),
                          *b = portal_item_option(then, value);

    if (!a || !b)
        return !a && !b && now->type != PORTAL_ITEM_CHOICE;
    return same_words(&a->text, &b->text);
}

static bool usable(const portal_item_t *now, const portal_form_t *form,
                   const portal_value_t *value)
{
    const portal_item_t *then = portal_form_item(form, now->link_id);

    return then && same_question(now, then) &&
           (!now->options->nelts || same_choice(now, then, value));
}

/* ---- the draft ---- */

static void take_question(portal_answers_t *a, portal_node_t *node,
                          const portal_form_t *then)
{
    bool may = lasting(node->item);

    for (int i = 0; i < node->answers->nelts; i++) {
        portal_given_t *answer = portal_answer_at(node->answers, i);
        if (answer->value.kind == PORTAL_VALUE_NONE)
            continue;
        if (may && usable(node->item, then, &answer->value))
            answer->from = PORTAL_FROM_LAST;
        else
            answer->value = (portal_value_t){.kind = PORTAL_VALUE_NONE};
    }
    if (!portal_node_answered(node))
        portal_node_begin(a, node);
}

portal_answers_t *portal_prefill(const portal_form_t *form, const portal_form_t *then,
                                 const char *response, apr_size_t len, apr_pool_t *p)
{
    portal_response_t read;

    if (form->of_visit || holds_consent(form) ||
        portal_response_read(&read, form, response, len, p))
        return portal_answers_new(form, p);
    for (int i = 0; i < form->all->nelts; i++) {
        const apr_array_header_t *nodes = read.answers->by_item[i];
        for (int k = 0; nodes && k < nodes->nelts; k++)
            if (portal_item_is_question(portal_item_at(form->all, i)))
                take_question(read.answers, portal_node_at(nodes, k), then);
    }
    portal_answers_index(read.answers);
    read.answers->settled = false;
    portal_enable_update(read.answers);
    return read.answers;
}

/* ---- the marks ---- */

bool portal_prefilled(const portal_node_t *node, const char **from)
{
    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_given_t *answer = portal_answer_at(node->answers, i);
        if (!answer->from)
            continue;
        if (from)
            *from = answer->from;
        return true;
    }
    return false;
}

void portal_prefill_confirm(portal_answers_t *a, const portal_form_page_t *page)
{
    const apr_array_header_t *nodes = portal_page_questions(a, page);

    for (int i = 0; i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        for (int k = 0; portal_node_shown(node) && k < node->answers->nelts; k++)
            portal_answer_at(node->answers, k)->from = NULL;
    }
}

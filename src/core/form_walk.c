/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pages of a form are visible, and the way through them; see form_pages.h.
 */
#include "core/form_pages.h"

#include <string.h>

bool portal_node_shown(const portal_node_t *node)
{
    const portal_item_t *item = node->item;

    if (!node->enabled || item->hidden)
        return false;
    return !portal_item_is_question(item) || !item->read_only ||
           portal_node_answered(node);
}

static void collect(const apr_array_header_t *nodes, bool all, apr_array_header_t *into)
{
    for (int i = 0; i < nodes->nelts; i++) {
        portal_node_t *node = portal_node_at(nodes, i);
        if (node->item->hidden || portal_item_follows(node->item))
            continue;
        if (all || portal_item_is_question(node->item))
            APR_ARRAY_PUSH(into, portal_node_t *) = node;
        collect(node->nodes, all, into);
        for (int k = 0; k < node->answers->nelts; k++)
            collect(portal_answer_at(node->answers, k)->nodes, all, into);
    }
}

apr_array_header_t *portal_page_nodes(const portal_answers_t *a,
                                      const portal_form_page_t *page)
{
    apr_array_header_t *nodes = apr_array_make(a->pool, 8, sizeof(portal_node_t *));

    for (int i = 0; i < page->units->nelts; i++) {
        const apr_array_header_t *list =
            a->by_item[portal_item_at(page->units, i)->index];
        if (list)
            apr_array_cat(nodes, list);
    }
    return nodes;
}

apr_array_header_t *portal_page_questions(const portal_answers_t *a,
                                          const portal_form_page_t *page)
{
    const apr_array_header_t *units = portal_page_nodes(a, page);
    apr_array_header_t *found = apr_array_make(a->pool, 8, sizeof(portal_node_t *));

    for (int i = 0; i < units->nelts; i++) {
        portal_node_t *node = portal_node_at(units, i);
        if (portal_item_is_question(node->item))
            APR_ARRAY_PUSH(found, portal_node_t *) = node;
        else
            collect(node->nodes, false, found);
    }
    return found;
}

/* Of groups only the words within a page stay: what a repeating one is called heads its part. */
static bool says_nothing(const portal_item_t *item)
{
    return item->type == PORTAL_ITEM_GROUP && (item->repeats || !item->text.plain);
}

static void without_groups(apr_array_header_t *nodes)
{
    int kept = 0;

    for (int i = 0; i < nodes->nelts; i++)
        if (!says_nothing(portal_node_at(nodes, i)->item))
            APR_ARRAY_IDX(nodes, kept++, portal_node_t *) = portal_node_at(nodes, i);
    nodes->nelts = kept;
}

apr_array_header_t *portal_page_words(const portal_answers_t *a,
                                      const portal_form_page_t *page)
{
    const apr_array_header_t *units = portal_page_nodes(a, page);
    apr_array_header_t *found = apr_array_make(a->pool, 8, sizeof(portal_node_t *));

    for (int i = 0; i < units->nelts; i++) {
        portal_node_t *node = portal_node_at(units, i);
        APR_ARRAY_PUSH(found, portal_node_t *) = node;
        collect(node->nodes, true, found);
        if (node->answers->nelts)
            collect(portal_answer_at(node->answers, 0)->nodes, true, found);
    }
    without_groups(found);
    return found;
}

static bool shows_display(const portal_answers_t *a, const portal_form_page_t *page)
{
    const apr_array_header_t *units = portal_page_nodes(a, page);
    apr_array_header_t *all = apr_array_make(a->pool, 8, sizeof(portal_node_t *));

    collect(units, true, all);
    for (int i = 0; i < all->nelts; i++) {
        const portal_node_t *node = portal_node_at(all, i);
        if (node->item->type == PORTAL_ITEM_DISPLAY && portal_node_shown(node))
            return true;
    }
    return false;
}

/* Words that introduce questions are not shown without any of them. */
bool portal_page_visible(const portal_answers_t *a, const portal_form_page_t *page)
{
    const apr_array_header_t *questions = portal_page_questions(a, page);

    for (int i = 0; i < questions->nelts; i++)
        if (portal_node_shown(portal_node_at(questions, i)))
            return true;
    return questions->nelts == 0 && shows_display(a, page);
}

const portal_form_page_t *portal_page_at(const apr_array_header_t *pages, int number)
{
    if (number < 1 || number > pages->nelts)
        return NULL;
    return &APR_ARRAY_IDX(pages, number - 1, portal_form_page_t);
}

const portal_form_page_t *portal_page_next(const portal_answers_t *a,
                                           const apr_array_header_t *pages, int number)
{
    const portal_form_page_t *page;

    while ((page = portal_page_at(pages, ++number)))
        if (portal_page_visible(a, page))
            return page;
    return NULL;
}

const portal_form_page_t *portal_page_previous(const portal_answers_t *a,
                                               const apr_array_header_t *pages,
                                               int number)
{
    const portal_form_page_t *page;

    while ((page = portal_page_at(pages, --number)))
        if (portal_page_visible(a, page))
            return page;
    return NULL;
}

static bool asks(const portal_form_page_t *page, const portal_item_t *item)
{
    for (; item; item = item->parent) {
        for (int i = 0; i < page->units->nelts; i++)
            if (portal_item_at(page->units, i) == item)
                return true;
        if (portal_item_follows(item))
            return false;
    }
    return false;
}

const portal_form_page_t *portal_page_of(const apr_array_header_t *pages,
                                         const portal_item_t *item)
{
    for (int i = 0; i < pages->nelts; i++)
        if (asks(&APR_ARRAY_IDX(pages, i, portal_form_page_t), item))
            return &APR_ARRAY_IDX(pages, i, portal_form_page_t);
    return NULL;
}

void portal_page_progress(const portal_answers_t *a, const apr_array_header_t *pages,
                          const portal_form_page_t *page, int *n, int *m)
{
    int last = 0;

    *n = *m = 0;
    for (int i = 0; i < pages->nelts; i++) {
        const portal_form_page_t *one = &APR_ARRAY_IDX(pages, i, portal_form_page_t);
        if (one->section == last || (one != page && !portal_page_visible(a, one)))
            continue;
        last = one->section;
        (*m)++;
        if (one->section <= page->section)
            *n = *m;
    }
}

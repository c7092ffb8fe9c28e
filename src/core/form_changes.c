/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of a form; see form_changes.h.
 */
#include "core/form_changes.h"

#include <string.h>

#include "core/form_returned.h"

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_text(const portal_text_t *a, const portal_text_t *b)
{
    int n = a->in ? a->in->nelts : 0;

    if (!same(a->plain, b->plain) ||
        !same(portal_text_shown(a, NULL), portal_text_shown(b, NULL)) ||
        n != (b->in ? b->in->nelts : 0))
        return false;
    for (int i = 0; i < n; i++) {
        const portal_translation_t *one = &APR_ARRAY_IDX(a->in, i, portal_translation_t),
                                   *other =
                                       &APR_ARRAY_IDX(b->in, i, portal_translation_t);
        if (!same(one->lang, other->lang) || !same(one->content, other->content) ||
            !same(portal_text_shown(a, one->lang), portal_text_shown(b, one->lang)))
            return false;
    }
    return true;
}

static bool same_options(const portal_item_t *a, const portal_item_t *b)
{
    if (a->options->nelts != b->options->nelts)
        return false;
    for (int i = 0; i < a->options->nelts; i++) {
        const portal_option_t *one = &APR_ARRAY_IDX(a->options, i, portal_option_t),
                              *other = &APR_ARRAY_IDX(b->options, i, portal_option_t);
        if (!portal_value_equal(&one->value, &other->value) ||
            !same_text(&one->text, &other->text))
            return false;
    }
    return true;
}

const portal_item_t *portal_item_then(const portal_form_t *then, const portal_item_t *now)
{
    return portal_form_item(then, now->link_id);
}

bool portal_item_altered(const portal_form_t *then, const portal_item_t *now)
{
    const portal_item_t *was = portal_item_then(then, now);

    return !was || was->type != now->type || was->required != now->required ||
           was->repeats != now->repeats || !same_text(&was->text, &now->text) ||
           !same_options(was, now);
}

bool *portal_form_changes(const portal_form_t *now, const portal_form_t *then,
                          apr_pool_t *p)
{
    apr_array_header_t *link_ids = apr_array_make(p, 8, sizeof(const char *));

    for (int i = 0; i < now->all->nelts; i++)
        if (portal_item_altered(then, portal_item_at(now->all, i)))
            APR_ARRAY_PUSH(link_ids, const char *) = portal_item_at(now->all, i)->link_id;
    return portal_returned_scope(now, link_ids, p);
}

static bool is_gone(const portal_form_t *now, const portal_item_t *item)
{
    return !portal_form_item(now, item->link_id);
}

apr_array_header_t *portal_form_removed(const portal_form_t *now,
                                        const portal_form_t *then, apr_pool_t *p)
{
    apr_array_header_t *gone = apr_array_make(p, 2, sizeof(const portal_item_t *));

    for (int i = 0; i < then->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(then->all, i);
        if (is_gone(now, item) && !(item->parent && is_gone(now, item->parent)))
            APR_ARRAY_PUSH(gone, const portal_item_t *) = item;
    }
    return gone;
}

apr_status_t portal_form_renew(portal_answers_t **out, const portal_form_t *now,
                               const portal_form_t *then, const char *response,
                               apr_size_t len, apr_pool_t *p)
{
    bool *blank = apr_pcalloc(p, sizeof *blank * (apr_size_t)(now->all->nelts + 1));
    apr_status_t rv;

    for (int i = 0; i < now->all->nelts; i++)
        blank[i] = portal_item_is_question(portal_item_at(now->all, i)) &&
                   portal_item_altered(then, portal_item_at(now->all, i));
    rv = portal_returned_answers(out, now, response, len, blank, p);
    if (rv == APR_SUCCESS)
        (*out)->since = then->hash;
    return rv;
}

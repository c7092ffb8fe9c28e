/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of a form; see form_changes.h.
 */
#include "core/form_changes.h"

#include <string.h>

#include "core/form_expression.h"
#include "core/form_returned.h"
#include "core/validate.h"

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

/* ---- rules ---- */

static bool same_value(const portal_value_t *a, const portal_value_t *b)
{
    return a->kind == b->kind &&
           (a->kind == PORTAL_VALUE_NONE || portal_value_equal(a, b));
}

static bool same_conditions(const portal_item_t *a, const portal_item_t *b)
{
    if (a->conditions->nelts != b->conditions->nelts ||
        (a->conditions->nelts > 1 && a->any != b->any))
        return false;
    for (int i = 0; i < a->conditions->nelts; i++) {
        const portal_condition_t *one =
                                     &APR_ARRAY_IDX(a->conditions, i, portal_condition_t),
                                 *other =
                                     &APR_ARRAY_IDX(b->conditions, i, portal_condition_t);
        if (one->op != other->op || !same(one->question, other->question) ||
            !same_value(&one->answer, &other->answer))
            return false;
    }
    return true;
}

/* Each unit that could be chosen still can be. */
static bool same_units(const portal_item_t *was, const portal_item_t *now)
{
    if (now->unit_open)
        return true;
    for (int i = 0; i < was->units->nelts; i++) {
        const portal_value_t *unit = &APR_ARRAY_IDX(was->units, i, portal_unit_t).coding;
        int k = 0;
        while (k < now->units->nelts &&
               !portal_value_equal(unit,
                                   &APR_ARRAY_IDX(now->units, k, portal_unit_t).coding))
            k++;
        if (k == now->units->nelts)
            return false;
    }
    return !was->unit_open || now->type != PORTAL_ITEM_QUANTITY;
}

/* No option excludes the others that did not before; the options are the same otherwise. */
static bool same_exclusive(const portal_item_t *was, const portal_item_t *now)
{
    for (int i = 0; i < now->options->nelts && i < was->options->nelts; i++)
        if (APR_ARRAY_IDX(now->options, i, portal_option_t).exclusive &&
            !APR_ARRAY_IDX(was->options, i, portal_option_t).exclusive)
            return false;
    return true;
}

/* An answer is looked for where its question stands. */
static bool same_place(const portal_item_t *was, const portal_item_t *now)
{
    return same(was->parent ? was->parent->link_id : NULL,
                now->parent ? now->parent->link_id : NULL);
}

/* 0 is no limit. */
static bool less_allowed(int was, int most)
{
    return most && (!was || most < was);
}

static bool stricter(const portal_item_t *was, const portal_item_t *now)
{
    return now->min_length > was->min_length || now->min_occurs > was->min_occurs ||
           less_allowed(was->max_length, now->max_length) ||
           less_allowed(was->max_occurs, now->max_occurs) ||
           (now->max_places >= 0 && now->max_places != was->max_places) ||
           (now->regex && !same(was->regex, now->regex)) ||
           (now->min_value.kind && !same_value(&was->min_value, &now->min_value)) ||
           (now->max_value.kind && !same_value(&was->max_value, &now->max_value));
}

/* True when what was a right answer may be a wrong one, or none, though the words are the same. Two
 * expressions are never taken for the same. */
static bool ruled_otherwise(const portal_form_t *then, const portal_item_t *now)
{
    const portal_item_t *was = portal_item_then(then, now);

    return was &&
           ((was->hidden && !now->hidden) || (was->read_only && !now->read_only) ||
            (now->expressions && now->expressions->enables) || !same_place(was, now) ||
            !same_conditions(was, now) || !same_units(was, now) ||
            !same_exclusive(was, now) || stricter(was, now));
}

/* What keeps the draft from being sent as it is, such as what another score asks for. */
static void add_lacking(apr_array_header_t *link_ids, const portal_answers_t *begun)
{
    const apr_array_header_t *errors =
        portal_answers_check_all(begun, PORTAL_CHECK_COMPLETE);

    for (int i = 0; i < errors->nelts; i++)
        APR_ARRAY_PUSH(link_ids, const char *) =
            APR_ARRAY_IDX(errors, i, portal_answer_error_t).node->item->link_id;
}

bool *portal_form_changes(const portal_form_t *now, const portal_form_t *then,
                          const portal_answers_t *begun, apr_pool_t *p)
{
    apr_array_header_t *link_ids = apr_array_make(p, 8, sizeof(const char *));

    for (int i = 0; i < now->all->nelts; i++)
        if (portal_item_altered(then, portal_item_at(now->all, i)) ||
            ruled_otherwise(then, portal_item_at(now->all, i)))
            APR_ARRAY_PUSH(link_ids, const char *) = portal_item_at(now->all, i)->link_id;
    if (begun)
        add_lacking(link_ids, begun);
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

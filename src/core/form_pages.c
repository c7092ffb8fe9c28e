/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a form into pages; see form_pages.h.
 */
#include "core/form_pages.h"

#include <string.h>

typedef struct {
    const portal_form_t *form;
    apr_pool_t *pool;
    apr_array_header_t *pages;
    portal_form_page_t *page;    /* being filled, NULL: none */
    int weight;                  /* of that page */
    apr_array_header_t *waiting; /* displays that go with what follows */
    apr_array_header_t *path;    /* groups we are in */
    bool *on_page;               /* item->index: stands on the page being filled */
    int section;
    int most; /* weight of a page */
} cutter_t;

static void place_all(cutter_t *c, const apr_array_header_t *items);

/* Never shown to a patient. */
static bool skipped(const portal_item_t *item)
{
    return item->hidden || item->unsupported;
}

/* A display that belongs to the question above it. */
static bool is_caption(const portal_item_t *item)
{
    return item->type == PORTAL_ITEM_DISPLAY && item->parent &&
           portal_item_is_question(item->parent);
}

static int weight_of(const portal_item_t *item)
{
    int weight =
        item->options->nelts > 8 && item->control != PORTAL_CONTROL_DROP_DOWN ? 2 : 1;

    if (skipped(item) || item->type == PORTAL_ITEM_DISPLAY)
        return 0;
    if (item->type != PORTAL_ITEM_GROUP)
        return weight;
    weight = 0;
    for (int i = 0; i < item->items->nelts; i++)
        weight += weight_of(portal_item_at(item->items, i));
    return weight;
}

static bool has_follow_up(const portal_item_t *question)
{
    for (int i = 0; i < question->items->nelts; i++)
        if (!is_caption(portal_item_at(question->items, i)))
            return true;
    return false;
}

/* True when something in the group waits for an answer in it, stands under one, or repeats. */
static bool depends_on_itself(const portal_item_t *item, const portal_item_t *top)
{
    if (portal_item_is_question(item) && has_follow_up(item))
        return true;
    if (item != top && item->type == PORTAL_ITEM_GROUP && item->repeats)
        return true;
    for (int i = 0; i < item->conditions->nelts; i++)
        if (portal_item_within(
                APR_ARRAY_IDX(item->conditions, i, portal_condition_t).item, top))
            return true;
    for (int i = 0; i < item->items->nelts; i++)
        if (depends_on_itself(portal_item_at(item->items, i), top))
            return true;
    return false;
}

static bool fits_one_page(const cutter_t *c, const portal_item_t *group)
{
    return weight_of(group) <= c->most && !depends_on_itself(group, group);
}

static bool depends_on_page(const cutter_t *c, const portal_item_t *item)
{
    for (int i = 0; i < item->conditions->nelts; i++)
        if (c->on_page[APR_ARRAY_IDX(item->conditions, i, portal_condition_t)
                           .item->index])
            return true;
    for (int i = 0; i < item->items->nelts; i++)
        if (depends_on_page(c, portal_item_at(item->items, i)))
            return true;
    return false;
}

static void close_page(cutter_t *c)
{
    c->page = NULL;
    c->weight = 0;
    memset(c->on_page, 0, sizeof *c->on_page * (size_t)c->form->all->nelts);
}

static void open_page(cutter_t *c)
{
    portal_form_page_t *page = apr_array_push(c->pages);

    page->number = c->pages->nelts;
    page->section = c->section;
    page->path = apr_array_copy(c->pool, c->path);
    page->units =
        apr_array_make(c->pool, PORTAL_PAGE_WEIGHT, sizeof(const portal_item_t *));
    c->page = page;
}

static void mark(cutter_t *c, const portal_item_t *item)
{
    c->on_page[item->index] = true;
    for (int i = 0; i < item->items->nelts; i++)
        mark(c, portal_item_at(item->items, i));
}

static void put(cutter_t *c, const portal_item_t *item)
{
    if (!c->page)
        open_page(c);
    APR_ARRAY_PUSH(c->page->units, const portal_item_t *) = item;
    c->weight += weight_of(item);
    mark(c, item);
}

static void put_waiting(cutter_t *c)
{
    for (int i = 0; i < c->waiting->nelts; i++)
        put(c, portal_item_at(c->waiting, i));
    c->waiting->nelts = 0;
}

static bool waiting_depends(const cutter_t *c)
{
    for (int i = 0; i < c->waiting->nelts; i++)
        if (depends_on_page(c, portal_item_at(c->waiting, i)))
            return true;
    return false;
}

static void put_unit(cutter_t *c, const portal_item_t *item)
{
    if (c->page && (c->weight + weight_of(item) > c->most || depends_on_page(c, item) ||
                    waiting_depends(c)))
        close_page(c);
    put_waiting(c);
    put(c, item);
}

/* Displays at the end of a set stay with its last question. */
static void end_of_set(cutter_t *c)
{
    if (c->waiting->nelts && c->page && waiting_depends(c))
        close_page(c);
    put_waiting(c);
    close_page(c);
}

/* What stands under a question comes on the pages after it. */
static void place_question(cutter_t *c, const portal_item_t *item)
{
    put_unit(c, item);
    if (!has_follow_up(item))
        return;
    close_page(c);
    for (int i = 0; i < item->items->nelts; i++) {
        const portal_item_t *below = portal_item_at(item->items, i);
        apr_array_header_t *one = apr_array_make(c->pool, 1, sizeof below);
        APR_ARRAY_PUSH(one, const portal_item_t *) = below;
        if (!is_caption(below))
            place_all(c, one);
    }
    end_of_set(c);
}

static void place_inside(cutter_t *c, const portal_item_t *group)
{
    int most = c->most;

    if (group->control == PORTAL_CONTROL_PAGE)
        c->most = PORTAL_PAGE_ASKED;
    APR_ARRAY_PUSH(c->path, const portal_item_t *) = group;
    place_all(c, group->items);
    end_of_set(c);
    apr_array_pop(c->path);
    c->most = most;
}

static void place_group(cutter_t *c, const portal_item_t *group)
{
    bool nested = c->path->nelts > 0;

    if (nested && !group->repeats && group->control != PORTAL_CONTROL_PAGE &&
        fits_one_page(c, group)) {
        put_unit(c, group);
        return;
    }
    close_page(c);
    if (group->repeats) {
        put_waiting(c);
        put(c, group);
        close_page(c);
        return;
    }
    place_inside(c, group);
}

static void place_all(cutter_t *c, const apr_array_header_t *items)
{
    for (int i = 0; i < items->nelts; i++) {
        const portal_item_t *item = portal_item_at(items, i);
        if (skipped(item))
            continue;
        if (item->type == PORTAL_ITEM_DISPLAY)
            APR_ARRAY_PUSH(c->waiting, const portal_item_t *) = item;
        else if (item->type == PORTAL_ITEM_GROUP)
            place_group(c, item);
        else
            place_question(c, item);
    }
}

/* Each group at the top is a section; so is each run of questions between groups. */
static void place_top(cutter_t *c)
{
    const apr_array_header_t *items = c->form->items;
    bool loose = false;

    for (int i = 0; i < items->nelts; i++) {
        const portal_item_t *item = portal_item_at(items, i);
        apr_array_header_t *one = apr_array_make(c->pool, 1, sizeof item);
        APR_ARRAY_PUSH(one, const portal_item_t *) = item;
        if (skipped(item))
            continue;
        if (item->type == PORTAL_ITEM_GROUP || !loose) {
            if (loose)
                close_page(c);
            c->section++;
        }
        loose = item->type != PORTAL_ITEM_GROUP;
        place_all(c, one);
    }
    end_of_set(c);
}

apr_array_header_t *portal_form_cut(const portal_form_t *form, apr_pool_t *p)
{
    cutter_t c = {.form = form, .pool = p, .most = PORTAL_PAGE_WEIGHT};

    c.pages = apr_array_make(p, 8, sizeof(portal_form_page_t));
    c.waiting = apr_array_make(p, 4, sizeof(const portal_item_t *));
    c.path = apr_array_make(p, 4, sizeof(const portal_item_t *));
    c.on_page = apr_pcalloc(p, sizeof *c.on_page * (apr_size_t)form->all->nelts);
    place_top(&c);
    return c.pages;
}

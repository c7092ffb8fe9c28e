/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fewer pages of a form; see form_returned.h.
 */
#include "core/form_returned.h"

#include <string.h>

#include "core/fhir_json.h"
#include "core/form_expression.h"
#include "core/response.h"

/* ---- what an expression reads ---- */

/* Looks into so many expressions at most for one; then it may read anything. */
#define MOST_READ 200

typedef struct {
    const portal_form_t *form;
    const bool *touched; /* items whose answers may change, by item->index */
    int left;            /* expressions */
    bool names, reads;   /* an item at all, and one that is touched or holds such a one */
} reader_t;

static bool holds_touched(const reader_t *r, const portal_item_t *item)
{
    for (int i = 0; i < item->items->nelts; i++)
        if (holds_touched(r, portal_item_at(item->items, i)))
            return true;
    return r->touched[item->index];
}

/* A part of a linkId may be that of any. */
static void read_word(void *baton, portal_fhirpath_word_t kind, const char *word)
{
    reader_t *r = baton;
    const portal_item_t *item =
        kind == PORTAL_FHIRPATH_IS_STRING ? portal_form_item(r->form, word) : NULL;

    r->names = r->names || item;
    r->reads = r->reads || (item && holds_touched(r, item)) ||
               (kind == PORTAL_FHIRPATH_IS_FUNCTION && portal_fhirpath_of_parts(word));
}

static void read_expression(reader_t *r, const portal_item_t *at,
                            const portal_fhirpath_t *e);

static void read_variable(reader_t *r, const portal_item_t *at,
                          const portal_expressions_t *set, const char *name)
{
    for (int i = 0; set && i < set->variables->nelts; i++) {
        const portal_variable_t *v = &APR_ARRAY_IDX(set->variables, i, portal_variable_t);
        if (strcmp(v->name, name) == 0)
            read_expression(r, at, v->is);
    }
}

static void read_expression(reader_t *r, const portal_item_t *at,
                            const portal_fhirpath_t *e)
{
    const apr_array_header_t *names = portal_fhirpath_names(e);

    if (r->left-- <= 0)
        return;
    portal_fhirpath_words(e, read_word, r);
    for (int i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        for (const portal_item_t *item = at; item; item = item->parent)
            read_variable(r, at, item->expressions, name);
        read_variable(r, at, r->form->expressions, name);
    }
}

/* True when the expression of an item may come to something else now. One that names no item by its
 * linkId may read all. */
static bool reads(const portal_form_t *form, const bool *touched,
                  const portal_item_t *item, const portal_fhirpath_t *e)
{
    reader_t r = {.form = form, .touched = touched, .left = MOST_READ};

    if (e)
        read_expression(&r, item, e);
    return e && (r.reads || !r.names || r.left < 0);
}

/* ---- what is open ---- */

static void open_all(bool *scope, const portal_item_t *item)
{
    scope[item->index] = true;
    for (int i = 0; i < item->items->nelts; i++)
        open_all(scope, portal_item_at(item->items, i));
}

/* The outermost repeating group around an item, else the item. */
static const portal_item_t *with_group(const portal_item_t *item)
{
    const portal_item_t *found = item;

    for (; item; item = item->parent)
        if (item->type == PORTAL_ITEM_GROUP && item->repeats)
            found = item;
    return found;
}

static bool depends(const portal_form_t *form, const bool *touched,
                    const portal_item_t *item)
{
    for (int i = 0; i < item->conditions->nelts; i++)
        if (touched[APR_ARRAY_IDX(item->conditions, i, portal_condition_t).item->index])
            return true;
    return item->expressions && reads(form, touched, item, item->expressions->enables);
}

/* One round; true when there was more. A score is touched, and asks for nothing. */
static bool open_more(const portal_form_t *form, bool *scope, bool *touched)
{
    bool more = false;

    for (int i = 0; i < form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(form->all, i);
        if (!scope[i] && depends(form, touched, item)) {
            open_all(scope, with_group(item));
            open_all(touched, with_group(item));
            more = true;
        }
        if (!touched[i] && item->expressions &&
            reads(form, touched, item, item->expressions->calculated))
            more = touched[i] = true;
    }
    return more;
}

bool *portal_returned_scope(const portal_form_t *form, const apr_array_header_t *link_ids,
                            apr_pool_t *p)
{
    apr_size_t n = (apr_size_t)form->all->nelts + 1;
    bool *scope = apr_pcalloc(p, sizeof *scope * n),
         *touched = apr_pcalloc(p, sizeof *touched * n), any = false;

    for (int i = 0; i < link_ids->nelts; i++) {
        const portal_item_t *item =
            portal_form_item(form, APR_ARRAY_IDX(link_ids, i, const char *));
        if (!item)
            continue;
        open_all(scope, with_group(item));
        open_all(touched, with_group(item));
        any = true;
    }
    while (any && open_more(form, scope, touched))
        ;
    return scope;
}

/* ---- pages ---- */

static bool holds_open(const bool *scope, const portal_item_t *item)
{
    if (item->type != PORTAL_ITEM_GROUP)
        return scope[item->index];
    for (int i = 0; i < item->items->nelts; i++)
        if (holds_open(scope, portal_item_at(item->items, i)))
            return true;
    return false;
}

/* A group that is open in part gives way to what is open in it; its words become a heading. */
static void take_unit(portal_form_page_t *page, const portal_item_t *unit,
                      const bool *scope)
{
    if (unit->type != PORTAL_ITEM_GROUP || scope[unit->index]) {
        APR_ARRAY_PUSH(page->units, const portal_item_t *) = unit;
        return;
    }
    APR_ARRAY_PUSH(page->path, const portal_item_t *) = unit;
    for (int i = 0; i < unit->items->nelts; i++) {
        const portal_item_t *item = portal_item_at(unit->items, i);
        if (item->type == PORTAL_ITEM_DISPLAY || holds_open(scope, item))
            take_unit(page, item, scope);
    }
}

static void take_page(apr_array_header_t *pages, const portal_form_page_t *whole,
                      const bool *scope, apr_pool_t *p)
{
    portal_form_page_t page = *whole;
    bool any = false;

    page.number = pages->nelts + 1;
    page.path = apr_array_copy(p, whole->path);
    page.units =
        apr_array_make(p, whole->units->nelts + 1, sizeof(const portal_item_t *));
    for (int i = 0; i < whole->units->nelts; i++) {
        const portal_item_t *unit = portal_item_at(whole->units, i);
        bool open = holds_open(scope, unit);
        if (open || unit->type == PORTAL_ITEM_DISPLAY)
            take_unit(&page, unit, scope);
        any = any || open;
    }
    if (any)
        APR_ARRAY_PUSH(pages, portal_form_page_t) = page;
}

apr_array_header_t *portal_returned_pages(const portal_form_t *form, const bool *scope,
                                          apr_pool_t *p)
{
    const apr_array_header_t *whole = form->pages;
    apr_array_header_t *pages = apr_array_make(p, 4, sizeof(portal_form_page_t));

    for (int i = 0; i < whole->nelts; i++)
        take_page(pages, &APR_ARRAY_IDX(whole, i, portal_form_page_t), scope, p);
    return pages;
}

/* ---- answers ---- */

/* Takes open items out of a list of a response. */
static void strip(json_t *list, const portal_form_t *form, const bool *blank)
{
    size_t i = 0, k;
    json_t *answer;

    while (i < json_array_size(list)) {
        json_t *one = json_array_get(list, i);
        const char *link_id = portal_fhir_json_string(one, "linkId");
        const portal_item_t *item = link_id ? portal_form_item(form, link_id) : NULL;
        if (item && blank[item->index]) {
            json_array_remove(list, i);
            continue;
        }
        strip(json_object_get(one, "item"), form, blank);
        json_array_foreach(json_object_get(one, "answer"), k, answer)
            strip(json_object_get(answer, "item"), form, blank);
        i++;
    }
}

/* As in a new form: with first values, and with what only the form puts there (rule 18). */
static void begin(portal_answers_t *a, const bool *blank)
{
    for (int i = 0; i < a->form->all->nelts; i++) {
        const apr_array_header_t *nodes = a->by_item[i];
        for (int k = 0; blank[i] && nodes && k < nodes->nelts; k++)
            if (portal_item_is_question(portal_item_at(a->form->all, i)))
                portal_node_begin(a, portal_node_at(nodes, k));
    }
    portal_answers_index(a);
}

apr_status_t portal_returned_answers(portal_answers_t **out, const portal_form_t *form,
                                     const char *text, apr_size_t len, const bool *blank,
                                     apr_pool_t *p)
{
    portal_response_t read;
    const char *why;
    json_t *json;

    if (blank) {
        json = portal_fhir_json_read(text, len, &why, p);
        if (!json_is_object(json))
            return APR_EINVAL;
        strip(json_object_get(json, "item"), form, blank);
        text = portal_fhir_json_write(json, p);
        len = strlen(text);
    }
    if (portal_response_read(&read, form, text, len, p))
        return APR_EINVAL;
    if (blank)
        begin(read.answers, blank);
    read.answers->settled = false;
    *out = read.answers;
    return APR_SUCCESS;
}

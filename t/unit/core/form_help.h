/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_help: what the tests of forms and answers share: forms written in short JSON (with '
 * for "), faults and answers by linkId.
 */
#ifndef PORTAL_T_FORM_HELP_H
#define PORTAL_T_FORM_HELP_H

#include "unit.h"

#include <apr_strings.h>
#include <stdio.h>

#include "core/enable.h"
#include "core/form_load.h"
#include "core/validate.h"

#define UNUSED __attribute__((unused))

/* ' becomes ", so that JSON is legible in C. */
static UNUSED char *quoted(const char *text, apr_pool_t *p)
{
    char *copy = apr_pstrdup(p, text);

    for (char *s = copy; *s; s++)
        *s = *s == '\'' ? '"' : *s;
    return copy;
}

static UNUSED portal_form_t *load_text(const char *text, apr_array_header_t *faults,
                                       apr_pool_t *p)
{
    portal_form_t *form;

    portal_form_load(&form, "test.json", text, strlen(text), faults, p);
    return form;
}

static UNUSED apr_array_header_t *no_faults(apr_pool_t *p)
{
    return apr_array_make(p, 4, sizeof(portal_form_fault_t));
}

/* A form with these items (the inside of the list), or NULL. */
static UNUSED portal_form_t *try_items(const char *items, apr_array_header_t *faults,
                                       apr_pool_t *p)
{
    return load_text(
        quoted(
            apr_pstrcat(p,
                        "{'resourceType':'Questionnaire','status':'active','title':'T',"
                        "'url':'http://x.example/q','version':'1','item':[",
                        items, "]}", NULL),
            p),
        faults, p);
}

static UNUSED portal_form_t *with_items(const char *items, apr_pool_t *p)
{
    apr_array_header_t *faults = no_faults(p);
    portal_form_t *form = try_items(items, faults, p);

    for (int i = 0; !form && i < faults->nelts; i++)
        print_message("# %s\n", APR_ARRAY_IDX(faults, i, portal_form_fault_t).text);
    assert_non_null(form);
    return form;
}

/* The first fault with this code (and linkId, unless NULL), or NULL. */
static UNUSED const portal_form_fault_t *fault_of(const apr_array_header_t *faults,
                                                  const char *code, const char *link_id)
{
    for (int i = 0; i < faults->nelts; i++) {
        const portal_form_fault_t *f = &APR_ARRAY_IDX(faults, i, portal_form_fault_t);
        if (strcmp(f->code, code) == 0 &&
            (!link_id || (f->link_id && strcmp(f->link_id, link_id) == 0)))
            return f;
    }
    return NULL;
}

static UNUSED portal_node_t *node_of(const portal_answers_t *a, const char *link_id)
{
    portal_item_t *item = portal_form_item(a->form, link_id);
    portal_node_t *node;

    assert_non_null(item);
    node = portal_answers_node(a, item);
    assert_non_null(node);
    return node;
}

static UNUSED portal_value_t a_value(portal_value_kind_t kind, const char *text)
{
    portal_value_t value = {.kind = kind, .text = text};

    return value;
}

/* Answers a question that does not repeat; text NULL clears it. */
static UNUSED void answer(portal_answers_t *a, const char *link_id,
                          portal_value_kind_t kind, const char *text)
{
    portal_value_t value = a_value(kind, text);

    portal_node_set(a, node_of(a, link_id), text ? &value : NULL);
    portal_enable_update(a);
}

/* Adds an answer to a repeating question. */
static UNUSED void answer_more(portal_answers_t *a, const char *link_id,
                               portal_value_kind_t kind, const char *text)
{
    portal_node_add(a, node_of(a, link_id))->value = a_value(kind, text);
    portal_enable_update(a);
}

/* Chooses the n-th option, from 1. */
static UNUSED void choose(portal_answers_t *a, const char *link_id, int n)
{
    portal_node_t *node = node_of(a, link_id);
    const portal_option_t *o =
        &APR_ARRAY_IDX(node->item->options, n - 1, portal_option_t);

    if (node->item->repeats)
        portal_node_add(a, node)->value = o->value;
    else
        portal_node_set(a, node, &o->value);
    portal_enable_update(a);
}

static UNUSED bool on(const portal_answers_t *a, const char *link_id)
{
    return node_of(a, link_id)->enabled;
}

/* The text key of the error at a question, "" when there is none. */
static UNUSED const char *error_at(const portal_answers_t *a, const char *link_id,
                                   portal_check_t check)
{
    const apr_array_header_t *errors = portal_answers_check_all(a, check);

    for (int i = 0; i < errors->nelts; i++) {
        const portal_answer_error_t *e = &APR_ARRAY_IDX(errors, i, portal_answer_error_t);
        if (strcmp(e->node->item->link_id, link_id) == 0)
            return e->text;
    }
    return "";
}

#endif

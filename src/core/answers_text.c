/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A draft as text and back; see answers.h. Format 1:
 * {"format":1, "form":HASH, "since":HASH or absent, "items":[NODE]} with NODE = {"l":linkId, "a":[ANSWER]} for a
 * question or {"l":linkId, "i":[NODE]} for a group, and ANSWER = {"value…":…} or
 * {"typed":text, "error":key}, with "from":key when it was filled in beforehand and "i":[NODE]
 * for the items under it. Nodes without anything in them are left out, but for a group's later
 * repetitions.
 */
#include "core/answers.h"

#include <apr_strings.h>
#include <string.h>

#include "core/enable.h"
#include "core/fhir_json.h"

#define FORMAT 1

static json_t *write_nodes(const apr_array_header_t *nodes);

static void set_list(json_t *object, const char *name, json_t *list)
{
    if (json_array_size(list))
        json_object_set_new(object, name, list);
    else
        json_decref(list);
}

static json_t *write_answer(const portal_given_t *answer)
{
    json_t *json = json_object();

    if (answer->value.kind != PORTAL_VALUE_NONE)
        portal_value_write(json, &answer->value);
    if (answer->typed) {
        json_object_set_new(json, "typed", json_string(answer->typed));
        json_object_set_new(json, "error", json_string(answer->error));
    }
    if (answer->from)
        json_object_set_new(json, "from", json_string(answer->from));
    set_list(json, "i", write_nodes(answer->nodes));
    return json;
}

static json_t *write_answers(const portal_node_t *node)
{
    json_t *list = json_array();
    bool any = false;

    for (int i = 0; i < node->answers->nelts; i++) {
        json_t *json = write_answer(portal_answer_at(node->answers, i));
        any = any || json_object_size(json);
        json_array_append_new(list, json);
    }
    if (!any)
        json_array_clear(list);
    return list;
}

static json_t *write_nodes(const apr_array_header_t *nodes)
{
    json_t *list = json_array();

    for (int i = 0; i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        json_t *json = json_object();
        json_object_set_new(json, "l", json_string(node->item->link_id));
        set_list(json, "a", write_answers(node));
        set_list(json, "i", write_nodes(node->nodes));
        if (json_object_size(json) > 1 ||
            (node->item->type == PORTAL_ITEM_GROUP && node->item->repeats))
            json_array_append_new(list, json);
        else
            json_decref(json);
    }
    return list;
}

const char *portal_answers_write(const portal_answers_t *a)
{
    json_t *json = json_object();
    const char *text;

    json_object_set_new(json, "format", json_integer(FORMAT));
    json_object_set_new(json, "form", json_string(a->form->hash));
    if (a->since)
        json_object_set_new(json, "since", json_string(a->since));
    json_object_set_new(json, "items", write_nodes(a->nodes));
    text = portal_fhir_json_write(json, a->pool);
    json_decref(json);
    return text;
}

typedef struct {
    portal_answers_t *a;
    int dropped;
} reader_t;

static void read_nodes(reader_t *r, const json_t *list, apr_array_header_t *nodes);

/* A value that the question cannot have (the form changed) is dropped. */
static bool fits(const portal_item_t *item, const portal_value_t *value)
{
    portal_value_kind_t own = portal_item_value_kind(item->type);
    bool number = own == PORTAL_VALUE_DECIMAL && value->kind == PORTAL_VALUE_INTEGER;
    bool open =
        item->type == PORTAL_ITEM_OPEN_CHOICE && value->kind == PORTAL_VALUE_STRING;

    if (item->options->nelts && portal_item_option(item, value))
        return true;
    if (item->type == PORTAL_ITEM_CHOICE && item->options->nelts)
        return false;
    return own == value->kind || number || open;
}

static void read_answer(reader_t *r, const json_t *json, portal_node_t *node,
                        portal_given_t *answer)
{
    const char *member, *typed = portal_fhir_json_string(json, "typed"),
                        *error = portal_fhir_json_string(json, "error"),
                        *from = portal_fhir_json_string(json, "from");
    portal_value_t value;

    if (portal_value_read(json, "value", &value, &member, r->a->pool) ==
        PORTAL_VALUE_READ_OK) {
        if (fits(node->item, &value))
            answer->value = value;
        else
            r->dropped++;
    }
    if (typed && error) {
        answer->typed = apr_pstrdup(r->a->pool, typed);
        answer->error = apr_pstrdup(r->a->pool, error);
    }
    if (from && answer->value.kind != PORTAL_VALUE_NONE)
        answer->from = apr_pstrdup(r->a->pool, from);
    read_nodes(r, json_object_get(json, "i"), answer->nodes);
}

static void read_answers(reader_t *r, const json_t *list, portal_node_t *node)
{
    size_t i;
    json_t *json;

    json_array_foreach(list, i, json)
    {
        portal_given_t *answer = (int)i < node->answers->nelts
                                     ? portal_answer_at(node->answers, (int)i)
                                 : node->item->repeats ? portal_node_add(r->a, node)
                                                       : NULL;
        if (answer && portal_item_is_question(node->item))
            read_answer(r, json, node, answer);
        else
            r->dropped++;
    }
}

/* The node that an entry is for: the next one of its linkId, made when a group repeats. */
static portal_node_t *place(reader_t *r, const apr_array_header_t *nodes,
                            const char *link_id, apr_hash_t *used)
{
    portal_node_t *last = NULL;

    for (int i = 0; link_id && i < nodes->nelts; i++) {
        portal_node_t *node = portal_node_at(nodes, i);
        if (strcmp(node->item->link_id, link_id) != 0)
            continue;
        last = node;
        if (apr_hash_get(used, &last, sizeof last))
            continue;
        break;
    }
    if (last && apr_hash_get(used, &last, sizeof last))
        last = last->item->repeats && last->item->type == PORTAL_ITEM_GROUP
                   ? portal_group_add(r->a, last)
                   : NULL;
    if (last)
        apr_hash_set(used, apr_pmemdup(r->a->pool, &last, sizeof last), sizeof last,
                     last);
    return last;
}

static void read_nodes(reader_t *r, const json_t *list, apr_array_header_t *nodes)
{
    apr_hash_t *used = apr_hash_make(r->a->pool);
    size_t i;
    json_t *json;

    json_array_foreach(list, i, json)
    {
        portal_node_t *node = place(r, nodes, portal_fhir_json_string(json, "l"), used);
        if (!node) {
            r->dropped++;
            continue;
        }
        read_answers(r, json_object_get(json, "a"), node);
        read_nodes(r, json_object_get(json, "i"), node->nodes);
    }
}

apr_status_t portal_answers_read(portal_answers_t **out, const portal_form_t *form,
                                 const char *text, apr_size_t len, int *dropped,
                                 apr_pool_t *p)
{
    const char *why;
    json_t *json = portal_fhir_json_read(text, len, &why, p);
    reader_t r = {NULL, 0};

    *out = NULL;
    if (json_integer_value(json_object_get(json, "format")) != FORMAT ||
        !json_is_array(json_object_get(json, "items")))
        return APR_EINVAL;
    r.a = portal_answers_blank(form, p);
    if (portal_fhir_json_string(json, "since"))
        r.a->since = apr_pstrdup(p, portal_fhir_json_string(json, "since"));
    read_nodes(&r, json_object_get(json, "items"), r.a->nodes);
    r.a->bare = false;
    portal_enable_update(r.a);
    if (dropped)
        *dropped = r.dropped;
    *out = r.a;
    return APR_SUCCESS;
}

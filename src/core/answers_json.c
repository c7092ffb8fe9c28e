/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drafts of format 1, which are read and no longer written; see answers_text.h. It was JSON:
 * {"format":1, "form":HASH, "since":HASH or absent, "items":[NODE]} with NODE = {"l":linkId, "a":[ANSWER]} for a
 * question or {"l":linkId, "i":[NODE]} for a group, and ANSWER = {"value…":…} or
 * {"typed":text, "error":key}, with "from":key when it was filled in beforehand and "i":[NODE]
 * for the items under it. Nodes without anything in them were left out, but for a group's later
 * repetitions.
 */
#include "core/answers_text.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"

#define FORMAT 1

typedef struct {
    portal_answers_t *a;
    int dropped;
} reader_t;

static void read_nodes(reader_t *r, const json_t *list, apr_array_header_t *nodes);

static void read_answer(reader_t *r, const json_t *json, portal_node_t *node,
                        portal_given_t *answer)
{
    const char *member, *typed = portal_fhir_json_string(json, "typed"),
                        *error = portal_fhir_json_string(json, "error"),
                        *from = portal_fhir_json_string(json, "from");
    portal_value_t value;

    if (portal_value_read(json, "value", &value, &member, r->a->pool) ==
        PORTAL_VALUE_READ_OK) {
        if (portal_answer_fits(node->item, &value))
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
        portal_given_t *answer = portal_answers_given(r->a, node, (int)i);
        if (answer)
            read_answer(r, json, node, answer);
        else
            r->dropped++;
    }
}

static void read_nodes(reader_t *r, const json_t *list, apr_array_header_t *nodes)
{
    size_t i;
    json_t *json;
    int next = 0;

    json_array_foreach(list, i, json)
    {
        const char *link_id = portal_fhir_json_string(json, "l");
        portal_node_t *node =
            link_id ? portal_answers_place(r->a, nodes, link_id, &next) : NULL;
        if (!node) {
            r->dropped++;
            continue;
        }
        read_answers(r, json_object_get(json, "a"), node);
        read_nodes(r, json_object_get(json, "i"), node->nodes);
    }
}

bool portal_answers_read_json(portal_answers_t *a, const char *text, apr_size_t len,
                              int *dropped)
{
    const char *why;
    json_t *json = portal_fhir_json_read(text, len, &why, a->pool);
    reader_t r = {a, 0};

    if (json_integer_value(json_object_get(json, "format")) != FORMAT ||
        !json_is_array(json_object_get(json, "items")))
        return false;
    if (portal_fhir_json_string(json, "since"))
        a->since = apr_pstrdup(a->pool, portal_fhir_json_string(json, "since"));
    read_nodes(&r, json_object_get(json, "items"), a->nodes);
    *dropped = r.dropped;
    return true;
}

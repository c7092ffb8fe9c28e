/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a QuestionnaireResponse; see response.h.
 */
#include "core/response.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"

static json_t *write_nodes(const portal_answers_t *a, const apr_array_header_t *nodes,
                           const char *lang);

static void set_string(json_t *object, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(object, name, json_string(text));
}

static void set_list(json_t *object, const char *name, json_t *list)
{
    if (json_array_size(list))
        json_object_set_new(object, name, list);
    else
        json_decref(list);
}

/* The display of a Coding as it was shown. */
static portal_value_t as_shown(const portal_item_t *item, const portal_value_t *value,
                               const char *lang)
{
    const portal_option_t *option = portal_item_option(item, value);
    portal_value_t shown = *value;

    if (option && shown.kind == PORTAL_VALUE_CODING)
        shown.display = portal_text_in(&option->text, lang);
    return shown;
}

static json_t *write_answers(const portal_answers_t *a, const portal_node_t *node,
                             const char *lang)
{
    json_t *list = json_array();

    for (int i = 0; i < node->answers->nelts; i++) {
        const portal_given_t *answer = portal_answer_at(node->answers, i);
        portal_value_t value = as_shown(node->item, &answer->value, lang);
        json_t *json;
        if (value.kind == PORTAL_VALUE_NONE)
            continue;
        json = json_object();
        /* A question of type decimal is answered by valueDecimal also when it is whole. */
        if (node->item->type == PORTAL_ITEM_DECIMAL && value.kind == PORTAL_VALUE_INTEGER)
            value.kind = PORTAL_VALUE_DECIMAL;
        portal_value_write(json, &value);
        set_list(json, "item", write_nodes(a, answer->nodes, lang));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *write_nodes(const portal_answers_t *a, const apr_array_header_t *nodes,
                           const char *lang)
{
    json_t *list = json_array();

    for (int i = 0; i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        json_t *json, *inside;
        if (!node->enabled || node->item->type == PORTAL_ITEM_DISPLAY)
            continue;
        inside = node->item->type == PORTAL_ITEM_GROUP ? write_nodes(a, node->nodes, lang)
                                                       : write_answers(a, node, lang);
        if (!json_array_size(inside)) {
            json_decref(inside);
            continue;
        }
        json = json_object();
        set_string(json, "linkId", node->item->link_id);
        set_string(json, "text", portal_text_in(&node->item->text, lang));
        set_list(json, node->item->type == PORTAL_ITEM_GROUP ? "item" : "answer", inside);
        json_array_append_new(list, json);
    }
    return list;
}

static void set_reference(json_t *object, const char *name, const char *reference,
                          const char *display)
{
    json_t *ref;

    if (!reference && !display)
        return;
    ref = json_object();
    set_string(ref, "reference", reference);
    set_string(ref, "display", display);
    json_object_set_new(object, name, ref);
}

const char *portal_response_write(const portal_answers_t *a,
                                  const portal_response_meta_t *meta)
{
    static const char *const status[] = {"in-progress", "completed", "amended",
                                         "stopped"};
    const char *lang = meta->language ? meta->language : a->form->language, *text;
    json_t *json = json_object();

    set_string(json, "resourceType", "QuestionnaireResponse");
    set_string(json, "id", meta->id);
    set_string(json, "language", lang);
    set_string(json, "questionnaire",
               apr_pstrcat(a->pool, a->form->url, "|", a->form->version, NULL));
    set_string(json, "status", status[meta->status]);
    set_reference(json, "subject", meta->subject, meta->subject_display);
    set_reference(json, "encounter", meta->encounter, NULL);
    set_string(json, "authored", meta->authored);
    set_reference(json, "author", meta->author, NULL);
    set_reference(json, "source", meta->source, NULL);
    set_list(json, "item", write_nodes(a, a->nodes, lang));
    text = portal_fhir_json_write(json, a->pool);
    json_decref(json);
    return text;
}

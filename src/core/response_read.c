/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a QuestionnaireResponse; see response.h. It walks form and response side by side:
 * what has no place in the form is named and left, what has one is put into the draft.
 */
#include "core/response.h"

#include <apr_strings.h>
#include <string.h>

#include "core/enable.h"
#include "core/fhir_json.h"

typedef struct {
    portal_answers_t *a;
    apr_array_header_t *faults;
    apr_pool_t *p;
} reader_t;

static void read_list(reader_t *r, const json_t *list, const apr_array_header_t *nodes);

static void fault(reader_t *r, int rule, const char *link_id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void fault(reader_t *r, int rule, const char *link_id, const char *format, ...)
{
    portal_response_fault_t *f = apr_array_push(r->faults);
    va_list args;

    va_start(args, format);
    f->text = apr_pvsprintf(r->p, format, args);
    va_end(args);
    f->rule = rule;
    f->link_id = link_id;
}

static bool listed(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Rule 1: no unknown members, no empty lists and texts. */
static void check_members(reader_t *r, const json_t *json, const char *link_id,
                          const char *const *names, size_t n)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)json, key, value)
    {
        bool empty = (json_is_array(value) && !json_array_size(value)) ||
                     (json_is_string(value) && !json_string_length(value));
        if (!listed(*key == '_' ? key + 1 : key, names, n) &&
            strncmp(key, "value", 5) != 0)
            fault(r, 1, link_id, "the member %.80s is unknown", key);
        if (empty)
            fault(r, 1, link_id, "the member %.80s is empty", key);
    }
}

/* Rule 6: the types that answer a question. */
static bool type_fits(const portal_item_t *item, const portal_value_t *value)
{
    portal_value_kind_t own = portal_item_value_kind(item->type);

    if (value->kind == own)
        return true;
    if (item->type == PORTAL_ITEM_OPEN_CHOICE || item->type == PORTAL_ITEM_CHOICE) {
        for (int i = 0; i < item->options->nelts; i++)
            if (APR_ARRAY_IDX(item->options, i, portal_option_t).value.kind ==
                value->kind)
                return true;
        /* Without options at hand a choice may also be one of strings. */
        return value->kind == PORTAL_VALUE_STRING &&
               (item->type == PORTAL_ITEM_OPEN_CHOICE || !item->options->nelts);
    }
    return false;
}

/* A decimal without a point is read as an integer by no one: valueDecimal says what it is. */
static bool take_value(reader_t *r, const portal_item_t *item, const json_t *json,
                       portal_value_t *value)
{
    const char *member;

    switch (portal_value_read(json, "value", value, &member, r->p)) {
    case PORTAL_VALUE_READ_OK:
        if (type_fits(item, value))
            return true;
        fault(r, 6, item->link_id, "%s is no answer to a %s", member,
              portal_item_type_name(item->type));
        return false;
    case PORTAL_VALUE_READ_ABSENT:
        fault(r, 6, item->link_id, "an answer has no value");
        return false;
    case PORTAL_VALUE_READ_TWO:
        fault(r, 6, item->link_id, "an answer has more than one value");
        return false;
    default:
        fault(r, 6, item->link_id, "%.80s is not right", member);
        return false;
    }
}

/* Rule 17: the words of an option's code, in any of its languages. */
static bool is_said_so(const portal_option_t *option, const char *display)
{
    const apr_array_header_t *in = option->text.in;

    if ((option->text.plain && strcmp(option->text.plain, display) == 0) ||
        (option->value.display && strcmp(option->value.display, display) == 0))
        return true;
    for (int i = 0; in && i < in->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(in, i, portal_translation_t).content, display) == 0)
            return true;
    return false;
}

static void check_display(reader_t *r, const portal_item_t *item,
                          const portal_value_t *value)
{
    const portal_option_t *option = portal_item_option(item, value);

    if (option && value->kind == PORTAL_VALUE_CODING && value->display &&
        !is_said_so(option, value->display))
        fault(r, 17, item->link_id, "the display is not that of the code");
}

static void read_answer(reader_t *r, const json_t *json, portal_node_t *node,
                        portal_given_t *answer)
{
    static const char *const names[] = {"id", "extension", "modifierExtension", "item"};
    portal_value_t value;

    check_members(r, json, node->item->link_id, names, sizeof names / sizeof *names);
    if (take_value(r, node->item, json, &value)) {
        check_display(r, node->item, &value);
        answer->value = value;
    }
    read_list(r, json_object_get(json, "item"), answer->nodes);
}

/* All answers are kept, also those too many: checking them is another's business. */
static portal_given_t *answer_place(reader_t *r, portal_node_t *node, size_t i)
{
    if ((int)i < node->answers->nelts)
        return portal_answer_at(node->answers, (int)i);
    return portal_node_add(r->a, node);
}

static void read_question(reader_t *r, const json_t *json, portal_node_t *node)
{
    const json_t *answers = json_object_get(json, "answer");
    size_t i;
    json_t *one;

    if (json_object_get(json, "item"))
        fault(r, 4, node->item->link_id,
              "items under a question belong into its answer, not beside it");
    json_array_foreach(answers, i, one)
    {
        portal_given_t *answer = answer_place(r, node, i);
        if (answer)
            read_answer(r, one, node, answer);
    }
}

static void read_item(reader_t *r, const json_t *json, portal_node_t *node)
{
    static const char *const names[] = {"id",     "extension", "modifierExtension",
                                        "linkId", "text",      "definition",
                                        "answer", "item"};
    const portal_item_t *item = node->item;

    check_members(r, json, item->link_id, names, sizeof names / sizeof *names);
    if (portal_item_is_question(item)) {
        read_question(r, json, node);
        return;
    }
    if (json_object_get(json, "answer"))
        fault(r, 4, item->link_id, "a %s has no answers",
              portal_item_type_name(item->type));
    if (item->type == PORTAL_ITEM_GROUP)
        read_list(r, json_object_get(json, "item"), node->nodes);
}

/* The place of a linkId among the nodes from `from` on, else from the start, or -1. */
static int find(const apr_array_header_t *nodes, const char *link_id, int from)
{
    for (int i = from; i < nodes->nelts; i++)
        if (strcmp(portal_node_at(nodes, i)->item->link_id, link_id) == 0)
            return i;
    for (int i = 0; i < from && i < nodes->nelts; i++)
        if (strcmp(portal_node_at(nodes, i)->item->link_id, link_id) == 0)
            return i;
    return -1;
}

/* Rule 5: only a group that repeats comes again. */
static portal_node_t *again(reader_t *r, portal_node_t *node)
{
    if (node->item->type == PORTAL_ITEM_GROUP && node->item->repeats)
        return portal_group_add(r->a, node);
    fault(r, 5, node->item->link_id, "the item comes more than once");
    return NULL;
}

static void read_list(reader_t *r, const json_t *list, const apr_array_header_t *nodes)
{
    int last = -1;
    size_t i;
    json_t *json;

    json_array_foreach(list, i, json)
    {
        const char *link_id = portal_fhir_json_string(json, "linkId");
        int at = link_id ? find(nodes, link_id, last < 0 ? 0 : last) : -1;
        portal_node_t *node = at < 0 ? NULL : portal_node_at(nodes, at);
        if (!link_id || !*link_id)
            fault(r, 3, NULL, "an item has no linkId");
        else if (!node)
            fault(r, 3, link_id, "the form has no such item at this place");
        if (!node)
            continue;
        if (at < last)
            fault(r, 2, link_id, "the item is not in the form's order");
        if (at == last)
            node = again(r, node);
        if (at == last && node)
            at++;
        last = at > last ? at : last;
        if (node)
            read_item(r, json, node);
    }
}

/* Rule 10: a completed response holds nothing of what is not enabled. */
static void find_disabled(reader_t *r)
{
    for (int i = 0; i < r->a->form->all->nelts; i++) {
        const apr_array_header_t *list = r->a->by_item[i];
        for (int k = 0; list && k < list->nelts; k++) {
            const portal_node_t *node = portal_node_at(list, k);
            if (!node->enabled && !node->item->unsupported && portal_node_answered(node))
                fault(r, 10, node->item->link_id, "the question is not enabled");
        }
    }
}

static bool is_status(const char *status)
{
    static const char *const names[] = {"in-progress", "completed", "amended",
                                        "entered-in-error", "stopped"};

    return status && listed(status, names, sizeof names / sizeof *names);
}

/* Rule 2. A canonical of another version, too, is another form: rule 21. */
static void check_canonical(reader_t *r, const json_t *json)
{
    const json_t *value = json_object_get(json, "questionnaire");
    const char *canonical = portal_fhir_json_string(json, "questionnaire"), *bar;
    size_t n;

    if (!value)
        return;
    if (!canonical) {
        fault(r, 2, NULL, "questionnaire must be a canonical, a text");
        return;
    }
    bar = strchr(canonical, '|');
    n = bar ? (size_t)(bar - canonical) : strlen(canonical);
    if (*canonical == '#' || !r->a->form->url_given)
        return;
    if (strlen(r->a->form->url) != n || strncmp(canonical, r->a->form->url, n) != 0)
        fault(r, 2, NULL, "it answers another form: %.200s", canonical);
    else if (bar && r->a->form->version_given &&
             strcmp(bar + 1, r->a->form->version) != 0)
        fault(r, 2, NULL, "it answers another version of the form: %.80s", bar + 1);
}

static void check_resource(reader_t *r, const json_t *json)
{
    static const char *const names[] = {
        "resourceType", "id",      "meta",      "implicitRules",
        "language",     "text",    "contained", "extension",
        "identifier",   "basedOn", "partOf",    "questionnaire",
        "status",       "subject", "encounter", "authored",
        "author",       "source",  "item",      "modifierExtension"};
    const char *type = portal_fhir_json_string(json, "resourceType"),
               *authored = portal_fhir_json_string(json, "authored");

    check_members(r, json, NULL, names, sizeof names / sizeof *names);
    if (!type || strcmp(type, "QuestionnaireResponse") != 0)
        fault(r, 1, NULL, "resourceType is not QuestionnaireResponse");
    if (!is_status(portal_fhir_json_string(json, "status")))
        fault(r, 1, NULL, "status is missing or none of R4's");
    if (json_object_get(json, "authored") &&
        (!authored || !portal_datetime_valid(authored)))
        fault(r, 7, NULL, "authored is no dateTime");
    check_canonical(r, json);
}

apr_status_t portal_response_read(portal_response_t *out, const portal_form_t *form,
                                  const char *text, apr_size_t len, apr_pool_t *p)
{
    const char *why, *status;
    json_t *json = portal_fhir_json_read(text, len, &why, p);
    reader_t r = {.p = p};

    *out = (portal_response_t){0};
    if (!json_is_object(json))
        return APR_EINVAL;
    r.faults = apr_array_make(p, 4, sizeof(portal_response_fault_t));
    r.a = portal_answers_blank(form, p);
    check_resource(&r, json);
    read_list(&r, json_object_get(json, "item"), r.a->nodes);
    r.a->settled = true;
    portal_answers_done(r.a);
    status = portal_fhir_json_string(json, "status");
    out->complete =
        status && (strcmp(status, "completed") == 0 || strcmp(status, "amended") == 0);
    if (out->complete)
        find_disabled(&r);
    out->answers = r.a;
    out->faults = r.faults;
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the items of a Questionnaire: their members, conditions and initial values. Faults
 * are those that real forms have: members of the wrong JSON type, doubled linkIds, items of
 * an older FHIR, and the like.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"

#define LONG_TEXT 20000

/* Reads a boolean member. A string that says "true" or "false" is taken at its word. */
static bool read_flag(portal_form_loader_t *l, const portal_item_t *item,
                      const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    const char *s = portal_fhir_json_string(json, name);

    if (!value || json_is_boolean(value))
        return json_is_true(value);
    if (s && (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)) {
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "flag-as-string",
                          "%s is written as the text \"%s\"; write it without quotes.",
                          name, s);
        return strcmp(s, "true") == 0;
    }
    portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "bad-flag",
                      "%s must be true or false.", name);
    return false;
}

static void read_max_length(portal_form_loader_t *l, portal_item_t *item,
                            const json_t *json)
{
    const json_t *value = json_object_get(json, "maxLength");

    if (!value)
        return;
    if (json_is_integer(value) && json_integer_value(value) > 0 &&
        json_integer_value(value) <= 1000000)
        item->max_length = (int)json_integer_value(value);
    else
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "bad-max-length",
                          "maxLength must be a whole number from 1; it is not used.");
}

static bool read_type(portal_form_loader_t *l, portal_item_t *item, const json_t *json)
{
    const char *type = portal_fhir_json_string(json, "type");

    if (type && portal_item_type_of(type, &item->type))
        return true;
    portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id,
                      type ? "bad-type" : "no-type",
                      type ? "\"%s\" is no item type of FHIR R4."
                           : "The item has no type; give it one of FHIR R4's item types.",
                      type);
    return false;
}

static void read_link_id(portal_form_loader_t *l, portal_item_t *item, const json_t *json)
{
    const char *id = portal_fhir_json_string(json, "linkId");

    if (!id || !*id) {
        portal_form_fault(
            l, PORTAL_FAULT_REFUSE, NULL, "no-link-id",
            "The item number %d of the file (\"%.60s\") has no linkId; each "
            "item needs one.",
            item->index + 1, item->text.plain ? item->text.plain : "without text");
        item->link_id = "";
        return;
    }
    item->link_id = apr_pstrdup(l->pool, id);
    if (!apr_hash_get(l->form->by_link, item->link_id, APR_HASH_KEY_STRING)) {
        apr_hash_set(l->form->by_link, item->link_id, APR_HASH_KEY_STRING, item);
        return;
    }
    if (!apr_hash_get(l->doubled, item->link_id, APR_HASH_KEY_STRING))
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "duplicate-link-id",
                          "Two items have the linkId \"%s\"; answers could not be told "
                          "apart. Give each its own.",
                          id);
    apr_hash_set(l->doubled, item->link_id, APR_HASH_KEY_STRING, item);
}

static bool read_operator(const char *s, portal_operator_t *op)
{
    static const char *names[] = {"exists", "=", "!=", ">", "<", ">=", "<="};

    for (int i = 0; s && i < 7; i++) {
        if (strcmp(names[i], s) == 0) {
            *op = (portal_operator_t)i;
            return true;
        }
    }
    return false;
}

static void read_condition(portal_form_loader_t *l, portal_item_t *item,
                           const json_t *json)
{
    portal_condition_t c = {.question = portal_fhir_json_string(json, "question")};
    const char *member, *op = portal_fhir_json_string(json, "operator");

    if (!c.question || !read_operator(op, &c.op)) {
        portal_form_fault(
            l, PORTAL_FAULT_REFUSE, item->link_id, "bad-enable-when",
            "A condition in enableWhen needs a question (the linkId) and an "
            "operator (exists, =, !=, >, <, >= or <=).");
        return;
    }
    c.question = apr_pstrdup(l->pool, c.question);
    if (portal_value_read(json, "answer", &c.answer, &member, l->pool) !=
        PORTAL_VALUE_READ_OK) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "bad-enable-when-answer",
                          "The condition on \"%s\" needs exactly one answer[x], with a "
                          "value of that type.",
                          c.question);
        return;
    }
    if (c.op == PORTAL_OPERATOR_EXISTS && c.answer.kind != PORTAL_VALUE_BOOLEAN)
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "bad-enable-when-answer",
                          "The operator exists needs answerBoolean.");
    APR_ARRAY_PUSH(item->conditions, portal_condition_t) = c;
}

static void read_behavior(portal_form_loader_t *l, portal_item_t *item,
                          const json_t *json)
{
    const char *behavior = portal_fhir_json_string(json, "enableBehavior");

    item->any = !behavior || strcmp(behavior, "all") != 0;
    if (behavior && strcmp(behavior, "any") != 0 && strcmp(behavior, "all") != 0)
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "bad-enable-behavior",
                          "enableBehavior must be \"all\" or \"any\".");
    if (!behavior && item->conditions->nelts > 1)
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "no-enable-behavior",
                          "There are %d conditions but no enableBehavior; \"any\" is "
                          "assumed.",
                          item->conditions->nelts);
}

static void read_conditions(portal_form_loader_t *l, portal_item_t *item,
                            const json_t *json)
{
    const json_t *list = json_object_get(json, "enableWhen");
    size_t i;
    json_t *c;

    if (!list)
        return;
    if (!json_is_array(list)) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "enable-when-not-a-list",
                          "enableWhen must be a list of conditions, in square brackets.");
        return;
    }
    json_array_foreach(list, i, c) read_condition(l, item, c);
    read_behavior(l, item, json);
}

static void read_one_initial(portal_form_loader_t *l, portal_item_t *item,
                             const json_t *json)
{
    const char *member;
    portal_value_t value;

    if (portal_value_read(json, "value", &value, &member, l->pool) ==
        PORTAL_VALUE_READ_OK)
        APR_ARRAY_PUSH(item->initial, portal_value_t) = value;
    else
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "bad-initial",
                          "An initial value cannot be read%s%s; it is not used.",
                          member ? ": " : "", member ? member : "");
}

static void read_initial(portal_form_loader_t *l, portal_item_t *item, const json_t *json)
{
    const json_t *list = json_object_get(json, "initial");
    size_t i;
    json_t *one;

    if (json_is_object(list)) {
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "initial-not-a-list",
                          "initial must be a list, in square brackets; its one value is "
                          "used.");
        read_one_initial(l, item, list);
    }
    json_array_foreach(list, i, one) read_one_initial(l, item, one);
}

/* R4 has answerOption and answerValueSet; these are what older versions had. */
static void check_older(portal_form_loader_t *l, const portal_item_t *item,
                        const json_t *json)
{
    static const char *const old[] = {"option", "options", "optionValueSet", "concept"};

    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (json_object_get(json, old[i]))
            portal_form_fault(
                l, PORTAL_FAULT_REFUSE, item->link_id, "older-fhir",
                "The choices stand in \"%s\", as in FHIR STU3 or DSTU2; R4 "
                "has answerOption or answerValueSet. Convert the form to R4.",
                old[i]);
}

/* Tags are shown as they are written: the portal never treats text as HTML. */
static bool looks_like_html(const char *s)
{
    for (s = strchr(s, '<'); s; s = strchr(s + 1, '<'))
        if ((s[1] == '/' || (s[1] >= 'a' && s[1] <= 'z') ||
             (s[1] >= 'A' && s[1] <= 'Z')) &&
            strchr(s, '>'))
            return true;
    return false;
}

static void check_text(portal_form_loader_t *l, const portal_item_t *item)
{
    const char *text = item->text.plain;

    if (!text) {
        if (portal_item_is_question(item) && !item->prefix.plain)
            portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "no-text",
                              "The question has no text; its linkId is shown instead.");
        return;
    }
    if (looks_like_html(text))
        portal_form_fault(
            l, PORTAL_FAULT_WARN, item->link_id, "html-in-text",
            "The text holds HTML tags, which are shown as they are written. "
            "Use plain words.");
    if (strlen(text) > LONG_TEXT)
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "long-text",
                          "The text has %" APR_SIZE_T_FMT
                          " bytes; hardly anyone will read "
                          "it on a tablet.",
                          strlen(text));
}

/* Items lie side by side: all are looked at with each page of a form. */
#define ITEMS_AT_ONCE 32

static portal_item_t *new_item(portal_form_loader_t *l)
{
    if (!l->room_left) {
        l->room = apr_pcalloc(l->pool, sizeof *l->room * ITEMS_AT_ONCE);
        l->room_left = ITEMS_AT_ONCE;
    }
    l->room_left--;
    return l->room++;
}

static portal_item_t *make_item(portal_form_loader_t *l, portal_item_t *parent)
{
    apr_pool_t *p = l->pool;
    portal_item_t *item = new_item(l);

    item->parent = parent;
    item->index = l->form->all->nelts;
    item->items = apr_array_make(p, 2, sizeof(portal_item_t *));
    item->options = apr_array_make(p, 4, sizeof(portal_option_t));
    item->conditions = apr_array_make(p, 1, sizeof(portal_condition_t));
    item->initial = apr_array_make(p, 1, sizeof(portal_value_t));
    item->units = apr_array_make(p, 1, sizeof(portal_unit_t));
    item->max_places = -1;
    item->any = true;
    return item;
}

/* Nothing in a group that is read-only can be changed. */
static bool in_read_only(const portal_item_t *item)
{
    return item->parent && item->parent->type == PORTAL_ITEM_GROUP &&
           item->parent->read_only;
}

static void read_members(portal_form_loader_t *l, portal_item_t *item, const json_t *json)
{
    item->required = read_flag(l, item, json, "required");
    item->repeats = read_flag(l, item, json, "repeats");
    item->read_only = read_flag(l, item, json, "readOnly") || in_read_only(item);
    read_max_length(l, item, json);
    read_conditions(l, item, json);
    read_initial(l, item, json);
    check_older(l, item, json);
    check_text(l, item);
    portal_form_check_modifiers(l, item->link_id, json);
    portal_form_read_extensions(l, item, json);
    portal_form_read_options(l, item, json);
}

static bool only_displays(const json_t *list)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        const char *type = portal_fhir_json_string(one, "type");
        if (!type || strcmp(type, "display") != 0)
            return false;
    }
    return json_is_array(list);
}

static void read_item(portal_form_loader_t *l, const json_t *json, portal_item_t *item,
                      apr_array_header_t *into, int depth)
{
    const json_t *below = json_object_get(json, "item");

    l->at = portal_fhir_json_string(json, "linkId");
    if (l->at)
        l->at = apr_pstrdup(l->pool, l->at);
    item->text = portal_form_text(l, json, "text");
    item->prefix = portal_form_text(l, json, "prefix");
    if (portal_fhir_json_string(json, "definition"))
        item->definition =
            apr_pstrdup(l->pool, portal_fhir_json_string(json, "definition"));
    read_link_id(l, item, json);
    if (read_type(l, item, json))
        read_members(l, item, json);
    item->hidden = item->hidden || (item->parent && item->parent->hidden);
    if (!below)
        return;
    if (depth < PORTAL_FORM_MAX_DEPTH && item->type == PORTAL_ITEM_DISPLAY &&
        only_displays(below)) {
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "display-with-items",
                          "A display can hold no items; those in it are shown after it.");
        portal_form_read_items(l, below, (portal_item_t *)item->parent, into, depth + 1);
    } else if (depth == PORTAL_FORM_MAX_DEPTH)
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "too-deep",
                          "Items are nested more than %d deep.", PORTAL_FORM_MAX_DEPTH);
    else
        portal_form_read_items(l, below, item, item->items, depth + 1);
}

void portal_form_read_items(portal_form_loader_t *l, const json_t *list,
                            portal_item_t *parent, apr_array_header_t *into, int depth)
{
    size_t i;
    json_t *json;

    if (!json_is_array(list))
        portal_form_fault(l, PORTAL_FAULT_REFUSE, parent ? parent->link_id : NULL,
                          "items-not-a-list", "item must be a list, in square brackets.");
    json_array_foreach(list, i, json)
    {
        if (l->form->all->nelts >= PORTAL_FORM_MAX_ITEMS) {
            if (!l->full)
                portal_form_fault(l, PORTAL_FAULT_REFUSE, NULL, "too-many-items",
                                  "The form has more than %d items.",
                                  PORTAL_FORM_MAX_ITEMS);
            l->full = true;
            return;
        }
        portal_item_t *item = make_item(l, parent);
        APR_ARRAY_PUSH(l->form->all, portal_item_t *) = item;
        APR_ARRAY_PUSH(into, portal_item_t *) = item;
        item->position = into->nelts;
        item->field =
            apr_psprintf(l->pool, "%s.%d", parent ? parent->field : "a", item->position);
        if (json_is_object(json)) {
            read_item(l, json, item, into, depth);
            continue;
        }
        item->link_id = "";
        portal_form_fault(l, PORTAL_FAULT_REFUSE, parent ? parent->link_id : NULL,
                          "item-not-an-object",
                          "The item number %d of a list is no object.", item->position);
    }
}

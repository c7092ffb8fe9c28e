/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the options of a question: answerOption, and answerValueSet when the value set is
 * contained in the form and lists its codes (compose.include.concept or expansion). Any
 * other value set is not at hand: the item is marked, and form_lint.c decides.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"

#define URL_EXCLUSIVE                                                                    \
    "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"

static void add_option(portal_form_loader_t *l, portal_item_t *item,
                       const portal_option_t *option)
{
    if (!option->text.plain || !*option->text.plain) {
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "option-without-text",
                          "An option has neither a display nor a code to show.");
        return;
    }
    if (portal_item_option(item, &option->value)) {
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "duplicate-option",
                          "The option \"%.80s\" has the value of another one; it is left "
                          "out.",
                          option->text.plain);
        return;
    }
    APR_ARRAY_PUSH(item->options, portal_option_t) = *option;
}

static portal_text_t option_text(portal_form_loader_t *l, const json_t *json,
                                 const char *member, const portal_value_t *value)
{
    portal_text_t text;

    if (value->kind == PORTAL_VALUE_CODING)
        text = portal_form_text(l, json_object_get(json, member), "display");
    else
        text = portal_form_text(l, json, member);
    if (!text.plain)
        text.plain = value->display ? value->display : value->text;
    return text;
}

static bool extension_true(const json_t *json, const char *url)
{
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(json, "extension"), i, ext)
    {
        const char *have = portal_fhir_json_string(ext, "url");
        if (have && strcmp(have, url) == 0)
            return json_is_true(json_object_get(ext, "valueBoolean"));
    }
    return false;
}

static void read_answer_option(portal_form_loader_t *l, portal_item_t *item,
                               const json_t *json)
{
    portal_option_t o = {0};
    const char *member;

    if (portal_value_read(json, "value", &o.value, &member, l->pool) !=
        PORTAL_VALUE_READ_OK) {
        portal_form_fault(
            l, PORTAL_FAULT_REFUSE, item->link_id, "bad-option",
            "An answerOption needs exactly one value[x], such as valueCoding "
            "with a code and a display.");
        return;
    }
    portal_form_check_modifiers(l, item->link_id, json);
    o.text = option_text(l, json, member, &o.value);
    o.initial = json_is_true(json_object_get(json, "initialSelected"));
    o.exclusive = extension_true(json, URL_EXCLUSIVE);
    add_option(l, item, &o);
}

/* The ValueSet contained in the form under #id, or NULL. */
static const json_t *contained(const portal_form_loader_t *l, const char *ref)
{
    size_t i;
    json_t *resource;

    if (*ref != '#')
        return NULL;
    json_array_foreach(json_object_get(l->root, "contained"), i, resource)
    {
        const char *id = portal_fhir_json_string(resource, "id"),
                   *type = portal_fhir_json_string(resource, "resourceType");
        if (id && type && strcmp(type, "ValueSet") == 0 &&
            (strcmp(id, ref + 1) == 0 || strcmp(id, ref) == 0))
            return resource;
    }
    return NULL;
}

static void add_concept(portal_form_loader_t *l, portal_item_t *item, const char *system,
                        const json_t *json)
{
    portal_option_t o = {.value = {.kind = PORTAL_VALUE_CODING}};
    const char *code = portal_fhir_json_string(json, "code");

    if (!code || !*code)
        return;
    o.value.text = apr_pstrdup(l->pool, code);
    o.value.system = system ? apr_pstrdup(l->pool, system) : NULL;
    o.text = portal_form_text(l, json, "display");
    if (!o.text.plain)
        o.text.plain = o.value.text;
    o.value.display = o.text.plain;
    add_option(l, item, &o);
}

/* Takes the codes that are listed; false when some are only described (by a filter, another
 * value set, or a whole code system). */
static bool take_compose(portal_form_loader_t *l, portal_item_t *item, const json_t *set)
{
    const json_t *compose = json_object_get(set, "compose"),
                 *include = json_object_get(compose, "include");
    size_t i, k;
    json_t *part, *concept;
    bool whole = json_array_size(include) > 0 && !json_object_get(compose, "exclude");

    json_array_foreach(include, i, part) whole =
        whole && json_array_size(json_object_get(part, "concept")) > 0;
    if (!whole)
        return false;
    json_array_foreach(include, i, part)
        json_array_foreach(json_object_get(part, "concept"), k, concept)
            add_concept(l, item, portal_fhir_json_string(part, "system"), concept);
    return true;
}

static bool take_expansion(portal_form_loader_t *l, portal_item_t *item,
                           const json_t *set)
{
    const json_t *list = json_object_get(json_object_get(set, "expansion"), "contains");
    size_t i;
    json_t *c;

    json_array_foreach(list, i, c)
        add_concept(l, item, portal_fhir_json_string(c, "system"), c);
    return json_array_size(list) > 0;
}

/* Adds the codes of a value set as options; false when it is not at hand or not listed. */
static bool take_value_set(portal_form_loader_t *l, portal_item_t *item, const char *ref)
{
    const json_t *set = contained(l, ref);

    return set && (take_expansion(l, item, set) || take_compose(l, item, set));
}

static void read_value_set(portal_form_loader_t *l, portal_item_t *item, const char *ref)
{
    item->unbound = !take_value_set(l, item, ref);
    if (item->unbound)
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "value-set-missing",
                          "Not supported yet: the choices are in the value set %.200s, "
                          "whose codes are not listed in the form. List them as "
                          "answerOption.",
                          ref);
}

void portal_form_read_options(portal_form_loader_t *l, portal_item_t *item,
                              const json_t *json)
{
    const json_t *list = json_object_get(json, "answerOption");
    const char *ref = portal_fhir_json_string(json, "answerValueSet");
    size_t i;
    json_t *one;

    if (list && !json_is_array(list))
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "options-not-a-list",
                          "answerOption must be a list, in square brackets.");
    json_array_foreach(list, i, one) read_answer_option(l, item, one);
    if (ref)
        read_value_set(l, item, ref);
    else if (json_object_get(json, "answerValueSet"))
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "bad-value-set",
                          "answerValueSet must be a canonical, a text.");
}

void portal_form_read_unit_set(portal_form_loader_t *l, portal_item_t *item,
                               const json_t *ext)
{
    const char *ref = portal_fhir_json_string(ext, "valueCanonical");
    portal_item_t units = {.link_id = item->link_id, .type = PORTAL_ITEM_CHOICE};

    units.options = apr_array_make(l->pool, 8, sizeof(portal_option_t));
    if (!ref || !take_value_set(l, &units, ref)) {
        item->unbound = item->unit_open = true;
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "unit-set-missing",
                          "The units are in the value set %.200s, whose codes are not at "
                          "hand; patients write the unit themselves.",
                          ref ? ref : "(no valueCanonical)");
    }
    for (int i = 0; i < units.options->nelts; i++) {
        const portal_option_t *o = &APR_ARRAY_IDX(units.options, i, portal_option_t);
        APR_ARRAY_PUSH(item->units, portal_unit_t) = (portal_unit_t){o->value, o->text};
    }
}

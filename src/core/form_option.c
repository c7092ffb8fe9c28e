/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the options of a question: answerOption, and answerValueSet when the value set is
 * contained in the form and lists its codes; those that lie beside the form have been put
 * into it before (form_sets.h). Any other is not at hand: the item is marked, and form_lint.c
 * decides.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"

/* In all questions together: each is looked through, and kept. */
#define MAX_OPTIONS 50000
#define URL_PREFIX "http://hl7.org/fhir/StructureDefinition/questionnaire-optionPrefix"
#define URL_EXCLUSIVE                                                                    \
    "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"

static void add_option(portal_form_loader_t *l, portal_item_t *item,
                       const portal_option_t *option)
{
    if (++l->options == MAX_OPTIONS + 1)
        portal_form_fault(l, PORTAL_FAULT_REFUSE, NULL, "too-many-options",
                          "The form has more than %d answer options in all.",
                          MAX_OPTIONS);
    if (l->options > MAX_OPTIONS)
        return;
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

static const json_t *extension_of(const json_t *json, const char *url)
{
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(json, "extension"), i, ext)
    {
        const char *have = portal_fhir_json_string(ext, "url");
        if (have && strcmp(have, url) == 0)
            return ext;
    }
    return NULL;
}

/* The score of a choice (R4 ordinalValue, R5 itemWeight), or NULL. */
static const char *score_of(const portal_form_loader_t *l, const json_t *json)
{
    static const char *const urls[] = {
        "http://hl7.org/fhir/StructureDefinition/ordinalValue",
        "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
        "http://hl7.org/fhir/StructureDefinition/itemWeight"};
    const char *score = NULL;

    for (size_t i = 0; i < sizeof urls / sizeof *urls && !score; i++)
        score = portal_fhir_json_number(
            json_object_get(extension_of(json, urls[i]), "valueDecimal"), l->pool);
    return score;
}

/* optionPrefix stands on the option, or on its Coding. */
static portal_text_t option_prefix(portal_form_loader_t *l, const json_t *json,
                                   const char *member)
{
    const json_t *ext = extension_of(json, URL_PREFIX);

    if (!ext)
        ext = extension_of(json_object_get(json, member), URL_PREFIX);
    return portal_form_text(l, ext, "valueString");
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
    o.exclusive =
        json_is_true(json_object_get(extension_of(json, URL_EXCLUSIVE), "valueBoolean"));
    o.prefix = option_prefix(l, json, member);
    o.score = score_of(l, json);
    if (!o.score)
        o.score = score_of(l, json_object_get(json, member));
    /* a choice that scores says how it is today */
    item->of_visit = item->of_visit || o.score;
    add_option(l, item, &o);
}

/* `designation` of a concept: its display in other languages (FHIR R4 ValueSet). */
static void add_designations(portal_form_loader_t *l, const json_t *json,
                             portal_text_t *text)
{
    apr_array_header_t *in =
        text->in ? apr_array_copy(l->pool, text->in)
                 : apr_array_make(l->pool, 1, sizeof(portal_translation_t));
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(json, "designation"), i, one)
    {
        const char *lang = portal_fhir_json_string(one, "language"),
                   *value = portal_fhir_json_string(one, "value");
        if (lang && *lang && value && *value)
            APR_ARRAY_PUSH(in, portal_translation_t) = (portal_translation_t){
                apr_pstrdup(l->pool, lang), apr_pstrdup(l->pool, value)};
    }
    text->in = in->nelts ? in : NULL;
}

static void add_concept(portal_form_loader_t *l, portal_item_t *item,
                        const portal_concept_t *concept)
{
    portal_option_t o = {.value = {.kind = PORTAL_VALUE_CODING}};
    const char *code = portal_fhir_json_string(concept->json, "code");

    o.value.text = apr_pstrdup(l->pool, code);
    o.value.system = concept->system ? apr_pstrdup(l->pool, concept->system) : NULL;
    o.text = portal_form_text(l, concept->json, "display");
    add_designations(l, concept->json, &o.text);
    if (!o.text.plain)
        o.text.plain = o.value.text;
    o.value.display = o.text.plain;
    o.score = score_of(l, concept->json);
    item->of_visit = item->of_visit || o.score;
    add_option(l, item, &o);
}

/* Adds the codes of a value set as options; false when it is not at hand or not listed. One in the
 * folder that could be listed would be in the form. */
static bool take_value_set(portal_form_loader_t *l, portal_item_t *item, const char *ref,
                           const char **why)
{
    const apr_array_header_t *list = portal_sets_expand(l->sets, ref, why);

    if (!list && l->beside && portal_sets_has(l->beside, ref))
        (void)portal_sets_expand(l->beside, ref, why);
    for (int i = 0; list && i < list->nelts; i++)
        add_concept(l, item, &APR_ARRAY_IDX(list, i, portal_concept_t));
    return list != NULL;
}

static void read_value_set(portal_form_loader_t *l, portal_item_t *item, const char *ref)
{
    const char *why;

    item->unbound = !take_value_set(l, item, ref, &why);
    if (!item->unbound)
        return;
    item->unbound_why = apr_psprintf(l->pool, "the value set %.200s, which %s", ref, why);
    item->unbound_mend =
        *ref == '#' ? "Put a ValueSet with this id that lists its codes into contained"
                    : "Put a ValueSet with this url that lists its codes beside the form";
}

void portal_form_read_options(portal_form_loader_t *l, portal_item_t *item,
                              const json_t *json)
{
    const json_t *list = json_object_get(json, "answerOption");
    const char *ref = portal_fhir_json_string(json, "answerValueSet");
    size_t i;
    json_t *one;

    l->plain_wins = true;
    if (list && !json_is_array(list))
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "options-not-a-list",
                          "answerOption must be a list, in square brackets.");
    json_array_foreach(list, i, one) read_answer_option(l, item, one);
    if (ref)
        read_value_set(l, item, ref);
    else if (json_object_get(json, "answerValueSet"))
        portal_form_fault(l, PORTAL_FAULT_REFUSE, item->link_id, "bad-value-set",
                          "answerValueSet must be a canonical, a text.");
    l->plain_wins = false;
}

void portal_form_read_unit_set(portal_form_loader_t *l, portal_item_t *item,
                               const json_t *ext)
{
    const char *ref = portal_fhir_json_string(ext, "valueCanonical");
    const char *why = "has no valueCanonical";
    portal_item_t units = {.link_id = item->link_id, .type = PORTAL_ITEM_CHOICE};

    units.options = apr_array_make(l->pool, 8, sizeof(portal_option_t));
    if (!ref || !take_value_set(l, &units, ref, &why)) {
        item->unbound = item->unit_open = true;
        portal_form_fault(
            l, PORTAL_FAULT_WARN, item->link_id, "unit-set-missing",
            "The units are in the value set %.200s, which %s; patients write "
            "the unit themselves.",
            ref ? ref : "named by the form", why);
    }
    for (int i = 0; i < units.options->nelts; i++) {
        const portal_option_t *o = &APR_ARRAY_IDX(units.options, i, portal_option_t);
        APR_ARRAY_PUSH(item->units, portal_unit_t) = (portal_unit_t){o->value, o->text};
    }
}

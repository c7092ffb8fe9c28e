/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the extensions that the portal knows, and says what becomes of those that it cannot
 * honour: what only fills in is ignored, what changes which questions are asked refuses the
 * form; expressions are form_expression.c's. Extensions that are not listed here change nothing that a patient
 * answers and are ignored without a word.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/ucum.h"

typedef enum {
    EXT_IGNORED,  /* named to the administrator, the form works without */
    EXT_REFUSED,  /* the form asks something else without it */
    EXT_COMPUTED, /* the value comes from a calculation */
    EXT_ENABLES,  /* whether it is asked does */
    EXT_FIRST,    /* the first value does */
    EXT_VARIABLE,
    EXT_HIDDEN,
    EXT_CONTROL,
    EXT_MIN_LENGTH,
    EXT_REGEX,
    EXT_MIN_VALUE,
    EXT_MAX_VALUE,
    EXT_MIN_OCCURS,
    EXT_MAX_OCCURS,
    EXT_PLACES,
    EXT_ENTRY_FORMAT,
    EXT_UNIT,
    EXT_UNIT_OPTION,
    EXT_UNIT_SET,
    EXT_UNIT_OPEN,
    EXT_ORIENTATION,
    EXT_LINK,
    EXT_CATEGORY,
    EXT_SHORT,
    EXT_STEP,
    EXT_SIGNATURE,
    EXT_OF_VISIT
} ext_t;

/* Known by the last part of the url, since one extension stands under several. */
static const struct {
    const char *name;
    ext_t what;
} known[] = {
    {"questionnaire-hidden", EXT_HIDDEN},
    {"questionnaire-itemControl", EXT_CONTROL},
    {"minLength", EXT_MIN_LENGTH},
    {"regex", EXT_REGEX},
    {"minValue", EXT_MIN_VALUE},
    {"maxValue", EXT_MAX_VALUE},
    {"questionnaire-minOccurs", EXT_MIN_OCCURS},
    {"questionnaire-maxOccurs", EXT_MAX_OCCURS},
    {"maxDecimalPlaces", EXT_PLACES},
    {"entryFormat", EXT_ENTRY_FORMAT},
    {"questionnaire-unit", EXT_UNIT},
    {"questionnaire-unitOption", EXT_UNIT_OPTION},
    {"questionnaire-unitValueSet", EXT_UNIT_SET},
    {"sdc-questionnaire-unitOpen", EXT_UNIT_OPEN},
    {"questionnaire-sliderStepValue", EXT_STEP},
    {"questionnaire-choiceOrientation", EXT_ORIENTATION},
    {"questionnaire-supportLink", EXT_LINK},
    {"sdc-questionnaire-minQuantity", EXT_MIN_VALUE},
    {"sdc-questionnaire-maxQuantity", EXT_MAX_VALUE},
    {"sdc-questionnaire-calculatedExpression", EXT_COMPUTED},
    {"questionnaire-calculatedExpression", EXT_COMPUTED},
    {"cqf-calculatedValue", EXT_COMPUTED},
    {"sdc-questionnaire-initialExpression", EXT_FIRST},
    {"questionnaire-initialExpression", EXT_FIRST},
    {"sdc-questionnaire-observationLinkPeriod", EXT_IGNORED},
    {"questionnaire-constraint", EXT_IGNORED},
    {"targetConstraint", EXT_IGNORED},
    {"questionnaire-displayCategory", EXT_CATEGORY},
    {"sdc-questionnaire-shortText", EXT_SHORT},
    {"sdc-questionnaire-enableWhenExpression", EXT_ENABLES},
    {"questionnaire-enableWhenExpression", EXT_ENABLES},
    {"variable", EXT_VARIABLE},
    {"sdc-questionnaire-answerExpression", EXT_REFUSED},
    {"sdc-questionnaire-subQuestionnaire", EXT_REFUSED},
    {"cqf-expression", EXT_REFUSED},
    {"questionnaire-signatureRequired", EXT_SIGNATURE},
    {"questionnaire-usageMode", EXT_IGNORED},
    {"asOfThisVisit", EXT_OF_VISIT},
    {"sdc-questionnaire-observationExtract", EXT_OF_VISIT},
};

static const char *last_part(const char *url)
{
    const char *slash = strrchr(url, '/');

    return slash ? slash + 1 : url;
}

static bool find(const char *url, ext_t *what)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, last_part(url)) == 0) {
            *what = known[i].what;
            return true;
        }
    }
    return false;
}

static portal_item_control_t control_of(const char *code)
{
    static const struct {
        const char *code;
        portal_item_control_t control;
    } codes[] = {
        {"radio-button", PORTAL_CONTROL_RADIO},  {"check-box", PORTAL_CONTROL_CHECK_BOX},
        {"drop-down", PORTAL_CONTROL_DROP_DOWN}, {"gtable", PORTAL_CONTROL_TABLE},
        {"table", PORTAL_CONTROL_TABLE},         {"help", PORTAL_CONTROL_HELP},
        {"prompt", PORTAL_CONTROL_HINT},         {"flyover", PORTAL_CONTROL_HINT},
        {"page", PORTAL_CONTROL_PAGE},           {"unit", PORTAL_CONTROL_UNIT},
        {"slider", PORTAL_CONTROL_SLIDER},       {"lower", PORTAL_CONTROL_LOWER},
        {"upper", PORTAL_CONTROL_UPPER},
    };

    for (size_t i = 0; code && i < sizeof codes / sizeof *codes; i++)
        if (strcmp(codes[i].code, code) == 0)
            return codes[i].control;
    return PORTAL_CONTROL_OTHER;
}

static void read_control(portal_item_t *item, const json_t *ext)
{
    const json_t *coding =
        json_object_get(json_object_get(ext, "valueCodeableConcept"), "coding");
    size_t i;
    json_t *one;

    json_array_foreach(coding, i, one) if (item->control == PORTAL_CONTROL_NONE ||
                                           item->control == PORTAL_CONTROL_OTHER)
        item->control = control_of(portal_fhir_json_string(one, "code"));
}

static void read_category(portal_item_t *item, const json_t *ext)
{
    static const struct {
        const char *code;
        portal_category_t category;
    } codes[] = {
        {"instructions", PORTAL_CATEGORY_INSTRUCTIONS},
        {"security", PORTAL_CATEGORY_SECURITY},
        {"help", PORTAL_CATEGORY_HELP},
        {"legal", PORTAL_CATEGORY_LEGAL},
    };
    const json_t *coding =
        json_object_get(json_object_get(ext, "valueCodeableConcept"), "coding");
    const char *code;

    for (size_t i = 0; i < json_array_size(coding); i++) {
        code = portal_fhir_json_string(json_array_get(coding, i), "code");
        for (size_t k = 0; code && k < sizeof codes / sizeof *codes; k++)
            if (strcmp(codes[k].code, code) == 0)
                item->category = codes[k].category;
    }
}

static int read_count(portal_form_loader_t *l, const portal_item_t *item,
                      const json_t *ext, const char *name)
{
    const json_t *value = json_object_get(ext, "valueInteger");

    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        json_integer_value(value) <= 1000000)
        return (int)json_integer_value(value);
    portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "bad-limit",
                      "%s must be a whole number (valueInteger); it is not used.", name);
    return -1;
}

static portal_value_t read_limit(portal_form_loader_t *l, const portal_item_t *item,
                                 const json_t *ext, const char *name)
{
    portal_value_t value;
    const char *member;

    if (portal_value_read(ext, "value", &value, &member, l->pool) != PORTAL_VALUE_READ_OK)
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "bad-limit",
                          "%s cannot be read; it is not used.", name);
    return value;
}

static portal_text_t unit_text(portal_form_loader_t *l, const json_t *coding)
{
    portal_text_t text = portal_form_text(l, coding, "display");

    if (text.plain)
        return text;
    text = portal_form_text(l, coding, "code");
    if (text.plain)
        text.plain = portal_ucum_words(text.plain);
    return text;
}

static void add_unit(portal_form_loader_t *l, portal_item_t *item, const json_t *ext)
{
    portal_unit_t unit = {0};
    const char *member;

    if (portal_value_read(ext, "value", &unit.coding, &member, l->pool) ==
            PORTAL_VALUE_READ_OK &&
        unit.coding.kind == PORTAL_VALUE_CODING)
        unit.text = unit_text(l, json_object_get(ext, "valueCoding"));
    if (unit.text.plain)
        APR_ARRAY_PUSH(item->units, portal_unit_t) = unit;
    else
        portal_form_fault(l, PORTAL_FAULT_WARN, item->link_id, "bad-unit",
                          "A unit needs valueCoding with a code or a display; it is not "
                          "used.");
}

/* The unit of a number is for the eye only, that of a quantity is part of its answer. */
static void read_unit(portal_form_loader_t *l, portal_item_t *item, const json_t *ext)
{
    if (item->type == PORTAL_ITEM_QUANTITY)
        add_unit(l, item, ext);
    else
        item->unit = unit_text(l, json_object_get(ext, "valueCoding"));
}

/* Only addresses of the web: what a form's author writes is opened by patients. */
static void read_link(portal_form_loader_t *l, portal_item_t *item, const json_t *ext)
{
    const char *link = portal_fhir_json_string(ext, "valueUri");

    if (link && portal_uri_valid(link) && strlen(link) < 2000 &&
        (strncmp(link, "https://", 8) == 0 || strncmp(link, "http://", 7) == 0))
        item->support_link = apr_pstrdup(l->pool, link);
    else
        portal_form_fault(
            l, PORTAL_FAULT_WARN, item->link_id, "bad-link",
            "supportLink must be an http or https address; it is not shown.");
}

/* What is only about how an item looks. */
static void take_look(portal_form_loader_t *l, portal_item_t *item, const json_t *ext,
                      ext_t what)
{
    const char *code = portal_fhir_json_string(ext, "valueCode");

    switch (what) {
    case EXT_ORIENTATION:
        item->sideways = code && strcmp(code, "horizontal") == 0;
        break;
    case EXT_LINK:
        read_link(l, item, ext);
        break;
    case EXT_CATEGORY:
        read_category(item, ext);
        break;
    case EXT_SHORT:
        item->short_text = portal_form_text(l, ext, "valueString");
        break;
    default:
        item->entry_format = portal_form_text(l, ext, "valueString");
        break;
    }
}

static void read_step(portal_form_loader_t *l, portal_item_t *item, const json_t *ext)
{
    portal_value_t step = read_limit(l, item, ext, "sliderStepValue");

    if ((step.kind == PORTAL_VALUE_INTEGER || step.kind == PORTAL_VALUE_DECIMAL) &&
        portal_decimal_compare(step.text, "0") > 0)
        item->step = step.text;
}

static void refuse(portal_form_loader_t *l, portal_item_t *item, const char *name)
{
    portal_form_fault(
        l, PORTAL_FAULT_REFUSE, item->link_id, "not-supported",
        "Not supported yet: %s. Without it the form would ask other questions "
        "than its author meant. Write the form without it.",
        name);
}

/* Marked as of this visit: our own extension, or an observation that is made by answering. */
static bool is_of_visit(const json_t *ext)
{
    return json_is_true(json_object_get(ext, "valueBoolean"));
}

/* True for a signature of consent. */
static bool of_consent(const char *signature)
{
    return signature && !strcmp(signature + 21, "7");
}

/* What the patient can sign as; of everybody else (a witness, an interpreter) the form is refused.
 * The code, or NULL. (ASTM E1762-95: .1 author, .5 verification, .6 validation, .7 consent,
 * .14 source) */
static const char *read_signature(portal_form_loader_t *l, const char *link_id,
                                  const json_t *ext)
{
    static const char *const codes[] = {
        "1.2.840.10065.1.12.1.1", "1.2.840.10065.1.12.1.5", "1.2.840.10065.1.12.1.6",
        "1.2.840.10065.1.12.1.7", "1.2.840.10065.1.12.1.14"};
    const json_t *coding = json_array_get(
        json_object_get(json_object_get(ext, "valueCodeableConcept"), "coding"), 0);
    const char *code = portal_fhir_json_string(coding, "code");

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (!code || !strcmp(code, codes[i]))
            return codes[i];
    portal_form_fault(l, PORTAL_FAULT_REFUSE, link_id, "signature",
                      "It asks for a signature (%.60s) that is not the patient's own. "
                      "Ask for one of the author or of consent.",
                      code);
    return NULL;
}

static void take_unit(portal_form_loader_t *l, portal_item_t *item, const json_t *ext,
                      ext_t what)
{
    const char *open = portal_fhir_json_string(ext, "valueCode");

    if (what == EXT_UNIT)
        read_unit(l, item, ext);
    else if (what == EXT_UNIT_OPTION)
        add_unit(l, item, ext);
    else if (what == EXT_UNIT_SET)
        portal_form_read_unit_set(l, item, ext);
    else
        item->unit_open = open && strcmp(open, "optionsOnly") != 0;
}

static void take_expression(portal_form_loader_t *l, portal_item_t *item,
                            const json_t *ext, ext_t what)
{
    if (what == EXT_COMPUTED)
        item->calculated = item->read_only = true;
    portal_form_read_expression(l, item, ext,
                                what == EXT_COMPUTED  ? PORTAL_FORM_CALCULATED
                                : what == EXT_ENABLES ? PORTAL_FORM_ENABLES
                                : what == EXT_FIRST   ? PORTAL_FORM_INITIAL
                                                      : PORTAL_FORM_VARIABLE);
}

static void take(portal_form_loader_t *l, portal_item_t *item, const json_t *ext,
                 ext_t what)
{
    const char *name = last_part(portal_fhir_json_string(ext, "url"));
    int n;

    switch (what) {
    case EXT_HIDDEN:
        item->hidden = json_is_true(json_object_get(ext, "valueBoolean"));
        break;
    case EXT_CONTROL:
        read_control(item, ext);
        break;
    case EXT_MIN_LENGTH:
    case EXT_MIN_OCCURS:
    case EXT_MAX_OCCURS:
    case EXT_PLACES:
        n = read_count(l, item, ext, name);
        if (what == EXT_PLACES)
            item->max_places = n;
        else if (n > 0)
            *(what == EXT_MIN_LENGTH   ? &item->min_length
              : what == EXT_MIN_OCCURS ? &item->min_occurs
                                       : &item->max_occurs) = n;
        break;
    case EXT_REGEX:
        item->regex = portal_form_text(l, ext, "valueString").plain;
        break;
    case EXT_MIN_VALUE:
    case EXT_MAX_VALUE:
        *(what == EXT_MIN_VALUE ? &item->min_value : &item->max_value) =
            read_limit(l, item, ext, name);
        break;
    case EXT_ENTRY_FORMAT:
    case EXT_ORIENTATION:
    case EXT_LINK:
    case EXT_CATEGORY:
    case EXT_SHORT:
        take_look(l, item, ext, what);
        break;
    case EXT_UNIT:
    case EXT_UNIT_OPTION:
    case EXT_UNIT_SET:
    case EXT_UNIT_OPEN:
        take_unit(l, item, ext, what);
        break;
    case EXT_STEP:
        read_step(l, item, ext);
        break;
    case EXT_SIGNATURE:
        item->signature = read_signature(l, item->link_id, ext);
        item->consent = of_consent(item->signature);
        break;
    case EXT_OF_VISIT:
        item->of_visit = is_of_visit(ext);
        break;
    case EXT_REFUSED:
        refuse(l, item, name);
        break;
    case EXT_COMPUTED:
    case EXT_ENABLES:
    case EXT_FIRST:
    case EXT_VARIABLE:
        take_expression(l, item, ext, what);
        break;
    case EXT_IGNORED:
        portal_form_fault(l, PORTAL_FAULT_INFO, item->link_id, "ignored",
                          "Not supported yet: %s is ignored.", name);
        break;
    }
}

void portal_form_read_extensions(portal_form_loader_t *l, portal_item_t *item,
                                 const json_t *json)
{
    size_t i;
    json_t *ext;
    ext_t what;

    json_array_foreach(json_object_get(json, "extension"), i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        if (url && find(url, &what))
            take(l, item, ext, what);
    }
    json_array_foreach(json_object_get(json_object_get(json, "_text"), "extension"), i,
                       ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        if (url && find(url, &what) && (what == EXT_REFUSED || what == EXT_IGNORED))
            take(l, item, ext, what);
    }
}

void portal_form_read_form_extensions(portal_form_loader_t *l)
{
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(l->root, "extension"), i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        ext_t what;
        if (!url || !find(url, &what))
            continue;
        if (what == EXT_SIGNATURE)
            l->form->signature = read_signature(l, NULL, ext);
        if (what == EXT_OF_VISIT)
            l->form->of_visit = is_of_visit(ext);
        if (what == EXT_VARIABLE)
            portal_form_read_expression(l, NULL, ext, PORTAL_FORM_VARIABLE);
        if (what == EXT_REFUSED)
            portal_form_fault(
                l, PORTAL_FAULT_REFUSE, NULL, "not-supported",
                "Not supported yet: %s. The form cannot be completed as its "
                "author meant without it.",
                last_part(url));
    }
    l->form->consent = of_consent(l->form->signature);
}

void portal_form_check_modifiers(portal_form_loader_t *l, const char *link_id,
                                 const json_t *json)
{
    size_t i;
    json_t *ext;

    json_array_foreach(json_object_get(json, "modifierExtension"), i, ext)
    {
        const char *url = portal_fhir_json_string(ext, "url");
        portal_form_fault(l, PORTAL_FAULT_REFUSE, link_id, "modifier-extension",
                          "The modifierExtension %.200s is not known; it may change what "
                          "the form means, so the form cannot be used.",
                          url ? url : "");
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of FHIRPath: made, taken out of a resource, and in words; see fhirpath_inner.h.
 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/fhirpath_inner.h"

/* ---- collections ---- */

portal_fp_set_t *portal_fp_none(portal_fp_run_t *run)
{
    return apr_array_make(run->pool, 1, sizeof(portal_fhirpath_value_t));
}

void portal_fp_push(portal_fp_run_t *run, portal_fp_set_t *set,
                    const portal_fhirpath_value_t *value)
{
    if (portal_fp_spend(run, 1))
        APR_ARRAY_PUSH(set, portal_fhirpath_value_t) = *value;
}

static portal_fp_set_t *one(portal_fp_run_t *run, portal_fhirpath_value_t value)
{
    portal_fp_set_t *set = portal_fp_none(run);

    portal_fp_push(run, set, &value);
    return set;
}

portal_fp_set_t *portal_fp_boolean(portal_fp_run_t *run, bool truth)
{
    return one(
        run, (portal_fhirpath_value_t){.kind = PORTAL_FHIRPATH_BOOLEAN, .truth = truth});
}

portal_fp_set_t *portal_fp_integer(portal_fp_run_t *run, double number)
{
    /* FHIR's integers have 32 bits; what is more is nobody's score */
    if (!(fabs(number) <= 2147483648.0))
        return portal_fp_none(run);
    return one(run, (portal_fhirpath_value_t){.kind = PORTAL_FHIRPATH_INTEGER,
                                              .number = number});
}

portal_fp_set_t *portal_fp_decimal(portal_fp_run_t *run, double number)
{
    if (!(fabs(number) < 1e30))
        return portal_fp_none(run);
    return one(run, (portal_fhirpath_value_t){.kind = PORTAL_FHIRPATH_DECIMAL,
                                              .number = number});
}

portal_fp_set_t *portal_fp_string(portal_fp_run_t *run, const char *text)
{
    if (!portal_fp_spend(run, strlen(text) / 16))
        return portal_fp_none(run);
    return one(run,
               (portal_fhirpath_value_t){.kind = PORTAL_FHIRPATH_STRING, .text = text});
}

/* ---- out of a resource ---- */

/* Elements of several types: value[x] and its like. */
static const char *const choices[] = {
    "value",    "answer",        "initial",   "effective",  "onset",      "abatement",
    "deceased", "multipleBirth", "performed", "occurrence", "medication", "defaultValue",
};

static const char *const types[] = {
    "String",     "Boolean",   "Integer",      "Decimal",     "Date",
    "DateTime",   "Time",      "Uri",          "Coding",      "Quantity",
    "Attachment", "Reference", "Code",         "Id",          "CodeableConcept",
    "Period",     "Range",     "Ratio",        "Age",         "Instant",
    "Url",        "Canonical", "Markdown",     "Identifier",  "Expression",
    "Address",    "HumanName", "ContactPoint", "PositiveInt", "UnsignedInt",
    "Duration",   "Money",     "Timing",
};

/* The type that the name of a member ends with (valueCoding: Coding), or NULL. */
static const char *type_of_name(const char *name)
{
    for (size_t i = 0; name && i < sizeof choices / sizeof *choices; i++) {
        apr_size_t n = strlen(choices[i]);
        if (strncmp(name, choices[i], n) || !apr_isupper(name[n]))
            continue;
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            if (strcmp(name + n, types[k]) == 0)
                return types[k];
    }
    return NULL;
}

static bool is_choice(const char *name)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strcmp(choices[i], name) == 0)
            return true;
    return false;
}

/* True for members that hold a date or a moment, by their names in R4. */
static bool holds_time(const char *name, const char *type)
{
    static const char *const names[] = {"birthDate",    "authored",     "start",
                                        "end",          "date",         "issued",
                                        "recordedDate", "event",        "authoredOn",
                                        "lastUpdated",  "approvalDate", "lastReviewDate"};

    if (type)
        return !strcmp(type, "Date") || !strcmp(type, "DateTime") ||
               !strcmp(type, "Time") || !strcmp(type, "Instant");
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void wrap_string(portal_fhirpath_value_t *value, const char *name)
{
    portal_fhirpath_kind_t kind;

    value->kind = PORTAL_FHIRPATH_STRING;
    value->text = json_string_value(value->json);
    if (holds_time(name, value->type) && portal_fp_time_kind(value->text, &kind))
        value->kind = value->type && strcmp(value->type, "DateTime") == 0
                          ? PORTAL_FHIRPATH_DATETIME
                          : kind;
}

portal_fhirpath_value_t portal_fp_wrap(const json_t *json, const char *name,
                                       apr_pool_t *p)
{
    portal_fhirpath_value_t value = {.json = json, .kind = PORTAL_FHIRPATH_OBJECT};
    const char *digits = portal_fhir_json_number(json, p);

    value.type = type_of_name(name);
    if (digits) {
        value.number = strtod(digits, NULL);
        value.text = digits;
        value.kind = PORTAL_FHIRPATH_INTEGER;
        if (digits[strspn(digits, "-0123456789")] ||
            (value.type && !strcmp(value.type, "Decimal")))
            value.kind = PORTAL_FHIRPATH_DECIMAL;
    } else if (json_is_boolean(json)) {
        value.kind = PORTAL_FHIRPATH_BOOLEAN;
        value.truth = json_is_true(json);
    } else if (json_is_string(json)) {
        wrap_string(&value, name);
    } else {
        value.type =
            value.type ? value.type : portal_fhir_json_string(json, "resourceType");
    }
    return value;
}

static void push_json(portal_fp_run_t *run, const json_t *json, const json_t *extra,
                      const char *name, portal_fp_set_t *into)
{
    portal_fhirpath_value_t value;

    if (json_is_null(json) || !portal_fp_spend(run, 1))
        return;
    value = portal_fp_wrap(json, name, run->pool);
    value.extra = extra;
    portal_fp_push(run, into, &value);
}

/* One member: each of a list, and what stands beside it under _NAME. */
static void push_member(portal_fp_run_t *run, const json_t *object, const char *name,
                        portal_fp_set_t *into)
{
    const json_t *json = json_object_get(object, name), *beside;
    char beside_name[64];

    if (!json || strlen(name) > sizeof beside_name - 2)
        return;
    beside_name[0] = '_';
    apr_cpystrn(beside_name + 1, name, sizeof beside_name - 1);
    beside = json_object_get(object, beside_name);
    if (!json_is_array(json))
        push_json(run, json, beside, name, into);
    for (size_t i = 0; i < json_array_size(json) && !run->why; i++)
        push_json(run, json_array_get(json, i), json_array_get(beside, i), name, into);
}

static void all_members(portal_fp_run_t *run, const json_t *object, portal_fp_set_t *into)
{
    for (void *i = json_object_iter((json_t *)object); i && !run->why;
         i = json_object_iter_next((json_t *)object, i))
        if (*json_object_iter_key(i) != '_' &&
            strcmp(json_object_iter_key(i), "resourceType") != 0)
            push_member(run, object, json_object_iter_key(i), into);
}

/* value is valueCoding, valueString, whichever there is. */
static void push_choice(portal_fp_run_t *run, const json_t *object, const char *name,
                        portal_fp_set_t *into)
{
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        push_member(run, object, apr_pstrcat(run->pool, name, types[k], NULL), into);
}

void portal_fp_members(portal_fp_run_t *run, const portal_fhirpath_value_t *value,
                       const char *name, portal_fp_set_t *into)
{
    if (value->kind == PORTAL_FHIRPATH_QUANTITY || !value->json)
        return;
    if (name && !strcmp(name, "extension")) {
        portal_fp_extensions(run, value, into);
    } else if (!json_is_object(value->json)) {
        if (name && value->extra)
            push_member(run, value->extra, name, into);
    } else if (!name) {
        all_members(run, value->json, into);
    } else if (json_object_get(value->json, name)) {
        push_member(run, value->json, name, into);
    } else if (is_choice(name)) {
        push_choice(run, value->json, name, into);
    }
}

void portal_fp_extensions(portal_fp_run_t *run, const portal_fhirpath_value_t *value,
                          portal_fp_set_t *into)
{
    const json_t *from = json_is_object(value->json) ? value->json : value->extra;

    if (from)
        push_member(run, from, "extension", into);
}

/* ---- what a value is ---- */

bool portal_fp_is_number(const portal_fhirpath_value_t *value)
{
    return value->kind == PORTAL_FHIRPATH_INTEGER ||
           value->kind == PORTAL_FHIRPATH_DECIMAL;
}

bool portal_fp_quantity(const portal_fhirpath_value_t *value,
                        portal_fhirpath_value_t *quantity, apr_pool_t *p)
{
    const char *digits;

    *quantity = *value;
    if (value->kind == PORTAL_FHIRPATH_QUANTITY)
        return true;
    if (value->kind != PORTAL_FHIRPATH_OBJECT || !value->type ||
        strcmp(value->type, "Quantity") != 0)
        return false;
    digits = portal_fhir_json_number(json_object_get(value->json, "value"), p);
    if (!digits)
        return false;
    quantity->kind = PORTAL_FHIRPATH_QUANTITY;
    quantity->number = strtod(digits, NULL);
    quantity->text = digits;
    quantity->unit = portal_fhir_json_string(value->json, "code");
    if (!quantity->unit)
        quantity->unit = portal_fhir_json_string(value->json, "unit");
    return true;
}

static const char *kind_name(portal_fhirpath_kind_t kind)
{
    static const char *const names[] = {"Boolean", "Integer",  "Decimal",
                                        "String",  "Date",     "DateTime",
                                        "Time",    "Quantity", ""};

    return names[kind];
}

/* System.String is what an expression makes, FHIR.string and string what a resource holds. */
bool portal_fp_has_type(const portal_fhirpath_value_t *value, const char *type)
{
    const char *own = value->type ? value->type : kind_name(value->kind);
    bool system = strncmp(type, "System.", 7) == 0, fhir = strncmp(type, "FHIR.", 5) == 0;
    const char *name = type + (system ? 7 : fhir ? 5 : 0);

    if (value->json && system)
        return false;
    if (!value->json && fhir)
        return false;
    if (strcmp(name, own) == 0 && (!value->json || value->kind == PORTAL_FHIRPATH_OBJECT))
        return true;
    return value->json && value->kind != PORTAL_FHIRPATH_OBJECT &&
           apr_tolower(*own) == *name && strcmp(own + 1, name + 1) == 0;
}

/* ---- in words ---- */

const char *portal_fhirpath_number(const portal_fhirpath_value_t *value, apr_pool_t *p)
{
    char *text, *end;

    if (value->text)
        return value->text;
    if (value->kind == PORTAL_FHIRPATH_INTEGER)
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)value->number);
    text = apr_palloc(p, 64);
    snprintf(text, 64, "%.8f", value->number);
    end = text + strlen(text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    return strcmp(text, "-0") == 0 ? "0" : text;
}

const char *portal_fp_text(const portal_fhirpath_value_t *value, apr_pool_t *p)
{
    portal_fhirpath_value_t quantity;

    switch (value->kind) {
    case PORTAL_FHIRPATH_BOOLEAN:
        return value->truth ? "true" : "false";
    case PORTAL_FHIRPATH_INTEGER:
    case PORTAL_FHIRPATH_DECIMAL:
        return portal_fhirpath_number(value, p);
    case PORTAL_FHIRPATH_OBJECT:
    case PORTAL_FHIRPATH_QUANTITY:
        if (!portal_fp_quantity(value, &quantity, p))
            return NULL;
        return apr_pstrcat(p, portal_fhirpath_number(&quantity, p), " '",
                           quantity.unit ? quantity.unit : "1", "'", NULL);
    default:
        return value->text;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of a form: reading and writing value[x], equality and order.
 * FHIR R4 "datatypes", and rules of comparison as noted above each function.
 */
#include "core/form_value.h"

#include <apr_strings.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/ucum.h"

static const struct {
    const char *name; /* what follows the prefix */
    portal_value_kind_t kind;
} kinds[] = {
    {"String", PORTAL_VALUE_STRING},
    {"Boolean", PORTAL_VALUE_BOOLEAN},
    {"Integer", PORTAL_VALUE_INTEGER},
    {"Decimal", PORTAL_VALUE_DECIMAL},
    {"Date", PORTAL_VALUE_DATE},
    {"DateTime", PORTAL_VALUE_DATETIME},
    {"Time", PORTAL_VALUE_TIME},
    {"Uri", PORTAL_VALUE_URI},
    {"Coding", PORTAL_VALUE_CODING},
    {"Quantity", PORTAL_VALUE_QUANTITY},
    {"Attachment", PORTAL_VALUE_ATTACHMENT},
    {"Reference", PORTAL_VALUE_REFERENCE},
};

#define KINDS (sizeof kinds / sizeof *kinds)

static bool is_object(const char *text)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool yes = json_is_object(json);

    json_decref(json);
    return yes;
}

bool portal_value_valid(const portal_value_t *v)
{
    switch (v->kind) {
    case PORTAL_VALUE_NONE:
        return false;
    case PORTAL_VALUE_BOOLEAN:
        return !strcmp(v->text, "true") || !strcmp(v->text, "false");
    case PORTAL_VALUE_INTEGER:
        return portal_integer_valid(v->text);
    case PORTAL_VALUE_DECIMAL:
        return portal_fhir_json_is_number(v->text);
    case PORTAL_VALUE_DATE:
        return portal_date_valid(v->text);
    case PORTAL_VALUE_DATETIME:
        return portal_datetime_valid(v->text);
    case PORTAL_VALUE_TIME:
        return portal_time_valid(v->text);
    case PORTAL_VALUE_CODING:
        return v->text || v->display;
    case PORTAL_VALUE_QUANTITY:
        return !v->text || portal_fhir_json_is_number(v->text);
    case PORTAL_VALUE_ATTACHMENT:
        return is_object(v->text);
    case PORTAL_VALUE_REFERENCE:
        return true;
    default:
        return *v->text != '\0';
    }
}

static const char *copy_string(const json_t *object, const char *name, apr_pool_t *p)
{
    const char *s = portal_fhir_json_string(object, name);

    return s && *s ? apr_pstrdup(p, s) : NULL;
}

static bool read_text(const json_t *json, portal_value_t *out, apr_pool_t *p)
{
    if (!portal_fhir_json_is_string(json))
        return false;
    out->text = apr_pstrdup(p, json_string_value(json));
    return portal_value_valid(out);
}

static bool read_number(const json_t *json, portal_value_t *out, apr_pool_t *p)
{
    out->text = portal_fhir_json_number(json, p);
    return out->text && portal_value_valid(out);
}

static bool read_coding(const json_t *json, portal_value_t *out, apr_pool_t *p)
{
    out->text = copy_string(json, "code", p);
    out->system = copy_string(json, "system", p);
    out->version = copy_string(json, "version", p);
    out->display = copy_string(json, "display", p);
    return json_is_object(json) && (out->text || out->display);
}

static bool read_quantity(const json_t *json, portal_value_t *out, apr_pool_t *p)
{
    const json_t *number = json_object_get(json, "value");

    out->text = number ? portal_fhir_json_number(number, p) : NULL;
    out->system = copy_string(json, "system", p);
    out->code = copy_string(json, "code", p);
    out->display = copy_string(json, "unit", p);
    return json_is_object(json) && (!number || out->text);
}

static bool read_kind(const json_t *json, portal_value_t *out, apr_pool_t *p)
{
    switch (out->kind) {
    case PORTAL_VALUE_BOOLEAN:
        out->text = json_is_true(json) ? "true" : "false";
        return json_is_boolean(json);
    case PORTAL_VALUE_INTEGER:
    case PORTAL_VALUE_DECIMAL:
        return read_number(json, out, p);
    case PORTAL_VALUE_CODING:
        return read_coding(json, out, p);
    case PORTAL_VALUE_QUANTITY:
        return read_quantity(json, out, p);
    case PORTAL_VALUE_ATTACHMENT:
        out->text = portal_fhir_json_write(json, p);
        return json_is_object(json) && out->text;
    case PORTAL_VALUE_REFERENCE:
        out->text = copy_string(json, "reference", p);
        out->display = copy_string(json, "display", p);
        return json_is_object(json);
    default:
        return read_text(json, out, p);
    }
}

static portal_value_kind_t kind_of(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return PORTAL_VALUE_NONE;
}

portal_value_read_t portal_value_read(const json_t *object, const char *prefix,
                                      portal_value_t *out, const char **member,
                                      apr_pool_t *p)
{
    size_t n = strlen(prefix);
    const json_t *found = NULL;
    const char *key;
    json_t *json;

    *out = (portal_value_t){.kind = PORTAL_VALUE_NONE};
    *member = NULL;
    json_object_foreach((json_t *)object, key, json)
    {
        if (strncmp(key, prefix, n) != 0 || key[n] < 'A' || key[n] > 'Z')
            continue;
        if (found)
            return PORTAL_VALUE_READ_TWO;
        found = json;
        *member = apr_pstrdup(p, key);
    }
    if (!found)
        return PORTAL_VALUE_READ_ABSENT;
    portal_value_t value = {.kind = kind_of(*member + n)};
    if (value.kind == PORTAL_VALUE_NONE)
        return PORTAL_VALUE_READ_TYPE;
    if (!read_kind(found, &value, p))
        return PORTAL_VALUE_READ_BAD;
    *out = value;
    return PORTAL_VALUE_READ_OK;
}

static void set_string(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

static json_t *number_json(const char *text)
{
    return strpbrk(text, ".eE") || strlen(text) > 18
               ? portal_fhir_json_decimal(text)
               : json_integer((json_int_t)apr_atoi64(text));
}

static json_t *value_json(const portal_value_t *value)
{
    json_t *object;

    switch (value->kind) {
    case PORTAL_VALUE_BOOLEAN:
        return json_boolean(strcmp(value->text, "true") == 0);
    case PORTAL_VALUE_INTEGER:
    case PORTAL_VALUE_DECIMAL:
        return number_json(value->text);
    case PORTAL_VALUE_ATTACHMENT:
        return json_loads(value->text, 0, NULL);
    case PORTAL_VALUE_CODING:
        object = json_object();
        set_string(object, "system", value->system);
        set_string(object, "version", value->version);
        set_string(object, "code", value->text);
        set_string(object, "display", value->display);
        return object;
    case PORTAL_VALUE_QUANTITY:
        object = json_object();
        if (value->text)
            json_object_set_new(object, "value", number_json(value->text));
        set_string(object, "unit", value->display);
        set_string(object, "system", value->system);
        set_string(object, "code", value->code);
        return object;
    case PORTAL_VALUE_REFERENCE:
        object = json_object();
        set_string(object, "reference", value->text);
        set_string(object, "display", value->display);
        return object;
    default:
        return json_string(value->text);
    }
}

void portal_value_write(json_t *object, const portal_value_t *value)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].kind != value->kind)
            continue;
        char name[24];
        apr_snprintf(name, sizeof name, "value%s", kinds[i].name);
        json_object_set_new(object, name, value_json(value));
    }
}

static bool is_number(const portal_value_t *v)
{
    return v->kind == PORTAL_VALUE_INTEGER || v->kind == PORTAL_VALUE_DECIMAL;
}

static bool is_date(const portal_value_t *v)
{
    return v->kind == PORTAL_VALUE_DATE || v->kind == PORTAL_VALUE_DATETIME;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A Coding without code is known by its display only. */
static bool same_coding(const portal_value_t *a, const portal_value_t *b)
{
    if (!same(a->system, b->system) || !same(a->text, b->text))
        return false;
    return a->text || same(a->display, b->display);
}

/* Same unit: the same code of the same system; without codes the same words (rule 15). */
static bool same_unit(const portal_value_t *a, const portal_value_t *b)
{
    if (a->code || b->code)
        return same(a->system, b->system) && same(a->code, b->code);
    return same(a->display, b->display);
}

bool portal_value_equal(const portal_value_t *a, const portal_value_t *b)
{
    if (is_number(a) && is_number(b))
        return portal_decimal_compare(a->text, b->text) == 0;
    if (a->kind != b->kind || a->kind == PORTAL_VALUE_NONE)
        return false;
    if (a->kind == PORTAL_VALUE_CODING)
        return same_coding(a, b);
    if (a->kind == PORTAL_VALUE_QUANTITY)
        return a->text && b->text && same_unit(a, b) &&
               portal_decimal_compare(a->text, b->text) == 0;
    if (a->kind == PORTAL_VALUE_REFERENCE && !a->text && !b->text)
        return same(a->display, b->display);
    return same(a->text, b->text);
}

/* The days from 0001-01-01 to a full date. */
static long day_number(const char *date)
{
    long y = strtol(date, NULL, 10), m = strtol(date + 5, NULL, 10),
         d = strtol(date + 8, NULL, 10);

    y -= m <= 2;
    m += m <= 2 ? 12 : 0;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d;
}

/* The seconds of a dateTime with time and zone, in UTC. */
static double instant(const char *s)
{
    const char *zone = s + 11 + strcspn(s + 11, "Z+-");
    long seconds = strtol(s + 11, NULL, 10) * 3600 + strtol(s + 14, NULL, 10) * 60 +
                   strtol(s + 17, NULL, 10);
    double fraction = 0, unit = 1;

    for (const char *f = s + 20; s[19] == '.' && f < zone; f++) {
        unit /= 10;
        fraction += (*f - '0') * unit;
    }
    if (*zone != 'Z') {
        long away = strtol(zone + 1, NULL, 10) * 3600 + strtol(zone + 4, NULL, 10) * 60;
        seconds -= *zone == '-' ? -away : away;
    }
    return (double)day_number(s) * 86400 + (double)seconds + fraction;
}

static int order_dates(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);

    if (n > 10 && m > 10) {
        double x = instant(a), y = instant(b);
        return (x > y) - (x < y);
    }
    n = n > 10 ? 10 : n;
    m = m > 10 ? 10 : m;
    return strncmp(a, b, n < m ? n : m);
}

static bool is_ucum(const portal_value_t *quantity)
{
    return quantity->code && quantity->system &&
           strcmp(quantity->system, "http://unitsofmeasure.org") == 0;
}

bool portal_value_order(const portal_value_t *a, const portal_value_t *b, int *order)
{
    *order = 0;
    if (is_number(a) && is_number(b)) {
        *order = portal_decimal_compare(a->text, b->text);
        return true;
    }
    if (is_date(a) && is_date(b)) {
        *order = order_dates(a->text, b->text);
        return true;
    }
    if (a->kind != b->kind || !a->text || !b->text)
        return false;
    if (a->kind == PORTAL_VALUE_QUANTITY) {
        *order = portal_decimal_compare(a->text, b->text);
        return same_unit(a, b);
    }
    *order = strcmp(a->text, b->text);
    return a->kind == PORTAL_VALUE_TIME || a->kind == PORTAL_VALUE_STRING;
}

bool portal_value_order_measures(const portal_value_t *a, const portal_value_t *b,
                                 int *order)
{
    *order = 0;
    return a->kind == PORTAL_VALUE_QUANTITY && b->kind == PORTAL_VALUE_QUANTITY &&
           a->text && b->text && is_ucum(a) && is_ucum(b) &&
           portal_ucum_order(a->text, a->code, b->text, b->code, order);
}

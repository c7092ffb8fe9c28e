/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the values that an item carries in order: initial values (rule 18) and limits
 * (rule 16). What cannot be used is dropped with a warning: the question can be asked
 * without it.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/form_loader.h"
#include "core/text.h"

#include <pcre2.h>
#include <string.h>

#define WARN PORTAL_FAULT_WARN

static bool fits_type(const portal_item_t *item, const portal_value_t *value)
{
    portal_value_kind_t own = portal_item_value_kind(item->type);

    if (own == PORTAL_VALUE_DECIMAL && value->kind == PORTAL_VALUE_INTEGER)
        return true;
    return own == value->kind ||
           (item->type == PORTAL_ITEM_OPEN_CHOICE && value->kind == PORTAL_VALUE_STRING);
}

/* The value as it is kept: that of the option, so that its display comes along. */
static bool usable_initial(const portal_item_t *item, portal_value_t *value)
{
    const portal_option_t *option = portal_item_option(item, value);

    if (option)
        *value = option->value;
    if (option)
        return true;
    if (item->options->nelts &&
        (item->type != PORTAL_ITEM_OPEN_CHOICE || value->kind != PORTAL_VALUE_STRING))
        return false;
    return fits_type(item, value);
}

static void take_selected(portal_item_t *item)
{
    for (int i = 0; i < item->options->nelts; i++) {
        const portal_option_t *o = &APR_ARRAY_IDX(item->options, i, portal_option_t);
        if (o->initial)
            APR_ARRAY_PUSH(item->initial, portal_value_t) = o->value;
    }
}

static void check_initial(portal_form_loader_t *l, portal_item_t *item)
{
    apr_array_header_t *initial = item->initial;
    int kept = 0;

    for (int i = 0; i < initial->nelts; i++) {
        portal_value_t value = APR_ARRAY_IDX(initial, i, portal_value_t);
        if (portal_item_is_question(item) && usable_initial(item, &value))
            APR_ARRAY_IDX(initial, kept++, portal_value_t) = value;
        else
            portal_form_fault(l, WARN, item->link_id, "initial-unusable",
                              "An initial value is not one that the item can have; it is "
                              "not used.");
    }
    initial->nelts = kept;
    take_selected(item);
    if (initial->nelts > 1 && !item->repeats) {
        portal_form_fault(l, WARN, item->link_id, "initial-too-many",
                          "There are several initial values but the question does not "
                          "repeat; only the first is used.");
        initial->nelts = 1;
    }
}

static void check_limit(portal_form_loader_t *l, const portal_item_t *item,
                        portal_value_t *limit, const char *name)
{
    portal_value_t own = {.kind = portal_item_value_kind(item->type)};

    if (limit->kind == PORTAL_VALUE_NONE || own.kind == limit->kind)
        return;
    if ((own.kind == PORTAL_VALUE_DECIMAL && limit->kind == PORTAL_VALUE_INTEGER) ||
        (own.kind == PORTAL_VALUE_INTEGER && limit->kind == PORTAL_VALUE_DECIMAL) ||
        (own.kind == PORTAL_VALUE_DATE && limit->kind == PORTAL_VALUE_DATETIME) ||
        (own.kind == PORTAL_VALUE_DATETIME && limit->kind == PORTAL_VALUE_DATE))
        return;
    portal_form_fault(l, WARN, item->link_id, "bad-limit",
                      "%s is of another type than the question; it is not used.", name);
    limit->kind = PORTAL_VALUE_NONE;
}

/* A quantity without units of its own is counted in the unit of its limits or of its first
 * value; else patients write the unit. */
static void find_unit(portal_item_t *item)
{
    const portal_value_t *from[] = {
        &item->min_value, &item->max_value,
        item->initial->nelts ? &APR_ARRAY_IDX(item->initial, 0, portal_value_t) : NULL};

    for (size_t i = 0; i < sizeof from / sizeof *from && !item->units->nelts; i++) {
        portal_unit_t unit = {.coding = {.kind = PORTAL_VALUE_CODING}};
        if (!from[i] || from[i]->kind != PORTAL_VALUE_QUANTITY)
            continue;
        unit.coding.text = from[i]->code;
        unit.coding.system = from[i]->system;
        unit.text.plain = from[i]->display ? from[i]->display : from[i]->code;
        unit.coding.display = unit.text.plain;
        if (unit.text.plain)
            APR_ARRAY_PUSH(item->units, portal_unit_t) = unit;
    }
    item->unit_open = item->unit_open || !item->units->nelts;
}

static const portal_unit_t *unit_worded(const portal_item_t *item, const char *words)
{
    for (int i = 0; words && i < item->units->nelts; i++) {
        const portal_unit_t *unit = &APR_ARRAY_IDX(item->units, i, portal_unit_t);
        if (strcmp(unit->text.plain, words) == 0)
            return unit;
    }
    return NULL;
}

/* Gives a first value the unit that the question means by its words; false: it offers none such. */
static bool name_unit(const portal_item_t *item, portal_value_t *value)
{
    const portal_unit_t *unit;

    if (value->kind != PORTAL_VALUE_QUANTITY || portal_item_unit(item, value))
        return true;
    unit = unit_worded(item, value->display);
    if (unit) {
        value->code = unit->coding.text;
        value->system = unit->coding.system;
    }
    return unit || item->unit_open;
}

static void name_units(portal_form_loader_t *l, portal_item_t *item)
{
    int kept = 0;

    for (int i = 0; i < item->initial->nelts; i++) {
        portal_value_t value = APR_ARRAY_IDX(item->initial, i, portal_value_t);
        if (name_unit(item, &value))
            APR_ARRAY_IDX(item->initial, kept++, portal_value_t) = value;
        else
            portal_form_fault(l, WARN, item->link_id, "initial-unusable",
                              "An initial value is in a unit that the question does not "
                              "offer; it is left out.");
    }
    item->initial->nelts = kept;
}

static bool limit_has_unit(const portal_value_t *limit)
{
    return limit->kind != PORTAL_VALUE_QUANTITY || (limit->text && limit->code);
}

/* Rule 16: a quantity is compared only in units that mean the same. */
static void check_units(portal_form_loader_t *l, portal_item_t *item)
{
    if (item->type != PORTAL_ITEM_QUANTITY)
        return;
    find_unit(item);
    name_units(l, item);
    if (limit_has_unit(&item->min_value) && limit_has_unit(&item->max_value))
        return;
    portal_form_fault(l, WARN, item->link_id, "limit-without-unit",
                      "The least or greatest quantity has no unit code, so that answers "
                      "with one cannot be compared with it; add system and code.");
}

/* True when an answer in one of the question's units can be compared with the limit. */
static bool in_its_units(const portal_item_t *item, const portal_value_t *limit)
{
    int order;

    if (item->unit_open || !limit_has_unit(limit))
        return true;
    for (int i = 0; i < item->units->nelts; i++) {
        const portal_unit_t *unit = &APR_ARRAY_IDX(item->units, i, portal_unit_t);
        portal_value_t one = {.kind = PORTAL_VALUE_QUANTITY,
                              .text = "1",
                              .system = unit->coding.system,
                              .code = unit->coding.text};
        if (portal_value_order(&one, limit, &order) ||
            portal_value_order_measures(&one, limit, &order))
            return true;
    }
    return false;
}

static void check_measure(portal_form_loader_t *l, const portal_item_t *item,
                          portal_value_t *limit, const char *name)
{
    if (limit->kind != PORTAL_VALUE_QUANTITY || in_its_units(item, limit))
        return;
    portal_form_fault(l, WARN, item->link_id, "bad-limit",
                      "%s is in a unit that none of the question's can be compared with; "
                      "it is not used.",
                      name);
    limit->kind = PORTAL_VALUE_NONE;
}

static void check_range(portal_form_loader_t *l, portal_item_t *item)
{
    int order;

    check_measure(l, item, &item->min_value, "minQuantity");
    check_measure(l, item, &item->max_value, "maxQuantity");
    if ((!portal_value_order(&item->min_value, &item->max_value, &order) &&
         !portal_value_order_measures(&item->min_value, &item->max_value, &order)) ||
        order <= 0)
        return;
    portal_form_fault(l, WARN, item->link_id, "bad-limit",
                      "The least value is more than the greatest; it is not used.");
    item->min_value.kind = PORTAL_VALUE_NONE;
}

/* ---- first values against the limits ---- */

static bool beyond(const portal_value_t *value, const portal_value_t *limit, int side)
{
    int order;

    return (portal_value_order(value, limit, &order) ||
            portal_value_order_measures(value, limit, &order)) &&
           order * side > 0;
}

static bool breaks_limits(const portal_item_t *item, const portal_value_t *value)
{
    int length = value->kind == PORTAL_VALUE_STRING || value->kind == PORTAL_VALUE_URI
                     ? (int)portal_text_length(value->text)
                     : item->min_length;

    return (item->max_length && length > item->max_length) || length < item->min_length ||
           beyond(value, &item->min_value, -1) || beyond(value, &item->max_value, 1);
}

static bool excludes(const portal_item_t *item, const portal_value_t *value)
{
    const portal_option_t *option = portal_item_option(item, value);

    return option && option->exclusive;
}

/* A consent is the patient's own act (15 USC 7006(5)); none is ticked beforehand. */
static void check_first_consent(portal_form_loader_t *l, const portal_item_t *item)
{
    if (!item->initial->nelts)
        return;
    portal_form_fault(l, WARN, item->link_id, "initial-consent",
                      "A consent is given by whoever consents, and not beforehand; its "
                      "first answer is not used.");
    item->initial->nelts = 0;
}

/* Nobody is shown a first answer that is refused when it is left as it is, and none is sent that
 * patients cannot see. */
static void check_first(portal_form_loader_t *l, const portal_item_t *item)
{
    apr_array_header_t *initial = item->initial;
    int kept = 0, n = initial->nelts;

    for (int i = 0; i < n; i++) {
        portal_value_t value = APR_ARRAY_IDX(initial, i, portal_value_t);
        bool alone = n > 1 && excludes(item, &value);
        if (!alone && !breaks_limits(item, &value))
            APR_ARRAY_IDX(initial, kept++, portal_value_t) = value;
        else
            portal_form_fault(l, WARN, item->link_id, "initial-unusable",
                              alone ? "An option that excludes all others is chosen at "
                                      "first beside another; it is not used."
                                    : "An initial value breaks the limits of the "
                                      "question; it is not used.");
    }
    if (item->max_occurs && kept > item->max_occurs) {
        portal_form_fault(l, WARN, item->link_id, "initial-too-many",
                          "There are more initial values than maxOccurs allows; only the "
                          "first %d are used.",
                          item->max_occurs);
        kept = item->max_occurs;
    }
    initial->nelts = kept;
}

static void check_regex(portal_form_loader_t *l, portal_item_t *item)
{
    int error;
    PCRE2_SIZE at;
    pcre2_code *code;

    if (!item->regex)
        return;
    code = pcre2_compile((PCRE2_SPTR)item->regex, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
    if (code) {
        pcre2_code_free(code);
        return;
    }
    portal_form_fault(l, WARN, item->link_id, "bad-regex",
                      "The regular expression cannot be used (fault at character %d); "
                      "answers are not checked by it.",
                      (int)at + 1);
    item->regex = NULL;
}

void portal_form_check_values(portal_form_loader_t *l, portal_item_t *item)
{
    check_initial(l, item);
    check_limit(l, item, &item->min_value, "minValue");
    check_limit(l, item, &item->max_value, "maxValue");
    check_units(l, item);
    check_range(l, item);
    check_regex(l, item);
    if (item->max_length && item->min_length > item->max_length) {
        portal_form_fault(l, WARN, item->link_id, "bad-limit",
                          "minLength is more than maxLength; it is not used.");
        item->min_length = 0;
    }
    if (item->min_occurs > 1 && !item->repeats)
        portal_form_fault(
            l, PORTAL_FAULT_REFUSE, item->link_id, "min-occurs-without-repeats",
            "minOccurs asks for %d answers, but the question does not repeat; "
            "it could never be completed. Set repeats to true.",
            item->min_occurs);
    if (item->max_occurs && item->min_occurs > item->max_occurs) {
        portal_form_fault(l, WARN, item->link_id, "bad-limit",
                          "minOccurs is more than maxOccurs; it is not used.");
        item->min_occurs = 0;
    }
    if (item->consent)
        check_first_consent(l, item);
    check_first(l, item);
}

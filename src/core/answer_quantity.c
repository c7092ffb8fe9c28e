/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was typed to a quantity; see answer_parse.h.
 */
#include "core/answer_parse.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

#define LONGEST_UNIT 60

static bool names(const portal_translation_t *list, int n, const char *words)
{
    for (int i = 0; i < n; i++)
        if (strcasecmp(list[i].content, words) == 0)
            return true;
    return false;
}

/* The unit of the question that these words mean: its text in any language, or its code. Codes
 * of UCUM keep their case: "mg" and "Mg" are two units. */
static const portal_unit_t *unit_named(const portal_item_t *item, const char *words)
{
    for (int i = 0; i < item->units->nelts; i++) {
        const portal_unit_t *u = &APR_ARRAY_IDX(item->units, i, portal_unit_t);
        if ((u->coding.text && strcmp(u->coding.text, words) == 0) ||
            strcmp(u->text.plain, words) == 0)
            return u;
    }
    for (int i = 0; i < item->units->nelts; i++) {
        const portal_unit_t *u = &APR_ARRAY_IDX(item->units, i, portal_unit_t);
        if (strcasecmp(u->text.plain, words) == 0 ||
            (u->text.in && names((const portal_translation_t *)u->text.in->elts,
                                 u->text.in->nelts, words)))
            return u;
    }
    return NULL;
}

static const char *set_unit(const portal_item_t *item, const char *words,
                            portal_value_t *value)
{
    const portal_unit_t *unit = *words ? unit_named(item, words) : NULL;

    if (!*words && item->units->nelts == 1 && !item->unit_open)
        unit = &APR_ARRAY_IDX(item->units, 0, portal_unit_t);
    if (unit) {
        value->display = unit->text.plain;
        value->system = unit->coding.system;
        value->code = unit->coding.text;
        return NULL;
    }
    if (!item->unit_open)
        return "answer.error.unit";
    if (portal_text_length(words) > LONGEST_UNIT || strchr(words, '\n'))
        return "answer.error.unit_long";
    value->display = *words ? words : NULL;
    return NULL;
}

const char *portal_answer_parse_quantity(const portal_item_t *item, const char *text,
                                         portal_value_t *value, apr_pool_t *p)
{
    size_t n = strcspn(text, strchr(text, '\n') ? "\n" : " ");
    const char *typed = apr_pstrmemdup(p, text, n), *unit = text + n, *error, *number;

    unit += strspn(unit, "\n ");
    number = *typed ? portal_answer_number(portal_answer_clean(typed, p), p) : NULL;
    if (!number)
        return "answer.error.decimal";
    *value = (portal_value_t){.kind = PORTAL_VALUE_QUANTITY, .text = number};
    error = set_unit(item, unit, value);
    if (error)
        value->kind = PORTAL_VALUE_NONE;
    return error;
}

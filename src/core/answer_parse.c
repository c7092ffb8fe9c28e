/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was typed to a value; see answer_parse.h.
 */
#include "core/answer_parse.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/text.h"

const char *portal_answer_clean(const char *typed, apr_pool_t *p)
{
    const char *text = NULL;

    portal_text_clean(&text, typed, strlen(typed), PORTAL_ANSWER_STORED,
                      PORTAL_TEXT_LINES, p);
    return text;
}

static const char *parse_string(const portal_item_t *item, const char *text,
                                portal_value_t *value)
{
    bool several = item->type == PORTAL_ITEM_TEXT;

    if (portal_text_length(text) > PORTAL_ANSWER_MAX)
        return "answer.error.too_long";
    if (!several && strpbrk(text, "\n\t"))
        return "answer.error.one_line";
    *value = (portal_value_t){.kind = PORTAL_VALUE_STRING, .text = text};
    return NULL;
}

static const char *parse_boolean(const char *text, portal_value_t *value)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return "answer.error.option";
    *value = (portal_value_t){.kind = PORTAL_VALUE_BOOLEAN, .text = text};
    return NULL;
}

/* "+5" and "007" are meant as numbers: FHIR writes them 5 and 7. */
static const char *plain_number(const char *text, apr_pool_t *p)
{
    bool negative = *text == '-';

    text += *text == '-' || *text == '+';
    while (*text == '0' && apr_isdigit(text[1]))
        text++;
    if (*text == '.')
        text = apr_pstrcat(p, "0", text, NULL);
    return negative ? apr_pstrcat(p, "-", text, NULL) : text;
}

static const char *parse_integer(const char *text, portal_value_t *value, apr_pool_t *p)
{
    text = plain_number(text, p);
    if (!portal_fhir_json_is_number(text) || strpbrk(text, ".eE"))
        return "answer.error.integer";
    if (!portal_integer_valid(text))
        return "answer.error.integer_size";
    *value = (portal_value_t){.kind = PORTAL_VALUE_INTEGER, .text = text};
    return NULL;
}

const char *portal_answer_number(const char *text, apr_pool_t *p)
{
    text = plain_number(text, p);
    if (!portal_fhir_json_is_number(text) || strpbrk(text, "eE") || strlen(text) > 40)
        return NULL;
    return text;
}

static const char *parse_decimal(const char *text, portal_value_t *value, apr_pool_t *p)
{
    text = portal_answer_number(text, p);
    if (!text)
        return "answer.error.decimal";
    *value = (portal_value_t){.kind = PORTAL_VALUE_DECIMAL, .text = text};
    return NULL;
}

bool portal_item_full_date(const portal_item_t *item)
{
    return item->entry_format.plain && strpbrk(item->entry_format.plain, "dD") != NULL;
}

static const char *parse_iso_date(const portal_item_t *item, const char *text,
                                  portal_value_t *value)
{
    if (!portal_date_valid(text))
        return "answer.error.date";
    if (portal_item_full_date(item) && strlen(text) != 10)
        return "answer.error.date_full";
    *value = (portal_value_t){.kind = PORTAL_VALUE_DATE, .text = text};
    return NULL;
}

/* A whole address: FHIR's uri is absolute here, since nothing says what it would be relative
 * to (RFC 3986, 4.3). */
static const char *parse_url(const char *text, portal_value_t *value)
{
    if (!portal_uri_valid(text) || !portal_uri_absolute(text) || strlen(text) > 2000)
        return "answer.error.url";
    *value = (portal_value_t){.kind = PORTAL_VALUE_URI, .text = text};
    return NULL;
}

/* An option by its number; the display comes from the form, never from outside (rule 17). */
static const char *parse_option(const portal_item_t *item, const char *text,
                                portal_value_t *value)
{
    long n = strspn(text, "0123456789") == strlen(text) && strlen(text) < 6
                 ? strtol(text, NULL, 10)
                 : 0;

    if (n < 1 || n > item->options->nelts)
        return "answer.error.option";
    *value = APR_ARRAY_IDX(item->options, n - 1, portal_option_t).value;
    return NULL;
}

/* What the portal has no list of is named in words: a choice whose value set is not at hand, a
 * reference. Such a Coding or Reference has a display only. */
static const char *parse_words(const portal_item_t *item, const char *text,
                               portal_value_t *value)
{
    if (strpbrk(text, "\n\t"))
        return "answer.error.one_line";
    if (portal_text_length(text) > PORTAL_ANSWER_MAX)
        return "answer.error.too_long";
    *value =
        (portal_value_t){.kind = portal_item_value_kind(item->type), .display = text};
    return NULL;
}

const char *portal_answer_parse(const portal_item_t *item, const char *typed,
                                portal_value_t *value, apr_pool_t *p)
{
    const char *text = portal_answer_clean(typed, p);

    *value = (portal_value_t){.kind = PORTAL_VALUE_NONE};
    if (!text)
        return "answer.error.characters";
    if (!*text)
        return NULL;
    if (item->options->nelts)
        return parse_option(item, text, value);
    switch (item->type) {
    case PORTAL_ITEM_BOOLEAN:
        return parse_boolean(text, value);
    case PORTAL_ITEM_INTEGER:
        return parse_integer(text, value, p);
    case PORTAL_ITEM_DECIMAL:
        return parse_decimal(text, value, p);
    case PORTAL_ITEM_DATE:
        return parse_iso_date(item, text, value);
    case PORTAL_ITEM_DATETIME:
        return portal_answer_parse_moment(item, text, value, p);
    case PORTAL_ITEM_TIME:
        return portal_answer_parse_time(text, value, p);
    case PORTAL_ITEM_QUANTITY:
        return portal_answer_parse_quantity(item, text, value, p);
    case PORTAL_ITEM_URL:
        return parse_url(text, value);
    case PORTAL_ITEM_STRING:
    case PORTAL_ITEM_TEXT:
    case PORTAL_ITEM_OPEN_CHOICE:
        return parse_string(item, text, value);
    case PORTAL_ITEM_CHOICE:
    case PORTAL_ITEM_REFERENCE:
        return parse_words(item, text, value);
    default:
        return "answer.error.option";
    }
}

/* One box of a date: its number, -1 when empty, -2 when it is no such number. */
static int date_part(const char *typed, size_t longest, apr_pool_t *p)
{
    const char *text = typed ? portal_answer_clean(typed, p) : "";

    if (!text)
        return -2;
    if (!*text)
        return -1;
    if (strlen(text) > longest || strspn(text, "0123456789") != strlen(text))
        return -2;
    return (int)strtol(text, NULL, 10);
}

const char *portal_answer_parse_date(const portal_item_t *item,
                                     const char *const parts[3], portal_value_t *value,
                                     apr_pool_t *p)
{
    int day = date_part(parts[0], 2, p), month = date_part(parts[1], 2, p),
        year = date_part(parts[2], 4, p);
    const char *text;

    *value = (portal_value_t){.kind = PORTAL_VALUE_NONE};
    if (day == -1 && month == -1 && year == -1)
        return NULL;
    if (day == -2 || month == -2 || year == -2)
        return "answer.error.date";
    if (year == -1)
        return "answer.error.date_year";
    if (year < 1000)
        return "answer.error.date_year";
    if (day != -1 && month == -1)
        return "answer.error.date_month";
    text = month == -1 ? apr_psprintf(p, "%04d", year)
           : day == -1 ? apr_psprintf(p, "%04d-%02d", year, month)
                       : apr_psprintf(p, "%04d-%02d-%02d", year, month, day);
    return parse_iso_date(item, text, value);
}

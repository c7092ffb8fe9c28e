/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <httpd.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/token.h"
#include "core/urlencoded.h"
#include "web/fields.h"

#define MOST_PAIRS 4000

static void add_value(portal_call_t *call, const char *name, const char *value)
{
    apr_array_header_t *all = apr_hash_get(call->fields, name, APR_HASH_KEY_STRING);

    if (!all) {
        all = apr_array_make(call->pool, 1, sizeof(const char *));
        apr_hash_set(call->fields, apr_pstrdup(call->pool, name), APR_HASH_KEY_STRING,
                     all);
    }
    *(const char **)apr_array_push(all) = value;
}

static int has_error(const portal_call_t *call, const char *name)
{
    for (int i = 0; i < call->errors->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(call->errors, i, portal_error_t).field, name))
            return 1;
    return 0;
}

/* One error a field: a long list cannot make a longer answer. */
static void malformed(portal_call_t *call, const char *name, const char *text)
{
    call->malformed = 1;
    if (!has_error(call, name))
        portal_error_add(call, name, text);
}

static const portal_field_rule_t *rule_of(const portal_form_rule_t *form,
                                          const char *name)
{
    for (const portal_field_rule_t *rule = form ? form->fields : NULL; rule && rule->name;
         rule++)
        if (rule->kind == PORTAL_INPUT_OPEN
                ? !strncmp(name, rule->name, strlen(rule->name))
                : !strcmp(rule->name, name))
            return rule;
    return NULL;
}

/* Fields that no form knows are dropped: they cannot reach anything. */
static int wanted(const portal_call_t *call, const char *name)
{
    return rule_of(call->route->form, name) || !strcmp(name, "csrf_token");
}

static portal_input_verdict_t read_form(portal_call_t *call, const char *body,
                                        apr_size_t len)
{
    apr_array_header_t *pairs;

    if (portal_urlencoded_read(&pairs, body, len, MOST_PAIRS, call->pool) != APR_SUCCESS)
        return PORTAL_INPUT_BROKEN;
    for (int i = 0; i < pairs->nelts; i++) {
        const portal_pair_t *pair = &APR_ARRAY_IDX(pairs, i, portal_pair_t);
        if (pair->malformed && !wanted(call, pair->name))
            return PORTAL_INPUT_BROKEN;
        if (!wanted(call, pair->name))
            continue;
        add_value(call, pair->name, pair->value);
        if (pair->malformed)
            malformed(call, pair->name, "error.malformed");
    }
    return PORTAL_INPUT_OK;
}

/* May a field of this kind be a JSON number, or true and false? Text has to be a string: a case
 * number without its quotes would lose its zeros. */
static int takes_number(portal_input_kind_t kind)
{
    return kind == PORTAL_INPUT_NUMBER || kind == PORTAL_INPUT_FLAG ||
           kind == PORTAL_INPUT_OPEN;
}

static int takes_boolean(portal_input_kind_t kind)
{
    return kind == PORTAL_INPUT_FLAG || kind == PORTAL_INPUT_OPEN;
}

static int takes_list(portal_input_kind_t kind)
{
    return kind == PORTAL_INPUT_IDS || kind == PORTAL_INPUT_OPEN;
}

/* The shortest text that is this very number: with fewer digits it would be another answer. */
static const char *real_text(double number, apr_pool_t *pool)
{
    const char *text = NULL;

    for (int digits = 15; digits <= 17; digits++) {
        text = apr_psprintf(pool, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return text;
}

/* A JSON value as the text that a form would have sent; NULL when it is of another kind. */
static const char *json_text(const portal_call_t *call, portal_input_kind_t kind,
                             const json_t *value)
{
    if (json_is_string(value))
        return apr_pstrmemdup(call->pool, json_string_value(value),
                              json_string_length(value));
    if (json_is_integer(value) && takes_number(kind))
        return apr_psprintf(call->pool, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(value));
    if (json_is_real(value) && takes_number(kind))
        return real_text(json_real_value(value), call->pool);
    if (json_is_true(value) && takes_boolean(kind))
        return "1";
    if (json_is_null(value) || (json_is_false(value) && takes_boolean(kind)))
        return "";
    return NULL;
}

/* `key` belongs to the JSON text and goes with it. */
static void take_json(portal_call_t *call, portal_input_kind_t kind, const char *key,
                      const json_t *value)
{
    const char *text = json_text(call, kind, value), *name = apr_pstrdup(call->pool, key);

    if (!text)
        malformed(call, name, "error.wrong_type");
    else if (json_is_string(value) && strlen(text) != json_string_length(value))
        malformed(call, name, "error.malformed");
    else if (!json_is_false(value) && !json_is_null(value))
        add_value(call, name, text);
}

/* Where `name` stands last as a JSON name before `len`; 0: nowhere. */
static apr_size_t last_named(const portal_call_t *call, const char *body, apr_size_t len,
                             const char *name)
{
    const char *quoted = apr_pstrcat(call->pool, "\"", name, "\"", NULL), *at = body;
    apr_size_t last = 0, size = strlen(quoted);

    while ((at = memmem(at, len - (apr_size_t)(at - body), quoted, size)) != NULL) {
        at += size;
        last = (apr_size_t)(at - body);
    }
    return last;
}

/* What is wrong with the field at which JSON breaks off; NULL: nothing of its own. */
static const char *broken_text(enum json_error_code code)
{
    return code == json_error_duplicate_key      ? "error.doubled"
           : code == json_error_invalid_utf8     ? "error.malformed"
           : code == json_error_numeric_overflow ? "error.wrong_type"
                                                 : NULL;
}

/* Of JSON that breaks off at a field of ours, which of them it was. */
static void name_broken(portal_call_t *call, const char *body, const json_error_t *error)
{
    const portal_form_rule_t *form = call->route->form;
    const char *text = broken_text(json_error_code(error)), *field = NULL;
    apr_size_t last = 0;

    if (error->position < 0 || !text)
        return;
    for (const portal_field_rule_t *rule = form ? form->fields : NULL; rule && rule->name;
         rule++) {
        apr_size_t at = last_named(call, body, (apr_size_t)error->position, rule->name);
        if (at > last) {
            last = at;
            field = rule->name;
        }
    }
    if (field)
        portal_error_add(call, field, text);
}

/* How many pairs of a form this object stands for. */
static size_t json_values(json_t *root)
{
    size_t n = 0;
    const char *name;
    json_t *value;

    json_object_foreach(root, name, value)
    {
        n += json_is_array(value) ? json_array_size(value) : 1;
    }
    return n;
}

static portal_input_verdict_t read_json(portal_call_t *call, const char *body,
                                        apr_size_t len)
{
    json_t *root, *value, *one;
    json_error_t error;
    const char *name;
    size_t i;

    if (!len)
        return PORTAL_INPUT_OK;
    root = json_loadb(body, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json_is_object(root)) {
        if (!root)
            name_broken(call, body, &error);
        json_decref(root);
        return PORTAL_INPUT_BROKEN;
    }
    if (json_values(root) > MOST_PAIRS) {
        json_decref(root);
        return PORTAL_INPUT_BROKEN;
    }
    json_object_foreach(root, name, value)
    {
        const portal_field_rule_t *rule = rule_of(call->route->form, name);
        if (!rule)
            continue;
        if (json_is_array(value) && takes_list(rule->kind))
            json_array_foreach(value, i, one) take_json(call, rule->kind, name, one);
        else
            take_json(call, rule->kind, name, value);
    }
    json_decref(root);
    return PORTAL_INPUT_OK;
}

static const char *verdict_text(portal_text_verdict_t verdict)
{
    return verdict == PORTAL_TEXT_TOO_LONG     ? "error.too_long"
           : verdict == PORTAL_TEXT_LINE_BREAK ? "error.line_break"
                                               : "error.malformed";
}

static void check_text(portal_call_t *call, const portal_field_rule_t *rule,
                       const char **value)
{
    int flags = rule->kind == PORTAL_INPUT_LINES ? PORTAL_TEXT_LINES : 0;
    const char *clean;
    portal_text_verdict_t verdict =
        portal_text_clean(&clean, *value, strlen(*value), rule->most, flags, call->pool);

    if (verdict == PORTAL_TEXT_OK)
        *value = clean;
    else if (verdict == PORTAL_TEXT_TOO_LONG)
        portal_error_add(call, rule->name, "error.too_long");
    else
        malformed(call, rule->name, verdict_text(verdict));
}

static void check_value(portal_call_t *call, const portal_field_rule_t *rule,
                        const char **value)
{
    switch (rule->kind) {
    case PORTAL_INPUT_LINE:
    case PORTAL_INPUT_LINES:
        check_text(call, rule, value);
        break;
    case PORTAL_INPUT_SECRET:
        if (portal_text_length(*value) > (apr_size_t)rule->most)
            portal_error_add(call, rule->name, "error.too_long");
        break;
    case PORTAL_INPUT_ID:
    case PORTAL_INPUT_IDS:
        if (**value && !portal_id_wellformed(*value))
            malformed(call, rule->name, "error.choice");
        break;
    case PORTAL_INPUT_FLAG:
        if (**value && strcmp(*value, "1"))
            malformed(call, rule->name, "error.choice");
        break;
    case PORTAL_INPUT_NUMBER:
        if (strlen(*value) > 15 || strspn(*value, "0123456789") != strlen(*value))
            malformed(call, rule->name, "error.number");
        break;
    case PORTAL_INPUT_OPEN:
        break;
    }
}

static void check_field(portal_call_t *call, const portal_field_rule_t *rule)
{
    apr_array_header_t *all = apr_hash_get(call->fields, rule->name, APR_HASH_KEY_STRING);
    int most = rule->kind == PORTAL_INPUT_IDS ? rule->most : 1;

    if (rule->kind == PORTAL_INPUT_OPEN)
        return;
    if (all && all->nelts > most)
        malformed(call, rule->name, most == 1 ? "error.doubled" : "error.too_many");
    for (int i = 0; all && i < all->nelts && !has_error(call, rule->name); i++)
        check_value(call, rule, &APR_ARRAY_IDX(all, i, const char *));
    if (rule->required && !has_error(call, rule->name) &&
        !*portal_field(call, rule->name))
        portal_error_add(call, rule->name,
                         apr_pstrcat(call->pool, "error.missing.", rule->name, NULL));
}

portal_input_verdict_t portal_fields_take(portal_call_t *call, const char *body,
                                          apr_size_t len)
{
    const portal_form_rule_t *form = call->route->form;
    portal_input_verdict_t verdict =
        call->json_body ? read_json(call, body, len) : read_form(call, body, len);

    if (verdict != PORTAL_INPUT_OK)
        return verdict;
    for (const portal_field_rule_t *rule = form ? form->fields : NULL; rule && rule->name;
         rule++)
        check_field(call, rule);
    return PORTAL_INPUT_OK;
}

/* ---- the page's side ---- */

const apr_array_header_t *portal_field_all(const portal_call_t *call, const char *name)
{
    const apr_array_header_t *all = apr_hash_get(call->fields, name, APR_HASH_KEY_STRING);
    return all ? all : apr_array_make(call->pool, 0, sizeof(const char *));
}

const char *portal_field(const portal_call_t *call, const char *name)
{
    const apr_array_header_t *all = apr_hash_get(call->fields, name, APR_HASH_KEY_STRING);
    return all && all->nelts ? APR_ARRAY_IDX(all, 0, const char *) : "";
}

int portal_field_sent(const portal_call_t *call, const char *name)
{
    return apr_hash_get(call->fields, name, APR_HASH_KEY_STRING) != NULL;
}

void portal_field_preset_all(portal_call_t *call, const char *name,
                             const apr_array_header_t *values)
{
    if (call->r->method_number == M_GET && !portal_field_sent(call, name))
        apr_hash_set(call->fields, name, APR_HASH_KEY_STRING,
                     apr_array_copy(call->pool, values));
}

void portal_field_preset(portal_call_t *call, const char *name, const char *value)
{
    apr_array_header_t *one = apr_array_make(call->pool, 1, sizeof(const char *));
    *(const char **)apr_array_push(one) = value;
    portal_field_preset_all(call, name, one);
}

void portal_error_add(portal_call_t *call, const char *field, const char *text)
{
    portal_error_add_about(call, &(portal_error_t){.field = field, .text = text});
}

void portal_error_add_about(portal_call_t *call, const portal_error_t *error)
{
    *(portal_error_t *)apr_array_push(call->errors) = *error;
}

const char *portal_query(const portal_call_t *call, const char *name, apr_size_t most)
{
    const char *args = call->r->args, *found = "";
    apr_array_header_t *pairs;
    int n = 0;

    if (!args || portal_urlencoded_read(&pairs, args, strlen(args), 20, call->pool))
        return "";
    for (int i = 0; i < pairs->nelts; i++) {
        const portal_pair_t *pair = &APR_ARRAY_IDX(pairs, i, portal_pair_t);
        if (!strcmp(pair->name, name) && !pair->malformed && n++ == 0)
            found = pair->value;
    }
    return n == 1 && strlen(found) <= most ? found : "";
}

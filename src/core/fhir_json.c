/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as FHIR means it; see fhir_json.h. Before reading, each number that a double could
 * spoil is turned into a marked string; after writing, each marked string is turned back.
 * The scan knows strings and numbers only; all other grammar is jansson's business.
 */
#include "core/fhir_json.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#define MARK PORTAL_FHIR_DECIMAL_MARK
#define MARK_LEN 3
/* More digits than this may not fit into a 64-bit integer. */
#define SAFE_DIGITS 18

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *s)
{
    while (is_digit(*s))
        s++;
    return s;
}

/* The end of the JSON number that starts at s, or NULL when none does. */
static const char *number_end(const char *s)
{
    if (*s == '-')
        s++;
    if (!is_digit(*s))
        return NULL;
    s = *s == '0' ? s + 1 : skip_digits(s);
    if (*s == '.') {
        if (!is_digit(s[1]))
            return NULL;
        s = skip_digits(s + 1);
    }
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        if (!is_digit(*s))
            return NULL;
        s = skip_digits(s);
    }
    return s;
}

bool portal_fhir_json_is_number(const char *text)
{
    const char *end = number_end(text);

    return end && *end == '\0';
}

/* The end of the string whose opening quote is at s: after its closing quote, or at NUL. */
static const char *string_end(const char *s)
{
    for (s++; *s && *s != '"'; s++)
        if (*s == '\\' && s[1])
            s++;
    return *s ? s + 1 : s;
}

static bool must_mark(const char *s, const char *end)
{
    if (end - s > SAFE_DIGITS)
        return true;
    for (; s < end; s++)
        if (*s == '.' || *s == 'e' || *s == 'E')
            return true;
    return false;
}

static char *put(char *to, const char *from, apr_size_t n)
{
    memcpy(to, from, n);
    return to + n;
}

/* A marked number grows by five bytes and has at least three: three times the length
 * is room for all. */
static char *mark_numbers(const char *s, apr_size_t len, apr_pool_t *p)
{
    char *out = apr_palloc(p, len * 3 + 8), *to = out;

    while (*s) {
        const char *end = NULL;
        if (*s == '"') {
            end = string_end(s);
            to = put(to, s, (apr_size_t)(end - s));
        } else if ((*s == '-' || is_digit(*s)) && (end = number_end(s)) &&
                   must_mark(s, end)) {
            to = put(to, "\"" MARK, 1 + MARK_LEN);
            to = put(to, s, (apr_size_t)(end - s));
            *to++ = '"';
        } else {
            end = end ? end : s + 1;
            to = put(to, s, (apr_size_t)(end - s));
        }
        s = end;
    }
    *to = '\0';
    return out;
}

static apr_status_t release(void *tree)
{
    json_decref(tree);
    return APR_SUCCESS;
}

/* The mark is ours: text that brings it along is refused, written or escaped. A backslash
 * that is itself escaped begins no escape. */
static bool has_mark(const char *s)
{
    if (strstr(s, MARK))
        return true;
    while ((s = strchr(s, '\\'))) {
        if (strncasecmp(s, "\\ufdd0", 6) == 0)
            return true;
        s += s[1] ? 2 : 1;
    }
    return false;
}

/* What is wrong, without what stands there: that may be a patient's. Names of members are nobody's. */
static const char *fault_of(const json_error_t *err, apr_pool_t *p)
{
    const char *near = strstr(err->text, " near '");

    if (!near || json_error_code(err) == json_error_duplicate_key)
        return apr_pstrdup(p, err->text);
    return apr_pstrmemdup(p, err->text, (apr_size_t)(near - err->text));
}

json_t *portal_fhir_json_read(const char *bytes, apr_size_t len, const char **why,
                              apr_pool_t *p)
{
    json_error_t err;
    json_t *tree;
    const char *text;

    if (memchr(bytes, '\0', len)) {
        *why = "it holds a NUL character";
        return NULL;
    }
    text = apr_pstrmemdup(p, bytes, len);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    if (has_mark(text)) {
        *why = "it holds the character U+FDD0, which is none that text may have";
        return NULL;
    }
    text = mark_numbers(text, strlen(text), p);
    tree = json_loads(text, JSON_REJECT_DUPLICATES, &err);
    if (!tree) {
        *why = apr_psprintf(p, "line %d: %s", err.line, fault_of(&err, p));
        return NULL;
    }
    apr_pool_cleanup_register(p, tree, release, apr_pool_cleanup_null);
    return tree;
}

/* Turns marked strings back, in place: the text only gets shorter. */
static char *unmark_numbers(char *text)
{
    char *to = text;
    const char *s = text;

    while (*s) {
        const char *end = *s == '"' ? string_end(s) : s + 1;
        apr_size_t n = (apr_size_t)(end - s);
        if (*s == '"' && n > MARK_LEN + 2 && memcmp(s + 1, MARK, MARK_LEN) == 0) {
            n -= MARK_LEN + 2;
            memmove(to, s + 1 + MARK_LEN, n);
        } else {
            memmove(to, s, n);
        }
        to += n;
        s = end;
    }
    *to = '\0';
    return text;
}

const char *portal_fhir_json_write(const json_t *tree, apr_pool_t *p)
{
    char *text = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY), *copy;

    if (!text)
        return NULL;
    copy = apr_pstrdup(p, text);
    free(text);
    return unmark_numbers(copy);
}

json_t *portal_fhir_json_decimal(const char *text)
{
    return json_sprintf("%s%s", MARK, text);
}

static bool is_marked(const json_t *value)
{
    return json_is_string(value) &&
           strncmp(json_string_value(value), MARK, MARK_LEN) == 0;
}

const char *portal_fhir_json_number(const json_t *value, apr_pool_t *p)
{
    if (json_is_integer(value))
        return apr_psprintf(p, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(value));
    if (is_marked(value))
        return apr_pstrdup(p, json_string_value(value) + MARK_LEN);
    return NULL;
}

bool portal_fhir_json_is_string(const json_t *value)
{
    return json_is_string(value) && !is_marked(value);
}

const char *portal_fhir_json_string(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return portal_fhir_json_is_string(value) ? json_string_value(value) : NULL;
}

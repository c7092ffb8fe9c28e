/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of FHIRPath on texts, and those that turn one sort of value into another. Places in
 * a text are counted in characters (code points). Regular expressions come from files: they are
 * given so many steps and no more.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <apr_lib.h>
#include <apr_strings.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/fhir_json.h"
#include "core/fhirpath_inner.h"

#define REGEX_STEPS 100000
#define MOST_TEXT 100000 /* bytes that a replacement may make */

typedef portal_fp_set_t set_t;
typedef portal_fp_call_t call_t;

/* The text before the point; NULL: none, or an error. */
static const char *one_text(const call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);

    if (!v)
        return NULL;
    if (v->kind != PORTAL_FHIRPATH_STRING) {
        portal_fp_fail(call->run, "%s() stands after something that is no text",
                       call->part->name);
        return NULL;
    }
    return portal_fp_spend(call->run, strlen(v->text) / 16) ? v->text : NULL;
}

static set_t *none(const call_t *call)
{
    return portal_fp_none(call->run);
}

/* ---- characters ---- */

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static int length_of(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += begins_character(*text);
    return n;
}

/* Where the n-th character begins, or the end. */
static const char *character(const char *text, int n)
{
    for (; *text; text++)
        if (begins_character(*text) && n-- <= 0)
            break;
    return text;
}

static const char *in_case(const call_t *call, const char *text)
{
    char *out = apr_palloc(call->run->pool, strlen(text) * 3 + 4), *to = out;
    utf8proc_int32_t point;
    utf8proc_ssize_t n;

    for (; *text; text += n) {
        n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &point);
        if (n <= 0) {
            n = 1;
            continue;
        }
        point =
            *call->part->name == 'l' ? utf8proc_tolower(point) : utf8proc_toupper(point);
        to += utf8proc_encode_char(point, (utf8proc_uint8_t *)to);
    }
    *to = '\0';
    return out;
}

/* ---- texts ---- */

static set_t *fn_case(call_t *call)
{
    const char *text = one_text(call);

    return text ? portal_fp_string(call->run, in_case(call, text)) : none(call);
}

static set_t *fn_trim(call_t *call)
{
    const char *text = one_text(call), *end;

    if (!text)
        return none(call);
    text += strspn(text, " \t\r\n");
    for (end = text + strlen(text); end > text && strchr(" \t\r\n", end[-1]);)
        end--;
    return portal_fp_string(
        call->run, apr_pstrmemdup(call->run->pool, text, (apr_size_t)(end - text)));
}

static set_t *fn_length(call_t *call)
{
    const char *text = one_text(call);

    return text ? portal_fp_integer(call->run, length_of(text)) : none(call);
}

/* startsWith, endsWith, contains */
static set_t *fn_holds(call_t *call)
{
    const char *text = one_text(call), *part, kind = *call->part->name;
    bool yes;

    if (!text || !portal_fp_arg_string(call, 0, &part))
        return none(call);
    if (kind == 's')
        yes = strncmp(text, part, strlen(part)) == 0;
    else if (kind == 'e')
        yes = strlen(part) <= strlen(text) &&
              strcmp(text + strlen(text) - strlen(part), part) == 0;
    else
        yes = strstr(text, part) != NULL;
    return portal_fp_boolean(call->run, yes);
}

static set_t *fn_index_of(call_t *call)
{
    const char *text = one_text(call), *part, *found;
    int at = 0;

    if (!text || !portal_fp_arg_string(call, 0, &part))
        return none(call);
    found = strstr(text, part);
    for (const char *s = text; found && s < found; s++)
        at += begins_character(*s);
    return portal_fp_integer(call->run, found ? at : -1);
}

static set_t *fn_substring(call_t *call)
{
    const char *text = one_text(call), *from, *to;
    int start, count = 0;

    if (!text || !portal_fp_arg_integer(call, 0, &start))
        return none(call);
    if (call->part->count > 1 && !portal_fp_arg_integer(call, 1, &count))
        return none(call);
    if (start < 0 || start >= length_of(text))
        return none(call);
    from = character(text, start);
    to = call->part->count > 1 ? character(from, count) : from + strlen(from);
    return portal_fp_string(
        call->run, apr_pstrmemdup(call->run->pool, from, (apr_size_t)(to - from)));
}

static set_t *fn_replace(call_t *call)
{
    const char *text = one_text(call), *part, *with;
    char *out, *to;
    apr_size_t n, most;

    if (!text || !portal_fp_arg_string(call, 0, &part) ||
        !portal_fp_arg_string(call, 1, &with))
        return none(call);
    if (!*part)
        return portal_fp_fail(call->run, "replace() is given no text to find");
    n = strlen(text);
    most = n + (n / strlen(part)) * strlen(with) + 1;
    if (!portal_fp_spend(call->run, most / 16))
        return none(call);
    for (out = to = apr_palloc(call->run->pool, most); *text;) {
        if (strncmp(text, part, strlen(part))) {
            *to++ = *text++;
            continue;
        }
        to = (char *)memcpy(to, with, strlen(with)) + strlen(with);
        text += strlen(part);
    }
    *to = '\0';
    return portal_fp_string(call->run, out);
}

static set_t *fn_split(call_t *call)
{
    const char *text = one_text(call), *by, *found;
    set_t *set = none(call);
    portal_fhirpath_value_t value = {.kind = PORTAL_FHIRPATH_STRING};

    if (!text || !portal_fp_arg_string(call, 0, &by) || !*by)
        return set;
    for (; text && !call->run->why; text = found ? found + strlen(by) : NULL) {
        found = strstr(text, by);
        value.text = apr_pstrmemdup(call->run->pool, text,
                                    found ? (apr_size_t)(found - text) : strlen(text));
        portal_fp_push(call->run, set, &value);
    }
    return set;
}

static set_t *fn_join(call_t *call)
{
    const char *by = "";
    apr_array_header_t *parts = apr_array_make(call->run->pool, 8, sizeof(char *));
    apr_size_t length = 1;
    char *out, *to;

    if (call->part->count && !portal_fp_arg_string(call, 0, &by))
        by = "";
    for (int i = 0; i < call->input->nelts; i++) {
        const portal_fhirpath_value_t *v = portal_fp_at(call->input, i);
        if (v->kind != PORTAL_FHIRPATH_STRING)
            return portal_fp_fail(call->run, "join() stands after something that is no "
                                             "text");
        APR_ARRAY_PUSH(parts, const char *) = v->text;
        length += strlen(v->text) + strlen(by);
    }
    if (!parts->nelts || !portal_fp_spend(call->run, length / 16))
        return none(call);
    out = to = apr_palloc(call->run->pool, length);
    for (int i = 0; i < parts->nelts; i++) {
        const char *text = APR_ARRAY_IDX(parts, i, const char *);
        if (i)
            to = (char *)memcpy(to, by, strlen(by)) + strlen(by);
        to = (char *)memcpy(to, text, strlen(text)) + strlen(text);
    }
    *to = '\0';
    return portal_fp_string(call->run, out);
}

static set_t *fn_to_chars(call_t *call)
{
    const char *text = one_text(call), *next;
    set_t *set = none(call);
    portal_fhirpath_value_t value = {.kind = PORTAL_FHIRPATH_STRING};

    for (; text && *text && !call->run->why; text = next) {
        next = character(text, 1);
        value.text = apr_pstrmemdup(call->run->pool, text, (apr_size_t)(next - text));
        portal_fp_push(call->run, set, &value);
    }
    return set;
}

/* ---- regular expressions ---- */

static pcre2_code *compile(const call_t *call, const char *regex)
{
    int error;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOTALL,
                                     &error, &at, NULL);

    if (!code)
        portal_fp_fail(call->run, "%s() is given a regular expression that is none",
                       call->part->name);
    return code;
}

static pcre2_match_context *limits(void)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);

    if (context) {
        pcre2_set_match_limit(context, REGEX_STEPS);
        pcre2_set_depth_limit(context, REGEX_STEPS / 10);
    }
    return context;
}

static set_t *fn_matches(call_t *call)
{
    const char *text = one_text(call), *regex;
    pcre2_code *code =
        text && portal_fp_arg_string(call, 0, &regex) ? compile(call, regex) : NULL;
    pcre2_match_context *context;
    pcre2_match_data *data;
    int rc;

    if (!code || !portal_fp_spend(call->run, 1000))
        return none(call);
    context = limits();
    data = pcre2_match_data_create_from_pattern(code, NULL);
    rc = pcre2_match(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0, data, context);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_code_free(code);
    if (rc < -2)
        return portal_fp_fail(call->run, "A regular expression takes too long");
    return portal_fp_boolean(call->run, rc >= 0);
}

static set_t *fn_replace_matches(call_t *call)
{
    const char *text = one_text(call), *regex, *with;
    PCRE2_SIZE length = MOST_TEXT;
    PCRE2_UCHAR *out;
    pcre2_match_context *context;
    pcre2_code *code;
    int rc;

    if (!text || !portal_fp_arg_string(call, 0, &regex) ||
        !portal_fp_arg_string(call, 1, &with) ||
        !portal_fp_spend(call->run, MOST_TEXT / 64))
        return none(call);
    code = compile(call, regex);
    if (!code)
        return none(call);
    context = limits();
    out = apr_palloc(call->run->pool, MOST_TEXT);
    rc = pcre2_substitute(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0,
                          PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY, NULL,
                          context, (PCRE2_SPTR)with, PCRE2_ZERO_TERMINATED, out, &length);
    pcre2_match_context_free(context);
    pcre2_code_free(code);
    if (rc < 0)
        return portal_fp_fail(call->run, "replaceMatches() cannot replace that");
    return portal_fp_string(call->run, (const char *)out);
}

/* ---- from one sort to another ---- */

static set_t *fn_to_string(call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);
    const char *text = v ? portal_fp_text(v, call->run->pool) : NULL;

    return text ? portal_fp_string(call->run, text) : none(call);
}

/* The number that a text is (of digits, a sign before and a point between them), or NULL. */
static const char *digits_of(const char *text, bool whole)
{
    const char *s = text + (*text == '+' || *text == '-');
    apr_size_t n = strspn(s, "0123456789");

    if (!n || strlen(text) > 30)
        return NULL;
    s += n;
    if (!whole && *s == '.' && (n = strspn(s + 1, "0123456789")))
        s += n + 1;
    return *s ? NULL : text;
}

static set_t *fn_to_integer(call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);
    const char *digits;

    if (!v)
        return none(call);
    if (v->kind == PORTAL_FHIRPATH_INTEGER)
        return portal_fp_integer(call->run, v->number);
    if (v->kind == PORTAL_FHIRPATH_BOOLEAN)
        return portal_fp_integer(call->run, v->truth);
    digits = v->kind == PORTAL_FHIRPATH_STRING ? digits_of(v->text, true) : NULL;
    return digits ? portal_fp_integer(call->run, strtod(digits, NULL)) : none(call);
}

static set_t *fn_to_decimal(call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);
    const char *digits;

    if (!v)
        return none(call);
    if (portal_fp_is_number(v))
        return portal_fp_decimal(call->run, v->number);
    if (v->kind == PORTAL_FHIRPATH_BOOLEAN)
        return portal_fp_decimal(call->run, v->truth);
    digits = v->kind == PORTAL_FHIRPATH_STRING ? digits_of(v->text, false) : NULL;
    return digits ? portal_fp_decimal(call->run, strtod(digits, NULL)) : none(call);
}

static set_t *fn_to_boolean(call_t *call)
{
    static const char *const words[] = {"true",  "t", "yes", "y", "1", "1.0",
                                        "false", "f", "no",  "n", "0", "0.0"};
    const portal_fhirpath_value_t *v = portal_fp_one(call);
    const char *text = v ? portal_fp_text(v, call->run->pool) : NULL;

    for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], text) == 0)
            return portal_fp_boolean(call->run, i < 6);
    return none(call);
}

/* 5 'mg', 5 days, 5 */
static set_t *fn_to_quantity(call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);
    portal_fhirpath_value_t quantity = {.kind = PORTAL_FHIRPATH_QUANTITY, .unit = "1"};
    set_t *set = none(call);
    apr_size_t n;
    char *end;

    if (!v || portal_fp_quantity(v, &quantity, call->run->pool)) {
        if (v)
            portal_fp_push(call->run, set, &quantity);
        return set;
    }
    quantity = (portal_fhirpath_value_t){
        .kind = PORTAL_FHIRPATH_QUANTITY, .unit = "1", .number = v->number};
    if (v->kind == PORTAL_FHIRPATH_STRING) {
        n = strspn(v->text, "+-.0123456789");
        quantity.number = strtod(v->text, &end);
        if (!n || end != v->text + n)
            return set;
        end += strspn(end, " ");
        n = strlen(end);
        if (n > 2 && *end == '\'' && end[n - 1] == '\'')
            quantity.unit = apr_pstrmemdup(call->run->pool, end + 1, n - 2);
        else if (n && end[strspn(end, "abcdefghijklmnopqrstuvwxyz")])
            return set;
        else if (n)
            quantity.unit = end;
    } else if (!portal_fp_is_number(v)) {
        return set;
    }
    portal_fp_push(call->run, set, &quantity);
    return set;
}

/* toDate, toDateTime, toTime */
static set_t *fn_to_time(call_t *call)
{
    const portal_fhirpath_value_t *v = portal_fp_one(call);
    portal_fhirpath_value_t value = {0};
    const char *name = call->part->name;
    portal_fhirpath_kind_t kind, wanted = !strcmp(name, "toDate") ? PORTAL_FHIRPATH_DATE
                                          : !strcmp(name, "toTime")
                                              ? PORTAL_FHIRPATH_TIME
                                              : PORTAL_FHIRPATH_DATETIME;
    set_t *set = none(call);

    if (!v || v->kind < PORTAL_FHIRPATH_STRING || v->kind > PORTAL_FHIRPATH_TIME ||
        !portal_fp_time_kind(v->text, &kind))
        return set;
    value.text = v->text;
    if ((kind == PORTAL_FHIRPATH_TIME) != (wanted == PORTAL_FHIRPATH_TIME) ||
        (kind == PORTAL_FHIRPATH_DATETIME && wanted == PORTAL_FHIRPATH_DATE))
        return set;
    value.kind = wanted;
    portal_fp_push(call->run, set, &value);
    return set;
}

/* ---- which there are ---- */

portal_fp_function_t *portal_fp_find_string(const char *name, int *least, int *most)
{
    static const struct {
        const char *name;
        int least, most;
        portal_fp_function_t *function;
    } functions[] = {
        {"lower", 0, 0, fn_case},
        {"upper", 0, 0, fn_case},
        {"trim", 0, 0, fn_trim},
        {"length", 0, 0, fn_length},
        {"startsWith", 1, 1, fn_holds},
        {"endsWith", 1, 1, fn_holds},
        {"contains", 1, 1, fn_holds},
        {"indexOf", 1, 1, fn_index_of},
        {"substring", 1, 2, fn_substring},
        {"replace", 2, 2, fn_replace},
        {"split", 1, 1, fn_split},
        {"join", 0, 1, fn_join},
        {"toChars", 0, 0, fn_to_chars},
        {"matches", 1, 1, fn_matches},
        {"replaceMatches", 2, 2, fn_replace_matches},
        {"toString", 0, 0, fn_to_string},
        {"toInteger", 0, 0, fn_to_integer},
        {"toDecimal", 0, 0, fn_to_decimal},
        {"toBoolean", 0, 0, fn_to_boolean},
        {"toQuantity", 0, 0, fn_to_quantity},
        {"toDate", 0, 0, fn_to_time},
        {"toDateTime", 0, 0, fn_to_time},
        {"toTime", 0, 0, fn_to_time},
    };

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) {
            *least = functions[i].least;
            *most = functions[i].most;
            return functions[i].function;
        }
    return NULL;
}

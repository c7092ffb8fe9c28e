/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads FHIRPath: words, then parts by the precedence of its grammar; see fhirpath.h. Each step
 * down is counted, so that no text goes deeper than PORTAL_FHIRPATH_MAX_DEPTH.
 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/fhir_json.h"
#include "core/fhirpath_inner.h"

typedef enum {
    WORD_END,
    WORD_NAME,   /* also in back quotes */
    WORD_STRING, /* in quotes */
    WORD_NUMBER,
    WORD_TIME,     /* after @ */
    WORD_VARIABLE, /* after % */
    WORD_DOLLAR,   /* after $ */
    WORD_SIGN
} word_t;

typedef struct {
    const char *at, *begin; /* where the next word begins; the text */
    apr_pool_t *pool;
    const char *why;
    int depth;
    word_t word; /* the word that is looked at, and its text */
    const char *text;
    bool quoted; /* a name in back quotes is no operator */
    apr_array_header_t *names;
} parser_t;

static portal_fp_part_t *expression(parser_t *s, int level);

static void *fail(parser_t *s, const char *what)
{
    if (!s->why)
        s->why = apr_psprintf(s->pool, "%s (near character %d)", what,
                              (int)(s->at - s->begin) + 1);
    s->word = WORD_END;
    s->text = "";
    return NULL;
}

/* ---- words ---- */

static void skip_space(parser_t *s)
{
    for (;;) {
        const char *end;
        s->at += strspn(s->at, " \t\r\n");
        if (strncmp(s->at, "//", 2) == 0) {
            s->at += strcspn(s->at, "\r\n");
        } else if (strncmp(s->at, "/*", 2) == 0) {
            end = strstr(s->at + 2, "*/");
            s->at = end ? end + 2 : s->at + strlen(s->at);
        } else {
            return;
        }
    }
}

/* A code point below U+10000 in UTF-8. */
static char *put_point(char *to, unsigned long point)
{
    if (point < 0x80) {
        *to++ = (char)point;
    } else if (point < 0x800) {
        *to++ = (char)(0xC0 | point >> 6);
        *to++ = (char)(0x80 | (point & 0x3F));
    } else {
        *to++ = (char)(0xE0 | point >> 12);
        *to++ = (char)(0x80 | (point >> 6 & 0x3F));
        *to++ = (char)(0x80 | (point & 0x3F));
    }
    return to;
}

/* Four hex digits that are a character by themselves (no surrogate, noncharacter, NUL), or 0. */
static unsigned long four_digits(const char *s)
{
    char digits[5];
    unsigned long point;

    apr_cpystrn(digits, s, sizeof digits);
    if (strlen(digits) != 4 || digits[strspn(digits, "0123456789abcdefABCDEF")])
        return 0;
    point = strtoul(digits, NULL, 16);
    /* noncharacters mark numbers in our trees (fhir_json.h) */
    return (point >= 0xD800 && point < 0xE000) || (point >= 0xFDD0 && point < 0xFDF0)
               ? 0
               : point;
}

/* What stands between two quotes; the first is at s->at. */
static void read_quoted(parser_t *s, word_t word)
{
    static const char from[] = "`'\"\\/fnrt", to[] = "`'\"\\/\f\n\r\t";
    char quote = *s->at++, *text = apr_palloc(s->pool, strlen(s->at) + 1), *end = text;
    const char *found;

    for (; *s->at && *s->at != quote; s->at++) {
        if (*s->at != '\\') {
            *end++ = *s->at;
            continue;
        }
        s->at++;
        found = *s->at ? strchr(from, *s->at) : NULL;
        if (found) {
            *end++ = to[found - from];
        } else if (*s->at == 'u' && four_digits(s->at + 1)) {
            end = put_point(end, four_digits(s->at + 1));
            s->at += 4;
        } else {
            fail(s, "A backslash stands before a character that needs none");
            return;
        }
    }
    *end = '\0';
    if (!*s->at) {
        fail(s, "A quotation mark is not closed");
        return;
    }
    s->at++;
    s->word = word;
    s->text = text;
}

static void take(parser_t *s, word_t word, apr_size_t length)
{
    s->word = word;
    s->text = apr_pstrmemdup(s->pool, s->at, length);
    s->at += length;
}

static apr_size_t name_length(const char *s)
{
    apr_size_t n = 0;

    while (apr_isalnum(s[n]) || s[n] == '_')
        n++;
    return n;
}

static apr_size_t number_length(const char *s)
{
    apr_size_t n = strspn(s, "0123456789");

    if (s[n] == '.' && apr_isdigit(s[n + 1]))
        n += 1 + strspn(s + n + 1, "0123456789");
    return n;
}

/* @2020-01-02T03:04:05.6+01:00; a point belongs to it only before a digit. */
static apr_size_t time_length(const char *s)
{
    apr_size_t n = 0;

    while (apr_isdigit(s[n]) || (s[n] && strchr("-:TZ+", s[n])) ||
           (s[n] == '.' && apr_isdigit(s[n + 1])))
        n++;
    return n;
}

static void read_sign(parser_t *s)
{
    static const char *const two[] = {"<=", ">=", "!=", "!~"};

    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (strncmp(s->at, two[i], 2) == 0) {
            take(s, WORD_SIGN, 2);
            return;
        }
    if (*s->at && strchr("+-*/&|=~<>.,()[]{}", *s->at))
        take(s, WORD_SIGN, 1);
    else
        fail(s, "A character has no meaning in FHIRPath");
}

static void read_variable(parser_t *s)
{
    s->at++;
    if (*s->at == '`' || *s->at == '\'')
        read_quoted(s, WORD_VARIABLE);
    else if (name_length(s->at))
        take(s, WORD_VARIABLE, name_length(s->at));
    else
        fail(s, "After % a name is missing");
}

/* Goes on to the next word. */
static void next(parser_t *s)
{
    if (s->why)
        return;
    skip_space(s);
    s->quoted = *s->at == '`';
    if (!*s->at) {
        s->word = WORD_END;
        s->text = "";
    } else if (*s->at == '`') {
        read_quoted(s, WORD_NAME);
    } else if (*s->at == '\'') {
        read_quoted(s, WORD_STRING);
    } else if (*s->at == '%') {
        read_variable(s);
    } else if (apr_isdigit(*s->at)) {
        take(s, WORD_NUMBER, number_length(s->at));
    } else if (apr_isalpha(*s->at) || *s->at == '_') {
        take(s, WORD_NAME, name_length(s->at));
    } else if (*s->at == '@') {
        s->at++;
        take(s, WORD_TIME, time_length(s->at));
    } else if (*s->at == '$') {
        take(s, WORD_DOLLAR, 1 + name_length(s->at + 1));
    } else {
        read_sign(s);
    }
}

static bool is_sign(const parser_t *s, const char *sign)
{
    return s->word == WORD_SIGN && strcmp(s->text, sign) == 0;
}

/* A sign that has to stand here. */
static bool expect(parser_t *s, const char *sign)
{
    if (!is_sign(s, sign)) {
        fail(s, apr_psprintf(s->pool, "Here \"%s\" is missing", sign));
        return false;
    }
    next(s);
    return true;
}

/* ---- parts ---- */

static portal_fp_part_t *make(parser_t *s, portal_fp_form_t form, const char *name)
{
    portal_fp_part_t *part = apr_pcalloc(s->pool, sizeof *part);

    part->form = form;
    part->name = name;
    part->depth = 1;
    return part;
}

/* NULL when one of the arguments is, or it gets too deep. */
static portal_fp_part_t *with(parser_t *s, portal_fp_part_t *part,
                              const apr_array_header_t *args)
{
    part->args = (portal_fp_part_t **)args->elts;
    part->count = args->nelts;
    for (int i = 0; i < part->count; i++) {
        if (!part->args[i])
            return NULL;
        if (part->args[i]->depth >= part->depth)
            part->depth = part->args[i]->depth + 1;
    }
    if (part->depth > PORTAL_FHIRPATH_MAX_DEPTH)
        return fail(s, "The expression is too deep");
    return part;
}

static portal_fp_part_t *with_two(parser_t *s, portal_fp_part_t *part,
                                  portal_fp_part_t *a, portal_fp_part_t *b)
{
    apr_array_header_t *args = apr_array_make(s->pool, 2, sizeof(portal_fp_part_t *));

    APR_ARRAY_PUSH(args, portal_fp_part_t *) = a;
    if (b)
        APR_ARRAY_PUSH(args, portal_fp_part_t *) = b;
    return with(s, part, args);
}

/* name, name.name: a type, such as FHIR.Quantity. */
static const char *type_name(parser_t *s)
{
    const char *name = s->text;

    if (s->word != WORD_NAME)
        return fail(s, "The name of a type is missing");
    next(s);
    while (is_sign(s, ".")) {
        next(s);
        if (s->word != WORD_NAME)
            return fail(s, "The name of a type is missing");
        name = apr_pstrcat(s->pool, name, ".", s->text, NULL);
        next(s);
    }
    return name;
}

/* is(T), as(T), ofType(T): a name stands where others have an expression. */
static bool takes_type(const char *name)
{
    return !strcmp(name, "is") || !strcmp(name, "as") || !strcmp(name, "ofType");
}

static portal_fp_part_t *arguments(parser_t *s, const char *name)
{
    portal_fp_part_t *part = make(s, PORTAL_FP_FUNCTION, name);
    apr_array_header_t *args = apr_array_make(s->pool, 2, sizeof(portal_fp_part_t *));

    next(s);
    if (takes_type(name)) {
        part->value.text = type_name(s);
        APR_ARRAY_PUSH(args, portal_fp_part_t *) = make(s, PORTAL_FP_EMPTY, NULL);
    } else if (!is_sign(s, ")")) {
        do {
            if (args->nelts)
                next(s);
            APR_ARRAY_PUSH(args, portal_fp_part_t *) = expression(s, 0);
        } while (is_sign(s, ","));
    }
    if (!expect(s, ")"))
        return NULL;
    if (!(part->function = portal_fp_find(name, args->nelts, &s->why, s->pool)))
        return NULL;
    return with(s, part, args);
}

/* What can stand after a point. */
static portal_fp_part_t *invocation(parser_t *s)
{
    const char *name = s->text;
    portal_fp_form_t form = PORTAL_FP_MEMBER;

    if (s->word == WORD_DOLLAR) {
        if (strcmp(name, "$this") && strcmp(name, "$index") && strcmp(name, "$total"))
            return fail(s, "After $ there is this, index or total");
        form = name[2] == 'h'   ? PORTAL_FP_THIS
               : name[1] == 'i' ? PORTAL_FP_INDEX
                                : PORTAL_FP_TOTAL;
    } else if (s->word != WORD_NAME) {
        return fail(s, "A name is missing");
    }
    next(s);
    if (form == PORTAL_FP_MEMBER && is_sign(s, "("))
        return arguments(s, name);
    return make(s, form, name);
}

static portal_fp_part_t *literal(parser_t *s, portal_fhirpath_kind_t kind)
{
    portal_fp_part_t *part = make(s, PORTAL_FP_LITERAL, NULL);

    part->value.kind = kind;
    part->value.text = s->text;
    next(s);
    return part;
}

static bool is_time_unit(const char *word)
{
    static const char *const units[] = {"year", "month",  "week",   "day",
                                        "hour", "minute", "second", "millisecond"};
    apr_size_t n = strlen(word);

    n -= n && word[n - 1] == 's';
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == n && strncmp(units[i], word, n) == 0)
            return true;
    return false;
}

/* 4, 4.5, 4 'kg', 4 days */
static portal_fp_part_t *number(parser_t *s)
{
    bool whole = !strchr(s->text, '.');
    portal_fp_part_t *part = literal(s, PORTAL_FHIRPATH_DECIMAL);
    const char *digits = part->value.text;

    part->value.number = strtod(digits, NULL);
    if (!portal_fhir_json_is_number(digits)) /* 007 */
        part->value.text = NULL;
    if (s->word == WORD_STRING ||
        (s->word == WORD_NAME && !s->quoted && is_time_unit(s->text))) {
        part->value.kind = PORTAL_FHIRPATH_QUANTITY;
        part->value.unit = s->text;
        next(s);
    } else if (whole) {
        if (part->value.number > 2147483648.0)
            return fail(s, "A number has more than 32 bits");
        part->value.kind = PORTAL_FHIRPATH_INTEGER;
        part->value.text = NULL;
    }
    return part;
}

static portal_fp_part_t *time_literal(parser_t *s)
{
    portal_fhirpath_kind_t kind;
    const char *text = *s->text == 'T' ? s->text + 1 : s->text;
    bool open = *text && text[strlen(text) - 1] == 'T'; /* @2020T: a dateTime of a year */

    if (open)
        text = apr_pstrmemdup(s->pool, text, strlen(text) - 1);
    if (!portal_fp_time_kind(text, &kind) ||
        (*s->text == 'T') != (kind == PORTAL_FHIRPATH_TIME))
        return fail(s, "After @ there is no date or time");
    s->text = text;
    return literal(s, open ? PORTAL_FHIRPATH_DATETIME : kind);
}

static void note_name(parser_t *s, const char *name)
{
    for (int i = 0; i < s->names->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(s->names, i, const char *), name) == 0)
            return;
    APR_ARRAY_PUSH(s->names, const char *) = name;
}

static portal_fp_part_t *in_brackets(parser_t *s)
{
    portal_fp_part_t *part;

    next(s);
    part = expression(s, 0);
    return part && expect(s, ")") ? part : NULL;
}

static portal_fp_part_t *variable(parser_t *s)
{
    portal_fp_part_t *part = make(s, PORTAL_FP_VARIABLE, s->text);

    note_name(s, s->text);
    next(s);
    return part;
}

static portal_fp_part_t *term(parser_t *s)
{
    portal_fp_part_t *part;

    switch (s->word) {
    case WORD_STRING:
        return literal(s, PORTAL_FHIRPATH_STRING);
    case WORD_NUMBER:
        return number(s);
    case WORD_TIME:
        return time_literal(s);
    case WORD_VARIABLE:
        return variable(s);
    case WORD_NAME:
        if (s->quoted || (strcmp(s->text, "true") && strcmp(s->text, "false")))
            return invocation(s);
        part = literal(s, PORTAL_FHIRPATH_BOOLEAN);
        part->value.truth = part->value.text[0] == 't';
        return part;
    case WORD_DOLLAR:
        return invocation(s);
    default:
        break;
    }
    if (is_sign(s, "("))
        return in_brackets(s);
    if (!is_sign(s, "{"))
        return fail(s, "Something is missing");
    next(s);
    return expect(s, "}") ? make(s, PORTAL_FP_EMPTY, NULL) : NULL;
}

/* A term and what is appended to it with points and square brackets. */
static portal_fp_part_t *chain(parser_t *s)
{
    portal_fp_part_t *part = term(s);

    while (part && (is_sign(s, ".") || is_sign(s, "["))) {
        bool dot = is_sign(s, ".");
        portal_fp_part_t *right;
        next(s);
        right = dot ? invocation(s) : expression(s, 0);
        if (!right || (!dot && !expect(s, "]")))
            return NULL;
        part =
            with_two(s, make(s, dot ? PORTAL_FP_DOT : PORTAL_FP_AT, NULL), part, right);
    }
    return part;
}

static portal_fp_part_t *signed_chain(parser_t *s)
{
    bool minus = is_sign(s, "-"), sign = minus || is_sign(s, "+");
    portal_fp_part_t *part;

    if (sign)
        next(s);
    part = chain(s);
    return part && minus ? with_two(s, make(s, PORTAL_FP_MINUS, NULL), part, NULL) : part;
}

/* From the loosest to the tightest. */
static const char *const levels[][7] = {
    {"implies"},
    {"or", "xor"},
    {"and"},
    {"in", "contains"},
    {"=", "~", "!=", "!~"},
    {"<=", "<", ">", ">="},
    {"|"},
    {"is", "as"},
    {"+", "-", "&"},
    {"*", "/", "div", "mod"},
};
#define LEVELS (int)(sizeof levels / sizeof *levels)
#define TYPES 7 /* the level of is and as */

static const char *operator_at(const parser_t *s, int level)
{
    if (s->quoted || (s->word != WORD_SIGN && s->word != WORD_NAME))
        return NULL;
    for (int i = 0; levels[level][i]; i++)
        if (strcmp(levels[level][i], s->text) == 0)
            return levels[level][i];
    return NULL;
}

static portal_fp_part_t *binary(parser_t *s, int level)
{
    portal_fp_part_t *left = level + 1 < LEVELS ? binary(s, level + 1) : signed_chain(s);
    const char *name;

    while (left && (name = operator_at(s, level))) {
        portal_fp_part_t *part, *right = NULL;
        next(s);
        part = make(s, level == TYPES ? PORTAL_FP_TYPE : PORTAL_FP_OPERATOR, name);
        if (level == TYPES)
            part->value.text = type_name(s);
        else
            right = level + 1 < LEVELS ? binary(s, level + 1) : signed_chain(s);
        if (level == TYPES ? !part->value.text : !right)
            return NULL;
        left = with_two(s, part, left, right);
    }
    return left;
}

static portal_fp_part_t *expression(parser_t *s, int level)
{
    portal_fp_part_t *part;

    if (s->depth >= PORTAL_FHIRPATH_MAX_DEPTH)
        return fail(s, "The expression is too deep");
    s->depth++;
    part = binary(s, level);
    s->depth--;
    return part;
}

static bool is_text(const char *text)
{
    json_t *json = json_string(text); /* NULL: no UTF-8 */

    json_decref(json);
    return json && !strstr(text, PORTAL_FHIR_DECIMAL_MARK);
}

apr_status_t portal_fhirpath_compile(portal_fhirpath_t **out, const char *text,
                                     const char **why, apr_pool_t *p)
{
    parser_t s = {.at = text, .begin = text, .pool = p};
    portal_fhirpath_t *e = apr_pcalloc(p, sizeof *e);

    *out = NULL;
    *why = NULL;
    s.names = e->names = apr_array_make(p, 2, sizeof(const char *));
    if (strlen(text) > PORTAL_FHIRPATH_MAX_TEXT || !is_text(text)) {
        *why = "The expression is too long, or no UTF-8";
        return APR_EINVAL;
    }
    next(&s);
    e->top = expression(&s, 0);
    if (e->top && !s.why && s.word != WORD_END)
        fail(&s, "Something stands where an operator is expected");
    *why = s.why;
    if (s.why || !e->top)
        return APR_EINVAL;
    *out = e;
    return APR_SUCCESS;
}

const apr_array_header_t *portal_fhirpath_names(const portal_fhirpath_t *e)
{
    return e->names;
}

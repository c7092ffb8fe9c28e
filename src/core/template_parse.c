/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mustache source to program.
 *
 * The parser goes through the source once, tag by tag. A tag that stands alone on its
 * line (all but values and texts) takes the whole line with it, as the specification
 * says. Every fault is told with the line it is on and what to do about it.
 */
#include "core/template_program.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <string.h>
#include <utf8proc.h>

#define DELIMITER_MAX 8

typedef struct {
    const char *at;
    apr_size_t len;
} span_t;

/* A tag: what stands between its delimiters, and where it and its line end. */
typedef struct {
    const char *start; /* of the opening delimiter */
    const char *end;   /* behind the closing one */
    char sigil;        /* '#', '^', '/', '>', '!', '=', or 'v' for a value */
    span_t content;    /* without sigil and blanks around it */
    int line;
    const char *line_start; /* NULL unless it stands alone on its line */
    const char *line_end;   /* the line end behind it, none at the end of the source */
    const char *next_line;
} tag_t;

typedef struct {
    const char *file;
    const char *source;
    const char *end;
    const char *at;
    const char *counted; /* lines are counted up to here */
    int line;
    span_t open;
    span_t close;
    apr_array_header_t *steps;
    int sections[PORTAL_TEMPLATE_DEPTH];
    int depth;
    const char **error;
    apr_pool_t *pool;
} parser_t;

static apr_status_t fault(const parser_t *parser, int line, const char *what)
{
    *parser->error = apr_psprintf(parser->pool, "%s:%d: %s", parser->file, line, what);
    return APR_EINVAL;
}

static int line_of(parser_t *parser, const char *at)
{
    while (parser->counted < at) {
        if (*parser->counted++ == '\n') {
            parser->line++;
        }
    }
    return parser->line;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static span_t trim(const char *from, const char *to)
{
    while (from < to && is_space(*from)) {
        from++;
    }
    while (to > from && is_space(to[-1])) {
        to--;
    }
    return (span_t){from, (apr_size_t)(to - from)};
}

static const char *find(const char *from, const char *to, span_t what)
{
    return memmem(from, (apr_size_t)(to - from), what.at, what.len);
}

static const char *text_of(const parser_t *parser, span_t span)
{
    return apr_pstrmemdup(parser->pool, span.at, span.len);
}

/* A text of the catalogue is a piece of a line, so it never takes the line away. */
static int is_text_tag(const tag_t *tag)
{
    return tag->sigil == '>' && tag->content.len >= 2 &&
           memcmp(tag->content.at, PORTAL_TEXT_PREFIX, 2) == 0;
}

static void find_line(const parser_t *parser, tag_t *tag)
{
    const char *from = tag->start;
    const char *to = tag->end;

    tag->line_start = NULL;
    if (tag->sigil == 'v' || is_text_tag(tag)) {
        return;
    }
    while (from > parser->source && is_blank(from[-1])) {
        from--;
    }
    while (to < parser->end && is_blank(*to)) {
        to++;
    }
    if (from > parser->source && from[-1] != '\n') {
        return;
    }
    tag->line_end = to;
    if (to + 1 < parser->end && to[0] == '\r' && to[1] == '\n') {
        to++;
    }
    if (to < parser->end && *to != '\n') {
        return;
    }
    tag->line_start = from;
    tag->next_line = to < parser->end ? to + 1 : to;
}

static apr_status_t read_tag(parser_t *parser, const char *start, tag_t *tag)
{
    const char *inside = start + parser->open.len;
    const char *close = find(inside, parser->end, parser->close);
    int line = line_of(parser, start);

    *tag = (tag_t){.start = start, .line = line};
    if (!close) {
        return fault(parser, line, "this tag is not closed; end it with its delimiter");
    }
    while (inside < close && is_space(*inside)) {
        inside++;
    }
    tag->sigil = inside < close ? *inside : 'v';
    if (tag->sigil == '{' || tag->sigil == '&') {
        return fault(parser, line,
                     "raw forms are not allowed, every value is escaped; "
                     "write {{name}}");
    }
    if (tag->sigil == '<' || tag->sigil == '$') {
        return fault(parser, line, "there are no blocks and parents; use a partial");
    }
    if (strchr("#^/>!=", tag->sigil)) {
        inside++;
    } else {
        tag->sigil = 'v';
    }
    tag->content = trim(inside, close);
    tag->end = close + parser->close.len;
    find_line(parser, tag);
    return APR_SUCCESS;
}

static int is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-';
}

static int is_name(span_t name, int dots)
{
    for (apr_size_t i = 0; i < name.len; i++) {
        if (!is_name_char(name.at[i]) && !(dots && name.at[i] == '.')) {
            return 0;
        }
    }
    return name.len > 0;
}

/* Splits a dotted name into step->path. */
static apr_status_t set_path(parser_t *parser, portal_step_t *step, span_t name)
{
    const char **path;
    const char *end = name.at + name.len;

    step->text = text_of(parser, name);
    step->len = name.len;
    if (name.len == 1 && *name.at == '.') {
        return APR_SUCCESS;
    }
    path = apr_palloc(parser->pool, PORTAL_NAME_PARTS * sizeof(*path));
    for (const char *at = name.at; at <= end;) {
        const char *dot = memchr(at, '.', (apr_size_t)(end - at));
        span_t part = {at, (apr_size_t)((dot ? dot : end) - at)};

        if (step->parts == PORTAL_NAME_PARTS || !is_name(part, 0)) {
            return fault(parser, step->line,
                         "this is not a name; use letters, digits, _ and -, with dots "
                         "between at most 16 parts");
        }
        path[step->parts++] = text_of(parser, part);
        at = dot ? dot + 1 : end + 1;
    }
    step->path = path;
    return APR_SUCCESS;
}

static portal_step_t *push(parser_t *parser, portal_step_kind_t kind, int line)
{
    portal_step_t *step = apr_array_push(parser->steps);

    *step = (portal_step_t){.kind = kind, .line = line};
    return step;
}

static void push_literal(parser_t *parser, const char *from, const char *to)
{
    int starts_line = from == parser->source || from[-1] == '\n';
    portal_step_t *step;

    if (from == to) {
        return;
    }
    step = push(parser, PORTAL_STEP_LITERAL, line_of(parser, from));
    step->text = from;
    step->len = (apr_size_t)(to - from);
    step->starts_line = starts_line;
}

/* A line that begins with a tag still has a beginning, to be indented. */
static void push_line_start(parser_t *parser, const tag_t *tag)
{
    portal_step_t *step;

    if (tag->start == parser->source || tag->start[-1] == '\n') {
        step = push(parser, PORTAL_STEP_LITERAL, tag->line);
        step->text = tag->start;
        step->starts_line = 1;
    }
}

static apr_status_t parse_partial(parser_t *parser, const tag_t *tag)
{
    portal_step_t *step = push(parser, PORTAL_STEP_PARTIAL, tag->line);
    span_t name = tag->content;

    if (tag->line_start) {
        step->indent =
            text_of(parser, (span_t){tag->line_start,
                                     (apr_size_t)(tag->start - tag->line_start)});
        step->line_end =
            text_of(parser, (span_t){tag->line_end,
                                     (apr_size_t)(tag->next_line - tag->line_end)});
    }
    if (name.len > 0 && *name.at == '*') {
        step->kind = PORTAL_STEP_DYNAMIC;
        return set_path(parser, step, trim(name.at + 1, name.at + name.len));
    }
    if (is_text_tag(tag)) {
        step->kind = PORTAL_STEP_TEXT;
        name.at += strlen(PORTAL_TEXT_PREFIX);
        name.len -= strlen(PORTAL_TEXT_PREFIX);
    }
    if (!is_name(name, step->kind == PORTAL_STEP_TEXT)) {
        return fault(parser, tag->line,
                     "this is not the name of a partial; use the name of a template, "
                     "or t: and the key of a text");
    }
    step->text = text_of(parser, name);
    step->len = name.len;
    return APR_SUCCESS;
}

static apr_status_t parse_section(parser_t *parser, const tag_t *tag)
{
    portal_step_t *step =
        push(parser, tag->sigil == '#' ? PORTAL_STEP_SECTION : PORTAL_STEP_INVERTED,
             tag->line);

    if (parser->depth == PORTAL_TEMPLATE_DEPTH) {
        return fault(parser, tag->line,
                     "sections are more than 64 deep; put the inner part into a "
                     "partial");
    }
    parser->sections[parser->depth++] = parser->steps->nelts - 1;
    return set_path(parser, step, tag->content);
}

static apr_status_t parse_close(parser_t *parser, const tag_t *tag)
{
    portal_step_t *opened;

    if (parser->depth == 0) {
        return fault(parser, tag->line, "no section is open here; take this tag away");
    }
    opened =
        &APR_ARRAY_IDX(parser->steps, parser->sections[--parser->depth], portal_step_t);
    if (opened->len != tag->content.len ||
        memcmp(opened->text, tag->content.at, opened->len) != 0) {
        return fault(parser, tag->line,
                     apr_psprintf(parser->pool,
                                  "the section %s of line %d is open here; close it "
                                  "first",
                                  opened->text, opened->line));
    }
    opened->end = parser->steps->nelts;
    return APR_SUCCESS;
}

static int is_delimiter(span_t span)
{
    for (apr_size_t i = 0; i < span.len; i++) {
        if (is_space(span.at[i]) || span.at[i] == '=') {
            return 0;
        }
    }
    return span.len > 0 && span.len <= DELIMITER_MAX;
}

static apr_status_t parse_delimiters(parser_t *parser, const tag_t *tag)
{
    const char *from = tag->content.at;
    const char *to = from + tag->content.len;
    const char *blank;
    span_t content;

    if (to > from && to[-1] == '=') {
        content = trim(from, to - 1);
        from = content.at;
        to = from + content.len;
        for (blank = from; blank < to && !is_space(*blank);) {
            blank++;
        }
        parser->open = (span_t){from, (apr_size_t)(blank - from)};
        parser->close = trim(blank, to);
        if (is_delimiter(parser->open) && is_delimiter(parser->close)) {
            return APR_SUCCESS;
        }
    }
    return fault(parser, tag->line,
                 "these are not delimiters; write {{=<% %>=}}, each of 1 to 8 "
                 "characters without blanks and =");
}

static apr_status_t parse_tag(parser_t *parser, const tag_t *tag)
{
    portal_step_t *step;

    switch (tag->sigil) {
    case '!':
        return APR_SUCCESS;
    case '=':
        return parse_delimiters(parser, tag);
    case '#':
    case '^':
        return parse_section(parser, tag);
    case '/':
        return parse_close(parser, tag);
    case '>':
        return parse_partial(parser, tag);
    default:
        step = push(parser, PORTAL_STEP_VALUE, tag->line);
        return set_path(parser, step, tag->content);
    }
}

/* Behind a tag that ended too early (a comment with }} in it) its rest would be shown. */
static apr_status_t check_stray(parser_t *parser, const char *to)
{
    const char *stray = NULL;

    if (parser->close.len > 1) {
        stray = find(parser->at, to, parser->close);
    }
    if (!stray) {
        return APR_SUCCESS;
    }
    return fault(parser, line_of(parser, stray),
                 "a tag ends here that does not begin; does a comment before it have "
                 "the delimiter in it?");
}

static apr_status_t parse(parser_t *parser)
{
    apr_status_t status = APR_SUCCESS;
    const char *start;
    tag_t tag;

    while (status == APR_SUCCESS &&
           (start = find(parser->at, parser->end, parser->open)) != NULL) {
        status = check_stray(parser, start);
        if (status == APR_SUCCESS) {
            status = read_tag(parser, start, &tag);
        }
        if (status != APR_SUCCESS) {
            return status;
        }
        if (tag.line_start) {
            push_literal(parser, parser->at, tag.line_start);
            parser->at = tag.next_line;
        } else {
            push_literal(parser, parser->at, tag.start);
            push_line_start(parser, &tag);
            parser->at = tag.end;
        }
        status = parse_tag(parser, &tag);
    }
    if (status == APR_SUCCESS) {
        status = check_stray(parser, parser->end);
        push_literal(parser, parser->at, parser->end);
    }
    if (status == APR_SUCCESS && parser->depth > 0) {
        portal_step_t *opened = &APR_ARRAY_IDX(
            parser->steps, parser->sections[parser->depth - 1], portal_step_t);

        return fault(parser, opened->line,
                     apr_psprintf(parser->pool,
                                  "the section %s is never closed; write {{/%s}}",
                                  opened->text, opened->text));
    }
    return status;
}

static apr_status_t check_bytes(parser_t *parser)
{
    const char *at = parser->source;

    while (at < parser->end) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)at, parser->end - at, &c);

        if (n <= 0 || c == 0) {
            return fault(parser, line_of(parser, at),
                         "this is not UTF-8 text; save the file as UTF-8");
        }
        at += n;
    }
    return APR_SUCCESS;
}

apr_status_t portal_program_compile(const portal_program_t **out, const char *file,
                                    const char *source, apr_size_t len,
                                    const char **error, apr_pool_t *pool)
{
    parser_t parser = {.file = apr_pstrdup(pool, file), .line = 1, .error = error};
    portal_program_t *program;
    apr_status_t status;

    *out = NULL;
    parser.pool = pool;
    if (len > PORTAL_TEMPLATE_FILE_MAX) {
        return fault(&parser, 1, "more than 256 KiB; split it into partials");
    }
    parser.source = apr_pstrmemdup(pool, source, len);
    parser.end = parser.source + len;
    parser.at = parser.counted = parser.source;
    parser.open = (span_t){"{{", 2};
    parser.close = (span_t){"}}", 2};
    parser.steps = apr_array_make(pool, 16, sizeof(portal_step_t));
    status = check_bytes(&parser);
    if (status == APR_SUCCESS) {
        parser.counted = parser.source;
        status = parse(&parser);
    }
    if (status == APR_SUCCESS) {
        program = apr_pcalloc(pool, sizeof(*program));
        program->file = parser.file;
        program->steps = (const portal_step_t *)parser.steps->elts;
        program->count = parser.steps->nelts;
        *out = program;
    }
    return status;
}

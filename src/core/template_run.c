/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program over a stack of JSON contexts into a buffer.
 *
 * The stacks of contexts and of indentations are lists of frames on the C stack, so
 * rendering takes no memory but the page itself. Depth and work are bounded: no
 * template can hang or crash a worker, whatever view it meets.
 */
#include "core/catalogue.h"
#include "core/template_program.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 512
#define STEPS_MAX 8000000
#define NUMBER_MAX 64

typedef struct scope_t {
    json_t *value;
    const struct scope_t *up;
} scope_t;

typedef struct indent_t {
    const char *text;
    apr_size_t len;
    const struct indent_t *up;
} indent_t;

typedef struct {
    const portal_program_t *program;
    const scope_t *scope;
    const indent_t *indent; /* NULL: none */
    int html;
} place_t;

typedef struct {
    const portal_templates_t *set;
    const portal_render_t *render;
    portal_buffer_t *out;
    const char **error;
    int depth;    /* sections and partials */
    int partials; /* partials alone */
    int steps;
} run_t;

static apr_status_t run_steps(run_t *run, const place_t *place, int from, int to);

static apr_status_t fault(const run_t *run, const place_t *place,
                          const portal_step_t *step, apr_status_t status,
                          const char *what, ...) __attribute__((format(printf, 5, 6)));

static apr_status_t fault(const run_t *run, const place_t *place,
                          const portal_step_t *step, apr_status_t status,
                          const char *what, ...)
{
    apr_pool_t *pool = portal_buffer_pool(run->out);
    va_list args;

    va_start(args, what);
    *run->error = apr_psprintf(pool, "%s:%d: %s", place->program->file, step->line,
                               apr_pvsprintf(pool, what, args));
    va_end(args);
    return status;
}

/* The value of a step's name, or NULL when no context supplies it. */
static json_t *look_up(const scope_t *scope, const portal_step_t *step)
{
    json_t *value = NULL;

    if (step->parts == 0) {
        return scope ? scope->value : NULL;
    }
    for (; scope && !value; scope = scope->up) {
        value = json_object_get(scope->value, step->path[0]);
    }
    for (int i = 1; i < step->parts && value; i++) {
        value = json_object_get(value, step->path[i]);
    }
    return value;
}

/* As look_up, but a missing name is a fault when strict. */
static apr_status_t resolve(const run_t *run, const place_t *place,
                            const portal_step_t *step, json_t **value)
{
    *value = look_up(place->scope, step);
    if (!*value && run->render->strict) {
        return fault(run, place, step, APR_EINVAL, "no context supplies the name %s",
                     step->text);
    }
    return APR_SUCCESS;
}

static int is_empty(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return 1;
    case JSON_STRING:
        return json_string_length(value) == 0;
    case JSON_ARRAY:
        return json_array_size(value) == 0;
    case JSON_INTEGER:
        return json_integer_value(value) == 0;
    case JSON_REAL:
        return json_real_value(value) == 0;
    default:
        return 0;
    }
}

/* The shortest text that reads back as the same number; never with a locale's comma. */
static apr_size_t print_real(const json_t *value, char *text, apr_size_t size)
{
    apr_size_t len = 0;

    for (int digits = 15; digits <= 17; digits++) {
        json_t *back;
        int same;

        len = json_dumpb(value, text, size,
                         JSON_ENCODE_ANY | JSON_REAL_PRECISION((size_t)digits));
        back = len <= size ? json_loadb(text, len, JSON_DECODE_ANY, NULL) : NULL;
        same = back && json_equal(back, value);
        json_decref(back);
        if (same) {
            break;
        }
    }
    return len <= size ? len : 0;
}

static void write_indent(run_t *run, const indent_t *indent)
{
    if (indent) {
        write_indent(run, indent->up);
        portal_buffer_add(run->out, indent->text, indent->len);
    }
}

static void write_literal(run_t *run, const place_t *place, const portal_step_t *step)
{
    const char *at = step->text;
    const char *end = at + step->len;
    int starts_line = step->starts_line;

    if (!place->indent) {
        portal_buffer_add(run->out, at, step->len);
        return;
    }
    if (at == end && starts_line) {
        write_indent(run, place->indent);
    }
    while (at < end) {
        const char *newline = memchr(at, '\n', (apr_size_t)(end - at));
        const char *next = newline ? newline + 1 : end;

        if (starts_line) {
            write_indent(run, place->indent);
        }
        portal_buffer_add(run->out, at, (apr_size_t)(next - at));
        starts_line = 1;
        at = next;
    }
}

static void write_text(run_t *run, const place_t *place, const char *text, apr_size_t len)
{
    if (place->html) {
        portal_buffer_add_html(run->out, text, len);
    } else {
        portal_buffer_add(run->out, text, len);
    }
}

static apr_status_t run_value(run_t *run, const place_t *place, const portal_step_t *step)
{
    char number[NUMBER_MAX];
    json_t *value;
    apr_size_t len;
    apr_status_t status = resolve(run, place, step, &value);

    if (status != APR_SUCCESS || !value) {
        return status;
    }
    switch (json_typeof(value)) {
    case JSON_STRING:
        write_text(run, place, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        len = (apr_size_t)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
                                   json_integer_value(value));
        portal_buffer_add(run->out, number, len);
        break;
    case JSON_REAL:
        len = print_real(value, number, sizeof(number));
        portal_buffer_add(run->out, number, len);
        break;
    case JSON_TRUE:
        portal_buffer_add(run->out, "true", 4);
        break;
    case JSON_FALSE:
    case JSON_NULL:
        break;
    default:
        if (run->render->strict) {
            return fault(run, place, step, APR_EINVAL,
                         "%s is a list or an object, not a value", step->text);
        }
    }
    return APR_SUCCESS;
}

/* Runs the steps [from, to) one level deeper. */
static apr_status_t run_deeper(run_t *run, const place_t *place,
                               const portal_step_t *step, int from, int to)
{
    apr_status_t status;

    if (run->depth == DEPTH_MAX) {
        return fault(run, place, step, APR_ENOSPC,
                     "sections and partials are more than %d deep", DEPTH_MAX);
    }
    run->depth++;
    status = run_steps(run, place, from, to);
    run->depth--;
    return status;
}

static apr_status_t run_section(run_t *run, const place_t *place,
                                const portal_step_t *step, int body)
{
    scope_t scope = {NULL, place->scope};
    place_t inside = *place;
    json_t *value;
    size_t index;
    json_t *element;
    apr_status_t status = resolve(run, place, step, &value);

    if (status != APR_SUCCESS || is_empty(value)) {
        return status;
    }
    inside.scope = &scope;
    if (!json_is_array(value)) {
        scope.value = value;
        return run_deeper(run, &inside, step, body, step->end);
    }
    json_array_foreach(value, index, element)
    {
        scope.value = element;
        status = run_deeper(run, &inside, step, body, step->end);
        if (status != APR_SUCCESS) {
            return status;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t run_inverted(run_t *run, const place_t *place,
                                 const portal_step_t *step, int body)
{
    json_t *value;
    apr_status_t status = resolve(run, place, step, &value);

    if (status == APR_SUCCESS && is_empty(value)) {
        status = run_deeper(run, place, step, body, step->end);
    }
    return status;
}

static apr_status_t run_partial(run_t *run, const place_t *place,
                                const portal_step_t *step, const char *name)
{
    const portal_program_t *program = portal_templates_program(run->set, name);
    place_t inside = *place;
    indent_t indent;
    apr_status_t status;

    if (!program) {
        return run->render->strict
                   ? fault(run, place, step, APR_EINVAL, "there is no partial %s", name)
                   : APR_SUCCESS;
    }
    if (run->partials == PORTAL_TEMPLATE_DEPTH) {
        return fault(run, place, step, APR_ENOSPC, "partials are more than %d deep",
                     PORTAL_TEMPLATE_DEPTH);
    }
    inside.program = program;
    if (step->indent && *step->indent) {
        indent = (indent_t){step->indent, strlen(step->indent), place->indent};
        inside.indent = &indent;
    } else if (!step->indent) {
        inside.indent = NULL; /* in the midst of a line */
    }
    run->partials++;
    status = run_deeper(run, &inside, step, 0, program->count);
    run->partials--;
    return status;
}

static apr_status_t run_text(run_t *run, const place_t *place, const portal_step_t *step,
                             const char *key)
{
    place_t inside = *place;
    const portal_program_t *program = NULL;

    if (run->render->catalogue) {
        program = portal_catalogue_program(run->render->catalogue, run->render->lang, key,
                                           place->html);
    }
    if (!program) {
        if (run->render->strict) {
            return fault(run, place, step, APR_EINVAL, "there is no text %s", key);
        }
        write_text(run, place, key, strlen(key));
        return APR_SUCCESS;
    }
    inside.program = program;
    inside.indent = NULL;
    return run_deeper(run, &inside, step, 0, program->count);
}

static apr_status_t run_dynamic(run_t *run, const place_t *place,
                                const portal_step_t *step)
{
    json_t *value;
    const char *name;
    apr_status_t status = resolve(run, place, step, &value);

    if (status != APR_SUCCESS || is_empty(value)) {
        return status;
    }
    name = json_string_value(value);
    if (!name) {
        return run->render->strict
                   ? fault(run, place, step, APR_EINVAL,
                           "%s names no partial: it is not a string", step->text)
                   : APR_SUCCESS;
    }
    if (strncmp(name, PORTAL_TEXT_PREFIX, strlen(PORTAL_TEXT_PREFIX)) != 0) {
        return run_partial(run, place, step, name);
    }
    /* Unlike a template, a text has no line end: it keeps the line of its tag. */
    if (step->indent) {
        write_indent(run, place->indent);
        portal_buffer_add(run->out, step->indent, strlen(step->indent));
    }
    status = run_text(run, place, step, name + strlen(PORTAL_TEXT_PREFIX));
    if (step->line_end) {
        portal_buffer_add(run->out, step->line_end, strlen(step->line_end));
    }
    return status;
}

static apr_status_t run_step(run_t *run, const place_t *place, int index)
{
    const portal_step_t *step = &place->program->steps[index];

    switch (step->kind) {
    case PORTAL_STEP_LITERAL:
        write_literal(run, place, step);
        return APR_SUCCESS;
    case PORTAL_STEP_VALUE:
        return run_value(run, place, step);
    case PORTAL_STEP_SECTION:
        return run_section(run, place, step, index + 1);
    case PORTAL_STEP_INVERTED:
        return run_inverted(run, place, step, index + 1);
    case PORTAL_STEP_PARTIAL:
        return run_partial(run, place, step, step->text);
    case PORTAL_STEP_TEXT:
        return run_text(run, place, step, step->text);
    case PORTAL_STEP_DYNAMIC:
        return run_dynamic(run, place, step);
    }
    return APR_EGENERAL;
}

static apr_status_t run_steps(run_t *run, const place_t *place, int from, int to)
{
    apr_status_t status = APR_SUCCESS;

    for (int i = from; i < to && status == APR_SUCCESS;) {
        const portal_step_t *step = &place->program->steps[i];

        if (++run->steps > STEPS_MAX) {
            return fault(run, place, step, APR_ENOSPC, "this page is too much work");
        }
        status = run_step(run, place, i);
        if (status == APR_SUCCESS && portal_buffer_status(run->out) != APR_SUCCESS) {
            status = fault(run, place, step, portal_buffer_status(run->out),
                           "the page is too large");
        }
        i = step->end > i ? step->end : i + 1;
    }
    return status;
}

apr_status_t portal_program_run(const portal_program_t *program,
                                const portal_templates_t *set,
                                const portal_render_t *render, int html,
                                portal_buffer_t *out, const char **error)
{
    run_t run = {.set = set, .render = render, .out = out, .error = error};
    place_t place = {.program = program, .html = html};
    scope_t *scopes = NULL;

    *error = NULL;
    if (render->count > 0) {
        scopes = apr_palloc(portal_buffer_pool(out),
                            (apr_size_t)render->count * sizeof(*scopes));
    }
    for (int i = 0; i < render->count; i++) {
        if (render->contexts[i]) {
            scopes[i] = (scope_t){render->contexts[i], place.scope};
            place.scope = &scopes[i];
        }
    }
    return run_steps(&run, &place, 0, program->count);
}

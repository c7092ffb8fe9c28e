/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the parts of the template engine: what a template or a text is compiled to.
 *
 * A program is a flat list of steps. Steps of a section follow it directly; the
 * section holds the index behind its last one, so running needs no tree and no
 * search. Programs never change after they were made, and may be run by any number
 * of threads at once. Pages use core/template.h and core/catalogue.h instead.
 */
#ifndef PORTAL_TEMPLATE_PROGRAM_H
#define PORTAL_TEMPLATE_PROGRAM_H

#include "core/buffer.h"
#include "core/template.h"

/* A dotted name has at most so many parts; sections stand in each other so deep. */
#define PORTAL_NAME_PARTS 16
#define PORTAL_TEMPLATE_DEPTH 64

/* Names of partials that are texts of the catalogue begin so. */
#define PORTAL_TEXT_PREFIX "t:"

typedef enum {
    PORTAL_STEP_LITERAL,
    PORTAL_STEP_VALUE,
    PORTAL_STEP_SECTION,
    PORTAL_STEP_INVERTED,
    PORTAL_STEP_PARTIAL, /* a template by its name */
    PORTAL_STEP_TEXT,    /* a text of the catalogue by its key */
    PORTAL_STEP_DYNAMIC  /* either; a value has its name */
} portal_step_kind_t;

typedef struct {
    portal_step_kind_t kind;
    int line;
    /* The literal (not terminated), or the name as it is written (terminated);
       a TEXT's key comes without its prefix. */
    const char *text;
    apr_size_t len;
    /* The parts of a looked-up name; none for the implicit iterator ".". */
    const char *const *path;
    int parts;
    /* LITERAL: it begins a line of its template, so a partial's indentation goes
       in front of it. */
    int starts_line;
    /* SECTION, INVERTED: index of the first step behind it. */
    int end;
    /* PARTIAL, DYNAMIC that stand alone on their line: the blanks before the tag and
       the line end that the tag took with it; else NULL. */
    const char *indent;
    const char *line_end;
} portal_step_t;

struct portal_program_t {
    const char *file; /* named in errors */
    const portal_step_t *steps;
    int count;
};

/*
 * Compiles len bytes of Mustache (checked: UTF-8 without NUL, at most 256 KiB). The
 * program and all in it belong to pool; source is copied. APR_EINVAL on a fault, with
 * "file:line: what; mend" in *error.
 */
apr_status_t portal_program_compile(const portal_program_t **out, const char *file,
                                    const char *source, apr_size_t len,
                                    const char **error, apr_pool_t *pool);

/*
 * Runs a program. set may be NULL (then there are no partials but texts). With html 0
 * values are written as they are, else escaped; literals always as they are. Faults
 * as portal_template_render has them.
 */
apr_status_t portal_program_run(const portal_program_t *program,
                                const portal_templates_t *set,
                                const portal_render_t *render, int html,
                                portal_buffer_t *out, const char **error);

/*
 * The program of the set's template, or NULL. The set keeps it.
 */
const portal_program_t *portal_templates_program(const portal_templates_t *set,
                                                 const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of templates: read from folders, checked as a whole, rendered by name.
 */
#include "core/template.h"
#include "core/catalogue.h"
#include "core/folder.h"
#include "core/template_program.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <string.h>

struct portal_templates_t {
    apr_pool_t *pool;
    apr_hash_t *programs;      /* name → portal_program_t */
    apr_array_header_t *names; /* as they came: errors come in the same order always */
};

portal_templates_t *portal_templates_create(apr_pool_t *pool)
{
    portal_templates_t *set = apr_pcalloc(pool, sizeof(*set));

    set->pool = pool;
    set->programs = apr_hash_make(pool);
    set->names = apr_array_make(pool, 64, sizeof(const char *));
    return set;
}

apr_status_t portal_templates_add(portal_templates_t *set, const char *name,
                                  const char *file, const char *source, apr_size_t len,
                                  const char **error)
{
    const portal_program_t *program;
    apr_status_t status =
        portal_program_compile(&program, file, source, len, error, set->pool);

    if (status == APR_SUCCESS) {
        if (!portal_templates_have(set, name)) {
            name = apr_pstrdup(set->pool, name);
            APR_ARRAY_PUSH(set->names, const char *) = name;
        }
        apr_hash_set(set->programs, name, APR_HASH_KEY_STRING, program);
    }
    return status;
}

const portal_program_t *portal_templates_program(const portal_templates_t *set,
                                                 const char *name)
{
    return set ? apr_hash_get(set->programs, name, APR_HASH_KEY_STRING) : NULL;
}

int portal_templates_have(const portal_templates_t *set, const char *name)
{
    return portal_templates_program(set, name) != NULL;
}

/* Does what a step of this kind names exist? */
static int is_known(const portal_templates_t *set, const portal_catalogue_t *catalogue,
                    const portal_step_t *step)
{
    return catalogue ? portal_catalogue_text(catalogue, NULL, step->text) != NULL
                     : portal_templates_have(set, step->text);
}

/* With a catalogue the texts are checked, without one the partials. */
static apr_status_t check_program(const portal_templates_t *set,
                                  const portal_catalogue_t *catalogue,
                                  const portal_program_t *program, const char **error)
{
    portal_step_kind_t kind = catalogue ? PORTAL_STEP_TEXT : PORTAL_STEP_PARTIAL;

    for (int i = 0; i < program->count; i++) {
        const portal_step_t *step = &program->steps[i];

        if (step->kind == kind && !is_known(set, catalogue, step)) {
            *error = apr_psprintf(
                set->pool, "%s:%d: there is no %s %s; add it or correct the name",
                program->file, step->line, catalogue ? "text" : "partial", step->text);
            return APR_EINVAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t check_all(const portal_templates_t *set,
                              const portal_catalogue_t *catalogue, const char **error)
{
    apr_status_t status = APR_SUCCESS;

    for (int i = 0; i < set->names->nelts && status == APR_SUCCESS; i++) {
        const char *name = APR_ARRAY_IDX(set->names, i, const char *);

        status =
            check_program(set, catalogue, portal_templates_program(set, name), error);
    }
    return status;
}

apr_status_t portal_templates_link(const portal_templates_t *set, const char **error)
{
    return check_all(set, NULL, error);
}

apr_status_t portal_templates_check(const portal_templates_t *set,
                                    const portal_catalogue_t *catalogue,
                                    const char **error)
{
    return check_all(set, catalogue, error);
}

/* Editors put a byte order mark in front of UTF-8; it is no part of the page. */
static void skip_mark(const char **source, apr_size_t *len)
{
    if (*len >= 3 && memcmp(*source, "\xef\xbb\xbf", 3) == 0) {
        *source += 3;
        *len -= 3;
    }
}

static apr_status_t load_file(portal_templates_t *set, const portal_folder_file_t *file,
                              const char **error, apr_pool_t *scratch)
{
    const char *source;
    apr_size_t len;
    apr_status_t status = portal_file_read(&source, &len, file->path,
                                           PORTAL_TEMPLATE_FILE_MAX, error, scratch);

    if (status != APR_SUCCESS) {
        *error = apr_pstrdup(set->pool, *error);
        return status;
    }
    skip_mark(&source, &len);
    return portal_templates_add(set, file->name, file->path, source, len, error);
}

/* Is the next file of the sorted list of the same name, and so in place of this one? */
static int is_replaced(const apr_array_header_t *files, int i)
{
    return i + 1 < files->nelts &&
           strcmp(APR_ARRAY_IDX(files, i, portal_folder_file_t).name,
                  APR_ARRAY_IDX(files, i + 1, portal_folder_file_t).name) == 0;
}

apr_status_t portal_templates_load(portal_templates_t **out, const char *const *dirs,
                                   const char **error, apr_pool_t *pool)
{
    portal_templates_t *set = portal_templates_create(pool);
    apr_array_header_t *files;
    apr_pool_t *scratch;
    apr_status_t status;

    *out = NULL;
    *error = NULL;
    status = portal_folder_list(&files, dirs, ".html", error, pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    apr_pool_create(&scratch, pool);
    for (int i = 0; i < files->nelts && status == APR_SUCCESS; i++) {
        if (!is_replaced(files, i)) {
            status = load_file(set, &APR_ARRAY_IDX(files, i, portal_folder_file_t), error,
                               scratch);
            apr_pool_clear(scratch);
        }
    }
    apr_pool_destroy(scratch);
    if (status == APR_SUCCESS) {
        status = portal_templates_link(set, error);
    }
    if (status == APR_SUCCESS) {
        *out = set;
    }
    return status;
}

apr_status_t portal_template_render(const portal_templates_t *set, const char *name,
                                    const portal_render_t *render, portal_rendered_t *out,
                                    const char **error, apr_pool_t *pool)
{
    const portal_program_t *program = portal_templates_program(set, name);
    portal_buffer_t *buffer;
    apr_status_t status;

    *out = (portal_rendered_t){"", 0};
    if (!program) {
        *error = apr_psprintf(pool, "there is no template %s", name);
        return APR_ENOENT;
    }
    buffer = portal_buffer_create(PORTAL_TEMPLATE_PAGE_MAX, pool);
    status = portal_program_run(program, set, render, 1, buffer, error);
    if (status == APR_SUCCESS) {
        out->data = portal_buffer_data(buffer, &out->len);
    }
    return status;
}

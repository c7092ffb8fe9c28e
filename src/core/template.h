/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page templates: a small Mustache over JSON views.
 *
 * All templates are compiled once, at start; whatever can be wrong with one refuses
 * the start, with file, line and mend. Rendering changes nothing in them, so one set
 * serves all threads; the views must belong to the caller alone while it renders.
 *
 * The language is that of the Mustache specification (its six required parts) with
 * these differences:
 *  - there is no raw form: {{{x}}} and {{&x}} are refused, every value is escaped
 *    (& < > " ');
 *  - a partial that doesn't exist is refused;
 *  - {{>*x}} is the partial that the value of x names (the specification's optional
 *    dynamic names); an empty or false value names none;
 *  - {{>t:KEY}} is a text of the catalogue (core/catalogue.h) in the page's language,
 *    and never swallows the line it stands on;
 *  - false, null, 0, "", [] and a missing name are empty to a section; false and null
 *    are written as nothing, true as true, numbers as JSON has them.
 *
 * Limits: a file of 256 KiB, a page of 8 MiB, sections 64 deep in one template,
 * partials 64 deep (a partial may contain itself: trees), sections and partials
 * together 512 deep, 8 million steps of work.
 */
#ifndef PORTAL_TEMPLATE_H
#define PORTAL_TEMPLATE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <jansson.h>

#define PORTAL_TEMPLATE_FILE_MAX (256 * 1024)
#define PORTAL_TEMPLATE_PAGE_MAX (8 * 1024 * 1024)

typedef struct portal_templates_t portal_templates_t;
typedef struct portal_program_t portal_program_t;
typedef struct portal_catalogue_t portal_catalogue_t;

/* What a page is rendered with. Nothing in it is kept. */
typedef struct {
    const portal_catalogue_t *catalogue; /* NULL: a text shows its key */
    const char *lang;                    /* as portal_catalogue_choose gave it */
    int strict;                          /* a name that nobody supplies is a fault */
    json_t *const *contexts;             /* the root first; NULLs are skipped */
    int count;
} portal_render_t;

/* A rendered page: UTF-8, with a NUL behind it. Wiped when its pool dies. */
typedef struct {
    const char *data;
    apr_size_t len;
} portal_rendered_t;

/*
 * Compiles every *.html of the folders; the template's name is the file's name without
 * .html ([A-Za-z0-9_-]; dot files are passed over). dirs ends with NULL; a file of a
 * later folder replaces one of the same name before it. The first folder must exist,
 * later ones need not. The set belongs to pool.
 * APR_EINVAL: a template has a fault; *error says "file:line: what; mend". Another
 * status: a folder or file cannot be read; *error names it.
 */
apr_status_t portal_templates_load(portal_templates_t **out, const char *const *dirs,
                                   const char **error, apr_pool_t *pool);

/*
 * For sets that are not files: an empty set, a template added to it (source is
 * copied; a second one of the same name replaces the first; APR_EINVAL and *error as
 * above, file being what is named there), and the check that every partial named in
 * the set is in it (APR_EINVAL and *error). An unchecked set renders a missing
 * partial as nothing, or as a fault when strict.
 */
portal_templates_t *portal_templates_create(apr_pool_t *pool);
apr_status_t portal_templates_add(portal_templates_t *set, const char *name,
                                  const char *file, const char *source, apr_size_t len,
                                  const char **error);
apr_status_t portal_templates_link(const portal_templates_t *set, const char **error);

/*
 * Are all texts that the templates name in the catalogue? APR_EINVAL: no; *error
 * (from the set's pool) says which.
 */
apr_status_t portal_templates_check(const portal_templates_t *set,
                                    const portal_catalogue_t *catalogue,
                                    const char **error);

/* Is there a template of this name? */
int portal_templates_have(const portal_templates_t *set, const char *name);

/*
 * Renders a template; the page is in *out, from pool.
 * APR_ENOENT: there is no such template. APR_ENOSPC: the page, the depth or the work
 * passes its limit. APR_EINVAL, when strict: a name that no context supplies, a value
 * that cannot be written (a list, an object), an unknown dynamic partial or text.
 * *error (from pool) says "file:line: what". Values are never repeated in *error, so
 * it can be logged; the name of an unknown dynamic partial is.
 */
apr_status_t portal_template_render(const portal_templates_t *set, const char *name,
                                    const portal_render_t *render, portal_rendered_t *out,
                                    const char **error, apr_pool_t *pool);

#endif

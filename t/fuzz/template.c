/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: compiles what it is given and renders it over a fixed view.
 *
 * The input is up to three sources with a NUL between: the page, the partial "p" and
 * the partial "q". Nothing may crash, leak or run on; no page may pass its limit, no
 * fault go unnamed, and no value reach the page with its markup.
 */
#include "fuzz.h"

#include "core/template.h"

/* The view, with ' for " in it. */
static const char view_text[] =
    "{'a': '<&\\u0022\\u0027', 'b': {'c': [1, 2.5, {'d': 'x'}]}, 'l': [[1, 2], [], [3]],"
    " 'f': false, 't': true, 'n': null, 'e': '', 'p': 'q', 'k': 't:key',"
    " 'tree': {'tree': {'tree': {'tree': false}}}}";

/* The value of a. */
#define MARKUP "<&\"'"

static json_t *view;

static void start(void)
{
    char text[sizeof(view_text)];

    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = view_text[i] == '\'' ? '"' : view_text[i];
    }
    view = json_loads(text, 0, NULL);
    if (!view) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
}

static void try_render(const portal_templates_t *set, int strict, int from_source,
                       apr_pool_t *pool)
{
    portal_render_t options = {NULL, NULL, strict, &view, 1};
    portal_rendered_t out;
    const char *error = NULL;
    apr_status_t status =
        portal_template_render(set, "page", &options, &out, &error, pool);

    if (status != APR_SUCCESS && (!error || out.len != 0)) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
    if (out.len > PORTAL_TEMPLATE_PAGE_MAX || strlen(out.data) != out.len) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
    if (status == APR_SUCCESS && strstr(out.data, MARKUP) && !from_source) {
        fuzz_broken(__func__, __FILE__, __LINE__);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"page", "p", "q"};
    const char *at = (const char *)data;
    const char *end = at + size;
    portal_templates_t *set;
    const char *error = NULL;
    int has_markup = size > 0 && memchr(data, '<', size) != NULL;
    apr_pool_t *pool = fuzz_pool();

    if (!view) {
        start();
    }
    set = portal_templates_create(pool);
    for (int i = 0; i < 3 && at <= end; i++) {
        const char *nul = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
        const char *stop = nul && i < 2 ? nul : end;

        if (portal_templates_add(set, names[i], names[i], at, (size_t)(stop - at),
                                 &error) != APR_SUCCESS &&
            !error) {
            fuzz_broken(__func__, __FILE__, __LINE__);
        }
        at = stop + 1;
    }
    portal_templates_link(set, &error);
    if (portal_templates_have(set, "page")) {
        try_render(set, 0, has_markup, pool);
        try_render(set, 1, has_markup, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}

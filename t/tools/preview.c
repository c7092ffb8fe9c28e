/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows a page without a server, for those who write templates:
 *
 *   build/t/tools/preview PAGE [VIEW.json [LANG]] > page.html
 *
 * Run it in the top folder. The view file (default t/tools/views/PAGE.json) holds {"chrome": {...}, "view": {...}}; its chrome
 * is laid over t/tools/views/chrome.json, and its fields get label and hint by the rule of htdocs/pages/README.md.
 * Rendering is strict. Exit 1: the page has a fault, told on stderr.
 */
#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/catalogue.h"
#include "core/template.h"

#define VIEWS "t/tools/views/"

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "preview: %s: %s\n", what, why ? why : "fails");
    exit(1);
}

static json_t *read_json(const char *path)
{
    json_error_t error;
    json_t *value = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (!value)
        fail(path, error.text);
    return value;
}

/* The text of the page, else the common one, else false. */
static json_t *text_of(const portal_catalogue_t *texts, const char *page,
                       const char *kind, const char *common, const char *name,
                       apr_pool_t *pool)
{
    const char *key = apr_pstrcat(pool, page, ".", kind, ".", name, NULL);

    if (!portal_catalogue_text(texts, "en", key))
        key = common ? apr_pstrcat(pool, common, name, NULL) : NULL;
    return key ? json_string(apr_pstrcat(pool, "t:", key, NULL)) : json_false();
}

static void complete_fields(json_t *chrome, const char *page,
                            const portal_catalogue_t *texts, apr_pool_t *pool)
{
    const char *name;
    json_t *field;

    json_object_foreach(json_object_get(chrome, "field"), name, field)
    {
        json_t *own = json_pack("{s:s, s:s, s:b, s:[]}", "name", name, "value", "",
                                "error", 0, "values");

        json_object_set_new(own, "label",
                            text_of(texts, page, "label", "field.", name, pool));
        json_object_set_new(own, "hint", text_of(texts, page, "hint", NULL, name, pool));
        json_object_update_missing_new(field, own);
    }
}

static json_t *make_chrome(json_t *over, const char *page, const char *lang,
                           const portal_catalogue_t *texts, apr_pool_t *pool)
{
    json_t *chrome = read_json(VIEWS "chrome.json");

    json_object_set_new(chrome, "page", json_string(page));
    json_object_set_new(chrome, "title",
                        json_string(apr_pstrcat(pool, "t:", page, ".title", NULL)));
    json_object_set_new(chrome, "lang", json_string(lang));
    if (json_is_object(over))
        json_object_update(chrome, over);
    json_object_set_new(chrome, "has_errors",
                        json_boolean(json_array_size(json_object_get(chrome, "errors"))));
    complete_fields(chrome, page, texts, pool);
    return chrome;
}

int main(int argc, const char *const *argv)
{
    const char *const pages[] = {"htdocs/pages", "t/tools/pages", NULL};
    const char *const langs[] = {"htdocs/lang", NULL};
    const char *error = NULL, *page = argc > 1 ? argv[1] : "login";
    const char *lang = argc > 3 ? argv[3] : "en";
    portal_templates_t *templates;
    portal_catalogue_t *texts;
    portal_rendered_t out;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (portal_templates_load(&templates, pages, &error, pool) ||
        portal_catalogue_load(&texts, langs, &error, pool) ||
        portal_templates_check(templates, texts, &error))
        fail("templates and texts", error);

    json_t *file =
        read_json(argc > 2 ? argv[2] : apr_pstrcat(pool, VIEWS, page, ".json", NULL));
    json_t *contexts[] = {
        make_chrome(json_object_get(file, "chrome"), page, lang, texts, pool),
        json_object_get(file, "view"),
    };
    portal_render_t render = {
        .catalogue = texts, .lang = lang, .strict = 1, .contexts = contexts, .count = 2};

    if (portal_template_render(templates, page, &render, &out, &error, pool))
        fail(page, error);
    fwrite(out.data, 1, out.len, stdout);
    json_decref(contexts[0]);
    json_decref(file);
    apr_terminate();
    return 0;
}

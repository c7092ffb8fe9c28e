/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading the catalogues, and asking them.
 */
#include "core/catalogue.h"
#include "core/folder.h"
#include "core/template_program.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <string.h>

#define FILE_MAX (4 * 1024 * 1024)

typedef struct {
    const char *raw;
    const char *file; /* the file that it comes from */
    const portal_program_t *plain;
    const portal_program_t *html;
} text_t;

typedef struct {
    const char *tag;
    apr_hash_t *texts; /* key → text_t */
} language_t;

struct portal_catalogue_t {
    apr_pool_t *pool;
    apr_array_header_t *languages; /* language_t, sorted by tag */
    const language_t *measure;     /* English */
};

static apr_status_t fault(const portal_catalogue_t *catalogue, const char **error,
                          const char *file, const char *key, const char *what)
{
    *error = apr_psprintf(catalogue->pool, "%s: %s%s%s", file, key ? key : "",
                          key ? ": " : "", what);
    return APR_EINVAL;
}

static const language_t *language_at(const portal_catalogue_t *catalogue, int index)
{
    return &APR_ARRAY_IDX(catalogue->languages, index, language_t);
}

static const language_t *find_language(const portal_catalogue_t *catalogue,
                                       const char *tag, apr_size_t len)
{
    for (int i = 0; i < catalogue->languages->nelts; i++) {
        const language_t *language = language_at(catalogue, i);

        if (strlen(language->tag) == len && strncasecmp(language->tag, tag, len) == 0) {
            return language;
        }
    }
    return NULL;
}

static const text_t *find_text(const portal_catalogue_t *catalogue, const char *lang,
                               const char *key)
{
    const language_t *language = NULL;

    if (lang) {
        language = find_language(catalogue, lang, strlen(lang));
    }
    if (!language) {
        language = catalogue->measure;
    }
    return apr_hash_get(language->texts, key, APR_HASH_KEY_STRING);
}

/* ---- Loading ---- */

static int is_key(const char *key)
{
    return *key && key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_.-")] == '\0';
}

static void escape_literal(portal_step_t *step, apr_pool_t *pool)
{
    apr_pool_t *scratch;
    portal_buffer_t *buffer;
    const char *escaped;

    apr_pool_create(&scratch, pool);
    buffer = portal_buffer_create(6 * step->len, scratch);
    portal_buffer_add_html(buffer, step->text, step->len);
    escaped = portal_buffer_data(buffer, &step->len);
    step->text = apr_pstrmemdup(pool, escaped, step->len);
    apr_pool_destroy(scratch);
}

/* The text with its literals escaped; plain keeps its own. */
static const portal_program_t *escape_program(const portal_program_t *plain,
                                              apr_pool_t *pool)
{
    portal_program_t *program = apr_pmemdup(pool, plain, sizeof(*plain));
    portal_step_t *steps =
        apr_pmemdup(pool, plain->steps, sizeof(*steps) * (apr_size_t)plain->count);

    for (int i = 0; i < plain->count; i++) {
        if (steps[i].kind == PORTAL_STEP_LITERAL) {
            escape_literal(&steps[i], pool);
        }
    }
    program->steps = steps;
    return program;
}

static apr_status_t compile_text(const portal_catalogue_t *catalogue, text_t *text,
                                 const char *key, const char **error)
{
    apr_pool_t *pool = catalogue->pool;
    const char *name = apr_psprintf(pool, "%s(%s)", text->file, key);
    apr_status_t status = portal_program_compile(&text->plain, name, text->raw,
                                                 strlen(text->raw), error, pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    for (int i = 0; i < text->plain->count; i++) {
        portal_step_kind_t kind = text->plain->steps[i].kind;

        if (kind != PORTAL_STEP_LITERAL && kind != PORTAL_STEP_VALUE) {
            return fault(catalogue, error, text->file, key,
                         "a text may have {{name}} and no other tag");
        }
    }
    text->html = escape_program(text->plain, pool);
    return APR_SUCCESS;
}

static apr_status_t take_text(const portal_catalogue_t *catalogue, language_t *language,
                              const portal_folder_file_t *file, const char *key,
                              const json_t *value, const char **error)
{
    text_t *text;

    if (!is_key(key)) {
        return fault(catalogue, error, file->path, key,
                     "a key has letters, digits, dots, _ and - only");
    }
    if (!json_is_string(value)) {
        return fault(catalogue, error, file->path, key,
                     "this is not a string; make it one");
    }
    text = apr_pcalloc(catalogue->pool, sizeof(*text));
    text->raw = apr_pstrdup(catalogue->pool, json_string_value(value));
    text->file = file->path;
    apr_hash_set(language->texts, apr_pstrdup(catalogue->pool, key), APR_HASH_KEY_STRING,
                 text);
    return compile_text(catalogue, text, key, error);
}

static int is_tag(const char *name)
{
    apr_size_t first =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return first >= 2 && first <= 8 && (name[first] == '\0' || name[first] == '-') &&
           !strchr(name, '_') && strlen(name) < 36;
}

/* Files come sorted by name, so those of one language follow each other. */
static apr_status_t language_for(const portal_catalogue_t *catalogue,
                                 const portal_folder_file_t *file, language_t **language,
                                 const char **error)
{
    int count = catalogue->languages->nelts;

    if (!is_tag(file->name)) {
        return fault(catalogue, error, file->path, NULL,
                     "the name is not a language tag such as en or pt-BR; rename the "
                     "file");
    }
    if (count == 0 || strcmp(language_at(catalogue, count - 1)->tag, file->name) != 0) {
        *language = apr_array_push(catalogue->languages);
        (*language)->tag = file->name;
        (*language)->texts = apr_hash_make(catalogue->pool);
    } else {
        *language = &APR_ARRAY_IDX(catalogue->languages, count - 1, language_t);
    }
    return APR_SUCCESS;
}

static apr_status_t load_file(const portal_catalogue_t *catalogue,
                              const portal_folder_file_t *file, const char **error)
{
    language_t *language;
    const char *data;
    apr_size_t len;
    const char *key;
    json_t *value;
    json_t *root;
    json_error_t parsing;
    apr_status_t status = language_for(catalogue, file, &language, error);

    if (status == APR_SUCCESS) {
        status =
            portal_file_read(&data, &len, file->path, FILE_MAX, error, catalogue->pool);
    }
    if (status != APR_SUCCESS) {
        return status;
    }
    root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &parsing);
    if (!json_is_object(root)) {
        json_decref(root);
        return fault(
            catalogue, error,
            apr_psprintf(catalogue->pool, "%s:%d", file->path, root ? 1 : parsing.line),
            NULL, root ? "this is not an object of strings" : parsing.text);
    }
    json_object_foreach(root, key, value)
    {
        status = take_text(catalogue, language, file, key, value, error);
        if (status != APR_SUCCESS) {
            break;
        }
    }
    json_decref(root);
    return status;
}

/* ---- Checking ---- */

static int has_value(const portal_program_t *program, const char *name)
{
    for (int i = 0; i < program->count; i++) {
        if (program->steps[i].kind == PORTAL_STEP_VALUE &&
            strcmp(program->steps[i].text, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t check_text(const portal_catalogue_t *catalogue, const char *key,
                               const text_t *text, const char **error)
{
    const text_t *measure =
        apr_hash_get(catalogue->measure->texts, key, APR_HASH_KEY_STRING);

    if (!measure) {
        return fault(catalogue, error, text->file, key,
                     "en.json has no such key; correct it or take it away");
    }
    for (int i = 0; i < text->plain->count; i++) {
        const portal_step_t *step = &text->plain->steps[i];

        if (step->kind == PORTAL_STEP_VALUE && !has_value(measure->plain, step->text)) {
            return fault(catalogue, error, text->file, key,
                         apr_psprintf(catalogue->pool,
                                      "the English text has no {{%s}}; correct the name",
                                      step->text));
        }
    }
    return APR_SUCCESS;
}

static apr_status_t check_direction(const portal_catalogue_t *catalogue,
                                    const language_t *language, const char **error)
{
    const text_t *text =
        apr_hash_get(language->texts, "language.dir", APR_HASH_KEY_STRING);

    if (!text || (strcmp(text->raw, "ltr") != 0 && strcmp(text->raw, "rtl") != 0)) {
        return fault(catalogue, error, text ? text->file : language->tag, "language.dir",
                     "write ltr or rtl");
    }
    return APR_SUCCESS;
}

static apr_status_t check_language(const portal_catalogue_t *catalogue,
                                   const language_t *language, const char **error)
{
    apr_hash_index_t *hi;
    apr_status_t status = APR_SUCCESS;

    for (hi = apr_hash_first(catalogue->pool, language->texts);
         hi && status == APR_SUCCESS; hi = apr_hash_next(hi)) {
        status =
            check_text(catalogue, apr_hash_this_key(hi), apr_hash_this_val(hi), error);
    }
    for (hi = apr_hash_first(catalogue->pool, catalogue->measure->texts);
         hi && status == APR_SUCCESS; hi = apr_hash_next(hi)) {
        const char *key = apr_hash_this_key(hi);

        if (!apr_hash_get(language->texts, key, APR_HASH_KEY_STRING)) {
            status = fault(catalogue, error,
                           apr_pstrcat(catalogue->pool, language->tag, ".json", NULL),
                           key, "this key is missing; add it");
        }
    }
    return status == APR_SUCCESS ? check_direction(catalogue, language, error) : status;
}

static apr_status_t check_all(portal_catalogue_t *catalogue, const char *dir,
                              const char **error)
{
    apr_status_t status = APR_SUCCESS;

    catalogue->measure = find_language(catalogue, PORTAL_LANGUAGE_DEFAULT,
                                       strlen(PORTAL_LANGUAGE_DEFAULT));
    if (!catalogue->measure) {
        return fault(catalogue, error, dir, NULL, "there is no en.json");
    }
    for (int i = 0; i < catalogue->languages->nelts && status == APR_SUCCESS; i++) {
        status = check_language(catalogue, language_at(catalogue, i), error);
    }
    return status;
}

apr_status_t portal_catalogue_load(portal_catalogue_t **out, const char *const *dirs,
                                   const char **error, apr_pool_t *pool)
{
    portal_catalogue_t *catalogue = apr_pcalloc(pool, sizeof(*catalogue));
    apr_array_header_t *files;
    apr_status_t status;

    *out = NULL;
    *error = NULL;
    catalogue->pool = pool;
    catalogue->languages = apr_array_make(pool, 8, sizeof(language_t));
    status = portal_folder_list(&files, dirs, ".json", error, pool);
    for (int i = 0; status == APR_SUCCESS && i < files->nelts; i++) {
        status =
            load_file(catalogue, &APR_ARRAY_IDX(files, i, portal_folder_file_t), error);
    }
    if (status == APR_SUCCESS) {
        status = check_all(catalogue, dirs[0], error);
    }
    if (status == APR_SUCCESS) {
        *out = catalogue;
    }
    return status;
}

/* ---- Asking ---- */

int portal_catalogue_count(const portal_catalogue_t *catalogue)
{
    return catalogue->languages->nelts;
}

const char *portal_catalogue_language(const portal_catalogue_t *catalogue, int index)
{
    return language_at(catalogue, index)->tag;
}

const char *portal_catalogue_find(const portal_catalogue_t *catalogue, const char *tag)
{
    const language_t *language = find_language(catalogue, tag, strlen(tag));

    return language ? language->tag : NULL;
}

const char *portal_catalogue_text(const portal_catalogue_t *catalogue, const char *lang,
                                  const char *key)
{
    const text_t *text = find_text(catalogue, lang, key);

    return text ? text->raw : NULL;
}

const portal_program_t *portal_catalogue_program(const portal_catalogue_t *catalogue,
                                                 const char *lang, const char *key,
                                                 int html)
{
    const text_t *text = find_text(catalogue, lang, key);

    return !text ? NULL : html ? text->html : text->plain;
}

const char *portal_catalogue_render(const portal_catalogue_t *catalogue, const char *lang,
                                    const char *key, json_t *view, int html,
                                    apr_pool_t *pool)
{
    const portal_program_t *program =
        portal_catalogue_program(catalogue, lang, key, html);
    portal_render_t render = {catalogue, lang, 0, &view, 1};
    portal_buffer_t *buffer = portal_buffer_create(PORTAL_TEMPLATE_PAGE_MAX, pool);
    const char *error;

    if (!program) {
        portal_buffer_add_html(buffer, key, strlen(key));
    } else {
        /* Not strict, no partials, no sections: only the maximum can end it early. */
        portal_program_run(program, NULL, &render, html, buffer, &error);
    }
    return portal_buffer_data(buffer, NULL);
}

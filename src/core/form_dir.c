/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a folder of forms; see form_load.h.
 */
#include "core/form_loader.h"
#include "core/fhir_json.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

static void add_fault(portal_form_file_t *f, portal_fault_severity_t severity,
                      const char *code, const char *text)
{
    portal_form_fault_t *fault = apr_array_push(f->faults);

    *fault = (portal_form_fault_t){.severity = severity, .code = code, .text = text};
}

static bool wanted(const apr_finfo_t *info)
{
    size_t n = info->name ? strlen(info->name) : 0;

    return n > 5 && *info->name != '.' && strcmp(info->name + n - 5, ".json") == 0 &&
           info->filetype != APR_DIR;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static apr_status_t list(apr_array_header_t **names, const char *dir, apr_pool_t *p)
{
    apr_dir_t *d;
    apr_finfo_t info;
    apr_status_t rv = apr_dir_open(&d, dir, p);

    if (rv != APR_SUCCESS)
        return rv;
    *names = apr_array_make(p, 16, sizeof(const char *));
    while (rv = apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE, d),
           rv == APR_SUCCESS || rv == APR_INCOMPLETE)
        if (wanted(&info))
            APR_ARRAY_PUSH(*names, const char *) = apr_pstrdup(p, info.name);
    apr_dir_close(d);
    qsort((*names)->elts, (size_t)(*names)->nelts, sizeof(const char *), by_name);
    return APR_SUCCESS;
}

/* Reads at most one byte more than a form may have: the loader refuses it then. */
static apr_status_t read_file(char **bytes, apr_size_t *len, const char *path,
                              apr_pool_t *p)
{
    apr_file_t *file;
    apr_finfo_t info;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_OS_DEFAULT, p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    *len = info.size > PORTAL_FORM_MAX_BYTES ? PORTAL_FORM_MAX_BYTES + 1
                                             : (apr_size_t)info.size;
    if (rv == APR_SUCCESS) {
        *bytes = apr_palloc(p, *len + 1);
        rv = *len ? apr_file_read_full(file, *bytes, *len, len) : APR_SUCCESS;
        (*bytes)[*len] = '\0';
    }
    apr_file_close(file);
    return rv;
}

static bool is_kind(const char *type, const char *const *kinds, size_t n)
{
    for (size_t i = 0; type && i < n; i++)
        if (strcmp(type, kinds[i]) == 0)
            return true;
    return false;
}

/* Value sets may lie beside the forms; JSON of another kind, a Patient for instance, is passed
 * over. */
static void take_other(portal_form_file_t *f, portal_sets_t *sets, apr_pool_t *p)
{
    static const char *const kinds[] = {"ValueSet", "CodeSystem", "Bundle"};
    const char *why, *type;
    json_t *json = f->len <= PORTAL_FORM_MAX_BYTES
                       ? portal_fhir_json_read(f->bytes, f->len, &why, p)
                       : NULL;
    int n;

    type = portal_fhir_json_string(json, "resourceType");
    if (!json || (type && strcmp(type, "Questionnaire") == 0))
        return;
    f->skipped = true;
    n = is_kind(type, kinds, sizeof kinds / sizeof *kinds) ? portal_sets_add(sets, json)
                                                           : 0;
    add_fault(f, PORTAL_FAULT_INFO, n ? "value-set" : "not-a-questionnaire",
              n ? apr_psprintf(p,
                               "Not a form: %d value set%s or code system%s for the "
                               "forms beside it.",
                               n, n > 1 ? "s" : "", n > 1 ? "s" : "")
                : apr_psprintf(p, "Not a form (%s): it is passed over.",
                               type ? type : "no FHIR resource"));
}

static void read_bytes(portal_form_file_t *f, const char *dir, apr_pool_t *p)
{
    char *bytes = NULL, why[120];
    apr_status_t rv =
        read_file(&bytes, &f->len, apr_pstrcat(p, dir, "/", f->file, NULL), p);

    if (rv == APR_SUCCESS) {
        f->bytes = bytes;
        return;
    }
    apr_strerror(rv, why, sizeof why);
    add_fault(f, PORTAL_FAULT_REFUSE, "unreadable",
              apr_psprintf(p, "The file cannot be read: %s.", why));
}

static void refuse_double(const apr_array_header_t *files, portal_form_file_t *f,
                          apr_pool_t *p)
{
    for (int i = 0; f->form; i++) {
        const portal_form_file_t *o = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        if (o == f)
            return;
        if (!o->form || strcmp(o->form->url, f->form->url) != 0 ||
            strcmp(o->form->version, f->form->version) != 0)
            continue;
        add_fault(f, PORTAL_FAULT_REFUSE, "double-form",
                  apr_psprintf(p, "The file %s has the same url and version.", o->file));
        f->form = NULL;
    }
}

/* The forms, once all value sets are known. */
static void load_forms(const apr_array_header_t *files, const portal_sets_t *sets,
                       apr_pool_t *p)
{
    for (int i = 0; i < files->nelts; i++) {
        portal_form_file_t *f = &APR_ARRAY_IDX(files, i, portal_form_file_t);
        if (!f->bytes || f->skipped)
            continue;
        if (f->len <= PORTAL_FORM_MAX_BYTES)
            portal_sets_bundle(sets, f->bytes, f->len, &f->bytes, &f->len);
        portal_form_load_beside(f, sets, p);
        refuse_double(files, f, p);
    }
}

apr_status_t portal_forms_load_dir(apr_array_header_t **out, const char *dir,
                                   apr_pool_t *p)
{
    portal_sets_t *sets = portal_sets_make(p);
    apr_array_header_t *names;
    apr_status_t rv = list(&names, dir, p);

    *out = apr_array_make(p, 8, sizeof(portal_form_file_t));
    for (int i = 0; rv == APR_SUCCESS && i < names->nelts; i++) {
        portal_form_file_t *f = apr_array_push(*out);
        *f = (portal_form_file_t){.file = APR_ARRAY_IDX(names, i, const char *)};
        f->faults = apr_array_make(p, 4, sizeof(portal_form_fault_t));
        read_bytes(f, dir, p);
        if (f->bytes)
            take_other(f, sets, p);
    }
    load_forms(*out, sets, p);
    return rv;
}
